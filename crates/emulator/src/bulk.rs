//! `POST /v1/channels/{feed_id}/messages/bulk/{action}`.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::clock::micros;
use crate::engagement::{Archived, Engagement};
use crate::filter::{data_matches, trigger_data};
use crate::message::Message;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::status::Status;

/// What a bulk update does to each message it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Mark(Status),
    Delete,
}

/// Which messages a bulk update is about.
#[derive(Debug)]
pub(crate) struct Selection {
    recipients: Option<Vec<String>>,
    engagement: Option<Vec<Engagement>>,
    archived: Archived,
    has_tenant: Option<bool>,
    tenants: Option<Vec<String>>,
    workflows: Option<Vec<String>>,
    trigger_data: Option<Map<String, Value>>,
    older_than: Option<OffsetDateTime>,
    newer_than: Option<OffsetDateTime>,
    delivery_status: Option<String>,
}

impl Action {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "archive" => Some(Self::Mark(Status::Archived)),
            "unarchive" => Some(Self::Mark(Status::Unarchived)),
            "delete" => Some(Self::Delete),
            other => Status::batch(other).map(Self::Mark),
        }
    }
}

impl Selection {
    /// Reads the body; `user_ids` and `recipient_ids` mean the same.
    pub(crate) fn parse(params: &Params) -> Result<Self, Refusal> {
        Ok(Self {
            recipients: params.list("user_ids")?.or(params.list("recipient_ids")?),
            engagement: Engagement::parse_all(params)?,
            archived: params
                .word("archived", Archived::WORDS)?
                .unwrap_or(Archived::Include),
            has_tenant: params.flag("has_tenant")?,
            tenants: params.list("tenants")?,
            workflows: params.list("workflows")?,
            trigger_data: trigger_data(params)?,
            older_than: params.time("older_than")?,
            newer_than: params.time("newer_than")?,
            delivery_status: params.text("delivery_status")?.map(str::to_owned),
        })
    }

    /// Whose messages the update means, when it says so.
    pub(crate) fn recipients(&self) -> Option<&[String]> {
        self.recipients.as_deref()
    }

    /// The tenant that the update is limited to, when it is one.
    pub(crate) fn only_tenant(&self) -> Option<&str> {
        match self.tenants.as_deref() {
            Some([tenant]) => Some(tenant),
            _ => None,
        }
    }

    pub(crate) fn matches(&self, message: &Message) -> bool {
        let among = |list: &Option<Vec<String>>, value: &str| {
            list.as_ref()
                .is_none_or(|list| list.iter().any(|entry| entry == value))
        };
        among(&self.recipients, message.user_id())
            && among(&self.workflows, &message.workflow.key)
            && self
                .engagement
                .as_ref()
                .is_none_or(|all| all.iter().all(|one| one.matches(message)))
            && self.archived.matches(message)
            && self
                .has_tenant
                .is_none_or(|wanted| wanted == message.tenant.is_some())
            && match &message.tenant {
                Some(tenant) => among(&self.tenants, tenant),
                None => self.tenants.is_none(),
            }
            && self
                .trigger_data
                .as_ref()
                .is_none_or(|wanted| data_matches(wanted, &message.data))
            && self
                .older_than
                .is_none_or(|bound| message.inserted_at < bound)
            && self
                .newer_than
                .is_none_or(|bound| message.inserted_at > bound)
            && self
                .delivery_status
                .as_deref()
                .is_none_or(|status| status == "delivered")
    }
}

/// What a bulk operation that is done says of itself; `errors` are the rows it could not do.
pub(crate) fn operation(
    id: &str,
    name: &str,
    rows: usize,
    errors: &[Value],
    now: OffsetDateTime,
) -> Value {
    let now = micros(now);
    json!({
        "__typename": "BulkOperation",
        "id": id,
        "name": name,
        "status": "completed",
        "estimated_total_rows": rows,
        "processed_rows": rows,
        "success_count": rows.saturating_sub(errors.len()),
        "error_count": errors.len(),
        "error_items": errors,
        "progress_path": format!("/v1/bulk_operations/{id}"),
        "started_at": now,
        "completed_at": now,
        "failed_at": null,
        "inserted_at": now,
        "updated_at": now,
    })
}
