//! The command line against the real resident.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::{
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStdout, Stdio},
};

use common::*;
use serde_json::{Value, json};
use xtask::stage::{PATIENCE, Stage, StageOptions, TrayHost, wait_until};

#[test]
fn what_needs_a_resident_says_that_there_is_none() {
    let stage = bare_stage();
    for arguments in [
        &["status", "--json"][..],
        &["list"],
        &["list", "--json"],
        &["mark-read", "--all"],
        &["mark-read", "2YmFaQ8EGs2p1T4usnQW5TzTQlA"],
        &["pause", "30m"],
        &["pause", "off"],
    ] {
        assert_eq!(refused(&stage, arguments), "Doorbell is not running.\n");
    }
    let diagnostics = told(&stage, &["diagnostics"]);
    assert!(diagnostics.contains("state: not running"), "{diagnostics}");
}

#[test]
fn what_needs_somebody_says_that_nobody_is_signed_in() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Watcher)).unwrap();
    let resident = Resident::start(&stage);
    resident.wait_for_status("Signed out.");
    for arguments in [&["list"][..], &["mark-read", "--all"]] {
        assert_eq!(refused(&stage, arguments), "Nobody is signed in.\n");
    }
    let said: Value = serde_json::from_str(&told(&stage, &["status", "--json"])).unwrap();
    assert_eq!(said["state"], "signed_out");
}

#[test]
fn items_are_listed_opened_and_marked_by_their_ids() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Watcher)).unwrap();
    let knock = Knock::start("pk_test_by_id");
    let resident = Resident::start(&stage);
    signed_in(&resident, &knock);
    assert_eq!(told(&stage, &["list"]), "There are no items.\n");
    for words in ["First of three", "Second", "Third"] {
        knock.send(words);
    }
    resident.wait_for_status("3 unread. Connected.");
    wait_until(PATIENCE, "all three are listed", || {
        told(&stage, &["list"]).lines().count() == 3
    })
    .unwrap();
    let listed: Value = serde_json::from_str(&told(&stage, &["list", "--json"])).unwrap();
    let id = |index: usize| listed[index]["id"].as_str().unwrap().to_owned();
    assert!(
        listed[2]["body"]
            .as_str()
            .unwrap()
            .contains("First of three"),
        "{listed}"
    );
    assert_eq!(listed[2]["unread"], true);
    let list = told(&stage, &["list"]);
    let line = list.lines().nth(2).unwrap();
    assert!(
        line.starts_with(&format!("\u{2022} {}  ", id(2))) && line.contains("First of three"),
        "{line}"
    );

    assert_eq!(told(&stage, &["mark-read", &id(2)]), "Marked as read.\n");
    resident.wait_for_status("2 unread. Connected.");
    wait_until(PATIENCE, "the server has it as read", || {
        knock
            .items()
            .iter()
            .any(|item| item["id"] == id(2) && !item["read_at"].is_null())
    })
    .unwrap();

    told(&stage, &["open", &id(1)]);
    wait_until(PATIENCE, "its link is opened", || {
        stage.opened_urls().is_ok_and(|urls| urls.len() == 1)
    })
    .unwrap();
    resident.wait_for_status("1 unread. Connected.");
    told(&stage, &[&format!("doorbell://open/{}", id(0))]);
    wait_until(PATIENCE, "the link of the link is opened", || {
        stage.opened_urls().is_ok_and(|urls| urls.len() == 2)
    })
    .unwrap();
    resident.wait_for_status("Nothing unread. Connected.");

    let words = refused(&stage, &["mark-read", "2YmFaQ8EGs2p1T4usnQW5TzTQlA"]);
    assert!(
        words.contains("No account has an item with that id"),
        "{words}"
    );
    let words = refused(&stage, &["open", "2YmFaQ8EGs2p1T4usnQW5TzTQlA"]);
    assert!(
        words.contains("No account has an item with that id"),
        "{words}"
    );
}

#[test]
fn everything_is_read_at_once_and_a_bar_follows_it() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Watcher)).unwrap();
    let knock = Knock::start("pk_test_follow");
    let mut bar = Bar::start(&stage);
    assert_eq!(bar.next()["state"], "not_running");
    let resident = Resident::start(&stage);
    signed_in(&resident, &knock);
    bar.wait_for(|line| line["state"] == "connected" && line["text"] == "");
    knock.send("First");
    knock.send("Second");
    let line = bar.wait_for(|line| line["text"] == "2");
    assert_eq!(line["class"], json!(["connected", "unread"]));
    assert_eq!(line["tooltip"], "2 unread. Connected.");

    assert!(
        told(&stage, &["mark-read", "--all"]).contains("marked as read"),
        "{}",
        log(&stage)
    );
    bar.wait_for(|line| line["unread"] == 0);
    wait_until(PATIENCE, "the server has both as read", || {
        knock.items().iter().all(|item| !item["read_at"].is_null())
    })
    .unwrap();

    assert_eq!(told(&stage, &["quit"]), "Doorbell has ended.\n");
    assert!(resident.wait_for_end().success());
    bar.wait_for(|line| line["state"] == "not_running");
    let again = Resident::start(&stage);
    bar.wait_for(|line| line["state"] == "connected");
    drop(again);
}

