//! Several accounts side by side.

use std::time::Duration;

use doorbell_knock::{Credentials, Draft, MarkId};
use doorbell_notifier::{
    Action, Config, ConnectionState, Event, Face, FeedNumber, Filter, ItemId, Mark, MenuEntry,
};
use doorbell_phoenix as phoenix;
use serde_json::Value;

use crate::desk::{Desk, credentials, draft, item, linked, page, read, unauthorized};

#[test]
fn the_tray_counts_what_is_unread_in_all_accounts_together() {
    let mut desk = both(&[item("a", 1)], &[item("c", 3), item("b", 2)]);
    assert_eq!(desk.tray().face, Face::Count(3));
    assert_eq!(desk.tray().tooltip, "3 unread \u{b7} synced 10:00");
    desk.hear(1);
    desk.announced(9);
    assert_eq!(desk.tray().face, Face::Count(10));
}

#[test]
fn a_number_of_which_a_part_may_be_old_says_so() {
    let mut desk = both(&[item("a", 1)], &[item("b", 2)]);
    desk.hear(1);
    desk.lost();
    desk.pass(Duration::from_secs(4));
    assert_eq!(desk.tray().face, Face::Offline(2));
    assert_eq!(
        desk.tray().tooltip,
        "1 of 2 accounts offline, 2 unread when last heard"
    );
    desk.refused(403);
    assert_eq!(
        desk.tray().tooltip,
        "Knock refused 1 of 2 accounts, 2 unread when last heard"
    );
    desk.hear(0);
    desk.refused(403);
    assert_eq!(desk.tray().face, Face::Refused);
}

#[test]
fn the_menu_names_each_account_and_the_newest_items_of_all() {
    let desk = both(&[item("a", 1)], &[]);
    let words = |entry: &MenuEntry| match entry {
        MenuEntry::Item { label, .. } => label.clone(),
        MenuEntry::Status { label } => format!("({label})"),
        MenuEntry::Separator => "-".to_owned(),
        MenuEntry::Submenu { label, .. } => format!("{label} >"),
    };
    let menu: Vec<String> = desk.tray().menu.iter().map(words).collect();
    assert_eq!(
        menu,
        [
            "Open Doorbell",
            "(1 unread)",
            "ada: 1 unread",
            "bob: Nothing unread",
            "-",
            "a",
            "Mark all read",
            "-",
            "Pause notifications >",
            "Settings",
            "Quit"
        ]
    );
}

#[test]
fn the_command_line_is_told_the_newest_items_of_all_or_of_one_that_somebody_holds() {
    let mut desk = both(&[item("a", 1)], &[item("c", 3), item("b", 2)]);
    desk.asked();
    for (asked, of, list) in [
        (7, None, "list c b a for 7"),
        (8, Some("b"), "list b for 8"),
        (9, Some("d"), "list  for 9"),
    ] {
        let of = of.map(|id| ItemId(id.to_owned()));
        desk.tell(Event::List { asked, of });
        assert_eq!(desk.asked(), [list]);
    }
}

#[test]
fn signing_out_of_one_leaves_the_other() {
    let mut desk = both(&[item("a", 1)], &[item("b", 2)]);
    sign_out(&mut desk, "ada");
    assert_eq!(desk.asked(), ["disconnect", "forget"]);
    assert_eq!(desk.tray().face, Face::Count(1));
    assert_eq!(
        (desk.feed().user.as_str(), desk.rows()),
        ("bob", "b*".to_owned())
    );
    desk.hear(1);
    desk.announced(2);
    desk.page(&[item("c", 3), item("b", 2)]);
    assert_eq!(desk.asked(), ["fetch", "toast c"]);
}

