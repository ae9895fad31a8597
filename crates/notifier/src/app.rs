use std::time::{Duration, Instant};

use doorbell_knock::{Credentials, Failure, FeedPage};

use crate::{
    account::Account,
    action::{Action, Filter},
    desktop::Desktop,
    event::{Effect, Event, Line, Now},
    projection,
    render::Renderer,
    sign_in::Trial,
    tray::Tray,
    view::{Problem, View},
};

/// Quitting and signing out wait this long for marks on their way.
const FLUSH_WITHIN: Duration = Duration::from_secs(3);

/// The whole app as a value: it is told what happened and says what to do.
///
/// Nothing in here waits, reads a clock or talks to anybody, so that the simulation can run
/// days of it in a second. See [`App::handle`].
#[derive(Debug)]
pub struct App {
    pub(crate) session: Session,
    /// A sign-in that is being checked; whoever is signed in stays so until it has worked.
    pub(crate) trial: Option<Trial>,
    /// Why nobody is signed in, or could not sign in.
    pub(crate) problem: Option<Problem>,
    pub(crate) window: Option<Window>,
    random: fastrand::Rng,
    lines: u64,
    ending: Option<Ending>,
    tray: Option<Tray>,
    view: Option<View>,
    renderer: Renderer,
}

/// Who is signed in.
#[derive(Debug)]
pub(crate) enum Session {
    /// The keychain has not answered yet.
    Unknown,
    Nobody,
    /// The keychain could not be read.
    Locked,
    SignedIn(Box<Account>),
}

impl Session {
    /// What the keychain holds still decides; after a sign-in or a sign-out its answer comes too late.
    pub(crate) fn awaits_keychain(&self) -> bool {
        match self {
            Session::Unknown | Session::Locked => true,
            Session::Nobody | Session::SignedIn(_) => false,
        }
    }
}

/// Something that waits for the marks on their way, but not for long.
#[derive(Debug)]
struct Ending {
    what: End,
    until: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    SignOut,
    Quit,
}

/// The part of the list that the window shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) filter: Filter,
    pub(crate) first: u32,
    pub(crate) count: u32,
}

impl App {
    /// An app that knows nothing yet. The seed feeds jitter and reference ids.
    pub fn new(seed: u64) -> App {
        App {
            session: Session::Unknown,
            trial: None,
            problem: None,
            window: None,
            random: fastrand::Rng::with_seed(seed),
            lines: 0,
            ending: None,
            tray: None,
            view: None,
            renderer: Renderer::default(),
        }
    }

    /// What is to be done now that this has happened, in order.
    pub fn handle(&mut self, event: Event, now: Now) -> Vec<Effect> {
        let mut out = Vec::new();
        match event {
            Event::Restored(Some(credentials)) => self.restored(*credentials, now, &mut out),
            Event::Restored(None) => {
                if self.session.awaits_keychain() {
                    self.session = Session::Nobody;
                    self.problem = None;
                }
            }
            Event::KeychainUnavailable(reason) => self.locked(&reason),
            Event::Do(action) => self.act(action, now, &mut out),
            Event::WindowGone => {
                self.window = None;
                self.view = None;
                if let Session::SignedIn(account) = &mut self.session {
                    account.highlight = None;
                }
            }
            Event::Opened { item, result } => {
                if let Session::SignedIn(account) = &mut self.session {
                    account.opened(item, result, now, &mut out);
                }
            }
            Event::Stored(result) => self.stored(result, &mut out),
            Event::Forgotten(result) => self.forgotten(result),
            Event::Woke => self.wake(now, &mut out),
            Event::Unreached { line, obstacle } => {
                if let Some(account) = self.account(line) {
                    account.unreached(obstacle);
                }
            }
            Event::Channel { line, event } => {
                if let Some(account) = self.account(line) {
                    account.channel(event, now);
                }
            }
            Event::Fetched { line, result } => self.fetched(line, result, now, &mut out),
            Event::Settled { line, mark, result } => {
                if let Some(account) = self.account(line) {
                    account.settled(mark, result, now, &mut out);
                }
            }
            Event::Tick => {}
        }
        self.try_on(now, &mut out);
        self.step(now, &mut out);
        self.show(now, &mut out);
        out
    }

    /// When to send [`Event::Tick`] if nothing else happens before.
    pub fn deadline(&self, now: Now) -> Option<Instant> {
        let session = match &self.session {
            Session::SignedIn(account) => account.deadline(now.instant),
            Session::Unknown | Session::Nobody | Session::Locked => None,
        };
        let trial = self.trial.as_ref().and_then(|trial| {
            let until = trial.proving_until()?;
            let own = trial.account.deadline(now.instant);
            own.into_iter().chain([until]).min()
        });
        let ending = self.ending.as_ref().map(|ending| ending.until);
        [session, trial, ending].into_iter().flatten().min()
    }

