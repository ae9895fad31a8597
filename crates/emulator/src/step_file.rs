//! A step as a file says it.

use serde::Deserialize;
use serde_json::Value;
use time::Duration;

use crate::block_file::BlockFile;
use crate::path;
use crate::step::{Batch, Closing, GroupKey, Order, Step, Task, Throttle};
use crate::template::Kind;
use crate::workflow_file::WorkflowError;
use crate::workflow_text::Place;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepFile {
    r#type: StepType,
    r#ref: Option<String>,
    /// For people.
    #[serde(rename = "name")]
    _name: Option<String>,
    #[serde(default)]
    conditions: Value,
    r#for: Option<String>,
    window: Option<String>,
    key: Option<String>,
    sliding: Option<bool>,
    max_window: Option<String>,
    max_items: Option<usize>,
    order: Option<OrderFile>,
    flush_leading: Option<bool>,
    limit: Option<usize>,
    blocks: Option<Vec<BlockFile>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StepType {
    InApp,
    Delay,
    Batch,
    Throttle,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OrderFile {
    Asc,
    Desc,
}

impl StepFile {
    pub(crate) fn read(self, index: usize, place: &Place) -> Result<Step, WorkflowError> {
        self.check_keys(place)?;
        let conditions = place.key("conditions").conditions(&self.conditions)?;
        let kind = self.r#type.default_ref();
        let step_ref = self.r#ref.clone();
        let task = match self.r#type {
            StepType::InApp => self.in_app(place)?,
            StepType::Delay => Task::Delay(needed_time(place, "for", self.r#for.as_deref())?),
            StepType::Batch => self.batch(place)?,
            StepType::Throttle => self.throttle(place)?,
        };
        Ok(Step {
            step_ref: step_ref.unwrap_or_else(|| format!("{kind}_{}", index + 1)),
            conditions,
            task,
        })
    }

    /// A key of another type of step is a mistake: it would do nothing.
    fn check_keys(&self, place: &Place) -> Result<(), WorkflowError> {
        let taken = self.r#type.keys();
        let given = [
            ("for", self.r#for.is_some()),
            ("window", self.window.is_some()),
            ("key", self.key.is_some()),
            ("sliding", self.sliding.is_some()),
            ("max_window", self.max_window.is_some()),
            ("max_items", self.max_items.is_some()),
            ("order", self.order.is_some()),
            ("flush_leading", self.flush_leading.is_some()),
            ("limit", self.limit.is_some()),
            ("blocks", self.blocks.is_some()),
        ];
        let stray = given
            .iter()
            .find(|(key, is_given)| *is_given && !taken.contains(key));
        match stray {
            None => Ok(()),
            Some((key, _)) => {
                let (name, taken) = (self.r#type.name(), taken.join(", "));
                let reason = format!("a step of type {name} takes no '{key}'; it takes {taken}");
                Err(place.key(key).wrong(&reason))
            }
        }
    }

    fn in_app(self, place: &Place) -> Result<Task, WorkflowError> {
        let blocks = self.blocks.filter(|blocks| !blocks.is_empty());
        let Some(blocks) = blocks else {
            return Err(place.wrong("a step of type in_app needs blocks"));
        };
        let place = place.key("blocks");
        let blocks = blocks.into_iter().enumerate();
        blocks
            .map(|(nth, block)| block.read(&place.index(nth)))
            .collect::<Result<Vec<_>, _>>()
            .map(Task::InApp)
    }

    fn batch(self, place: &Place) -> Result<Task, WorkflowError> {
        let limit = match self.max_window.as_deref() {
            None => None,
            Some(text) => Some(time(place, "max_window", text)?),
        };
        let closing = match self.sliding.unwrap_or_default() {
            true => Closing::Sliding { limit },
            false if limit.is_some() => {
                let reason = "only a batch with sliding = true takes 'max_window'";
                return Err(place.key("max_window").wrong(reason));
            }
            false => Closing::Fixed,
        };
        if self.max_items.is_some_and(|max| !ITEMS.contains(&max)) {
            let reason = format!("'max_items' is from {} to {}", ITEMS.start(), ITEMS.end());
            return Err(place.key("max_items").wrong(&reason));
        }
        Ok(Task::Batch(Batch {
            window: needed_time(place, "window", self.window.as_deref())?,
            key: group_key(place, self.key)?,
            closing,
            max_items: self.max_items,
            order: match self.order {
                None | Some(OrderFile::Asc) => Order::Ascending,
                Some(OrderFile::Desc) => Order::Descending,
            },
            flushes_leading: self.flush_leading.unwrap_or_default(),
        }))
    }

    fn throttle(self, place: &Place) -> Result<Task, WorkflowError> {
        if self.limit == Some(0) {
            let reason = "with a 'limit' of 0 nothing would ever be sent; it is at least 1";
            return Err(place.key("limit").wrong(reason));
        }
        Ok(Task::Throttle(Throttle {
            window: needed_time(place, "window", self.window.as_deref())?,
            key: group_key(place, self.key)?,
            limit: self.limit.unwrap_or(1),
        }))
    }
}

impl StepType {
    fn name(self) -> &'static str {
        match self {
            Self::InApp => "in_app",
            Self::Delay => "delay",
            Self::Batch => "batch",
            Self::Throttle => "throttle",
        }
    }

    /// What Knock calls a step of the type that got no name, before the number.
    fn default_ref(self) -> &'static str {
        match self {
            Self::InApp => "in_app_feed",
            Self::Delay | Self::Batch | Self::Throttle => self.name(),
        }
    }

    /// The keys of its own.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::InApp => &["blocks"],
            Self::Delay => &["for"],
            Self::Batch => &[
                "window",
                "key",
                "sliding",
                "max_window",
                "max_items",
                "order",
                "flush_leading",
            ],
            Self::Throttle => &["window", "key", "limit"],
        }
    }
}

/// `page_id` and `data.page_id` are the same; Liquid puts several together.
fn group_key(place: &Place, key: Option<String>) -> Result<Option<GroupKey>, WorkflowError> {
    let Some(key) = key else {
        return Ok(None);
    };
    let place = place.key("key");
    if key.contains("{{") {
        let template = place.template(&key, Kind::Text)?;
        return Ok(Some(GroupKey::Template(template)));
    }
    let is_path = |key: &str| {
        key.split('.').all(|part| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_alphanumeric() || "_-$".contains(c))
        })
    };
    if !is_path(&key) {
        let reason = format!("'{key}' is neither a path like data.page_id nor a template");
        return Err(place.wrong(&reason));
    }
    Ok(Some(GroupKey::Path(match path::root(&key) {
        Some(_) => key,
        None => format!("data.{key}"),
    })))
}

