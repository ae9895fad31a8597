//! Messages as back ends see them.

use serde_json::{Value, json};

use super::subject::Subject;
use crate::call::{Access, Answer, Call, Route, ok};
use crate::emulator::Emulator;
use crate::filter::{data_matches, trigger_data};
use crate::list;
use crate::message::Message;
use crate::message_filter::MessageFilter;
use crate::owner::Owner;
use crate::params::Params;
use crate::refusal::Refusal;

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/v1/messages", Access::Secret, |knock, call| {
        list(knock, call, None)
    }),
    Route::new(
        "GET",
        "/v1/users/{user}/messages",
        Access::Secret,
        |knock, call| list(knock, call, Some(&Subject::user(call).owner)),
    ),
    Route::new(
        "GET",
        "/v1/objects/{collection}/{object}/messages",
        Access::Secret,
        |knock, call| list(knock, call, Some(&Subject::object(call).owner)),
    ),
    Route::new(
        "GET",
        "/v1/messages/batch/content",
        Access::Secret,
        contents,
    ),
    Route::new(
        "GET",
        "/v1/messages/{message}",
        Access::Public,
        |knock, call| ok(&find(knock, call)?.message(&knock.config.feed_id)),
    ),
    Route::new(
        "GET",
        "/v1/messages/{message}/content",
        Access::Secret,
        |knock, call| ok(&find(knock, call)?.content()),
    ),
    Route::new(
        "GET",
        "/v1/messages/{message}/activities",
        Access::Secret,
        activities,
    ),
    Route::new(
        "GET",
        "/v1/messages/{message}/events",
        Access::Secret,
        |knock, call| {
            ok(&list::page(
                "items",
                find(knock, call)?.events(),
                &call.query(),
            )?)
        },
    ),
    // An in-app message is delivered by being there: there is nobody to log an exchange with.
    Route::new(
        "GET",
        "/v1/messages/{message}/delivery_logs",
        Access::Secret,
        |knock, call| {
            find(knock, call)?;
            ok(&list::page("items", Vec::new(), &call.query())?)
        },
    ),
];

fn find<'a>(knock: &'a Emulator, call: &Call) -> Result<&'a Message, Refusal> {
    let message = knock.messages.find(call.param(0));
    let message = message.filter(|message| call.caller.knows(message, "user/feed_read"));
    message.ok_or(Refusal::ResourceMissing)
}

fn activities(knock: &mut Emulator, call: &Call) -> Answer {
    let query = call.query();
    let wanted = trigger_data(&query)?.unwrap_or_default();
    let rows = find(knock, call)?.activities(|data| data_matches(&wanted, data));
    ok(&list::page("items", rows, &query)?)
}

/// Newest first. An object has no feed, and so no messages.
fn list(knock: &Emulator, call: &Call, of: Option<&Owner>) -> Answer {
    let query = call.query();
    let filter = MessageFilter::parse(&query)?;
    let messages = knock.messages.iter().rev();
    let rows = messages
        .filter(|message| {
            of.is_none_or(|owner| Owner::parse(&message.recipient).as_ref() == Some(owner))
        })
        .filter(|message| filter.matches(message, &knock.config.feed_id))
        .map(|message| (message.id.clone(), message.message(&knock.config.feed_id)))
        .collect();
    ok(&list::page("items", rows, &query)?)
}

fn contents(knock: &mut Emulator, call: &Call) -> Answer {
    let ids = Params::from_query(&call.request.query).list("message_ids")?;
    let ids = ids.ok_or_else(|| Refusal::invalid("message_ids", "can't be blank"))?;
    let contents: Vec<Value> = ids
        .iter()
        .filter_map(|id| knock.messages.find(id))
        .map(Message::content)
        .collect();
    ok(&json!(contents))
}
