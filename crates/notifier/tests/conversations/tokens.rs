//! User tokens that end, and where new ones come from.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use doorbell_knock::{Credentials, Failure, UserToken};
use doorbell_notifier::{
    Action, BadAnswer, Config, Event, Face, Field, Filter, Issued, Line, Mark, TokenError,
    TokenSource,
};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::desk::{Desk, credentials, draft, item, unauthorized, unavailable};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_token_is_renewed_before_its_end() {
    let (mut desk, old) = joined(HOUR);
    let waited = until_refresh(&mut desk, HOUR);
    let (early, late) = (Duration::from_secs(2500), Duration::from_secs(2881));
    assert!((early..late).contains(&waited), "after {waited:?}");
    let new = refresh(&mut desk, HOUR);
    assert_eq!(desk.tokens, [old, new]);
}

#[test]
fn while_the_line_changes_news_on_either_is_one_toast() {
    let (mut desk, _) = joined(HOUR);
    until_refresh(&mut desk, HOUR);
    let before = desk.view_joined();
    refresh(&mut desk, HOUR);
    let after = desk.view_joined();
    assert_ne!(before.0, after.0);
    assert_eq!(desk.asked(), ["connect"], "the old line serves on");

    desk.back_to(before.clone());
    desk.announced(1);
    desk.pass(Duration::from_secs(1));
    assert_eq!(desk.asked(), ["fetch"]);
    assert_eq!(desk.fetches_on, after.0, "with the new token");
    desk.back_to(after);
    desk.page(&[item("news", 1)]);
    assert_eq!(desk.asked(), ["toast news"]);

    desk.joined();
    let asked = desk.asked();
    assert_eq!(asked, ["disconnect", "fetch"], "the new one has taken over");
    desk.announced(1);
    desk.page(&[item("news", 1)]);
    desk.pass(Duration::from_secs(1));
    desk.page(&[item("news", 1)]);
    desk.pass(Duration::from_secs(1));
    assert_eq!(desk.asked(), ["fetch"], "no second toast");
    assert_eq!(desk.tray().face, Face::Count(1));

    desk.back_to(before);
    desk.announced(7);
    assert_eq!(desk.tray().face, Face::Count(1), "the old line is gone");
}

#[test]
fn news_that_only_the_new_line_hears_is_told_as_well() {
    let (mut desk, _) = joined(HOUR);
    until_refresh(&mut desk, HOUR);
    refresh(&mut desk, HOUR);
    desk.asked();
    desk.announced(1);
    desk.pass(Duration::from_secs(1));
    desk.page(&[item("news", 1)]);
    desk.joined();
    desk.pass(Duration::from_secs(1));
    desk.page(&[item("news", 1)]);
    assert_eq!(desk.asked(), ["fetch", "toast news", "disconnect", "fetch"]);
}

#[test]
fn what_the_old_line_was_asked_is_answered_there() {
    let (mut desk, _) = joined(HOUR);
    desk.announced(1);
    desk.pass(Duration::from_secs(1));
    desk.page(&[item("a", 1)]);
    until_refresh_with(&mut desk, HOUR, &[item("a", 1)]);
    let before = desk.view_joined();
    desk.act(Action::Mark {
        ids: vec!["a".into()],
        mark: Mark::Read,
    });
    refresh(&mut desk, HOUR);
    let after = desk.view_joined();
    desk.joined();
    let asked = desk.asked();
    assert!(!asked.contains(&"disconnect".to_owned()), "{asked:?}");
    assert!(asked.contains(&"mark read a".to_owned()), "{asked:?}");
    desk.back_to(before);
    desk.settled(Ok(vec![]));
    assert!(desk.asked().contains(&"disconnect".to_owned()));
    desk.back_to(after);
    desk.pass(HOUR / 2);
    assert!(!desk.has_asked("mark read a"), "it is not sent again");
}

#[test]
fn a_refusal_of_the_old_token_at_the_last_moment_troubles_nobody() {
    let (mut desk, _) = joined(HOUR);
    until_refresh(&mut desk, HOUR);
    desk.announced(1);
    desk.pass(Duration::from_secs(1));
    let before = desk.view_joined();
    refresh(&mut desk, HOUR);
    let after = desk.view_joined();
    desk.joined();
    desk.asked();
    desk.back_to(before);
    desk.fetched(Err(unauthorized()));
    desk.back_to(after);
    desk.pass(Duration::from_secs(1));
    assert_eq!(desk.asked(), ["disconnect", "fetch"]);
    desk.page(&[item("news", 1)]);
    assert_eq!(desk.tray().face, Face::Count(1));
}

