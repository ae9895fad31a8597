use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use tracing::debug;

use crate::clock::Clock;
use crate::config::Config;
use crate::http::{Request, Response};
use crate::idempotency::Idempotency;
use crate::ids::Ids;
use crate::message::Message;
use crate::messages::Messages;
use crate::pending::Pending;
use crate::rates::Rates;
use crate::recipients::Recipients;
use crate::request_faults::RequestFaults;
use crate::schedules::Schedule;
use crate::sockets::{ConnectionId, Output, Sockets};
use crate::state::{Singles, Snapshots};
use crate::table::Table;
use crate::timers::Timer;
use crate::trigger::Trigger;
use crate::workflow::Workflows;
use crate::workflow_file::WorkflowError;

/// The state of one Knock environment, without IO and without a clock.
///
/// Time comes in with every call; what should be sent comes out of [`Emulator::next_output`].
#[derive(Debug)]
pub struct Emulator {
    pub(crate) config: Config,
    pub(crate) ids: Ids,
    pub(crate) recipients: Recipients,
    pub(crate) messages: Messages,
    pub(crate) bulk_operations: Table<String, Value>,
    pub(crate) idempotency: Idempotency,
    pub(crate) workflows: Workflows,
    /// Runs that wait.
    pub(crate) pending: Pending,
    pub(crate) schedules: Table<u64, Schedule>,
    pub(crate) clock: Clock,
    pub(crate) request_faults: RequestFaults,
    pub(crate) rates: Rates,
    pub(crate) sockets: Sockets,
    pub(crate) snapshots: Snapshots,
    /// What `take_changes` last told of what is no table; `None` when changes are not tracked.
    pub(crate) kept: Option<Option<Singles>>,
    /// Requests so far, without those to the controls.
    pub(crate) answered: u64,
}

impl Emulator {
    /// An environment in which nothing happened yet but the identification of its first user.
    pub fn new(config: Config) -> Self {
        let mut recipients = Recipients::default();
        let name = Map::from_iter([("name".to_owned(), json!(config.user_name))]);
        recipients
            .identify(&config.user_id, &name, OffsetDateTime::UNIX_EPOCH)
            .expect("a configured name is within the limit of a user's properties");
        Self {
            ids: Ids::new(config.seed),
            config,
            recipients,
            messages: Messages::default(),
            bulk_operations: Table::default(),
            idempotency: Idempotency::default(),
            workflows: Workflows::built_in(),
            pending: Pending::default(),
            schedules: Table::default(),
            clock: Clock::default(),
            request_faults: RequestFaults::default(),
            rates: Rates::default(),
            sockets: Sockets::default(),
            snapshots: Snapshots::default(),
            kept: None,
            answered: 0,
        }
    }

    /// What this environment was made of.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Answers one HTTP request; whatever it holds, there is an answer.
    pub fn request(&mut self, request: &Request, now: OffsetDateTime) -> Response {
        let now = self.clock.read(now);
        self.advance(now);
        let request_id = self.ids.request();
        let is_control = request.path.starts_with("/_emulator/");
        self.answered += u64::from(!is_control);
        let failure = match is_control {
            true => None,
            false => self.request_faults.next(request),
        };
        let answer = match failure {
            Some(failure) => Err(failure),
            None => self.answer(request, &request_id, now),
        };
        let response = answer.unwrap_or_else(|refusal| refusal.response());
        if !is_control {
            let Request {
                method,
                path,
                query,
                ..
            } = request;
            let log = &mut self.sockets.traffic.log;
            log.request(method, path, query, response.status, now);
        }
        debug!(
            method = request.method,
            status = response.status,
            "answered a request"
        );
        response.with("x-request-id", request_id)
    }

    /// Takes the upgrade request of a WebSocket, or says the HTTP status that refuses it.
    ///
    /// `target` is the path and query as requested; a refusal has an empty body.
    pub fn connect(&mut self, target: &str, now: OffsetDateTime) -> Result<ConnectionId, u16> {
        self.advance(now);
        let now = self.clock.read(now);
        self.sockets.connect(target, &self.config, now)
    }

