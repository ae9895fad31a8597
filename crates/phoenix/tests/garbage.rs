//! Whatever a server sends, in whatever state: no panic, and the socket always comes to rest.

mod driver;

use std::time::Duration;

use doorbell_phoenix::{Frame, Input, Output};
use driver::{Driver, push, seconds};
use fastrand::Rng;
use serde_json::{Value, json};

/// Frames to mutate: each kind once, with the references a socket uses first.
const FRAMES: &[&str] = &[
    r#"["1","1","a","phx_reply",{"status":"ok","response":{}}]"#,
    r#"["2","2","b","phx_reply",{"status":"error","response":{"reason":"unauthorized"}}]"#,
    r#"[null,"1","a","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]"#,
    r#"["1","1","a","phx_error",{"reason":"channel_crash"}]"#,
    r#"[null,null,"b","phx_close",{}]"#,
    r#"[null,null,"a","new-message",{"attn":["client_ref_1"],"text":"grüße 😀 \" \\ \u0000"}]"#,
    r#"[null,"3","phoenix","phx_reply",{"status":"ok","response":{}}]"#,
];

#[test]
fn random_texts_are_read_or_refused() {
    let mut rng = Rng::with_seed(20_000);
    for _ in 0..20_000 {
        let text = garbage(&mut rng);
        if let Ok(frame) = Frame::parse(&text) {
            assert_eq!(Frame::parse(&frame.encode()), Ok(frame), "{text}");
        }
    }
}

#[test]
fn a_socket_survives_any_history() {
    for seed in 0..400 {
        let mut rng = Rng::with_seed(seed);
        let mut driver = Driver::new(seed);
        driver.join("a", json!({}));
        for _ in 0..100 {
            live_on(&mut driver, &mut rng);
        }
        assert!(comes_back(&mut driver), "seed {seed}");
    }
}

/// Lets one thing happen, likely or not. The driver checks that every wait ends in the future.
fn live_on(driver: &mut Driver, rng: &mut Rng) {
    let topic = if rng.bool() { "a" } else { "b" };
    let time = Duration::from_millis(rng.u64(..100_000));
    let code = rng.bool().then(|| rng.u16(..));
    let status = rng.u16(100..600);
    let retry_after = rng.bool().then(|| Duration::from_secs(rng.u64(..)));
    match rng.u8(..16) {
        0 => drop(driver.join(topic, json!({ "n": rng.u8(..) }))),
        1 => drop(driver.tell(Input::Leave {
            topic: topic.into(),
        })),
        2 => drop(driver.tell(push(topic, "ask"))),
        3..=5 => drop(driver.tell(Input::Opened)),
        6 => drop(driver.tell(Input::Refused {
            status,
            retry_after,
        })),
        7 => drop(driver.tell(Input::Closed { code })),
        8 => drop(driver.tell(Input::Woke)),
        9 => drop(driver.tell(Input::Unreachable)),
        10 => driver.pause(time),
        11..=12 => drop(driver.sleep(time)),
        _ => drop(driver.receive(&garbage(rng))),
    }
}

/// Whether the socket, once the server behaves, is joined within the longest of its pauses.
fn comes_back(driver: &mut Driver) -> bool {
    driver.tell(Input::Closed { code: None });
    driver.tell(Input::Leave { topic: "a".into() });
    driver.queue(Input::Join {
        topic: "a".into(),
        params: json!({}),
    });
    let joins = |outputs: &[Output]| {
        let mut sent = outputs.iter();
        sent.any(
            |output| matches!(output, Output::Send(text) if text.contains(r#""a","phx_join""#)),
        )
    };
    let mut outputs = Vec::new();
    for _ in 0..1000 {
        if joins(&outputs) {
            return true;
        }
        outputs = match outputs.contains(&Output::Dial) {
            true => driver.tell(Input::Opened),
            false => driver.sleep_until_due(seconds(2 * 86_400)),
        };
    }
    false
}

fn garbage(rng: &mut Rng) -> String {
    let frame = FRAMES[rng.usize(..FRAMES.len())];
    match rng.u8(..4) {
        0 => frame.into(),
        1 => mutated(frame, rng),
        2 => String::from_utf8_lossy(&bytes(rng)).into_owned(),
        _ => shuffled(frame, rng),
    }
}

fn bytes(rng: &mut Rng) -> Vec<u8> {
    let length = rng.usize(..64);
    let json = br#"[]{}",:0123456789.eE-+ntfu\"#;
    let mut byte = |_| match rng.bool() {
        true => json[rng.usize(..json.len())],
        false => rng.u8(..),
    };
    (0..length).map(&mut byte).collect()
}

/// Some bytes replaced, dropped or doubled.
fn mutated(frame: &str, rng: &mut Rng) -> String {
    let mut bytes = frame.as_bytes().to_vec();
    for _ in 0..rng.usize(1..4) {
        let index = rng.usize(..bytes.len());
        match rng.u8(..3) {
            0 => bytes[index] = rng.u8(..),
            1 => drop(bytes.remove(index)),
            _ => bytes.insert(index, bytes[index]),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Some elements replaced by others: right JSON of a wrong shape.
fn shuffled(frame: &str, rng: &mut Rng) -> String {
    let mut frame: Vec<Value> = serde_json::from_str(frame).expect("it is a frame");
    let others = [
        json!(null),
        json!(1),
        json!(-1.5),
        json!("2"),
        json!(""),
        json!("phx_join"),
        json!("phx_reply"),
        json!("phoenix"),
        json!(true),
        json!({ "status": 1 }),
        json!({ "status": "ok" }),
        json!([[]]),
    ];
    for _ in 0..rng.usize(1..4) {
        let index = rng.usize(..frame.len());
        frame[index] = others[rng.usize(..others.len())].clone();
    }
    frame.truncate(rng.usize(3..8));
    json!(frame).to_string()
}
