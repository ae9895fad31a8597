//! The habits of the project: set-up, demo and tests, each under one name (`cargo xtask NAME`).
//!
//! The part that other crates' tests use is [`stage`]: a whole desktop in a box, with a screen that
//! nobody sees, a session bus, a keyring, a notification daemon and a tray. What a stage showed is
//! read as a [`picture::Picture`].

pub mod group;
pub mod picture;
pub mod stage;
