//! Users and objects that were identified, and what is kept about each.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::clock::millis;
use crate::merge;
use crate::owner::{Owner, TENANTS};
use crate::preferences::{self, Preferences};
use crate::refusal::Refusal;
use crate::subscriptions::Subscriptions;
use crate::table::Table;

/// Everyone and everything that can be a recipient or an actor, as JSON.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recipients {
    pub(crate) known: Table<Owner, Value>,
    pub(crate) preferences: Preferences,
    /// By owner and channel id: the `data` that the channel needs.
    pub(crate) channel_data: Table<(Owner, String), Value>,
    pub(crate) subscriptions: Subscriptions,
}

impl Recipients {
    pub(crate) fn find(&self, owner: &Owner) -> Option<&Value> {
        self.known.get(owner)
    }

    pub(crate) fn user(&self, id: &str) -> Option<&Value> {
        self.find(&Owner::user(id))
    }

    pub(crate) fn users(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.known
            .iter()
            .filter(|(owner, _)| matches!(owner, Owner::User(_)))
            .map(|(owner, user)| (owner.id(), user))
    }

    pub(crate) fn objects<'a>(
        &'a self,
        collection: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.known
            .iter()
            .filter(move |(owner, _)| owner.is_in(collection))
            .map(|(owner, object)| (owner.id(), object))
    }

    /// Creates the user or merges the given properties into it; what is not given stays.
    pub(crate) fn identify(
        &mut self,
        id: &str,
        properties: &Map<String, Value>,
        now: OffsetDateTime,
    ) -> Result<&Value, Refusal> {
        self.set(&Owner::user(id), properties, now)
    }

    /// Creates a user or an object, or merges the given properties into it.
    ///
    /// `preferences` and `channel_data` among them are merged where they belong.
    pub(crate) fn set(
        &mut self,
        owner: &Owner,
        properties: &Map<String, Value>,
        now: OffsetDateTime,
    ) -> Result<&Value, Refusal> {
        check_size(properties)?;
        check_types(owner, properties)?;
        let sets = inline(properties, "preferences")?;
        for set in sets.values() {
            preferences::checked(set)?;
        }
        let channels = inline(properties, "channel_data")?;
        if self.known.len() >= MAX_KNOWN && !self.known.contains_key(owner) {
            return Err(Refusal::Full("users and objects"));
        }
        for (id, set) in &sets {
            self.preferences.merge(owner, id, set)?;
        }
        for (id, data) in channels {
            self.channel_data.insert((owner.clone(), id), json!(data));
        }
        let known = self.known.get_or_insert_with(owner.clone(), || stub(owner));
        let target = match owner {
            Owner::User(_) => &mut *known,
            Owner::Object { .. } => &mut known["properties"],
        };
        for (key, value) in properties {
            let is_property = !RESERVED.contains(&key.as_str())
                && (key != "collection" || matches!(owner, Owner::User(_)));
            if is_property {
                target[key] = value.clone();
            }
        }
        known["updated_at"] = json!(millis(now));
        Ok(known)
    }

    /// The actor or recipient that a trigger names: an id, an inline user or an inline object.
    ///
    /// `Ok(None)` is an id that nobody identified.
    pub(crate) fn resolve(
        &mut self,
        field: &str,
        reference: &Value,
        now: OffsetDateTime,
    ) -> Result<Option<Value>, Refusal> {
        let Some(owner) = Owner::parse(reference) else {
            return Err(Refusal::invalid(
                field,
                "must be an id or an object with an id",
            ));
        };
        match reference {
            Value::Object(inline) => self.set(&owner, inline, now).cloned().map(Some),
            _ => Ok(self.find(&owner).cloned()),
        }
    }

    /// As `resolve`, but somebody who was never identified is from now on.
    pub(crate) fn introduce(
        &mut self,
        field: &str,
        reference: &Value,
        now: OffsetDateTime,
    ) -> Result<Owner, Refusal> {
        let Some(owner) = Owner::parse(reference) else {
            return Err(Refusal::invalid(
                field,
                "must be an id or an object with an id",
            ));
        };
        if self.resolve(field, reference, now)?.is_none() {
            self.set(&owner, &Map::new(), now)?;
        }
        Ok(owner)
    }

    pub(crate) fn become_as(&mut self, other: Self) {
        self.known.become_as(other.known);
        self.preferences.0.become_as(other.preferences.0);
        self.channel_data.become_as(other.channel_data);
        self.subscriptions.become_as(other.subscriptions);
    }

    /// Everything kept about somebody goes; whether there was anybody.
    pub(crate) fn delete(&mut self, owner: &Owner) -> bool {
        self.preferences.forget(owner);
        self.subscriptions.forget(owner);
        self.channel_data.retain(|(of, _), _| of != owner);
        self.known.remove(owner).is_some()
    }

    /// Merges one user into another, who wins wherever both say something.
    pub(crate) fn merge(
        &mut self,
        from: &str,
        to: &str,
        now: OffsetDateTime,
    ) -> Result<Value, Refusal> {
        let (from, to) = (Owner::user(from), Owner::user(to));
        let (Some(Value::Object(mut merged)), Some(Value::Object(primary))) =
            (self.known.get(&from).cloned(), self.known.get(&to))
        else {
            return Err(Refusal::ResourceMissing);
        };
        let mut said = primary.clone();
        said.retain(|_, value| !value.is_null());
        merge::deep(&mut merged, &said);
        merged.insert("updated_at".into(), json!(millis(now)));
        let merged = Value::Object(merged);
        self.known.insert(to.clone(), merged.clone());
        self.preferences.inherit(&from, &to);
        self.subscriptions.inherit(&from, &to);
        let of_from = self.channel_data.iter();
        let of_from: Vec<(String, Value)> = of_from
            .filter(|((owner, _), _)| *owner == from)
            .map(|((_, channel), data)| (channel.clone(), data.clone()))
            .collect();
        for (channel, data) in of_from {
            self.channel_data
                .get_or_insert_with((to.clone(), channel), || data);
        }
        self.delete(&from);
        Ok(merged)
    }
}

