//! The steps of a workflow.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::Duration;

use crate::block::Block;
use crate::condition::Conditions;
use crate::path;
use crate::template::{Scope, Template};

#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) step_ref: String,
    /// Must hold, or the step is passed over.
    pub(crate) conditions: Conditions,
    pub(crate) task: Task,
}

#[derive(Debug)]
pub(crate) enum Task {
    /// Write to the feed.
    InApp(Vec<Block>),
    /// Wait.
    Delay(Duration),
    /// Wait, and take up what else is triggered meanwhile.
    Batch(Batch),
    /// Go on at most so often.
    Throttle(Throttle),
}

#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) window: Duration,
    pub(crate) key: Option<GroupKey>,
    pub(crate) closing: Closing,
    /// With so many it closes at once.
    pub(crate) max_items: Option<usize>,
    pub(crate) order: Order,
    /// The trigger that opens it goes on by itself.
    pub(crate) flushes_leading: bool,
}

/// When a batch closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closing {
    /// A window after it was opened.
    Fixed,
    /// A window after its last trigger, and no later than `limit` after it was opened.
    Sliding { limit: Option<Duration> },
}

/// Which ten of a batch templates see, always oldest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Order {
    /// The oldest.
    #[default]
    Ascending,
    /// The newest.
    Descending,
}

#[derive(Debug)]
pub(crate) struct Throttle {
    pub(crate) window: Duration,
    pub(crate) key: Option<GroupKey>,
    pub(crate) limit: usize,
}

/// What keeps apart the triggers to one recipient that must not be batched or throttled together.
#[derive(Debug)]
pub(crate) enum GroupKey {
    /// Dotted, from the scope of a run.
    Path(String),
    Template(Template),
}

impl Step {
    /// The keys of the data that it names.
    pub(crate) fn data(&self) -> Vec<String> {
        let of_task = match &self.task {
            Task::InApp(blocks) => {
                let templates = blocks.iter().flat_map(Block::templates);
                templates.flat_map(Template::data).collect()
            }
            Task::Delay(_) => Vec::new(),
            Task::Batch(Batch { key, .. }) | Task::Throttle(Throttle { key, .. }) => {
                key.as_ref().map(GroupKey::data).unwrap_or_default()
            }
        };
        [self.conditions.data(), of_task].concat()
    }
}

impl GroupKey {
    fn data(&self) -> Vec<String> {
        match self {
            Self::Path(path) => {
                let key = path.strip_prefix("data.");
                let key = key.and_then(|rest| rest.split('.').next());
                key.map(str::to_owned).into_iter().collect()
            }
            Self::Template(template) => template.data(),
        }
    }

    /// What it is in a run; nothing when the run does not have it.
    pub(crate) fn value(&self, scope: &Value) -> Option<String> {
        match self {
            Self::Path(path) => {
                let found = path::find(path, scope)?;
                (!found.is_null()).then(|| found.to_string())
            }
            Self::Template(template) => {
                let text = template.render(&Scope::of(scope));
                (!text.trim().is_empty()).then_some(text)
            }
        }
    }
}

impl Order {
    /// Ten of them at most.
    pub(crate) fn visible<T>(self, all: &[T]) -> &[T] {
        match self {
            Self::Ascending => &all[..all.len().min(VISIBLE)],
            Self::Descending => &all[all.len().saturating_sub(VISIBLE)..],
        }
    }
}

const VISIBLE: usize = 10;