#[test]
fn an_old_line_that_ends_early_leaves_the_account_to_the_new_one() {
    let (mut desk, _) = joined(HOUR);
    until_refresh(&mut desk, HOUR);
    let before = desk.view_joined();
    refresh(&mut desk, HOUR);
    let after = desk.view_joined();
    desk.asked();
    desk.back_to(before);
    desk.lost();
    assert_eq!(desk.asked(), ["disconnect"]);
    desk.back_to(after);
    desk.pass(Duration::from_secs(10));
    assert!(matches!(desk.tray().face, Face::Offline(_)));
    desk.joined();
    desk.pass(Duration::from_secs(1));
    desk.page(&[]);
    assert_eq!(desk.tray().face, Face::Count(0));
}

#[test]
fn a_failed_refresh_keeps_the_token_and_is_repeated_and_only_then_asks_for_sign_in() {
    let (mut desk, _) = joined(HOUR);
    desk.show(Filter::All);
    until_refresh(&mut desk, HOUR);
    desk.asked();
    let failed = || Err(TokenError::Failed { code: Some(3) });
    let mut asked = 0;
    refreshed(&mut desk, failed());
    for _ in 0..600 {
        desk.pass(Duration::from_secs(1));
        let words = desk.asked();
        assert!(!words.contains(&"disconnect".to_owned()), "{words:?}");
        if words.contains(&"fetch".to_owned()) {
            desk.page(&[]);
        }
        if words.contains(&"refresh token".to_owned()) {
            asked += 1;
            refreshed(&mut desk, failed());
        }
    }
    assert!((5..40).contains(&asked), "asked {asked} times");
    assert_eq!(desk.tray().face, Face::Count(0), "all is well so far");
    assert_eq!(desk.tokens.len(), 1);

    desk.act(Action::Retry);
    desk.asked();
    refreshed(&mut desk, failed());
    desk.fetched(Err(unauthorized()));
    assert_eq!(desk.asked(), ["refresh token"], "once more, at once");
    refreshed(&mut desk, failed());
    assert_eq!(desk.tray().face, Face::Refused);
    let words = &desk.feed().connection.words;
    let expected = "There is no valid user token: the token command mint failed with exit code 3.";
    assert!(words.starts_with(expected), "{words}");
    assert!(words.contains("Sign in again"), "{words}");
    assert!(!words.contains("hush"), "{words}");

    until_refresh(&mut desk, HOUR);
    let new = refresh(&mut desk, HOUR);
    assert_eq!(desk.tokens.last(), Some(&new));
    desk.joined();
    desk.pass(Duration::from_secs(1));
    desk.page(&[]);
    assert_eq!(desk.tray().face, Face::Count(0), "it goes on by itself");
}

#[test]
fn a_refused_token_is_renewed_before_anybody_is_asked_to_sign_in() {
    let (mut desk, _) = joined(HOUR);
    desk.announced(1);
    desk.pass(Duration::from_secs(1));
    desk.asked();
    desk.fetched(Err(unauthorized()));
    assert_eq!(desk.asked(), ["refresh token"]);
    desk.pass(Duration::from_secs(5));
    assert_eq!(
        desk.asked(),
        Vec::<String>::new(),
        "nothing goes out meanwhile"
    );
    let new = refresh(&mut desk, HOUR);
    assert_eq!(desk.tokens.last(), Some(&new));
    desk.pass(Duration::from_secs(1));
    assert_eq!(desk.asked(), ["connect", "fetch"]);
    desk.page(&[item("news", 1)]);
    assert_eq!(desk.tray().face, Face::Count(1));
}

#[test]
fn a_refused_socket_is_renewed_as_well() {
    for status in [401, 403] {
        let (mut desk, _) = joined(HOUR);
        desk.lost();
        desk.refused(status);
        assert_eq!(desk.asked(), ["refresh token"]);
        refresh(&mut desk, HOUR);
        let asked = desk.asked();
        assert_eq!(asked[..2], ["disconnect", "connect"], "{asked:?}");
    }
}

