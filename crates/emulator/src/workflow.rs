//! The built-in demo workflows.
//!
//! Each looks complete when triggered with nothing but a recipient, and says more with data.

use serde_json::{Map, Value, json};

use crate::template::{Escape, render};

/// A workflow with one step that writes to the in-app feed.
#[derive(Debug)]
pub(crate) struct Workflow {
    pub(crate) key: &'static str,
    pub(crate) version_id: &'static str,
    pub(crate) categories: &'static [&'static str],
    pub(crate) step_ref: &'static str,
    blocks: &'static [Block],
}

#[derive(Debug)]
enum Block {
    /// Template source, and the same as HTML.
    Markdown {
        content: &'static str,
        html: &'static str,
    },
    /// Where a click on the item leads.
    ActionUrl(&'static str),
    /// Name, label and action of each button.
    Buttons(&'static [(&'static str, &'static str, &'static str)]),
}

/// Variables of the environment, as feed pages carry them.
pub(crate) fn vars() -> Value {
    json!({"app_url": "https://example.com"})
}

/// The workflow with this key.
pub(crate) fn find(key: &str) -> Option<&'static Workflow> {
    WORKFLOWS.iter().find(|workflow| workflow.key == key)
}

/// The keys of all workflows, in the order they are worth trying.
pub fn keys() -> impl Iterator<Item = &'static str> {
    WORKFLOWS.iter().map(|workflow| workflow.key)
}

impl Workflow {
    /// The blocks rendered with the trigger's data, its actor and its recipient.
    pub(crate) fn render(
        &self,
        data: &Map<String, Value>,
        actor: Option<&Value>,
        recipient: &Value,
    ) -> Value {
        let mut scope = data.clone();
        scope.insert("data".into(), Value::Object(data.clone()));
        scope.insert("vars".into(), vars());
        scope.insert("actor".into(), actor.map_or(Value::Null, named));
        scope.insert("recipient".into(), named(recipient));
        let scope = Value::Object(scope);
        self.blocks
            .iter()
            .map(|block| block.render(&scope))
            .collect()
    }
}

impl Block {
    fn render(&self, scope: &Value) -> Value {
        match self {
            Self::Markdown { content, html } => json!({
                "name": "body",
                "type": "markdown",
                "content": content,
                "rendered": render(html, scope, Escape::Html),
            }),
            Self::ActionUrl(content) => json!({
                "name": "action_url",
                "type": "text",
                "content": content,
                "rendered": render(content, scope, Escape::None),
            }),
            Self::Buttons(buttons) => {
                let buttons: Vec<Value> = buttons
                    .iter()
                    .map(|(name, label, action)| {
                        json!({
                            "name": name,
                            "label": render(label, scope, Escape::None),
                            "action": render(action, scope, Escape::None),
                        })
                    })
                    .collect();
                json!({"name": "actions", "type": "button_set", "buttons": buttons})
            }
        }
    }
}

/// A recipient with a name at the top, where an object keeps it among its properties.
fn named(recipient: &Value) -> Value {
    let mut named = recipient.clone();
    if recipient["__typename"] == "Object" {
        named["name"] = recipient["properties"]["name"].clone();
    }
    named
}

