use doorbell_knock::AccountId;

use crate::action::Action;

/// What the tray shows, whole. The shell republishes it only when it differs from the last one.
#[derive(Clone, Debug, PartialEq)]
pub struct Tray {
    pub face: Face,
    /// The state in a few words, such as "3 unread".
    pub words: String,
    /// The same, and how fresh it is, such as "3 unread · synced 12:03".
    pub tooltip: String,
    /// From top to bottom; never empty.
    pub menu: Vec<MenuEntry>,
    /// Everybody who is signed in, in the order of sign-in.
    pub accounts: Vec<AccountState>,
}

/// How one of those who are signed in is, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountState {
    pub id: AccountId,
    /// The user's id.
    pub user: String,
    /// The user's id, and the host where that is not Knock's own.
    pub name: String,
    /// Such as "3 unread".
    pub words: String,
}

/// What is drawn in the tray. States differ in shape, not in colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// Connected; a number above 0 fills the plate.
    Count(u64),
    /// Connected, and toasts wait.
    Paused(u64),
    /// News does not arrive; the last known number stays, since it is still the best known.
    Offline(u64),
    /// Nobody is signed in.
    SignedOut,
    /// The server refuses the key, the token or the feed.
    Refused,
}

/// A line of the tray's menu.
#[derive(Clone, Debug, PartialEq)]
pub enum MenuEntry {
    Item {
        label: String,
        action: Action,
    },
    /// Words that cannot be clicked.
    Status {
        label: String,
    },
    Separator,
    /// Opens to the side.
    Submenu {
        label: String,
        entries: Vec<MenuEntry>,
    },
}
