//! Liquid templates, with Markdown where a block wants it.

use std::fmt;

use liquid::model::{Object, Value as Liquid};
use liquid::{Parser, ParserBuilder, Template as Parsed};
use liquid_core::{Display_filter, Filter, FilterReflection, ParseFilter, Runtime, ValueView};
use pulldown_cmark::{Options, html};
use serde_json::Value;
use tracing::warn;

use crate::template_error::{self, TemplateError};
use crate::template_filters;

/// A template of one block.
pub(crate) struct Template {
    source: String,
    parsed: Parsed,
    /// Every path the template names, as `["actor", "name"]`.
    paths: Vec<Vec<String>>,
    /// Whether it has tags such as `if`.
    asks: bool,
    kind: Kind,
}

/// What templates see.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a>(&'a Value);

impl<'a> Scope<'a> {
    pub(crate) fn of(values: &'a Value) -> Self {
        Self(values)
    }
}

/// What becomes of the rendered text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// HTML, in which values arrive as text: no markup in them counts.
    Markdown,
    Text,
}

impl Template {
    pub(crate) fn parse(source: &str, kind: Kind) -> Result<Self, TemplateError> {
        let text = match kind {
            Kind::Markdown => with_values_as_text(source),
            Kind::Text => source.to_owned(),
        };
        if let Some(error) = TemplateError::of_partials(source) {
            return Err(error);
        }
        let parsed = parser().and_then(|parser| parser.parse(&text));
        Ok(Self {
            source: source.to_owned(),
            parsed: parsed.map_err(|error| TemplateError::of(&error.to_string(), source))?,
            paths: paths(source),
            asks: source.contains("{%"),
            kind,
        })
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// The keys of the data that it names, in the order they come.
    pub(crate) fn data(&self) -> Vec<String> {
        let mut own = Vec::new();
        let mut names = Vec::new();
        let mut rest = self.source.as_str();
        while let Some(start) = rest.find('{') {
            rest = &rest[start + 1..];
            let (is_tag, end) = match rest.chars().next() {
                Some('{') => (false, "}}"),
                Some('%') => (true, "%}"),
                _ => continue,
            };
            let inside = &rest[1..rest.find(end).unwrap_or(rest.len()).max(1)];
            // Neither filters nor what is quoted.
            let value = inside.split('|').next().unwrap_or_default();
            let unquoted: String = value.split(['"', '\'']).step_by(2).collect();
            let words: Vec<&str> = unquoted
                .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
                .filter(|word| word.starts_with(|c: char| c.is_alphabetic() || c == '_'))
                .collect();
            if is_tag
                && ["for", "assign", "capture"]
                    .iter()
                    .any(|tag| words.first() == Some(tag))
            {
                own.extend(words.get(1).map(|name| (*name).to_owned()));
            }
            for path in words {
                let mut path = path.split('.');
                let name = match path.next() {
                    Some("data") => path.next(),
                    Some(name) if WORDS.contains(&name) || (is_tag && TAGS.contains(&name)) => None,
                    name => name,
                };
                names.extend(name.map(str::to_owned).filter(|name| !own.contains(name)));
            }
        }
        names
    }

    /// The text with the scope's values; what the scope does not have is empty.
    pub(crate) fn render(&self, scope: &Scope) -> String {
        // A missing variable is an error to the library. Padding helps, but makes `if nobody` true when the
        // template also names `nobody.name`, so it comes first only where nothing is asked.
        let seen = self.named(*scope);
        let padded = |seen| self.parsed.render(&self.padded(seen));
        let rendered = match self.asks {
            true => self.parsed.render(&seen).or_else(|_| padded(seen)),
            false => padded(seen),
        };
        let text = rendered.unwrap_or_else(|error| {
            warn!(
                reason = template_error::one_line(&error.to_string()),
                "left a block empty whose template failed"
            );
            String::new()
        });
        match self.kind {
            Kind::Text => text,
            Kind::Markdown => {
                let mut rendered = String::with_capacity(text.len() * 2);
                let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES;
                html::push_html(
                    &mut rendered,
                    pulldown_cmark::Parser::new_ext(&text, options),
                );
                rendered.trim_end().to_owned()
            }
        }
    }

    /// What of the scope the template names: the rest may be much.
    fn named(&self, Scope(values): Scope) -> Object {
        let mut named = Object::new();
        for root in self.paths.iter().filter_map(|path| path.first()) {
            if let Some(value) = values.get(root)
                && !named.contains_key(root.as_str())
                && let Ok(value) = liquid::model::to_value(value)
            {
                named.insert(root.clone().into(), value);
            }
        }
        named
    }

    /// The scope with nil wherever the template looks and finds nothing.
    fn padded(&self, mut scope: Object) -> Object {
        for path in &self.paths {
            pad(&mut scope, path);
        }
        scope
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Template").field(&self.source).finish()
    }
}

fn pad(object: &mut Object, path: &[String]) {
    let Some((key, rest)) = path.split_first() else {
        return;
    };
    let value = object.entry(key.clone()).or_insert(Liquid::Nil);
    if rest.is_empty() {
        return;
    }
    if value.is_nil() {
        *value = Liquid::Object(Object::new());
    }
    if let Liquid::Object(inside) = value {
        pad(inside, rest);
    }
}

fn parser() -> Result<Parser, liquid::Error> {
    let builder = template_filters::knocks_own(ParserBuilder::with_stdlib());
    builder.filter(AsText).build()
}

/// Sends every value that a template writes through the filter below.
fn with_values_as_text(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(start) = rest.find("{{") {
        let Some(length) = rest[start..].find("}}") else {
            break;
        };
        let inside = &rest[start..start + length];
        let (inside, dash) = match inside.strip_suffix('-') {
            Some(inside) => (inside, "-"),
            None => (inside, ""),
        };
        text.push_str(&rest[..start]);
        text.push_str(inside);
        text.push_str("| doorbell_as_text ");
        text.push_str(dash);
        text.push_str("}}");
        rest = &rest[start + length + 2..];
    }
    text.push_str(rest);
    text
}

#[derive(Clone, ParseFilter, FilterReflection)]
#[filter(
    name = "doorbell_as_text",
    description = "Writes every character that Markdown or HTML could take for markup as an entity.",
    parsed(AsTextFilter)
)]
struct AsText;

