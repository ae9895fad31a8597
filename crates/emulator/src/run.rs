//! Triggers: for whom a workflow runs.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};
use time::OffsetDateTime;
use tracing::info;

use crate::clock::moment;
use crate::emulator::Emulator;
use crate::owner::Owner;
use crate::pending::{Happening, Passage};
use crate::preferences::DEFAULT;
use crate::refusal::Refusal;
use crate::trigger::Trigger;
use crate::workflow::Workflow;

/// Who gets a message, with the data that is meant for them.
#[derive(Debug)]
struct Addressed {
    data: Map<String, Value>,
    user_id: String,
}

impl Emulator {
    /// Runs a workflow for every recipient; returns the run's id.
    pub(crate) fn run(
        &mut self,
        workflow: &Arc<Workflow>,
        trigger: &Trigger,
        now: OffsetDateTime,
    ) -> Result<String, Refusal> {
        if self.messages.len() + self.pending.waiting.len() >= MAX_MESSAGES {
            return Err(Refusal::Full("messages"));
        }
        let actor = match &trigger.actor {
            Some(actor) => Some(
                self.recipients
                    .resolve("actor", actor, now)?
                    .ok_or(Refusal::ActorMissing)?,
            ),
            None => None,
        };
        let users = self.resolve_recipients(trigger, actor.as_ref(), now)?;
        let tenant = match &trigger.tenant {
            Some(tenant) => Some(self.introduce_tenant(tenant, now)?),
            None => None,
        };
        let run_id = self.ids.uuid();
        info!(
            workflow = workflow.key,
            recipients = users.len(),
            "ran a workflow"
        );
        for Addressed { data, user_id } in users {
            let happening = Happening {
                actor: actor.clone(),
                data,
                cancellation_key: trigger.cancellation_key.clone(),
                at: moment(now),
            };
            let passage = Passage {
                workflow: workflow.clone(),
                run_id: run_id.clone(),
                user_id,
                tenant: tenant.clone(),
                skips_delays: trigger.skips_delays,
                step: 0,
                happenings: vec![happening],
            };
            self.go_on(passage, now);
        }
        Ok(run_id)
    }

    /// The users to notify, each with its data: objects stand for their subscribers, the actor is left out.
    fn resolve_recipients(
        &mut self,
        trigger: &Trigger,
        actor: Option<&Value>,
        now: OffsetDateTime,
    ) -> Result<Vec<Addressed>, Refusal> {
        let mut met: BTreeSet<Owner> = actor.and_then(Owner::parse).into_iter().collect();
        let mut users = Vec::new();
        for named in &trigger.recipients {
            let Some(recipient) = self.recipients.resolve("recipients", named, now)? else {
                info!("dropped a notification to a recipient that was never identified");
                self.note(
                    &format!("dropped a notification: {named} was never identified"),
                    now,
                );
                continue;
            };
            let mut waiting: Vec<Owner> = Owner::parse(&recipient).into_iter().collect();
            while let Some(owner) = waiting.pop() {
                if !met.insert(owner.clone()) {
                    info!("skipped a recipient that is the actor or was named twice");
                    continue;
                }
                match (&owner, self.recipients.find(&owner)) {
                    (Owner::User(user_id), Some(_)) => {
                        users.push(Addressed {
                            data: trigger.data_for(named),
                            user_id: user_id.clone(),
                        });
                    }
                    (Owner::Object { .. }, _) => {
                        let subscribers = self.recipients.subscriptions.of(&owner);
                        let mut subscribers: Vec<Owner> = subscribers
                            .map(|subscription| subscription.recipient.clone())
                            .collect();
                        subscribers.reverse();
                        waiting.extend(subscribers);
                    }
                    (Owner::User(_), None) => {}
                }
            }
        }
        Ok(users)
    }

    /// The id of a trigger's tenant, which exists from now on.
    pub(crate) fn introduce_tenant(
        &mut self,
        tenant: &Value,
        now: OffsetDateTime,
    ) -> Result<String, Refusal> {
        let id = tenant.as_str().or(tenant["id"].as_str());
        let id = id.unwrap_or_default().to_owned();
        match tenant {
            Value::Object(properties) => self.set_tenant(&id, properties, now)?,
            _ if self.recipients.find(&Owner::tenant(&id)).is_some() => {}
            _ => self.set_tenant(&id, &Map::new(), now)?,
        }
        Ok(id)
    }

    /// The preference sets that count for somebody, the one that counts least first.
    pub(crate) fn preference_layers(&self, owner: &Owner, tenant: Option<&str>) -> Vec<Value> {
        let Some(tenant) = tenant else {
            return vec![self.recipients.preferences.set(owner, DEFAULT)];
        };
        let object = self.recipients.find(&Owner::tenant(tenant));
        let of_tenant =
            object.map(|object| object["properties"]["settings"]["preference_set"].clone());
        vec![
            of_tenant.unwrap_or_default(),
            self.recipients.preferences.set(owner, tenant),
        ]
    }
}

/// So that a loop that forgot to end does not take all memory. A trigger may go beyond it by its recipients.
const MAX_MESSAGES: usize = 100_000;
