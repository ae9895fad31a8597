//! Knock in-app feeds as values: what to ask, what the answers mean, and what a person sees of it.
//!
//! No IO, no clock, no randomness: times and ids are arguments, requests are returned. The socket that carries
//! `new-message` is someone else's; this crate only knows what goes over it.
//!
//! `examples/tail_feed.rs` follows a feed, with a socket and HTTP of others: `echo CREDENTIALS | tail_feed`.
//!
//! In reading order:
//! - [`feed`]: what the server last said, with the marks it does not know yet laid on top;
//! - [`item`], [`page`]: what it says, read from bodies that may be wrong anywhere;
//! - [`options`], [`api`], [`channel`]: what to ask, over HTTP and on the socket;
//! - [`user`], [`preferences`], [`settings`], [`message`]: what else the server knows;
//! - [`html`]: other people's HTML, made safe or plain;
//! - [`failure`]: what went wrong, and whether to try again;
//! - [`ids`], [`credentials`], [`claims`]: names, keys and hosts, parsed at the edge, and how long a token is good.
//!
//! ```
//! use doorbell_knock::{Feed, FeedPage, ItemId, MarkId, Status};
//! use time::macros::datetime;
//!
//! let mut feed = Feed::new();
//! let ticket = feed.begin_fetch();
//! let page = FeedPage::parse(
//!     br#"{"entries": [{"id": "m1", "inserted_at": "2026-03-02T10:20:11Z", "read_at": null}],
//!          "meta": {"total_count": 1, "unread_count": 1, "unseen_count": 0},
//!          "page_info": {"after": null}}"#,
//! )?;
//! assert_eq!(feed.load_first(ticket, page).arrived, [ItemId::from("m1")]);
//!
//! let click = MarkId(1);
//! feed.mark(click, &["m1".into()], Status::Read, datetime!(2026-03-02 10:21 UTC));
//! assert_eq!(feed.metadata().unread_count, 0);
//!
//! feed.refuse(click);
//! assert_eq!(feed.metadata().unread_count, 1);
//! # Ok::<(), doorbell_knock::Malformed>(())
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod feed;

pub mod item;
pub mod page;

pub mod api;
pub mod channel;
pub mod options;

pub mod html;

pub mod failure;

pub mod message;
pub mod preferences;
pub mod settings;
pub mod user;

pub mod claims;
pub mod credentials;
pub mod ids;

mod account_id;
mod held;
mod host;
mod lenient;
mod pending;
mod stamp;
mod web_url;
mod written;

pub use account_id::AccountId;
pub use api::{MAX_BODY_BYTES, Method, PageRequest, Request};
pub use channel::{Attention, NewMessage, ReferenceId};
pub use claims::Claims;
pub use credentials::{
    BadHost, BadSecret, Credentials, Draft, Field, FieldError, Host, PublicKey, UserToken,
    is_loopback,
};
pub use failure::Failure;
pub use feed::{Feed, FetchTicket, Head, Loaded, MarkId};
pub use ids::{BadId, Cursor, FeedId, ItemId, UserId};
pub use item::{Activity, Actor, Block, Button, FeedItem, Marks, Source, Status, WebUrl};
pub use message::{Message, Recipient};
pub use options::{Archived, FeedOptions, InsertedAt, Mode, StatusFilter};
pub use page::{FeedMetadata, FeedPage, Malformed, PageInfo};
pub use preferences::{
    ChannelPreference, Condition, Persistence, Preference, PreferenceDetail, PreferenceSet,
    PreferenceSetId, Preferences,
};
pub use settings::FeedSettings;
pub use user::User;

/// The page of the registry: its example is tested with those above.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
