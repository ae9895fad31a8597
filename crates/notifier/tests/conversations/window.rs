use std::time::Duration;

use doorbell_knock::FeedSettings;
use doorbell_notifier::{Action, Event, Face, FeedNumber, Filter, Mark};

use crate::desk::{Desk, credentials, item, page_before, read, unavailable};

#[test]
fn without_a_window_there_are_no_views() {
    let mut desk = Desk::with(&[]);
    desk.announced(1);
    desk.page(&[item("a", 1)]);
    assert_eq!(desk.views(), 0);
}

#[test]
fn a_window_that_was_closed_gets_no_more_views() {
    let mut desk = Desk::watched(&[]);
    desk.tell(Event::WindowGone);
    desk.announced(1);
    desk.page(&[item("a", 1)]);
    desk.act(Action::MarkAll { mark: Mark::Read });
    desk.pass(Duration::from_secs(600));
    assert_eq!(desk.views(), 0);
    assert_eq!(desk.tray().face, Face::Count(0));
}

#[test]
fn a_window_that_is_opened_again_gets_the_whole_view_and_a_fresh_list() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    desk.tell(Event::WindowGone);
    desk.show(Filter::All);
    assert_eq!(desk.views(), 1);
    assert_eq!(desk.rows(), "a*");
    desk.page(&[read(item("a", 1))]);
    assert_eq!(desk.rows(), "a");
}

#[test]
fn a_view_is_sent_only_when_it_changed() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    desk.tell(Event::Tick);
    desk.show(Filter::All);
    desk.act(Action::Dismiss);
    assert_eq!(desk.views(), 0);
    desk.show(Filter::Unread);
    assert_eq!(desk.views(), 1);
}

#[test]
fn a_tray_is_sent_only_when_it_changed() {
    let mut desk = Desk::with(&[item("a", 1)]);
    desk.tell(Event::Tick);
    desk.show(Filter::All);
    desk.page(&[item("a", 1)]);
    assert_eq!(desk.trays(), 0);
    desk.act(Action::MarkAll { mark: Mark::Read });
    assert_eq!(desk.trays(), 1);
}

#[test]
fn opening_the_window_asks_for_it_and_fetches() {
    let mut desk = Desk::with(&[]);
    desk.act(Action::OpenWindow);
    assert_eq!(desk.asked(), ["show window", "fetch"]);
}

#[test]
fn opening_the_trays_menu_fetches_once_however_often_it_is_opened() {
    let mut desk = Desk::with(&[item("a", 1)]);
    desk.act(Action::Glance);
    desk.act(Action::Glance);
    assert_eq!(desk.asked(), ["fetch"]);
    desk.page(&[read(item("a", 1))]);
    assert_eq!(desk.tray().face, Face::Count(0));
}

#[test]
fn while_the_window_is_open_it_looks_every_half_minute_or_so() {
    let mut desk = Desk::watched(&[]);
    let mut fetches = 0;
    for _ in 0..600 {
        desk.pass(Duration::from_secs(1));
        if desk.asked() == ["fetch"] {
            fetches += 1;
            desk.page(&[]);
        }
    }
    assert!((16..=25).contains(&fetches), "{fetches} in ten minutes");
}

#[test]
fn the_filter_follows_the_marks() {
    let mut desk = Desk::watched(&[item("b", 2), item("a", 1)]);
    desk.show(Filter::Unread);
    let (ids, mark) = (vec!["a".into()], Mark::Read);
    desk.act(Action::Mark { ids, mark });
    assert_eq!(desk.rows(), "b*");
    assert_eq!(desk.feed().length, 1);
}

#[test]
fn the_window_gets_the_range_it_asked_for() {
    let items: Vec<_> = (0..9).rev().map(|n| item(&n.to_string(), n)).collect();
    let mut desk = Desk::watched(&items);
    desk.act(Action::Show {
        filter: Filter::All,
        only: Default::default(),
        first: 3,
        count: 2,
    });
    assert_eq!(desk.rows(), "5* 4*");
    assert_eq!(desk.feed().length, 9);
}

#[test]
fn rows_below_the_first_page_are_fetched_again_while_they_are_on_the_screen() {
    let mut desk = Desk::with(&[item("b", 2)]);
    desk.show(Filter::All);
    desk.fetched(Ok(page_before(&[item("b", 2)], Some("b"))));
    desk.pass(Duration::from_secs(1));
    desk.act(Action::More);
    desk.fetched(Ok(page_before(&[item("a", 1)], None)));
    assert_eq!(desk.rows(), "b* a*");
    desk.pass(Duration::from_secs(36));
    desk.asked();
    desk.fetched(Ok(page_before(&[item("b", 2)], Some("b"))));
    desk.pass(Duration::from_secs(1));
    assert_eq!(desk.asked(), ["fetch after b"]);
    desk.fetched(Ok(page_before(&[read(item("a", 1))], None)));
    assert_eq!(desk.rows(), "b* a");
}

#[test]
fn older_items_are_loaded_in_silence_when_they_are_asked_for() {
    let mut desk = Desk::with(&[item("b", 2)]);
    desk.show(Filter::All);
    desk.fetched(Ok(page_before(&[item("b", 2)], Some("b"))));
    desk.pass(Duration::from_secs(1));
    desk.asked();
    desk.act(Action::More);
    desk.act(Action::More);
    assert_eq!(desk.asked(), ["fetch after b"]);
    assert!(desk.feed().more && desk.feed().loading_more);
    desk.fetched(Ok(page_before(&[item("a", 1)], None)));
    desk.pass(Duration::from_secs(1));
    assert_eq!(desk.asked(), [""; 0]);
    assert_eq!(desk.rows(), "b* a*");
    assert!(!desk.feed().more && !desk.feed().loading_more);
    desk.act(Action::More);
    assert_eq!(desk.asked(), [""; 0]);
}

#[test]
fn the_window_says_whose_feed_it_is_where_the_owners_plan_asks_for_it() {
    let mut desk = Desk::untold();
    desk.tell(Event::Restored(vec![credentials("ada")]));
    desk.show(Filter::All);
    desk.page(&[]);
    assert_eq!(desk.asked_settings(), 0, "first the feed");
    desk.joined();
    assert_eq!(desk.asked_settings(), 1);
    assert!(!desk.feed().branded);
    let settings = |desk: &mut Desk, result| {
        let (line, feed) = (desk.line, FeedNumber(0));
        desk.tell(Event::SettingsFetched { line, feed, result });
    };
    settings(&mut desk, Err(unavailable()));
    assert_eq!(desk.asked_settings(), 1, "it can wait for the next join");
    desk.lost();
    desk.joined();
    assert_eq!(desk.asked_settings(), 2);
    let branding_required = true;
    settings(&mut desk, Ok(FeedSettings { branding_required }));
    assert!(desk.feed().branded);
    desk.lost();
    desk.joined();
    assert_eq!(desk.asked_settings(), 2, "it is known");
}
