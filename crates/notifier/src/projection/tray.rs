//! The tray: its face, its words and its menu.

use std::borrow::Cow;

use doorbell_knock::FeedItem;
use time::{OffsetDateTime, Weekday};

use super::{
    MAX_NAME,
    face::{face_of, faces},
};
use crate::{
    account::Account,
    action::{Action, PauseUntil},
    app::{App, Keychain},
    config::{self, Tell},
    event::Now,
    quiet::Hold,
    render::cut,
    tray::{AccountState, Face, MenuEntry, Tray},
    words::Words,
};

/// Unread items that the menu names.
const LATEST: usize = 5;
/// Characters of one of them.
const MAX_LABEL: usize = 60;

pub(crate) fn tray(app: &App, now: Now) -> Tray {
    let say = |name| app.words.say(name);
    let (face, words) = match (&app.accounts[..], app.keychain) {
        ([], Keychain::Unknown) => (Face::Offline(0), say("starting")),
        ([], Keychain::Locked) => (Face::SignedOut, say("keychain-unreadable")),
        ([], Keychain::Read) => (Face::SignedOut, say("signed-out")),
        ([account], _) => face_of(account, &app.config, now),
        (accounts, _) => faces(accounts, &app.config, &app.words, now),
    };
    let face = match (face, app.hold(now)) {
        (Face::Count(number), Some(_)) => Face::Paused(number),
        (face, _) => face,
    };
    let item = |name, action| MenuEntry::Item {
        label: say(name),
        action,
    };
    let mut menu = vec![
        item("open-doorbell", Action::OpenWindow),
        MenuEntry::Status {
            label: words.clone(),
        },
    ];
    let accounts: Vec<AccountState> = app
        .accounts
        .iter()
        .map(|account| AccountState {
            id: account.id.clone(),
            user: account.credentials.user_id.to_string(),
            name: cut(&account.credentials.name(), MAX_NAME),
            words: face_of(account, &app.config, now).1,
        })
        .collect();
    let several = accounts.len() > 1;
    for (account, state) in app.accounts.iter().zip(&accounts).filter(|_| several) {
        menu.push(MenuEntry::Item {
            label: format!("{}: {}", state.name, state.words),
            action: Action::In {
                account: account.id.clone(),
                feed: Some(account.badge_feed().number),
                action: Box::new(Action::OpenWindow),
            },
        });
    }
    let latest = latest(app);
    if !latest.is_empty() {
        menu.push(MenuEntry::Separator);
        menu.extend(latest);
        menu.push(item("mark-all-read", Action::ReadEverything));
    }
    menu.push(MenuEntry::Separator);
    if !accounts.is_empty() {
        menu.push(pause_entry(app, now));
    }
    menu.push(item("settings", Action::Settings));
    menu.push(item("quit", Action::Quit));
    Tray {
        face,
        tooltip: tooltip(app, face, &words, now),
        words,
        menu,
        accounts,
    }
}

/// The newest unread items of what the tray counts: a click opens the item.
fn latest(app: &App) -> Vec<MenuEntry> {
    let unread = app.accounts.iter().flat_map(|account| {
        let items = account.badge_feed().feed.items();
        let unread = items.filter(|item| item.is_unread() && !is_ignored(app, item));
        unread.take(LATEST).map(move |item| (account, item))
    });
    let mut unread: Vec<_> = unread.collect();
    unread.sort_by_key(|(_, item)| std::cmp::Reverse(item.inserted_at));
    let entry = |(account, item): &(&Account, Cow<'_, FeedItem>)| {
        let (title, body) = item.title_and_body();
        let body = body.lines().next().unwrap_or_default();
        let label = match body.is_empty() {
            true => title,
            false => format!("{title}: {body}"),
        };
        let open = Action::Open {
            id: item.id.clone(),
        };
        MenuEntry::Item {
            label: cut(&label, MAX_LABEL),
            action: Action::In {
                account: account.id.clone(),
                feed: Some(account.badge_feed().number),
                action: Box::new(open),
            },
        }
    };
    unread.iter().take(LATEST).map(entry).collect()
}

fn pause_entry(app: &App, now: Now) -> MenuEntry {
    let words = &app.words;
    let item = |label: String, action| MenuEntry::Item { label, action };
    if let Some(Hold {
        until,
        quiet_hours: false,
    }) = app.hold(now)
    {
        let label = match until {
            Some(until) => {
                let time = on_the_clock(until, words, now);
                words.with("resume-until", [("time", time.into())])
            }
            None => words.say("resume"),
        };
        return item(label, Action::Resume);
    }
    let choices = [
        ("pause-half-hour", PauseUntil::Minutes(30)),
        ("pause-hour", PauseUntil::Minutes(60)),
        ("pause-tomorrow", PauseUntil::Tomorrow),
        ("pause-open", PauseUntil::Resumed),
    ];
    let entries = choices.map(|(name, until)| item(words.say(name), Action::Pause { until }));
    MenuEntry::Submenu {
        label: words.say("pause"),
        entries: entries.into(),
    }
}

/// The state in one line, and how fresh the number is.
fn tooltip(app: &App, face: Face, state: &str, now: Now) -> String {
    let words = &app.words;
    let on_the_clock = |at| on_the_clock(at, words, now).into();
    let oldest = app
        .accounts
        .iter()
        .map(|account| account.badge_feed().synced);
    let synced = oldest.min().flatten();
    let synced = match (face, synced) {
        (Face::Count(_) | Face::Paused(_), Some(at)) => {
            Some(words.with("synced", [("time", on_the_clock(at))]))
        }
        _ => None,
    };
    let paused = match (face, app.hold(now)) {
        (Face::Paused(_), Some(hold)) => Some(match hold.until {
            Some(until) => words.with("paused-until", [("time", on_the_clock(until))]),
            None => words.say("paused"),
        }),
        _ => None,
    };
    let parts = [Some(state.to_owned()), synced, paused];
    parts
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" \u{b7} ")
}

/// The time of day as the person's clock shows it; with the day where that is another than today.
fn on_the_clock(at: OffsetDateTime, words: &Words, now: Now) -> String {
    let (at, today) = (at.to_offset(now.offset), now.utc.to_offset(now.offset));
    let time = format!("{:02}:{:02}", at.hour(), at.minute());
    if at.date() == today.date() {
        return time;
    }
    let day = match at.weekday() {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    };
    words.with(day, [("time", time.into())])
}

/// The settings leave it out of everything but the list.
fn is_ignored(app: &App, item: &FeedItem) -> bool {
    config::tell(&app.config.rules, item) == Tell::Ignore
}
