//! Workflow runs.

use serde_json::json;

use crate::call::{Access, Answer, Call, Route};
use crate::emulator::Emulator;
use crate::http::Response;
use crate::refusal::Refusal;
use crate::trigger::Trigger;
use crate::workflow;

pub(super) const ROUTES: &[Route] = &[Route::new(
    "POST",
    "/v1/workflows/{workflow}/trigger",
    Access::Secret,
    trigger,
)];

fn trigger(knock: &mut Emulator, call: &Call) -> Answer {
    if let Some(response) = knock.idempotency.replay(call.request, call.now)? {
        return Ok(response);
    }
    let workflow = workflow::find(call.param(0)).ok_or(Refusal::WorkflowMissing)?;
    let trigger = Trigger::parse(&call.object()?)?;
    let run_id = knock.run(workflow, &trigger, call.now)?;
    let response = Response::of(200, &json!({"workflow_run_id": run_id}));
    knock
        .idempotency
        .remember(call.request, &response, call.request_id, call.now);
    Ok(response)
}
