use std::collections::{BTreeMap, BTreeSet, VecDeque};

use doorbell_knock::{ItemId, Request};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::invariant::Invariant;

/// A plain model of what the server must hold for one user, kept apart from the server itself, and of what the person
/// has said of it.
#[derive(Default)]
pub(crate) struct Mailbox {
    items: BTreeMap<String, Item>,
    /// Ids in the order of their making.
    order: Vec<String>,
    /// Clicks on *mark all* that the server has not taken yet.
    clicks: VecDeque<Click>,
    /// A computer whose clock is ahead takes items up to then for older than a click on *mark all*.
    in_doubt_until: Option<OffsetDateTime>,
}

pub(crate) struct Item {
    /// Which workflow made it.
    pub(crate) workflow: &'static str,
    pub(crate) inserted_at: OffsetDateTime,
    pub(crate) read: bool,
    pub(crate) seen: bool,
    pub(crate) archived: bool,
    /// Somebody has marked it, ever.
    pub(crate) touched: bool,
    /// It was there before the person signed in.
    pub(crate) old: bool,
    /// What the person last said of it, while nobody else has touched it.
    last_said: Option<bool>,
    /// What the person said of it that has not been answered yet: read or not.
    on_its_way: VecDeque<bool>,
    /// Another device has made it unread, which the app may not know.
    flipped: bool,
    /// A *mark all* of a feed that the server cannot be told in one call is to reach it.
    swept: bool,
    /// A computer whose clock is ahead takes it for older than a click on *mark all* that came before it.
    in_doubt: bool,
}

/// What a feed shows: everything, or what one workflow makes.
pub(crate) type Source = Option<&'static str>;

/// A click on *mark all*.
struct Click {
    /// By the server's clock.
    at: OffsetDateTime,
    /// By the computer's clock.
    by_computer: OffsetDateTime,
    /// The latest bound that may go with it: the click by the computer's clock, or the newest item at the click.
    bound: OffsetDateTime,
}

/// Who writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writer {
    App,
    Elsewhere,
}

/// What a write is about.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    Items { status: String, ids: Vec<String> },
    All { older_than: Option<OffsetDateTime> },
}

impl Write {
    pub(crate) fn parse(request: &Request) -> Self {
        let body = request.body.clone().unwrap_or_default();
        let segments: Vec<&str> = request.path.split('/').collect();
        match segments[..] {
            [_, _, "messages", "batch", status] => Self::Items {
                status: status.to_owned(),
                ids: body["message_ids"]
                    .as_array()
                    .expect("a batch names its items")
                    .iter()
                    .filter_map(|id| Some(id.as_str()?.to_owned()))
                    .collect(),
            },
            [.., "messages", "bulk", "read"] => Self::All {
                older_than: body["older_than"]
                    .as_str()
                    .map(|at| OffsetDateTime::parse(at, &Rfc3339).expect("a bound is a time")),
            },
            _ => panic!("the app is not expected to write {}", request.path),
        }
    }
}

impl Mailbox {
    pub(crate) fn insert(
        &mut self,
        id: String,
        workflow: &'static str,
        inserted_at: OffsetDateTime,
    ) {
        let in_doubt = self.in_doubt_until.is_some_and(|until| inserted_at < until);
        let item = Item {
            workflow,
            swept: in_doubt,
            in_doubt,
            inserted_at,
            read: false,
            seen: false,
            archived: false,
            touched: in_doubt,
            old: false,
            flipped: false,
            last_said: None,
            on_its_way: VecDeque::new(),
        };
        self.order.push(id.clone());
        self.items.insert(id, item);
    }

