use doorbell_knock::{AccountId, Credentials, ItemId, WebUrl};

use crate::{
    newest::Listed,
    toast::{Toast, ToastKey},
    tray::Tray,
    view::{Problem, View},
};

/// What the app wants of the desktop. The shell performs it and decides nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Desktop {
    Tray(Tray),
    /// Sent only while a window watches.
    View(Box<View>),
    Toast(Toast),
    /// Takes a toast back, if it is still there.
    Withdraw(ToastKey),
    /// Opens a link with the system's opener; the shell answers with `Event::Opened`.
    OpenUrl {
        account: AccountId,
        item: ItemId,
        url: WebUrl,
    },
    /// The answer to `Event::List` of this number.
    Listed {
        asked: u64,
        items: Vec<Listed>,
    },
    /// Starts the window, or brings it to the front.
    ShowWindow,
    /// Closes the window where it is open, else shows it.
    ToggleWindow,
    /// Stores the credentials in the keychain; the shell answers with `Event::Stored`.
    Store(Box<Credentials>),
    /// Reads the keychain again; the shell answers with `Event::Restored` or `Event::KeychainUnavailable`.
    Recall,
    /// Ends every `Action::SignIn`: a sentence for the person who asked, or what stood in the way.
    SignInEnded(Result<String, Problem>),
    /// Removes the credentials of an account from the keychain, or of all; the shell answers with `Event::Forgotten`.
    Forget {
        account: Option<AccountId>,
    },
    Quit,
}
