//! What goes wrong on request, in virtual time.
#![allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]

mod common;

use common::{Knock, at};
use doorbell_emulator::{ConnectionId, Lost};
use serde_json::{Value, json};
use time::Duration;

/// Somebody who joined the feed of `jane`.
fn joined(knock: &mut Knock) -> ConnectionId {
    let connection = knock.connect();
    let topic = knock.topic("jane");
    let join = json!(["1", "1", topic, "phx_join", {"client_a": {}}]);
    knock.receive(connection, &join);
    assert_eq!(knock.sent()[0][4]["status"], "ok");
    connection
}

fn ask(knock: &mut Knock, faults: &Value) {
    let response = knock.send_as("", "POST", "/_emulator/faults", &faults.to_string());
    assert_eq!(response.status, 200, "{}", response.json());
}

/// Time passes; the frames that went out in it.
fn passes(knock: &mut Knock, milliseconds: i64) -> Vec<Value> {
    knock.now += Duration::milliseconds(milliseconds);
    knock.emulator.advance(knock.now);
    knock.sent()
}

fn beat(knock: &mut Knock, connection: ConnectionId, reference: &str) {
    let beat = json!([null, reference, "phoenix", "heartbeat", {}]);
    knock.receive(connection, &beat);
}

fn refs(frames: &[Value]) -> Vec<&str> {
    frames
        .iter()
        .filter_map(|frame| frame[1].as_str())
        .collect()
}

fn events(frames: &[Value]) -> Vec<&str> {
    frames
        .iter()
        .filter_map(|frame| frame[3].as_str())
        .collect()
}

#[test]
fn a_throttled_channel_hears_of_the_first_message_and_of_none_within_the_window() {
    let mut knock = Knock::new();
    joined(&mut knock);
    ask(&mut knock, &json!({"new_messages": {"throttle_ms": 1000}}));
    knock.comment("jane", "one");
    assert_eq!(passes(&mut knock, 0)[0][4]["metadata"]["total_count"], 1);
    knock.comment("jane", "two");
    assert_eq!(passes(&mut knock, 999), Vec::<Value>::new());
    knock.comment("jane", "three");
    assert_eq!(passes(&mut knock, 1), Vec::<Value>::new());
    knock.comment("jane", "four");
    let told = passes(&mut knock, 0);
    assert_eq!(told[0][4]["metadata"]["total_count"], 4);
    assert_eq!(knock.feed("jane", "")["meta"]["total_count"], 4);
}

#[test]
fn merged_messages_are_told_as_one_when_the_window_is_over() {
    let mut knock = Knock::new();
    let connection = knock.connect();
    let topic = knock.topic("jane");
    let clients = json!({"client_a": {}, "client_b": {"source": "system-alert"}});
    knock.receive(connection, &json!(["1", "1", topic, "phx_join", clients]));
    knock.sent();
    ask(&mut knock, &json!({"new_messages": {"merge_ms": 500}}));
    knock.comment("jane", "one");
    passes(&mut knock, 100);
    knock.run("system-alert", &json!({"recipients": ["jane"]}));
    assert_eq!(
        knock.emulator.next_due(),
        Some(at(0) + Duration::milliseconds(500))
    );
    assert_eq!(passes(&mut knock, 399), Vec::<Value>::new());
    let told = passes(&mut knock, 1);
    assert_eq!(events(&told), ["new-message"]);
    assert_eq!(told[0][4]["attn"], json!(["client_a", "client_b"]));
    assert_eq!(told[0][4]["metadata"]["unread_count"], 2);

    knock.comment("jane", "later");
    let told = passes(&mut knock, 500);
    assert_eq!(
        told[0][4]["attn"],
        json!(["client_a"]),
        "only what it gathered since"
    );
}

