//! What the socket answers, rule by rule. The rules are those seen of Phoenix 1.8 on the wire.
#![allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]

mod common;

use common::Knock;
use doorbell_emulator::{ConnectionId, Withhold};
use serde_json::{Value, json};

fn ok(join_ref: Value, reference: Value, topic: &str) -> Value {
    json!([join_ref, reference, topic, "phx_reply", {"status": "ok", "response": {}}])
}

fn error(join_ref: Value, reference: Value, topic: &str, reason: &str) -> Value {
    json!([join_ref, reference, topic, "phx_reply", {"status": "error", "response": {"reason": reason}}])
}

/// A connection that joined jane's feed with the given options under join_ref "1".
fn joined(knock: &mut Knock, options: Value) -> ConnectionId {
    let connection = knock.connect();
    let topic = knock.topic("jane");
    knock.receive(connection, &json!(["1", "1", topic, "phx_join", options]));
    assert_eq!(knock.sent(), [ok(json!("1"), json!("1"), &topic)]);
    connection
}

#[test]
fn an_upgrade_needs_the_path_the_public_key_and_vsn_2() {
    let mut knock = Knock::new();
    let (public, secret) = (
        knock.emulator.config().public_key.clone(),
        knock.emulator.config().secret_key.clone(),
    );
    for (target, expected) in [
        (
            format!("/ws/v1/websocket?&api_key={public}&&vsn=2.0.0"),
            None,
        ),
        (
            format!("/ws/v1/websocket?user_token=a.b.c&api_key={public}&branch_slug=b&vsn=2.0.0"),
            None,
        ),
        (
            format!("/ws/v1/websocket?user_token=&api_key={public}&vsn=2.0.0"),
            None,
        ),
        (
            format!("/ws/v1/websocket/?api_key={public}&vsn=2.0.9"),
            None,
        ),
        (format!("/ws/v1/websocket?api_key={public}"), Some(403)),
        (
            format!("/ws/v1/websocket?api_key={public}&vsn=1.0.0"),
            Some(403),
        ),
        (
            format!("/ws/v1/websocket?api_key={public}&vsn=2.1.0"),
            Some(403),
        ),
        (
            format!("/ws/v1/websocket?api_key={secret}&vsn=2.0.0"),
            Some(403),
        ),
        (
            "/ws/v1/websocket?api_key=pk_test_other&vsn=2.0.0".into(),
            Some(403),
        ),
        ("/ws/v1/websocket".into(), Some(403)),
        (format!("/ws/v1?api_key={public}&vsn=2.0.0"), Some(404)),
        (format!("/nope?api_key={public}&vsn=2.0.0"), Some(404)),
    ] {
        assert_eq!(
            knock.emulator.connect(&target, knock.now).err(),
            expected,
            "{target}"
        );
    }
    assert_eq!(knock.emulator.connections().len(), 4);
}

#[test]
fn a_heartbeat_is_answered_with_join_ref_null() {
    let mut knock = Knock::new();
    let connection = knock.connect();
    for (join_ref, reference) in [
        (json!(null), json!("12")),
        (json!("1"), json!("13")),
        (json!(null), json!(null)),
    ] {
        knock.receive(
            connection,
            &json!([join_ref, reference, "phoenix", "heartbeat", {}]),
        );
        assert_eq!(knock.sent(), [ok(json!(null), reference, "phoenix")]);
    }
}

#[test]
fn a_join_is_answered_with_its_refs_in_their_own_type() {
    let mut knock = Knock::new();
    let connection = knock.connect();
    let (jane, bo) = (knock.topic("jane"), knock.topic("user with space"));
    knock.receive(connection, &json!(["7", "9", jane, "phx_join", {}]));
    knock.receive(connection, &json!([11, 12, bo, "phx_join", null]));
    assert_eq!(
        knock.sent(),
        [
            ok(json!("7"), json!("9"), &jane),
            ok(json!(11), json!(12), &bo)
        ]
    );
    assert_eq!(knock.emulator.joined("jane"), 1);
    assert_eq!(knock.emulator.joined("user with space"), 1);
}

#[test]
fn a_feed_that_is_not_there_is_a_join_error() {
    let mut knock = Knock::new();
    let connection = knock.connect();
    let nobody = format!("feeds:{}:", knock.feed_id());
    for topic in [
        "feeds:11111111-2222-4333-8444-555555555555:jane",
        "feeds:",
        "feeds:x",
        &nobody,
    ] {
        knock.receive(connection, &json!(["1", "2", topic, "phx_join", {}]));
        assert_eq!(
            knock.sent(),
            [error(json!("1"), json!("2"), topic, "channel not found")]
        );
    }
}

