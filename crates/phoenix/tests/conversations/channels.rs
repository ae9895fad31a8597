//! Joining, leaving, and being thrown out.

use std::time::Duration;

use doorbell_phoenix::{Event, Frame, FrameError, Input, Output, State};
use serde_json::json;

use crate::driver::{Driver, heartbeat_reply, joined, millis, ok, refusal, seconds, send};

#[test]
fn a_join_without_an_answer_is_left_and_tried_again() {
    let mut driver = Driver::new(1);
    driver.join("a", json!({}));
    driver.tell(Input::Opened);
    let topic = "a".to_owned();
    assert_eq!(
        driver.sleep(seconds(10)),
        [
            (seconds(10), send(r#"["1","2","a","phx_leave",{}]"#)),
            (seconds(10), Output::Event(Event::JoinTimedOut { topic })),
        ]
    );
    assert_eq!(driver.receive(&ok("1", "a")), [], "too late");
    assert_eq!(
        driver.sleep_until_due(seconds(1)),
        [send(r#"["3","3","a","phx_join",{}]"#)]
    );
    assert_eq!(driver.receive(r#"["1","1","a","phx_close",{}]"#), []);
    assert_eq!(driver.receive(&ok("3", "a")), [joined("a")]);
}

#[test]
fn a_crashed_channel_rejoins_after_a_back_off() {
    for frame in [
        r#"["1","1","a","phx_error",{}]"#,
        r#"["1","1","a","phx_error",{"reason":"channel_crash"}]"#,
        r#"[null,null,"a","phx_error",{}]"#,
    ] {
        let mut driver = Driver::joined(&["a"]);
        let topic = "a".to_owned();
        assert_eq!(
            driver.receive(frame),
            [Output::Event(Event::ChannelErrored { topic })]
        );
        assert_eq!(driver.receive(frame), [], "once is enough");
        assert_eq!(driver.sleep(millis(249)), []);
        assert_eq!(
            driver.sleep_until_due(seconds(1)),
            [send(r#"["2","2","a","phx_join",{}]"#)]
        );
    }
}

#[test]
fn after_waking_up_a_channel_that_crashed_again_and_again_joins_at_once() {
    let mut driver = Driver::joined(&["a"]);
    let crash = r#"[null,null,"a","phx_error",{}]"#;
    let is_join =
        |output: &Output| matches!(output, Output::Send(text) if text.contains("phx_join"));
    driver.receive(crash);
    for _ in 0..12 {
        loop {
            let due = driver.sleep_until_due(seconds(60));
            if due.iter().any(is_join) {
                break;
            }
            let [Output::Send(beat)] = &due[..] else {
                panic!("no heartbeat: {due:?}");
            };
            let reference = beat.split('"').nth(1).unwrap();
            driver.receive(&heartbeat_reply(reference));
        }
        driver.receive(crash);
    }
    assert!(driver.tell(Input::Woke).iter().any(is_join));
    driver.receive(crash);
    let again = driver.sleep_until_due(seconds(1));
    assert!(
        again.iter().any(is_join),
        "and does not wait long for the next"
    );
}

#[test]
fn a_channel_the_server_closed_unasked_rejoins() {
    for frame in [
        r#"["1","1","a","phx_close",{}]"#,
        r#"[null,null,"a","phx_close",{}]"#,
    ] {
        let mut driver = Driver::joined(&["a"]);
        let topic = "a".to_owned();
        assert_eq!(
            driver.receive(frame),
            [Output::Event(Event::ChannelClosed { topic })]
        );
        assert_eq!(
            driver.sleep_until_due(seconds(1)),
            [send(r#"["2","2","a","phx_join",{}]"#)]
        );
    }
}

#[test]
fn a_refused_join_is_repeated_with_pauses_of_a_minute_at_most() {
    let longest = (0..100).map(|seed| {
        let mut driver = Driver::new(seed);
        driver.join("a", json!({}));
        driver.tell(Input::Opened);
        let mut longest = Duration::ZERO;
        let mut reference = "1".to_owned();
        for _ in 0..12 {
            let response = json!({ "reason": "unavailable" });
            let topic = "a".to_owned();
            let refused = Output::Event(Event::JoinRefused { topic, response });
            assert_eq!(
                driver.receive(&refusal(&reference, "a", "unavailable")),
                [refused]
            );
            let before = driver.elapsed();
            reference = next_join(&mut driver);
            longest = longest.max(driver.elapsed() - before);
        }
        longest
    });
    let longest = longest.max().unwrap();
    assert!(
        (seconds(55)..=seconds(60)).contains(&longest),
        "{longest:?}"
    );
}

#[test]
fn an_unmatched_topic_is_a_refused_join_although_its_join_ref_is_null() {
    let mut driver = Driver::new(1);
    driver.join("a", json!({}));
    driver.tell(Input::Opened);
    let reply =
        r#"[null,"1","a","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]"#;
    assert!(matches!(
        driver.receive(reply)[..],
        [Output::Event(Event::JoinRefused { .. })]
    ));
}

#[test]
fn an_unauthorized_join_is_probed_once_an_hour_whatever_the_connection_does() {
    let mut driver = Driver::joined(&["b"]);
    driver.join("a", json!({}));
    assert!(matches!(
        driver.receive(&refusal("2", "a", "unauthorized"))[..],
        [Output::Event(Event::JoinRefused { .. })]
    ));
    driver.tell(Input::Closed { code: Some(1012) });
    driver.sleep_until_due(seconds(1));
    assert_eq!(
        driver.tell(Input::Opened),
        [
            Output::Event(Event::Opened),
            send(r#"["3","3","b","phx_join",{}]"#),
        ]
    );
    driver.receive(&ok("3", "b"));
    let probe = next_frame(&mut driver);
    assert_eq!((&*probe.topic, &*probe.event), ("a", "phx_join"));
    assert!((seconds(3600)..=seconds(3960)).contains(&driver.elapsed()));
}

#[test]
fn an_unauthorized_join_goes_out_at_once_when_it_is_asked_for_anew() {
    let mut driver = Driver::new(1);
    driver.join("a", json!({}));
    driver.tell(Input::Opened);
    driver.receive(&refusal("1", "a", "unauthorized"));
    assert_eq!(
        driver.join("a", json!({"other": 1})),
        [send(r#"["2","2","a","phx_join",{"other":1}]"#)]
    );
}

#[test]
fn an_unauthorized_join_asked_for_anew_goes_out_with_the_next_connection() {
    let mut driver = Driver::new(1);
    driver.join("a", json!({}));
    driver.tell(Input::Opened);
    driver.receive(&refusal("1", "a", "unauthorized"));
    driver.tell(Input::Closed { code: None });
    driver.join("a", json!({"other": 1}));
    driver.sleep_until_due(seconds(1));
    assert_eq!(
        driver.tell(Input::Opened)[1],
        send(r#"["2","2","a","phx_join",{"other":1}]"#)
    );
}

#[test]
fn a_channel_joined_for_thirty_seconds_starts_the_pauses_over() {
    let longest_pause = |steady: u64| {
        let pauses = (0..100).map(|seed| {
            let mut driver = Driver::new(seed);
            driver.join("a", json!({}));
            driver.tell(Input::Opened);
            driver.receive(&ok("1", "a"));
            for _ in 0..6 {
                driver.receive(r#"[null,null,"a","phx_error",{}]"#);
                let reference = next_join(&mut driver);
                driver.receive(&ok(&reference, "a"));
            }
            for (_, heartbeat) in driver.sleep(seconds(steady)) {
                answer(&mut driver, &heartbeat);
            }
            driver.receive(r#"[null,null,"a","phx_error",{}]"#);
            let before = driver.elapsed();
            next_join(&mut driver);
            driver.elapsed() - before
        });
        pauses.max().expect("a hundred")
    };
    assert!(longest_pause(30) <= seconds(1));
    assert!(longest_pause(29) > seconds(50));
}

#[test]
fn a_join_of_a_joined_topic_leaves_it_first() {
    let mut driver = Driver::joined(&["a"]);
    assert_eq!(
        driver.join("a", json!({"n": 2})),
        [
            send(r#"["1","2","a","phx_leave",{}]"#),
            send(r#"["3","3","a","phx_join",{"n":2}]"#),
        ]
    );
    // Before the answer, once more.
    assert_eq!(
        driver.join("a", json!({"n": 3})),
        [
            send(r#"["3","4","a","phx_leave",{}]"#),
            send(r#"["5","5","a","phx_join",{"n":3}]"#),
        ]
    );
    assert_eq!(driver.receive(&ok("3", "a")), []);
    assert_eq!(driver.receive(&ok("5", "a")), [joined("a")]);
    assert_eq!(driver.receive(r#"["1","1","a","phx_close",{}]"#), []);
    assert_eq!(driver.receive(r#"["3","3","a","phx_close",{}]"#), []);
    assert_eq!(driver.sleep(seconds(29)), [], "still joined");
}

#[test]
fn leaving_the_last_topic_hangs_up_a_little_later() {
    let mut driver = Driver::joined(&["a"]);
    let topic = "a".to_owned();
    assert_eq!(
        driver.tell(Input::Leave { topic }),
        [send(r#"["1","2","a","phx_leave",{}]"#)]
    );
    assert_eq!(
        driver.receive(r#"["1","2","a","phx_reply",{"status":"ok","response":{}}]"#),
        []
    );
    assert_eq!(driver.receive(r#"["1","1","a","phx_close",{}]"#), []);
    assert_eq!(driver.receive(r#"[null,null,"a","new-message",{}]"#), []);
    assert_eq!(driver.sleep(seconds(60)), [(seconds(5), Output::Hangup)]);
    assert_eq!(driver.state(), State::Idle);
    assert_eq!(driver.join("b", json!({})), [Output::Dial]);
}

#[test]
fn a_topic_joined_soon_after_the_last_was_left_keeps_the_connection() {
    let mut driver = Driver::joined(&["a"]);
    driver.tell(Input::Leave { topic: "a".into() });
    driver.sleep(seconds(4));
    assert_eq!(
        driver.join("b", json!({})),
        [send(r#"["3","3","b","phx_join",{}]"#)]
    );
    driver.receive(&ok("3", "b"));
    assert_eq!(driver.sleep(seconds(25)), []);
    assert_eq!(driver.state(), State::Open);
}

#[test]
fn leaving_and_joining_does_not_get_around_a_back_off() {
    let mut driver = Driver::new(1);
    driver.join("a", json!({}));
    let retry_after = None;
    driver.tell(Input::Refused {
        status: 403,
        retry_after,
    });
    driver.tell(Input::Leave { topic: "a".into() });
    assert_eq!(driver.join("a", json!({})), []);
    driver.tell(Input::Leave { topic: "a".into() });
    assert_eq!(driver.sleep(seconds(8000)), [], "nothing is wanted");
    assert_eq!(driver.state(), State::Idle);
}

#[test]
fn frames_of_an_earlier_join_are_dropped_and_those_without_a_join_ref_taken() {
    let mut driver = Driver::joined(&["a"]);
    driver.receive(r#"["1","1","a","phx_error",{}]"#);
    let between = driver.receive(r#"["1",null,"a","new-message",{}]"#);
    assert_eq!(between, [], "nothing is joined");
    let reference = next_join(&mut driver);
    driver.receive(&ok(&reference, "a"));
    for stale in [
        r#"["1",null,"a","new-message",{}]"#,
        r#"["1","1","a","phx_error",{}]"#,
        r#"["1","1","a","phx_close",{}]"#,
        r#"["1","1","a","phx_reply",{"status":"error","response":{}}]"#,
    ] {
        assert_eq!(driver.receive(stale), []);
    }
    let message = |n| {
        Output::Event(Event::Message {
            topic: "a".into(),
            event: "new-message".into(),
            payload: json!({ "n": n }),
        })
    };
    assert_eq!(
        driver.receive(r#"[null,null,"a","new-message",{"n":1}]"#),
        [message(1)]
    );
    assert_eq!(
        driver.receive(r#"["2",null,"a","new-message",{"n":2}]"#),
        [message(2)]
    );
    assert_eq!(
        driver.receive(r#"[2,null,"a","new-message",{"n":3}]"#),
        [message(3)]
    );
}

#[test]
fn unknown_references_and_topics_are_ignored() {
    let mut driver = Driver::joined(&["a"]);
    for frame in [
        r#"["1","777","a","phx_reply",{"status":"ok","response":{}}]"#,
        r#"["1","1","a","phx_reply",{"status":"error","response":{"reason":"late"}}]"#,
        r#"["1",null,"a","phx_reply",{"status":"ok","response":{}}]"#,
        r#"[null,"888","phoenix","phx_reply",{"status":"ok","response":{}}]"#,
        r#"[null,null,"phoenix","phx_error",{}]"#,
        r#"[null,null,"elsewhere","new-message",{}]"#,
        r#"[null,null,"elsewhere","phx_close",{}]"#,
    ] {
        assert_eq!(driver.receive(frame), [], "{frame}");
    }
    assert_eq!(driver.state(), State::Open);
}

#[test]
fn what_cannot_be_read_is_reported_without_its_text_and_the_connection_stays() {
    let mut driver = Driver::joined(&["a"]);
    driver.join("b", json!({}));
    for (text, error) in [
        ("secret", FrameError::NotJson),
        (r#"{"topic":"a"}"#, FrameError::NotAFrame),
        (r#"[null,null,"a","new-message"]"#, FrameError::NotAFrame),
        (r#"[null,null,7,"e",{}]"#, FrameError::WrongType),
        (
            r#"["2","2","b","phx_reply",{"status":"maybe"}]"#,
            FrameError::WrongType,
        ),
    ] {
        assert_eq!(
            driver.receive(text),
            [Output::Event(Event::Garbage(error))],
            "{text}"
        );
    }
    assert_eq!(driver.receive(&ok("2", "b")), [joined("b")]);
}

/// Waits for the next join, and returns its reference.
fn next_join(driver: &mut Driver) -> String {
    let frame = next_frame(driver);
    assert_eq!(frame.event, "phx_join");
    frame.reference.expect("a join has one").to_string()
}

/// Waits for the next frame but heartbeats, which it answers.
fn next_frame(driver: &mut Driver) -> Frame {
    loop {
        let [output] = &driver.sleep_until_due(seconds(61))[..] else {
            panic!("not one frame");
        };
        if let Some(frame) = answer(driver, output) {
            return frame;
        }
    }
}

/// Answers a heartbeat, or returns the frame it is instead.
fn answer(driver: &mut Driver, output: &Output) -> Option<Frame> {
    let Output::Send(text) = output else {
        panic!("{output:?} is no frame");
    };
    let frame = Frame::parse(text).expect("it is ours");
    if frame.topic != "phoenix" {
        return Some(frame);
    }
    let reference = frame.reference.expect("a heartbeat has one");
    driver.receive(&heartbeat_reply(&reference.text()));
    None
}
