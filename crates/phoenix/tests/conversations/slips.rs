//! What a driver may get wrong without harm.

use doorbell_phoenix::{Input, Output, State};
use serde_json::json;

use crate::driver::{Driver, ok, push};

#[test]
fn inputs_that_do_not_fit_the_state_are_ignored() {
    let mut driver = Driver::new(1);
    let strays = || {
        [
            Input::Opened,
            Input::Text(r#"["1","1","a","phx_reply",{"status":"ok","response":{}}]"#),
            Input::Traffic,
            Input::Refused {
                status: 403,
                retry_after: None,
            },
            Input::Unreachable,
            Input::Closed { code: Some(1000) },
            Input::Woke,
            Input::Timeout,
            Input::Leave {
                topic: "nowhere".into(),
            },
        ]
    };
    for stray in strays() {
        assert_eq!(driver.tell(stray), []);
    }
    assert_eq!(driver.state(), State::Idle);

    let mut driver = Driver::joined(&["a"]);
    driver.tell(Input::Closed { code: None });
    let State::BackingOff { until } = driver.state() else {
        panic!()
    };
    for stray in strays() {
        if stray != Input::Woke {
            assert_eq!(driver.tell(stray), []);
        }
    }
    assert_eq!(driver.state(), State::BackingOff { until });

    let mut driver = Driver::joined(&["a"]);
    assert_eq!(driver.tell(Input::Opened), []);
    assert_eq!(
        driver.tell(Input::Refused {
            status: 403,
            retry_after: None
        }),
        []
    );
    assert_eq!(driver.state(), State::Open);
}

#[test]
fn frames_not_fetched_before_the_connection_ended_are_never_sent() {
    let mut driver = Driver::new(1);
    driver.join("a", json!({}));
    driver.tell(Input::Opened);
    driver.receive(&ok("1", "a"));
    driver.queue(push("a", "ask"));
    driver.queue(Input::Join {
        topic: "b".into(),
        params: json!({}),
    });
    let outputs = driver.tell(Input::Closed { code: None });
    assert!(
        !outputs
            .iter()
            .any(|output| matches!(output, Output::Send(_))),
        "{outputs:?}"
    );
}
