//! What a user wants to be told, and over which channels.
//!
//! A workflow, a category, a channel or a type of channel that no preference names is wanted. Values of a shape that is
//! not known here are kept as they came, so that what was read can be written back whole.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::ids::{BadId, UserId};

/// Id of a set of preferences: `default`, or that of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PreferenceSetId(String);

/// The preferences of a user, in general or within a tenant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PreferenceSet {
    /// `default`, or the id of the tenant it is for.
    pub id: PreferenceSetId,
    /// What it says.
    pub preferences: Preferences,
}

/// What to write, and what was read of a set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preferences {
    /// By type: `email`, `in_app_feed`, `sms`, `push`, `chat`, `http`.
    pub channel_types: BTreeMap<String, ChannelPreference>,
    /// By a channel's id; it outweighs its type.
    pub channels: BTreeMap<String, ChannelPreference>,
    /// By a workflow's key.
    pub workflows: BTreeMap<String, Preference>,
    /// By name.
    pub categories: BTreeMap<String, Preference>,
    /// In the `default` set: whether workflows marked as commercial may be sent at all.
    pub commercial_subscribed: Option<ChannelPreference>,
}

/// Of a workflow or a category.
#[derive(Clone, Debug, PartialEq)]
pub enum Preference {
    /// Wanted, or not.
    Subscribed(bool),
    /// Wanted, depending on channel and conditions.
    Detailed(PreferenceDetail),
    /// A shape that is not known here, as it came.
    Other(Value),
}

/// A preference that depends on the channel or on conditions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PreferenceDetail {
    /// By type of channel.
    pub channel_types: BTreeMap<String, ChannelPreference>,
    /// By a channel's id; it outweighs its type.
    pub channels: BTreeMap<String, ChannelPreference>,
    /// All of them must hold.
    pub conditions: Vec<Condition>,
}

/// Of a channel, a type of channel, or of what is commercial.
#[derive(Clone, Debug, PartialEq)]
pub enum ChannelPreference {
    /// Wanted, or not.
    Subscribed(bool),
    /// Where all of these hold.
    When(Vec<Condition>),
    /// A shape that is not known here, as it came.
    Other(Value),
}

/// A comparison that the server makes when a message is about to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Such as `recipient.country`.
    pub variable: String,
    /// Such as `equal_to`.
    pub operator: String,
    /// What the variable is compared with; some operators need nothing.
    pub argument: Option<String>,
}

/// What becomes of preferences that are not mentioned in a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persistence {
    /// They are gone.
    Replace,
    /// They stay.
    Merge,
}

impl PreferenceSetId {
    /// Accepts any name that a URL path can carry as one segment, as [`UserId::parse`] does.
    ///
    /// # Errors
    /// [`BadId`] says why it is none.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        UserId::parse(text).map(|id| Self(id.into()))
    }

    /// The id as it stands in paths.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for PreferenceSetId {
    fn default() -> Self {
        Self(DEFAULT_SET.to_owned())
    }
}

impl PreferenceSet {
    /// Reads the answer to [`api::preference_set`](crate::api::preference_set) or a write.
    ///
    /// # Errors
    /// [`Failure::Malformed`] when it is no object with an `id`.
    pub fn parse(body: &[u8]) -> Result<Self, Failure> {
        let set = serde_json::from_slice(body).unwrap_or_default();
        Self::read(&set).ok_or_else(|| Failure::Malformed("no preference set".to_owned()))
    }

    /// Reads the answer to [`api::preference_sets`](crate::api::preference_sets). What is no set is left out.
    ///
    /// # Errors
    /// [`Failure::Malformed`] when it is no list.
    pub fn parse_all(body: &[u8]) -> Result<Vec<Self>, Failure> {
        match serde_json::from_slice(body) {
            Ok(Value::Array(sets)) => Ok(sets.iter().filter_map(Self::read).collect()),
            Ok(_) | Err(_) => Err(Failure::Malformed("no list of preference sets".to_owned())),
        }
    }

    fn read(set: &Value) -> Option<Self> {
        let set = set.as_object()?;
        Some(Self {
            id: PreferenceSetId::parse(set.get("id")?.as_str()?).ok()?,
            preferences: Preferences {
                channel_types: read_map(set, "channel_types", ChannelPreference::read),
                channels: read_map(set, "channels", ChannelPreference::read),
                workflows: read_map(set, "workflows", Preference::read),
                categories: read_map(set, "categories", Preference::read),
                commercial_subscribed: set
                    .get("commercial_subscribed")
                    .filter(|setting| !setting.is_null())
                    .map(ChannelPreference::read),
            },
        })
    }
}

