//! How far the clock on the person's wall is from UTC.

use time::UtcOffset;

/// The offset now, summer time included; none where the system does not tell.
pub(crate) fn offset() -> UtcOffset {
    let now = jiff::Zoned::now();
    UtcOffset::from_whole_seconds(now.offset().seconds()).unwrap_or(UtcOffset::UTC)
}
