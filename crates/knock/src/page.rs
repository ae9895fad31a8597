//! A page of a feed, read from a body that may be wrong anywhere.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::ids::{Cursor, ItemId};
use crate::item::{Activity, Actor, Block, Button, FeedItem, Source, WebUrl};
use crate::lenient::{count, list, marks, text, time};

/// The counts of a feed, as the server keeps them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FeedMetadata {
    /// How many items the filters let through.
    pub total_count: u64,
    /// How many of them are without a `read_at`.
    pub unread_count: u64,
    /// How many of them are without a `seen_at`.
    pub unseen_count: u64,
}

/// Where a page lies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageInfo {
    /// Asks for what is newer than this page; nothing where nothing is.
    pub before: Option<Cursor>,
    /// Nothing when no older items exist.
    pub after: Option<Cursor>,
    /// How many items a page has at most.
    pub page_size: Option<u64>,
    /// How many items there are, at most 10 000, where the server says so.
    pub total_count: Option<u64>,
}

/// One answer of the feed endpoint.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeedPage {
    /// In the order of the server, newest first.
    pub items: Vec<FeedItem>,
    /// Nothing when the answer leaves it out.
    pub meta: Option<FeedMetadata>,
    /// The cursors to the pages beside it.
    pub page_info: PageInfo,
    /// Why items were left out, without their contents.
    pub skipped: Vec<String>,
    /// Variables of the environment, but for the secret ones.
    pub vars: Option<Value>,
}

/// A body that is no page at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// The body is not JSON.
    NotJson,
    /// It is JSON, but no object.
    NotAnObject,
    /// It has no list of `entries`.
    NoEntries,
}

impl FeedPage {
    /// Reads the body of an answer. An item without an id or a time is skipped and noted; the page lives.
    ///
    /// # Errors
    /// [`Malformed`] says why there is no page in it.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let body: Value = serde_json::from_slice(body).map_err(|_| Malformed::NotJson)?;
        let page = body.as_object().ok_or(Malformed::NotAnObject)?;
        let entries = match page.get("entries") {
            Some(Value::Array(entries)) => entries.as_slice(),
            Some(Value::Null) => &[],
            Some(_) | None => return Err(Malformed::NoEntries),
        };
        let mut items = Vec::new();
        let mut skipped = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            match FeedItem::parse(entry) {
                Ok(item) => items.push(item),
                Err(why) => skipped.push(format!("item {index}: {why}")),
            }
        }
        let page_info = match page.get("page_info").and_then(Value::as_object) {
            Some(info) => PageInfo::parse(info),
            // Left out of the answer: go on from the last item until a page comes back empty.
            None => PageInfo {
                after: items.last().and_then(|item| item.cursor.clone()),
                ..PageInfo::default()
            },
        };
        let meta = page.get("meta").and_then(FeedMetadata::parse);
        Ok(Self {
            items,
            meta,
            page_info,
            skipped,
            vars: page.get("vars").filter(|vars| !vars.is_null()).cloned(),
        })
    }
}

impl FeedMetadata {
    /// Reads counts; a missing, negative or senseless one is 0, a huge one the largest there is.
    pub fn parse(value: &Value) -> Option<Self> {
        let counts = value.as_object()?;
        Some(Self {
            total_count: count(counts.get("total_count")),
            unread_count: count(counts.get("unread_count")),
            unseen_count: count(counts.get("unseen_count")),
        })
    }
}

impl PageInfo {
    fn parse(info: &Map<String, Value>) -> Self {
        let cursor = |key| {
            text(info, key)
                .filter(|cursor| !cursor.is_empty())
                .map(Cursor)
        };
        let number = |key| {
            info.get(key)
                .filter(|value| !value.is_null())
                .map(|value| count(Some(value)))
        };
        Self {
            before: cursor("before"),
            after: cursor("after"),
            page_size: number("page_size"),
            total_count: number("total_count"),
        }
    }
}

