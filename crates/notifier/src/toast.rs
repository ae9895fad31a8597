use doorbell_knock::{AccountId, ItemId};

use crate::action::Action;

/// A native notification.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    pub key: ToastKey,
    /// A toast that this one takes the place of, when it is still there.
    pub replaces: Option<ToastKey>,
    /// Plain text.
    pub title: String,
    /// Plain text of at most four lines; may be empty.
    pub body: String,
    /// What a click on the toast does.
    pub default: Action,
    /// Buttons, at most three.
    pub buttons: Vec<ToastButton>,
    /// The items it tells of, oldest first; none in a toast about Doorbell itself.
    pub items: Vec<ItemId>,
}

/// A button of a toast.
#[derive(Clone, Debug, PartialEq)]
pub struct ToastButton {
    pub label: String,
    pub action: Action,
}

/// What a toast is about: one item, or a number of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ToastKey {
    Item {
        account: AccountId,
        item: ItemId,
    },
    Summary {
        account: AccountId,
        number: u64,
    },
    /// Doorbell's own, such as that something does not work.
    Trouble,
}
