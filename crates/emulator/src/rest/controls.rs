//! `/_emulator/…`: what no Knock has, for tests and development. No key is asked for.

use std::time::Duration as StdDuration;

use serde_json::{Map, Value, json};
use time::Duration;

use crate::call::{Access, Answer, Call, Route, no_content, ok};
use crate::clock::{Clock, micros};
use crate::emulator::Emulator;
use crate::faults::Faults;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::sockets::Withhold;
use crate::token;

pub(super) const ROUTES: &[Route] = &[
    Route::new("POST", "/_emulator/tokens", Access::Control, mint_token),
    Route::new("GET", "/_emulator/clock", Access::Control, |knock, call| {
        clock(knock, call)
    }),
    Route::new("POST", "/_emulator/clock", Access::Control, set_clock),
    Route::new("DELETE", "/_emulator/clock", Access::Control, release_clock),
    Route::new("POST", "/_emulator/reset", Access::Control, reset),
    Route::new("GET", "/_emulator/faults", Access::Control, |knock, _| {
        faults(knock)
    }),
    Route::new("POST", "/_emulator/faults", Access::Control, add_faults),
    Route::new("DELETE", "/_emulator/faults", Access::Control, end_faults),
    Route::new(
        "POST",
        "/_emulator/sockets/close",
        Access::Control,
        close_sockets,
    ),
    Route::new(
        "POST",
        "/_emulator/sockets/crash",
        Access::Control,
        crash_channels,
    ),
];

/// `{"user_id", "expires_in_seconds"?, "grants"?, "explicit_grants"?}` → `{"token"}`.
fn mint_token(knock: &mut Emulator, call: &Call) -> Answer {
    let body = call.object()?;
    let params = Params::from_object(&body);
    let user_id = params.text("user_id")?;
    let user_id = user_id.ok_or_else(|| Refusal::invalid("user_id", "can't be blank"))?;
    let expires = match body.get("expires_in_seconds") {
        None | Some(Value::Null) => TOKEN_SECONDS,
        Some(seconds) => seconds
            .as_i64()
            .ok_or_else(|| Refusal::invalid("expires_in_seconds", "must be a whole number"))?,
    };
    let mut more = Map::new();
    if let Some(grants) = body.get("grants").filter(|grants| !grants.is_null()) {
        if !grants.is_object() {
            return Err(Refusal::invalid("grants", "must be an object"));
        }
        more.insert("grants".into(), grants.clone());
        let explicit = params.flag("explicit_grants")?.unwrap_or(true);
        more.insert("explicit_grants".into(), json!(explicit));
    }
    let key = knock.config.signing_key.as_ref();
    let key = key.ok_or(Refusal::NoSigningKey)?;
    let token = token::mint(key, user_id, expires, &more, call.now)?;
    ok(&json!({"token": token}))
}

fn clock(knock: &Emulator, call: &Call) -> Answer {
    let mode = match knock.clock {
        Clock::Running => "system",
        Clock::Held(_) => "manual",
    };
    ok(&json!({"now": micros(call.now), "mode": mode}))
}

/// `{"now"}` or `{"advance_seconds"}`; what becomes due on the way happens at its own time.
fn set_clock(knock: &mut Emulator, call: &Call) -> Answer {
    let params = Params::from_object(&call.object()?);
    let wanted = match (params.time("now")?, params.number("advance_seconds")?) {
        (Some(now), None) => now,
        (None, Some(seconds)) => {
            let seconds = i64::try_from(seconds).ok().map(Duration::seconds);
            let later = seconds.and_then(|seconds| call.now.checked_add(seconds));
            later.ok_or_else(|| Refusal::invalid("advance_seconds", "is too large"))?
        }
        _ => {
            return Err(Refusal::invalid(
                "now",
                "must be given, or advance_seconds, but not both",
            ));
        }
    };
    if wanted < call.now {
        return Err(Refusal::invalid("now", "must not be in the past"));
    }
    // Hourly schedules on the way are run one by one.
    if wanted - call.now > MAX_ADVANCE {
        return Err(Refusal::invalid(
            "now",
            "must not be more than a year ahead",
        ));
    }
    knock.hold_clock(wanted);
    ok(&json!({"now": micros(wanted), "mode": "manual"}))
}

fn release_clock(knock: &mut Emulator, _: &Call) -> Answer {
    knock.release_clock();
    no_content()
}

fn reset(knock: &mut Emulator, _: &Call) -> Answer {
    knock.reset();
    no_content()
}