impl FeedItem {
    /// Reads an item, or says what is wrong with it without repeating what it says.
    ///
    /// # Errors
    /// When there is no `id`, no time of insertion, or a mark is no time; the text says which.
    pub fn parse(value: &Value) -> Result<Self, &'static str> {
        let item = value.as_object().ok_or("not an object")?;
        let id = text(item, "id")
            .filter(|id| !id.is_empty())
            .ok_or("no id")?;
        let inserted_at = time(item, "inserted_at")?.ok_or("no inserted_at")?;
        let marks = marks(item)?;
        Ok(Self {
            id: ItemId(id),
            cursor: text(item, "__cursor")
                .filter(|cursor| !cursor.is_empty())
                .map(Cursor),
            actors: list(item, "actors", Actor::parse),
            total_actors: count(item.get("total_actors")),
            activities: list(item, "activities", Activity::parse),
            total_activities: count(item.get("total_activities")),
            blocks: list(item, "blocks", Block::parse),
            data: item.get("data").filter(|data| !data.is_null()).cloned(),
            source: item
                .get("source")
                .and_then(Value::as_object)
                .map(Source::parse)
                .unwrap_or_default(),
            tenant: text(item, "tenant"),
            inserted_at,
            updated_at: time(item, "updated_at").ok().flatten(),
            marks,
        })
    }
}

impl Actor {
    fn parse(value: &Value) -> Option<Self> {
        let actor = value.as_object()?;
        let properties = actor.get("properties").and_then(Value::as_object);
        let property = |key| text(actor, key).or_else(|| text(properties?, key));
        Some(Self {
            id: text(actor, "id").unwrap_or_default(),
            collection: text(actor, "collection"),
            name: property("name"),
            avatar: property("avatar").and_then(|avatar| WebUrl::parse(&avatar)),
        })
    }
}

impl Activity {
    fn parse(value: &Value) -> Option<Self> {
        let activity = value.as_object()?;
        Some(Self {
            id: text(activity, "id")?,
            actor: activity.get("actor").and_then(Actor::parse),
            data: activity.get("data").filter(|data| !data.is_null()).cloned(),
            inserted_at: time(activity, "inserted_at").ok().flatten(),
        })
    }
}

impl Source {
    pub(crate) fn parse(source: &Map<String, Value>) -> Self {
        Self {
            key: text(source, "key").unwrap_or_default(),
            version_id: text(source, "version_id"),
            categories: list(source, "categories", |value| {
                value.as_str().map(str::to_owned)
            }),
            step_ref: text(source, "step_ref"),
        }
    }
}

impl Block {
    /// Nothing for a type that is not known.
    fn parse(value: &Value) -> Option<Self> {
        let block = value.as_object()?;
        let name = text(block, "name").unwrap_or_default();
        let rendered = text(block, "rendered").unwrap_or_default();
        match block.get("type")?.as_str()? {
            "markdown" => Some(Self::Markdown { name, rendered }),
            "text" => Some(Self::Text { name, rendered }),
            "button_set" => Some(Self::Buttons {
                name,
                buttons: list(block, "buttons", Button::parse),
            }),
            _ => None,
        }
    }
}

impl Button {
    fn parse(value: &Value) -> Option<Self> {
        let button = value.as_object()?;
        Some(Self {
            name: text(button, "name").unwrap_or_default(),
            label: text(button, "label")?,
            action: text(button, "action").unwrap_or_default(),
        })
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotJson => "the page is not JSON",
            Self::NotAnObject => "the page is not an object",
            Self::NoEntries => "the page has no entries",
        })
    }
}

impl std::error::Error for Malformed {}

impl From<Malformed> for Failure {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lenient::BAD_TIME;
    use serde_json::json;

