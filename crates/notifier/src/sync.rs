use std::time::{Duration, Instant};

use doorbell_knock::{Cursor, FetchTicket};

/// Space between two fetches of one feed: the server allows five a second for each user.
const SPACING: Duration = Duration::from_millis(250);
/// Time between two fetches when nothing happens: every status change elsewhere shows up within it.
const POLL: Duration = Duration::from_secs(300);
/// The same while the window is open.
const POLL_WATCHED: Duration = Duration::from_secs(30);
const BACKOFF_FLOOR: Duration = Duration::from_millis(250);
const BACKOFF_CEILING: Duration = Duration::from_secs(300);

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
            failures: 0,
            poll_at: now + POLL,
        }
    }

    /// Page 1 is out of date. While a fetch is in flight this asks for one more after it.
    pub(crate) fn want_first(&mut self) {
        self.wants_first = true;
    }

    /// Page 1, without waiting for a back-off to end.
    pub(crate) fn want_first_now(&mut self) {
        self.wants_first = true;
        self.failures = 0;
        self.not_before = self.not_before.min(self.spaced);
    }

    pub(crate) fn want_older(&mut self) {
        self.wants_older = true;
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

    /// Tries the same again later: after what the server asked for, or a jittered back-off.
    pub(crate) fn failed(
        &mut self,
        purpose: Purpose,
        retry_after: Option<Duration>,
        random: &mut fastrand::Rng,
        now: Instant,
    ) {
        match purpose {
            Purpose::First => self.wants_first = true,
            Purpose::Hole(cursor) => self.hole = Some(cursor),
            Purpose::Older => self.wants_older = true,
        }
        let wait = backoff(self.failures, random);
        self.failures = self.failures.saturating_add(1);
        self.not_before = now + wait.max(retry_after.unwrap_or_default());
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

/// Full jitter between a quarter of a second and a ceiling that doubles with every failure.
pub(crate) fn backoff(failures: u32, random: &mut fastrand::Rng) -> Duration {
    let ceiling = Duration::from_secs(1)
        .saturating_mul(1 << failures.min(20))
        .min(BACKOFF_CEILING);
    BACKOFF_FLOOR + (ceiling - BACKOFF_FLOOR).mul_f64(random.f64())
}
