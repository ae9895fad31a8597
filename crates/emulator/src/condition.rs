//! Conditions of preferences, workflows and their steps.

use serde_json::Value;
use time::OffsetDateTime;

use crate::operator::{self, Operator};
use crate::path;
use crate::refusal::Refusal;
use crate::workflow_text::At;

/// What must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Conditions {
    All(Vec<Self>),
    Any(Vec<Self>),
    One(Condition),
}

/// One `{variable, operator, argument}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    variable: String,
    operator: Operator,
    argument: Option<Value>,
}

/// What conditions look at, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    /// `data`, `recipient`, `actor`, `tenant`, `workflow`, `run`, `vars`, `refs`.
    pub(crate) scope: &'a Value,
    pub(crate) now: OffsetDateTime,
}

/// Where some conditions are wrong, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// From the conditions to the part that is wrong.
    pub(crate) way: Vec<At>,
    pub(crate) reason: String,
}

impl Conditions {
    /// Nothing is asked.
    pub(crate) fn none() -> Self {
        Self::All(Vec::new())
    }

    /// Reads a list, of which all must hold, or a group of `all` or `any`.
    pub(crate) fn parse(value: &Value) -> Result<Self, Misfit> {
        match value {
            Value::Null => Ok(Self::none()),
            Value::Array(list) => Self::parse_list(list).map(Self::All),
            Value::Object(group) if group.contains_key("all") || group.contains_key("any") => {
                Self::parse_group(value)
            }
            _ => Err(Misfit::here(
                "conditions are a list, or a group with 'all' or 'any'",
            )),
        }
    }

    /// As preferences say it: a list, and nothing else. Any variable will do: it is empty where nothing is found.
    pub(crate) fn parse_flat(field: &str, value: &Value) -> Result<Self, Refusal> {
        let all = match value {
            Value::Null => Vec::new(),
            Value::Array(list) => list
                .iter()
                .map(Condition::parse)
                .collect::<Result<Vec<_>, _>>()
                .map_err(|misfit| Refusal::invalid(field, &misfit.reason))?,
            _ => return Err(Refusal::invalid(field, "must be a list of conditions")),
        };
        Ok(Self::All(all.into_iter().map(Self::One).collect()))
    }

    fn parse_list(list: &[Value]) -> Result<Vec<Self>, Misfit> {
        let inside = |(index, value): (usize, &Value)| {
            let is_group = value.get("all").is_some() || value.get("any").is_some();
            let parsed = match is_group {
                true => Self::parse_group(value),
                false => Condition::parse_strictly(value).map(Self::One),
            };
            parsed.map_err(|misfit| misfit.inside(At::Index(index)))
        };
        list.iter().enumerate().map(inside).collect()
    }

    fn parse_group(value: &Value) -> Result<Self, Misfit> {
        let entries: Vec<(&String, &Value)> = value.as_object().into_iter().flatten().collect();
        let [(name, list)] = entries.as_slice() else {
            return Err(Misfit::here(
                "a group has 'all' or 'any', and nothing beside it",
            ));
        };
        let (key, group): (&'static str, fn(Vec<Self>) -> Self) = match name.as_str() {
            "any" => ("any", Self::Any),
            _ => ("all", Self::All),
        };
        match list.as_array().filter(|list| !list.is_empty()) {
            Some(list) => Self::parse_list(list)
                .map(group)
                .map_err(|misfit| misfit.inside(At::Key(key))),
            None => Err(Misfit::here("a group is a list of conditions").inside(At::Key(key))),
        }
    }

    pub(crate) fn are_none(&self) -> bool {
        matches!(self, Self::All(all) if all.is_empty())
    }

    /// What does not hold, in words; nothing when all is as it must be.
    pub(crate) fn failing(&self, view: View) -> Option<String> {
        match self {
            Self::All(all) => all.iter().find_map(|one| one.failing(view)),
            Self::Any(any) => {
                let failing: Option<Vec<String>> =
                    any.iter().map(|one| one.failing(view)).collect();
                failing.map(|all| all.join(", nor "))
            }
            Self::One(condition) => (!condition.holds(view)).then(|| condition.in_words(view)),
        }
    }

    /// The keys of the data that they look at.
    pub(crate) fn data(&self) -> Vec<String> {
        let paths = self.paths().into_iter();
        let of_data = paths.filter_map(|path| path.strip_prefix("data."));
        of_data
            .filter_map(|path| path.split('.').next())
            .map(str::to_owned)
            .collect()
    }

