use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use doorbell_knock::{MarkId, Request, Status};
use time::OffsetDateTime;

use crate::{
    store::KeptScope,
    sync::{wait, within_reason},
};

/// Marks on their way to the server: in order, one at a time, each sent until it is answered.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: VecDeque<Outgoing>,
    in_flight: bool,
    not_before: Instant,
    /// The end of the time for which the server asked to be left alone.
    asked: Instant,
    failures: u32,
    /// Until then the server may still be at a call for all items that it has answered: what takes something of it
    /// back must not come before it.
    in_bulk_until: Instant,
    next: u64,
}

/// A mark that the server has not answered yet.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) mark: MarkId,
    pub(crate) status: Status,
    /// When the person made it.
    pub(crate) at: OffsetDateTime,
    pub(crate) scope: KeptScope,
    pub(crate) request: Request,
    /// It waits until then, so that the person can take it back. What comes after it waits as well.
    pub(crate) held_until: Option<Instant>,
}

impl Outbox {
    pub(crate) fn new(now: Instant) -> Outbox {
        Outbox {
            queue: VecDeque::new(),
            in_flight: false,
            not_before: now,
            asked: now,
            failures: 0,
            in_bulk_until: now,
            next: 0,
        }
    }

    /// A number for the next mark.
    pub(crate) fn number(&mut self) -> MarkId {
        self.next += 1;
        MarkId(self.next)
    }

    pub(crate) fn put(&mut self, outgoing: Outgoing) {
        self.queue.push_back(outgoing);
    }

    /// Numbers go on above this one.
    pub(crate) fn go_on_above(&mut self, mark: MarkId) {
        self.next = self.next.max(mark.0);
    }

    /// The marks that are not answered, in order.
    pub(crate) fn marks(&self) -> impl Iterator<Item = &Outgoing> {
        self.queue.iter()
    }

    /// Keeps a mark back, so that [`Outbox::take_back`] finds it.
    pub(crate) fn hold(&mut self, mark: MarkId, until: Instant) {
        let held = self.queue.iter_mut().find(|held| held.mark == mark);
        if let Some(held) = held {
            held.held_until = Some(until);
        }
    }

    /// Takes a mark out that has not been sent; whether it was there.
    pub(crate) fn take_back(&mut self, mark: MarkId) -> bool {
        let sent = usize::from(self.in_flight);
        let place = self.queue.iter().position(|held| held.mark == mark);
        let place = place.filter(|place| *place >= sent);
        place.and_then(|place| self.queue.remove(place)).is_some()
    }

    /// The mark to send now, if one is due.
    pub(crate) fn send(&mut self, now: Instant) -> Option<&Outgoing> {
        if self.in_flight || self.due()? > now {
            return None;
        }
        self.in_flight = true;
        self.queue.front()
    }

    /// The server has answered a call that marks all items as read, and does it until then.
    pub(crate) fn in_bulk(&mut self, until: Instant) {
        self.in_bulk_until = until;
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
        let wait = wait(self.failures, retry_after, random);
        self.failures = self.failures.saturating_add(1);
        if let Some(retry_after) = retry_after {
            self.asked = now + within_reason(retry_after);
        }
        self.not_before = self.not_before.max(now + wait);
    }

    /// Sends without waiting for a back-off to end, but not before the server asked to be written to again.
    pub(crate) fn hurry(&mut self, now: Instant) {
        self.failures = 0;
        self.not_before = self.not_before.min(self.asked.max(now));
    }

    /// Sends at once, since a person insists or nothing can be sent later.
    pub(crate) fn insist(&mut self, now: Instant) {
        for held in &mut self.queue {
            held.held_until = None;
        }
        self.asked = now;
        self.hurry(now);
    }

    /// Sends nothing before then. What is on its way is still answered.
    pub(crate) fn pause(&mut self, until: Instant) {
        self.not_before = until;
    }

    /// A mark is on its way.
    pub(crate) fn is_sending(&self) -> bool {
        self.in_flight
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.due().filter(|_| !self.in_flight)
    }

    /// When the first mark may go out.
    fn due(&self) -> Option<Instant> {
        let first = self.queue.front()?;
        let held = first.held_until.unwrap_or(self.not_before);
        let in_bulk = match first.status {
            Status::Unread => self.in_bulk_until,
            _ => self.not_before,
        };
        Some(self.not_before.max(held).max(in_bulk))
    }

