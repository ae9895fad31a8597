//! What a socket wants done, and what it reports.

use std::time::Instant;

use serde_json::Value;

use crate::frame::FrameError;
use crate::reply::Reply;

/// What the driver is to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Open a WebSocket; answered by `Opened`, `Refused` or `Unreachable`.
    Dial,
    /// Send this text frame.
    Send(String),
    /// Close the connection, or give up dialling, and drop it: nothing it still does is an input.
    Hangup,
    /// Tell the application.
    Event(Event),
    /// Nothing to do before this instant, which is later than the one polled with; `None` when only
    /// an input can change that.
    Wait(Option<Instant>),
}

/// What the application may want to know.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The connection is open; the joins are on their way.
    Opened,
    /// The server refused the upgrade; [`Socket::state`](crate::Socket::state) says until when it
    /// is left alone.
    Refused {
        /// The HTTP status. 401 and 403 ask for another sign-in, 404 for another host.
        status: u16,
    },
    /// There is no connection (any more).
    Lost {
        /// The code of the server's close frame; `None` without one.
        code: Option<u16>,
        /// When it dials next, unless [`Input::Woke`](crate::Input::Woke) comes first.
        retry_at: Instant,
    },
    /// The topic is joined, for the first time or again.
    Joined {
        /// The channel's name.
        topic: String,
        /// What the server said to it.
        response: Value,
    },
    /// The server refused the join; it is tried again, once an hour if the reason is `unauthorized`.
    JoinRefused {
        /// The channel's name.
        topic: String,
        /// What the server said to it; by convention `{"reason": …}`.
        response: Value,
    },
    /// The server did not answer the join in time; it is tried again.
    JoinTimedOut {
        /// The channel's name.
        topic: String,
    },
    /// The channel's process on the server crashed; it is joined again.
    ChannelErrored {
        /// The channel's name.
        topic: String,
    },
    /// The server closed the channel without being asked; it is joined again.
    ChannelClosed {
        /// The channel's name.
        topic: String,
    },
    /// An event of the application arrived.
    Message {
        /// The channel's name.
        topic: String,
        /// The event's name.
        event: String,
        /// What it carries: any JSON value.
        payload: Value,
    },
    /// A push was sent; a reply will name this reference.
    Pushed {
        /// The channel's name.
        topic: String,
        /// The event's name.
        event: String,
        /// Unique within the socket.
        reference: String,
    },
    /// The server replied to a push.
    Reply {
        /// The channel's name.
        topic: String,
        /// The push's.
        reference: String,
        /// What the server said to it.
        reply: Reply,
    },
    /// A push has no reply and gets none any more: the topic is not joined, or ten seconds are over.
    Unanswered {
        /// The channel's name.
        topic: String,
        /// The event's name.
        event: String,
    },
    /// A text frame could not be read and was dropped; the connection stays.
    Garbage(FrameError),
}
