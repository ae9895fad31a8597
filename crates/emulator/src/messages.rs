//! Every message of the environment, found by id and by user.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;
use time::OffsetDateTime;

use crate::message::{Message, reference};
use crate::table::{Change, Keep, Table};

/// Messages in the order they came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Messages {
    all: Table<u64, Message>,
    by_id: HashMap<String, u64>,
    by_user: HashMap<String, BTreeSet<u64>>,
}

impl Messages {
    /// Oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.all.values()
    }

    /// Those of a user, oldest first.
    pub(crate) fn of(&self, user_id: &str) -> Vec<&Message> {
        let keys = self.by_user.get(user_id).into_iter().flatten();
        keys.filter_map(|key| self.all.get(key)).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Message> {
        self.all.get(self.by_id.get(id)?)
    }

    pub(crate) fn find_mut(&mut self, id: &str) -> Option<&mut Message> {
        self.all.get_mut(self.by_id.get(id)?)
    }

    pub(crate) fn push(&mut self, message: Message) {
        let key = self.all.push(message);
        self.index(key);
    }

    pub(crate) fn retain(&mut self, stays: impl Fn(&Message) -> bool) {
        self.all.retain(|_, message| stays(message));
        self.index_all();
    }

    /// Makes one user another, as it is now, in every message since then that is to it or of its doing.
    /// Older ones to it go.
    pub(crate) fn merge(&mut self, from: &str, to: &str, merged: &Value, since: OffsetDateTime) {
        let is_old = |message: &Message| message.inserted_at < since;
        self.all
            .retain(|_, message| !(message.user_id() == from && is_old(message)));
        let concerns = |message: &Message| {
            let actors = message.activities.iter();
            let mut actors = actors.filter_map(|activity| activity.actor.as_ref());
            let named = [from, to];
            named.contains(&message.user_id())
                || actors.any(|actor| named.iter().any(|id| reference(actor) == *id))
        };
        let concerned = self.all.iter();
        let concerned = concerned.filter(|(_, message)| !is_old(message) && concerns(message));
        for key in concerned.map(|(key, _)| *key).collect::<Vec<_>>() {
            if let Some(message) = self.all.get_mut(&key) {
                message.become_of(from, to, merged);
            }
        }
        self.index_all();
    }

    pub(crate) fn become_as(&mut self, other: Self) {
        self.all.become_as(other.all);
        self.index_all();
    }

    fn index(&mut self, key: u64) {
        if let Some(message) = self.all.get(&key) {
            self.by_id.insert(message.id.clone(), key);
            let user_id = message.user_id().to_owned();
            self.by_user.entry(user_id).or_default().insert(key);
        }
    }

    fn index_all(&mut self) {
        self.by_id.clear();
        self.by_user.clear();
        for key in self.all.keys().copied().collect::<Vec<_>>() {
            self.index(key);
        }
    }
}

impl Keep for Messages {
    fn track(&mut self) {
        self.all.track();
    }

    fn take_changes(&mut self) -> Vec<Change> {
        self.all.take_changes()
    }

    fn put(&mut self, key: &str, value: &str) -> Result<(), serde_json::Error> {
        self.all.put(key, value)?;
        self.index(serde_json::from_str(key)?);
        Ok(())
    }
}