    fn expects(&self, mark: MarkId) -> bool {
        self.in_flight && self.queue.front().is_some_and(|first| first.mark == mark)
    }
}

#[cfg(test)]
mod tests {
    use doorbell_knock::api;

    use super::*;

    #[test]
    fn marks_go_out_in_order_one_at_a_time() {
        let (mut outbox, now) = filled(&["a", "b"]);
        assert_eq!(sent(&mut outbox, now), Some(MarkId(1)));
        assert_eq!(sent(&mut outbox, now), None);
        assert!(outbox.answered(MarkId(1)).is_some());
        assert_eq!(sent(&mut outbox, now), Some(MarkId(2)));
        assert!(outbox.answered(MarkId(2)).is_some());
        assert!(outbox.is_empty());
        assert_eq!(outbox.deadline(), None);
    }

    #[test]
    fn what_is_to_be_unread_again_waits_until_a_call_for_all_is_done() {
        let now = Instant::now();
        let done = now + Duration::from_secs(10);
        for (status, due) in [(Status::Read, now), (Status::Unread, done)] {
            let mut outbox = Outbox::new(now);
            outbox.in_bulk(done);
            let mark = outbox.number();
            let items = vec!["a".into()];
            outbox.put(Outgoing {
                mark,
                status,
                at: OffsetDateTime::UNIX_EPOCH,
                request: api::mark(status, &items, None),
                scope: KeptScope::Items(items),
                held_until: None,
            });
            outbox.hurry(now);
            assert_eq!(outbox.deadline(), Some(due), "{status:?}");
            assert_eq!(sent(&mut outbox, due - Duration::from_millis(1)), None);
            assert_eq!(sent(&mut outbox, due), Some(mark));
        }
    }

    #[test]
    fn a_transient_failure_keeps_the_mark_first() {
        let (mut outbox, now) = filled(&["a", "b"]);
        sent(&mut outbox, now);
        again(&mut outbox, 1, None, now);
        let later = outbox.deadline().unwrap();
        assert!(later >= now + Duration::from_millis(250) && later <= now + Duration::from_secs(1));
        assert_eq!(sent(&mut outbox, later - Duration::from_millis(1)), None);
        assert_eq!(sent(&mut outbox, later), Some(MarkId(1)));
    }

    #[test]
    fn it_waits_as_long_as_the_server_asks() {
        let (mut outbox, now) = filled(&["a"]);
        sent(&mut outbox, now);
        again(&mut outbox, 1, Some(Duration::from_secs(40)), now);
        assert_eq!(outbox.deadline(), Some(now + Duration::from_secs(40)));
    }

    #[test]
    fn a_retry_after_without_end_has_one() {
        let (mut outbox, now) = filled(&["a"]);
        sent(&mut outbox, now);
        again(&mut outbox, 1, Some(Duration::MAX), now);
        assert!(outbox.deadline().unwrap() <= now + Duration::from_secs(24 * 3600));
    }

    #[test]
    fn failures_in_a_row_wait_longer() {
        let (mut outbox, begin) = filled(&["a"]);
        let mut now = begin;
        for _ in 0..20 {
            sent(&mut outbox, now);
            again(&mut outbox, 1, None, now);
            now = outbox.deadline().unwrap();
        }
        assert!(now - begin > Duration::from_secs(600));
    }

    #[test]
    fn in_a_hurry_it_does_not_wait() {
        let (mut outbox, now) = filled(&["a"]);
        sent(&mut outbox, now);
        again(&mut outbox, 1, None, now);
        outbox.hurry(now);
        assert_eq!(sent(&mut outbox, now), Some(MarkId(1)));
    }

    #[test]
    fn in_a_hurry_it_still_waits_as_long_as_the_server_asks() {
        let (mut outbox, now) = filled(&["a"]);
        sent(&mut outbox, now);
        again(&mut outbox, 1, Some(Duration::from_secs(40)), now);
        outbox.hurry(now);
        assert_eq!(sent(&mut outbox, now + Duration::from_secs(39)), None);
        assert_eq!(
            sent(&mut outbox, now + Duration::from_secs(40)),
            Some(MarkId(1))
        );
    }

