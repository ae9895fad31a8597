//! Who follows which object.

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::clock::micros;
use crate::owner::Owner;

#[derive(Clone, Debug, Default)]
pub(crate) struct Subscriptions(Vec<Subscription>);

#[derive(Clone, Debug)]
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
        self.0.iter()
    }

    pub(crate) fn of<'a>(&'a self, object: &'a Owner) -> impl Iterator<Item = &'a Subscription> {
        self.iter()
            .filter(move |subscription| subscription.object == *object)
    }

    /// Subscribes, or updates the properties of a subscription that exists.
    pub(crate) fn add(
        &mut self,
        object: &Owner,
        recipient: &Owner,
        properties: &Value,
        now: OffsetDateTime,
    ) -> &Subscription {
        let present = self.0.iter().position(|subscription| {
            subscription.object == *object && subscription.recipient == *recipient
        });
        let index = present.unwrap_or(self.0.len());
        if present.is_none() {
            self.0.push(Subscription {
                object: object.clone(),
                recipient: recipient.clone(),
                properties: json!({}),
                inserted_at: now,
                updated_at: now,
            });
        }
        let subscription = &mut self.0[index];
        if !properties.is_null() {
            subscription.properties = properties.clone();
        }
        subscription.updated_at = now;
        subscription
    }

    pub(crate) fn remove(&mut self, object: &Owner, recipient: &Owner) -> Option<Subscription> {
        let index = self.0.iter().position(|subscription| {
            subscription.object == *object && subscription.recipient == *recipient
        })?;
        Some(self.0.remove(index))
    }

    /// Ends everything that follows this one or that it follows.
    pub(crate) fn forget(&mut self, owner: &Owner) {
        self.0.retain(|subscription| {
            subscription.object != *owner && subscription.recipient != *owner
        });
    }

    /// Makes `to` follow what `from` followed.
    pub(crate) fn inherit(&mut self, from: &Owner, to: &Owner) {
        for index in (0..self.0.len()).rev() {
            if self.0[index].recipient != *from {
                continue;
            }
            let object = &self.0[index].object;
            let follows = self.0.iter().any(|subscription| {
                subscription.object == *object && subscription.recipient == *to
            });
            match follows {
                true => {
                    self.0.remove(index);
                }
                false => self.0[index].recipient = to.clone(),
            }
        }
    }
}

impl Subscription {
    /// What tells it from every other.
    pub(crate) fn key(&self) -> String {
        format!("{}>{}", self.object.reference(), self.recipient.reference())
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
