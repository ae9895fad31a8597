//! Preference sets of users and objects.

use serde_json::{Map, Value, json};

use super::subject::Subject;
use crate::call::{Access, Answer, Call, Route, no_content, ok};
use crate::emulator::Emulator;
use crate::merge;
use crate::preferences::{self, Part};
use crate::refusal::Refusal;

const READ: Access = Access::Own("preferences/read");
const WRITE: Access = Access::Own("preferences/write");

pub(super) const ROUTES: &[Route] = &[
    Route::new(
        "GET",
        "/v1/users/{user}/preferences",
        READ,
        |knock, call| list(knock, &Subject::user(call)),
    ),
    Route::new("GET", "/v1/users/{user}/preferences/{set}", READ, user_set),
    Route::new(
        "PUT",
        "/v1/users/{user}/preferences/{set}",
        WRITE,
        |knock, call| write(knock, call, &Subject::user(call)),
    ),
    Route::new(
        "DELETE",
        "/v1/users/{user}/preferences/{set}",
        Access::Secret,
        |knock, call| delete(knock, &Subject::user(call)),
    ),
    Route::new(
        "PUT",
        "/v1/users/{user}/preferences/{set}/{part}",
        WRITE,
        |knock, call| write_part(knock, call, &Subject::user(call)),
    ),
    Route::new(
        "PUT",
        "/v1/users/{user}/preferences/{set}/{part}/{key}",
        WRITE,
        |knock, call| write_entry(knock, call, &Subject::user(call)),
    ),
    Route::new(
        "GET",
        "/v1/objects/{collection}/{object}/preferences",
        Access::Secret,
        |knock, call| list(knock, &Subject::object(call)),
    ),
    Route::new(
        "GET",
        "/v1/objects/{collection}/{object}/preferences/{set}",
        Access::Secret,
        object_set,
    ),
    Route::new(
        "PUT",
        "/v1/objects/{collection}/{object}/preferences/{set}",
        Access::Secret,
        |knock, call| write(knock, call, &Subject::object(call)),
    ),
    Route::new(
        "DELETE",
        "/v1/objects/{collection}/{object}/preferences/{set}",
        Access::Secret,
        |knock, call| delete(knock, &Subject::object(call)),
    ),
    Route::new(
        "PUT",
        "/v1/objects/{collection}/{object}/preferences/{set}/{part}",
        Access::Secret,
        |knock, call| write_part(knock, call, &Subject::object(call)),
    ),
    Route::new(
        "PUT",
        "/v1/objects/{collection}/{object}/preferences/{set}/{part}/{key}",
        Access::Secret,
        |knock, call| write_entry(knock, call, &Subject::object(call)),
    ),
];

fn list(knock: &mut Emulator, subject: &Subject) -> Answer {
    ok(&Value::Array(
        knock.recipients.preferences.all(&subject.owner),
    ))
}

/// With `tenant`, what counts for that tenant: the user's set for it over the tenant's own.
fn user_set(knock: &mut Emulator, call: &Call) -> Answer {
    let subject = Subject::user(call);
    let set = subject.param(0);
    let query = call.query();
    let Some(tenant) = query.text("tenant")? else {
        return ok(&knock.recipients.preferences.set(&subject.owner, set));
    };
    let mut merged = Map::new();
    for layer in knock.preference_layers(&subject.owner, Some(tenant)) {
        let Value::Object(mut layer) = layer else {
            continue;
        };
        layer.retain(|_, part| !part.is_null());
        merge::deep(&mut merged, &layer);
    }
    ok(&preferences::answer(tenant, &merged))
}

fn object_set(knock: &mut Emulator, call: &Call) -> Answer {
    let subject = Subject::object(call);
    ok(&knock
        .recipients
        .preferences
        .set(&subject.owner, subject.param(0)))
}

fn write(knock: &mut Emulator, call: &Call, subject: &Subject) -> Answer {
    let request = call.object()?;
    knock
        .recipients
        .preferences
        .write(&subject.owner, subject.param(0), &request)?;
    written(knock, call, subject)
}

fn write_part(knock: &mut Emulator, call: &Call, subject: &Subject) -> Answer {
    let (set, part) = (subject.param(0), part(subject.param(1))?);
    knock
        .recipients
        .preferences
        .write_part(&subject.owner, set, part, &call.object()?)?;
    written(knock, call, subject)
}

/// `{"subscribed": bool}`, or a settings object.
fn write_entry(knock: &mut Emulator, call: &Call, subject: &Subject) -> Answer {
    let (set, part, key) = (subject.param(0), part(subject.param(1))?, subject.param(2));
    let request = call.object()?;
    let setting = match request.get("subscribed") {
        Some(subscribed) => subscribed.clone(),
        None => json!(request),
    };
    knock
        .recipients
        .preferences
        .write_entry(&subject.owner, set, part, key, &setting)?;
    written(knock, call, subject)
}

/// The set as it is now; writing makes its owner known.
fn written(knock: &mut Emulator, call: &Call, subject: &Subject) -> Answer {
    let owner = subject.owner.reference();
    knock.recipients.introduce("id", &owner, call.now)?;
    ok(&knock
        .recipients
        .preferences
        .set(&subject.owner, subject.param(0)))
}

fn delete(knock: &mut Emulator, subject: &Subject) -> Answer {
    knock
        .recipients
        .preferences
        .delete(&subject.owner, subject.param(0));
    no_content()
}

fn part(name: &str) -> Result<Part, Refusal> {
    match name {
        "channel_types" => Ok(Part::ChannelTypes),
        "workflows" => Ok(Part::Workflows),
        "categories" => Ok(Part::Categories),
        _ => Err(Refusal::ResourceMissing),
    }
}
