use doorbell_notifier::{AccountId, Action, ItemId, Listed, View};
use serde::{Deserialize, Serialize};

use crate::{
    link::BadLink,
    settings::{SettingChange, SettingsView},
};

/// What the window and the command line say. The first line is a [`ToResident::Hello`].
///
/// A line looks like `{"kind":"do","body":{"do":"open_window"}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", rename_all = "snake_case")]
pub enum ToResident {
    Hello {
        version: String,
        role: Role,
        activation_token: Option<String>,
    },
    Do(Action),
    /// A window has heard [`FromResident::Present`] or [`FromResident::Toggle`]. One that leaves without this word was on
    /// its way out already, and another one is started.
    Heard,
    /// Asks for [`FromResident::Status`].
    Status,
    /// Asks for [`FromResident::Status`] now and with every change.
    Follow,
    /// Asks for [`FromResident::List`]: of the newest items, or of one, if it is held.
    List {
        id: Option<ItemId>,
    },
    /// Asks for [`FromResident::Settings`].
    Settings,
    /// Changes a setting in the file; answered with [`FromResident::Settings`], or [`FromResident::Refused`].
    Set(SettingChange),
    /// Opens the settings file with the desktop's editor; answered with [`FromResident::Done`] or
    /// [`FromResident::Refused`].
    OpenSettingsFile,
    /// Asks for [`FromResident::Diagnostics`].
    Diagnostics,
    /// A link could not be followed; the person, who clicked it somewhere else, should hear why.
    LinkRefused(BadLink),
    /// The keychain holds another password for the proxy; answered with [`FromResident::Done`].
    ProxyPasswordChanged,
}

/// What the resident says. The first line is a [`FromResident::Hello`]; no line holds a secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", rename_all = "snake_case")]
pub enum FromResident {
    Hello {
        version: String,
        /// The resident makes way for the other version and is back in a moment: call again.
        #[serde(default)]
        restarting: bool,
    },
    /// What to show from now on; sent to those who asked with [`Action::Show`].
    View(View),
    /// The window should come to the front.
    Present {
        activation_token: Option<String>,
    },
    /// The window should close where it is in sight, else come to the front.
    Toggle {
        activation_token: Option<String>,
    },
    /// Doorbell ends because it was asked to, and the window with it. Without this word it will be back.
    Bye,
    Status(Status),
    List(Vec<Listed>),
    /// What is set, for whoever asked.
    Settings(SettingsView),
    /// What is set, for windows, when somebody else has changed it.
    SettingsChanged(SettingsView),
    /// What was asked for was not done, for this reason: a sentence.
    Refused {
        words: String,
    },
    Diagnostics(String),
    /// What came of a command's [`Action::SignIn`], in a sentence.
    SignInEnded {
        worked: bool,
        words: String,
    },
    /// What came of a command's [`Action::SignOut`], in a sentence; said when the keychain has answered.
    SignedOut {
        worked: bool,
        words: String,
    },
    /// What a command asked for has been passed on; the answer to each [`ToResident::Do`] of one,
    /// but for signing in and out, and for quitting, which the end of the connection answers.
    Done,
}

/// Who stands at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Window,
    Command,
}

/// How the resident is, for `doorbell status`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    #[serde(default)]
    pub state: State,
    /// Such as "3 unread. Connected."
    pub words: String,
    /// Absent while nobody is signed in.
    pub unread: Option<u64>,
    /// Everybody who is signed in, in the order of sign-in.
    #[serde(default)]
    pub accounts: Vec<AccountStatus>,
}

/// How the resident is, in a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It has not looked around yet.
    #[default]
    Starting,
    Connected,
    /// Connected, and toasts wait.
    Paused,
    /// News does not arrive.
    Offline,
    SignedOut,
    /// The server refuses the key, the token or the feed.
    Refused,
}

/// How one of those who are signed in is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountStatus {
    pub id: AccountId,
    pub user: String,
    /// The user's id, and the host where that is not Knock's own.
    pub name: String,
    /// Such as "3 unread".
    pub words: String,
}

/// Both sides say it; when it differs the resident starts itself anew if its program was replaced.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
