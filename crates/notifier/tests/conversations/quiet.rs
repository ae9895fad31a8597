//! When toasts wait, and what is told at all.

use std::time::Duration;

use doorbell_notifier::{
    Action, Config, Event, Face, MenuEntry, PauseUntil, QuietHours, Rule, Tell,
};
use serde_json::{Value, json};
use time::{UtcOffset, macros::time};

use crate::desk::{Desk, item, page_before, read};

#[test]
fn during_a_pause_the_number_goes_on_and_one_summary_follows() {
    let mut desk = Desk::with(&[]);
    desk.act(pause(30));
    for (unread, items) in [
        (1, vec![item("a", 1)]),
        (2, vec![item("b", 2), item("a", 1)]),
    ] {
        come(&mut desk, unread, &items);
    }
    assert_eq!(desk.tray().face, Face::Paused(2));
    assert!(desk.tray().tooltip.contains("paused until"));
    desk.asked();
    desk.pass(Duration::from_secs(30 * 60));
    assert_eq!(toasts(&mut desk), ["toast 2 new notifications"]);
    assert_eq!(desk.tray().face, Face::Count(2));
    desk.pass(Duration::from_secs(3600));
    assert_eq!(toasts(&mut desk), [""; 0]);
}

#[test]
fn resuming_tells_at_once_of_what_is_still_news() {
    let mut desk = Desk::with(&[]);
    desk.act(Action::Pause {
        until: PauseUntil::Resumed,
    });
    let (a, b) = (item("a", 1), item("b", 2));
    come(&mut desk, 2, &[b.clone(), a.clone()]);
    desk.pass(Duration::from_secs(86_400));
    come(&mut desk, 1, &[read(b), a]);
    desk.asked();
    desk.act(Action::Resume);
    let toast = desk.last_toast();
    assert_eq!(toast.title, "New notification");
    assert_eq!((toast.body.as_str(), toast.items.len()), ("a", 1));
    let open = Action::Open { id: "a".into() };
    assert_eq!(*toast.default.innermost(), open);
}

#[test]
fn a_pause_outlives_the_app_and_what_waited_is_told_after_it() {
    let mut desk = Desk::with(&[]);
    desk.act(pause(30));
    come(&mut desk, 1, &[item("a", 1)]);
    desk.restart();
    desk.joined();
    desk.page(&[item("a", 1)]);
    assert_eq!(desk.tray().face, Face::Paused(1));
    assert_eq!(toasts(&mut desk), [""; 0]);
    desk.pass(Duration::from_secs(30 * 60));
    assert_eq!(toasts(&mut desk), ["toast New notification"]);
    desk.restart();
    desk.joined();
    desk.page(&[item("a", 1)]);
    assert_eq!(toasts(&mut desk), [""; 0]);
}

#[test]
fn what_waited_is_told_even_when_a_page_of_others_has_come_before_the_next_start() {
    let mut desk = Desk::with(&[]);
    desk.act(pause(30));
    come(&mut desk, 1, &[item("a", 1)]);
    desk.restart();
    desk.joined();
    // At the start, and after the join.
    for _ in 0..2 {
        desk.fetched(Ok(page_before(&[item("c", 3), item("b", 2)], Some("b"))));
        desk.pass(Duration::from_secs(1));
    }
    assert!(desk.has_asked("fetch after b"), "{:?}", desk.asked());
    desk.page(&[item("a", 1)]);
    desk.asked();
    desk.act(Action::Resume);
    let mut told = desk.last_toast().items;
    told.sort();
    assert_eq!(told, ["a".into(), "b".into(), "c".into()]);
}

#[test]
fn quiet_hours_hold_toasts_back_by_the_clock_on_the_wall() {
    let mut desk = Desk::with(&[]);
    // The conversation begins at ten; two hours further east it is noon.
    desk.now.offset = UtcOffset::from_hms(2, 0, 0).unwrap();
    let (from, to) = (time!(12:00), time!(13:00));
    desk.configure(Config {
        quiet_hours: Some(QuietHours { from, to }),
        ..Config::default()
    });
    come(&mut desk, 1, &[item("a", 1)]);
    assert_eq!(toasts(&mut desk), [""; 0]);
    assert_eq!(desk.tray().face, Face::Paused(1));
    desk.pass(Duration::from_secs(3600));
    assert_eq!(toasts(&mut desk), ["toast New notification"]);
    assert_eq!(desk.tray().face, Face::Count(1));
    desk.pass(Duration::from_secs(22 * 3600));
    assert_eq!(desk.tray().face, Face::Count(1));
    desk.pass(Duration::from_secs(3600));
    assert_eq!(
        desk.tray().face,
        Face::Paused(1),
        "they begin by themselves"
    );
}

