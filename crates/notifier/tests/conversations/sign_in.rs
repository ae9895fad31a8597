use std::time::Duration;

use doorbell_knock::{Draft, Failure, Field};
use doorbell_notifier::{Action, Config, Event, Face, FeedNumber, Filter, PlainHttp};
use doorbell_phoenix as phoenix;
use serde_json::json;

use crate::desk::{Desk, credentials, draft, item, topic, unauthorized, unavailable};

#[test]
fn signing_in_fetches_and_joins_before_anything_is_stored() {
    let mut desk = Desk::new();
    desk.sign_in(draft("ada"));
    assert_eq!(desk.asked(), ["connect", "fetch"]);
    desk.page(&[item("a", 1)]);
    assert_eq!(desk.asked(), [""; 0]);
    desk.joined();
    assert_eq!(desk.asked(), ["store"]);
    assert_eq!(desk.tray().face, Face::SignedOut);
    desk.tell(Event::Stored(Ok(())));
    assert_eq!(desk.sign_in_ended().unwrap().unwrap(), "Signed in as ada.");
    assert_eq!(desk.tray().face, Face::Count(1));
}

#[test]
fn plain_http_to_another_computer_needs_a_setting_and_the_sentence_names_it() {
    let plain = || Draft {
        host: "http://knock.test:4747".to_owned(),
        ..draft("ada")
    };
    let letting = |plain_http| Config {
        plain_http,
        ..Config::default()
    };
    let named = PlainHttp::Hosts(vec!["knock.test".to_owned()]);
    for (setting, lets) in [
        (PlainHttp::Here, false),
        (named, true),
        (PlainHttp::Anywhere, true),
    ] {
        let mut desk = Desk::set(letting(setting.clone()));
        desk.tell(Event::Restored(vec![]));
        desk.asked();
        desk.sign_in(plain());
        if lets {
            assert_eq!(desk.asked(), ["connect", "fetch"], "{setting:?}");
        } else {
            let problem = desk.sign_in_ended().unwrap().unwrap_err();
            assert_eq!(problem.field, Some(Field::Host));
            assert!(problem.message.contains("allow_plain_http"), "{problem:?}");
        }

        // Somebody signed in while another setting counted.
        let mut desk = Desk::set(letting(setting.clone()));
        let credentials = plain().parse_plain().unwrap();
        desk.tell(Event::Restored(vec![credentials]));
        desk.show(Filter::All);
        if lets {
            assert_eq!(desk.asked(), ["connect", "fetch"], "{setting:?}");
        } else {
            assert_eq!(desk.asked(), [""; 0]);
            let problem = desk.form().problem.clone().unwrap();
            assert!(problem.message.contains("allow_plain_http"), "{problem:?}");
        }
    }
}

#[test]
fn it_does_not_matter_whether_the_join_or_the_page_comes_first() {
    let mut desk = Desk::new();
    desk.sign_in(draft("ada"));
    desk.joined();
    assert_eq!(desk.asked(), ["connect", "fetch"]);
    desk.page(&[]);
    assert_eq!(desk.asked(), ["store"]);
}

#[test]
fn the_items_that_were_there_at_sign_in_do_not_toast() {
    let mut desk = signed_in(&[item("b", 2), item("a", 1)]);
    desk.page(&[item("b", 2), item("a", 1)]);
    assert_eq!(desk.asked(), [""; 0]);
}

#[test]
fn the_window_says_that_it_checks_and_shows_the_feed_after_that() {
    let mut desk = Desk::new();
    desk.show(Filter::All);
    assert!(!desk.form().checking);
    desk.sign_in(draft("ada"));
    assert!(desk.form().checking);
    desk.page(&[item("a", 1)]);
    desk.joined();
    assert!(desk.form().checking);
    desk.tell(Event::Stored(Ok(())));
    assert_eq!(desk.rows(), "a*");
}

#[test]
fn a_malformed_field_is_said_without_asking_anybody() {
    let secret = Draft {
        public_key: "sk_test_1".to_owned(),
        ..draft("ada")
    };
    let mut desk = Desk::new();
    desk.sign_in(secret);
    fails(&mut desk, Some(Field::PublicKey), "secret key");
    assert_eq!(desk.asked(), [""; 0]);
}

#[test]
fn a_wrong_key_is_a_problem_of_the_public_key_and_nothing_is_stored() {
    let mut desk = trying();
    desk.fetched(Err(unauthorized()));
    fails(&mut desk, Some(Field::PublicKey), "refused the public key");
}

#[test]
fn an_upgrade_that_is_refused_is_a_wrong_key_too() {
    for status in [401, 403] {
        let mut desk = trying();
        desk.page(&[]);
        desk.refused(status);
        fails(&mut desk, Some(Field::PublicKey), "refused the public key");
    }
}

#[test]
fn when_the_socket_is_refused_first_the_fetch_still_says_why() {
    let mut desk = trying();
    desk.refused(403);
    let body = br#"{"code":"missing_user_token"}"#;
    desk.fetched(Err(Failure::from_response(401, None, body)));
    fails(&mut desk, Some(Field::UserToken), "asks for a user token");
}

