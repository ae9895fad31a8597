use std::collections::HashMap;

use doorbell_knock::{Block, FeedItem, ItemId, html};

use crate::view::{RowBlock, RowButton};

/// Rendered items kept at most; more than any list on the screen.
const CAPACITY: usize = 2_000;

/// Turns the blocks of items into what a row shows, once for each item.
#[derive(Debug, Default)]
pub(crate) struct Renderer {
    done: HashMap<ItemId, (Vec<Block>, Vec<RowBlock>)>,
}

impl Renderer {
    pub(crate) fn blocks(&mut self, item: &FeedItem) -> Vec<RowBlock> {
        if let Some((blocks, rendered)) = self.done.get(&item.id)
            && *blocks == item.blocks
        {
            return rendered.clone();
        }
        if self.done.len() >= CAPACITY {
            self.done.clear();
        }
        let rendered = render(&item.blocks);
        self.done
            .insert(item.id.clone(), (item.blocks.clone(), rendered.clone()));
        rendered
    }
}

fn render(blocks: &[Block]) -> Vec<RowBlock> {
    let mut index = 0;
    let mut rendered = Vec::new();
    for block in blocks {
        match block {
            Block::Markdown { rendered: text, .. } => rendered.push(RowBlock::Html {
                html: html::safe_html(text),
            }),
            // The action URL is where the row leads, not something to read.
            Block::Text { name, .. } if name == "action_url" => {}
            Block::Text { rendered: text, .. } => {
                rendered.push(RowBlock::Text { text: text.clone() })
            }
            Block::Buttons { buttons, .. } => {
                let first = index;
                index += buttons.len() as u32;
                let buttons = buttons
                    .iter()
                    .zip(first..)
                    .map(|(button, index)| RowButton {
                        index,
                        label: button.label.clone(),
                        primary: index == first,
                    });
                rendered.push(RowBlock::Buttons {
                    buttons: buttons.collect(),
                });
            }
        }
    }
    rendered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn button(label: &str) -> doorbell_knock::Button {
        doorbell_knock::Button {
            name: label.to_lowercase(),
            label: label.to_owned(),
            action: "https://example.com".to_owned(),
        }
    }

    #[test]
    fn buttons_are_numbered_over_all_sets_and_the_first_of_a_set_is_primary() {
        let set = |labels: &[&str]| Block::Buttons {
            name: "actions".to_owned(),
            buttons: labels.iter().map(|label| button(label)).collect(),
        };
        let rendered = render(&[set(&["Approve", "View"]), set(&["Later"])]);
        let numbered: Vec<(u32, bool)> = rendered
            .iter()
            .flat_map(|block| match block {
                RowBlock::Buttons { buttons } => buttons.clone(),
                RowBlock::Html { .. } | RowBlock::Text { .. } => Vec::new(),
            })
            .map(|button| (button.index, button.primary))
            .collect();
        assert_eq!(numbered, [(0, true), (1, false), (2, true)]);
    }

    #[test]
    fn scripts_do_not_reach_the_page() {
        let rendered = render(&[Block::Markdown {
            name: "body".to_owned(),
            rendered: "<p onclick=\"x()\">Hi<script>x()</script></p>".to_owned(),
        }]);
        assert_eq!(
            rendered,
            [RowBlock::Html {
                html: "<p>Hi</p>".to_owned()
            }]
        );
    }
}
