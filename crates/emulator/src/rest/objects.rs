//! Objects: what can be followed.

use serde_json::Value;

use super::bulk_operations::rows;
use super::users::{includes_preferences, named};
use crate::call::{Access, Answer, Call, Route, no_content, ok};
use crate::emulator::Emulator;
use crate::list;
use crate::owner::Owner;
use crate::preferences::DEFAULT;
use crate::refusal::Refusal;

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/v1/objects/{collection}", Access::Secret, list),
    Route::new(
        "POST",
        "/v1/objects/{collection}/bulk/set",
        Access::Secret,
        set_in_bulk,
    ),
    Route::new(
        "POST",
        "/v1/objects/{collection}/bulk/delete",
        Access::Secret,
        delete_in_bulk,
    ),
    Route::new(
        "GET",
        "/v1/objects/{collection}/{object}",
        Access::Secret,
        object,
    ),
    Route::new(
        "PUT",
        "/v1/objects/{collection}/{object}",
        Access::Secret,
        set,
    ),
    Route::new(
        "DELETE",
        "/v1/objects/{collection}/{object}",
        Access::Secret,
        delete,
    ),
];

fn list(knock: &mut Emulator, call: &Call) -> Answer {
    let query = call.query();
    let with_preferences = includes_preferences(&query)?;
    let collection = call.param(0);
    let objects = knock.recipients.objects(collection).map(|(id, object)| {
        let mut object = object.clone();
        if with_preferences {
            let owner = Owner::object(collection, id);
            object["preferences"] = knock.recipients.preferences.set(&owner, DEFAULT);
        }
        (id.to_owned(), object)
    });
    ok(&list::page("entries", objects.collect(), &query)?)
}

fn object(knock: &mut Emulator, call: &Call) -> Answer {
    let owner = Owner::object(call.param(0), call.param(1));
    let object = knock.recipients.find(&owner);
    ok(object.ok_or(Refusal::ResourceMissing)?)
}

fn set(knock: &mut Emulator, call: &Call) -> Answer {
    let owner = Owner::object(call.param(0), call.param(1));
    ok(knock.recipients.set(&owner, &call.object()?, call.now)?)
}

fn delete(knock: &mut Emulator, call: &Call) -> Answer {
    let owner = Owner::object(call.param(0), call.param(1));
    match knock.recipients.delete(&owner) {
        true => no_content(),
        false => Err(Refusal::ResourceMissing),
    }
}

fn set_in_bulk(knock: &mut Emulator, call: &Call) -> Answer {
    let objects = rows(&call.object()?, "objects")?;
    let operation = knock.do_in_bulk("objects.set", &objects, call.now, |knock, object| {
        let (id, object) = named(object)?;
        let owner = Owner::object(call.param(0), id);
        knock.recipients.set(&owner, object, call.now).map(|_| ())
    });
    ok(&operation)
}

fn delete_in_bulk(knock: &mut Emulator, call: &Call) -> Answer {
    let objects = rows(&call.object()?, "object_ids")?;
    let operation = knock.do_in_bulk("objects.delete", &objects, call.now, |knock, id: &Value| {
        let owner = Owner::object(call.param(0), id.as_str().unwrap_or_default());
        match knock.recipients.delete(&owner) {
            true => Ok(()),
            false => Err(Refusal::ResourceMissing),
        }
    });
    ok(&operation)
}
