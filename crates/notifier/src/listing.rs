//! Which items of a feed the window lists, and what it can be narrowed to.

use std::{borrow::Cow, collections::HashMap};

use doorbell_knock::{Block, Feed, FeedItem, html};

use crate::{
    action::{Filter, Only},
    app::Window,
    view::Facets,
};

/// Tenants, workflows and categories that a view names at most.
const MAX_FACETS: usize = 50;

/// Those that the window asks for, newest first.
pub(crate) fn listed<'a>(feed: &'a Feed, window: &Window) -> Vec<Cow<'a, FeedItem>> {
    let words: Vec<String> = window
        .only
        .words
        .split_whitespace()
        .map(str::to_lowercase)
        .collect();
    let items = feed.items().filter(|item| match window.filter {
        Filter::All | Filter::Archived => true,
        Filter::Unread => item.is_unread(),
        Filter::Read => !item.is_unread(),
    });
    let items = items.filter(|item| window.only.leaves(item));
    items.filter(|item| says(item, &words)).collect()
}

/// What the items have in common, the most frequent first.
pub(crate) fn facets(feed: &Feed) -> Facets {
    let (mut tenants, mut workflows, mut categories) = (Tally::new(), Tally::new(), Tally::new());
    for item in feed.items() {
        count(&mut tenants, item.tenant.as_deref());
        let key = item.source.key.as_str();
        count(&mut workflows, Some(key).filter(|key| !key.is_empty()));
        for category in &item.source.categories {
            count(&mut categories, Some(category));
        }
    }
    Facets {
        tenants: most_frequent(tenants),
        workflows: most_frequent(workflows),
        categories: most_frequent(categories),
    }
}

impl Only {
    /// Whether an item is among those, whatever it says.
    fn leaves(&self, item: &FeedItem) -> bool {
        let Only {
            tenant,
            workflow,
            category,
            words: _,
        } = self;
        let tenant_fits = tenant.is_none() || item.tenant == *tenant;
        let workflow_fits = workflow.as_ref().is_none_or(|key| item.source.key == *key);
        let mut categories = item.source.categories.iter();
        let category_fits = category
            .as_ref()
            .is_none_or(|name| categories.any(|of| of == name));
        tenant_fits && workflow_fits && category_fits
    }
}

/// Whether what a person reads of the item has all these words, which are in small letters.
fn says(item: &FeedItem, words: &[String]) -> bool {
    if words.is_empty() {
        return true;
    }
    let blocks = item.blocks.iter().map(|block| match block {
        Block::Markdown { rendered, .. } => html::plain_text(rendered),
        Block::Text { rendered, .. } => rendered.clone(),
        Block::Buttons { buttons, .. } => {
            let labels = buttons.iter().map(|button| button.label.as_str());
            labels.collect::<Vec<_>>().join(" ")
        }
    });
    let actors = item.actors.iter().filter_map(|actor| actor.name.clone());
    let text = blocks.chain(actors).collect::<Vec<_>>().join("\n");
    let text = text.to_lowercase();
    words.iter().all(|word| text.contains(word.as_str()))
}

type Tally = HashMap<String, usize>;

fn count(tally: &mut Tally, name: Option<&str>) {
    if let Some(name) = name {
        *tally.entry(name.to_owned()).or_default() += 1;
    }
}

fn most_frequent(tally: Tally) -> Vec<String> {
    let mut names: Vec<(String, usize)> = tally.into_iter().collect();
    names.sort_by(|(a, more), (b, less)| less.cmp(more).then_with(|| a.cmp(b)));
    let names = names.into_iter().map(|(name, _)| name);
    names.take(MAX_FACETS).collect()
}

#[cfg(test)]
mod tests {
    use doorbell_knock::FeedPage;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_list_is_narrowed_by_what_items_are_and_say() {
        let only = |only: Only| names(Filter::All, only);
        assert_eq!(only(Only::default()), "c b a");
        let tenant = Some("acme".to_owned());
        assert_eq!(
            only(Only {
                tenant,
                ..Only::default()
            }),
            "b a"
        );
        let workflow = Some("billing".to_owned());
        assert_eq!(
            only(Only {
                workflow: workflow.clone(),
                ..Only::default()
            }),
            "c"
        );
        let category = Some("talk".to_owned());
        assert_eq!(
            only(Only {
                category: category.clone(),
                ..Only::default()
            }),
            "b a"
        );
        assert_eq!(
            only(Only {
                workflow,
                category,
                ..Only::default()
            }),
            ""
        );
        for (words, left) in [
            ("INVOICE", "c"),
            ("moreau launch", "b a"),
            ("launch invoice", ""),
            ("  ", "c b a"),
            ("strong", ""),
        ] {
            let words = words.to_owned();
            assert_eq!(
                only(Only {
                    words: words.clone(),
                    ..Only::default()
                }),
                left,
                "{words}"
            );
        }
    }

    #[test]
    fn the_list_shows_what_is_read_or_what_is_not() {
        assert_eq!(names(Filter::Unread, Only::default()), "c b");
        assert_eq!(names(Filter::Read, Only::default()), "a");
    }

    #[test]
    fn the_most_frequent_is_offered_first() {
        let facets = facets(&feed());
        assert_eq!(facets.tenants, ["acme"]);
        assert_eq!(facets.workflows, ["new-comment", "billing"]);
        assert_eq!(facets.categories, ["talk"]);
    }

    fn names(filter: Filter, only: Only) -> String {
        let window = Window {
            filter,
            only,
            ..Window::default()
        };
        let feed = feed();
        let names = listed(&feed, &window);
        let names = names.iter().map(|item| item.id.to_string());
        names.collect::<Vec<_>>().join(" ")
    }

    fn feed() -> Feed {
        let comment = |id: &str, day: u8, read: Option<&str>| {
            json!({
                "id": id, "inserted_at": format!("2026-03-0{day}T10:00:00Z"), "read_at": read, "tenant": "acme",
                "actors": [{"id": "ada", "name": "Ada Moreau"}],
                "source": {"key": "new-comment", "categories": ["talk"]},
                "blocks": [{"type": "markdown", "name": "body", "rendered": "<p>The <strong>Launch</strong> plan</p>"}],
            })
        };
        let invoice = json!({
            "id": "c", "inserted_at": "2026-03-04T10:00:00Z", "source": {"key": "billing"},
            "blocks": [{"type": "text", "name": "body", "rendered": "Your invoice"}],
        });
        let read = Some("2026-03-05T10:00:00Z");
        let entries = json!([invoice, comment("b", 3, None), comment("a", 2, read)]);
        let page = json!({"entries": entries, "page_info": {"after": null}});
        let page = FeedPage::parse(page.to_string().as_bytes()).unwrap();
        let mut feed = Feed::new();
        let ticket = feed.begin_fetch();
        feed.load_first(ticket, page);
        feed
    }
}
