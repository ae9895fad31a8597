//! What time it is, and timestamps as Knock writes them.

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

/// Whose time counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Clock {
    /// The time that comes in with each call.
    #[default]
    Running,
    /// This one, until it is moved.
    Held(OffsetDateTime),
}

impl Clock {
    pub(crate) fn read(self, outside: OffsetDateTime) -> OffsetDateTime {
        match self {
            Self::Running => outside,
            Self::Held(at) => at,
        }
    }
}

/// The moment in UTC, cut to microseconds: what is compared is what is shown.
pub(crate) fn moment(at: OffsetDateTime) -> OffsetDateTime {
    let at = at.to_offset(UtcOffset::UTC);
    at.replace_nanosecond(at.nanosecond() / 1_000 * 1_000)
        .unwrap_or(at)
}

/// `2026-03-02T10:20:11.504331Z`, as in items and messages.
pub(crate) fn micros(at: OffsetDateTime) -> String {
    let format =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");
    moment(at).format(format).unwrap_or_default()
}

/// `2026-03-02T10:20:11.504Z`, as in users and objects.
pub(crate) fn millis(at: OffsetDateTime) -> String {
    let format =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    moment(at).format(format).unwrap_or_default()
}

/// Reads ISO 8601 with any number of fraction digits and any offset.
pub(crate) fn parse(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok().map(moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_reads_back_as_itself() {
        let at = parse("2026-03-02T12:20:11.5043319+02:00").unwrap();
        assert_eq!(micros(at), "2026-03-02T10:20:11.504331Z");
        assert_eq!(millis(at), "2026-03-02T10:20:11.504Z");
        assert_eq!(parse(&micros(at)), Some(at));
    }

    #[test]
    fn a_timestamp_without_an_offset_is_none() {
        assert_eq!(parse("2026-03-02T12:20:11"), None);
        assert_eq!(parse("yesterday"), None);
    }
}
