use std::time::{Duration, Instant};

use doorbell_knock::{AccountId, Credentials, Failure, FeedPage};
use time::OffsetDateTime;

use crate::{
    account::Account,
    action::{Filter, Invitation, Only},
    config::Config,
    desktop::Desktop,
    ending::Ending,
    event::{Effect, Event, Line, Now},
    feed_slot::FeedNumber,
    newest,
    news::Manner,
    pictures::Pictures,
    projection,
    quiet::{self, Hold},
    render::Renderer,
    sign_in::Trial,
    store::{Change, Kept, Pause},
    tray::Tray,
    view::{Problem, View},
    words::Words,
};

/// The whole app as a value: it is told what happened and says what to do.
///
/// Nothing in here waits, reads a clock or talks to anybody, so that the simulation can run
/// days of it in a second. See [`App::handle`].
#[derive(Debug)]
pub struct App {
    pub(crate) config: Config,
    pub(crate) words: Words,
    pub(crate) keychain: Keychain,
    /// Who is signed in, in the order of sign-in.
    pub(crate) accounts: Vec<Account>,
    /// A sign-in that is being checked; whoever is signed in stays so, whatever comes of it.
    pub(crate) trial: Option<Trial>,
    /// Why nobody is signed in, or one more could not sign in.
    pub(crate) problem: Option<Problem>,
    pub(crate) window: Option<Window>,
    /// What the window shows, or will when it opens.
    pub(crate) current: Place,
    /// What the window shows of it, or will when it opens.
    pub(crate) page: Page,
    /// What the person asked for.
    pub(crate) pause: Pause,
    /// A sentence for the person that is about no account, until it is dismissed.
    pub(crate) notice: Option<String>,
    /// What is remembered of accounts that the keychain has not named yet.
    pub(crate) kept: Kept,
    /// To be written down of accounts that are gone.
    pub(crate) last_changes: Vec<Change>,
    random: fastrand::Rng,
    lines: u64,
    pub(crate) endings: Vec<Ending>,
    tray: Option<Tray>,
    pub(crate) view: Option<View>,
    renderer: Renderer,
    pictures: Pictures,
}

/// What is known of the keychain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keychain {
    /// It has not answered yet.
    Unknown,
    /// It could not be read.
    Locked,
    /// What it held is known, or does not matter any more.
    Read,
}

/// One feed of one account. An account that is not there stands for the first one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) account: Option<AccountId>,
    pub(crate) feed: FeedNumber,
}

/// What stands in the window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Page {
    #[default]
    List,
    /// The form for one more account, with what a link has filled in.
    SignIn(Option<Invitation>),
    Preferences,
    Settings,
}

/// The part of the list that the window shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    pub(crate) filter: Filter,
    pub(crate) only: Only,
    pub(crate) first: u32,
    pub(crate) count: u32,
}

impl Window {
    /// Down to which row of its feed it shows something.
    fn rows(&self) -> usize {
        let whole = matches!(self.filter, Filter::All | Filter::Archived);
        match whole && self.only == Only::default() {
            true => (self.first as usize + self.count as usize).max(1),
            // How far down those are that are left is not known.
            false => usize::MAX,
        }
    }
}

impl App {
    /// An app that knows nothing yet but what it remembers. The seed feeds jitter and reference ids.
    pub fn new(seed: u64, config: Config, kept: Kept) -> App {
        App {
            words: Words::of(config.language),
            config,
            keychain: Keychain::Unknown,
            accounts: Vec::new(),
            trial: None,
            problem: None,
            window: None,
            current: Place::default(),
            page: Page::default(),
            pause: kept.pause,
            notice: None,
            kept,
            last_changes: Vec::new(),
            random: fastrand::Rng::with_seed(seed),
            lines: 0,
            endings: Vec::new(),
            tray: None,
            view: None,
            renderer: Renderer::default(),
            pictures: Pictures::default(),
        }
    }