impl Preferences {
    /// The body of a write, without parts that are empty.
    pub(crate) fn write(&self, persistence: Persistence) -> Value {
        let mut body = Map::new();
        write_map(
            &mut body,
            "channel_types",
            &self.channel_types,
            |preference| preference.write(),
        );
        write_map(&mut body, "channels", &self.channels, |preference| {
            preference.write()
        });
        write_map(&mut body, "workflows", &self.workflows, |preference| {
            preference.write()
        });
        write_map(&mut body, "categories", &self.categories, |preference| {
            preference.write()
        });
        if let Some(setting) = &self.commercial_subscribed {
            body.insert("commercial_subscribed".to_owned(), setting.write());
        }
        if persistence == Persistence::Merge {
            body.insert(STRATEGY.to_owned(), "merge".into());
        }
        Value::Object(body)
    }
}

impl Preference {
    fn read(value: &Value) -> Self {
        if let Some(subscribed) = value.as_bool() {
            return Self::Subscribed(subscribed);
        }
        let Some(detail) = value.as_object() else {
            return Self::Other(value.clone());
        };
        known_or_other(
            value,
            Self::Detailed(PreferenceDetail {
                channel_types: read_map(detail, "channel_types", ChannelPreference::read),
                channels: read_map(detail, "channels", ChannelPreference::read),
                conditions: read_conditions(detail),
            }),
            Self::write,
            Self::Other,
        )
    }

    fn write(&self) -> Value {
        match self {
            Self::Subscribed(subscribed) => json!(subscribed),
            Self::Detailed(detail) => {
                let mut body = Map::new();
                write_map(
                    &mut body,
                    "channel_types",
                    &detail.channel_types,
                    |preference| preference.write(),
                );
                write_map(&mut body, "channels", &detail.channels, |preference| {
                    preference.write()
                });
                if !detail.conditions.is_empty() {
                    body.insert(
                        "conditions".to_owned(),
                        write_conditions(&detail.conditions),
                    );
                }
                Value::Object(body)
            }
            Self::Other(value) => value.clone(),
        }
    }
}

impl ChannelPreference {
    fn read(value: &Value) -> Self {
        if let Some(subscribed) = value.as_bool() {
            return Self::Subscribed(subscribed);
        }
        match value.as_object() {
            Some(detail) => known_or_other(
                value,
                Self::When(read_conditions(detail)),
                Self::write,
                Self::Other,
            ),
            None => Self::Other(value.clone()),
        }
    }

    fn write(&self) -> Value {
        match self {
            Self::Subscribed(subscribed) => json!(subscribed),
            Self::When(conditions) => json!({ "conditions": write_conditions(conditions) }),
            Self::Other(value) => value.clone(),
        }
    }
}

/// What was read, unless writing it back would lose something.
fn known_or_other<T>(value: &Value, read: T, write: fn(&T) -> Value, other: fn(Value) -> T) -> T {
    match bare(&write(&read)) == bare(value) {
        true => read,
        false => other(value.clone()),
    }
}

/// The value without members that say nothing.
fn bare(value: &Value) -> Value {
    let says_something = |value: &Value| match value {
        Value::Null => false,
        Value::Array(elements) => !elements.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    };
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), bare(value)))
            .filter(|(_, value)| says_something(value))
            .collect(),
        Value::Array(elements) => elements.iter().map(bare).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn read_map<T>(
    object: &Map<String, Value>,
    key: &str,
    read: fn(&Value) -> T,
) -> BTreeMap<String, T> {
    let members = object
        .get(key)
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    members
        .filter(|(_, value)| !value.is_null())
        .map(|(key, value)| (key.clone(), read(value)))
        .collect()
}

fn write_map<T>(
    body: &mut Map<String, Value>,
    key: &str,
    members: &BTreeMap<String, T>,
    write: impl Fn(&T) -> Value,
) {
    if !members.is_empty() {
        let members: Map<String, Value> = members
            .iter()
            .map(|(key, value)| (key.clone(), write(value)))
            .collect();
        body.insert(key.to_owned(), members.into());
    }
}

fn read_conditions(detail: &Map<String, Value>) -> Vec<Condition> {
    let conditions = detail.get("conditions").and_then(Value::as_array);
    let text = |condition: &Value, key: &str| Some(condition.get(key)?.as_str()?.to_owned());
    conditions
        .into_iter()
        .flatten()
        .filter_map(|condition| {
            Some(Condition {
                variable: text(condition, "variable")?,
                operator: text(condition, "operator")?,
                argument: text(condition, "argument"),
            })
        })
        .collect()
}

