//! A feed and a server, with pages, answers and announcements under way at the same time: in the end they agree.
//! A failure prints the seed that repeats it.
#![allow(clippy::unwrap_used, reason = "the helpers of tests are tests")]

use std::collections::BTreeMap;

use doorbell_knock::{
    Archived, Cursor, Feed, FeedItem, FeedMetadata, FeedPage, FetchTicket, ItemId, MarkId, Marks,
    Status,
};
use fastrand::Rng;
use serde_json::json;
use time::{Duration, OffsetDateTime};

#[test]
fn the_feed_ends_with_what_the_server_says() {
    for seed in 0..200 {
        let mut world = World {
            rng: Rng::with_seed(seed),
            ..World::new()
        };
        for _ in 0..120 {
            world.step();
            world.assert_orderly(seed);
        }
        world.settle_everything();
        world.read_at_once();
        world.assert_agreement(seed);
    }
}

#[test]
fn page_by_page_is_enough_when_nobody_else_marks() {
    for seed in 0..200 {
        let mut world = World {
            rng: Rng::with_seed(seed),
            alone: true,
            ..World::new()
        };
        for _ in 0..120 {
            world.step();
            world.assert_orderly(seed);
        }
        world.settle_everything();
        world.read_page_by_page();
        world.assert_agreement(seed);
    }
}

#[test]
fn page_by_page_is_enough_after_a_restart_whoever_marks() {
    for seed in 0..200 {
        let mut world = World {
            rng: Rng::with_seed(seed),
            ..World::new()
        };
        for _ in 0..120 {
            world.step();
            if world.rng.u8(..20) == 0 {
                world.restart();
            }
            world.assert_orderly(seed);
        }
        world.settle_everything();
        world.restart();
        world.read_page_by_page();
        world.assert_agreement(seed);
    }
}

/// One feed, one server, and what is between them.
struct World {
    rng: Rng,
    feed: Feed,
    /// By number; a later item has a higher one.
    server: BTreeMap<u32, Marks>,
    fetch: Option<Fetch>,
    sent: Vec<Sent>,
    numbers: u32,
    marks: u64,
    /// Whether nobody else marks anything.
    alone: bool,
    /// What has been written down of the feed's head: changed items only, after each page.
    kept: BTreeMap<ItemId, FeedItem>,
}

struct Fetch {
    ticket: FetchTicket,
    kind: Kind,
    served: Option<FeedPage>,
}

enum Kind {
    First,
    Between(Cursor),
    Older(Cursor),
}

/// A mark on its way: first the server takes it, then the answer comes.
struct Sent {
    id: MarkId,
    status: Status,
    items: Vec<u32>,
    taken: bool,
}

impl World {
    fn new() -> Self {
        Self {
            rng: Rng::with_seed(0),
            feed: Feed::new(),
            server: BTreeMap::new(),
            fetch: None,
            sent: Vec::new(),
            numbers: 0,
            marks: 0,
            alone: false,
            kept: BTreeMap::new(),
        }
    }

    fn step(&mut self) {
        match self.rng.u8(..12) {
            0..=2 => self.trigger(),
            3 if !self.alone => self.mark_elsewhere(),
            3 => self.trigger(),
            4 | 5 => self.mark(),
            6 | 7 => self.deliver_mark(),
            8 if self.fetch.is_none() => self.begin_fetch(),
            8 | 9 => self.serve(),
            10 => self.answer(),
            _ => self.feed.announce(self.counts()),
        }
    }

    fn trigger(&mut self) {
        for _ in 0..self.rng.usize(1..4) {
            self.numbers += 1;
            self.server.insert(self.numbers, Marks::default());
        }
    }

    fn mark_elsewhere(&mut self) {
        if let Some(number) = self.any() {
            let status = self.status();
            self.take(&[number], status);
        }
    }

    fn mark(&mut self) {
        let shown: Vec<u32> = self.feed.items().map(|item| number(&item.id)).collect();
        if shown.is_empty() {
            return;
        }
        let items: Vec<u32> = (0..self.rng.usize(1..4))
            .map(|_| shown[self.rng.usize(..shown.len())])
            .collect();
        self.marks += 1;
        let (id, status) = (MarkId(self.marks), self.status());
        self.feed.mark(
            id,
            &items
                .iter()
                .map(|number| id_of(*number))
                .collect::<Vec<_>>(),
            status,
            at(self.numbers),
        );
        self.sent.push(Sent {
            id,
            status,
            items,
            taken: false,
        });
    }