    /// What is to be done now that this has happened, in order.
    pub fn handle(&mut self, event: Event, now: Now) -> Vec<Effect> {
        let mut out = Vec::new();
        let holds = self.hold(now).is_some();
        for account in &mut self.accounts {
            account.news.handed_over();
            account.hold(holds, &mut out);
        }
        match event {
            Event::Restored(found) => self.restored(found, now, &mut out),
            Event::KeychainUnavailable(reason) => self.locked(&reason),
            Event::Do(action) => {
                let place = self.current.clone();
                self.act(action, place, now, &mut out);
            }
            Event::WindowGone => {
                self.window = None;
                self.view = None;
                self.page = Page::List;
                for account in &mut self.accounts {
                    account.highlight = None;
                }
            }
            Event::Opened {
                account,
                item,
                result,
            } => {
                if let Some(account) = self.accounts.iter_mut().find(|its| its.id == account) {
                    account.opened(item, result, now, &mut out);
                }
            }
            Event::Stored(result) => self.stored(result, now, &mut out),
            Event::Forgotten(result) => self.forgotten(result),
            Event::Unreached { line, obstacle } => {
                if let Some(account) = self.on_line(line) {
                    account.unreached(obstacle);
                }
            }
            Event::Woke => {
                for account in self.everybody() {
                    account.wake(now, &mut out);
                }
            }
            Event::Channel { line, event } => {
                if let Some(account) = self.on_line(line) {
                    account.channel(line, event, now, &mut out);
                }
            }
            Event::Fetched { line, feed, result } => {
                self.fetched(line, feed, result, now, &mut out);
            }
            Event::Settled { line, mark, result } => {
                let mut everybody = self.everybody();
                let account = everybody.find(|its| its.is_on(line) || its.awaits_mark_on(line));
                if let Some(account) = account {
                    account.settled(line, mark, result, now, &mut out);
                }
            }
            Event::SettingsFetched { line, feed, result } => {
                if let Some(account) = self.on_line(line) {
                    account.settings_came(feed, result);
                }
            }
            Event::TokenRefreshed { line, result } => {
                if let Some(account) = self.on_line(line) {
                    account.refreshed(result, now, &mut out);
                }
            }
            Event::PreferencesCame { line, result } => {
                if let Some(account) = self.on_line(line) {
                    account.preferences_came(line, result);
                }
            }
            Event::PictureCame { url, there } => self.pictures.came(&url, there, now.instant),
            Event::Configured(config) => self.configure(*config, &mut out),
            Event::List { asked, of } => {
                let items = newest::newest(self, of.as_ref());
                out.push(Effect::Desktop(Desktop::Listed { asked, items }));
            }
            Event::Unkept(sentence) => self.notice = Some(sentence),
            Event::Tick => {}
        }
        self.try_on(now, &mut out);
        self.step(now, &mut out);
        self.show(now, &mut out);
        let changes = self.changes();
        let told = told(&changes, &out);
        if !changes.is_empty() {
            let changes = changes.into_iter();
            let changes =
                changes.map(
                    |change| match told.iter().find(|(told, _)| *told == change) {
                        Some((_, oldest)) => change.untold_from(*oldest),
                        None => change,
                    },
                );
            out.insert(0, Effect::Save(changes.collect()));
        }
        if !told.is_empty() {
            let changes = told.into_iter().map(|(change, _)| change);
            out.push(Effect::Save(changes.collect()));
        }
        out
    }

    /// What has to be written down before anything is done.
    fn changes(&mut self) -> Vec<Change> {
        let mut changes = std::mem::take(&mut self.last_changes);
        for account in &mut self.accounts {
            changes.extend(account.unwritten());
        }
        changes
    }

    /// When to send [`Event::Tick`] if nothing else happens before.
    pub fn deadline(&self, now: Now) -> Option<Instant> {
        let accounts = self.accounts.iter();
        let accounts = accounts.filter_map(|account| account.deadline(now));
        let trial = self.trial.as_ref().and_then(|trial| {
            let until = trial.proving_until()?;
            let own = trial.account.deadline(now);
            own.into_iter().chain([until]).min()
        });
        let endings = self.endings.iter().map(|ending| ending.until);
        let quiet = quiet::changes_at(self.pause, self.config.quiet_hours, now);
        let quiet = quiet.and_then(|at| {
            let wait = Duration::try_from(at - now.utc).unwrap_or_default();
            now.instant.checked_add(wait)
        });
        accounts.chain(trial).chain(endings).chain(quiet).min()
    }

    fn configure(&mut self, config: Config, out: &mut Vec<Effect>) {
        if self.config.avatars && !config.avatars {
            self.pictures.forget();
            out.push(Effect::ForgetPictures);
        }
        self.config = Config {
            feeds: std::mem::take(&mut self.config.feeds),
            tokens: std::mem::take(&mut self.config.tokens),
            plain_http: std::mem::take(&mut self.config.plain_http),
            ..config
        };
        self.words = Words::of(self.config.language);
        let manner = Manner::of(&self.config, &self.words);
        for account in &mut self.accounts {
            account.words = self.words.clone();
            account.news.set_manner(manner.clone());
            account.schemes = self.config.schemes_of(&account.credentials.user_id);
        }
    }

    /// Toasts wait while this is something.
    pub(crate) fn hold(&self, now: Now) -> Option<Hold> {
        quiet::hold(self.pause, self.config.quiet_hours, now)
    }

    /// The account of a place, if it is still there.
    pub(crate) fn at(&mut self, place: &Place) -> Option<&mut Account> {
        match &place.account {
            Some(id) => self.accounts.iter_mut().find(|account| account.id == *id),
            None => self.accounts.first_mut(),
        }
    }

