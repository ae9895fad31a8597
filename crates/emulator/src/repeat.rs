//! When a schedule comes round again. All times are UTC.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::util::days_in_month;
use time::{Date, Duration, OffsetDateTime, Time, Weekday};

use crate::params::Params;
use crate::refusal::Refusal;

/// One rule of repetition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Repeat {
    frequency: Frequency,
    interval: i64,
    days: Vec<Weekday>,
    day_of_month: Option<u8>,
    hours: u8,
    minutes: u8,
    said: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Frequency {
    Hourly,
    Daily,
    Weekly,
    Monthly,
}

impl Repeat {
    pub(crate) fn parse_all(value: Option<&Value>) -> Result<Vec<Self>, Refusal> {
        match value {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(rules)) => rules.iter().map(Self::parse).collect(),
            Some(_) => Err(Refusal::invalid("repeats", "must be a list")),
        }
    }

    fn parse(rule: &Value) -> Result<Self, Refusal> {
        let wrong = |message| Refusal::invalid("repeats", message);
        let object = rule.as_object().ok_or_else(|| wrong("must be objects"))?;
        let params = Params::from_object(object);
        let words = [
            ("hourly", Frequency::Hourly),
            ("daily", Frequency::Daily),
            ("weekly", Frequency::Weekly),
            ("monthly", Frequency::Monthly),
        ];
        let frequency = params.word("frequency", &words)?;
        let within = |name: &str, from: u64, to: u64| match params.number(name)? {
            None => Ok(None),
            Some(number) if (from..=to).contains(&number) => Ok(u8::try_from(number).ok()),
            Some(_) => Err(wrong("has a number that is out of range")),
        };
        let days: Option<Vec<Weekday>> = params
            .list("days")?
            .unwrap_or_default()
            .iter()
            .map(|day| weekday(day))
            .collect();
        Ok(Self {
            frequency: frequency.ok_or_else(|| wrong("must have a frequency"))?,
            interval: within("interval", 1, MAX_INTERVAL)?.map_or(1, i64::from),
            days: days.ok_or_else(|| wrong("has a day that is none of mon to sun"))?,
            day_of_month: within("day_of_month", 1, 31)?,
            hours: within("hours", 0, 23)?.unwrap_or_default(),
            minutes: within("minutes", 0, 59)?.unwrap_or_default(),
            said: rule.clone(),
        })
    }

    /// As the API answers it.
    pub(crate) fn answer(&self) -> Value {
        let mut answer = json!({
            "__typename": "ScheduleRepeat",
            "interval": self.interval,
            "days": null,
            "day_of_month": null,
            "hours": null,
            "minutes": null,
        });
        for (key, value) in self.said.as_object().into_iter().flatten() {
            answer[key] = value.clone();
        }
        answer
    }

    /// The first time after `after`, counted from `start`.
    pub(crate) fn next(
        &self,
        start: OffsetDateTime,
        after: OffsetDateTime,
    ) -> Option<OffsetDateTime> {
        let from = after.max(start - Duration::SECOND);
        if self.frequency == Frequency::Hourly {
            let hour = start.replace_time(Time::from_hms(start.hour(), self.minutes, 0).ok()?);
            let passed = (from - hour).whole_hours().max(0) / self.interval * self.interval;
            return (0..=2)
                .filter_map(|n| hour.checked_add(Duration::hours(passed + n * self.interval)))
                .find(|at| *at > from);
        }
        let time = Time::from_hms(self.hours, self.minutes, 0).ok()?;
        let mut date = from.date();
        for _ in 0..=self.interval * 31 + 62 {
            let at = OffsetDateTime::new_utc(date, time);
            if at > from && self.falls_on(date, start.date()) {
                return Some(at);
            }
            date = date.next_day()?;
        }
        None
    }

    fn falls_on(&self, date: Date, start: Date) -> bool {
        let is_turn = |passed: i64| passed.rem_euclid(self.interval) == 0;
        let monday = |date: Date| {
            i64::from(date.to_julian_day()) - i64::from(date.weekday().number_days_from_monday())
        };
        match self.frequency {
            Frequency::Hourly => false,
            Frequency::Daily => is_turn((date - start).whole_days()),
            Frequency::Weekly => {
                let is_day = match self.days.is_empty() {
                    true => date.weekday() == start.weekday(),
                    false => self.days.contains(&date.weekday()),
                };
                is_day && is_turn((monday(date) - monday(start)) / 7)
            }
            Frequency::Monthly => {
                let months =
                    |date: Date| i64::from(date.year()) * 12 + i64::from(u8::from(date.month()));
                let wanted = self.day_of_month.unwrap_or(start.day());
                let last = days_in_month(date.month(), date.year());
                date.day() == wanted.min(last) && is_turn(months(date) - months(start))
            }
        }
    }
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return None,
    })
}

const MAX_INTERVAL: u64 = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    /// The next times of a rule that starts on Monday, 2026-03-02 at 10:00.
    fn times(rule: Value, count: usize) -> Vec<String> {
        let start = datetime!(2026-03-02 10:00 UTC);
        let repeat = Repeat::parse_all(Some(&json!([rule]))).unwrap().remove(0);
        let mut times = Vec::new();
        let mut after = start;
        for _ in 0..count {
            after = repeat.next(start, after).unwrap();
            times.push(crate::clock::millis(after)[..16].to_owned());
        }
        times
    }

    #[test]
    fn each_frequency_comes_round_in_its_own_way() {
        for (rule, expected) in [
            (
                json!({"frequency": "hourly", "minutes": 30}),
                ["2026-03-02T10:30", "2026-03-02T11:30", "2026-03-02T12:30"],
            ),
            (
                json!({"frequency": "hourly", "interval": 5}),
                ["2026-03-02T15:00", "2026-03-02T20:00", "2026-03-03T01:00"],
            ),
            (
                json!({"frequency": "daily", "hours": 9, "minutes": 30}),
                ["2026-03-03T09:30", "2026-03-04T09:30", "2026-03-05T09:30"],
            ),
            (
                json!({"frequency": "daily", "interval": 2, "hours": 12}),
                ["2026-03-02T12:00", "2026-03-04T12:00", "2026-03-06T12:00"],
            ),
            (
                json!({"frequency": "weekly", "days": ["mon", "fri"]}),
                ["2026-03-06T00:00", "2026-03-09T00:00", "2026-03-13T00:00"],
            ),
            (
                json!({"frequency": "weekly", "interval": 2}),
                ["2026-03-16T00:00", "2026-03-30T00:00", "2026-04-13T00:00"],
            ),
            (
                json!({"frequency": "monthly", "day_of_month": 31}),
                ["2026-03-31T00:00", "2026-04-30T00:00", "2026-05-31T00:00"],
            ),
            (
                json!({"frequency": "monthly", "interval": 12}),
                ["2027-03-02T00:00", "2028-03-02T00:00", "2029-03-02T00:00"],
            ),
        ] {
            assert_eq!(times(rule.clone(), 3), expected, "{rule}");
        }
    }

    #[test]
    fn a_rule_that_makes_no_sense_is_refused() {
        for wrong in [
            json!({}),
            json!({"frequency": "yearly"}),
            json!({"frequency": "daily", "hours": 24}),
            json!({"frequency": "daily", "interval": 0}),
            json!({"frequency": "weekly", "days": ["someday"]}),
            json!(7),
        ] {
            assert!(Repeat::parse_all(Some(&json!([wrong]))).is_err(), "{wrong}");
        }
    }
}
