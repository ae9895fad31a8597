//! Requests as values. Whoever sends them adds [`headers`] and the host.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::credentials::Credentials;
use crate::ids::{Cursor, FeedId, ItemId, UserId};
use crate::item::Status;
use crate::options::{FeedOptions, StatusFilter};
use crate::stamp;

/// A body larger than this is not read.
pub const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// Response header that lists the items a batch left as they were, see [`not_applied`].
pub const NOT_APPLIED_HEADER: &str = "x-ratelimited-message_ids";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Put,
    Post,
    Delete,
}

/// One request, complete but for host and headers.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub method: Method,
    /// Starts with `/v1`; every id in it is percent-encoded as one segment.
    pub path: String,
    /// Not yet encoded.
    pub query: Vec<(String, String)>,
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
