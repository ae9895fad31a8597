//! An emulator with its keys, at a time that the test sets.
#![allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]
#![allow(dead_code, reason = "each test file uses its own part")]

pub(crate) mod steps;

use doorbell_emulator::{Config, ConnectionId, Emulator, Output, Request, Response};
use serde_json::{Value, json};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

pub(crate) struct Knock {
    pub(crate) emulator: Emulator,
    pub(crate) now: OffsetDateTime,
}

/// So many seconds after the start of every test.
pub(crate) fn at(seconds: i64) -> OffsetDateTime {
    datetime!(2026-03-02 10:00 UTC) + Duration::seconds(seconds)
}

impl Knock {
    pub(crate) fn new() -> Self {
        Self {
            emulator: Emulator::new(Config::default()),
            now: at(0),
        }
    }

    pub(crate) fn feed_id(&self) -> String {
        self.emulator.config().feed_id.clone()
    }

    pub(crate) fn send(&mut self, request: Request) -> Response {
        self.emulator.request(&request, self.now)
    }

    pub(crate) fn send_as(
        &mut self,
        authorization: &str,
        method: &str,
        target: &str,
        body: &str,
    ) -> Response {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        self.send(Request {
            method: method.into(),
            path: path.into(),
            query: query.into(),
            headers: vec![("authorization".into(), authorization.into())],
            body: body.into(),
        })
    }

    pub(crate) fn public(&mut self, method: &str, target: &str, body: &str) -> Response {
        let key = format!("Bearer {}", self.emulator.config().public_key);
        self.send_as(&key, method, target, body)
    }

    pub(crate) fn secret(&mut self, method: &str, target: &str, body: &str) -> Response {
        let key = format!("Bearer {}", self.emulator.config().secret_key);
        self.send_as(&key, method, target, body)
    }

    pub(crate) fn feed_response(&mut self, user: &str, query: &str) -> Response {
        let target = format!("/v1/users/{user}/feeds/{}?{query}", self.feed_id());
        self.public("GET", &target, "")
    }

    pub(crate) fn feed(&mut self, user: &str, query: &str) -> Value {
        let response = self.feed_response(user, query);
        assert_eq!(response.status, 200, "{query}: {}", response.json());
        response.json()
    }

    /// Ids of a user's messages, oldest first.
    pub(crate) fn ids(&self, user: &str) -> Vec<String> {
        let messages = self.emulator.messages(user);
        messages
            .iter()
            .map(|message| message["id"].as_str().unwrap().to_owned())
            .collect()
    }

    pub(crate) fn comment(&mut self, user: &str, comment: &str) {
        self.emulator
            .trigger("new-comment", user, json!({"comment": comment}), self.now)
            .unwrap();
    }

    pub(crate) fn run(&mut self, workflow: &str, body: &Value) {
        for recipient in body["recipients"].as_array().unwrap() {
            if recipient == "jane" {
                self.secret("PUT", "/v1/users/jane", "{}");
            }
        }
        let response = self.secret(
            "POST",
            &format!("/v1/workflows/{workflow}/trigger"),
            &body.to_string(),
        );
        assert_eq!(response.status, 200, "{}", response.json());
    }

    pub(crate) fn trigger_once(&mut self, idempotency_key: &str, body: &Value) -> Response {
        let key = format!("Bearer {}", self.emulator.config().secret_key);
        self.send(Request {
            method: "POST".into(),
            path: "/v1/workflows/new-comment/trigger".into(),
            query: String::new(),
            headers: vec![
                ("Authorization".into(), key),
                ("Idempotency-Key".into(), idempotency_key.into()),
            ],
            body: body.to_string().into(),
        })
    }

    pub(crate) fn bulk(&mut self, action: &str, body: &Value) -> Value {
        let path = format!("/v1/channels/{}/messages/bulk/{action}", self.feed_id());
        let response = self.public("POST", &path, &body.to_string());
        assert_eq!(response.status, 200, "{}", response.json());
        response.json()
    }

    pub(crate) fn connect(&mut self) -> ConnectionId {
        let target = format!(
            "/ws/v1/websocket?&api_key={}&&vsn=2.0.0",
            self.emulator.config().public_key
        );
        self.emulator.connect(&target, self.now).unwrap()
    }

    pub(crate) fn topic(&self, user: &str) -> String {
        format!("feeds:{}:{user}", self.feed_id())
    }

    pub(crate) fn receive(&mut self, connection: ConnectionId, frame: &Value) {
        self.emulator
            .receive(connection, &frame.to_string(), self.now);
    }

    /// Everything the server wants done since the last call, frames as JSON.
    pub(crate) fn outputs(&mut self) -> Vec<(ConnectionId, Result<Value, u16>)> {
        std::iter::from_fn(|| self.emulator.next_output())
            .map(|output| match output {
                Output::Send { connection, text } => {
                    (connection, Ok(serde_json::from_str(&text).unwrap()))
                }
                Output::Close { connection, code } => (connection, Err(code)),
            })
            .collect()
    }

    /// The frames sent since the last call, whoever they are for.
    pub(crate) fn sent(&mut self) -> Vec<Value> {
        self.outputs()
            .into_iter()
            .filter_map(|(_, output)| output.ok())
            .collect()
    }
}
