//! Phoenix Channels, serializer version 2.0.0, as a value: no sockets, no clock, no chance of its own.
//!
//! A [`Socket`] is the client's half of one connection and of every channel on it. It is told what
//! happened ([`Input`]) and asked what to do ([`Output`]) until it has nothing more to do than wait.
//! Whoever drives it owns the WebSocket and the clock; dials, sends and hangs up when asked; and calls
//! again when something arrives or the instant of [`Output::Wait`] is reached:
//!
//! ```
//! use std::time::Instant;
//! use doorbell_phoenix::{Event, Input, Output, Socket};
//! use serde_json::json;
//!
//! let now = Instant::now();
//! let mut socket = Socket::new(7); // the seed of its jitter
//! socket.handle(Input::Join { topic: "room:1".into(), params: json!({}) }, now);
//! assert_eq!(socket.poll(now), Output::Dial);
//!
//! // The driver has dialled and the WebSocket is open.
//! socket.handle(Input::Opened, now);
//! assert_eq!(socket.poll(now), Output::Event(Event::Opened));
//! assert_eq!(socket.poll(now), Output::Send(r#"["1","1","room:1","phx_join",{}]"#.into()));
//!
//! // A text frame has arrived.
//! socket.handle(Input::Text(r#"["1","1","room:1","phx_reply",{"status":"ok","response":{}}]"#), now);
//! let joined = Event::Joined { topic: "room:1".into(), response: json!({}) };
//! assert_eq!(socket.poll(now), Output::Event(joined));
//! let Output::Wait(Some(heartbeat)) = socket.poll(now) else { panic!() };
//! assert_eq!(heartbeat.duration_since(now).as_secs(), 30);
//! ```
//!
//! It exists to stay joined. Whatever ends a connection or a channel, except its own user, is followed
//! by a back-off with full jitter and another attempt; what a server refuses for good reason (401, 403,
//! 404, a join answered `unauthorized`) is probed once an hour. Where that departs from phoenix.js,
//! `docs/protocol.md` says why.
//!
//! `examples/tail.rs` follows a topic; `examples/driver` is its whole driver, over a WebSocket.
//!
//! In reading order: [`frame`], one message on the wire; [`Reply`], what an answer says; [`Input`] and
//! [`Output`], the boundary; [`Socket`], the connection; then `channel`, one topic on it; `life`,
//! whether the other end is there; and `backoff`, how long to wait.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod backoff;
mod channel;
pub mod frame;
mod input;
mod life;
mod outbox;
mod output;
mod reply;
mod socket;

pub use frame::{Frame, FrameError, Ref};
pub use input::Input;
pub use output::{Event, Output};
pub use reply::{Reply, ReplyStatus};
pub use socket::{Socket, State};

/// The page of the registry: its example is tested with those above.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
