//! What `POST /v1/workflows/{key}/trigger` says.

use serde_json::{Map, Value};

use crate::params::Params;
use crate::refusal::Refusal;

#[derive(Clone, Debug, Default)]
pub(crate) struct Trigger {
    pub(crate) recipients: Vec<Value>,
    pub(crate) actor: Option<Value>,
    pub(crate) data: Map<String, Value>,
    /// An id, or an object with one.
    pub(crate) tenant: Option<Value>,
    /// What a later call withdraws it by.
    pub(crate) cancellation_key: Option<String>,
    /// Delays are passed over.
    pub(crate) skips_delays: bool,
    /// Objects do not stand for their subscribers.
    pub(crate) only_named: bool,
}

impl Trigger {
    pub(crate) fn parse(body: &Map<String, Value>) -> Result<Self, Refusal> {
        Ok(Self {
            recipients: recipients(body.get("recipients"))?,
            actor: body.get("actor").filter(|actor| !actor.is_null()).cloned(),
            data: match body.get("data") {
                None | Some(Value::Null) => Map::new(),
                Some(Value::Object(data)) => data.clone(),
                Some(_) => return Err(Refusal::invalid("data", "must be an object")),
            },
            tenant: tenant(body.get("tenant"))?,
            cancellation_key: Params::from_object(body)
                .text("cancellation_key")?
                .map(str::to_owned),
            skips_delays: match body.get("settings") {
                Some(Value::Object(settings)) => Params::from_object(settings)
                    .flag("skip_delay")?
                    .unwrap_or_default(),
                None | Some(Value::Null) => false,
                Some(_) => return Err(Refusal::invalid("settings", "must be an object")),
            },
            only_named: false,
        })
    }

    /// The data for one recipient: its own `$trigger_data` over the common data.
    pub(crate) fn data_for(&self, recipient: &Value) -> Map<String, Value> {
        let mut data = self.data.clone();
        if let Some(Value::Object(own)) = recipient.get("$trigger_data") {
            data.extend(own.clone());
        }
        data
    }
}

fn recipients(value: Option<&Value>) -> Result<Vec<Value>, Refusal> {
    match value {
        None | Some(Value::Null) => Err(Refusal::invalid("recipients", "can't be blank")),
        Some(Value::Array(recipients)) if recipients.is_empty() => {
            Err(Refusal::invalid("recipients", "can't be blank"))
        }
        Some(Value::Array(recipients)) if recipients.len() > MAX_RECIPIENTS => {
            Err(Refusal::invalid("recipients", "must not be more than 1000"))
        }
        Some(Value::Array(recipients)) => Ok(recipients.clone()),
        Some(_) => Err(Refusal::invalid("recipients", "must be a list")),
    }
}

/// A tenant: its id, or an inline tenant that has one.
pub(crate) fn tenant(value: Option<&Value>) -> Result<Option<Value>, Refusal> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(id)) if id.is_empty() => Ok(None),
        Some(id @ Value::String(_)) => Ok(Some(id.clone())),
        Some(tenant @ Value::Object(inside)) => match inside.get("id") {
            Some(Value::String(id)) if !id.is_empty() => Ok(Some(tenant.clone())),
            _ => Err(Refusal::invalid("tenant", "must have an id")),
        },
        Some(_) => Err(Refusal::invalid(
            "tenant",
            "must be an id or an object with an id",
        )),
    }
}

const MAX_RECIPIENTS: usize = 1000;
