//! A workflow as a file says it, and what can be wrong with the file.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Deserialize;
use serde_json::Value;
use time::Duration;

use crate::condition::Condition;
use crate::ids::Ids;
use crate::template::{Kind, Template};
use crate::workflow::{Block, Button, Step, Task, Workflow};
use crate::workflow_text::{At, Text};

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
    #[serde(rename = "name")]
    _name: Option<String>,
    version_id: Option<String>,
    #[serde(default)]
    categories: Vec<String>,
    #[serde(default)]
    commercial: bool,
    steps: Vec<StepFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepFile {
    r#type: StepType,
    r#ref: Option<String>,
    #[serde(default)]
    conditions: Vec<Value>,
    /// Of a delay.
    r#for: Option<String>,
    /// Of a batch or a throttle.
    window: Option<String>,
    key: Option<String>,
    #[serde(default)]
    sliding: bool,
    /// Of a throttle.
    limit: Option<usize>,
    #[serde(default)]
    blocks: Vec<BlockFile>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StepType {
    InApp,
    Delay,
    Batch,
    Throttle,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BlockFile {
    r#type: BlockType,
    name: String,
    content: Option<String>,
    #[serde(default)]
    buttons: Vec<ButtonFile>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum BlockType {
    Markdown,
    Text,
    ButtonSet,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ButtonFile {
    name: String,
    label: String,
    action: String,
}

impl Workflow {
    /// Reads `KEY.toml` or `KEY.json`.
    pub(crate) fn parse(key: &str, text: &str) -> Result<Self, WorkflowError> {
        let place = Text::of(text);
        let file: File = place.read()?;
        let steps: Result<Vec<Step>, WorkflowError> = file
            .steps
            .into_iter()
            .enumerate()
            .map(|(index, step)| self::step(place, index, step))
            .collect();
        let steps = steps?;
        if !steps.iter().any(|step| matches!(step.task, Task::InApp(_))) {
            return Err(place.wrong(&[], "a workflow needs a step of type in_app"));
        }
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let version_id = || Ids::new(hasher.finish()).uuid();
        Ok(Self {
            key: key.to_owned(),
            version_id: file.version_id.unwrap_or_else(version_id),
            categories: file.categories,
            is_commercial: file.commercial,
            steps,
        })
    }
}

fn step(text: Text, index: usize, step: StepFile) -> Result<Step, WorkflowError> {
    let way = [At::Key("steps"), At::Index(index)];
    let wrong = |reason: &str| text.wrong(&way, reason);
    let time = |name: &str, value: &Option<String>| {
        let value = value.as_deref();
        let value = value.ok_or_else(|| wrong(&format!("this step needs '{name}'")))?;
        let refused = || wrong(&format!("'{value}' is no time; write 30s, 5m, 2h or 1d"));
        duration(value).ok_or_else(refused)
    };
    let (kind, task) = match step.r#type {
        StepType::Delay => ("delay", Task::Delay(time("for", &step.r#for)?)),
        StepType::Batch => {
            let batch = Task::Batch {
                window: time("window", &step.window)?,
                key: step.key,
                sliding: step.sliding,
            };
            ("batch", batch)
        }
        StepType::Throttle => {
            let throttle = Task::Throttle {
                window: time("window", &step.window)?,
                key: step.key,
                limit: step.limit.unwrap_or(1),
            };
            ("throttle", throttle)
        }
        StepType::InApp if step.blocks.is_empty() => {
            return Err(wrong("a step of type in_app needs blocks"));
        }
        StepType::InApp => {
            let blocks: Result<Vec<Block>, _> = step
                .blocks
                .into_iter()
                .enumerate()
                .map(|(nth, block)| self::block(text, &way, nth, block))
                .collect();
            ("in_app_feed", Task::InApp(blocks?))
        }
    };
    let conditions = Value::Array(step.conditions);
    let conditions = Condition::parse_all("conditions", &conditions).ok();
    Ok(Step {
        step_ref: step
            .r#ref
            .unwrap_or_else(|| format!("{kind}_{}", index + 1)),
        conditions: conditions.ok_or_else(|| {
            wrong("a condition needs a variable, an operator that Knock knows, and an argument")
        })?,
        task,
    })
}

fn block(text: Text, step: &[At], nth: usize, block: BlockFile) -> Result<Block, WorkflowError> {
    let way = |more: &[At]| [step, &[At::Key("blocks"), At::Index(nth)], more].concat();
    let BlockFile {
        r#type,
        name,
        content,
        buttons,
    } = block;
    let template = |source: &str, kind, place: &[At]| {
        Template::parse(source, kind).map_err(|reason| text.wrong(&way(place), &reason))
    };
    let content = |kind| {
        let source = content.as_deref();
        let source = source.ok_or_else(|| text.wrong(&way(&[]), "this block needs 'content'"))?;
        template(source, kind, &[At::Key("content")])
    };
    match r#type {
        BlockType::Markdown => Ok(Block::Markdown {
            name,
            content: content(Kind::Markdown)?,
        }),
        BlockType::Text => Ok(Block::Text {
            name,
            content: content(Kind::Text)?,
        }),
        BlockType::ButtonSet => {
            let button = |(nth, button): (usize, ButtonFile)| {
                let place = |key| [At::Key("buttons"), At::Index(nth), At::Key(key)];
                Ok(Button {
                    name: button.name,
                    label: template(&button.label, Kind::Text, &place("label"))?,
                    action: template(&button.action, Kind::Text, &place("action"))?,
                })
            };
            let buttons: Result<Vec<Button>, _> =
                buttons.into_iter().enumerate().map(button).collect();
            Ok(Block::Buttons {
                name,
                buttons: buttons?,
            })
        }
    }
}

/// `90s`, `5m`, `2h`, `1d`.
fn duration(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let count: i64 = text.strip_suffix(unit)?.parse().ok()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return None,
    };
    let seconds = count
        .checked_mul(seconds)
        .filter(|seconds| (1..=MAX_SECONDS).contains(seconds))?;
    Some(Duration::seconds(seconds))
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

/// A year.
const MAX_SECONDS: i64 = 366 * 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> (usize, String) {
        let error = Workflow::parse("w", text).unwrap_err();
        (error.line, error.reason)
    }

    #[test]
    fn a_broken_file_is_refused_with_line_and_reason() {
        let block = "[[steps.blocks]]\ntype = \"markdown\"\nname = \"body\"\n";
        for (text, line, word) in [
            ("steps = [".to_owned(), 1, ""),
            ("colour = 1\nsteps = []".to_owned(), 1, "colour"),
            ("steps = []".to_owned(), 1, "in_app"),
            ("\n[[steps]]\ntype = \"email\"".to_owned(), 3, "email"),
            ("\n[[steps]]\ntype = \"delay\"".to_owned(), 2, "'for'"),
            ("[[steps]]\ntype = \"delay\"\nfor = \"soon\"".to_owned(), 1, "soon"),
            ("[[steps]]\ntype = \"in_app\"".to_owned(), 1, "blocks"),
            (format!("[[steps]]\ntype = \"in_app\"\n{block}"), 3, "'content'"),
            (format!("[[steps]]\ntype = \"in_app\"\n{block}content = \"{{{{ a | shout }}}}\""), 6, "shout"),
            ("[[steps]]\ntype = \"delay\"\nfor = \"1s\"\nconditions = [{ variable = \"data.x\" }]".to_owned(), 1, "condition"),
        ] {
            let (at, reason) = refused(&text);
            assert_eq!(at, line, "{text}: {reason}");
            assert!(reason.contains(word), "{text}: {reason}");
        }
    }

    #[test]
    fn a_file_in_json_says_the_same_as_one_in_toml() {
        let toml = "categories = [\"x\"]\n[[steps]]\ntype = \"delay\"\nfor = \"5m\"\n\
            conditions = [{ variable = \"data.n\", operator = \"equal_to\", argument = \"1\" }]\n\
            [[steps]]\ntype = \"in_app\"\n[[steps.blocks]]\ntype = \"button_set\"\nname = \"actions\"\n\
            buttons = [{ name = \"a\", label = \"{{ x }}\", action = \"y\" }]\n";
        let json = r#"{"categories": ["x"], "version_id": "v", "steps": [
            {"type": "delay", "for": "5m", "conditions": [{"variable": "data.n", "operator": "equal_to", "argument": "1"}]},
            {"type": "in_app", "blocks": [{"type": "button_set", "name": "actions",
                "buttons": [{"name": "a", "label": "{{ x }}", "action": "y"}]}]}
        ]}"#;
        let mut toml = Workflow::parse("w", toml).unwrap();
        toml.version_id = "v".into();
        let json = Workflow::parse("w", json).unwrap();
        assert_eq!(format!("{json:?}"), format!("{toml:?}"));
    }

    #[test]
    fn a_broken_file_in_json_is_refused_with_line_and_reason() {
        let block = |rest: &str| {
            format!(
                "{{\"steps\": [\n{{\"type\": \"in_app\",\n\"blocks\": [\n{{\"type\": \"button_set\", \"name\": \"a\", \n{rest}}}]}}]}}"
            )
        };
        for (text, line, word) in [
            ("{\n\"steps\": [".to_owned(), 2, "EOF"),
            ("{\n\"colour\": 1}".to_owned(), 2, "colour"),
            ("{\"steps\": []}".to_owned(), 1, "in_app"),
            (
                "{\"steps\": [\n\n{\"type\": \"email\"}]}".to_owned(),
                3,
                "email",
            ),
            (
                "{\"steps\": [\n{\"type\": \"delay\"}]}".to_owned(),
                2,
                "'for'",
            ),
            (
                block(
                    "\"content\": \"\", \"buttons\": [\n{\"name\": \"b\", \"action\": \"\",\n\"label\": \"{{ a | shout }}\"}]",
                ),
                7,
                "shout",
            ),
        ] {
            let (at, reason) = refused(&text);
            assert_eq!(at, line, "{text}: {reason}");
            assert!(reason.contains(word), "{text}: {reason}");
            assert!(!reason.contains(" at line "), "{reason}");
        }
    }

    #[test]
    fn times_have_a_unit_and_an_end() {
        assert_eq!(duration("90s"), Some(Duration::seconds(90)));
        assert_eq!(duration("2d"), Some(Duration::days(2)));
        for wrong in [
            "",
            "s",
            "5",
            "-5m",
            "0s",
            "5 m",
            "5w",
            "999999999999999999d",
            "5é",
        ] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }
}
