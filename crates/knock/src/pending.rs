//! Marks that the server has not been seen to have taken, and what they make of its last word.

use std::collections::HashMap;

use time::OffsetDateTime;

use crate::feed::MarkId;
use crate::held::Held;
use crate::ids::ItemId;
use crate::item::{FeedItem, Marks, Status};
use crate::options::Archived;
use crate::page::FeedMetadata;

#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) id: MarkId,
    pub(crate) status: Status,
    pub(crate) at: OffsetDateTime,
    pub(crate) scope: Scope,
    /// How many fetches had started when the server took it; nothing before that.
    pub(crate) settled: Option<u64>,
    /// The counts were announced after the server had taken it, so that they know of it.
    pub(crate) is_counted: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Scope {
    Items(Vec<ItemId>),
    /// Every item older than a time. The baseline is the part of the server's counts that is about those items.
    All {
        older_than: OffsetDateTime,
        baseline: FeedMetadata,
    },
}

/// The server's last word with marks laid on top.
#[derive(Debug)]
pub(crate) struct Overlay<'a> {
    marks: HashMap<&'a ItemId, Marks>,
    counts: Counts,
}

/// Counts on their way: a sum may pass below zero before it ends.
#[derive(Clone, Copy, Debug)]
struct Counts {
    total: i128,
    unread: i128,
    unseen: i128,
}

impl Pending {
    pub(crate) fn covers(&self, item: &FeedItem) -> bool {
        match &self.scope {
            Scope::Items(ids) => ids.contains(&item.id),
            Scope::All { older_than, .. } => item.inserted_at < *older_than,
        }
    }

    /// Whether the order of the two matters.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        match (&self.scope, &other.scope) {
            (Scope::Items(ours), Scope::Items(theirs)) => ours.iter().any(|id| theirs.contains(id)),
            (Scope::All { .. }, _) | (_, Scope::All { .. }) => true,
        }
    }

    /// Learns from a page how much of the server's counts is about items that came after the click.
    pub(crate) fn rebase(&mut self, shown: Archived, held: &Held, said: FeedMetadata) {
        if let Scope::All {
            older_than,
            baseline,
        } = &mut self.scope
        {
            let later = held.iter().filter(|item| item.inserted_at >= *older_than);
            let later = later.fold(Counts::ZERO, |sum, item| {
                sum.plus(Counts::of(shown, &item.marks))
            });
            *baseline = Counts::from(said).minus(later).into();
        }
    }
}

impl<'a> Overlay<'a> {
    /// Lays marks on what is held and on the counts that go with it, in the order they were made.
    pub(crate) fn new(
        shown: Archived,
        held: &'a Held,
        said: FeedMetadata,
        marks: impl Iterator<Item = &'a Pending>,
    ) -> Self {
        let mut overlay = Self {
            marks: HashMap::new(),
            counts: said.into(),
        };
        for pending in marks {
            match &pending.scope {
                Scope::Items(ids) => {
                    for item in ids.iter().filter_map(|id| held.get(id)) {
                        let before = overlay.marks_of(item);
                        let after = before.with(pending.status, pending.at);
                        if !pending.is_counted {
                            overlay.counts = overlay
                                .counts
                                .minus(Counts::of(shown, &before))
                                .plus(Counts::of(shown, &after));
                        }
                        overlay.marks.insert(&item.id, after);
                    }
                }
                Scope::All {
                    older_than,
                    baseline,
                } => {
                    let later = Counts::later(said, *baseline);
                    let older = overlay.counts.minus(later);
                    overlay.counts = older.after_all(shown, pending.status).plus(later);
                    for item in held.iter().filter(|item| item.inserted_at < *older_than) {
                        let after = overlay.marks_of(item).with(pending.status, pending.at);
                        overlay.marks.insert(&item.id, after);
                    }
                }
            }
        }
        overlay
    }

    pub(crate) fn marks_of(&self, item: &FeedItem) -> Marks {
        self.marks.get(&item.id).copied().unwrap_or(item.marks)
    }

    pub(crate) fn metadata(&self) -> FeedMetadata {
        self.counts.into()
    }
}

/// Counts of the items held, for a server that does not say.
pub(crate) fn count(shown: Archived, held: &Held) -> FeedMetadata {
    held.iter()
        .fold(Counts::ZERO, |sum, item| {
            sum.plus(Counts::of(shown, &item.marks))
        })
        .into()
}

/// Whether an item with these marks is in the feed.
pub(crate) fn is_shown(shown: Archived, marks: &Marks) -> bool {
    match shown {
        Archived::Exclude => marks.archived_at.is_none(),
        Archived::Include => true,
        Archived::Only => marks.archived_at.is_some(),
    }
}

impl Counts {
    const ZERO: Self = Self {
        total: 0,
        unread: 0,
        unseen: 0,
    };

    /// What one item adds to the counts of its feed.
    fn of(shown: Archived, marks: &Marks) -> Self {
        if !is_shown(shown, marks) {
            return Self::ZERO;
        }
        Self {
            total: 1,
            unread: i128::from(marks.read_at.is_none()),
            unseen: i128::from(marks.seen_at.is_none()),
        }
    }

    /// The part of the counts that is about items newer than a click on *mark all*.
    ///
    /// The server may or may not have done it yet, so unread items beyond the baseline count, and so do as many
    /// unread items as the total has grown by.
    fn later(said: FeedMetadata, baseline: FeedMetadata) -> Self {
        let grown = said.total_count.saturating_sub(baseline.total_count);
        let beyond =
            |said: u64, baseline: u64| said.saturating_sub(baseline).max(said.min(grown)).into();
        Self {
            total: grown.into(),
            unread: beyond(said.unread_count, baseline.unread_count),
            unseen: beyond(said.unseen_count, baseline.unseen_count),
        }
    }

    /// The counts when every item they count is given a status.
    fn after_all(self, shown: Archived, status: Status) -> Self {
        match (status, shown) {
            (Status::Seen, _) => Self { unseen: 0, ..self },
            (Status::Unseen, _) => Self {
                unseen: self.total,
                ..self
            },
            (Status::Read | Status::Interacted, _) => Self { unread: 0, ..self },
            (Status::Unread, _) => Self {
                unread: self.total,
                ..self
            },
            (Status::Archived, Archived::Exclude) | (Status::Unarchived, Archived::Only) => {
                Self::ZERO
            }
            (Status::Archived, Archived::Include | Archived::Only)
            | (Status::Unarchived, Archived::Exclude | Archived::Include) => self,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            total: self.total + other.total,
            unread: self.unread + other.unread,
            unseen: self.unseen + other.unseen,
        }
    }

    fn minus(self, other: Self) -> Self {
        self.plus(Self {
            total: -other.total,
            unread: -other.unread,
            unseen: -other.unseen,
        })
    }
}

impl From<FeedMetadata> for Counts {
    fn from(said: FeedMetadata) -> Self {
        Self {
            total: said.total_count.into(),
            unread: said.unread_count.into(),
            unseen: said.unseen_count.into(),
        }
    }
}

impl From<Counts> for FeedMetadata {
    fn from(counts: Counts) -> Self {
        let clamp = |count: i128| u64::try_from(count.max(0)).unwrap_or(u64::MAX);
        Self {
            total_count: clamp(counts.total),
            unread_count: clamp(counts.unread),
            unseen_count: clamp(counts.unseen),
        }
    }
}