    /// Marks arrive in order; some are refused.
    fn deliver_mark(&mut self) {
        let Some(sent) = self.sent.first_mut() else {
            return;
        };
        if !sent.taken {
            if self.rng.u8(..8) == 0 {
                let sent = self.sent.remove(0);
                self.feed.refuse(sent.id);
                return;
            }
            sent.taken = true;
            let (items, status) = (sent.items.clone(), sent.status);
            self.take(&items, status);
        } else {
            let sent = self.sent.remove(0);
            self.feed.settle(sent.id);
        }
    }

    fn begin_fetch(&mut self) {
        let kind = match (self.feed.hole(), self.feed.older(), self.rng.u8(..4)) {
            (Some(hole), _, 0 | 1) => Kind::Between(hole.clone()),
            (_, Some(older), 2) => Kind::Older(older.clone()),
            _ => Kind::First,
        };
        self.fetch = Some(Fetch {
            ticket: self.feed.begin_fetch(),
            kind,
            served: None,
        });
    }

    fn serve(&mut self) {
        let Some(mut fetch) = self.fetch.take() else {
            return;
        };
        if fetch.served.is_none() {
            let below = match &fetch.kind {
                Kind::First => u32::MAX,
                Kind::Between(cursor) | Kind::Older(cursor) => cursor.as_str().parse().unwrap(),
            };
            fetch.served = Some(self.page(below));
        }
        self.fetch = Some(fetch);
    }

    fn answer(&mut self) {
        if self
            .fetch
            .as_ref()
            .is_none_or(|fetch| fetch.served.is_none())
        {
            return;
        }
        let Some(Fetch {
            ticket,
            kind,
            served: Some(page),
        }) = self.fetch.take()
        else {
            return;
        };
        if self.rng.u8(..10) == 0 {
            return; // The answer was lost.
        }
        let loaded = match kind {
            Kind::First => self.feed.load_first(ticket, page),
            Kind::Between(after) => self.feed.load_between(ticket, page, &after),
            Kind::Older(_) => self.feed.load_older(ticket, page),
        };
        let head = self.feed.head(HEAD).items;
        self.kept
            .retain(|id, _| head.iter().any(|item| item.id == *id));
        for item in head {
            if loaded.changed.contains(&item.id) || !self.kept.contains_key(&item.id) {
                self.kept.insert(item.id.clone(), item.clone());
            }
        }
    }

    /// The process ends and another begins with what was written down; its marks go out again.
    fn restart(&mut self) {
        let head = self.feed.head(HEAD);
        let kept: Vec<FeedItem> = self.kept.values().cloned().collect();
        let written: Vec<&FeedItem> = head
            .items
            .iter()
            .filter_map(|item| self.kept.get(&item.id))
            .collect();
        assert_eq!(written, head.items, "what changed was written down");
        let mut feed = Feed::restored(Archived::Exclude, kept, head.counts, head.older.cloned());
        for sent in &self.sent {
            let items: Vec<ItemId> = sent.items.iter().map(|number| id_of(*number)).collect();
            feed.mark(sent.id, &items, sent.status, at(self.numbers));
        }
        self.feed = feed;
        self.fetch = None;
    }

    fn settle_everything(&mut self) {
        while !self.sent.is_empty() {
            self.deliver_mark();
        }
        self.fetch = None;
    }

    fn read_page_by_page(&mut self) {
        let ticket = self.feed.begin_fetch();
        self.feed.load_first(ticket, self.page(u32::MAX));
        while let Some(hole) = self.feed.hole().cloned() {
            let ticket = self.feed.begin_fetch();
            let page = self.page(hole.as_str().parse().unwrap());
            self.feed.load_between(ticket, page, &hole);
        }
        while let Some(older) = self.feed.older().cloned() {
            let ticket = self.feed.begin_fetch();
            let page = self.page(older.as_str().parse().unwrap());
            self.feed.load_older(ticket, page);
        }
    }

