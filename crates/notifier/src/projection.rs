//! What the tray and the window show of the app. Nothing here changes anything.

use doorbell_knock::{Failure, FeedItem, Field};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    account::{Account, Link, Refusal},
    action::{Action, Filter},
    app::{App, Session, Window},
    event::Now,
    render::Renderer,
    tray::{Face, MenuEntry, Tray},
    view::{Actor, Connection, ConnectionState, Counts, FeedView, Problem, Row, SignInView, View},
};

/// The most rows that one view carries.
const MAX_ROWS: usize = 200;

pub(crate) fn tray(app: &App, now: Now) -> Tray {
    let (face, words) = match &app.session {
        Session::Unknown => (Face::Offline(0), "Starting".to_owned()),
        Session::Nobody => (Face::SignedOut, "Signed out".to_owned()),
        Session::Locked => (Face::SignedOut, "The keychain is locked".to_owned()),
        Session::SignedIn(account) => face(account, now),
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
        MenuEntry::Separator,
    ];
    if let Session::SignedIn(_) = app.session {
        menu.push(item("Sign out", Action::SignOut));
    }
    menu.push(item("Quit", Action::Quit));
    Tray {
        face,
        tooltip: words,
        menu,
    }
}

fn face(account: &Account, now: Now) -> (Face, String) {
    let unread = account.feed.metadata().unread_count;
    let count = match unread {
        0 => "Nothing unread".to_owned(),
        count => format!("{count} unread"),
    };
    match &account.link {
        Link::Refused { refusal, .. } => (Face::Refused, refused(*refusal, account).to_owned()),
        Link::Lost { .. } if account.is_offline(now.instant) => (
            Face::Offline(unread),
            format!("Offline, {count} when last heard"),
        ),
        Link::Connecting { .. } if !account.feed.is_loaded() => {
            (Face::Offline(0), "Connecting".to_owned())
        }
        Link::Connecting { .. } | Link::Joined | Link::Lost { .. } => (Face::Count(unread), count),
    }
}

pub(crate) fn view(app: &App, window: Window, renderer: &mut Renderer, now: Now) -> View {
    match &app.session {
        Session::SignedIn(account) => View::Feed(feed(account, window, renderer, now)),
        Session::Unknown | Session::Nobody | Session::Locked => View::SignedOut(SignInView {
            checking: app.trial.is_some(),
            problem: app.problem.clone(),
        }),
    }
}

fn feed(account: &Account, window: Window, renderer: &mut Renderer, now: Now) -> FeedView {
    let counts = account.feed.metadata();
    let listed: Vec<_> = account
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
    let credentials = &account.credentials;
    FeedView {
        user: credentials.user_id.to_string(),
        feed: credentials.feed_id.to_string(),
        host: (!credentials.host.is_default()).then(|| credentials.host.name()),
        connection: connection(account, now),
        counts: Counts {
            total: counts.total_count,
            unread: counts.unread_count,
            unseen: counts.unseen_count,
        },
        filter: window.filter,
        loaded: account.feed.is_loaded(),
        first: first as u32,
        length: length as u32,
        rows: listed
            .iter()
            .skip(first)
            .take(count)
            .map(|item| row(item, renderer))
            .collect(),
        more: account.feed.older().is_some(),
        loading_more: account.sync.loading_older(),
        notice: account.notice.clone(),
        highlight: account.highlight.clone(),
    }
}

