//! Whether the other end of an open connection is still there.

use std::time::{Duration, Instant};

use crate::frame::Ref;

/// Two clocks: heartbeats must be answered, and something must be heard.
///
/// Frames that still arrive do not excuse a missing heartbeat reply, because the way to the server
/// may be the broken one. The read deadline catches what the heartbeat cannot: a process that was
/// paused sends its overdue heartbeat into a connection that has long been dead.
/// Source: docs/protocol.md, "Signs of life".
#[derive(Debug)]
pub(crate) struct Life {
    heartbeat: Heartbeat,
    read_deadline: Instant,
}

#[derive(Debug)]
enum Heartbeat {
    Due(Instant),
    Sent {
        reference: String,
        deadline: Instant,
    },
}

/// What the clocks say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Alive,
    HeartbeatDue,
    Dead,
}

impl Life {
    /// Of a connection that has just opened.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            heartbeat: Heartbeat::Due(now + HEARTBEAT_INTERVAL),
            read_deadline: now + READ_TIMEOUT,
        }
    }

    /// Something arrived, whatever it was.
    pub(crate) fn heard(&mut self, now: Instant) {
        self.read_deadline = now + READ_TIMEOUT;
    }

    /// A heartbeat went out that must be answered within `patience`.
    pub(crate) fn asked(&mut self, reference: String, patience: Duration, now: Instant) {
        self.heartbeat = Heartbeat::Sent {
            reference,
            deadline: now + patience,
        };
    }

    /// Whether a heartbeat is out that must be answered within `patience` anyway.
    pub(crate) fn is_asked(&self, patience: Duration, now: Instant) -> bool {
        matches!(self.heartbeat, Heartbeat::Sent { deadline, .. } if deadline <= now + patience)
    }

    /// A reply to `reference` arrived; those to other than the last heartbeat mean nothing.
    pub(crate) fn answered(&mut self, reference: &Ref, now: Instant) {
        if let Heartbeat::Sent {
            reference: asked, ..
        } = &self.heartbeat
            && *reference == **asked
        {
            self.heartbeat = Heartbeat::Due(now + HEARTBEAT_INTERVAL);
        }
    }

    pub(crate) fn verdict(&self, now: Instant) -> Verdict {
        if self.read_deadline <= now {
            return Verdict::Dead;
        }
        match self.heartbeat {
            Heartbeat::Due(at) if at <= now => Verdict::HeartbeatDue,
            Heartbeat::Sent { deadline, .. } if deadline <= now => Verdict::Dead,
            Heartbeat::Due(_) | Heartbeat::Sent { .. } => Verdict::Alive,
        }
    }

    /// When the verdict changes if nothing happens.
    pub(crate) fn deadline(&self) -> Instant {
        let heartbeat = match self.heartbeat {
            Heartbeat::Due(at) => at,
            Heartbeat::Sent { deadline, .. } => deadline,
        };
        heartbeat.min(self.read_deadline)
    }
}

/// How long an ordinary heartbeat may go without a reply.
pub(crate) const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(30);
/// The same after waking up, when a dead connection is likely.
pub(crate) const WAKING_TIMEOUT: Duration = Duration::from_secs(5);
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(30);
const READ_TIMEOUT: Duration = Duration::from_secs(65);

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a start for virtual time")]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_heartbeat_is_due_thirty_seconds_after_open_and_after_each_reply() {
        let start = Instant::now();
        let mut life = Life::new(start);
        assert_eq!(life.verdict(start + seconds(29)), Verdict::Alive);
        assert_eq!(life.deadline(), start + seconds(30));
        assert_eq!(life.verdict(start + seconds(30)), Verdict::HeartbeatDue);

        life.asked("4".into(), HEARTBEAT_TIMEOUT, start + seconds(30));
        life.heard(start + seconds(33));
        life.answered(&"4".into(), start + seconds(33));
        assert_eq!(life.deadline(), start + seconds(63));
    }

    #[test]
    fn other_frames_do_not_excuse_a_missing_reply() {
        let start = Instant::now();
        let mut life = Life::new(start);
        life.asked("4".into(), HEARTBEAT_TIMEOUT, start + seconds(30));
        life.heard(start + seconds(59));
        life.answered(&"3".into(), start + seconds(59));
        assert_eq!(life.verdict(start + seconds(59)), Verdict::Alive);
        assert_eq!(life.verdict(start + seconds(60)), Verdict::Dead);
    }

    #[test]
    fn an_overdue_heartbeat_does_not_outlive_the_read_deadline() {
        let start = Instant::now();
        let mut life = Life::new(start);
        assert_eq!(life.verdict(start + seconds(64)), Verdict::HeartbeatDue);
        assert_eq!(life.verdict(start + seconds(65)), Verdict::Dead);
        life.heard(start + seconds(64));
        assert_eq!(life.verdict(start + seconds(65)), Verdict::HeartbeatDue);
    }
}
