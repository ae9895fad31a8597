//! Failures of the next requests, and of the answers on their way.

use std::collections::VecDeque;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::Request;
use crate::refusal::Refusal;

#[derive(Clone, Debug, Default)]
pub(crate) struct RequestFaults {
    failing: VecDeque<Failing>,
    spoiling: VecDeque<Spoiling>,
    /// How the answer that was just given is spoiled.
    now: Option<Spoiled>,
}

/// What happens to an answer on its way, in real time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spoiled {
    /// It comes so much later.
    pub delay: Duration,
    /// After so many bytes of the body the connection breaks.
    pub keep: Option<usize>,
    /// The body comes no faster than this.
    pub bytes_per_second: Option<u32>,
}

/// The next requests fail.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Failing {
    #[serde(default = "once")]
    pub(crate) times: usize,
    #[serde(default = "internal_error")]
    pub(crate) status: u16,
    pub(crate) retry_after: Option<u64>,
    pub(crate) method: Option<String>,
    /// Only requests whose path has this in it.
    pub(crate) path: Option<String>,
}

/// The answers to the next requests are spoiled.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spoiling {
    #[serde(default = "once")]
    pub(crate) times: usize,
    #[serde(default)]
    pub(crate) delay_ms: u64,
    pub(crate) keep_bytes: Option<usize>,
    pub(crate) bytes_per_second: Option<u32>,
    pub(crate) method: Option<String>,
    /// Only requests whose path has this in it.
    pub(crate) path: Option<String>,
}

impl RequestFaults {
    pub(crate) fn fail(&mut self, failing: Failing) {
        if failing.times > 0 {
            self.failing.push_back(failing);
        }
    }

    pub(crate) fn spoil(&mut self, spoiling: Spoiling) {
        if spoiling.times > 0 {
            self.spoiling.push_back(spoiling);
        }
    }

    /// How this request fails, if it does; also decides how its answer is spoiled.
    pub(crate) fn next(&mut self, request: &Request) -> Option<Refusal> {
        let spoiling = self
            .spoiling
            .iter_mut()
            .find(|fault| is_meant(request, fault.method.as_deref(), fault.path.as_deref()));
        self.now = spoiling.map(|fault| {
            fault.times -= 1;
            Spoiled {
                delay: Duration::from_millis(fault.delay_ms),
                keep: fault.keep_bytes,
                bytes_per_second: fault.bytes_per_second,
            }
        });
        self.spoiling.retain(|fault| fault.times > 0);
        let failing = self
            .failing
            .iter_mut()
            .find(|fault| is_meant(request, fault.method.as_deref(), fault.path.as_deref()));
        let failure = failing.map(|fault| {
            fault.times -= 1;
            Refusal::Injected {
                status: fault.status,
                retry_after: fault.retry_after,
            }
        });
        self.failing.retain(|fault| fault.times > 0);
        failure
    }

    pub(crate) fn take_spoiled(&mut self) -> Option<Spoiled> {
        self.now.take()
    }

    /// How many are still to come, as `/_emulator/faults` shows them.
    pub(crate) fn left(&self) -> (Value, Value) {
        let failing: usize = self.failing.iter().map(|fault| fault.times).sum();
        let spoiling: usize = self.spoiling.iter().map(|fault| fault.times).sum();
        (json!(failing), json!(spoiling))
    }
}

impl Failing {
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        match (400..600).contains(&self.status) {
            true => check_times(self.times),
            false => Err("status must be from 400 to 599"),
        }
    }
}

impl Spoiling {
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        match self.bytes_per_second {
            Some(0) => Err("bytes_per_second must be at least 1"),
            _ if self.delay_ms > MAX_DELAY_MS => Err("delay_ms must not be longer than an hour"),
            _ => check_times(self.times),
        }
    }
}

fn is_meant(request: &Request, method: Option<&str>, path: Option<&str>) -> bool {
    method.is_none_or(|method| method.eq_ignore_ascii_case(&request.method))
        && path.is_none_or(|path| request.path.contains(path))
}

fn check_times(times: usize) -> Result<(), &'static str> {
    match (1..=MAX_TIMES).contains(&times) {
        true => Ok(()),
        false => Err("times must be from 1 to 1000"),
    }
}

fn once() -> usize {
    1
}

fn internal_error() -> u16 {
    500
}

const MAX_TIMES: usize = 1000;
const MAX_DELAY_MS: u64 = 3_600_000;