#[test]
fn in_private_a_toast_says_that_something_came_and_not_what() {
    let mut desk = Desk::with(&[]);
    desk.configure(Config {
        private: true,
        ..Config::default()
    });
    come(&mut desk, 1, &[item("a", 1)]);
    let toast = desk.last_toast();
    assert_eq!(
        (toast.title.as_str(), toast.body.as_str()),
        ("New notification", "")
    );
    let labels: Vec<_> = toast
        .buttons
        .iter()
        .map(|button| button.label.as_str())
        .collect();
    assert_eq!(labels, ["Mark read"]);
    let many: Vec<Value> = (1..=6).rev().map(|n| item(&n.to_string(), n)).collect();
    come(&mut desk, 6, &many);
    let toast = desk.last_toast();
    assert_eq!(toast.body, "");
}

#[test]
fn rules_say_what_is_told_by_toast_by_the_number_or_not_at_all() {
    let mut desk = Desk::with(&[]);
    let rule = |workflow: Option<&str>, category: Option<&str>, tell| Rule {
        workflow: workflow.map(str::to_owned),
        category: category.map(str::to_owned),
        tell,
    };
    desk.configure(Config {
        rules: vec![
            rule(Some("urgent"), None, Tell::Toast),
            rule(None, Some("news"), Tell::Badge),
            rule(Some("noise"), None, Tell::Ignore),
        ],
        ..Config::default()
    });
    let items = [
        of(item("urgent-news", 4), "urgent", &["news"]),
        of(item("news", 3), "digest", &["news"]),
        of(item("noise", 2), "noise", &[]),
        of(item("other", 1), "comment", &[]),
    ];
    come(&mut desk, 4, &items);
    assert_eq!(toasts(&mut desk), ["toast other", "toast urgent-news"]);
    assert_eq!(
        desk.tray().face,
        Face::Count(3),
        "what is ignored is not counted"
    );
    let menu = labels(&desk.tray().menu);
    assert!(!menu.contains(&"noise".to_owned()), "{menu:?}");
    desk.show(Default::default());
    assert_eq!(desk.rows(), "urgent-news* news* noise* other*");
}

#[test]
fn the_menu_offers_to_pause_and_then_to_resume() {
    let mut desk = Desk::with(&[]);
    let offers = |desk: &Desk, words: &str| {
        let menu = labels(&desk.tray().menu);
        menu.iter().any(|label| label.starts_with(words))
    };
    assert!(offers(&desk, "Pause notifications") && !offers(&desk, "Resume"));
    desk.act(pause(60));
    assert!(offers(&desk, "Resume (paused until 11:00)"));
    assert_eq!(desk.tray().face, Face::Paused(0));
}

#[test]
fn all_read_from_the_tray_means_every_account() {
    let mut desk = Desk::of(&["ada", "bob"], Config::default());
    for index in [0, 1] {
        desk.hear(index);
        desk.joined();
        desk.page(&[item(&format!("a{index}"), 1)]);
    }
    assert_eq!(desk.tray().face, Face::Count(2));
    desk.act(Action::ReadEverything);
    assert_eq!(desk.tray().face, Face::Count(0));
}

/// News comes and is fetched.
fn come(desk: &mut Desk, unread: u64, items: &[Value]) {
    desk.pass(Duration::from_secs(10));
    desk.announced(unread);
    desk.page(items);
}

fn pause(minutes: u32) -> Action {
    let until = PauseUntil::Minutes(minutes);
    Action::Pause { until }
}

fn toasts(desk: &mut Desk) -> Vec<String> {
    let asked = desk.asked().into_iter();
    asked.filter(|words| words.starts_with("toast")).collect()
}

fn of(mut item: Value, workflow: &str, categories: &[&str]) -> Value {
    item["source"] = json!({"key": workflow, "categories": categories});
    item
}

fn labels(menu: &[MenuEntry]) -> Vec<String> {
    let label = |entry: &MenuEntry| match entry {
        MenuEntry::Item { label, .. }
        | MenuEntry::Status { label }
        | MenuEntry::Submenu { label, .. } => label.clone(),
        MenuEntry::Separator => "-".to_owned(),
    };
    menu.iter().map(label).collect()
}

impl Desk {
    fn configure(&mut self, config: Config) {
        self.tell(Event::Configured(Box::new(config)));
    }
}
