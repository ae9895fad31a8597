//! Filters that Knock's Liquid has beside the standard ones.

use liquid::ParserBuilder;
use liquid::model::Value;
use liquid_core::{
    Display_filter, Error, Expression, Filter, FilterParameters, FilterReflection,
    FromFilterParameters, ParseFilter, Result, Runtime, ValueView,
};

/// Adds those that the emulator has.
pub(crate) fn knocks_own(builder: ParserBuilder) -> ParserBuilder {
    builder
        .filter(Json)
        .filter(FromJson)
        .filter(Pluralize)
        .filter(TitleCase)
        .filter(Intersect)
}

/// Those that it does not have; a template that asks for one is refused.
pub(crate) const ABSENT: &[&str] = &[
    "compare_versions",
    "currency",
    "format_date_in_locale",
    "format_datetime_in_locale",
    "format_number",
    "from_markdown",
    "hmac_sha256",
    "md5",
    "object",
    "rounded_currency",
    "sha256",
    "subscriptions",
    "tenant",
    "timezone",
    "user",
];

#[derive(Clone, ParseFilter, FilterReflection)]
#[filter(
    name = "json",
    description = "Writes a value as JSON.",
    parsed(JsonFilter)
)]
struct Json;

#[derive(Debug, Default, Display_filter)]
#[name = "json"]
struct JsonFilter;

impl Filter for JsonFilter {
    fn evaluate(&self, input: &dyn ValueView, _: &dyn Runtime) -> Result<Value> {
        let json = serde_json::to_string(&input.to_value());
        json.map(Value::scalar)
            .map_err(|error| Error::with_msg(error.to_string()))
    }
}

#[derive(Clone, ParseFilter, FilterReflection)]
#[filter(
    name = "from_json",
    description = "Reads JSON.",
    parsed(FromJsonFilter)
)]
struct FromJson;

#[derive(Debug, Default, Display_filter)]
#[name = "from_json"]
struct FromJsonFilter;

impl Filter for FromJsonFilter {
    fn evaluate(&self, input: &dyn ValueView, _: &dyn Runtime) -> Result<Value> {
        let text = input.to_kstr();
        serde_json::from_str(text.as_str()).map_err(|error| Error::with_msg(error.to_string()))
    }
}

#[derive(Debug, FilterParameters)]
struct PluralizeArgs {
    #[parameter(description = "What one is called.", arg_type = "str")]
    one: Expression,
    #[parameter(description = "What any other number is called.", arg_type = "str")]
    many: Expression,
}

#[derive(Clone, ParseFilter, FilterReflection)]
#[filter(
    name = "pluralize",
    description = "The first word for one, the second for any other number.",
    parameters(PluralizeArgs),
    parsed(PluralizeFilter)
)]
struct Pluralize;

#[derive(Debug, FromFilterParameters, Display_filter)]
#[name = "pluralize"]
struct PluralizeFilter {
    #[parameters]
    args: PluralizeArgs,
}

impl Filter for PluralizeFilter {
    fn evaluate(&self, input: &dyn ValueView, runtime: &dyn Runtime) -> Result<Value> {
        let args = self.args.evaluate(runtime)?;
        let is_one = input.to_kstr().trim() == "1";
        let word = if is_one { args.one } else { args.many };
        Ok(Value::scalar(word.to_string()))
    }
}

#[derive(Clone, ParseFilter, FilterReflection)]
#[filter(
    name = "titlecase",
    description = "Writes each word with a capital.",
    parsed(TitleCaseFilter)
)]
struct TitleCase;

#[derive(Debug, Default, Display_filter)]
#[name = "titlecase"]
struct TitleCaseFilter;

impl Filter for TitleCaseFilter {
    fn evaluate(&self, input: &dyn ValueView, _: &dyn Runtime) -> Result<Value> {
        let mut title = String::new();
        let mut begins = true;
        for character in input.to_kstr().chars() {
            match begins {
                true => title.extend(character.to_uppercase()),
                false => title.extend(character.to_lowercase()),
            }
            begins = character.is_whitespace();
        }
        Ok(Value::scalar(title))
    }
}

#[derive(Debug, FilterParameters)]
struct IntersectArgs {
    #[parameter(description = "The other list.")]
    other: Expression,
}

#[derive(Clone, ParseFilter, FilterReflection)]
#[filter(
    name = "intersect",
    description = "What both lists have.",
    parameters(IntersectArgs),
    parsed(IntersectFilter)
)]
struct Intersect;

#[derive(Debug, FromFilterParameters, Display_filter)]
#[name = "intersect"]
struct IntersectFilter {
    #[parameters]
    args: IntersectArgs,
}

impl Filter for IntersectFilter {
    fn evaluate(&self, input: &dyn ValueView, runtime: &dyn Runtime) -> Result<Value> {
        let args = self.args.evaluate(runtime)?;
        let list = |value: &dyn ValueView| -> Result<Vec<Value>> {
            let list = value.as_array();
            let list = list.ok_or_else(|| Error::with_msg("intersect is of two lists"))?;
            Ok(list.values().map(|value| value.to_value()).collect())
        };
        let other = list(&args.other)?;
        let both = list(input)?
            .into_iter()
            .filter(|value| other.contains(value));
        Ok(Value::Array(both.collect()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::template::{Kind, Scope, Template};
    use serde_json::json;

    #[test]
    fn each_writes_what_knock_writes() {
        let scope = json!({"one": 1, "n": 3, "name": "the quick  BROWN fox", "a": [1, 2, 3], "b": [3, 1], "o": {"x": [true, null]}, "text": "{\"x\": {\"y\": 7}}"});
        for (template, expected) in [
            ("{{ one | pluralize: \"user\", \"users\" }}", "user"),
            (
                "{{ n }} {{ n | pluralize: \"user\", \"users\" }}",
                "3 users",
            ),
            ("{{ name | titlecase }}", "The Quick  Brown Fox"),
            ("{{ a | intersect: b | join: \"-\" }}", "1-3"),
            ("{{ o | json }}", "{\"x\":[true,null]}"),
            ("{% assign read = text | from_json %}{{ read.x.y }}", "7"),
        ] {
            let parsed = Template::parse(template, Kind::Text).unwrap();
            assert_eq!(parsed.render(&Scope::of(&scope)), expected, "{template}");
        }
    }

    #[test]
    fn the_document_names_every_filter_that_is_there_and_every_one_that_is_not() {
        let document = include_str!("../../../docs/emulator.md");
        let start = document.find("Templates are Liquid").unwrap();
        let named: BTreeSet<&str> = document[start..]
            .split("\n\n")
            .next()
            .unwrap()
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .collect();
        let parser = knocks_own(ParserBuilder::with_stdlib()).build().unwrap();
        let error = parser.parse("{{ a | none }}").err().unwrap().to_string();
        let available = error.split_once("available filters=").unwrap().1;
        let available = available.lines().next().unwrap().split(", ");
        for filter in available.chain(ABSENT.iter().copied()) {
            assert!(named.contains(filter), "{filter}");
        }
    }
}
