//! A second reading of what a feed's options mean, apart from the emulator's and from the client's.

use doorbell_knock::{Archived, FeedMetadata, StatusFilter};
use serde_json::Value;

use crate::knock::Stored;
use crate::scenario::Filters;
use crate::shown::{Shown, ShownItem};

/// What a feed shows of these items, which come oldest first.
pub(crate) fn shown(filters: &Filters, stored: &[Stored]) -> Shown {
    let mut counts = FeedMetadata::default();
    let mut items = Vec::new();
    for item in stored.iter().rev().filter(|item| is_in(filters, item)) {
        counts.total_count += 1;
        counts.unread_count += u64::from(!item.read);
        counts.unseen_count += u64::from(!item.seen);
        if is_listed(filters, item) {
            items.push(ShownItem {
                name: item.name.clone(),
                seen: item.seen,
                read: item.read,
                archived: item.archived,
            });
        }
    }
    Shown { items, counts }
}

/// Everything but the status, which the counts do not heed.
fn is_in(filters: &Filters, item: &Stored) -> bool {
    let archived = match filters.archived {
        Archived::Exclude => !item.archived,
        Archived::Include => true,
        Archived::Only => item.archived,
    };
    let tenant = match (&filters.tenant, &item.tenant) {
        (Some(wanted), Some(tenant)) => wanted == tenant,
        (None, _) | (_, None) => true,
    };
    let has_tenant = filters
        .has_tenant
        .is_none_or(|wanted| wanted == item.tenant.is_some());
    let source = filters
        .source
        .as_ref()
        .is_none_or(|source| *source == item.source);
    let wanted = &filters.workflow_categories;
    let categories = wanted.is_empty()
        || wanted
            .iter()
            .any(|category| item.categories.contains(category));
    let data = filters.trigger_data.iter().flatten();
    let mut data = data.map(|(key, wanted)| item.data.get(key) == Some(wanted));
    let date = filters.inserted_at_date_range.as_ref().is_none_or(|range| {
        let (at, inclusive) = (item.inserted_at, range.inclusive);
        range
            .start
            .is_none_or(|start| at > start || inclusive && at == start)
            && range
                .end
                .is_none_or(|end| at < end || inclusive && at == end)
    });
    archived && tenant && has_tenant && source && categories && data.all(|is| is) && date
}

pub(crate) fn is_listed(filters: &Filters, item: &Stored) -> bool {
    is_in(filters, item)
        && match filters.status {
            Some(StatusFilter::Unread) => !item.read,
            Some(StatusFilter::Read) => item.read,
            Some(StatusFilter::Unseen) => !item.seen,
            Some(StatusFilter::Seen) => item.seen,
            Some(StatusFilter::All) | None => true,
        }
}

/// Whatever is not archived from the management's side, in words: `a:r b:` and so on.
pub(crate) fn everything(stored: &[Stored]) -> String {
    let items = stored.iter().map(|item| {
        let marks = [
            ("s", item.seen),
            ("r", item.read),
            ("i", item.interacted),
            ("x", item.archived),
        ];
        let marks = marks.iter().filter(|(_, is)| *is);
        let marks: String = marks.map(|(letter, _)| *letter).collect();
        let metadata = match &item.interaction {
            Value::Null => String::new(),
            metadata => metadata.to_string(),
        };
        format!("{}{marks}{metadata}", item.name)
    });
    items.collect::<Vec<_>>().join(" ")
}
