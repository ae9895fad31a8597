//! Dotted paths into what a run has, such as `recipient.plan`.

use serde_json::Value;

/// The part of the scope that a path starts in.
pub(crate) fn root(path: &str) -> Option<&'static str> {
    let (start, _) = path.split_once('.')?;
    ROOTS.iter().find(|root| **root == start).copied()
}

/// The value at a path like `recipient.plan`; `None` when it is no path.
pub(crate) fn find(path: &str, scope: &Value) -> Option<Value> {
    if path == "recipient" {
        return scope.get("recipient").cloned();
    }
    let start = scope.get(root(path)?).unwrap_or(&Value::Null);
    let rest = path.split('.').skip(1);
    let found = rest.fold(start, |value, key| match value {
        Value::Array(list) => key
            .parse()
            .ok()
            .and_then(|at: usize| list.get(at))
            .unwrap_or(&Value::Null),
        value => value.get(key).unwrap_or(&Value::Null),
    });
    Some(found.clone())
}

pub(crate) fn without_braces(text: &str) -> &str {
    let inside = text.trim().strip_prefix("{{");
    let inside = inside.and_then(|text| text.strip_suffix("}}"));
    inside.map_or(text, str::trim)
}

/// What paths may start with.
pub(crate) const ROOTS: &[&str] = &[
    "data",
    "recipient",
    "actor",
    "tenant",
    "workflow",
    "run",
    "vars",
    "refs",
];
