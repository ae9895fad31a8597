//! Runs that wait: at a delay, or in a batch that is still open.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use crate::owner::Owner;
use crate::step::{Batch, Closing, Order};
use crate::table::Table;
use crate::workflow::Workflow;

/// A workflow on its way to one recipient.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Passage {
    /// Kept by its key alone.
    #[serde(serialize_with = "key", deserialize_with = "awaited")]
    pub(crate) workflow: Arc<Workflow>,
    pub(crate) run_id: String,
    pub(crate) user_id: String,
    pub(crate) tenant: Option<String>,
    pub(crate) skips_delays: bool,
    /// The step that is next.
    pub(crate) step: usize,
    /// What its recipient follows, when that is why it hears of this.
    #[serde(default)]
    pub(crate) subscription: Option<Value>,
    /// Set once it went through a batch.
    #[serde(default)]
    pub(crate) batched: Option<Order>,
    /// More than one after a batch, oldest first.
    pub(crate) happenings: Vec<Happening>,
}

/// One trigger, as far as the message tells of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Happening {
    pub(crate) actor: Option<Value>,
    pub(crate) data: Map<String, Value>,
    pub(crate) cancellation_key: Option<String>,
    pub(crate) at: OffsetDateTime,
}

/// What keeps apart what must not be batched or throttled together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Group {
    workflow: String,
    step: usize,
    user_id: String,
    tenant: Option<String>,
    value: String,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Pending {
    pub(crate) waiting: Table<u64, Waiting>,
    /// When a throttled step was last passed, oldest first.
    pub(crate) passed: Table<Group, Vec<OffsetDateTime>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Waiting {
    due: OffsetDateTime,
    /// When a batch began.
    #[serde(default)]
    opened: Option<OffsetDateTime>,
    /// Set while it is a batch that takes up more.
    batch: Option<Group>,
    passage: Passage,
}

/// What becomes of a passage that comes to a batch.
#[derive(Debug)]
pub(crate) enum Batched {
    Waits,
    /// This one goes on at once.
    GoesOn(Passage),
}

impl Passage {
    /// The group at its current step.
    pub(crate) fn group(&self, key: Option<String>) -> Group {
        Group {
            workflow: self.workflow.key.clone(),
            step: self.step,
            user_id: self.user_id.clone(),
            tenant: self.tenant.clone(),
            value: key.unwrap_or_default(),
        }
    }
}

impl Pending {
    /// When the next one goes on.
    pub(crate) fn next_due(&self) -> Option<OffsetDateTime> {
        self.waiting.values().map(|waiting| waiting.due).min()
    }

    /// Takes the passage that goes on first, if it does by now.
    pub(crate) fn take_due(&mut self, now: OffsetDateTime) -> Option<(OffsetDateTime, Passage)> {
        let (key, first) = self.waiting.iter().min_by_key(|(_, waiting)| waiting.due)?;
        if first.due > now {
            return None;
        }
        let key = *key;
        let waiting = self.waiting.remove(&key)?;
        Some((waiting.due, waiting.passage))
    }

    pub(crate) fn delay(&mut self, passage: Passage, due: OffsetDateTime) {
        self.waiting.push(Waiting {
            due,
            opened: None,
            batch: None,
            passage,
        });
    }

    /// Joins the open batch of the group, or opens one.
    pub(crate) fn batch(
        &mut self,
        group: Group,
        mut passage: Passage,
        batch: &Batch,
        now: OffsetDateTime,
    ) -> Batched {
        let open = self
            .waiting
            .iter()
            .find(|(_, waiting)| waiting.batch.as_ref() == Some(&group))
            .map(|(key, _)| *key);
        let Some((key, open)) = open.and_then(|key| Some((key, self.waiting.get_mut(&key)?)))
        else {
            let leading = batch.flushes_leading.then(|| passage.clone());
            if leading.is_some() {
                passage.happenings.clear();
            }
            self.waiting.push(Waiting {
                due: now + batch.window,
                opened: Some(now),
                batch: Some(group),
                passage,
            });
            return leading.map_or(Batched::Waits, Batched::GoesOn);
        };
        if open.passage.happenings.is_empty() {
            // What opened it has gone on, or was cancelled: it is this one's run from now on.
            open.passage.run_id = passage.run_id;
        }
        open.passage.happenings.extend(passage.happenings);
        if let Closing::Sliding { limit } = batch.closing {
            let latest = limit.zip(open.opened).map(|(limit, at)| at + limit);
            let due = now + batch.window;
            open.due = latest.map_or(due, |latest| due.min(latest));
        }
        let items = open.passage.happenings.len();
        let is_full = batch.max_items.is_some_and(|max| items >= max);
        match is_full || open.due <= now {
            true => self
                .waiting
                .remove(&key)
                .map_or(Batched::Waits, |open| Batched::GoesOn(open.passage)),
            false => Batched::Waits,
        }
    }

    /// Whether the group may pass once more within the window, which begins with the first one that passes;
    /// if so, it just did.
    pub(crate) fn pass(
        &mut self,
        group: Group,
        window: Duration,
        limit: usize,
        now: OffsetDateTime,
    ) -> bool {
        let passed = self.passed.get_or_insert_with(group, Vec::new);
        if passed.first().is_some_and(|first| now - *first >= window) {
            passed.clear();
        }
        let may = passed.len() < limit;
        if may {
            passed.push(now);
        }
        may
    }

    /// Withdraws what waits under a cancellation key; `recipients` limits it to some.
    pub(crate) fn cancel(&mut self, workflow: &str, key: &str, recipients: Option<&[Owner]>) {
        let is_meant = |passage: &Passage| {
            let owner = Owner::user(&passage.user_id);
            passage.workflow.key == workflow
                && recipients.is_none_or(|recipients| recipients.contains(&owner))
        };
        let meant = self.waiting.iter();
        let meant = meant.filter(|(_, waiting)| is_meant(&waiting.passage));
        for at in meant.map(|(at, _)| *at).collect::<Vec<_>>() {
            if let Some(waiting) = self.waiting.get_mut(&at) {
                waiting
                    .passage
                    .happenings
                    .retain(|happening| happening.cancellation_key.as_deref() != Some(key));
            }
        }
        // A batch stays open when all it took up is cancelled.
        self.waiting
            .retain(|_, waiting| waiting.batch.is_some() || !waiting.passage.happenings.is_empty());
    }
}

fn key<S: Serializer>(workflow: &Workflow, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&workflow.key)
}