    #[test]
    fn a_held_mark_waits_and_what_comes_after_it_does_too() {
        let (mut outbox, now) = filled(&["a", "b"]);
        let until = now + Duration::from_secs(5);
        outbox.hold(MarkId(1), until);
        assert_eq!(sent(&mut outbox, until - Duration::from_millis(1)), None);
        assert_eq!(outbox.deadline(), Some(until));
        assert_eq!(sent(&mut outbox, until), Some(MarkId(1)));
    }

    #[test]
    fn a_held_mark_is_taken_back_and_the_next_goes_out() {
        let (mut outbox, now) = filled(&["a", "b"]);
        outbox.hold(MarkId(1), now + Duration::from_secs(5));
        assert!(outbox.take_back(MarkId(1)));
        assert!(!outbox.take_back(MarkId(1)));
        assert_eq!(sent(&mut outbox, now), Some(MarkId(2)));
    }

    #[test]
    fn what_is_on_its_way_is_not_taken_back() {
        let (mut outbox, now) = filled(&["a", "b"]);
        sent(&mut outbox, now);
        assert!(!outbox.take_back(MarkId(1)));
        assert!(outbox.take_back(MarkId(2)));
        assert!(outbox.answered(MarkId(1)).is_some());
        assert!(outbox.is_empty());
    }

    #[test]
    fn who_insists_does_not_wait_for_what_is_held() {
        let (mut outbox, now) = filled(&["a"]);
        outbox.hold(MarkId(1), now + Duration::from_secs(5));
        outbox.insist(now);
        assert_eq!(sent(&mut outbox, now), Some(MarkId(1)));
    }

    #[test]
    fn nothing_goes_out_during_a_pause() {
        let (mut outbox, now) = filled(&["a"]);
        let until = now + Duration::from_secs(3600);
        outbox.pause(until);
        assert_eq!(sent(&mut outbox, until - Duration::from_millis(1)), None);
        assert_eq!(sent(&mut outbox, until), Some(MarkId(1)));
    }

    #[test]
    fn a_mark_that_was_on_its_way_when_the_pause_began_is_still_answered() {
        let (mut outbox, now) = filled(&["a"]);
        sent(&mut outbox, now);
        outbox.pause(now + Duration::from_secs(3600));
        assert!(outbox.answered(MarkId(1)).is_some());
        assert!(outbox.is_empty());
    }

    #[test]
    fn a_failure_that_comes_late_does_not_shorten_a_pause() {
        let (mut outbox, now) = filled(&["a"]);
        sent(&mut outbox, now);
        let until = now + Duration::from_secs(3600);
        outbox.pause(until);
        again(&mut outbox, 1, None, now);
        assert_eq!(outbox.deadline(), Some(until));
    }

    #[test]
    fn an_answer_to_nothing_that_was_sent_is_dropped() {
        let (mut outbox, now) = filled(&["a", "b"]);
        assert!(outbox.answered(MarkId(1)).is_none());
        sent(&mut outbox, now);
        assert!(outbox.answered(MarkId(2)).is_none());
        again(&mut outbox, 2, Some(Duration::from_secs(40)), now);
        assert!(outbox.answered(MarkId(1)).is_some());
    }

    fn filled(items: &[&str]) -> (Outbox, Instant) {
        let now = Instant::now();
        let mut outbox = Outbox::new(now);
        for item in items {
            let mark = outbox.number();
            let items = vec![(*item).into()];
            outbox.put(Outgoing {
                mark,
                status: Status::Read,
                at: OffsetDateTime::UNIX_EPOCH,
                request: api::mark(Status::Read, &items, None),
                scope: KeptScope::Items(items),
                held_until: None,
            });
        }
        (outbox, now)
    }

    fn sent(outbox: &mut Outbox, now: Instant) -> Option<MarkId> {
        outbox.send(now).map(|outgoing| outgoing.mark)
    }

    fn again(outbox: &mut Outbox, mark: u64, retry_after: Option<Duration>, now: Instant) {
        let mut random = fastrand::Rng::with_seed(1);
        outbox.again(MarkId(mark), retry_after, &mut random, now);
    }
}
