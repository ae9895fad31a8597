//! What goes over the socket: topic, join parameters, `new-message`.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{FeedId, UserId};
use crate::options::FeedOptions;
use crate::page::FeedMetadata;

/// Topic of a user's feed. The user id goes in as it is, not percent-encoded.
pub fn topic(feed: &FeedId, user: &UserId) -> String {
    format!("feeds:{feed}:{user}")
}

/// The name under which one view of a feed joins: `client_` and 21 characters of `A-Za-z0-9_-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReferenceId(String);

impl ReferenceId {
    /// Makes a name of random bytes, six bits of each.
    pub fn from_random(bytes: [u8; 21]) -> Self {
        let letters = bytes
            .iter()
            .map(|byte| char::from(ALPHABET[usize::from(byte % 64)]));
        Self(format!("client_{}", letters.collect::<String>()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReferenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Payload of the join, keyed by view: the server filters and counts for each.
pub fn join_params(views: &[(ReferenceId, &FeedOptions)]) -> Value {
    Value::Object(
        views
            .iter()
            .map(|(view, options)| (view.0.clone(), options.object()))
            .collect(),
    )
}

/// The server's word that something arrived: counts, no contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    /// The views that are meant; none where the server does not say.
    attn: Option<Vec<String>>,
    counts: BTreeMap<String, FeedMetadata>,
    legacy: Option<FeedMetadata>,
}

/// What a [`NewMessage`] means to one view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// Something arrived and these are the counts now.
    Counted(FeedMetadata),
    /// Something arrived; the counts were not said.
    Uncounted,
    /// Other views are meant.
    Elsewhere,
}

impl NewMessage {
    /// Reads the payload of a `new-message` event; nothing when it is not one.
    pub fn parse(payload: &Value) -> Option<Self> {
        let payload = payload.as_object()?;
        if payload
            .get("event")
            .is_some_and(|event| !event.is_null() && event != "new-message")
        {
            return None;
        }
        let attn = payload.get("attn").and_then(Value::as_array).map(|views| {
            views
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect()
        });
        let counts = payload
            .get("data")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter_map(|(view, data)| {
                Some((view.clone(), FeedMetadata::parse(data.get("metadata")?)?))
            })
            .collect();
        let legacy = payload.get("metadata").and_then(FeedMetadata::parse);
        Some(Self {
            attn,
            counts,
            legacy,
        })
    }

    pub fn counts_for(&self, view: &ReferenceId) -> Attention {
        let counts = match &self.attn {
            Some(attn) if !attn.contains(&view.0) => return Attention::Elsewhere,
            Some(_) => self.counts.get(&view.0),
            None => self.counts.get(&view.0).or(self.legacy.as_ref()),
        };
        counts.map_or(Attention::Uncounted, |counts| Attention::Counted(*counts))
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
