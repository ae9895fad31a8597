//! Statuses of messages: one by one, in batches, in bulk.

use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::bulk::{Action, Selection};
use crate::call::{Access, Answer, Call, Caller, Route, ok};
use crate::emulator::Emulator;
use crate::http::Response;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::status::Status;

pub(super) const ROUTES: &[Route] = &[
    Route::new("POST", "/v1/messages/batch/{status}", Access::Public, batch),
    Route::new(
        "PUT",
        "/v1/messages/{message}/{status}",
        Access::Public,
        |knock, call| single(knock, call, Status::put(call.param(1))),
    ),
    Route::new(
        "DELETE",
        "/v1/messages/{message}/{status}",
        Access::Public,
        |knock, call| single(knock, call, Status::delete(call.param(1))),
    ),
    Route::new(
        "POST",
        "/v1/channels/{feed}/messages/bulk/{action}",
        Access::Public,
        in_bulk,
    ),
];

fn batch(knock: &mut Emulator, call: &Call) -> Answer {
    let status = Status::batch(call.param(0)).ok_or(Refusal::ResourceMissing)?;
    let body = call.object()?;
    let metadata = interaction(&body)?;
    let ids = Params::from_object(&body).list("message_ids")?;
    let ids = ids.ok_or_else(|| Refusal::invalid("message_ids", "can't be blank"))?;
    let (mut answered, mut limited) = (Vec::new(), Vec::new());
    for id in &ids {
        let is_limited = knock.config.rate_limits || knock.faults().deduplicate_marks;
        let held_back = is_limited && !knock.rates.admits_mark(id, status, call.now);
        let message = match held_back {
            true => knock.unmarked(id, &call.caller),
            false => knock.mark(id, status, &metadata, &call.caller, call.now),
        };
        if held_back && message.is_some() {
            limited.push(id.as_str());
        }
        answered.extend(message);
    }
    let response = Response::of(200, &Value::Array(answered));
    Ok(match limited.is_empty() {
        true => response,
        false => response.with("x-ratelimited-message_ids", limited.join(",")),
    })
}

fn single(knock: &mut Emulator, call: &Call, status: Option<Status>) -> Answer {
    let status = status.ok_or(Refusal::ResourceMissing)?;
    let metadata = interaction(&call.object()?)?;
    let marked = knock.mark(call.param(0), status, &metadata, &call.caller, call.now);
    ok(&marked.ok_or(Refusal::ResourceMissing)?)
}

fn in_bulk(knock: &mut Emulator, call: &Call) -> Answer {
    let name = call.param(1);
    let action = Action::parse(name).ok_or(Refusal::ResourceMissing)?;
    knock.check_channel(call.param(0))?;
    let selection = Selection::parse(&Params::from_object(&call.object()?))?;
    if call.caller.is_page() && selection.recipients().is_none() {
        return Err(Refusal::invalid("user_ids", "can't be blank"));
    }
    for user_id in selection.recipients().into_iter().flatten() {
        call.caller
            .check(user_id, "user/feed_write", selection.only_tenant())?;
    }
    ok(&knock.mark_in_bulk(&selection, name, action, call.now))
}

impl Emulator {
    /// The message as it is.
    fn unmarked(&self, id: &str, caller: &Caller) -> Option<Value> {
        let message = self.messages.find(id);
        let message = message.filter(|message| caller.knows(message, "user/feed_write"))?;
        Some(message.message(&self.config.feed_id))
    }

    fn mark(
        &mut self,
        id: &str,
        status: Status,
        metadata: &Value,
        caller: &Caller,
        now: OffsetDateTime,
    ) -> Option<Value> {
        self.unmarked(id, caller)?;
        let message = self.messages.find_mut(id)?;
        message.mark(status, metadata, now);
        Some(message.message(&self.config.feed_id))
    }

    fn mark_in_bulk(
        &mut self,
        selection: &Selection,
        name: &str,
        action: Action,
        now: OffsetDateTime,
    ) -> Value {
        let meant = self.messages.iter();
        let meant = meant.filter(|message| selection.matches(message));
        let meant: Vec<String> = meant.map(|message| message.id.clone()).collect();
        match action {
            Action::Delete => self.messages.retain(|message| !selection.matches(message)),
            Action::Mark(status) => {
                for id in &meant {
                    if let Some(message) = self.messages.find_mut(id) {
                        message.mark(status, &Value::Null, now);
                    }
                }
            }
        }
        let name = match name {
            "archive" => "archived",
            "unarchive" => "unarchived",
            other => other,
        };
        self.done_in_bulk(&format!("messages.{name}"), meant.len(), &[], now)
    }
}

/// An interaction's `metadata`: at most five pairs, no nesting.
fn interaction(body: &Map<String, Value>) -> Result<Value, Refusal> {
    match body.get("metadata") {
        None | Some(Value::Null) => Ok(Value::Null),
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
        Some(metadata @ Value::Object(_)) => Ok(metadata.clone()),
        Some(_) => Err(Refusal::invalid("metadata", "must be an object")),
    }
}

const MAX_METADATA_PAIRS: usize = 5;