#[test]
fn through_a_half_open_connection_nothing_passes_and_a_new_one_works() {
    for (lost, hears, reaches) in [
        (Lost::Both, false, false),
        (Lost::ToClient, true, false),
        (Lost::ToServer, false, true),
    ] {
        let mut knock = Knock::new();
        let old = joined(&mut knock);
        knock.emulator.half_open(old, lost);
        knock.comment("jane", "one");
        assert_eq!(knock.sent().len(), usize::from(reaches), "{lost:?}");
        let topic = knock.topic("jane");
        knock.receive(old, &json!(["1", "2", topic, "phx_leave", {}]));
        assert!(knock.sent().is_empty(), "{lost:?}");
        assert_eq!(
            knock.emulator.joined("jane"),
            usize::from(!hears),
            "{lost:?}"
        );

        joined(&mut knock);
        knock.emulator.close(old, 1000);
        assert_eq!(knock.outputs().len(), usize::from(reaches), "{lost:?}");
        knock.comment("jane", "two");
        assert_eq!(knock.sent().len(), 1, "{lost:?}");
    }
}

#[test]
fn connections_become_half_open_or_are_closed_so_long_after_they_began() {
    let mut knock = Knock::new();
    let first = joined(&mut knock);
    ask(
        &mut knock,
        &json!({"half_open": {"lost": "both", "after_ms": 1000}, "close": {"code": 1006, "after_ms": 3000}}),
    );
    passes(&mut knock, 600);
    let second = joined(&mut knock);
    passes(&mut knock, 400);
    assert_eq!(knock.emulator.lost(first), Some(Lost::Both));
    assert_eq!(knock.emulator.lost(second), None);
    knock.now += Duration::milliseconds(2000);
    knock.emulator.advance(knock.now);
    assert_eq!(knock.outputs(), [(first, Err(1006))]);
    assert_eq!(knock.emulator.lost(second), Some(Lost::Both));

    ask(&mut knock, &json!({"close": null}));
    assert_eq!(
        knock
            .emulator
            .faults()
            .half_open
            .map(|fault| fault.after_ms),
        Some(1000)
    );
    knock.now += Duration::hours(1);
    knock.emulator.advance(knock.now);
    assert!(
        knock.outputs().is_empty(),
        "a fault that ended ends nothing"
    );
}

#[test]
fn frames_come_late_and_in_order() {
    let mut knock = Knock::new();
    let connection = joined(&mut knock);
    ask(
        &mut knock,
        &json!({"delay": {"to_client_ms": 300, "to_server_ms": 200}}),
    );
    beat(&mut knock, connection, "2");
    passes(&mut knock, 100);
    ask(&mut knock, &json!({"delay": null}));
    beat(&mut knock, connection, "3");
    assert_eq!(passes(&mut knock, 99), Vec::<Value>::new());
    assert_eq!(
        refs(&passes(&mut knock, 1)),
        ["2", "3"],
        "no frame overtakes another"
    );
}

#[test]
fn the_next_frames_get_lost() {
    let mut knock = Knock::new();
    let connection = joined(&mut knock);
    ask(
        &mut knock,
        &json!({"lose": {"to_client": 1, "to_server": 1}}),
    );
    for reference in ["2", "3", "4"] {
        beat(&mut knock, connection, reference);
    }
    assert_eq!(refs(&knock.sent()), ["4"]);
}

#[test]
fn a_slow_join_keeps_what_follows_on_its_connection_waiting() {
    let mut knock = Knock::new();
    let (connection, other) = (knock.connect(), knock.connect());
    ask(&mut knock, &json!({"joins": {"delay_ms": 12_000}}));
    for (reference, user) in [("1", "jane"), ("2", "john")] {
        let join = json!([reference, reference, knock.topic(user), "phx_join", {}]);
        knock.receive(connection, &join);
    }
    beat(&mut knock, connection, "3");
    beat(&mut knock, other, "9");
    assert_eq!(refs(&passes(&mut knock, 11_999)), ["9"]);
    assert_eq!(refs(&passes(&mut knock, 1)), ["1"]);
    assert_eq!(refs(&passes(&mut knock, 12_000)), ["2", "3"]);
    assert_eq!(knock.emulator.joined("john"), 1);
}

#[test]
fn a_join_is_refused_with_the_reason_that_was_asked_for() {
    let mut knock = Knock::new();
    let connection = knock.connect();
    ask(&mut knock, &json!({"joins": {"refuse": "join crashed"}}));
    let topic = knock.topic("jane");
    knock.receive(connection, &json!(["1", "1", topic, "phx_join", {}]));
    assert_eq!(
        knock.sent(),
        [
            json!(["1", "1", topic, "phx_reply", {"status": "error", "response": {"reason": "join crashed"}}])
        ]
    );
    assert_eq!(knock.emulator.joined("jane"), 0);
}

