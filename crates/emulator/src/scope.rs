//! What templates and conditions see of a run.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::clock::micros;
use crate::emulator::Emulator;
use crate::message::reference;
use crate::owner::Owner;
use crate::pending::{Happening, Passage};
use crate::workflow;

impl Passage {
    /// The data of the run; after a batch, what of it can be laid together.
    pub(crate) fn data(&self) -> Map<String, Value> {
        let mut data = Map::new();
        for happening in &self.happenings {
            data.extend(happening.data.clone());
        }
        if self.batched.is_some() {
            data.retain(|_, value| !value.is_object() && !value.is_array());
            for value in data.values_mut() {
                if let Value::String(text) = value
                    && let Some((end, _)) = text.char_indices().nth(MAX_CHARACTERS)
                {
                    text.truncate(end);
                }
            }
        }
        data
    }
}

impl Emulator {
    /// The data also lies bare, as Knock has it.
    pub(crate) fn scope(&self, passage: &Passage, now: OffsetDateTime) -> Value {
        let data = passage.data();
        let happenings = &passage.happenings;
        let order = passage.batched.unwrap_or_default();
        let actors = distinct(happenings);
        let last = happenings.last();
        let at = last.map_or(now, |last| last.at);
        let counts = [
            ("total_activities", json!(happenings.len())),
            ("total_actors", json!(actors.len())),
        ];
        let recipient = self.seen_recipient(passage);
        let activities = order.visible(happenings).iter();
        let activities: Value = activities.map(|one| activity(one, &recipient)).collect();
        let workflow = &passage.workflow;
        let named_parts = [
            ("data", json!(data)),
            ("vars", workflow::vars()),
            ("timestamp", json!(micros(at))),
            ("recipient", recipient),
            (
                "actor",
                last.and_then(|last| last.actor.as_ref().map(named))
                    .unwrap_or_default(),
            ),
            ("tenant", self.seen_tenant(passage)),
            (
                "workflow",
                json!({
                    "id": workflow.version_id,
                    "key": workflow.key,
                    "name": workflow.name,
                    "categories": workflow.categories,
                    "commercial": workflow.is_commercial,
                    "override_preferences": workflow.overrides_preferences,
                }),
            ),
            ("run", Value::Object(owned(counts.clone()))),
            ("refs", self.refs(passage)),
            ("activities", activities),
            (
                "actors",
                order
                    .visible(&actors)
                    .iter()
                    .map(|one| named(one))
                    .collect(),
            ),
        ];
        let mut scope = data;
        scope.extend(owned(named_parts));
        scope.extend(owned(counts));
        Value::Object(scope)
    }

    fn seen_recipient(&self, passage: &Passage) -> Value {
        let user = self.recipients.user(&passage.user_id);
        let mut recipient = user.map(named).unwrap_or_default();
        if let Some(subscription) = &passage.subscription {
            recipient["subscription"] = subscription.clone();
        }
        recipient
    }

    fn seen_tenant(&self, passage: &Passage) -> Value {
        let tenant = passage.tenant.as_deref();
        let tenant = tenant.and_then(|tenant| self.recipients.find(&Owner::tenant(tenant)));
        tenant.map(named).unwrap_or_default()
    }

    /// How the messages of this run stand, by the step that sent them; only where a condition asks.
    fn refs(&self, passage: &Passage) -> Value {
        let asked = passage.workflow.steps.get(passage.step);
        let asked = asked.is_some_and(|step| {
            let paths = step.conditions.paths();
            paths.iter().any(|path| path.starts_with("refs."))
        });
        let mut refs = Map::new();
        if !asked {
            return Value::Object(refs);
        }
        let before = passage.workflow.steps.iter().take(passage.step);
        for step in before {
            let skipped = json!({"delivery_status": "skipped", "engagement_status": []});
            refs.insert(step.step_ref.clone(), skipped);
        }
        let of_user = self.messages.of(&passage.user_id);
        let of_run = of_user
            .iter()
            .filter(|message| message.workflow_run_id == passage.run_id);
        for message in of_run {
            let mut statuses = message.engagement_statuses();
            if message.seen_at.is_some() && message.read_at.is_none() {
                statuses.push("seen_not_read");
            }
            if message.read_at.is_some() {
                statuses.push("read_not_link_clicked");
            }
            let status = json!({"delivery_status": "delivered", "engagement_status": statuses});
            refs.insert(message.step_ref.clone(), status);
        }
        Value::Object(refs)
    }
}

/// Who acted, each once, in the order they came.
fn distinct(happenings: &[Happening]) -> Vec<&Value> {
    let mut actors: Vec<&Value> = Vec::new();
    for actor in happenings.iter().filter_map(|one| one.actor.as_ref()) {
        if !actors.iter().any(|met| reference(met) == reference(actor)) {
            actors.push(actor);
        }
    }
    actors
}

/// A trigger with its data lying open beside who acted and when.
fn activity(happening: &Happening, recipient: &Value) -> Value {
    let mut activity = happening.data.clone();
    activity.extend(owned([
        ("data", json!(happening.data)),
        (
            "actor",
            happening.actor.as_ref().map(named).unwrap_or_default(),
        ),
        ("recipient", recipient.clone()),
        ("inserted_at", json!(micros(happening.at))),
        ("updated_at", json!(micros(happening.at))),
    ]));
    Value::Object(activity)
}

/// A recipient with its properties open, where an object keeps them apart.
fn named(recipient: &Value) -> Value {
    let mut named = recipient.clone();
    for (key, value) in recipient["properties"].as_object().into_iter().flatten() {
        if recipient["__typename"] == "Object" && recipient.get(key).is_none() {
            named[key] = value.clone();
        }
    }
    named
}

fn owned<const N: usize>(entries: [(&str, Value); N]) -> Map<String, Value> {
    entries
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

/// A text in the data of a batch is no longer.
const MAX_CHARACTERS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_properties_of_an_object_lie_open() {
        let object = json!({"__typename": "Object", "id": "p", "collection": "projects",
            "properties": {"name": "Apollo", "id": "other", "stage": "open"}});
        let named = named(&object);
        assert_eq!(
            (&named["name"], &named["stage"], &named["id"]),
            (&json!("Apollo"), &json!("open"), &json!("p"))
        );
    }
}