    /// One page from the top to the end.
    fn read_at_once(&mut self) {
        let mut below = u32::MAX;
        let mut whole = self.page(below);
        while let Some(after) = whole.page_info.after.take() {
            below = after.as_str().parse().unwrap();
            let next = self.page(below);
            whole.items.extend(next.items);
            whole.page_info = next.page_info;
        }
        let ticket = self.feed.begin_fetch();
        self.feed.load_first(ticket, whole);
    }

    fn assert_orderly(&self, seed: u64) {
        let numbers: Vec<u32> = self.feed.items().map(|item| number(&item.id)).collect();
        assert!(
            numbers.windows(2).all(|pair| pair[0] > pair[1]),
            "seed {seed}: newest first, each once: {numbers:?}"
        );
        assert!(
            self.feed.metadata().total_count <= u64::from(self.numbers),
            "seed {seed}"
        );
    }

    fn assert_agreement(&self, seed: u64) {
        let seen = |marks: &Marks| {
            (
                marks.read_at.is_some(),
                marks.seen_at.is_some(),
                marks.interacted_at.is_some(),
            )
        };
        let view: Vec<_> = self
            .feed
            .items()
            .map(|item| (number(&item.id), seen(&item.marks)))
            .collect();
        let truth: Vec<_> = self
            .shown()
            .map(|(number, marks)| (number, seen(&marks)))
            .collect();
        assert_eq!(view, truth, "seed {seed}");
        assert_eq!(self.feed.metadata(), self.counts(), "seed {seed}");
        assert_eq!(
            (self.feed.hole(), self.feed.older()),
            (None, None),
            "seed {seed}"
        );
    }

    fn take(&mut self, items: &[u32], status: Status) {
        for number in items {
            if let Some(marks) = self.server.get_mut(number) {
                *marks = marks.with(status, at(self.numbers));
            }
        }
    }

    fn page(&self, below: u32) -> FeedPage {
        let mut numbers = self.shown().filter(|(number, _)| *number < below);
        let items: Vec<FeedItem> = numbers
            .by_ref()
            .take(PAGE)
            .map(|(number, marks)| item(number, marks))
            .collect();
        let mut page = FeedPage {
            meta: Some(self.counts()),
            ..FeedPage::default()
        };
        page.page_info.after = numbers.next().and_then(|_| items.last()?.cursor.clone());
        page.items = items;
        page
    }

    fn counts(&self) -> FeedMetadata {
        let count =
            |keep: fn(&Marks) -> bool| self.shown().filter(|(_, marks)| keep(marks)).count() as u64;
        FeedMetadata {
            total_count: count(|_| true),
            unread_count: count(|marks| marks.read_at.is_none()),
            unseen_count: count(|marks| marks.seen_at.is_none()),
        }
    }

    /// What a feed without archived items shows, newest first.
    fn shown(&self) -> impl Iterator<Item = (u32, Marks)> {
        self.server
            .iter()
            .rev()
            .filter(|(_, marks)| marks.archived_at.is_none())
            .map(|(number, marks)| (*number, *marks))
    }

    fn any(&mut self) -> Option<u32> {
        let numbers: Vec<u32> = self.server.keys().copied().collect();
        self.rng.choice(numbers)
    }

    fn status(&mut self) -> Status {
        *self
            .rng
            .choice(&[
                Status::Seen,
                Status::Unseen,
                Status::Read,
                Status::Unread,
                Status::Interacted,
                Status::Archived,
            ])
            .unwrap()
    }
}

fn item(number: u32, marks: Marks) -> FeedItem {
    let value = json!({
        "id": id_of(number).as_str(),
        "__cursor": number.to_string(),
        "inserted_at": at(number).format(&time::format_description::well_known::Rfc3339).unwrap(),
    });
    FeedItem {
        marks,
        ..FeedItem::parse(&value).unwrap()
    }
}

fn at(number: u32) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::minutes(i64::from(number))
}

fn id_of(number: u32) -> ItemId {
    ItemId(number.to_string())
}

fn number(id: &ItemId) -> u32 {
    id.as_str().parse().unwrap()
}

const PAGE: usize = 4;
const HEAD: usize = 10;
