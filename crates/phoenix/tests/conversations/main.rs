//! One rule, one conversation, in virtual time.

#[path = "../driver/mod.rs"]
mod driver;

mod channels;
mod connecting;
mod life;
mod pushes;
mod slips;
