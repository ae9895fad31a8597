//! What the tray and the window show of the app. Nothing here changes anything.

use std::borrow::Cow;

use doorbell_knock::{FeedItem, WebUrl};
use time::{OffsetDateTime, Weekday, format_description::well_known::Rfc3339};

use crate::{
    account::Account,
    action::{Action, Filter, Invitation, PauseUntil},
    app::{App, Keychain, Page, Window},
    config::{self, Badge, Config, Rule, Tell},
    event::Now,
    feed_slot::{FeedSlot, Link, Refusal},
    listing,
    pictures::Pictures,
    quiet::Hold,
    render::{Renderer, cut},
    tray::{AccountState, Face, MenuEntry, Tray},
    view::{
        AccountView, Actor, Connection, ConnectionState, Counts, FeedTab, FeedView, PauseView,
        Progress, Row, RowActivity, SignInView, View,
    },
    words::Words,
};

/// Unread items that the tray's menu names.
const LATEST: usize = 5;
/// Characters of one of them.
const MAX_LABEL: usize = 60;
/// Triggers of a batched item that a row unfolds, and characters of each.
const MAX_ACTIVITIES: usize = 10;
const MAX_ACTIVITY: usize = 200;
/// The most rows that one view carries.
const MAX_ROWS: usize = 200;
/// Characters of a name that is shown at most.
const MAX_NAME: usize = 100;

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

/// The accounts together. A number of which a part may be out of date is shown as one.
fn faces(accounts: &[Account], config: &Config, words: &Words, now: Now) -> (Face, String) {
    let faces = accounts
        .iter()
        .map(|account| face_of(account, config, now).0);
    let sum = accounts
        .iter()
        .map(|account| number(account.badge_feed(), config))
        .fold(0, u64::saturating_add);
    let (mut refused, mut offline) = (0_usize, 0_usize);
    for face in faces {
        match face {
            Face::Refused => refused += 1,
            Face::Offline(_) => offline += 1,
            Face::Count(_) | Face::Paused(_) | Face::SignedOut => {}
        }
    }
    let within = || counted(sum, config.badge, Within::Sentence, words).into();
    let of = accounts.len();
    let all = || of.into();
    match (refused, offline) {
        (0, 0) => (
            Face::Count(sum),
            counted(sum, config.badge, Within::Nothing, words),
        ),
        (0, _) => {
            let values = [
                ("some", offline.into()),
                ("all", all()),
                ("count", within()),
            ];
            (Face::Offline(sum), words.with("some-offline", values))
        }
        (refused, _) if refused == of => (Face::Refused, words.say("all-refused")),
        (refused, _) => {
            let values = [
                ("some", refused.into()),
                ("all", all()),
                ("count", within()),
            ];
            (Face::Offline(sum), words.with("some-refused", values))
        }
    }
}

/// The server's count, without those of the items held that the settings leave out.
fn number(slot: &FeedSlot, config: &Config) -> u64 {
    let counts = slot.feed.metadata();
    let count = match config.badge {
        Badge::Unread => counts.unread_count,
        Badge::Unseen => counts.unseen_count,
    };
    let ignores = |rule: &Rule| rule.tell == Tell::Ignore;
    if !config.rules.iter().any(ignores) {
        return count;
    }
    let counts = |item: &Cow<'_, FeedItem>| match config.badge {
        Badge::Unread => item.is_unread(),
        Badge::Unseen => item.is_unseen(),
    };
    let items = slot.feed.items().filter(counts);
    let ignored = items.filter(|item| config::tell(&config.rules, item) == Tell::Ignore);
    count.saturating_sub(ignored.count() as u64)
}

/// Where a number is said.
enum Within {
    Nothing,
    Sentence,
}

fn counted(number: u64, badge: Badge, within: Within, words: &Words) -> String {
    let name = match (badge, within) {
        (Badge::Unread, Within::Nothing) => "unread",
        (Badge::Unread, Within::Sentence) => "unread-within",
        (Badge::Unseen, Within::Nothing) => "unseen",
        (Badge::Unseen, Within::Sentence) => "unseen-within",
    };
    words.with(name, [("number", number.into())])
}