    /// Everything so far was there before the person signed in.
    pub(crate) fn signed_in(&mut self) {
        for item in self.items.values_mut() {
            item.old = true;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Item> {
        self.items.get(id)
    }

    /// The newest items by id, those that the person sees in the window or not.
    pub(crate) fn some(&self, random: &mut fastrand::Rng) -> Option<String> {
        let near = self.order.len().min(30);
        let from = self.order.len() - near;
        self.order.get(from + random.usize(..near.max(1))).cloned()
    }

    /// The server does what a request asks for; whether anything changed by that.
    pub(crate) fn applied(
        &mut self,
        write: &Write,
        left_out: &BTreeSet<String>,
        by: Writer,
    ) -> bool {
        match write {
            Write::Items { status, ids } => {
                let mut changed = false;
                for id in ids.iter().filter(|id| !left_out.contains(*id)) {
                    let Some(item) = self.items.get_mut(id) else {
                        Invariant::Account.holds(by == Writer::Elsewhere, || {
                            format!("a mark of {id}, which is not this user's")
                        });
                        continue;
                    };
                    let before = (item.read, item.seen, item.archived);
                    match &status[..] {
                        "read" | "interacted" => item.read = true,
                        "unread" => item.read = false,
                        "seen" => item.seen = true,
                        "archived" => item.archived = true,
                        other => panic!("the app is not expected to write {other}"),
                    }
                    changed |= before != (item.read, item.seen, item.archived);
                    item.touched |= status != "seen";
                    if by == Writer::Elsewhere && status != "seen" {
                        item.last_said = None;
                        item.flipped |= status == "unread";
                    }
                }
                changed
            }
            Write::All { older_than } => self.applied_to_all(*older_than),
        }
    }

    /// No *mark all* is to reach these any more.
    pub(crate) fn spare(&mut self, write: &Write) {
        let Write::Items { ids, .. } = write else {
            return;
        };
        for id in ids {
            if let Some(item) = self.items.get_mut(id) {
                item.swept = false;
            }
        }
    }

    /// A write of the app reaches the server: *mark all* is bounded by its click.
    pub(crate) fn check(&self, write: &Write) {
        if let Write::All { older_than } = write {
            let bound = self.clicks.front().map(|click| click.bound);
            Invariant::MarkAll.holds(older_than.is_some() && *older_than <= bound, || {
                format!("bounded by {older_than:?}, where {bound:?} was the click")
            });
        }
    }

    fn applied_to_all(&mut self, older_than: Option<OffsetDateTime>) -> bool {
        let mut changed = false;
        let concerned = |item: &&mut Item| {
            older_than.is_none_or(|bound| item.inserted_at < bound) && !item.archived
        };
        for item in self.items.values_mut().filter(concerned) {
            changed |= !item.read;
            item.read = true;
            item.touched = true;
        }
        changed
    }

    /// The person marks items.
    pub(crate) fn said(&mut self, ids: &[ItemId], read: bool) {
        for id in ids {
            if let Some(item) = self.items.get_mut(&id.0) {
                item.last_said = Some(read);
                item.on_its_way.push_back(read);
                item.swept = false;
            }
        }
    }

    /// The person marks all of a feed, at a time by the server's clock and by the computer's.
    pub(crate) fn said_all(&mut self, of: Source, at: OffsetDateTime, by_computer: OffsetDateTime) {
        let newest = self
            .items
            .values()
            .map(|item| item.inserted_at + Duration::MICROSECOND)
            .max();
        let bound = newest.map_or(by_computer, |newest| newest.max(by_computer));
        self.in_doubt_until = self.in_doubt_until.max(Some(by_computer));
        if of.is_none() {
            self.clicks.push_back(Click {
                at,
                by_computer,
                bound,
            });
        }
        for item in self.items.values_mut() {
            if of.is_some_and(|workflow| workflow != item.workflow) {
                continue;
            }
            if item.archived {
                // The app may not know that it has left the list.
                item.last_said = None;
                continue;
            }
            // A clock that is wrong decides otherwise on items just come or to come.
            // One by one, only what is unread as far as the app knows is marked.
            let doubtful =
                item.inserted_at >= by_computer || of.is_some() && (item.flipped || item.in_doubt);
            item.last_said = Some(true).filter(|_| !doubtful);
            let is_unread = !item.read || item.is_unread_for_the_person();
            item.swept |= of.is_some() && is_unread;
            item.touched = true;
        }
    }

    /// The answer to a write has come: it is not on its way any more. A person has said it, or it is a part of marking
    /// all.
    pub(crate) fn answered(&mut self, write: &Write, was_said: bool, taken: bool) {
        match write {
            Write::Items { status, ids } => {
                let read = match &status[..] {
                    "read" | "interacted" => true,
                    "unread" => false,
                    _ => return,
                };
                for id in ids {
                    let Some(item) = self.items.get_mut(id) else {
                        continue;
                    };
                    if was_said && item.on_its_way.front() == Some(&read) {
                        item.on_its_way.pop_front();
                    }
                    if !taken {
                        item.last_said = None;
                        item.swept = false;
                    }
                }
            }
            Write::All { .. } => {
                self.clicks.pop_front();
                if !taken {
                    for item in self.items.values_mut() {
                        item.last_said = None;
                    }
                }
            }
        }
    }

    /// Whether marks are on their way that the app may lay on rows it has not heard of for a while, below the first page.
    pub(crate) fn is_marking_below(&self, of: Source, page: usize) -> bool {
        let below = self.listed(of).skip(page).map(|(_, item)| item);
        let archived = self.items.values().filter(|item| item.archived);
        below
            .chain(archived)
            .any(|item| !item.on_its_way.is_empty())
    }

    /// Whether a click on *mark all* has not reached everything yet, or not been answered for everything it reached.
    pub(crate) fn is_marking_all(&self, marks_in_flight: bool) -> bool {
        let swept = |item: &Item| item.swept && (!item.read || marks_in_flight) && !item.archived;
        !self.clicks.is_empty() || self.items.values().any(swept)
    }

    /// Clicks on *mark all* that have not been answered, and other marks.
    pub(crate) fn waiting(&self) -> (u32, u32) {
        let marks = self.items.values().map(|item| item.on_its_way.len());
        (self.clicks.len() as u32, marks.sum::<usize>() as u32)
    }

    /// Whether the person, by a click on *mark all* that is on its way, has marked an item.
    pub(crate) fn is_covered(&self, item: &Item) -> bool {
        self.clicks
            .iter()
            .any(|click| item.inserted_at < click.at.min(click.by_computer))
    }

    /// What a feed shows, newest first.
    pub(crate) fn listed(&self, of: Source) -> impl Iterator<Item = (&String, &Item)> {
        self.order
            .iter()
            .rev()
            .filter_map(|id| Some((id, self.items.get(id)?)))
            .filter(move |(_, item)| of.is_none_or(|workflow| workflow == item.workflow))
            .filter(|(_, item)| !item.archived)
    }

    pub(crate) fn items(&self) -> impl Iterator<Item = (&String, &Item)> {
        self.items.iter()
    }

    /// The server's count with what is on its way laid on top.
    pub(crate) fn unread_for_the_person(&self, of: Source) -> u64 {
        self.listed(of)
            .filter(|(_, item)| item.is_unread_for_the_person())
            .count() as u64
    }

    /// Total, unread and unseen.
    pub(crate) fn counts(&self, of: Source) -> (u64, u64, u64) {
        self.listed(of)
            .fold((0, 0, 0), |(total, unread, unseen), (_, item)| {
                (
                    total + 1,
                    unread + u64::from(!item.read),
                    unseen + u64::from(!item.seen),
                )
            })
    }

    /// In the end every item is as the person last said.
    pub(crate) fn judge_marks(&self) {
        for (id, item) in &self.items {
            if let Some(read) = item.last_said {
                let is_done = item.on_its_way.is_empty() || item.archived;
                Invariant::Marks.holds(item.read == read && is_done, || {
                    format!(
                        "{id} should be {}; on their way: {:?}",
                        if read { "read" } else { "unread" },
                        item.on_its_way
                    )
                });
            }
        }
        Invariant::Marks.holds(self.clicks.is_empty(), || {
            "a click on mark all never arrived".to_owned()
        });
    }
}

impl Item {
    /// With the marks on their way laid on top.
    pub(crate) fn is_unread_for_the_person(&self) -> bool {
        !self.on_its_way.back().copied().unwrap_or(self.read)
    }
}
