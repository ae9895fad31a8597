//! How frames pass between the server and its connections, or do not.

use std::collections::{BTreeMap, VecDeque};

use time::OffsetDateTime;
use tracing::{debug, trace};

use crate::faults::{Faults, Lost, millis};
use crate::log::Log;
use crate::sockets::{ConnectionId, Output};
use crate::timers::{Timer, Timers};

/// The lines of all connections, with the faults that stand.
#[derive(Debug)]
pub(crate) struct Traffic {
    pub(crate) now: OffsetDateTime,
    pub(crate) faults: Faults,
    pub(crate) timers: Timers,
    pub(crate) log: Log,
    lines: BTreeMap<ConnectionId, Line>,
    output: VecDeque<Output>,
}

/// One connection, as far as frames pass on it.
#[derive(Debug)]
struct Line {
    lost: Option<Lost>,
    /// Until then a slow join keeps everything after it waiting.
    busy_until: OffsetDateTime,
    /// No frame overtakes another.
    received_until: OffsetDateTime,
    sent_until: OffsetDateTime,
}

impl Default for Traffic {
    fn default() -> Self {
        Self {
            now: OffsetDateTime::UNIX_EPOCH,
            faults: Faults::default(),
            timers: Timers::default(),
            log: Log::default(),
            lines: BTreeMap::new(),
            output: VecDeque::new(),
        }
    }
}

impl Traffic {
    /// Replaces the faults that stand; those that end connections reach the open ones too.
    pub(crate) fn set_faults(&mut self, faults: Faults) {
        let is_same_end =
            (self.faults.half_open, self.faults.close) == (faults.half_open, faults.close);
        self.faults = faults;
        if !is_same_end {
            self.timers.forget_ends();
            for connection in self.lines.keys().copied().collect::<Vec<_>>() {
                self.promise_ends(connection);
            }
        }
    }

    pub(crate) fn open(&mut self, connection: ConnectionId) {
        let line = Line {
            lost: None,
            busy_until: self.now,
            received_until: self.now,
            sent_until: self.now,
        };
        self.lines.insert(connection, line);
        self.promise_ends(connection);
    }

    fn promise_ends(&mut self, connection: ConnectionId) {
        if let Some(fault) = self.faults.half_open {
            let due = self.now + millis(fault.after_ms);
            self.timers
                .set(due, Timer::HalfOpen(connection, fault.lost));
        }
        if let Some(fault) = self.faults.close {
            let due = self.now + millis(fault.after_ms);
            self.timers.set(due, Timer::Close(connection, fault.code));
        }
    }

    pub(crate) fn forget(&mut self, connection: ConnectionId) {
        self.lines.remove(&connection);
    }

    pub(crate) fn half_open(&mut self, connection: ConnectionId, lost: Lost) {
        if let Some(line) = self.lines.get_mut(&connection) {
            line.lost = Some(lost);
        }
    }

    pub(crate) fn lost(&self, connection: ConnectionId) -> Option<Lost> {
        self.lines.get(&connection)?.lost
    }

    /// A frame from the client: back when it is here now, else lost or on its way.
    pub(crate) fn arrives(&mut self, connection: ConnectionId, text: &str) -> bool {
        let Some(line) = self.lines.get_mut(&connection) else {
            return false;
        };
        if line.lost.is_some_and(Lost::is_to_server) || spent(&mut self.faults.lose.to_server) {
            debug!(%connection, "lost a frame to the server");
            return false;
        }
        let due = (self.now + millis(self.faults.delay.to_server_ms))
            .max(line.received_until)
            .max(line.busy_until);
        line.received_until = due;
        if due > self.now {
            let timer = Timer::Receive(connection, text.to_owned());
            self.timers.set(due, timer);
        }
        due <= self.now
    }

    /// Whether a frame that was on its way is here now; else it waits on behind a slow join.
    pub(crate) fn has_arrived(&mut self, connection: ConnectionId, text: &str) -> bool {
        let Some(line) = self.lines.get(&connection) else {
            return false;
        };
        let is_busy = line.busy_until > self.now;
        if is_busy {
            let timer = Timer::Receive(connection, text.to_owned());
            self.timers.set(line.busy_until, timer);
        }
        !is_busy
    }

    /// Keeps a join, and all that follows on its connection, waiting; whether there is a reason to.
    pub(crate) fn slows(&mut self, connection: ConnectionId, join: &str) -> bool {
        let time = self.faults.joins.delay_ms;
        let line = self.lines.get_mut(&connection).filter(|_| time > 0);
        let Some(line) = line else {
            return false;
        };
        line.busy_until = self.now + millis(time);
        let timer = Timer::Join(connection, join.to_owned());
        self.timers.set(line.busy_until, timer);
        true
    }

    pub(crate) fn send(&mut self, connection: ConnectionId, text: String) {
        let Some(line) = self.lines.get_mut(&connection) else {
            return;
        };
        if line.lost.is_some_and(Lost::is_to_client) || spent(&mut self.faults.lose.to_client) {
            debug!(%connection, "lost a frame to the client");
            return;
        }
        let delayed = self.now + millis(self.faults.delay.to_client_ms);
        let due = delayed.max(line.sent_until);
        line.sent_until = due;
        match due > self.now {
            true => self.timers.set(due, Timer::Send(connection, text)),
            false => self.put_out(connection, text),
        }
    }

    /// Sends what was on its way.
    pub(crate) fn put_out(&mut self, connection: ConnectionId, text: String) {
        let line = self.lines.get(&connection);
        if line.is_some_and(|line| !line.lost.is_some_and(Lost::is_to_client)) {
            trace!(target: "wire", ?connection, text, "sent");
            self.log.frame(connection.number(), false, &text, self.now);
            self.output.push_back(Output::Send { connection, text });
        }
    }

    /// Ends a connection. Through a half-open one nothing is told of it, unless it is to break.
    pub(crate) fn close(&mut self, connection: ConnectionId, code: u16) {
        let line = self.lines.remove(&connection);
        let is_told = |line: Line| code == 1006 || !line.lost.is_some_and(Lost::is_to_client);
        if line.is_some_and(is_told) {
            self.output.push_back(Output::Close { connection, code });
        }
    }

    pub(crate) fn next_output(&mut self) -> Option<Output> {
        self.output.pop_front()
    }
}

/// Takes one of what is left, if something is.
fn spent(left: &mut u32) -> bool {
    let is_left = *left > 0;
    *left = left.saturating_sub(1);
    is_left
}
