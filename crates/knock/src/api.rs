//! Requests as values. Whoever sends them adds [`headers`] and the host.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::credentials::Credentials;
use crate::ids::{Cursor, FeedId, ItemId, UserId};
use crate::item::Status;
use crate::options::{FeedOptions, StatusFilter};
use crate::preferences::{Persistence, PreferenceSetId, Preferences};
use crate::stamp;

/// A body larger than this is not read.
pub const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// Response header that lists the items a batch left as they were, see [`not_applied`].
pub const NOT_APPLIED_HEADER: &str = "x-ratelimited-message_ids";

/// How a request goes over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Writes one thing in its place.
    Put,
    /// Writes many things, or starts something.
    Post,
    /// Takes back.
    Delete,
}

/// One request, complete but for host and headers.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// Starts with `/v1`; every id in it is percent-encoded as one segment.
    pub path: String,
    /// Not yet encoded.
    pub query: Vec<(String, String)>,
    /// Goes as JSON; nothing for a request without a body.
    pub body: Option<Value>,
}

/// Which page of a feed: the first, or the one at a cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// Items newer than this, those closest to it.
    pub before: Option<Cursor>,
    /// Items older than this.
    pub after: Option<Cursor>,
    /// Instead of the feed's own page size; at most 50.
    pub page_size: Option<u16>,
}

/// Asks for a page of a feed.
pub fn feed_page(
    user: &UserId,
    feed: &FeedId,
    options: &FeedOptions,
    page: &PageRequest,
) -> Request {
    let mut query = options.query();
    let mut add =
        |key: &str, value: Option<String>| query.extend(value.map(|value| (key.to_owned(), value)));
    add(
        "page_size",
        page.page_size
            .or(options.page_size)
            .map(|size| size.to_string()),
    );
    add("before", page.before.as_ref().map(Cursor::to_string));
    add("after", page.after.as_ref().map(Cursor::to_string));
    Request {
        query,
        ..Request::new(
            Method::Get,
            &["users", user.as_str(), "feeds", feed.as_str()],
        )
    }
}

/// Marks items, one or many. `metadata` goes with [`Status::Interacted`] only: at most five flat pairs.
pub fn mark(status: Status, items: &[ItemId], metadata: Option<Value>) -> Request {
    let mut body = json!({ "message_ids": items });
    if let (Status::Interacted, Some(metadata)) = (status, metadata) {
        body["metadata"] = metadata;
    }
    Request {
        body: Some(body),
        ..Request::new(Method::Post, &["messages", "batch", status.as_str()])
    }
}

/// Marks one item through its own endpoint; a status is taken back by deleting it.
pub fn mark_one(status: Status, item: &ItemId, metadata: Option<Value>) -> Request {
    let (method, name) = match status {
        Status::Seen | Status::Read | Status::Interacted | Status::Archived => {
            (Method::Put, status.as_str())
        }
        Status::Unseen => (Method::Delete, "seen"),
        Status::Unread => (Method::Delete, "read"),
        Status::Unarchived => (Method::Delete, "archived"),
    };
    let body = metadata
        .filter(|_| status == Status::Interacted)
        .map(|metadata| json!({ "metadata": metadata }));
    Request {
        body,
        ..Request::new(method, &["messages", item.as_str(), name])
    }
}

/// Marks every item of the feed that is older than the given time, as far as [`FeedOptions::fit_bulk`] says.
///
/// The server answers at once and does it after that: a page fetched soon may still show the old state.
pub fn mark_all(
    status: Status,
    user: &UserId,
    feed: &FeedId,
    options: &FeedOptions,
    older_than: OffsetDateTime,
) -> Request {
    let action = match status {
        Status::Archived => "archive",
        Status::Unarchived => "unarchive",
        Status::Seen | Status::Unseen | Status::Read | Status::Unread | Status::Interacted => {
            status.as_str()
        }
    };
    let mut body = Map::new();
    let mut add =
        |key: &str, value: Option<Value>| body.extend(value.map(|value| (key.to_owned(), value)));
    add("user_ids", Some(json!([user])));
    add(
        "engagement_status",
        options
            .status
            .filter(|status| *status != StatusFilter::All)
            .map(|status| status.as_str().into()),
    );
    add("archived", Some(options.archived.as_str().into()));
    add("has_tenant", options.has_tenant.map(Value::from));
    add(
        "tenants",
        options.tenant.as_ref().map(|tenant| json!([tenant])),
    );
    add(
        "trigger_data",
        options
            .trigger_data
            .as_ref()
            .map(|data| data.to_string().into()),
    );
    add("older_than", Some(stamp::write(older_than).into()));
    Request {
        body: Some(Value::Object(body)),
        ..Request::new(
            Method::Post,
            &["channels", feed.as_str(), "messages", "bulk", action],
        )
    }
}

