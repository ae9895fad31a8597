//! A block of an in-app step as a file says it.

use serde::Deserialize;

use crate::block::{Block, Button};
use crate::template::{Kind, Template};
use crate::workflow_file::WorkflowError;
use crate::workflow_text::Place;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BlockFile {
    r#type: BlockType,
    name: String,
    content: Option<String>,
    buttons: Option<Vec<ButtonFile>>,
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

impl BlockFile {
    pub(crate) fn read(self, place: &Place) -> Result<Block, WorkflowError> {
        match self.r#type {
            BlockType::Markdown => Ok(Block::Markdown {
                content: self.content(Kind::Markdown, place)?,
                name: self.name,
            }),
            BlockType::Text => Ok(Block::Text {
                content: self.content(Kind::Text, place)?,
                name: self.name,
            }),
            BlockType::ButtonSet => self.button_set(place),
        }
    }

    fn content(&self, kind: Kind, place: &Place) -> Result<Template, WorkflowError> {
        if self.buttons.is_some() {
            let reason = "only a block of type button_set has 'buttons'";
            return Err(place.key("buttons").wrong(reason));
        }
        match &self.content {
            Some(source) => place.key("content").template(source, kind),
            None => Err(place.wrong("this block needs 'content'")),
        }
    }

    fn button_set(self, place: &Place) -> Result<Block, WorkflowError> {
        if self.content.is_some() {
            let reason = "a block of type button_set has 'buttons', no 'content'";
            return Err(place.key("content").wrong(reason));
        }
        let Some(buttons) = self.buttons.filter(|buttons| !buttons.is_empty()) else {
            return Err(place.wrong("this block needs 'buttons'"));
        };
        let button = |(nth, button): (usize, ButtonFile)| {
            let place = place.key("buttons").index(nth);
            Ok(Button {
                name: button.name,
                label: place.key("label").template(&button.label, Kind::Text)?,
                action: place.key("action").template(&button.action, Kind::Text)?,
            })
        };
        let buttons: Result<Vec<Button>, _> = buttons.into_iter().enumerate().map(button).collect();
        Ok(Block::Buttons {
            name: self.name,
            buttons: buttons?,
        })
    }
}
