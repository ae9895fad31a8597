//! Workflows of a few steps, their runs, and what comes of them.

use serde_json::{Value, json};

use super::Knock;

const IN_APP: &str = r#"
[[steps]]
type = "in_app"
[[steps.blocks]]
type = "markdown"
name = "body"
content = "{{ total_activities }} by {% for actor in actors %}{{ actor.name }};{% endfor %} on **{{ page }}** ({{ data.note | default: 'no note' }}, {{ tenant.name }})"
"#;

/// A knock whose workflow `w` takes these steps and then writes to the feed.
pub(crate) fn with_steps(steps: &str) -> Knock {
    let mut knock = Knock::new();
    knock
        .emulator
        .load_workflow("w", &format!("{steps}\n{IN_APP}"))
        .unwrap();
    knock
}

pub(crate) fn trigger(knock: &mut Knock, body: Value) {
    knock.run("w", &body);
}

pub(crate) fn to_jane(more: Value) -> Value {
    let mut body = json!({"recipients": [{"id": "jane"}]});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    body
}

pub(crate) fn bodies(knock: &mut Knock) -> Vec<String> {
    let feed = knock.feed("jane", "");
    let entries = feed["entries"].as_array().unwrap();
    let body = |entry: &Value| entry["blocks"][0]["rendered"].as_str().unwrap().to_owned();
    entries.iter().map(body).collect()
}

/// What the console says, in one text.
pub(crate) fn notes(knock: &mut Knock) -> String {
    let log = knock.secret("GET", "/_emulator/log", "").json();
    let entries = log["entries"].as_array().unwrap().iter();
    let notes: Vec<&str> = entries.filter_map(|entry| entry["text"].as_str()).collect();
    notes.join("\n")
}
