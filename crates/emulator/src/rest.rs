//! The endpoints: which path does what, and who may ask.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::bulk::{self, Action, Selection};
use crate::emulator::Emulator;
use crate::feed::PageRequest;
use crate::http::{Request, Response};
use crate::message::Message;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::status::Status;
use crate::trigger::Trigger;
use crate::workflow;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endpoint<'a> {
    Feed {
        user_id: &'a str,
        feed_id: &'a str,
    },
    FeedSettings {
        feed_id: &'a str,
    },
    BatchStatus {
        status: Status,
    },
    SingleStatus {
        message_id: &'a str,
        status: Status,
    },
    Bulk {
        feed_id: &'a str,
        name: &'a str,
        action: Action,
    },
    BulkOperation {
        id: &'a str,
    },
    Message {
        id: &'a str,
    },
    User {
        id: &'a str,
    },
    Identify {
        id: &'a str,
    },
    Trigger {
        workflow: &'a str,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Public,
    Secret,
}

impl<'a> Endpoint<'a> {
    fn find(method: &str, segments: &[&'a str]) -> Option<Self> {
        Some(match (method, segments) {
            ("GET", ["v1", "users", user_id, "feeds", feed_id]) => Self::Feed { user_id, feed_id },
            ("GET", ["v1", "users", _, "feeds", feed_id, "settings"]) => {
                Self::FeedSettings { feed_id }
            }
            ("POST", ["v1", "messages", "batch", name]) => Self::BatchStatus {
                status: Status::batch(name)?,
            },
            ("PUT", ["v1", "messages", message_id, name]) => Self::SingleStatus {
                message_id,
                status: Status::put(name)?,
            },
            ("DELETE", ["v1", "messages", message_id, name]) => Self::SingleStatus {
                message_id,
                status: Status::delete(name)?,
            },
            ("POST", ["v1", "channels", feed_id, "messages", "bulk", name]) => Self::Bulk {
                feed_id,
                name,
                action: Action::parse(name)?,
            },
            ("GET", ["v1", "bulk_operations", id]) => Self::BulkOperation { id },
            ("GET", ["v1", "messages", id]) => Self::Message { id },
            ("GET", ["v1", "users", id]) => Self::User { id },
            ("PUT", ["v1", "users", id]) => Self::Identify { id },
            ("POST", ["v1", "workflows", workflow, "trigger"]) => Self::Trigger { workflow },
            _ => return None,
        })
    }

    fn needs(self) -> Key {
        match self {
            Self::Trigger { .. } | Self::BulkOperation { .. } => Key::Secret,
            Self::Feed { .. }
            | Self::FeedSettings { .. }
            | Self::BatchStatus { .. }
            | Self::SingleStatus { .. }
            | Self::Bulk { .. }
            | Self::Message { .. }
            | Self::User { .. }
            | Self::Identify { .. } => Key::Public,
        }
    }
}

impl Emulator {
    pub(crate) fn answer(
        &mut self,
        request: &Request,
        request_id: &str,
        now: OffsetDateTime,
    ) -> Result<Response, Refusal> {
        let segments = request.segments().ok_or(Refusal::ResourceMissing)?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let endpoint =
            Endpoint::find(&request.method, &segments).ok_or(Refusal::ResourceMissing)?;
        let key = self.key(request)?;
        if endpoint.needs() == Key::Secret && key == Key::Public {
            return Err(Refusal::IncorrectTokenType);
        }
        let body = match endpoint {
            Endpoint::Feed { user_id, feed_id } => self.feed(user_id, feed_id, &request.query)?,
            Endpoint::FeedSettings { feed_id } => {
                self.check_channel(feed_id)?;
                json!({"features": {"branding_required": false}})
            }
            Endpoint::BatchStatus { status } => {
                self.batch_status(status, &request.object()?, now)?
            }
            Endpoint::SingleStatus { message_id, status } => {
                self.single_status(message_id, status, &request.object()?, now)?
            }
            Endpoint::Bulk {
                feed_id,
                name,
                action,
            } => {
                self.check_channel(feed_id)?;
                let selection = Selection::parse(&Params::from_object(&request.object()?))?;
                if key == Key::Public && !selection.names_recipients() {
                    return Err(Refusal::invalid("user_ids", "can't be blank"));
                }
                self.bulk(&selection, name, action, now)
            }
            Endpoint::BulkOperation { id } => self
                .bulk_operations
                .get(id)
                .cloned()
                .ok_or(Refusal::ResourceMissing)?,
            Endpoint::Message { id } => {
                let message = self.messages.iter().find(|message| message.id == id);
                message
                    .ok_or(Refusal::ResourceMissing)?
                    .message(&self.config.feed_id)
            }
            Endpoint::User { id } => self
                .recipients
                .user(id)
                .cloned()
                .ok_or(Refusal::ResourceMissing)?,
            Endpoint::Identify { id } => self
                .recipients
                .identify(id, &request.object()?, now)?
                .clone(),
            Endpoint::Trigger { workflow } => {
                return self.trigger_workflow(workflow, request, request_id, now);
            }
        };
        Ok(Response::of(200, &body))
    }