#[derive(Debug, Default, Display_filter)]
#[name = "doorbell_as_text"]
struct AsTextFilter;

impl Filter for AsTextFilter {
    fn evaluate(&self, input: &dyn ValueView, _: &dyn Runtime) -> liquid_core::Result<Liquid> {
        let text = input.to_kstr();
        let mut escaped = String::with_capacity(text.len());
        for (index, character) in text.char_indices() {
            let is_markup = character.is_ascii_punctuation() || matches!(character, '\n' | '\r');
            let is_edge = character.is_whitespace() && index == 0;
            // A digit may begin a list.
            let begins_list = character.is_ascii_digit() && index == 0;
            match is_markup || is_edge || begins_list {
                true => escaped.push_str(&format!("&#{};", u32::from(character))),
                false => escaped.push(character),
            }
        }
        Ok(Liquid::scalar(escaped))
    }
}

/// The dotted names inside `{{ … }}` and `{% … %}`; words of the language among them do no harm.
fn paths(source: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    for (open, close) in [("{{", "}}"), ("{%", "%}")] {
        let mut rest = source;
        while let Some(start) = rest.find(open) {
            let inside = &rest[start + 2..];
            let length = inside.find(close).unwrap_or(inside.len());
            let is_separator = |c: char| !(c.is_alphanumeric() || "_-.".contains(c));
            let words = inside[..length].split(is_separator);
            // A dash may be part of a name, or of the tag.
            let words = words.map(|word| word.trim_matches('-'));
            let names =
                words.filter(|word| word.starts_with(|c: char| c.is_alphabetic() || c == '_'));
            paths.extend(names.map(|name| name.split('.').map(str::to_owned).collect()));
            rest = &inside[length..];
        }
    }
    paths
}

/// What templates see beside the data.
const WORDS: &[&str] = &[
    "activities",
    "actor",
    "actors",
    "current_message",
    "forloop",
    "recipient",
    "run",
    "tenant",
    "timestamp",
    "total_activities",
    "total_actors",
    "vars",
    "workflow",
    "true",
    "false",
    "nil",
    "blank",
    "empty",
];

