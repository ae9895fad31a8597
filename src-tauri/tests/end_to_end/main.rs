//! The real window on a real desktop: a screen that nobody sees, a session bus, a keyring, a tray host, WebKit's driver.
//!
//! `doorbell` must have been built beside `doorbell-window`: `cargo build --workspace --bins`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod alone;
mod hostile;
mod page;
mod reading;
mod room;
mod sign_in;
mod tray;
