//! The examples' driver on a real WebSocket.

#[path = "../examples/driver/mod.rs"]
mod driver;

use std::ops::ControlFlow;
use std::time::Duration;

use doorbell_phoenix::Event;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// Takes `connections` one after the other: answers the join, broadcasts its number, closes with 1000.
async fn serve(listener: TcpListener, connections: u64) {
    for number in 1..=connections {
        let (stream, _) = listener.accept().await.expect("the example dials");
        let upgraded = tokio_tungstenite::accept_async(stream).await;
        let mut socket = upgraded.expect("it asks for a WebSocket");
        let frame = socket.next().await.expect("it sends something");
        let frame = frame.expect("which is a frame");
        let join = frame.to_text().expect("of text");
        let join: Value = serde_json::from_str(join).expect("which is JSON");
        assert_eq!((&join[2], &join[3]), (&json!("room:1"), &json!("phx_join")));
        let ok = json!({ "status": "ok", "response": {} });
        let reply = json!([join[0], join[1], "room:1", "phx_reply", ok]);
        let broadcast = json!([null, null, "room:1", "news", { "number": number }]);
        for frame in [reply, broadcast] {
            let sent = socket.send(Message::text(frame.to_string())).await;
            sent.expect("it reads");
        }
        let close = CloseFrame {
            code: 1000.into(),
            reason: "".into(),
        };
        socket.close(Some(close)).await.expect("it still reads");
    }
}

#[tokio::test]
async fn the_example_tails_a_topic_through_a_close() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let server = tokio::spawn(serve(listener, 2));

    let mut told = Vec::new();
    let tell = |event| {
        told.push(match event {
            Event::Opened => "opened".to_owned(),
            Event::Joined { .. } => "joined".to_owned(),
            Event::Message { payload, .. } => payload.to_string(),
            Event::Lost { code, .. } => format!("lost {code:?}"),
            other => format!("{other:?}"),
        });
        match told.len() {
            7 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    };
    let tailed = driver::keep_joined(&url, "room:1".into(), json!({}), tell);
    tokio::time::timeout(Duration::from_secs(60), tailed)
        .await
        .expect("it comes back");
    server.await.unwrap();

    let expected = [
        "opened",
        "joined",
        r#"{"number":1}"#,
        "lost Some(1000)",
        "opened",
        "joined",
        r#"{"number":2}"#,
    ];
    assert_eq!(told, expected);
}
