//! Messages as back ends see them.

use crate::call::{Access, Answer, Call, Route, ok};
use crate::emulator::Emulator;
use crate::refusal::Refusal;

pub(super) const ROUTES: &[Route] = &[Route::new(
    "GET",
    "/v1/messages/{message}",
    Access::Public,
    message,
)];

fn message(knock: &mut Emulator, call: &Call) -> Answer {
    let message = knock.messages.iter().find(|message| {
        message.id == call.param(0) && call.caller.knows(message, "user/feed_read")
    });
    let message = message.ok_or(Refusal::ResourceMissing)?;
    ok(&message.message(&knock.config.feed_id))
}
