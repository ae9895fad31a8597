//! Requests and responses as values.

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::refusal::Refusal;

/// One HTTP request, as it came off the wire.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `GET`, `PUT`, …
    pub method: String,
    /// Path, still percent-encoded.
    pub path: String,
    /// Query without its `?`, still percent-encoded; empty when there is none.
    pub query: String,
    /// Header names in any case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Request {
    /// The first value of a header, whatever the case of its name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The path's segments, decoded one by one; `None` when one is not UTF-8.
    pub(crate) fn segments(&self) -> Option<Vec<String>> {
        self.path
            .trim_matches('/')
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8().ok())
            .map(|segment| segment.map(|segment| segment.into_owned()))
            .collect()
    }

    /// The body as a JSON object; no body is an empty object.
    pub(crate) fn object(&self) -> Result<Map<String, Value>, Refusal> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Map::new());
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(Refusal::invalid("body", "must be a JSON object")),
            Err(_) => Err(Refusal::MalformedBody),
        }
    }
}

/// One HTTP response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Header names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body; empty for 204.
    pub body: Vec<u8>,
}

impl Response {
    /// The body as JSON; `null` when there is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The first value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn of(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![(
                "content-type".into(),
                "application/json; charset=utf-8".into(),
            )],
            body: body.to_string().into_bytes(),
        }
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoded_slash_stays_inside_its_segment() {
        let request = Request {
            path: "/v1/users/a%2Fb%20c/feeds/x".into(),
            ..Request::default()
        };
        assert_eq!(
            request.segments().unwrap(),
            ["v1", "users", "a/b c", "feeds", "x"]
        );
    }

    #[test]
    fn a_segment_that_is_not_utf8_is_no_path() {
        let request = Request {
            path: "/v1/users/%ff".into(),
            ..Request::default()
        };
        assert_eq!(request.segments(), None);
    }
}