#[test]
fn a_new_token_that_is_refused_too_asks_for_sign_in_and_the_source_once_an_hour() {
    let (mut desk, _) = joined(HOUR);
    desk.lost();
    desk.refused(403);
    desk.asked();
    refresh(&mut desk, HOUR * 24);
    desk.refused(403);
    assert_eq!(desk.tray().face, Face::Refused);
    desk.asked();
    desk.fetched(Err(unauthorized()));
    desk.pass(HOUR - Duration::from_secs(60));
    assert!(!desk.has_asked("refresh token"));
    desk.pass(Duration::from_secs(120));
    assert!(desk.has_asked("refresh token"));
}

#[test]
fn a_socket_that_is_refused_while_requests_go_through_does_not_wear_out_the_source() {
    let (mut desk, _) = joined(HOUR);
    desk.lost();
    desk.refused(403);
    desk.asked();
    refresh(&mut desk, HOUR * 24);
    desk.page(&[]);
    desk.refused(403);
    assert!(!desk.has_asked("refresh token"), "once was enough");
    assert_eq!(desk.tray().face, Face::Refused);
}

#[test]
fn a_new_token_does_not_cut_short_what_the_server_asked_for() {
    let (mut desk, _) = joined(HOUR);
    desk.announced(1);
    desk.pass(Duration::from_secs(1));
    let busy = Failure::from_response(429, Some(Duration::from_secs(60)), b"");
    desk.fetched(Err(busy));
    desk.lost();
    desk.refused(403);
    desk.asked();
    refresh(&mut desk, HOUR);
    assert_eq!(desk.asked(), ["disconnect", "connect"]);
    desk.pass(Duration::from_secs(58));
    assert_eq!(desk.asked(), [""; 0]);
    desk.pass(Duration::from_secs(2));
    assert_eq!(desk.asked(), ["fetch"]);
}

#[test]
fn a_new_token_does_not_send_what_can_still_be_taken_back() {
    let (mut desk, _) = joined(HOUR);
    desk.announced(1);
    desk.pass(Duration::from_secs(1));
    desk.page(&[item("a", 1)]);
    desk.act(Action::Mark {
        ids: vec!["a".into()],
        mark: Mark::Archived,
    });
    desk.lost();
    desk.refused(403);
    refresh(&mut desk, HOUR);
    desk.page(&[item("a", 1)]);
    desk.act(Action::Undo);
    desk.pass(Duration::from_secs(10));
    assert!(!desk.has_asked("mark archived a"));
}

#[test]
fn a_new_line_that_finds_no_knock_can_be_tried_again_once_the_old_one_has_ended() {
    let (mut desk, _) = joined(HOUR);
    until_refresh(&mut desk, HOUR);
    let before = desk.view_joined();
    refresh(&mut desk, HOUR);
    let after = desk.view_joined();
    desk.refused(404);
    assert_eq!(desk.tray().face, Face::Count(0), "the old line serves");
    desk.back_to(before);
    desk.lost();
    assert_eq!(desk.tray().face, Face::Refused);
    desk.back_to(after);
    desk.asked();
    desk.act(Action::Retry);
    assert_eq!(desk.asked()[..2], ["disconnect", "connect"]);
}

#[test]
fn a_mark_on_its_way_is_waited_for_when_the_line_changes() {
    for (answer, again) in [(Ok(vec![]), false), (Err(unauthorized()), true)] {
        let (mut desk, _) = joined(HOUR);
        desk.announced(1);
        desk.pass(Duration::from_secs(1));
        desk.page(&[item("a", 1)]);
        let before = desk.view_joined();
        desk.act(Action::Mark {
            ids: vec!["a".into()],
            mark: Mark::Read,
        });
        desk.lost();
        desk.refused(403);
        refresh(&mut desk, HOUR);
        desk.pass(Duration::from_secs(1));
        let sent = desk.asked();
        let sent = sent.iter().filter(|asked| *asked == "mark read a");
        assert_eq!(sent.count(), 1, "it may still arrive");
        desk.back_to(before);
        desk.settled(answer);
        assert_eq!(desk.has_asked("mark read a"), again);
        assert!(!desk.has_asked("refresh token"), "that token is gone");
    }
}

