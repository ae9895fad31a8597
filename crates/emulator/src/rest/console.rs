//! `/_emulator/overview`, `…/log` and `…/feeds/{user}`: what the console shows. No fault and no limit applies.

use serde_json::{Value, json};

use crate::call::{Access, Answer, Call, Route, ok};
use crate::clock::{Clock, micros};
use crate::emulator::Emulator;
use crate::feed::PageRequest;

pub(super) const ROUTES: &[Route] = &[
    Route::new(
        "GET",
        "/_emulator/overview",
        Access::Control,
        |knock, call| overview(knock, call),
    ),
    Route::new(
        "GET",
        "/_emulator/feeds/{user}",
        Access::Control,
        |knock, call| {
            let page = PageRequest::parse(&call.query())?;
            ok(&page.answer(&knock.messages.of(call.param(0)))?)
        },
    ),
    Route::new("GET", "/_emulator/log", Access::Control, |knock, call| {
        let after = call.query().number("after")?.unwrap_or_default();
        ok(&knock.sockets.traffic.log.after(after))
    }),
];

fn overview(knock: &Emulator, call: &Call) -> Answer {
    let users = knock.recipients.users().take(MAX_USERS);
    let users: Vec<Value> = users
        .map(|(id, user)| json!({"id": id, "name": user["name"], "messages": knock.messages.of(id).len()}))
        .collect();
    let workflows: Vec<Value> = knock
        .workflows
        .iter()
        .map(|workflow| {
            let steps: Vec<&str> = workflow
                .steps
                .iter()
                .map(|step| step.step_ref.as_str())
                .collect();
            json!({"key": workflow.key, "steps": steps, "data": workflow.expected_data()})
        })
        .collect();
    let config = &knock.config;
    ok(&json!({
        "environment": {
            "public_key": config.public_key,
            "feed_id": config.feed_id,
            "enhanced_security": config.enhanced_security,
            "rate_limits": config.rate_limits,
        },
        "clock": {
            "now": micros(call.now),
            "mode": match knock.clock {
                Clock::Running => "system",
                Clock::Held(_) => "manual",
            },
        },
        "users": users,
        "workflows": workflows,
        "waiting": knock.pending.waiting.len(),
        "schedules": knock.schedules.len(),
        "sockets": knock.sockets.overview(MAX_SOCKETS),
        "socket_count": knock.connections().len(),
    }))
}

const MAX_USERS: usize = 500;
const MAX_SOCKETS: usize = 100;
