//! Every open WebSocket: channels, replies, broadcasts.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use serde_json::{Value, json};
use time::OffsetDateTime;
use tracing::{debug, trace, warn};
use url::form_urlencoded;

use crate::channel::Channel;
use crate::config::Config;
use crate::frame::{Frame, broadcast, control, reply};
use crate::message::Message;
use crate::token::Token;

/// One open WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(u64);

/// What the shell should do with a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send a text frame.
    Send {
        connection: ConnectionId,
        text: String,
    },
    /// Send a close frame with this code and hang up.
    Close { connection: ConnectionId, code: u16 },
}

/// What the server keeps to itself, to test those who wait for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Withhold {
    /// Heartbeats are not answered.
    pub heartbeats: bool,
    /// Joins are not answered, and not made.
    pub joins: bool,
    /// `new-message` is not sent, as if it were throttled.
    pub new_messages: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Sockets {
    opened: u64,
    connections: BTreeMap<ConnectionId, Connection>,
    output: VecDeque<Output>,
    pub(crate) withhold: Withhold,
    pub(crate) refuse_with: Option<u16>,
}

#[derive(Debug, Default)]
struct Connection {
    /// Who speaks, in enhanced security mode.
    token: Option<Token>,
    channels: BTreeMap<String, Channel>,
}

