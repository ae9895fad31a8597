//! One feed: what the server last said and, apart, the marks it has not been seen to have taken.
//!
//! The view is the first with the second laid on top. So a click shows at once, rolling back is forgetting, and the
//! next page that knows of a mark makes it part of what the server said.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Bound;

use time::{Duration, OffsetDateTime};

use crate::held::{Held, Position};
use crate::ids::{Cursor, ItemId};
use crate::item::{FeedItem, Status};
use crate::options::Archived;
use crate::page::{FeedMetadata, FeedPage};
use crate::pending::{self, Overlay, Pending, Scope};

/// A feed as one person sees it.
#[derive(Clone, Debug, Default)]
pub struct Feed {
    archived: Archived,
    held: Held,
    /// The server's counts; nothing before it said any.
    said: Option<FeedMetadata>,
    /// In the order they were made.
    pending: Vec<Pending>,
    /// Fetches started, and the latest of them that has loaded.
    started: u64,
    loaded: Option<u64>,
    /// Fetches started when the last announcement came.
    announced: Option<u64>,
    met_first_page: bool,
}

/// Names one mark until it is settled or refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MarkId(pub u64);

/// Remembers when a fetch started, and so which marks its page must know of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct FetchTicket {
    number: u64,
    older: Option<Cursor>,
}

/// What a page changed in the server's word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Items never held before, newest first. On the first page of all, that is everything on it.
    pub arrived: Vec<ItemId>,
    /// Items that were held in the page's range and are not in it any more.
    pub gone: Vec<ItemId>,
    /// Items that wanted attention and do not any more: read, archived or gone.
    pub became_read: Vec<ItemId>,
    /// Where items may be missing between those held: fetch the page `after` this, for [`Feed::load_between`].
    pub hole: Option<Cursor>,
}

impl Feed {
    /// An empty feed that shows no archived items.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty feed that was asked for with this option.
    pub fn showing(archived: Archived) -> Self {
        Self {
            archived,
            ..Self::default()
        }
    }

    /// To be called when a request for a page is sent; a fetch that fails just drops its ticket.
    pub fn begin_fetch(&mut self) -> FetchTicket {
        self.started += 1;
        FetchTicket {
            number: self.started,
            older: self.held.older.clone(),
        }
    }

    /// Takes the first page.
    ///
    /// Held items in its range that it does not show are gone. A page that does not reach what is held leaves a hole.
    pub fn load_first(&mut self, ticket: FetchTicket, page: FeedPage) -> Loaded {
        self.met_first_page = true;
        self.load(ticket, page, Bound::Unbounded)
    }

    /// Takes the page fetched `after` a hole. The hole that is left, if any, is in [`Loaded::hole`].
    pub fn load_between(&mut self, ticket: FetchTicket, page: FeedPage, after: &Cursor) -> Loaded {
        match self.held.hole_at(after) {
            Some(hole) => self.load(ticket, page, Bound::Excluded(hole)),
            None => self.unchanged(),
        }
    }

    /// Takes the page fetched `after` [`Feed::older`]; dropped when the end has moved since.
    pub fn load_older(&mut self, ticket: FetchTicket, page: FeedPage) -> Loaded {
        if self.held.older.is_none() || ticket.older != self.held.older {
            return self.unchanged();
        }
        let tail = self.held.tail();
        self.load(ticket, page, tail)
    }

    /// Takes the counts of a `new-message`.
    pub fn announce(&mut self, counts: FeedMetadata) {
        self.said = Some(counts);
        self.announced = Some(self.started);
    }

    /// Lays a mark on top until it is settled or refused. Items that are not held change nothing.
    pub fn mark(&mut self, id: MarkId, items: &[ItemId], status: Status, at: OffsetDateTime) {
        self.pending.push(Pending {
            id,
            status,
            at,
            scope: Scope::Items(items.to_vec()),
            settled: None,
        });
    }

    /// Lays a mark on every item that exists at the click, held or not.
    ///
    /// Returns the time to send as `older_than`: the click, or a moment after the newest held item where this
    /// computer's clock is behind the server's.
    pub fn mark_all(&mut self, id: MarkId, status: Status, at: OffsetDateTime) -> OffsetDateTime {
        let newest = self
            .held
            .newest()
            .and_then(|item| item.inserted_at.checked_add(Duration::MICROSECOND));
        let older_than = newest.map_or(at, |newest| newest.max(at));
        let scope = Scope::All {
            older_than,
            baseline: self.said(),
        };
        self.pending.push(Pending {
            id,
            status,
            at,
            scope,
            settled: None,
        });
        older_than
    }

    /// The server took the mark. It stays on top until a fetch that starts from now on has loaded, so that a page
    /// already on its way cannot bring the old state back.
    pub fn settle(&mut self, id: MarkId) {
        for mark in self
            .pending
            .iter_mut()
            .filter(|mark| mark.id == id && mark.settled.is_none())
        {
            mark.settled = Some(self.started);
        }
    }