fn awaited<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Workflow>, D::Error> {
    String::deserialize(deserializer).map(|key| Arc::new(Workflow::awaited(key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_an_older_emulator_kept_is_read() {
        let passage = Passage {
            workflow: Arc::new(Workflow::awaited("w".to_owned())),
            run_id: "r".to_owned(),
            user_id: "jane".to_owned(),
            tenant: None,
            skips_delays: false,
            step: 1,
            subscription: Some(json!({"role": "reader"})),
            batched: Some(Order::Descending),
            happenings: Vec::new(),
        };
        let now = OffsetDateTime::UNIX_EPOCH;
        let mut pending = Pending::default();
        pending.delay(passage, now);
        let waiting = pending.waiting.values().next().unwrap();
        let mut kept = json!(waiting);
        let again: Waiting = serde_json::from_value(kept.clone()).unwrap();
        assert_eq!(again.passage.batched, Some(Order::Descending));
        assert_eq!(again.passage.subscription, Some(json!({"role": "reader"})));

        kept.as_object_mut().unwrap().remove("opened");
        let passage = kept["passage"].as_object_mut().unwrap();
        passage.remove("subscription");
        passage.remove("batched");
        let older: Waiting = serde_json::from_value(kept).unwrap();
        assert_eq!((older.due, older.passage.batched), (now, None));
        assert_eq!(older.passage.workflow.key, "w");
    }
}
