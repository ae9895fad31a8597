use std::{borrow::Cow, collections::HashSet, time::Instant};

use doorbell_knock::{
    Attention, Credentials, Cursor, Feed, FeedId, FeedItem, FeedPage, FeedSettings, ItemId, Loaded,
    NewMessage, PageRequest, ReferenceId, Request, UserId, api,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use ts_rs::TS;

use crate::{
    account::GRACE,
    config::FeedConfig,
    event::Now,
    memory::WrittenFeed,
    news::News,
    store::{FeedKey, KeptSweep},
    sync::{Pace, Purpose, Sync},
};

/// Which feed of its account, counted from 0 in the order of the settings.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS,
)]
#[ts(export)]
pub struct FeedNumber(#[ts(type = "number")] pub u32);

/// One feed of an account: what it shows, how its channel stands, what it holds, what to fetch next.
#[derive(Debug)]
pub(crate) struct FeedSlot {
    pub(crate) number: FeedNumber,
    pub(crate) config: FeedConfig,
    pub(crate) feed_id: FeedId,
    /// The name under which it joins; the server counts for it by its own filters.
    pub(crate) reference: ReferenceId,
    pub(crate) link: Link,
    pub(crate) feed: Feed,
    pub(crate) sync: Sync,
    /// Why the list could not be fetched, until it is.
    pub(crate) trouble: Option<String>,
    pub(crate) settings: Settings,
    /// *Mark all* goes on below the items held.
    pub(crate) sweep: Option<Sweep>,
    /// What it has come by before the last start: a person may have said something else of it since.
    pub(crate) swept: HashSet<ItemId>,
    /// When page 1 last came, in this life or in one before.
    pub(crate) synced: Option<OffsetDateTime>,
    /// More was missed than a page shows: pages are still to be read down to this time.
    pub(crate) missed_since: Option<OffsetDateTime>,
    /// The name under which it is written down.
    pub(crate) key: FeedKey,
    pub(crate) written: WrittenFeed,
}

/// What the feed's owner has set for those who show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settings {
    /// To be asked for when the feed is there.
    Unknown,
    /// Asked for; should the answer fail or go missing, the next join asks again.
    Asked,
    Known(FeedSettings),
}

/// Everything up to a time is marked as it comes, since the server cannot be told in one call what the feed shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sweep {
    pub(crate) what: KeptSweep,
    /// The marks wait until then, so that they can be taken back.
    pub(crate) held_until: Instant,
}

/// How a feed's channel stands, and with it the socket.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Link {
    Connecting {
        since: OffsetDateTime,
    },
    Joined,
    Lost {
        at: Instant,
        since: OffsetDateTime,
    },
    Refused {
        refusal: Refusal,
        since: OffsetDateTime,
    },
}

/// Why the server does not take an account, or one of its feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The key, or the token, is not valid.
    Key,
    /// The user may not see the feed, or there is no such feed.
    Feed,
    /// Something answers, but not with Knock's API.
    Host,
}

/// Pages that a feed holds while nobody looks at it: older ones are fetched again when somebody scrolls down to them.
/// So it holds a bounded number of items, and none that was not heard of for long.
const KEPT_PAGES: usize = 4;
/// The server's own page size, and its greatest.
const PAGE: u16 = 50;

impl FeedSlot {
    pub(crate) fn new(
        number: FeedNumber,
        config: FeedConfig,
        credentials: &Credentials,
        random: &mut fastrand::Rng,
        now: Now,
    ) -> FeedSlot {
        FeedSlot {
            number,
            feed_id: feed_id(&config, credentials),
            reference: ReferenceId::from_random(std::array::from_fn(|_| random.u8(..))),
            link: Link::Connecting { since: now.utc },
            feed: Feed::showing(config.options.archived),
            sync: Sync::new(now.instant),
            trouble: None,
            settings: Settings::Unknown,
            sweep: None,
            swept: HashSet::new(),
            synced: None,
            missed_since: None,
            key: FeedKey::default(),
            written: WrittenFeed::default(),
            config,
        }
    }

    /// Whether these credentials open the same feed.
    pub(crate) fn is_of(&self, credentials: &Credentials) -> bool {
        self.feed_id == feed_id(&self.config, credentials)
    }

    /// Whether the owner's plan asks for a word of thanks to Knock beside the feed.
    pub(crate) fn is_branded(&self) -> bool {
        matches!(self.settings, Settings::Known(settings) if settings.branding_required)
    }

    /// The request for the settings, once the feed is there and they are not known.
    pub(crate) fn ask_settings(&mut self, user: &UserId) -> Option<Request> {
        let due = self.settings == Settings::Unknown
            && self.link == Link::Joined
            && self.feed.is_loaded();
        due.then(|| {
            self.settings = Settings::Asked;
            api::feed_settings(user, &self.feed_id)
        })
    }

    pub(crate) fn is_refused(&self) -> bool {
        matches!(self.link, Link::Refused { .. })
    }

    /// The link has been down long enough to say so.
    pub(crate) fn is_offline(&self, now: Instant) -> bool {
        matches!(self.link, Link::Lost { at, .. } if now.saturating_duration_since(at) >= GRACE)
    }

    /// What a `new-message` on its channel means to it; `None` is one that could not be read.
    pub(crate) fn announced(&mut self, message: Option<&NewMessage>) {
        let attention = message.map_or(Attention::Uncounted, |message| {
            message.counts_for(&self.reference, &self.config.options)
        });
        match attention {
            Attention::Counted(counts) => {
                self.feed.announce(counts);
                self.sync.want_first();
            }
            Attention::Uncounted => self.sync.want_first(),
            Attention::Elsewhere => {}
        }
    }