/// Creates the user or merges the given properties into it.
pub fn identify(user: &UserId, properties: Value) -> Request {
    Request {
        body: Some(properties),
        ..Request::new(Method::Put, &["users", user.as_str()])
    }
}

/// Asks for the user, answered with a [`User`](crate::User).
pub fn user(user: &UserId) -> Request {
    Request::new(Method::Get, &["users", user.as_str()])
}

/// Asks for all preferences of the user, see [`PreferenceSet::parse_all`](crate::PreferenceSet::parse_all).
pub fn preference_sets(user: &UserId) -> Request {
    Request::new(Method::Get, &["users", user.as_str(), "preferences"])
}

/// Asks for one set of preferences, answered with a [`PreferenceSet`](crate::PreferenceSet).
///
/// With a tenant, as they are for that tenant.
pub fn preference_set(user: &UserId, set: &PreferenceSetId, tenant: Option<&str>) -> Request {
    let path = ["users", user.as_str(), "preferences", set.as_str()];
    let query = tenant.map(|tenant| ("tenant".to_owned(), tenant.to_owned()));
    Request {
        query: query.into_iter().collect(),
        ..Request::new(Method::Get, &path)
    }
}

/// Writes preferences, answered with the whole [`PreferenceSet`](crate::PreferenceSet) as it is then.
pub fn set_preferences(
    user: &UserId,
    set: &PreferenceSetId,
    preferences: &Preferences,
    persistence: Persistence,
) -> Request {
    let path = ["users", user.as_str(), "preferences", set.as_str()];
    Request {
        body: Some(preferences.write(persistence)),
        ..Request::new(Method::Put, &path)
    }
}

/// Asks for the settings of a feed, answered with [`FeedSettings`](crate::FeedSettings).
pub fn feed_settings(user: &UserId, feed: &FeedId) -> Request {
    let path = ["users", user.as_str(), "feeds", feed.as_str(), "settings"];
    Request::new(Method::Get, &path)
}

/// Asks for the message that an item is, answered with a [`Message`](crate::Message).
pub fn message(item: &ItemId) -> Request {
    Request::new(Method::Get, &["messages", item.as_str()])
}

/// Headers of every request, secrets included.
pub fn headers(credentials: &Credentials) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("Accept", "application/json".to_owned()),
        ("Content-Type", "application/json".to_owned()),
        (
            "Authorization",
            format!("Bearer {}", credentials.public_key.expose()),
        ),
        (
            "X-Knock-Client",
            format!("Doorbell/{}", env!("CARGO_PKG_VERSION")),
        ),
    ];
    if let Some(token) = &credentials.user_token {
        headers.push(("X-Knock-User-Token", token.expose().to_owned()));
    }
    headers
}

/// Items that a batch left as they were, from the value of [`NOT_APPLIED_HEADER`].
///
/// The server takes one update a second for each item and status, and answers 2xx beyond that.
pub fn not_applied(header: &str) -> Vec<ItemId> {
    header
        .split(',')
        .map(str::trim)
        .filter(|id| !id.is_empty())
        .map(ItemId::from)
        .collect()
}

