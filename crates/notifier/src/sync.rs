use std::time::{Duration, Instant};

use doorbell_knock::{Cursor, FetchTicket};

/// Space between two fetches of one feed: the server allows five a second for each user.
pub(crate) const SPACING: Duration = Duration::from_millis(250);
/// Time between two fetches when nothing happens: every status change elsewhere shows up within it.
const POLL: Duration = Duration::from_secs(300);
/// The same while the window is open.
const POLL_WATCHED: Duration = Duration::from_secs(30);
const BACKOFF_FLOOR: Duration = Duration::from_millis(250);
const BACKOFF_CEILING: Duration = Duration::from_secs(300);
/// A server that asks for more than this is asked again all the same.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);

/// When to fetch what: one fetch in flight, and at most one of a kind waiting, whatever the burst.
#[derive(Debug)]
pub(crate) struct Sync {
    flight: Option<(Purpose, FetchTicket)>,
    wants_first: bool,
    hole: Option<Cursor>,
    wants_older: bool,
    not_before: Instant,
    /// The end of the space after the last fetch.
    spaced: Instant,
    /// The end of the time for which the server asked to be left alone.
    asked: Instant,
    failures: u32,
    poll_at: Instant,
}

/// What a fetch is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Page 1: the truth about counts and the newest items.
    First,
    /// What was missed between page 1 and the items held.
    Hole(Cursor),
    /// Items older than those held.
    Older,
}

impl Sync {
    pub(crate) fn new(now: Instant) -> Sync {
        Sync {
            flight: None,
            wants_first: true,
            hole: None,
            wants_older: false,
            not_before: now,
            spaced: now,
            asked: now,
            failures: 0,
            poll_at: now + POLL,
        }
    }

    /// Page 1 is out of date. While a fetch is in flight this asks for one more after it.
    pub(crate) fn want_first(&mut self) {
        self.wants_first = true;
    }

    /// Page 1, without waiting for a back-off to end, but not before the server asked to be asked again.
    pub(crate) fn want_first_now(&mut self) {
        self.wants_first = true;
        self.failures = 0;
        self.not_before = self.not_before.min(self.spaced.max(self.asked));
    }

    /// Page 1 at once, since a person insists.
    pub(crate) fn insist(&mut self) {
        self.asked = self.spaced;
        self.want_first_now();
    }

    pub(crate) fn want_older(&mut self) {
        self.wants_older = true;
    }

    /// There is nothing older any more.
    pub(crate) fn forget_older(&mut self) {
        self.wants_older = false;
    }

    /// A first page is to come yet.
    pub(crate) fn awaits_first(&self) -> bool {
        self.wants_first || matches!(self.flight, Some((Purpose::First, _)))
    }

    pub(crate) fn is_fetching(&self) -> bool {
        self.flight.is_some()
    }

    pub(crate) fn loading_older(&self) -> bool {
        self.wants_older || matches!(self.flight, Some((Purpose::Older, _)))
    }

    /// Polls sooner while somebody looks.
    pub(crate) fn watched(&mut self, now: Instant) {
        self.poll_at = self.poll_at.min(now + POLL_WATCHED);
    }

    /// What to fetch now, if anything is due. The caller answers with [`Sync::started`].
    pub(crate) fn due(&mut self, now: Instant) -> Option<Purpose> {
        if now >= self.poll_at {
            self.wants_first = true;
        }
        if self.flight.is_some() || now < self.not_before {
            return None;
        }
        if self.wants_first {
            return Some(Purpose::First);
        }
        if let Some(cursor) = &self.hole {
            return Some(Purpose::Hole(cursor.clone()));
        }
        self.wants_older.then_some(Purpose::Older)
    }

    pub(crate) fn started(
        &mut self,
        purpose: Purpose,
        ticket: FetchTicket,
        pace: Pace,
        now: Instant,
    ) {
        match purpose {
            Purpose::First => {
                self.wants_first = false;
                self.poll_at = now + pace.interval();
            }
            Purpose::Hole(_) => self.hole = None,
            Purpose::Older => self.wants_older = false,
        }
        self.spaced = now + SPACING;
        self.not_before = self.spaced;
        self.flight = Some((purpose, ticket));
    }

    /// The fetch in flight has been answered; what it was for.
    pub(crate) fn answered(&mut self) -> Option<(Purpose, FetchTicket)> {
        self.flight.take()
    }

