use std::time::Duration;

use doorbell_knock::{Failure, ItemId};
use doorbell_notifier::{Action, Event, Face, Mark};
use serde_json::Value;

use crate::desk::{Desk, HOLD, item, read, unauthorized, unavailable};

#[test]
fn a_mark_shows_at_once_and_is_sent() {
    let mut desk = Desk::watched(&[item("b", 2), item("a", 1)]);
    mark(&mut desk, "a", Mark::Read);
    assert_eq!(desk.rows(), "b* a");
    assert_eq!(desk.tray().face, Face::Count(1));
    assert_eq!(desk.asked(), ["mark read a"]);
    desk.settled(Ok(vec![]));
    assert_eq!(desk.asked(), ["fetch"]);
    desk.page(&[item("b", 2), read(item("a", 1))]);
    assert_eq!(desk.rows(), "b* a");
}

#[test]
fn once_a_mark_was_taken_the_server_has_the_last_word() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    mark(&mut desk, "a", Mark::Read);
    desk.settled(Ok(vec![]));
    desk.page(&[read(item("a", 1))]);
    desk.pass(Duration::from_secs(1));
    desk.announced(1);
    desk.page(&[item("a", 1)]);
    assert_eq!(desk.rows(), "a*");
    assert_eq!(desk.tray().face, Face::Count(1));
}

#[test]
fn a_page_that_was_on_its_way_does_not_undo_a_mark() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    desk.announced(1);
    mark(&mut desk, "a", Mark::Read);
    desk.settled(Ok(vec![]));
    desk.page(&[item("a", 1)]);
    assert_eq!(desk.rows(), "a");
    assert_eq!(desk.tray().face, Face::Count(0));
}

#[test]
fn a_refused_mark_rolls_back_with_a_sentence() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    mark(&mut desk, "a", Mark::Read);
    desk.settled(Err(refusal()));
    assert_eq!(desk.rows(), "a*");
    assert_eq!(desk.tray().face, Face::Count(1));
    let notice = desk.notice();
    assert!(notice.contains("did not take the mark"), "{notice}");
    assert!(notice.contains("The item is as it was."), "{notice}");
    desk.act(Action::Dismiss);
    assert_eq!(desk.notice(), "");
}

#[test]
fn a_mark_survives_a_server_that_cannot_answer() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    mark(&mut desk, "a", Mark::Read);
    for _ in 0..10 {
        assert_eq!(sent(&mut desk), ["mark read a"]);
        desk.settled(Err(unavailable()));
        assert_eq!((desk.rows(), desk.notice()), ("a".to_owned(), ""));
        desk.pass(Duration::from_secs(300));
    }
    desk.settled(Ok(vec![]));
    desk.pass(Duration::from_secs(3600));
    assert_eq!(sent(&mut desk), ["mark read a"]);
}

#[test]
fn a_mark_waits_as_long_as_the_server_asks_even_over_a_new_join() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    mark(&mut desk, "a", Mark::Read);
    let patience = Some(Duration::from_secs(90));
    desk.settled(Err(Failure::from_response(429, patience, b"")));
    desk.pass(Duration::from_secs(60));
    assert_eq!(sent(&mut desk), ["mark read a"]);
    desk.lost();
    desk.joined();
    assert_eq!(sent(&mut desk), [""; 0]);
    desk.pass(Duration::from_secs(31));
    assert_eq!(sent(&mut desk), ["mark read a"]);
}

#[test]
fn marks_go_out_in_the_order_they_were_made() {
    let mut desk = Desk::watched(&[item("b", 2), item("a", 1)]);
    mark(&mut desk, "a", Mark::Read);
    mark(&mut desk, "b", Mark::Read);
    mark(&mut desk, "a", Mark::Unread);
    assert_eq!(desk.rows(), "b a*");
    for _ in 0..3 {
        desk.settled(Ok(vec![]));
    }
    assert_eq!(
        sent(&mut desk),
        ["mark read a", "mark read b", "mark unread a"]
    );
}