#[test]
fn answers_that_come_after_their_account_was_left_change_nothing_in_another() {
    let mut desk = both(&[item("a", 1)], &[item("b", 2)]);
    desk.tell(Event::Woke);
    sign_out(&mut desk, "ada");
    desk.asked();
    let (line, feed) = (desk.connected[0].0, FeedNumber(0));
    let account = credentials("ada").account_id();
    for event in [
        Event::Fetched {
            line,
            feed,
            result: Ok(page(&[item("x", 9)])),
        },
        Event::Fetched {
            line,
            feed,
            result: Err(unauthorized()),
        },
        Event::Settled {
            line,
            mark: MarkId(1),
            result: Err(unauthorized()),
        },
        Event::Channel {
            line,
            event: phoenix::Event::Refused { status: 403 },
        },
        Event::Opened {
            account,
            item: "b".into(),
            result: Ok(()),
        },
    ] {
        desk.tell(event);
    }
    assert_eq!(desk.asked(), [""; 0]);
    assert_eq!(
        (desk.tray().face, desk.rows()),
        (Face::Count(1), "b*".to_owned())
    );
}

#[test]
fn items_of_the_same_id_in_two_accounts_are_two_items() {
    let mut desk = both(&[], &[]);
    let mut toasts = Vec::new();
    for index in 0..2 {
        desk.hear(index);
        desk.announced(1);
        desk.page(&[item("a", 1)]);
        toasts.push(desk.last_toast());
    }
    let [ada, bob] = &toasts[..] else {
        panic!("a toast each");
    };
    assert_ne!(ada.key, bob.key);
    desk.asked();
    desk.act(bob.default.clone());
    desk.hear(1);
    assert_eq!(desk.asked(), ["open https://app.test/a"]);
    let account = credentials("bob").account_id();
    let (item, result) = ("a".into(), Ok(()));
    desk.tell(Event::Opened {
        account,
        item,
        result,
    });
    assert_eq!(desk.tray().face, Face::Count(1));
    let read = ada.buttons.last().unwrap().action.clone();
    desk.act(read);
    assert_eq!(desk.tray().face, Face::Count(0));
}

#[test]
fn a_toast_of_an_item_without_a_link_shows_its_account() {
    let mut desk = both(&[], &[]);
    desk.hear(1);
    desk.announced(1);
    desk.page(&[linked("b", 1, "")]);
    let toast = desk.last_toast();
    assert_eq!(desk.feed().user, "ada");
    desk.act(toast.default);
    assert_eq!(desk.feed().user, "bob");
    assert_eq!(desk.feed().highlight, Some("b".into()));
}

#[test]
fn the_window_goes_from_one_account_to_the_other() {
    let mut desk = both(&[item("a", 1)], &[item("b", 2)]);
    let accounts = &desk.feed().accounts;
    let users: Vec<&str> = accounts
        .iter()
        .map(|account| account.user.as_str())
        .collect();
    assert_eq!(users, ["ada", "bob"]);
    show(&mut desk, "bob");
    assert_eq!(
        (desk.feed().user.as_str(), desk.rows()),
        ("bob", "b*".to_owned())
    );
    assert_eq!(desk.asked(), ["fetch"], "what is looked at is fresh");
    desk.show(Filter::Unread);
    assert_eq!(desk.feed().user, "bob", "it stays there");
    desk.act(Action::MarkAll { mark: Mark::Read });
    assert_eq!(desk.tray().face, Face::Count(1));
}

#[test]
fn one_more_account_is_added_without_leaving_the_others() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    desk.act(Action::AddAccount);
    assert!(desk.form().back);
    desk.act(Action::Back);
    assert_eq!(desk.rows(), "a*");
    desk.act(Action::AddAccount);
    desk.sign_in(draft("bob"));
    assert!(desk.form().checking);
    desk.fetched(Err(unauthorized()));
    assert!(desk.form().problem.is_some());
    desk.sign_in(draft("bob"));
    desk.page(&[item("b", 2)]);
    desk.joined();
    desk.tell(Event::Stored(Ok(())));
    assert_eq!(
        (desk.feed().user.as_str(), desk.rows()),
        ("bob", "b*".to_owned())
    );
    assert_eq!(desk.tray().face, Face::Count(2));
}

