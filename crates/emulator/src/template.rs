//! The `{{ path | default: "text" }}` substitution of the built-in workflows.

use serde_json::Value;

/// How a substituted value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Escape {
    Html,
    None,
}

/// Replaces each `{{ … }}` by the value at its path in `scope`, or by its default.
///
/// An unknown path without a default gives nothing; an unclosed `{{` stays as it is.
pub(crate) fn render(template: &str, scope: &Value, escape: Escape) -> String {
    let mut rendered = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(start) = rest.find("{{") {
        let Some(length) = rest[start..].find("}}") else {
            break;
        };
        rendered.push_str(&rest[..start]);
        let value = evaluate(&rest[start + 2..start + length], scope);
        match escape {
            Escape::Html => escape_into(&mut rendered, &value),
            Escape::None => rendered.push_str(&value),
        }
        rest = &rest[start + length + 2..];
    }
    rendered.push_str(rest);
    rendered
}

fn evaluate(expression: &str, scope: &Value) -> String {
    let (path, default) = match expression.split_once("| default:") {
        Some((path, default)) => (path, default.trim().trim_matches('"')),
        None => (expression, ""),
    };
    let value = path
        .trim()
        .split('.')
        .try_fold(scope, |value, key| value.get(key));
    match value {
        None | Some(Value::Null) => default.to_owned(),
        Some(Value::String(text)) if text.is_empty() => default.to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}

fn escape_into(target: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => target.push_str("&amp;"),
            '<' => target.push_str("&lt;"),
            '>' => target.push_str("&gt;"),
            '"' => target.push_str("&quot;"),
            '\'' => target.push_str("&#39;"),
            other => target.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_found_by_path_and_escaped() {
        let scope = json!({"a": {"b": "<x & \"y\">"}, "n": 3});
        assert_eq!(
            render("[{{ a.b }}] {{n}}", &scope, Escape::Html),
            "[&lt;x &amp; &quot;y&quot;&gt;] 3"
        );
        assert_eq!(render("[{{ a.b }}]", &scope, Escape::None), "[<x & \"y\">]");
    }

    #[test]
    fn a_missing_null_or_empty_value_takes_its_default() {
        let scope = json!({"null": null, "empty": ""});
        for path in ["missing", "null", "empty", "null.deeper"] {
            let template = format!("{{{{ {path} | default: \"some one\" }}}}!");
            assert_eq!(render(&template, &scope, Escape::Html), "some one!");
        }
        assert_eq!(render("{{ missing }}!", &scope, Escape::Html), "!");
    }

    #[test]
    fn an_unclosed_brace_stays() {
        assert_eq!(render("a {{ b", &json!({}), Escape::Html), "a {{ b");
    }

    #[test]
    fn a_value_is_not_a_template() {
        let scope = json!({"a": "{{ b }}", "b": "no"});
        assert_eq!(render("{{ a }}", &scope, Escape::None), "{{ b }}");
    }
}