#[test]
fn a_refused_key_keeps_the_marks_until_it_is_taken_again() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    mark(&mut desk, "a", Mark::Read);
    desk.settled(Err(unauthorized()));
    assert_eq!(
        (desk.tray().face, desk.rows()),
        (Face::Refused, "a".to_owned())
    );
    desk.asked();
    desk.pass(Duration::from_secs(3599));
    assert_eq!(desk.asked(), [""; 0]);
    desk.act(Action::Retry);
    assert_eq!(
        desk.asked(),
        ["disconnect", "connect", "fetch", "mark read a"]
    );
}

#[test]
fn marking_read_takes_the_toast_back() {
    let mut desk = Desk::with(&[]);
    desk.announced(1);
    desk.page(&[item("a", 1)]);
    desk.asked();
    mark(&mut desk, "a", Mark::Read);
    assert_eq!(desk.asked(), ["withdraw", "mark read a"]);
}

#[test]
fn mark_all_takes_every_toast_back() {
    let mut desk = Desk::with(&[]);
    desk.announced(2);
    desk.page(&[item("b", 2), item("a", 1)]);
    desk.asked();
    desk.act(Action::MarkAll { mark: Mark::Read });
    assert_eq!(desk.asked(), ["withdraw", "withdraw"]);
}

#[test]
fn mark_all_means_the_items_that_existed_at_the_click() {
    let mut desk = Desk::watched(&[item("b", 2), item("a", 1)]);
    desk.act(Action::MarkAll { mark: Mark::Read });
    desk.pass(HOLD);
    assert_eq!(desk.asked(), ["mark all read"]);
    let bound = desk.mark_on_its_way()["older_than"].as_str().unwrap();
    assert!(bound > "2026-03-02T10:00:02", "{bound}");
    desk.announced(1);
    desk.page(&[item("c", 3600), item("b", 2), item("a", 1)]);
    assert_eq!(desk.rows(), "c* b a");
}

#[test]
fn many_items_go_out_in_batches_of_fifty() {
    let items: Vec<Value> = (0..120).rev().map(|n| item(&n.to_string(), n)).collect();
    let mut desk = Desk::with(&items);
    let ids: Vec<ItemId> = (0..120).map(|n| n.to_string().as_str().into()).collect();
    let mark = Mark::Read;
    desk.act(Action::Mark { ids, mark });
    for _ in 0..3 {
        desk.settled(Ok(vec![]));
    }
    let sizes: Vec<usize> = sent(&mut desk)
        .iter()
        .map(|mark| mark.split(' ').count() - 2)
        .collect();
    assert_eq!(sizes, [50, 50, 20]);
    assert_eq!(desk.tray().face, Face::Count(0));
}

#[test]
fn only_rows_not_seen_before_are_marked_seen() {
    let mut seen = item("a", 1);
    seen["seen_at"] = seen["inserted_at"].clone();
    let mut desk = Desk::watched(&[item("b", 2), seen]);
    let ids = || vec!["a".into(), "b".into(), "unknown".into()];
    desk.act(Action::Seen { ids: ids() });
    desk.act(Action::Seen { ids: ids() });
    assert_eq!(desk.asked(), ["mark seen b"]);
    assert_eq!(desk.feed().counts.unseen, 0);
}

#[test]
fn items_that_are_not_held_are_not_marked() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    mark(&mut desk, "unknown", Mark::Read);
    assert_eq!(desk.asked(), [""; 0]);
}

#[test]
fn an_answer_to_a_mark_that_was_never_sent_is_dropped() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    let (line, mark) = (desk.line, doorbell_knock::MarkId(99));
    desk.tell(Event::Settled {
        line,
        mark,
        result: Err(refusal()),
    });
    assert_eq!((desk.rows(), desk.notice()), ("a*".to_owned(), ""));
}

#[test]
fn quitting_with_nothing_unsent_is_at_once_and_takes_toasts_back() {
    let mut desk = Desk::with(&[]);
    desk.announced(1);
    desk.page(&[item("a", 1)]);
    desk.asked();
    desk.act(Action::Quit);
    assert_eq!(desk.asked(), ["withdraw", "disconnect", "quit"]);
}

