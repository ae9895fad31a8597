//! The way of one recipient through a workflow, up to the message.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use tracing::{info, warn};

use crate::clock::moment;
use crate::eligibility::Sending;
use crate::emulator::Emulator;
use crate::message::{Activity, Message};
use crate::owner::Owner;
use crate::pending::{Happening, Passage};
use crate::template::Scope;
use crate::workflow::{self, Block, Step, Task};

impl Emulator {
    /// Takes the steps that can be taken now.
    pub(crate) fn go_on(&mut self, mut passage: Passage, now: OffsetDateTime) {
        if passage.workflow.is_awaited() {
            let Some(workflow) = self.workflows.find(&passage.workflow.key) else {
                warn!(
                    workflow = passage.workflow.key,
                    "ended a run whose workflow is gone"
                );
                return;
            };
            passage.workflow = workflow;
        }
        let workflow = passage.workflow.clone();
        while let Some(step) = workflow.steps.get(passage.step) {
            let Some(user) = self.recipients.user(&passage.user_id).cloned() else {
                info!("dropped a notification to a recipient that is gone");
                return;
            };
            let scope = self.scope(&passage, &user);
            if step
                .conditions
                .iter()
                .all(|condition| condition.holds(&scope))
            {
                match &step.task {
                    Task::InApp(blocks) => self.deliver(&passage, step, blocks, user, &scope, now),
                    Task::Delay(_) if passage.skips_delays => {}
                    Task::Delay(time) => {
                        passage.step += 1;
                        return self.pending.delay(passage, now + *time);
                    }
                    Task::Batch {
                        window,
                        key,
                        sliding,
                    } => {
                        let group = passage.group(key.as_deref());
                        passage.step += 1;
                        return self.pending.batch(group, passage, now + *window, *sliding);
                    }
                    Task::Throttle { window, key, limit } => {
                        let group = passage.group(key.as_deref());
                        if !self.pending.pass(group, *window, *limit, now) {
                            info!(workflow = workflow.key, "throttled a notification");
                            let note = format!("throttled {} to {}", workflow.key, passage.user_id);
                            self.note(&note, now);
                            return;
                        }
                    }
                }
            }
            passage.step += 1;
        }
    }

    /// What templates and conditions see: the data also bare, as Knock has it.
    fn scope(&self, passage: &Passage, user: &Value) -> Value {
        let data = combined(&passage.happenings);
        let last = passage.happenings.last();
        let actors: Vec<&Value> = passage
            .happenings
            .iter()
            .filter_map(|happening| happening.actor.as_ref())
            .collect();
        let activities: Vec<Value> = passage
            .happenings
            .iter()
            .map(|happening| json!({"actor": happening.actor.as_ref().map(named), "data": happening.data}))
            .collect();
        let tenant = passage.tenant.as_deref();
        let tenant = tenant.and_then(|tenant| self.recipients.find(&Owner::tenant(tenant)));
        let mut scope = data.clone();
        scope.extend([
            ("data".to_owned(), Value::Object(data)),
            ("vars".to_owned(), workflow::vars()),
            (
                "actor".to_owned(),
                last.and_then(|last| last.actor.as_ref().map(named))
                    .unwrap_or_default(),
            ),
            ("recipient".to_owned(), named(user)),
            ("tenant".to_owned(), tenant.map(named).unwrap_or_default()),
            (
                "workflow".to_owned(),
                json!({"key": passage.workflow.key, "categories": passage.workflow.categories}),
            ),
            (
                "actors".to_owned(),
                actors.iter().map(|actor| named(actor)).collect(),
            ),
            ("total_actors".to_owned(), json!(actors.len())),
            ("total_activities".to_owned(), json!(activities.len())),
            ("activities".to_owned(), Value::Array(activities)),
        ]);
        Value::Object(scope)
    }

    fn deliver(
        &mut self,
        passage: &Passage,
        step: &Step,
        blocks: &[Block],
        user: Value,
        scope: &Value,
        now: OffsetDateTime,
    ) {
        let workflow = &passage.workflow;
        let sending = Sending {
            workflow: &workflow.key,
            categories: &workflow.categories,
            is_commercial: workflow.is_commercial,
            channel_id: &self.config.feed_id,
            scope,
        };
        let owner = Owner::user(&passage.user_id);
        if !sending.is_wanted(&self.preference_layers(&owner, passage.tenant.as_deref())) {
            info!(workflow = workflow.key, "a recipient's preferences say no");
            let note = format!(
                "sent no {} to {}: the preferences say no",
                workflow.key, passage.user_id
            );
            self.note(&note, now);
            return;
        }
        let templates_see = Scope::of(scope);
        let id = self.ids.ksuid(now);
        let activities = passage.happenings.iter().map(|happening| Activity {
            id: self.ids.ksuid(happening.at),
            actor: happening.actor.clone(),
            data: happening.data.clone(),
            at: happening.at,
        });
        let activities = activities.collect();
        let mut message = Message {
            id,
            activities,
            workflow_run_id: passage.run_id.clone(),
            workflow_recipient_run_id: self.ids.uuid(),
            recipient: user,
            workflow: workflow.origin(),
            step_ref: step.step_ref.clone(),
            tenant: passage.tenant.clone(),
            blocks: blocks
                .iter()
                .map(|block| block.render(&templates_see))
                .collect(),
            data: combined(&passage.happenings),
            inserted_at: moment(now),
            updated_at: moment(now),
            seen_at: None,
            read_at: None,
            interacted_at: None,
            archived_at: None,
            events: Vec::new(),
        };
        message.note("created", Value::Null, now);
        message.note("delivered", Value::Null, now);
        self.messages.push(message);
        let feed = self.messages.of(&passage.user_id);
        if let Some(new) = feed.last() {
            self.sockets.announce(new, &feed, &self.config);
        }
    }
}

/// The data of everything a batch took up: where two say something, the later one.
fn combined(happenings: &[Happening]) -> Map<String, Value> {
    let mut data = Map::new();
    for happening in happenings {
        data.extend(happening.data.clone());
    }
    data
}

/// A recipient with a name at the top, where an object keeps it among its properties.
fn named(recipient: &Value) -> Value {
    let mut named = recipient.clone();
    if recipient["__typename"] == "Object" {
        named["name"] = recipient["properties"]["name"].clone();
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_named_by_its_properties() {
        let object = json!({"__typename": "Object", "id": "p", "collection": "projects", "properties": {"name": "Apollo"}});
        assert_eq!(named(&object)["name"], "Apollo");
    }
}
