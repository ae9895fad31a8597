//! Parameters from three places read the same way: a query string, a join payload, a bulk body.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use url::form_urlencoded;

use crate::clock;
use crate::owner::Owner;
use crate::refusal::Refusal;

/// Named values. Empty strings and nulls count as unset, as some SDKs send them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Map<String, Value>);

impl Params {
    /// Reads a query: `key[]` collects a list, `key[0][id]` a list of objects, `inserted_at[gt]` is
    /// `inserted_at.gt`, empty pairs are skipped.
    pub(crate) fn from_query(query: &str) -> Self {
        let mut params = Map::new();
        let mut last = None;
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            let (name, inside) = brackets(&key);
            match inside.as_slice() {
                [""] => list(&mut params, name).push(value.into()),
                [index, part] if is_index(index) => {
                    // Parts of one object come one after the other, under the same index if there is any.
                    let place = Some((name.to_owned(), (*index).to_owned()));
                    let goes_on = std::mem::replace(&mut last, place.clone()) == place;
                    let entries = list(&mut params, name);
                    match entries.last_mut() {
                        Some(Value::Object(entry)) if goes_on && !entry.contains_key(*part) => {
                            entry.insert((*part).to_owned(), value.into());
                        }
                        _ => entries.push(json!({*part: value})),
                    }
                }
                [] => {
                    params.insert(name.to_owned(), value.into());
                }
                // Knock takes a number there for the name of a part, and a list is something else.
                [index] if is_index(index) => {
                    params.insert(name.to_owned(), json!({*index: value}));
                }
                inside => {
                    params.insert(format!("{name}.{}", inside.join(".")), value.into());
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

    /// A list of users' ids and of objects' ids with their collections. `None` when unset or empty.
    pub(crate) fn references(&self, name: &str) -> Result<Option<Vec<Owner>>, Refusal> {
        let references: Option<Vec<Owner>> = match self.value(name) {
            None => return Ok(None),
            Some(Value::Array(values)) => values.iter().map(Owner::parse).collect(),
            Some(value) => Owner::parse(value).map(|owner| vec![owner]),
        };
        match references {
            Some(references) if references.is_empty() => Ok(None),
            Some(references) => Ok(Some(references)),
            None => Err(Refusal::invalid(
                name,
                "must be a list of ids or of objects with id and collection",
            )),
        }
    }
}

/// `a[b][c]` is `a`, with `b` and `c` inside.
fn brackets(key: &str) -> (&str, Vec<&str>) {
    let whole = (key, Vec::new());
    let Some((name, rest)) = key.split_once('[') else {
        return whole;
    };
    match rest.strip_suffix(']') {
        Some(rest) if !name.is_empty() => (name, rest.split("][").collect()),
        _ => whole,
    }
}

fn is_index(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The list of this name, in place of anything else that it was.
fn list<'a>(params: &'a mut Map<String, Value>, name: &str) -> &'a mut Vec<Value> {
    let entry = params.entry(name).or_insert(Value::Null);
    if !entry.is_array() {
        *entry = Value::Array(Vec::new());
    }
    entry.as_array_mut().expect("it was made a list just now")
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
    fn references_are_read_as_each_sdk_writes_them() {
        let (jane, p, q) = (
            Owner::user("jane"),
            Owner::object("projects", "p"),
            Owner::object("projects", "q"),
        );
        for (query, expected) in [
            ("r=jane", vec![&jane]),
            ("r[]=jane&r[]=", vec![]),
            ("r[0]=jane", vec![]),
            ("r[]=jane", vec![&jane]),
            (
                "r%5B0%5D%5Bid%5D=p&r%5B0%5D%5Bcollection%5D=projects",
                vec![&p],
            ),
            (
                "r[0][id]=p&r[0][collection]=projects&r[1][collection]=projects&r[1][id]=q",
                vec![&p, &q],
            ),
            (
                "r[][id]=p&r[][collection]=projects&r[][id]=q&r[][collection]=projects",
                vec![&p, &q],
            ),
            (
                "r[0][id]=jane&r[1][id]=p&r[1][collection]=projects",
                vec![&jane, &p],
            ),
            ("r[0][collection]=projects", vec![]),
        ] {
            let read = Params::from_query(query).references("r");
            let expected = expected.into_iter().cloned().collect::<Vec<_>>();
            match expected.is_empty() {
                true => assert!(read.is_err(), "{query}"),
                false => assert_eq!(read, Ok(Some(expected)), "{query}"),
            }
        }
        assert_eq!(Params::from_query("s=1").references("r"), Ok(None));
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