    pub(crate) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Goes on below this cursor, since the pages held do not meet.
    pub(crate) fn fill_hole(&mut self, after: Option<Cursor>) {
        self.hole = after;
    }

    /// Tries the same again later: after what the server asked for, or a jittered back-off. Until when it asked to be
    /// left alone, if it did.
    pub(crate) fn failed(
        &mut self,
        purpose: Purpose,
        retry_after: Option<Duration>,
        random: &mut fastrand::Rng,
        now: Instant,
    ) -> Option<Instant> {
        match purpose {
            Purpose::First => self.wants_first = true,
            Purpose::Hole(cursor) => self.hole = Some(cursor),
            Purpose::Older => self.wants_older = true,
        }
        let wait = wait(self.failures, retry_after, random);
        self.failures = self.failures.saturating_add(1);
        self.not_before = self.not_before.max(now + wait);
        // What goes beyond it is our own caution, which a join or waking up may cut short.
        let asked = now + within_reason(retry_after?);
        self.asked = self.asked.max(asked);
        Some(asked)
    }

    /// Fetches nothing before then, since the server asked not to be asked: by way of this feed or another.
    pub(crate) fn leave_alone(&mut self, until: Instant) {
        self.asked = self.asked.max(until);
        self.not_before = self.not_before.max(until);
    }

    /// What was asked is not answered any more: the line is another. The server is the same, and wants to be left alone
    /// for as long as before.
    pub(crate) fn start_over(&mut self, now: Instant) {
        if let Some((Purpose::Hole(cursor), _)) = self.flight.take() {
            self.hole = Some(cursor);
        }
        self.wants_first = true;
        self.failures = 0;
        self.not_before = self.asked.max(now);
    }

    /// Fetches nothing before then.
    pub(crate) fn pause(&mut self, until: Instant) {
        self.wants_first = true;
        self.wants_older = false;
        self.not_before = until;
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        if self.flight.is_some() {
            return None;
        }
        if self.wants_first || self.hole.is_some() || self.wants_older {
            return Some(self.not_before);
        }
        Some(self.poll_at.max(self.not_before))
    }
}

/// How often to look when nothing happens, with a random share so that clients do not march in step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) watched: bool,
    /// From 0 to 1.
    pub(crate) chance: f64,
}

impl Pace {
    fn interval(self) -> Duration {
        let base = if self.watched { POLL_WATCHED } else { POLL };
        base.mul_f64(0.8 + 0.4 * self.chance)
    }
}

/// How long to wait after a failure: what the server asked for, within reason, or a jittered back-off.
pub(crate) fn wait(
    failures: u32,
    retry_after: Option<Duration>,
    random: &mut fastrand::Rng,
) -> Duration {
    backoff(failures, random).max(within_reason(retry_after.unwrap_or_default()))
}

/// What a server asks for, within reason.
pub(crate) fn within_reason(retry_after: Duration) -> Duration {
    retry_after.min(LONGEST_RETRY_AFTER)
}

/// Full jitter between a quarter of a second and a ceiling that doubles with every failure.
fn backoff(failures: u32, random: &mut fastrand::Rng) -> Duration {
    let ceiling = Duration::from_secs(1)
        .saturating_mul(1 << failures.min(20))
        .min(BACKOFF_CEILING);
    BACKOFF_FLOOR + (ceiling - BACKOFF_FLOOR).mul_f64(random.f64())
}

#[cfg(test)]
mod tests {
    use doorbell_knock::Feed;

    use super::*;

    #[test]
    fn a_new_feed_fetches_its_first_page_at_once() {
        let (mut sync, now) = fresh();
        assert_eq!(sync.due(now), Some(Purpose::First));
    }

    #[test]
    fn nothing_is_fetched_while_a_fetch_is_in_flight() {
        let (mut sync, now) = fresh();
        start(&mut sync, now);
        sync.want_first();
        assert_eq!(sync.due(now + POLL * 2), None);
        assert_eq!(sync.deadline(), None);
    }

    #[test]
    fn whatever_the_burst_one_fetch_waits_for_the_one_in_flight() {
        let (mut sync, now) = fresh();
        start(&mut sync, now);
        (0..20).for_each(|_| sync.want_first());
        answer(&mut sync);
        let later = now + SPACING;
        assert_eq!(sync.due(later), Some(Purpose::First));
        start(&mut sync, later);
        answer(&mut sync);
        assert_eq!(sync.due(later + SPACING), None);
    }

