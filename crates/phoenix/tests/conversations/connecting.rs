//! Dialling, losing the connection, and dialling again.

use std::time::Duration;

use doorbell_phoenix::{Event, Input, Output, State};
use serde_json::json;

use crate::driver::{Driver, assert_lost, joined, millis, ok, refusal, seconds, send};

#[test]
fn the_first_join_dials_and_joins_go_out_once_the_connection_is_open() {
    let mut driver = Driver::new(1);
    assert_eq!(driver.state(), State::Idle);
    assert_eq!(driver.drain(), (vec![], None));

    assert_eq!(driver.join("a", json!({"old": true})), [Output::Dial]);
    assert_eq!(driver.join("a", json!({"new": true})), []);
    assert_eq!(driver.join("b", json!({})), []);
    assert_eq!(driver.state(), State::Dialling);

    assert_eq!(
        driver.tell(Input::Opened),
        [
            Output::Event(Event::Opened),
            send(r#"["1","1","a","phx_join",{"new":true}]"#),
            send(r#"["2","2","b","phx_join",{}]"#),
        ]
    );
    assert_eq!(driver.state(), State::Open);
    assert_eq!(driver.receive(&ok("2", "b")), [joined("b")]);
    assert_eq!(driver.receive(&ok("1", "a")), [joined("a")]);
}

#[test]
fn a_dial_without_an_answer_is_given_up_after_fifteen_seconds() {
    let mut driver = Driver::new(1);
    driver.join("a", json!({}));
    let outputs = driver.sleep_until_due(seconds(15));
    assert_eq!(outputs[0], Output::Hangup);
    assert_eq!(driver.elapsed(), seconds(15));
    assert_lost(&driver, &outputs[1], None);
    assert_eq!(driver.sleep_until_due(seconds(1)), [Output::Dial]);
}

#[test]
fn an_unreachable_server_is_dialled_again_with_growing_pauses() {
    let longest = |failures: u32| {
        (0..300)
            .map(|seed| {
                let mut driver = Driver::new(seed);
                driver.join("a", json!({}));
                for _ in 0..failures {
                    driver.tell(Input::Unreachable);
                    assert_eq!(driver.sleep_until_due(seconds(600)), [Output::Dial]);
                }
                let outputs = driver.tell(Input::Unreachable);
                delay(&driver, &outputs[0])
            })
            .inspect(|delay| assert!(*delay >= millis(250)))
            .max()
            .unwrap()
    };
    assert!((millis(900)..=millis(1000)).contains(&longest(0)));
    assert!((millis(3700)..=millis(4000)).contains(&longest(2)));
    assert!((seconds(570)..=seconds(600)).contains(&longest(12)));
}

#[test]
fn connections_that_do_not_last_do_not_shorten_the_pauses() {
    let longest = (0..300).map(|seed| {
        let mut driver = Driver::new(seed);
        driver.join("a", json!({}));
        let mut longest = Duration::ZERO;
        for round in 1..=8 {
            driver.tell(Input::Opened);
            driver.receive(&ok(&round.to_string(), "a"));
            driver.sleep(seconds(29));
            let outputs = driver.tell(Input::Closed { code: Some(1011) });
            longest = longest.max(delay(&driver, &outputs[0]));
            driver.sleep_until_due(seconds(600));
        }
        longest
    });
    assert!(longest.max().unwrap() > seconds(100));
}

#[test]
fn a_connection_joined_for_thirty_seconds_starts_the_pauses_over() {
    for seed in 0..300 {
        let mut driver = Driver::new(seed);
        driver.join("a", json!({}));
        for _ in 0..9 {
            driver.tell(Input::Unreachable);
            driver.sleep_until_due(seconds(600));
        }
        driver.tell(Input::Opened);
        driver.receive(&ok("1", "a"));
        driver.pause(seconds(30));
        let outputs = driver.tell(Input::Closed { code: None });
        assert!(delay(&driver, &outputs[0]) <= seconds(1));
    }
}

#[test]
fn a_connection_open_but_never_joined_does_not_start_the_pauses_over() {
    let longest = (0..300).map(|seed| {
        let mut driver = Driver::new(seed);
        driver.join("a", json!({}));
        for _ in 0..9 {
            driver.tell(Input::Unreachable);
            driver.sleep_until_due(seconds(600));
        }
        driver.tell(Input::Opened);
        driver.receive(&refusal("1", "a", "unauthorized"));
        driver.pause(seconds(40));
        let outputs = driver.tell(Input::Closed { code: None });
        delay(&driver, &outputs[0])
    });
    assert!(longest.max().unwrap() > seconds(400));
}

#[test]
fn every_close_it_did_not_ask_for_is_followed_by_another_dial() {
    for code in [None, Some(1000), Some(1001), Some(1008), Some(4403)] {
        let mut driver = Driver::joined(&["a"]);
        let outputs = driver.tell(Input::Closed { code });
        assert_lost(&driver, &outputs[0], code);
        assert_eq!(
            driver.sleep_until_due(seconds(1)),
            [Output::Dial],
            "{code:?}"
        );
    }
}

#[test]
fn every_topic_rejoins_at_once_on_a_new_connection_with_new_references() {
    let mut driver = Driver::joined(&["a", "b"]);
    driver.tell(Input::Closed { code: Some(1012) });
    driver.sleep_until_due(seconds(1));
    assert_eq!(
        driver.tell(Input::Opened),
        [
            Output::Event(Event::Opened),
            send(r#"["3","3","a","phx_join",{}]"#),
            send(r#"["4","4","b","phx_join",{}]"#),
        ]
    );
}

#[test]
fn a_server_that_refuses_for_good_is_probed_no_more_than_once_an_hour() {
    for status in [401, 403, 404] {
        let mut driver = Driver::new(1);
        driver.join("a", json!({}));
        let retry_after = Some(seconds(5));
        let refused = Input::Refused {
            status,
            retry_after,
        };
        assert_eq!(
            driver.tell(refused),
            [Output::Event(Event::Refused { status })]
        );
        assert!(matches!(driver.state(), State::Refused { status: is, .. } if is == status));

        assert_eq!(driver.tell(Input::Woke), []);
        assert_eq!(driver.join("b", json!({})), []);
        assert_eq!(driver.sleep(seconds(3599)), []);
        assert_eq!(driver.sleep_until_due(seconds(361)), [Output::Dial]);
    }
}

#[test]
fn a_server_in_trouble_is_given_the_time_it_asks_for() {
    for status in [408, 429, 500, 503] {
        let mut driver = Driver::new(1);
        driver.join("a", json!({}));
        let retry_after = Some(seconds(120));
        driver.tell(Input::Refused {
            status,
            retry_after,
        });
        assert_eq!(driver.tell(Input::Woke), []);
        assert_eq!(driver.sleep(seconds(119)), []);
        assert_eq!(driver.sleep_until_due(seconds(2)), [Output::Dial]);
    }
}

#[test]
fn after_waking_up_failures_before_it_make_no_wait_longer() {
    for seed in 0..20 {
        let mut driver = Driver::new(seed);
        driver.join("a", json!({}));
        for _ in 0..12 {
            driver.tell(Input::Unreachable);
            driver.sleep_until_due(seconds(600));
        }
        driver.tell(Input::Unreachable);
        driver.tell(Input::Woke);
        let dials = driver.sleep_until_due(millis(250));
        assert_eq!(dials, [Output::Dial], "seed {seed}");
        // The network is back, but names are not found yet.
        driver.tell(Input::Unreachable);
        let dials = driver.sleep_until_due(seconds(1));
        assert_eq!(dials, [Output::Dial], "seed {seed}");
    }
}

#[test]
fn a_server_in_trouble_that_asks_for_nothing_is_dialled_after_a_back_off() {
    for status in [400, 408, 429, 500, 503] {
        let mut driver = Driver::new(1);
        driver.join("a", json!({}));
        let retry_after = None;
        driver.tell(Input::Refused {
            status,
            retry_after,
        });
        assert!(matches!(driver.state(), State::BackingOff { .. }));
        assert_eq!(driver.sleep_until_due(seconds(1)), [Output::Dial]);
    }
}

#[test]
fn a_retry_after_without_end_does_not_panic() {
    let mut driver = Driver::new(1);
    driver.join("a", json!({}));
    let retry_after = Some(Duration::MAX);
    driver.tell(Input::Refused {
        status: 503,
        retry_after,
    });
    assert_eq!(driver.sleep_until_due(seconds(86_401)), [Output::Dial]);
}

/// How long after now a loss says it dials again.
fn delay(driver: &Driver, output: &Output) -> Duration {
    let Output::Event(Event::Lost { retry_at, .. }) = output else {
        panic!("{output:?} is not a loss");
    };
    driver.since_start(*retry_at) - driver.elapsed()
}
