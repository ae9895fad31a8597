use std::time::Duration;

use doorbell_knock::Failure;
use doorbell_notifier::{Action, Event, Face, Mark};

use crate::desk::{Desk, HOLD, item, read};

const MOMENT: Duration = Duration::from_millis(1);

#[test]
fn what_is_archived_leaves_at_once_and_is_sent_after_five_seconds() {
    let mut desk = Desk::watched(&[item("b", 2), item("a", 1)]);
    archive(&mut desk, &["a"]);
    assert_eq!(desk.rows(), "b*");
    assert_eq!(desk.tray().face, Face::Count(1));
    assert_eq!(desk.undo(), "Archived");
    desk.pass(HOLD - MOMENT);
    assert_eq!(desk.asked(), [""; 0]);
    desk.pass(MOMENT);
    assert_eq!(desk.asked(), ["mark archived a"]);
    assert_eq!(desk.undo(), "");
    desk.settled(Ok(vec![]));
    desk.page(&[item("b", 2)]);
    assert_eq!(desk.rows(), "b*");
}

#[test]
fn undo_brings_back_what_was_archived_and_nothing_is_sent() {
    let mut desk = Desk::watched(&[item("b", 2), read(item("a", 1))]);
    archive(&mut desk, &["a", "b"]);
    assert_eq!(desk.undo(), "Archived 2 items");
    desk.act(Action::Undo);
    assert_eq!(desk.rows(), "b* a");
    assert_eq!(desk.tray().face, Face::Count(1));
    assert_eq!(desk.undo(), "");
    desk.pass(HOLD);
    assert_eq!(desk.asked(), [""; 0]);
}

#[test]
fn undo_brings_back_what_was_unread_before_all_was_marked() {
    let mut desk = Desk::watched(&[item("b", 2), read(item("a", 1))]);
    desk.act(Action::MarkAll { mark: Mark::Read });
    assert_eq!(desk.rows(), "b a");
    assert_eq!(desk.undo(), "Marked all as read");
    desk.act(Action::Undo);
    assert_eq!(desk.rows(), "b* a");
    assert_eq!(desk.tray().face, Face::Count(1));
    desk.pass(HOLD);
    assert_eq!(desk.asked(), [""; 0]);
}

#[test]
fn what_has_been_sent_is_not_taken_back() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    archive(&mut desk, &["a"]);
    desk.pass(HOLD);
    desk.act(Action::Undo);
    assert_eq!(desk.rows(), "");
    assert_eq!(desk.asked(), ["mark archived a"]);
}

#[test]
fn the_last_of_two_is_taken_back_and_the_other_is_sent() {
    let mut desk = Desk::watched(&[item("b", 2), item("a", 1)]);
    archive(&mut desk, &["a"]);
    desk.pass(Duration::from_secs(1));
    desk.act(Action::MarkAll { mark: Mark::Read });
    desk.act(Action::Undo);
    assert_eq!(desk.rows(), "b*");
    desk.act(Action::Undo);
    assert_eq!(desk.rows(), "b*", "there is one step back, not two");
    desk.pass(HOLD);
    assert_eq!(desk.asked(), ["mark archived a"]);
}

#[test]
fn what_is_done_after_archiving_is_sent_after_it() {
    let mut desk = Desk::watched(&[item("b", 2), item("a", 1)]);
    archive(&mut desk, &["a"]);
    mark(&mut desk, &["b"], Mark::Read);
    assert_eq!(desk.asked(), [""; 0]);
    desk.pass(HOLD);
    desk.settled(Ok(vec![]));
    let marks: Vec<String> = desk.asked();
    let marks: Vec<&String> = marks.iter().filter(|one| one.starts_with("mark")).collect();
    assert_eq!(marks, ["mark archived a", "mark read b"]);
}

#[test]
fn what_is_taken_back_does_not_keep_others_waiting() {
    let mut desk = Desk::watched(&[item("b", 2), item("a", 1)]);
    archive(&mut desk, &["a"]);
    mark(&mut desk, &["b"], Mark::Read);
    desk.act(Action::Undo);
    assert_eq!(desk.asked(), ["mark read b"]);
}

#[test]
fn quitting_sends_what_waits() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    archive(&mut desk, &["a"]);
    desk.act(Action::Quit);
    assert_eq!(desk.asked(), ["mark archived a"]);
    desk.settled(Ok(vec![]));
    assert!(desk.asked().contains(&"quit".to_owned()));
}

#[test]
fn signing_out_sends_what_waits() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    desk.act(Action::MarkAll {
        mark: Mark::Archived,
    });
    desk.act(Action::SignOut { account: None });
    assert_eq!(desk.asked(), ["mark all archive"]);
}

#[test]
fn all_that_is_archived_leaves_and_news_meanwhile_stays() {
    let mut desk = Desk::watched(&[item("b", 2), item("a", 1)]);
    desk.act(Action::MarkAll {
        mark: Mark::Archived,
    });
    assert_eq!((desk.rows(), desk.undo()), (String::new(), "Archived all"));
    assert_eq!(desk.tray().face, Face::Count(0));
    desk.announced(3);
    desk.page(&[item("c", 3600), item("b", 2), item("a", 1)]);
    assert_eq!(desk.rows(), "c*");
    assert_eq!(desk.tray().face, Face::Count(1));
}

#[test]
fn an_archiving_that_is_refused_brings_the_item_back_with_a_sentence() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    archive(&mut desk, &["a"]);
    desk.pass(HOLD);
    desk.settled(Err(Failure::from_response(422, None, b"{}")));
    assert_eq!(desk.rows(), "a*");
    assert!(desk.notice().contains("did not take the mark"));
}

#[test]
fn taking_out_of_the_archive_is_sent_at_once() {
    let mut archived = item("a", 1);
    archived["archived_at"] = archived["inserted_at"].clone();
    let mut desk = Desk::watched(&[archived]);
    mark(&mut desk, &["a"], Mark::Unarchived);
    assert_eq!(desk.asked(), ["mark unarchived a"]);
    assert_eq!(desk.undo(), "");
}

#[test]
fn archiving_takes_the_toast_back() {
    let mut desk = Desk::with(&[]);
    desk.announced(1);
    desk.page(&[item("a", 1)]);
    desk.asked();
    archive(&mut desk, &["a"]);
    assert_eq!(desk.asked(), ["withdraw"]);
}

#[test]
fn what_nobody_holds_is_not_archived() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    archive(&mut desk, &["z"]);
    assert_eq!(desk.undo(), "");
    desk.pass(HOLD);
    assert_eq!(desk.asked(), [""; 0]);
}

#[test]
fn a_window_that_opens_meanwhile_offers_it_too() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    archive(&mut desk, &["a"]);
    desk.tell(Event::WindowGone);
    desk.show(doorbell_notifier::Filter::All);
    assert_eq!(desk.undo(), "Archived");
}

#[test]
fn undo_without_anything_to_take_back_does_nothing() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    desk.act(Action::Undo);
    assert_eq!(desk.asked(), [""; 0]);
    assert_eq!(desk.rows(), "a*");
}

fn archive(desk: &mut Desk, ids: &[&str]) {
    mark(desk, ids, Mark::Archived);
}

fn mark(desk: &mut Desk, ids: &[&str], mark: Mark) {
    let ids = ids.iter().map(|id| (*id).into()).collect();
    desk.act(Action::Mark { ids, mark });
}
