//! What the operators of conditions mean.

use std::cmp::Ordering;

use serde_json::Value;
use time::{Duration, OffsetDateTime, Time};

use crate::clock;

/// How a condition compares its variable with its argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    EqualTo,
    Greater {
        or_equal: bool,
    },
    Less {
        or_equal: bool,
    },
    Between,
    Contains,
    ContainsAll,
    Empty,
    Exists,
    IsTimestamp,
    TimestampBefore,
    TimestampOnOrAfter,
    TimestampBetween,
    DateBefore,
    DateOnOrAfter,
    BeforeNow,
    OnOrAfterNow,
    IsAudienceMember,
    /// The opposite of another one.
    Not(&'static Operator),
}

impl Operator {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        OPERATORS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, operator)| *operator)
    }

    /// The names of all of them, for people.
    pub(crate) fn names() -> String {
        let names: Vec<&str> = OPERATORS.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }

    pub(crate) fn name(self) -> &'static str {
        OPERATORS
            .iter()
            .find(|(_, known)| *known == self)
            .map_or("", |(name, _)| name)
    }

    /// Whether it compares with anything.
    pub(crate) fn needs_argument(self) -> bool {
        match self {
            Self::Empty
            | Self::Exists
            | Self::IsTimestamp
            | Self::BeforeNow
            | Self::OnOrAfterNow => false,
            Self::EqualTo
            | Self::Greater { .. }
            | Self::Less { .. }
            | Self::Between
            | Self::Contains
            | Self::ContainsAll
            | Self::TimestampBefore
            | Self::TimestampOnOrAfter
            | Self::TimestampBetween
            | Self::DateBefore
            | Self::DateOnOrAfter
            | Self::IsAudienceMember => true,
            Self::Not(other) => other.needs_argument(),
        }
    }

    pub(crate) fn holds(self, value: &Value, argument: &Value, now: OffsetDateTime) -> bool {
        let at = |value: &Value| timestamp(value, now);
        match self {
            Self::EqualTo => equal(value, argument),
            Self::Greater { or_equal } => match compare(value, argument, now) {
                Some(Ordering::Greater) => true,
                Some(Ordering::Equal) => or_equal,
                Some(Ordering::Less) | None => false,
            },
            Self::Less { or_equal } => match compare(value, argument, now) {
                Some(Ordering::Less) => true,
                Some(Ordering::Equal) => or_equal,
                Some(Ordering::Greater) | None => false,
            },
            Self::Between => ends(argument).is_some_and(|[from, until]| {
                compare(value, from, now).is_some_and(Ordering::is_ge)
                    && compare(value, until, now).is_some_and(Ordering::is_le)
            }),
            Self::Contains => contains(value, argument),
            Self::ContainsAll => match argument {
                Value::Array(all) => all.iter().all(|one| contains(value, one)),
                // Before lists could be written, their entries were parted by commas.
                one => text(one)
                    .split(',')
                    .all(|one| contains(value, &Value::String(one.trim().to_owned()))),
            },
            Self::Empty => {
                text(value).is_empty() || matches!(value, Value::Array(list) if list.is_empty())
            }
            Self::Exists => !value.is_null(),
            Self::IsTimestamp => at(value).is_some(),
            Self::TimestampBefore => both(at(value), at(argument), |value, end| value < end),
            Self::TimestampOnOrAfter => {
                both(at(value), at(argument), |value, start| value >= start)
            }
            Self::TimestampBetween => ends(argument).is_some_and(|[from, until]| {
                both(at(value), at(from), |value, from| value >= from)
                    && both(at(value), at(until), |value, until| value <= until)
            }),
            Self::DateBefore => both(at(value), at(argument), |value, end| {
                value.date() < end.date()
            }),
            Self::DateOnOrAfter => both(at(value), at(argument), |value, start| {
                value.date() >= start.date()
            }),
            Self::BeforeNow => at(value).is_some_and(|value| value < now),
            Self::OnOrAfterNow => at(value).is_some_and(|value| value >= now),
            // There are no audiences here, so nobody is in one.
            Self::IsAudienceMember => false,
            Self::Not(other) => !other.holds(value, argument, now),
        }
    }
}

/// Arguments of the API are strings, so a number or a flag is compared by how it is written.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn equal(value: &Value, argument: &Value) -> bool {
    match (value, argument) {
        (Value::Number(_), _) | (_, Value::Number(_)) => {
            number(value).is_some() && number(value) == number(argument)
        }
        _ => text(value) == text(argument),
    }
}

