//! What else the window shows: the archive, narrower lists, preferences, settings.

use std::time::Duration;

use doorbell_knock::{Failure, PreferenceSet};
use doorbell_notifier::{
    Action, Event, FeedNumber, Filter, Invitation, Mark, Only, PreferenceKind, View,
};
use serde_json::{Value, json};

use crate::desk::{Desk, item, page, read};

#[test]
fn the_archive_is_fetched_when_it_is_looked_at_and_nothing_of_it_is_news() {
    let mut desk = Desk::watched(&[item("b", 2)]);
    assert_eq!(desk.feed().counts.archived, None);
    look_into_archive(&mut desk);
    assert_eq!(desk.rows(), "");
    assert!(!desk.feed().loaded);
    archived(&mut desk, 0, &[put_away("a", 1)]);
    assert_eq!(desk.rows(), "a*");
    assert_eq!(desk.feed().counts.archived, Some(1));
    let toasts = desk
        .asked()
        .into_iter()
        .filter(|words| words.starts_with("toast"));
    assert_eq!(toasts.count(), 0);
    desk.show(Filter::All);
    assert_eq!(desk.rows(), "b*");
}

#[test]
fn what_is_taken_out_of_the_archive_leaves_it_at_once() {
    let mut desk = Desk::watched(&[]);
    look_into_archive(&mut desk);
    archived(&mut desk, 0, &[put_away("a", 1)]);
    let (ids, mark) = (vec!["a".into()], Mark::Unarchived);
    desk.act(Action::Mark { ids, mark });
    assert_eq!(desk.rows(), "");
    assert_eq!(desk.feed().counts.archived, Some(0));
    desk.settled(Ok(vec![]));
    desk.pass(Duration::from_secs(1));
    assert!(desk.has_asked("fetch archive"));
    desk.page(&[item("a", 1)]);
    desk.show(Filter::All);
    assert_eq!(desk.rows(), "a*");
}

#[test]
fn a_refused_mark_brings_an_item_back_into_the_archive() {
    let mut desk = Desk::watched(&[]);
    look_into_archive(&mut desk);
    archived(&mut desk, 0, &[put_away("a", 1)]);
    let (ids, mark) = (vec!["a".into()], Mark::Unarchived);
    desk.act(Action::Mark { ids, mark });
    let body = br#"{"code":"forbidden","message":"No"}"#;
    desk.settled(Err(Failure::from_response(403, None, body)));
    assert_eq!(desk.rows(), "a*");
    assert!(desk.notice().contains("did not take the mark"));
}

#[test]
fn the_answer_to_an_archive_that_is_not_looked_at_any_more_is_dropped() {
    let mut desk = Desk::watched(&[item("b", 2)]);
    look_into_archive(&mut desk);
    desk.show(Filter::All);
    look_into_archive(&mut desk);
    archived(&mut desk, 0, &[put_away("old", 1)]);
    assert_eq!(desk.rows(), "");
    archived(&mut desk, 1, &[put_away("a", 1)]);
    assert_eq!(desk.rows(), "a*");
}

#[test]
fn the_list_shows_what_is_read_and_what_has_the_words() {
    let mut desk = Desk::watched(&[
        item("launch", 3),
        read(item("lunch", 2)),
        item("invoice", 1),
    ]);
    desk.show(Filter::Read);
    assert_eq!(desk.rows(), "lunch");
    let words = "LAUN".to_owned();
    let only = Only {
        words,
        ..Only::default()
    };
    desk.act(Action::Show {
        filter: Filter::All,
        only: only.clone(),
        first: 0,
        count: 50,
    });
    assert_eq!(desk.rows(), "launch*");
    assert_eq!(desk.feed().only, only);
    assert_eq!(desk.feed().length, 1);
}

