//! Users and objects that were identified.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::clock::millis;
use crate::refusal::Refusal;

/// Everyone and everything that can be a recipient or an actor, as JSON.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recipients {
    users: BTreeMap<String, Value>,
    objects: BTreeMap<(String, String), Value>,
}

impl Recipients {
    pub(crate) fn user(&self, id: &str) -> Option<&Value> {
        self.users.get(id)
    }

    /// Creates the user or merges the given properties into it; what is not given stays.
    pub(crate) fn identify(
        &mut self,
        id: &str,
        properties: &Map<String, Value>,
        now: OffsetDateTime,
    ) -> Result<&Value, Refusal> {
        let size: usize = properties
            .iter()
            .map(|(key, value)| key.len() + value.to_string().len())
            .sum();
        if size > MAX_PROPERTIES_BYTES {
            return Err(Refusal::invalid(
                "properties",
                "must not be larger than 256 kB",
            ));
        }
        let user = self.users.entry(id.to_owned()).or_insert_with(|| {
            json!({
                "__typename": "User",
                "id": id,
                "created_at": null,
                "name": null,
                "email": null,
                "phone_number": null,
                "avatar": null,
                "timezone": null,
            })
        });
        for (key, value) in properties
            .iter()
            .filter(|(key, _)| !RESERVED.contains(&key.as_str()))
        {
            user[key] = value.clone();
        }
        user["updated_at"] = json!(millis(now));
        Ok(user)
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
        match reference {
            Value::String(id) => Ok(self.users.get(id).cloned()),
            Value::Object(inline) => {
                let id = inline
                    .get("id")
                    .and_then(Value::as_str)
                    .filter(|id| !id.is_empty());
                let id = id.ok_or_else(|| Refusal::invalid(field, "must have an id"))?;
                match inline.get("collection") {
                    None => self.identify(id, inline, now).cloned().map(Some),
                    Some(Value::String(collection)) => {
                        Ok(Some(self.set_object(collection, id, inline, now)))
                    }
                    Some(_) => Err(Refusal::invalid(
                        field,
                        "must have a collection that is a string",
                    )),
                }
            }
            _ => Err(Refusal::invalid(
                field,
                "must be an id or an object with an id",
            )),
        }
    }

    fn set_object(
        &mut self,
        collection: &str,
        id: &str,
        given: &Map<String, Value>,
        now: OffsetDateTime,
    ) -> Value {
        let key = (collection.to_owned(), id.to_owned());
        let object = self.objects.entry(key).or_insert_with(|| {
            json!({
                "__typename": "Object",
                "id": id,
                "collection": collection,
                "created_at": null,
                "properties": {},
            })
        });
        for (key, value) in given {
            if key != "collection" && !RESERVED.contains(&key.as_str()) {
                object["properties"][key] = value.clone();
            }
        }
        object["updated_at"] = json!(millis(now));
        object.clone()
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
