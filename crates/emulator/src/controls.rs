//! Controls: what no client can ask for, but tests and simulations can.

use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;

use crate::clock::Clock;
use crate::emulator::Emulator;
use crate::faults::Spoiled;
use crate::sockets::{ConnectionId, Withhold};

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
        self.faults.fail(times, status, retry_after);
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

    /// Answers the next `times` requests late, and with `keep` bytes of their bodies when that is given.
    pub fn spoil_bodies(&mut self, times: usize, delay: Duration, keep: Option<usize>) {
        self.faults.spoil(times, Spoiled { delay, keep });
    }

    /// Stops the clock: from now on it is this time, whatever time calls come with.
    pub fn hold_clock(&mut self, at: OffsetDateTime) {
        self.clock = Clock::Held(at);
        self.advance(at);
    }

    /// Lets the clock run again with the time that calls come with.
    pub fn release_clock(&mut self) {
        self.clock = Clock::Running;
    }

    /// Begins anew: no user but the first one, no message, no fault, ids from the seed on.
    ///
    /// Workflows, the clock and open WebSockets stay.
    pub fn reset(&mut self) {
        let mut fresh = Self::new(self.config.clone());
        std::mem::swap(&mut fresh.sockets, &mut self.sockets);
        std::mem::swap(&mut fresh.workflows, &mut self.workflows);
        fresh.clock = self.clock;
        fresh.sockets.withhold = Withhold::default();
        fresh.sockets.refuse_with = None;
        *self = fresh;
    }
}