#[test]
fn the_same_token_again_does_not_help_after_a_refusal() {
    let (mut desk, old) = joined(HOUR);
    desk.lost();
    desk.refused(401);
    let issued = issued(&old, desk.now.utc);
    refreshed(&mut desk, Ok(issued));
    assert_eq!(desk.tray().face, Face::Refused);
    assert_eq!(desk.tokens.len(), 1, "it is not dialled with");
}

#[test]
fn a_new_token_that_is_refused_gives_way_to_the_old_one() {
    let (mut desk, old) = joined(HOUR);
    until_refresh(&mut desk, HOUR);
    refresh(&mut desk, HOUR);
    desk.asked();
    desk.refused(403);
    assert_eq!(desk.tokens.last(), Some(&old));
    let asked = desk.asked();
    assert_eq!(asked[..3], ["disconnect", "disconnect", "connect"]);
    desk.joined();
    desk.pass(Duration::from_secs(1));
    desk.page(&[]);
    assert_eq!(desk.tray().face, Face::Count(0));
    until_refresh(&mut desk, HOUR);
}

#[test]
fn a_token_for_someone_else_is_not_used() {
    let (mut desk, _) = joined(HOUR);
    until_refresh(&mut desk, HOUR);
    let foreign = token("bob", desk.now.utc, HOUR);
    let issued = issued(&foreign, desk.now.utc);
    refreshed(&mut desk, Ok(issued));
    assert_eq!(desk.tokens.len(), 1);
    until_refresh(&mut desk, Duration::from_secs(60));
}

#[test]
fn a_computer_that_slept_over_the_end_renews_before_it_dials() {
    let (mut desk, _) = joined(HOUR);
    desk.sleep(HOUR * 8);
    desk.tell(Event::Woke);
    assert_eq!(desk.asked(), ["disconnect", "refresh token"]);
    desk.pass(Duration::from_secs(3));
    assert_eq!(desk.asked(), Vec::<String>::new());
    let new = refresh(&mut desk, HOUR);
    assert_eq!(desk.tokens.last(), Some(&new));
    let asked = desk.asked();
    assert!(asked.contains(&"connect".to_owned()), "{asked:?}");
    desk.joined();
    desk.pass(Duration::from_secs(1));
    desk.page(&[item("news", 1)]);
    assert!(desk.has_asked("toast news"));
}

#[test]
fn a_sleep_within_the_life_of_the_token_changes_nothing() {
    let (mut desk, _) = joined(HOUR);
    desk.sleep(HOUR / 4);
    desk.tell(Event::Woke);
    assert_eq!(desk.asked()[0], "wake");
}

#[test]
fn a_token_that_seems_over_is_tried_when_there_is_no_other() {
    let past = desk_time() - HOUR * 2;
    let old = token("ada", past, HOUR);
    let mut desk = Desk::set(with_command());
    desk.tell(Event::Restored(vec![holding(&old)]));
    assert_eq!(desk.asked(), ["refresh token"], "a new one first");
    refreshed(&mut desk, Err(TokenError::TooSlow));
    assert_eq!(desk.tokens, [old], "it may be this computer's clock");
    desk.page(&[]);
    desk.joined();
    desk.pass(Duration::from_secs(1));
    desk.page(&[]);
    assert_eq!(desk.tray().face, Face::Count(0));
    desk.asked();
    for _ in 0..20 {
        desk.pass(Duration::from_secs(60));
        if desk.asked().contains(&"refresh token".to_owned()) {
            refreshed(&mut desk, Err(TokenError::TooSlow));
        }
        assert_eq!(desk.tray().face, Face::Count(0), "the server takes it");
    }
}

#[test]
fn a_new_token_that_seems_over_is_used() {
    let mut desk = Desk::set(with_command());
    desk.tell(Event::Restored(vec![credentials("ada")]));
    let past = token("ada", desk.now.utc - HOUR * 5, HOUR);
    let issued = issued(&past, desk.now.utc);
    desk.asked();
    refreshed(&mut desk, Ok(issued));
    assert_eq!(desk.tokens, [past]);
    desk.page(&[]);
    desk.joined();
    let waited = until_refresh(&mut desk, HOUR);
    assert!(waited > HOUR / 2, "it lasts as long as it says: {waited:?}");
}

