//! `/_emulator/…`: what no Knock has, for tests and development. No key is asked for.

use serde_json::{Map, Value, json};

use crate::call::{Access, Answer, Call, Route, ok};
use crate::emulator::Emulator;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::token;

pub(super) const ROUTES: &[Route] = &[Route::new(
    "POST",
    "/_emulator/tokens",
    Access::Control,
    mint_token,
)];

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

/// What the SDK signs for when it is not told otherwise.
const TOKEN_SECONDS: i64 = 3600;
