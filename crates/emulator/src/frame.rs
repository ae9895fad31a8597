//! Phoenix V2 frames as a server sees them.
//!
//! Written apart from the client's codec on purpose: a mistake in one does not hide in the other.

use serde_json::{Value, json};

/// One frame from a client. Refs and topic keep their JSON type, as a Phoenix server echoes them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) join_ref: Value,
    pub(crate) reference: Value,
    pub(crate) topic: Value,
    pub(crate) event: Value,
    pub(crate) payload: Value,
}

impl Frame {
    /// Reads `[join_ref, ref, topic, event, payload, …]`; `None` is what ends the connection.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let elements: Vec<Value> = serde_json::from_str(text).ok()?;
        let mut elements = elements.into_iter();
        Some(Self {
            join_ref: elements.next()?,
            reference: elements.next()?,
            topic: elements.next()?,
            event: elements.next()?,
            payload: elements.next()?,
        })
    }
}

/// A reply to one push.
pub(crate) fn reply(
    join_ref: &Value,
    reference: &Value,
    topic: &Value,
    status: &str,
    response: Value,
) -> String {
    json!([join_ref, reference, topic, "phx_reply", {"status": status, "response": response}])
        .to_string()
}

/// A control event of one channel: `phx_close` or `phx_error`.
pub(crate) fn control(join_ref: &Value, topic: &str, event: &str, payload: Value) -> String {
    json!([join_ref, join_ref, topic, event, payload]).to_string()
}

/// A broadcast on a topic.
pub(crate) fn broadcast(topic: &str, event: &str, payload: &Value) -> String {
    json!([null, null, topic, event, payload]).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_an_array_of_five_is_no_frame() {
        for text in [
            "",
            "hello",
            "null",
            "42",
            "{}",
            "[]",
            r#"["1","2","t","e"]"#,
            r#"["1","2","t","e","#,
        ] {
            assert_eq!(Frame::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_sixth_element_is_ignored_and_refs_keep_their_type() {
        let frame = Frame::parse(r#" [11, "2", "t", "e", null, "extra"] "#).unwrap();
        assert_eq!(frame.join_ref, json!(11));
        assert_eq!(frame.reference, json!("2"));
        assert_eq!(frame.payload, Value::Null);
    }
}
