use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use doorbell_knock::{
    AccountId, Credentials, Failure, FeedItem, FeedPage, FeedSettings, ItemId, Loaded, MarkId,
    NewMessage, channel,
};
use doorbell_phoenix as phoenix;
use serde_json::Value;
use tracing::{debug, info, warn};

use crate::{
    acts::Bulk,
    archive::Archive,
    config::Config,
    event::{Effect, Join, Line, Now},
    feed_slot::{FeedNumber, FeedSlot, Link, Refusal, Settings},
    handover::{Handover, Move},
    memory::Written,
    news::{Announcement, Manner, News},
    obstacle::Obstacle,
    outbox::Outbox,
    preferences::Preferences,
    store::Change,
    sync::{Purpose, SPACING},
    token::renewal::{Renewal, Way},
    undo::Undo,
    words::Words,
};

/// A link lost for less than this is not worth a changed tray.
pub(crate) const GRACE: Duration = Duration::from_secs(4);
/// How often a server that refused is asked again.
const PROBE: Duration = Duration::from_secs(3600);

/// One person on one server: one socket, one outbox, what was told, and the feeds.
///
/// What a person does to its items stands in `acts.rs`.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) id: AccountId,
    pub(crate) line: Line,
    pub(crate) credentials: Credentials,
    /// Never empty.
    pub(crate) feeds: Vec<FeedSlot>,
    /// What was put away of one of the feeds, while somebody looks at it.
    pub(crate) archive: Option<Archive>,
    pub(crate) archives: u32,
    pub(crate) preferences: Preferences,
    /// What a link may begin with, beside http and https.
    pub(crate) schemes: Vec<String>,
    pub(crate) words: Words,
    /// A sentence for the person, until it is dismissed.
    pub(crate) notice: Option<String>,
    /// What was in the way when the server was not reached, until it is.
    pub(crate) obstacle: Option<Obstacle>,
    /// The row that the window should bring into view.
    pub(crate) highlight: Option<ItemId>,
    pub(crate) outbox: Outbox,
    /// The line on which the last mark went out.
    pub(crate) marks_on: Line,
    /// What can be taken back.
    pub(crate) undo: Option<Undo>,
    pub(crate) news: News,
    /// Items whose links are being opened.
    pub(crate) opening: BTreeSet<ItemId>,
    /// Buttons whose links are being opened: what to tell the server once they are.
    pub(crate) pressed: BTreeMap<ItemId, Value>,
    /// Calls for all items.
    pub(crate) bulk: BTreeMap<MarkId, Bulk>,
    pub(crate) random: fastrand::Rng,
    pub(crate) renewal: Renewal,
    /// The line is not connected: a token has to come first.
    pub(crate) waits: bool,
    /// Other credentials, which wait for a line.
    pub(crate) moving: Option<Move>,
    /// The line before this one, until this one is joined.
    pub(crate) handover: Option<Handover>,
    /// The end of the space after the last fetch: the server counts those of all feeds together.
    spaced: Instant,
    /// The feed that comes first in the next fetch; they take turns.
    turn: usize,
    pub(crate) written: Written,
}

impl Account {
    pub(crate) fn new(
        line: Line,
        credentials: Credentials,
        config: &Config,
        words: &Words,
        mut random: fastrand::Rng,
        now: Now,
    ) -> Account {
        let id = credentials.account_id();
        let feeds = config.feeds_of(&credentials.user_id).into_iter();
        let feeds = feeds.zip(0..).map(|(config, number)| {
            FeedSlot::new(FeedNumber(number), config, &credentials, &mut random, now)
        });
        let feeds = feeds.collect();
        let source = config.token_source_of(&credentials.user_id).cloned();
        let token = credentials.user_token.as_ref();
        let mut account = Account {
            line,
            feeds,
            archive: None,
            archives: 0,
            preferences: Preferences::default(),
            words: words.clone(),
            schemes: config.schemes_of(&credentials.user_id),
            renewal: Renewal::new(source, token, &mut random, now),
            waits: false,
            moving: None,
            handover: None,
            credentials,
            notice: None,
            obstacle: None,
            highlight: None,
            outbox: Outbox::new(now.instant),
            marks_on: line,
            undo: None,
            news: News::new(id.clone(), Manner::of(config, words)),
            opening: BTreeSet::new(),
            pressed: BTreeMap::new(),
            bulk: BTreeMap::new(),
            random,
            spaced: now.instant,
            turn: 0,
            written: Written::default(),
            id,
        };
        account.name_feeds();
        account
    }