fn face_of(account: &Account, config: &Config, now: Now) -> (Face, String) {
    let (slot, words) = (account.badge_feed(), &account.words);
    let number = number(slot, config);
    let last_heard = |name| {
        let count = counted(number, config.badge, Within::Sentence, words);
        words.with(name, [("count", count.into())])
    };
    match &slot.link {
        Link::Refused { refusal, .. } => (Face::Refused, refused(*refusal, account)),
        Link::Lost { .. } if slot.is_offline(now.instant) => {
            (Face::Offline(number), last_heard("offline-count"))
        }
        // What is remembered must not look as if it were heard.
        Link::Connecting { .. } | Link::Joined | Link::Lost { .. } if slot.feed.is_recalled() => {
            (Face::Offline(number), last_heard("connecting-count"))
        }
        Link::Connecting { .. } if !slot.feed.is_loaded() => {
            (Face::Offline(0), words.say("connecting"))
        }
        Link::Connecting { .. } | Link::Joined | Link::Lost { .. } => (
            Face::Count(number),
            counted(number, config.badge, Within::Nothing, words),
        ),
    }
}

pub(crate) fn view(
    app: &App,
    window: &Window,
    renderer: &mut Renderer,
    pictures: &mut Pictures,
    now: Now,
) -> View {
    let is_current = |account: &&Account| app.current.account.as_ref() == Some(&account.id);
    let current = app.accounts.iter().find(is_current);
    let current = current.or(app.accounts.first());
    let back = current.is_some();
    let sign_in = |invitation: Option<&Invitation>| {
        View::SignedOut(SignInView {
            back,
            checking: app.trial.is_some(),
            problem: app.problem.clone(),
            invitation: invitation.cloned(),
        })
    };
    match (&app.page, current) {
        (Page::Settings, _) => View::Settings { back },
        (Page::SignIn(invitation), _) => sign_in(invitation.as_ref()),
        (Page::Preferences, Some(account)) => View::Preferences(account.preferences_view()),
        (Page::List, Some(account)) => {
            let slot = account.slot(app.current.feed).unwrap_or(&account.feeds[0]);
            // An item must not make this computer ask others around it for anything: only a local Knock's may.
            let local = account.credentials.host.is_plain();
            let mut look = |url: &WebUrl| {
                let safe = local || url.as_url().scheme() == "https";
                (app.config.avatars && safe).then(|| pictures.look(url))?
            };
            let mut row = |item: &FeedItem| row(item, &account.schemes, renderer, &mut look);
            View::Feed(Box::new(feed(app, account, slot, window, &mut row, now)))
        }
        (Page::List | Page::Preferences, None) => sign_in(None),
    }
}

fn feed(
    app: &App,
    account: &Account,
    slot: &FeedSlot,
    window: &Window,
    row: &mut dyn FnMut(&FeedItem) -> Row,
    now: Now,
) -> FeedView {
    let archive = account.archive.as_ref();
    let archive = archive.filter(|archive| archive.of == slot.number);
    let archive = archive.map(|archive| &archive.slot);
    // What is not there yet is empty; the archive is there from the first step on.
    let shown = match window.filter {
        Filter::Archived => archive.unwrap_or(slot),
        Filter::All | Filter::Unread | Filter::Read => slot,
    };
    let listed = listing::listed(&shown.feed, window);
    let length = listed.len();
    let first = (window.first as usize).min(length);
    let count = (window.count as usize).min(MAX_ROWS);
    let accounts = app.accounts.iter();
    FeedView {
        accounts: accounts
            .map(|account| account_view(account, &app.config, now))
            .collect(),
        account: account.id.clone(),
        number: slot.number,
        user: account.credentials.user_id.to_string(),
        feed: slot.feed_id.to_string(),
        host: host(account),
        connection: connection(account, slot, now),
        counts: counts(slot, archive),
        filter: window.filter,
        only: window.only.clone(),
        facets: listing::facets(&shown.feed),
        loaded: shown.feed.is_loaded(),
        first: first as u32,
        length: length as u32,
        rows: listed
            .iter()
            .skip(first)
            .take(count)
            .map(|item| row(item))
            .collect(),
        more: shown.feed.older().is_some(),
        branded: slot.is_branded(),
        loading_more: shown.sync.loading_older(),
        progress: progress(slot, &app.words),
        pause: app.hold(now).map(|hold| PauseView {
            until: hold.until.map(rfc3339),
            quiet_hours: hold.quiet_hours,
        }),
        undo: account.undo.as_ref().map(|undo| undo.words.clone()),
        notice: account.notice.clone().or_else(|| app.notice.clone()),
        highlight: account.highlight.clone(),
    }
}

