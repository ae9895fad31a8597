//! Preference sets: what users and tenants want to hear of.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::condition::Conditions;
use crate::merge;
use crate::owner::Owner;
use crate::refusal::Refusal;
use crate::table::Table;

/// Every preference set that was written, by owner and set id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Preferences(pub(crate) Table<Owner, BTreeMap<String, Map<String, Value>>>);

/// A part of a set whose entries have keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Categories,
    Workflows,
    ChannelTypes,
    Channels,
}

impl Preferences {
    /// The set as the API answers it; one that was never written has nulls.
    pub(crate) fn set(&self, owner: &Owner, id: &str) -> Value {
        let parts = self.0.get(owner).and_then(|sets| sets.get(id));
        answer(id, parts.unwrap_or(&Map::new()))
    }

    /// Every set of an owner, the default one first whether written or not.
    pub(crate) fn all(&self, owner: &Owner) -> Vec<Value> {
        let written = self.0.get(owner).into_iter().flat_map(BTreeMap::keys);
        let others = written.filter(|id| *id != DEFAULT);
        std::iter::once(DEFAULT)
            .chain(others.map(String::as_str))
            .map(|id| self.set(owner, id))
            .collect()
    }

    /// Replaces the set, or merges into it when the request says so.
    pub(crate) fn write(
        &mut self,
        owner: &Owner,
        id: &str,
        request: &Map<String, Value>,
    ) -> Result<(), Refusal> {
        let strategy = request.get(STRATEGY).and_then(Value::as_str);
        match strategy {
            None | Some("replace") => self.replace(owner, id, checked(request)?),
            Some("merge") => return self.merge(owner, id, request),
            Some(_) => return Err(Refusal::invalid(STRATEGY, "must be merge or replace")),
        }
        Ok(())
    }

    pub(crate) fn merge(
        &mut self,
        owner: &Owner,
        id: &str,
        request: &Map<String, Value>,
    ) -> Result<(), Refusal> {
        let parts = checked(request)?;
        merge::deep(self.entry(owner, id), &parts);
        Ok(())
    }

    /// Replaces one part.
    pub(crate) fn write_part(
        &mut self,
        owner: &Owner,
        id: &str,
        part: Part,
        entries: &Map<String, Value>,
    ) -> Result<(), Refusal> {
        part.check(entries)?;
        self.entry(owner, id)
            .insert(part.name().to_owned(), json!(entries));
        Ok(())
    }

    /// Replaces one entry of a part.
    pub(crate) fn write_entry(
        &mut self,
        owner: &Owner,
        id: &str,
        part: Part,
        key: &str,
        setting: &Value,
    ) -> Result<(), Refusal> {
        let entries = Map::from_iter([(key.to_owned(), setting.clone())]);
        part.check(&entries)?;
        let parts = Map::from_iter([(part.name().to_owned(), json!(entries))]);
        let set = self.entry(owner, id);
        if let Some(Value::Object(present)) = set.get_mut(part.name()) {
            present.remove(key);
        }
        merge::deep(set, &parts);
        Ok(())
    }

    pub(crate) fn delete(&mut self, owner: &Owner, id: &str) {
        if let Some(sets) = self.0.get_mut(owner) {
            sets.remove(id);
        }
    }

    pub(crate) fn forget(&mut self, owner: &Owner) {
        self.0.remove(owner);
    }

    /// Gives the sets that only `from` has to `to`.
    pub(crate) fn inherit(&mut self, from: &Owner, to: &Owner) {
        for (id, set) in self.0.remove(from).unwrap_or_default() {
            let sets = self.0.get_or_insert_with(to.clone(), BTreeMap::new);
            sets.entry(id).or_insert(set);
        }
    }

    fn replace(&mut self, owner: &Owner, id: &str, parts: Map<String, Value>) {
        *self.entry(owner, id) = parts;
    }

    fn entry(&mut self, owner: &Owner, id: &str) -> &mut Map<String, Value> {
        let sets = self.0.get_or_insert_with(owner.clone(), BTreeMap::new);
        sets.entry(id.to_owned()).or_default()
    }
}

impl Part {
    const ALL: &[Self] = &[
        Self::Categories,
        Self::Workflows,
        Self::ChannelTypes,
        Self::Channels,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Categories => "categories",
            Self::Workflows => "workflows",
            Self::ChannelTypes => "channel_types",
            Self::Channels => "channels",
        }
    }

    fn check(self, entries: &Map<String, Value>) -> Result<(), Refusal> {
        let wrong = |message| Err(Refusal::invalid(self.name(), message));
        for (key, setting) in entries {
            if self == Self::ChannelTypes && !CHANNEL_TYPES.contains(&key.as_str()) {
                return wrong("has a channel type that is not known");
            }
            match (self, setting) {
                (_, Value::Bool(_)) => {}
                (Self::ChannelTypes | Self::Channels, Value::Object(setting)) => {
                    check_conditions(self.name(), setting)?;
                }
                (Self::Categories | Self::Workflows, Value::Object(setting)) => {
                    check_conditions(self.name(), setting)?;
                    for part in [Self::ChannelTypes, Self::Channels] {
                        part.check_in(setting)?;
                    }
                }
                _ => return wrong("must have true, false or settings under each key"),
            }
        }
        Ok(())
    }

    fn check_in(self, parts: &Map<String, Value>) -> Result<(), Refusal> {
        match parts.get(self.name()) {
            None | Some(Value::Null) => Ok(()),
            Some(Value::Object(entries)) => self.check(entries),
            Some(_) => Err(Refusal::invalid(self.name(), "must be an object")),
        }
    }
}

/// The parts of a request that are stored, when all of them are right.
pub(crate) fn checked(request: &Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    let mut parts = Map::new();
    for part in Part::ALL {
        part.check_in(request)?;
        if let Some(entries) = request.get(part.name()) {
            parts.insert(part.name().to_owned(), entries.clone());
        }
    }
    match request.get(COMMERCIAL) {
        None => {}
        Some(setting @ (Value::Null | Value::Bool(_))) => {
            parts.insert(COMMERCIAL.to_owned(), setting.clone());
        }
        Some(Value::Object(setting)) => {
            check_conditions(COMMERCIAL, setting)?;
            parts.insert(COMMERCIAL.to_owned(), json!(setting));
        }
        Some(_) => return Err(Refusal::invalid(COMMERCIAL, "must be true or false")),
    }
    Ok(parts)
}

pub(crate) fn answer(id: &str, parts: &Map<String, Value>) -> Value {
    let mut set = json!({"id": id});
    for name in Part::ALL.iter().map(|part| part.name()).chain([COMMERCIAL]) {
        set[name] = parts.get(name).cloned().unwrap_or_default();
    }
    set
}

/// Whether a set has any entry.
pub(crate) fn says_something(set: &Value) -> bool {
    Part::ALL.iter().any(|part| !set[part.name()].is_null())
}

fn check_conditions(field: &str, setting: &Map<String, Value>) -> Result<(), Refusal> {
    let conditions = setting.get("conditions").unwrap_or(&Value::Null);
    Conditions::parse_flat(field, conditions).map(|_| ())
}

/// The set that counts where no tenant is named.
pub(crate) const DEFAULT: &str = "default";

pub(crate) const COMMERCIAL: &str = "commercial_subscribed";

const STRATEGY: &str = "__persistence_strategy__";

const CHANNEL_TYPES: &[&str] = &[
    "email",
    "in_app_feed",
    "in_app_guide",
    "sms",
    "push",
    "chat",
    "http",
];