#[test]
fn what_is_on_no_joined_topic_is_unmatched_with_join_ref_null() {
    let mut knock = Knock::new();
    let connection = knock.connect();
    let topic = knock.topic("jane");
    for (topic, event) in [
        (topic.as_str(), "ping"),
        ("rooms:lobby", "phx_join"),
        ("rooms:lobby", "ping"),
        ("phoenix", "hello"),
        ("phoenix", "phx_join"),
        ("", "phx_join"),
    ] {
        knock.receive(connection, &json!(["2", "3", topic, event, {}]));
        assert_eq!(
            knock.sent(),
            [error(json!(null), json!("3"), topic, "unmatched topic")],
            "{topic} {event}"
        );
    }
    knock.receive(connection, &json!(["2", "4", null, "ping", {}]));
    assert_eq!(knock.sent()[0][2], Value::Null);
}

#[test]
fn leaving_is_answered_and_then_closed() {
    let mut knock = Knock::new();
    let connection = joined(&mut knock, json!({}));
    let topic = knock.topic("jane");
    knock.receive(connection, &json!(["1", "8", topic, "phx_leave", {}]));
    assert_eq!(
        knock.sent(),
        [
            ok(json!("1"), json!("8"), &topic),
            json!(["1", "1", topic, "phx_close", {}])
        ]
    );
    assert_eq!(knock.emulator.joined("jane"), 0);

    knock.receive(connection, &json!(["1", "9", topic, "phx_leave", {}]));
    assert_eq!(
        knock.sent(),
        [ok(json!("1"), json!("9"), &topic)],
        "leaving what is not joined is fine"
    );
}

#[test]
fn a_second_join_is_answered_first_and_the_old_one_closed_after_it() {
    let mut knock = Knock::new();
    let connection = joined(&mut knock, json!({}));
    let topic = knock.topic("jane");
    knock.receive(connection, &json!(["2", "2", topic, "phx_join", {}]));
    assert_eq!(
        knock.sent(),
        [
            ok(json!("2"), json!("2"), &topic),
            json!(["1", "1", topic, "phx_close", {}])
        ]
    );
    assert_eq!(knock.emulator.joined("jane"), 1);
}

#[test]
fn leave_and_join_back_to_back_work() {
    let mut knock = Knock::new();
    let connection = joined(&mut knock, json!({}));
    let topic = knock.topic("jane");
    knock.receive(connection, &json!(["1", "10", topic, "phx_leave", {}]));
    knock.receive(connection, &json!(["11", "11", topic, "phx_join", {}]));
    assert_eq!(
        knock.sent(),
        [
            ok(json!("1"), json!("10"), &topic),
            json!(["1", "1", topic, "phx_close", {}]),
            ok(json!("11"), json!("11"), &topic),
        ]
    );
}

#[test]
fn frames_with_a_stale_join_ref_are_dropped_and_null_counts_as_current() {
    let mut knock = Knock::new();
    let connection = joined(&mut knock, json!({}));
    let topic = knock.topic("jane");
    knock.receive(connection, &json!(["0", "3", topic, "ping", {}]));
    knock.receive(connection, &json!(["0", "4", topic, "phx_leave", {}]));
    assert_eq!(knock.sent(), [] as [Value; 0]);
    knock.receive(connection, &json!([null, "5", topic, "phx_leave", {}]));
    assert_eq!(
        knock.sent(),
        [
            ok(json!("1"), json!("5"), &topic),
            json!(["1", "1", topic, "phx_close", {}])
        ]
    );
}

#[test]
fn an_unknown_event_crashes_the_channel_but_not_the_connection() {
    let mut knock = Knock::new();
    let connection = joined(&mut knock, json!({}));
    let topic = knock.topic("jane");
    for event in [
        json!("ping"),
        json!("new-message"),
        json!("phx_close"),
        json!(null),
    ] {
        knock.receive(connection, &json!(["1", "3", topic, event, {}]));
        assert_eq!(
            knock.sent(),
            [json!(["1", "1", topic, "phx_error", {"reason": "channel_crash"}])],
            "{event}"
        );
        knock.receive(connection, &json!(["1", "1", topic, "phx_join", {}]));
        assert_eq!(knock.sent().len(), 1);
    }
}

#[test]
fn a_frame_that_is_no_message_costs_the_connection() {
    for text in [
        "",
        "hello",
        "null",
        "42",
        "\"x\"",
        "[]",
        "{}",
        r#"["1","2","t","e"]"#,
        r#"["1","2","#,
    ] {
        let mut knock = Knock::new();
        let connection = joined(&mut knock, json!({}));
        knock.emulator.receive(connection, text, knock.now);
        assert_eq!(knock.outputs(), [(connection, Err(1011))], "{text}");
        assert_eq!(knock.emulator.connections(), []);
        knock.emulator.receive(connection, text, knock.now);
        assert_eq!(knock.outputs(), [], "a closed connection is not heard");
    }
}

