//! Timestamps as the API spells them: ISO-8601 in UTC.

use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

pub(crate) fn read(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339)
        .ok()?
        .checked_to_offset(UtcOffset::UTC)
}

/// Years that ISO-8601 cannot spell in four digits come out as the epoch.
pub(crate) fn write(at: OffsetDateTime) -> String {
    at.checked_to_offset(UtcOffset::UTC)
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn zero_to_six_digits_of_fraction_are_read() {
        for (text, expected) in [
            ("2026-03-02T10:20:11Z", datetime!(2026-03-02 10:20:11 UTC)),
            (
                "2026-03-02T10:20:11.020Z",
                datetime!(2026-03-02 10:20:11.02 UTC),
            ),
            (
                "2026-03-02T10:20:11.504331Z",
                datetime!(2026-03-02 10:20:11.504331 UTC),
            ),
            (
                "2026-03-02T11:20:11+01:00",
                datetime!(2026-03-02 10:20:11 UTC),
            ),
        ] {
            assert_eq!(read(text), Some(expected), "{text}");
        }
        for text in ["", "yesterday", "2026-03-02", "9999-12-31T23:59:59-23:59"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_stamp_is_written_in_utc() {
        assert_eq!(
            write(datetime!(2026-03-02 11:20:11.5 +1)),
            "2026-03-02T10:20:11.5Z"
        );
    }
}
