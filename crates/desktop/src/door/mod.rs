//! Where the resident meets the window and the command line: a Unix socket of the same user, JSON lines.

mod client;
mod lines;
mod protocol;
mod server;

pub use client::{Client, DoorError, DoorReader, DoorWriter};
pub use lines::{LineError, MAX_LINE};
pub use protocol::{AccountStatus, FromResident, Role, State, Status, ToResident, VERSION};
pub use server::{Caller, CallerId, Claim, Door, FromDoor, claim};
