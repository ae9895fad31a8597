//! The way of one recipient through a workflow, up to the message.

use std::borrow::Cow;

use serde_json::{Value, json};
use time::OffsetDateTime;
use tracing::{info, warn};

use crate::block::Block;
use crate::clock::{micros, moment};
use crate::condition::View;
use crate::eligibility::Sending;
use crate::emulator::Emulator;
use crate::message::{Activity, Message};
use crate::owner::Owner;
use crate::pending::{Batched, Passage};
use crate::preferences::{COMMERCIAL, DEFAULT, says_something};
use crate::step::{GroupKey, Step, Task};
use crate::template::Scope;

impl Emulator {
    /// Goes through a workflow from its beginning, if its conditions let this recipient in.
    pub(crate) fn begin(&mut self, passage: Passage, now: OffsetDateTime) {
        if !passage.workflow.conditions.are_none() {
            let scope = self.scope(&passage, now);
            let view = View { scope: &scope, now };
            if let Some(reason) = passage.workflow.conditions.failing(view) {
                let (workflow, user_id) = (&passage.workflow.key, &passage.user_id);
                info!(workflow, "the conditions of a workflow do not hold");
                let note = format!("sent no {workflow} to {user_id}: {reason}");
                return self.note(&note, now);
            }
        }
        self.go_on(passage, now);
    }

    /// Takes the steps that can be taken now.
    pub(crate) fn go_on(&mut self, mut passage: Passage, now: OffsetDateTime) {
        if passage.workflow.is_awaited() {
            let Some(workflow) = self.workflows.find(&passage.workflow.key) else {
                warn!(
                    workflow = passage.workflow.key,
                    "ended a run whose workflow is gone"
                );
                let note = format!(
                    "ended {} to {}: the workflow is gone",
                    passage.workflow.key, passage.user_id
                );
                return self.note(&note, now);
            };
            passage.workflow = workflow;
        }
        let workflow = passage.workflow.clone();
        let about = format!("{} to {}", workflow.key, passage.user_id);
        if passage.happenings.is_empty() {
            return self.note(&format!("ended {about}: its batch is empty"), now);
        }
        while let Some(step) = workflow.steps.get(passage.step) {
            if self.recipients.user(&passage.user_id).is_none() {
                info!("dropped a notification to a recipient that is gone");
                return self.note(&format!("dropped {about}: the recipient is gone"), now);
            }
            let scope = self.scope(&passage, now);
            let view = View { scope: &scope, now };
            let key_of = |key: &Option<GroupKey>| Some(key.as_ref()?.value(&scope));
            if let Some(reason) = step.conditions.failing(view) {
                let note = format!("passed over {} of {about}: {reason}", step.step_ref);
                self.note(&note, now);
                passage.step += 1;
                continue;
            }
            match &step.task {
                Task::InApp(blocks) => self.deliver(&passage, step, blocks, scope, now),
                Task::Delay(_) if passage.skips_delays => {}
                Task::Delay(time) => {
                    passage.step += 1;
                    return self.pending.delay(passage, now + *time);
                }
                Task::Batch(batch) => {
                    let group = passage.group(key_of(&batch.key).flatten());
                    passage.step += 1;
                    passage.batched = Some(batch.order);
                    return match self.pending.batch(group, passage, batch, now) {
                        Batched::Waits => {}
                        Batched::GoesOn(passage) => self.go_on(passage, now),
                    };
                }
                Task::Throttle(throttle) => match key_of(&throttle.key) {
                    Some(None) => {
                        let note = format!("passed over {} of {about}: no key", step.step_ref);
                        self.note(&note, now);
                    }
                    key => {
                        let group = passage.group(key.flatten());
                        let (window, limit) = (throttle.window, throttle.limit);
                        if !self.pending.pass(group, window, limit, now) {
                            info!(workflow = workflow.key, "throttled a notification");
                            return self.note(&format!("throttled {about}"), now);
                        }
                    }
                },
            }
            passage.step += 1;
        }
    }

    fn deliver(
        &mut self,
        passage: &Passage,
        step: &Step,
        blocks: &[Block],
        mut scope: Value,
        now: OffsetDateTime,
    ) {
        let workflow = &passage.workflow;
        if !workflow.overrides_preferences
            && let Some(reason) = self.objection(passage, &scope, now)
        {
            info!(workflow = workflow.key, "a recipient's preferences say no");
            let note = format!(
                "sent no {} to {}: the preferences say no ({reason})",
                workflow.key, passage.user_id
            );
            return self.note(&note, now);
        }
        let Some(user) = self.recipients.user(&passage.user_id).cloned() else {
            return;
        };
        let id = self.ids.ksuid(now);
        scope["current_message"] = json!({
            "id": id,
            "inserted_at": micros(now),
            "updated_at": micros(now),
        });
        let templates_see = Scope::of(&scope);
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
            data: passage.data(),
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

    /// What in the preferences speaks against a message. Of a batch they look at the first trigger alone.
    fn objection(&self, passage: &Passage, scope: &Value, now: OffsetDateTime) -> Option<String> {
        let owner = Owner::user(&passage.user_id);
        let mut layers = self.preference_layers(&owner, passage.tenant.as_deref());
        // Whether somebody wants to hear of offers at all is said in the default set alone.
        let default = self.recipients.preferences.set(&owner, DEFAULT);
        for layer in &mut layers {
            layer[COMMERCIAL] = default[COMMERCIAL].clone();
        }
        if default[COMMERCIAL].is_null() && !layers.iter().any(says_something) {
            // As most have it.
            return None;
        }
        let mut scope = Cow::Borrowed(scope);
        if let [first, _, ..] = passage.happenings.as_slice() {
            scope.to_mut()["data"] = json!(first.data);
        }
        let workflow = &passage.workflow;
        let sending = Sending {
            workflow: &workflow.key,
            categories: &workflow.categories,
            is_commercial: workflow.is_commercial,
            channel_id: &self.config.feed_id,
            view: View { scope: &scope, now },
        };
        sending.objection(&layers)
    }
}