/// By number, by time, or by how far a message has come; anything else has no order.
fn compare(value: &Value, argument: &Value, now: OffsetDateTime) -> Option<Ordering> {
    if let (Some(value), Some(argument)) = (number(value), number(argument)) {
        return value.partial_cmp(&argument);
    }
    if let (Some(value), Some(argument)) = (timestamp(value, now), timestamp(argument, now)) {
        return Some(value.cmp(&argument));
    }
    let step = |value: &Value| {
        let status = value.as_str()?;
        DELIVERY.iter().position(|step| *step == status)
    };
    Some(step(value)?.cmp(&step(argument)?))
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A list of two.
fn ends(argument: &Value) -> Option<[&Value; 2]> {
    match argument.as_array()?.as_slice() {
        [from, until] => Some([from, until]),
        _ => None,
    }
}

fn both(
    value: Option<OffsetDateTime>,
    argument: Option<OffsetDateTime>,
    holds: impl Fn(OffsetDateTime, OffsetDateTime) -> bool,
) -> bool {
    matches!((value, argument), (Some(value), Some(argument)) if holds(value, argument))
}

/// A moment, a date (its first moment in UTC), or a distance from now: `7_days_ago`, `3 days from now`.
fn timestamp(value: &Value, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let text = value.as_str()?.trim();
    clock::parse(text)
        .or_else(|| date(text))
        .or_else(|| distance(text, now))
}

fn date(text: &str) -> Option<OffsetDateTime> {
    let format = time::macros::format_description!("[year]-[month]-[day]");
    let date = time::Date::parse(text, &format).ok()?;
    Some(date.with_time(Time::MIDNIGHT).assume_utc())
}

fn distance(text: &str, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let words: Vec<&str> = text.split([' ', '_']).collect();
    let (count, unit, is_past) = match words.as_slice() {
        [count, unit, "ago"] => (count, unit, true),
        [count, unit, "from", "now"] => (count, unit, false),
        _ => return None,
    };
    let unit = match unit.trim_end_matches('s') {
        "minute" => Duration::MINUTE,
        "hour" => Duration::HOUR,
        "day" => Duration::DAY,
        "week" => Duration::WEEK,
        _ => return None,
    };
    let distance = unit.checked_mul(count.parse().ok()?)?;
    match is_past {
        true => now.checked_sub(distance),
        false => now.checked_add(distance),
    }
}

/// A text in a list, whichever side the list is on; something that two lists share; a part of a text.
fn contains(value: &Value, wanted: &Value) -> bool {
    let among = |list: &[Value], one: &Value| list.iter().any(|entry| equal(entry, one));
    match (value, wanted) {
        (Value::Array(list), Value::Array(others)) => others.iter().any(|one| among(list, one)),
        (Value::Array(list), one) | (one @ Value::String(_), Value::Array(list)) => {
            among(list, one)
        }
        (Value::String(string), part) => string.contains(&text(part)),
        _ => false,
    }
}

const OPERATORS: &[(&str, Operator)] = &[
    ("equal_to", Operator::EqualTo),
    ("not_equal_to", Operator::Not(&Operator::EqualTo)),
    ("greater_than", Operator::Greater { or_equal: false }),
    (
        "greater_than_or_equal_to",
        Operator::Greater { or_equal: true },
    ),
    ("less_than", Operator::Less { or_equal: false }),
    ("less_than_or_equal_to", Operator::Less { or_equal: true }),
    ("is_between", Operator::Between),
    ("contains", Operator::Contains),
    ("not_contains", Operator::Not(&Operator::Contains)),
    ("contains_all", Operator::ContainsAll),
    ("not_contains_all", Operator::Not(&Operator::ContainsAll)),
    ("empty", Operator::Empty),
    ("not_empty", Operator::Not(&Operator::Empty)),
    ("exists", Operator::Exists),
    ("not_exists", Operator::Not(&Operator::Exists)),
    ("is_timestamp", Operator::IsTimestamp),
    ("is_not_timestamp", Operator::Not(&Operator::IsTimestamp)),
    ("is_timestamp_before", Operator::TimestampBefore),
    ("is_timestamp_on_or_after", Operator::TimestampOnOrAfter),
    ("is_timestamp_between", Operator::TimestampBetween),
    ("is_timestamp_before_date", Operator::DateBefore),
    ("is_timestamp_on_or_after_date", Operator::DateOnOrAfter),
    ("is_timestamp_before_now", Operator::BeforeNow),
    ("is_timestamp_on_or_after_now", Operator::OnOrAfterNow),
    ("is_audience_member", Operator::IsAudienceMember),
    (
        "is_not_audience_member",
        Operator::Not(&Operator::IsAudienceMember),
    ),
];

/// How far a message has come, the least first.
const DELIVERY: &[&str] = &[
    "undelivered",
    "bounced",
    "delivery_attempted",
    "queued",
    "not_sent",
    "sent",
    "delivered",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-03-10 12:00 UTC);

    /// A value, an operator, its argument, and whether it holds.
    const CASES: &str = r#"
        "pro" | equal_to | "pro" | yes
        12 | equal_to | "12.0" | yes
        "007" | equal_to | "7" | no
        null | equal_to | "" | yes
        "free" | not_equal_to | "pro" | yes
        21 | greater_than | 18 | yes
        18 | greater_than | 18 | no
        "18" | greater_than_or_equal_to | 18 | yes
        49 | less_than | 50 | yes
        51 | less_than_or_equal_to | 50 | no
        null | less_than | 5 | no
        null | greater_than_or_equal_to | 5 | no
        "2026-03-12" | greater_than | "2026-03-02T00:00:00Z" | yes
        "delivered" | greater_than_or_equal_to | "sent" | yes
        "bounced" | less_than | "sent" | yes
        5 | is_between | [5, 6] | yes
        7 | is_between | [5, 6] | no
        5 | is_between | 5 | no
        "senior engineer" | contains | "engineer" | yes
        ["vip", "beta"] | contains | "vip" | yes
        "vip" | contains | ["vip", "beta"] | yes
        ["a", "b"] | contains | ["b", "c"] | yes
        ["a"] | contains | ["b", "c"] | no
        null | contains | "a" | no
        ["beta"] | not_contains | "vip" | yes
        ["a", "b", "c"] | contains_all | ["a", "b"] | yes
        ["a"] | contains_all | "a, b" | no
        ["a"] | not_contains_all | ["a", "b"] | yes
        [] | empty | null | yes
        "x" | empty | null | no
        null | not_empty | null | no
        "" | exists | null | yes
        null | not_exists | null | yes
        "2026-03-02" | is_timestamp | null | yes
        "soon" | is_not_timestamp | null | yes
        "2026-03-02" | is_timestamp_before | "7_days_ago" | yes
        "2026-03-02" | is_timestamp_before | "9 days ago" | no
        "2026-03-12" | is_timestamp_before | "1 week from now" | yes
        "soon" | is_timestamp_before | "2026-03-12" | no
        "soon" | is_timestamp_on_or_after | "2026-03-12" | no
        "2026-03-02" | is_timestamp_on_or_after | "2026-03-02T00:00:00Z" | yes
        "2026-03-02" | is_timestamp_between | ["2026-03-01", "2026-03-03"] | yes
        "2026-03-02" | is_timestamp_between | ["2026-03-03", "2026-03-04"] | no
        "2026-03-02" | is_timestamp_before_date | "2026-03-02T23:00:00Z" | no
        "2026-03-02T23:00:00Z" | is_timestamp_on_or_after_date | "2026-03-02" | yes
        "2026-03-01T23:00:00Z" | is_timestamp_on_or_after_date | "2026-03-02" | no
        "2026-03-02" | is_timestamp_before_now | null | yes
        "2026-03-12" | is_timestamp_before_now | null | no
        "2026-03-12" | is_timestamp_on_or_after_now | null | yes
        "soon" | is_timestamp_on_or_after_now | null | no
        {"id": "u"} | is_audience_member | "vip" | no
        {"id": "u"} | is_not_audience_member | "vip" | yes
    "#;

    #[test]
    fn each_operator_holds_where_knock_says_and_not_elsewhere() {
        let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let mut met = BTreeSet::new();
        for case in CASES.trim().lines() {
            let parts: Vec<&str> = case.split('|').map(str::trim).collect();
            let [value, name, argument, expected] = parts.as_slice() else {
                panic!("{case}");
            };
            let operator = Operator::parse(name).unwrap();
            let holds = operator.holds(&json(value), &json(argument), NOW);
            assert_eq!(holds, *expected == "yes", "{case}");
            met.insert(*name);
        }
        assert_eq!(met.len(), OPERATORS.len(), "a case for each");
    }

    #[test]
    fn an_operator_is_called_what_it_was_read_from() {
        for (name, _) in OPERATORS {
            assert_eq!(Operator::parse(name).unwrap().name(), *name);
        }
        assert_eq!(Operator::parse("resembles"), None);
    }
}