#[test]
fn quitting_waits_for_marks_until_they_are_taken() {
    let mut desk = Desk::with(&[item("a", 1)]);
    mark(&mut desk, "a", Mark::Read);
    desk.act(Action::Quit);
    desk.pass(Duration::from_secs(2));
    assert_eq!(desk.asked(), ["mark read a"]);
    desk.settled(Ok(vec![]));
    let asked = desk.asked();
    assert_eq!(asked.last().unwrap(), "quit");
}

#[test]
fn quitting_sends_marks_that_wait_for_their_back_off() {
    let mut desk = Desk::with(&[item("a", 1)]);
    mark(&mut desk, "a", Mark::Read);
    let patience = Some(Duration::from_secs(90));
    desk.settled(Err(Failure::from_response(503, patience, b"")));
    desk.asked();
    desk.act(Action::Quit);
    assert_eq!(desk.asked(), ["mark read a"]);
}

#[test]
fn quitting_waits_for_marks_no_longer_than_three_seconds() {
    let mut desk = Desk::with(&[item("a", 1)]);
    mark(&mut desk, "a", Mark::Read);
    desk.act(Action::Quit);
    desk.pass(Duration::from_millis(2_999));
    assert_eq!(desk.asked(), ["mark read a"]);
    desk.pass(Duration::from_millis(1));
    assert_eq!(desk.asked(), ["disconnect", "quit"]);
}

fn mark(desk: &mut Desk, id: &str, mark: Mark) {
    let ids = vec![id.into()];
    desk.act(Action::Mark { ids, mark });
}

/// The marks sent since the app was last looked at.
fn sent(desk: &mut Desk) -> Vec<String> {
    let mut asked = desk.asked();
    asked.retain(|asked| asked.starts_with("mark"));
    asked
}

fn refusal() -> Failure {
    Failure::from_response(422, None, br#"{"code":"invalid_params"}"#)
}

#[test]
fn after_a_mark_all_a_page_that_does_not_know_of_it_yet_changes_nothing() {
    let mut desk = Desk::watched(&[item("b", 2), item("a", 1)]);
    desk.act(Action::MarkAll { mark: Mark::Read });
    desk.pass(HOLD);
    desk.settled(Ok(vec![]));
    for _ in 0..3 {
        // The server has answered, but not done it yet.
        desk.pass(Duration::from_secs(1));
        desk.page(&[item("b", 2), item("a", 1)]);
        assert_eq!(desk.tray().face, Face::Count(0));
    }
    desk.pass(Duration::from_secs(30));
    assert!(desk.asked().contains(&"fetch".to_owned()));
    desk.page(&[item("b", 2), item("a", 1)]);
    assert_eq!(
        desk.tray().face,
        Face::Count(2),
        "in the end the server is right"
    );
}

#[test]
fn a_key_that_may_not_write_loses_the_mark_and_not_the_account() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    mark(&mut desk, "a", Mark::Read);
    desk.settled(Err(Failure::from_response(403, None, b"")));
    assert_eq!(desk.tray().face, Face::Count(1));
    assert!(
        desk.notice().contains("The item is as it was."),
        "{}",
        desk.notice()
    );
}

#[test]
fn signing_out_waits_for_marks_on_their_way() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    mark(&mut desk, "a", Mark::Read);
    desk.asked();
    desk.act(Action::SignOut { account: None });
    assert!(!desk.asked().contains(&"disconnect".to_owned()));
    desk.settled(Ok(vec![]));
    assert!(desk.asked().contains(&"disconnect".to_owned()));
}

#[test]
fn signing_out_waits_for_marks_no_longer_than_three_seconds() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    mark(&mut desk, "a", Mark::Read);
    desk.act(Action::SignOut { account: None });
    desk.pass(Duration::from_secs(3));
    assert!(desk.asked().contains(&"disconnect".to_owned()));
}
