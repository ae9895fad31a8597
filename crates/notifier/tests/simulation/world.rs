use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
    time::{Duration, Instant},
};

use doorbell_emulator::{Config, ConnectionId, Emulator, Output as ServerOutput, Response};
use doorbell_knock::{Draft, Failure, FeedPage, Request, api, message};
use doorbell_notifier::{
    Action, App, Desktop, Effect, Event, Filter, Join, Line, Now, store::Store,
};
use doorbell_phoenix::{Input, Output, Socket};
use time::OffsetDateTime;

use crate::{
    oracle::{Oracle, Screen},
    wire::{Call, Connected, Fault, Happening},
};

/// Everything there is: the app, its sockets, the server, the person's screen, and time.
pub(crate) struct World {
    pub(crate) random: fastrand::Rng,
    pub(crate) server: Emulator,
    pub(crate) config: Config,
    pub(crate) oracle: Oracle,
    pub(crate) screen: Screen,
    pub(crate) tally: BTreeMap<&'static str, u64>,
    pub(crate) steps: u64,
    pub(crate) trace: u64,
    /// Calm: no latency beyond a little, no failures.
    pub(crate) calm: bool,
    app: App,
    /// What the app has written down.
    store: Store,
    lines: BTreeMap<Line, Connected>,
    queue: BTreeMap<(Duration, u64), Happening>,
    queued: u64,
    attempts: u64,
    /// Since the beginning, as the server counts.
    elapsed: Duration,
    /// How much of it the computer slept.
    slept: Duration,
    asleep: Option<Duration>,
    no_network: bool,
    birth: Instant,
}

impl World {
    pub(crate) fn new(seed: u64) -> World {
        let config = Config {
            seed,
            ..Config::default()
        };
        World {
            random: fastrand::Rng::with_seed(seed),
            server: Emulator::new(config.clone()),
            config,
            oracle: Oracle::default(),
            screen: Screen::default(),
            tally: BTreeMap::new(),
            steps: 0,
            trace: 0,
            calm: false,
            app: App::new(seed, Default::default(), Default::default()),
            store: Store::open_in_memory(),
            lines: BTreeMap::new(),
            queue: BTreeMap::new(),
            queued: 0,
            attempts: 0,
            elapsed: Duration::ZERO,
            slept: Duration::ZERO,
            asleep: None,
            no_network: false,
            birth: Instant::now(),
        }
    }

    /// Some items exist, and the person signs in, again until it works.
    pub(crate) fn sign_in(&mut self) {
        for _ in 0..self.random.u32(0..60) {
            self.trigger();
        }
        self.calm = true;
        self.tell(Event::Restored(vec![]));
        let draft = Draft {
            public_key: self.config.public_key.clone(),
            user_id: self.config.user_id.clone(),
            feed_id: self.config.feed_id.clone(),
            host: "http://127.0.0.1:1".to_owned(),
            ..Draft::default()
        };
        self.tell(Event::Do(Action::SignIn { draft }));
        self.run_for(Duration::from_secs(5));
        assert_eq!(
            self.screen.signed_in,
            Some(true),
            "signing in to a calm server works"
        );
        self.oracle.met_at_sign_in();
        self.calm = false;
    }

    pub(crate) fn trigger(&mut self) {
        self.elapsed += Duration::from_millis(1);
        let now = self.utc();
        let data = serde_json::json!({"message": format!("item {}", self.queued)});
        let user = self.config.user_id.clone();
        let id = self
            .server
            .trigger("new-message", &user, data, now)
            .expect("a demo workflow");
        self.oracle.triggered(id, now);
        self.carry();
    }

    /// What the person does in the app.
    pub(crate) fn act(&mut self, action: Action) {
        if self.asleep.is_none() {
            self.oracle.intended(&action);
            self.tell(Event::Do(action));
        }
    }

    /// What another device does.
    pub(crate) fn elsewhere(&mut self, status: &str, ids: &[String]) {
        let body = serde_json::json!({ "message_ids": ids });
        let request = Request {
            method: api::Method::Post,
            path: format!("/v1/messages/batch/{status}"),
            query: Vec::new(),
            body: Some(body),
        };
        let key = self.config.public_key.clone();
        let response = self.serve(&request, &key);
        if response.status == 200 {
            self.oracle.applied(&request, true);
        }
    }

