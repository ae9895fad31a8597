//! A workflow as a file says it, and what can be wrong with the file.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Deserialize;
use serde_json::Value;

use crate::ids::Ids;
use crate::step::{Step, Task};
use crate::step_file::StepFile;
use crate::workflow::Workflow;
use crate::workflow_text::{Place, Text};

/// Why a workflow file was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowError {
    /// Counted from 1.
    pub line: usize,
    /// One sentence without a full stop.
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// For people.
    name: Option<String>,
    version_id: Option<String>,
    #[serde(default)]
    categories: Vec<String>,
    #[serde(default)]
    commercial: bool,
    #[serde(default)]
    override_preferences: bool,
    #[serde(default)]
    conditions: Value,
    steps: Vec<StepFile>,
}

impl Workflow {
    /// Reads `KEY.toml` or `KEY.json`.
    pub(crate) fn parse(key: &str, text: &str) -> Result<Self, WorkflowError> {
        let whole = Text::of(text).whole();
        let file: File = Text::of(text).read()?;
        let conditions = whole.key("conditions").conditions(&file.conditions)?;
        if let Some(path) = conditions
            .paths()
            .iter()
            .find(|path| path.starts_with("refs."))
        {
            let reason = format!("'{path}' is of no step: nothing was sent when a workflow begins");
            return Err(whole.key("conditions").wrong(&reason));
        }
        let mut steps: Vec<Step> = Vec::new();
        for (index, step) in file.steps.into_iter().enumerate() {
            let place = whole.key("steps").index(index);
            let step = step.read(index, &place)?;
            if steps.iter().any(|before| before.step_ref == step.step_ref) {
                let reason = format!(
                    "a step before this one is called '{}' as well",
                    step.step_ref
                );
                return Err(place.key("ref").wrong(&reason));
            }
            check_refs(&step, &steps, &place)?;
            steps.push(step);
        }
        if !steps.iter().any(|step| matches!(step.task, Task::InApp(_))) {
            return Err(whole
                .key("steps")
                .wrong("a workflow needs a step of type in_app"));
        }
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let version_id = || Ids::new(hasher.finish()).uuid();
        Ok(Self {
            key: key.to_owned(),
            name: file.name,
            version_id: file.version_id.unwrap_or_else(version_id),
            categories: file.categories,
            is_commercial: file.commercial,
            overrides_preferences: file.override_preferences,
            conditions,
            steps,
        })
    }
}

/// A condition on a message is on that of a step before this one.
fn check_refs(step: &Step, before: &[Step], place: &Place) -> Result<(), WorkflowError> {
    for path in step.conditions.paths() {
        let Some(path) = path.strip_prefix("refs.") else {
            continue;
        };
        let (name, status) = path.split_once('.').unwrap_or((path, ""));
        let is_in_app = |step: &&Step| matches!(step.task, Task::InApp(_));
        if !before
            .iter()
            .filter(is_in_app)
            .any(|step| step.step_ref == name)
        {
            let reason = format!("no step of type in_app before this one is called '{name}'");
            return Err(place.key("conditions").wrong(&reason));
        }
        if !["delivery_status", "engagement_status"].contains(&status) {
            let reason =
                format!("a message has delivery_status and engagement_status, no '{status}'");
            return Err(place.key("conditions").wrong(&reason));
        }
    }
    Ok(())
}

impl WorkflowError {
    pub(crate) fn new(line: usize, reason: &str) -> Self {
        Self {
            line,
            reason: reason.trim().replace('\n', " "),
        }
    }
}

impl fmt::Display for WorkflowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl std::error::Error for WorkflowError {}
