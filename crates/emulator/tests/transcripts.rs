//! The emulator answers as a recorded Phoenix server did: `transcripts/README.md`.
#![allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]

use std::collections::BTreeMap;

use doorbell_emulator::{Config, Emulator, Output};
use serde_json::{Value, json};
use time::OffsetDateTime;

/// One recorded connection.
#[derive(Debug, Default)]
struct Recorded {
    client: Vec<String>,
    server: Vec<Value>,
    /// The code of a close frame that the server sent first.
    closed: Option<u64>,
    client_closed: bool,
}

fn connections(transcript: &str) -> BTreeMap<u64, Recorded> {
    let mut connections: BTreeMap<u64, Recorded> = BTreeMap::new();
    for line in transcript.replace(OTHER_FEED, SAME_FEED).lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        let Some(number) = entry["conn"].as_u64() else {
            continue;
        };
        let connection = connections.entry(number).or_default();
        let text = entry["data"].as_str().unwrap_or_default();
        match entry["dir"].as_str().unwrap() {
            "client>server" => connection.client.push(text.to_owned()),
            "server>client" => connection.server.push(serde_json::from_str(text).unwrap()),
            "close" if entry["data"]["from"] == "client" => connection.client_closed = true,
            "close" if !connection.client_closed => {
                connection.closed = entry["data"]["code"].as_u64()
            }
            _ => {}
        }
    }
    connections
}

/// Leaves out what only the recorded server's application did.
fn without_its_application(recorded: &mut Recorded) {
    let Recorded { client, server, .. } = recorded;
    client.retain(|text| {
        let Ok(frame) = serde_json::from_str::<Value>(text) else {
            return true;
        };
        let answered = server
            .iter()
            .position(|answer| answer[1] == frame[1] && answer[3] == "phx_reply");
        let unmatched = answered.is_some_and(|index| server[index][4]["status"] == "error");
        let ping = frame[3] == "ping" && frame.get(4).is_some() && !unmatched;
        let own = ping || frame[2] == "feeds:";
        if let (true, Some(index)) = (own, answered) {
            server.remove(index);
        }
        !own
    });
    server.retain(|frame| frame[3] != "new-message");
}

fn comparable(mut frame: Value) -> Value {
    if frame[3] == "phx_error" {
        frame[4] = json!({});
    }
    frame
}

fn check(transcript: &str, expected_frames: usize) {
    let config = Config {
        feed_id: FEED.into(),
        ..Config::default()
    };
    let target = format!("/ws/v1/websocket?api_key={}&vsn=2.0.0", config.public_key);
    let mut compared = 0;
    for (number, mut recorded) in connections(transcript) {
        without_its_application(&mut recorded);
        let mut emulator = Emulator::new(config.clone());
        let connection = emulator
            .connect(&target, OffsetDateTime::UNIX_EPOCH)
            .unwrap();
        for text in &recorded.client {
            emulator.receive(connection, text, OffsetDateTime::UNIX_EPOCH);
        }
        let (mut sent, mut closed) = (Vec::new(), None);
        while let Some(output) = emulator.next_output() {
            match output {
                Output::Send { text, .. } => {
                    sent.push(comparable(serde_json::from_str(&text).unwrap()))
                }
                Output::Close { code, .. } => closed = Some(u64::from(code)),
            }
        }
        let server: Vec<Value> = recorded.server.into_iter().map(comparable).collect();
        assert_eq!(sent, server, "connection {number}");
        assert_eq!(closed, recorded.closed, "connection {number}");
        compared += server.len() + usize::from(closed.is_some());
    }
    assert_eq!(compared, expected_frames, "frames compared");
}

#[test]
fn joins_of_a_joined_topic_go_as_recorded() {
    check(
        include_str!("transcripts/06-duplicate-join-raw.phoenix-1.8.jsonl"),
        15,
    );
}

#[test]
fn unmatched_topics_go_as_recorded() {
    check(include_str!("transcripts/21-unmatched-topic.jsonl"), 15);
}

#[test]
fn garbage_goes_as_recorded() {
    check(include_str!("transcripts/22-garbage-from-client.jsonl"), 60);
}

const FEED: &str = "11111111-2222-4333-8444-555555555555";

/// The emulator has one feed; a second one of the recording becomes a second user of it.
const OTHER_FEED: &str = "22222222-3333-4444-8555-666666666666:";
const SAME_FEED: &str = "11111111-2222-4333-8444-555555555555:other_";
