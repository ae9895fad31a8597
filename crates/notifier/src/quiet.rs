//! When toasts wait: a pause that the person asked for, or the quiet hours of every day.

use time::{Duration, OffsetDateTime, Time, UtcOffset, macros::time};

use crate::{action::PauseUntil, config::QuietHours, event::Now, store::Pause};

/// A pause that is asked for ends within this, or by hand.
const LONGEST: Duration = Duration::days(7);
/// When the morning begins on which a pause until tomorrow ends.
const MORNING: Time = time!(8:00);

/// Toasts wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hold {
    /// Unknown for a pause that the person ends.
    pub(crate) until: Option<OffsetDateTime>,
    pub(crate) quiet_hours: bool,
}

impl Pause {
    pub(crate) fn asked(until: PauseUntil, now: Now) -> Pause {
        match until {
            PauseUntil::Minutes(minutes) => {
                let time = Duration::minutes(i64::from(minutes)).min(LONGEST);
                Pause::Until(now.utc + time)
            }
            PauseUntil::Tomorrow => {
                let today = now.utc.to_offset(now.offset).date();
                let tomorrow = today.next_day().unwrap_or(today);
                Pause::Until(at(tomorrow, MORNING, now.offset))
            }
            PauseUntil::Resumed => Pause::UntilResumed,
        }
    }
}

/// Whether toasts wait now, and until when.
pub(crate) fn hold(pause: Pause, hours: Option<QuietHours>, now: Now) -> Option<Hold> {
    let asked = match pause {
        Pause::UntilResumed => Some(None),
        Pause::Until(until) => (until > now.utc).then_some(Some(until)),
        Pause::Off => None,
    };
    let asked = asked.map(|until| Hold {
        until,
        quiet_hours: false,
    });
    asked.or_else(|| {
        let hours = hours?;
        let local = now.utc.to_offset(now.offset).time();
        hours.cover(local).then(|| Hold {
            until: Some(next(hours.to, now)),
            quiet_hours: true,
        })
    })
}

/// When that changes by itself.
pub(crate) fn changes_at(
    pause: Pause,
    hours: Option<QuietHours>,
    now: Now,
) -> Option<OffsetDateTime> {
    match hold(pause, hours, now) {
        Some(hold) => hold.until,
        None => hours.map(|hours| next(hours.from, now)),
    }
}

impl QuietHours {
    fn cover(self, time: Time) -> bool {
        match self.from <= self.to {
            true => self.from <= time && time < self.to,
            false => self.from <= time || time < self.to,
        }
    }
}

/// The next time the person's clock says this.
fn next(time: Time, now: Now) -> OffsetDateTime {
    let local = now.utc.to_offset(now.offset);
    let today = at(local.date(), time, now.offset);
    match today > now.utc {
        true => today,
        false => today + Duration::DAY,
    }
}

fn at(date: time::Date, time: Time, offset: UtcOffset) -> OffsetDateTime {
    date.with_time(time)
        .assume_offset(offset)
        .to_offset(UtcOffset::UTC)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use time::macros::{datetime, offset};

    use super::*;

    #[test]
    fn quiet_hours_go_over_midnight_by_the_clock_on_the_wall() {
        let hours = QuietHours {
            from: time!(22:00),
            to: time!(7:00),
        };
        for (utc, until) in [
            (datetime!(2026-03-02 19:59 UTC), None),
            (
                datetime!(2026-03-02 20:00 UTC),
                Some(datetime!(2026-03-03 5:00 UTC)),
            ),
            (
                datetime!(2026-03-03 4:59 UTC),
                Some(datetime!(2026-03-03 5:00 UTC)),
            ),
            (datetime!(2026-03-03 5:00 UTC), None),
        ] {
            let held = hold(Pause::Off, Some(hours), here(utc));
            assert_eq!(held.map(|hold| hold.until), until.map(Some), "{utc}");
            assert!(held.is_none_or(|hold| hold.quiet_hours));
        }
    }

    #[test]
    fn quiet_hours_that_begin_and_end_together_are_none() {
        let from = time!(9:00);
        let hours = QuietHours { from, to: from };
        let now = here(datetime!(2026-03-02 7:00 UTC));
        assert_eq!(hold(Pause::Off, Some(hours), now), None);
    }

    #[test]
    fn a_pause_ends_when_it_was_asked_to() {
        let now = here(datetime!(2026-03-02 22:30 UTC));
        for (asked, until) in [
            (PauseUntil::Minutes(30), datetime!(2026-03-02 23:00 UTC)),
            // Half past midnight on the wall: tomorrow is the day after.
            (PauseUntil::Tomorrow, datetime!(2026-03-04 6:00 UTC)),
            (
                PauseUntil::Minutes(u32::MAX),
                datetime!(2026-03-09 22:30 UTC),
            ),
        ] {
            let pause = Pause::asked(asked, now);
            assert_eq!(pause, Pause::Until(until));
            assert_eq!(changes_at(pause, None, now), Some(until));
            assert_eq!(hold(pause, None, here(until)), None);
        }
        let pause = Pause::asked(PauseUntil::Resumed, now);
        let later = here(datetime!(2027-01-01 0:00 UTC));
        assert!(hold(pause, None, later).is_some());
        assert_eq!(changes_at(pause, None, later), None);
    }

    #[test]
    fn before_quiet_hours_their_beginning_is_the_next_change() {
        let hours = QuietHours {
            from: time!(22:00),
            to: time!(7:00),
        };
        let now = here(datetime!(2026-03-02 12:00 UTC));
        let begins = datetime!(2026-03-02 20:00 UTC);
        assert_eq!(changes_at(Pause::Off, Some(hours), now), Some(begins));
    }

    fn here(utc: OffsetDateTime) -> Now {
        Now {
            instant: Instant::now(),
            utc,
            offset: offset!(+2),
        }
    }
}
