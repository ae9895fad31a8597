//! Workflows: what happens to each recipient of a trigger, step by step.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};
use tracing::warn;

use crate::condition::Conditions;
use crate::message::Origin;
use crate::step::Step;
use crate::workflow_file::WorkflowError;

#[derive(Debug)]
pub(crate) struct Workflow {
    pub(crate) key: String,
    /// For people.
    pub(crate) name: Option<String>,
    pub(crate) version_id: String,
    pub(crate) categories: Vec<String>,
    pub(crate) is_commercial: bool,
    /// Sent whatever the recipient's preferences say.
    pub(crate) overrides_preferences: bool,
    /// Must hold for a recipient, or nothing happens.
    pub(crate) conditions: Conditions,
    pub(crate) steps: Vec<Step>,
}

impl Workflow {
    /// What messages remember of it.
    pub(crate) fn origin(&self) -> Origin {
        Origin {
            key: self.key.clone(),
            version_id: self.version_id.clone(),
            categories: self.categories.clone(),
        }
    }

    /// The keys of the data that its conditions and templates name, in the order they come.
    pub(crate) fn expected_data(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let steps = self.steps.iter().flat_map(Step::data);
        for name in self.conditions.data().into_iter().chain(steps) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Stands for the workflow of this key in a run that was brought back, until the run goes on.
    pub(crate) fn awaited(key: String) -> Self {
        Self {
            key,
            name: None,
            version_id: String::new(),
            categories: Vec::new(),
            is_commercial: false,
            overrides_preferences: false,
            conditions: Conditions::none(),
            steps: Vec::new(),
        }
    }

    /// Whether only its key is known: a file without steps is refused.
    pub(crate) fn is_awaited(&self) -> bool {
        self.steps.is_empty()
    }
}

/// The workflows of an environment, by key.
#[derive(Clone, Debug)]
pub(crate) struct Workflows(BTreeMap<String, Arc<Workflow>>);

impl Workflows {
    /// The demo set. Each looks complete when triggered with nothing but a recipient, and says more with data.
    pub(crate) fn built_in() -> Self {
        static READ: OnceLock<Workflows> = OnceLock::new();
        let read = READ.get_or_init(|| {
            let mut workflows = Self(BTreeMap::new());
            for (key, text) in BUILT_IN {
                if let Err(error) = workflows.load(key, text) {
                    warn!(key, %error, "left out a built-in workflow");
                }
            }
            workflows
        });
        read.clone()
    }

    /// Adds the workflow of a file, in place of one with the same key.
    pub(crate) fn load(&mut self, key: &str, text: &str) -> Result<(), WorkflowError> {
        let workflow = Workflow::parse(key, text)?;
        self.0.insert(key.to_owned(), Arc::new(workflow));
        Ok(())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Workflow>> {
        self.0.values()
    }

    pub(crate) fn find(&self, key: &str) -> Option<Arc<Workflow>> {
        self.0.get(key).cloned()
    }
}

/// Variables of the environment, as feed pages carry them.
pub(crate) fn vars() -> Value {
    json!({"app_url": "https://example.com"})
}

/// The keys of the built-in workflows, in the order they are worth trying.
pub fn keys() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(key, _)| *key)
}

macro_rules! built_in {
    ($($key:literal),* $(,)?) => {
        &[$(($key, include_str!(concat!("../workflows/", $key, ".toml")))),*]
    };
}

const BUILT_IN: &[(&str, &str)] = built_in![
    "new-message",
    "welcome-flow",
    "new-comment",
    "reminder-flow",
    "daily-digest",
    "system-alert",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::Task;
    use crate::template::Scope;

    fn blocks(key: &str, scope: &Value) -> Vec<Value> {
        let workflow = Workflows::built_in().find(key).unwrap();
        let mut scope = scope.clone();
        scope["vars"] = vars();
        let in_app = workflow.steps.iter().find_map(|step| match &step.task {
            Task::InApp(blocks) => Some(blocks),
            _ => None,
        });
        in_app
            .unwrap()
            .iter()
            .map(|block| block.render(&Scope::of(&scope)))
            .collect()
    }

    #[test]
    fn the_data_that_each_workflow_knows_is_read_off_its_templates() {
        let expected = |key| Workflows::built_in().find(key).unwrap().expected_data();
        assert_eq!(expected("new-comment"), ["page", "comment", "page_id"]);
        assert_eq!(expected("welcome-flow"), ["product"]);
        assert_eq!(expected("system-alert"), ["title", "message"]);
    }

    #[test]
    fn conditions_and_keys_name_data_too() {
        let text = "conditions = [{ variable = 'data.a.b', operator = 'equal_to', argument = '{{ data.c }}' }]\n\
            [[steps]]\ntype = 'batch'\nwindow = '1m'\nkey = 'd'\n\
            [[steps]]\ntype = 'throttle'\nwindow = '1m'\nkey = '{{ data.e }}{{ actor.id }}'\n\
            [[steps]]\ntype = 'in_app'\nconditions = { any = [{ variable = 'data.f', operator = 'empty' }] }\n\
            blocks = [{ type = 'text', name = 'body', content = '{{ a }}{{ g }}' }]";
        let workflow = Workflow::parse("w", text).unwrap();
        assert_eq!(workflow.expected_data(), ["a", "c", "d", "e", "f", "g"]);
    }

    #[test]
    fn a_bare_trigger_leaves_no_gap_in_any_workflow() {
        let scope = json!({"recipient": {"__typename": "User", "id": "u"}, "actor": null});
        for key in keys() {
            let blocks = blocks(key, &scope);
            assert_eq!(blocks[0]["name"], "body");
            let text = json!(blocks).to_string();
            assert!(!text.contains("<strong></strong>"), "{key}: {text}");
            assert!(text.contains("https://example.com/"), "{key} leads nowhere");
        }
    }

    #[test]
    fn markup_in_data_arrives_as_text() {
        let blocks = blocks(
            "new-comment",
            &json!({"comment": "<script>alert(1)</script>"}),
        );
        let rendered = blocks[0]["rendered"].as_str().unwrap();
        assert!(
            rendered.contains("&lt;script&gt;") && !rendered.contains("<script>"),
            "{rendered}"
        );
    }
}
