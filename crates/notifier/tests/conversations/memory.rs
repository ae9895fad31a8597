//! What outlives the process.

use std::time::Duration;

use doorbell_knock::{FeedOptions, ItemId};
use doorbell_notifier::{
    Action, Config, ConnectionState, Event, Face, FeedConfig, Filter, Mark, store::Kept,
};

use crate::desk::{Desk, HOLD, item, page, page_before, read};

#[test]
fn after_a_restart_the_list_and_the_number_are_there_at_once_and_not_as_if_they_were_heard() {
    let mut desk = Desk::with(&[item("b", 2), item("a", 1)]);
    desk.restart();
    assert_eq!(desk.tray().face, Face::Offline(2));
    assert_eq!(desk.tray().tooltip, "Connecting, 2 unread when last heard");
    desk.show(Filter::All);
    assert_eq!(desk.rows(), "b* a*");
    let connection = &desk.feed().connection;
    assert_eq!(connection.state, ConnectionState::Connecting);
    assert_eq!(connection.since.as_deref(), Some("2026-03-02T10:00:00.25Z"));
    desk.joined();
    assert_eq!(desk.tray().face, Face::Offline(2));
    desk.page(&[item("b", 2), read(item("a", 1))]);
    assert_eq!(desk.tray().face, Face::Count(1));
    assert_eq!(desk.rows(), "b* a");
}

#[test]
fn what_arrived_while_it_did_not_run_is_told_and_what_was_met_is_not() {
    let mut desk = Desk::with(&[item("a", 1)]);
    desk.announced(2);
    desk.page(&[item("b", 2), item("a", 1)]);
    assert_eq!(desk.asked(), ["fetch", "toast b"]);
    desk.restart();
    desk.page(&[item("c", 3), item("b", 2), item("a", 1)]);
    assert_eq!(toasts(&mut desk), ["toast c"]);
    desk.restart();
    desk.page(&[item("c", 3), item("b", 2), item("a", 1)]);
    assert_eq!(toasts(&mut desk), [""; 0]);
}

#[test]
fn a_feed_that_was_empty_at_sign_in_tells_of_everything_after_a_restart() {
    let mut desk = Desk::with(&[]);
    desk.restart();
    desk.page(&[item("b", 2), item("a", 1)]);
    assert_eq!(toasts(&mut desk), ["toast a", "toast b"]);
}

#[test]
fn more_than_a_page_missed_is_read_down_to_what_was_met() {
    let mut desk = Desk::with(&[item("a", 1)]);
    desk.restart();
    desk.fetched(Ok(page_before(
        &[item("e", 500), item("d", 400)],
        Some("d"),
    )));
    desk.pass(Duration::from_secs(1));
    assert_eq!(toasts(&mut desk), ["toast d", "toast e"]);
    desk.fetched(Ok(page_before(
        &[item("c", 300), item("b", 200)],
        Some("b"),
    )));
    desk.pass(Duration::from_secs(1));
    assert_eq!(desk.asked(), ["toast 3 new notifications", "fetch after b"]);
    desk.fetched(Ok(page_before(&[item("a", 1)], None)));
    desk.pass(Duration::from_secs(1));
    assert_eq!(desk.asked(), [""; 0]);
}

#[test]
fn however_much_was_missed_all_of_it_is_told() {
    let options = FeedOptions {
        page_size: Some(1),
        ..FeedOptions::default()
    };
    let feed = FeedConfig {
        options,
        ..FeedConfig::default()
    };
    let mut desk = Desk::of(
        &["ada"],
        Config {
            feeds: vec![feed],
            ..Config::default()
        },
    );
    desk.page(&[item("old", 1)]);
    desk.restart();
    desk.asked();
    let missed = |number: u64| item(&format!("news {number}"), 100 * number);
    for number in (1..=12).rev() {
        let id = format!("news {number}");
        desk.fetched(Ok(page_before(&[missed(number)], Some(&id))));
        desk.pass(Duration::from_secs(6));
    }
    desk.page(&[item("old", 1)]);
    let expected: Vec<String> = (1..=12)
        .rev()
        .map(|number| format!("toast news {number}"))
        .collect();
    assert_eq!(toasts(&mut desk), expected);
}

#[test]
fn without_contents_more_than_a_page_missed_is_read_all_the_same() {
    let mut desk = Desk::with(&[item("a", 1)]);
    let mut kept = desk.store.load();
    for account in kept.accounts.values_mut() {
        account.feeds.values_mut().for_each(|feed| feed.head = None);
    }
    desk.restart_with(kept);
    assert_eq!(desk.tray().tooltip, "Connecting");
    desk.fetched(Ok(page_before(&[item("c", 300)], Some("c"))));
    desk.pass(Duration::from_secs(1));
    assert_eq!(
        desk.asked(),
        ["connect", "fetch", "toast c", "fetch after c"]
    );
    desk.fetched(Ok(page_before(&[item("b", 200)], Some("b"))));
    desk.pass(Duration::from_secs(1));
    assert_eq!(desk.asked(), ["toast b", "fetch after b"]);
    desk.fetched(Ok(page_before(&[item("a", 1)], None)));
    desk.pass(Duration::from_secs(1));
    assert_eq!(desk.asked(), [""; 0]);
}