    /// The mark will not happen: the view is again what the server said.
    pub fn refuse(&mut self, id: MarkId) {
        self.pending.retain(|mark| mark.id != id);
    }

    /// The counts: the server's, with the effect of the marks it does not know yet.
    pub fn metadata(&self) -> FeedMetadata {
        self.overlay().metadata()
    }

    /// The items as the person sees them, newest first. What was archived has left, unless the feed shows archived items.
    pub fn items(&self) -> impl Iterator<Item = Cow<'_, FeedItem>> {
        let overlay = self.overlay();
        self.held
            .iter()
            .map(move |item| viewed(item, &overlay))
            .filter(|item| pending::is_shown(self.archived, &item.marks))
    }

    /// A held item as the person sees it, even one that has just been archived.
    pub fn item(&self, id: &ItemId) -> Option<Cow<'_, FeedItem>> {
        Some(viewed(self.held.get(id)?, &self.overlay()))
    }

    /// Fetches what is older than everything held; nothing when there is nothing.
    pub fn older(&self) -> Option<&Cursor> {
        self.held.older.as_ref()
    }

    /// The newest place where items may be missing, as in [`Loaded::hole`].
    pub fn hole(&self) -> Option<&Cursor> {
        self.held.hole()
    }

    /// Whether a first page has come.
    pub fn is_loaded(&self) -> bool {
        self.met_first_page
    }

    fn load(&mut self, ticket: FetchTicket, page: FeedPage, start: Bound<Position>) -> Loaded {
        if self.loaded.is_some_and(|loaded| ticket.number < loaded) {
            // A fetch that started later has loaded: this page may not know of marks that are forgotten by now.
            return self.unchanged();
        }
        self.loaded = Some(ticket.number);
        let known = self.take_known(&ticket);
        if page.meta.is_none() && self.said.is_some() {
            let said =
                Overlay::new(self.archived, &self.held, self.said(), known.iter()).metadata();
            self.said = Some(said);
        }
        let incoming: HashSet<ItemId> = page.items.iter().map(|item| item.id.clone()).collect();
        let after = page.page_info.after;
        let loaded = match page.items.is_empty() && !page.skipped.is_empty() {
            // Not one item could be read, which says nothing about what exists.
            true => self.held.step_over(start, after),
            false => self.held.lay(start, page.items, after),
        };
        // The page's counts know of these marks, but it does not show every item they are on.
        for item in self
            .held
            .iter_mut()
            .filter(|item| !incoming.contains(&item.id))
        {
            for mark in &known {
                if mark.covers(item) {
                    item.marks = item.marks.with(mark.status, mark.at);
                }
            }
        }
        if let Some(meta) = page
            .meta
            .filter(|meta| !self.predates_announcement(&ticket, meta))
        {
            self.said = Some(meta);
        }
        let said = self.said();
        for mark in &mut self.pending {
            mark.rebase(self.archived, &self.held, said);
        }
        loaded
    }

    /// Forgets the marks that were settled when the fetch started, unless one that is still pending came before
    /// and has to come first.
    fn take_known(&mut self, ticket: &FetchTicket) -> Vec<Pending> {
        let (mut known, mut kept) = (Vec::new(), Vec::<Pending>::new());
        for mark in self.pending.drain(..) {
            let settled = mark.settled.is_some_and(|started| started < ticket.number);
            if settled && !kept.iter().any(|earlier| earlier.overlaps(&mark)) {
                known.push(mark);
            } else {
                kept.push(mark);
            }
        }
        self.pending = kept;
        known
    }

    /// Whether counts were announced while the page was on its way, and it does not seem to know of them.
    fn predates_announcement(&self, ticket: &FetchTicket, meta: &FeedMetadata) -> bool {
        self.announced
            .is_some_and(|started| ticket.number <= started)
            && meta.total_count < self.said().total_count
    }

    fn said(&self) -> FeedMetadata {
        self.said
            .unwrap_or_else(|| pending::count(self.archived, &self.held))
    }

    fn overlay(&self) -> Overlay<'_> {
        Overlay::new(self.archived, &self.held, self.said(), self.pending.iter())
    }

    fn unchanged(&self) -> Loaded {
        Loaded {
            hole: self.held.hole().cloned(),
            ..Loaded::default()
        }
    }
}

fn viewed<'a>(item: &'a FeedItem, overlay: &Overlay<'_>) -> Cow<'a, FeedItem> {
    let marks = overlay.marks_of(item);
    match marks == item.marks {
        true => Cow::Borrowed(item),
        false => Cow::Owned(FeedItem {
            marks,
            ..item.clone()
        }),
    }
}
