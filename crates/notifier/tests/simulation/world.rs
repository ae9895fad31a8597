use std::{
    collections::{BTreeMap, VecDeque},
    hash::{DefaultHasher, Hasher},
    time::{Duration, Instant},
};

use doorbell_emulator::{Config, Emulator};
use doorbell_knock::{AccountId, Draft, FeedOptions};
use doorbell_notifier::{self as notifier, Action, Event, FeedConfig, FeedNumber, Line, Now};
use time::OffsetDateTime;

use crate::{
    mailbox::Source,
    program::Program,
    screen::Screen,
    side::Side,
    tokens,
    wire::{Connected, Fault, Happening},
};

/// Items on a page, so that a life of a few hundred events has many pages.
pub(crate) const PAGE: usize = 10;

/// Everything there is: the program, its sockets, the server, the person's screen, and time.
pub(crate) struct World {
    pub(crate) random: fastrand::Rng,
    pub(crate) server: Emulator,
    pub(crate) config: Config,
    pub(crate) screen: Screen,
    pub(crate) tally: BTreeMap<&'static str, u64>,
    pub(crate) steps: u64,
    pub(crate) trace: DefaultHasher,
    /// Whether the story is printed.
    pub(crate) is_told: bool,
    /// Calm: no latency beyond a little, no failures.
    pub(crate) calm: bool,
    pub(crate) program: Program,
    /// To every account.
    pub(crate) is_signed_in: bool,
    pub(crate) lines: BTreeMap<Line, Connected>,
    /// The accounts, by user.
    pub(crate) sides: BTreeMap<String, Side>,
    /// The same by what the app calls them.
    pub(crate) users: Vec<(AccountId, String)>,
    /// Faults that last, and those that are to come with the next requests.
    pub(crate) faults: Faults,
    pub(crate) queue: BTreeMap<(Duration, u64), Happening>,
    pub(crate) queued: u64,
    pub(crate) attempts: u64,
    pub(crate) requests: u64,
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
        let has_tokens = random.u8(..) < 80;
        let config = Config {
            seed,
            rate_limits: true,
            enhanced_security: has_tokens,
            signing_key: has_tokens.then(tokens::key),
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
        let users = &USERS[..users];
        let sides = users
            .iter()
            .map(|user| ((*user).to_owned(), Side::new(sources, badge)));
        let mut settings = settings(sources, badge);
        if has_tokens {
            settings.tokens = tokens::sources(users);
        }
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
            program: Program::new(seed, settings),
            lines: BTreeMap::new(),
            sides: sides.collect(),
            users: Vec::new(),
            faults: Faults::default(),
            queue: BTreeMap::new(),
            queued: 0,
            attempts: 0,
            requests: 0,
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

    pub(crate) fn user_named(&self, account: &AccountId) -> Option<&str> {
        let found = self.users.iter().find(|(id, _)| id == account);
        found.map(|(_, user)| user.as_str())
    }

    /// Any user.
    pub(crate) fn someone(&mut self) -> String {
        let index = self.random.usize(..self.sides.len());
        self.sides.keys().nth(index).cloned().unwrap_or_default()
    }

    /// Every feed of every account.
    pub(crate) fn places(&self) -> Vec<(AccountId, FeedNumber)> {
        let feeds = |user: &String| 0..self.sides[user].sources.len() as u32;
        let places = self.users.iter().flat_map(|(account, user)| {
            feeds(user).map(|feed| (account.clone(), FeedNumber(feed)))
        });
        places.collect()
    }

    pub(crate) fn count(&mut self, name: &'static str) {
        *self.tally.entry(name).or_insert(0) += 1;
    }

    pub(crate) fn sleep(&mut self, time: Duration) {
        if self.asleep.is_none() {
            self.asleep = Some(Asleep {
                since: self.elapsed,
                until: self.elapsed + time,
            });
            self.schedule(time, Happening::Wake);
            self.disturb();
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
        if !self.program.is_up() {
            return;
        }
        let now = self.awake();
        for connected in self.lines.values_mut() {
            connected.watch.hurried();
        }
        for side in self.sides.values_mut() {
            side.traffic.owe("waking up", now);
            side.tokens.insisted();
        }
        self.tell(Event::Woke);
    }

    /// The computer's clock is off from now on.
    pub(crate) fn set_clock(&mut self, off: time::Duration) {
        self.off = off;
        self.disturb();
        for side in self.sides.values_mut() {
            side.tokens.insisted();
        }
    }

    /// The app cannot be expected to know in time when its tokens end.
    fn disturb(&mut self) {
        for side in self.sides.values_mut() {
            side.tokens.disturbed();
        }
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
                self.time_passes();
            }
            if there == Some(next) {
                let Some((_, happening)) = self.queue.pop_first() else {
                    continue;
                };
                match self.asleep {
                    // It waits in the computer's buffers until it is awake.
                    Some(asleep) if happening.is_here() => {
                        let at = asleep.until + Duration::from_nanos(1);
                        self.schedule_at(at, happening);
                    }
                    Some(_) | None => self.happen(happening),
                }
            } else {
                self.time_out();
            }
            self.judge_the_screen();
        }
        self.elapsed = self.elapsed.max(end);
    }