#[test]
fn the_form_without_anybody_signed_in_has_nothing_to_go_back_to() {
    let mut desk = Desk::new();
    desk.show(Filter::All);
    desk.act(Action::AddAccount);
    assert!(!desk.form().back);
}

#[test]
fn signing_in_again_renews_the_credentials_and_keeps_the_list_and_the_marks() {
    let mut desk = Desk::watched(&[item("b", 2), item("a", 1)]);
    let old = desk.line;
    let (ids, mark) = (vec!["a".into()], Mark::Read);
    desk.act(Action::Mark { ids, mark });
    desk.sign_in(with_token("ada"));
    desk.page(&[item("c", 3), item("b", 2), item("a", 1)]);
    desk.joined();
    desk.asked();
    desk.tell(Event::Stored(Ok(())));
    assert_eq!(
        desk.asked(),
        ["signed in", "disconnect", "disconnect", "connect", "fetch"]
    );
    assert_eq!(desk.feed().accounts.len(), 1);
    assert_eq!(desk.rows(), "b* a", "the list and the mark are still there");
    // The page of the line before comes too late; its mark was waited for.
    let feed = FeedNumber(0);
    desk.tell(Event::Fetched {
        line: old,
        feed,
        result: Err(unauthorized()),
    });
    desk.tell(Event::Settled {
        line: old,
        mark: MarkId(1),
        result: Ok(vec![]),
    });
    assert_eq!(desk.asked(), [""; 0]);
    // What came meanwhile is news, since the list knows what was there before.
    desk.page(&[item("c", 3), item("b", 2), read(item("a", 1))]);
    assert_eq!(desk.asked(), ["toast c"]);
    assert_eq!(desk.feed().connection.state, ConnectionState::Connecting);
    desk.joined();
    assert_eq!(desk.feed().connection.state, ConnectionState::Connected);
}

#[test]
fn who_signs_in_again_while_being_signed_out_stays() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    desk.sign_in(with_token("ada"));
    desk.page(&[item("a", 1)]);
    desk.joined();
    let (ids, mark) = (vec!["a".into()], Mark::Read);
    desk.act(Action::Mark { ids, mark });
    sign_out(&mut desk, "ada");
    desk.tell(Event::Stored(Ok(())));
    desk.pass(Duration::from_secs(10));
    assert!(!desk.has_asked("forget"));
    assert_eq!(desk.feed().user, "ada");
}

#[test]
fn signing_in_again_mends_an_account_that_was_refused() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    desk.refused(403);
    assert_eq!(desk.tray().face, Face::Refused);
    desk.sign_in(with_token("ada"));
    desk.page(&[item("a", 1)]);
    desk.joined();
    desk.tell(Event::Stored(Ok(())));
    assert_eq!(desk.tray().face, Face::Count(1));
    desk.page(&[item("a", 1)]);
    desk.joined();
    assert_eq!(desk.tray().face, Face::Count(1));
}

#[test]
fn signing_in_again_with_another_feed_shows_that_one_and_toasts_nothing_of_it() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    let other = Draft {
        feed_id: "1f6e1d3c-5f0e-4d9a-9b68-0d7d1f7a2c11".to_owned(),
        ..draft("ada")
    };
    desk.sign_in(other.clone());
    desk.page(&[item("z", 9)]);
    desk.joined();
    desk.tell(Event::Stored(Ok(())));
    assert_eq!(
        (desk.feed().feed.clone(), desk.rows()),
        (other.feed_id, String::new())
    );
    desk.asked();
    desk.page(&[item("z", 9)]);
    assert_eq!((desk.asked(), desk.rows()), (vec![], "z*".to_owned()));
}

#[test]
fn quitting_waits_for_the_marks_of_every_account() {
    let mut desk = both(&[item("a", 1)], &[item("b", 2)]);
    for (user, id) in [("ada", "a"), ("bob", "b")] {
        let (ids, mark) = (vec![id.into()], Mark::Read);
        act_in(&mut desk, user, Action::Mark { ids, mark });
    }
    desk.act(Action::Quit);
    desk.hear(0);
    desk.settled(Ok(vec![]));
    assert!(!desk.asked().contains(&"quit".to_owned()));
    desk.hear(1);
    desk.settled(Ok(vec![]));
    assert_eq!(desk.asked().last().unwrap(), "quit");
}

