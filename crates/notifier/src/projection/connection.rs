//! How the way to the server stands, in words that say what to do.

use super::rfc3339;
use crate::{
    account::Account,
    event::Now,
    feed_slot::{FeedSlot, Link, Refusal},
    view::{Connection, ConnectionState},
};

pub(super) fn connection(account: &Account, slot: &FeedSlot, now: Now) -> Connection {
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

pub(super) fn refused(refusal: Refusal, account: &Account) -> String {
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
