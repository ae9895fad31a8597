//! Sending events and hearing back.

use doorbell_phoenix::{Event, Input, Output, Reply, ReplyStatus};
use serde_json::json;

use crate::driver::{Driver, push, seconds, send};

#[test]
fn a_reply_names_the_push_it_answers() {
    let mut driver = Driver::joined(&["a"]);
    let pushed = driver.tell(push("a", "ask"));
    assert_eq!(
        pushed,
        [
            send(r#"["1","2","a","ask",{"x":1}]"#),
            Output::Event(Event::Pushed {
                topic: "a".into(),
                event: "ask".into(),
                reference: "2".into(),
            }),
        ]
    );
    let reply = r#"["1","2","a","phx_reply",{"status":"error","response":{"reason":"no"}}]"#;
    assert_eq!(
        driver.receive(reply),
        [Output::Event(Event::Reply {
            topic: "a".into(),
            reference: "2".into(),
            reply: Reply {
                status: ReplyStatus::Error,
                response: json!({ "reason": "no" }),
            },
        })]
    );
    assert_eq!(driver.receive(reply), [], "once is enough");
    assert_eq!(driver.sleep(seconds(11)), []);
}

#[test]
fn a_push_that_gets_no_reply_is_reported() {
    let unanswered = Output::Event(Event::Unanswered {
        topic: "a".into(),
        event: "ask".into(),
    });

    let mut driver = Driver::new(1);
    let outputs = driver.tell(push("a", "ask"));
    assert_eq!(
        outputs[..],
        *std::slice::from_ref(&unanswered),
        "not joined"
    );

    let mut driver = Driver::joined(&["a"]);
    driver.tell(push("a", "ask"));
    assert_eq!(
        driver.sleep(seconds(11)),
        [(seconds(10), unanswered.clone())]
    );

    let mut driver = Driver::joined(&["a"]);
    driver.tell(push("a", "ask"));
    assert_eq!(
        driver.receive(r#"["1","1","a","phx_error",{}]"#)[0],
        unanswered
    );

    let mut driver = Driver::joined(&["a"]);
    driver.tell(push("a", "ask"));
    assert_eq!(driver.tell(Input::Closed { code: None })[0], unanswered);
}