#[test]
fn a_token_without_an_end_is_kept_until_it_is_refused() {
    let mut desk = Desk::set(with_command());
    desk.tell(Event::Restored(vec![holding("opaque")]));
    desk.page(&[]);
    desk.joined();
    desk.pass(HOUR * 24 * 30);
    assert!(!desk.has_asked("refresh token"));
    desk.lost();
    desk.refused(403);
    assert!(desk.has_asked("refresh token"));
}

#[test]
fn without_a_source_a_refused_token_asks_for_sign_in() {
    let mut desk = Desk::untold();
    let old = token("ada", desk_time(), HOUR);
    desk.tell(Event::Restored(vec![holding(&old)]));
    desk.page(&[]);
    desk.joined();
    desk.pass(HOUR * 2);
    assert!(!desk.has_asked("refresh token"));
    desk.lost();
    desk.refused(403);
    assert_eq!(desk.tray().face, Face::Refused);
    let tooltip = &desk.tray().tooltip;
    assert_eq!(tooltip, "Knock refused the key or the user token");
}

#[test]
fn the_source_of_another_user_is_not_asked() {
    let bob = Some(doorbell_knock::UserId::parse("bob").unwrap());
    let config = Config {
        tokens: vec![(bob, command())],
        ..Config::default()
    };
    let mut desk = Desk::set(config);
    desk.tell(Event::Restored(vec![credentials("ada")]));
    assert_eq!(desk.asked(), ["connect", "fetch"]);
}

#[test]
fn who_signs_in_without_a_token_gets_one_from_the_source_first() {
    let mut desk = Desk::set(with_command());
    desk.tell(Event::Restored(vec![]));
    desk.asked();
    desk.sign_in(draft("ada"));
    assert_eq!(desk.asked(), ["refresh token"]);
    let new = refresh(&mut desk, HOUR);
    assert_eq!(desk.tokens, [new]);
    desk.page(&[]);
    desk.joined();
    assert!(desk.has_asked("store"));
    desk.tell(Event::Stored(Ok(())));
    assert!(desk.sign_in_ended().unwrap().is_ok());
}

#[test]
fn a_sign_in_for_which_there_is_no_token_says_what_failed() {
    let mut desk = Desk::set(with_command());
    desk.tell(Event::Restored(vec![]));
    desk.sign_in(draft("ada"));
    refreshed(&mut desk, Err(TokenError::NoToken(BadAnswer::Empty)));
    let problem = desk.sign_in_ended().unwrap().unwrap_err();
    assert_eq!(problem.field, Some(Field::UserToken));
    let words = problem.message;
    assert!(
        words.contains("the token command mint gave nothing"),
        "{words}"
    );
    assert!(words.ends_with("Nothing was stored."), "{words}");
}

#[test]
fn a_sign_in_with_a_token_that_is_refused_tries_another_from_the_source() {
    let mut desk = Desk::set(with_command());
    desk.tell(Event::Restored(vec![]));
    let mut typed = draft("ada");
    typed.user_token = "old".to_owned();
    desk.sign_in(typed);
    desk.asked();
    desk.fetched(Err(unauthorized()));
    assert_eq!(desk.asked(), ["refresh token"]);
    refresh(&mut desk, HOUR);
    desk.pass(Duration::from_secs(1));
    desk.page(&[]);
    desk.joined();
    assert!(desk.has_asked("store"));
}

#[test]
fn who_insists_has_a_source_that_failed_asked_at_once() {
    let mut desk = Desk::set(with_command());
    desk.tell(Event::Restored(vec![credentials("ada")]));
    for _ in 0..8 {
        refreshed(&mut desk, Err(TokenError::TooSlow));
        until_refresh(&mut desk, HOUR);
    }
    refreshed(&mut desk, Err(TokenError::TooSlow));
    assert_eq!(desk.tray().face, Face::Refused);
    desk.asked();
    desk.act(Action::Retry);
    assert_eq!(desk.asked(), ["refresh token"]);
    refresh(&mut desk, HOUR);
    assert!(desk.has_asked("connect"));
}

