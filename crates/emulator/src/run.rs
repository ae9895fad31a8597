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
use crate::preferences::{self, DEFAULT};
use crate::refusal::Refusal;
use crate::trigger::Trigger;
use crate::workflow::Workflow;

/// Who gets a message, with the data that is meant for them.
#[derive(Debug)]
struct Addressed {
    data: Map<String, Value>,
    user_id: String,
    subscription: Option<Value>,
}

/// A recipient that is being looked at.
struct Met {
    owner: Owner,
    /// How many objects stand between it and what the trigger names.
    depth: usize,
    subscription: Option<Value>,
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
        for Addressed {
            data,
            user_id,
            subscription,
        } in users
        {
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
                subscription,
                batched: None,
                happenings: vec![happening],
            };
            self.begin(passage, now);
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
        let actor = actor.and_then(Owner::parse);
        let mut met: BTreeSet<Owner> = BTreeSet::new();
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
            let owner = Owner::parse(&recipient).into_iter();
            let mut waiting: Vec<Met> = owner
                .map(|owner| Met {
                    owner,
                    depth: 0,
                    subscription: None,
                })
                .collect();
            while let Some(recipient) = waiting.pop() {
                let owner = &recipient.owner;
                if actor.as_ref() == Some(owner) {
                    self.note(&format!("left out {owner}: the actor is not notified"), now);
                    continue;
                }
                if !met.insert(owner.clone()) {
                    self.note(&format!("left out {owner}: once is enough"), now);
                    continue;
                }
                match owner {
                    Owner::User(user_id) if self.recipients.find(owner).is_some() => {
                        users.push(Addressed {
                            data: trigger.data_for(named),
                            user_id: user_id.clone(),
                            subscription: recipient.subscription,
                        });
                    }
                    Owner::User(_) => {
                        self.note(&format!("dropped a notification: {owner} is gone"), now);
                    }
                    Owner::Object { .. } => {
                        let mut subscribers = self.subscribers(&recipient, trigger, now);
                        subscribers.reverse();
                        waiting.extend(subscribers);
                    }
                }
            }
        }
        Ok(users)
    }

    /// Whom an object stands for. It has no feed of its own.
    fn subscribers(
        &mut self,
        Met { owner, depth, .. }: &Met,
        trigger: &Trigger,
        now: OffsetDateTime,
    ) -> Vec<Met> {
        let reason = match () {
            () if trigger.only_named => "a schedule does not reach its subscribers",
            () if *depth >= MAX_DEPTH => "it follows an object that follows the one that was named",
            () => "nobody follows it",
        };
        let followed = self.recipients.find(owner).cloned().unwrap_or_default();
        let subscriptions = self.recipients.subscriptions.of(owner);
        let reached = subscriptions.filter(|_| !trigger.only_named && *depth < MAX_DEPTH);
        let subscribers: Vec<Met> = reached
            .map(|subscription| Met {
                owner: subscription.recipient.clone(),
                depth: depth + 1,
                subscription: Some(subscription.in_scope(&followed)),
            })
            .collect();
        if subscribers.is_empty() {
            self.note(
                &format!("sent nothing to {owner}: objects have no feed, and {reason}"),
                now,
            );
        }
        subscribers
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
        let default = self.recipients.preferences.set(owner, DEFAULT);
        let Some(tenant) = tenant else {
            return vec![default];
        };
        let object = self.recipients.find(&Owner::tenant(tenant));
        let of_tenant =
            object.map(|object| object["properties"]["settings"]["preference_set"].clone());
        let layers = [
            of_tenant.unwrap_or_default(),
            self.recipients.preferences.set(owner, tenant),
        ];
        if !layers.iter().any(preferences::says_something) {
            // As if no tenant were named.
            return vec![default];
        }
        layers.into()
    }
}

/// An organization, its teams, their members: Knock goes no deeper.
const MAX_DEPTH: usize = 2;

/// So that a loop that forgot to end does not take all memory. A trigger may go beyond it by its recipients.
const MAX_MESSAGES: usize = 100_000;
