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
    /// Nothing of what is held has been said since the last start.
    recalled: bool,
}

/// The newest part of a feed, without a hole and without pending marks: what is worth keeping for the next start.
#[derive(Clone, Debug, PartialEq)]
pub struct Head<'a> {
    /// Newest first.
    pub items: Vec<&'a FeedItem>,
    /// Nothing before the server said any.
    pub counts: Option<FeedMetadata>,
    /// Fetches what is older than these items; nothing when nothing is.
    pub older: Option<&'a Cursor>,
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
    /// Items of which the server says something else than before, in no order; those that arrived are among them.
    pub changed: Vec<ItemId>,
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

    /// A feed as it was kept from its [`Feed::head`]: shown until pages come, and never believed for longer. Its items
    /// arrive when a page shows them.
    pub fn restored(
        archived: Archived,
        items: Vec<FeedItem>,
        counts: Option<FeedMetadata>,
        older: Option<Cursor>,
    ) -> Self {
        Self {
            archived,
            held: Held::restored(items, older),
            said: counts,
            met_first_page: true,
            recalled: true,
            ..Self::default()
        }
    }

    /// What to keep: at most so many of the newest items, down to the first hole.
    pub fn head(&self, at_most: usize) -> Head<'_> {
        let (items, older) = self.held.head(at_most);
        Head {
            items,
            counts: self.said,
            older,
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
        for mark in &mut self.pending {
            mark.is_counted = mark.settled.is_some();
        }
        self.recalled = false;
    }

    /// Lays a mark on top until it is settled or refused. Items that are not held change nothing.
    pub fn mark(&mut self, id: MarkId, items: &[ItemId], status: Status, at: OffsetDateTime) {
        self.pending.push(Pending {
            id,
            status,
            at,
            scope: Scope::Items(items.to_vec()),
            settled: None,
            is_counted: false,
        });
    }

    /// Lays a mark on every item that exists at the click, held or not.
    ///
    /// Returns the time to send as `older_than`: the click, or a moment after the newest held item where this
    /// computer's clock is behind the server's.
    pub fn mark_all(&mut self, id: MarkId, status: Status, at: OffsetDateTime) -> OffsetDateTime {
        let older_than = self.end_of_all(at);
        self.mark_older(id, status, at, older_than);
        older_than
    }

    /// Until when items exist at a click: the click, or a moment after the newest held item.
    pub fn end_of_all(&self, at: OffsetDateTime) -> OffsetDateTime {
        let newest = self
            .held
            .newest()
            .and_then(|item| item.inserted_at.checked_add(Duration::MICROSECOND));
        newest.map_or(at, |newest| newest.max(at))
    }

    /// Lays a mark on every item older than a time, held or not: as [`Feed::mark_all`] did where this was decided.
    pub fn mark_older(
        &mut self,
        id: MarkId,
        status: Status,
        at: OffsetDateTime,
        older_than: OffsetDateTime,
    ) {
        let mut pending = Pending {
            id,
            status,
            at,
            scope: Scope::All {
                older_than,
                baseline: self.said(),
            },
            settled: None,
            is_counted: false,
        };
        // What is held already and came after the click is not meant.
        pending.rebase(self.archived, &self.held, self.said());
        self.pending.push(pending);
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

    /// So many rows from the top are looked at: a first page leaves a hole below it, until the pages down to there have
    /// been fetched again as well. So what other devices did to items further down shows too.
    pub fn watch(&mut self, rows: usize) {
        self.held.watched = rows;
    }

    /// Forgets what is older than the newest `rows` items; it is fetched again when somebody asks for older items.
    ///
    /// Whether anything was forgotten. Items without a cursor of their own cannot be the last of a list, so a few more
    /// may be left, or fewer.
    pub fn keep(&mut self, rows: usize) -> bool {
        self.held.keep(rows)
    }

    /// Whether a first page has come, in this life or in one before.
    pub fn is_loaded(&self) -> bool {
        self.met_first_page
    }

    /// Whether all that is held is from before the last start: the server has not been heard since.
    pub fn is_recalled(&self) -> bool {
        self.recalled
    }

    fn load(&mut self, ticket: FetchTicket, page: FeedPage, start: Bound<Position>) -> Loaded {
        if self.loaded.is_some_and(|loaded| ticket.number < loaded) {
            // A fetch that started later has loaded: this page may not know of marks that are forgotten by now.
            return self.unchanged();
        }
        self.loaded = Some(ticket.number);
        self.recalled = false;
        let known = self.take_known(&ticket);
        if page.meta.is_none() && self.said.is_some() {
            let said =
                Overlay::new(self.archived, &self.held, self.said(), known.iter()).metadata();
            self.said = Some(said);
        }
        let incoming: HashSet<ItemId> = page.items.iter().map(|item| item.id.clone()).collect();
        let after = page.page_info.after;
        let mut loaded = match page.items.is_empty() && !page.skipped.is_empty() {
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
            let before = item.marks;
            for mark in &known {
                if mark.covers(item) {
                    item.marks = item.marks.with(mark.status, mark.at);
                }
            }
            if item.marks != before {
                loaded.changed.push(item.id.clone());
            }
        }
        if let Some(meta) = page
            .meta
            .filter(|meta| !self.predates_announcement(&ticket, meta))
        {
            self.said = Some(meta);
            // It may have been on its way when they were taken.
            for mark in &mut self.pending {
                mark.is_counted = false;
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::Marks;
    use time::macros::datetime;

    #[test]
    fn the_first_page_is_what_is_shown() {
        let mut feed = Feed::new();
        assert!(!feed.is_loaded());
        let ticket = feed.begin_fetch();
        let loaded = feed.load_first(ticket, page("c b a", counts(3, 3, 3), None));
        assert_eq!(loaded.arrived, ids("c b a"));
        check(&feed, "c b a", counts(3, 3, 3));
        assert!(feed.is_loaded());
        assert_eq!(feed.older(), None);
    }

    #[test]
    fn items_of_the_same_moment_sort_by_id_descending() {
        let mut feed = Feed::new();
        let mut page = page("b a c", counts(3, 3, 3), None);
        for item in &mut page.items {
            item.inserted_at = CLICK;
        }
        let ticket = feed.begin_fetch();
        feed.load_first(ticket, page);
        check(&feed, "c b a", counts(3, 3, 3));
    }

    #[test]
    fn a_mark_shows_at_once() {
        let mut feed = loaded("c b a", counts(3, 3, 3));
        feed.mark(MarkId(1), &ids("b"), Status::Read, CLICK);
        check(&feed, "c br a", counts(3, 2, 3));
        assert!(!feed.item(&"b".into()).unwrap().is_unread());
    }

    #[test]
    fn counts_announced_after_a_mark_was_taken_know_of_it_and_those_before_do_not() {
        let mut feed = loaded("c b a", counts(3, 3, 3));
        feed.mark(MarkId(1), &ids("b"), Status::Read, CLICK);
        feed.announce(counts(4, 4, 4));
        check(&feed, "c br a", counts(4, 3, 4));
        feed.settle(MarkId(1));
        check(&feed, "c br a", counts(4, 3, 4));
        feed.announce(counts(5, 4, 5));
        check(&feed, "c br a", counts(5, 4, 5));
    }

    #[test]
    fn each_status_changes_its_own_marks_and_counts() {
        for (before, status, after, expected) in [
            ("a", Status::Seen, "as", counts(5, 5, 4)),
            ("as", Status::Unseen, "a", counts(5, 5, 6)),
            ("a", Status::Read, "ar", counts(5, 4, 5)),
            ("ar", Status::Unread, "a", counts(5, 6, 5)),
            ("a", Status::Interacted, "ari", counts(5, 4, 5)),
            ("ar", Status::Interacted, "ari", counts(5, 5, 5)),
            ("a", Status::Archived, "", counts(4, 4, 4)),
            ("ars", Status::Archived, "", counts(4, 5, 5)),
            ("a", Status::Unarchived, "a", counts(5, 5, 5)),
        ] {
            let mut feed = loaded(before, counts(5, 5, 5));
            feed.mark(MarkId(1), &ids("a"), status, CLICK);
            check(&feed, after, expected);
        }
    }

    #[test]
    fn a_feed_of_archived_items_loses_what_is_taken_back_only() {
        for (archived, before, status, after, expected) in [
            (
                Archived::Only,
                "ax",
                Status::Unarchived,
                "",
                counts(4, 4, 4),
            ),
            (
                Archived::Only,
                "ax",
                Status::Archived,
                "ax",
                counts(5, 5, 5),
            ),
            (
                Archived::Include,
                "a",
                Status::Archived,
                "ax",
                counts(5, 5, 5),
            ),
            (
                Archived::Include,
                "ax",
                Status::Unarchived,
                "a",
                counts(5, 5, 5),
            ),
        ] {
            let mut feed = Feed::showing(archived);
            let ticket = feed.begin_fetch();
            feed.load_first(ticket, page(before, counts(5, 5, 5), None));
            feed.mark(MarkId(1), &ids("a"), status, CLICK);
            check(&feed, after, expected);
        }
    }

    #[test]
    fn marking_again_changes_no_count() {
        let mut feed = loaded("b ar", counts(2, 1, 2));
        feed.mark(MarkId(1), &ids("a b"), Status::Read, CLICK);
        feed.mark(MarkId(2), &ids("a b b"), Status::Read, CLICK);
        check(&feed, "br ar", counts(2, 0, 2));
    }

    #[test]
    fn a_refused_mark_shows_what_the_server_said() {
        let mut feed = loaded("b a", counts(2, 2, 2));
        feed.mark(MarkId(1), &ids("a"), Status::Archived, CLICK);
        check(&feed, "b", counts(1, 1, 1));
        feed.refuse(MarkId(1));
        check(&feed, "b a", counts(2, 2, 2));
    }

    #[test]
    fn refusing_one_mark_keeps_the_others() {
        let mut feed = loaded("b a", counts(2, 2, 2));
        feed.mark(MarkId(1), &ids("a"), Status::Read, CLICK);
        feed.mark(MarkId(2), &ids("b"), Status::Read, CLICK);
        feed.refuse(MarkId(1));
        check(&feed, "br a", counts(2, 1, 2));
    }

    #[test]
    fn the_last_mark_of_an_item_wins() {
        let mut feed = loaded("a", counts(1, 1, 1));
        feed.mark(MarkId(1), &ids("a"), Status::Read, CLICK);
        feed.mark(MarkId(2), &ids("a"), Status::Unread, CLICK);
        check(&feed, "a", counts(1, 1, 1));
    }

    #[test]
    fn a_settled_mark_stays_on_top_of_a_page_that_was_on_its_way() {
        let mut feed = loaded("a", counts(1, 1, 1));
        feed.mark(MarkId(1), &ids("a"), Status::Read, CLICK);
        let on_its_way = feed.begin_fetch();
        feed.settle(MarkId(1));
        check(&feed, "ar", counts(1, 0, 1));
        feed.load_first(on_its_way, page("a", counts(1, 1, 1), None));
        check(&feed, "ar", counts(1, 0, 1));
    }

    #[test]
    fn a_page_fetched_after_the_answer_has_the_last_word() {
        let mut feed = loaded("a", counts(1, 1, 1));
        feed.mark(MarkId(1), &ids("a"), Status::Read, CLICK);
        feed.settle(MarkId(1));
        let ticket = feed.begin_fetch();
        feed.load_first(ticket, page("a", counts(1, 1, 1), None));
        check(&feed, "a", counts(1, 1, 1));
    }

    #[test]
    fn a_mark_that_a_page_already_shows_counts_nothing() {
        let mut feed = loaded("b a", counts(2, 2, 2));
        feed.mark(MarkId(1), &ids("a"), Status::Read, CLICK);
        let ticket = feed.begin_fetch();
        feed.load_first(ticket, page("b ar", counts(2, 1, 2), None));
        check(&feed, "b ar", counts(2, 1, 2));
        feed.settle(MarkId(1));
        check(&feed, "b ar", counts(2, 1, 2));
    }

    #[test]
    fn a_settled_mark_on_an_item_beyond_the_page_becomes_the_servers_word() {
        let mut feed = loaded("b a", counts(2, 2, 2));
        feed.mark(MarkId(1), &ids("a"), Status::Read, CLICK);
        feed.settle(MarkId(1));
        let ticket = feed.begin_fetch();
        feed.load_first(ticket, page("b", counts(2, 1, 2), Some("cursor_b")));
        check(&feed, "b ar", counts(2, 1, 2));
        feed.refuse(MarkId(1));
        check(&feed, "b ar", counts(2, 1, 2));
    }

    #[test]
    fn a_settled_mark_waits_for_an_earlier_one_on_the_same_item() {
        let mut feed = loaded("a", counts(1, 1, 1));
        feed.mark_all(MarkId(1), Status::Read, CLICK);
        feed.mark(MarkId(2), &ids("a"), Status::Unread, CLICK);
        feed.settle(MarkId(2));
        let ticket = feed.begin_fetch();
        feed.load_first(ticket, page("a", counts(1, 1, 1), None));
        check(&feed, "a", counts(1, 1, 1));
    }

    #[test]
    fn a_page_overtaken_by_a_later_one_is_dropped() {
        let mut feed = loaded("a", counts(1, 1, 1));
        let early = feed.begin_fetch();
        let late = feed.begin_fetch();
        feed.load_first(late, page("b ar", counts(2, 1, 2), None));
        let loaded = feed.load_first(early, page("a", counts(1, 1, 1), None));
        assert_eq!(loaded, Loaded::default());
        check(&feed, "b ar", counts(2, 1, 2));
    }

    #[test]
    fn an_announcement_changes_the_counts_at_once() {
        let mut feed = loaded("a", counts(1, 1, 1));
        feed.announce(counts(2, 2, 2));
        check(&feed, "a", counts(2, 2, 2));
    }

    #[test]
    fn a_page_from_before_an_announcement_does_not_take_it_back() {
        let mut feed = loaded("a", counts(1, 1, 1));
        let ticket = feed.begin_fetch();
        feed.announce(counts(2, 2, 2));
        feed.load_first(ticket, page("a", counts(1, 1, 1), None));
        check(&feed, "a", counts(2, 2, 2));
        let ticket = feed.begin_fetch();
        feed.load_first(ticket, page("b a", counts(2, 1, 1), None));
        check(&feed, "b a", counts(2, 1, 1));
    }

    #[test]
    fn counts_never_fall_below_zero() {
        let mut feed = loaded("b a", counts(0, 0, 0));
        feed.mark(MarkId(1), &ids("a b"), Status::Archived, CLICK);
        check(&feed, "", counts(0, 0, 0));
    }

    #[test]
    fn a_feed_without_counts_counts_what_it_holds() {
        let mut feed = Feed::new();
        let ticket = feed.begin_fetch();
        feed.load_first(
            ticket,
            FeedPage {
                meta: None,
                ..page("b ar", counts(0, 0, 0), None)
            },
        );
        feed.mark(MarkId(1), &ids("a"), Status::Seen, CLICK);
        check(&feed, "b ars", counts(2, 1, 1));
    }

    #[test]
    fn a_page_without_counts_keeps_a_settled_mark_counted() {
        let mut feed = loaded("b a", counts(9, 9, 9));
        feed.mark(MarkId(1), &ids("a"), Status::Read, CLICK);
        feed.settle(MarkId(1));
        let ticket = feed.begin_fetch();
        feed.load_first(
            ticket,
            FeedPage {
                meta: None,
                ..page("b ar", counts(0, 0, 0), None)
            },
        );
        check(&feed, "b ar", counts(9, 8, 9));
    }

    #[test]
    fn mark_all_empties_the_count_beyond_what_is_held() {
        for (status, after, expected) in [
            (Status::Read, "br ar", counts(70, 0, 40)),
            (Status::Seen, "bs as", counts(70, 50, 0)),
            (Status::Interacted, "bri ari", counts(70, 0, 40)),
            (Status::Unread, "b a", counts(70, 70, 40)),
            (Status::Archived, "", counts(0, 0, 0)),
            (Status::Unarchived, "b a", counts(70, 50, 40)),
        ] {
            let mut feed = loaded("b a", counts(70, 50, 40));
            feed.mark_all(MarkId(1), status, CLICK);
            check(&feed, after, expected);
            feed.refuse(MarkId(1));
            check(&feed, "b a", counts(70, 50, 40));
        }
    }

    #[test]
    fn mark_all_does_not_touch_what_comes_later() {
        // Whether the server has done it when it announces, or not.
        for (announced, paged) in [(counts(11, 6, 1), "z b a"), (counts(11, 1, 1), "z br ar")] {
            let mut feed = loaded("b a", counts(10, 5, 0));
            feed.mark_all(MarkId(1), Status::Read, CLICK);
            let ticket = feed.begin_fetch();
            feed.announce(announced);
            check(&feed, "br ar", counts(11, 1, 1));
            feed.load_first(ticket, page(paged, announced, None));
            check(&feed, "z br ar", counts(11, 1, 1));
            feed.mark(MarkId(2), &ids("z"), Status::Read, LATER);
            check(&feed, "zr br ar", counts(11, 0, 1));
        }
    }

    #[test]
    fn a_page_tells_what_came_after_mark_all_even_when_something_else_left() {
        let mut feed = loaded("b a", counts(10, 5, 0));
        feed.mark_all(MarkId(1), Status::Read, CLICK);
        let ticket = feed.begin_fetch();
        feed.load_first(ticket, page("z b", counts(10, 5, 1), None));
        check(&feed, "z br", counts(10, 1, 1));
    }

    #[test]
    fn mark_all_covers_every_held_item_where_the_clock_is_behind() {
        let mut feed = loaded("b a", counts(2, 2, 2));
        let older_than = feed.mark_all(MarkId(1), Status::Read, datetime!(2020-01-01 0:00 UTC));
        let newest = feed.item(&"b".into()).unwrap().inserted_at;
        assert_eq!(older_than, newest + Duration::MICROSECOND);
        check(&feed, "br ar", counts(2, 0, 2));
    }

    #[test]
    fn an_item_arrives_once() {
        let mut feed = loaded("a", counts(1, 1, 1));
        for (shown, arrived) in [("b a", "b"), ("b", ""), ("b a", ""), ("d c b", "d c")] {
            let ticket = feed.begin_fetch();
            let loaded = feed.load_first(ticket, page(shown, counts(1, 1, 1), None));
            assert_eq!(loaded.arrived, ids(arrived), "{shown}");
        }
    }

    #[test]
    fn what_changed_elsewhere_is_told() {
        let mut feed = loaded("e d c b ar", counts(5, 4, 5));
        let ticket = feed.begin_fetch();
        let loaded = feed.load_first(ticket, page("e dr b", counts(3, 2, 3), None));
        assert_eq!(loaded.gone, ids("c a"));
        assert_eq!(loaded.became_read, ids("c d"));
        check(&feed, "e dr b", counts(3, 2, 3));
    }

    #[test]
    fn what_is_older_than_the_page_stays() {
        let mut feed = loaded("c b a", counts(3, 3, 3));
        let ticket = feed.begin_fetch();
        let loaded = feed.load_first(ticket, page("d c", counts(4, 4, 4), Some("cursor_c")));
        assert_eq!((loaded.gone, loaded.hole), (vec![], None));
        check(&feed, "d c b a", counts(4, 4, 4));
        assert_eq!(feed.older(), None);
    }

    #[test]
    fn older_pages_append() {
        let mut feed = Feed::new();
        let ticket = feed.begin_fetch();
        feed.load_first(ticket, page("d c", counts(4, 4, 4), Some("cursor_c")));
        assert_eq!(feed.older(), Some(&"cursor_c".into()));
        let ticket = feed.begin_fetch();
        let loaded = feed.load_older(ticket, page("b a", counts(4, 4, 4), None));
        assert_eq!((loaded.arrived, loaded.hole), (ids("b a"), None));
        check(&feed, "d c b a", counts(4, 4, 4));
        assert_eq!(feed.older(), None);
    }

    #[test]
    fn an_older_page_is_dropped_when_the_end_has_moved() {
        let mut feed = Feed::new();
        let ticket = feed.begin_fetch();
        feed.load_first(ticket, page("d c", counts(4, 4, 4), Some("cursor_c")));
        let ticket = feed.begin_fetch();
        feed.held.older = Some("cursor_x".into());
        assert_eq!(
            feed.load_older(ticket, page("b a", counts(4, 4, 4), None)),
            Loaded::default()
        );
        check(&feed, "d c", counts(4, 4, 4));
    }

    #[test]
    fn a_first_page_that_does_not_reach_leaves_a_hole_and_the_next_pages_fill_it() {
        let mut feed = loaded("b a", counts(2, 2, 2));
        let ticket = feed.begin_fetch();
        let loaded = feed.load_first(ticket, page("g f", counts(7, 7, 7), Some("cursor_f")));
        assert_eq!(loaded.hole, Some("cursor_f".into()));
        assert_eq!(loaded.gone, vec![]);
        check(&feed, "g f b a", counts(7, 7, 7));
        let ticket = feed.begin_fetch();
        let loaded = feed.load_between(
            ticket,
            page("e d", counts(7, 7, 7), Some("cursor_d")),
            &"cursor_f".into(),
        );
        assert_eq!(
            (loaded.arrived, loaded.hole),
            (ids("e d"), Some("cursor_d".into()))
        );
        let ticket = feed.begin_fetch();
        let loaded = feed.load_between(
            ticket,
            page("c b", counts(7, 7, 7), Some("cursor_b")),
            &"cursor_d".into(),
        );
        assert_eq!((loaded.arrived, loaded.hole), (ids("c"), None));
        check(&feed, "g f e d c b a", counts(7, 7, 7));
    }

    #[test]
    fn the_end_of_the_feed_in_a_hole_takes_the_rest_away() {
        let mut feed = loaded("b a", counts(2, 2, 2));
        let ticket = feed.begin_fetch();
        feed.load_first(ticket, page("g f", counts(3, 3, 3), Some("cursor_f")));
        let ticket = feed.begin_fetch();
        let loaded =
            feed.load_between(ticket, page("e", counts(3, 3, 3), None), &"cursor_f".into());
        assert_eq!((loaded.gone, loaded.hole), (ids("b a"), None));
        check(&feed, "g f e", counts(3, 3, 3));
    }

    #[test]
    fn a_second_hole_does_not_hide_the_first() {
        let mut feed = loaded("a", counts(1, 1, 1));
        let ticket = feed.begin_fetch();
        feed.load_first(ticket, page("d", counts(4, 4, 4), Some("cursor_d")));
        let ticket = feed.begin_fetch();
        let loaded = feed.load_first(ticket, page("g", counts(7, 7, 7), Some("cursor_g")));
        assert_eq!(loaded.hole, Some("cursor_g".into()));
        let ticket = feed.begin_fetch();
        let loaded = feed.load_between(
            ticket,
            page("f e d", counts(7, 7, 7), Some("cursor_d2")),
            &"cursor_g".into(),
        );
        assert_eq!(loaded.hole, Some("cursor_d2".into()));
        let ticket = feed.begin_fetch();
        let loaded = feed.load_between(
            ticket,
            page("c b a", counts(7, 7, 7), None),
            &"cursor_d2".into(),
        );
        assert_eq!(loaded.hole, None);
        check(&feed, "g f e d c b a", counts(7, 7, 7));
    }

    #[test]
    fn a_page_into_a_hole_that_is_filled_is_dropped() {
        let mut feed = loaded("b a", counts(2, 2, 2));
        let ticket = feed.begin_fetch();
        let loaded =
            feed.load_between(ticket, page("z", counts(9, 9, 9), None), &"cursor_b".into());
        assert_eq!(loaded, Loaded::default());
        check(&feed, "b a", counts(2, 2, 2));
    }

    #[test]
    fn a_page_of_nothing_but_bad_items_takes_nothing_away() {
        let mut feed = loaded("b a", counts(2, 2, 2));
        let ticket = feed.begin_fetch();
        let bad = FeedPage {
            skipped: vec!["item 0: no id".into()],
            ..page("", counts(2, 2, 2), None)
        };
        assert_eq!(feed.load_first(ticket, bad), Loaded::default());
        check(&feed, "b a", counts(2, 2, 2));
    }

    #[test]
    fn a_page_that_leads_nowhere_ends_its_hole() {
        let mut feed = loaded("a", counts(1, 1, 1));
        let ticket = feed.begin_fetch();
        feed.load_first(ticket, page("d", counts(4, 4, 4), Some("cursor_d")));
        let ticket = feed.begin_fetch();
        let loaded = feed.load_between(
            ticket,
            page("", counts(4, 4, 4), Some("cursor_d")),
            &"cursor_d".into(),
        );
        assert_eq!(loaded.hole, None);
    }

    #[test]
    fn an_empty_first_page_empties_the_feed() {
        let mut feed = loaded("b ar", counts(2, 1, 2));
        let ticket = feed.begin_fetch();
        let loaded = feed.load_first(ticket, page("", counts(0, 0, 0), None));
        assert_eq!((loaded.gone, loaded.became_read), (ids("b a"), ids("b")));
        check(&feed, "", counts(0, 0, 0));
    }

    /// Expects these items, newest first, and these counts.
    ///
    /// An item is its id and a letter for each mark it has: `r`ead, `s`een, `i`nteracted, `x` archived.
    #[test]
    fn the_first_page_again_leaves_what_was_read_below_it_since_the_start() {
        let mut feed = restored("b a", counts(2, 2, 2), None);
        let said = counts(6, 6, 6);
        let ticket = feed.begin_fetch();
        let hole = feed.load_first(ticket, page("f", said, Some("f"))).hole;
        let ticket = feed.begin_fetch();
        feed.load_between(ticket, page("e d", said, Some("d")), &hole.unwrap());
        let ticket = feed.begin_fetch();
        let loaded = feed.load_first(ticket, page("f", said, Some("f")));
        assert_eq!(loaded.hole, Some("d".into()));
        check(&feed, "f e d b a", said);
        let ticket = feed.begin_fetch();
        feed.load_between(ticket, page("c", said, Some("c")), &"d".into());
        check(&feed, "f e d c b a", said);
    }

    #[test]
    fn a_kept_feed_is_shown_until_a_page_comes() {
        let mut feed = restored("d c b a", counts(9, 3, 3), Some("a"));
        assert!(feed.is_loaded() && feed.is_recalled());
        check(&feed, "d c b a", counts(9, 3, 3));
        let ticket = feed.begin_fetch();
        let loaded = feed.load_first(ticket, page("e dr", counts(10, 3, 3), Some("d")));
        assert_eq!((loaded.arrived, loaded.became_read), (ids("e d"), ids("d")));
        assert!(!feed.is_recalled());
        check(&feed, "e dr", counts(10, 3, 3));
        assert_eq!(feed.older(), Some(&"d".into()));
    }

    #[test]
    fn what_came_while_the_app_did_not_run_is_fetched_down_to_what_was_kept() {
        let mut feed = restored("b a", counts(2, 2, 2), None);
        let ticket = feed.begin_fetch();
        let loaded = feed.load_first(ticket, page("f e", counts(6, 6, 6), Some("e")));
        assert_eq!(loaded.hole, Some("e".into()));
        let ticket = feed.begin_fetch();
        let loaded =
            feed.load_between(ticket, page("d c", counts(6, 6, 6), Some("c")), &"e".into());
        assert_eq!(loaded.hole, Some("c".into()));
        check(&feed, "f e d c b a", counts(6, 6, 6));
        let ticket = feed.begin_fetch();
        let loaded = feed.load_between(ticket, page("b a", counts(6, 6, 6), None), &"c".into());
        assert_eq!((loaded.arrived, loaded.hole), (ids("b a"), None));
        check(&feed, "f e d c b a", counts(6, 6, 6));
    }

    #[test]
    fn a_head_ends_at_the_first_hole_or_where_it_is_long_enough() {
        let mut feed = restored("c b a", counts(3, 3, 3), Some("a"));
        assert_eq!(feed.head(9).older, Some(&"a".into()));
        // These items have no cursors of their own to go on from.
        assert_eq!(feed.head(1).items.len(), 3);
        let ticket = feed.begin_fetch();
        feed.load_first(ticket, page("g f", counts(9, 9, 9), Some("f")));
        let head = feed.head(9);
        assert_eq!((head.items.len(), head.older), (2, Some(&"f".into())));
        assert_eq!(head.counts, Some(counts(9, 9, 9)));
    }

    #[test]
    fn pages_below_the_first_are_asked_for_again_while_somebody_looks_at_them() {
        let mut feed = Feed::new();
        let ticket = feed.begin_fetch();
        feed.load_first(ticket, page("f e", counts(6, 6, 6), Some("e")));
        for (older, after) in [("d c", Some("c")), ("b a", None)] {
            let ticket = feed.begin_fetch();
            feed.load_older(ticket, page(older, counts(6, 6, 6), after));
        }
        check(&feed, "f e d c b a", counts(6, 6, 6));

        let mut refresh = |rows: usize, pages: &[&str]| {
            feed.watch(rows);
            let ticket = feed.begin_fetch();
            let mut loaded = feed.load_first(ticket, page("f e", counts(6, 5, 6), Some("e")));
            for (index, items) in pages.iter().enumerate() {
                let after = loaded.hole.expect("one more page to ask for");
                let ticket = feed.begin_fetch();
                let next = ["c", "a"][index];
                let next = Some(next).filter(|next| *next != "a");
                loaded = feed.load_between(ticket, page(items, counts(6, 5, 6), next), &after);
            }
            assert_eq!(loaded.hole, None);
            feed.clone()
        };
        check(&refresh(2, &[]), "f e d c b a", counts(6, 5, 6));
        check(&refresh(3, &["dr c"]), "f e dr c b a", counts(6, 5, 6));
        let all = refresh(6, &["dr c", "b"]);
        check(&all, "f e dr c b", counts(6, 5, 6));
    }

    #[test]
    fn after_an_absence_a_list_that_was_empty_is_fetched_to_its_end() {
        let mut feed = Feed::new();
        let ticket = feed.begin_fetch();
        feed.load_first(ticket, page("", counts(0, 0, 0), None));
        let ticket = feed.begin_fetch();
        let loaded = feed.load_first(ticket, page("e d", counts(5, 5, 5), Some("d")));
        assert_eq!((loaded.hole, feed.older()), (Some("d".into()), None));
        let ticket = feed.begin_fetch();
        let loaded =
            feed.load_between(ticket, page("c b", counts(5, 5, 5), Some("b")), &"d".into());
        assert_eq!(
            (loaded.arrived, loaded.hole),
            (ids("c b"), Some("b".into()))
        );
        let ticket = feed.begin_fetch();
        let loaded = feed.load_between(ticket, page("a", counts(5, 5, 5), None), &"b".into());
        assert_eq!((loaded.arrived, loaded.hole), (ids("a"), None));
        check(&feed, "e d c b a", counts(5, 5, 5));
    }

    #[test]
    fn what_is_forgotten_is_fetched_again_as_older_items() {
        let mut feed = Feed::new();
        let ticket = feed.begin_fetch();
        let mut first = page("d c b a", counts(4, 4, 4), None);
        for item in &mut first.items {
            item.cursor = Some(item.id.0.as_str().into());
        }
        feed.load_first(ticket, first);
        assert!(!feed.keep(4));
        assert!(feed.keep(2));
        check(&feed, "d c", counts(4, 4, 4));
        assert_eq!(feed.older(), Some(&"c".into()));
        let ticket = feed.begin_fetch();
        let older = feed.load_older(ticket, page("b a", counts(4, 4, 4), None));
        assert_eq!(older.arrived, ids("b a"));
        check(&feed, "d c b a", counts(4, 4, 4));
    }

    fn restored(items: &str, counts: FeedMetadata, older: Option<&str>) -> Feed {
        let page = page(items, counts, older);
        let older = page.page_info.after;
        Feed::restored(Archived::Exclude, page.items, page.meta, older)
    }

    #[track_caller]
    fn check(feed: &Feed, items: &str, expected: FeedMetadata) {
        let shown: Vec<String> = feed
            .items()
            .map(|item| format!("{}{}", item.id, letters(&item.marks)))
            .collect();
        assert_eq!(shown.join(" "), items);
        assert_eq!(feed.metadata(), expected);
    }

    fn letters(marks: &Marks) -> String {
        [
            ('r', marks.read_at),
            ('s', marks.seen_at),
            ('i', marks.interacted_at),
            ('x', marks.archived_at),
        ]
        .into_iter()
        .filter_map(|(letter, at)| at.map(|_| letter))
        .collect()
    }

    fn loaded(items: &str, counts: FeedMetadata) -> Feed {
        let mut feed = Feed::new();
        let ticket = feed.begin_fetch();
        feed.load_first(ticket, page(items, counts, None));
        feed
    }

    /// A page of items in the notation of [`check`]; the letter of the id is the hour it was inserted, `a` first.
    fn page(items: &str, meta: FeedMetadata, after: Option<&str>) -> FeedPage {
        let mut page = FeedPage {
            meta: Some(meta),
            ..FeedPage::default()
        };
        page.page_info.after = after.map(Cursor::from);
        page.items = items.split_whitespace().map(item).collect();
        page
    }

    fn item(text: &str) -> FeedItem {
        let (id, letters) = text.split_at(1);
        let hour = i64::from(id.as_bytes()[0] - b'a');
        // Items from `y` on come after the click.
        let inserted_at = datetime!(2026-03-01 0:00 UTC) + Duration::hours(hour);
        let at = |letter| letters.contains(letter).then_some(inserted_at);
        let value =
            serde_json::json!({ "id": id, "inserted_at": crate::stamp::write(inserted_at) });
        let marks = Marks {
            read_at: at('r'),
            seen_at: at('s'),
            interacted_at: at('i'),
            archived_at: at('x'),
            link_clicked_at: None,
        };
        FeedItem {
            marks,
            ..FeedItem::parse(&value).unwrap()
        }
    }

    fn ids(text: &str) -> Vec<ItemId> {
        text.split_whitespace().map(ItemId::from).collect()
    }

    fn counts(total_count: u64, unread_count: u64, unseen_count: u64) -> FeedMetadata {
        FeedMetadata {
            total_count,
            unread_count,
            unseen_count,
        }
    }

    const CLICK: OffsetDateTime = datetime!(2026-03-01 23:30 UTC);
    const LATER: OffsetDateTime = datetime!(2026-03-02 8:00 UTC);
}