#[test]
fn reading_on_goes_on_after_a_kill_in_the_middle_of_it() {
    let mut desk = Desk::with(&[item("a", 1)]);
    desk.restart();
    desk.fetched(Ok(page_before(&[item("e", 500)], Some("e"))));
    desk.pass(Duration::from_secs(1));
    assert_eq!(
        desk.asked(),
        ["connect", "fetch", "toast e", "fetch after e"]
    );
    desk.restart();
    desk.fetched(Ok(page_before(&[item("e", 500)], Some("e"))));
    desk.pass(Duration::from_secs(1));
    assert_eq!(desk.asked(), ["connect", "fetch", "fetch after e"]);
    desk.fetched(Ok(page_before(&[item("d", 400)], Some("d"))));
    desk.pass(Duration::from_secs(1));
    assert_eq!(desk.asked(), ["toast d", "fetch after d"]);
    desk.fetched(Ok(page(&[item("a", 1)])));
    desk.pass(Duration::from_secs(1));
    assert_eq!(desk.asked(), [""; 0]);
}

#[test]
fn wherever_it_is_killed_an_item_is_told_once_or_was_just_going_out() {
    let arrived = [item("b", 2), item("a", 1)];
    // Everything the app wants to be done when the item comes: to be saved, shown, told.
    for done in 0..6 {
        let mut desk = Desk::with(&[item("a", 1)]);
        desk.announced(2);
        desk.asked();
        let line = desk.line;
        let fetched = Event::Fetched {
            line,
            feed: Default::default(),
            result: Ok(page(&arrived)),
        };
        desk.tell_and_perform(fetched, done);
        let told = toasts(&mut desk);
        desk.restart();
        desk.page(&arrived);
        let again = toasts(&mut desk);
        assert_eq!([told, again].concat(), ["toast b"], "killed after {done}");
    }
}

#[test]
fn a_mark_that_was_not_answered_shows_and_is_sent_after_a_restart() {
    let mut desk = Desk::watched(&[item("b", 2), item("a", 1)]);
    mark(&mut desk, "a");
    mark(&mut desk, "b");
    assert_eq!(desk.asked(), ["mark read a"]);
    desk.restart();
    assert_eq!(desk.asked(), ["connect", "fetch", "mark read a"]);
    assert_eq!(desk.tray().face, Face::Offline(0));
    desk.show(Filter::All);
    assert_eq!(desk.rows(), "b a");
    desk.settled(Ok(vec![]));
    assert_eq!(desk.asked(), ["mark read b"]);
    desk.settled(Ok(vec![]));
    desk.restart();
    assert_eq!(desk.asked(), ["connect", "fetch"]);
}

#[test]
fn a_mark_goes_out_only_when_it_is_written_down() {
    for (done, expected) in [(0, 0), (1, 1), (9, 1)] {
        let mut desk = Desk::watched(&[item("a", 1)]);
        let action = Action::Mark {
            ids: vec!["a".into()],
            mark: Mark::Read,
        };
        desk.tell_and_perform(Event::Do(action), done);
        let sent = desk.has_asked("mark read a");
        assert_eq!(sent, done == 9, "killed after {done}");
        desk.restart();
        let again = desk
            .asked()
            .iter()
            .filter(|asked| *asked == "mark read a")
            .count();
        assert_eq!(again, expected, "killed after {done}");
    }
}

#[test]
fn marks_made_after_a_restart_do_not_take_the_place_of_earlier_ones() {
    let mut desk = Desk::watched(&[item("b", 2), item("a", 1)]);
    mark(&mut desk, "a");
    desk.restart();
    mark(&mut desk, "b");
    desk.restart();
    desk.settled(Ok(vec![]));
    assert_eq!(
        desk.asked(),
        ["connect", "fetch", "mark read a", "mark read b"]
    );
}

#[test]
fn a_mark_on_everything_means_the_same_after_a_restart() {
    let mut desk = Desk::watched(&[item("b", 2), item("a", 1)]);
    desk.act(Action::MarkAll { mark: Mark::Read });
    desk.pass(HOLD);
    let before = desk.mark_on_its_way()["older_than"].clone();
    desk.pass(Duration::from_secs(60));
    desk.restart();
    assert_eq!(desk.mark_on_its_way()["older_than"], before);
    assert_eq!(desk.tray().face, Face::Offline(0));
    desk.page(&[item("c", 90), item("b", 2), item("a", 1)]);
    assert_eq!(desk.tray().face, Face::Count(1));
    assert_eq!(toasts(&mut desk), ["toast c"]);
}

#[test]
fn a_mark_on_everything_that_the_server_is_still_at_stays_on_top_and_is_not_sent_again() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    desk.act(Action::MarkAll { mark: Mark::Read });
    desk.pass(HOLD);
    desk.settled(Ok(vec![]));
    desk.restart();
    assert!(!desk.has_asked("mark all read"));
    // The server answers before it has done it.
    desk.page(&[item("a", 1)]);
    assert_eq!(desk.tray().face, Face::Count(0));
    desk.pass(Duration::from_secs(10));
    assert_eq!(desk.asked().last().map(String::as_str), Some("fetch"));
    desk.page(&[read(item("a", 1))]);
    desk.restart();
    desk.page(&[item("a", 1)]);
    assert_eq!(desk.tray().face, Face::Count(1), "nothing of it is left");
}

