//! Items as the server spells them, for whoever keeps them.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::item::{Activity, Actor, Block, Button, FeedItem, Source};
use crate::stamp;

impl FeedItem {
    /// The item as the server would send it: [`FeedItem::parse`] reads the same item from it.
    ///
    /// Fields and blocks that this crate does not know are not in it.
    pub fn write(&self) -> Value {
        let marks = &self.marks;
        object([
            ("id", Some(json!(self.id))),
            ("__cursor", self.cursor.as_ref().map(|cursor| json!(cursor))),
            ("actors", Some(each(&self.actors, actor))),
            ("total_actors", Some(self.total_actors.into())),
            ("activities", Some(each(&self.activities, activity))),
            ("total_activities", Some(self.total_activities.into())),
            ("blocks", Some(each(&self.blocks, block))),
            ("data", self.data.clone()),
            ("source", Some(source(&self.source))),
            ("tenant", text(&self.tenant)),
            ("inserted_at", at(Some(self.inserted_at))),
            ("updated_at", at(self.updated_at)),
            ("seen_at", at(marks.seen_at)),
            ("read_at", at(marks.read_at)),
            ("archived_at", at(marks.archived_at)),
            ("interacted_at", at(marks.interacted_at)),
            ("link_clicked_at", at(marks.link_clicked_at)),
        ])
    }
}

fn actor(actor: &Actor) -> Value {
    let avatar = actor.avatar.as_ref().map(|url| json!(url.as_str()));
    object([
        ("id", Some(json!(actor.id))),
        ("collection", text(&actor.collection)),
        ("name", text(&actor.name)),
        ("avatar", avatar),
    ])
}

fn activity(activity: &Activity) -> Value {
    object([
        ("id", Some(json!(activity.id))),
        ("actor", activity.actor.as_ref().map(actor)),
        ("data", activity.data.clone()),
        ("inserted_at", at(activity.inserted_at)),
    ])
}

fn block(block: &Block) -> Value {
    match block {
        Block::Markdown { name, rendered } => {
            json!({ "type": "markdown", "name": name, "rendered": rendered })
        }
        Block::Text { name, rendered } => {
            json!({ "type": "text", "name": name, "rendered": rendered })
        }
        Block::Buttons { name, buttons } => {
            json!({ "type": "button_set", "name": name, "buttons": each(buttons, button) })
        }
    }
}

fn button(button: &Button) -> Value {
    json!({ "name": button.name, "label": button.label, "action": button.action })
}

fn source(source: &Source) -> Value {
    object([
        ("key", Some(json!(source.key))),
        ("version_id", text(&source.version_id)),
        ("categories", Some(json!(source.categories))),
        ("step_ref", text(&source.step_ref)),
    ])
}

fn each<T>(list: &[T], write: impl Fn(&T) -> Value) -> Value {
    list.iter().map(write).collect()
}

fn text(text: &Option<String>) -> Option<Value> {
    text.clone().map(Value::String)
}

fn at(at: Option<OffsetDateTime>) -> Option<Value> {
    at.map(|at| stamp::write(at).into())
}

/// What is not there is left out.
fn object<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let fields = fields
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(fields.collect::<Map<String, Value>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_read_from_what_was_written_of_it() {
        let time = "2026-03-02T10:20:11.504331Z";
        for item in [
            json!({ "id": "a", "inserted_at": time }),
            json!({
                "id": "b", "__cursor": "g3QAAAAC", "inserted_at": time, "updated_at": time,
                "seen_at": time, "read_at": "2026-03-02T11:20:11+01:00", "archived_at": time,
                "interacted_at": null, "link_clicked_at": time, "tenant": "acme",
                "total_actors": 7, "total_activities": u64::MAX, "data": { "deep": [1, { "x": null }] },
                "actors": [
                    { "id": "u", "name": "Ada", "properties": { "avatar": "HTTPS://a.test/x y" } },
                    { "__typename": "Object", "id": "o", "collection": "c", "properties": { "name": "Bob" } },
                    {},
                ],
                "activities": [
                    { "id": "x", "actor": { "id": "u" }, "data": {}, "inserted_at": time },
                    { "id": "y" },
                ],
                "source": { "key": "w", "version_id": "v", "categories": ["c", "d"], "step_ref": "s" },
                "blocks": [
                    { "type": "markdown", "name": "body", "content": "x", "rendered": "<p>x</p>" },
                    { "type": "text", "name": "action_url", "rendered": "/p/7" },
                    { "type": "button_set", "name": "actions", "buttons": [{ "label": "L", "action": "javascript:1" }] },
                    { "type": "video" },
                ],
            }),
        ] {
            let read = FeedItem::parse(&item).unwrap();
            assert_eq!(FeedItem::parse(&read.write()).unwrap(), read);
        }
    }
}
