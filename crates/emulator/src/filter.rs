//! Which messages a feed, a joined client or a bulk update is about.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use tracing::warn;

use crate::engagement::{Archived, Engagement};
use crate::message::Message;
use crate::params::Params;
use crate::refusal::Refusal;

/// The filters of one feed. Everything unset lets every message through, except archived ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    status: Option<Engagement>,
    archived: Archived,
    tenant: Option<String>,
    has_tenant: Option<bool>,
    source: Option<String>,
    workflow_categories: Option<Vec<String>>,
    trigger_data: Option<Map<String, Value>>,
    inserted: Vec<(Bound, OffsetDateTime)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    After,
    From,
    Before,
    UpTo,
}

impl Filter {
    /// Reads the filters of a feed; the first bad one refuses them all.
    pub(crate) fn parse(params: &Params) -> Result<Self, Refusal> {
        let mut filter = Self::default();
        FILTERS
            .iter()
            .try_for_each(|read| read(&mut filter, params))?;
        Ok(filter)
    }

    /// Reads the filters of a join; a bad one is logged and left out.
    pub(crate) fn parse_join(params: &Params) -> Self {
        let mut filter = Self::default();
        for read in FILTERS {
            if let Err(refusal) = read(&mut filter, params) {
                warn!(?refusal, "ignored an option of a join");
            }
        }
        filter
    }

    pub(crate) fn matches(&self, message: &Message) -> bool {
        self.status.is_none_or(|status| status.matches(message)) && self.in_scope(message)
    }

    /// The tenant whose messages are wanted, when there is one.
    pub(crate) fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// Everything but the status: badge counts ignore which of the items the list shows.
    pub(crate) fn in_scope(&self, message: &Message) -> bool {
        self.archived.matches(message)
            && self.tenant_matches(message.tenant.as_deref())
            && self
                .source
                .as_deref()
                .is_none_or(|source| source == message.workflow.key)
            && self.categories_match(&message.workflow.categories)
            && self
                .trigger_data
                .as_ref()
                .is_none_or(|wanted| data_matches(wanted, &message.data))
            && self
                .inserted
                .iter()
                .all(|(bound, at)| bound.admits(*at, message.inserted_at))
    }

    /// A feed's `tenant` also shows what belongs to no tenant, unless `has_tenant` says otherwise.
    fn tenant_matches(&self, tenant: Option<&str>) -> bool {
        let named = match (&self.tenant, tenant) {
            (None, _) | (Some(_), None) => true,
            (Some(wanted), Some(tenant)) => wanted == tenant,
        };
        named
            && self
                .has_tenant
                .is_none_or(|wanted| wanted == tenant.is_some())
    }

    fn categories_match(&self, categories: &[String]) -> bool {
        self.workflow_categories
            .as_ref()
            .is_none_or(|wanted| wanted.iter().any(|wanted| categories.contains(wanted)))
    }
}

/// `total_count`, `unread_count`, `unseen_count` of the messages in scope.
pub(crate) fn counts<'a>(messages: impl Iterator<Item = &'a Message>, filter: &Filter) -> Value {
    let (mut total, mut unread, mut unseen) = (0_u64, 0_u64, 0_u64);
    for message in messages.filter(|message| filter.in_scope(message)) {
        total += 1;
        unread += u64::from(message.read_at.is_none());
        unseen += u64::from(message.seen_at.is_none());
    }
    json!({"total_count": total, "unread_count": unread, "unseen_count": unseen})
}

impl Bound {
    fn admits(self, bound: OffsetDateTime, at: OffsetDateTime) -> bool {
        match self {
            Self::After => at > bound,
            Self::From => at >= bound,
            Self::Before => at < bound,
            Self::UpTo => at <= bound,
        }
    }
}

/// Reads `trigger_data`: a flat object, or the same as a JSON string.
pub(crate) fn trigger_data(params: &Params) -> Result<Option<Map<String, Value>>, Refusal> {
    let refused = || Refusal::invalid("trigger_data", "must be a flat JSON object");
    let object = match params.value("trigger_data") {
        None => return Ok(None),
        Some(Value::String(text)) => serde_json::from_str(text).map_err(|_| refused())?,
        Some(Value::Object(object)) => object.clone(),
        Some(_) => return Err(refused()),
    };
    match object
        .values()
        .any(|value| value.is_object() || value.is_array())
    {
        true => Err(refused()),
        false => Ok(Some(object)),
    }
}

