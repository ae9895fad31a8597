//! What the tray and the window show of the app. Nothing here changes anything.

mod connection;
mod face;
mod row;
#[cfg(test)]
mod tests;
mod tray;
mod window;

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

pub(crate) use self::{tray::tray, window::view};

/// Characters of a name that is shown at most.
const MAX_NAME: usize = 100;

fn rfc3339(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}