    /// Takes a page.
    pub(crate) fn load(
        &mut self,
        purpose: &Purpose,
        ticket: doorbell_knock::FetchTicket,
        page: FeedPage,
    ) -> Loaded {
        match purpose {
            Purpose::First => self.feed.load_first(ticket, page),
            Purpose::Hole(after) => self.feed.load_between(ticket, page, after),
            Purpose::Older => self.feed.load_older(ticket, page),
        }
    }

    /// A page has come, of which `news` does not know yet. Reads on where more may have been missed than pages have
    /// shown, down to what had been met; unless the page has led nowhere: then the next page 1 tries again.
    pub(crate) fn catch_up(&mut self, news: &News, leads_nowhere: bool) {
        let head = self.feed.head(usize::MAX);
        let oldest = head.items.last().filter(|_| head.older.is_some());
        let has_hole = self.feed.hole().is_some();
        let is_behind = !has_hole
            && oldest.is_some_and(|oldest| match self.missed_since {
                Some(since) => oldest.inserted_at > since,
                None => !news.has_met(self.number, oldest),
            });
        if !has_hole && !is_behind {
            self.missed_since = None;
            return;
        }
        let down_to = || news.met_down_to(self.number);
        let since = self.missed_since.or_else(down_to);
        self.missed_since = since.or(Some(OffsetDateTime::UNIX_EPOCH));
        if is_behind && !leads_nowhere {
            self.sync.want_older();
        }
    }

    /// The items as they are shown, of those that are held.
    pub(crate) fn items(&self, ids: &[ItemId]) -> Vec<FeedItem> {
        ids.iter()
            .filter_map(|id| self.feed.item(id).map(Cow::into_owned))
            .collect()
    }

    /// The next page to ask for, if one is due.
    pub(crate) fn fetch(
        &mut self,
        credentials: &Credentials,
        watched: bool,
        random: &mut fastrand::Rng,
        now: Now,
    ) -> Option<Request> {
        if self.feed.older().is_none() {
            self.sync.forget_older();
        }
        let purpose = self.sync.due(now.instant)?;
        let page = match &purpose {
            Purpose::First => PageRequest::default(),
            Purpose::Hole(after) => older_than(Some(after)),
            Purpose::Older => older_than(self.feed.older()),
        };
        let pace = Pace {
            watched,
            chance: random.f64(),
        };
        let ticket = self.feed.begin_fetch();
        self.sync.started(purpose, ticket, pace, now.instant);
        Some(api::feed_page(
            &credentials.user_id,
            &self.feed_id,
            &self.config.options,
            &page,
        ))
    }

    /// When its next fetch is due.
    pub(crate) fn fetch_due(&self, spaced: Instant) -> Option<Instant> {
        self.sync.deadline().map(|at| at.max(spaced))
    }

    /// When a lost link is to be shown.
    pub(crate) fn grace_ends(&self, now: Instant) -> Option<Instant> {
        match self.link {
            Link::Lost { at, .. } => Some(at + GRACE).filter(|&at| at > now),
            Link::Connecting { .. } | Link::Joined | Link::Refused { .. } => None,
        }
    }

    /// So many rows are looked at; while none are, older items than a few pages are forgotten.
    ///
    /// Returns the time of the oldest item that is left, when some were forgotten.
    pub(crate) fn look(&mut self, rows: usize) -> Option<OffsetDateTime> {
        self.feed.watch(rows);
        let is_busy = self.sweep.is_some()
            || self.missed_since.is_some()
            || self.feed.hole().is_some()
            || self.sync.is_fetching();
        if rows > 0 || is_busy {
            return None;
        }
        let page = self.config.options.page_size.unwrap_or(PAGE);
        let forgot = self.feed.keep(KEPT_PAGES * usize::from(page));
        let oldest = self.feed.items().map(|item| item.inserted_at).min();
        oldest.filter(|_| forgot)
    }

    /// Somebody looks at the numbers: they should be fresh.
    pub(crate) fn glanced(&mut self) {
        if !self.is_refused() {
            self.sync.want_first();
        }
    }

    /// Somebody looks: what they see should be fresh.
    pub(crate) fn watched(&mut self, now: Now) {
        self.glanced();
        if !self.is_refused() {
            self.sync.watched(now.instant);
        }
    }

    /// Loads older items, if the server has any.
    pub(crate) fn more(&mut self) {
        if self.feed.older().is_some() && !self.sync.loading_older() {
            self.sync.want_older();
        }
    }

    pub(crate) fn refuse(&mut self, refusal: Refusal, now: Now) {
        if !self.is_refused() {
            self.link = Link::Refused {
                refusal,
                since: now.utc,
            };
        }
    }

    pub(crate) fn lose(&mut self, now: Now) {
        match self.link {
            Link::Connecting { .. } | Link::Joined => {
                self.link = Link::Lost {
                    at: now.instant,
                    since: now.utc,
                };
            }
            Link::Lost { .. } | Link::Refused { .. } => {}
        }
    }
}

fn feed_id(config: &FeedConfig, credentials: &Credentials) -> FeedId {
    let own = || credentials.feed_id.clone();
    config.feed_id.clone().unwrap_or_else(own)
}

fn older_than(after: Option<&Cursor>) -> PageRequest {
    PageRequest {
        after: after.cloned(),
        ..PageRequest::default()
    }
}
