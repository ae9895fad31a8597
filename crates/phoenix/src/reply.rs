//! What a `phx_reply` says.

use serde_json::{Value, json};

/// The payload of a `phx_reply`: `{"status": "ok" | "error", "response": …}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// Whether the server did what was asked.
    pub status: ReplyStatus,
    /// What it says about it; on errors usually `{"reason": …}`.
    pub response: Value,
}

/// Whether the server did what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyStatus {
    /// It did.
    Ok,
    /// It did not.
    Error,
}

impl Reply {
    /// Reads a payload; `None` when its status is neither `ok` nor `error`.
    ///
    /// A missing response reads as null.
    pub fn from_payload(mut payload: Value) -> Option<Self> {
        let status = match payload.get("status")?.as_str()? {
            "ok" => ReplyStatus::Ok,
            "error" => ReplyStatus::Error,
            _ => return None,
        };
        let response = payload.get_mut("response").map(Value::take);
        Some(Self {
            status,
            response: response.unwrap_or_default(),
        })
    }

    /// Writes the payload of a `phx_reply`.
    pub fn into_payload(self) -> Value {
        let status = match self.status {
            ReplyStatus::Ok => "ok",
            ReplyStatus::Error => "error",
        };
        json!({ "status": status, "response": self.response })
    }

    /// The reason an error gives, where it is a string.
    pub fn reason(&self) -> Option<&str> {
        self.response.get("reason")?.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_reads_back_as_written() {
        for status in [ReplyStatus::Ok, ReplyStatus::Error] {
            let reply = Reply {
                status,
                response: json!({ "reason": "unauthorized" }),
            };
            assert_eq!(
                Reply::from_payload(reply.clone().into_payload()),
                Some(reply)
            );
        }
    }

    #[test]
    fn a_reply_of_another_shape_is_none() {
        for payload in [
            json!(null),
            json!([]),
            json!("ok"),
            json!({}),
            json!({ "status": 1 }),
            json!({ "status": "maybe", "response": {} }),
        ] {
            assert_eq!(Reply::from_payload(payload), None);
        }
    }

    #[test]
    fn an_error_gives_its_reason() {
        let reply = Reply::from_payload(
            json!({ "status": "error", "response": { "reason": "unmatched topic" } }),
        )
        .unwrap();
        assert_eq!(reply.reason(), Some("unmatched topic"));
    }
}