    /// One channel for each feed id; feeds that differ in their filters alone share it.
    pub(crate) fn connect(&self) -> Effect {
        let mut joins: Vec<Join> = Vec::new();
        for slot in &self.feeds {
            let topic = self.topic(slot);
            if joins.iter().any(|join| join.topic == topic) {
                continue;
            }
            let sharing = self
                .feeds
                .iter()
                .filter(|feed| feed.feed_id == slot.feed_id);
            let views: Vec<_> = sharing
                .map(|feed| (feed.reference.clone(), &feed.config.options))
                .collect();
            let params = channel::join_params(&views);
            joins.push(Join { topic, params });
        }
        Effect::Connect {
            line: self.line,
            credentials: Box::new(self.credentials.clone()),
            joins,
        }
    }

    pub(crate) fn topic(&self, slot: &FeedSlot) -> String {
        channel::topic(&slot.feed_id, &self.credentials.user_id)
    }

    /// Ends the line and takes every toast back.
    pub(crate) fn end(&mut self, out: &mut Vec<Effect>) {
        out.extend(self.news.clear().into_iter().map(Effect::Desktop));
        self.drop_old_line(out);
        out.push(Effect::Disconnect { line: self.line });
    }

    /// Goes on under other credentials of the same account, on a line of its own. What the feeds hold stays, but for
    /// a feed that these credentials replace by another.
    pub(crate) fn move_to(
        &mut self,
        line: Line,
        credentials: Credentials,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        self.drop_old_line(out);
        self.forget_pages();
        self.waits = false;
        self.moving = None;
        out.push(Effect::Disconnect { line: self.line });
        self.line = line;
        for slot in &mut self.feeds {
            if slot.is_of(&credentials) {
                slot.link = Link::Connecting { since: now.utc };
                slot.sync.start_over(now.instant);
            } else {
                let (number, config) = (slot.number, slot.config.clone());
                self.news.forget_feed(number);
                self.written.unshown(slot.key.clone());
                *slot = FeedSlot::new(number, config, &credentials, &mut self.random, now);
            }
        }
        self.credentials = credentials;
        self.name_feeds();
        self.outbox.hurry(now.instant);
        out.push(self.connect());
    }

    /// The feed whose items the tray counts.
    pub(crate) fn badge_feed(&self) -> &FeedSlot {
        let chosen = self.feeds.iter().find(|slot| slot.config.badge);
        chosen.unwrap_or(&self.feeds[0])
    }

    /// The feed that shows whether the credentials are good: their own, where one is shown.
    pub(crate) fn proof(&self) -> &FeedSlot {
        let own = &self.credentials.feed_id;
        let shown = self.feeds.iter().find(|slot| slot.feed_id == *own);
        shown.unwrap_or(&self.feeds[0])
    }

    pub(crate) fn slot(&self, number: FeedNumber) -> Option<&FeedSlot> {
        self.feeds.get(number.0 as usize)
    }

    /// The feed in which the window finds what it is opened for: this one, unless only another holds the item.
    pub(crate) fn feed_to_show(&self, feed: FeedNumber) -> FeedNumber {
        let holds = |slot: &&FeedSlot| {
            let item = self.highlight.as_ref();
            item.is_some_and(|id| slot.feed.items().any(|item| item.id == *id))
        };
        if self.slot(feed).filter(holds).is_some() {
            return feed;
        }
        self.feeds
            .iter()
            .find(holds)
            .map_or(feed, |slot| slot.number)
    }

