use std::{
    borrow::Cow,
    collections::BTreeMap,
    time::{Duration, Instant},
};

use doorbell_knock::{
    Attention, Credentials, Cursor, Failure, Feed, FeedItem, FeedOptions, FeedPage, ItemId, Loaded,
    MarkId, NewMessage, PageRequest, ReferenceId, api, channel,
};
use doorbell_phoenix as phoenix;
use serde_json::Value;
use time::OffsetDateTime;
use tracing::{debug, info, warn};

use crate::{
    event::{Effect, Line, Now},
    news::News,
    obstacle::Obstacle,
    outbox::Outbox,
    sync::{Pace, Purpose, Sync},
};

/// A link lost for less than this is not worth a changed tray.
const GRACE: Duration = Duration::from_secs(4);
/// How often a server that refused is asked again.
const PROBE: Duration = Duration::from_secs(3600);

/// One person's feed on one server: how its link stands, what it holds, what it still has to do.
///
/// What a person does to its items stands in `acts.rs`.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) line: Line,
    pub(crate) credentials: Credentials,
    pub(crate) link: Link,
    pub(crate) feed: Feed,
    /// A sentence for the person, until it is dismissed.
    pub(crate) notice: Option<String>,
    /// Why the list could not be fetched, until it is.
    pub(crate) trouble: Option<String>,
    /// What was in the way when the server was not reached, until it is.
    pub(crate) obstacle: Option<Obstacle>,
    /// The row that the window should bring into view.
    pub(crate) highlight: Option<ItemId>,
    pub(crate) options: FeedOptions,
    pub(crate) sync: Sync,
    pub(crate) outbox: Outbox,
    pub(crate) news: News,
    /// Buttons whose links are being opened: what to tell the server once they are.
    pub(crate) pressed: BTreeMap<ItemId, Value>,
    /// Calls for all items: `None` until answered, then when the server has surely done them.
    pub(crate) bulk: BTreeMap<MarkId, Option<Instant>>,
    pub(crate) random: fastrand::Rng,
    reference: ReferenceId,
}

/// How the socket stands.
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

/// Why the server does not take this account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The key, or the token, is not valid.
    Key,
    /// The user may not see the feed, or there is no such feed.
    Feed,
    /// Something answers, but not with Knock's API.
    Host,
}

impl Account {
    pub(crate) fn new(
        line: Line,
        credentials: Credentials,
        mut random: fastrand::Rng,
        now: Now,
    ) -> Account {
        Account {
            line,
            credentials,
            link: Link::Connecting { since: now.utc },
            feed: Feed::new(),
            notice: None,
            trouble: None,
            obstacle: None,
            highlight: None,
            options: FeedOptions::default(),
            sync: Sync::new(now.instant),
            outbox: Outbox::new(now.instant),
            news: News::default(),
            pressed: BTreeMap::new(),
            bulk: BTreeMap::new(),
            reference: ReferenceId::from_random(std::array::from_fn(|_| random.u8(..))),
            random,
        }
    }

    pub(crate) fn connect(&self) -> Effect {
        Effect::Connect {
            line: self.line,
            credentials: Box::new(self.credentials.clone()),
            topic: channel::topic(&self.credentials.feed_id, &self.credentials.user_id),
            params: channel::join_params(&[(self.reference.clone(), &self.options)]),
        }
    }

    /// Ends the line and takes every toast back.
    pub(crate) fn end(&mut self, out: &mut Vec<Effect>) {
        out.extend(self.news.clear().into_iter().map(Effect::Desktop));
        out.push(Effect::Disconnect { line: self.line });
    }

    /// Both ways to the server have worked.
    pub(crate) fn is_proven(&self) -> bool {
        self.link == Link::Joined && self.feed.is_loaded()
    }

