//! What channels other than the feed need to know of somebody: push tokens and the like.

use serde_json::{Value, json};

use super::subject::Subject;
use crate::call::{Access, Answer, Call, Route, no_content, ok};
use crate::emulator::Emulator;
use crate::refusal::Refusal;

const READ: Access = Access::Own("channel_data/read");
const WRITE: Access = Access::Own("channel_data/write");

pub(super) const ROUTES: &[Route] = &[
    Route::new(
        "GET",
        "/v1/users/{user}/channel_data/{channel}",
        READ,
        |knock, call| read(knock, &Subject::user(call)),
    ),
    Route::new(
        "PUT",
        "/v1/users/{user}/channel_data/{channel}",
        WRITE,
        |knock, call| write(knock, call, &Subject::user(call)),
    ),
    Route::new(
        "DELETE",
        "/v1/users/{user}/channel_data/{channel}",
        WRITE,
        |knock, call| delete(knock, &Subject::user(call)),
    ),
    Route::new(
        "GET",
        "/v1/objects/{collection}/{object}/channel_data/{channel}",
        Access::Public,
        |knock, call| {
            call.caller.check_unlimited()?;
            read(knock, &Subject::object(call))
        },
    ),
    Route::new(
        "PUT",
        "/v1/objects/{collection}/{object}/channel_data/{channel}",
        Access::Public,
        |knock, call| {
            call.caller.check_unlimited()?;
            write(knock, call, &Subject::object(call))
        },
    ),
    Route::new(
        "DELETE",
        "/v1/objects/{collection}/{object}/channel_data/{channel}",
        Access::Secret,
        |knock, call| delete(knock, &Subject::object(call)),
    ),
];

fn read(knock: &mut Emulator, subject: &Subject) -> Answer {
    let key = (subject.owner.clone(), subject.param(0).to_owned());
    let data = knock.recipients.channel_data.get(&key);
    ok(&answer(
        subject.param(0),
        data.ok_or(Refusal::ResourceMissing)?,
    ))
}

/// Creates its owner when nobody identified it before.
fn write(knock: &mut Emulator, call: &Call, subject: &Subject) -> Answer {
    let body = call.object()?;
    let data = match body.get("data") {
        Some(data @ Value::Object(_)) => data.clone(),
        _ => return Err(Refusal::invalid("data", "must be an object")),
    };
    let owner = subject.owner.reference();
    knock.recipients.introduce("id", &owner, call.now)?;
    let key = (subject.owner.clone(), subject.param(0).to_owned());
    let answer = answer(subject.param(0), &data);
    knock.recipients.channel_data.insert(key, data);
    ok(&answer)
}

fn delete(knock: &mut Emulator, subject: &Subject) -> Answer {
    let key = (subject.owner.clone(), subject.param(0).to_owned());
    let deleted = knock.recipients.channel_data.remove(&key);
    deleted.ok_or(Refusal::ResourceMissing)?;
    no_content()
}

fn answer(channel_id: &str, data: &Value) -> Value {
    json!({"__typename": "ChannelData", "channel_id": channel_id, "provider": null, "data": data})
}