    /// An item as the person sees it, whichever feed holds it.
    pub(crate) fn item(&self, id: &ItemId) -> Option<Cow<'_, FeedItem>> {
        let archive = self.archive.iter().map(|archive| &archive.slot);
        let mut slots = self.feeds.iter().chain(archive);
        slots.find_map(|slot| slot.feed.item(id))
    }

    /// The feeds, and what was put away.
    pub(crate) fn lists(&mut self) -> impl Iterator<Item = &mut FeedSlot> {
        let archive = self.archive.iter_mut().map(|archive| &mut archive.slot);
        self.feeds.iter_mut().chain(archive)
    }

    /// Both ways to the server have worked.
    pub(crate) fn is_proven(&self) -> bool {
        let proof = self.proof();
        proof.link == Link::Joined && proof.feed.is_loaded()
    }

    pub(crate) fn has_unsent_marks(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// There are marks to be sent, and a server that takes them.
    pub(crate) fn can_flush(&self) -> bool {
        self.has_unsent_marks() && !self.is_refused()
    }

    /// The server takes none of its feeds.
    fn is_refused(&self) -> bool {
        self.feeds.iter().all(FeedSlot::is_refused)
    }

    /// What the socket says.
    pub(crate) fn channel(
        &mut self,
        line: Line,
        event: phoenix::Event,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        if self.leaves(line) {
            return self.said_by_old_line(event, now, out);
        }
        if !self.said_by_new_line(&event, now, out) {
            return;
        }
        match event {
            phoenix::Event::Joined { topic, .. } => {
                self.renewal.taken(Way::Socket, now);
                for slot in self.on(&topic) {
                    info!(feed = %slot.feed_id, "joined");
                    slot.link = Link::Joined;
                    slot.sync.want_first_now();
                    if slot.settings == Settings::Asked {
                        slot.settings = Settings::Unknown;
                    }
                }
                self.obstacle = None;
                self.outbox.hurry(now.instant);
            }
            phoenix::Event::Message { .. } => self.heard(event),
            phoenix::Event::JoinRefused { topic, response } => {
                let others = || self.feeds.iter().any(|slot| slot.link == Link::Joined);
                if is_unauthorized(&response) {
                    warn!("join refused: unauthorized");
                    // Where other channels are joined it is not the token.
                    if others() || !self.renewal.refused(Way::Socket, now) {
                        self.refuse_feed(&topic, now);
                    }
                } else {
                    warn!("join refused");
                    self.on(&topic).for_each(|slot| slot.lose(now));
                }
            }
            phoenix::Event::Refused { status } => {
                warn!(status, "connection refused");
                match status {
                    401 | 403 => {
                        self.lose(now);
                        self.unauthorized(Way::Socket, now);
                    }
                    404 => self.refuse(Refusal::Host, now),
                    _ => self.lose(now),
                }
            }
            phoenix::Event::Lost { code, .. } => {
                info!(code, "connection lost");
                self.lose(now);
            }
            phoenix::Event::JoinTimedOut { topic }
            | phoenix::Event::ChannelErrored { topic }
            | phoenix::Event::ChannelClosed { topic } => {
                self.on(&topic).for_each(|slot| slot.lose(now));
            }
            phoenix::Event::Garbage(error) => {
                warn!(%error, "a frame that is no message was dropped")
            }
            phoenix::Event::Opened
            | phoenix::Event::Pushed { .. }
            | phoenix::Event::Reply { .. }
            | phoenix::Event::Unanswered { .. } => {}
        }
    }

    /// An event of a channel: the word that something arrived, as far as is known.
    pub(crate) fn heard(&mut self, event: phoenix::Event) {
        let phoenix::Event::Message {
            topic,
            event,
            payload,
        } = event
        else {
            return;
        };
        if event != "new-message" {
            debug!("an unknown event was dropped");
            return;
        }
        let message = NewMessage::parse(&payload);
        if message.is_none() {
            warn!("a new-message of the wrong shape: its contents are fetched all the same");
        }
        self.on(&topic)
            .for_each(|slot| slot.announced(message.as_ref()));
    }

    /// The server was not reached; [`Account::channel`] hears apart that there is no link.
    pub(crate) fn unreached(&mut self, obstacle: Obstacle) {
        if obstacle.needs_person() && self.obstacle.as_ref() != Some(&obstacle) {
            let host = self.credentials.host.name();
            warn!("the server cannot be reached: {}", obstacle.words(&host));
        }
        self.obstacle = Some(obstacle);
    }

    /// The feeds on a channel.
    pub(crate) fn on(&mut self, topic: &str) -> impl Iterator<Item = &mut FeedSlot> {
        let user = &self.credentials.user_id;
        self.feeds
            .iter_mut()
            .filter(move |slot| channel::topic(&slot.feed_id, user) == topic)
    }

    /// The answer to a fetch. What a quiet one brings is met without a toast.
    pub(crate) fn fetched(
        &mut self,
        line: Line,
        feed: FeedNumber,
        result: Result<FeedPage, Failure>,
        quiet: bool,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        if self.archive_came(feed, &result, now) {
            return;
        }
        let before = self.answered_on(line, out);
        let Some(slot) = self.feeds.get_mut(feed.0 as usize) else {
            return;
        };
        let Some((purpose, ticket)) = slot.sync.answered() else {
            return;
        };
        match result {
            Ok(page) => {
                slot.sync.succeeded();
                if !before {
                    self.renewal.taken(Way::Requests, now);
                }
                slot.trouble = None;
                // Before the first page of all nothing is news; nor below what was met, unless more was missed.
                let is_first = self.news.horizon(feed).is_none();
                let goes_back = purpose == Purpose::Older && slot.missed_since.is_none();
                let quiet = quiet || is_first || goes_back;
                let end = slot.feed.older().cloned();
                let loaded = slot.load(&purpose, ticket, page);
                slot.written.page_came(&loaded);
                if purpose == Purpose::First {
                    slot.synced = Some(now.utc);
                }
                if !quiet {
                    slot.sync.fill_hole(loaded.hole.clone());
                    let leads_nowhere =
                        purpose == Purpose::Older && slot.feed.older() == end.as_ref();
                    slot.catch_up(&self.news, leads_nowhere);
                }
                // What was marked before it came is no news.
                self.sweep(feed, &loaded.arrived, now, out);
                self.tell(feed, &loaded, quiet, now, out);
                if self.feeds.iter().all(|slot| slot.missed_since.is_none()) {
                    self.news.let_go();
                }
                if self.is_refused() {
                    // The key works again: the socket need not wait for its own slow probe.
                    self.reconnect(now, out);
                }
            }
            Err(failure) if failure.requires_sign_in() => {
                warn!(%failure, "fetch refused");
                slot.sync
                    .failed(purpose, None, &mut self.random, now.instant);
                match before {
                    true => slot.sync.want_first_now(),
                    false => self.unauthorized(Way::Requests, now),
                }
            }
            Err(failure) => {
                warn!(%failure, "fetch failed");
                slot.trouble = Some(failure.to_string());
                let asked = failure.retry_after();
                let asked = slot
                    .sync
                    .failed(purpose, asked, &mut self.random, now.instant);
                // The server asks the user to wait, whichever feed it was.
                if let Some(until) = asked {
                    let feeds = self.feeds.iter_mut();
                    feeds.for_each(|slot| slot.sync.leave_alone(until));
                }
            }
        }
    }

    /// Announces what is new and takes back what is news no longer.
    fn tell(
        &mut self,
        feed: FeedNumber,
        loaded: &Loaded,
        quiet: bool,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        let Some(slot) = self.feeds.get(feed.0 as usize) else {
            return;
        };
        let arrived = slot.items(&loaded.arrived);
        let goes_on = slot.feed.older().is_some();
        for id in loaded.became_read.iter().chain(&loaded.gone) {
            // What has left one feed may still be news in another.
            if !self.is_news(id) {
                out.extend(self.news.settled(id).into_iter().map(Effect::Desktop));
            }
        }
        if quiet {
            self.news.meet(feed, &arrived);
            if goes_on && let Some(oldest) = arrived.iter().map(|item| item.inserted_at).min() {
                self.news.goes_on_below(feed, oldest);
            }
        } else {
            let key = slot.key.clone();
            for Announcement { toast, items } in self.news.arrive(feed, &arrived, now.instant) {
                let (account, told) = (self.id.clone(), items.clone());
                let met = Change::Met {
                    account: account.clone(),
                    feed: key.clone(),
                    items,
                };
                let told = Change::Told {
                    account,
                    items: told,
                };
                out.push(Effect::Tell {
                    changes: vec![met, told],
                    toast,
                });
            }
        }
    }

    /// Toasts wait from now on, or do not: then one tells of all that waited.
    pub(crate) fn hold(&mut self, holds: bool, out: &mut Vec<Effect>) {
        let Some(belated) = self.news.hold(holds) else {
            return;
        };
        let account = self.id.clone();
        let mut changes = Vec::new();
        for slot in &self.feeds {
            let items = belated.items.iter();
            let items = items.filter(|(feed, _, _)| *feed == slot.number);
            let items: Vec<_> = items.map(|(_, id, at)| (id.clone(), *at)).collect();
            if !items.is_empty() {
                changes.push(Change::Met {
                    account: account.clone(),
                    feed: slot.key.clone(),
                    items,
                });
            }
        }
        let told = belated.items.into_iter().map(|(_, id, at)| (id, at));
        changes.push(Change::Told {
            account,
            items: told.collect(),
        });
        let toast = belated.toast;
        out.push(Effect::Tell { changes, toast });
    }

    /// The item wants attention. A feed that was fetched earlier may not know yet that it was read: one that knows
    /// is enough.
    pub(crate) fn is_news(&self, id: &ItemId) -> bool {
        let held = || self.feeds.iter().filter_map(|slot| slot.feed.item(id));
        held().next().is_some() && held().all(|item| item.is_unread() && !item.is_archived())
    }

    /// Does what is due: the next fetch, the next mark. `watched` is the feed that somebody looks at, down to a row.
    pub(crate) fn step(
        &mut self,
        watched: Option<(FeedNumber, usize)>,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        for slot in &mut self.feeds {
            let rows = watched.filter(|(feed, _)| *feed == slot.number);
            if let Some(oldest) = slot.look(rows.map_or(0, |(_, rows)| rows)) {
                self.news.goes_on_below(slot.number, oldest);
            }
        }
        let watched = watched.map(|(feed, _)| feed);
        self.settle_bulk(now);
        self.undo.take_if(|undo| undo.is_over(now.instant));
        if let Some(source) = self.renewal.ask(now) {
            let line = self.line;
            out.push(Effect::RefreshToken { line, source });
        }
        if self.is_held(now) {
            return;
        }
        self.fetch(watched, now, out);
        self.ask_settings(out);
        self.ask_preferences(out);
        if let Some(next) = self.outbox.send(now.instant) {
            self.marks_on = self.line;
            out.push(Effect::Update {
                line: self.line,
                mark: next.mark,
                request: next.request.clone(),
            });
        }
    }

    fn ask_settings(&mut self, out: &mut Vec<Effect>) {
        for slot in &mut self.feeds {
            if let Some(request) = slot.ask_settings(&self.credentials.user_id) {
                let (line, feed) = (self.line, slot.number);
                out.push(Effect::FetchSettings {
                    line,
                    feed,
                    request,
                });
            }
        }
    }

    /// What the owner of a feed has set. Without an answer the feed is shown as if nothing were.
    pub(crate) fn settings_came(
        &mut self,
        feed: FeedNumber,
        result: Result<FeedSettings, Failure>,
    ) {
        let slot = self.feeds.get_mut(feed.0 as usize);
        match (slot, result) {
            (Some(slot), Ok(settings)) => slot.settings = Settings::Known(settings),
            (_, Err(failure)) => debug!(%failure, "the settings of a feed could not be fetched"),
            (None, Ok(_)) => {}
        }
    }

    /// One fetch at a time leaves the account, whichever feed it is for; they take turns.
    fn fetch(&mut self, watched: Option<FeedNumber>, now: Now, out: &mut Vec<Effect>) {
        if now.instant < self.spaced {
            return;
        }
        let count = self.feeds.len() + usize::from(self.archive.is_some());
        for index in (0..count).map(|step| (self.turn + step) % count) {
            let archive = self.archive.iter_mut().map(|archive| &mut archive.slot);
            let Some(slot) = self.feeds.iter_mut().chain(archive).nth(index) else {
                continue;
            };
            let watched = watched == Some(slot.number);
            if let Some(request) = slot.fetch(&self.credentials, watched, &mut self.random, now) {
                self.spaced = now.instant + SPACING;
                self.turn = index + 1;
                out.push(Effect::Fetch {
                    line: self.line,
                    feed: slot.number,
                    request,
                });
                return;
            }
        }
    }

    /// Nothing goes to the server before there is a token for it.
    fn is_held(&self, now: Now) -> bool {
        self.waits || self.renewal.holds(now)
    }

    /// When [`Account::step`] has something to do by itself.
    pub(crate) fn deadline(&self, now: Now) -> Option<Instant> {
        let feeds = || self.feeds.iter();
        let grace = feeds()
            .filter_map(|slot| slot.grace_ends(now.instant))
            .min();
        let (fetch, mark) = match self.is_held(now) {
            true => (None, None),
            false => (
                feeds()
                    .chain(self.archive.iter().map(|archive| &archive.slot))
                    .filter_map(|slot| slot.fetch_due(self.spaced))
                    .min(),
                self.outbox.deadline(),
            ),
        };
        let bulk = self.bulk.values().filter_map(Bulk::done).min();
        let undo = self.undo.as_ref().map(Undo::until);
        [grace, fetch, mark, bulk, undo, self.renewal.deadline(now)]
            .into_iter()
            .flatten()
            .min()
    }

    /// Somebody looks at the tray's menu: its numbers should be fresh.
    pub(crate) fn glanced(&mut self) {
        for slot in &mut self.feeds {
            slot.glanced();
        }
    }

    /// Somebody looks at a feed.
    pub(crate) fn watched(&mut self, feed: FeedNumber, now: Now) {
        if let Some(slot) = self.feeds.get_mut(feed.0 as usize) {
            slot.watched(now);
        }
    }

    pub(crate) fn more(&mut self, feed: FeedNumber) {
        match &mut self.archive {
            Some(archive) if archive.of == feed => archive.slot.more(),
            _ => {
                if let Some(slot) = self.feeds.get_mut(feed.0 as usize) {
                    slot.more();
                }
            }
        }
    }

    /// A person asks to try again: everything that waits goes out now.
    pub(crate) fn retry(&mut self, now: Now, out: &mut Vec<Effect>) {
        self.feeds.iter_mut().for_each(|slot| slot.sync.insist());
        self.outbox.insist(now.instant);
        // A token that is on its way to a new line is new enough; another would cost the line that serves meanwhile.
        if self.handover.is_none() {
            self.renewal.hurry(now);
        }
        if self.is_held(now) {
            // What the source answers decides.
        } else if self.feeds.iter().any(FeedSlot::is_refused) {
            self.reconnect(now, out);
        } else if self.feeds.iter().any(|slot| slot.link != Link::Joined) {
            out.push(Effect::Wake { line: self.line });
        }
    }

    /// The computer is awake again, or the network is back.
    pub(crate) fn wake(&mut self, now: Now, out: &mut Vec<Effect>) {
        self.renewal.hurry(now);
        if self.is_refused() || self.waits {
            return;
        }
        if self.renewal.holds(now) {
            // It slept over the end of its token.
            return self.hang_up(now, out);
        }
        for slot in self.feeds.iter_mut().filter(|slot| !slot.is_refused()) {
            slot.sync.want_first_now();
        }
        self.outbox.hurry(now.instant);
        out.push(Effect::Wake { line: self.line });
    }

    /// Every feed is out of date.
    pub(crate) fn want_all(&mut self) {
        self.lists().for_each(|slot| slot.sync.want_first());
    }

    /// The server does not take the account: everything waits for a person, or the next slow probe.
    pub(crate) fn refuse(&mut self, refusal: Refusal, now: Now) {
        for slot in &mut self.feeds {
            slot.refuse(refusal, now);
            slot.sync.pause(now.instant + PROBE);
        }
        self.outbox.pause(now.instant + PROBE);
    }

    /// The server does not let the user join a channel: its feeds wait, the others go on.
    fn refuse_feed(&mut self, topic: &str, now: Now) {
        for slot in self.on(topic) {
            slot.refuse(Refusal::Feed, now);
            slot.sync.pause(now.instant + PROBE);
        }
        if self.is_refused() {
            self.outbox.pause(now.instant + PROBE);
        }
    }

    fn lose(&mut self, now: Now) {
        self.feeds.iter_mut().for_each(|slot| slot.lose(now));
    }

    pub(crate) fn reconnect(&mut self, now: Now, out: &mut Vec<Effect>) {
        self.drop_old_line(out);
        self.waits = false;
        for slot in &mut self.feeds {
            slot.link = Link::Connecting { since: now.utc };
        }
        out.push(Effect::Disconnect { line: self.line });
        out.push(self.connect());
    }
}

/// What the server says to a join that the user, or the token, may not make.
pub(crate) fn is_unauthorized(response: &Value) -> bool {
    response.get("reason").and_then(Value::as_str) == Some("unauthorized")
}
