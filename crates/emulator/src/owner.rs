use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Who has preferences, channel data and subscriptions: a user or an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Owner {
    User(String),
    Object { collection: String, id: String },
}

impl Owner {
    pub(crate) fn user(id: &str) -> Self {
        Self::User(id.to_owned())
    }

    pub(crate) fn object(collection: &str, id: &str) -> Self {
        Self::Object {
            collection: collection.to_owned(),
            id: id.to_owned(),
        }
    }

    /// A tenant is an object of a collection of its own.
    pub(crate) fn tenant(id: &str) -> Self {
        Self::object(TENANTS, id)
    }

    /// Reads a reference: a user's id, or an id with its collection; also a whole recipient.
    pub(crate) fn parse(reference: &Value) -> Option<Self> {
        let text = |value: &Value| {
            value
                .as_str()
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        match reference {
            Value::Object(object) => {
                let id = text(object.get("id")?)?;
                match object.get("collection") {
                    None | Some(Value::Null) => Some(Self::User(id)),
                    Some(collection) => Some(Self::Object {
                        collection: text(collection)?,
                        id,
                    }),
                }
            }
            id => text(id).map(Self::User),
        }
    }

    pub(crate) fn id(&self) -> &str {
        match self {
            Self::User(id) | Self::Object { id, .. } => id,
        }
    }

    pub(crate) fn is_in(&self, wanted: &str) -> bool {
        matches!(self, Self::Object { collection, .. } if collection == wanted)
    }

    /// As messages and requests refer to it.
    pub(crate) fn reference(&self) -> Value {
        match self {
            Self::User(id) => json!(id),
            Self::Object { collection, id } => json!({"id": id, "collection": collection}),
        }
    }
}

/// As people read it.
impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => f.write_str(id),
            Self::Object { collection, id } => write!(f, "{collection}/{id}"),
        }
    }
}

pub(crate) const TENANTS: &str = "$tenants";