#[test]
fn preferences_are_fetched_when_they_are_looked_at_and_switched_one_by_one() {
    let mut desk = Desk::watched(&[]);
    desk.act(Action::Preferences);
    assert_eq!(desk.asked(), ["read preferences"]);
    preferences(&mut desk, Ok(json!({"workflows": {"billing": false}})));
    assert_eq!(switches(&desk), ["billing off", "in_app_feed on"]);
    let (kind, key) = (PreferenceKind::Workflow, "billing".to_owned());
    desk.act(Action::SetPreference {
        kind,
        key,
        on: true,
    });
    assert_eq!(switches(&desk), ["billing on", "in_app_feed on"]);
    let asked = desk.asked();
    assert!(asked[0].starts_with("set preferences") && asked[0].contains("\"billing\":true"));
    preferences(&mut desk, Err(Failure::TooLarge));
    assert_eq!(switches(&desk), ["billing off", "in_app_feed on"]);
    desk.act(Action::Back);
    assert_eq!(desk.rows(), "");
}

#[test]
fn settings_and_invitations_open_the_window_and_lead_back() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    desk.act(Action::Settings);
    assert!(matches!(desk.view(), View::Settings { back: true }));
    assert!(desk.has_asked("show window"));
    desk.act(Action::Back);
    assert_eq!(desk.rows(), "a*");
    let invitation = Invitation {
        host: "https://knock.test".to_owned(),
        ..Invitation::default()
    };
    desk.act(Action::Invite {
        invitation: invitation.clone(),
    });
    assert_eq!(desk.form().invitation, Some(invitation));
    assert!(desk.form().back);
    assert!(!desk.has_asked("store"), "a link stores nothing");
    desk.act(Action::Open {
        id: "elsewhere".into(),
    });
    assert_eq!(desk.rows(), "a*", "an item is found in the list");
}

fn look_into_archive(desk: &mut Desk) {
    desk.show(Filter::Archived);
    desk.pass(Duration::from_millis(250));
}

/// The archive that was looked into as the `index`th is answered.
fn archived(desk: &mut Desk, index: u32, items: &[Value]) {
    let (line, feed) = (desk.line, FeedNumber(1 << 31 | index));
    let result = Ok(page(items));
    desk.tell(Event::Fetched { line, feed, result });
}

fn put_away(id: &str, seconds: u64) -> Value {
    let mut item = item(id, seconds);
    item["archived_at"] = item["inserted_at"].clone();
    item
}

fn preferences(desk: &mut Desk, set: Result<Value, Failure>) {
    let result = set.and_then(|mut set| {
        set["id"] = "default".into();
        PreferenceSet::parse(set.to_string().as_bytes())
    });
    let line = desk.line;
    desk.tell(Event::PreferencesCame { line, result });
}

fn switches(desk: &Desk) -> Vec<String> {
    let View::Preferences(view) = desk.view() else {
        panic!("no preferences: {:?}", desk.view());
    };
    let switches = view.switches.iter();
    let switches = switches.map(|switch| {
        let on = if switch.on { "on" } else { "off" };
        format!("{} {on}", switch.key)
    });
    switches.collect()
}

#[test]
fn a_picture_is_fetched_for_the_rows_that_are_looked_at_unless_pictures_are_not_wanted() {
    let url = "https://pictures.test/ada.png";
    let mut with_picture = item("a", 1);
    with_picture["actors"] = json!([{"id": "ada", "name": "Ada", "avatar": url}]);
    let mut desk = Desk::with(std::slice::from_ref(&with_picture));
    assert!(
        !desk.has_asked(&format!("fetch picture {url}")),
        "nobody looks"
    );
    desk.show(Filter::All);
    assert!(desk.has_asked(&format!("fetch picture {url}")));
    let picture = |desk: &Desk| desk.feed().rows[0].actor.as_ref().unwrap().picture.clone();
    assert_eq!(picture(&desk), None);
    let came = doorbell_notifier::WebUrl::parse(url).unwrap();
    desk.tell(Event::PictureCame {
        url: came,
        there: true,
    });
    assert!(picture(&desk).unwrap().starts_with("picture://localhost/"));
    desk.tell(Event::Configured(Box::new(doorbell_notifier::Config {
        avatars: false,
        ..Default::default()
    })));
    assert_eq!(picture(&desk), None);
    assert!(desk.has_asked("forget pictures"));
}