fn counts(slot: &FeedSlot, archive: Option<&FeedSlot>) -> Counts {
    let counts = slot.feed.metadata();
    let archive = archive.filter(|archive| archive.feed.is_loaded());
    Counts {
        total: counts.total_count,
        unread: counts.unread_count,
        unseen: counts.unseen_count,
        archived: archive.map(|archive| archive.feed.metadata().total_count),
    }
}

/// How far a *mark all* is that goes through the list page by page.
fn progress(slot: &FeedSlot, words: &Words) -> Option<Progress> {
    slot.sweep.as_ref().map(|_| Progress {
        words: words.say("marking-all"),
        done: slot.feed.items().count() as u64,
        of: Some(slot.feed.metadata().total_count),
    })
}

fn account_view(account: &Account, config: &Config, now: Now) -> AccountView {
    let tab = |slot: &FeedSlot| FeedTab {
        number: slot.number,
        name: slot.config.name.clone(),
        count: number(slot, config),
    };
    AccountView {
        id: account.id.clone(),
        user: account.credentials.user_id.to_string(),
        host: host(account),
        state: connection(account, account.badge_feed(), now).state,
        feeds: account.feeds.iter().map(tab).collect(),
    }
}

fn host(account: &Account) -> Option<String> {
    let host = &account.credentials.host;
    (!host.is_default()).then(|| host.name())
}

fn connection(account: &Account, slot: &FeedSlot, now: Now) -> Connection {
    let words = &account.words;
    let has_rows = slot.feed.items().next().is_some();
    let (state, words, since) = match &slot.link {
        Link::Connecting { .. } | Link::Joined
            if slot.feed.is_recalled() && slot.trouble.is_none() =>
        {
            let words = words.say("connecting-recalled");
            (ConnectionState::Connecting, words, slot.synced)
        }
        Link::Joined => match &slot.trouble {
            None => (ConnectionState::Connected, words.say("connected"), None),
            Some(trouble) => {
                let trouble = trouble.as_str().into();
                let words = words.with("connected-trouble", [("trouble", trouble)]);
                (ConnectionState::Connected, words, None)
            }
        },
        Link::Connecting { .. } => (ConnectionState::Connecting, words.say("connecting"), None),
        Link::Lost { since, .. } if slot.is_offline(now.instant) => {
            let obstacle = account.obstacle.as_ref();
            let obstacle = obstacle.filter(|obstacle| obstacle.needs_person());
            let words = match (obstacle, has_rows) {
                (None, false) => words.say("offline"),
                (None, true) => words.say("offline-list"),
                (Some(obstacle), has_rows) => {
                    let name = match has_rows {
                        true => "offline-why-list",
                        false => "offline-why",
                    };
                    let why = obstacle.words(&account.credentials.host.name());
                    words.with(name, [("why", why.into())])
                }
            };
            (ConnectionState::Offline, words, Some(*since))
        }
        Link::Lost { .. } => {
            let words = words.say("connecting-again");
            (ConnectionState::Connecting, words, None)
        }
        Link::Refused { refusal, since } => {
            let what = refused(*refusal, account).into();
            let name = match has_rows {
                true => "refused-more-list",
                false => "refused-more",
            };
            let words = words.with(name, [("what", what)]);
            (ConnectionState::Refused, words, Some(*since))
        }
    };
    Connection {
        state,
        words,
        since: since.map(rfc3339),
    }
}