    fn time_passes(&mut self) {
        let now = self.awake();
        for side in self.sides.values_mut() {
            side.traffic.pass(side.tokens.is_asked(), now);
        }
        for connected in self.lines.values() {
            connected.watch.pass(now);
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::DialServed {
                line,
                attempt,
                target,
            } => self.dial_served(line, attempt, &target),
            Happening::Dialled {
                line,
                attempt,
                result,
            } => self.dialled(line, attempt, result),
            Happening::ToServer { connection, text } => {
                let now = self.utc();
                self.server.receive(connection, &text, now);
                self.carry();
            }
            Happening::ToClient {
                line,
                attempt,
                text,
                sent,
            } => self.reach_client(line, attempt, &text, sent),
            Happening::ClosedAtServer { connection } => self.server.disconnected(connection),
            Happening::ClosedAtClient {
                line,
                attempt,
                code,
            } => self.closed(line, attempt, code),
            Happening::Served(asked) => self.served(asked),
            Happening::Answered {
                asked,
                response,
                served,
            } => self.answered(&asked, response, served),
            Happening::DoneInBulk { user, request } => self.done_in_bulk(&user, &request),
            Happening::Minted { line, user, result } => self.minted(line, &user, result),
            Happening::Desktop(event) => self.desktop_says(event),
            Happening::Shown(toast) => self.toast_shown(&toast),
            Happening::SaidShown(key) => self.toast_said_shown(&key),
            Happening::Withdrawn(key) => self.toast_withdrawn(&key),
            Happening::Mend(fault) => self.mend(fault),
            Happening::Start => self.start(),
            Happening::Wake => {
                if self.is_asleep() {
                    self.wake_up();
                    if self.random.bool() {
                        self.woke();
                    }
                }
            }
        }
    }

    fn time_out(&mut self) {
        let now = self.now();
        let due: Vec<Line> = self.lines.keys().copied().collect();
        for line in due {
            self.timeout(line);
        }
        let deadline = self.program.app().and_then(|app| app.deadline(now));
        if deadline.is_some_and(|at| at <= now.instant) {
            self.tell(Event::Tick);
        }
        self.let_toasts_out();
    }

    fn next_deadline(&self) -> Option<Duration> {
        let now = self.now();
        let app = self.program.app().and_then(|app| app.deadline(now));
        let scribe = self.program.scribe().and_then(|scribe| scribe.deadline());
        let sockets = self.lines.values().filter_map(|line| line.waits_until);
        let next = app.into_iter().chain(scribe).chain(sockets).min();
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

    pub(crate) fn is_asleep(&self) -> bool {
        self.asleep.is_some()
    }

    /// Writes the story down, when somebody reads it.
    pub(crate) fn note(&self, kind: &str, what: &impl std::fmt::Debug) {
        if self.is_told {
            let what = format!("{what:?}");
            let brief: String = what.chars().take(40_000).collect();
            println!("{:>12.3?} {kind:<7} {brief}", self.elapsed);
        }
    }
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
pub(crate) const COMMENTS: &str = "new-comment";
