//! The program on the computer: the app, the scribe with the store, and what performs what they want. It can be killed
//! between any two things that it does; what it has written down outlives it.

use std::{collections::VecDeque, hash::Hash, time::Duration};

use doorbell_knock::{Credentials, ItemId, MarkId};
use doorbell_notifier::{
    App, Config, Desktop, Effect, Event, Scribe, Toast, ToastKey,
    store::{Change, Kept, Store},
};
use time::OffsetDateTime;

use crate::{
    mailbox::{Source, Write},
    screen::Screen,
    side::{MOST_DOWN, Side},
    tokens,
    wire::{Call, Happening},
    world::World,
};

/// The program, whether it runs or not.
pub(crate) struct Program {
    running: Option<Box<Running>>,
    /// What it has left, while it does not run.
    left: Option<Store>,
    settings: Config,
    pub(crate) keychain: Vec<Credentials>,
    /// What waits until the app is done with what came before.
    inbox: VecDeque<(Event, Option<Word>)>,
    is_busy: bool,
    /// It is killed when it has done so many more things.
    doom: Option<u32>,
    /// Toasts come up and go away in order: when the last one does.
    desktop: Duration,
}

struct Running {
    app: App,
    scribe: Scribe,
    /// The keychain has answered.
    is_restored: bool,
}

/// What holds from the moment on in which the app has written it down.
pub(crate) enum Word {
    /// The person has marked items as read, or as unread.
    Marked {
        user: String,
        ids: Vec<ItemId>,
        read: bool,
    },
    /// The person has marked all of a feed, at a time by the server's clock and by the computer's.
    MarkedAll {
        user: String,
        of: Source,
        at: OffsetDateTime,
        by_computer: OffsetDateTime,
    },
    /// The answer to a mark has come.
    Answered {
        user: String,
        mark: MarkId,
        write: Write,
        taken: bool,
    },
}

impl Program {
    pub(crate) fn new(seed: u64, settings: Config) -> Self {
        let running = Running {
            app: App::new(seed, settings.clone(), Kept::default()),
            scribe: Scribe::new(Store::open_in_memory()),
            is_restored: false,
        };
        Self {
            running: Some(Box::new(running)),
            left: None,
            settings,
            keychain: Vec::new(),
            inbox: VecDeque::new(),
            is_busy: false,
            doom: None,
            desktop: Duration::ZERO,
        }
    }

    pub(crate) fn app(&self) -> Option<&App> {
        self.running.as_ref().map(|running| &running.app)
    }

    pub(crate) fn scribe(&self) -> Option<&Scribe> {
        self.running.as_ref().map(|running| &running.scribe)
    }

    /// It runs and knows who is signed in, so that a person can do something with it.
    pub(crate) fn is_up(&self) -> bool {
        self.running
            .as_ref()
            .is_some_and(|running| running.is_restored)
    }

    /// It is to be killed when it has done so many more things.
    pub(crate) fn doom(&mut self, after: u32) {
        if self.is_up() {
            self.doom.get_or_insert(after);
        }
    }

    pub(crate) fn spare(&mut self) {
        self.doom = None;
    }

    /// Something is about to be done; whether it is killed before.
    fn dies(&mut self) -> bool {
        match &mut self.doom {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        }
    }
}

impl World {
    pub(crate) fn tell(&mut self, event: Event) {
        self.tell_and_hold(event, None);
    }

    /// Tells the app what happened, and the model what holds from then on.
    pub(crate) fn tell_and_hold(&mut self, event: Event, word: Option<Word>) {
        self.program.inbox.push_back((event, word));
        if self.program.is_busy {
            return;
        }
        self.program.is_busy = true;
        while let Some((event, word)) = self.program.inbox.pop_front() {
            self.handle(event, word);
        }
        self.program.is_busy = false;
    }

