use serde_json::{Map, Value};

use crate::engagement::Engagement;
use crate::filter::Filter;
use crate::message::Message;
use crate::params::Params;
use crate::refusal::Refusal;

/// Which messages a list of messages shows.
#[derive(Debug)]
pub(crate) struct MessageFilter {
    statuses: Option<Vec<String>>,
    engagement: Option<Vec<Engagement>>,
    channel_id: Option<String>,
    message_ids: Option<Vec<String>>,
    workflow_run_id: Option<String>,
    workflow_recipient_run_id: Option<String>,
    tenant: Option<String>,
    /// Source, categories, trigger data and dates, as in a feed.
    feed: Filter,
}

impl MessageFilter {
    pub(crate) fn parse(params: &Params) -> Result<Self, Refusal> {
        let text = |name: &str| Ok(params.text(name)?.map(str::to_owned));
        let message_ids = params.list("message_ids")?;
        if message_ids
            .as_ref()
            .is_some_and(|ids| ids.len() > MAX_MESSAGE_IDS)
        {
            return Err(Refusal::invalid("message_ids", "must not be more than 50"));
        }
        let mut as_in_feed =
            Map::from_iter([("archived".to_owned(), Value::String("include".to_owned()))]);
        for name in AS_IN_FEED {
            if let Some(value) = params.value(name) {
                as_in_feed.insert((*name).to_owned(), value.clone());
            }
        }
        Ok(Self {
            statuses: params.list("status")?,
            engagement: Engagement::parse_all(params)?,
            channel_id: text("channel_id")?,
            message_ids,
            workflow_run_id: text("workflow_run_id")?,
            workflow_recipient_run_id: text("workflow_recipient_run_id")?,
            tenant: text("tenant")?,
            feed: Filter::parse(&Params::from_object(&as_in_feed))?,
        })
    }

    pub(crate) fn matches(&self, message: &Message, feed_id: &str) -> bool {
        let is = |wanted: &Option<String>, value: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted == value)
        };
        let among = |list: &Option<Vec<String>>, value: &str| {
            list.as_ref()
                .is_none_or(|list| list.iter().any(|entry| entry == value))
        };
        among(&self.statuses, "delivered")
            && self
                .engagement
                .as_ref()
                .is_none_or(|all| all.iter().all(|one| one.matches(message)))
            && is(&self.channel_id, feed_id)
            && among(&self.message_ids, &message.id)
            && is(&self.workflow_run_id, &message.workflow_run_id)
            && is(
                &self.workflow_recipient_run_id,
                &message.workflow_recipient_run_id,
            )
            && self
                .tenant
                .as_ref()
                .is_none_or(|wanted| message.tenant.as_ref() == Some(wanted))
            && self.feed.matches(message)
    }
}

const AS_IN_FEED: &[&str] = &[
    "source",
    "workflow_categories",
    "trigger_data",
    "inserted_at.gt",
    "inserted_at.gte",
    "inserted_at.lt",
    "inserted_at.lte",
];

const MAX_MESSAGE_IDS: usize = 50;
