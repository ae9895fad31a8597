//! Signing in and out: a fetch and a join that work, then the keychain, then the account.

use std::time::{Duration, Instant};

use doorbell_knock::{AccountId, Credentials, Draft, Failure};
use tracing::{info, warn};

use crate::{
    account::Account,
    app::{App, Keychain, Page, Place},
    desktop::Desktop,
    event::{Effect, Line, Now},
    feed_slot::FeedNumber,
    problem,
    store::Change,
    view::Problem,
};

/// A sign-in that has not worked by then has failed.
const SIGN_IN_WITHIN: Duration = Duration::from_secs(20);

/// Credentials being checked by a real fetch and a real join before they are stored.
#[derive(Debug)]
pub(crate) struct Trial {
    pub(crate) account: Account,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Proving { until: Instant },
    Storing,
}

impl Trial {
    /// Whether the credentials are still being checked, and until when.
    pub(crate) fn proving_until(&self) -> Option<Instant> {
        match self.stage {
            Stage::Proving { until } => Some(until),
            Stage::Storing => None,
        }
    }
}

impl App {
    /// The keychain has answered. After a sign-out from everything it comes too late.
    pub(crate) fn restored(&mut self, found: Vec<Credentials>, now: Now, out: &mut Vec<Effect>) {
        if self.keychain == Keychain::Read {
            return;
        }
        self.keychain = Keychain::Read;
        self.problem = None;
        for credentials in found {
            let id = credentials.account_id();
            if !self.config.plain_http.lets(&credentials.host) {
                let host = credentials.host.name();
                warn!(
                    host,
                    "an account whose host is reached by plain http is left out"
                );
                let message = self.words.with("left-out-plain", [("host", host.into())]);
                let field = None;
                self.problem = Some(Problem { field, message });
                continue;
            }
            // Who signed in meanwhile did so with later credentials.
            if self.accounts.iter().all(|account| account.id != id) {
                let mut account = self.new_account(credentials, now);
                if let Some(kept) = self.kept.accounts.remove(&id) {
                    account.recall(kept, now);
                }
                account.start(now, out);
                self.accounts.push(account);
            }
        }
        // Whoever the keychain does not know was signed out without us.
        let strangers = std::mem::take(&mut self.kept.accounts).into_keys();
        let strangers = strangers.map(|account| Change::Forget { account });
        self.last_changes.extend(strangers);
    }

    pub(crate) fn locked(&mut self, reason: &str) {
        if self.keychain == Keychain::Read {
            return;
        }
        warn!(reason, "keychain unavailable");
        self.keychain = Keychain::Locked;
        self.problem = Some(Problem {
            field: None,
            message: self
                .words
                .with("keychain-locked", [("reason", reason.into())]),
        });
    }

    pub(crate) fn sign_in(&mut self, draft: &Draft, now: Now, out: &mut Vec<Effect>) {
        if self.is_storing() {
            // The keychain would keep the earlier one, whatever becomes of this one.
            let message = self.words.say("still-storing");
            let problem = Problem {
                field: None,
                message,
            };
            out.push(Effect::Desktop(Desktop::SignInEnded(Err(problem))));
            return;
        }
        self.problem = None;
        self.drop_trial(out);
        // What the settings do not let through is refused by the stricter reading, in its words.
        let parsed = draft.parse_plain().and_then(|credentials| {
            match self.config.plain_http.lets(&credentials.host) {
                true => Ok(credentials),
                false => draft.parse(),
            }
        });
        match parsed {
            Err(error) => self.fail(
                Problem {
                    field: Some(error.field),
                    message: error.message,
                },
                out,
            ),
            Ok(credentials) => {
                let mut account = self.new_account(credentials, now);
                account.start(now, out);
                let until = now.instant + SIGN_IN_WITHIN;
                self.trial = Some(Trial {
                    account,
                    stage: Stage::Proving { until },
                });
            }
        }
    }

    /// Moves a sign-in on: proven credentials are stored, those that took too long are dropped.
    pub(crate) fn try_on(&mut self, now: Now, out: &mut Vec<Effect>) {
        let Some(trial) = &mut self.trial else { return };
        let Stage::Proving { until } = trial.stage else {
            return;
        };
        if trial.account.is_proven() {
            trial.stage = Stage::Storing;
            let credentials = Box::new(trial.account.credentials.clone());
            out.push(Effect::Desktop(Desktop::Store(credentials)));
            return;
        }
        // A refused socket says less than the answer to the fetch will.
        let late = now.instant >= until;
        let refused = problem::refusal(&trial.account)
            .filter(|_| late || !trial.account.proof().sync.is_fetching());
        if let Some(problem) = refused {
            self.fail(problem, out);
        } else if late {
            let problem = problem::no_answer(&trial.account);
            self.fail(problem, out);
        }
    }

    fn is_storing(&self) -> bool {
        self.trial
            .as_ref()
            .is_some_and(|trial| matches!(trial.stage, Stage::Storing))
    }

