use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use tracing::debug;

use crate::config::Config;
use crate::http::{Request, Response};
use crate::idempotency::Idempotency;
use crate::ids::Ids;
use crate::message::Message;
use crate::pending::Pending;
use crate::recipients::Recipients;
use crate::refusal::Refusal;
use crate::sockets::{ConnectionId, Output, Sockets, Withhold};
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
    /// Oldest first.
    pub(crate) messages: Vec<Message>,
    pub(crate) bulk_operations: BTreeMap<String, Value>,
    pub(crate) idempotency: Idempotency,
    pub(crate) workflows: Workflows,
    /// Runs that wait.
    pub(crate) pending: Pending,
    failures: VecDeque<Refusal>,
    pub(crate) sockets: Sockets,
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
            messages: Vec::new(),
            bulk_operations: BTreeMap::new(),
            idempotency: Idempotency::default(),
            workflows: Workflows::built_in(),
            pending: Pending::default(),
            failures: VecDeque::new(),
            sockets: Sockets::default(),
        }
    }

    /// What this environment was made of.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Answers one HTTP request; whatever it holds, there is an answer.
    pub fn request(&mut self, request: &Request, now: OffsetDateTime) -> Response {
        self.advance(now);
        let request_id = self.ids.request();
        let answer = match self.failures.pop_front() {
            Some(failure) => Err(failure),
            None => self.answer(request, &request_id, now),
        };
        let response = answer.unwrap_or_else(|refusal| refusal.response());
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
        self.sockets.connect(target, &self.config, now)
    }

    /// Handles one text frame of an open WebSocket.
    pub fn receive(&mut self, connection: ConnectionId, text: &str, _now: OffsetDateTime) {
        self.sockets.receive(connection, text, &self.config);
    }

    /// Forgets a WebSocket that is gone.
    pub fn disconnected(&mut self, connection: ConnectionId) {
        self.sockets.disconnected(connection);
    }

    /// What to do next with a WebSocket, in order; `None` when all is done.
    pub fn next_output(&mut self) -> Option<Output> {
        self.sockets.next_output()
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
        self.advance(now);
        let workflow = self.workflows.find(workflow)?;
        let trigger = Trigger {
            recipients: vec![json!({"id": user_id})],
            data: data.as_object().cloned().unwrap_or_default(),
            ..Trigger::default()
        };
        let before = self.messages.len();
        self.run(&workflow, &trigger, now).ok()?;
        let new = self.messages.get(before)?;
        Some(new.id.clone())
    }

    /// Takes up the workflow of a file, in place of one with the same key.
    ///
    /// # Errors
    ///
    /// When the file is no workflow: at which line, and why. Nothing changed then.
    pub fn load_workflow(&mut self, key: &str, text: &str) -> Result<(), WorkflowError> {
        self.workflows.load(key, text)
    }

    /// Lets runs go on whose delay or batch is over by now, each at its own time.
    pub fn advance(&mut self, now: OffsetDateTime) {
        while let Some((due, passage)) = self.pending.take_due(now) {
            self.go_on(passage, due);
        }
    }

    /// When `advance` has something to do next.
    pub fn next_due(&self) -> Option<OffsetDateTime> {
        self.pending.next_due()
    }
}

/// Controls: what no client can ask for, but tests and simulations can.
impl Emulator {
    /// Crashes every channel that watches this user's feed.
    pub fn crash_channels(&mut self, user_id: &str) {
        self.sockets.crash_channels(user_id);
    }

    /// Closes one WebSocket with a code of choice.
    pub fn close(&mut self, connection: ConnectionId, code: u16) {
        self.sockets.close(connection, code);
    }

    /// Closes every WebSocket with 1012, as a server does that restarts.
    pub fn drain(&mut self) {
        for connection in self.sockets.connections() {
            self.sockets.close(connection, 1012);
        }
    }

    /// Sets what the server keeps to itself from now on.
    pub fn withhold(&mut self, withhold: Withhold) {
        self.sockets.withhold = withhold;
    }

    /// Refuses every upgrade with this HTTP status, until set to `None`.
    pub fn refuse_connections(&mut self, status: Option<u16>) {
        self.sockets.refuse_with = status;
    }

    /// Fails the next `times` requests with an HTTP status and, if given, `Retry-After` seconds.
    pub fn fail_requests(&mut self, times: usize, status: u16, retry_after: Option<u64>) {
        self.failures.extend(std::iter::repeat_n(
            Refusal::Injected {
                status,
                retry_after,
            },
            times,
        ));
    }

    /// The open WebSockets, oldest first.
    pub fn connections(&self) -> Vec<ConnectionId> {
        self.sockets.connections()
    }

    /// How many channels watch this user's feed.
    pub fn joined(&self, user_id: &str) -> usize {
        self.sockets.joined(user_id)
    }

    /// Every message of a user as `GET /v1/messages/{id}` answers it, oldest first.
    pub fn messages(&self, user_id: &str) -> Vec<Value> {
        self.messages
            .iter()
            .filter(|message| message.user_id() == user_id)
            .map(|message| message.message(&self.config.feed_id))
            .collect()
    }
}