impl Method {
    /// The name as HTTP spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

impl Request {
    fn new(method: Method, segments: &[&str]) -> Self {
        let path = segments.iter().fold("/v1".to_owned(), |path, segment| {
            format!("{path}/{}", encode(segment))
        });
        Self {
            method,
            path,
            query: Vec::new(),
            body: None,
        }
    }
}

/// The text as one path segment: everything but the unreserved characters is percent-encoded.
fn encode(segment: &str) -> String {
    segment
        .bytes()
        .fold(String::new(), |encoded, byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded + char::from(byte).encode_utf8(&mut [0; 4])
            }
            byte => format!("{encoded}%{byte:02X}"),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Draft;
    use time::macros::datetime;

    #[test]
    fn an_id_stays_one_path_segment() {
        for (user, expected) in [
            ("u 1", "/v1/users/u%201"),
            ("a/b", "/v1/users/a%2Fb"),
            ("a?b#c", "/v1/users/a%3Fb%23c"),
            ("é", "/v1/users/%C3%A9"),
            ("100%", "/v1/users/100%25"),
            ("../x", "/v1/users/..%2Fx"),
        ] {
            let request = identify(&UserId::parse(user).unwrap(), json!({}));
            assert_eq!(request.path, expected);
            let host = crate::Host::default();
            assert_eq!(host.join(&request.path, &[]).path(), expected);
        }
    }

    #[test]
    fn metadata_goes_with_interacted_only() {
        let metadata = || Some(json!({ "type": "cell_click" }));
        let body = |request: Request| request.body.unwrap_or_default();
        assert_eq!(
            body(mark(Status::Read, &["m".into()], metadata())),
            json!({ "message_ids": ["m"] })
        );
        assert_eq!(
            body(mark(Status::Interacted, &["m".into()], metadata()))["metadata"]["type"],
            "cell_click"
        );
        assert_eq!(mark_one(Status::Read, &"m".into(), metadata()).body, None);
    }

    #[test]
    fn mark_all_stops_at_the_click() {
        let (user, feed) = (UserId::parse("u").unwrap(), FeedId::parse(FEED).unwrap());
        let click = datetime!(2026-03-02 11:20:11.5 +1);
        let request = mark_all(
            Status::Unarchived,
            &user,
            &feed,
            &FeedOptions::default(),
            click,
        );
        assert!(request.path.ends_with("/messages/bulk/unarchive"));
        assert_eq!(
            request.body.unwrap()["older_than"],
            "2026-03-02T10:20:11.5Z"
        );
    }

    #[test]
    fn filters_the_bulk_endpoint_does_not_know_do_not_fit() {
        let options = FeedOptions::default;
        for (options, fits) in [
            (options(), true),
            (
                FeedOptions {
                    tenant: Some("acme".into()),
                    has_tenant: Some(true),
                    status: Some(StatusFilter::Unread),
                    ..options()
                },
                true,
            ),
            (
                FeedOptions {
                    tenant: Some("acme".into()),
                    ..options()
                },
                false,
            ),
            (
                FeedOptions {
                    source: Some("w".into()),
                    ..options()
                },
                false,
            ),
            (
                FeedOptions {
                    workflow_categories: vec!["c".into()],
                    ..options()
                },
                false,
            ),
            (
                FeedOptions {
                    inserted_at: crate::InsertedAt {
                        lt: Some(OffsetDateTime::UNIX_EPOCH),
                        ..Default::default()
                    },
                    ..options()
                },
                false,
            ),
        ] {
            assert_eq!(options.fit_bulk(), fits, "{options:?}");
        }
    }

    #[test]
    fn a_token_goes_into_its_header_only_when_there_is_one() {
        let mut draft = Draft {
            public_key: "pk_1".into(),
            user_id: "u".into(),
            feed_id: FEED.into(),
            ..Draft::default()
        };
        let token = |draft: &Draft| {
            let headers = headers(&draft.parse().unwrap());
            headers
                .into_iter()
                .find(|(name, _)| *name == "X-Knock-User-Token")
                .map(|(_, value)| value)
        };
        assert_eq!(token(&draft), None);
        draft.user_token = "a.b.c".into();
        assert_eq!(token(&draft).as_deref(), Some("a.b.c"));
    }

    #[test]
    fn the_items_a_batch_left_alone_are_read_from_its_header() {
        assert_eq!(
            not_applied("m1, m2,,"),
            [ItemId::from("m1"), ItemId::from("m2")]
        );
        assert_eq!(not_applied(""), []);
    }

    const FEED: &str = "6b1f4f0e-93c8-4f0a-8a4f-0d8b3f3a9c11";
}