#[test]
fn requests_fail_and_are_spoiled_by_method_and_path() {
    let mut knock = Knock::new();
    ask(
        &mut knock,
        &json!({"requests": {"status": 503, "method": "PUT", "path": "/preferences/"}, "bodies": {"path": "/feeds/", "keep_bytes": 3}}),
    );
    assert_eq!(knock.secret("PUT", "/v1/users/jane", "{}").status, 200);
    assert_eq!(knock.emulator.take_spoiled(), None);
    let preferences = "/v1/users/jane/preferences/default";
    assert_eq!(knock.secret("GET", preferences, "").status, 200);
    assert_eq!(knock.secret("PUT", preferences, "{}").status, 503);
    assert_eq!(knock.secret("PUT", preferences, "{}").status, 200);
    knock.feed("jane", "");
    let spoiled = knock.emulator.take_spoiled().unwrap();
    assert_eq!(spoiled.keep, Some(3));
    knock.feed("jane", "");
    assert_eq!(knock.emulator.take_spoiled(), None);
}

#[test]
fn a_batch_holds_back_what_was_marked_a_moment_ago() {
    let mut knock = Knock::new();
    ask(&mut knock, &json!({"deduplicate_marks": true}));
    knock.comment("jane", "one");
    let id = knock.ids("jane").remove(0);
    let body = json!({"message_ids": [id]}).to_string();
    let mut held_back = || {
        let response = knock.public("POST", "/v1/messages/batch/read", &body);
        assert_eq!(response.status, 200);
        response
            .header("x-ratelimited-message_ids")
            .map(str::to_owned)
    };
    assert_eq!(held_back(), None);
    assert_eq!(held_back(), Some(id.clone()));
}

#[test]
fn faults_of_a_user_reach_nobody_else() {
    let mut knock = Knock::new();
    joined(&mut knock);
    let other = knock.connect();
    let topic = knock.topic("john");
    knock.receive(other, &json!(["1", "1", topic, "phx_join", {}]));
    knock.sent();
    let mut control = |path: &str, body: Value| {
        let response = knock.send_as(
            "",
            "POST",
            &format!("/_emulator/sockets/{path}"),
            &body.to_string(),
        );
        (response.status, response.json())
    };
    let half_open = control("half-open", json!({"user_id": "jane", "lost": "to_client"}));
    assert_eq!(half_open, (200, json!({"half_open": 1})));
    let closed = control("close", json!({"user_id": "john", "code": 4000}));
    assert_eq!(closed, (200, json!({"closed": 1})));
    assert_eq!(control("half-open", json!({"lost": "up"})).0, 422);
    assert_eq!(knock.outputs(), [(other, Err(4000))]);
}

#[test]
fn what_makes_no_sense_is_422_with_the_reason_and_changes_nothing() {
    let mut knock = Knock::new();
    for (wrong, word) in [
        (json!({"colour": 1}), "colour"),
        (json!({"delay": {"to_client_ms": -1}}), "-1"),
        (json!({"delay": {"to_client_ms": 3_600_001}}), "hour"),
        (
            json!({"new_messages": {"merge_ms": 1, "throttle_ms": 1}}),
            "",
        ),
        (json!({"half_open": {"lost": "up"}}), "to_client"),
        (json!({"close": {"code": 1005}}), "close code"),
        (json!({"refuse_upgrades": {"status": 200}}), "400"),
        (
            json!({"lose": {"to_client": 1}, "bodies": {"bytes_per_second": 0}}),
            "bytes_per_second",
        ),
    ] {
        let response = knock.send_as("", "POST", "/_emulator/faults", &wrong.to_string());
        let message = response.json()["errors"][0]["message"].to_string();
        assert_eq!(response.status, 422, "{wrong}");
        assert!(message.contains(word), "{wrong}: {message}");
    }
    assert_eq!(
        *knock.emulator.faults(),
        doorbell_emulator::Faults::default()
    );
}
