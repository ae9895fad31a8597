use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
    time::{Duration, Instant},
};

use doorbell_emulator::{Config, Emulator};
use doorbell_knock::{AccountId, Draft, FeedOptions, ItemId, Request, api};
use doorbell_notifier::{
    self as notifier, Action, App, Desktop, Effect, Event, Face, FeedConfig, FeedNumber, Filter,
    Line, Mark, Now, ToastKey,
    store::{Kept, Store},
};
use doorbell_phoenix::Output;
use time::OffsetDateTime;

use crate::{
    invariant::Invariant,
    mailbox::{Source, Write, Writer},
    screen::Screen,
    side::Side,
    wire::{Connected, Fault, Happening},
};

/// Items on a page, so that a life of a few hundred events has many pages.
pub(crate) const PAGE: usize = 10;

/// Everything there is: the app, its sockets, the server, the person's screen, and time.
pub(crate) struct World {
    pub(crate) random: fastrand::Rng,
    pub(crate) server: Emulator,
    pub(crate) config: Config,
    pub(crate) screen: Screen,
    pub(crate) tally: BTreeMap<&'static str, u64>,
    pub(crate) steps: u64,
    trace: DefaultHasher,
    /// Whether the story is printed.
    pub(crate) is_told: bool,
    /// Calm: no latency beyond a little, no failures.
    pub(crate) calm: bool,
    pub(crate) app: App,
    /// What the app has written down.
    store: Store,
    /// To every account.
    is_signed_in: bool,
    pub(crate) lines: BTreeMap<Line, Connected>,
    /// The accounts, by user.
    pub(crate) sides: BTreeMap<String, Side>,
    /// The same by what the app calls them.
    pub(crate) users: Vec<(AccountId, String)>,
    /// Faults that last, and those that are to come with the next requests.
    pub(crate) faults: Faults,
    queue: BTreeMap<(Duration, u64), Happening>,
    queued: u64,
    pub(crate) attempts: u64,
    /// Since the beginning, as the server counts.
    pub(crate) elapsed: Duration,
    /// How much of it the computer slept.
    slept: Duration,
    asleep: Option<Asleep>,
    /// How far the computer's wall clock is off.
    pub(crate) off: time::Duration,
    birth: Instant,
    /// When the server sent the frame that is being read.
    pub(crate) frame_sent: Duration,
}

/// What is wrong at the moment.
#[derive(Default)]
pub(crate) struct Faults {
    pub(crate) lasting: Vec<Fault>,
    /// The next requests fail with a status and, perhaps, a `Retry-After` in seconds.
    pub(crate) failing: VecDeque<(u16, Option<u64>)>,
    /// As many of the next marks are refused.
    pub(crate) refused_marks: u32,
    /// Upgrades are refused with this.
    pub(crate) refusal: Option<(u16, Option<Duration>)>,
}

#[derive(Clone, Copy)]
struct Asleep {
    since: Duration,
    until: Duration,
}

impl World {
    pub(crate) fn new(seed: u64) -> World {
        let mut random = fastrand::Rng::with_seed(seed);
        let config = Config {
            seed,
            rate_limits: true,
            ..Config::default()
        };
        let sources: &[Source] = match random.u8(..) {
            0..120 => &[None],
            120..190 => &[None, Some(COMMENTS)],
            190.. => &[Some(COMMENTS), None],
        };
        let badge = random.usize(..sources.len());
        let users = match random.u8(..) {
            0..160 => 1,
            160.. => USERS.len(),
        };
        let sides = USERS[..users].iter();
        let sides = sides.map(|user| ((*user).to_owned(), Side::new(sources, badge)));
        World {
            server: Emulator::new(config.clone()),
            config,
            screen: Screen::default(),
            tally: BTreeMap::new(),
            steps: 0,
            trace: DefaultHasher::new(),
            is_told: false,
            calm: false,
            is_signed_in: false,
            app: App::new(seed, settings(sources, badge), Kept::default()),
            store: Store::open_in_memory(),
            lines: BTreeMap::new(),
            sides: sides.collect(),
            users: Vec::new(),
            faults: Faults::default(),
            queue: BTreeMap::new(),
            queued: 0,
            attempts: 0,
            elapsed: Duration::ZERO,
            slept: Duration::ZERO,
            asleep: None,
            off: time::Duration::ZERO,
            birth: Instant::now(),
            frame_sent: Duration::ZERO,
            random,
        }
    }

