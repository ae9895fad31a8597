//! The desktop around the app: it performs what the app wants and tells it what people ask for. No rule lives here.
//!
//! In reading order:
//! - [`start`] does what the [`command`] line asks for; [`connect_file`] reads what signs in without a form.
//! - [`resident`] is the part that waits all day: one loop between the app and everything below.
//! - [`door`] is where the window and the command line come in, and what makes the resident the only one.
//!   A [`program`] replaced on the disk is started anew.
//! - [`keychain`], [`tray`], [`toasts`], [`opener`], [`window`] and [`wake`] are adapters, one a part of the desktop.
//! - A [`Profile`] says where everything lives, [`Settings`] what a person set, [`logging`] where it is written down.
//!
//! The window is a caller at the door:
//!
//! ```no_run
//! use doorbell_desktop::{Profile, door::{Client, DoorError, Role, ToResident}};
//! use doorbell_notifier::{Action, Filter, Only};
//!
//! # async fn show(profile: Profile) -> Result<(), DoorError> {
//! let mut door = Client::connect(&profile, Role::Window, None).await?;
//! door.send(&ToResident::Do(Action::Show { filter: Filter::All, only: Only::default(), first: 0, count: 30 })).await?;
//! while let Some(words) = door.next().await? {
//!     println!("{words:?}");
//! }
//! # Ok(())
//! # }
//! ```

mod asked;
pub mod autostart;
mod callers;
pub mod command;
pub mod connect_file;
pub mod door;
mod errands;
mod follow;
pub mod keychain;
pub mod link;
pub mod logging;
mod meeting;
pub mod opener;
pub mod profile;
pub mod program;
mod proxy_password;
pub mod resident;
pub mod settings;
mod sign_out;
pub mod start;
pub mod toasts;
pub mod tray;
pub mod wake;
pub mod window;

pub use asked::Asked;
pub use profile::{Profile, ProfileError};
pub use settings::Settings;