const WORKFLOWS: &[Workflow] = &[
    Workflow {
        key: "new-message",
        version_id: "a4b0f7d2-1c35-4d0e-8f6a-0c1d2e3f4a01",
        categories: &["messages"],
        step_ref: "in_app_feed_1",
        blocks: &[
            Block::Markdown {
                content: "**{{ actor.name | default: \"Ada Moreau\" }}** sent you a message\n\n> {{ message | default: \"Do you have a minute for the launch plan?\" }}",
                html: "<p><strong>{{ actor.name | default: \"Ada Moreau\" }}</strong> sent you a message</p>\n<blockquote>\n<p>{{ message | default: \"Do you have a minute for the launch plan?\" }}</p>\n</blockquote>",
            },
            Block::ActionUrl("{{ vars.app_url }}/messages/{{ message_id | default: \"1042\" }}"),
        ],
    },
    Workflow {
        key: "welcome-flow",
        version_id: "a4b0f7d2-1c35-4d0e-8f6a-0c1d2e3f4a02",
        categories: &["onboarding"],
        step_ref: "in_app_feed_1",
        blocks: &[
            Block::Markdown {
                content: "Welcome to **{{ product | default: \"Example\" }}**, {{ recipient.name | default: \"friend\" }}. Three short steps and you are set up.",
                html: "<p>Welcome to <strong>{{ product | default: \"Example\" }}</strong>, {{ recipient.name | default: \"friend\" }}. Three short steps and you are set up.</p>",
            },
            Block::Buttons(&[
                ("primary", "Get started", "{{ vars.app_url }}/welcome"),
                ("secondary", "Read the guide", "{{ vars.app_url }}/guide"),
            ]),
        ],
    },
    Workflow {
        key: "new-comment",
        version_id: "a4b0f7d2-1c35-4d0e-8f6a-0c1d2e3f4a03",
        categories: &["collaboration"],
        step_ref: "in_app_feed_1",
        blocks: &[
            Block::Markdown {
                content: "**{{ actor.name | default: \"Ada Moreau\" }}** commented on **{{ page | default: \"Launch plan\" }}**\n\n> {{ comment | default: \"Looks good to me.\" }}",
                html: "<p><strong>{{ actor.name | default: \"Ada Moreau\" }}</strong> commented on <strong>{{ page | default: \"Launch plan\" }}</strong></p>\n<blockquote>\n<p>{{ comment | default: \"Looks good to me.\" }}</p>\n</blockquote>",
            },
            Block::ActionUrl("{{ vars.app_url }}/pages/{{ page_id | default: \"launch-plan\" }}"),
        ],
    },
    Workflow {
        key: "reminder-flow",
        version_id: "a4b0f7d2-1c35-4d0e-8f6a-0c1d2e3f4a04",
        categories: &["reminders"],
        step_ref: "in_app_feed_1",
        blocks: &[
            Block::Markdown {
                content: "Reminder: **{{ task | default: \"Review the launch plan\" }}** is due {{ due | default: \"tomorrow at 10:00\" }}",
                html: "<p>Reminder: <strong>{{ task | default: \"Review the launch plan\" }}</strong> is due {{ due | default: \"tomorrow at 10:00\" }}</p>",
            },
            Block::ActionUrl("{{ vars.app_url }}/tasks/{{ task_id | default: \"7\" }}"),
            Block::Buttons(&[
                (
                    "primary",
                    "Open the task",
                    "{{ vars.app_url }}/tasks/{{ task_id | default: \"7\" }}",
                ),
                (
                    "secondary",
                    "Remind me later",
                    "{{ vars.app_url }}/tasks/{{ task_id | default: \"7\" }}/snooze",
                ),
            ]),
        ],
    },
    Workflow {
        key: "daily-digest",
        version_id: "a4b0f7d2-1c35-4d0e-8f6a-0c1d2e3f4a05",
        categories: &["digests"],
        step_ref: "in_app_feed_1",
        blocks: &[
            Block::Markdown {
                content: "Your day in **{{ workspace | default: \"Example\" }}**:\n\n- {{ comments | default: \"4\" }} comments\n- {{ mentions | default: \"2\" }} mentions\n- {{ tasks | default: \"1\" }} task due",
                html: "<p>Your day in <strong>{{ workspace | default: \"Example\" }}</strong>:</p>\n<ul>\n<li>{{ comments | default: \"4\" }} comments</li>\n<li>{{ mentions | default: \"2\" }} mentions</li>\n<li>{{ tasks | default: \"1\" }} task due</li>\n</ul>",
            },
            Block::ActionUrl("{{ vars.app_url }}/digest"),
        ],
    },
    Workflow {
        key: "system-alert",
        version_id: "a4b0f7d2-1c35-4d0e-8f6a-0c1d2e3f4a06",
        categories: &["system"],
        step_ref: "in_app_feed_1",
        blocks: &[
            Block::Markdown {
                content: "**{{ title | default: \"Disk almost full\" }}**\n\n{{ message | default: \"build-3 has 4 % of its disk left.\" }}",
                html: "<p><strong>{{ title | default: \"Disk almost full\" }}</strong></p>\n<p>{{ message | default: \"build-3 has 4 % of its disk left.\" }}</p>",
            },
            Block::Buttons(&[(
                "primary",
                "Show the status page",
                "{{ vars.app_url }}/status",
            )]),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_trigger_leaves_no_gap_in_any_workflow() {
        let recipient = json!({"__typename": "User", "id": "u"});
        for workflow in WORKFLOWS {
            let blocks = workflow.render(&Map::new(), None, &recipient);
            let text = blocks.to_string();
            let rendered = blocks[0]["rendered"].as_str().unwrap();
            assert!(
                rendered.starts_with("<p>") && !rendered.contains("{{"),
                "{rendered}"
            );
            assert!(!rendered.contains("<strong></strong>"), "{rendered}");
            assert!(
                text.contains("https://example.com/"),
                "{} leads nowhere",
                workflow.key
            );
        }
    }

    #[test]
    fn markup_in_data_arrives_as_text() {
        let data = json!({"comment": "<script>alert(1)</script>"});
        let blocks =
            find("new-comment")
                .unwrap()
                .render(data.as_object().unwrap(), None, &json!({}));
        let rendered = blocks[0]["rendered"].as_str().unwrap();
        assert!(
            rendered.contains("&lt;script&gt;") && !rendered.contains("<script>"),
            "{rendered}"
        );
    }

    #[test]
    fn an_object_as_actor_is_named_by_its_properties() {
        let actor = json!({"__typename": "Object", "id": "p", "collection": "projects", "properties": {"name": "Apollo"}});
        let blocks = find("new-comment")
            .unwrap()
            .render(&Map::new(), Some(&actor), &json!({}));
        assert!(
            blocks[0]["rendered"]
                .as_str()
                .unwrap()
                .contains("<strong>Apollo</strong>")
        );
    }
}