    /// A hash of everything that has happened.
    pub(crate) fn trace(&self) -> u64 {
        self.trace.finish()
    }

    /// Some items exist, and the person signs in to every account.
    pub(crate) fn sign_in(&mut self) {
        for _ in 0..self.random.usize(0..PAGE * 3) {
            self.trigger();
        }
        self.calm = true;
        self.tell(Event::Restored(Vec::new()));
        for user in self.sides.keys().cloned().collect::<Vec<_>>() {
            let draft = Draft {
                public_key: self.config.public_key.clone(),
                user_id: user.clone(),
                feed_id: self.config.feed_id.clone(),
                host: "http://127.0.0.1:1".to_owned(),
                ..Draft::default()
            };
            self.side(&user).mailbox.signed_in();
            self.screen.signed_in = None;
            self.tell(Event::Do(Action::SignIn { draft }));
            self.run_for(Duration::from_secs(2));
            assert_eq!(
                self.screen.signed_in,
                Some(true),
                "signing in to a calm server works"
            );
        }
        self.is_signed_in = true;
        self.calm = false;
    }

    pub(crate) fn side(&mut self, user: &str) -> &mut Side {
        self.sides.get_mut(user).expect("a user of this world")
    }

    /// Whose line it is.
    pub(crate) fn user_of(&self, line: Line) -> Option<String> {
        let connected = self.lines.get(&line)?;
        Some(connected.credentials.user_id.to_string())
    }

    fn user_named(&self, account: &AccountId) -> Option<&str> {
        let found = self.users.iter().find(|(id, _)| id == account);
        found.map(|(_, user)| user.as_str())
    }

    /// An account and one of its feeds.
    pub(crate) fn some_place(&mut self) -> (AccountId, FeedNumber) {
        let (account, user) = self.users[self.random.usize(..self.users.len())].clone();
        let feeds = self.side(&user).sources.len();
        (account, FeedNumber(self.random.u32(..feeds as u32)))
    }

    /// Any user.
    pub(crate) fn someone(&mut self) -> String {
        let index = self.random.usize(..self.sides.len());
        self.sides.keys().nth(index).cloned().unwrap_or_default()
    }

    pub(crate) fn trigger(&mut self) {
        let user = self.someone();
        if self.side(&user).mailbox.len() >= MOST_ITEMS {
            return;
        }
        self.elapsed += Duration::from_millis(1);
        let now = self.utc();
        let text = format!("item {}", self.queued);
        let workflow = match self.random.u8(..) {
            0..150 => "new-message",
            150.. => COMMENTS,
        };
        let data = serde_json::json!({"message": text, "comment": text});
        let id = self
            .server
            .trigger(workflow, &user, data, now)
            .expect("a demo workflow");
        let micros = now.nanosecond() / 1000 * 1000;
        let at = now.replace_nanosecond(micros).expect("fewer nanoseconds");
        let elapsed = self.elapsed;
        let side = self.side(&user);
        side.mailbox.insert(id, workflow, at);
        side.changed(Some(workflow), elapsed);
        self.carry();
    }

    /// What the person does in the feed that the window shows.
    pub(crate) fn act(&mut self, action: Action) {
        let Some((account, feed)) = self.screen.place() else {
            return;
        };
        self.act_in(account, feed, action);
    }

    /// What the person does in a feed.
    pub(crate) fn act_in(&mut self, account: AccountId, feed: FeedNumber, action: Action) {
        if self.asleep.is_some() {
            return;
        }
        let (at, by_computer) = (self.utc(), self.now().utc);
        if let Some(user) = self.user_named(&account).map(str::to_owned) {
            let side = self.side(&user);
            let source = side.source(feed);
            match &action {
                Action::Mark { ids, mark } => side.mailbox.said(ids, *mark == Mark::Read),
                Action::MarkAll { .. } => side.mailbox.said_all(source, at, by_computer),
                _ => {}
            }
        }
        self.tell(Event::Do(Action::In {
            account,
            feed: Some(feed),
            action: Box::new(action),
        }));
    }

