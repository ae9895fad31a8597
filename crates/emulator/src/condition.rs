//! Conditions of preferences and of workflow steps.

use serde_json::Value;

use crate::clock;
use crate::refusal::Refusal;

/// One `{variable, operator, argument}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    variable: String,
    operator: Operator,
    argument: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    EqualTo,
    GreaterThan,
    LessThan,
    Contains,
    ContainsAll,
    Empty,
    Exists,
    IsTimestamp,
    IsTimestampBefore,
    IsAudienceMember,
    /// The opposite of another one.
    Not(&'static Operator),
}

impl Condition {
    /// Reads a list of conditions; anything but a list of known ones is refused.
    pub(crate) fn parse_all(field: &str, value: &Value) -> Result<Vec<Self>, Refusal> {
        match value {
            Value::Null => Ok(Vec::new()),
            Value::Array(conditions) => conditions
                .iter()
                .map(|condition| Self::parse(field, condition))
                .collect(),
            _ => Err(Refusal::invalid(field, "must be a list of conditions")),
        }
    }

    fn parse(field: &str, value: &Value) -> Result<Self, Refusal> {
        let variable = value["variable"].as_str();
        let variable = variable.ok_or_else(|| Refusal::invalid(field, "must have a variable"))?;
        let operator = value["operator"].as_str().and_then(Operator::parse);
        let operator =
            operator.ok_or_else(|| Refusal::invalid(field, "has an operator that is not known"))?;
        let argument = match &value["argument"] {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        Ok(Self {
            variable: variable.to_owned(),
            operator,
            argument,
        })
    }

    /// Whether it holds; `scope` has `recipient`, `actor`, `data`, `tenant`, `workflow`, `vars`.
    pub(crate) fn holds(&self, scope: &Value) -> bool {
        let argument = self
            .argument
            .as_deref()
            .map(|text| match resolve(text, scope) {
                Some(value) => value.clone(),
                None => Value::String(text.trim_matches('"').to_owned()),
            });
        let argument = argument.unwrap_or_default();
        let value = resolve(&self.variable, scope).unwrap_or(&Value::Null);
        self.operator.holds(value, &argument)
    }
}

impl Operator {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "equal_to" => Self::EqualTo,
            "not_equal_to" => Self::Not(&Self::EqualTo),
            "greater_than" => Self::GreaterThan,
            "less_than" => Self::LessThan,
            "greater_than_or_equal_to" => Self::Not(&Self::LessThan),
            "less_than_or_equal_to" => Self::Not(&Self::GreaterThan),
            "contains" => Self::Contains,
            "not_contains" => Self::Not(&Self::Contains),
            "contains_all" => Self::ContainsAll,
            "not_contains_all" => Self::Not(&Self::ContainsAll),
            "empty" => Self::Empty,
            "not_empty" => Self::Not(&Self::Empty),
            "exists" => Self::Exists,
            "not_exists" => Self::Not(&Self::Exists),
            "is_timestamp" => Self::IsTimestamp,
            "is_not_timestamp" => Self::Not(&Self::IsTimestamp),
            "is_timestamp_before" => Self::IsTimestampBefore,
            "is_timestamp_on_or_after" => Self::Not(&Self::IsTimestampBefore),
            "is_audience_member" => Self::IsAudienceMember,
            "is_not_audience_member" => Self::Not(&Self::IsAudienceMember),
            _ => return None,
        })
    }

    fn holds(self, value: &Value, argument: &Value) -> bool {
        match self {
            Self::EqualTo => text(value) == text(argument),
            Self::GreaterThan => number(value) > number(argument),
            Self::LessThan => number(value) < number(argument),
            Self::Contains => contains(value, argument),
            Self::ContainsAll => match argument {
                Value::Array(all) => all.iter().all(|one| contains(value, one)),
                one => text(one)
                    .split(',')
                    .all(|one| contains(value, &Value::String(one.trim().to_owned()))),
            },
            Self::Empty => {
                text(value).is_empty() || matches!(value, Value::Array(list) if list.is_empty())
            }
            Self::Exists => !value.is_null(),
            Self::IsTimestamp => timestamp(value).is_some(),
            Self::IsTimestampBefore => match (timestamp(value), timestamp(argument)) {
                (Some(value), Some(argument)) => value < argument,
                _ => false,
            },
            // There are no audiences here, so nobody is in one.
            Self::IsAudienceMember => false,
            Self::Not(other) => !other.holds(value, argument),
        }
    }
}