    pub(crate) fn close_window(&mut self) {
        if self.asleep.is_none() {
            self.screen.view = None;
            self.tell(Event::WindowGone);
        }
    }

    pub(crate) fn sleep(&mut self, time: Duration) {
        if self.asleep.is_none() {
            self.asleep = Some(self.elapsed);
            self.schedule(time, Happening::Wake);
        }
    }

    pub(crate) fn lose_network(&mut self, time: Duration) {
        self.no_network = true;
        self.schedule(time, Happening::Mend(Fault::NoNetwork));
    }

    pub(crate) fn mend_after(&mut self, time: Duration, fault: Fault) {
        self.schedule(time, Happening::Mend(fault));
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
                self.schedule(
                    Duration::ZERO,
                    Happening::ClosedAtClient {
                        line,
                        attempt,
                        code: None,
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
            let (connection, happening): (_, Box<dyn Fn(Line, u64) -> Happening>) = match output {
                ServerOutput::Send { connection, text } => (
                    connection,
                    Box::new(move |line, attempt| Happening::ToClient {
                        line,
                        attempt,
                        text: text.clone(),
                    }),
                ),
                ServerOutput::Close { connection, code } => (
                    connection,
                    Box::new(move |line, attempt| Happening::ClosedAtClient {
                        line,
                        attempt,
                        code: Some(code),
                    }),
                ),
            };
            let to = self
                .lines
                .iter()
                .find(|(_, connected)| connected.connection == Some(connection))
                .filter(|(_, connected)| !connected.half_open)
                .map(|(line, connected)| (*line, connected.attempt));
            if let Some((line, attempt)) = to.filter(|_| !self.no_network) {
                let latency = self.latency();
                self.schedule_in_order(latency, happening(line, attempt));
            }
        }
    }

    /// Faults end, and everything has time to come right.
    pub(crate) fn calm_down(&mut self) {
        self.calm = true;
        while self.asleep.is_some() {
            self.run_for(Duration::from_secs(60));
        }
        self.run_for(Duration::from_secs(3600));
        self.server.withhold(Default::default());
        self.server.refuse_connections(None);
        self.server.fail_requests(0, 500, None);
        self.act(Action::Retry);
        self.run_for(Duration::from_secs(1200));
        self.act(Action::Show {
            filter: Filter::All,
            first: 0,
            count: 200,
        });
        self.run_for(Duration::from_secs(120));
    }

    /// Lets time pass.
    pub(crate) fn run_for(&mut self, time: Duration) {
        let end = self.elapsed + time;
        loop {
            let here = self
                .asleep
                .is_none()
                .then(|| self.next_deadline())
                .flatten();
            let there = self.queue.first_key_value().map(|((at, _), _)| *at);
            let Some(next) = here
                .into_iter()
                .chain(there)
                .min()
                .filter(|next| *next <= end)
            else {
                break;
            };
            self.elapsed = self.elapsed.max(next);
            self.steps += 1;
            assert!(self.steps < 2_000_000, "the world does not come to rest");
            if there == Some(next) {
                let Some((_, happening)) = self.queue.pop_first() else {
                    continue;
                };
                self.happen(happening);
            } else {
                self.time_out();
            }
        }
        self.elapsed = self.elapsed.max(end);
    }

    fn happen(&mut self, happening: Happening) {
        if let Some(since) = self.asleep
            && happening.is_here()
        {
            // It waits in the computer's buffers until it is awake.
            let wake = self
                .queue
                .iter()
                .find(|(_, queued)| matches!(queued, Happening::Wake));
            let at = wake.map_or(since, |((at, _), _)| *at);
            self.queued += 1;
            self.queue
                .insert((at + Duration::from_nanos(1), self.queued), happening);
            return;
        }
        match happening {
            Happening::DialServed {
                line,
                attempt,
                target,
            } => {
                let result = if self.no_network {
                    Err(None)
                } else {
                    self.server.connect(&target, self.utc()).map_err(Some)
                };
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
            } => self.input(line, attempt, Input::Text(&text)),
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
            } => {
                let lost = self.no_network || (!self.calm && self.random.u8(..) < 8);
                let response = if self.no_network {
                    None
                } else {
                    let key = self.config.public_key.clone();
                    let response = self.serve(&request, &key);
                    if response.status == 200 {
                        self.oracle.applied(&request, false);
                    }
                    Some(response)
                };
                let latency = self.latency();
                let response = response.filter(|_| !lost);
                self.schedule(
                    latency,
                    Happening::Answered {
                        line,
                        call,
                        response,
                    },
                );
            }
            Happening::Answered {
                line,
                call,
                response,
            } => self.answered(line, call, response),
            Happening::Desktop(event) => self.tell(event),
            Happening::Mend(fault) => match fault {
                Fault::Refusing => self.server.refuse_connections(None),
                Fault::Withholding => self.server.withhold(Default::default()),
                Fault::NoNetwork => self.no_network = false,
            },
            Happening::Wake => {
                if let Some(since) = self.asleep.take() {
                    self.slept += self.elapsed - since;
                    if self.random.bool() {
                        self.tell(Event::Woke);
                    }
                }
            }
        }
    }