fn refused(refusal: Refusal, account: &Account) -> String {
    let words = &account.words;
    if refusal == Refusal::Key
        && let Some(trouble) = account.renewal.trouble()
    {
        return words.with("refused-token", [("trouble", trouble.to_string().into())]);
    }
    words.say(match refusal {
        Refusal::Key if account.credentials.user_token.is_some() => "refused-key-or-token",
        Refusal::Key => "refused-key",
        Refusal::Feed => "refused-feed",
        Refusal::Host => "refused-host",
    })
}

/// Where the window finds a picture, if it has come.
type Look<'a> = &'a mut dyn FnMut(&WebUrl) -> Option<String>;

fn row(item: &FeedItem, schemes: &[String], renderer: &mut Renderer, look: Look<'_>) -> Row {
    // One that stands for itself alone says all in its blocks.
    let batched = item.total_activities > 1;
    let activities = item.activities.iter().filter(|_| batched);
    Row {
        id: item.id.clone(),
        unread: item.is_unread(),
        unseen: item.is_unseen(),
        archived: item.is_archived(),
        actor: item.actors.iter().find_map(|of| actor(of, look)),
        blocks: renderer.blocks(item),
        activities: activities
            .take(MAX_ACTIVITIES)
            .map(|of| activity(of, look))
            .collect(),
        total_activities: item.total_activities,
        at: rfc3339(item.inserted_at),
        opens: item.action_url_in(schemes).is_some(),
    }
}

fn actor(actor: &doorbell_knock::Actor, look: Look<'_>) -> Option<Actor> {
    let name = cut(actor.name.as_deref()?, MAX_NAME);
    let initials = initials(&name);
    Some(Actor {
        name,
        initials,
        picture: actor.avatar.as_ref().and_then(look),
    })
}

/// One trigger of a batch. What it says is the first text of its data: only the template knows better.
fn activity(activity: &doorbell_knock::Activity, look: Look<'_>) -> RowActivity {
    let data = activity.data.as_ref().and_then(|data| data.as_object());
    let mut texts = data.into_iter().flatten().filter_map(|(_, value)| {
        let text = value.as_str()?.trim();
        (!text.is_empty() && !text.contains("://")).then_some(text)
    });
    RowActivity {
        actor: activity.actor.as_ref().and_then(|of| actor(of, look)),
        text: cut(texts.next().unwrap_or_default(), MAX_ACTIVITY),
        at: activity.inserted_at.map(rfc3339),
    }
}

/// The first letters of the first two words.
fn initials(name: &str) -> String {
    name.split_whitespace()
        .filter_map(|word| word.chars().next())
        .take(2)
        .flat_map(char::to_uppercase)
        .collect()
}

