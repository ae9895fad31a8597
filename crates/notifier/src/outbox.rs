use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use doorbell_knock::{MarkId, Request, Status};

use crate::sync::backoff;

/// Marks on their way to the server: in order, one at a time, each sent until it is answered.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: VecDeque<Outgoing>,
    in_flight: bool,
    not_before: Instant,
    failures: u32,
    next: u64,
}

/// A mark that the server has not answered yet.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) mark: MarkId,
    pub(crate) status: Status,
    pub(crate) request: Request,
}

impl Outbox {
    pub(crate) fn new(now: Instant) -> Outbox {
        Outbox {
            queue: VecDeque::new(),
            in_flight: false,
            not_before: now,
            failures: 0,
            next: 0,
        }
    }

    /// A number for the next mark.
    pub(crate) fn number(&mut self) -> MarkId {
        self.next += 1;
        MarkId(self.next)
    }

    pub(crate) fn put(&mut self, mark: MarkId, status: Status, request: Request) {
        self.queue.push_back(Outgoing {
            mark,
            status,
            request,
        });
    }

    /// The mark to send now, if one is due.
    pub(crate) fn send(&mut self, now: Instant) -> Option<&Outgoing> {
        if self.in_flight || now < self.not_before || self.queue.is_empty() {
            return None;
        }
        self.in_flight = true;
        self.queue.front()
    }

    /// The answer is final: takes the mark out. `None` when the answer is to nothing that was sent.
    pub(crate) fn answered(&mut self, mark: MarkId) -> Option<Outgoing> {
        if !self.expects(mark) {
            return None;
        }
        self.in_flight = false;
        self.failures = 0;
        self.queue.pop_front()
    }

    /// The answer does not count: the mark stays first and goes out again later.
    pub(crate) fn again(
        &mut self,
        mark: MarkId,
        retry_after: Option<Duration>,
        random: &mut fastrand::Rng,
        now: Instant,
    ) {
        if !self.expects(mark) {
            return;
        }
        self.in_flight = false;
        let wait = backoff(self.failures, random);
        self.failures = self.failures.saturating_add(1);
        self.not_before = now + wait.max(retry_after.unwrap_or_default());
    }

    /// Sends without waiting for a back-off to end.
    pub(crate) fn hurry(&mut self, now: Instant) {
        self.failures = 0;
        self.not_before = self.not_before.min(now);
    }

    /// Sends nothing before then.
    pub(crate) fn pause(&mut self, until: Instant) {
        self.in_flight = false;
        self.not_before = until;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        (!self.in_flight && !self.queue.is_empty()).then_some(self.not_before)
    }

    fn expects(&self, mark: MarkId) -> bool {
        self.in_flight && self.queue.front().is_some_and(|first| first.mark == mark)
    }
}
