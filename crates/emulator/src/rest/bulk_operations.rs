//! Operations on many rows at once. They are done when they are answered.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::bulk;
use crate::call::{Access, Answer, Call, Route, ok};
use crate::emulator::Emulator;
use crate::refusal::Refusal;

pub(super) const ROUTES: &[Route] = &[Route::new(
    "GET",
    "/v1/bulk_operations/{operation}",
    Access::Secret,
    operation,
)];

fn operation(knock: &mut Emulator, call: &Call) -> Answer {
    let operation = knock.bulk_operations.get(call.param(0));
    ok(operation.ok_or(Refusal::ResourceMissing)?)
}

/// The rows of a request's list: not none, and at most 1000.
pub(super) fn rows(body: &Map<String, Value>, field: &str) -> Result<Vec<Value>, Refusal> {
    match body.get(field) {
        Some(Value::Array(rows)) if rows.is_empty() => {
            Err(Refusal::invalid(field, "can't be blank"))
        }
        Some(Value::Array(rows)) if rows.len() > MAX_ROWS => {
            Err(Refusal::invalid(field, "must not be more than 1000"))
        }
        Some(Value::Array(rows)) => Ok(rows.clone()),
        None | Some(Value::Null) => Err(Refusal::invalid(field, "can't be blank")),
        Some(_) => Err(Refusal::invalid(field, "must be a list")),
    }
}

impl Emulator {
    /// Does something with each row; those that are refused are the operation's errors.
    pub(super) fn do_in_bulk(
        &mut self,
        name: &str,
        rows: &[Value],
        now: OffsetDateTime,
        mut row: impl FnMut(&mut Self, &Value) -> Result<(), Refusal>,
    ) -> Value {
        let mut errors = Vec::new();
        for one in rows {
            if row(self, one).is_err() {
                let id = one.as_str().map_or(&one["id"], |_| one);
                errors.push(json!({"id": id, "collection": one.get("collection")}));
            }
        }
        self.done_in_bulk(name, rows.len(), &errors, now)
    }

    /// Keeps what there is to say of an operation that is done.
    pub(super) fn done_in_bulk(
        &mut self,
        name: &str,
        rows: usize,
        errors: &[Value],
        now: OffsetDateTime,
    ) -> Value {
        let id = self.ids.uuid();
        let operation = bulk::operation(&id, name, rows, errors, now);
        self.bulk_operations.insert(id, operation.clone());
        operation
    }
}

const MAX_ROWS: usize = 1000;
