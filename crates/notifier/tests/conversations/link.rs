use std::time::Duration;

use doorbell_knock::Failure;
use doorbell_notifier::{Action, ConnectionState, Event, Face, FeedNumber, Filter};
use doorbell_phoenix as phoenix;
use serde_json::json;

use crate::desk::{Desk, credentials, draft, item, page, topic, unauthorized, unavailable};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn restored_credentials_connect_and_fetch_at_once() {
    let mut desk = restored();
    assert_eq!(desk.asked(), ["connect", "fetch"]);
    assert_eq!(desk.tray().tooltip, "Connecting");
    desk.page(&[item("a", 1)]);
    assert_eq!(desk.asked(), [""; 0]);
    assert_eq!(desk.tray().face, Face::Count(1));
}

#[test]
fn joining_fetches_again() {
    let mut desk = restored();
    desk.page(&[]);
    desk.asked();
    desk.joined();
    desk.pass(Duration::from_millis(250));
    assert_eq!(desk.asked(), ["fetch"]);
}

#[test]
fn restored_credentials_that_the_server_refuses_show_so_and_are_kept() {
    let mut desk = refused();
    assert_eq!(desk.tray().face, Face::Refused);
    desk.show(Filter::All);
    assert_eq!(desk.feed().connection.state, ConnectionState::Refused);
    assert_eq!(desk.asked(), [""; 0]);
}

#[test]
fn a_server_that_refuses_is_asked_once_an_hour_whatever_happens() {
    let mut desk = refused();
    for _ in 0..5 {
        desk.tell(Event::Woke);
        desk.act(Action::OpenWindow);
        desk.show(Filter::All);
        desk.act(Action::More);
        desk.pass(HOUR - Duration::from_secs(1));
        assert_eq!(desk.asked(), ["show window"]);
        desk.tell(Event::WindowGone);
        desk.pass(Duration::from_secs(1));
        assert_eq!(desk.asked(), ["fetch"]);
        desk.fetched(Err(unauthorized()));
    }
}

#[test]
fn an_answer_that_comes_after_the_refusal_does_not_bring_the_probe_forward() {
    let mut desk = restored();
    desk.refused(403);
    desk.asked();
    desk.fetched(Err(unavailable()));
    desk.pass(HOUR - Duration::from_secs(1));
    assert_eq!(desk.asked(), [""; 0]);
}

#[test]
fn retry_reconnects_a_refused_account_at_once() {
    let mut desk = refused();
    desk.pass(Duration::from_secs(60));
    desk.act(Action::Retry);
    assert_eq!(desk.asked(), ["disconnect", "connect", "fetch"]);
    desk.page(&[item("a", 1)]);
    desk.joined();
    assert_eq!(desk.tray().face, Face::Count(1));
}

#[test]
fn a_probe_that_succeeds_reconnects_by_itself() {
    let mut desk = refused();
    desk.pass(HOUR);
    desk.asked();
    desk.page(&[item("a", 1)]);
    assert_eq!(desk.asked(), ["disconnect", "connect"]);
    assert_eq!(desk.tray().face, Face::Count(1));
}

#[test]
fn a_feed_that_may_not_be_joined_is_a_refusal() {
    let mut desk = Desk::with(&[]);
    join_refused(&mut desk, "unauthorized");
    assert_eq!(desk.tray().face, Face::Refused);
}

#[test]
fn a_join_refused_for_another_reason_is_only_a_lost_link() {
    let mut desk = Desk::with(&[]);
    join_refused(&mut desk, "throttled");
    assert_eq!(desk.tray().face, Face::Count(0));
    desk.pass(Duration::from_secs(4));
    assert_eq!(desk.tray().face, Face::Offline(0));
}

#[test]
fn a_short_loss_of_the_link_is_not_shown() {
    let mut desk = Desk::with(&[item("a", 1)]);
    desk.lost();
    desk.pass(Duration::from_millis(3_999));
    desk.joined();
    desk.pass(Duration::from_millis(1));
    assert_eq!(desk.tray().face, Face::Count(1));
}

