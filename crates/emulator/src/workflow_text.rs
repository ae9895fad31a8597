//! The text of a workflow file, in TOML or JSON, and where in it something is.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use toml::de::{DeTable, DeValue};

use crate::condition::{Conditions, Misfit};
use crate::template::{Kind, Template};
use crate::workflow_file::WorkflowError;

/// The text of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Text<'a> {
    Toml(&'a str),
    Json(&'a str),
}

/// One step of the way to a part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    Key(&'static str),
    Index(usize),
}

/// A part of a file.
#[derive(Clone, Debug)]
pub(crate) struct Place<'a> {
    text: Text<'a>,
    way: Vec<At>,
}

impl<'a> Text<'a> {
    /// JSON begins with a brace, as no TOML does.
    pub(crate) fn of(text: &'a str) -> Self {
        match text.trim_start().starts_with('{') {
            true => Self::Json(text),
            false => Self::Toml(text),
        }
    }

    pub(crate) fn read<T: DeserializeOwned>(self) -> Result<T, WorkflowError> {
        match self {
            Self::Toml(text) => toml::from_str(text).map_err(|error| {
                let at = error.span().map_or(0, |span| span.start);
                WorkflowError::new(line(text, at), error.message())
            }),
            Self::Json(text) => serde_json::from_str(text).map_err(|error| {
                let reason = error.to_string();
                // The line has a place of its own.
                let reason = reason.split(" at line ").next().unwrap_or_default();
                WorkflowError::new(error.line(), reason)
            }),
        }
    }

    pub(crate) fn whole(self) -> Place<'a> {
        Place {
            text: self,
            way: Vec::new(),
        }
    }
}

impl Place<'_> {
    pub(crate) fn key(&self, key: &'static str) -> Self {
        self.further(At::Key(key))
    }

    pub(crate) fn index(&self, index: usize) -> Self {
        self.further(At::Index(index))
    }

    fn further(&self, step: At) -> Self {
        let mut place = self.clone();
        place.way.push(step);
        place
    }

    /// What is wrong here; where there is no such part, at the last one on the way to it.
    pub(crate) fn wrong(&self, reason: &str) -> WorkflowError {
        self.wrong_in_line(0, reason)
    }

    /// As `wrong`, so many lines into a text of several.
    fn wrong_in_line(&self, lines: usize, reason: &str) -> WorkflowError {
        let (text, at, before) = match self.text {
            Text::Toml(text) => {
                let at = in_toml(text, &self.way);
                (text, at, lines_before_content(&text[at.min(text.len())..]))
            }
            // A text in JSON has one line whatever it holds.
            Text::Json(text) => (text, in_json(text, &self.way), None),
        };
        let lines = before.map_or(0, |before| before + lines);
        WorkflowError::new(line(text, at) + lines, reason)
    }

    /// Reads the template that is here.
    pub(crate) fn template(&self, source: &str, kind: Kind) -> Result<Template, WorkflowError> {
        Template::parse(source, kind).map_err(|error| self.wrong_in_line(error.line, &error.reason))
    }

    /// Reads the conditions that are here.
    pub(crate) fn conditions(
        &self,
        value: &serde_json::Value,
    ) -> Result<Conditions, WorkflowError> {
        Conditions::parse(value).map_err(|Misfit { way, reason }| {
            let place = Self {
                text: self.text,
                way: [self.way.clone(), way].concat(),
            };
            place.wrong(&reason)
        })
    }
}

/// Where a part begins, or the last part on the way to it.
fn in_toml(text: &str, way: &[At]) -> usize {
    let Ok(table) = DeTable::parse(text) else {
        return 0;
    };
    let mut start = 0;
    let mut here = DeValue::Table(table.into_inner());
    for step in way {
        let next = match (here, step) {
            (DeValue::Table(table), At::Key(key)) => {
                let mut entries = table.into_iter();
                let entry = entries.find(|(name, _)| name.get_ref() == key);
                entry.map(|(_, value)| value)
            }
            (DeValue::Array(array), At::Index(index)) => array.into_iter().nth(*index),
            _ => None,
        };
        let Some(next) = next else {
            return start;
        };
        start = next.span().start;
        here = next.into_inner();
    }
    start
}

fn in_json(text: &str, way: &[At]) -> usize {
    // A raw value borrows from the text.
    let start =
        |here: &RawValue| (here.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    let Ok(mut here) = serde_json::from_str::<&RawValue>(text) else {
        return 0;
    };
    for step in way {
        let next = match step {
            At::Key(key) => {
                let entries: Result<BTreeMap<String, &RawValue>, _> =
                    serde_json::from_str(here.get());
                entries.ok().and_then(|entries| entries.get(*key).copied())
            }
            At::Index(index) => {
                let entries: Result<Vec<&RawValue>, _> = serde_json::from_str(here.get());
                entries
                    .ok()
                    .and_then(|entries| entries.get(*index).copied())
            }
        };
        let Some(next) = next else {
            break;
        };
        here = next;
    }
    start(here)
}

/// Of a text of several lines: how many lines below its beginning it starts. TOML leaves out a first line
/// that is empty. `None` for a text of one line.
fn lines_before_content(value: &str) -> Option<usize> {
    let quotes = ["\"\"\"", "'''"];
    let inside = quotes.iter().find_map(|quote| value.strip_prefix(quote))?;
    Some(usize::from(inside.starts_with(['\n', '\r'])))
}

fn line(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or(text);
    before.matches('\n').count() + 1
}
