//! What the server knows of the user.

use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::failure::Failure;
use crate::lenient::{text, time};
use crate::web_url::WebUrl;

/// A user, as far as the application that triggers workflows has told.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// As the application that triggers workflows knows it.
    pub id: String,
    /// For people.
    pub name: Option<String>,
    /// Where mail goes.
    pub email: Option<String>,
    /// As the application wrote it.
    pub phone_number: Option<String>,
    /// A picture.
    pub avatar: Option<WebUrl>,
    /// A name such as `Europe/Paris`.
    pub timezone: Option<String>,
    /// A language tag such as `en-GB`.
    pub locale: Option<String>,
    /// When the server first heard of the user.
    pub created_at: Option<OffsetDateTime>,
    /// When the server last heard something new of the user.
    pub updated_at: Option<OffsetDateTime>,
    /// Whatever else the application has stored.
    pub properties: Map<String, Value>,
}

impl User {
    /// Reads the answer to [`api::user`](crate::api::user) or [`api::identify`](crate::api::identify).
    ///
    /// A field of another type reads as if it were not there.
    ///
    /// # Errors
    /// [`Failure::Malformed`] when it is no object with an `id`.
    pub fn parse(body: &[u8]) -> Result<Self, Failure> {
        let malformed = || Failure::Malformed("no user".to_owned());
        let Ok(Value::Object(mut user)) = serde_json::from_slice(body) else {
            return Err(malformed());
        };
        let id = text(&user, "id").filter(|id| !id.is_empty());
        Ok(Self {
            id: id.ok_or_else(malformed)?,
            name: text(&user, "name"),
            email: text(&user, "email"),
            phone_number: text(&user, "phone_number"),
            avatar: text(&user, "avatar").and_then(|avatar| WebUrl::parse(&avatar)),
            timezone: text(&user, "timezone"),
            locale: text(&user, "locale"),
            created_at: time(&user, "created_at").ok().flatten(),
            updated_at: time(&user, "updated_at").ok().flatten(),
            properties: {
                user.retain(|key, _| !KNOWN.contains(&key.as_str()));
                user
            },
        })
    }
}

const KNOWN: [&str; 10] = [
    "__typename",
    "id",
    "name",
    "email",
    "phone_number",
    "avatar",
    "timezone",
    "locale",
    "created_at",
    "updated_at",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_of_other_types_are_not_there() {
        let user = json!({ "id": "u", "name": 7, "email": null, "avatar": "javascript:alert(1)",
            "created_at": "yesterday", "locale": "en-GB", "plan": "team" });
        let user = User::parse(user.to_string().as_bytes()).unwrap();
        let expected = User {
            id: "u".into(),
            name: None,
            email: None,
            phone_number: None,
            avatar: None,
            timezone: None,
            locale: Some("en-GB".into()),
            created_at: None,
            updated_at: None,
            properties: [("plan".to_owned(), json!("team"))].into_iter().collect(),
        };
        assert_eq!(user, expected);
    }

    #[test]
    fn an_answer_without_an_id_is_no_user() {
        for body in ["", "null", "[]", "{}", r#"{"id":null}"#, r#"{"id":""}"#] {
            let failure = User::parse(body.as_bytes()).unwrap_err();
            assert!(matches!(failure, Failure::Malformed(_)), "{body}");
        }
    }
}
