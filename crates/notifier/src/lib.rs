//! What Doorbell does: the reducer, its loop, its socket and its HTTP.
//!
//! In reading order:
//! - [`App`] is the whole app as a value: [`App::handle`] takes an [`Event`] and returns [`Effect`]s.
//!   `config` is what is set of it, `asked` what a person asks of it, `sign_in` checks who comes and `ending` lets go, `account` is one person on one server, `feed_slot` one of their
//!   feeds, `archive` what was put away of one, `acts` what a person does to items, `sync` when to fetch, `outbox` the marks on their way,
//!   `news` what gets a toast, `quiet` when toasts wait, `preferences` what the person wants to be told of, `pictures` whose
//!   pictures are wanted, `memory` what is written down of all that in the [`store`], and how an account goes on after a start.
//! - `projection` derives what is shown: [`Tray`] and [`View`]; `problem` says why signing in did not work, `words` in which
//!   language.
//! - [`Action`], [`View`] and [`Toast`] are what crosses to the desktop and the window.
//! - [`start`] runs the app: one loop that performs effects, with `driver` for the socket, `rest` for HTTP, `gallery` for pictures
//!   and `scribe` for what is written down. The first two reach a host by
//!   way of `network`, which decides about the [`proxy`](ProxySetting); `obstacle` says what is in the way.
//! - [`badge`] draws the tray's icon.
//!
//! ```
//! use doorbell_notifier::{Action, App, Config, Desktop, Effect, Event, Face, Now, store::Kept};
//!
//! let now = Now { instant: std::time::Instant::now(), utc: time::OffsetDateTime::now_utc(), offset: time::UtcOffset::UTC };
//! let mut app = App::new(7, Config::default(), Kept::default());
//! let effects = app.handle(Event::Restored(vec![]), now);
//! assert!(matches!(&effects[..], [Effect::Desktop(Desktop::Tray(tray))] if tray.face == Face::SignedOut));
//! ```

mod account;
mod action;
mod acts;
mod app;
mod archive;
mod asked;
pub mod badge;
mod clock;
mod config;
mod desktop;
mod driver;
mod ending;
mod event;
mod feed_slot;
mod gallery;
mod handover;
mod listing;
mod memory;
mod network;
mod newest;
mod news;
mod obstacle;
mod outbox;
mod pictures;
mod preferences;
mod problem;
mod projection;
mod proxy;
mod quiet;
mod render;
mod rest;
mod run;
mod scribe;
mod sign_in;
pub mod store;
mod sync;
mod tls;
mod toast;
mod token;
mod tray;
mod undo;
mod view;
mod words;

pub use action::{Action, DraftShape, Filter, Invitation, Mark, Only, PauseUntil, PreferenceKind};
pub use app::App;
pub use config::{Badge, Config, FeedConfig, PlainHttp, QuietHours, Rule, Tell};
pub use desktop::Desktop;
pub use doorbell_knock::{AccountId, Credentials, Draft, Field, FieldError, ItemId, WebUrl};
pub use event::{Effect, Event, Join, Line, Now};
pub use feed_slot::FeedNumber;
pub use gallery::picture_kind;
pub use network::NetworkOptions;
pub use newest::Listed;
pub use obstacle::{CertificateFault, Obstacle, ProxyFault, Whose};
pub use pictures::PictureKey;
pub use proxy::{BadProxy, Origin, ProxySetting, ProxyUrl, ProxyVariables};
pub use run::{Notifier, Options, StartError, start};
pub use scribe::Scribe;
pub use toast::{Toast, ToastButton, ToastKey};
pub use token::{BadAnswer, BadTokenSource, Issued, TokenError, TokenSource};
pub use tray::{AccountState, Face, MenuEntry, Tray};
pub use view::{
    AccountView, Actor, Connection, ConnectionState, Counts, Facets, FeedTab, FeedView, PauseView,
    PreferenceSwitch, PreferencesView, Problem, Progress, Row, RowActivity, RowBlock, RowButton,
    SignInView, View,
};
pub use words::Language;
