use doorbell_knock::{AccountId, Draft, ItemId, Status};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::feed_slot::FeedNumber;

/// What a person can ask for: from the window, the tray's menu, a toast or the command line.
///
/// It crosses the door as JSON, for example `{"do":"open","id":"2YmFaQ8EGs2p1T4usnQW5TzTQlA"}`.
/// Nothing else may come in from outside, so a window can ask but never pretend that the server answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "do", rename_all = "snake_case")]
#[ts(export, rename = "Action")]
pub enum Action {
    /// Checks what was typed against the server and, if it holds, stores it.
    SignIn {
        #[ts(as = "DraftShape")]
        draft: Draft,
    },
    /// Forgets an account, or every account: the credentials and everything shown.
    SignOut {
        #[serde(default)]
        #[ts(optional, type = "string")]
        account: Option<AccountId>,
    },
    /// Does this in another account than the one that the window shows, and in the feed of that number, or else in the
    /// account's first. [`Action::Show`] and [`Action::OpenWindow`] stay there.
    In {
        #[ts(type = "string")]
        account: AccountId,
        #[serde(default)]
        #[ts(optional)]
        feed: Option<FeedNumber>,
        action: Box<Action>,
    },
    /// The window shows the form for one more account.
    AddAccount,
    /// The window shows the list again instead of the form.
    Back,
    /// The window shows these rows from now on: `count` rows from `first` under `filter`, of those that `only` leaves.
    Show {
        filter: Filter,
        #[serde(default)]
        only: Only,
        first: u32,
        count: u32,
    },
    /// These rows have been on the screen.
    Seen {
        #[ts(type = "Array<string>")]
        ids: Vec<ItemId>,
    },
    /// Marks these items.
    Mark {
        #[ts(type = "Array<string>")]
        ids: Vec<ItemId>,
        mark: Mark,
    },
    /// Marks every item that exists now in the feed.
    MarkAll { mark: Mark },
    /// Marks everything that the tray counts as read, in every account.
    ReadEverything,
    /// Takes the last archiving, or marking of all, back while it waits to be sent.
    Undo,
    /// Opens the item: its link in the browser, or the window at its row when it has none.
    Open {
        #[ts(type = "string")]
        id: ItemId,
    },
    /// Presses the item's button number `button`, counted from 0 over all its button sets.
    Press {
        #[ts(type = "string")]
        id: ItemId,
        button: u32,
    },
    /// Follows the item's link number `link`, counted from 0 over the links of its text.
    Follow {
        #[ts(type = "string")]
        id: ItemId,
        link: u32,
    },
    /// Shows the window.
    OpenWindow,
    /// Shows the window, or closes it where it is open.
    ToggleWindow,
    /// The window shows what can be set.
    Settings,
    /// The window shows what the person wants to be told of, as Knock keeps it.
    Preferences,
    /// Changes one of the preferences that Knock keeps.
    SetPreference {
        kind: PreferenceKind,
        key: String,
        on: bool,
    },
    /// The window shows the sign-in form with this filled in: from a link, which never carries a key or a token.
    Invite { invitation: Invitation },
    /// Toasts wait until then; one summary tells of them afterwards.
    Pause { until: PauseUntil },
    /// Ends a pause.
    Resume,
    /// The tray's menu is being opened: what it says should be fresh.
    Glance,
    /// Connects and fetches now instead of later.
    Retry,
    /// Loads older items.
    More,
    /// Takes the sentence at the bottom away.
    Dismiss,
    /// Ends Doorbell.
    Quit,
}

impl Action {
    /// What is to be done, in whichever place.
    pub fn innermost(&self) -> &Action {
        match self {
            Action::In { action, .. } => action.innermost(),
            action => action,
        }
    }
}

/// Which items the list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Filter {
    #[default]
    All,
    Unread,
    Read,
    /// Those put away, and no others.
    Archived,
}

/// What the list is narrowed to; by default nothing is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct Only {
    /// Items of this tenant.
    pub tenant: Option<String>,
    /// Items of the workflow with this key.
    pub workflow: Option<String>,
    /// Items of this category.
    pub category: Option<String>,
    /// Items whose text, or whose actor's name, contains all these words, in any case.
    pub words: String,
}

/// How long toasts wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum PauseUntil {
    /// So many minutes from now.
    Minutes(u32),
    /// The next morning at eight.
    Tomorrow,
    /// Until the person says otherwise.
    Resumed,
}

/// Which part of the preferences that Knock keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum PreferenceKind {
    Workflow,
    Category,
    ChannelType,
}

/// What a link may fill into the sign-in form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct Invitation {
    pub user_id: String,
    pub feed_id: String,
    pub host: String,
}

/// What a person can say of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Mark {
    Seen,
    Unseen,
    Read,
    Unread,
    Archived,
    Unarchived,
}

impl Mark {
    pub(crate) fn status(self) -> Status {
        match self {
            Mark::Seen => Status::Seen,
            Mark::Unseen => Status::Unseen,
            Mark::Read => Status::Read,
            Mark::Unread => Status::Unread,
            Mark::Archived => Status::Archived,
            Mark::Unarchived => Status::Unarchived,
        }
    }
}

/// The TypeScript shape of [`doorbell_knock::Draft`]: what a person typed at sign-in.
#[derive(Debug, TS)]
#[ts(export, rename = "Draft")]
pub struct DraftShape {
    pub public_key: String,
    pub user_id: String,
    pub feed_id: String,
    pub user_token: String,
    pub host: String,
}
