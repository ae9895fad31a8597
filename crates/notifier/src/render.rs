use std::collections::HashMap;

use doorbell_knock::{Block, FeedItem, ItemId, html};

use crate::view::{RowBlock, RowButton};

/// Rendered items kept at most; more than any list on the screen.
const CAPACITY: usize = 2_000;
/// The most that one item may take of a view, as JSON: a whole view has to fit through the door.
const MAX_ITEM_BYTES: usize = 4 * 1024;
/// Characters that are left of a text, or of a label, of an item that takes more.
const SHORT_TEXT: usize = 600;
const SHORT_LABEL: usize = 60;

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
        let rendered = fit(render(&item.blocks));
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

/// An item that is larger than a row can show is told in brief, as plain text; its link leads to the whole.
fn fit(blocks: Vec<RowBlock>) -> Vec<RowBlock> {
    if bytes(&blocks) <= MAX_ITEM_BYTES {
        return blocks;
    }
    let mut left = MAX_ITEM_BYTES;
    let mut fitting = Vec::new();
    for block in blocks.into_iter().map(brief) {
        let size = bytes(std::slice::from_ref(&block));
        if size > left {
            break;
        }
        left -= size;
        fitting.push(block);
    }
    fitting
}

fn brief(block: RowBlock) -> RowBlock {
    match block {
        RowBlock::Html { html } => RowBlock::Text {
            text: cut(&html::plain_text(&html), SHORT_TEXT),
        },
        RowBlock::Text { text } => RowBlock::Text {
            text: cut(&text, SHORT_TEXT),
        },
        RowBlock::Buttons { mut buttons } => {
            for button in &mut buttons {
                button.label = cut(&button.label, SHORT_LABEL);
            }
            RowBlock::Buttons { buttons }
        }
    }
}

/// The beginning of a text, with an ellipsis where something was left out.
pub(crate) fn cut(text: &str, max_chars: usize) -> String {
    match text.char_indices().nth(max_chars) {
        Some((end, _)) => format!("{}\u{2026}", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

fn bytes(blocks: &[RowBlock]) -> usize {
    serde_json::to_vec(blocks).map_or(usize::MAX, |json| json.len())
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
    fn an_item_too_large_for_a_row_is_told_in_brief() {
        let long = Block::Markdown {
            name: "body".to_owned(),
            rendered: format!(
                "<p><b>First</b> {}</p>",
                "\u{1f514}<i>words</i> ".repeat(20_000)
            ),
        };
        let many = Block::Buttons {
            name: "actions".to_owned(),
            buttons: vec![button(&"label ".repeat(50)); 500],
        };
        for blocks in [vec![long.clone()], vec![long, many.clone()], vec![many; 9]] {
            let fitting = fit(render(&blocks));
            assert!(bytes(&fitting) <= MAX_ITEM_BYTES);
            if let Some(RowBlock::Text { text }) = fitting.first() {
                assert!(
                    text.starts_with("First \u{1f514}words") && text.ends_with('\u{2026}'),
                    "{text}"
                );
            }
        }
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
