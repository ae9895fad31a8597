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

    /// The name as it stands in the join and in `attn`.
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

    /// What the event means to the view that joined under this name with these options: its own counts, if it is
    /// among those that `attn` names.
    ///
    /// Where the event names no views at all, as for a join of old clients, the counts at its top level serve a view
    /// without filters: they are those of the whole feed.
    pub fn counts_for(&self, view: &ReferenceId, options: &FeedOptions) -> Attention {
        let whole = self.legacy.as_ref().filter(|_| !options.have_filters());
        let counts = match &self.attn {
            Some(attn) if !attn.contains(&view.0) => return Attention::Elsewhere,
            Some(_) => self.counts.get(&view.0),
            None => self.counts.get(&view.0).or(whole),
        };
        counts.map_or(Attention::Uncounted, |counts| Attention::Counted(*counts))
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_topic_holds_the_user_id_as_it_is() {
        let feed = FeedId::parse("6b1f4f0e-93c8-4f0a-8a4f-0d8b3f3a9c11").unwrap();
        let user = UserId::parse("u 1/é:x").unwrap();
        assert_eq!(
            topic(&feed, &user),
            "feeds:6b1f4f0e-93c8-4f0a-8a4f-0d8b3f3a9c11:u 1/é:x"
        );
    }

    #[test]
    fn a_reference_id_is_client_and_21_letters() {
        let bytes: [u8; 21] = std::array::from_fn(|index| (index * 13) as u8);
        let id = ReferenceId::from_random(bytes);
        let letters = id.as_str().strip_prefix("client_").unwrap();
        assert_eq!(letters.len(), 21);
        assert!(
            letters
                .bytes()
                .all(|letter| letter.is_ascii_alphanumeric() || b"_-".contains(&letter))
        );
        assert_ne!(id, ReferenceId::from_random([0; 21]));
    }

    #[test]
    fn a_named_view_gets_its_own_counts() {
        check(
            json!({ "attn": [A], "data": { A: meta(7) }, "metadata": counts(9) }),
            Attention::Counted(said(7)),
        );
    }

    #[test]
    fn a_named_view_without_counts_still_learns_that_something_came() {
        check(
            json!({ "attn": [A], "metadata": counts(9) }),
            Attention::Uncounted,
        );
        check(
            json!({ "attn": [A], "data": { A: { "metadata": 7 } } }),
            Attention::Uncounted,
        );
        check(json!({}), Attention::Uncounted);
    }

    #[test]
    fn counts_for_others_are_not_ours() {
        check(
            json!({ "attn": ["client_other"], "data": { A: meta(7) }, "metadata": counts(9) }),
            Attention::Elsewhere,
        );
        check(json!({ "attn": [] }), Attention::Elsewhere);
        check(json!({ "attn": [7, null] }), Attention::Elsewhere);
    }

    #[test]
    fn without_attn_the_legacy_counts_hold() {
        check(
            json!({ "metadata": counts(9) }),
            Attention::Counted(said(9)),
        );
        check(
            json!({ "attn": null, "metadata": counts(9) }),
            Attention::Counted(said(9)),
        );
    }

    #[test]
    fn the_legacy_counts_are_not_those_of_a_view_with_filters() {
        let unread = FeedOptions {
            status: Some(crate::StatusFilter::Unread),
            ..FeedOptions::default()
        };
        let view = ReferenceId(A.into());
        let legacy = NewMessage::parse(&json!({ "metadata": counts(9) })).unwrap();
        assert_eq!(legacy.counts_for(&view, &unread), Attention::Uncounted);
        let own = json!({ "data": { A: meta(7) }, "metadata": counts(9) });
        let own = NewMessage::parse(&own).unwrap();
        assert_eq!(own.counts_for(&view, &unread), Attention::Counted(said(7)));
    }

    #[test]
    fn what_is_no_new_message_is_nothing() {
        for payload in [
            json!(null),
            json!([]),
            json!("new-message"),
            json!({ "event": "other" }),
            json!({ "event": 7 }),
        ] {
            assert_eq!(NewMessage::parse(&payload), None, "{payload}");
        }
    }

    #[track_caller]
    fn check(mut payload: Value, expected: Attention) {
        payload["event"] = "new-message".into();
        assert_eq!(
            NewMessage::parse(&payload)
                .unwrap()
                .counts_for(&ReferenceId(A.into()), &FeedOptions::default()),
            expected,
            "{payload}"
        );
    }

    fn meta(unread: u64) -> Value {
        json!({ "metadata": counts(unread) })
    }

    fn counts(unread: u64) -> Value {
        json!({ "total_count": 20, "unread_count": unread, "unseen_count": 0 })
    }

    fn said(unread_count: u64) -> FeedMetadata {
        FeedMetadata {
            total_count: 20,
            unread_count,
            unseen_count: 0,
        }
    }

    const A: &str = "client_0a1B2c3D4e5F6g7H8i9J_";
}
