//! User tokens that end, and where new ones come from.
//!
//! - [`TokenSource`] is what a person set: a command or an address that gives a token.
//! - [`Issued`] is what it gave, read from text or JSON; [`TokenError`] why it gave nothing.
//! - `ask` runs the command or makes the request, and decides nothing.

mod ask;
mod command;
mod error;
mod issued;
pub(crate) mod renewal;
mod source;

pub(crate) use ask::ask;
pub use error::TokenError;
pub use issued::{BadAnswer, Issued};
pub use source::{BadTokenSource, TokenSource};