#[test]
fn an_extra_element_is_ignored() {
    let mut knock = Knock::new();
    let connection = knock.connect();
    knock.receive(
        connection,
        &json!([null, "1", "phoenix", "heartbeat", {}, "extra"]),
    );
    assert_eq!(knock.sent().len(), 1);
}

#[test]
fn the_hundred_and_first_channel_is_refused() {
    let mut knock = Knock::new();
    let connection = knock.connect();
    for number in 1..=101 {
        let topic = knock.topic(&format!("user_{number}"));
        knock.receive(connection, &json!(["9", "9", topic, "phx_join", {}]));
    }
    let sent = knock.sent();
    assert!(sent[..100].iter().all(|reply| reply[4]["status"] == "ok"));
    assert_eq!(
        sent[100],
        error(
            json!("9"),
            json!("9"),
            &knock.topic("user_101"),
            "too many channels joined"
        )
    );
}

#[test]
fn a_keyed_join_is_told_per_client_and_only_whom_it_concerns() {
    let mut knock = Knock::new();
    joined(
        &mut knock,
        json!({
            "client_all": {"archived": "exclude", "mode": "compact"},
            "client_acme": {"archived": "exclude", "mode": "compact", "tenant": "acme", "has_tenant": true},
            "client_alerts": {"source": "system-alert", "trigger_data": {"n": 1}, "workflow_categories": ["system"]},
            "client_read": {"status": "read"},
        }),
    );
    knock.comment("jane", "no tenant");
    let sent = knock.sent();
    let counts = json!({"total_count": 1, "unread_count": 1, "unseen_count": 1});
    let payload = json!({
        "event": "new-message",
        "attn": ["client_all"],
        "metadata": counts,
        "data": {"client_all": {"metadata": counts}},
    });
    assert_eq!(
        sent,
        [json!([
            null,
            null,
            knock.topic("jane"),
            "new-message",
            payload
        ])]
    );

    knock.run(
        "system-alert",
        &json!({"recipients": ["jane"], "tenant": "acme", "data": {"n": 1}}),
    );
    let payload = &knock.sent()[0][4];
    assert_eq!(
        payload["attn"],
        json!(["client_acme", "client_alerts", "client_all"])
    );
    assert_eq!(payload["metadata"]["total_count"], 2);
    assert_eq!(payload["data"]["client_all"]["metadata"]["total_count"], 2);
    assert_eq!(payload["data"]["client_acme"]["metadata"]["total_count"], 1);
    assert_eq!(
        payload["data"]["client_alerts"]["metadata"]["total_count"],
        1
    );
}

#[test]
fn nothing_is_sent_when_no_client_is_concerned() {
    let mut knock = Knock::new();
    joined(
        &mut knock,
        json!({"client_acme": {"tenant": "acme", "has_tenant": true}}),
    );
    knock.comment("jane", "no tenant");
    knock.comment("bo", "somebody else's");
    assert_eq!(knock.outputs(), []);
}

#[test]
fn a_flat_join_gets_the_counts_of_its_own_filters() {
    let mut knock = Knock::new();
    knock.comment("jane", "before");
    joined(
        &mut knock,
        json!({"archived": "EXCLUDE", "tenant": null, "source": "", "inserted_at_date_range": {}}),
    );
    knock.comment("jane", "now");
    let counts = json!({"total_count": 2, "unread_count": 2, "unseen_count": 2});
    assert_eq!(
        knock.sent()[0][4],
        json!({"event": "new-message", "metadata": counts})
    );
}

#[test]
fn a_new_message_is_in_the_feed_before_it_is_announced() {
    let mut knock = Knock::new();
    joined(&mut knock, json!({}));
    knock.comment("jane", "now");
    assert_eq!(
        knock.feed("jane", "")["entries"][0]["data"]["comment"],
        "now"
    );
    assert_eq!(knock.sent().len(), 1);
}

#[test]
fn marks_are_not_pushed() {
    let mut knock = Knock::new();
    knock.comment("jane", "x");
    joined(&mut knock, json!({}));
    let id = knock.ids("jane")[0].clone();
    knock.public("PUT", &format!("/v1/messages/{id}/read"), "");
    knock.bulk("archive", &json!({"user_ids": ["jane"]}));
    assert_eq!(knock.outputs(), []);
}