    /// A person asks to try again.
    pub(crate) fn retry(&mut self) {
        if self.asleep.is_none() {
            for side in self.sides.values_mut() {
                side.traffic.insisted();
            }
            self.tell(Event::Do(Action::Retry));
        }
    }

    /// What another device does.
    pub(crate) fn elsewhere(&mut self, status: &str) {
        let user = self.someone();
        let mut random = self.random.fork();
        let Some(id) = self.side(&user).mailbox.some(&mut random) else {
            return;
        };
        let request = Request {
            method: api::Method::Post,
            path: format!("/v1/messages/batch/{status}"),
            query: Vec::new(),
            body: Some(serde_json::json!({ "message_ids": [id] })),
        };
        let key = self.config.secret_key.clone();
        let response = self.serve(&request, &key);
        if response.status == 200 {
            self.applied(&user, &request, &left_out(&response), Writer::Elsewhere);
        }
    }

    /// The server has done what a request asked for.
    pub(crate) fn applied(
        &mut self,
        user: &str,
        request: &Request,
        left_out: &BTreeSet<String>,
        by: Writer,
    ) {
        let write = Write::parse(request);
        let now = self.elapsed;
        let side = self.side(user);
        if side.mailbox.applied(&write, left_out, by) {
            side.changed(None, now);
        }
    }

    pub(crate) fn close_window(&mut self) {
        if self.asleep.is_none() {
            self.screen.view = None;
            self.tell(Event::WindowGone);
        }
    }

    pub(crate) fn sleep(&mut self, time: Duration) {
        if self.asleep.is_none() {
            self.asleep = Some(Asleep {
                since: self.elapsed,
                until: self.elapsed + time,
            });
            self.schedule(time, Happening::Wake);
        }
    }

    /// Time passes until the computer wakes up.
    pub(crate) fn sleep_in(&mut self) {
        if let Some(asleep) = self.asleep {
            self.run_for(asleep.until.saturating_sub(self.elapsed));
        }
    }

    pub(crate) fn wake_up(&mut self) {
        if let Some(asleep) = self.asleep.take() {
            self.slept += self.elapsed - asleep.since;
        }
    }

    /// The network is back, or the computer awake.
    pub(crate) fn woke(&mut self) {
        let now = self.awake();
        for side in self.sides.values_mut() {
            side.traffic.hurried();
            side.traffic.owe("waking up", now);
        }
        self.tell(Event::Woke);
    }

    /// The last fault ends, and everything has a minute to come right.
    pub(crate) fn calm_down(&mut self) {
        self.sleep_in();
        self.calm = true;
        self.faults = Faults::default();
        self.server.withhold(Default::default());
        self.server.refuse_connections(None);
        self.release_kept_back();
        self.woke();
        // The server may be at each call for all items that waits for as long as that, and takes no more than one mark
        // of an item a second: a long queue is longer on its way.
        let waiting = self.sides.values().map(|side| side.mailbox.waiting());
        let queue = waiting.map(|(calls, marks)| IN_BULK * calls + A_MARK * marks);
        let queue = queue.sum::<Duration>();
        let mut left = Duration::from_secs(60) + queue - LOOK * self.places().len() as u32;
        while left > Duration::ZERO {
            // A person who sees that the key is refused tries again.
            if self.sides.values().any(|side| side.traffic.refused) {
                self.retry();
            }
            let time = left.min(Duration::from_secs(10));
            self.run_for(time);
            left -= time;
        }
    }

    /// Every feed of every account.
    fn places(&self) -> Vec<(AccountId, FeedNumber)> {
        let feeds = |user: &String| 0..self.sides[user].sources.len() as u32;
        let places = self.users.iter().flat_map(|(account, user)| {
            feeds(user).map(|feed| (account.clone(), FeedNumber(feed)))
        });
        places.collect()
    }

