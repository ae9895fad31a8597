//! What lies between the app's sockets and the server, and what goes wrong with it.

use std::{collections::BTreeSet, rc::Rc, time::Duration};

use doorbell_emulator::{ConnectionId, Output as ServerOutput};
use doorbell_knock::Credentials;
use doorbell_notifier::{Event, Join, Line};
use doorbell_phoenix::{self as phoenix, Input, Output, Socket};
use serde_json::Value;

use crate::{
    invariant::Invariant,
    watch::{Glance, Watch},
    wire::{Connected, Fault, Happening, Refused},
    world::World,
};

impl World {
    /// The app wants a line.
    pub(crate) fn connect(&mut self, line: Line, credentials: Credentials, joins: Vec<Join>) {
        let mut socket = Socket::new(self.random.u64(..));
        let (now, instant) = (self.awake(), self.now().instant);
        let user = credentials.user_id.to_string();
        let mut views = Vec::new();
        for Join { topic, params } in joins {
            for (view, options) in params.as_object().into_iter().flatten() {
                views.push((view.clone(), options["source"].as_str().map(str::to_owned)));
            }
            socket.handle(Input::Join { topic, params }, instant);
        }
        let account = credentials.account_id();
        if self.users.iter().all(|(id, _)| *id != account) {
            self.users.push((account.clone(), user.clone()));
        }
        let side = self.side(&user);
        side.tokens.begun(credentials.user_token.as_ref());
        side.traffic.begun(line, now);
        let connected = Connected {
            socket,
            account,
            credentials: Rc::new(credentials),
            attempt: 0,
            connection: None,
            half_open: false,
            up: Duration::ZERO,
            down: Duration::ZERO,
            kept_back: None,
            views,
            joined: BTreeSet::new(),
            waits_until: None,
            watch: Watch::default(),
        };
        self.lines.insert(line, connected);
        self.poll(line);
    }

    /// The app has done with a line.
    pub(crate) fn disconnect(&mut self, line: Line) {
        let Some(gone) = self.lines.remove(&line) else {
            return;
        };
        let (awake, elapsed) = (self.awake(), self.elapsed);
        let is_replaced = self
            .lines
            .values()
            .any(|other| other.account == gone.account && !other.joined.is_empty());
        let is_steady = self.off == time::Duration::ZERO;
        let is_taken = self.has_tokens() && is_steady && self.takes(&gone.credentials);
        let side = self.side(gone.credentials.user_id.as_str());
        side.traffic.ended(line, awake);
        let serves = is_taken && !gone.joined.is_empty() && side.tokens.is_good(elapsed);
        Invariant::NoGap.holds(!serves || is_replaced, || {
            "a joined line ends before another is joined".to_owned()
        });
        if let Some(connection) = gone.connection {
            self.schedule(Duration::ZERO, Happening::ClosedAtServer { connection });
        }
    }

    /// The app wants a line to prove itself.
    pub(crate) fn wake_line(&mut self, line: Line) {
        if let Some(attempt) = self.lines.get(&line).map(|connected| connected.attempt) {
            self.input(line, attempt, Input::Woke);
        }
    }

    /// The program has ended, and the system closes its sockets.
    pub(crate) fn hang_up_everything(&mut self) {
        for connected in std::mem::take(&mut self.lines).into_values() {
            if let Some(connection) = connected.connection {
                self.server.disconnected(connection);
            }
        }
    }

    /// A fault that lasts for a while begins.
    pub(crate) fn begin(&mut self, fault: Fault, time: Duration) {
        self.faults.lasting.push(fault);
        self.schedule(time, Happening::Mend(fault));
    }

    pub(crate) fn mend(&mut self, fault: Fault) {
        let lasting = &mut self.faults.lasting;
        if let Some(index) = lasting.iter().position(|other| *other == fault) {
            lasting.remove(index);
        }
        if self.is(fault) {
            return;
        }
        match fault {
            Fault::Refusing => {
                self.faults.refusal = None;
                self.server.refuse_connections(None);
            }
            Fault::Withholding => self.server.withhold(Default::default()),
            Fault::Merging => self.release_kept_back(),
            Fault::NoNetwork
            | Fault::SlowJoins
            | Fault::Flapping
            | Fault::OldFrames
            | Fault::NoTokens
            | Fault::BadTokens => {}
        }
    }

