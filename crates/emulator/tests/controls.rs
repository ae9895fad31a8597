//! `/_emulator/…`, and rate limits.
#![allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]

mod common;

use common::{Knock, at};
use doorbell_emulator::{Config, Emulator};
use serde_json::{Value, json};

fn control(knock: &mut Knock, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    let response = knock.send_as("", method, &format!("/_emulator/{path}"), &body);
    (response.status, response.json())
}

fn limited() -> Knock {
    let config = Config {
        rate_limits: true,
        ..Config::default()
    };
    Knock {
        emulator: Emulator::new(config),
        now: at(0),
    }
}

#[test]
fn a_held_clock_moves_only_when_it_is_told_to() {
    let mut knock = Knock::new();
    assert_eq!(
        control(&mut knock, "GET", "clock", &Value::Null).1["mode"],
        "system"
    );
    let held = control(
        &mut knock,
        "POST",
        "clock",
        &json!({"now": "2026-03-02T12:00:00Z"}),
    );
    assert_eq!(
        held,
        (
            200,
            json!({"now": "2026-03-02T12:00:00.000000Z", "mode": "manual"})
        )
    );
    knock.now = at(90_000);
    knock.comment("jane", "at noon");
    assert_eq!(
        knock.feed("jane", "")["entries"][0]["inserted_at"],
        "2026-03-02T12:00:00.000000Z"
    );
    control(&mut knock, "POST", "clock", &json!({"advance_seconds": 90}));
    let clock = control(&mut knock, "GET", "clock", &Value::Null).1;
    assert_eq!(clock["now"], "2026-03-02T12:01:30.000000Z");
    assert_eq!(control(&mut knock, "DELETE", "clock", &Value::Null).0, 204);
    assert_eq!(
        control(&mut knock, "GET", "clock", &Value::Null).1["now"],
        "2026-03-03T11:00:00.000000Z"
    );
    for wrong in [
        json!({}),
        json!({"now": "noon"}),
        json!({"now": "2020-01-01T00:00:00Z"}),
        json!({"advance_seconds": -1}),
        json!({"advance_seconds": u64::MAX}),
        json!({"advance_seconds": 367 * 86_400}),
        json!({"now": "2030-01-01T00:00:00Z", "advance_seconds": 1}),
    ] {
        assert_eq!(
            control(&mut knock, "POST", "clock", &wrong).0,
            422,
            "{wrong}"
        );
    }
}

#[test]
fn advancing_a_held_clock_ends_delays_at_their_own_time() {
    let mut knock = Knock::new();
    let workflow = "[[steps]]\ntype = 'delay'\nfor = '1h'\n[[steps]]\ntype = 'in_app'\n\
        blocks = [{ type = 'text', name = 'body', content = 'late' }]";
    knock.emulator.load_workflow("late", workflow).unwrap();
    knock.emulator.hold_clock(at(0));
    knock.run("late", &json!({"recipients": [{"id": "jane"}]}));
    assert_eq!(knock.emulator.next_due(), None);
    control(
        &mut knock,
        "POST",
        "clock",
        &json!({"advance_seconds": 3599}),
    );
    assert!(knock.ids("jane").is_empty());
    control(
        &mut knock,
        "POST",
        "clock",
        &json!({"advance_seconds": 86_400}),
    );
    assert_eq!(
        knock.feed("jane", "")["entries"][0]["inserted_at"],
        "2026-03-02T11:00:00.000000Z"
    );
}

#[test]
fn a_reset_leaves_what_a_start_leaves_and_the_open_sockets() {
    let mut knock = Knock::new();
    let fresh = knock.feed("jane", "");
    knock.comment("jane", "gone");
    let first = knock.ids("jane");
    knock.secret(
        "PUT",
        "/v1/users/jane/preferences/default",
        r#"{"workflows": {"new-comment": false}}"#,
    );
    control(
        &mut knock,
        "POST",
        "faults",
        &json!({"requests": {"times": 5, "status": 500}, "withhold": {"new_messages": true}}),
    );
    let connection = knock.connect();
    let topic = knock.topic("jane");
    knock.receive(connection, &json!(["1", "1", topic, "phx_join", {}]));
    knock.outputs();

    assert_eq!(control(&mut knock, "POST", "reset", &Value::Null).0, 204);
    assert_eq!(knock.feed("jane", ""), fresh);
    assert_eq!(knock.secret("GET", "/v1/users/jane", "").status, 404);
    assert_eq!(knock.secret("GET", "/v1/users/demo-user", "").status, 200);
    knock.comment("jane", "again");
    assert_eq!(knock.sent().len(), 1, "the socket still hears");
    assert_eq!(first[0].len(), knock.ids("jane")[0].len());
}

#[test]
fn requests_fail_as_often_as_asked_and_controls_never() {
    let mut knock = Knock::new();
    let faults = json!({"requests": {"times": 2, "status": 429, "retry_after": 7}});
    let (status, left) = control(&mut knock, "POST", "faults", &faults);
    assert_eq!((status, &left["requests"]), (200, &json!(2)));
    let failed = knock.feed_response("jane", "");
    assert_eq!(
        (failed.status, failed.header("retry-after")),
        (429, Some("7"))
    );
    assert_eq!(
        control(&mut knock, "GET", "faults", &Value::Null).1["requests"],
        1
    );
    assert_eq!(control(&mut knock, "DELETE", "faults", &Value::Null).0, 204);
    assert_eq!(knock.feed_response("jane", "").status, 200);
}

