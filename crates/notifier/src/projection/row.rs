//! One item of the list.

use doorbell_knock::{FeedItem, WebUrl};

use super::{MAX_NAME, rfc3339};
use crate::{
    render::{Renderer, cut},
    view::{Actor, Row, RowActivity},
};

/// Triggers of a batched item that a row unfolds, and characters of each.
const MAX_ACTIVITIES: usize = 10;
const MAX_ACTIVITY: usize = 200;

/// Where the window finds a picture, if it has come.
pub(super) type Look<'a> = &'a mut dyn FnMut(&WebUrl) -> Option<String>;

pub(super) fn row(
    item: &FeedItem,
    schemes: &[String],
    renderer: &mut Renderer,
    look: Look<'_>,
) -> Row {
    // One that stands for itself alone says all in its blocks.
    let batched = item.total_activities > 1;
    let activities = item.activities.iter().filter(|_| batched);
    Row {
        id: item.id.clone(),
        unread: item.is_unread(),
        unseen: item.is_unseen(),
        archived: item.is_archived(),
        actor: item.actors.iter().find_map(|of| actor(of, look)),
        blocks: renderer.blocks(item),
        activities: activities
            .take(MAX_ACTIVITIES)
            .map(|of| activity(of, look))
            .collect(),
        total_activities: item.total_activities,
        at: rfc3339(item.inserted_at),
        opens: item.action_url_in(schemes).is_some(),
    }
}

fn actor(actor: &doorbell_knock::Actor, look: Look<'_>) -> Option<Actor> {
    let name = cut(actor.name.as_deref()?, MAX_NAME);
    let initials = initials(&name);
    Some(Actor {
        name,
        initials,
        picture: actor.avatar.as_ref().and_then(look),
    })
}

/// One trigger of a batch. What it says is the first text of its data: only the template knows better.
fn activity(activity: &doorbell_knock::Activity, look: Look<'_>) -> RowActivity {
    let data = activity.data.as_ref().and_then(|data| data.as_object());
    let mut texts = data.into_iter().flatten().filter_map(|(_, value)| {
        let text = value.as_str()?.trim();
        (!text.is_empty() && !text.contains("://")).then_some(text)
    });
    RowActivity {
        actor: activity.actor.as_ref().and_then(|of| actor(of, look)),
        text: cut(texts.next().unwrap_or_default(), MAX_ACTIVITY),
        at: activity.inserted_at.map(rfc3339),
    }
}

/// The first letters of the first two words.
fn initials(name: &str) -> String {
    name.split_whitespace()
        .filter_map(|word| word.chars().next())
        .take(2)
        .flat_map(char::to_uppercase)
        .collect()
}
