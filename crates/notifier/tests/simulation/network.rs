//! What lies between the app and the server: sockets, requests, and what goes wrong with them.

use std::{collections::BTreeSet, time::Duration};

use doorbell_emulator::{ConnectionId, Output as ServerOutput, Response};
use doorbell_knock::{Failure, FeedPage, Request, message};
use doorbell_notifier::{Effect, Event, Join, Line};
use doorbell_phoenix::{self as phoenix, Input, Output, Socket};
use serde_json::Value;

use crate::{
    invariant::Invariant,
    mailbox::{Write, Writer},
    traffic::Glance,
    wire::{Call, Connected, Fault, Happening, Refused},
    world::{World, left_out},
};

impl World {
    /// Does what the app wants of the network.
    pub(crate) fn reach_out(&mut self, effect: Effect) {
        let now = self.now().instant;
        let latency = self.latency();
        match effect {
            Effect::Connect {
                line,
                credentials,
                joins,
            } => {
                let mut socket = Socket::new(self.random.u64(..));
                let user = credentials.user_id.to_string();
                let mut views = Vec::new();
                for Join { topic, params } in joins {
                    for (view, options) in params.as_object().into_iter().flatten() {
                        views.push((view.clone(), options["source"].as_str().map(str::to_owned)));
                    }
                    socket.handle(Input::Join { topic, params }, now);
                }
                let account = credentials.account_id();
                if self.users.iter().all(|(id, _)| *id != account) {
                    self.users.push((account, user.clone()));
                }
                let connected = Connected {
                    socket,
                    credentials: *credentials,
                    attempt: 0,
                    connection: None,
                    half_open: false,
                    up: Duration::ZERO,
                    down: Duration::ZERO,
                    kept_back: None,
                    views,
                };
                self.lines.insert(line, connected);
                let traffic = &mut self.side(&user).traffic;
                traffic.renewed();
                traffic.refused = false;
                self.poll(line);
            }
            Effect::Disconnect { line } => {
                let gone = self.lines.remove(&line);
                if let Some(connection) = gone.and_then(|connected| connected.connection) {
                    self.schedule(Duration::ZERO, Happening::ClosedAtServer { connection });
                }
            }
            Effect::Wake { line } => {
                if let Some(attempt) = self.lines.get(&line).map(|connected| connected.attempt) {
                    self.input(line, attempt, Input::Woke);
                }
            }
            Effect::Fetch {
                line,
                feed,
                request,
            } => {
                let asked = self.awake();
                let first_page = request.query.iter().all(|(key, _)| key != "after");
                if let Some(user) = self.user_of(line) {
                    let traffic = &mut self.side(&user).traffic;
                    traffic.fetch(feed.0 as usize, first_page, asked);
                    let whose = format!("/v1/users/{user}/");
                    Invariant::Account.holds(request.path.starts_with(&whose), || {
                        format!("{user} asks for {}", request.path)
                    });
                }
                let call = Call::Fetch {
                    feed,
                    asked,
                    first_page,
                };
                self.schedule(
                    latency,
                    Happening::Served {
                        line,
                        call,
                        request,
                    },
                );
            }
            Effect::Update {
                line,
                mark,
                request,
            } => {
                let now = self.awake();
                if let Some(user) = self.user_of(line) {
                    self.side(&user).traffic.mark(now);
                }
                let call = Call::Update(mark);
                self.schedule(
                    latency,
                    Happening::Served {
                        line,
                        call,
                        request,
                    },
                );
            }
            Effect::FetchSettings { line, feed, .. } => {
                // They never change here, and nothing is decided by them.
                let result = Ok(Default::default());
                let fetched = Event::SettingsFetched { line, feed, result };
                self.schedule(latency, Happening::Desktop(fetched));
            }
            Effect::Preferences { .. } | Effect::FetchPicture { .. } | Effect::ForgetPictures => {
                unreachable!("nobody looks at preferences or pictures here")
            }
            Effect::RefreshToken { .. } => panic!("nobody's tokens come from anywhere here"),
            Effect::Save(_) | Effect::Tell { .. } | Effect::Desktop(_) => {
                unreachable!("that is no network")
            }
        }
    }