    /// Ends the sign-in that is being checked, if there is one; whether there was.
    fn drop_trial(&mut self, out: &mut Vec<Effect>) -> bool {
        let trial = self.trial.take();
        let was = trial.is_some();
        if let Some(Trial { mut account, .. }) = trial {
            account.end(out);
        }
        was
    }

    fn fail(&mut self, problem: Problem, out: &mut Vec<Effect>) {
        self.drop_trial(out);
        self.problem = Some(problem.clone());
        out.push(Effect::Desktop(Desktop::SignInEnded(Err(problem))));
    }

    /// What was tried becomes an account; where there is one already, it goes on with the new credentials.
    pub(crate) fn stored(&mut self, result: Result<(), String>, now: Now, out: &mut Vec<Effect>) {
        if !self.is_storing() {
            return;
        }
        if let Err(reason) = result {
            let message = self
                .words
                .with("keychain-refused", [("reason", reason.into())]);
            let problem = Problem {
                field: None,
                message,
            };
            self.fail(problem, out);
            return;
        }
        let Some(Trial { mut account, .. }) = self.trial.take() else {
            return;
        };
        info!("signed in");
        if let Some(kept) = self.kept.accounts.remove(&account.id) {
            // What it has met since then is not known; what the person did shall still arrive.
            let account_id = account.id.clone();
            self.last_changes.push(Change::Forget {
                account: account_id,
            });
            account.take_up(kept.marks, now);
        }
        let signed_in = match account.proof().feed.items().next() {
            Some(_) => "signed-in",
            None => "signed-in-empty",
        };
        let user = account.credentials.user_id.to_string().into();
        let words = self.words.with(signed_in, [("user", user)]);
        out.push(Effect::Desktop(Desktop::SignInEnded(Ok(words))));
        let id = account.id.clone();
        self.stays(&id);
        if self.accounts.iter().any(|known| known.id == id) {
            account.end(out);
            let line = self.new_line();
            let known = self.accounts.iter_mut().find(|known| known.id == id);
            if let Some(known) = known {
                known.renewal = account.renewal;
                known.move_to(line, account.credentials, now, out);
            }
        } else {
            self.accounts.push(account);
        }
        self.page = Page::List;
        let feed = FeedNumber::default();
        let account = Some(id);
        self.go_to(Place { account, feed });
        if self.keychain == Keychain::Locked {
            // It has just been written, so it can be read: others may be in it.
            out.push(Effect::Desktop(Desktop::Recall));
        }
    }

    /// Leaves an account, or all of them and the sign-in that is being checked.
    pub(crate) fn sign_out(&mut self, whom: Option<AccountId>, out: &mut Vec<Effect>) {
        let tries = |trial: &Trial| whom.as_ref().is_none_or(|whom| *whom == trial.account.id);
        if self.trial.as_ref().is_some_and(tries) && self.drop_trial(out) {
            let message = self.words.say("signed-out-before");
            let problem = Problem {
                field: None,
                message,
            };
            out.push(Effect::Desktop(Desktop::SignInEnded(Err(problem))));
        }
        self.problem = None;
        let left: Vec<AccountId> = match &whom {
            Some(whom) => vec![whom.clone()],
            None => {
                let known = self.accounts.iter().map(|account| &account.id);
                known.chain(self.kept.accounts.keys()).cloned().collect()
            }
        };
        self.leave(|account| left.contains(&account.id), out);
        for account in left {
            self.kept.accounts.remove(&account);
            self.last_changes.push(Change::Forget { account });
        }
        if whom.is_none() {
            self.keychain = Keychain::Read;
        }
        info!("signed out");
        out.push(Effect::Desktop(Desktop::Forget { account: whom }));
    }

    pub(crate) fn forgotten(&mut self, result: Result<(), String>) {
        if let Err(reason) = result {
            self.problem = Some(Problem {
                field: None,
                message: self
                    .words
                    .with("keychain-kept", [("reason", reason.into())]),
            });
        }
    }

    /// A fetch of the sign-in being checked has failed, and with it the sign-in; whether that was so.
    pub(crate) fn failed_trial(
        &mut self,
        line: Line,
        feed: FeedNumber,
        failure: &Failure,
        out: &mut Vec<Effect>,
    ) -> bool {
        let trial = self
            .trial
            .as_ref()
            .filter(|trial| trial.account.is_on(line));
        // The other feeds prove nothing.
        let proves = |trial: &&Trial| {
            trial.proving_until().is_some() && trial.account.proof().number == feed
        };
        // Where tokens come from somewhere, another may do.
        let helps = |trial: &&Trial| failure.requires_sign_in() && trial.account.renewal.may_help();
        let Some(trial) = trial.filter(proves).filter(|trial| !helps(trial)) else {
            return false;
        };
        let problem = problem::failed_proof(&trial.account, failure);
        self.fail(problem, out);
        true
    }
}
