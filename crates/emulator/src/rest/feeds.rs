//! The feed of a user.

use serde_json::json;

use crate::call::{Access, Answer, Call, Route, ok};
use crate::emulator::Emulator;
use crate::feed::PageRequest;
use crate::message::Message;

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
    let messages: Vec<&Message> = knock
        .messages
        .iter()
        .filter(|message| message.user_id() == call.param(0))
        .collect();
    ok(&page.answer(&messages)?)
}

fn settings(knock: &mut Emulator, call: &Call) -> Answer {
    knock.check_channel(call.param(1))?;
    ok(&json!({"features": {"branding_required": false}}))
}
