use std::collections::{BTreeMap, BTreeSet};

use doorbell_notifier::{ItemId, Toast, ToastKey};

use crate::{invariant::Invariant, mailbox::Mailbox};

/// Every toast there was, and those on the screen.
#[derive(Default)]
pub(crate) struct Toasts {
    told: BTreeSet<ItemId>,
    on_screen: BTreeMap<ToastKey, Vec<ItemId>>,
    /// What the toast that is just going out tells of; those before it, too, which a slow desktop has not shown in time.
    going: Vec<ItemId>,
    /// What the toasts told of that were just going out when the program was killed.
    cut_off: BTreeSet<ItemId>,
}

impl Toasts {
    /// The app wants a toast.
    pub(crate) fn wanted(&self, toast: &Toast, mailbox: &Mailbox) {
        for id in toast.items.iter().filter(|id| !self.told.contains(id)) {
            let item = mailbox.get(&id.0);
            Invariant::Account.holds(item.is_some(), || {
                format!("a toast of {id}, which is not this user's")
            });
            let Some(item) = item else { continue };
            Invariant::ToastOnce.holds(!item.old, || {
                format!("{id} was there before signing in and got a toast")
            });
            Invariant::ToastFresh.holds(!mailbox.is_covered(item), || {
                format!("{id} got a toast after all was marked as read")
            });
        }
        let said = match &toast.key {
            ToastKey::Item { .. } => 1,
            ToastKey::Summary { .. } if toast.title == "New notification" => 1,
            ToastKey::Summary { .. } => toast
                .title
                .split(' ')
                .next()
                .and_then(|number| number.parse().ok())
                .unwrap_or_default(),
            ToastKey::Trouble => 0,
        };
        Invariant::ToastCount.holds(said == toast.items.len(), || {
            format!("{:?} tells of {} items", toast.title, toast.items.len())
        });
    }

    /// It is written down, and on its way to the screen.
    pub(crate) fn goes_out(&mut self, toast: &Toast) {
        self.going.extend(toast.items.iter().cloned());
    }

    /// It comes up on the screen.
    pub(crate) fn shows(&mut self, toast: &Toast) {
        self.going.retain(|id| !toast.items.contains(id));
        let carried = toast
            .replaces
            .as_ref()
            .and_then(|key| self.on_screen.remove(key))
            .unwrap_or_default();
        for id in toast.items.iter().filter(|id| !carried.contains(id)) {
            Invariant::ToastOnce.holds(self.told.insert(id.clone()), || {
                format!("{id} got a second toast")
            });
        }
        self.on_screen
            .insert(toast.key.clone(), toast.items.clone());
    }

    pub(crate) fn withdrawn(&mut self, key: &ToastKey) {
        self.on_screen.remove(key);
    }

    /// The program was killed; whether that cut off a toast. Nobody takes back what is on the screen.
    pub(crate) fn killed(&mut self) -> bool {
        self.on_screen.clear();
        let going = std::mem::take(&mut self.going).into_iter();
        let going: Vec<ItemId> = going.filter(|id| !self.told.contains(id)).collect();
        let cut_off = !going.is_empty();
        self.cut_off.extend(going);
        cut_off
    }

    /// In the end every item that nobody has marked has had its toast, and what is read has none any more.
    /// `near` are the items that the first page shows.
    pub(crate) fn judge(&self, mailbox: &Mailbox, near: &BTreeSet<String>) {
        for (id, item) in mailbox
            .items()
            .filter(|(_, item)| !item.old && !item.touched)
        {
            let id = ItemId(id.clone());
            let is_told = self.told.contains(&id) || self.cut_off.contains(&id);
            Invariant::ToastEach.holds(is_told, || {
                format!("{id} of {} got no toast", item.inserted_at)
            });
        }
        for (key, items) in &self.on_screen {
            let is_news = |id: &ItemId| {
                let item = mailbox.get(&id.0);
                item.is_none_or(|item| !item.read && !item.archived) || !near.contains(&id.0)
            };
            Invariant::ToastWithdrawn.holds(items.iter().any(is_news), || {
                format!("{key:?} is still there, but {items:?} are read")
            });
        }
    }
}
