//! Subscriptions of users and objects to objects.

use serde_json::{Map, Value, json};

use super::bulk_operations::rows;
use super::users::named;
use crate::call::{Access, Answer, Call, Route, ok};
use crate::emulator::Emulator;
use crate::list;
use crate::owner::Owner;
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
    let user = Owner::user(call.param(0));
    page(knock, call, |subscription| subscription.recipient == user)
}

/// Who follows the object; with `mode=recipient`, what the object itself follows.
fn of_object(knock: &mut Emulator, call: &Call) -> Answer {
    let object = Owner::object(call.param(0), call.param(1));
    let modes = [("object", false), ("recipient", true)];
    match call.query().word("mode", &modes)?.unwrap_or(false) {
        true => page(knock, call, |subscription| subscription.recipient == object),
        false => page(knock, call, |subscription| subscription.object == object),
    }
}

fn page(knock: &Emulator, call: &Call, wanted: impl Fn(&Subscription) -> bool) -> Answer {
    let subscriptions = knock.recipients.subscriptions.iter();
    let rows = subscriptions
        .filter(|subscription| wanted(subscription))
        .map(|subscription| (subscription.key(), knock.answer_subscription(subscription)))
        .collect();
    ok(&list::page("entries", rows, &call.query())?)
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
