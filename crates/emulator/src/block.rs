//! What an in-app step writes.

use serde_json::{Value, json};

use crate::template::{Scope, Template};

#[derive(Debug)]
pub(crate) enum Block {
    Markdown { name: String, content: Template },
    Text { name: String, content: Template },
    Buttons { name: String, buttons: Vec<Button> },
}

#[derive(Debug)]
pub(crate) struct Button {
    pub(crate) name: String,
    pub(crate) label: Template,
    pub(crate) action: Template,
}

impl Block {
    pub(crate) fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Markdown { content, .. } | Self::Text { content, .. } => vec![content],
            Self::Buttons { buttons, .. } => buttons
                .iter()
                .flat_map(|button| [&button.label, &button.action])
                .collect(),
        }
    }

    pub(crate) fn render(&self, scope: &Scope) -> Value {
        match self {
            Self::Markdown { name, content } => json!({
                "name": name,
                "type": "markdown",
                "content": content.source(),
                "rendered": content.render(scope),
            }),
            Self::Text { name, content } => json!({
                "name": name,
                "type": "text",
                "content": content.source(),
                "rendered": content.render(scope),
            }),
            Self::Buttons { name, buttons } => {
                let buttons: Vec<Value> = buttons
                    .iter()
                    .map(|button| {
                        json!({
                            "name": button.name,
                            "label": button.label.render(scope),
                            "action": button.action.render(scope),
                        })
                    })
                    .collect();
                json!({"name": name, "type": "button_set", "buttons": buttons})
            }
        }
    }
}