#[test]
fn what_was_said_after_marking_all_page_by_page_holds_after_a_kill() {
    let mut desk = Desk::of(
        &["ada"],
        Config {
            feeds: vec![FeedConfig {
                options: FeedOptions {
                    source: Some("new-comment".to_owned()),
                    ..FeedOptions::default()
                },
                ..FeedConfig::default()
            }],
            ..Config::default()
        },
    );
    desk.fetched(Ok(page_before(&[item("b", 2)], Some("b"))));
    desk.joined();
    desk.show(Filter::All);
    desk.pass(Duration::from_secs(1));
    desk.fetched(Ok(page_before(&[item("b", 2)], Some("b"))));
    desk.act(Action::MarkAll { mark: Mark::Read });
    let ids = vec![ItemId::from("b")];
    let mark = Mark::Unread;
    desk.act(Action::Mark { ids, mark });
    desk.restart();
    desk.fetched(Ok(page_before(&[item("b", 2)], Some("b"))));
    desk.pass(Duration::from_secs(1));
    desk.page(&[item("a", 1)]);
    for _ in 0..3 {
        desk.settled(Ok(vec![]));
        desk.pass(Duration::from_secs(1));
    }
    let asked = desk.asked().into_iter();
    let marks: Vec<String> = asked.filter(|asked| asked.starts_with("mark")).collect();
    assert_eq!(marks, ["mark read b", "mark unread b", "mark read a"]);
}

#[test]
fn what_is_to_be_unread_again_does_not_overtake_a_mark_on_everything_that_the_server_was_at_before_a_kill()
 {
    let mut desk = Desk::watched(&[item("a", 1)]);
    desk.act(Action::MarkAll { mark: Mark::Read });
    desk.pass(HOLD);
    desk.settled(Ok(vec![]));
    desk.restart();
    desk.page(&[item("a", 1)]);
    desk.act(Action::Mark {
        ids: vec!["a".into()],
        mark: Mark::Unread,
    });
    desk.pass(Duration::from_secs(9));
    assert!(!desk.has_asked("mark unread a"));
    desk.pass(Duration::from_secs(1));
    assert!(desk.has_asked("mark unread a"));
}

#[test]
fn quitting_leaves_nothing_undone_behind() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    mark(&mut desk, "a");
    desk.act(Action::Quit);
    desk.settled(Ok(vec![]));
    assert!(desk.has_asked("quit"));
    desk.restart();
    assert_eq!(desk.asked(), ["connect", "fetch"]);
}

#[test]
fn signing_out_forgets_the_account() {
    let mut desk = Desk::with(&[item("a", 1)]);
    assert_ne!(desk.store.load(), Kept::default());
    desk.act(Action::SignOut { account: None });
    assert_eq!(desk.store.load(), Kept::default());
}

#[test]
fn signing_out_before_the_keychain_has_answered_forgets_it_too() {
    let mut desk = Desk::with(&[item("a", 1)]);
    desk.begin_anew(desk.store.load());
    desk.act(Action::SignOut { account: None });
    assert_eq!(desk.store.load(), Kept::default());
}

#[test]
fn an_account_that_the_keychain_does_not_know_any_more_is_forgotten() {
    let mut desk = Desk::with(&[item("a", 1)]);
    desk.begin_anew(desk.store.load());
    desk.tell(Event::KeychainUnavailable("locked".to_owned()));
    assert_ne!(desk.store.load(), Kept::default());
    desk.tell(Event::Restored(vec![]));
    assert_eq!(desk.store.load(), Kept::default());
}

#[test]
fn a_page_that_says_nothing_new_writes_no_item() {
    let mut desk = Desk::with(&[item("b", 2), item("a", 1)]);
    let before = desk.store.load();
    desk.announced(2);
    desk.page(&[item("b", 2), item("a", 1)]);
    let mut after = desk.store.load();
    for account in after.accounts.values_mut() {
        let id = before.accounts.keys().next().unwrap();
        let feeds = account.feeds.iter_mut();
        for (key, feed) in feeds {
            feed.synced = before.accounts[id].feeds[key].synced;
        }
    }
    assert_eq!(after, before);
}

#[test]
fn that_nothing_can_be_written_down_is_said_until_it_is_dismissed() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    desk.tell(Event::Unkept("The disk is full.".to_owned()));
    assert_eq!(desk.notice(), "The disk is full.");
    desk.act(Action::Dismiss);
    assert_eq!(desk.notice(), "");
}

fn mark(desk: &mut Desk, id: &str) {
    let ids = vec![ItemId::from(id)];
    let mark = Mark::Read;
    desk.act(Action::Mark { ids, mark });
}

fn toasts(desk: &mut Desk) -> Vec<String> {
    let asked = desk.asked().into_iter();
    asked.filter(|asked| asked.starts_with("toast")).collect()
}
