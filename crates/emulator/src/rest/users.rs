//! Users.

use crate::call::{Access, Answer, Call, Route, ok};
use crate::emulator::Emulator;
use crate::refusal::Refusal;

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/v1/users/{user}", Access::Own("user/read"), user),
    Route::new(
        "PUT",
        "/v1/users/{user}",
        Access::Own("user/write"),
        identify,
    ),
];

fn user(knock: &mut Emulator, call: &Call) -> Answer {
    let user = knock.recipients.user(call.param(0));
    ok(user.ok_or(Refusal::ResourceMissing)?)
}

fn identify(knock: &mut Emulator, call: &Call) -> Answer {
    let user = knock
        .recipients
        .identify(call.param(0), &call.object()?, call.now)?;
    ok(user)
}
