//! What sockets have to do later.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::faults::Lost;
use crate::sockets::ConnectionId;

/// What to do with a connection when its time has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Timer {
    /// A frame from the client has arrived.
    Receive(ConnectionId, String),
    /// A join has taken its time.
    Join(ConnectionId, String),
    /// A frame to the client goes out.
    Send(ConnectionId, String),
    /// A channel tells of what it gathered.
    Announce {
        connection: ConnectionId,
        topic: String,
    },
    HalfOpen(ConnectionId, Lost),
    Close(ConnectionId, u16),
}

/// In order of time, and within an instant in order of asking.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    asked: u64,
    waiting: BTreeMap<(OffsetDateTime, u64), Timer>,
}

impl Timers {
    pub(crate) fn set(&mut self, due: OffsetDateTime, timer: Timer) {
        self.asked += 1;
        self.waiting.insert((due, self.asked), timer);
    }

    pub(crate) fn next_due(&self) -> Option<OffsetDateTime> {
        self.waiting.first_key_value().map(|((due, _), _)| *due)
    }

    /// The first one, if it is due by now.
    pub(crate) fn take_due(&mut self, now: OffsetDateTime) -> Option<Timer> {
        let first = self.waiting.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    /// Forgets ends that a fault promised, but no frame.
    pub(crate) fn forget_ends(&mut self) {
        self.waiting
            .retain(|_, timer| !matches!(timer, Timer::HalfOpen(..) | Timer::Close(..)));
    }
}
