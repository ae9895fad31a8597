//! Parameters from three places read the same way: a query string, a join payload, a bulk body.

use serde_json::{Map, Value};
use time::OffsetDateTime;
use url::form_urlencoded;

use crate::clock;
use crate::refusal::Refusal;

/// Named values. Empty strings and nulls count as unset, as some SDKs send them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Map<String, Value>);

impl Params {
    /// Reads a query: `key[]` collects a list, `inserted_at[gt]` is `inserted_at.gt`, empty pairs are skipped.
    pub(crate) fn from_query(query: &str) -> Self {
        let mut params = Map::new();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match key.strip_suffix("[]") {
                Some(list) => {
                    let entry = params
                        .entry(list)
                        .or_insert_with(|| Value::Array(Vec::new()));
                    if let Value::Array(values) = entry {
                        values.push(value.into());
                    }
                }
                None => {
                    params.insert(dotted(&key), value.into());
                }
            }
        }
        Self(params)
    }

    pub(crate) fn from_object(object: &Map<String, Value>) -> Self {
        Self(object.clone())
    }

    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        match self.0.get(name)? {
            Value::Null => None,
            Value::String(text) if text.is_empty() => None,
            value => Some(value),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Refusal::invalid(name, "must be a string")),
        }
    }

    /// One of the given words, in any case.
    pub(crate) fn word<T: Copy>(
        &self,
        name: &str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, Refusal> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        match words
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(text))
        {
            Some((_, value)) => Ok(Some(*value)),
            None => Err(Refusal::invalid(name, "is not one of the allowed values")),
        }
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.value(name) {
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            _ => self.word(name, &[("true", true), ("false", false)]),
        }
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let number = match self.value(name) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_u64(),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        number
            .map(Some)
            .ok_or_else(|| Refusal::invalid(name, "must be a whole number"))
    }

    pub(crate) fn time(&self, name: &str) -> Result<Option<OffsetDateTime>, Refusal> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        clock::parse(text)
            .map(Some)
            .ok_or_else(|| Refusal::invalid(name, "must be an ISO 8601 timestamp"))
    }

    /// A list of strings; a single string is a list of one. `None` when unset or empty.
    pub(crate) fn list(&self, name: &str) -> Result<Option<Vec<String>>, Refusal> {
        let strings: Option<Vec<String>> = match self.value(name) {
            None => return Ok(None),
            Some(Value::String(text)) => Some(vec![text.clone()]),
            Some(Value::Array(values)) => values
                .iter()
                .map(|value| value.as_str().map(str::to_owned))
                .collect(),
            Some(_) => None,
        };
        match strings {
            Some(strings) if strings.is_empty() => Ok(None),
            Some(strings) => Ok(Some(strings)),
            None => Err(Refusal::invalid(name, "must be a list of strings")),
        }
    }
}

fn dotted(key: &str) -> String {
    match key.split_once('[') {
        Some((name, rest)) if rest.ends_with(']') => format!("{name}.{}", &rest[..rest.len() - 1]),
        _ => key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_dots_brackets_and_empty_pairs_are_understood() {
        let params = Params::from_query("&a[]=1&a[]=2&&t%5Bgt%5D=x&u.lt=y+z&status=&n=7");
        assert_eq!(params.list("a").unwrap().unwrap(), ["1", "2"]);
        assert_eq!(params.text("t.gt").unwrap(), Some("x"));
        assert_eq!(params.text("u.lt").unwrap(), Some("y z"));
        assert_eq!(params.text("status").unwrap(), None);
        assert_eq!(params.number("n").unwrap(), Some(7));
    }

    #[test]
    fn a_wrong_type_names_its_field() {
        let params = Params::from_query("page_size=-1&has_tenant=maybe&inserted_at.gt=noon");
        for (field, result) in [
            ("page_size", params.number("page_size").map(|_| ())),
            ("has_tenant", params.flag("has_tenant").map(|_| ())),
            ("inserted_at.gt", params.time("inserted_at.gt").map(|_| ())),
        ] {
            let refusal = result.unwrap_err();
            assert!(
                matches!(&refusal, Refusal::InvalidParams { field: named, .. } if named == field),
                "{refusal:?}"
            );
        }
    }
}
