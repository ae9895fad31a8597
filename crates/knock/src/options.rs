//! Which items a feed shows, for requests and for the join.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::stamp;

/// The filters of one feed. By default: nothing archived, compact, otherwise everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeedOptions {
    /// What becomes of items that were put away.
    pub archived: Archived,
    /// How much of each item to send.
    pub mode: Mode,
    /// Only items with this mark, or without it; all when it is not said.
    pub status: Option<StatusFilter>,
    /// Items of this tenant, and items without one unless `has_tenant` says otherwise.
    pub tenant: Option<String>,
    /// `true` for items of any tenant only, `false` for items of none.
    pub has_tenant: Option<bool>,
    /// Key of a workflow.
    pub source: Option<String>,
    /// Items of any of these categories; empty for all.
    pub workflow_categories: Vec<String>,
    /// A flat object that the trigger data has to contain.
    pub trigger_data: Option<Value>,
    /// Only items made within these bounds.
    pub inserted_at: InsertedAt,
    /// Dot paths of fields to leave out of the answer, at most three levels deep.
    pub exclude: Vec<String>,
    /// IETF language tag.
    pub locale: Option<String>,
    /// At most 50.
    pub page_size: Option<u16>,
}

/// What becomes of items that were put away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Archived {
    /// They are left out.
    #[default]
    Exclude,
    /// They stand among the others.
    Include,
    /// They alone are sent.
    Only,
}

/// How much of an item the server sends: compact leaves out activities and nested data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Without activities and nested data.
    #[default]
    Compact,
    /// All there is.
    Rich,
}

/// Which items to send, by their marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusFilter {
    /// Without a `read_at`.
    Unread,
    /// With a `read_at`.
    Read,
    /// Without a `seen_at`.
    Unseen,
    /// With a `seen_at`.
    Seen,
    /// Every item.
    All,
}

/// Bounds of the time an item was inserted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InsertedAt {
    /// Made after this.
    pub gt: Option<OffsetDateTime>,
    /// Made at this or after it.
    pub gte: Option<OffsetDateTime>,
    /// Made before this.
    pub lt: Option<OffsetDateTime>,
    /// Made at this or before it.
    pub lte: Option<OffsetDateTime>,
}

impl FeedOptions {
    /// Whether the feed shows something else than all that is not archived: then the counts of the whole feed are not
    /// its own.
    pub fn have_filters(&self) -> bool {
        let Self {
            archived,
            status,
            tenant,
            has_tenant,
            source,
            workflow_categories,
            trigger_data,
            inserted_at,
            // What is sent of an item, not which.
            mode: _,
            exclude: _,
            locale: _,
            page_size: _,
        } = self;
        *archived != Archived::Exclude
            || status.is_some_and(|status| status != StatusFilter::All)
            || tenant.is_some()
            || has_tenant.is_some()
            || source.is_some()
            || !workflow_categories.is_empty()
            || trigger_data.is_some()
            || *inserted_at != InsertedAt::default()
    }

    /// Whether the bulk endpoint can be told all of these filters.
    ///
    /// It knows nothing of source, categories and dates: there, marking all would touch more than is shown. And a tenant
    /// means its items only, while the feed shows those without a tenant as well.
    /// Source: docs/protocol.md, "Mark all".
    pub fn fit_bulk(&self) -> bool {
        let tenant_fits = self.tenant.is_none() || self.has_tenant == Some(true);
        tenant_fits
            && self.source.is_none()
            && self.workflow_categories.is_empty()
            && self.inserted_at == InsertedAt::default()
    }

    /// The filters as a query; lists repeat `key[]`, objects are JSON.
    pub(crate) fn query(&self) -> Vec<(String, String)> {
        let mut query = Vec::new();
        for (key, value) in self.pairs() {
            match value {
                Value::Array(list) => {
                    query.extend(list.iter().map(|value| (format!("{key}[]"), plain(value))));
                }
                value => query.push((key.to_owned(), plain(&value))),
            }
        }
        if !self.exclude.is_empty() {
            query.push(("exclude".to_owned(), self.exclude.join(",")));
        }
        query
    }

    /// The filters as an object; `archived` and `mode` are always there.
    pub(crate) fn object(&self) -> Value {
        let mut object: Map<String, Value> = self
            .pairs()
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect();
        if !self.exclude.is_empty() {
            object.insert("exclude".to_owned(), self.exclude.join(",").into());
        }
        if let Some(size) = self.page_size {
            object.insert("page_size".to_owned(), size.into());
        }
        Value::Object(object)
    }