    fn handle(&mut self, event: Event, word: Option<Word>) {
        if self.program.running.is_none() {
            return;
        }
        (self.elapsed, std::mem::discriminant(&event)).hash(&mut self.trace);
        self.note("event", &event);
        let restored = matches!(event, Event::Restored(_));
        if let Event::Channel { line, event } = &event {
            self.heard(*line, event);
        }
        let now = self.now();
        let Some(running) = &mut self.program.running else {
            return;
        };
        running.is_restored |= restored;
        let mut effects = running.app.handle(event, now).into_iter();
        let first = effects.next();
        // Until it has done anything, nothing has happened as far as anybody knows.
        if first.is_some() && self.program.dies() {
            return self.kill();
        }
        let is_said = matches!(word, Some(Word::Marked { .. }));
        word.into_iter().for_each(|word| self.hold(word));
        if let Some(Effect::Save(changes)) = &first {
            self.written(changes, is_said);
        }
        first.into_iter().for_each(|effect| self.perform(effect));
        for effect in effects {
            if self.program.dies() {
                return self.kill();
            }
            self.perform(effect);
        }
        self.let_toasts_out();
    }

    fn written(&mut self, changes: &[Change], is_said: bool) {
        for (account, user) in &self.users {
            if let Some(side) = self.sides.get_mut(user) {
                side.written(account, changes, is_said);
            }
        }
    }

    fn hold(&mut self, word: Word) {
        match word {
            Word::Marked { user, ids, read } => self.side(&user).mailbox.said(&ids, read),
            Word::MarkedAll {
                user,
                of,
                at,
                by_computer,
            } => self.side(&user).mailbox.said_all(of, at, by_computer),
            Word::Answered {
                user,
                mark,
                write,
                taken,
            } => {
                let now = self.awake();
                self.side(&user).answered(mark, &write, taken, now);
            }
        }
    }

    fn perform(&mut self, effect: Effect) {
        self.note("effect", &effect);
        std::mem::discriminant(&effect).hash(&mut self.trace);
        match effect {
            Effect::Desktop(desktop) => self.desktop(desktop),
            Effect::Save(changes) => {
                if let Some(running) = &mut self.program.running {
                    running.scribe.save(&changes);
                }
            }
            Effect::Tell { changes, toast } => {
                if let Some(side) = self.side_of(&toast.key) {
                    side.toasts.wanted(&toast, &side.mailbox);
                }
                if let Some(running) = &mut self.program.running {
                    running.scribe.tell(changes, toast);
                }
            }
            Effect::Connect {
                line,
                credentials,
                joins,
            } => self.connect(line, *credentials, joins),
            Effect::Disconnect { line } => self.disconnect(line),
            Effect::Wake { line } => self.wake_line(line),
            Effect::Fetch {
                line,
                feed,
                request,
            } => {
                let first_page = request.query.iter().all(|(key, _)| key != "after");
                self.ask(line, Call::Fetch { feed, first_page }, request);
            }
            Effect::Update {
                line,
                mark,
                request,
            } => self.ask(line, Call::Update(mark), request),
            Effect::FetchSettings { line, feed, .. } => {
                // They never change here, and nothing is decided by them.
                let result = Ok(Default::default());
                let fetched = Event::SettingsFetched { line, feed, result };
                let latency = self.latency();
                self.schedule(latency, Happening::Desktop(fetched));
            }
            Effect::RefreshToken { line, source } => self.ask_for_token(line, &source),
            Effect::Preferences { .. } | Effect::FetchPicture { .. } | Effect::ForgetPictures => {
                unreachable!("nobody looks at preferences or pictures here")
            }
        }
    }

    fn desktop(&mut self, desktop: Desktop) {
        let latency = self.latency();
        match desktop {
            Desktop::Store(credentials) => {
                self.program.keychain.push(*credentials);
                self.schedule(latency, Happening::Desktop(Event::Stored(Ok(()))));
            }
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
            Desktop::Toast(toast) => self.show_toast(toast),
            Desktop::Withdraw(key) => {
                let running = self.program.running.as_mut();
                let gone = running.map(|running| running.scribe.withdraw(&key));
                self.program.desktop = self.program.desktop.max(self.elapsed + latency);
                for key in gone.into_iter().flatten() {
                    self.schedule_at(self.program.desktop, Happening::Withdrawn(key));
                }
            }
            shown => self.screen.shown(shown),
        }
    }