    /// What the window shows from now on; whether that is something else than before.
    pub(crate) fn go_to(&mut self, place: Place) -> bool {
        let known = self.accounts.iter().any(|account| {
            place.account.as_ref() == Some(&account.id) && account.slot(place.feed).is_some()
        });
        if !known || place == self.current {
            return false;
        }
        self.current = place;
        true
    }

    /// Somebody looks at what the window shows.
    pub(crate) fn watched(&mut self, now: Now) {
        let place = self.current.clone();
        if let Some(account) = self.at(&place) {
            account.watched(place.feed, now);
        }
    }

    /// Those who are signed in, and who tries to.
    fn everybody(&mut self) -> impl Iterator<Item = &mut Account> {
        let trial = self.trial.as_mut().map(|trial| &mut trial.account);
        self.accounts.iter_mut().chain(trial)
    }

    fn on_line(&mut self, line: Line) -> Option<&mut Account> {
        self.everybody().find(|account| account.is_on(line))
    }

    fn fetched(
        &mut self,
        line: Line,
        feed: FeedNumber,
        result: Result<FeedPage, Failure>,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        if let Err(failure) = &result
            && self.failed_trial(line, feed, failure, out)
        {
            return;
        }
        // Who is not signed in yet is told of nothing.
        let quiet = !self.accounts.iter().any(|account| account.is_on(line));
        if let Some(account) = self.on_line(line) {
            account.fetched(line, feed, result, quiet, now, out);
        }
    }

    /// Gives a line to every account that goes on under other credentials.
    fn move_accounts(&mut self, now: Now, out: &mut Vec<Effect>) {
        let mut next = self.lines;
        for account in self.everybody() {
            if let Some(moving) = account.moving.take() {
                next += 1;
                account.carry_out(moving, Line(next), now, out);
            }
        }
        self.lines = next;
    }

    fn step(&mut self, now: Now, out: &mut Vec<Effect>) {
        self.move_accounts(now, out);
        if let Some(trial) = &mut self.trial {
            trial.account.step(None, now, out);
        }
        let holds = self.hold(now).is_some();
        let current = self.current.account.clone();
        let current = current.or_else(|| self.accounts.first().map(|first| first.id.clone()));
        for account in &mut self.accounts {
            account.hold(holds, out);
            let looks = self.window.as_ref();
            let looks = looks.filter(|_| current.as_ref() == Some(&account.id));
            let feed = self.current.feed;
            let archive = looks.is_some_and(|window| window.filter == Filter::Archived);
            account.look_into_archive(archive.then_some(feed), now);
            account.step(looks.map(|window| (feed, window.rows())), now, out);
        }
        for ending in std::mem::take(&mut self.endings) {
            let mut concerned = self.accounts.iter();
            let flushing = concerned
                .any(|account| ending.what.concerns(account) && account.has_unsent_marks());
            if flushing && now.instant < ending.until {
                self.endings.push(ending);
            } else {
                self.end(ending.what, out);
            }
        }
    }

    /// Publishes the tray, and the view while somebody watches, if they changed.
    fn show(&mut self, now: Now, out: &mut Vec<Effect>) {
        let tray = projection::tray(self, now);
        if self.tray.as_ref() != Some(&tray) {
            self.tray = Some(tray.clone());
            out.push(Effect::Desktop(Desktop::Tray(tray)));
        }
        // While the keychain is being read there is nothing true to show yet.
        let reading = self.keychain == Keychain::Unknown && self.accounts.is_empty();
        let Some(window) = self.window.as_ref().filter(|_| !reading) else {
            return;
        };
        let mut renderer = std::mem::take(&mut self.renderer);
        let mut pictures = std::mem::take(&mut self.pictures);
        let view = projection::view(self, window, &mut renderer, &mut pictures, now);
        pictures.ask(now.instant, out);
        (self.renderer, self.pictures) = (renderer, pictures);
        if self.view.as_ref() != Some(&view) {
            self.view = Some(view.clone());
            out.push(Effect::Desktop(Desktop::View(Box::new(view))));
        }
    }

    pub(crate) fn new_account(&mut self, credentials: Credentials, now: Now) -> Account {
        let line = self.new_line();
        let random = self.random.fork();
        Account::new(line, credentials, &self.config, &self.words, random, now)
    }

    pub(crate) fn new_line(&mut self) -> Line {
        self.lines += 1;
        Line(self.lines)
    }
}

/// How feeds stand of which toasts are to tell, and the oldest item of each that they tell of.
fn told(changes: &[Change], effects: &[Effect]) -> Vec<(Change, OffsetDateTime)> {
    let tells: Vec<&Change> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Tell { changes, .. } => Some(changes),
            _ => None,
        })
        .flatten()
        .collect();
    let told = changes.iter().filter_map(|change| {
        let Change::Feed { account, feed, .. } = change else {
            return None;
        };
        let met = tells.iter();
        let oldest = met
            .filter_map(|told| told.oldest_met(account, feed))
            .min()?;
        Some((change.clone(), oldest))
    });
    told.collect()
}