/// Words of tags.
const TAGS: &[&str] = &[
    "if",
    "elsif",
    "else",
    "endif",
    "unless",
    "endunless",
    "case",
    "when",
    "endcase",
    "for",
    "in",
    "endfor",
    "assign",
    "capture",
    "endcapture",
    "and",
    "or",
    "contains",
    "limit",
    "offset",
    "reversed",
    "comment",
    "endcomment",
    "raw",
    "endraw",
    "break",
    "continue",
    "cycle",
    "increment",
    "decrement",
    "render",
    "include",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn render(source: &str, scope: &Value, kind: Kind) -> String {
        Template::parse(source, kind)
            .unwrap()
            .render(&Scope::of(scope))
    }

    #[test]
    fn what_the_scope_does_not_have_is_empty_or_its_default() {
        let scope = json!({"nobody": null, "hollow": "", "list": [{"a": 1}]});
        for path in [
            "missing",
            "nobody",
            "hollow",
            "nobody.deeper",
            "missing.deeper.still",
        ] {
            assert_eq!(
                render(&format!("{{{{ {path} }}}}!"), &scope, Kind::Text),
                "!",
                "{path}"
            );
            let template = format!("{{{{ {path} | default: \"some one\" }}}}!");
            assert_eq!(render(&template, &scope, Kind::Text), "some one!", "{path}");
        }
        let guarded = "{% if nobody %}{{ nobody.name }}{% else %}nobody{% endif %}";
        assert_eq!(render(guarded, &scope, Kind::Text), "nobody");
    }

    #[test]
    fn loops_filters_and_conditions_work() {
        let scope = json!({"names": ["ann", "bob"], "n": 2});
        let template = "{% for name in names %}{{ name | capitalize }}{% unless forloop.last %}, {% endunless %}{% endfor %} {% if n > 1 %}are{% endif %}";
        assert_eq!(render(template, &scope, Kind::Text), "Ann, Bob are");
    }

    #[test]
    fn markdown_is_of_the_template_only() {
        let scope = json!({"a": "<b>x</b> & *y* [z](javascript:1)\n\n# head", "n": 3});
        assert_eq!(
            render("**{{ a }}** {{n}}", &scope, Kind::Markdown),
            "<p><strong>&lt;b&gt;x&lt;/b&gt; &amp; *y* [z](javascript:1)\n\n# head</strong> 3</p>"
        );
        assert_eq!(
            render("{{- n -}}", &json!({"n": "1. x"}), Kind::Markdown),
            "<p>1. x</p>"
        );
        assert_eq!(
            render("{{ a }}", &json!({"a": "    x"}), Kind::Markdown),
            "<p>    x</p>"
        );
    }

    #[test]
    fn the_data_that_a_template_names_is_told_from_what_else_it_says() {
        for (template, expected) in [
            (
                "{{ a }} {{ data.b | default: \"c d\" }} {{ actor.name }} {{ vars.url }}/{{ e.f }}",
                vec!["a", "b", "e"],
            ),
            (
                "{% if n > 1 and x contains 'y' %}{{ n }}{% elsif data.z %}{% endif %}",
                vec!["n", "x", "n", "z"],
            ),
            (
                "{% for one in list %}{{ one.name }}{% unless forloop.last %}, {% endunless %}{% endfor %}",
                vec!["list"],
            ),
            ("a { brace and {{ unclosed", vec!["unclosed"]),
        ] {
            let parsed = Template {
                source: template.to_owned(),
                ..Template::parse("", Kind::Text).unwrap()
            };
            assert_eq!(parsed.data(), expected, "{template}");
        }
    }

    #[test]
    fn what_a_template_names_is_found_however_it_is_written() {
        let scope = json!({"a-b": {"c-d": 1}, "list": [{"n": 2}], "key": "n", "n": 3});
        for (template, expected) in [
            ("{{ a-b.c-d }}", "1"),
            ("{{- n -}}", "3"),
            ("{{ list[0].n }}{{ list.first.n }}", "22"),
            ("{{ list[0][key] }}", "2"),
            (
                "{% assign other = list %}{% for one in other %}{{ one.n }}{% endfor %}",
                "2",
            ),
            (
                "{% case n %}{% when 3 %}three{% endcase %}{% unless missing %}!{% endunless %}",
                "three!",
            ),
            ("{{ n | plus: n }}", "6"),
        ] {
            assert_eq!(render(template, &scope, Kind::Text), expected, "{template}");
        }
    }

    #[test]
    fn a_value_is_not_a_template() {
        let scope = json!({"a": "{{ b }}", "b": "no"});
        assert_eq!(render("{{ a }}", &scope, Kind::Text), "{{ b }}");
        assert_eq!(render("{{ a }}", &scope, Kind::Markdown), "<p>{{ b }}</p>");
    }
}