    pub(crate) fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::DialServed {
                line,
                attempt,
                target,
            } => self.dial_served(line, attempt, &target),
            Happening::Dialled {
                line,
                attempt,
                result,
            } => self.dialled(line, attempt, result),
            Happening::ToServer { connection, text } => {
                let now = self.utc();
                self.server.receive(connection, &text, now);
                self.carry();
            }
            Happening::ToClient {
                line,
                attempt,
                text,
                sent,
            } => self.reach_client(line, attempt, &text, sent),
            Happening::ClosedAtServer { connection } => self.server.disconnected(connection),
            Happening::ClosedAtClient {
                line,
                attempt,
                code,
            } => {
                if let Some(connected) = self.lines.get_mut(&line)
                    && connected.attempt == attempt
                {
                    connected.connection = None;
                }
                self.input(line, attempt, Input::Closed { code });
            }
            Happening::Served {
                line,
                call,
                request,
            } => self.served(line, call, request),
            Happening::Answered {
                line,
                call,
                request,
                response,
                served,
            } => self.answered(line, call, &request, response, served),
            Happening::DoneInBulk { user, request } => {
                let key = self.config.public_key.clone();
                self.serve(&request, &key);
                self.applied(&user, &request, &BTreeSet::new(), Writer::App);
            }
            Happening::Desktop(event) => self.tell(event),
            Happening::Mend(fault) => self.mend(fault),
            Happening::Wake => {
                if self.is_asleep() {
                    self.wake_up();
                    if self.random.bool() {
                        self.woke();
                    }
                }
            }
        }
    }

    /// A fault that lasts for a while begins.
    pub(crate) fn begin(&mut self, fault: Fault, time: Duration) {
        self.faults.lasting.push(fault);
        self.schedule(time, Happening::Mend(fault));
    }

    fn mend(&mut self, fault: Fault) {
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
            Fault::NoNetwork | Fault::SlowJoins | Fault::Flapping | Fault::OldFrames => {}
        }
    }

    fn is(&self, fault: Fault) -> bool {
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

    fn dial_served(&mut self, line: Line, attempt: u64, target: &str) {
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

    fn dialled(&mut self, line: Line, attempt: u64, result: Result<ConnectionId, Refused>) {
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
                let now = self.awake();
                let until = match status {
                    401 | 403 | 404 => now + HOUR,
                    _ => now + asked,
                };
                if let Some(user) = self.user_of(line) {
                    self.side(&user).traffic.lost(until, until);
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
        if let Some(user) = self.user_of(line) {
            self.side(&user).traffic.sent(&frame, now);
        }
        let mut latency = self.latency();
        if frame.event == "phx_join" && self.is(Fault::SlowJoins) {
            // A join keeps its connection's server busy until it is done.
            latency += Duration::from_secs(self.random.u64(4..25));
        }
        let at = self.elapsed + latency;
        let Some(connected) = self.lines.get_mut(&line) else {
            return;
        };
        let Some(connection) = connected.connection.filter(|_| !connected.half_open) else {
            return;
        };
        connected.up = connected.up.max(at);
        let at = connected.up;
        self.schedule_at(at, Happening::ToServer { connection, text });
    }

    fn reach_client(&mut self, line: Line, attempt: u64, text: &str, sent: Duration) {
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
        let Some(user) = self.user_of(line) else {
            return;
        };
        let is_stale = self.side(&user).traffic.received(&frame);
        self.frame_sent = sent;
        let outputs = self.input(line, attempt, Input::Text(text));
        Invariant::StaleJoin.holds(!is_stale || outputs == 0, || {
            format!("{} of an earlier join was listened to", frame.event)
        });
    }

    /// A request reaches the server, or does not.
    fn served(&mut self, line: Line, call: Call, request: Request) {
        let served = self.elapsed;
        let Some(user) = self.user_of(line) else {
            return;
        };
        let response = match self.is(Fault::NoNetwork) {
            true => None,
            false => Some(self.answer(&user, call, &request)),
        };
        let lost = !self.calm && self.random.u8(..) < 8;
        if lost {
            *self.tally.entry("answer lost").or_insert(0) += 1;
        }
        let latency = self.latency();
        self.schedule(
            latency,
            Happening::Answered {
                line,
                call,
                request,
                response: response.filter(|_| !lost),
                served,
            },
        );
    }

    fn answer(&mut self, user: &str, call: Call, request: &Request) -> Response {
        let key = self.config.public_key.clone();
        if let Call::Update(_) = call
            && self.faults.refused_marks > 0
        {
            self.faults.refused_marks -= 1;
            self.server.fail_requests(1, 422, None);
            return self.serve(request, &key);
        }
        if let Some((status, retry_after)) = self.faults.failing.pop_front() {
            self.server.fail_requests(1, status, retry_after);
            return self.serve(request, &key);
        }
        match call {
            Call::Fetch { .. } => self.serve(request, &key),
            Call::Update(_) => {
                let write = Write::parse(request);
                self.side(user).mailbox.check(&write);
                if let Write::All { .. } = write
                    && self.random.bool()
                {
                    *self.tally.entry("bulk done later").or_insert(0) += 1;
                    let late = Duration::from_millis(self.random.u64(100..8_000));
                    let user = user.to_owned();
                    let request = request.clone();
                    self.schedule(late, Happening::DoneInBulk { user, request });
                    return Response {
                        status: 200,
                        headers: Vec::new(),
                        body: b"{}".to_vec(),
                    };
                }
                let response = self.serve(request, &key);
                if response.status == 200 {
                    let left_out = left_out(&response);
                    if !left_out.is_empty() {
                        *self.tally.entry("mark left out").or_insert(0) += 1;
                    }
                    self.applied(user, request, &left_out, Writer::App);
                }
                response
            }
        }
    }

    fn answered(
        &mut self,
        line: Line,
        call: Call,
        request: &Request,
        response: Option<Response>,
        served: Duration,
    ) {
        let Some(user) = self.user_of(line) else {
            return;
        };
        let now = self.awake();
        let body = match response {
            None => Err(Failure::Unreachable("cut".to_owned())),
            Some(response) if response.status == 200 && !left_out(&response).is_empty() => {
                Err(Failure::RateLimited {
                    retry_after: Some(Duration::from_secs(1)),
                })
            }
            Some(response) if response.status == 200 => Ok(response.body),
            Some(response) => {
                let retry_after = response
                    .header("retry-after")
                    .and_then(|value| value.parse().ok())
                    .map(Duration::from_secs);
                Err(Failure::from_response(
                    response.status,
                    retry_after,
                    &response.body,
                ))
            }
        };
        let retry_after = body
            .as_ref()
            .err()
            .and_then(|failure| failure.retry_after());
        match call {
            Call::Fetch {
                feed,
                asked,
                first_page,
            } => {
                let traffic = &mut self.side(&user).traffic;
                let index = feed.0 as usize;
                match &body {
                    Ok(_) => traffic.fetched(index, first_page, asked, served, now),
                    Err(_) => traffic.fetch_failed(index, retry_after, now),
                }
                let result = body
                    .map(|body| FeedPage::parse(&body).expect("the emulator answers with pages"));
                self.tell(Event::Fetched { line, feed, result });
            }
            Call::Update(mark) => {
                let side = self.side(&user);
                side.traffic.marked(body.is_err(), retry_after, now);
                let again = matches!(&body, Err(failure)
                    if failure.is_transient() || matches!(failure, Failure::Unauthorized { .. }));
                let refused = body.is_err() && !again;
                if !again {
                    let write = Write::parse(request);
                    side.mailbox.answered(&write, !refused);
                    let grace = match write {
                        Write::All { .. } if !refused => BULK_GRACE,
                        Write::All { .. } | Write::Items { .. } => Duration::ZERO,
                    };
                    side.traffic.forget(now + grace);
                }
                let result = body.map(|body| message::still_unread(&body));
                self.tell(Event::Settled { line, mark, result });
                let shown = self.screen.place().map(|(account, _)| account);
                let sees = self
                    .users
                    .iter()
                    .any(|(id, name)| *name == user && Some(id) == shown.as_ref());
                Invariant::Refused
                    .holds(!refused || !sees || self.screen.notice().is_some(), || {
                        "a mark was refused without a word".to_owned()
                    });
            }
        }
    }

    pub(crate) fn serve(&mut self, request: &Request, key: &str) -> Response {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&request.query)
            .finish();
        let request = doorbell_emulator::Request {
            method: request.method.as_str().to_owned(),
            path: request.path.clone(),
            query,
            headers: vec![("authorization".to_owned(), format!("Bearer {key}"))],
            body: request
                .body
                .as_ref()
                .map(|body| body.to_string().into_bytes())
                .unwrap_or_default(),
        };
        let now = self.utc();
        let response = self.server.request(&request, now);
        self.carry();
        response
    }

    /// What a socket says to the app.
    pub(crate) fn heard(&mut self, line: Line, event: &phoenix::Event) {
        let Some(user) = self.user_of(line) else {
            return;
        };
        let (now, sent) = (self.awake(), self.frame_sent);
        match event {
            phoenix::Event::Joined { .. } => {
                let traffic = &mut self.side(&user).traffic;
                traffic.refused = false;
                traffic.owe("a join", now);
            }
            phoenix::Event::Refused {
                status: 401 | 403 | 404,
            } => self.side(&user).traffic.refuse(),
            phoenix::Event::Message { event, payload, .. } if event == "new-message" => {
                let views = self.lines.get(&line).map(|line| line.views.clone());
                let attn = payload["attn"].as_array();
                let side = self.side(&user);
                for (view, source) in views.into_iter().flatten() {
                    // The counts of the whole feed say nothing of a part of it.
                    let counted = attn.is_some() || source.is_none();
                    let is_meant = attn.is_none_or(|attn| attn.iter().any(|name| *name == view));
                    let feed = side.sources.iter().position(|is| *is == source.as_deref());
                    if let Some(feed) = feed.filter(|_| is_meant) {
                        side.traffic.announced(feed, sent, counted, now);
                    }
                }
            }
            phoenix::Event::Lost { retry_at, .. } => {
                let until = self.since_birth(*retry_at);
                self.side(&user).traffic.lost(until, now + FLOOR);
            }
            _ => {}
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
                Output::Wait(_) => return outputs,
                Output::Dial => {
                    self.attempts += 1;
                    connected.attempt = self.attempts;
                    let credentials = &connected.credentials;
                    let url = credentials.host.socket_url(&credentials.public_key, None);
                    let target = format!("{}?{}", url.path(), url.query().unwrap_or_default());
                    let attempt = self.attempts;
                    let (user, now) = (credentials.user_id.to_string(), self.awake());
                    self.side(&user).traffic.dial(now);
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
/// The app takes a call for all items as done by then.
const BULK_GRACE: Duration = Duration::from_secs(10);