#[test]
fn an_upgrade_that_is_not_found_is_another_host() {
    let mut desk = trying();
    desk.page(&[]);
    desk.refused(404);
    fails(&mut desk, Some(Field::Host), "not as Knock does");
}

#[test]
fn a_join_that_is_refused_is_a_problem_of_the_feed() {
    let mut desk = trying();
    desk.page(&[]);
    desk.channel(phoenix::Event::JoinRefused {
        topic: topic(),
        response: json!({"reason": "unauthorized"}),
    });
    fails(&mut desk, Some(Field::FeedId), "join this feed");
}

#[test]
fn a_host_that_is_not_reached_is_named() {
    let mut desk = trying();
    let reason = "connection refused".to_owned();
    desk.fetched(Err(Failure::Unreachable(reason)));
    fails(&mut desk, Some(Field::Host), "api.knock.app could not");
}

#[test]
fn without_an_answer_signing_in_fails_after_twenty_seconds() {
    let mut desk = trying();
    desk.pass(Duration::from_millis(19_999));
    assert_eq!(desk.asked(), [""; 0]);
    desk.pass(Duration::from_millis(1));
    fails(&mut desk, Some(Field::Host), "did not answer in time");
}

#[test]
fn without_a_join_signing_in_fails_after_twenty_seconds() {
    let mut desk = trying();
    desk.page(&[]);
    desk.lost();
    desk.pass(Duration::from_secs(20));
    fails(&mut desk, Some(Field::Host), "WebSockets");
}

#[test]
fn when_the_keychain_refuses_nothing_is_kept() {
    let mut desk = trying();
    desk.page(&[item("a", 1)]);
    desk.joined();
    desk.asked();
    desk.tell(Event::Stored(Err("it is locked".to_owned())));
    fails(&mut desk, None, "the keychain did not: it is locked");
    desk.page(&[item("b", 2)]);
    desk.announced(9);
    desk.pass(Duration::from_secs(3600));
    assert_eq!(desk.asked(), [""; 0]);
}

#[test]
fn a_sign_in_that_is_not_stored_yet_shows_no_toasts() {
    let mut desk = storing();
    desk.pass(Duration::from_secs(1));
    desk.announced(1);
    desk.page(&[item("a", 1)]);
    assert_eq!(desk.asked(), ["fetch"]);
    desk.tell(Event::Stored(Err("it is locked".to_owned())));
    assert_eq!(desk.asked(), ["disconnect", "not signed in"]);
}

#[test]
fn an_empty_feed_is_said_in_words() {
    let mut desk = trying();
    desk.page(&[]);
    desk.joined();
    desk.tell(Event::Stored(Ok(())));
    let words = desk.sign_in_ended().unwrap().unwrap();
    assert!(
        words.contains("a mistyped one has an empty feed"),
        "{words}"
    );
    desk.show(Filter::All);
    assert_eq!(desk.notice(), "", "the empty list says it itself");
}

#[test]
fn a_failing_sign_in_leaves_the_one_who_is_signed_in_alone() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    let kept = desk.view_joined();
    desk.sign_in(draft("bob"));
    assert_eq!(desk.asked(), ["connect", "fetch"]);
    desk.fetched(Err(unauthorized()));
    assert_eq!(desk.asked(), ["disconnect", "not signed in"]);
    desk.back_to(kept);
    desk.announced(2);
    assert_eq!(desk.tray().face, Face::Count(2));
    assert_eq!(
        (desk.feed().user.as_str(), desk.rows()),
        ("ada", "a*".to_owned())
    );
}

#[test]
fn a_sign_in_that_works_stands_beside_the_one_before() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    desk.announced(2);
    desk.page(&[item("b", 2), item("a", 1)]);
    desk.sign_in(draft("bob"));
    desk.page(&[]);
    desk.joined();
    desk.asked();
    desk.tell(Event::Stored(Ok(())));
    assert_eq!(desk.asked(), ["signed in"]);
    assert_eq!(desk.feed().user, "bob");
    assert_eq!(desk.feed().accounts.len(), 2);
    assert_eq!(desk.tray().face, Face::Count(2));
}

#[test]
fn trying_again_drops_the_attempt_before() {
    let mut desk = trying();
    let first = desk.line;
    desk.sign_in(draft("bob"));
    assert_eq!(desk.asked(), ["disconnect", "connect", "fetch"]);
    let result = Err(unauthorized());
    desk.tell(Event::Fetched {
        line: first,
        feed: FeedNumber(0),
        result,
    });
    assert_eq!(desk.asked(), [""; 0]);
    desk.page(&[]);
    desk.joined();
    assert_eq!(desk.asked(), ["store"]);
}

#[test]
fn while_the_keychain_stores_a_sign_in_another_has_to_wait() {
    let mut desk = storing();
    desk.sign_in(draft("bob"));
    let problem = desk.sign_in_ended().unwrap().unwrap_err();
    assert!(problem.message.contains("being stored"), "{problem:?}");
    desk.tell(Event::Stored(Ok(())));
    let words = desk.sign_in_ended().unwrap().unwrap();
    assert!(words.starts_with("Signed in as ada."), "{words}");
}

