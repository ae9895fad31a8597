//! Signing out and quitting, which wait for the marks on their way.

use std::time::{Duration, Instant};

use doorbell_knock::AccountId;

use crate::{
    account::Account,
    app::{App, Place},
    desktop::Desktop,
    event::{Effect, Now},
};

/// Quitting and signing out wait this long for marks on their way.
const FLUSH_WITHIN: Duration = Duration::from_secs(3);

/// Something that waits for the marks on their way, but not for long.
#[derive(Debug)]
pub(crate) struct Ending {
    pub(crate) what: End,
    pub(crate) until: Instant,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Of one account, or of all.
    SignOut(Option<AccountId>),
    Quit,
}

impl End {
    pub(crate) fn concerns(&self, account: &Account) -> bool {
        match self {
            End::SignOut(Some(id)) => account.id == *id,
            End::SignOut(None) | End::Quit => true,
        }
    }
}

impl App {
    pub(crate) fn end(&mut self, what: End, out: &mut Vec<Effect>) {
        match what {
            End::SignOut(account) => self.sign_out(account, out),
            End::Quit => {
                self.leave(|_| true, out);
                out.push(Effect::Desktop(Desktop::Quit));
            }
        }
    }

    /// Ends these accounts.
    pub(crate) fn leave(&mut self, whom: impl Fn(&Account) -> bool, out: &mut Vec<Effect>) {
        self.accounts.retain_mut(|account| {
            let leaves = whom(account);
            if leaves {
                self.last_changes.extend(account.unwritten());
                account.end(out);
            }
            !leaves
        });
        let gone = |id: &AccountId| !self.accounts.iter().any(|account| account.id == *id);
        if self.current.account.as_ref().is_some_and(gone) {
            self.current = Place::default();
        }
    }

    /// Signs out, once the marks on their way have arrived or have had their time.
    pub(crate) fn ask_to_sign_out(
        &mut self,
        whom: Option<AccountId>,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        let what = End::SignOut(whom);
        let mut until = now.instant;
        let concerned = |account: &&mut Account| what.concerns(account) && account.can_flush();
        for account in self.accounts.iter_mut().filter(concerned) {
            account.outbox.insist(now.instant);
            until = now.instant + FLUSH_WITHIN;
        }
        if until == now.instant {
            return self.end(what, out);
        }
        if !self.endings.iter().any(|ending| ending.what == what) {
            self.endings.push(Ending { what, until });
        }
    }

    /// Whoever has just signed in again does not want to be signed out any more.
    pub(crate) fn stays(&mut self, account: &AccountId) {
        let leaves =
            |ending: &Ending| matches!(&ending.what, End::SignOut(Some(id)) if id == account);
        self.endings.retain(|ending| !leaves(ending));
    }

    /// Ends the app, once the marks on their way have arrived or have had their time.
    pub(crate) fn quit(&mut self, now: Now, out: &mut Vec<Effect>) {
        for ending in std::mem::take(&mut self.endings) {
            if ending.what != End::Quit {
                self.end(ending.what, out);
            }
        }
        let mut until = now.instant;
        let concerned = |account: &&mut Account| account.has_unsent_marks();
        for account in self.accounts.iter_mut().filter(concerned) {
            account.outbox.insist(now.instant);
            until = now.instant + FLUSH_WITHIN;
        }
        let what = End::Quit;
        self.endings.push(Ending { what, until });
    }
}
