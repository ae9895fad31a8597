//! Every open WebSocket: channels, replies, broadcasts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Value, json};
use time::OffsetDateTime;
use tracing::{debug, trace, warn};
use url::form_urlencoded;

use crate::channel::Channel;
use crate::config::Config;
use crate::faults::{Lost, Pace, millis};
use crate::frame::{Frame, broadcast, control, reply};
use crate::message::Message;
use crate::timers::Timer;
use crate::token::Token;
use crate::traffic::Traffic;

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

#[derive(Debug, Default)]
pub(crate) struct Sockets {
    opened: u64,
    connections: BTreeMap<ConnectionId, Connection>,
    /// Who joined each topic.
    joined: BTreeMap<String, BTreeSet<ConnectionId>>,
    pub(crate) traffic: Traffic,
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
        if let Some(refused) = self.traffic.faults.refuse_upgrades {
            return Err(refused.status);
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
        self.traffic.open(connection);
        let note = format!("socket {connection} opened");
        self.traffic.log.note(&note, now);
        Ok(connection)
    }

    /// Takes one text frame, which may yet be lost or late.
    pub(crate) fn receive(&mut self, connection: ConnectionId, text: &str, config: &Config) {
        trace!(target: "wire", ?connection, text, "received");
        let now = self.traffic.now;
        self.traffic.log.frame(connection.0, true, text, now);
        if self.traffic.arrives(connection, text) {
            self.handle(connection, text, config);
        }
    }

    /// Does what was put off, but for announcements: those need the messages.
    pub(crate) fn go_on(&mut self, timer: Timer, config: &Config) {
        match timer {
            Timer::Receive(connection, text) => {
                if self.traffic.has_arrived(connection, &text) {
                    self.handle(connection, &text, config);
                }
            }
            Timer::Join(connection, text) => {
                if let Some(frame) = Frame::parse(&text) {
                    self.join(connection, &frame, config);
                }
            }
            Timer::Send(connection, text) => self.traffic.put_out(connection, text),
            Timer::HalfOpen(connection, lost) => self.traffic.half_open(connection, lost),
            Timer::Close(connection, code) => self.close(connection, code),
            Timer::Announce { .. } => {}
        }
    }