    /// The window shows everything that one view can carry of a feed.
    pub(crate) fn show(&mut self, account: AccountId, feed: FeedNumber) {
        let show = Action::Show {
            filter: Filter::All,
            only: Default::default(),
            first: 0,
            count: 200,
        };
        self.act_in(account, feed, show);
    }

    /// Lets time pass.
    pub(crate) fn run_for(&mut self, time: Duration) {
        let end = self.elapsed + time;
        loop {
            let here = self
                .asleep
                .is_none()
                .then(|| self.next_deadline())
                .flatten();
            let there = self.queue.first_key_value().map(|((at, _), _)| *at);
            let Some(next) = here
                .into_iter()
                .chain(there)
                .min()
                .filter(|next| *next <= end)
            else {
                break;
            };
            self.elapsed = self.elapsed.max(next);
            self.steps += 1;
            assert!(self.steps < 100_000, "the world does not come to rest");
            if self.asleep.is_none() {
                for side in self.sides.values() {
                    side.traffic.pass(self.awake());
                }
            }
            if there == Some(next) {
                let Some((_, happening)) = self.queue.pop_first() else {
                    continue;
                };
                match self.asleep {
                    // It waits in the computer's buffers until it is awake.
                    Some(asleep) if happening.is_here() => {
                        self.queued += 1;
                        let at = asleep.until + Duration::from_nanos(1);
                        self.queue.insert((at, self.queued), happening);
                    }
                    _ => self.happen(happening),
                }
            } else {
                self.time_out();
            }
            self.judge_the_screen();
        }
        self.elapsed = self.elapsed.max(end);
    }

    /// While the app has heard of everything that has happened, it shows it.
    fn judge_the_screen(&self) {
        if self.asleep.is_some() || !self.is_signed_in {
            return;
        }
        let badges = self.sides.values().map(Side::badge);
        if let Some(unread) = badges.sum::<Option<u64>>()
            && let Some(Face::Count(shown) | Face::Offline(shown)) = self.screen.face()
        {
            Invariant::Badge.holds(shown == unread, || {
                let each: Vec<_> = self.sides.values().map(Side::badge).collect();
                format!("it shows {shown} where {unread} are unread: {each:?}")
            });
        }
        let Some((account, feed)) = self.screen.place() else {
            return;
        };
        let user = self.user_named(&account).unwrap_or_default();
        let Some(side) = self.sides.get(user).filter(|side| side.knows_rows(feed)) else {
            return;
        };
        let listed = side
            .mailbox
            .listed(side.source(feed))
            .map(|(id, item)| (id.as_str(), item.is_unread_for_the_person()));
        for (row, (id, is_unread)) in self.screen.rows().iter().zip(listed).take(PAGE) {
            Invariant::Rows.holds(row.id.0 == id && row.unread == is_unread, || {
                format!(
                    "a row shows {} (unread: {}) where {id} (unread: {is_unread}) is",
                    row.id.0, row.unread
                )
            });
        }
    }

    /// In the end everything is as the server says, and as the person said.
    pub(crate) fn judge(&mut self) {
        for side in self.sides.values() {
            side.mailbox.judge_marks();
        }
        let face = self.screen.face();
        Invariant::Online.holds(matches!(face, Some(Face::Count(_))), || {
            format!("the tray shows {face:?}")
        });
        for (account, feed) in self.places() {
            self.show(account.clone(), feed);
            self.run_for(LOOK);
            self.judge_list(&account, feed);
        }
        let face = self.screen.face();
        let unread = |side: &Side| side.mailbox.counts(side.sources[side.badge]).1;
        let unread = self.sides.values().map(unread).sum();
        Invariant::Counts.holds(face == Some(Face::Count(unread)), || {
            format!("the tray shows {face:?} where {unread} are unread")
        });
        for side in self.sides.values() {
            let near = side.mailbox.listed(None).take(PAGE);
            let near = near.map(|(id, _)| id.clone()).collect();
            side.toasts.judge(&side.mailbox, &near);
        }
    }

