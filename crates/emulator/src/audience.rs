use serde_json::{Map, Value, json};

use crate::filter::{Filter, counts};
use crate::message::Message;
use crate::params::Params;

/// Whom a `new-message` on a channel is for: the clients behind one join, with their filters.
#[derive(Debug)]
pub(crate) enum Audience {
    /// Each feed client of the page, by its reference id.
    Keyed(Vec<(String, Filter)>),
    /// The one feed of an SDK that sends its options bare.
    Flat(Filter),
}

impl Audience {
    /// Keyed when every entry is an object under a `client_…` key; else the options themselves.
    pub(crate) fn parse(payload: &Value) -> Self {
        let empty = Map::new();
        let options = payload.as_object().unwrap_or(&empty);
        let keyed =
            |(key, value): (&String, &Value)| key.starts_with("client_") && value.is_object();
        if options.is_empty() || !options.iter().all(keyed) {
            return Self::Flat(Filter::parse_join(&Params::from_object(options)));
        }
        let entries = options
            .iter()
            .filter_map(|(id, value)| Some((id, value.as_object()?)));
        Self::Keyed(
            entries
                .map(|(id, value)| (id.clone(), Filter::parse_join(&Params::from_object(value))))
                .collect(),
        )
    }

    /// The filters of every client behind the join.
    pub(crate) fn filters(&self) -> Vec<&Filter> {
        match self {
            Self::Flat(filter) => vec![filter],
            Self::Keyed(clients) => clients.iter().map(|(_, filter)| filter).collect(),
        }
    }

    /// The one `new-message` for some messages; `None` when none of them passes anybody's filters.
    pub(crate) fn payload(&self, new: &[&Message], messages: &[&Message]) -> Option<Value> {
        let concerns = |filter: &Filter| new.iter().any(|new| filter.matches(new));
        let metadata = |filter: &Filter| counts(messages.iter().copied(), filter);
        match self {
            Self::Flat(filter) => concerns(filter)
                .then(|| json!({"event": "new-message", "metadata": metadata(filter)})),
            Self::Keyed(clients) => {
                let attentive: Vec<_> = clients
                    .iter()
                    .filter(|(_, filter)| concerns(filter))
                    .collect();
                if attentive.is_empty() {
                    return None;
                }
                let attn: Vec<&str> = attentive.iter().map(|(id, _)| id.as_str()).collect();
                let data: Map<String, Value> = attentive
                    .iter()
                    .map(|(id, filter)| (id.clone(), json!({"metadata": metadata(filter)})))
                    .collect();
                Some(json!({
                    "event": "new-message",
                    "attn": attn,
                    "data": data,
                    "metadata": metadata(&Filter::default()),
                }))
            }
        }
    }
}