    fn handle(&mut self, connection: ConnectionId, text: &str, config: &Config) {
        let Some(channels) = self.connections.get(&connection).map(|open| &open.channels) else {
            return;
        };
        let Some(frame) = Frame::parse(text) else {
            warn!("closed a connection whose frame is not a Phoenix V2 message");
            return self.close(connection, 1011);
        };
        if frame.topic == "phoenix" && frame.event == "heartbeat" {
            if !self.traffic.faults.withhold.heartbeats {
                self.reply(connection, &Value::Null, &frame, "ok", json!({}));
            }
            return;
        }
        let topic = frame.topic.as_str().unwrap_or_default().to_owned();
        let joined = channels.get(&topic).map(|channel| channel.join_ref.clone());
        match (joined, frame.event.as_str()) {
            (_, Some("phx_join")) if self.traffic.slows(connection, text) => {}
            (_, Some("phx_join")) => self.join(connection, &frame, config),
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
                self.crash(connection, &topic);
            }
        }
    }

    fn join(&mut self, connection: ConnectionId, frame: &Frame, config: &Config) {
        if self.traffic.faults.withhold.joins {
            return;
        }
        let topic = frame.topic.as_str().unwrap_or_default();
        let Some(feed) = topic.strip_prefix("feeds:") else {
            return self.refuse(connection, &Value::Null, frame, "unmatched topic");
        };
        let Some(Connection { token, channels }) = self.connections.get_mut(&connection) else {
            return;
        };
        if let Some(reason) = &self.traffic.faults.joins.refuse {
            let reason = reason.clone();
            return self.refuse(connection, &frame.join_ref, frame, &reason);
        }
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
                        let joined = self.joined.entry(topic.to_owned()).or_default();
                        joined.insert(connection);
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
            self.traffic.send(connection, close);
            self.forget_unless_joined(connection, topic);
        }
    }

    /// Tells everyone who watches the recipient's feed that the last of `messages` is new.
    pub(crate) fn announce(&mut self, new: &Message, messages: &[&Message], config: &Config) {
        let faults = &self.traffic.faults;
        if faults.withhold.new_messages {
            return;
        }
        let (now, pace) = (self.traffic.now, faults.new_messages);
        let topic = topic(config, new.user_id());
        for connection in self.watching(&topic) {
            let Some(channel) = self.channel(connection, &topic) else {
                continue;
            };
            match pace {
                None => self.tell(connection, &topic, &[new], messages),
                Some(Pace::ThrottleMs(window)) => {
                    if channel.quiet_until.is_none_or(|until| until <= now) {
                        channel.quiet_until = Some(now + millis(window));
                        self.tell(connection, &topic, &[new], messages);
                    }
                }
                Some(Pace::MergeMs(window)) => {
                    channel.gathered.push(new.id.clone());
                    if channel.gathered.len() == 1 {
                        let topic = topic.clone();
                        let timer = Timer::Announce { connection, topic };
                        self.traffic.timers.set(now + millis(window), timer);
                    }
                }
            }
        }
    }

    /// The user of a channel, and the ids of the messages it was to tell of as one.
    pub(crate) fn take_gathered(
        &mut self,
        connection: ConnectionId,
        topic: &str,
    ) -> Option<(String, Vec<String>)> {
        let channel = self.channel(connection, topic)?;
        let gathered = std::mem::take(&mut channel.gathered);
        Some((channel.user_id.clone(), gathered))
    }

    /// Sends one `new-message` for some messages, if the channel's clients want to know.
    pub(crate) fn tell(
        &mut self,
        connection: ConnectionId,
        topic: &str,
        new: &[&Message],
        messages: &[&Message],
    ) {
        let channel = self.channel(connection, topic);
        let payload = channel.and_then(|channel| channel.audience.payload(new, messages));
        if let Some(payload) = payload {
            self.traffic
                .send(connection, broadcast(topic, "new-message", &payload));
        }
    }

    /// Ends every channel of a user as a crashed channel process does.
    pub(crate) fn crash_channels(&mut self, user_id: &str, config: &Config) {
        let topic = topic(config, user_id);
        for connection in self.watching(&topic) {
            self.crash(connection, &topic);
        }
    }

    fn crash(&mut self, connection: ConnectionId, topic: &str) {
        let reason = json!({"reason": "channel_crash"});
        self.end_channel(connection, topic, "phx_error", reason);
    }

    pub(crate) fn close(&mut self, connection: ConnectionId, code: u16) {
        self.traffic.close(connection, code);
        self.disconnected(connection);
    }

    pub(crate) fn disconnected(&mut self, connection: ConnectionId) {
        self.traffic.forget(connection);
        let gone = self.connections.remove(&connection);
        if gone.is_some() {
            let note = format!("socket {connection} is gone");
            self.traffic.log.note(&note, self.traffic.now);
        }
        for topic in gone.iter().flat_map(|open| open.channels.keys()) {
            self.forget_unless_joined(connection, topic);
        }
    }

    pub(crate) fn connections(&self) -> Vec<ConnectionId> {
        self.connections.keys().copied().collect()
    }

    /// The open WebSockets with the users whose feeds they joined, the newest first.
    pub(crate) fn overview(&self, most: usize) -> Value {
        let newest = self.connections.iter().rev().take(most);
        newest
            .map(|(connection, open)| {
                let users = open
                    .channels
                    .values()
                    .map(|channel| channel.user_id.as_str());
                json!({
                    "id": connection.0,
                    "users": users.collect::<Vec<_>>(),
                    "lost": self.traffic.lost(*connection),
                })
            })
            .collect()
    }

    /// How many channels watch this user's feed.
    pub(crate) fn joined(&self, user_id: &str, config: &Config) -> usize {
        let joined = self.joined.get(&topic(config, user_id));
        joined.map_or(0, BTreeSet::len)
    }

    /// The connections that joined a user's feed.
    pub(crate) fn connections_of(&self, user_id: &str, config: &Config) -> Vec<ConnectionId> {
        self.watching(&topic(config, user_id))
    }

    pub(crate) fn lost(&self, connection: ConnectionId) -> Option<Lost> {
        self.traffic.lost(connection)
    }

    fn watching(&self, topic: &str) -> Vec<ConnectionId> {
        let joined = self.joined.get(topic).into_iter().flatten();
        joined.copied().collect()
    }

    fn channel(&mut self, connection: ConnectionId, topic: &str) -> Option<&mut Channel> {
        let open = self.connections.get_mut(&connection)?;
        open.channels.get_mut(topic)
    }

    fn end_channel(&mut self, connection: ConnectionId, topic: &str, event: &str, payload: Value) {
        let channel = self
            .connections
            .get_mut(&connection)
            .and_then(|open| open.channels.remove(topic));
        if let Some(channel) = channel {
            let text = control(&channel.opened_with, topic, event, payload);
            self.traffic.send(connection, text);
            self.forget_unless_joined(connection, topic);
        }
    }

    fn forget_unless_joined(&mut self, connection: ConnectionId, topic: &str) {
        if self.channel(connection, topic).is_some() {
            return;
        }
        if let Some(joined) = self.joined.get_mut(topic) {
            joined.remove(&connection);
            if joined.is_empty() {
                self.joined.remove(topic);
            }
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
        let text = reply(join_ref, &frame.reference, &frame.topic, status, response);
        self.traffic.send(connection, text);
    }
}

fn topic(config: &Config, user_id: &str) -> String {
    format!("feeds:{}:{user_id}", config.feed_id)
}

impl ConnectionId {
    pub(crate) fn number(self) -> u64 {
        self.0
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