    fn judge_list(&self, account: &AccountId, feed: FeedNumber) {
        let place = self.screen.place();
        Invariant::List.holds(place.as_ref() == Some(&(account.clone(), feed)), || {
            format!("the window shows {place:?}, not {feed:?}")
        });
        let side = &self.sides[self.user_named(account).unwrap_or_default()];
        let source = side.source(feed);
        let (shown, is) = (self.screen.counts(), side.mailbox.counts(source));
        Invariant::Counts.holds(shown == Some(is), || {
            format!("the window counts {shown:?} where it is {is:?}")
        });
        let listed: Vec<_> = side.mailbox.listed(source).collect();
        let rows = self.screen.rows();
        Invariant::List.holds(rows.len() >= listed.len().min(PAGE), || {
            format!("{} rows of {}", rows.len(), listed.len())
        });
        for (index, (row, (id, item))) in rows.iter().zip(&listed).enumerate() {
            Invariant::Account.holds(side.mailbox.get(&row.id.0).is_some(), || {
                format!("a row shows {}, which is another account's", row.id)
            });
            let shown = (&row.id.0, row.unread, row.unseen);
            let is = (*id, !item.read, !item.seen);
            Invariant::List.holds(shown == is, || {
                format!("row {index} shows {shown:?} where {is:?} is")
            });
        }
    }

    /// What the app holds is bounded, whatever has happened.
    pub(crate) fn judge_memory(&self) {
        let held = format!("{:?}", self.app).len();
        Invariant::Memory.holds(held <= MOST_HELD, || {
            format!("the app holds {held} characters")
        });
    }

    fn time_out(&mut self) {
        let now = self.now();
        let due: Vec<Line> = self.lines.keys().copied().collect();
        for line in due {
            self.timeout(line);
        }
        if self.app.deadline(now).is_some_and(|at| at <= now.instant) {
            self.tell(Event::Tick);
        }
    }

    pub(crate) fn tell(&mut self, event: Event) {
        (self.elapsed, std::mem::discriminant(&event)).hash(&mut self.trace);
        match &event {
            Event::Opened {
                account,
                item,
                result: Ok(()),
            } => {
                let user = self.user_named(account).unwrap_or_default().to_owned();
                let mailbox = &mut self.side(&user).mailbox;
                mailbox.said(std::slice::from_ref(item), true);
            }
            Event::Channel { line, event } => self.heard(*line, event),
            _ => {}
        }
        self.note("event", &event);
        let now = self.now();
        for effect in self.app.handle(event, now) {
            self.perform(effect);
        }
    }

    /// Writes the story down, when somebody reads it.
    pub(crate) fn note(&self, kind: &str, what: &impl std::fmt::Debug) {
        if self.is_told {
            let what = format!("{what:?}");
            let brief: String = what.chars().take(300).collect();
            println!("{:>12.3?} {kind:<7} {brief}", self.elapsed);
        }
    }

    fn perform(&mut self, effect: Effect) {
        self.note("effect", &effect);
        std::mem::discriminant(&effect).hash(&mut self.trace);
        match effect {
            Effect::Desktop(desktop) => self.desktop(desktop),
            Effect::Save(changes) => self.store.save(&changes).expect("there is room"),
            Effect::Tell { changes, toast } => {
                self.store.save(&changes).expect("there is room");
                self.desktop(Desktop::Toast(toast));
            }
            other => self.reach_out(other),
        }
    }

    fn desktop(&mut self, desktop: Desktop) {
        let latency = self.latency();
        match desktop {
            Desktop::Store(_) => self.schedule(latency, Happening::Desktop(Event::Stored(Ok(())))),
            Desktop::OpenUrl { account, item, .. } => {
                let result = match self.calm || self.random.u8(..) > 25 {
                    true => Ok(()),
                    false => Err("no browser".to_owned()),
                };
                let opened = Event::Opened {
                    account,
                    item,
                    result,
                };
                self.schedule(latency, Happening::Desktop(opened));
            }
            Desktop::Toast(toast) => {
                if let Some(side) = self.side_of(&toast.key) {
                    side.toasts.shows(&toast, &side.mailbox);
                }
            }
            Desktop::Withdraw(key) => {
                if let Some(side) = self.side_of(&key) {
                    side.toasts.withdrawn(&key);
                }
            }
            shown => {
                self.screen.shown(shown);
            }
        }
    }