#[test]
fn who_insists_while_the_line_changes_does_not_cost_the_line_that_serves() {
    let (mut desk, _) = joined(HOUR);
    until_refresh(&mut desk, HOUR);
    refreshed(&mut desk, Err(TokenError::TooSlow));
    desk.act(Action::Retry);
    refresh(&mut desk, HOUR);
    desk.asked();
    desk.act(Action::Retry);
    let asked = desk.asked();
    assert!(!asked.contains(&"refresh token".to_owned()), "{asked:?}");
}

#[test]
fn trouble_on_the_new_line_is_nobodys_while_the_old_one_serves() {
    let (mut desk, _) = joined(HOUR);
    until_refresh(&mut desk, HOUR);
    refresh(&mut desk, HOUR);
    desk.asked();
    desk.lost();
    desk.refused(503);
    desk.pass(Duration::from_secs(10));
    assert_eq!(desk.tray().face, Face::Count(0));
    assert!(!desk.has_asked("disconnect"));
    desk.joined();
    assert!(desk.has_asked("disconnect"));
}

#[test]
fn a_server_in_trouble_does_not_cost_the_token() {
    let (mut desk, _) = joined(HOUR);
    desk.announced(1);
    desk.pass(Duration::from_secs(1));
    desk.asked();
    desk.fetched(Err(unavailable()));
    desk.pass(Duration::from_secs(60));
    assert!(!desk.has_asked("refresh token"));
}

/// Ada, whose tokens come from a command, has joined with one of this life and has an empty feed.
fn joined(life: Duration) -> (Desk, String) {
    let old = token("ada", desk_time(), life);
    let mut desk = Desk::set(with_command());
    desk.tell(Event::Restored(vec![holding(&old)]));
    desk.page(&[]);
    desk.joined();
    desk.pass(Duration::from_millis(250));
    desk.page(&[]);
    desk.pass(Duration::from_secs(1));
    desk.asked();
    (desk, old)
}

/// Lets time pass until the source is asked, and answers fetches with an empty feed; how long that took.
fn until_refresh(desk: &mut Desk, within: Duration) -> Duration {
    until_refresh_with(desk, within, &[])
}

/// The same with a feed of these items.
fn until_refresh_with(desk: &mut Desk, within: Duration, items: &[Value]) -> Duration {
    let second = Duration::from_secs(1);
    let mut waited = Duration::ZERO;
    while !desk.has_asked("refresh token") {
        assert!(waited <= within, "the source is not asked");
        if desk.asked().contains(&"fetch".to_owned()) {
            desk.page(items);
        }
        desk.pass(second);
        waited += second;
    }
    if desk.asked().contains(&"fetch".to_owned()) {
        desk.page(items);
    }
    desk.pass(Duration::ZERO);
    waited
}

/// The source gives a token of this life, made just now.
fn refresh(desk: &mut Desk, life: Duration) -> String {
    let new = token("ada", desk.now.utc, life);
    let issued = issued(&new, desk.now.utc);
    refreshed(desk, Ok(issued));
    new
}

fn refreshed(desk: &mut Desk, result: Result<Issued, TokenError>) {
    // Whoever is not connected yet has the first line.
    let line = Line(desk.line.0.max(1));
    desk.tell(Event::TokenRefreshed { line, result });
}

fn issued(token: &str, now: OffsetDateTime) -> Issued {
    Issued::parse(token.as_bytes(), now).unwrap()
}

/// A token that nobody has signed.
fn token(user: &str, issued: OffsetDateTime, life: Duration) -> String {
    let issued = issued.unix_timestamp();
    let expires = issued + i64::try_from(life.as_secs()).unwrap();
    let claims = json!({"sub": user, "iat": issued, "exp": expires});
    format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

fn holding(token: &str) -> Credentials {
    Credentials {
        user_token: Some(UserToken::parse(token).unwrap()),
        ..credentials("ada")
    }
}

fn with_command() -> Config {
    Config {
        tokens: vec![(None, command())],
        ..Config::default()
    }
}

fn command() -> TokenSource {
    TokenSource::command(vec!["/opt/mint".to_owned(), "hush".to_owned()]).unwrap()
}

/// When every conversation begins.
fn desk_time() -> OffsetDateTime {
    Desk::untold().now.utc
}
