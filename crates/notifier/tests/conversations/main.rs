//! The app driven by hand through its public door: events in, effects out, in virtual time.
//! One conversation a test, told as a person would tell it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod accounts;
mod arrivals;
mod desk;
mod feeds;
mod link;
mod marks;
mod memory;
mod opening;
mod pages;
mod quiet;
mod sign_in;
mod tokens;
mod undo;
mod window;