    #[test]
    fn two_fetches_are_a_quarter_of_a_second_apart() {
        let (mut sync, now) = fresh();
        start(&mut sync, now);
        answer(&mut sync);
        sync.want_first_now();
        assert_eq!(sync.due(now + Duration::from_millis(249)), None);
        assert_eq!(sync.deadline(), Some(now + Duration::from_millis(250)));
        assert_eq!(
            sync.due(now + Duration::from_millis(250)),
            Some(Purpose::First)
        );
    }

    #[test]
    fn it_looks_again_every_five_minutes_give_or_take_a_fifth() {
        polls(false, 0.0, Duration::from_secs(240));
        polls(false, 0.5, Duration::from_secs(300));
        polls(false, 1.0, Duration::from_secs(360));
    }

    #[test]
    fn it_looks_again_every_half_minute_while_watched() {
        polls(true, 0.0, Duration::from_secs(24));
        polls(true, 0.5, Duration::from_secs(30));
        polls(true, 1.0, Duration::from_secs(36));
    }

    #[test]
    fn a_poll_far_off_comes_sooner_when_somebody_starts_to_watch() {
        let (mut sync, now) = idle();
        sync.watched(now);
        assert_eq!(sync.deadline(), Some(now + Duration::from_secs(30)));
    }

    #[test]
    fn a_hole_is_filled_before_older_items_and_after_the_first_page() {
        let (mut sync, mut now) = idle();
        sync.want_older();
        sync.fill_hole(Some("c1".into()));
        sync.want_first();
        let mut fetched = Vec::new();
        while let Some(purpose) = sync.due(now) {
            fetched.push(purpose);
            start(&mut sync, now);
            answer(&mut sync);
            now += SPACING;
        }
        assert_eq!(
            fetched,
            [Purpose::First, Purpose::Hole("c1".into()), Purpose::Older]
        );
    }

    #[test]
    fn older_items_are_loading_until_they_have_come() {
        let (mut sync, now) = idle();
        sync.want_older();
        assert!(sync.loading_older());
        start(&mut sync, now);
        assert!(sync.loading_older());
        answer(&mut sync);
        assert!(!sync.loading_older());
    }

    #[test]
    fn what_failed_is_fetched_again() {
        for purpose in [Purpose::First, Purpose::Hole("c1".into()), Purpose::Older] {
            let (mut sync, now) = idle();
            sync.started(purpose.clone(), ticket(), PACE, now);
            fail(&mut sync, None, now);
            let again = sync.deadline().unwrap();
            assert_eq!(sync.due(again), Some(purpose));
        }
    }

    #[test]
    fn the_wait_after_a_failure_is_between_a_quarter_second_and_a_ceiling_that_doubles_to_five_minutes()
     {
        for (failures, ceiling) in [(0, 1), (1, 2), (5, 32), (8, 256), (9, 300), (4_000, 300)] {
            let waits = (0..500).map(|seed| backoff(failures, &mut fastrand::Rng::with_seed(seed)));
            let (least, most) = waits
                .fold((Duration::MAX, Duration::ZERO), |(least, most), wait| {
                    (least.min(wait), most.max(wait))
                });
            let ceiling = Duration::from_secs(ceiling);
            assert!(least >= BACKOFF_FLOOR && most <= ceiling, "{failures}");
            assert!(most > ceiling.mul_f64(0.9), "{failures}: {most:?}");
        }
    }

    #[test]
    fn repeated_failures_wait_longer_and_a_success_starts_over() {
        let total = |succeeds: bool| {
            let (mut sync, start_at) = idle();
            let mut now = start_at;
            for _ in 0..20 {
                sync.want_first();
                start(&mut sync, now);
                if succeeds {
                    sync.succeeded();
                }
                fail(&mut sync, None, now);
                now = sync.deadline().unwrap();
            }
            now - start_at
        };
        assert!(total(true) <= Duration::from_secs(20));
        assert!(total(false) > Duration::from_secs(600));
    }

    #[test]
    fn asked_for_now_it_waits_no_longer_than_the_server_asks() {
        let (mut sync, mut now) = idle();
        for _ in 0..12 {
            sync.want_first();
            start(&mut sync, now);
            fail(&mut sync, Some(Duration::from_secs(3)), now);
            now = sync.deadline().unwrap();
        }
        sync.want_first();
        start(&mut sync, now);
        fail(&mut sync, Some(Duration::from_secs(3)), now);
        sync.want_first_now();
        assert_eq!(sync.deadline(), Some(now + Duration::from_secs(3)));
    }

