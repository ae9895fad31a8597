//! Scenarios as data: `scenarios/*.toml`.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

use doorbell_knock::{Archived, FeedOptions, InsertedAt, Mode, Status, StatusFilter};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What happens between a person, a server and a client.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    pub(crate) title: String,
    /// The name of what the official client does wrong here, in `exceptions.toml`.
    #[serde(default)]
    pub(crate) official: Option<String>,
    /// One plain feed unless said otherwise.
    #[serde(default = "one_plain_feed")]
    pub(crate) feeds: Vec<Filters>,
    pub(crate) steps: Vec<Step>,
}

/// The options of one feed, spelled as Knock spells them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filters {
    pub(crate) status: Option<StatusFilter>,
    #[serde(default)]
    pub(crate) archived: Archived,
    pub(crate) tenant: Option<String>,
    pub(crate) has_tenant: Option<bool>,
    pub(crate) source: Option<String>,
    #[serde(default)]
    pub(crate) workflow_categories: Vec<String>,
    pub(crate) trigger_data: Option<Map<String, Value>>,
    pub(crate) inserted_at_date_range: Option<DateRange>,
    #[serde(default)]
    pub(crate) mode: Mode,
    pub(crate) page_size: Option<u16>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DateRange {
    #[serde(with = "time::serde::rfc3339::option", default)]
    pub(crate) start: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option", default)]
    pub(crate) end: Option<OffsetDateTime>,
    #[serde(default)]
    pub(crate) inclusive: bool,
}

/// Items are named by letters; a list of them has spaces between. `feed` is a number from 0.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Step {
    /// A workflow brings each of these items, a second apart.
    Trigger {
        items: String,
        #[serde(default = "plain_workflow")]
        workflow: String,
        tenant: Option<String>,
        #[serde(default)]
        data: Map<String, Value>,
        /// The server tells no client of it: the feed's filter leaves it out of the list, though not of the counts.
        #[serde(default)]
        untold: bool,
    },
    /// The client is opened: it signs in, joins and fetches.
    Start,
    /// The person marks these items, one or several at once.
    Mark {
        status: Status,
        items: String,
        #[serde(default)]
        feed: usize,
        metadata: Option<Value>,
        /// As the list had them when they were last marked: a click on what has not been drawn again yet.
        #[serde(default)]
        again: bool,
        /// The server refuses it.
        #[serde(default)]
        refused: bool,
    },
    /// The person marks everything that the feed shows.
    All {
        status: Status,
        #[serde(default)]
        feed: usize,
    },
    /// The person archives what is read.
    ArchiveRead {
        #[serde(default)]
        feed: usize,
    },
    /// These items are marked on another device, of which the server tells nobody.
    Elsewhere { status: Status, items: String },
    /// The person asks for the list.
    Fetch,
    /// The person scrolls to the end of what is loaded.
    More {
        #[serde(default)]
        feed: usize,
    },
    /// The next request is served at once and answered late.
    Slow,
    /// What was answered late has arrived.
    Answered,
    /// The next requests fail.
    Fail {
        status: u16,
        #[serde(default = "once")]
        times: usize,
        retry_after: Option<u64>,
    },
    /// The server closes the socket and takes no new one.
    Offline { code: u16 },
    /// It takes them again.
    Online,
    /// The channel crashes.
    Crash,
    /// The client is closed, and with it what it remembers.
    Quit,
}

impl Scenario {
    /// All of them, in the order of their files' names.
    pub(crate) fn all() -> Vec<Scenario> {
        let mut files: Vec<_> = fs::read_dir(directory().join("scenarios"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        let read = |file: &std::path::PathBuf| {
            let text = fs::read_to_string(file).unwrap();
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
        };
        files.iter().map(read).collect()
    }
}

/// What the official client does wrong: a sentence for each name.
pub(crate) fn exceptions() -> BTreeMap<String, String> {
    let text = fs::read_to_string(directory().join("exceptions.toml")).unwrap();
    toml::from_str(&text).unwrap()
}

pub(crate) fn directory() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential")
}

pub(crate) fn names(items: &str) -> Vec<String> {
    items.split_whitespace().map(str::to_owned).collect()
}

impl Filters {
    /// For the official client.
    pub(crate) fn official(&self) -> Value {
        let mut options = json!({"archived": self.archived.as_str(), "mode": self.mode.as_str()});
        let mut add = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                options[name] = value;
            }
        };
        add("status", self.status.map(|status| status.as_str().into()));
        add("tenant", self.tenant.clone().map(Value::from));
        add("has_tenant", self.has_tenant.map(Value::from));
        add("source", self.source.clone().map(Value::from));
        let categories = &self.workflow_categories;
        add(
            "workflow_categories",
            (!categories.is_empty()).then(|| json!(categories)),
        );
        add("trigger_data", self.trigger_data.clone().map(Value::from));
        let written = |at: Option<OffsetDateTime>| at.map(|at| at.format(&Rfc3339).unwrap());
        add(
            "inserted_at_date_range",
            self.inserted_at_date_range.as_ref().map(|range| {
                json!({"start": written(range.start), "end": written(range.end), "inclusive": range.inclusive})
            }),
        );
        add("page_size", self.page_size.map(Value::from));
        options
    }

    /// For ours.
    pub(crate) fn ours(&self) -> FeedOptions {
        let inserted_at = match &self.inserted_at_date_range {
            None => InsertedAt::default(),
            Some(range) if range.inclusive => InsertedAt {
                gte: range.start,
                lte: range.end,
                ..InsertedAt::default()
            },
            Some(range) => InsertedAt {
                gt: range.start,
                lt: range.end,
                ..InsertedAt::default()
            },
        };
        FeedOptions {
            archived: self.archived,
            mode: self.mode,
            status: self.status,
            tenant: self.tenant.clone(),
            has_tenant: self.has_tenant,
            source: self.source.clone(),
            workflow_categories: self.workflow_categories.clone(),
            trigger_data: self.trigger_data.clone().map(Value::from),
            inserted_at,
            page_size: self.page_size,
            ..FeedOptions::default()
        }
    }
}

fn one_plain_feed() -> Vec<Filters> {
    vec![Filters::default()]
}

fn plain_workflow() -> String {
    "new-message".to_owned()
}

fn once() -> usize {
    1
}
