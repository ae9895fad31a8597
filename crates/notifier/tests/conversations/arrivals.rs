use std::time::Duration;

use doorbell_notifier::{Action, Face, Mark};
use doorbell_phoenix as phoenix;
use serde_json::{Value, json};

use crate::desk::{Desk, item, page_before, read};

const SPACE: Duration = Duration::from_millis(250);

#[test]
fn a_new_message_sets_the_tray_at_once_and_causes_one_fetch() {
    let mut desk = Desk::with(&[item("a", 1)]);
    desk.announced(2);
    assert_eq!(desk.tray().face, Face::Count(2));
    assert_eq!(desk.asked(), ["fetch"]);
    desk.page(&[item("b", 2), item("a", 1)]);
    assert_eq!(desk.asked(), ["toast b"]);
    desk.pass(Duration::from_secs(10));
    assert_eq!(desk.asked(), [""; 0]);
}

#[test]
fn a_burst_of_twenty_causes_one_fetch_and_one_more() {
    let mut desk = Desk::with(&[]);
    for unread in 1..=20 {
        desk.announced(unread);
    }
    assert_eq!(desk.asked(), ["fetch"]);
    assert_eq!(desk.tray().face, Face::Count(20));
    desk.page(&[item("a", 1)]);
    desk.pass(SPACE);
    assert_eq!(desk.asked(), ["toast a", "fetch"]);
    desk.page(&[item("a", 1)]);
    desk.pass(Duration::from_secs(10));
    assert_eq!(desk.asked(), [""; 0]);
}

#[test]
fn more_than_three_at_once_are_one_toast() {
    let mut desk = Desk::with(&[]);
    desk.announced(5);
    desk.asked();
    let items: Vec<Value> = (1..=5).rev().map(|n| item(&n.to_string(), n)).collect();
    desk.page(&items);
    assert_eq!(desk.asked(), ["toast 5 new notifications"]);
}

#[test]
fn what_came_while_away_toasts_when_it_is_back() {
    let mut desk = Desk::with(&[item("a", 1)]);
    desk.lost();
    desk.pass(Duration::from_secs(60));
    desk.joined();
    desk.asked();
    desk.page(&[item("b", 2), item("a", 1)]);
    assert_eq!(desk.asked(), ["toast b"]);
}

#[test]
fn more_than_a_page_missed_is_fetched_until_there_is_no_hole() {
    let mut desk = Desk::with(&[item("a", 1)]);
    desk.announced(5);
    desk.fetched(Ok(page_before(&[item("e", 5), item("d", 4)], Some("d"))));
    desk.pass(SPACE);
    desk.fetched(Ok(page_before(&[item("c", 3), item("b", 2)], Some("b"))));
    desk.pass(SPACE);
    desk.fetched(Ok(page_before(&[item("a", 1)], None)));
    desk.pass(SPACE);
    assert_eq!(
        desk.asked(),
        [
            "fetch",
            "toast d",
            "toast e",
            "fetch after d",
            "toast 3 new notifications",
            "fetch after b"
        ]
    );
}

#[test]
fn what_was_read_elsewhere_takes_its_toast_back() {
    let mut desk = Desk::with(&[]);
    desk.announced(1);
    desk.page(&[item("a", 1)]);
    desk.pass(SPACE);
    desk.announced(1);
    desk.asked();
    desk.page(&[read(item("a", 1))]);
    assert_eq!(desk.asked(), ["withdraw"]);
    assert_eq!(desk.tray().face, Face::Count(0));
}

#[test]
fn what_is_gone_takes_its_toast_back() {
    let mut desk = Desk::with(&[]);
    desk.announced(1);
    desk.page(&[item("a", 1)]);
    desk.pass(SPACE);
    desk.announced(0);
    desk.asked();
    desk.page(&[]);
    assert_eq!(desk.asked(), ["withdraw"]);
}

#[test]
fn a_toast_of_an_item_that_came_back_is_not_shown_again() {
    let mut desk = Desk::with(&[]);
    for (items, asked) in [
        (vec![item("a", 1)], vec!["toast a"]),
        (vec![], vec!["withdraw"]),
        (vec![item("a", 1)], vec![]),
    ] {
        desk.pass(Duration::from_secs(1));
        desk.announced(1);
        desk.asked();
        desk.page(&items);
        assert_eq!(desk.asked(), asked);
    }
}

#[test]
fn a_new_message_of_another_shape_does_no_harm() {
    let counts = |value: Value| json!({"metadata": {"unread_count": value}});
    for payload in [
        json!(null),
        json!([]),
        json!([1, "two", null]),
        json!("new-message"),
        json!(7),
        json!({}),
        json!({"event": 7}),
        json!({"event": "new-message"}),
        json!({"event": "new-message", "attn": null, "data": null}),
        json!({"event": "new-message", "attn": "all", "data": []}),
        json!({"event": "new-message", "data": {"x": null}, "metadata": []}),
        json!({"event": "new-message", "data": {"x": counts(json!("many"))}}),
        json!({"event": "new-message", "data": {"x": counts(json!(-1))}}),
    ] {
        let mut desk = Desk::watched(&[item("a", 1)]);
        desk.message(payload.clone());
        assert_eq!(desk.asked(), ["fetch"], "{payload}");
        desk.page(&[item("a", 1)]);
        assert_eq!(desk.tray().face, Face::Count(1), "{payload}");
        assert_eq!(desk.rows(), "a*", "{payload}");
    }
}

#[test]
fn senseless_counts_are_corrected_by_the_fetch() {
    let mut desk = Desk::with(&[item("a", 1)]);
    desk.announced(u64::MAX);
    assert_eq!(desk.tray().face, Face::Count(u64::MAX));
    desk.page(&[item("a", 1)]);
    desk.pass(Duration::from_secs(400));
    desk.page(&[item("a", 1)]);
    assert_eq!(desk.tray().face, Face::Count(1));
    desk.act(Action::MarkAll { mark: Mark::Read });
    assert_eq!(desk.tray().face, Face::Count(0));
}

#[test]
fn a_message_for_another_view_is_not_ours() {
    let mut desk = Desk::with(&[item("a", 1)]);
    desk.message(json!({
        "event": "new-message",
        "attn": ["client_other"],
        "data": {"client_other": {"metadata": {"unread_count": 9}}},
    }));
    assert_eq!(desk.asked(), [""; 0]);
    assert_eq!(desk.tray().face, Face::Count(1));
}

#[test]
fn unknown_events_and_frames_that_are_none_are_dropped() {
    let mut desk = Desk::with(&[item("a", 1)]);
    desk.channel(phoenix::Event::Message {
        topic: "feeds".to_owned(),
        event: "presence_state".to_owned(),
        payload: json!(null),
    });
    desk.channel(phoenix::Event::Garbage(phoenix::FrameError::NotJson));
    assert_eq!(desk.asked(), [""; 0]);
    assert_eq!(desk.tray().face, Face::Count(1));
}