/// Somebody of whom nothing is known but who it is.
fn stub(owner: &Owner) -> Value {
    match owner {
        Owner::User(id) => json!({
            "__typename": "User",
            "id": id,
            "created_at": null,
            "name": null,
            "email": null,
            "phone_number": null,
            "avatar": null,
            "timezone": null,
        }),
        Owner::Object { collection, id } => json!({
            "__typename": "Object",
            "id": id,
            "collection": collection,
            "created_at": null,
            "properties": {},
        }),
    }
}

/// A tenant as the tenant endpoints answer it: its properties lie open.
pub(crate) fn tenant(object: &Value) -> Value {
    let mut tenant =
        json!({"__typename": "Tenant", "id": object["id"], "name": null, "settings": null});
    for (key, value) in object["properties"].as_object().into_iter().flatten() {
        tenant[key] = value.clone();
    }
    debug_assert_eq!(object["collection"], TENANTS);
    tenant
}

fn check_size(properties: &Map<String, Value>) -> Result<(), Refusal> {
    let size: usize = properties
        .iter()
        .map(|(key, value)| key.len() + value.to_string().len())
        .sum();
    match size > MAX_PROPERTIES_BYTES {
        true => Err(Refusal::invalid(
            "properties",
            "must not be larger than 256 kB",
        )),
        false => Ok(()),
    }
}

/// What Knock knows by name has the type that it reads it as; other properties may be anything.
fn check_types(owner: &Owner, properties: &Map<String, Value>) -> Result<(), Refusal> {
    let texts = match owner {
        Owner::User(_) => TEXTS_OF_USERS,
        Owner::Object { .. } if owner.is_in(TENANTS) => &["name"],
        Owner::Object { .. } => &[],
    };
    for name in texts {
        if !matches!(
            properties.get(*name),
            None | Some(Value::Null | Value::String(_))
        ) {
            return Err(Refusal::invalid(name, "must be a string"));
        }
    }
    if !owner.is_in(TENANTS) {
        return Ok(());
    }
    let is_object =
        |value: Option<&Value>| matches!(value, None | Some(Value::Null | Value::Object(_)));
    let settings = properties.get("settings");
    let inside = |name| settings.and_then(|settings| settings.get(name));
    for (name, value) in [
        ("settings", settings),
        ("branding", inside("branding")),
        ("preference_set", inside("preference_set")),
    ] {
        if !is_object(value) {
            return Err(Refusal::invalid(name, "must be an object"));
        }
    }
    Ok(())
}