impl Sockets {
    /// Takes an upgrade request, or says the HTTP status that refuses it.
    pub(crate) fn connect(
        &mut self,
        target: &str,
        config: &Config,
        now: OffsetDateTime,
    ) -> Result<ConnectionId, u16> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if path.trim_end_matches('/') != SOCKET_PATH {
            return Err(404);
        }
        if let Some(status) = self.refuse_with {
            return Err(status);
        }
        let parameter = |name: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        if parameter("api_key").as_deref() != Some(&config.public_key) {
            debug!("refused a socket without this environment's public key");
            return Err(403);
        }
        if !parameter("vsn").is_some_and(|vsn| vsn.starts_with("2.0.")) {
            warn!("refused a socket whose vsn is not 2.0.x");
            return Err(403);
        }
        let token = match config.enhanced_security {
            true => Some(
                Token::verify(parameter("user_token").as_deref(), config, now)
                    .map_err(|_| 403_u16)?,
            ),
            false => None,
        };
        self.opened += 1;
        let connection = ConnectionId(self.opened);
        let opened = Connection {
            token,
            ..Connection::default()
        };
        self.connections.insert(connection, opened);
        Ok(connection)
    }

    /// Handles one text frame.
    pub(crate) fn receive(&mut self, connection: ConnectionId, text: &str, config: &Config) {
        trace!(target: "wire", ?connection, text, "received");
        let Some(channels) = self.connections.get(&connection).map(|open| &open.channels) else {
            return;
        };
        let Some(frame) = Frame::parse(text) else {
            warn!("closed a connection whose frame is not a Phoenix V2 message");
            return self.close(connection, 1011);
        };
        if frame.topic == "phoenix" && frame.event == "heartbeat" {
            if !self.withhold.heartbeats {
                self.reply(connection, &Value::Null, &frame, "ok", json!({}));
            }
            return;
        }
        let topic = frame.topic.as_str().unwrap_or_default().to_owned();
        let joined = channels.get(&topic).map(|channel| channel.join_ref.clone());
        match (joined, frame.event.as_str()) {
            (_, Some("phx_join")) => self.join(connection, &topic, &frame, config),
            (None, Some("phx_leave")) => {
                self.reply(connection, &frame.join_ref, &frame, "ok", json!({}))
            }
            (None, _) => self.refuse(connection, &Value::Null, &frame, "unmatched topic"),
            (Some(current), _) if !frame.join_ref.is_null() && frame.join_ref != current => {
                debug!("dropped a frame with a stale join_ref");
            }
            (Some(current), Some("phx_leave")) => {
                self.reply(connection, &current, &frame, "ok", json!({}));
                self.end_channel(connection, &topic, "phx_close", json!({}));
            }
            (Some(_), _) => {
                warn!(event = %frame.event, "crashed a channel by an event it has no clause for");
                self.end_channel(
                    connection,
                    &topic,
                    "phx_error",
                    json!({"reason": "channel_crash"}),
                );
            }
        }
    }

    fn join(&mut self, connection: ConnectionId, topic: &str, frame: &Frame, config: &Config) {
        if self.withhold.joins {
            return;
        }
        let Some(feed) = topic.strip_prefix("feeds:") else {
            return self.refuse(connection, &Value::Null, frame, "unmatched topic");
        };
        let Some(Connection { token, channels }) = self.connections.get_mut(&connection) else {
            return;
        };
        let replaced = channels.remove(topic);
        if channels.len() >= MAX_CHANNELS {
            let reason = "too many channels joined";
            return self.refuse(connection, &frame.join_ref, frame, reason);
        }
        match feed.split_once(':') {
            Some((feed_id, user_id)) if feed_id == config.feed_id && !user_id.is_empty() => {
                let channel = Channel::open(frame, user_id);
                match token.as_ref().is_none_or(|token| channel.is_open_to(token)) {
                    true => {
                        channels.insert(topic.to_owned(), channel);
                        self.reply(connection, &frame.join_ref, frame, "ok", json!({}));
                    }
                    false => {
                        warn!("refused a join that the socket's token does not allow");
                        self.refuse(connection, &frame.join_ref, frame, "unauthorized");
                    }
                }
            }
            _ => {
                warn!("refused a join of a feed that this environment does not have");
                self.refuse(connection, &frame.join_ref, frame, "channel not found");
            }
        }
        if let Some(old) = replaced {
            let close = control(&old.opened_with, topic, "phx_close", json!({}));
            self.send(connection, close);
        }
    }

    /// Tells everyone who watches the recipient's feed that the last of `messages` is new.
    pub(crate) fn announce(&mut self, new: &Message, messages: &[&Message]) {
        if self.withhold.new_messages {
            return;
        }
        let mut frames = Vec::new();
        for (connection, open) in &self.connections {
            let watching = open
                .channels
                .iter()
                .filter(|(_, channel)| channel.user_id == new.user_id());
            for (topic, channel) in watching {
                if let Some(payload) = channel.audience.payload(new, messages) {
                    frames.push((*connection, broadcast(topic, "new-message", &payload)));
                }
            }
        }
        for (connection, text) in frames {
            self.send(connection, text);
        }
    }

    /// Ends every channel of a user as a crashed channel process does.
    pub(crate) fn crash_channels(&mut self, user_id: &str) {
        let joined: Vec<(ConnectionId, String)> = self
            .connections
            .iter()
            .flat_map(|(connection, open)| {
                open.channels.iter().map(|channel| (*connection, channel))
            })
            .filter(|(_, (_, channel))| channel.user_id == user_id)
            .map(|(connection, (topic, _))| (connection, topic.clone()))
            .collect();
        for (connection, topic) in joined {
            self.end_channel(
                connection,
                &topic,
                "phx_error",
                json!({"reason": "channel_crash"}),
            );
        }
    }

    pub(crate) fn close(&mut self, connection: ConnectionId, code: u16) {
        if self.connections.remove(&connection).is_some() {
            self.output.push_back(Output::Close { connection, code });
        }
    }

    pub(crate) fn disconnected(&mut self, connection: ConnectionId) {
        self.connections.remove(&connection);
    }

    pub(crate) fn connections(&self) -> Vec<ConnectionId> {
        self.connections.keys().copied().collect()
    }

    /// How many channels watch this user's feed.
    pub(crate) fn joined(&self, user_id: &str) -> usize {
        self.connections
            .values()
            .flat_map(|open| open.channels.values())
            .filter(|channel| channel.user_id == user_id)
            .count()
    }

    pub(crate) fn next_output(&mut self) -> Option<Output> {
        self.output.pop_front()
    }

    fn end_channel(&mut self, connection: ConnectionId, topic: &str, event: &str, payload: Value) {
        let channel = self
            .connections
            .get_mut(&connection)
            .and_then(|open| open.channels.remove(topic));
        if let Some(channel) = channel {
            self.send(
                connection,
                control(&channel.opened_with, topic, event, payload),
            );
        }
    }

    fn refuse(&mut self, connection: ConnectionId, join_ref: &Value, frame: &Frame, reason: &str) {
        self.reply(
            connection,
            join_ref,
            frame,
            "error",
            json!({"reason": reason}),
        );
    }

    fn reply(
        &mut self,
        connection: ConnectionId,
        join_ref: &Value,
        frame: &Frame,
        status: &str,
        response: Value,
    ) {
        self.send(
            connection,
            reply(join_ref, &frame.reference, &frame.topic, status, response),
        );
    }

    fn send(&mut self, connection: ConnectionId, text: String) {
        trace!(target: "wire", ?connection, text, "sent");
        self.output.push_back(Output::Send { connection, text });
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

const SOCKET_PATH: &str = "/ws/v1/websocket";

/// Phoenix's default limit.
const MAX_CHANNELS: usize = 100;