    /// Handles one text frame of an open WebSocket.
    pub fn receive(&mut self, connection: ConnectionId, text: &str, now: OffsetDateTime) {
        self.advance(now);
        self.sockets.receive(connection, text, &self.config);
    }

    /// Forgets a WebSocket that is gone.
    pub fn disconnected(&mut self, connection: ConnectionId) {
        self.sockets.disconnected(connection);
    }

    /// What to do next with a WebSocket, in order; `None` when all is done.
    pub fn next_output(&mut self) -> Option<Output> {
        self.sockets.traffic.next_output()
    }

    /// Triggers a workflow for one user, who is identified if need be.
    ///
    /// Returns the new message's id; `None` when there is no such workflow, or none of its messages is
    /// there at once.
    pub fn trigger(
        &mut self,
        workflow: &str,
        user_id: &str,
        data: Value,
        now: OffsetDateTime,
    ) -> Option<String> {
        let now = self.clock.read(now);
        self.advance(now);
        let workflow = self.workflows.find(workflow)?;
        let trigger = Trigger {
            recipients: vec![json!({"id": user_id})],
            data: data.as_object().cloned().unwrap_or_default(),
            ..Trigger::default()
        };
        let before = self.messages.of(user_id).len();
        self.run(&workflow, &trigger, now).ok()?;
        let new = self.messages.of(user_id).get(before)?.id.clone();
        Some(new)
    }

    /// Takes up the workflow of a file, in place of one with the same key.
    ///
    /// # Errors
    ///
    /// When the file is no workflow: at which line, and why. Nothing changed then.
    pub fn load_workflow(&mut self, key: &str, text: &str) -> Result<(), WorkflowError> {
        let loaded = self.workflows.load(key, text);
        if let Err(error) = &loaded {
            let now = self.clock.read(self.sockets.traffic.now);
            self.note(&format!("refused the file of workflow {key}: {error}"), now);
        }
        loaded
    }

    /// Lets runs go on whose delay or batch is over by now, begins those that are scheduled, and delivers
    /// what faults kept back, each at its own time.
    pub fn advance(&mut self, now: OffsetDateTime) {
        let now = self.clock.read(now);
        while let Some(due) = self.first_due().filter(|due| *due <= now) {
            self.sockets.traffic.now = due;
            if let Some(timer) = self.sockets.traffic.timers.take_due(due) {
                self.go_on_with_sockets(timer);
                continue;
            }
            match self.pending.take_due(due) {
                Some((due, passage)) => self.go_on(passage, due),
                None => self.run_scheduled(due),
            }
        }
        self.sockets.traffic.now = now;
    }

    fn go_on_with_sockets(&mut self, timer: Timer) {
        let Timer::Announce { connection, topic } = timer else {
            return self.sockets.go_on(timer, &self.config);
        };
        let Some((user_id, gathered)) = self.sockets.take_gathered(connection, &topic) else {
            return;
        };
        let feed = self.messages.of(&user_id);
        let new: Vec<&Message> = feed
            .iter()
            .filter(|message| gathered.contains(&message.id))
            .copied()
            .collect();
        self.sockets.tell(connection, &topic, &new, &feed);
    }

    /// Says in the console what a person who wonders would want to know.
    pub(crate) fn note(&mut self, text: &str, now: OffsetDateTime) {
        self.sockets.traffic.log.note(text, now);
    }

    fn first_due(&self) -> Option<OffsetDateTime> {
        let due = self.pending.next_due().into_iter();
        let due = due.chain(self.sockets.traffic.timers.next_due());
        due.chain(self.next_scheduled()).min()
    }

    /// When `advance` has something to do next; never by itself while the clock is held.
    pub fn next_due(&self) -> Option<OffsetDateTime> {
        match self.clock {
            Clock::Running => self.first_due(),
            Clock::Held(_) => None,
        }
    }
}