fn faults(knock: &Emulator) -> Answer {
    let withhold = knock.sockets.withhold;
    let mut faults = knock.faults.left();
    faults["refuse_upgrades"] = json!(knock.sockets.refuse_with);
    faults["withhold"] = json!({
        "heartbeats": withhold.heartbeats,
        "joins": withhold.joins,
        "new_messages": withhold.new_messages,
    });
    ok(&faults)
}

/// `{"refuse_upgrades", "withhold": {…}, "requests": {…}, "bodies": {…}}`; what is not named stays.
fn add_faults(knock: &mut Emulator, call: &Call) -> Answer {
    let body = call.object()?;
    let part = |name: &str| match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(part)) => Ok(Some(Params::from_object(part))),
        Some(_) => Err(Refusal::invalid(name, "must be an object")),
    };
    let (withhold, requests, bodies) = (part("withhold")?, part("requests")?, part("bodies")?);
    let refuse = match body.get("refuse_upgrades") {
        None => None,
        Some(Value::Null) => Some(None),
        Some(_) => Some(status(&Params::from_object(&body), "refuse_upgrades")?),
    };
    let withheld = match &withhold {
        None => None,
        Some(withhold) => Some(Withhold {
            heartbeats: withhold.flag("heartbeats")?.unwrap_or_default(),
            joins: withhold.flag("joins")?.unwrap_or_default(),
            new_messages: withhold.flag("new_messages")?.unwrap_or_default(),
        }),
    };
    let failing = match &requests {
        None => None,
        Some(requests) => {
            let status = status(requests, "status")?.unwrap_or(500);
            Some((times(requests)?, status, requests.number("retry_after")?))
        }
    };
    let spoiled = match &bodies {
        None => None,
        Some(bodies) => {
            let delay = bodies.number("delay_ms")?.unwrap_or_default();
            let keep = bodies.number("keep_bytes")?;
            let keep = keep.map(|keep| usize::try_from(keep).unwrap_or(usize::MAX));
            Some((times(bodies)?, StdDuration::from_millis(delay), keep))
        }
    };
    if let Some(status) = refuse {
        knock.refuse_connections(status);
    }
    if let Some(withheld) = withheld {
        knock.withhold(withheld);
    }
    if let Some((times, status, retry_after)) = failing {
        knock.fail_requests(times, status, retry_after);
    }
    if let Some((times, delay, keep)) = spoiled {
        knock.spoil_bodies(times, delay, keep);
    }
    faults(knock)
}

fn end_faults(knock: &mut Emulator, _: &Call) -> Answer {
    knock.refuse_connections(None);
    knock.withhold(Withhold::default());
    knock.faults = Faults::default();
    no_content()
}

/// `{"code"}`: closes every WebSocket; 1006 breaks the connection without a word.
fn close_sockets(knock: &mut Emulator, call: &Call) -> Answer {
    let code = Params::from_object(&call.object()?).number("code")?;
    let code = code.and_then(|code| u16::try_from(code).ok());
    let code = code.filter(|code| (1000..5000).contains(code) && *code != 1005 && *code != 1004);
    let code = code.ok_or_else(|| Refusal::invalid("code", "must be a close code"))?;
    let connections = knock.connections();
    for connection in &connections {
        knock.close(*connection, code);
    }
    ok(&json!({"closed": connections.len()}))
}

/// `{"user_id"}`: crashes every channel that watches this user's feed.
fn crash_channels(knock: &mut Emulator, call: &Call) -> Answer {
    let params = Params::from_object(&call.object()?);
    let user_id = params.text("user_id")?;
    let user_id = user_id.ok_or_else(|| Refusal::invalid("user_id", "can't be blank"))?;
    let crashed = knock.joined(user_id);
    knock.crash_channels(user_id);
    ok(&json!({"crashed": crashed}))
}

/// How often; once when it is not said.
fn times(params: &Params) -> Result<usize, Refusal> {
    match params.number("times")? {
        None => Ok(1),
        Some(times @ 1..=MAX_TIMES) => Ok(usize::try_from(times).unwrap_or(1)),
        Some(_) => Err(Refusal::invalid("times", "must be from 1 to 1000")),
    }
}

fn status(params: &Params, name: &str) -> Result<Option<u16>, Refusal> {
    match params.number(name)? {
        None => Ok(None),
        Some(status @ 400..600) => Ok(u16::try_from(status).ok()),
        Some(_) => Err(Refusal::invalid(name, "must be from 400 to 599")),
    }
}

const MAX_ADVANCE: Duration = Duration::days(366);

const MAX_TIMES: u64 = 1000;

/// What the SDK signs for when it is not told otherwise.
const TOKEN_SECONDS: i64 = 3600;
