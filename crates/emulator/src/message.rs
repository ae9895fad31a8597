//! One message in the feed, and its two faces: feed item and message.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::clock::{micros, moment};
use crate::status::Status;

/// What the emulator remembers of one in-app message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) recipient: Value,
    pub(crate) workflow: Origin,
    pub(crate) step_ref: String,
    pub(crate) workflow_run_id: String,
    pub(crate) workflow_recipient_run_id: String,
    /// What it tells of, oldest first: more than one after a batch.
    pub(crate) activities: Vec<Activity>,
    pub(crate) tenant: Option<String>,
    pub(crate) blocks: Value,
    pub(crate) data: Map<String, Value>,
    pub(crate) inserted_at: OffsetDateTime,
    pub(crate) updated_at: OffsetDateTime,
    pub(crate) seen_at: Option<OffsetDateTime>,
    pub(crate) read_at: Option<OffsetDateTime>,
    pub(crate) interacted_at: Option<OffsetDateTime>,
    pub(crate) archived_at: Option<OffsetDateTime>,
    /// What happened to it, oldest first.
    pub(crate) events: Vec<Event>,
}

/// The workflow that made it, as it was then.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Origin {
    pub(crate) key: String,
    pub(crate) version_id: String,
    pub(crate) categories: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Activity {
    pub(crate) id: String,
    pub(crate) actor: Option<Value>,
    pub(crate) data: Map<String, Value>,
    pub(crate) at: OffsetDateTime,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    kind: String,
    data: Value,
    at: OffsetDateTime,
}

/// How much of an item the caller wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    #[default]
    Rich,
    Compact,
}

impl Message {
    /// Makes one recipient another, wherever it is named.
    pub(crate) fn become_of(&mut self, from: &str, to: &str, merged: &Value) {
        let is_meant = |whom: &Value| {
            let names = |id: &str| reference(whom) == id;
            names(from) || names(to)
        };
        let activities = self.activities.iter_mut();
        let actors = activities.filter_map(|activity| activity.actor.as_mut());
        for whom in std::iter::once(&mut self.recipient).chain(actors) {
            if is_meant(whom) {
                *whom = merged.clone();
            }
        }
    }

    pub(crate) fn user_id(&self) -> &str {
        self.recipient["id"].as_str().unwrap_or_default()
    }

    /// Applies a status. Marking again moves the timestamp to `now`.
    ///
    /// Interacting reads as well, reading does not see: the choice that every client SDK assumes.
    pub(crate) fn mark(&mut self, status: Status, metadata: &Value, now: OffsetDateTime) {
        let now = moment(now);
        self.note(status.name(), metadata.clone(), now);
        self.updated_at = now;
        match status {
            Status::Seen => self.seen_at = Some(now),
            Status::Unseen => self.seen_at = None,
            Status::Read => self.read_at = Some(now),
            Status::Unread => self.read_at = None,
            Status::Archived => self.archived_at = Some(now),
            Status::Unarchived => self.archived_at = None,
            Status::Interacted => {
                self.interacted_at = Some(now);
                self.read_at.get_or_insert(now);
            }
        }
    }

    /// Writes down what happened.
    pub(crate) fn note(&mut self, kind: &str, data: Value, now: OffsetDateTime) {
        let at = moment(now);
        self.events.push(Event {
            kind: kind.to_owned(),
            data,
            at,
        });
    }

    /// What happened, as `GET /v1/messages/{id}/events` lists it: newest first, each with its id.
    pub(crate) fn events(&self) -> Vec<(String, Value)> {
        let answer = |(index, event): (usize, &Event)| {
            let id = format!("{}-{index}", self.id);
            let answer = json!({
                "__typename": "MessageEvent",
                "id": id,
                "type": format!("message.{}", event.kind),
                "recipient": reference(&self.recipient),
                "data": event.data,
                "inserted_at": micros(event.at),
            });
            (id, answer)
        };
        self.events.iter().enumerate().rev().map(answer).collect()
    }

    /// What it says, as `GET /v1/messages/{id}/content` answers it.
    pub(crate) fn content(&self) -> Value {
        json!({
            "__typename": "MessageContents",
            "message_id": self.id,
            "inserted_at": micros(self.inserted_at),
            "data": {"__typename": "MessageInAppFeedContent", "blocks": self.blocks},
        })
    }

    /// What it tells of, newest first, each with its id; those whose data is wanted.
    pub(crate) fn activities(
        &self,
        wanted: impl Fn(&Map<String, Value>) -> bool,
    ) -> Vec<(String, Value)> {
        let newest_first = self.activities.iter().rev();
        newest_first
            .filter(|activity| wanted(&activity.data))
            .map(|activity| (activity.id.clone(), self.activity(activity)))
            .collect()
    }

