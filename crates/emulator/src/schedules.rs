//! Workflows that are triggered at a time, once or again and again.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use tracing::warn;

use crate::clock::micros;
use crate::emulator::Emulator;
use crate::owner::Owner;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::repeat::Repeat;
use crate::trigger::Trigger;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Schedule {
    pub(crate) id: String,
    pub(crate) workflow: String,
    pub(crate) recipient: Owner,
    pub(crate) tenant: Option<String>,
    terms: Terms,
    last: Option<OffsetDateTime>,
    next: Option<OffsetDateTime>,
    inserted_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

/// What a request says of when and with what.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Terms {
    actor: Option<Owner>,
    data: Map<String, Value>,
    repeats: Vec<Repeat>,
    scheduled_at: Option<OffsetDateTime>,
    ending_at: Option<OffsetDateTime>,
}

impl Terms {
    /// What the body says over what was said before.
    pub(crate) fn parse(
        body: &Map<String, Value>,
        before: Option<&Schedule>,
        actor: Option<Owner>,
    ) -> Result<Self, Refusal> {
        let mut terms = before
            .map(|before| before.terms.clone())
            .unwrap_or_default();
        let params = Params::from_object(body);
        if body.contains_key("repeats") {
            terms.repeats = Repeat::parse_all(body.get("repeats"))?;
        }
        if body.contains_key("scheduled_at") {
            terms.scheduled_at = params.time("scheduled_at")?;
        }
        if body.contains_key("ending_at") {
            terms.ending_at = params.time("ending_at")?;
        }
        match body.get("data") {
            None => {}
            Some(Value::Null) => terms.data = Map::new(),
            Some(Value::Object(data)) => terms.data = data.clone(),
            Some(_) => return Err(Refusal::invalid("data", "must be an object")),
        }
        if body.contains_key("actor") {
            terms.actor = actor;
        }
        match terms.repeats.is_empty() && terms.scheduled_at.is_none() {
            true => Err(Refusal::invalid(
                "repeats",
                "must be given, or scheduled_at",
            )),
            false => Ok(terms),
        }
    }
}

impl Schedule {
    pub(crate) fn new(
        id: String,
        workflow: &str,
        recipient: Owner,
        tenant: Option<String>,
        terms: Terms,
        now: OffsetDateTime,
    ) -> Self {
        let mut schedule = Self {
            id,
            workflow: workflow.to_owned(),
            recipient,
            tenant,
            terms: Terms::default(),
            last: None,
            next: None,
            inserted_at: now,
            updated_at: now,
        };
        schedule.agree(terms, now);
        schedule
    }

    /// Takes new terms; they count from now on.
    pub(crate) fn agree(&mut self, terms: Terms, now: OffsetDateTime) {
        self.terms = terms;
        self.updated_at = now;
        self.next = match self.terms.repeats.is_empty() {
            true => self.terms.scheduled_at.filter(|_| self.last.is_none()),
            false => self.after(now),
        };
    }

    /// The next time that a rule of repetition gives, if it is not past the end.
    fn after(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let start = self.terms.scheduled_at.unwrap_or(self.inserted_at);
        let times = self.terms.repeats.iter();
        let next = times.filter_map(|repeat| repeat.next(start, now)).min()?;
        Some(next).filter(|next| self.terms.ending_at.is_none_or(|end| *next <= end))
    }
}

impl Emulator {
    pub(crate) fn next_scheduled(&self) -> Option<OffsetDateTime> {
        self.schedules
            .values()
            .filter_map(|schedule| schedule.next)
            .min()
    }

    /// Makes those to somebody, or of its doing, somebody else's.
    pub(crate) fn pass_on_schedules(&mut self, from: &Owner, to: &Owner) {
        let is_meant = |schedule: &Schedule| {
            schedule.recipient == *from || schedule.terms.actor.as_ref() == Some(from)
        };
        let meant = self.schedules.iter();
        let meant = meant.filter(|(_, schedule)| is_meant(schedule));
        for key in meant.map(|(key, _)| *key).collect::<Vec<_>>() {
            let Some(schedule) = self.schedules.get_mut(&key) else {
                continue;
            };
            let parties = std::iter::once(&mut schedule.recipient);
            for party in parties.chain(&mut schedule.terms.actor) {
                if party == from {
                    party.clone_from(to);
                }
            }
        }
    }

    /// Triggers what is scheduled at this very time, and says when it comes round again.
    pub(crate) fn run_scheduled(&mut self, due: OffsetDateTime) {
        let mut triggers = Vec::new();
        let come = self.schedules.iter();
        let come = come.filter(|(_, schedule)| schedule.next.is_some_and(|next| next <= due));
        for key in come.map(|(key, _)| *key).collect::<Vec<_>>() {
            let Some(schedule) = self.schedules.get_mut(&key) else {
                continue;
            };
            schedule.last = schedule.next;
            schedule.next = schedule.after(due);
            let trigger = Trigger {
                recipients: vec![schedule.recipient.reference()],
                actor: schedule.terms.actor.as_ref().map(Owner::reference),
                data: schedule.terms.data.clone(),
                tenant: schedule.tenant.clone().map(Value::String),
                only_named: true,
                ..Trigger::default()
            };
            triggers.push((schedule.workflow.clone(), trigger));
        }
        for (workflow, trigger) in triggers {
            let run = self
                .workflows
                .find(&workflow)
                .map(|workflow| self.run(&workflow, &trigger, due));
            if !matches!(run, Some(Ok(_))) {
                warn!(workflow, "a schedule's workflow or actor is gone");
                let note = format!("ran no schedule of {workflow}: it or the actor is gone");
                self.note(&note, due);
            }
        }
    }

    pub(crate) fn answer_schedule(&self, schedule: &Schedule) -> Value {
        let found = |owner: &Owner| self.recipients.find(owner).cloned().unwrap_or_default();
        let repeats: Vec<Value> = schedule.terms.repeats.iter().map(Repeat::answer).collect();
        json!({
            "__typename": "Schedule",
            "id": schedule.id,
            "workflow": schedule.workflow,
            "recipient": found(&schedule.recipient),
            "actor": schedule.terms.actor.as_ref().map(found),
            "data": schedule.terms.data,
            "tenant": schedule.tenant,
            "repeats": repeats,
            "scheduled_at": schedule.terms.scheduled_at.map(micros),
            "ending_at": schedule.terms.ending_at.map(micros),
            "last_occurrence_at": schedule.last.map(micros),
            "next_occurrence_at": schedule.next.map(micros),
            "inserted_at": micros(schedule.inserted_at),
            "updated_at": micros(schedule.updated_at),
        })
    }
}
