//! Schedules.

use serde_json::{Map, Value, json};

use super::bulk_operations::rows;
use super::subject::Subject;
use crate::call::{Access, Answer, Call, Route, ok};
use crate::emulator::Emulator;
use crate::list;
use crate::owner::Owner;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::schedules::{Schedule, Terms};

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/v1/schedules", Access::Secret, list),
    Route::new("POST", "/v1/schedules", Access::Secret, create),
    Route::new("PUT", "/v1/schedules", Access::Secret, update),
    Route::new("DELETE", "/v1/schedules", Access::Secret, delete),
    Route::new(
        "POST",
        "/v1/schedules/bulk/create",
        Access::Secret,
        create_in_bulk,
    ),
    Route::new(
        "GET",
        "/v1/users/{user}/schedules",
        Access::Secret,
        |knock, call| list_of(knock, call, &Subject::user(call)),
    ),
    Route::new(
        "GET",
        "/v1/objects/{collection}/{object}/schedules",
        Access::Secret,
        |knock, call| list_of(knock, call, &Subject::object(call)),
    ),
];

/// The schedules of a workflow, which must be named.
fn list(knock: &mut Emulator, call: &Call) -> Answer {
    let query = call.query();
    if query.text("workflow")?.is_none() {
        return Err(Refusal::invalid("workflow", "can't be blank"));
    }
    let recipients = query.references("recipients")?;
    page(knock, &query, |schedule| {
        recipients
            .as_ref()
            .is_none_or(|recipients| recipients.contains(&schedule.recipient))
    })
}

fn list_of(knock: &Emulator, call: &Call, subject: &Subject) -> Answer {
    page(knock, &call.query(), |schedule| {
        schedule.recipient == subject.owner
    })
}

fn page(knock: &Emulator, query: &Params, wanted: impl Fn(&Schedule) -> bool) -> Answer {
    let (workflow, tenant) = (query.text("workflow")?, query.text("tenant")?);
    let rows = knock
        .schedules
        .values()
        .filter(|schedule| workflow.is_none_or(|wanted| wanted == schedule.workflow))
        .filter(|schedule| tenant.is_none_or(|wanted| Some(wanted) == schedule.tenant.as_deref()))
        .filter(|schedule| wanted(schedule))
        .map(|schedule| (schedule.id.clone(), knock.answer_schedule(schedule)))
        .collect();
    ok(&list::page("entries", rows, query)?)
}

fn create(knock: &mut Emulator, call: &Call) -> Answer {
    let ids = knock.schedule(&call.object()?, call)?;
    ok(&knock.answer_schedules(&ids))
}

fn create_in_bulk(knock: &mut Emulator, call: &Call) -> Answer {
    let schedules = rows(&call.object()?, "schedules")?;
    let operation = knock.do_in_bulk("schedules.create", &schedules, call.now, |knock, row| {
        let row = row.as_object();
        let mut row = row
            .cloned()
            .ok_or_else(|| Refusal::invalid("schedules", "must be objects"))?;
        // In bulk each names one recipient.
        if let Some(recipient) = row.remove("recipient") {
            row.insert("recipients".into(), json!([recipient]));
        }
        knock.schedule(&row, call).map(|_| ())
    });
    ok(&operation)
}

fn update(knock: &mut Emulator, call: &Call) -> Answer {
    let body = call.object()?;
    let ids = schedule_ids(&body)?;
    let (actor, tenant) = knock.parties(&body, call)?;
    let mut agreed = Vec::new();
    for (key, schedule) in knock
        .schedules
        .iter()
        .filter(|(_, schedule)| ids.contains(&schedule.id))
    {
        let terms = Terms::parse(&body, Some(schedule), actor.clone())?;
        agreed.push((*key, terms));
    }
    for (key, terms) in agreed {
        let Some(schedule) = knock.schedules.get_mut(&key) else {
            continue;
        };
        schedule.agree(terms, call.now);
        if body.contains_key("tenant") {
            schedule.tenant.clone_from(&tenant);
        }
    }
    ok(&knock.answer_schedules(&ids))
}

fn delete(knock: &mut Emulator, call: &Call) -> Answer {
    let ids = schedule_ids(&call.object()?)?;
    let deleted = knock.answer_schedules(&ids);
    knock
        .schedules
        .retain(|_, schedule| !ids.contains(&schedule.id));
    ok(&deleted)
}

fn schedule_ids(body: &Map<String, Value>) -> Result<Vec<String>, Refusal> {
    let ids = Params::from_object(body).list("schedule_ids")?;
    ids.ok_or_else(|| Refusal::invalid("schedule_ids", "can't be blank"))
}

impl Emulator {
    /// One schedule for each recipient; their ids.
    fn schedule(&mut self, body: &Map<String, Value>, call: &Call) -> Result<Vec<String>, Refusal> {
        let params = Params::from_object(body);
        let workflow = params.text("workflow")?;
        let workflow = workflow.ok_or_else(|| Refusal::invalid("workflow", "can't be blank"))?;
        if self.workflows.find(workflow).is_none() {
            return Err(Refusal::WorkflowMissing);
        }
        let recipients = rows(body, "recipients")?;
        if recipients.len() > MAX_RECIPIENTS {
            return Err(Refusal::invalid("recipients", "must not be more than 100"));
        }
        let (actor, tenant) = self.parties(body, call)?;
        let terms = Terms::parse(body, None, actor)?;
        let mut ids = Vec::new();
        for recipient in &recipients {
            let recipient = self
                .recipients
                .introduce("recipients", recipient, call.now)?;
            let id = self.ids.uuid();
            ids.push(id.clone());
            let schedule = Schedule::new(
                id,
                workflow,
                recipient,
                tenant.clone(),
                terms.clone(),
                call.now,
            );
            self.schedules.push(schedule);
        }
        Ok(ids)
    }

    /// The actor and the tenant that a body names; both exist from now on.
    fn parties(
        &mut self,
        body: &Map<String, Value>,
        call: &Call,
    ) -> Result<(Option<Owner>, Option<String>), Refusal> {
        let given = |name: &str| body.get(name).filter(|value| !value.is_null());
        let actor = match given("actor") {
            Some(actor) => Some(self.recipients.introduce("actor", actor, call.now)?),
            None => None,
        };
        let tenant = match crate::trigger::tenant(given("tenant"))? {
            Some(tenant) => Some(self.introduce_tenant(&tenant, call.now)?),
            None => None,
        };
        Ok((actor, tenant))
    }

    fn answer_schedules(&self, ids: &[String]) -> Value {
        let schedules = self
            .schedules
            .values()
            .filter(|schedule| ids.contains(&schedule.id));
        schedules
            .map(|schedule| self.answer_schedule(schedule))
            .collect()
    }
}

const MAX_RECIPIENTS: usize = 100;