/// An object of objects inside the properties.
fn inline(
    properties: &Map<String, Value>,
    field: &str,
) -> Result<BTreeMap<String, Map<String, Value>>, Refusal> {
    let wrong = || Refusal::invalid(field, "must be an object of objects");
    match properties.get(field) {
        None | Some(Value::Null) => Ok(BTreeMap::new()),
        Some(Value::Object(entries)) => entries
            .iter()
            .map(|(id, entry)| Some((id.clone(), entry.as_object()?.clone())))
            .collect::<Option<_>>()
            .ok_or_else(wrong),
        Some(_) => Err(wrong()),
    }
}

/// Keys of a request that are not properties.
const RESERVED: &[&str] = &[
    "__typename",
    "id",
    "updated_at",
    "channel_data",
    "preferences",
    "$trigger_data",
];

/// So that a loop that forgot to end does not take all memory.
const MAX_KNOWN: usize = 100_000;

const TEXTS_OF_USERS: &[&str] = &[
    "name",
    "email",
    "phone_number",
    "avatar",
    "timezone",
    "locale",
    "created_at",
];

const MAX_PROPERTIES_BYTES: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    #[test]
    fn identifying_again_keeps_what_is_not_given() {
        let mut recipients = Recipients::default();
        let first = json!({"name": "Jane", "plan": "team"});
        recipients
            .identify("u", first.as_object().unwrap(), NOW)
            .unwrap();
        let second = json!({"email": "jane@example.test", "id": "other"});
        let user = recipients
            .identify("u", second.as_object().unwrap(), NOW)
            .unwrap();
        assert_eq!(user["id"], "u");
        assert_eq!(user["name"], "Jane");
        assert_eq!(user["plan"], "team");
        assert_eq!(user["email"], "jane@example.test");
    }

    #[test]
    fn properties_beyond_the_limit_are_refused_and_nobody_is_created() {
        let mut recipients = Recipients::default();
        let big = json!({"x": "y".repeat(MAX_PROPERTIES_BYTES)});
        assert!(
            recipients
                .identify("u", big.as_object().unwrap(), NOW)
                .is_err()
        );
        assert_eq!(recipients.user("u"), None);
    }

    #[test]
    fn a_name_is_a_text_and_settings_of_a_tenant_are_an_object() {
        let set = |owner: Owner, properties: Value| {
            let mut recipients = Recipients::default();
            let properties = properties.as_object().unwrap();
            recipients.set(&owner, properties, NOW).map(|_| ())
        };
        assert!(set(Owner::user("u"), json!({"name": null, "plan": 7})).is_ok());
        assert!(set(Owner::user("u"), json!({"name": 7})).is_err());
        assert!(set(Owner::tenant("t"), json!({"settings": {"branding": null}})).is_ok());
        assert!(set(Owner::tenant("t"), json!({"settings": {"branding": 7}})).is_err());
        assert!(set(Owner::tenant("t"), json!({"settings": []})).is_err());
        assert!(set(Owner::object("things", "t"), json!({"name": 7})).is_ok());
    }

    #[test]
    fn an_unknown_id_resolves_to_nobody() {
        let mut recipients = Recipients::default();
        assert_eq!(recipients.resolve("actor", &json!("ghost"), NOW), Ok(None));
        assert!(recipients.resolve("actor", &json!(7), NOW).is_err());
        assert!(
            recipients
                .resolve("actor", &json!({"name": "no id"}), NOW)
                .is_err()
        );
    }
}
