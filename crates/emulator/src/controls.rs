//! Controls: what no client can ask for, but tests and simulations can.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use time::OffsetDateTime;

use crate::clock::Clock;
use crate::emulator::Emulator;
use crate::faults::{Faults, Lost, Withhold};
use crate::rates::Rates;
use crate::request_faults::{Failing, RequestFaults, Spoiled, Spoiling};
use crate::sockets::ConnectionId;

impl Emulator {
    /// Crashes every channel that watches this user's feed.
    pub fn crash_channels(&mut self, user_id: &str) {
        self.sockets.crash_channels(user_id, &self.config);
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

    /// What goes wrong until told otherwise.
    pub fn faults(&self) -> &Faults {
        &self.sockets.traffic.faults
    }

    /// Replaces what goes wrong until told otherwise.
    pub fn set_faults(&mut self, faults: Faults) {
        self.sockets.traffic.set_faults(faults);
    }

    /// Sets what the server keeps to itself from now on.
    pub fn withhold(&mut self, withhold: Withhold) {
        self.sockets.traffic.faults.withhold = withhold;
    }

    /// Refuses every upgrade with this HTTP status, until set to `None`.
    pub fn refuse_connections(&mut self, status: Option<u16>) {
        self.sockets.traffic.faults.refuse_upgrades = status.map(Into::into);
    }

    /// Makes a WebSocket half-open: it stays, but frames get lost one way or both, until it is gone.
    pub fn half_open(&mut self, connection: ConnectionId, lost: Lost) {
        self.sockets.traffic.half_open(connection, lost);
    }

    /// Which way nothing passes on a WebSocket that is half-open.
    pub fn lost(&self, connection: ConnectionId) -> Option<Lost> {
        self.sockets.lost(connection)
    }

    /// Fails the next `times` requests with an HTTP status and, if given, `Retry-After` seconds.
    pub fn fail_requests(&mut self, times: usize, status: u16, retry_after: Option<u64>) {
        self.request_faults.fail(Failing {
            times,
            status,
            retry_after,
            method: None,
            path: None,
        });
    }

    /// Adds faults as `/_emulator/faults` takes them; what is not named stays, and `null` ends a part.
    ///
    /// # Errors
    ///
    /// What is wrong with them, in a few words. Nothing changed then.
    pub fn add_faults(&mut self, asked: &Value) -> Result<(), String> {
        let asked = asked.as_object().ok_or("must be an object")?;
        let mut standing = serde_json::json!(self.faults());
        let parts = standing.as_object().into_iter().flat_map(|all| all.keys());
        let mut known: Vec<&str> = parts.map(String::as_str).collect();
        known.extend(["requests", "bodies"]);
        if let Some(part) = asked.keys().find(|part| !known.contains(&part.as_str())) {
            let known = known.join(", ");
            return Err(format!("unknown field `{part}`; there are {known}"));
        }
        let (mut failing, mut spoiling) = (None, None);
        for (part, value) in asked {
            match part.as_str() {
                "requests" => failing = read::<Option<Failing>>(part, value)?,
                "bodies" => spoiling = read::<Option<Spoiling>>(part, value)?,
                _ => standing[part] = value.clone(),
            }
        }
        let parts = standing.as_object_mut().ok_or("must be an object")?;
        parts.retain(|_, value| !value.is_null());
        let standing: Faults =
            serde_json::from_value(standing).map_err(|error| error.to_string())?;
        standing.check()?;
        failing.iter().try_for_each(Failing::check)?;
        spoiling.iter().try_for_each(Spoiling::check)?;
        self.set_faults(standing);
        failing
            .into_iter()
            .for_each(|fault| self.request_faults.fail(fault));
        spoiling
            .into_iter()
            .for_each(|fault| self.request_faults.spoil(fault));
        Ok(())
    }

    /// Ends every fault, but for connections that are half-open already.
    pub fn end_faults(&mut self) {
        self.set_faults(Faults::default());
        self.request_faults = RequestFaults::default();
    }

    /// What happens to the answer of the request that came last, on its way.
    pub fn take_spoiled(&mut self) -> Option<Spoiled> {
        self.request_faults.take_spoiled()
    }

    /// The open WebSockets, oldest first.
    pub fn connections(&self) -> Vec<ConnectionId> {
        self.sockets.connections()
    }

    /// How many channels watch this user's feed.
    pub fn joined(&self, user_id: &str) -> usize {
        self.sockets.joined(user_id, &self.config)
    }

    /// How many requests it has answered, those to `/_emulator/` not counted.
    pub fn requests(&self) -> u64 {
        self.answered
    }

    /// Every message of a user as `GET /v1/messages/{id}` answers it, oldest first.
    pub fn messages(&self, user_id: &str) -> Vec<Value> {
        self.messages
            .of(user_id)
            .iter()
            .map(|message| message.message(&self.config.feed_id))
            .collect()
    }

    /// Answers the next `times` requests late, and with `keep` bytes of their bodies when that is given.
    pub fn spoil_bodies(&mut self, times: usize, delay: Duration, keep: Option<usize>) {
        self.request_faults.spoil(Spoiling {
            times,
            delay_ms: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
            keep_bytes: keep,
            bytes_per_second: None,
            method: None,
            path: None,
        });
    }

    /// Stops the clock: from now on it is this time, whatever time calls come with.
    pub fn hold_clock(&mut self, at: OffsetDateTime) {
        self.clock = Clock::Held(at);
        self.advance(at);
    }

    /// Whether the clock stands still.
    pub fn holds_clock(&self) -> bool {
        matches!(self.clock, Clock::Held(_))
    }

    /// Lets the clock run again with the time that calls come with.
    pub fn release_clock(&mut self) {
        self.clock = Clock::Running;
    }

    /// Begins anew: no user but the first one, no message, no fault, ids from the seed on.
    ///
    /// Workflows, the clock, snapshots and open WebSockets stay.
    pub fn reset(&mut self) {
        let clock = self.clock;
        self.restore(&Self::new(self.config.clone()).snapshot());
        self.clock = clock;
        self.rates = Rates::default();
        self.end_faults();
    }
}

fn read<T: DeserializeOwned>(part: &str, value: &Value) -> Result<T, String> {
    T::deserialize(value).map_err(|error| format!("{part}: {error}"))
}