    fn dialled(&mut self, line: Line, attempt: u64, result: Result<ConnectionId, Option<u16>>) {
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
                self.input(line, attempt, Input::Opened);
            }
            Err(Some(status)) => self.input(
                line,
                attempt,
                Input::Refused {
                    status,
                    retry_after: None,
                },
            ),
            Err(None) => self.input(line, attempt, Input::Unreachable),
        }
    }

    fn answered(&mut self, line: Line, call: Call, response: Option<Response>) {
        if !self.lines.contains_key(&line) {
            return;
        }
        let body = match response {
            None => Err(Failure::Unreachable("cut".to_owned())),
            Some(response) if response.status == 200 => Ok(response.body),
            Some(response) => {
                let retry_after = response
                    .header("retry-after")
                    .and_then(|value| value.parse().ok());
                let retry_after = retry_after.map(Duration::from_secs);
                Err(Failure::from_response(
                    response.status,
                    retry_after,
                    &response.body,
                ))
            }
        };
        self.tell(match call {
            Call::Fetch(feed) => Event::Fetched {
                line,
                feed,
                result: body
                    .map(|body| FeedPage::parse(&body).expect("the emulator answers with pages")),
            },
            Call::Update(mark) => Event::Settled {
                line,
                mark,
                result: body.map(|body| message::still_unread(&body)),
            },
        });
    }

    fn serve(&mut self, request: &Request, key: &str) -> Response {
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

    fn time_out(&mut self) {
        let now = self.now();
        let due: Vec<Line> = self.lines.keys().copied().collect();
        for line in due {
            if let Some(connected) = self.lines.get_mut(&line) {
                let attempt = connected.attempt;
                self.input(line, attempt, Input::Timeout);
            }
        }
        if self.app.deadline(now).is_some_and(|at| at <= now.instant) {
            self.tell(Event::Tick);
        }
    }

    /// An input to a line's socket, unless it comes from a connection that is over.
    fn input(&mut self, line: Line, attempt: u64, input: Input<'_>) {
        let now = self.now().instant;
        let Some(connected) = self
            .lines
            .get_mut(&line)
            .filter(|connected| connected.attempt == attempt)
        else {
            return;
        };
        connected.socket.handle(input, now);
        self.poll(line);
    }

    /// Does what a line's socket wants.
    fn poll(&mut self, line: Line) {
        loop {
            let now = self.now().instant;
            let Some(connected) = self.lines.get_mut(&line) else {
                return;
            };
            match connected.socket.poll(now) {
                Output::Dial => {
                    self.attempts += 1;
                    connected.attempt = self.attempts;
                    let url = connected
                        .credentials
                        .host
                        .socket_url(&connected.credentials.public_key, None);
                    let target = format!("{}?{}", url.path(), url.query().unwrap_or_default());
                    let attempt = self.attempts;
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
                Output::Send(text) => {
                    let way = connected.connection.filter(|_| !connected.half_open);
                    if let Some(connection) = way.filter(|_| !self.no_network) {
                        let latency = self.latency();
                        self.schedule_in_order(latency, Happening::ToServer { connection, text });
                    }
                }
                Output::Hangup => {
                    self.attempts += 1;
                    connected.attempt = self.attempts;
                    if let Some(connection) = connected.connection.take() {
                        self.schedule(Duration::ZERO, Happening::ClosedAtServer { connection });
                    }
                }
                Output::Event(event) => self.tell(Event::Channel { line, event }),
                Output::Wait(_) => return,
            }
        }
    }

    fn tell(&mut self, event: Event) {
        let mut hasher = DefaultHasher::new();
        (self.trace, self.elapsed, std::mem::discriminant(&event)).hash(&mut hasher);
        self.trace = hasher.finish();
        let now = self.now();
        for effect in self.app.handle(event, now) {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        let now = self.now().instant;
        match effect {
            Effect::Connect {
                line,
                credentials,
                joins,
            } => {
                let mut socket = Socket::new(self.random.u64(..));
                for Join { topic, params } in joins {
                    socket.handle(Input::Join { topic, params }, now);
                }
                let connected = Connected {
                    socket,
                    credentials: *credentials,
                    attempt: 0,
                    connection: None,
                    half_open: false,
                };
                self.lines.insert(line, connected);
                self.poll(line);
            }
            Effect::Disconnect { line } => {
                if let Some(connection) = self
                    .lines
                    .remove(&line)
                    .and_then(|connected| connected.connection)
                {
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
                let latency = self.latency();
                self.schedule(
                    latency,
                    Happening::Served {
                        line,
                        call: Call::Fetch(feed),
                        request,
                    },
                );
            }
            Effect::Update {
                line,
                mark,
                request,
            } => {
                let latency = self.latency();
                self.schedule(
                    latency,
                    Happening::Served {
                        line,
                        call: Call::Update(mark),
                        request,
                    },
                );
            }
            Effect::Save(changes) => self.store.save(&changes).expect("there is room"),
            Effect::Tell { changes, toast } => {
                self.store.save(&changes).expect("there is room");
                self.desktop(Desktop::Toast(toast));
            }
            Effect::FetchSettings { line, feed, .. } => {
                let latency = self.latency();
                // They never change here, and nothing is decided by them.
                let result = Ok(Default::default());
                self.schedule(
                    latency,
                    Happening::Desktop(Event::SettingsFetched { line, feed, result }),
                );
            }
            Effect::RefreshToken { .. } => panic!("nobody's tokens come from anywhere here"),
            Effect::Desktop(desktop) => self.desktop(desktop),
        }
    }

    fn desktop(&mut self, desktop: Desktop) {
        let latency = self.latency();
        match desktop {
            Desktop::Store(_) => self.schedule(latency, Happening::Desktop(Event::Stored(Ok(())))),
            Desktop::OpenUrl { account, item, .. } => {
                let result = match self.calm || self.random.u8(..) > 25 {
                    true => Ok(()),
                    false => Err("no browser".to_owned()),
                };
                self.schedule(
                    latency,
                    Happening::Desktop(Event::Opened {
                        account,
                        item,
                        result,
                    }),
                );
            }
            shown => {
                self.oracle.shown(&shown);
                self.screen.shown(shown);
            }
        }
    }

    fn next_deadline(&mut self) -> Option<Duration> {
        let now = self.now();
        let mut next = self.app.deadline(now);
        for connected in self.lines.values_mut() {
            if let Output::Wait(Some(at)) = connected.socket.poll(now.instant) {
                next = Some(next.map_or(at, |next| next.min(at)));
            }
        }
        let awake = next?.saturating_duration_since(self.birth);
        Some((awake + self.slept).max(self.elapsed))
    }

    fn schedule(&mut self, after: Duration, happening: Happening) {
        self.queued += 1;
        self.queue
            .insert((self.elapsed + after, self.queued), happening);
    }

    /// Frames of one connection do not overtake each other: not before the last one on the way.
    fn schedule_in_order(&mut self, after: Duration, happening: Happening) {
        let last = self
            .queue
            .iter()
            .filter(|(_, queued)| {
                matches!(
                    queued,
                    Happening::ToServer { .. }
                        | Happening::ToClient { .. }
                        | Happening::ClosedAtClient { .. }
                )
            })
            .map(|((at, _), _)| *at)
            .max();
        self.queued += 1;
        let at = (self.elapsed + after).max(last.unwrap_or_default());
        self.queue.insert((at, self.queued), happening);
    }

    fn latency(&mut self) -> Duration {
        let top = match (self.calm, self.random.u8(..)) {
            (true, _) => 40,
            (false, 0..12) => 8_000,
            (false, _) => 300,
        };
        Duration::from_millis(self.random.u64(1..top))
    }

    fn now(&self) -> Now {
        Now {
            instant: self.birth + (self.elapsed - self.slept),
            utc: self.utc(),
        }
    }

    pub(crate) fn utc(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::from_secs(1_900_000_000) + self.elapsed
    }
}