    /// The item as a feed page lists it.
    pub(crate) fn item(&self, cursor: String, mode: Mode) -> Value {
        let actors = self.actors();
        let shown = match mode {
            Mode::Rich => MAX_ACTORS,
            Mode::Compact => 1,
        };
        let mut item = json!({
            "__typename": "FeedItem",
            "__cursor": cursor,
            "id": self.id,
            "actors": actors.iter().take(shown).collect::<Vec<_>>(),
            "total_actors": actors.len(),
            "blocks": self.blocks,
            "data": self.data,
            "source": {
                "__typename": "NotificationSource",
                "key": self.workflow.key,
                "version_id": self.workflow.version_id,
                "categories": self.workflow.categories,
                "step_ref": self.step_ref,
            },
            "tenant": self.tenant,
        });
        self.write_timestamps(&mut item);
        match mode {
            Mode::Compact => item["data"] = self.flat_data(),
            Mode::Rich => {
                let activities = self
                    .activities(|_| true)
                    .into_iter()
                    .map(|(_, activity)| activity);
                item["activities"] = activities.collect();
                item["total_activities"] = json!(self.activities.len());
            }
        }
        item
    }

    /// The message as the message endpoints answer it.
    pub(crate) fn message(&self, feed_id: &str) -> Value {
        let actors = self.actors();
        let actors = actors.into_iter().take(MAX_ACTORS).map(reference);
        let actors: Vec<Value> = actors.collect();
        let mut message = json!({
            "__typename": "Message",
            "id": self.id,
            "channel_id": feed_id,
            "channel": {
                "id": feed_id,
                "key": "in-app",
                "name": "In-app feed",
                "type": "in_app_feed",
                "provider": "in_app_feed_knock",
                "created_at": CHANNEL_CREATED_AT,
                "updated_at": CHANNEL_CREATED_AT,
            },
            "recipient": self.user_id(),
            "actors": actors,
            "workflow": self.workflow.key,
            "tenant": self.tenant,
            "status": "delivered",
            "engagement_statuses": self.engagement_statuses(),
            "scheduled_at": null,
            "source": {
                "__typename": "NotificationSource",
                "type": "workflow",
                "key": self.workflow.key,
                "version_id": self.workflow.version_id,
                "categories": self.workflow.categories,
                "step_ref": self.step_ref,
                "workflow_run_id": self.workflow_run_id,
                "workflow_recipient_run_id": self.workflow_recipient_run_id,
            },
            "data": self.data,
            "metadata": {},
        });
        self.write_timestamps(&mut message);
        message
    }

    fn write_timestamps(&self, target: &mut Value) {
        target["inserted_at"] = json!(micros(self.inserted_at));
        target["updated_at"] = json!(micros(self.updated_at));
        let marks = [
            ("seen_at", self.seen_at),
            ("read_at", self.read_at),
            ("interacted_at", self.interacted_at),
            ("archived_at", self.archived_at),
            ("link_clicked_at", None),
            ("clicked_at", None),
        ];
        for (name, at) in marks {
            target[name] = json!(at.map(micros));
        }
    }

    pub(crate) fn engagement_statuses(&self) -> Vec<&'static str> {
        let marks = [
            ("seen", self.seen_at),
            ("read", self.read_at),
            ("interacted", self.interacted_at),
            ("archived", self.archived_at),
        ];
        marks
            .iter()
            .filter(|(_, at)| at.is_some())
            .map(|(name, _)| *name)
            .collect()
    }

    /// Who did it, the last one first, each once.
    fn actors(&self) -> Vec<&Value> {
        let mut actors: Vec<&Value> = Vec::new();
        for actor in self
            .activities
            .iter()
            .rev()
            .filter_map(|one| one.actor.as_ref())
        {
            if !actors.iter().any(|met| reference(met) == reference(actor)) {
                actors.push(actor);
            }
        }
        actors
    }

    fn activity(&self, activity: &Activity) -> Value {
        json!({
            "__typename": "Activity",
            "id": activity.id,
            "actor": activity.actor,
            "recipient": self.recipient,
            "data": activity.data,
            "inserted_at": micros(activity.at),
            "updated_at": micros(activity.at),
        })
    }

    fn flat_data(&self) -> Value {
        let scalars = self
            .data
            .iter()
            .filter(|(_, value)| !value.is_object() && !value.is_array());
        Value::Object(
            scalars
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
        )
    }
}

/// A recipient as messages refer to it: a user's id, or an object's id and collection.
pub(crate) fn reference(recipient: &Value) -> Value {
    match recipient["__typename"] == "Object" {
        true => json!({"id": recipient["id"], "collection": recipient["collection"]}),
        false => recipient["id"].clone(),
    }
}

const MAX_ACTORS: usize = 10;

const CHANNEL_CREATED_AT: &str = "2025-11-01T00:00:00.000000Z";
