//! Triggers that were already answered under an `Idempotency-Key`.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::http::{Request, Response};
use crate::refusal::Refusal;
use crate::table::Table;

/// Answers to repeat for a day.
#[derive(Clone, Debug, Default)]
pub(crate) struct Idempotency(pub(crate) Table<String, Answered>);

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Answered {
    path: String,
    body: Vec<u8>,
    response: Response,
    request_id: String,
    at: OffsetDateTime,
}

impl Idempotency {
    /// The answer given before to the same request; an error when the key came with another one.
    pub(crate) fn replay(
        &mut self,
        request: &Request,
        now: OffsetDateTime,
    ) -> Result<Option<Response>, Refusal> {
        self.0.retain(|_, answered| now - answered.at < KEPT);
        let Some(key) = request.header(HEADER) else {
            return Ok(None);
        };
        if key.len() > MAX_KEY_BYTES {
            return Err(Refusal::invalid(
                HEADER,
                "must not be longer than 255 characters",
            ));
        }
        let Some(answered) = self.0.get(key) else {
            return Ok(None);
        };
        if answered.path != request.path || answered.body != request.body {
            return Err(Refusal::invalid(HEADER, "was used with other parameters"));
        }
        let response = answered.response.clone();
        Ok(Some(
            response
                .with("original-x-request-id", &answered.request_id)
                .with("idempotent-replayed", "true"),
        ))
    }

    /// Remembers a successful answer.
    pub(crate) fn remember(
        &mut self,
        request: &Request,
        response: &Response,
        request_id: &str,
        now: OffsetDateTime,
    ) {
        if let Some(key) = request.header(HEADER) {
            let answered = Answered {
                path: request.path.clone(),
                body: request.body.clone(),
                response: response.clone(),
                request_id: request_id.to_owned(),
                at: now,
            };
            self.0.insert(key.to_owned(), answered);
            if self.0.len() > MAX_KEYS {
                let oldest = self.0.iter().min_by_key(|(_, answered)| answered.at);
                if let Some(key) = oldest.map(|(key, _)| key.clone()) {
                    self.0.remove(&key);
                }
            }
        }
    }
}

const HEADER: &str = "idempotency-key";
const KEPT: Duration = Duration::days(1);
/// Beyond it the oldest is forgotten.
const MAX_KEYS: usize = 10_000;
const MAX_KEY_BYTES: usize = 255;
