//! Rate limits, as Knock documents them: so many calls a second for each endpoint.

use std::collections::{BTreeMap, VecDeque};

use time::{Duration, OffsetDateTime};

use crate::call::Route;
use crate::status::Status;

/// When each endpoint was last called, and each message last marked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rates {
    calls: BTreeMap<(&'static str, &'static str, String), VecDeque<OffsetDateTime>>,
    marks: BTreeMap<(String, &'static str), OffsetDateTime>,
}

impl Rates {
    /// Whether one more call is within the endpoint's tier; `of` is the user whose limit it is, if one is.
    pub(crate) fn admits(&mut self, route: &Route, of: Option<&str>, now: OffsetDateTime) -> bool {
        let (method, path) = route.name();
        let key = (method, path, of.unwrap_or_default().to_owned());
        let calls = self.calls.entry(key).or_default();
        while calls.front().is_some_and(|at| now - *at >= WINDOW) {
            calls.pop_front();
        }
        let may = calls.len() < per_second(method, path);
        if may {
            calls.push_back(now);
        }
        may
    }

    /// Whether a message may be given this status again; once a second it may.
    pub(crate) fn admits_mark(
        &mut self,
        message_id: &str,
        status: Status,
        now: OffsetDateTime,
    ) -> bool {
        self.marks.retain(|_, at| now - *at < WINDOW);
        let key = (message_id.to_owned(), status.name());
        match self.marks.contains_key(&key) {
            true => false,
            false => {
                self.marks.insert(key, now);
                true
            }
        }
    }
}

/// The documented tiers: 1, 5, 60, 200 and 1000 calls a second.
fn per_second(method: &str, path: &str) -> usize {
    match (method, path) {
        (_, path) if path.contains("/bulk/") && !path.contains("/messages/bulk/") => 1,
        (_, path) if path.ends_with("/trigger") || path.ends_with("/cancel") => 1000,
        ("GET", FEED) => 5,
        ("GET", path) if path.ends_with("/events") || path.ends_with("/delivery_logs") => 60,
        ("GET", _) => 200,
        (_, path) if path.contains("/messages/{message}/") || path.contains("/messages/bulk/") => 5,
        ("DELETE", "/v1/users/{user}" | "/v1/tenants/{tenant}") => 5,
        (_, path) if path.ends_with("/merge") => 5,
        _ => 60,
    }
}

/// Limited for each user, whoever asks.
pub(crate) const FEED: &str = "/v1/users/{user}/feeds/{feed}";

const WINDOW: Duration = Duration::SECOND;