    pub(crate) fn has_unsent_marks(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// There are marks to be sent, and a server that takes them.
    pub(crate) fn can_flush(&self) -> bool {
        self.has_unsent_marks() && !matches!(self.link, Link::Refused { .. })
    }

    /// The link has been down long enough to say so.
    pub(crate) fn is_offline(&self, now: Instant) -> bool {
        matches!(self.link, Link::Lost { at, .. } if now.saturating_duration_since(at) >= GRACE)
    }

    /// What the socket says.
    pub(crate) fn channel(&mut self, event: phoenix::Event, now: Now) {
        match event {
            phoenix::Event::Joined { .. } => {
                info!(feed = %self.credentials.feed_id, "joined");
                self.link = Link::Joined;
                self.obstacle = None;
                self.sync.want_first_now();
                self.outbox.hurry(now.instant);
            }
            phoenix::Event::Message { event, payload, .. } if event == "new-message" => {
                self.announced(&payload);
            }
            phoenix::Event::Message { .. } => debug!("an unknown event was dropped"),
            phoenix::Event::JoinRefused { response, .. } => {
                if response.get("reason").and_then(Value::as_str) == Some("unauthorized") {
                    warn!("join refused: unauthorized");
                    self.refuse(Refusal::Feed, now);
                } else {
                    warn!("join refused");
                    self.lose(now);
                }
            }
            phoenix::Event::Refused { status } => {
                warn!(status, "connection refused");
                match status {
                    401 | 403 => self.refuse(Refusal::Key, now),
                    404 => self.refuse(Refusal::Host, now),
                    _ => self.lose(now),
                }
            }
            phoenix::Event::Lost { code, .. } => {
                info!(code, "connection lost");
                self.lose(now);
            }
            phoenix::Event::JoinTimedOut { .. }
            | phoenix::Event::ChannelErrored { .. }
            | phoenix::Event::ChannelClosed { .. } => self.lose(now),
            phoenix::Event::Garbage(error) => {
                warn!(%error, "a frame that is no message was dropped")
            }
            phoenix::Event::Opened
            | phoenix::Event::Pushed { .. }
            | phoenix::Event::Reply { .. }
            | phoenix::Event::Unanswered { .. } => {}
        }
    }

    /// The server was not reached; [`Account::channel`] hears apart that there is no link.
    pub(crate) fn unreached(&mut self, obstacle: Obstacle) {
        if obstacle.needs_person() && self.obstacle.as_ref() != Some(&obstacle) {
            let host = self.credentials.host.name();
            warn!("the server cannot be reached: {}", obstacle.words(&host));
        }
        self.obstacle = Some(obstacle);
    }

    /// `new-message`: the counts at once, the contents by a fetch.
    fn announced(&mut self, payload: &Value) {
        let Some(message) = NewMessage::parse(payload) else {
            warn!("a new-message of the wrong shape: its contents are fetched all the same");
            self.sync.want_first();
            return;
        };
        match message.counts_for(&self.reference) {
            Attention::Counted(counts) => {
                self.feed.announce(counts);
                self.sync.want_first();
            }
            Attention::Uncounted => self.sync.want_first(),
            Attention::Elsewhere => {}
        }
    }

    /// The answer to a fetch. What a quiet one brings is met without a toast.
    pub(crate) fn fetched(
        &mut self,
        result: Result<FeedPage, Failure>,
        quiet: bool,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        let Some((purpose, ticket)) = self.sync.answered() else {
            return;
        };
        match result {
            Ok(page) => {
                self.sync.succeeded();
                self.trouble = None;
                let quiet = quiet || !self.feed.is_loaded() || purpose == Purpose::Older;
                let loaded = match &purpose {
                    Purpose::First => self.feed.load_first(ticket, page),
                    Purpose::Hole(after) => self.feed.load_between(ticket, page, after),
                    Purpose::Older => self.feed.load_older(ticket, page),
                };
                if purpose != Purpose::Older && !quiet {
                    self.sync.fill_hole(loaded.hole.clone());
                }
                self.tell(&loaded, quiet, now, out);
                if matches!(self.link, Link::Refused { .. }) {
                    // The key works again: the socket need not wait for its own slow probe.
                    self.reconnect(now, out);
                }
            }
            Err(failure) if failure.requires_sign_in() => {
                warn!(%failure, "fetch refused");
                self.refuse(Refusal::Key, now);
            }
            Err(failure) => {
                warn!(%failure, "fetch failed");
                self.trouble = Some(failure.to_string());
                let retry_after = failure.retry_after();
                self.sync
                    .failed(purpose, retry_after, &mut self.random, now.instant);
            }
        }
    }

    /// Announces what is new and takes back what is news no longer.
    fn tell(&mut self, loaded: &Loaded, quiet: bool, now: Now, out: &mut Vec<Effect>) {
        let over = loaded.became_read.iter().chain(&loaded.gone);
        for id in over {
            out.extend(self.news.settled(id).into_iter().map(Effect::Desktop));
        }
        let arrived: Vec<FeedItem> = loaded
            .arrived
            .iter()
            .filter_map(|id| self.feed.item(id).map(Cow::into_owned))
            .collect();
        if quiet {
            self.news.meet(&arrived);
            if self.feed.older().is_some()
                && let Some(oldest) = arrived.iter().map(|item| item.inserted_at).min()
            {
                self.news.goes_on_below(oldest);
            }
        } else {
            let toasts = self.news.arrive(&arrived, now.instant);
            out.extend(toasts.into_iter().map(Effect::Desktop));
        }
    }

    /// Does what is due: the next fetch, the next mark.
    pub(crate) fn step(&mut self, watched: bool, now: Now, out: &mut Vec<Effect>) {
        self.settle_bulk(now);
        if self.feed.older().is_none() {
            self.sync.forget_older();
        }
        if let Some(purpose) = self.sync.due(now.instant) {
            let page = match &purpose {
                Purpose::First => PageRequest::default(),
                Purpose::Hole(after) => older_than(Some(after)),
                Purpose::Older => older_than(self.feed.older()),
            };
            let pace = Pace {
                watched,
                chance: self.random.f64(),
            };
            let ticket = self.feed.begin_fetch();
            self.sync.started(purpose, ticket, pace, now.instant);
            let Credentials {
                user_id, feed_id, ..
            } = &self.credentials;
            out.push(Effect::Fetch {
                line: self.line,
                request: api::feed_page(user_id, feed_id, &self.options, &page),
            });
        }
        if let Some(next) = self.outbox.send(now.instant) {
            out.push(Effect::Update {
                line: self.line,
                mark: next.mark,
                request: next.request.clone(),
            });
        }
    }

    /// When [`Account::step`] has something to do by itself.
    pub(crate) fn deadline(&self, now: Instant) -> Option<Instant> {
        let grace = match self.link {
            Link::Lost { at, .. } => Some(at + GRACE).filter(|&at| at > now),
            Link::Connecting { .. } | Link::Joined | Link::Refused { .. } => None,
        };
        let bulk = self.bulk.values().flatten().min().copied();
        [self.sync.deadline(), self.outbox.deadline(), grace, bulk]
            .into_iter()
            .flatten()
            .min()
    }

    /// Somebody looks: what they see should be fresh.
    pub(crate) fn watched(&mut self, now: Now) {
        if !matches!(self.link, Link::Refused { .. }) {
            self.sync.want_first();
            self.sync.watched(now.instant);
        }
    }

    /// Loads older items, if the server has any.
    pub(crate) fn more(&mut self) {
        if self.feed.older().is_some() && !self.sync.loading_older() {
            self.sync.want_older();
        }
    }

    /// A person asks to try again: everything that waits goes out now.
    pub(crate) fn retry(&mut self, now: Now, out: &mut Vec<Effect>) {
        self.sync.insist();
        self.outbox.insist(now.instant);
        match self.link {
            Link::Joined => {}
            Link::Connecting { .. } | Link::Lost { .. } => {
                out.push(Effect::Wake { line: self.line });
            }
            Link::Refused { .. } => self.reconnect(now, out),
        }
    }

    /// The computer is awake again, or the network is back.
    pub(crate) fn wake(&mut self, now: Now, out: &mut Vec<Effect>) {
        if !matches!(self.link, Link::Refused { .. }) {
            self.sync.want_first_now();
            self.outbox.hurry(now.instant);
            out.push(Effect::Wake { line: self.line });
        }
    }

    /// The server does not take the account: everything waits for a person, or the next slow probe.
    pub(crate) fn refuse(&mut self, refusal: Refusal, now: Now) {
        if !matches!(self.link, Link::Refused { .. }) {
            self.link = Link::Refused {
                refusal,
                since: now.utc,
            };
        }
        self.sync.pause(now.instant + PROBE);
        self.outbox.pause(now.instant + PROBE);
    }

    fn lose(&mut self, now: Now) {
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

    fn reconnect(&mut self, now: Now, out: &mut Vec<Effect>) {
        self.link = Link::Connecting { since: now.utc };
        out.push(Effect::Disconnect { line: self.line });
        out.push(self.connect());
    }
}

fn older_than(after: Option<&Cursor>) -> PageRequest {
    PageRequest {
        after: after.cloned(),
        ..PageRequest::default()
    }
}
