//! Reads fields that may be missing, null or of another type.

use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::item::Marks;
use crate::stamp;

pub(crate) fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    object.get(key)?.as_str().map(str::to_owned)
}

/// The elements that can be read.
pub(crate) fn list<T>(
    object: &Map<String, Value>,
    key: &str,
    parse: impl Fn(&Value) -> Option<T>,
) -> Vec<T> {
    object
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(parse)
        .collect()
}

/// A time, nothing where there is none, an error where there is something else.
pub(crate) fn time(
    object: &Map<String, Value>,
    key: &'static str,
) -> Result<Option<OffsetDateTime>, &'static str> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value
            .as_str()
            .and_then(stamp::read)
            .map(Some)
            .ok_or(BAD_TIME),
    }
}

/// The times of the statuses; one that is no time is an error, lest a read item come out unread.
pub(crate) fn marks(object: &Map<String, Value>) -> Result<Marks, &'static str> {
    Ok(Marks {
        seen_at: time(object, "seen_at")?,
        read_at: time(object, "read_at")?,
        archived_at: time(object, "archived_at")?,
        interacted_at: time(object, "interacted_at")?,
        link_clicked_at: time(object, "link_clicked_at")?,
    })
}

pub(crate) fn count(value: Option<&Value>) -> u64 {
    match value {
        Some(Value::Number(number)) => {
            // A float that is negative or not a number becomes 0, a huge one the largest number.
            number
                .as_u64()
                .unwrap_or_else(|| number.as_f64().unwrap_or_default() as u64)
        }
        Some(Value::String(digits)) => digits.trim().parse().unwrap_or_default(),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => 0,
    }
}

pub(crate) const BAD_TIME: &str = "a time that is no time";
