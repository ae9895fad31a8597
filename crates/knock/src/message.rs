//! Messages: what an item is on the server, and what the status endpoints answer with.

use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::failure::Failure;
use crate::ids::ItemId;
use crate::item::{Marks, Source};
use crate::lenient::{list, marks, text, time};

/// A message, without its content.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Also the id of the feed item.
    pub id: ItemId,
    /// Id of the channel it was sent over; of a feed's message that is the feed's id.
    pub channel_id: Option<String>,
    /// Whom it was sent to.
    pub recipient: Option<Recipient>,
    /// At most ten.
    pub actors: Vec<Recipient>,
    /// Id of the tenant it belongs to.
    pub tenant: Option<String>,
    /// How the delivery went: `delivered`, `queued`, `undelivered` and so on.
    pub status: Option<String>,
    /// What was done with it.
    pub marks: Marks,
    /// Which workflow made it.
    pub source: Source,
    /// What the workflow was triggered with.
    pub data: Option<Value>,
    /// When it was made.
    pub inserted_at: Option<OffsetDateTime>,
    /// When it was last changed.
    pub updated_at: Option<OffsetDateTime>,
}

/// Names a user, or an object in its collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Id of the user, or of the object within its collection.
    pub id: String,
    /// Nothing for a user.
    pub collection: Option<String>,
}

impl Message {
    /// Reads the answer to [`api::message`](crate::api::message), or to a mark of one item.
    ///
    /// # Errors
    /// [`Failure::Malformed`] when it is no object, has no `id`, or a mark is no time.
    pub fn parse(body: &[u8]) -> Result<Self, Failure> {
        let malformed = |why: &str| Failure::Malformed(format!("no message: {why}"));
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        let message = answer
            .as_object()
            .ok_or_else(|| malformed("not an object"))?;
        let id = text(message, "id").filter(|id| !id.is_empty());
        Ok(Self {
            id: ItemId(id.ok_or_else(|| malformed("no id"))?),
            channel_id: text(message, "channel_id"),
            recipient: message.get("recipient").and_then(Recipient::parse),
            actors: list(message, "actors", Recipient::parse),
            tenant: text(message, "tenant"),
            status: text(message, "status"),
            marks: marks(message).map_err(malformed)?,
            source: source(message),
            data: message.get("data").filter(|data| !data.is_null()).cloned(),
            inserted_at: time(message, "inserted_at").ok().flatten(),
            updated_at: time(message, "updated_at").ok().flatten(),
        })
    }
}

/// An old answer names the workflow only.
fn source(message: &Map<String, Value>) -> Source {
    match message.get("source").and_then(Value::as_object) {
        Some(source) => Source::parse(source),
        None => Source {
            key: text(message, "workflow").unwrap_or_default(),
            ..Source::default()
        },
    }
}

impl Recipient {
    /// A user's id, or an object with its collection.
    fn parse(value: &Value) -> Option<Self> {
        let collection = value.get("collection").and_then(Value::as_str);
        let id = value.as_str().or_else(|| value.get("id")?.as_str())?;
        Some(Self {
            id: id.to_owned(),
            collection: collection.map(str::to_owned),
        })
    }
}

/// Reads the answer to a mark: those of its messages that the server still calls unread.
///
/// The answer is one message, a list of them, or (of a bulk call) none; what is no message is passed over.
pub fn still_unread(body: &[u8]) -> Vec<ItemId> {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let messages = match &answer {
        Value::Array(messages) => messages.as_slice(),
        Value::Object(_) => std::slice::from_ref(&answer),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => &[],
    };
    messages
        .iter()
        .filter(|message| message.get("read_at").is_some_and(Value::is_null))
        .filter_map(|message| Some(ItemId(message.get("id")?.as_str()?.to_owned())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, unread: &[&str]) {
        let found: Vec<String> = still_unread(body.as_bytes())
            .into_iter()
            .map(|id| id.0)
            .collect();
        assert_eq!(found, unread, "{body}");
    }

    #[test]
    fn only_messages_that_say_so_are_unread() {
        check(
            r#"[{"id":"a","read_at":null},{"id":"b","read_at":"2026-01-01T00:00:00Z"},{"id":"c"}]"#,
            &["a"],
        );
        check(r#"{"id":"a","read_at":null}"#, &["a"]);
        check(r#"{"id":"op","status":"queued"}"#, &[]);
    }

    #[test]
    fn a_message_needs_an_id_and_times_that_are_times() {
        for body in [
            "",
            "[]",
            "{}",
            r#"{"id":""}"#,
            r#"{"id":"m","read_at":"yesterday"}"#,
        ] {
            let failure = Message::parse(body.as_bytes()).unwrap_err();
            assert!(matches!(failure, Failure::Malformed(_)), "{body}");
        }
        let message = Message::parse(br#"{"id":"m","actors":[null,"a"],"workflow":"w"}"#).unwrap();
        assert_eq!(message.id.as_str(), "m");
        assert_eq!(message.actors.len(), 1);
        assert_eq!(message.source.key, "w");
    }

    #[test]
    fn an_answer_that_is_no_message_says_nothing() {
        for body in [
            "",
            "null",
            "7",
            "[null, 3, {\"read_at\":null}, {\"id\":4,\"read_at\":null}]",
            "<html>",
        ] {
            check(body, &[]);
        }
    }
}
