//! Tenants.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::bulk_operations::rows;
use super::users::named;
use crate::call::{Access, Answer, Call, Route, no_content, ok};
use crate::emulator::Emulator;
use crate::list;
use crate::merge;
use crate::owner::{Owner, TENANTS};
use crate::preferences::{self, DEFAULT};
use crate::recipients;
use crate::refusal::Refusal;

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/v1/tenants", Access::Secret, list),
    Route::new("POST", "/v1/tenants/bulk/set", Access::Secret, set_in_bulk),
    Route::new(
        "POST",
        "/v1/tenants/bulk/delete",
        Access::Secret,
        delete_in_bulk,
    ),
    Route::new("GET", "/v1/tenants/{tenant}", Access::Secret, tenant),
    Route::new("PUT", "/v1/tenants/{tenant}", Access::Secret, set),
    Route::new("DELETE", "/v1/tenants/{tenant}", Access::Secret, delete),
];

fn list(knock: &mut Emulator, call: &Call) -> Answer {
    let query = call.query();
    let (wanted_id, wanted_name) = (query.text("tenant_id")?, query.text("name")?);
    let tenants = knock.recipients.objects(TENANTS);
    let tenants = tenants.map(|(id, object)| (id.to_owned(), recipients::tenant(object)));
    let tenants = tenants.filter(|(id, tenant)| {
        wanted_id.is_none_or(|wanted| wanted == id)
            && wanted_name.is_none_or(|wanted| tenant["name"] == wanted)
    });
    ok(&list::page("entries", tenants.collect(), &query)?)
}

fn tenant(knock: &mut Emulator, call: &Call) -> Answer {
    let object = knock.recipients.find(&Owner::tenant(call.param(0)));
    ok(&recipients::tenant(object.ok_or(Refusal::ResourceMissing)?))
}

fn set(knock: &mut Emulator, call: &Call) -> Answer {
    knock.set_tenant(call.param(0), &call.object()?, call.now)?;
    tenant(knock, call)
}

fn delete(knock: &mut Emulator, call: &Call) -> Answer {
    match knock.recipients.delete(&Owner::tenant(call.param(0))) {
        true => no_content(),
        false => Err(Refusal::ResourceMissing),
    }
}

/// Each row is a tenant or the id of one.
fn set_in_bulk(knock: &mut Emulator, call: &Call) -> Answer {
    let tenants = rows(&call.object()?, "tenants")?;
    let operation = knock.do_in_bulk(
        "tenants.set",
        &tenants,
        call.now,
        |knock, tenant| match tenant.as_str().filter(|id| !id.is_empty()) {
            Some(id) => knock.set_tenant(id, &Map::new(), call.now),
            None => {
                let (id, tenant) = named(tenant)?;
                knock.set_tenant(id, tenant, call.now)
            }
        },
    );
    ok(&operation)
}

/// The ids come in the query.
fn delete_in_bulk(knock: &mut Emulator, call: &Call) -> Answer {
    let ids = call.query().list("tenant_ids")?.unwrap_or_default();
    let body = Map::from_iter([("tenant_ids".to_owned(), json!(ids))]);
    let tenants = rows(&body, "tenant_ids")?;
    let operation = knock.do_in_bulk("tenants.delete", &tenants, call.now, |knock, id| {
        let tenant = Owner::tenant(id.as_str().unwrap_or_default());
        match knock.recipients.delete(&tenant) {
            true => Ok(()),
            false => Err(Refusal::ResourceMissing),
        }
    });
    ok(&operation)
}

impl Emulator {
    /// Creates the tenant or merges into it; its settings are merged in depth.
    pub(crate) fn set_tenant(
        &mut self,
        id: &str,
        properties: &Map<String, Value>,
        now: OffsetDateTime,
    ) -> Result<(), Refusal> {
        let owner = Owner::tenant(id);
        let mut properties = properties.clone();
        properties.remove("id");
        let present = self
            .recipients
            .find(&owner)
            .map(|object| &object["properties"]["settings"]);
        match properties.get("settings") {
            None | Some(Value::Null) => {
                properties.remove("settings");
            }
            Some(Value::Object(given)) => {
                let mut given = given.clone();
                if let Some(Value::Object(set)) = given.get("preference_set") {
                    let set = preferences::answer(DEFAULT, &preferences::checked(set)?);
                    given.insert("preference_set".into(), set);
                }
                let mut settings = present
                    .and_then(Value::as_object)
                    .cloned()
                    .unwrap_or_default();
                merge::deep(&mut settings, &given);
                properties.insert("settings".into(), json!(settings));
            }
            Some(_) => return Err(Refusal::invalid("settings", "must be an object")),
        }
        self.recipients.set(&owner, &properties, now).map(|_| ())
    }
}
