//! How long to wait before trying again.

use std::time::Duration;

use fastrand::Rng;

/// Full jitter between 250 ms and a ceiling that doubles from one second with each failure.
///
/// Source: docs/protocol.md, "Reconnect".
#[derive(Debug)]
pub(crate) struct Backoff {
    failures: u32,
    cap: Duration,
}

impl Backoff {
    /// For the connection. The cap is high on purpose: a server in trouble must not be hammered.
    pub(crate) fn of_socket() -> Self {
        Self {
            failures: 0,
            cap: Duration::from_secs(600),
        }
    }

    /// For one channel on a connection that works.
    pub(crate) fn of_channel() -> Self {
        Self {
            failures: 0,
            cap: Duration::from_secs(60),
        }
    }

    /// Counts a failure and draws the delay that follows it.
    pub(crate) fn fail(&mut self, rng: &mut Rng) -> Duration {
        let ceiling = FIRST_CEILING
            .saturating_mul(1 << self.failures.min(31))
            .min(self.cap);
        self.failures = self.failures.saturating_add(1);
        between(FLOOR, ceiling, rng)
    }

    /// Forgets the failures: things have been well for long enough ([`STEADY`]).
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

/// The delay before the next probe of what was refused for good: never less than an hour.
pub(crate) fn slow_probe(rng: &mut Rng) -> Duration {
    between(HOUR, HOUR + Duration::from_secs(360), rng)
}

/// The delay a server asked for, within reason, and a little more so that not all its clients come
/// back in the same instant.
pub(crate) fn asked_for(retry_after: Duration, rng: &mut Rng) -> Duration {
    retry_after.min(LONGEST_RETRY_AFTER) + between(Duration::ZERO, FIRST_CEILING, rng)
}

fn between(low: Duration, high: Duration, rng: &mut Rng) -> Duration {
    low + (high - low).mul_f64(rng.f64())
}

/// No attempt follows a failure sooner than this.
pub(crate) const FLOOR: Duration = Duration::from_millis(250);
/// How long a channel must stay joined before earlier failures count no more.
pub(crate) const STEADY: Duration = Duration::from_secs(30);
const FIRST_CEILING: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws the delay after `failures` earlier ones many times: the least and the greatest.
    fn extremes(make: fn() -> Backoff, failures: u32) -> (Duration, Duration) {
        let draws = (0..2000).map(|seed| {
            let mut rng = Rng::with_seed(seed);
            let mut backoff = make();
            for _ in 0..failures {
                backoff.fail(&mut rng);
            }
            backoff.fail(&mut rng)
        });
        draws.fold((Duration::MAX, Duration::ZERO), |(low, high), draw| {
            (low.min(draw), high.max(draw))
        })
    }

    fn check(make: fn() -> Backoff, failures: u32, ceiling_seconds: f64) {
        let (low, high) = extremes(make, failures);
        let ceiling = Duration::from_secs_f64(ceiling_seconds);
        let slack = (ceiling - FLOOR).mul_f64(0.01);
        assert!(low >= FLOOR && low <= FLOOR + slack, "least {low:?}");
        assert!(
            high <= ceiling && high >= ceiling - slack,
            "greatest {high:?}"
        );
    }

    #[test]
    fn delays_are_spread_from_the_floor_to_a_ceiling_that_doubles() {
        check(Backoff::of_socket, 0, 1.0);
        check(Backoff::of_socket, 1, 2.0);
        check(Backoff::of_socket, 9, 512.0);
        check(Backoff::of_channel, 5, 32.0);
    }

    #[test]
    fn the_ceiling_is_ten_minutes_for_a_socket_and_one_for_a_channel() {
        check(Backoff::of_socket, 10, 600.0);
        check(Backoff::of_socket, 60, 600.0);
        check(Backoff::of_channel, 6, 60.0);
        check(Backoff::of_channel, 60, 60.0);
    }

    #[test]
    fn a_reset_starts_over() {
        let mut rng = Rng::with_seed(1);
        let mut backoff = Backoff::of_socket();
        for _ in 0..20 {
            backoff.fail(&mut rng);
        }
        backoff.reset();
        assert!(backoff.fail(&mut rng) <= FIRST_CEILING);
    }

    #[test]
    fn a_retry_after_without_end_has_one() {
        let mut rng = Rng::with_seed(1);
        assert!(asked_for(Duration::MAX, &mut rng) <= LONGEST_RETRY_AFTER + FIRST_CEILING);
        assert!(asked_for(Duration::from_secs(7), &mut rng) >= Duration::from_secs(7));
    }
}