    /// The account that a toast is about.
    fn side_of(&mut self, key: &ToastKey) -> Option<&mut Side> {
        let (ToastKey::Item { account, .. } | ToastKey::Summary { account, .. }) = key else {
            return None;
        };
        let user = self.user_named(account)?.to_owned();
        self.sides.get_mut(&user)
    }

    fn next_deadline(&mut self) -> Option<Duration> {
        let now = self.now();
        let mut next = self.app.deadline(now);
        for connected in self.lines.values_mut() {
            if let Output::Wait(Some(at)) = connected.socket.poll(now.instant) {
                next = Some(next.map_or(at, |next| next.min(at)));
            }
        }
        let awake = next?.saturating_duration_since(self.birth);
        Some((awake + self.slept).max(self.elapsed))
    }

    pub(crate) fn schedule(&mut self, after: Duration, happening: Happening) {
        self.schedule_at(self.elapsed + after, happening);
    }

    pub(crate) fn schedule_at(&mut self, at: Duration, happening: Happening) {
        self.queued += 1;
        self.queue.insert((at, self.queued), happening);
    }

    pub(crate) fn latency(&mut self) -> Duration {
        let top = match (self.calm, self.random.u8(..)) {
            (true, _) => 40,
            (false, 0..12) => 8_000,
            (false, _) => 300,
        };
        Duration::from_millis(self.random.u64(1..top))
    }

    /// For how long the computer has been awake.
    pub(crate) fn awake(&self) -> Duration {
        self.elapsed - self.slept
    }

    pub(crate) fn since_birth(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.birth)
    }

    /// As the computer's clocks say.
    pub(crate) fn now(&self) -> Now {
        Now {
            instant: self.birth + self.awake(),
            utc: self.utc() + self.off,
            offset: time::UtcOffset::UTC,
        }
    }

    /// As the server's clock says.
    pub(crate) fn utc(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::from_secs(1_900_000_000) + self.elapsed
    }

    /// Items that the person sees.
    pub(crate) fn on_screen(&self) -> Vec<ItemId> {
        self.screen
            .rows()
            .iter()
            .map(|row| row.id.clone())
            .collect()
    }

    pub(crate) fn is_asleep(&self) -> bool {
        self.asleep.is_some()
    }
}

/// Items that the server has left as they were, since they are marked too often.
pub(crate) fn left_out(response: &doorbell_emulator::Response) -> BTreeSet<String> {
    response
        .header(api::NOT_APPLIED_HEADER)
        .map(|ids| api::not_applied(ids).into_iter().map(|id| id.0).collect())
        .unwrap_or_default()
}

/// What the app is set to: these feeds, and which of them the tray counts.
fn settings(sources: &[Source], badge: usize) -> notifier::Config {
    let feeds = sources
        .iter()
        .enumerate()
        .map(|(index, source)| FeedConfig {
            name: format!("feed {index}"),
            badge: index == badge,
            options: FeedOptions {
                source: source.map(str::to_owned),
                page_size: Some(PAGE as u16),
                ..FeedOptions::default()
            },
            ..FeedConfig::default()
        });
    notifier::Config {
        feeds: feeds.collect(),
        ..notifier::Config::default()
    }
}

const USERS: [&str; 2] = ["demo-user", "second-user"];
/// The workflow whose items one of the feeds shows alone.
const COMMENTS: &str = "new-comment";
const IN_BULK: Duration = Duration::from_secs(12);
const A_MARK: Duration = Duration::from_millis(1_200);
/// The window shows a feed for so long before it is judged.
const LOOK: Duration = Duration::from_millis(2_500);
/// Items of one life.
const MOST_ITEMS: usize = 120;
/// Characters of the app's whole state, in words.
const MOST_HELD: usize = 1_500_000;