#[test]
fn while_paused_news_is_counted_and_one_toast_tells_of_it_afterwards() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Watcher)).unwrap();
    let knock = Knock::start("pk_test_pause");
    let resident = Resident::start(&stage);
    signed_in(&resident, &knock);
    let words = told(&stage, &["pause", "30m"]);
    assert!(words.starts_with("Toasts wait for 30 minutes"), "{words}");
    resident.wait_for_status("Nothing unread. Connected; toasts wait.");
    for number in 0..5 {
        knock.send(&format!("Number {number}"));
    }
    resident.wait_for_status("5 unread. Connected; toasts wait.");
    wait_until(PATIENCE, "all of it is listed", || {
        told(&stage, &["list"]).lines().count() == 5
    })
    .unwrap();
    assert_eq!(stage.toasts_displayed().unwrap(), 0);

    assert_eq!(told(&stage, &["pause", "off"]), "Toasts come again.\n");
    wait_until(PATIENCE, "the summary", || {
        stage.toasts_displayed().is_ok_and(|shown| shown == 1)
    })
    .unwrap();
    resident.wait_for_status("5 unread. Connected.");
    stage.close_toasts().unwrap();
    let history = stage.dunst_history().unwrap();
    assert_eq!(history.len(), 1, "{history:?}");
    assert!(history[0].title.contains('5'), "{history:?}");
}

#[test]
fn a_link_fills_in_the_form_and_one_with_a_key_is_refused_where_the_person_sees_it() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Watcher)).unwrap();
    let _resident = Resident::start(&stage);
    let mut window = Caller::come(&stage, "window");
    window.say(
        &json!({"kind": "do", "body": {"do": "show", "filter": "all", "first": 0, "count": 10}}),
    );
    told(&stage, &["doorbell://connect?user_id=jane&host=knock.test"]);
    let filled = |view: &Value| view["body"]["invitation"]["user_id"] == "jane";
    while !filled(&window.hear_of("view")) {}

    let refused = doorbell(
        &stage,
        &["doorbell://connect?user_id=jane&public_key=pk_test_in_a_link"],
    );
    assert_eq!(refused.status.code(), Some(2));
    let words = text(&refused.stderr);
    assert!(words.contains("carries a key or a token"), "{words}");
    wait_until(PATIENCE, "a toast says so too", || {
        stage.toasts_displayed().is_ok_and(|shown| shown == 1)
    })
    .unwrap();
    assert!(!log(&stage).contains("pk_test_in_a_link"));
    let found = stage.find_on_disk(b"pk_test_in_a_link").unwrap();
    assert_eq!(found, Vec::<std::path::PathBuf>::new());
}

#[test]
fn diagnostics_say_how_it_is_and_nothing_of_whose_it_is() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Watcher)).unwrap();
    let knock = Knock::start("pk_test_diagnostics");
    let resident = Resident::start(&stage);
    signed_in(&resident, &knock);
    knock.send("What nobody else should read");
    resident.wait_for_status("1 unread. Connected.");
    let text = told(&stage, &["diagnostics"]);
    let address = knock.running.url().trim_start_matches("http://").to_owned();
    for expected in [
        env!("CARGO_PKG_VERSION"),
        "state: Connected",
        "tray: shown",
        "accounts: 1",
        &format!("account 1: {address}; 1 unread"),
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    for secret in [
        "pk_test_diagnostics",
        &knock.config.user_id,
        &knock.config.feed_id,
        "nobody else",
    ] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

/// A bar that shows what `status --follow --json` says.
struct Bar {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Bar {
    fn start(stage: &Stage) -> Self {
        let mut process = stage
            .command(DOORBELL)
            .args(["status", "--follow", "--json"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, lines }
    }

    fn next(&mut self) -> Value {
        let line = self.lines.next().expect("it goes on").unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn wait_for(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = self.next();
            if is_it(&line) {
                return line;
            }
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn bare_stage() -> Stage {
    Stage::start(StageOptions {
        keyring: false,
        notifications: false,
        ..StageOptions::default()
    })
    .unwrap()
}
