//! Whether the other end is still there.

use doorbell_phoenix::{Input, Output};
use serde_json::json;

use crate::driver::{Driver, assert_lost, heartbeat_reply, millis, ok, seconds, send};

#[test]
fn heartbeats_follow_open_and_each_reply_by_thirty_seconds() {
    let mut driver = Driver::joined(&["a"]);
    assert_eq!(
        driver.sleep(seconds(33)),
        [(seconds(30), send(HEARTBEAT_2))]
    );
    assert_eq!(driver.receive(&heartbeat_reply("2")), []);
    let third = send(r#"[null,"3","phoenix","heartbeat",{}]"#);
    assert_eq!(driver.sleep(seconds(31)), [(seconds(63), third)]);
}

#[test]
fn a_missing_heartbeat_reply_ends_the_connection_whatever_else_arrives() {
    let mut driver = Driver::joined(&["a"]);
    driver.sleep(seconds(30));
    for _ in 0..29 {
        driver.sleep(seconds(1));
        driver.receive(r#"[null,null,"a","new-message",{}]"#);
        driver.receive(&heartbeat_reply("888"));
        driver.tell(Input::Traffic);
    }
    let outputs = driver.sleep(seconds(1));
    assert_eq!(outputs[0], (seconds(60), Output::Hangup));
    assert_lost(&driver, &outputs[1].1, None);
    assert_eq!(driver.sleep_until_due(seconds(1)), [Output::Dial]);
}

#[test]
fn a_new_connection_owes_no_reply_to_a_heartbeat_of_the_old_one() {
    let mut driver = Driver::joined(&["a"]);
    driver.sleep(seconds(31));
    driver.tell(Input::Closed { code: None });
    driver.sleep_until_due(seconds(1));
    driver.tell(Input::Opened);
    driver.receive(&ok("3", "a"));
    assert_eq!(driver.sleep(seconds(29)), []);
    assert_eq!(
        driver.sleep_until_due(seconds(1)),
        [send(r#"[null,"4","phoenix","heartbeat",{}]"#)]
    );
}

#[test]
fn silence_while_the_process_was_paused_ends_the_connection() {
    let mut driver = Driver::joined(&["a"]);
    driver.pause(seconds(65));
    assert_eq!(driver.tell(Input::Timeout)[0], Output::Hangup);
}

#[test]
fn any_frame_renews_the_read_deadline() {
    for sign in [
        Input::Traffic,
        Input::Text(r#"[null,null,"elsewhere","e",{}]"#),
        Input::Text("not json"),
    ] {
        let mut driver = Driver::joined(&["a"]);
        driver.pause(seconds(64));
        driver.tell(sign);
        driver.pause(seconds(1));
        assert!(!driver.tell(Input::Timeout).contains(&Output::Hangup));
    }
}

#[test]
fn waking_up_cuts_a_back_off_short() {
    let mut driver = Driver::new(1);
    driver.join("a", json!({}));
    for _ in 0..12 {
        driver.tell(Input::Unreachable);
        driver.sleep_until_due(seconds(600));
    }
    driver.tell(Input::Unreachable);
    assert_eq!(driver.tell(Input::Woke), []);
    assert_eq!(driver.sleep_until_due(millis(250)), [Output::Dial]);
}

#[test]
fn what_was_under_way_at_waking_up_and_turns_out_dead_is_replaced_without_a_back_off_once() {
    let failed = || {
        let mut driver = Driver::new(1);
        driver.join("a", json!({}));
        for _ in 0..12 {
            driver.tell(Input::Unreachable);
            driver.sleep_until_due(seconds(600));
        }
        driver
    };
    let mut dialling = failed();
    dialling.tell(Input::Woke);
    dialling.sleep(seconds(14));
    dialling.tell(Input::Unreachable);
    assert_eq!(dialling.sleep_until_due(millis(250)), [Output::Dial]);
    dialling.tell(Input::Unreachable);
    assert_eq!(dialling.sleep(seconds(1)), []);

    let mut open = failed();
    open.tell(Input::Opened);
    open.tell(Input::Woke);
    assert_eq!(open.sleep_until_due(seconds(5))[0], Output::Hangup);
    assert_eq!(open.sleep_until_due(millis(250)), [Output::Dial]);

    let mut later = failed();
    later.tell(Input::Opened);
    later.tell(Input::Woke);
    later.receive(&heartbeat_reply("2"));
    later.sleep(seconds(16));
    later.tell(Input::Closed { code: None });
    assert_eq!(later.sleep(seconds(1)), []);
}

#[test]
fn waking_up_proves_an_open_connection_alive_within_five_seconds() {
    let mut driver = Driver::joined(&["a"]);
    driver.sleep(seconds(10));
    assert_eq!(driver.tell(Input::Woke), [send(HEARTBEAT_2)]);
    assert_eq!(driver.tell(Input::Woke), []);
    assert_eq!(driver.sleep(millis(4999)), []);
    assert_eq!(driver.sleep_until_due(millis(1))[0], Output::Hangup);
}

#[test]
fn a_connection_that_opens_after_waking_up_is_proven_before_anything_is_joined() {
    let mut driver = Driver::new(1);
    driver.join("a", json!({}));
    driver.tell(Input::Woke);
    let outputs = driver.tell(Input::Opened);
    let first = send(r#"[null,"1","phoenix","heartbeat",{}]"#);
    let sent = |output: &&Output| matches!(output, Output::Send(_));
    assert_eq!(outputs.iter().find(sent), Some(&first));
    assert_eq!(driver.sleep(millis(4999)), []);
    assert_eq!(driver.sleep_until_due(millis(1))[0], Output::Hangup);
    assert_eq!(driver.sleep_until_due(millis(250)), [Output::Dial]);

    driver.tell(Input::Opened);
    assert_eq!(driver.sleep(millis(5001)), []);
}

#[test]
fn an_answer_after_waking_up_keeps_the_connection() {
    let mut driver = Driver::joined(&["a"]);
    driver.sleep(seconds(40)); // with a heartbeat on its way
    let third = send(r#"[null,"3","phoenix","heartbeat",{}]"#);
    assert_eq!(driver.tell(Input::Woke), [third]);
    driver.sleep(seconds(4));
    driver.receive(&heartbeat_reply("3"));
    assert_eq!(driver.sleep(seconds(29)), []);
}

const HEARTBEAT_2: &str = r#"[null,"2","phoenix","heartbeat",{}]"#;
