//! What the page does with HTML that nobody made safe. In life none comes that far; here a stand-in for the resident
//! sends it, so that the window's own walls are what holds.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    os::unix::net::{UnixListener, UnixStream},
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use xtask::stage::{Stage, StageOptions};

use crate::{page::Page, room::PROFILE};

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_block_neither_runs_nor_leads_away_nor_tells_anybody() {
    let options = StageOptions {
        keyring: false,
        notifications: false,
        ..StageOptions::default()
    };
    let stage = Stage::start(options).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let elsewhere = format!("http://{}", listener.local_addr().unwrap());
    serve_view(&stage, view(&hostile_html(&elsewhere)));

    let page = Page::open(&stage).await;
    page.says("An innocent text").await;
    page.run("return document.getElementById('away').click()")
        .await;
    page.run("return document.getElementById('send').click()")
        .await;
    page.run(&format!("open('{elsewhere}/popup')")).await;
    // Where nothing holds, this leads away; so it is the last, and what follows is asked of whatever page is there.
    page.run(&format!(
        "setTimeout(() => {{ location.href = '{elsewhere}/script' }})"
    ))
    .await;
    page.says("An innocent text").await;
    // The last of all requests: once it is refused, those before it have been made or refused too.
    let fetch = format!(
        "fetch('{elsewhere}/fetch').then(() => 'fetched', () => 'refused').then(arguments[0])"
    );
    assert_eq!(page.run_until_called_back(&fetch).await, json!("refused"));

    assert_eq!(
        page.run("return window.taken ?? null").await,
        Value::Null,
        "a script of the block ran"
    );
    assert_eq!(
        page.run("return location.href").await,
        json!("tauri://localhost")
    );
    assert_eq!(
        requests(&listener),
        Vec::<String>::new(),
        "the page reached another server"
    );
    page.close().await;
}

/// First lines of what came in; a connection that says nothing counts too.
fn requests(listener: &TcpListener) -> Vec<String> {
    listener.set_nonblocking(true).unwrap();
    let mut requests = Vec::new();
    while let Ok((stream, _)) = listener.accept() {
        let mut line = String::new();
        stream.set_nonblocking(false).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(1)))
            .unwrap();
        if let Err(error) = BufReader::new(stream).read_line(&mut line) {
            line = error.to_string();
        }
        requests.push(line);
    }
    requests
}

fn hostile_html(elsewhere: &str) -> String {
    format!(
        r#"<p>An innocent text</p>
        <script>window.taken = "script"</script>
        <img src="x" onerror="window.taken = 'error'">
        <img src="{elsewhere}/picture.png">
        <svg onload="window.taken = 'load'"></svg>
        <iframe src="{elsewhere}/frame"></iframe>
        <iframe srcdoc="<script>parent.taken = 'frame'</script>"></iframe>
        <object data="{elsewhere}/object"></object>
        <link rel="stylesheet" href="{elsewhere}/style.css">
        <meta http-equiv="refresh" content="0; url={elsewhere}/refresh">
        <a id="away" href="{elsewhere}/link">away</a>
        <form action="{elsewhere}/form"><button id="send">send</button></form>"#
    )
}

fn view(html: &str) -> Value {
    json!({
        "screen": "feed",
        "accounts": [{
            "id": ACCOUNT, "user": "demo-user", "host": null, "state": "connected",
            "feeds": [{ "number": 0, "name": "Notifications", "count": 1 }],
        }],
        "account": ACCOUNT, "number": 0, "user": "demo-user", "feed": "feed", "host": null,
        "connection": { "state": "connected", "words": "Connected", "since": null },
        "counts": { "total": 1, "unread": 1, "unseen": 1, "archived": null },
        "filter": "all", "only": {}, "facets": { "tenants": [], "workflows": [], "categories": [] },
        "loaded": true, "first": 0, "length": 1,
        "rows": [{
            "id": "2YmFaQ8EGs2p1T4usnQW5TzTQlA", "unread": true, "unseen": true, "archived": false, "actor": null,
            "blocks": [{ "type": "html", "html": html }],
            "activities": [], "total_activities": 1,
            "at": "2026-01-01T12:00:00Z", "opens": false,
        }],
        "more": false, "loading_more": false, "branded": false, "progress": null, "pause": null, "undo": null, "notice": null, "highlight": null,
    })
}

/// Stands at the door in the resident's place and answers everything with this view.
fn serve_view(stage: &Stage, view: Value) {
    let dir = stage.runtime_dir().join("doorbell");
    fs::create_dir_all(&dir).unwrap();
    let door = UnixListener::bind(dir.join(format!("{PROFILE}.sock"))).unwrap();
    thread::spawn(move || {
        for caller in door.incoming() {
            let (caller, view) = (caller.unwrap(), view.clone());
            thread::spawn(move || answer(caller, &view));
        }
    });
}

fn answer(mut caller: UnixStream, view: &Value) {
    let heard = BufReader::new(caller.try_clone().unwrap());
    for line in heard.lines().map_while(Result::ok) {
        let words: Value = serde_json::from_str(&line).unwrap();
        let said = match words["kind"].as_str() {
            Some("hello") => {
                json!({ "kind": "hello", "body": { "version": words["body"]["version"] } })
            }
            _ => json!({ "kind": "view", "body": view }),
        };
        if writeln!(caller, "{said}").is_err() {
            return;
        }
    }
}

const ACCOUNT: &str = "0123456789abcdef0123456789abcdef";