    /// Every variable and argument that is a path.
    pub(crate) fn paths(&self) -> Vec<&str> {
        match self {
            Self::All(inside) | Self::Any(inside) => inside.iter().flat_map(Self::paths).collect(),
            Self::One(condition) => {
                let argument = condition.argument.as_ref().and_then(Value::as_str);
                std::iter::once(condition.variable.as_str())
                    .chain(argument.map(path::without_braces))
                    .filter(|path| path::root(path).is_some())
                    .collect()
            }
        }
    }
}

impl Condition {
    fn parse(value: &Value) -> Result<Self, Misfit> {
        let Some(object) = value.as_object() else {
            return Err(Misfit::here(
                "a condition is an object with variable, operator and argument",
            ));
        };
        let text = |key: &'static str| {
            let text = object.get(key).and_then(Value::as_str);
            let text = text.filter(|text| !text.is_empty());
            text.ok_or_else(|| {
                Misfit::here(&format!("a condition needs '{key}', a text")).inside(At::Key(key))
            })
        };
        let variable = text("variable")?.to_owned();
        let name = text("operator")?;
        let operator = Operator::parse(name).ok_or_else(|| {
            let all = Operator::names();
            let reason = format!("the operator '{name}' is not known; there are {all}");
            Misfit::here(&reason).inside(At::Key("operator"))
        })?;
        let argument = object.get("argument").filter(|value| !value.is_null());
        if operator.needs_argument() && !object.contains_key("argument") {
            return Err(Misfit::here(&format!("'{name}' needs an argument")));
        }
        Ok(Self {
            variable,
            operator,
            argument: argument.map(plain),
        })
    }

    /// As files say it: what is misspelled is refused, where the API overlooks it.
    fn parse_strictly(value: &Value) -> Result<Self, Misfit> {
        let keys = value
            .as_object()
            .into_iter()
            .flat_map(|object| object.keys());
        let mut unknown = keys.filter(|key| !PARTS.contains(&key.as_str()));
        if let Some(key) = unknown.next() {
            let parts = PARTS.join(", ");
            let reason = format!("a condition has no '{key}'; it has {parts}");
            return Err(Misfit::here(&reason));
        }
        let condition = Self::parse(value)?;
        let variable = condition.variable.as_str();
        if path::root(variable).is_none() && variable != "recipient" {
            let roots = path::ROOTS.join(".…, ");
            let reason = format!("the variable '{variable}' begins with none of {roots}.…");
            return Err(Misfit::here(&reason).inside(At::Key("variable")));
        }
        Ok(condition)
    }

    fn holds(&self, view: View) -> bool {
        let value = path::find(&self.variable, view.scope).unwrap_or_default();
        let argument = self.argument(view).unwrap_or_default();
        self.operator.holds(&value, &argument, view.now)
    }

    /// A path is what it leads to; any other text is JSON if it can be.
    fn argument(&self, view: View) -> Option<Value> {
        let Some(Value::String(written)) = &self.argument else {
            return self.argument.clone();
        };
        if let Some(status) = written.strip_prefix("$message.") {
            return Some(status.into());
        }
        let found = path::find(path::without_braces(written), view.scope);
        found.or_else(|| {
            let json = serde_json::from_str(written).ok();
            json.or_else(|| Some(written.as_str().into()))
        })
    }

    fn in_words(&self, view: View) -> String {
        let value = path::find(&self.variable, view.scope).unwrap_or_default();
        let mut words = format!("{} {}", self.variable, self.operator.name());
        if self.operator.needs_argument() {
            let argument = self.argument(view).unwrap_or_default();
            words += &format!(" {}", operator::text(&argument));
        }
        words + &format!(" (it is {value})")
    }
}

impl Misfit {
    fn here(reason: &str) -> Self {
        Self {
            way: Vec::new(),
            reason: reason.to_owned(),
        }
    }

    fn inside(mut self, step: At) -> Self {
        self.way.insert(0, step);
        self
    }
}

/// A date of TOML is its text.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(object) if object.len() == 1 => {
            let date = object.get("$__toml_private_datetime");
            date.unwrap_or(value).clone()
        }
        value => value.clone(),
    }
}