    fn act(&mut self, action: Action, now: Now, out: &mut Vec<Effect>) {
        match (action, &mut self.session) {
            (Action::SignIn { draft }, _) => self.sign_in(&draft, now, out),
            (Action::SignOut, Session::SignedIn(account)) if account.can_flush() => {
                account.outbox.insist(now.instant);
                self.ending = Some(Ending {
                    what: End::SignOut,
                    until: now.instant + FLUSH_WITHIN,
                });
            }
            (Action::SignOut, _) => self.sign_out(out),
            (
                Action::Show {
                    filter,
                    first,
                    count,
                },
                session,
            ) => {
                if self.window.is_none() {
                    self.view = None;
                    if let Session::SignedIn(account) = session {
                        account.watched(now);
                    }
                }
                self.window = Some(Window {
                    filter,
                    first,
                    count,
                });
            }
            (Action::OpenWindow, session) => {
                if let Session::SignedIn(account) = session {
                    account.watched(now);
                }
                out.push(Effect::Desktop(Desktop::ShowWindow));
            }
            (Action::Retry, Session::Locked) => out.push(Effect::Desktop(Desktop::Recall)),
            (Action::Retry, Session::SignedIn(account)) => account.retry(now, out),
            (Action::Dismiss, Session::SignedIn(account)) => {
                account.notice = None;
                account.highlight = None;
            }
            (Action::Quit, _) => self.quit(now, out),
            (Action::Seen { ids }, Session::SignedIn(account)) => account.seen(ids, now, out),
            (Action::Mark { ids, mark }, Session::SignedIn(account)) => {
                account.mark(ids, mark, now, out)
            }
            (Action::MarkAllRead, Session::SignedIn(account)) => account.mark_all_read(now, out),
            (Action::Open { id }, Session::SignedIn(account)) => account.open(id, now, out),
            (Action::Press { id, button }, Session::SignedIn(account)) => {
                account.press(id, button, out)
            }
            (Action::Follow { id, link }, Session::SignedIn(account)) => {
                account.follow(id, link, out)
            }
            (Action::More, Session::SignedIn(account)) => account.more(),
            (
                Action::Open { .. } | Action::Press { .. } | Action::Follow { .. },
                Session::Unknown | Session::Nobody | Session::Locked,
            ) => {
                out.push(Effect::Desktop(Desktop::ShowWindow));
            }
            (
                Action::Retry
                | Action::Dismiss
                | Action::Seen { .. }
                | Action::Mark { .. }
                | Action::MarkAllRead
                | Action::More,
                Session::Unknown | Session::Nobody | Session::Locked,
            ) => {}
        }
    }

    /// Ends the account that is signed in, if there is one.
    pub(crate) fn leave(&mut self, out: &mut Vec<Effect>) {
        if let Session::SignedIn(account) = &mut self.session {
            account.end(out);
        }
    }

    fn wake(&mut self, now: Now, out: &mut Vec<Effect>) {
        let trial = self.trial.as_mut().map(|trial| &mut trial.account);
        let kept = match &mut self.session {
            Session::SignedIn(account) => Some(&mut **account),
            Session::Unknown | Session::Nobody | Session::Locked => None,
        };
        for account in kept.into_iter().chain(trial) {
            account.wake(now, out);
        }
    }

    fn fetched(
        &mut self,
        line: Line,
        result: Result<FeedPage, Failure>,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        if let Err(failure) = &result
            && self.failed_trial(line, failure, out)
        {
            return;
        }
        // Who is not signed in yet is told of nothing.
        let quiet = !matches!(&self.session, Session::SignedIn(account) if account.line == line);
        if let Some(account) = self.account(line) {
            account.fetched(result, quiet, now, out);
        }
    }

    fn step(&mut self, now: Now, out: &mut Vec<Effect>) {
        let watched = self.window.is_some();
        if let Some(trial) = &mut self.trial {
            trial.account.step(false, now, out);
        }
        if let Session::SignedIn(account) = &mut self.session {
            account.step(watched, now, out);
        }
        let flushed = match &self.session {
            Session::SignedIn(account) => !account.has_unsent_marks(),
            Session::Unknown | Session::Nobody | Session::Locked => true,
        };
        let over = |ending: &mut Ending| flushed || now.instant >= ending.until;
        match self.ending.take_if(over).map(|ending| ending.what) {
            Some(End::SignOut) => self.sign_out(out),
            Some(End::Quit) => {
                self.leave(out);
                out.push(Effect::Desktop(Desktop::Quit));
            }
            None => {}
        }
    }

    /// Ends the app, once the marks on their way have arrived or have had their time.
    fn quit(&mut self, now: Now, out: &mut Vec<Effect>) {
        if self
            .ending
            .as_ref()
            .is_some_and(|ending| ending.what == End::SignOut)
        {
            self.sign_out(out);
        }
        let mut until = now.instant;
        if let Session::SignedIn(account) = &mut self.session
            && account.has_unsent_marks()
        {
            account.outbox.insist(now.instant);
            until += FLUSH_WITHIN;
        }
        self.ending = Some(Ending {
            what: End::Quit,
            until,
        });
    }

    /// Publishes the tray, and the view while somebody watches, if they changed.
    fn show(&mut self, now: Now, out: &mut Vec<Effect>) {
        let tray = projection::tray(self, now);
        if self.tray.as_ref() != Some(&tray) {
            self.tray = Some(tray.clone());
            out.push(Effect::Desktop(Desktop::Tray(tray)));
        }
        // While the keychain is being read there is nothing true to show yet.
        let Some(window) = self
            .window
            .filter(|_| !matches!(self.session, Session::Unknown))
        else {
            return;
        };
        let mut renderer = std::mem::take(&mut self.renderer);
        let view = projection::view(self, window, &mut renderer, now);
        self.renderer = renderer;
        if self.view.as_ref() != Some(&view) {
            self.view = Some(view.clone());
            out.push(Effect::Desktop(Desktop::View(Box::new(view))));
        }
    }

    fn account(&mut self, line: Line) -> Option<&mut Account> {
        let kept = match &mut self.session {
            Session::SignedIn(account) => Some(&mut **account),
            Session::Unknown | Session::Nobody | Session::Locked => None,
        };
        let trial = self.trial.as_mut().map(|trial| &mut trial.account);
        kept.into_iter()
            .chain(trial)
            .find(|account| account.line == line)
    }

    pub(crate) fn new_account(&mut self, credentials: Credentials, now: Now) -> Account {
        self.lines += 1;
        Account::new(Line(self.lines), credentials, self.random.fork(), now)
    }
}
