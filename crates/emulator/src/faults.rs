//! Failures that were asked for.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};

use crate::refusal::Refusal;

#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    failures: VecDeque<Refusal>,
    spoiled: VecDeque<Spoiled>,
    /// How the request that was just answered is spoiled.
    now: Option<Spoiled>,
}

/// What happens to an answer on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spoiled {
    pub(crate) delay: Duration,
    /// After so many bytes of the body the connection breaks.
    pub(crate) keep: Option<usize>,
}

impl Faults {
    pub(crate) fn fail(&mut self, times: usize, status: u16, retry_after: Option<u64>) {
        let failure = Refusal::Injected {
            status,
            retry_after,
        };
        self.failures.extend(std::iter::repeat_n(failure, times));
    }

    pub(crate) fn spoil(&mut self, times: usize, spoiled: Spoiled) {
        self.spoiled.extend(std::iter::repeat_n(spoiled, times));
    }

    /// How the next request fails, if it does; also decides how its answer is spoiled.
    pub(crate) fn next(&mut self) -> Option<Refusal> {
        self.now = self.spoiled.pop_front();
        self.failures.pop_front()
    }

    pub(crate) fn take_spoiled(&mut self) -> Option<Spoiled> {
        self.now.take()
    }

    pub(crate) fn left(&self) -> Value {
        json!({"requests": self.failures.len(), "bodies": self.spoiled.len()})
    }
}