    /// What the desktop tells the app.
    pub(crate) fn desktop_says(&mut self, event: Event) {
        let word = match &event {
            Event::Opened {
                account,
                item,
                result: Ok(()),
            } => self.user_named(account).map(|user| Word::Marked {
                user: user.to_owned(),
                ids: vec![item.clone()],
                read: true,
            }),
            Event::Restored(_) => {
                let now = self.awake();
                for side in self.sides.values_mut() {
                    side.traffic.owe("a start", now);
                }
                None
            }
            _ => None,
        };
        self.tell_and_hold(event, word);
    }

    /// The scribe lets the next toast out, once it has written down that there was one.
    pub(crate) fn let_toasts_out(&mut self) {
        let now = self.now().instant;
        let Some(running) = &mut self.program.running else {
            return;
        };
        let Some(toast) = running.scribe.next(now) else {
            return;
        };
        if let Some(side) = self.side_of(&toast.key) {
            side.toasts.goes_out(&toast);
        }
        match self.program.dies() {
            true => self.kill(),
            false => self.show_toast(toast),
        }
    }

    fn show_toast(&mut self, toast: Toast) {
        let latency = self.latency();
        self.program.desktop = self.program.desktop.max(self.elapsed + latency);
        self.schedule_at(self.program.desktop, Happening::Shown(toast));
    }

    /// A toast comes up.
    pub(crate) fn toast_shown(&mut self, toast: &Toast) {
        toast.title.hash(&mut self.trace);
        self.note("toast", toast);
        if let Some(side) = self.side_of(&toast.key) {
            side.toasts.shows(toast);
        }
        // Some desktops never say so.
        if self.calm || self.random.u8(..) > 3 {
            let latency = self.latency();
            self.schedule(latency, Happening::SaidShown(toast.key.clone()));
        } else {
            self.count("desktop silent");
        }
    }

    pub(crate) fn toast_said_shown(&mut self, key: &ToastKey) {
        if let Some(running) = &mut self.program.running {
            running.scribe.shown(key);
            self.let_toasts_out();
        }
    }

    pub(crate) fn toast_withdrawn(&mut self, key: &ToastKey) {
        if let Some(side) = self.side_of(key) {
            side.toasts.withdrawn(key);
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

    /// The program ends in the middle of something. What it has written down stays, and so does what has left the
    /// computer.
    fn kill(&mut self) {
        self.note("killed", &self.awake());
        self.count("killed");
        let running = self.program.running.take();
        self.program.left = running.map(|running| running.scribe.into_store());
        self.program.inbox.clear();
        self.program.doom = None;
        self.program.desktop = Duration::ZERO;
        self.hang_up_everything();
        self.forget_what_is_on_its_way();
        self.screen = Screen::default();
        for (user, side) in &mut self.sides {
            side.traffic.killed();
            side.tokens
                .killed(tokens::kept(&self.program.keychain, user));
            if side.toasts.killed() {
                *self.tally.entry("toast cut off").or_insert(0) += 1;
            }
        }
        let down = match self.random.u8(..) {
            0..200 => Duration::from_millis(self.random.u64(300..3_000)),
            200.. => MOST_DOWN.mul_f64(self.random.f64()),
        };
        self.schedule(down, Happening::Start);
    }

    /// The program starts, unless it runs.
    pub(crate) fn start(&mut self) {
        let Some(store) = self.program.left.take() else {
            return;
        };
        let seed = self.random.u64(..);
        let running = Running {
            app: App::new(seed, self.program.settings.clone(), store.load()),
            scribe: Scribe::new(store),
            is_restored: false,
        };
        self.program.running = Some(Box::new(running));
        let now = self.awake();
        for side in self.sides.values_mut() {
            side.started(now);
        }
        self.tell(Event::Tick);
        let restored = Event::Restored(self.program.keychain.clone());
        let latency = self.latency();
        self.schedule(latency, Happening::Desktop(restored));
    }
}
