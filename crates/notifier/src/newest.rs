//! The newest items of every account, for the command line.

use std::{borrow::Cow, cmp::Reverse};

use doorbell_knock::{AccountId, FeedItem, ItemId};
use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;

use crate::{account::Account, app::App, render::cut};

/// Items that are listed at most, and characters of each of their texts.
const MAX_LISTED: usize = 50;
const MAX_TEXT: usize = 200;

/// An item as a list in a terminal has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    pub account: AccountId,
    /// The user's id, and the host where that is not Knock's own.
    pub name: String,
    pub id: ItemId,
    pub unread: bool,
    /// RFC 3339, UTC.
    pub at: String,
    /// Who or what it is about, as a toast has it.
    pub title: String,
    /// The rest; may be empty.
    pub body: String,
}

/// The newest items of what the tray counts, newest first; or the one item that is asked for, if an account holds it.
pub(crate) fn newest(app: &App, of: Option<&ItemId>) -> Vec<Listed> {
    let mut items: Vec<(&Account, Cow<'_, FeedItem>)> = Vec::new();
    for account in &app.accounts {
        match of {
            Some(id) => items.extend(account.item(id).map(|item| (account, item))),
            None => {
                let held = account.badge_feed().feed.items().take(MAX_LISTED);
                items.extend(held.map(|item| (account, item)));
            }
        }
    }
    items.sort_by_key(|(_, item)| Reverse(item.inserted_at));
    items.truncate(MAX_LISTED);
    items
        .iter()
        .map(|(account, item)| listed(account, item))
        .collect()
}

fn listed(account: &Account, item: &FeedItem) -> Listed {
    let (title, body) = item.title_and_body();
    Listed {
        account: account.id.clone(),
        name: cut(&account.credentials.name(), MAX_TEXT),
        id: item.id.clone(),
        unread: item.is_unread(),
        at: item.inserted_at.format(&Rfc3339).unwrap_or_default(),
        title: cut(&title, MAX_TEXT),
        body: cut(&body, MAX_TEXT),
    }
}
