//! A local Knock: one environment with an in-app feed, for tests, demos and development.
//!
//! [`Emulator`] is the whole behaviour as a value without IO or clock: it takes requests, frames and
//! the time, and says what to answer and send. A thin server puts it on a port of this computer.
//!
//! It stores and answers plain JSON and shares no code with the client, so that a mistake in one does
//! not hide in the other. `docs/emulator.md` says what is there.
//!
//! Reading order: `config`, `emulator`, `call`, `rest`, `feed`, `sockets`, `workflow`, `server`.
//!
//! ```
//! use doorbell_emulator::{Config, Emulator, Request};
//! use time::OffsetDateTime;
//!
//! let now = OffsetDateTime::UNIX_EPOCH;
//! let mut knock = Emulator::new(Config::default());
//! knock.trigger("new-comment", "jane", serde_json::json!({"comment": "Hi"}), now).unwrap();
//!
//! let config = knock.config().clone();
//! let page = knock.request(
//!     &Request {
//!         method: "GET".into(),
//!         path: format!("/v1/users/jane/feeds/{}", config.feed_id),
//!         headers: vec![("Authorization".into(), format!("Bearer {}", config.public_key))],
//!         ..Request::default()
//!     },
//!     now,
//! );
//! assert_eq!(page.status, 200);
//! assert_eq!(page.json()["meta"]["unread_count"], 1);
//! ```

mod answer;
mod audience;
mod block;
mod block_file;
mod bulk;
mod call;
mod channel;
mod clock;
mod condition;
mod config;
mod controls;
mod conversation;
mod cursor;
mod eligibility;
mod emulator;
mod engagement;
mod faults;
mod feed;
mod filter;
mod frame;
mod http;
mod idempotency;
mod ids;
mod list;
mod log;
mod merge;
mod message;
mod message_filter;
mod messages;
mod operator;
mod owner;
mod page;
mod params;
mod passage;
mod path;
mod pending;
mod preferences;
mod rates;
mod recipients;
mod refusal;
mod repeat;
mod request_faults;
mod rest;
mod run;
mod schedules;
mod scope;
mod server;
mod serving;
mod signing_key;
mod sockets;
mod state;
mod status;
mod step;
mod step_file;
mod store;
mod subscriptions;
mod table;
mod template;
mod template_error;
mod template_filters;
mod timers;
mod token;
mod traffic;
mod trigger;
mod workflow;
mod workflow_file;
mod workflow_text;

pub use config::Config;
pub use emulator::Emulator;
pub use faults::{
    Close, Delay, Faults, HalfOpen, Joins, Lose, Lost, Pace, RefusedUpgrade, Withhold,
};
pub use http::{Request, Response};
pub use request_faults::Spoiled;
pub use server::{Limits, Running, Server};
pub use signing_key::{SigningKey, SigningKeyError};
pub use sockets::{ConnectionId, Output};
pub use state::{Row, Snapshot};
pub use store::Store;
pub use workflow::keys as workflow_keys;
pub use workflow_file::WorkflowError;
