//! What can happen to a socket.

use std::time::Duration;

use serde_json::Value;

/// What the driver tells a [`Socket`](crate::Socket).
///
/// What has arrived goes in before [`Timeout`](Self::Timeout): after a pause of the whole process the
/// reply that proves the connection alive may be waiting to be read.
#[derive(Clone, Debug, PartialEq)]
pub enum Input<'a> {
    /// Join the topic and stay joined; dials if there is no connection.
    ///
    /// A topic that is joined already is left first: so its parameters are replaced.
    Join {
        /// The channel's name.
        topic: String,
        /// What the server is told at this and every later join.
        params: Value,
    },
    /// Leave the topic and forget it; nothing of it is reported any more.
    ///
    /// A connection left without topics is hung up a few seconds later.
    Leave {
        /// The channel's name.
        topic: String,
    },
    /// Send an event to a joined topic; it is not kept for later when the topic is not joined.
    Push {
        /// The channel's name.
        topic: String,
        /// The event's name.
        event: String,
        /// What it carries.
        payload: Value,
    },
    /// The WebSocket is open.
    Opened,
    /// A text frame arrived.
    Text(&'a str),
    /// A ping, pong or binary frame arrived: a sign of life without meaning.
    Traffic,
    /// The server answered the upgrade with another status than 101.
    Refused {
        /// The HTTP status.
        status: u16,
        /// How long the server asks to stay away, counted from now.
        retry_after: Option<Duration>,
    },
    /// The server was not reached: no address, no connection, no TLS, no answer.
    Unreachable,
    /// The connection ended.
    Closed {
        /// The code of the server's close frame; `None` without one.
        code: Option<u16>,
    },
    /// The computer is awake again or the network is back.
    Woke,
    /// The instant of [`Output::Wait`](crate::Output::Wait) is reached.
    Timeout,
}