    fn key(&self, request: &Request) -> Result<Key, Refusal> {
        let authorization = request.header("authorization").unwrap_or_default();
        let key = authorization
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        match key.map(|(_, key)| key.trim()) {
            Some(key) if key == self.config.public_key => Ok(Key::Public),
            Some(key) if key == self.config.secret_key => Ok(Key::Secret),
            _ => Err(Refusal::ApiKeyMissing),
        }
    }

    fn check_channel(&self, feed_id: &str) -> Result<(), Refusal> {
        match feed_id.eq_ignore_ascii_case(&self.config.feed_id) {
            true => Ok(()),
            false => Err(Refusal::ChannelInvalid),
        }
    }

    fn feed(&self, user_id: &str, feed_id: &str, query: &str) -> Result<Value, Refusal> {
        self.check_channel(feed_id)?;
        let page = PageRequest::parse(&Params::from_query(query))?;
        let messages: Vec<&Message> = self
            .messages
            .iter()
            .filter(|message| message.user_id() == user_id)
            .collect();
        page.answer(&messages)
    }

    fn batch_status(
        &mut self,
        status: Status,
        body: &Map<String, Value>,
        now: OffsetDateTime,
    ) -> Result<Value, Refusal> {
        check_interaction(body)?;
        let ids = Params::from_object(body).list("message_ids")?;
        let ids = ids.ok_or_else(|| Refusal::invalid("message_ids", "can't be blank"))?;
        let marked = ids
            .iter()
            .filter_map(|id| self.mark(id, status, now))
            .collect();
        Ok(Value::Array(marked))
    }

    fn single_status(
        &mut self,
        message_id: &str,
        status: Status,
        body: &Map<String, Value>,
        now: OffsetDateTime,
    ) -> Result<Value, Refusal> {
        check_interaction(body)?;
        self.mark(message_id, status, now)
            .ok_or(Refusal::ResourceMissing)
    }

    fn mark(&mut self, id: &str, status: Status, now: OffsetDateTime) -> Option<Value> {
        let message = self.messages.iter_mut().find(|message| message.id == id)?;
        message.mark(status, now);
        Some(message.message(&self.config.feed_id))
    }

    fn bulk(
        &mut self,
        selection: &Selection,
        name: &str,
        action: Action,
        now: OffsetDateTime,
    ) -> Value {
        let rows = self
            .messages
            .iter()
            .filter(|message| selection.matches(message))
            .count();
        match action {
            Action::Delete => self.messages.retain(|message| !selection.matches(message)),
            Action::Mark(status) => self
                .messages
                .iter_mut()
                .filter(|message| selection.matches(message))
                .for_each(|message| message.mark(status, now)),
        }
        let id = self.ids.uuid();
        let operation = bulk::operation(&id, name, rows, now);
        self.bulk_operations.insert(id, operation.clone());
        operation
    }

    fn trigger_workflow(
        &mut self,
        workflow: &str,
        request: &Request,
        request_id: &str,
        now: OffsetDateTime,
    ) -> Result<Response, Refusal> {
        if let Some(response) = self.idempotency.replay(request, now)? {
            return Ok(response);
        }
        let workflow = workflow::find(workflow).ok_or(Refusal::WorkflowMissing)?;
        let trigger = Trigger::parse(&request.object()?)?;
        let run_id = self.run(workflow, &trigger, now)?;
        let response = Response::of(200, &json!({"workflow_run_id": run_id}));
        self.idempotency
            .remember(request, &response, request_id, now);
        Ok(response)
    }
}

/// An interaction's `metadata`: at most five pairs, no nesting.
fn check_interaction(body: &Map<String, Value>) -> Result<(), Refusal> {
    match body.get("metadata") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::Object(metadata)) if metadata.len() > MAX_METADATA_PAIRS => Err(
            Refusal::invalid("metadata", "must not have more than five pairs"),
        ),
        Some(Value::Object(metadata))
            if metadata
                .values()
                .any(|value| value.is_object() || value.is_array()) =>
        {
            Err(Refusal::invalid("metadata", "must not be nested"))
        }
        Some(Value::Object(_)) => Ok(()),
        Some(_) => Err(Refusal::invalid("metadata", "must be an object")),
    }
}

const MAX_METADATA_PAIRS: usize = 5;
