//! The feed of a user.

use serde_json::json;

use crate::call::{Access, Answer, Call, Route, ok};
use crate::emulator::Emulator;
use crate::feed::PageRequest;

pub(super) const ROUTES: &[Route] = &[
    Route::new(
        "GET",
        "/v1/users/{user}/feeds/{feed}",
        Access::Own("user/feed_read"),
        feed,
    ),
    Route::new(
        "GET",
        "/v1/users/{user}/feeds/{feed}/settings",
        Access::Public,
        settings,
    ),
];

fn feed(knock: &mut Emulator, call: &Call) -> Answer {
    knock.check_channel(call.param(1))?;
    let page = PageRequest::parse(&call.query())?;
    ok(&page.answer(&knock.messages.of(call.param(0)))?)
}

fn settings(knock: &mut Emulator, call: &Call) -> Answer {
    knock.check_channel(call.param(1))?;
    ok(&json!({"features": {"branding_required": false}}))
}
