use std::time::{Duration, Instant};

use doorbell_knock::{Draft, Failure, FeedPage};
use serde_json::{Value, json};
use time::macros::datetime;

use super::{window::MAX_ROWS, *};
use crate::{
    account::Account,
    action::Filter,
    app::{App, Keychain, Window},
    config::Config,
    event::{Line, Now},
    feed_slot::{Link, Refusal},
    obstacle::{Obstacle, ProxyFault},
    tray::{Face, MenuEntry},
    view::{ConnectionState, Counts, FeedView, RowBlock, View},
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