fn connection(account: &Account, now: Now) -> Connection {
    let (state, words, since) = match &account.link {
        Link::Joined => match &account.trouble {
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
        Link::Lost { since, .. } if account.is_offline(now.instant) => (
            ConnectionState::Offline,
            "Offline. Doorbell connects again by itself; the list may be out of date.".to_owned(),
            Some(*since),
        ),
        Link::Lost { .. } => (
            ConnectionState::Connecting,
            "Connecting again".to_owned(),
            None,
        ),
        Link::Refused { refusal, since } => (
            ConnectionState::Refused,
            format!(
                "{}. The list below is kept. Sign in again with a valid one, or try again.",
                refused(*refusal, account)
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

fn refused(refusal: Refusal, account: &Account) -> &'static str {
    match refusal {
        Refusal::Key if account.credentials.user_token.is_some() => {
            "Knock refused the key or the user token"
        }
        Refusal::Key => "Knock refused the key",
        Refusal::Feed => "Knock does not let this user see this feed",
        Refusal::Host => "The host answers, but it is not Knock",
    }
}

fn row(item: &FeedItem, renderer: &mut Renderer) -> Row {
    Row {
        id: item.id.clone(),
        unread: item.is_unread(),
        unseen: item.is_unseen(),
        actor: item.actors.iter().find_map(|actor| {
            let name = actor.name.clone()?;
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

/// Why a sign-in failed on a link that the server refused; `None` while it may still work.
pub(crate) fn refusal(account: &Account) -> Option<Problem> {
    let Link::Refused { refusal, .. } = &account.link else {
        return None;
    };
    let (field, message) = match refusal {
        Refusal::Key if account.credentials.user_token.is_some() => (
            Field::UserToken,
            "Knock refused the public key or the user token. Check both, and that the token is signed for this user and has not expired. Nothing was stored.",
        ),
        Refusal::Key => (
            Field::PublicKey,
            "Knock refused the public key. Copy it again from Developers \u{2192} API keys, of the environment that the feed belongs to. Nothing was stored.",
        ),
        Refusal::Feed => (
            Field::FeedId,
            "Knock does not let this user join this feed. Check the feed channel id and the user id. Nothing was stored.",
        ),
        Refusal::Host => (
            Field::Host,
            "This host answers, but not as Knock does. Check the address. Nothing was stored.",
        ),
    };
    Some(Problem {
        field: Some(field),
        message: message.to_owned(),
    })
}

/// Why a sign-in failed when its first fetch did.
pub(crate) fn failed_proof(account: &Account, failure: &Failure) -> Problem {
    let host = account.credentials.host.name();
    let (field, message) = match failure {
        Failure::Unauthorized { code } | Failure::Forbidden { code } => {
            let token = code.contains("user_token");
            if token && account.credentials.user_token.is_none() {
                (
                    Some(Field::UserToken),
                    "This environment asks for a user token. Ask those who run the product for one signed for this user. Nothing was stored.".to_owned(),
                )
            } else if token {
                (
                    Some(Field::UserToken),
                    "Knock refused the user token. It must be signed for this user and not have expired. Nothing was stored.".to_owned(),
                )
            } else {
                (
                    Some(Field::PublicKey),
                    "Knock refused the public key. Copy it again from Developers \u{2192} API keys, of the environment that the feed belongs to. Nothing was stored.".to_owned(),
                )
            }
        }
        Failure::NotFound { .. } => (
            Some(Field::FeedId),
            "Knock does not know this feed channel. Copy its id from Integrations \u{2192} Channels, of the same environment as the key. Nothing was stored.".to_owned(),
        ),
        Failure::Invalid { message, .. } => (
            None,
            format!("Knock did not accept this: {message}. Nothing was stored."),
        ),
        Failure::Unreachable(reason) => (
            Some(Field::Host),
            format!("{host} could not be reached ({reason}). Check the network and the address, then try again. Nothing was stored."),
        ),
        Failure::RateLimited { .. } | Failure::Server { .. } => (
            None,
            format!("{host} cannot answer at the moment ({failure}). Try again in a minute. Nothing was stored."),
        ),
        Failure::TooLarge | Failure::Malformed(_) => (
            Some(Field::Host),
            format!("{host} answers, but not as Knock does ({failure}). Check the address. Nothing was stored."),
        ),
    };
    Problem { field, message }
}

/// Why a sign-in failed when too little came back in time.
pub(crate) fn no_answer(account: &Account) -> Problem {
    let host = account.credentials.host.name();
    let message = if account.feed.is_loaded() {
        format!(
            "{host} answers, but its live connection could not be joined in time. A proxy or firewall may block WebSockets. Nothing was stored."
        )
    } else {
        format!(
            "{host} did not answer in time. Check the network and the address, then try again. Nothing was stored."
        )
    };
    Problem {
        field: Some(Field::Host),
        message,
    }
}