fn write_conditions(conditions: &[Condition]) -> Value {
    conditions
        .iter()
        .map(|condition| {
            json!({
                "variable": condition.variable,
                "operator": condition.operator,
                "argument": condition.argument,
            })
        })
        .collect()
}

const DEFAULT_SET: &str = "default";
const STRATEGY: &str = "__persistence_strategy__";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_is_read_and_written_back() {
        let conditions =
            json!([{ "variable": "recipient.plan", "operator": "equal_to", "argument": null }]);
        let body = json!({
            "channel_types": { "email": true, "sms": { "conditions": conditions } },
            "channels": { "6b1f4f0e-93c8-4f0a-8a4f-0d8b3f3a9c11": false },
            "workflows": {
                "a": false,
                "b": { "channel_types": { "push": false }, "channels": { "c": true }, "conditions": conditions },
            },
            "categories": { "news": { "channel_types": { "email": { "conditions": conditions } } } },
            "commercial_subscribed": false,
        });
        let read = read(&body);
        assert_eq!(read.write(Persistence::Replace), body);
        let condition = Condition {
            variable: "recipient.plan".into(),
            operator: "equal_to".into(),
            argument: None,
        };
        assert_eq!(
            read.channel_types["sms"],
            ChannelPreference::When(vec![condition.clone()])
        );
        assert_eq!(read.workflows["a"], Preference::Subscribed(false));
        let Preference::Detailed(detail) = &read.workflows["b"] else {
            panic!("{:?}", read.workflows["b"]);
        };
        assert_eq!(detail.channels["c"], ChannelPreference::Subscribed(true));
        assert_eq!(detail.conditions, [condition]);
    }

    #[test]
    fn what_is_commercial_may_depend_on_conditions() {
        let condition =
            json!({ "variable": "recipient.plan", "operator": "equal_to", "argument": "team" });
        for setting in [
            json!(true),
            json!({ "conditions": [condition] }),
            json!("on sundays"),
        ] {
            let body = json!({ "commercial_subscribed": setting });
            assert_eq!(read(&body).write(Persistence::Replace), body);
        }
    }

    #[test]
    fn a_shape_that_is_not_known_is_written_back_as_it_came() {
        for odd in [
            json!("sometimes"),
            json!(7),
            json!([]),
            json!({ "subscribed": true }),
            json!({ "conditions": [{ "variable": "a" }] }),
            json!({ "conditions": [{ "variable": "a", "operator": "b", "argument": ["c"] }] }),
        ] {
            let body = json!({ "channel_types": { "email": odd }, "workflows": { "a": odd } });
            let read = read(&body);
            assert_eq!(
                read.channel_types["email"],
                ChannelPreference::Other(odd.clone())
            );
            assert_eq!(read.workflows["a"], Preference::Other(odd));
            assert_eq!(read.write(Persistence::Replace), body);
        }
    }

    #[test]
    fn parts_that_are_null_are_empty() {
        let read = read(&json!({
            "channel_types": null,
            "workflows": { "gone": null, "a": { "channel_types": { "email": false }, "conditions": null } },
        }));
        assert_eq!(
            read.write(Persistence::Replace),
            json!({ "workflows": { "a": { "channel_types": { "email": false } } } })
        );
    }

    #[test]
    fn a_merge_says_so_and_mentions_only_what_is_to_change() {
        let change = Preferences {
            categories: [("news".to_owned(), Preference::Subscribed(false))].into(),
            ..Preferences::default()
        };
        assert_eq!(
            change.write(Persistence::Merge),
            json!({ "categories": { "news": false }, "__persistence_strategy__": "merge" })
        );
    }

    #[test]
    fn an_answer_that_is_no_set_is_malformed() {
        for body in ["", "null", "[]", "{}", r#"{"id":7}"#, r#"{"id":""}"#] {
            assert!(
                matches!(
                    PreferenceSet::parse(body.as_bytes()),
                    Err(Failure::Malformed(_))
                ),
                "{body}"
            );
        }
        assert!(matches!(
            PreferenceSet::parse_all(b"{}"),
            Err(Failure::Malformed(_))
        ));
        let ids = PreferenceSet::parse_all(br#"[{"id":"acme"}, 7, {}]"#).unwrap();
        assert_eq!(
            ids,
            [PreferenceSet {
                id: PreferenceSetId("acme".into()),
                ..PreferenceSet::default()
            }]
        );
    }

    fn read(body: &Value) -> Preferences {
        let mut body = body.clone();
        body["id"] = "default".into();
        PreferenceSet::parse(body.to_string().as_bytes())
            .unwrap()
            .preferences
    }
}