#[test]
fn an_answer_of_the_keychain_to_an_earlier_sign_in_does_not_end_this_one() {
    let mut desk = storing();
    desk.act(Action::SignOut { account: None });
    desk.sign_in(draft("bob"));
    desk.asked();
    desk.tell(Event::Stored(Ok(())));
    assert_eq!(desk.asked(), [""; 0]);
    desk.page(&[]);
    desk.joined();
    assert_eq!(desk.asked(), ["store"]);
}

#[test]
fn a_fetch_that_fails_while_the_keychain_stores_does_not_undo_the_sign_in() {
    let mut desk = trying();
    desk.page(&[item("a", 1)]);
    desk.joined();
    desk.pass(Duration::from_secs(1));
    desk.announced(2);
    desk.asked();
    desk.fetched(Err(unavailable()));
    assert_eq!(desk.asked(), [""; 0]);
    desk.tell(Event::Stored(Ok(())));
    assert!(desk.sign_in_ended().unwrap().is_ok());
}

#[test]
fn signing_out_forgets_takes_toasts_back_and_ends_the_line() {
    let mut desk = Desk::watched(&[]);
    desk.announced(1);
    desk.page(&[item("a", 1)]);
    desk.asked();
    desk.act(Action::SignOut { account: None });
    assert_eq!(desk.asked(), ["withdraw", "disconnect", "forget"]);
    assert_eq!(desk.tray().face, Face::SignedOut);
    assert_eq!(desk.form().problem, None);
    desk.pass(Duration::from_secs(3600));
    assert_eq!(desk.asked(), [""; 0]);
}

#[test]
fn signing_out_ends_a_sign_in_that_is_being_checked() {
    let mut desk = trying();
    desk.act(Action::SignOut { account: None });
    assert_eq!(desk.asked(), ["disconnect", "not signed in", "forget"]);
}

#[test]
fn a_keychain_that_keeps_the_credentials_at_sign_out_is_said() {
    let mut desk = Desk::watched(&[]);
    desk.act(Action::SignOut { account: None });
    desk.tell(Event::Forgotten(Err("it is locked".to_owned())));
    let problem = desk.form().problem.as_ref().unwrap();
    assert!(
        problem
            .message
            .contains("kept the credentials: it is locked")
    );
}

#[test]
fn a_keychain_that_answers_after_the_sign_out_signs_nobody_in() {
    let mut desk = Desk::untold();
    desk.act(Action::SignOut { account: None });
    assert_eq!(desk.asked(), ["forget"]);
    desk.tell(Event::Restored(vec![credentials("ada")]));
    assert_eq!(desk.asked(), [""; 0]);
    assert_eq!(desk.tray().face, Face::SignedOut);
}

#[test]
fn a_locked_keychain_is_said_and_asked_again_on_retry() {
    let mut desk = Desk::untold();
    desk.show(Filter::All);
    desk.tell(Event::KeychainUnavailable("it is locked".to_owned()));
    assert_eq!(desk.tray().tooltip, "The keychain cannot be read");
    let problem = desk.form().problem.as_ref().unwrap();
    assert!(problem.message.contains("it is locked"), "{problem:?}");
    desk.act(Action::Retry);
    assert_eq!(desk.asked(), ["recall"]);
    desk.tell(Event::Restored(vec![credentials("ada")]));
    assert_eq!(desk.asked(), ["connect", "fetch"]);
}

/// What was typed is being checked.
fn trying() -> Desk {
    let mut desk = Desk::new();
    desk.show(Filter::All);
    desk.sign_in(draft("ada"));
    desk.asked();
    desk
}

/// It held, and the keychain has it.
fn storing() -> Desk {
    let mut desk = trying();
    desk.page(&[]);
    desk.joined();
    assert_eq!(desk.asked(), ["store"]);
    desk
}

fn signed_in(items: &[serde_json::Value]) -> Desk {
    let mut desk = trying();
    desk.page(items);
    desk.joined();
    desk.tell(Event::Stored(Ok(())));
    desk.pass(Duration::from_secs(1));
    desk.asked();
    desk
}

/// Signing in has failed: the person who asked and the form say why, nothing is stored, nobody is signed in.
#[track_caller]
fn fails(desk: &mut Desk, field: Option<Field>, words: &str) {
    assert!(!desk.has_asked("store"));
    let problem = desk.sign_in_ended().unwrap().unwrap_err();
    assert_eq!(problem.field, field, "{}", problem.message);
    assert!(problem.message.contains(words), "{}", problem.message);
    assert!(problem.message.contains("Nothing was stored."));
    desk.show(Filter::All);
    assert_eq!(desk.form().problem.as_ref(), Some(&problem));
    assert!(!desk.form().checking);
    assert_eq!(desk.tray().face, Face::SignedOut);
    desk.pass(Duration::from_secs(7200));
    assert_eq!(desk.asked(), [""; 0]);
}
