//! What is wrong with a template, in a sentence for whoever wrote it.

use crate::template_filters;

/// Why a template was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TemplateError {
    /// How many lines below the first one of the template.
    pub(crate) line: usize,
    /// One sentence without a full stop.
    pub(crate) reason: String,
}

impl TemplateError {
    /// The library would look for the partial when the template is rendered, and not find it.
    pub(crate) fn of_partials(source: &str) -> Option<Self> {
        let asks = |line: &str| {
            line.split("{%").skip(1).any(|tag| {
                let name = tag.trim_start_matches('-').split_whitespace().next();
                matches!(name, Some("render" | "include"))
            })
        };
        Some(Self {
            line: source.lines().position(asks)?,
            reason: "Knock has partials for 'render', the emulator does not".to_owned(),
        })
    }

    /// Reads what the library says of a template. It draws where a mistake is, in several lines, and does not
    /// say where a filter is that it does not know.
    pub(crate) fn of(error: &str, source: &str) -> Self {
        let error = error.replace(" | doorbell_as_text", "");
        if let Some(filter) = value_of(&error, "requested filter=") {
            let reason = match template_filters::ABSENT.contains(&filter) {
                true => format!("Knock has the filter '{filter}', the emulator does not"),
                false => format!("there is no filter '{filter}'"),
            };
            return Self {
                line: line_of_filter(source, filter),
                reason,
            };
        }
        let mut lines = error.lines().map(str::trim);
        let first = lines.next().unwrap_or_default();
        let first = first.trim_start_matches("liquid: ");
        let drawn = error.split_once("--> ").map(|(_, rest)| rest);
        let line = drawn.and_then(|rest| rest.split(':').next()?.trim().parse().ok());
        let said = error
            .lines()
            .find_map(|line| line.trim().strip_prefix("= "));
        let filter = value_of(&error, "filter=");
        let tag = value_of(&error, "requested=");
        let reason = match (said, filter) {
            (Some("Unknown tag."), _) => format!("there is no tag '{}'", tag.unwrap_or_default()),
            (Some(said), _) => format!("this is no Liquid: {said}"),
            (None, Some(filter)) => format!("the filter '{filter}': {first}"),
            (None, None) => first.to_owned(),
        };
        let in_filter = || filter.map_or(0, |filter| line_of_filter(source, filter));
        Self {
            line: line.map_or_else(in_filter, |line: usize| line.saturating_sub(1)),
            reason: one_line(&reason),
        }
    }
}

pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the library notes beside a mistake as `name=value`, to the end of the line.
fn value_of<'a>(error: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = error.lines().map(str::trim);
    lines
        .find_map(|line| line.strip_prefix(name))
        .map(str::trim)
}

/// The line in which a filter is asked for.
fn line_of_filter(source: &str, filter: &str) -> usize {
    let name = filter.split([':', ' ']).next().unwrap_or_default();
    let asks = |line: &str| {
        line.split('|').skip(1).any(|part| {
            let part = part.trim_start();
            let rest = part.strip_prefix(name);
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    };
    source.lines().position(asks).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::template::{Kind, Template};

    #[test]
    fn a_template_is_refused_with_its_line_and_a_sentence() {
        for kind in [Kind::Text, Kind::Markdown] {
            for (source, line, words) in [
                ("{{ a | shout }}", 0, "there is no filter 'shout'"),
                (
                    "a\n{{ a | upcase | shout }}",
                    1,
                    "there is no filter 'shout'",
                ),
                (
                    "{{ n | currency: \"GBP\" }}",
                    0,
                    "Knock has the filter 'currency', the emulator does not",
                ),
                ("a\nb {% if %}", 1, "this is no Liquid: "),
                ("a\n\n{{ b", 2, "this is no Liquid: "),
                ("a\n{% shout %}", 1, "there is no tag 'shout'"),
                ("{% if a %}", 0, "if"),
                ("a\n{{ a | truncate: 1, 2, 3 }}", 1, "truncate"),
                ("a\n{{ at | date: \"%H\", \"Europe/Paris\" }}", 1, "date"),
                ("a\n{%- render 'cta' %}", 1, "partials"),
            ] {
                let error = Template::parse(source, kind).unwrap_err();
                assert_eq!(error.line, line, "{source}: {}", error.reason);
                assert!(error.reason.contains(words), "{source}: {}", error.reason);
                assert!(!error.reason.contains(['\n']), "{source}: {}", error.reason);
                assert!(
                    !error.reason.contains("doorbell"),
                    "{source}: {}",
                    error.reason
                );
            }
        }
    }
}
