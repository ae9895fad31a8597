//! What the tray and the window show of the app. Nothing here changes anything.

use std::borrow::Cow;

use doorbell_knock::FeedItem;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    account::Account,
    action::{Action, Filter},
    app::{App, Keychain, Window},
    config::Badge,
    event::Now,
    feed_slot::{FeedSlot, Link, Refusal},
    render::{Renderer, cut},
    tray::{AccountState, Face, MenuEntry, Tray},
    view::{
        AccountView, Actor, Connection, ConnectionState, Counts, FeedTab, FeedView, Row,
        SignInView, View,
    },
};

/// The most rows that one view carries.
const MAX_ROWS: usize = 200;
/// Characters of a name that is shown at most.
const MAX_NAME: usize = 100;

pub(crate) fn tray(app: &App, now: Now) -> Tray {
    let (face, words) = match (&app.accounts[..], app.keychain) {
        ([], Keychain::Unknown) => (Face::Offline(0), "Starting".to_owned()),
        ([], Keychain::Locked) => (Face::SignedOut, "The keychain cannot be read".to_owned()),
        ([], Keychain::Read) => (Face::SignedOut, "Signed out".to_owned()),
        ([account], _) => face_of(account, app.config.badge, now),
        (accounts, _) => faces(accounts, app.config.badge, now),
    };
    let item = |label: &str, action| MenuEntry::Item {
        label: label.to_owned(),
        action,
    };
    let mut menu = vec![
        item("Open Doorbell", Action::OpenWindow),
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
            words: face_of(account, app.config.badge, now).1,
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
    menu.push(MenuEntry::Separator);
    for state in &accounts {
        let label = match several {
            true => format!("Sign out {}", state.name),
            false => "Sign out".to_owned(),
        };
        let account = Some(state.id.clone());
        menu.push(item(&label, Action::SignOut { account }));
    }
    menu.push(item("Quit", Action::Quit));
    Tray {
        face,
        tooltip: words,
        menu,
        accounts,
    }
}

/// The accounts together. A number of which a part may be out of date is shown as one.
fn faces(accounts: &[Account], badge: Badge, now: Now) -> (Face, String) {
    let faces = accounts
        .iter()
        .map(|account| face_of(account, badge, now).0);
    let sum = accounts
        .iter()
        .map(|account| number(account.badge_feed(), badge))
        .fold(0, u64::saturating_add);
    let (mut refused, mut offline) = (0, 0);
    for face in faces {
        match face {
            Face::Refused => refused += 1,
            Face::Offline(_) => offline += 1,
            Face::Count(_) | Face::SignedOut => {}
        }
    }
    let count = counted(sum, badge);
    let of = accounts.len();
    match (refused, offline) {
        (0, 0) => (Face::Count(sum), capitalised(&count)),
        (0, _) => (
            Face::Offline(sum),
            format!("{offline} of {of} accounts offline, {count} when last heard"),
        ),
        (all, _) if all == of => (Face::Refused, "Knock refused every account".to_owned()),
        (some, _) => (
            Face::Offline(sum),
            format!("Knock refused {some} of {of} accounts, {count} when last heard"),
        ),
    }
}

fn number(slot: &FeedSlot, badge: Badge) -> u64 {
    let counts = slot.feed.metadata();
    match badge {
        Badge::Unread => counts.unread_count,
        Badge::Unseen => counts.unseen_count,
    }
}

fn counted(number: u64, badge: Badge) -> String {
    let what = match badge {
        Badge::Unread => "unread",
        Badge::Unseen => "unseen",
    };
    match number {
        0 => format!("nothing {what}"),
        number => format!("{number} {what}"),
    }
}

fn face_of(account: &Account, badge: Badge, now: Now) -> (Face, String) {
    let slot = account.badge_feed();
    let number = number(slot, badge);
    let count = counted(number, badge);
    match &slot.link {
        Link::Refused { refusal, .. } => (Face::Refused, refused(*refusal, account).into_owned()),
        Link::Lost { .. } if slot.is_offline(now.instant) => (
            Face::Offline(number),
            format!("Offline, {count} when last heard"),
        ),
        // What is remembered must not look as if it were heard.
        Link::Connecting { .. } | Link::Joined | Link::Lost { .. } if slot.feed.is_recalled() => (
            Face::Offline(number),
            format!("Connecting, {count} when last heard"),
        ),
        Link::Connecting { .. } if !slot.feed.is_loaded() => {
            (Face::Offline(0), "Connecting".to_owned())
        }
        Link::Connecting { .. } | Link::Joined | Link::Lost { .. } => {
            (Face::Count(number), capitalised(&count))
        }
    }
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

pub(crate) fn view(app: &App, window: Window, renderer: &mut Renderer, now: Now) -> View {
    let is_current = |account: &&Account| app.current.account.as_ref() == Some(&account.id);
    let current = app.accounts.iter().find(is_current);
    match current.or(app.accounts.first()) {
        Some(account) if !window.adding => {
            let slot = account.slot(app.current.feed).unwrap_or(&account.feeds[0]);
            View::Feed(Box::new(feed(app, account, slot, window, renderer, now)))
        }
        somebody => View::SignedOut(SignInView {
            back: somebody.is_some(),
            checking: app.trial.is_some(),
            problem: app.problem.clone(),
        }),
    }
}

fn feed(
    app: &App,
    account: &Account,
    slot: &FeedSlot,
    window: Window,
    renderer: &mut Renderer,
    now: Now,
) -> FeedView {
    let counts = slot.feed.metadata();
    let listed: Vec<_> = slot
        .feed
        .items()
        .filter(|item| match window.filter {
            Filter::All => true,
            Filter::Unread => item.is_unread(),
        })
        .collect();
    let length = listed.len();
    let first = (window.first as usize).min(length);
    let count = (window.count as usize).min(MAX_ROWS);
    let accounts = app.accounts.iter();
    FeedView {
        accounts: accounts
            .map(|account| account_view(account, app.config.badge, now))
            .collect(),
        account: account.id.clone(),
        number: slot.number,
        user: account.credentials.user_id.to_string(),
        feed: slot.feed_id.to_string(),
        host: host(account),
        connection: connection(account, slot, now),
        counts: Counts {
            total: counts.total_count,
            unread: counts.unread_count,
            unseen: counts.unseen_count,
        },
        filter: window.filter,
        loaded: slot.feed.is_loaded(),
        first: first as u32,
        length: length as u32,
        rows: listed
            .iter()
            .skip(first)
            .take(count)
            .map(|item| row(item, renderer))
            .collect(),
        more: slot.feed.older().is_some(),
        branded: slot.is_branded(),
        loading_more: slot.sync.loading_older(),
        undo: account.undo.as_ref().map(|undo| undo.words.clone()),
        notice: account.notice.clone().or_else(|| app.notice.clone()),
        highlight: account.highlight.clone(),
    }
}

fn account_view(account: &Account, badge: Badge, now: Now) -> AccountView {
    let tab = |slot: &FeedSlot| FeedTab {
        number: slot.number,
        name: slot.config.name.clone(),
        count: number(slot, badge),
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
    let has_rows = slot.feed.items().next().is_some();
    let (state, words, since) = match &slot.link {
        Link::Connecting { .. } | Link::Joined
            if slot.feed.is_recalled() && slot.trouble.is_none() =>
        {
            (
                ConnectionState::Connecting,
                "Connecting. The list is as it was when it was last heard.".to_owned(),
                slot.synced,
            )
        }
        Link::Joined => match &slot.trouble {
            None => (ConnectionState::Connected, "Connected".to_owned(), None),
            Some(trouble) => (
                ConnectionState::Connected,
                format!(
                    "Connected, but the list could not be fetched: {trouble}. Trying again by itself."
                ),
                None,
            ),
        },
        Link::Connecting { .. } => (ConnectionState::Connecting, "Connecting".to_owned(), None),
        Link::Lost { since, .. } if slot.is_offline(now.instant) => {
            let obstacle = account.obstacle.as_ref();
            let why = match obstacle.filter(|obstacle| obstacle.needs_person()) {
                Some(obstacle) => format!(": {}", obstacle.words(&account.credentials.host.name())),
                None => String::new(),
            };
            let list = match has_rows {
                true => "; the list may be out of date",
                false => "",
            };
            (
                ConnectionState::Offline,
                format!("Offline{why}. Doorbell connects again by itself{list}."),
                Some(*since),
            )
        }
        Link::Lost { .. } => (
            ConnectionState::Connecting,
            "Connecting again".to_owned(),
            None,
        ),
        Link::Refused { refusal, since } => (
            ConnectionState::Refused,
            format!(
                "{}. {}Sign in again with a valid one, or try again.",
                refused(*refusal, account),
                if has_rows {
                    "The list below is kept. "
                } else {
                    ""
                },
            ),
            Some(*since),
        ),
    };
    Connection {
        state,
        words,
        since: since.map(rfc3339),
    }
}

fn refused(refusal: Refusal, account: &Account) -> Cow<'static, str> {
    if refusal == Refusal::Key
        && let Some(trouble) = account.renewal.trouble()
    {
        return format!("There is no valid user token: {trouble}").into();
    }
    let words = match refusal {
        Refusal::Key if account.credentials.user_token.is_some() => {
            "Knock refused the key or the user token"
        }
        Refusal::Key => "Knock refused the key",
        Refusal::Feed => "Knock does not let this user see this feed",
        Refusal::Host => "The host answers, but it is not Knock",
    };
    words.into()
}

fn row(item: &FeedItem, renderer: &mut Renderer) -> Row {
    Row {
        id: item.id.clone(),
        unread: item.is_unread(),
        unseen: item.is_unseen(),
        archived: item.is_archived(),
        actor: item.actors.iter().find_map(|actor| {
            let name = cut(actor.name.as_deref()?, MAX_NAME);
            let initials = initials(&name);
            Some(Actor { name, initials })
        }),
        blocks: renderer.blocks(item),
        at: rfc3339(item.inserted_at),
        opens: item.action_url().is_some(),
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
        let connection = |app: &App| feed_view(app, WHOLE).connection;
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
            let connection = feed_view(&app, WHOLE).connection;
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
            let connection = feed_view(&app, WHOLE).connection;
            assert_eq!(connection.state, ConnectionState::Refused);
            assert!(connection.words.starts_with(words), "{}", connection.words);
            assert_eq!(connection.since.as_deref(), Some("2026-03-02T10:00:00Z"));
        }
    }

    #[test]
    fn the_menu_offers_to_sign_out_only_to_someone_signed_in() {
        let labels = |app: &App| -> Vec<String> {
            let words = |entry| match entry {
                MenuEntry::Item { label, .. } => label,
                MenuEntry::Status { label } => format!("({label})"),
                MenuEntry::Separator => "-".to_owned(),
            };
            let menu = tray(app, now()).menu;
            menu.into_iter().map(words).collect()
        };
        assert_eq!(
            labels(&joined(1)),
            ["Open Doorbell", "(1 unread)", "-", "Sign out", "Quit"]
        );
        assert_eq!(
            labels(&new_app()),
            ["Open Doorbell", "(Starting)", "-", "Quit"]
        );
    }

    #[test]
    fn a_view_carries_the_rows_that_were_asked_for() {
        let window = Window {
            first: 1,
            count: 2,
            ..WHOLE
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
            ..WHOLE
        };
        let view = feed_view(&joined(3), past);
        assert_eq!((view.first, view.length, view.rows.len()), (3, 3, 0));
        let huge = Window {
            count: u32::MAX,
            ..WHOLE
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
            ..WHOLE
        };
        let view = feed_view(&app, unread);
        assert_eq!((names(&view), view.length), (vec!["new".to_owned()], 1));
        assert_eq!(feed_view(&app, WHOLE).length, 2);
        let counts = Counts {
            total: 2,
            unread: 1,
            unseen: 2,
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
        let view = feed_view(&app, WHOLE);
        assert_eq!(view.notice.as_deref(), Some("A sentence."));
        assert_eq!(view.highlight, Some("unread-0".into()));
        assert!(view.loading_more && view.loaded && !view.more);
    }

    #[test]
    fn a_list_that_could_not_be_fetched_is_said_in_words() {
        let app = signed_in(|account| {
            account.feeds[0].trouble = Some(Failure::TooLarge.to_string());
        });
        let view = feed_view(&app, WHOLE);
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
        let row = feed_view(&app, WHOLE).rows.remove(0);
        assert_eq!(row.actor.unwrap().initials, "AL");
        assert_eq!(row.at, "2026-03-02T10:00:05Z");
        assert!(row.opens && row.unread && row.unseen);
        let text = "a".to_owned();
        assert_eq!(row.blocks, [RowBlock::Text { text }]);
    }

    #[test]
    fn the_host_is_named_when_it_is_not_knocks_own() {
        assert_eq!(feed_view(&joined(0), WHOLE).host, None);
        let app = signed_in(|account| {
            account.credentials.host = draft("http://127.0.0.1:4000").parse().unwrap().host;
        });
        let host = feed_view(&app, WHOLE).host;
        assert_eq!(host.as_deref(), Some("127.0.0.1:4000"));
    }

    #[test]
    fn no_secret_is_shown() {
        let shown = |app: &App| {
            let text = format!("{:?} {:?}", tray(app, now()), feed_view(app, WHOLE));
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
    const WHOLE: Window = Window {
        filter: Filter::All,
        first: 0,
        count: 200,
        adding: false,
    };
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
        let mut account = Account::new(Line(1), credentials, &Config::default(), random, now());
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
        match view(app, window, &mut Renderer::default(), now()) {
            View::Feed(view) => *view,
            View::SignedOut(view) => panic!("signed out: {view:?}"),
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
        }
    }
}
