//! Who follows which object.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::clock::micros;
use crate::owner::Owner;
use crate::table::{Change, Keep, Table};

#[derive(Clone, Debug, Default)]
pub(crate) struct Subscriptions {
    all: Table<u64, Subscription>,
    /// By object and recipient.
    keys: BTreeMap<Owner, BTreeMap<Owner, u64>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Subscription {
    pub(crate) object: Owner,
    pub(crate) recipient: Owner,
    properties: Value,
    inserted_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl Subscriptions {
    /// Oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Subscription> {
        self.all.values()
    }

    /// Those of an object, oldest first.
    pub(crate) fn of(&self, object: &Owner) -> impl Iterator<Item = &Subscription> {
        let keys = self.keys.get(object).into_iter().flat_map(BTreeMap::values);
        let mut keys: Vec<u64> = keys.copied().collect();
        keys.sort_unstable();
        keys.into_iter().filter_map(|key| self.all.get(&key))
    }

    /// Subscribes, or updates the properties of a subscription that exists.
    pub(crate) fn add(
        &mut self,
        object: &Owner,
        recipient: &Owner,
        properties: &Value,
        now: OffsetDateTime,
    ) -> &Subscription {
        let present = self.key(object, recipient);
        let key = present.unwrap_or_else(|| {
            let key = self.all.push(Subscription {
                object: object.clone(),
                recipient: recipient.clone(),
                properties: json!({}),
                inserted_at: now,
                updated_at: now,
            });
            self.index(key);
            key
        });
        let subscription = self.all.get_mut(&key).expect("an indexed entry is there");
        if !properties.is_null() {
            subscription.properties = properties.clone();
        }
        subscription.updated_at = now;
        subscription
    }

    pub(crate) fn remove(&mut self, object: &Owner, recipient: &Owner) -> Option<Subscription> {
        let key = self.key(object, recipient)?;
        if let Some(of_object) = self.keys.get_mut(object) {
            of_object.remove(recipient);
        }
        self.all.remove(&key)
    }

    /// Ends everything that follows this one or that it follows.
    pub(crate) fn forget(&mut self, owner: &Owner) {
        self.all.retain(|_, subscription| {
            subscription.object != *owner && subscription.recipient != *owner
        });
        self.index_all();
    }

    /// Makes `to` follow what `from` followed.
    pub(crate) fn inherit(&mut self, from: &Owner, to: &Owner) {
        let of_from = self.all.iter();
        let of_from = of_from.filter(|(_, subscription)| subscription.recipient == *from);
        for key in of_from.map(|(key, _)| *key).collect::<Vec<_>>() {
            let object = self.all.get(&key).map(|one| one.object.clone());
            let follows = object.is_some_and(|object| self.key(&object, to).is_some());
            match self.all.get_mut(&key) {
                Some(subscription) if !follows => subscription.recipient = to.clone(),
                _ => {
                    self.all.remove(&key);
                }
            }
        }
        self.index_all();
    }

    pub(crate) fn become_as(&mut self, other: Self) {
        self.all.become_as(other.all);
        self.index_all();
    }

    fn key(&self, object: &Owner, recipient: &Owner) -> Option<u64> {
        self.keys.get(object)?.get(recipient).copied()
    }

    fn index(&mut self, key: u64) {
        if let Some(Subscription {
            object, recipient, ..
        }) = self.all.get(&key)
        {
            let of_object = self.keys.entry(object.clone()).or_default();
            of_object.insert(recipient.clone(), key);
        }
    }

    fn index_all(&mut self) {
        self.keys.clear();
        for key in self.all.keys().copied().collect::<Vec<_>>() {
            self.index(key);
        }
    }
}

impl Keep for Subscriptions {
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

impl Subscription {
    /// What tells it from every other.
    pub(crate) fn key(&self) -> String {
        format!("{}>{}", self.object.reference(), self.recipient.reference())
    }

    /// What templates and conditions see of it, beside the properties of its recipient.
    pub(crate) fn in_scope(&self, object: &Value) -> Value {
        let mut seen = self.properties.clone();
        seen["object"] = object.clone();
        seen
    }

    pub(crate) fn answer(&self, object: &Value, recipient: &Value) -> Value {
        json!({
            "__typename": "Subscription",
            "object": object,
            "recipient": recipient,
            "properties": self.properties,
            "inserted_at": micros(self.inserted_at),
            "updated_at": micros(self.updated_at),
        })
    }
}
