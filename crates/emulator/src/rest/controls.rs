//! `/_emulator/…`: what no Knock has, for tests and development. No key is asked for.

use serde_json::{Map, Value, json};
use time::Duration;

use crate::call::{Access, Answer, Call, Route, no_content, ok};
use crate::clock::{Clock, micros};
use crate::emulator::Emulator;
use crate::faults::{Lost, is_close_code};
use crate::params::Params;
use crate::refusal::Refusal;
use crate::sockets::ConnectionId;
use crate::token;

pub(super) const ROUTES: &[Route] = &[
    Route::new("POST", "/_emulator/tokens", Access::Control, mint_token),
    Route::new("GET", "/_emulator/clock", Access::Control, |knock, call| {
        clock(knock, call)
    }),
    Route::new("POST", "/_emulator/clock", Access::Control, set_clock),
    Route::new("DELETE", "/_emulator/clock", Access::Control, release_clock),
    Route::new("POST", "/_emulator/reset", Access::Control, reset),
    Route::new(
        "GET",
        "/_emulator/snapshots",
        Access::Control,
        |knock, _| snapshots(knock),
    ),
    Route::new("POST", "/_emulator/snapshots", Access::Control, snapshot),
    Route::new(
        "POST",
        "/_emulator/snapshots/{name}/restore",
        Access::Control,
        restore,
    ),
    Route::new(
        "DELETE",
        "/_emulator/snapshots/{name}",
        Access::Control,
        forget_snapshot,
    ),
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
    Route::new(
        "POST",
        "/_emulator/sockets/half-open",
        Access::Control,
        half_open_sockets,
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

fn snapshots(knock: &Emulator) -> Answer {
    let names = knock.snapshots.keys();
    let entries: Vec<Value> = names.map(|name| json!({"name": name})).collect();
    ok(&json!({"entries": entries}))
}

/// `{"name"}`: everything remembered now, under this name; another one of this name is gone.
fn snapshot(knock: &mut Emulator, call: &Call) -> Answer {
    let params = Params::from_object(&call.object()?);
    let name = params.text("name")?;
    let name = name.ok_or_else(|| Refusal::invalid("name", "can't be blank"))?;
    if knock.snapshots.len() >= MAX_SNAPSHOTS && !knock.snapshots.contains_key(name) {
        return Err(Refusal::invalid(
            "name",
            "is one too many: delete a snapshot first",
        ));
    }
    let snapshot = knock.snapshot();
    knock.snapshots.insert(name.to_owned(), snapshot);
    ok(&json!({"name": name}))
}

fn restore(knock: &mut Emulator, call: &Call) -> Answer {
    let snapshot = knock.snapshots.get(call.param(0)).cloned();
    knock.restore(&snapshot.ok_or(Refusal::ResourceMissing)?);
    no_content()
}

fn forget_snapshot(knock: &mut Emulator, call: &Call) -> Answer {
    let forgotten = knock.snapshots.remove(call.param(0));
    forgotten.ok_or(Refusal::ResourceMissing)?;
    no_content()
}

fn faults(knock: &Emulator) -> Answer {
    let mut faults = json!(knock.faults());
    (faults["requests"], faults["bodies"]) = knock.request_faults.left();
    ok(&faults)
}

fn add_faults(knock: &mut Emulator, call: &Call) -> Answer {
    let asked = Value::Object(call.object()?);
    knock
        .add_faults(&asked)
        .map_err(|reason| Refusal::invalid("faults", &reason))?;
    faults(knock)
}

fn end_faults(knock: &mut Emulator, _: &Call) -> Answer {
    knock.end_faults();
    no_content()
}

/// The WebSockets that a call is about: those of a user, or all.
fn meant(knock: &Emulator, params: &Params) -> Result<Vec<ConnectionId>, Refusal> {
    Ok(match params.text("user_id")? {
        Some(user_id) => knock.sockets.connections_of(user_id, &knock.config),
        None => knock.connections(),
    })
}

/// `{"lost", "user_id"?}`: the open WebSockets stay, but nothing passes both, or one way.
fn half_open_sockets(knock: &mut Emulator, call: &Call) -> Answer {
    let params = Params::from_object(&call.object()?);
    let ways = [
        ("both", Lost::Both),
        ("to_client", Lost::ToClient),
        ("to_server", Lost::ToServer),
    ];
    let lost = params.word("lost", &ways)?.unwrap_or(Lost::Both);
    let connections = meant(knock, &params)?;
    for connection in &connections {
        knock.half_open(*connection, lost);
    }
    ok(&json!({"half_open": connections.len()}))
}

/// `{"code", "user_id"?}`: closes WebSockets; 1006 breaks the connection without a word.
fn close_sockets(knock: &mut Emulator, call: &Call) -> Answer {
    let params = Params::from_object(&call.object()?);
    let code = params.number("code")?;
    let code = code.and_then(|code| u16::try_from(code).ok());
    let code = code.filter(|code| is_close_code(*code));
    let code = code.ok_or_else(|| Refusal::invalid("code", "must be a close code"))?;
    let connections = meant(knock, &params)?;
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

/// Each holds everything.
const MAX_SNAPSHOTS: usize = 32;

const MAX_ADVANCE: Duration = Duration::days(366);

/// What the SDK signs for when it is not told otherwise.
const TOKEN_SECONDS: i64 = 3600;
