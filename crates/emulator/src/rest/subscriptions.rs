//! Subscriptions of users and objects to objects.

use serde_json::{Map, Value, json};

use super::bulk_operations::rows;
use super::users::{includes_preferences, named};
use crate::call::{Access, Answer, Call, Route, ok};
use crate::emulator::Emulator;
use crate::list;
use crate::owner::Owner;
use crate::preferences::DEFAULT;
use crate::refusal::Refusal;
use crate::subscriptions::Subscription;

pub(super) const ROUTES: &[Route] = &[
    Route::new(
        "GET",
        "/v1/users/{user}/subscriptions",
        Access::Secret,
        of_user,
    ),
    Route::new(
        "GET",
        "/v1/objects/{collection}/{object}/subscriptions",
        Access::Secret,
        of_object,
    ),
    Route::new(
        "POST",
        "/v1/objects/{collection}/{object}/subscriptions",
        Access::Secret,
        add,
    ),
    Route::new(
        "DELETE",
        "/v1/objects/{collection}/{object}/subscriptions",
        Access::Secret,
        remove,
    ),
    Route::new(
        "POST",
        "/v1/objects/{collection}/bulk/subscriptions/add",
        Access::Secret,
        add_in_bulk,
    ),
    Route::new(
        "POST",
        "/v1/objects/{collection}/bulk/subscriptions/delete",
        Access::Secret,
        remove_in_bulk,
    ),
];

fn of_user(knock: &mut Emulator, call: &Call) -> Answer {
    follows(knock, call, &Owner::user(call.param(0)))
}

/// Who follows the object; with `mode=recipient`, what the object itself follows.
fn of_object(knock: &mut Emulator, call: &Call) -> Answer {
    let object = Owner::object(call.param(0), call.param(1));
    let query = call.query();
    let modes = [("object", false), ("recipient", true)];
    if query.word("mode", &modes)?.unwrap_or(false) {
        return follows(knock, call, &object);
    }
    let recipients = query.references("recipients")?;
    page(knock, call, |subscription| {
        subscription.object == object && among(recipients.as_ref(), &subscription.recipient)
    })
}

/// What somebody follows, or those of some objects that it does.
fn follows(knock: &Emulator, call: &Call, recipient: &Owner) -> Answer {
    let objects = call.query().references("objects")?;
    page(knock, call, |subscription| {
        subscription.recipient == *recipient && among(objects.as_ref(), &subscription.object)
    })
}

fn among(wanted: Option<&Vec<Owner>>, owner: &Owner) -> bool {
    wanted.is_none_or(|wanted| wanted.contains(owner))
}

fn page(knock: &Emulator, call: &Call, wanted: impl Fn(&Subscription) -> bool) -> Answer {
    let query = call.query();
    let with_preferences = includes_preferences(&query)?;
    let row = |subscription: &Subscription| {
        let mut answer = knock.answer_subscription(subscription);
        if with_preferences {
            let preferences = &knock.recipients.preferences;
            answer["recipient"]["preferences"] = preferences.set(&subscription.recipient, DEFAULT);
        }
        (subscription.key(), answer)
    };
    let subscriptions = knock.recipients.subscriptions.iter();
    let wanted = subscriptions.filter(|subscription| wanted(subscription));
    ok(&list::page("entries", wanted.map(row).collect(), &query)?)
}

fn add(knock: &mut Emulator, call: &Call) -> Answer {
    let object = Owner::object(call.param(0), call.param(1));
    ok(&json!(knock.subscribe(&object, &call.object()?, call)?))
}

fn remove(knock: &mut Emulator, call: &Call) -> Answer {
    let object = Owner::object(call.param(0), call.param(1));
    ok(&json!(knock.unsubscribe(&object, &call.object()?)?))
}

fn add_in_bulk(knock: &mut Emulator, call: &Call) -> Answer {
    let subscriptions = rows(&call.object()?, "subscriptions")?;
    let operation = knock.do_in_bulk(
        "objects.add_subscriptions",
        &subscriptions,
        call.now,
        |knock, row| {
            let (id, row) = named(row)?;
            knock
                .subscribe(&Owner::object(call.param(0), id), row, call)
                .map(|_| ())
        },
    );
    ok(&operation)
}

fn remove_in_bulk(knock: &mut Emulator, call: &Call) -> Answer {
    let subscriptions = rows(&call.object()?, "subscriptions")?;
    let operation = knock.do_in_bulk(
        "objects.delete_subscriptions",
        &subscriptions,
        call.now,
        |knock, row| {
            let (id, row) = named(row)?;
            knock
                .unsubscribe(&Owner::object(call.param(0), id), row)
                .map(|_| ())
        },
    );
    ok(&operation)
}

impl Emulator {
    fn subscribe(
        &mut self,
        object: &Owner,
        body: &Map<String, Value>,
        call: &Call,
    ) -> Result<Vec<Value>, Refusal> {
        let recipients = rows(body, "recipients")?;
        let properties = body.get("properties").unwrap_or(&Value::Null);
        if !properties.is_null() && !properties.is_object() {
            return Err(Refusal::invalid("properties", "must be an object"));
        }
        if self.recipients.find(object).is_none() {
            self.recipients.set(object, &Map::new(), call.now)?;
        }
        let mut added = Vec::new();
        for recipient in &recipients {
            let recipient = self
                .recipients
                .introduce("recipients", recipient, call.now)?;
            let subscriptions = &mut self.recipients.subscriptions;
            added.push(
                subscriptions
                    .add(object, &recipient, properties, call.now)
                    .clone(),
            );
        }
        Ok(added
            .iter()
            .map(|one| self.answer_subscription(one))
            .collect())
    }

    fn unsubscribe(
        &mut self,
        object: &Owner,
        body: &Map<String, Value>,
    ) -> Result<Vec<Value>, Refusal> {
        let recipients = rows(body, "recipients")?;
        let recipients: Option<Vec<Owner>> = recipients.iter().map(Owner::parse).collect();
        let recipients = recipients
            .ok_or_else(|| Refusal::invalid("recipients", "must be ids or objects with an id"))?;
        let removed: Vec<Subscription> = recipients
            .iter()
            .filter_map(|recipient| self.recipients.subscriptions.remove(object, recipient))
            .collect();
        Ok(removed
            .iter()
            .map(|one| self.answer_subscription(one))
            .collect())
    }

    fn answer_subscription(&self, subscription: &Subscription) -> Value {
        let found = |owner: &Owner| self.recipients.find(owner).cloned().unwrap_or_default();
        subscription.answer(
            &found(&subscription.object),
            &found(&subscription.recipient),
        )
    }
}
