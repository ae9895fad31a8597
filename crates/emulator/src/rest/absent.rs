//! What Knock has and this emulator says it does not.

use crate::call::{Access, Answer, Call, Route};
use crate::emulator::Emulator;
use crate::refusal::Refusal;

pub(super) const ROUTES: &[Route] = &[
    Route::new(
        "GET",
        "/v1/users/{user}/guides/{channel}",
        Access::Public,
        guides,
    ),
    Route::new(
        "PUT",
        "/v1/users/{user}/guides/messages/{status}",
        Access::Public,
        guides,
    ),
    Route::new(
        "DELETE",
        "/v1/users/{user}/guides/messages/{status}",
        Access::Public,
        guides,
    ),
    Route::new(
        "PUT",
        "/v1/users/{user}/guides/engagements/reset",
        Access::Public,
        guides,
    ),
    Route::new(
        "GET",
        "/v1/users/{user}/preference_center/config",
        Access::Public,
        preference_center,
    ),
    Route::new(
        "POST",
        "/v1/users/{user}/preference_center/signed_url",
        Access::Secret,
        preference_center,
    ),
    Route::new(
        "GET",
        "/v1/providers/slack/{channel}/{call}",
        Access::Public,
        chat,
    ),
    Route::new(
        "PUT",
        "/v1/providers/slack/{channel}/{call}",
        Access::Public,
        chat,
    ),
    Route::new(
        "GET",
        "/v1/providers/ms-teams/{channel}/{call}",
        Access::Public,
        chat,
    ),
    Route::new(
        "PUT",
        "/v1/providers/ms-teams/{channel}/{call}",
        Access::Public,
        chat,
    ),
    Route::new(
        "GET",
        "/v1/audiences/{audience}/members",
        Access::Secret,
        audiences,
    ),
    Route::new(
        "POST",
        "/v1/audiences/{audience}/members",
        Access::Secret,
        audiences,
    ),
    Route::new(
        "DELETE",
        "/v1/audiences/{audience}/members",
        Access::Secret,
        audiences,
    ),
    Route::new(
        "POST",
        "/v1/integrations/{integration}/{destination}",
        Access::Secret,
        integrations,
    ),
    Route::new(
        "GET",
        "/v1/workflow_recipient_runs",
        Access::Secret,
        recipient_runs,
    ),
    Route::new(
        "GET",
        "/v1/workflow_recipient_runs/{run}",
        Access::Secret,
        recipient_runs,
    ),
];

fn recipient_runs(_: &mut Emulator, _: &Call) -> Answer {
    Err(Refusal::NotEmulated("workflow recipient runs"))
}

fn guides(_: &mut Emulator, _: &Call) -> Answer {
    Err(Refusal::NotEmulated("guides"))
}

fn preference_center(_: &mut Emulator, _: &Call) -> Answer {
    Err(Refusal::NotEmulated("the hosted preference center"))
}

fn chat(_: &mut Emulator, _: &Call) -> Answer {
    Err(Refusal::NotEmulated("Slack and Microsoft Teams"))
}

fn audiences(_: &mut Emulator, _: &Call) -> Answer {
    Err(Refusal::NotEmulated("audiences"))
}

fn integrations(_: &mut Emulator, _: &Call) -> Answer {
    Err(Refusal::NotEmulated("data integrations"))
}