#[test]
fn upgrades_are_refused_and_frames_withheld_until_told_otherwise() {
    let mut knock = Knock::new();
    let connection = knock.connect();
    control(
        &mut knock,
        "POST",
        "faults",
        &json!({"refuse_upgrades": 503, "withhold": {"heartbeats": true}}),
    );
    let target = format!(
        "/ws/v1/websocket?api_key={}&vsn=2.0.0",
        knock.emulator.config().public_key
    );
    assert_eq!(knock.emulator.connect(&target, knock.now), Err(503));
    let beat = json!([null, "1", "phoenix", "heartbeat", {}]);
    knock.receive(connection, &beat);
    assert!(knock.sent().is_empty());
    let shown = control(&mut knock, "GET", "faults", &Value::Null).1;
    assert_eq!(
        (&shown["refuse_upgrades"], &shown["withhold"]["heartbeats"]),
        (&json!(503), &json!(true))
    );

    control(
        &mut knock,
        "POST",
        "faults",
        &json!({"refuse_upgrades": null}),
    );
    assert!(knock.emulator.connect(&target, knock.now).is_ok());
    control(&mut knock, "DELETE", "faults", &Value::Null);
    knock.receive(connection, &beat);
    assert_eq!(knock.sent().len(), 1);
}

#[test]
fn sockets_are_closed_and_channels_crashed_by_a_call() {
    let mut knock = Knock::new();
    let connection = knock.connect();
    let topic = knock.topic("jane");
    knock.receive(connection, &json!(["1", "1", topic, "phx_join", {}]));
    knock.outputs();
    let crashed = control(
        &mut knock,
        "POST",
        "sockets/crash",
        &json!({"user_id": "jane"}),
    );
    assert_eq!(crashed, (200, json!({"crashed": 1})));
    assert_eq!(knock.sent()[0][3], "phx_error");
    let closed = control(&mut knock, "POST", "sockets/close", &json!({"code": 1001}));
    assert_eq!(closed, (200, json!({"closed": 1})));
    assert_eq!(knock.outputs(), [(connection, Err(1001))]);
}

#[test]
fn a_fault_that_makes_no_sense_is_422_and_changes_nothing() {
    let mut knock = Knock::new();
    for (path, wrong) in [
        ("faults", json!({"requests": 3})),
        ("faults", json!({"requests": {"times": 0}})),
        ("faults", json!({"requests": {"times": 1_000_000}})),
        ("faults", json!({"requests": {"status": 200}})),
        ("faults", json!({"refuse_upgrades": 7})),
        (
            "faults",
            json!({"bodies": {}, "withhold": {"joins": "maybe"}}),
        ),
        ("sockets/close", json!({})),
        ("sockets/close", json!({"code": 1005})),
        ("sockets/close", json!({"code": 70_000})),
        ("sockets/crash", json!({})),
        ("tokens", json!({})),
    ] {
        assert_eq!(
            control(&mut knock, "POST", path, &wrong).0,
            422,
            "{path} {wrong}"
        );
    }
    let untouched = control(&mut knock, "GET", "faults", &Value::Null).1;
    assert_eq!(
        (&untouched["requests"], &untouched["bodies"]),
        (&json!(0), &json!(0))
    );
}

#[test]
fn the_feed_is_limited_to_five_a_second_for_each_user() {
    let mut knock = limited();
    for _ in 0..5 {
        assert_eq!(knock.feed_response("jane", "").status, 200);
    }
    let refused = knock.feed_response("jane", "");
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (429, Some("1"))
    );
    assert_eq!(refused.json()["code"], "rate_limited");
    assert_eq!(knock.feed_response("john", "").status, 200);
    knock.now = at(1);
    assert_eq!(knock.feed_response("jane", "").status, 200);
}

#[test]
fn each_endpoint_has_its_tier() {
    let mut knock = limited();
    let mut admitted = |method: &str, target: &str| {
        let answers = (0..250).map(|_| knock.secret(method, target, "{}").status);
        answers.filter(|status| *status != 429).count()
    };
    assert_eq!(admitted("POST", "/v1/users/bulk/identify"), 1);
    assert_eq!(admitted("DELETE", "/v1/users/nobody"), 5);
    assert_eq!(admitted("PUT", "/v1/messages/none/read"), 5);
    assert_eq!(admitted("PUT", "/v1/users/jane"), 60);
    assert_eq!(admitted("GET", "/v1/users/jane"), 200);
    assert_eq!(admitted("POST", "/v1/workflows/none/trigger"), 250);
}

#[test]
fn a_status_is_taken_once_a_second_for_each_message() {
    let mut knock = limited();
    knock.comment("jane", "one");
    knock.comment("jane", "two");
    let ids = knock.ids("jane");
    let mut mark = |status: &str, ids: &[String], now| {
        knock.now = now;
        let body = json!({"message_ids": ids}).to_string();
        let response = knock.public("POST", &format!("/v1/messages/batch/{status}"), &body);
        let limited = response
            .header("x-ratelimited-message_ids")
            .map(str::to_owned);
        (response.json(), limited)
    };
    assert_eq!(mark("read", &ids[..1], at(0)).1, None);
    let (answer, held_back) = mark("read", &ids, at(0));
    assert_eq!(held_back.as_deref(), Some(ids[0].as_str()));
    assert_eq!(answer.as_array().unwrap().len(), 2);
    assert_eq!(mark("seen", &ids, at(0)).1, None);
    let (unread, held_back) = mark("unread", &ids[..1], at(0));
    assert_eq!((&unread[0]["read_at"], held_back), (&Value::Null, None));
    assert_eq!(mark("read", &ids, at(1)).1, None);
}