/// Every wanted scalar is in the data; strings are compared by their first 256 characters.
pub(crate) fn data_matches(wanted: &Map<String, Value>, data: &Map<String, Value>) -> bool {
    wanted
        .iter()
        .all(|(key, wanted)| match (wanted, data.get(key)) {
            (_, None) => false,
            (Value::String(wanted), Some(Value::String(value))) => wanted
                .chars()
                .take(COMPARED_CHARS)
                .eq(value.chars().take(COMPARED_CHARS)),
            (Value::Number(wanted), Some(Value::Number(value))) => {
                wanted.as_f64() == value.as_f64()
            }
            (wanted, Some(value)) => wanted == value,
        })
}

type Read = fn(&mut Filter, &Params) -> Result<(), Refusal>;

const FILTERS: &[Read] = &[
    |filter, params| {
        let words = [
            ("all", None),
            ("unread", Some(Engagement::Unread)),
            ("read", Some(Engagement::Read)),
        ]
        .into_iter()
        .chain([
            ("unseen", Some(Engagement::Unseen)),
            ("seen", Some(Engagement::Seen)),
        ]);
        let words: Vec<_> = words.collect();
        filter.status = params.word("status", &words)?.flatten();
        Ok(())
    },
    |filter, params| {
        filter.archived = params
            .word("archived", Archived::WORDS)?
            .unwrap_or_default();
        Ok(())
    },
    |filter, params| {
        filter.tenant = params.text("tenant")?.map(str::to_owned);
        Ok(())
    },
    |filter, params| {
        filter.has_tenant = params.flag("has_tenant")?;
        Ok(())
    },
    |filter, params| {
        filter.source = params.text("source")?.map(str::to_owned);
        Ok(())
    },
    |filter, params| {
        filter.workflow_categories = params.list("workflow_categories")?;
        Ok(())
    },
    |filter, params| {
        filter.trigger_data = trigger_data(params)?;
        Ok(())
    },
    |filter, params| {
        for (name, bound) in [
            ("inserted_at.gt", Bound::After),
            ("inserted_at.gte", Bound::From),
            ("inserted_at.lt", Bound::Before),
            ("inserted_at.lte", Bound::UpTo),
        ] {
            filter
                .inserted
                .extend(params.time(name)?.map(|at| (bound, at)));
        }
        Ok(())
    },
];

const COMPARED_CHARS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn trigger_data_compares_scalars_by_type_and_long_strings_by_their_head() {
        let head = "x".repeat(256);
        let data = object(json!({"a": 1, "b": true, "c": null, "s": format!("{head}one")}));
        for (wanted, expected) in [
            (json!({"a": 1}), true),
            (json!({"a": 1.0}), true),
            (json!({"a": "1"}), false),
            (json!({"b": true, "c": null}), true),
            (json!({"missing": null}), false),
            (json!({"s": format!("{head}two")}), true),
            (json!({"s": head[1..]}), false),
        ] {
            assert_eq!(
                data_matches(&object(wanted.clone()), &data),
                expected,
                "{wanted}"
            );
        }
    }

    #[test]
    fn nested_trigger_data_is_refused() {
        let params = Params::from_query("trigger_data=%7B%22a%22%3A%7B%7D%7D");
        assert!(trigger_data(&params).is_err());
        let params = Params::from_query("trigger_data=nonsense");
        assert!(trigger_data(&params).is_err());
    }

    #[test]
    fn a_join_keeps_its_good_options_when_one_is_bad() {
        let params =
            Params::from_object(&object(json!({"archived": "sideways", "tenant": "acme"})));
        let filter = Filter::parse_join(&params);
        assert_eq!(filter.tenant.as_deref(), Some("acme"));
        assert_eq!(filter.archived, Archived::Exclude);
        assert!(Filter::parse(&params).is_err());
    }

    #[test]
    fn words_are_read_in_any_case() {
        let params = Params::from_object(&object(json!({"archived": "ONLY"})));
        assert_eq!(Filter::parse(&params).unwrap().archived, Archived::Only);
    }
}
