//! Workflow runs: begun and withdrawn.

use serde_json::{Value, json};

use crate::call::{Access, Answer, Call, Route, no_content};
use crate::emulator::Emulator;
use crate::http::Response;
use crate::owner::Owner;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::trigger::Trigger;

pub(super) const ROUTES: &[Route] = &[
    Route::new(
        "POST",
        "/v1/workflows/{workflow}/trigger",
        Access::Secret,
        |knock, call| trigger(knock, call, call.param(0), "workflow_run_id"),
    ),
    Route::new(
        "POST",
        "/v1/workflows/{workflow}/cancel",
        Access::Secret,
        |knock, call| cancel(knock, call, call.param(0)),
    ),
    // Before there were paths for each workflow.
    Route::new("POST", "/v1/notify", Access::Secret, |knock, call| {
        trigger(knock, call, &named(call)?, "result_id")
    }),
    Route::new(
        "POST",
        "/v1/notify/cancel",
        Access::Secret,
        |knock, call| cancel(knock, call, &named(call)?),
    ),
];

fn trigger(knock: &mut Emulator, call: &Call, workflow: &str, result: &str) -> Answer {
    if let Some(response) = knock.idempotency.replay(call.request, call.now)? {
        return Ok(response);
    }
    let workflow = knock.workflows.find(workflow);
    let workflow = workflow.ok_or(Refusal::WorkflowMissing)?;
    let trigger = Trigger::parse(&call.object()?)?;
    let run_id = knock.run(&workflow, &trigger, call.now)?;
    let response = Response::of(200, &json!({result: run_id}));
    knock
        .idempotency
        .remember(call.request, &response, call.request_id, call.now);
    Ok(response)
}

fn cancel(knock: &mut Emulator, call: &Call, workflow: &str) -> Answer {
    if knock.workflows.find(workflow).is_none() {
        return Err(Refusal::WorkflowMissing);
    }
    let body = call.object()?;
    let params = Params::from_object(&body);
    let key = params.text("cancellation_key")?;
    let key = key.ok_or_else(|| Refusal::invalid("cancellation_key", "can't be blank"))?;
    let wrong = || Refusal::invalid("recipients", "must be a list of ids or objects with an id");
    let recipients: Option<Vec<Owner>> = match body.get("recipients") {
        None | Some(Value::Null) => None,
        Some(Value::Array(recipients)) => {
            let recipients = recipients.iter().map(Owner::parse).collect::<Option<_>>();
            Some(recipients.ok_or_else(wrong)?)
        }
        Some(_) => return Err(wrong()),
    };
    knock.pending.cancel(workflow, key, recipients.as_deref());
    no_content()
}

fn named(call: &Call) -> Result<String, Refusal> {
    let body = Params::from_object(&call.object()?);
    let name = body.text("name")?;
    name.map(str::to_owned)
        .ok_or_else(|| Refusal::invalid("name", "can't be blank"))
}