#[test]
fn every_connection_on_the_topic_is_told() {
    let mut knock = Knock::new();
    let one = joined(&mut knock, json!({}));
    let two = joined(&mut knock, json!({}));
    knock.comment("jane", "x");
    let told: Vec<ConnectionId> = knock
        .outputs()
        .into_iter()
        .map(|(connection, _)| connection)
        .collect();
    assert_eq!(told, [one, two]);
    knock.emulator.disconnected(one);
    knock.comment("jane", "y");
    assert_eq!(knock.outputs().len(), 1);
}

#[test]
fn a_crashed_channel_hears_nothing_until_it_joins_again() {
    let mut knock = Knock::new();
    let connection = joined(&mut knock, json!({}));
    knock.emulator.crash_channels("jane");
    let topic = knock.topic("jane");
    assert_eq!(
        knock.sent(),
        [json!(["1", "1", topic, "phx_error", {"reason": "channel_crash"}])]
    );
    knock.comment("jane", "missed");
    assert_eq!(knock.outputs(), []);
    knock.receive(connection, &json!(["2", "2", topic, "phx_join", {}]));
    knock.comment("jane", "heard");
    assert_eq!(knock.sent().len(), 2);
}

#[test]
fn draining_closes_every_connection_with_1012() {
    let mut knock = Knock::new();
    let one = knock.connect();
    let two = knock.connect();
    knock.emulator.close(one, 4403);
    knock.emulator.drain();
    assert_eq!(knock.outputs(), [(one, Err(4403)), (two, Err(1012))]);
}

#[test]
fn what_is_withheld_is_not_sent() {
    let mut knock = Knock::new();
    let connection = joined(&mut knock, json!({}));
    knock.emulator.withhold(Withhold {
        heartbeats: true,
        joins: true,
        new_messages: true,
    });
    knock.receive(connection, &json!([null, "2", "phoenix", "heartbeat", {}]));
    let bo = knock.topic("bo");
    knock.receive(connection, &json!(["3", "3", bo, "phx_join", {}]));
    knock.comment("jane", "quiet");
    assert_eq!(knock.outputs(), []);
    knock.emulator.withhold(Withhold::default());
    knock.comment("jane", "loud");
    assert_eq!(knock.sent()[0][4]["metadata"]["total_count"], 2);
}

#[test]
fn refused_connections_get_the_status_that_was_set() {
    let mut knock = Knock::new();
    let target = format!(
        "/ws/v1/websocket?api_key={}&vsn=2.0.0",
        knock.emulator.config().public_key
    );
    knock.emulator.refuse_connections(Some(503));
    assert_eq!(knock.emulator.connect(&target, knock.now).err(), Some(503));
    knock.emulator.refuse_connections(None);
    assert!(knock.emulator.connect(&target, knock.now).is_ok());
}

/// The frames of two feed clients that share one topic, as the JavaScript SDK sends them.
#[test]
fn two_clients_of_one_page_share_a_channel() {
    let mut knock = Knock::new();
    let connection = knock.connect();
    let topic = knock.topic("user_bo");
    let all = json!({"archived": "exclude", "mode": "compact", "tenant": "acme"});
    let billing = json!({
        "archived": "exclude", "mode": "compact", "status": "unread", "workflow_categories": ["collaboration"],
        "trigger_data": {"project_id": "proj_7"}, "inserted_at.gt": "2026-01-01T00:00:00Z",
    });
    let (a, b) = (
        "client_0a1B2c3D4e5F6g7H8i9J_",
        "client_Zz9-Yy8_Xx7Ww6Vv5Uu4T",
    );
    knock.receive(connection, &json!(["7", "7", topic, "phx_join", {a: all}]));
    knock.receive(connection, &json!(["7", "10", topic, "phx_leave", {}]));
    knock.receive(
        connection,
        &json!(["11", "11", topic, "phx_join", {a: all, b: billing}]),
    );
    assert_eq!(
        knock.sent(),
        [
            ok(json!("7"), json!("7"), &topic),
            ok(json!("7"), json!("10"), &topic),
            json!(["7", "7", topic, "phx_close", {}]),
            ok(json!("11"), json!("11"), &topic),
        ]
    );
    let data = json!({"project_id": "proj_7"});
    knock
        .emulator
        .trigger("new-comment", "user_bo", data, knock.now)
        .unwrap();
    assert_eq!(knock.sent()[0][4]["attn"], json!([a, b]));
    knock
        .emulator
        .trigger("new-comment", "user_bo", json!({}), knock.now)
        .unwrap();
    let payload = &knock.sent()[0][4];
    assert_eq!(payload["attn"], json!([a]));
    assert_eq!(payload["data"][a]["metadata"]["total_count"], 2);
}
