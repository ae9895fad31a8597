//! Users.

use serde_json::{Map, Value};
use time::Duration;

use super::bulk_operations::rows;
use crate::call::{Access, Answer, Call, Route, no_content, ok};
use crate::emulator::Emulator;
use crate::list;
use crate::owner::Owner;
use crate::params::Params;
use crate::preferences::DEFAULT;
use crate::refusal::Refusal;

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/v1/users", Access::Secret, list),
    Route::new(
        "POST",
        "/v1/users/bulk/identify",
        Access::Secret,
        identify_in_bulk,
    ),
    Route::new(
        "POST",
        "/v1/users/bulk/preferences",
        Access::Secret,
        prefer_in_bulk,
    ),
    Route::new(
        "POST",
        "/v1/users/bulk/delete",
        Access::Secret,
        delete_in_bulk,
    ),
    Route::new("GET", "/v1/users/{user}", Access::Own("user/read"), user),
    Route::new(
        "PUT",
        "/v1/users/{user}",
        Access::Own("user/write"),
        identify,
    ),
    Route::new("DELETE", "/v1/users/{user}", Access::Secret, delete),
    Route::new("POST", "/v1/users/{user}/merge", Access::Secret, merge),
];

fn list(knock: &mut Emulator, call: &Call) -> Answer {
    let query = call.query();
    let with_preferences = includes_preferences(&query)?;
    let users = knock.recipients.users().map(|(id, user)| {
        let mut user = user.clone();
        if with_preferences {
            user["preferences"] = knock.recipients.preferences.set(&Owner::user(id), DEFAULT);
        }
        (id.to_owned(), user)
    });
    ok(&list::page("entries", users.collect(), &query)?)
}

pub(super) fn includes_preferences(query: &Params) -> Result<bool, Refusal> {
    let include = query.list("include")?.unwrap_or_default();
    Ok(include.iter().any(|name| name == "preferences"))
}

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

fn delete(knock: &mut Emulator, call: &Call) -> Answer {
    knock.delete_user(call.param(0))?;
    no_content()
}

/// Everything of `from_user_id` becomes this user's: what was sent to it in the last thirty days, what it did,
/// follows and has scheduled. A run that waits for it ends.
fn merge(knock: &mut Emulator, call: &Call) -> Answer {
    let body = Params::from_object(&call.object()?);
    let from = body.text("from_user_id")?;
    let from = from.ok_or_else(|| Refusal::invalid("from_user_id", "can't be blank"))?;
    let to = call.param(0);
    if from == to {
        return Err(Refusal::invalid("from_user_id", "must be another user"));
    }
    let merged = knock.recipients.merge(from, to, call.now)?;
    let since = call.now - Duration::days(HISTORY_DAYS);
    knock.messages.merge(from, to, &merged, since);
    knock.pass_on_schedules(&Owner::user(from), &Owner::user(to));
    ok(&merged)
}

fn identify_in_bulk(knock: &mut Emulator, call: &Call) -> Answer {
    let users = rows(&call.object()?, "users")?;
    let operation = knock.do_in_bulk("users.identify", &users, call.now, |knock, user| {
        let (id, user) = named(user)?;
        knock.recipients.identify(id, user, call.now).map(|_| ())
    });
    ok(&operation)
}

fn prefer_in_bulk(knock: &mut Emulator, call: &Call) -> Answer {
    let body = call.object()?;
    let users = rows(&body, "user_ids")?;
    let Some(Value::Object(request)) = body.get("preferences") else {
        return Err(Refusal::invalid("preferences", "must be an object"));
    };
    let set = request.get("id").and_then(Value::as_str).unwrap_or(DEFAULT);
    let operation = knock.do_in_bulk("users.set_preferences", &users, call.now, |knock, user| {
        let owner = knock.recipients.introduce("user_ids", user, call.now)?;
        knock.recipients.preferences.write(&owner, set, request)
    });
    ok(&operation)
}

fn delete_in_bulk(knock: &mut Emulator, call: &Call) -> Answer {
    let users = rows(&call.object()?, "user_ids")?;
    let operation = knock.do_in_bulk("users.delete", &users, call.now, |knock, user| {
        knock.delete_user(user.as_str().unwrap_or_default())
    });
    ok(&operation)
}

/// A row that is an object with an id.
pub(super) fn named(row: &Value) -> Result<(&str, &Map<String, Value>), Refusal> {
    let id = row["id"].as_str().filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| Refusal::invalid("id", "can't be blank"))?;
    let row = row.as_object();
    Ok((
        id,
        row.ok_or_else(|| Refusal::invalid("id", "can't be blank"))?,
    ))
}

impl Emulator {
    fn delete_user(&mut self, id: &str) -> Result<(), Refusal> {
        match self.recipients.delete(&Owner::user(id)) {
            true => {
                self.messages.retain(|message| message.user_id() != id);
                Ok(())
            }
            false => Err(Refusal::ResourceMissing),
        }
    }
}

/// How far back Knock moves messages when it merges users.
const HISTORY_DAYS: i64 = 30;