    #[test]
    fn a_retry_after_is_honoured() {
        let (mut sync, now) = idle();
        sync.want_first();
        start(&mut sync, now);
        fail(&mut sync, Some(Duration::from_secs(90)), now);
        assert_eq!(sync.deadline(), Some(now + Duration::from_secs(90)));
    }

    #[test]
    fn an_answer_to_one_feed_does_not_shorten_what_was_asked_by_way_of_another() {
        let (mut sync, now) = idle();
        sync.want_first();
        start(&mut sync, now);
        let until = now + Duration::from_secs(20);
        sync.leave_alone(until);
        fail(&mut sync, Some(Duration::from_secs(3)), now);
        sync.want_first_now();
        assert_eq!(sync.deadline(), Some(until));
    }

    #[test]
    fn a_retry_after_without_end_has_one() {
        let (mut sync, now) = idle();
        sync.want_first();
        start(&mut sync, now);
        fail(&mut sync, Some(Duration::MAX), now);
        assert_eq!(sync.deadline(), Some(now + LONGEST_RETRY_AFTER));
    }

    #[test]
    fn asked_for_now_it_does_not_wait_for_the_back_off_but_keeps_the_space() {
        let (mut sync, now) = idle();
        sync.want_first();
        start(&mut sync, now);
        fail(&mut sync, None, now);
        sync.want_first_now();
        assert_eq!(sync.deadline(), Some(now + SPACING));
    }

    #[test]
    fn asked_for_now_it_still_waits_as_long_as_the_server_asks() {
        let (mut sync, now) = idle();
        sync.want_first();
        start(&mut sync, now);
        let asked = Duration::from_secs(90);
        fail(&mut sync, Some(asked), now);
        sync.want_first_now();
        assert_eq!(sync.deadline(), Some(now + asked));
    }

    #[test]
    fn a_pause_ends_with_one_look_at_the_first_page() {
        let (mut sync, now) = idle();
        sync.want_older();
        let until = now + Duration::from_secs(3600);
        sync.pause(until);
        assert_eq!(sync.due(until - Duration::from_millis(1)), None);
        assert_eq!(sync.due(until), Some(Purpose::First));
        start(&mut sync, until);
        answer(&mut sync);
        assert_eq!(sync.due(until + SPACING), None);
    }

    #[test]
    fn a_failure_that_comes_late_does_not_shorten_a_pause() {
        let (mut sync, now) = idle();
        sync.want_first();
        start(&mut sync, now);
        let until = now + Duration::from_secs(3600);
        sync.pause(until);
        fail(&mut sync, None, now);
        assert_eq!(sync.deadline(), Some(until));
    }

    const PACE: Pace = Pace {
        watched: false,
        chance: 0.5,
    };

    #[track_caller]
    fn polls(watched: bool, chance: f64, after: Duration) {
        let (mut sync, now) = fresh();
        sync.started(Purpose::First, ticket(), Pace { watched, chance }, now);
        answer(&mut sync);
        let at = sync.deadline().unwrap();
        let off = (at - now).abs_diff(after);
        assert!(off < Duration::from_millis(1), "{:?}", at - now);
        assert_eq!(sync.due(at - Duration::from_millis(1)), None);
        assert_eq!(sync.due(at), Some(Purpose::First));
    }

    fn fresh() -> (Sync, Instant) {
        let now = Instant::now();
        (Sync::new(now), now)
    }

    /// After its first page, with nothing to do.
    fn idle() -> (Sync, Instant) {
        let (mut sync, now) = fresh();
        start(&mut sync, now);
        answer(&mut sync);
        (sync, now + SPACING)
    }

    fn start(sync: &mut Sync, now: Instant) {
        let purpose = sync.due(now).expect("something is due");
        sync.started(purpose, ticket(), PACE, now);
    }

    fn answer(sync: &mut Sync) {
        assert!(sync.answered().is_some(), "a fetch is in flight");
        sync.succeeded();
    }

    fn fail(sync: &mut Sync, retry_after: Option<Duration>, now: Instant) {
        let (purpose, _) = sync.answered().expect("a fetch is in flight");
        let mut random = fastrand::Rng::with_seed(1);
        sync.failed(purpose, retry_after, &mut random, now);
    }

    fn ticket() -> FetchTicket {
        Feed::new().begin_fetch()
    }
}
