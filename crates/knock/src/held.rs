//! The items the server last showed, in order, and where some may be missing between them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;

use time::OffsetDateTime;

use crate::feed::Loaded;
use crate::ids::{Cursor, ItemId};
use crate::item::FeedItem;

/// A place in the list: newest first, ties by id descending.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position(Reverse<OffsetDateTime>, Reverse<ItemId>);

#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    items: BTreeMap<Position, FeedItem>,
    positions: HashMap<ItemId, Position>,
    /// Below each of these places items may be missing; the cursor fetches them.
    holes: BTreeMap<Position, Cursor>,
    /// Fetches what is older than everything held; nothing when nothing is.
    pub(crate) older: Option<Cursor>,
    /// A page has been laid, so that no `older` means that the end of the list is known.
    laid: bool,
    /// Every id ever held, so that an item arrives only once.
    met: HashSet<ItemId>,
    /// So many rows from the top are looked at, so that pages below the first one are asked for again.
    pub(crate) watched: usize,
    /// Items from before the last start that no page has shown since. What became of them is not known.
    unconfirmed: HashSet<ItemId>,
}

impl Held {
    /// What was held before the last start, until pages say otherwise. When they show an item of it, it arrives: whether
    /// anybody was told of it before, others have to know.
    pub(crate) fn restored(items: Vec<FeedItem>, older: Option<Cursor>) -> Self {
        let mut held = Self {
            older,
            laid: true,
            ..Self::default()
        };
        for item in items {
            held.unconfirmed.insert(item.id.clone());
            held.insert(item);
        }
        held
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &FeedItem> {
        self.items.values()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut FeedItem> {
        self.items.values_mut()
    }

    pub(crate) fn get(&self, id: &ItemId) -> Option<&FeedItem> {
        self.items.get(self.positions.get(id)?)
    }

    pub(crate) fn newest(&self) -> Option<&FeedItem> {
        self.items.values().next()
    }

    /// The newest items down to the first hole, at most so many, and the cursor that goes on below them.
    ///
    /// Items without a cursor of their own cannot be the last of a part, so there may be more.
    pub(crate) fn head(&self, at_most: usize) -> (Vec<&FeedItem>, Option<&Cursor>) {
        let hole = self.holes.iter().next();
        let mut items: Vec<&FeedItem> = self
            .items
            .iter()
            .take_while(|(position, _)| hole.is_none_or(|(hole, _)| *position <= hole))
            .map(|(_, item)| item)
            .collect();
        let mut older = hole.map_or(self.older.as_ref(), |(_, cursor)| Some(cursor));
        if items.len() > at_most
            && let Some(last) = items[..at_most]
                .iter()
                .rposition(|item| item.cursor.is_some())
        {
            older = items[last].cursor.as_ref();
            items.truncate(last + 1);
        }
        (items, older)
    }

    /// The end of what is held.
    pub(crate) fn tail(&self) -> Bound<Position> {
        self.items
            .keys()
            .next_back()
            .cloned()
            .map_or(Bound::Unbounded, Bound::Excluded)
    }

    /// The newest hole.
    pub(crate) fn hole(&self) -> Option<&Cursor> {
        self.holes.values().next()
    }

    /// The hole that a cursor fetches.
    pub(crate) fn hole_at(&self, cursor: &Cursor) -> Option<Position> {
        self.holes
            .iter()
            .find(|(_, hole)| *hole == cursor)
            .map(|(position, _)| position.clone())
    }

    /// Lays a page over what is held: from `start` down to its oldest item, or to the end when nothing is older, the
    /// page is the whole truth.
    pub(crate) fn lay(
        &mut self,
        start: Bound<Position>,
        mut items: Vec<FeedItem>,
        after: Option<Cursor>,
    ) -> Loaded {
        if let Bound::Excluded(start) = &start {
            items.retain(|item| Position::of(item) > *start);
        }
        let last = items.iter().map(Position::of).max();
        // All that comes before a known end is news, also where nothing is held that a page could reach.
        let knew_end = std::mem::replace(&mut self.laid, true) && self.older.is_none();
        let end = match (&after, &last) {
            (None, _) => Bound::Unbounded,
            (Some(_), Some(last)) => Bound::Included(last.clone()),
            (Some(_), None) => return self.step_over(start, after),
        };
        let contiguous = last.as_ref().is_some_and(|last| self.reaches_below(last));

        let mut loaded = Loaded::default();
        let incoming: HashSet<ItemId> = items.iter().map(|item| item.id.clone()).collect();
        let range = (start.clone(), end);
        let missing = self
            .items
            .range(range.clone())
            .filter(|(_, item)| !incoming.contains(&item.id));
        let missing: Vec<Position> = missing.map(|(position, _)| position.clone()).collect();
        for position in missing {
            if let Some(item) = self.items.remove(&position) {
                self.positions.remove(&item.id);
                self.unconfirmed.remove(&item.id);
                if wants_attention(&item) {
                    loaded.became_read.push(item.id.clone());
                }
                loaded.gone.push(item.id);
            }
        }
        for item in items {
            if !wants_attention(&item) && self.get(&item.id).is_some_and(wants_attention) {
                loaded.became_read.push(item.id.clone());
            }
            if self.met.insert(item.id.clone()) {
                loaded.arrived.push(item.id.clone());
            }
            if self.get(&item.id) != Some(&item) {
                loaded.changed.push(item.id.clone());
            }
            self.unconfirmed.remove(&item.id);
            self.insert(item);
        }
        loaded.arrived.sort_by_key(|id| self.positions.get(id));

        let filled = self
            .holes
            .range(range)
            .map(|(position, _)| position.clone());
        let filled: Vec<Position> = filled.chain(bounded(&start).cloned()).collect();
        for position in filled {
            self.holes.remove(&position);
        }
        if let Some(last) = last.as_ref().filter(|_| contiguous) {
            self.forget_unconfirmed(last);
        }
        let below = last
            .as_ref()
            .map_or(Bound::Unbounded, |last| Bound::Excluded(last.clone()));
        match (after, last) {
            (Some(after), Some(last))
                if self.items.range((below, Bound::Unbounded)).next().is_some() =>
            {
                if !contiguous || self.items.range(..=&last).count() < self.watched {
                    self.holes.insert(last, after);
                }
            }
            (Some(after), Some(last)) if knew_end && !contiguous => {
                self.holes.insert(last, after);
            }
            (after, _) => self.older = after,
        }
        loaded.hole = self.hole().cloned();
        loaded
    }

    /// Goes on behind a page that shows nothing of its range; where that leads nowhere, gives the range up.
    pub(crate) fn step_over(&mut self, start: Bound<Position>, after: Option<Cursor>) -> Loaded {
        if let Some(start) = bounded(&start) {
            match self.holes.remove(start) {
                Some(asked) => {
                    let next = after.filter(|after| *after != asked);
                    self.holes.extend(next.map(|next| (start.clone(), next)));
                }
                None => {
                    let asked = self.older.take();
                    self.older = after.filter(|after| Some(after) != asked.as_ref());
                }
            }
        }
        Loaded {
            hole: self.hole().cloned(),
            ..Loaded::default()
        }
    }

    /// Forgets what is older than the newest `rows` items, if these end at an item that can be gone on from; whether
    /// anything was.
    pub(crate) fn keep(&mut self, rows: usize) -> bool {
        if self.items.len() <= rows {
            return false;
        }
        let mut kept = self.items.iter().take(rows).rev();
        let Some((last, cursor)) =
            kept.find_map(|(position, item)| Some((position.clone(), item.cursor.clone()?)))
        else {
            return false;
        };
        let forgotten = self.items.split_off(&last);
        for (position, item) in forgotten {
            if position == last {
                self.items.insert(position, item);
            } else {
                self.positions.remove(&item.id);
                self.unconfirmed.remove(&item.id);
                self.met.remove(&item.id);
            }
        }
        self.holes.retain(|position, _| *position < last);
        self.older = Some(cursor);
        true
    }

    fn insert(&mut self, item: FeedItem) {
        let position = Position::of(&item);
        if let Some(old) = self.positions.insert(item.id.clone(), position.clone()) {
            self.items.remove(&old);
        }
        self.items.insert(position, item);
    }

    /// Pages have come down to a place right below which what was held before the last start is left: what is older is
    /// fetched anew when somebody asks for it.
    fn forget_unconfirmed(&mut self, last: &Position) {
        let below = (Bound::Excluded(last.clone()), Bound::Unbounded);
        let next = self.items.range(below.clone()).next();
        if !next.is_some_and(|(_, item)| self.unconfirmed.contains(&item.id)) {
            return;
        }
        self.unconfirmed.clear();
        self.holes.retain(|position, _| position <= last);
        let items: Vec<Position> = self.items.range(below).map(|(at, _)| at.clone()).collect();
        for position in items {
            if let Some(item) = self.items.remove(&position) {
                self.positions.remove(&item.id);
            }
        }
    }

    /// Whether nothing can be missing between a place and the next item held below it.
    fn reaches_below(&self, place: &Position) -> bool {
        let Some((above, _)) = self.items.range(..=place).next_back() else {
            return false;
        };
        self.holes.range(above..=place).next().is_none()
    }
}

impl Position {
    pub(crate) fn of(item: &FeedItem) -> Self {
        Self(Reverse(item.inserted_at), Reverse(item.id.clone()))
    }
}

/// Neither read nor archived.
fn wants_attention(item: &FeedItem) -> bool {
    item.is_unread() && !item.is_archived()
}

fn bounded(bound: &Bound<Position>) -> Option<&Position> {
    match bound {
        Bound::Included(position) | Bound::Excluded(position) => Some(position),
        Bound::Unbounded => None,
    }
}
