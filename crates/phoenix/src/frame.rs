//! One message on the wire: `[join_ref, ref, topic, event, payload]`.

use std::fmt;

use serde_json::{Number, Value, json};

use crate::reply::{Reply, ReplyStatus};

/// One text frame of serializer version 2.0.0.
///
/// Source: docs/protocol.md, "Messages".
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The reference of the join this frame belongs to; `None` on broadcasts and heartbeats.
    pub join_ref: Option<Ref>,
    /// The reference a reply echoes; `None` on what asks for no reply.
    pub reference: Option<Ref>,
    /// The channel's name, or `phoenix` for the connection's own messages.
    pub topic: String,
    /// A `phx_…` event of the protocol, `heartbeat`, or an event of the application.
    pub event: String,
    /// Any JSON value; an object by convention.
    pub payload: Value,
}

/// A message reference, kept with the JSON type it came in, because a server echoes it unchanged.
///
/// Two references are equal when their text is: `"7"` equals `7`.
#[derive(Clone, Debug)]
pub enum Ref {
    /// The usual form: a counter as a JSON string.
    Text(String),
    /// The form some clients send: a JSON number.
    Number(Number),
}

/// Why a text is not a frame. Carries nothing of the text, which may be private.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// The text is not JSON, or nested too deep to read.
    NotJson,
    /// The JSON is not an array of at least five elements.
    NotAFrame,
    /// An element has the wrong type: a reference that is neither string, number nor null, or a
    /// topic or event that is not a string.
    WrongType,
}

impl Frame {
    /// Reads one text frame; elements after the fifth are ignored.
    ///
    /// # Errors
    /// [`FrameError`] says why it is none.
    pub fn parse(text: &str) -> Result<Self, FrameError> {
        let value: Value = serde_json::from_str(text).map_err(|_| FrameError::NotJson)?;
        let Value::Array(elements) = value else {
            return Err(FrameError::NotAFrame);
        };
        let mut elements = elements.into_iter();
        let mut next = || elements.next().ok_or(FrameError::NotAFrame);
        let (join_ref, reference, topic, event, payload) =
            (next()?, next()?, next()?, next()?, next()?);
        let (Value::String(topic), Value::String(event)) = (topic, event) else {
            return Err(FrameError::WrongType);
        };
        Ok(Self {
            join_ref: Ref::from_json(join_ref)?,
            reference: Ref::from_json(reference)?,
            topic,
            event,
            payload,
        })
    }

    /// Writes the frame as the text of one WebSocket message.
    pub fn encode(&self) -> String {
        json!([
            Ref::to_json(self.join_ref.as_ref()),
            Ref::to_json(self.reference.as_ref()),
            self.topic,
            self.event,
            self.payload,
        ])
        .to_string()
    }

    /// The join of `topic`; its reference is its `join_ref` too.
    pub fn join(reference: impl Into<Ref>, topic: impl Into<String>, params: Value) -> Self {
        let reference = reference.into();
        Self {
            join_ref: Some(reference.clone()),
            reference: Some(reference),
            topic: topic.into(),
            event: event::JOIN.into(),
            payload: params,
        }
    }

    /// The client's goodbye to the channel that was joined with `join_ref`.
    pub fn leave(
        join_ref: impl Into<Ref>,
        reference: impl Into<Ref>,
        topic: impl Into<String>,
    ) -> Self {
        Self {
            join_ref: Some(join_ref.into()),
            reference: Some(reference.into()),
            topic: topic.into(),
            event: event::LEAVE.into(),
            payload: json!({}),
        }
    }

    /// A client's sign of life, which asks for one of the server's.
    pub fn heartbeat(reference: impl Into<Ref>) -> Self {
        Self {
            join_ref: None,
            reference: Some(reference.into()),
            topic: PHOENIX.into(),
            event: event::HEARTBEAT.into(),
            payload: json!({}),
        }
    }

    /// A server's message to everyone on `topic`: neither reference set.
    pub fn broadcast(topic: impl Into<String>, event: impl Into<String>, payload: Value) -> Self {
        Self {
            join_ref: None,
            reference: None,
            topic: topic.into(),
            event: event.into(),
            payload,
        }
    }

    /// The reply to this frame, with its references echoed.
    pub fn reply(&self, status: ReplyStatus, response: Value) -> Self {
        Self {
            join_ref: self.join_ref.clone(),
            reference: self.reference.clone(),
            topic: self.topic.clone(),
            event: event::REPLY.into(),
            payload: Reply { status, response }.into_payload(),
        }
    }

    /// `phx_close` of the channel that was joined with `join_ref`.
    pub fn close(join_ref: Ref, topic: impl Into<String>) -> Self {
        Self::end(join_ref, topic, event::CLOSE)
    }

    /// `phx_error`: the channel that was joined with `join_ref` crashed.
    pub fn error(join_ref: Ref, topic: impl Into<String>) -> Self {
        Self::end(join_ref, topic, event::ERROR)
    }

    fn end(join_ref: Ref, topic: impl Into<String>, event: &str) -> Self {
        Self {
            join_ref: Some(join_ref.clone()),
            reference: Some(join_ref),
            topic: topic.into(),
            event: event.into(),
            payload: json!({}),
        }
    }
}

