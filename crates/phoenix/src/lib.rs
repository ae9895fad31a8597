//! Phoenix Channels, serializer version 2.0.0, as values: no sockets, no clock.

#![forbid(unsafe_code)]

pub mod frame;
mod reply;

pub use frame::{Frame, FrameError, Ref};
pub use reply::{Reply, ReplyStatus};
