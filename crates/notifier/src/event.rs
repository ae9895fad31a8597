use std::time::Instant;

use doorbell_knock::{
    AccountId, Credentials, Failure, FeedPage, FeedSettings, ItemId, MarkId, PreferenceSet,
    Request, WebUrl,
};
use doorbell_phoenix as phoenix;
use serde_json::Value;
use time::{OffsetDateTime, UtcOffset};

use crate::{
    action::Action,
    config::Config,
    desktop::Desktop,
    feed_slot::FeedNumber,
    obstacle::Obstacle,
    store::Change,
    toast::Toast,
    token::{Issued, TokenError, TokenSource},
};

/// Everything that can wake the app.
#[derive(Debug)]
pub enum Event {
    /// What the keychain held at the start, in the order of sign-in; nobody is signed in when it is empty.
    Restored(Vec<Credentials>),
    /// The keychain could not be read; the reason in a few words.
    KeychainUnavailable(String),
    /// A person asks for something.
    Do(Action),
    /// The window was closed.
    WindowGone,
    /// The answer to [`Desktop::OpenUrl`]; an error is the reason in a few words.
    Opened {
        account: AccountId,
        item: ItemId,
        result: Result<(), String>,
    },
    /// The answer to [`Desktop::Store`].
    Stored(Result<(), String>),
    /// The answer to [`Desktop::Forget`].
    Forgotten(Result<(), String>),
    /// The computer is awake again, or the network is back.
    Woke,
    /// What the socket of a line says.
    Channel { line: Line, event: phoenix::Event },
    /// The server of a line was not reached, and why; what the socket says of it comes apart.
    Unreached { line: Line, obstacle: Obstacle },
    /// The answer to [`Effect::Fetch`].
    Fetched {
        line: Line,
        feed: FeedNumber,
        result: Result<FeedPage, Failure>,
    },
    /// The answer to [`Effect::FetchSettings`].
    SettingsFetched {
        line: Line,
        feed: FeedNumber,
        result: Result<FeedSettings, Failure>,
    },
    /// The answer to [`Effect::Update`]: those of the marked items that the server still calls unread.
    Settled {
        line: Line,
        mark: MarkId,
        result: Result<Vec<ItemId>, Failure>,
    },
    /// The answer to [`Effect::FetchPicture`]: whether it is there now.
    PictureCame { url: WebUrl, there: bool },
    /// The settings were changed. The feeds, where tokens come from, and which hosts get the key in clear stay as they
    /// were at the start.
    Configured(Box<Config>),
    /// The answer to [`Effect::Preferences`].
    PreferencesCame {
        line: Line,
        result: Result<PreferenceSet, Failure>,
    },
    /// The command line asks for the newest items, or for one; answered with [`Desktop::Listed`].
    List { asked: u64, of: Option<ItemId> },
    /// What happens cannot be written down, or what was could not be read: a sentence for the person.
    Unkept(String),
    /// The answer to [`Effect::RefreshToken`].
    TokenRefreshed {
        line: Line,
        result: Result<Issued, TokenError>,
    },
    /// Time has passed; see [`App::deadline`](crate::App::deadline).
    Tick,
}

/// Everything the app can want.
#[derive(Debug)]
pub enum Effect {
    /// Opens a socket and joins these channels; answered by [`Event::Channel`] until [`Effect::Disconnect`].
    Connect {
        line: Line,
        credentials: Box<Credentials>,
        joins: Vec<Join>,
    },
    /// Ends the line: its socket, and interest in its answers.
    Disconnect {
        line: Line,
    },
    /// The socket should prove itself alive, or dial now.
    Wake {
        line: Line,
    },
    /// Asks for a page of the feed; answered once by [`Event::Fetched`].
    Fetch {
        line: Line,
        feed: FeedNumber,
        request: Request,
    },
    /// Asks what the feed's owner has set for those who show it; answered once by [`Event::SettingsFetched`].
    FetchSettings {
        line: Line,
        feed: FeedNumber,
        request: Request,
    },
    /// Reads the person's preferences, or writes one; answered once by [`Event::PreferencesCame`].
    Preferences {
        line: Line,
        request: Request,
    },
    /// Writes marks; answered once by [`Event::Settled`].
    Update {
        line: Line,
        mark: MarkId,
        request: Request,
    },
    /// Writes down what happened, before anything that stands after this is done.
    Save(Vec<Change>),
    /// Writes down that items are told of, then shows the toast. One at a time: the next one only when the desktop has
    /// shown the one before, so that a process that is killed owes at most one toast.
    Tell {
        changes: Vec<Change>,
        toast: Toast,
    },
    /// Fetches a picture for the window, without telling who asks; answered once by [`Event::PictureCame`].
    FetchPicture {
        url: WebUrl,
    },
    /// Pictures are not wanted any more.
    ForgetPictures,
    /// Asks where the account's tokens come from for a new one; answered once by [`Event::TokenRefreshed`].
    RefreshToken {
        line: Line,
        source: TokenSource,
    },
    Desktop(Desktop),
}

/// A channel to join: its topic, and what the server is told at every join.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    pub topic: String,
    pub params: Value,
}

/// One account's connection to its server. A new sign-in gets a new line, so that late answers
/// to an old one are recognised and dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Line(pub u64);

/// The time at which an event is handled.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// For waiting.
    pub instant: Instant,
    /// For what is shown and sent.
    pub utc: OffsetDateTime,
    /// How far the person's clock is from it.
    pub offset: UtcOffset,
}