    #[test]
    fn a_body_that_is_no_page_is_malformed() {
        for (body, expected) in [
            ("", Malformed::NotJson),
            ("<html>", Malformed::NotJson),
            ("{\"entries\":[", Malformed::NotJson),
            ("\u{0}", Malformed::NotJson),
            ("[]", Malformed::NotAnObject),
            ("null", Malformed::NotAnObject),
            ("{}", Malformed::NoEntries),
            (r#"{"entries":{}}"#, Malformed::NoEntries),
        ] {
            assert_eq!(FeedPage::parse(body.as_bytes()), Err(expected), "{body}");
        }
        assert_eq!(FeedPage::parse(b"\xff\xfe"), Err(Malformed::NotJson));
        assert_eq!(
            FeedPage::parse("[".repeat(100_000).as_bytes()),
            Err(Malformed::NotJson)
        );
    }

    #[test]
    fn one_bad_item_is_skipped_and_the_page_lives() {
        for (bad, why) in [
            (json!("text"), "not an object"),
            (json!(null), "not an object"),
            (json!({ "inserted_at": TIME }), "no id"),
            (json!({ "id": 7, "inserted_at": TIME }), "no id"),
            (json!({ "id": "", "inserted_at": TIME }), "no id"),
            (json!({ "id": "m" }), "no inserted_at"),
            (json!({ "id": "m", "inserted_at": 7 }), BAD_TIME),
            (json!({ "id": "m", "inserted_at": "yesterday" }), BAD_TIME),
            (
                json!({ "id": "m", "inserted_at": TIME, "read_at": true }),
                BAD_TIME,
            ),
        ] {
            let page = parse(json!({ "entries": [good("a"), bad, good("b")] }));
            assert_eq!(page.items.len(), 2, "{why}");
            assert_eq!(page.skipped, [format!("item 1: {why}")]);
        }
    }

    #[test]
    fn missing_null_and_senseless_fields_do_not_cost_an_item() {
        for senseless in [
            json!(null),
            json!(7),
            json!("text"),
            json!([]),
            json!([null, 7, "x", [], {}]),
            json!({ "a": 1 }),
        ] {
            let mut item = good("a");
            for key in [
                "actors",
                "total_actors",
                "activities",
                "blocks",
                "source",
                "tenant",
                "updated_at",
                "__cursor",
                "extra",
            ] {
                item[key] = senseless.clone();
            }
            let page = parse(json!({ "entries": [item], "extra": senseless }));
            assert_eq!(
                (page.items.len(), page.skipped.len()),
                (1, 0),
                "{senseless}"
            );
        }
    }

    #[test]
    fn unknown_blocks_are_skipped() {
        let blocks = json!([
            { "type": "video", "name": "v" },
            { "type": "markdown", "name": "body", "rendered": "<p>a</p>" },
            { "type": "text" },
            { "type": "button_set", "name": "b", "buttons": [{ "label": "L" }, { "name": "no label" }, 7] },
            { "name": "no type" },
        ]);
        let mut item = good("a");
        item["blocks"] = blocks;
        let page = parse(json!({ "entries": [item] }));
        let button = Button {
            name: String::new(),
            label: "L".into(),
            action: String::new(),
        };
        assert_eq!(
            page.items[0].blocks,
            [
                Block::Markdown {
                    name: "body".into(),
                    rendered: "<p>a</p>".into()
                },
                Block::Text {
                    name: String::new(),
                    rendered: String::new()
                },
                Block::Buttons {
                    name: "b".into(),
                    buttons: vec![button]
                },
            ]
        );
    }

    #[test]
    fn senseless_counts_become_sensible() {
        for (value, expected) in [
            (json!(3), 3),
            (json!("3"), 3),
            (json!(-3), 0),
            (json!(2.9), 2),
            (json!(1e300), u64::MAX),
            (json!(u64::MAX), u64::MAX),
            (json!("three"), 0),
            (json!(null), 0),
            (json!([]), 0),
        ] {
            let meta = FeedMetadata::parse(&json!({ "unread_count": value })).unwrap();
            assert_eq!(
                meta,
                FeedMetadata {
                    unread_count: expected,
                    ..FeedMetadata::default()
                },
                "{value}"
            );
        }
    }

    #[test]
    fn a_page_may_leave_out_meta_and_page_info() {
        let mut item = good("a");
        item["__cursor"] = "cursor_a".into();
        let page = parse(json!({ "entries": [item] }));
        assert_eq!(page.meta, None);
        assert_eq!(page.page_info.after, Some("cursor_a".into()));
        assert_eq!(
            parse(json!({ "entries": [] })).page_info,
            PageInfo::default()
        );
        assert_eq!(
            parse(json!({ "entries": null, "meta": 7, "page_info": null })),
            FeedPage::default()
        );
    }

    #[test]
    fn what_is_wrong_is_said_without_contents() {
        let page = parse(json!({ "entries": [{ "id": "m", "inserted_at": "secret words" }] }));
        assert!(!page.skipped[0].contains("secret"), "{:?}", page.skipped);
    }

    fn parse(page: Value) -> FeedPage {
        FeedPage::parse(page.to_string().as_bytes()).unwrap()
    }

    fn good(id: &str) -> Value {
        json!({ "id": id, "inserted_at": TIME })
    }

    const TIME: &str = "2026-03-02T10:20:11.504331Z";
}