    pub(crate) fn is(&self, fault: Fault) -> bool {
        self.faults.lasting.contains(&fault)
    }

    /// Sends what was kept back to be merged.
    pub(crate) fn release_kept_back(&mut self) {
        let kept: Vec<(Line, String, Duration)> = self
            .lines
            .iter_mut()
            .filter_map(|(line, connected)| {
                let (text, sent) = connected.kept_back.take()?;
                Some((*line, text, sent))
            })
            .collect();
        for (line, text, sent) in kept {
            if let Some(attempt) = self.lines.get(&line).map(|connected| connected.attempt) {
                let frame = Happening::ToClient {
                    line,
                    attempt,
                    text,
                    sent,
                };
                self.send_down(line, frame);
            }
        }
    }

    pub(crate) fn dial_served(&mut self, line: Line, attempt: u64, target: &str) {
        let now = self.utc();
        let result = match self.is(Fault::NoNetwork) {
            true => Err(Refused::Unreachable),
            false => self.server.connect(target, now).map_err(|status| {
                let refusal = self.faults.refusal;
                let retry_after = refusal.and_then(|(_, retry_after)| retry_after);
                Refused::Status {
                    status,
                    retry_after,
                }
            }),
        };
        if let Ok(connection) = result
            && self.is(Fault::Flapping)
        {
            let time = Duration::from_millis(self.random.u64(300..3_000));
            self.schedule(time, Happening::ClosedAtServer { connection });
            let code = Some(1011);
            self.schedule(
                time,
                Happening::ClosedAtClient {
                    line,
                    attempt,
                    code,
                },
            );
        }
        let latency = self.latency();
        self.schedule(
            latency,
            Happening::Dialled {
                line,
                attempt,
                result,
            },
        );
    }

    pub(crate) fn dialled(
        &mut self,
        line: Line,
        attempt: u64,
        result: Result<ConnectionId, Refused>,
    ) {
        let now = self.awake();
        let current = self
            .lines
            .get_mut(&line)
            .filter(|connected| connected.attempt == attempt);
        let Some(connected) = current else {
            if let Ok(connection) = result {
                self.schedule(Duration::ZERO, Happening::ClosedAtServer { connection });
            }
            return;
        };
        match result {
            Ok(connection) => {
                connected.connection = Some(connection);
                connected.half_open = false;
                connected.kept_back = None;
                connected.up = Duration::ZERO;
                connected.down = Duration::ZERO;
                self.input(line, attempt, Input::Opened);
            }
            Err(Refused::Unreachable) => {
                self.input(line, attempt, Input::Unreachable);
            }
            Err(Refused::Status {
                status,
                retry_after,
            }) => {
                let asked = retry_after.unwrap_or(FLOOR);
                let until = match status {
                    401 | 403 | 404 => now + HOUR,
                    _ => now + asked,
                };
                connected.watch.lost(until, until);
                if matches!(status, 401 | 403) {
                    let credentials = connected.credentials.clone();
                    let side = self.side(credentials.user_id.as_str());
                    side.tokens.refused(credentials.user_token.as_ref());
                }
                self.input(
                    line,
                    attempt,
                    Input::Refused {
                        status,
                        retry_after,
                    },
                );
            }
        }
    }

    /// A connection ends, as the client notices.
    pub(crate) fn closed(&mut self, line: Line, attempt: u64, code: Option<u16>) {
        if let Some(connected) = self.lines.get_mut(&line)
            && connected.attempt == attempt
        {
            connected.connection = None;
        }
        self.input(line, attempt, Input::Closed { code });
    }

    /// Some connection dies without a word, noticed or not.
    pub(crate) fn cut(&mut self, noticed: bool) {
        let open: Vec<(Line, u64, ConnectionId)> = self
            .lines
            .iter()
            .filter_map(|(line, connected)| Some((*line, connected.attempt, connected.connection?)))
            .collect();
        for (line, attempt, connection) in open {
            if noticed {
                self.schedule(Duration::ZERO, Happening::ClosedAtServer { connection });
                let code = None;
                self.schedule(
                    Duration::ZERO,
                    Happening::ClosedAtClient {
                        line,
                        attempt,
                        code,
                    },
                );
            } else if let Some(connected) = self.lines.get_mut(&line) {
                connected.half_open = true;
            }
        }
    }

