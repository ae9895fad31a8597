//! Runs of workflows: who gets a message, and what it says.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use tracing::info;

use crate::clock::moment;
use crate::eligibility::Sending;
use crate::emulator::Emulator;
use crate::message::Message;
use crate::owner::Owner;
use crate::preferences::DEFAULT;
use crate::refusal::Refusal;
use crate::trigger::Trigger;
use crate::workflow::{self, Workflow};

/// What the messages of one run have in common.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) id: String,
    pub(crate) actor: Option<Value>,
    pub(crate) tenant: Option<String>,
}

/// Who gets a message, with the data that is meant for them.
#[derive(Debug)]
struct Addressed {
    data: Map<String, Value>,
    user: Value,
}

impl Emulator {
    /// Runs a workflow for every recipient; returns the run's id.
    pub(crate) fn run(
        &mut self,
        workflow: &'static Workflow,
        trigger: &Trigger,
        now: OffsetDateTime,
    ) -> Result<String, Refusal> {
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
        let run = Run {
            id: self.ids.uuid(),
            actor,
            tenant,
        };
        info!(
            workflow = workflow.key,
            recipients = users.len(),
            "ran a workflow"
        );
        for Addressed { data, user } in users {
            self.deliver(workflow, &run, data, user, now);
        }
        Ok(run.id)
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
                continue;
            };
            let mut waiting: Vec<Owner> = Owner::parse(&recipient).into_iter().collect();
            while let Some(owner) = waiting.pop() {
                if !met.insert(owner.clone()) {
                    info!("skipped a recipient that is the actor or was named twice");
                    continue;
                }
                match (&owner, self.recipients.find(&owner)) {
                    (Owner::User(_), Some(user)) => {
                        users.push(Addressed {
                            data: trigger.data_for(named),
                            user: user.clone(),
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

    fn deliver(
        &mut self,
        workflow: &'static Workflow,
        run: &Run,
        data: Map<String, Value>,
        user: Value,
        now: OffsetDateTime,
    ) {
        if !self.is_wanted(workflow, run, &data, &user) {
            info!(workflow = workflow.key, "a recipient's preferences say no");
            return;
        }
        let blocks = workflow.render(&data, run.actor.as_ref(), &user);
        let mut message = Message {
            id: self.ids.ksuid(now),
            activity_id: self.ids.ksuid(now),
            workflow_run_id: run.id.clone(),
            workflow_recipient_run_id: self.ids.uuid(),
            recipient: user,
            actor: run.actor.clone(),
            workflow: workflow.key,
            version_id: workflow.version_id,
            categories: workflow.categories,
            step_ref: workflow.step_ref,
            tenant: run.tenant.clone(),
            blocks,
            data,
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
        if let Some(new) = self.messages.last() {
            let feed: Vec<&Message> = self
                .messages
                .iter()
                .filter(|message| message.user_id() == new.user_id())
                .collect();
            self.sockets.announce(new, &feed);
        }
    }

    fn is_wanted(
        &self,
        workflow: &Workflow,
        run: &Run,
        data: &Map<String, Value>,
        user: &Value,
    ) -> bool {
        let Some(owner) = Owner::parse(user) else {
            return false;
        };
        let tenant = run.tenant.as_deref();
        let scope = json!({
            "recipient": user,
            "actor": run.actor,
            "data": data,
            "tenant": tenant.and_then(|tenant| self.recipients.find(&Owner::tenant(tenant))),
            "workflow": {"key": workflow.key, "categories": workflow.categories},
            "vars": workflow::vars(),
        });
        let categories: Vec<String> = workflow
            .categories
            .iter()
            .map(|category| (*category).to_owned())
            .collect();
        let sending = Sending {
            workflow: workflow.key,
            categories: &categories,
            is_commercial: false,
            channel_id: &self.config.feed_id,
            scope: &scope,
        };
        sending.is_wanted(&self.preference_layers(&owner, tenant))
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