    fn pairs(&self) -> Vec<(&'static str, Value)> {
        let mut pairs: Vec<(&'static str, Value)> = vec![
            ("archived", self.archived.as_str().into()),
            ("mode", self.mode.as_str().into()),
        ];
        let mut add = |key, value: Option<Value>| pairs.extend(value.map(|value| (key, value)));
        let date = |at: Option<OffsetDateTime>| at.map(|at| stamp::write(at).into());
        add("status", self.status.map(|status| status.as_str().into()));
        add("tenant", self.tenant.clone().map(Value::from));
        add("has_tenant", self.has_tenant.map(Value::from));
        add("source", self.source.clone().map(Value::from));
        add(
            "workflow_categories",
            (!self.workflow_categories.is_empty()).then(|| self.workflow_categories.clone().into()),
        );
        add("trigger_data", self.trigger_data.clone());
        add("inserted_at.gt", date(self.inserted_at.gt));
        add("inserted_at.gte", date(self.inserted_at.gte));
        add("inserted_at.lt", date(self.inserted_at.lt));
        add("inserted_at.lte", date(self.inserted_at.lte));
        add("locale", self.locale.clone().map(Value::from));
        pairs
    }
}

impl Archived {
    /// The spelling in queries and joins.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exclude => "exclude",
            Self::Include => "include",
            Self::Only => "only",
        }
    }
}

impl Mode {
    /// The spelling in queries and joins.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Compact => "compact",
            Self::Rich => "rich",
        }
    }
}

impl StatusFilter {
    /// The spelling in queries and joins.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unread => "unread",
            Self::Read => "read",
            Self::Unseen => "unseen",
            Self::Seen => "seen",
            Self::All => "all",
        }
    }
}

/// A string without its quotes, anything else as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn every_option_reaches_the_request_and_the_join() {
        let at = |hour| Some(datetime!(2026-03-02 0:00 UTC) + time::Duration::hours(hour));
        let options = FeedOptions {
            archived: Archived::Include,
            mode: Mode::Rich,
            status: Some(StatusFilter::Unseen),
            tenant: Some("acme".into()),
            has_tenant: Some(true),
            source: Some("new-comment".into()),
            workflow_categories: vec!["a".into(), "b".into()],
            trigger_data: Some(json!({ "x": 1 })),
            inserted_at: InsertedAt {
                gt: at(1),
                gte: at(2),
                lt: at(3),
                lte: at(4),
            },
            exclude: vec!["data".into(), "activities.data".into()],
            locale: Some("de".into()),
            page_size: Some(20),
        };
        let expected = json!({
            "archived": "include", "mode": "rich", "status": "unseen", "tenant": "acme",
            "has_tenant": true, "source": "new-comment", "workflow_categories": ["a", "b"],
            "trigger_data": { "x": 1 }, "exclude": "data,activities.data", "locale": "de",
            "inserted_at.gt": "2026-03-02T01:00:00Z", "inserted_at.gte": "2026-03-02T02:00:00Z",
            "inserted_at.lt": "2026-03-02T03:00:00Z", "inserted_at.lte": "2026-03-02T04:00:00Z",
            "page_size": 20,
        });
        assert_eq!(options.object(), expected);
        let user = crate::UserId::parse("u").unwrap();
        let feed = crate::FeedId::parse("6b1f4f0e-93c8-4f0a-8a4f-0d8b3f3a9c11").unwrap();
        let request = crate::api::feed_page(&user, &feed, &options, &Default::default());
        let mut asked: Vec<&str> = request.query.iter().map(|(key, _)| key.as_str()).collect();
        asked.dedup();
        let spelled = |key: &String| match key.as_str() {
            "workflow_categories" => "workflow_categories[]".to_owned(),
            key => key.to_owned(),
        };
        let keys = expected.as_object().unwrap().keys();
        let mut wanted: Vec<String> = keys.map(spelled).collect();
        asked.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(asked, wanted);
    }

    #[test]
    fn only_what_changes_which_items_are_shown_is_a_filter() {
        let options = FeedOptions::default;
        for (options, filters) in [
            (options(), false),
            (
                FeedOptions {
                    mode: Mode::Rich,
                    ..options()
                },
                false,
            ),
            (
                FeedOptions {
                    page_size: Some(9),
                    ..options()
                },
                false,
            ),
            (
                FeedOptions {
                    exclude: vec!["data".into()],
                    ..options()
                },
                false,
            ),
            (
                FeedOptions {
                    status: Some(StatusFilter::All),
                    ..options()
                },
                false,
            ),
            (
                FeedOptions {
                    status: Some(StatusFilter::Read),
                    ..options()
                },
                true,
            ),
            (
                FeedOptions {
                    archived: Archived::Only,
                    ..options()
                },
                true,
            ),
            (
                FeedOptions {
                    has_tenant: Some(false),
                    ..options()
                },
                true,
            ),
        ] {
            assert_eq!(options.have_filters(), filters, "{options:?}");
        }
    }
}
