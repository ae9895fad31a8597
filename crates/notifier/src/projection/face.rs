//! What the tray counts, and how sure that is.

use std::borrow::Cow;

use doorbell_knock::FeedItem;

use super::connection::refused;
use crate::{
    account::Account,
    config::{self, Badge, Config, Rule, Tell},
    event::Now,
    feed_slot::{FeedSlot, Link},
    tray::Face,
    words::Words,
};

/// The accounts together. A number of which a part may be out of date is shown as one.
pub(super) fn faces(
    accounts: &[Account],
    config: &Config,
    words: &Words,
    now: Now,
) -> (Face, String) {
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
pub(super) fn number(slot: &FeedSlot, config: &Config) -> u64 {
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

pub(super) fn face_of(account: &Account, config: &Config, now: Now) -> (Face, String) {
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