/// The value at a path like `recipient.plan`; `None` when it does not start in the scope.
fn resolve<'a>(path: &str, scope: &'a Value) -> Option<&'a Value> {
    let (root, rest) = path.split_once('.')?;
    let root = scope.get(root)?;
    let found = rest.split('.').try_fold(root, |value, key| value.get(key));
    Some(found.unwrap_or(&Value::Null))
}

/// Arguments are strings, so a number or a flag is compared by how it is written.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn timestamp(value: &Value) -> Option<time::OffsetDateTime> {
    clock::parse(value.as_str()?)
}

fn contains(value: &Value, wanted: &Value) -> bool {
    match value {
        Value::Array(list) => list.iter().any(|entry| text(entry) == text(wanted)),
        Value::String(string) => string.contains(&text(wanted)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn holds(condition: Value) -> bool {
        let scope = json!({
            "recipient": {"plan": "team", "seats": 12, "tags": ["a", "b"], "active": true, "empty": "", "since": "2026-01-02T00:00:00Z"},
            "data": {"plan": "team"},
        });
        let conditions = Condition::parse_all("conditions", &json!([condition])).unwrap();
        conditions.iter().all(|condition| condition.holds(&scope))
    }

    #[test]
    fn each_operator_has_its_opposite() {
        for (variable, operator, argument, expected) in [
            ("recipient.plan", "equal_to", json!("team"), true),
            ("recipient.plan", "equal_to", json!("data.plan"), true),
            ("recipient.plan", "not_equal_to", json!("team"), false),
            ("recipient.active", "equal_to", json!("true"), true),
            ("recipient.seats", "equal_to", json!("12"), true),
            ("recipient.seats", "greater_than", json!("11"), true),
            (
                "recipient.seats",
                "greater_than_or_equal_to",
                json!("12"),
                true,
            ),
            ("recipient.seats", "less_than", json!("12"), false),
            (
                "recipient.seats",
                "less_than_or_equal_to",
                json!("12"),
                true,
            ),
            ("recipient.tags", "contains", json!("b"), true),
            ("recipient.tags", "not_contains", json!("b"), false),
            ("recipient.tags", "contains_all", json!("a, b"), true),
            ("recipient.tags", "not_contains_all", json!("a,c"), true),
            ("recipient.empty", "empty", json!(null), true),
            ("recipient.missing", "not_empty", json!(null), false),
            ("recipient.missing", "exists", json!(null), false),
            ("recipient.plan", "not_exists", json!(null), false),
            ("recipient.since", "is_timestamp", json!(null), true),
            (
                "recipient.since",
                "is_timestamp_before",
                json!("2026-02-01T00:00:00Z"),
                true,
            ),
            (
                "recipient.since",
                "is_timestamp_on_or_after",
                json!("2026-02-01T00:00:00Z"),
                false,
            ),
            ("recipient", "is_audience_member", json!("vip"), false),
        ] {
            let condition =
                json!({"variable": variable, "operator": operator, "argument": argument});
            assert_eq!(holds(condition.clone()), expected, "{condition}");
        }
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for wrong in [
            json!({}),
            json!([{"operator": "equal_to"}]),
            json!([{"variable": "data.x", "operator": "resembles"}]),
        ] {
            assert!(
                Condition::parse_all("conditions", &wrong).is_err(),
                "{wrong}"
            );
        }
    }
}