impl Ref {
    /// The reference as text, whatever its JSON type.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
        }
    }

    fn from_json(value: Value) -> Result<Option<Self>, FrameError> {
        match value {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(Self::Text(text))),
            Value::Number(number) => Ok(Some(Self::Number(number))),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => Err(FrameError::WrongType),
        }
    }

    fn to_json(reference: Option<&Self>) -> Value {
        match reference {
            None => Value::Null,
            Some(Self::Text(text)) => Value::String(text.clone()),
            Some(Self::Number(number)) => Value::Number(number.clone()),
        }
    }
}

impl PartialEq for Ref {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => one == other,
            (one, other) => one.text() == other.text(),
        }
    }
}

impl Eq for Ref {}

impl PartialEq<str> for Ref {
    fn eq(&self, other: &str) -> bool {
        match self {
            Self::Text(text) => text == other,
            Self::Number(number) => number.to_string() == other,
        }
    }
}

impl From<&str> for Ref {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Ref {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// Shows the reference's text.
impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
        }
    }
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotJson => "a text frame is not JSON",
            Self::NotAFrame => "a text frame is not an array of five",
            Self::WrongType => "an element of a frame has the wrong type",
        })
    }
}

impl std::error::Error for FrameError {}

/// The topic of the connection itself, which carries heartbeats.
pub const PHOENIX: &str = "phoenix";

/// The events of the protocol; every other event is the application's.
pub mod event {
    /// Client: join the topic with these parameters.
    pub const JOIN: &str = "phx_join";
    /// Client: leave the topic.
    pub const LEAVE: &str = "phx_leave";
    /// Client: sign of life on the topic `phoenix`.
    pub const HEARTBEAT: &str = "heartbeat";
    /// Server: the answer to the frame with the same reference.
    pub const REPLY: &str = "phx_reply";
    /// Server: the channel crashed.
    pub const ERROR: &str = "phx_error";
    /// Server: the channel ended.
    pub const CLOSE: &str = "phx_close";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_round_trip(text: &str) {
        assert_eq!(Frame::parse(text).unwrap().encode(), text);
    }

    #[test]
    fn a_frame_survives_reading_and_writing() {
        check_round_trip(r#"["3","3","feeds:f:u","phx_join",{"page_size":50}]"#);
        check_round_trip(r#"[null,"4","phoenix","heartbeat",{}]"#);
        check_round_trip(r#"[null,null,"t","new-message",{"text":"grüße 😀 \"q\" \\ / <b>"}]"#);
        check_round_trip(r#"[null,null,"t","e",null]"#);
        check_round_trip(r#"[null,null,"t","e",[1,-2,1.5,9007199254740993]]"#);
    }

    #[test]
    fn references_keep_their_json_type_and_compare_by_text() {
        let frame = Frame::parse(r#"[7,8,"t","e",{}]"#).unwrap();
        assert_eq!(frame.join_ref, Some(Ref::from("7")));
        assert!(frame.reference.as_ref().unwrap() == "8");
        assert!(frame.reference.as_ref().unwrap() != "7");
        let reply = frame.reply(ReplyStatus::Ok, json!({}));
        assert_eq!(
            reply.encode(),
            r#"[7,8,"t","phx_reply",{"response":{},"status":"ok"}]"#
        );
    }

    #[test]
    fn elements_after_the_fifth_are_ignored() {
        let frame = Frame::parse(r#"["1",null,"t","e",{},"more",6]"#).unwrap();
        assert_eq!(frame.encode(), r#"["1",null,"t","e",{}]"#);
    }

    #[test]
    fn what_is_not_a_frame_is_named() {
        let deep = "[".repeat(10_000);
        for (text, error) in [
            ("", FrameError::NotJson),
            ("not json", FrameError::NotJson),
            (deep.as_str(), FrameError::NotJson),
            ("{}", FrameError::NotAFrame),
            ("null", FrameError::NotAFrame),
            (r#"["1","1","t","e"]"#, FrameError::NotAFrame),
            (r#"["1","1",null,"e",{}]"#, FrameError::WrongType),
            (r#"["1","1","t",7,{}]"#, FrameError::WrongType),
            (r#"[true,"1","t","e",{}]"#, FrameError::WrongType),
            (r#"["1",{},"t","e",{}]"#, FrameError::WrongType),
        ] {
            assert_eq!(Frame::parse(text), Err(error), "{text:.40}");
        }
    }

    #[test]
    fn a_joins_reference_is_its_join_ref() {
        assert_eq!(
            Frame::join("1", "t", json!({})).encode(),
            r#"["1","1","t","phx_join",{}]"#
        );
        assert_eq!(
            Frame::leave("1", "2", "t").encode(),
            r#"["1","2","t","phx_leave",{}]"#
        );
        assert_eq!(
            Frame::close("1".into(), "t").encode(),
            r#"["1","1","t","phx_close",{}]"#
        );
        assert_eq!(
            Frame::error("1".into(), "t").encode(),
            r#"["1","1","t","phx_error",{}]"#
        );
    }
}