fn rfc3339(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use doorbell_knock::{Draft, Failure, FeedPage};
    use serde_json::{Value, json};
    use time::macros::datetime;

    use super::*;
    use crate::{
        config::Config,
        event::Line,
        obstacle::{Obstacle, ProxyFault},
        view::RowBlock,
    };

    #[test]
    fn before_the_keychain_has_answered_the_tray_says_starting() {
        shows(&new_app(), Face::Offline(0), "Starting");
    }

    #[test]
    fn signed_out_and_locked_have_the_same_face_and_different_words() {
        let mut app = new_app();
        app.keychain = Keychain::Read;
        shows(&app, Face::SignedOut, "Signed out");
        app.keychain = Keychain::Locked;
        shows(&app, Face::SignedOut, "The keychain cannot be read");
    }

    #[test]
    fn until_something_has_come_the_tray_says_connecting() {
        let since = NOW;
        let app = signed_in(|account| account.feeds[0].link = Link::Connecting { since });
        shows(&app, Face::Offline(0), "Connecting");
    }

    #[test]
    fn a_list_that_came_before_the_join_counts_already() {
        let app = signed_in(|account| {
            account.feeds[0].link = Link::Connecting { since: NOW };
            load(account, 3);
        });
        shows(&app, Face::Count(3), "3 unread");
    }

    #[test]
    fn joined_the_tray_shows_the_count() {
        shows(&joined(0), Face::Count(0), "Nothing unread");
        shows(&joined(7), Face::Count(7), "7 unread");
    }

    #[test]
    fn a_lost_link_shows_only_after_four_seconds() {
        shows(&lost_for(Duration::ZERO), Face::Count(2), "2 unread");
        shows(
            &lost_for(Duration::from_millis(3_999)),
            Face::Count(2),
            "2 unread",
        );
        shows(
            &lost_for(Duration::from_secs(4)),
            Face::Offline(2),
            "Offline, 2 unread when last heard",
        );
    }

    #[test]
    fn the_window_says_offline_at_the_same_time_as_the_tray() {
        let connection = |app: &App| feed_view(app, whole()).connection;
        let early = connection(&lost_for(Duration::from_millis(3_999)));
        assert_eq!(early.state, ConnectionState::Connecting);
        assert_eq!(early.since, None);
        let late = connection(&lost_for(Duration::from_secs(4)));
        assert_eq!(late.state, ConnectionState::Offline);
        assert_eq!(late.since.as_deref(), Some("2026-03-02T10:00:00Z"));
    }

    #[test]
    fn the_window_says_what_is_in_the_way_when_a_person_can_do_something_about_it() {
        let fault = ProxyFault::AsksPassword;
        let proxy = Obstacle::Proxy {
            name: "proxy.test:3128".to_owned(),
            fault,
        };
        let broken = Obstacle::Broken("Network is unreachable".to_owned());
        for (obstacle, words) in [
            (
                proxy,
                "Offline: the proxy proxy.test:3128 asks for a password; store it with: doorbell proxy-password. Doorbell connects again by itself; the list may be out of date.",
            ),
            (
                broken,
                "Offline. Doorbell connects again by itself; the list may be out of date.",
            ),
        ] {
            let mut app = lost_for(Duration::from_secs(4));
            app.accounts[0].unreached(obstacle);
            let connection = feed_view(&app, whole()).connection;
            assert_eq!(connection.words, words);
            assert_eq!(connection.state, ConnectionState::Offline);
        }
    }

    #[test]
    fn a_refusal_has_its_own_face_and_says_what_was_refused() {
        for (refusal, token, words) in REFUSALS {
            let app = signed_in(|account| {
                load(account, 2);
                refuse(account, refusal, token);
            });
            shows(&app, Face::Refused, words);
            let connection = feed_view(&app, whole()).connection;
            assert_eq!(connection.state, ConnectionState::Refused);
            assert!(connection.words.starts_with(words), "{}", connection.words);
            assert_eq!(connection.since.as_deref(), Some("2026-03-02T10:00:00Z"));
        }
    }

    #[test]
    fn the_menu_offers_to_pause_only_to_someone_signed_in() {
        let labels = |app: &App| -> Vec<String> {
            let words = |entry| match entry {
                MenuEntry::Item { label, .. } => label,
                MenuEntry::Status { label } => format!("({label})"),
                MenuEntry::Separator => "-".to_owned(),
                MenuEntry::Submenu { label, .. } => format!("{label} >"),
            };
            let menu = tray(app, now()).menu;
            menu.into_iter().map(words).collect()
        };
        assert_eq!(
            labels(&joined(1)),
            [
                "Open Doorbell",
                "(1 unread)",
                "-",
                "unread-0",
                "Mark all read",
                "-",
                "Pause notifications >",
                "Settings",
                "Quit"
            ]
        );
        assert_eq!(
            labels(&new_app()),
            ["Open Doorbell", "(Starting)", "-", "Settings", "Quit"]
        );
    }

    #[test]
    fn a_view_carries_the_rows_that_were_asked_for() {
        let window = Window {
            first: 1,
            count: 2,
            ..whole()
        };
        let view = feed_view(&joined(5), window);
        assert_eq!((view.first, view.length), (1, 5));
        assert_eq!(names(&view), ["unread-3", "unread-2"]);
    }

    #[test]
    fn a_range_past_the_end_is_empty_and_a_huge_one_is_cut() {
        let past = Window {
            first: u32::MAX,
            count: u32::MAX,
            ..whole()
        };
        let view = feed_view(&joined(3), past);
        assert_eq!((view.first, view.length, view.rows.len()), (3, 3, 0));
        let huge = Window {
            count: u32::MAX,
            ..whole()
        };
        assert_eq!(feed_view(&joined(450), huge).rows.len(), MAX_ROWS);
    }

    #[test]
    fn the_filter_leaves_unread_items() {
        let app = signed_in(|account| {
            let items = [item("new", 2, false), item("old", 1, true)];
            take(
                account,
                &items,
                json!({"total_count": 2, "unread_count": 1, "unseen_count": 2}),
            );
        });
        let unread = Window {
            filter: Filter::Unread,
            ..whole()
        };
        let view = feed_view(&app, unread);
        assert_eq!((names(&view), view.length), (vec!["new".to_owned()], 1));
        assert_eq!(feed_view(&app, whole()).length, 2);
        let counts = Counts {
            total: 2,
            unread: 1,
            unseen: 2,
            archived: None,
        };
        assert_eq!(view.counts, counts);
    }

    #[test]
    fn notice_highlight_and_loading_are_passed_on() {
        let app = signed_in(|account| {
            load(account, 1);
            account.notice = Some("A sentence.".to_owned());
            account.highlight = Some("unread-0".into());
            account.feeds[0].sync.want_older();
        });
        let view = feed_view(&app, whole());
        assert_eq!(view.notice.as_deref(), Some("A sentence."));
        assert_eq!(view.highlight, Some("unread-0".into()));
        assert!(view.loading_more && view.loaded && !view.more);
    }

    #[test]
    fn a_list_that_could_not_be_fetched_is_said_in_words() {
        let app = signed_in(|account| {
            account.feeds[0].trouble = Some(Failure::TooLarge.to_string());
        });
        let view = feed_view(&app, whole());
        assert!(!view.loaded);
        assert_eq!(view.connection.state, ConnectionState::Connected);
        assert!(view.connection.words.contains("the answer is too large"));
    }

    #[test]
    fn a_row_says_who_what_when_and_whether_it_leads_somewhere() {
        let mut said = item("a", 5, false);
        said["actors"] = json!([{"id": "x"}, {"id": "y", "name": " ada  lovelace king "}]);
        let link = json!({"type": "text", "name": "action_url", "rendered": "https://a.test"});
        said["blocks"].as_array_mut().unwrap().push(link);
        let app = signed_in(|account| take(account, &[said], json!({})));
        let row = feed_view(&app, whole()).rows.remove(0);
        assert_eq!(row.actor.unwrap().initials, "AL");
        assert_eq!(row.at, "2026-03-02T10:00:05Z");
        assert!(row.opens && row.unread && row.unseen);
        let text = "a".to_owned();
        assert_eq!(row.blocks, [RowBlock::Text { text }]);
    }

    #[test]
    fn the_host_is_named_when_it_is_not_knocks_own() {
        assert_eq!(feed_view(&joined(0), whole()).host, None);
        let app = signed_in(|account| {
            account.credentials.host = draft("http://127.0.0.1:4000").parse().unwrap().host;
        });
        let host = feed_view(&app, whole()).host;
        assert_eq!(host.as_deref(), Some("127.0.0.1:4000"));
    }

    #[test]
    fn no_secret_is_shown() {
        let shown = |app: &App| {
            let text = format!("{:?} {:?}", tray(app, now()), feed_view(app, whole()));
            assert!(!text.contains(KEY) && !text.contains(TOKEN), "{text}");
        };
        shown(&joined(2));
        shown(&lost_for(Duration::from_secs(60)));
        for (refusal, token, _) in REFUSALS {
            shown(&signed_in(|account| refuse(account, refusal, token)));
        }
    }

    const NOW: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);
    const KEY: &str = "pk_test_never_shown";
    const TOKEN: &str = "token.never.shown";
    fn whole() -> Window {
        Window {
            count: 200,
            ..Window::default()
        }
    }
    /// With and without a user token.
    const REFUSALS: [(Refusal, bool, &str); 4] = [
        (Refusal::Key, false, "Knock refused the key"),
        (
            Refusal::Key,
            true,
            "Knock refused the key or the user token",
        ),
        (
            Refusal::Feed,
            false,
            "Knock does not let this user see this feed",
        ),
        (
            Refusal::Host,
            false,
            "The host answers, but it is not Knock",
        ),
    ];

    fn new_app() -> App {
        App::new(1, Config::default(), Default::default())
    }

    #[track_caller]
    fn shows(app: &App, face: Face, words: &str) {
        let tray = tray(app, now());
        assert_eq!((tray.face, tray.tooltip.as_str()), (face, words));
    }

    fn joined(unread: usize) -> App {
        signed_in(|account| load(account, unread))
    }

    fn lost_for(time: Duration) -> App {
        signed_in(|account| {
            load(account, 2);
            account.feeds[0].link = Link::Lost {
                at: now().instant.checked_sub(time).unwrap(),
                since: NOW,
            };
        })
    }

    fn signed_in(arrange: impl FnOnce(&mut Account)) -> App {
        let mut app = new_app();
        let credentials = draft("").parse().unwrap();
        let random = fastrand::Rng::with_seed(1);
        let mut account = Account::new(
            Line(1),
            credentials,
            &Config::default(),
            &app.words,
            random,
            now(),
        );
        account.feeds[0].link = Link::Joined;
        arrange(&mut account);
        app.accounts.push(account);
        app
    }

    fn refuse(account: &mut Account, refusal: Refusal, token: bool) {
        account.credentials.user_token = token_if(token);
        account.feeds[0].link = Link::Refused {
            refusal,
            since: NOW,
        };
    }

    fn token_if(there: bool) -> Option<doorbell_knock::UserToken> {
        there.then(|| doorbell_knock::UserToken::parse(TOKEN).unwrap())
    }

    fn draft(host: &str) -> Draft {
        Draft {
            public_key: KEY.to_owned(),
            user_id: "ada".to_owned(),
            feed_id: "6b1f4f0e-93c8-4f0a-8a4f-0d8b3f3a9c11".to_owned(),
            host: host.to_owned(),
            ..Draft::default()
        }
    }

    /// A first page of so many unread items, the newest first and named by its number.
    fn load(account: &mut Account, unread: usize) {
        let items: Vec<Value> = (0..unread)
            .rev()
            .map(|number| item(&format!("unread-{number}"), number, false))
            .collect();
        let counts = json!({"total_count": unread, "unread_count": unread, "unseen_count": unread});
        take(account, &items, counts);
    }

    fn take(account: &mut Account, items: &[Value], counts: Value) {
        let page = json!({"entries": items, "meta": counts, "page_info": {"after": null}});
        let page = FeedPage::parse(page.to_string().as_bytes()).unwrap();
        let ticket = account.feeds[0].feed.begin_fetch();
        account.feeds[0].feed.load_first(ticket, page);
    }

    fn item(id: &str, seconds: usize, read: bool) -> Value {
        let at = NOW + Duration::from_secs(seconds as u64);
        json!({
            "id": id, "inserted_at": rfc3339(at), "read_at": read.then(|| rfc3339(at)),
            "blocks": [{"type": "text", "name": "body", "rendered": id}],
        })
    }

    fn feed_view(app: &App, window: Window) -> FeedView {
        let (mut renderer, mut pictures) = Default::default();
        match view(app, &window, &mut renderer, &mut pictures, now()) {
            View::Feed(view) => *view,
            view => panic!("no feed: {view:?}"),
        }
    }

    fn names(view: &FeedView) -> Vec<String> {
        view.rows.iter().map(|row| row.id.to_string()).collect()
    }

    /// The same moment every time.
    fn now() -> Now {
        use std::sync::OnceLock;
        static INSTANT: OnceLock<Instant> = OnceLock::new();
        let start = || Instant::now() + Duration::from_secs(3600);
        Now {
            instant: *INSTANT.get_or_init(start),
            utc: NOW,
            offset: time::UtcOffset::UTC,
        }
    }
}