#[test]
fn a_longer_loss_is_shown_at_its_time_and_over_with_the_next_join() {
    let mut desk = Desk::with(&[item("a", 1)]);
    desk.lost();
    desk.pass(Duration::from_millis(3_999));
    assert_eq!(desk.tray().face, Face::Count(1));
    desk.pass(Duration::from_millis(1));
    assert_eq!(desk.tray().face, Face::Offline(1));
    desk.joined();
    assert_eq!(desk.tray().face, Face::Count(1));
}

#[test]
fn waking_up_fetches_and_wakes_the_socket() {
    let mut desk = Desk::with(&[]);
    desk.tell(Event::Woke);
    assert_eq!(desk.asked(), ["wake", "fetch"]);
}

#[test]
fn retry_cuts_every_back_off_short() {
    let mut desk = Desk::with(&[]);
    desk.lost();
    desk.tell(Event::Woke);
    let patience = Some(Duration::from_secs(120));
    desk.fetched(Err(Failure::from_response(503, patience, b"")));
    desk.pass(Duration::from_secs(60));
    desk.asked();
    desk.act(Action::Retry);
    assert_eq!(desk.asked(), ["wake", "fetch"]);
}

#[test]
fn a_fetch_that_failed_is_tried_again_and_said_until_it_works() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    desk.announced(2);
    desk.asked();
    desk.fetched(Err(unavailable()));
    let words = &desk.feed().connection.words;
    assert!(words.contains("could not be fetched"), "{words}");
    assert_eq!(desk.rows(), "a*");
    desk.pass(Duration::from_secs(1));
    assert_eq!(desk.asked(), ["fetch"]);
    desk.page(&[item("b", 2), item("a", 1)]);
    assert_eq!(desk.feed().connection.words, "Connected");
}

#[test]
fn a_server_that_is_gone_is_not_hammered() {
    let mut desk = Desk::with(&[]);
    desk.tell(Event::Woke);
    let mut fetches = 0;
    for _ in 0..3600 {
        fetches += desk
            .asked()
            .iter()
            .filter(|asked| *asked == "fetch")
            .count();
        desk.fetched(Err(Failure::Unreachable("gone".to_owned())));
        desk.pass(Duration::from_secs(1));
    }
    assert!((10..100).contains(&fetches), "{fetches} in an hour");
}

#[test]
fn when_nothing_happens_it_looks_every_five_minutes_or_so() {
    let mut desk = Desk::with(&[]);
    let mut fetches = 0;
    for _ in 0..60 {
        desk.pass(Duration::from_secs(60));
        let asked = desk.asked();
        if asked == ["fetch"] {
            fetches += 1;
            desk.page(&[]);
        }
    }
    assert!((10..=15).contains(&fetches), "{fetches} in an hour");
}

#[test]
fn events_of_an_old_line_are_dropped() {
    let mut desk = Desk::with(&[item("a", 1)]);
    let old = desk.line;
    desk.act(Action::SignOut { account: None });
    desk.sign_in(draft("bob"));
    desk.page(&[]);
    desk.joined();
    desk.tell(Event::Stored(Ok(())));
    desk.pass(Duration::from_secs(1));
    desk.page(&[]);
    desk.asked();
    let (line, feed) = (old, FeedNumber(0));
    desk.tell(Event::Fetched {
        line,
        feed,
        result: Ok(page(&[item("a", 1)])),
    });
    desk.tell(Event::Fetched {
        line,
        feed,
        result: Err(unauthorized()),
    });
    desk.tell(Event::Channel {
        line,
        event: phoenix::Event::Refused { status: 403 },
    });
    desk.tell(Event::Settled {
        line,
        mark: doorbell_knock::MarkId(1),
        result: Err(unauthorized()),
    });
    assert_eq!(desk.asked(), [""; 0]);
    assert_eq!(desk.tray().face, Face::Count(0));
}

fn restored() -> Desk {
    let mut desk = Desk::untold();
    desk.tell(Event::Restored(vec![credentials("ada")]));
    desk
}

/// The fetch and the socket were both refused.
fn refused() -> Desk {
    let mut desk = restored();
    desk.fetched(Err(unauthorized()));
    desk.refused(403);
    desk.asked();
    desk
}

fn join_refused(desk: &mut Desk, reason: &str) {
    desk.channel(phoenix::Event::JoinRefused {
        topic: topic(),
        response: json!({"reason": reason}),
    });
}