    /// Puts frames of the server on their way.
    pub(crate) fn carry(&mut self) {
        while let Some(output) = self.server.next_output() {
            let (ServerOutput::Send { connection, .. } | ServerOutput::Close { connection, .. }) =
                output;
            let to = self
                .lines
                .iter()
                .find(|(_, connected)| connected.connection == Some(connection))
                .filter(|(_, connected)| !connected.half_open)
                .map(|(line, connected)| (*line, connected.attempt));
            let Some((line, attempt)) = to else { continue };
            match output {
                ServerOutput::Send { mut text, .. } => {
                    let sent = self.elapsed;
                    let is_news = Glance::of(&text).event == "new-message";
                    if self.is(Fault::OldFrames) && is_news {
                        text = without_counts(&text);
                    }
                    if self.is(Fault::Merging) && is_news {
                        if let Some(connected) = self.lines.get_mut(&line) {
                            connected.kept_back = Some((text, sent));
                        }
                        continue;
                    }
                    let frame = Happening::ToClient {
                        line,
                        attempt,
                        text,
                        sent,
                    };
                    self.send_down(line, frame);
                }
                ServerOutput::Close { code, .. } => {
                    let code = Some(code);
                    let close = Happening::ClosedAtClient {
                        line,
                        attempt,
                        code,
                    };
                    self.send_down(line, close);
                }
            }
        }
    }

    fn send_down(&mut self, line: Line, happening: Happening) {
        let at = self.elapsed + self.latency();
        let Some(connected) = self.lines.get_mut(&line) else {
            return;
        };
        connected.down = connected.down.max(at);
        let at = connected.down;
        self.schedule_at(at, happening);
    }

    fn send_up(&mut self, line: Line, text: String) {
        let frame = Glance::of(&text);
        let now = self.awake();
        let mut latency = self.latency();
        if frame.event == "phx_join" && self.is(Fault::SlowJoins) {
            // A join keeps its connection's server busy until it is done.
            latency += Duration::from_secs(self.random.u64(4..25));
        }
        let at = self.elapsed + latency;
        let Some(connected) = self.lines.get_mut(&line) else {
            return;
        };
        connected.watch.sent(&frame, now);
        let Some(connection) = connected.connection.filter(|_| !connected.half_open) else {
            return;
        };
        connected.up = connected.up.max(at);
        let at = connected.up;
        self.schedule_at(at, Happening::ToServer { connection, text });
    }

    pub(crate) fn reach_client(&mut self, line: Line, attempt: u64, text: &str, sent: Duration) {
        let current = self
            .lines
            .get(&line)
            .is_some_and(|connected| connected.attempt == attempt);
        if !current {
            return;
        }
        // What is due at this very moment has nothing to do with the frame.
        self.input(line, attempt, Input::Timeout);
        let frame = Glance::of(text);
        let Some(connected) = self.lines.get_mut(&line) else {
            return;
        };
        let is_stale = connected.watch.received(&frame);
        self.frame_sent = sent;
        let outputs = self.input(line, attempt, Input::Text(text));
        Invariant::StaleJoin.holds(!is_stale || outputs == 0, || {
            format!("{} of an earlier join was listened to", frame.event)
        });
    }