const PARTS: &[&str] = &["variable", "operator", "argument"];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn failing(conditions: &Value) -> Option<String> {
        let scope = json!({
            "recipient": {"plan": "team", "seats": 12, "tags": ["a", "b"]},
            "actor": null,
            "data": {"plan": "team", "tags": ["b"]},
            "tenant": {"id": "acme"},
            "workflow": {"categories": ["news"]},
            "run": {"total_activities": 3},
            "vars": {"app_url": "https://example.com"},
            "refs": {"in_app_1": {"engagement_status": ["seen"], "delivery_status": "delivered"}},
        });
        let view = View {
            scope: &scope,
            now: OffsetDateTime::UNIX_EPOCH,
        };
        Conditions::parse(conditions).unwrap().failing(view)
    }

    fn one(variable: &str, operator: &str, argument: &str) -> Value {
        json!({"variable": variable, "operator": operator, "argument": argument})
    }

    #[test]
    fn an_argument_is_a_path_or_json_or_text() {
        for condition in [
            one("recipient.plan", "equal_to", "team"),
            one("recipient.plan", "equal_to", "data.plan"),
            one("recipient.plan", "equal_to", "{{ data.plan }}"),
            one("recipient.tags", "contains", "data.tags"),
            one("recipient.tags", "contains_all", "[\"a\", \"b\"]"),
            one("recipient.tags.1", "equal_to", "b"),
            one("recipient.seats", "is_between", "[10, 12]"),
            one("actor.name", "empty", ""),
            one("tenant.id", "equal_to", "acme"),
            one("workflow.categories", "contains", "news"),
            one("run.total_activities", "greater_than", "2"),
            one("vars.app_url", "contains", "example"),
            one(
                "refs.in_app_1.engagement_status",
                "contains",
                "$message.seen",
            ),
            one(
                "refs.in_app_1.delivery_status",
                "greater_than_or_equal_to",
                "$message.sent",
            ),
        ] {
            assert_eq!(failing(&json!([condition])), None);
        }
        let argument = json!([{"variable": "recipient.tags", "operator": "contains_all", "argument": ["a", "b"]}]);
        assert_eq!(failing(&argument), None);
    }

    #[test]
    fn groups_nest_and_say_what_does_not_hold() {
        let (yes, no) = (
            one("recipient.plan", "equal_to", "team"),
            one("recipient.seats", "less_than", "3"),
        );
        assert_eq!(failing(&json!({"any": [no, yes]})), None);
        assert_eq!(failing(&json!({"any": [no, {"all": [yes, yes]}]})), None);
        assert_eq!(
            failing(&json!({"any": [no, {"all": [yes, no]}]})).as_deref(),
            Some(
                "recipient.seats less_than 3 (it is 12), nor recipient.seats less_than 3 (it is 12)"
            )
        );
        assert_eq!(
            failing(&json!([yes, no])).as_deref(),
            Some("recipient.seats less_than 3 (it is 12)")
        );
    }

    #[test]
    fn what_is_no_condition_is_refused_with_its_place() {
        let yes = one("data.x", "empty", "");
        for (wrong, way, word) in [
            (json!("x"), vec![], "list"),
            (json!({}), vec![], "list"),
            (json!([yes, 7]), vec![At::Index(1)], "object"),
            (
                json!([{"operator": "empty"}]),
                vec![At::Index(0), At::Key("variable")],
                "variable",
            ),
            (
                json!([one("data.x", "resembles", "")]),
                vec![At::Index(0), At::Key("operator")],
                "resembles",
            ),
            (
                json!([one("date.x", "empty", "")]),
                vec![At::Index(0), At::Key("variable")],
                "date.x",
            ),
            (
                json!([{"variable": "data.x", "operator": "equal_to"}]),
                vec![At::Index(0)],
                "argument",
            ),
            (
                json!([{"variable": "data.x", "operator": "empty", "value": 1}]),
                vec![At::Index(0)],
                "'value'",
            ),
            (json!({"any": []}), vec![At::Key("any")], "list"),
            (
                json!({"any": [yes], "all": [yes]}),
                vec![],
                "nothing beside",
            ),
            (
                json!({"any": [{"all": [one("data.x", "is", "")]}]}),
                vec![
                    At::Key("any"),
                    At::Index(0),
                    At::Key("all"),
                    At::Index(0),
                    At::Key("operator"),
                ],
                "'is'",
            ),
        ] {
            let misfit = Conditions::parse(&wrong).unwrap_err();
            assert_eq!(misfit.way, way, "{wrong}: {}", misfit.reason);
            assert!(misfit.reason.contains(word), "{wrong}: {}", misfit.reason);
        }
    }

    #[test]
    fn preferences_have_lists_alone() {
        let flat = |value: Value| Conditions::parse_flat("conditions", &value);
        assert!(flat(json!([one("specimen.dna", "contains", "x")])).is_ok());
        assert!(flat(json!({"any": []})).is_err());
        assert!(flat(json!([{"variable": "x", "operator": "resembles"}])).is_err());
    }
}
