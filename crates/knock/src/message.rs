//! What the status endpoints answer with: messages, of which only little matters here.

use serde_json::Value;

use crate::ids::ItemId;

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