    /// What a socket says to the app.
    pub(crate) fn heard(&mut self, line: Line, event: &phoenix::Event) {
        let (now, sent) = (self.awake(), self.frame_sent);
        let Some(connected) = self.lines.get_mut(&line) else {
            return;
        };
        let user = connected.credentials.user_id.to_string();
        match event {
            phoenix::Event::Joined { topic, .. } => {
                connected.joined.insert(topic.clone());
                let account = connected.account.clone();
                // A line that is being left has nothing more to say than news.
                let is_left = self
                    .lines
                    .iter()
                    .any(|(other, connected)| *other > line && connected.account == account);
                let traffic = &mut self.side(&user).traffic;
                traffic.refused = false;
                if !is_left {
                    traffic.owe("a join", now);
                }
            }
            phoenix::Event::Refused {
                status: 401 | 403 | 404,
            } => {
                connected.joined.clear();
                self.side(&user).traffic.refuse();
            }
            phoenix::Event::Message { event, payload, .. } if event == "new-message" => {
                let views = connected.views.clone();
                let attn = payload["attn"].as_array();
                let side = self.side(&user);
                for (view, source) in views {
                    // The counts of the whole feed say nothing of a part of it.
                    let counted = attn.is_some() || source.is_none();
                    let is_meant = attn.is_none_or(|attn| attn.iter().any(|name| *name == view));
                    let feed = side.sources.iter().position(|is| *is == source.as_deref());
                    if let Some(feed) = feed.filter(|_| is_meant) {
                        side.announced(feed, sent, counted, now);
                    }
                }
            }
            phoenix::Event::Lost { retry_at, .. } => {
                connected.joined.clear();
                let until = self.since_birth(*retry_at);
                if let Some(connected) = self.lines.get_mut(&line) {
                    connected.watch.lost(until, now + FLOOR);
                }
            }
            phoenix::Event::JoinRefused { topic, .. }
            | phoenix::Event::JoinTimedOut { topic }
            | phoenix::Event::ChannelErrored { topic }
            | phoenix::Event::ChannelClosed { topic } => {
                connected.joined.remove(topic);
            }
            phoenix::Event::Opened
            | phoenix::Event::Refused { .. }
            | phoenix::Event::Message { .. }
            | phoenix::Event::Pushed { .. }
            | phoenix::Event::Reply { .. }
            | phoenix::Event::Unanswered { .. }
            | phoenix::Event::Garbage(_) => {}
        }
    }

    pub(crate) fn timeout(&mut self, line: Line) {
        if let Some(attempt) = self.lines.get(&line).map(|connected| connected.attempt) {
            self.input(line, attempt, Input::Timeout);
        }
    }

    /// An input to a line's socket, unless it comes from a connection that is over; how much came of it.
    fn input(&mut self, line: Line, attempt: u64, input: Input<'_>) -> u32 {
        let now = self.now().instant;
        let Some(connected) = self
            .lines
            .get_mut(&line)
            .filter(|connected| connected.attempt == attempt)
        else {
            return 0;
        };
        connected.socket.handle(input, now);
        self.poll(line)
    }

    /// Does what a line's socket wants; how much that was.
    fn poll(&mut self, line: Line) -> u32 {
        let mut outputs = 0;
        loop {
            let now = self.now().instant;
            let Some(connected) = self.lines.get_mut(&line) else {
                return outputs;
            };
            match connected.socket.poll(now) {
                Output::Wait(until) => {
                    connected.waits_until = until;
                    return outputs;
                }
                Output::Dial => self.dial(line),
                Output::Send(text) => self.send_up(line, text),
                Output::Hangup => {
                    self.attempts += 1;
                    connected.attempt = self.attempts;
                    if let Some(connection) = connected.connection.take() {
                        self.schedule(Duration::ZERO, Happening::ClosedAtServer { connection });
                    }
                }
                Output::Event(event) => self.tell(Event::Channel { line, event }),
            }
            outputs += 1;
        }
    }

    fn dial(&mut self, line: Line) {
        self.attempts += 1;
        let (attempt, now) = (self.attempts, self.awake());
        let Some(connected) = self.lines.get_mut(&line) else {
            return;
        };
        connected.attempt = attempt;
        connected.watch.dial(now);
        let credentials = &connected.credentials;
        let token = credentials.user_token.as_ref();
        let url = credentials.host.socket_url(&credentials.public_key, token);
        let target = format!("{}?{}", url.path(), url.query().unwrap_or_default());
        let latency = self.latency();
        self.schedule(
            latency,
            Happening::DialServed {
                line,
                attempt,
                target,
            },
        );
    }
}

/// A `new-message` as older servers send it: with the counts of the whole feed alone.
fn without_counts(text: &str) -> String {
    let mut frame: Value = serde_json::from_str(text).expect("frames are JSON");
    if let Some(payload) = frame[4].as_object_mut() {
        payload.remove("attn");
        payload.remove("data");
    }
    frame.to_string()
}

/// No dial follows the loss of a link sooner.
const FLOOR: Duration = Duration::from_millis(250);
const HOUR: Duration = Duration::from_secs(3600);
