//! The text of a workflow file, in TOML or JSON, and where in it something is.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use toml::de::{DeTable, DeValue};

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

    /// What is wrong with a part of the file; or with the whole, when there is no such part.
    pub(crate) fn wrong(self, way: &[At], reason: &str) -> WorkflowError {
        let (text, at) = match self {
            Self::Toml(text) => (text, in_toml(text, way)),
            Self::Json(text) => (text, in_json(text, way)),
        };
        WorkflowError::new(line(text, at.unwrap_or_default()), reason)
    }
}

fn in_toml(text: &str, way: &[At]) -> Option<usize> {
    let table = DeTable::parse(text).ok()?;
    let mut span = table.span();
    let mut here = DeValue::Table(table.into_inner());
    for step in way {
        let next = match (here, step) {
            (DeValue::Table(table), At::Key(key)) => {
                let mut entries = table.into_iter();
                entries.find(|(name, _)| name.get_ref() == key)?.1
            }
            (DeValue::Array(array), At::Index(index)) => array.into_iter().nth(*index)?,
            _ => return None,
        };
        span = next.span();
        here = next.into_inner();
    }
    Some(span.start)
}

fn in_json(text: &str, way: &[At]) -> Option<usize> {
    let mut here: &RawValue = serde_json::from_str(text).ok()?;
    for step in way {
        here = match step {
            At::Key(key) => {
                let entries: BTreeMap<String, &RawValue> = serde_json::from_str(here.get()).ok()?;
                entries.get(*key).copied()?
            }
            At::Index(index) => {
                let entries: Vec<&RawValue> = serde_json::from_str(here.get()).ok()?;
                entries.get(*index).copied()?
            }
        };
    }
    // A raw value borrows from the text.
    (here.get().as_ptr() as usize).checked_sub(text.as_ptr() as usize)
}

fn line(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or(text);
    before.matches('\n').count() + 1
}