#[test]
fn signing_out_of_one_waits_for_its_marks_alone() {
    let mut desk = both(&[item("a", 1)], &[item("b", 2)]);
    for (user, id) in [("ada", "a"), ("bob", "b")] {
        let (ids, mark) = (vec![id.into()], Mark::Read);
        act_in(&mut desk, user, Action::Mark { ids, mark });
    }
    sign_out(&mut desk, "ada");
    assert!(!desk.asked().contains(&"forget".to_owned()));
    desk.hear(0);
    desk.settled(Ok(vec![]));
    assert!(desk.asked().contains(&"forget".to_owned()));
    assert_eq!(desk.feed().accounts.len(), 1);
}

#[test]
fn a_keychain_that_answers_after_a_sign_in_adds_the_others() {
    let mut desk = Desk::untold();
    desk.sign_in(with_token("bob"));
    desk.page(&[]);
    desk.joined();
    desk.tell(Event::Stored(Ok(())));
    desk.asked();
    desk.tell(Event::Restored(vec![
        credentials("ada"),
        credentials("bob"),
    ]));
    assert_eq!(desk.asked(), ["connect", "fetch"]);
    desk.show(Filter::All);
    let accounts = desk.feed().accounts.iter();
    let users: Vec<&str> = accounts.map(|account| account.user.as_str()).collect();
    assert_eq!(users, ["bob", "ada"]);
}

#[test]
fn a_keychain_that_was_locked_is_read_again_when_it_has_stored_a_sign_in() {
    let mut desk = Desk::untold();
    desk.tell(Event::KeychainUnavailable("it is locked".to_owned()));
    desk.sign_in(draft("bob"));
    desk.page(&[]);
    desk.joined();
    desk.asked();
    desk.tell(Event::Stored(Ok(())));
    assert_eq!(desk.asked(), ["signed in", "recall"]);
}

#[test]
fn an_account_that_fails_leaves_the_other_as_it_is() {
    let mut desk = both(&[item("a", 1)], &[item("b", 2)]);
    desk.hear(1);
    desk.refused(401);
    assert_eq!(desk.feed().connection.state, ConnectionState::Connected);
    desk.hear(0);
    desk.announced(2);
    desk.page(&[item("c", 3), item("a", 1)]);
    assert!(desk.asked().contains(&"toast c".to_owned()));
    desk.act(Action::Retry);
    assert!(desk.asked().contains(&"connect".to_owned()));
}

/// Ada and Bob, joined, with these items, at rest; the window shows Ada's.
fn both(ada: &[Value], bob: &[Value]) -> Desk {
    let mut desk = Desk::of(&["ada", "bob"], Config::default());
    desk.show(Filter::All);
    for (index, items) in [ada, bob].into_iter().enumerate() {
        desk.hear(index);
        desk.page(items);
        desk.joined();
        for _ in 0..4 {
            desk.pass(Duration::from_millis(250));
            desk.page(items);
        }
    }
    desk.asked();
    desk
}

fn sign_out(desk: &mut Desk, user: &str) {
    let account = Some(credentials(user).account_id());
    desk.act(Action::SignOut { account });
}

fn show(desk: &mut Desk, user: &str) {
    let (filter, first, count) = (Filter::All, 0, 50);
    act_in(
        desk,
        user,
        Action::Show {
            filter,
            only: Default::default(),
            first,
            count,
        },
    );
}

fn act_in(desk: &mut Desk, user: &str, action: Action) {
    desk.act(Action::In {
        account: Credentials::account_id(&credentials(user)),
        feed: None,
        action: Box::new(action),
    });
}

fn with_token(user: &str) -> Draft {
    Draft {
        user_token: "a.b.c".to_owned(),
        ..draft(user)
    }
}