fn needed_time(
    place: &Place,
    key: &'static str,
    value: Option<&str>,
) -> Result<Duration, WorkflowError> {
    match value {
        Some(value) => time(place, key, value),
        None => Err(place.wrong(&format!("this step needs '{key}'"))),
    }
}

fn time(place: &Place, key: &'static str, value: &str) -> Result<Duration, WorkflowError> {
    let refused = || {
        let reason = format!("'{value}' is no time; write 30s, 5m, 2h or 1d, up to a year");
        place.key(key).wrong(&reason)
    };
    duration(value).ok_or_else(refused)
}

/// `90s`, `5m`, `2h`, `1d`.
fn duration(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let count: i64 = text.strip_suffix(unit)?.parse().ok()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return None,
    };
    let seconds = count
        .checked_mul(seconds)
        .filter(|seconds| (1..=MAX_SECONDS).contains(seconds))?;
    Some(Duration::seconds(seconds))
}

/// How many items Knock lets one choose as the most.
const ITEMS: std::ops::RangeInclusive<usize> = 2..=1000;

/// A year.
const MAX_SECONDS: i64 = 366 * 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit_and_an_end() {
        assert_eq!(duration("90s"), Some(Duration::seconds(90)));
        assert_eq!(duration("2d"), Some(Duration::days(2)));
        for wrong in [
            "",
            "s",
            "5",
            "-5m",
            "0s",
            "5 m",
            "5w",
            "999999999999999999d",
            "5é",
        ] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }
}
