use doorbell_knock::{AccountId, Field, ItemId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    action::{Filter, Invitation, Only, PreferenceKind},
    feed_slot::FeedNumber,
};

/// What the window shows, whole. It holds no secret and no more rows than were asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "screen", rename_all = "snake_case")]
#[ts(export)]
pub enum View {
    SignedOut(SignInView),
    Feed(Box<FeedView>),
    Preferences(PreferencesView),
    /// What can be set; its values are asked for apart.
    Settings {
        /// Somebody is signed in, so that there is a list to go back to.
        back: bool,
    },
}

/// The sign-in page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SignInView {
    /// Somebody is signed in, so that there is a list to go back to.
    pub back: bool,
    /// What was typed is being checked against the server.
    pub checking: bool,
    pub problem: Option<Problem>,
    /// What a link has filled in, to be looked at before anything is sent.
    pub invitation: Option<Invitation>,
}

/// What the person wants to be told of, as Knock keeps it for them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct PreferencesView {
    /// Whose they are.
    pub user: String,
    /// They are being fetched, or a change is on its way.
    pub busy: bool,
    /// They have come; until then there are no switches.
    pub loaded: bool,
    /// A sentence: why they could not be fetched or changed.
    pub problem: Option<String>,
    /// In the order of kinds and, within one, of names.
    pub switches: Vec<PreferenceSwitch>,
}

/// One preference that is on or off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct PreferenceSwitch {
    pub kind: PreferenceKind,
    /// A workflow's key, a category, or a type of channel such as `in_app_feed`.
    pub key: String,
    pub on: bool,
    /// It depends on channels or conditions, which a switch cannot say; switching it replaces them.
    pub depends: bool,
}

/// Why signing in did not work, in a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Problem {
    /// The field it is about, when it is about one.
    #[ts(type = "\"public_key\" | \"user_id\" | \"feed_id\" | \"user_token\" | \"host\" | null")]
    pub field: Option<Field>,
    pub message: String,
}

/// The list and all that stands around it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct FeedView {
    /// Everybody who is signed in, in the order of sign-in; never empty.
    pub accounts: Vec<AccountView>,
    /// Whose feed is shown.
    #[ts(type = "string")]
    pub account: AccountId,
    /// Which of the account's feeds is shown.
    pub number: FeedNumber,
    pub user: String,
    pub feed: String,
    /// Where the feed lives, when that is not Knock's own address.
    pub host: Option<String>,
    pub connection: Connection,
    pub counts: Counts,
    pub filter: Filter,
    pub only: Only,
    /// What the list can be narrowed to, as far as it is loaded.
    pub facets: Facets,
    /// A first page has come, so that an empty list means an empty feed.
    pub loaded: bool,
    /// Number of the first of `rows` within the filtered list.
    #[ts(type = "number")]
    pub first: u32,
    /// Rows in the filtered list, those not sent included.
    #[ts(type = "number")]
    pub length: u32,
    pub rows: Vec<Row>,
    /// The server has older items than the list.
    pub more: bool,
    /// Older items are being fetched.
    pub loading_more: bool,
    /// The owner's plan asks for a line that says whose feed it is.
    pub branded: bool,
    /// Something that takes long: how far it is.
    pub progress: Option<Progress>,
    /// Toasts wait.
    pub pause: Option<PauseView>,
    /// What can be taken back for some seconds, in a few words.
    pub undo: Option<String>,
    /// A sentence at the bottom, such as why a mark was refused.
    pub notice: Option<String>,
    /// The row to bring into view, when an item without a link was opened.
    #[ts(type = "string | null")]
    pub highlight: Option<ItemId>,
}

/// What the items of a list have in common, for narrowing it; the most frequent first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Facets {
    pub tenants: Vec<String>,
    /// Keys of workflows.
    pub workflows: Vec<String>,
    pub categories: Vec<String>,
}

/// How far something is that takes long, such as marking all of a long list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Progress {
    pub words: String,
    #[ts(type = "number")]
    pub done: u64,
    /// Unknown where only the server knows.
    #[ts(type = "number | null")]
    pub of: Option<u64>,
}

/// Toasts wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct PauseView {
    /// RFC 3339, UTC; absent for a pause that the person ends.
    pub until: Option<String>,
    /// It is quiet hours that hold toasts back, which only the settings end.
    pub quiet_hours: bool,
}

/// One of those who are signed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AccountView {
    #[ts(type = "string")]
    pub id: AccountId,
    pub user: String,
    /// Where it lives, when that is not Knock's own address.
    pub host: Option<String>,
    pub state: ConnectionState,
    /// In the order of the settings; never empty.
    pub feeds: Vec<FeedTab>,
}

/// One feed of an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct FeedTab {
    pub number: FeedNumber,
    pub name: String,
    /// What is unread, or unseen where the settings say so.
    #[ts(type = "number")]
    pub count: u64,
}

/// How the socket stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Connection {
    pub state: ConnectionState,
    /// The state in words, without the time.
    pub words: String,
    /// Since when news does not arrive: RFC 3339, UTC. Absent while connected.
    pub since: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ConnectionState {
    /// The first connection is being made.
    Connecting,
    /// Joined: news arrives by itself.
    Connected,
    /// The link is lost and will be tried again.
    Offline,
    /// The server does not take the key, the token or the feed any more.
    Refused,
}

/// Counts of the feed, with marks not answered yet laid on top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Counts {
    #[ts(type = "number")]
    pub total: u64,
    #[ts(type = "number")]
    pub unread: u64,
    #[ts(type = "number")]
    pub unseen: u64,
    /// Those put away; unknown until they were looked at.
    #[ts(type = "number | null")]
    pub archived: Option<u64>,
}

/// One item of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Row {
    #[ts(type = "string")]
    pub id: ItemId,
    pub unread: bool,
    pub unseen: bool,
    pub archived: bool,
    pub actor: Option<Actor>,
    pub blocks: Vec<RowBlock>,
    /// The triggers of a batched item, where more than one: newest first, as far as they were sent.
    pub activities: Vec<RowActivity>,
    /// How many there are in all, which may be more.
    #[ts(type = "number")]
    pub total_activities: u64,
    /// When the item was made: RFC 3339, UTC.
    pub at: String,
    /// The item has a link, so that a click leads somewhere.
    pub opens: bool,
}

/// Who caused an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Actor {
    pub name: String,
    /// One or two letters.
    pub initials: String,
    /// Where the window finds the picture; absent where there is none, or it has not come.
    pub picture: Option<String>,
}

/// One trigger of a batched item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RowActivity {
    pub actor: Option<Actor>,
    /// What it said, as far as its data has a text.
    pub text: String,
    /// RFC 3339, UTC.
    pub at: Option<String>,
}

/// A part of an item, ready to be shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum RowBlock {
    /// HTML already made safe: a few text tags; links carry `data-href`, lead nowhere by
    /// themselves, and are numbered for `follow` from 0 over all HTML of the item.
    Html {
        html: String,
    },
    Text {
        text: String,
    },
    Buttons {
        buttons: Vec<RowButton>,
    },
}

/// A button of an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RowButton {
    /// Its number for `press`, counted from 0 over all button sets of the item.
    pub index: u32,
    pub label: String,
    pub primary: bool,
}
