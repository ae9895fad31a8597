use std::collections::BTreeMap;

use doorbell_notifier::Action;
use tracing::warn;

use crate::door::{Caller, CallerId, FromResident, Role};

/// Who stands at the door, and what each waits for.
#[derive(Debug, Default)]
pub(crate) struct Callers {
    standing: BTreeMap<CallerId, Standing>,
}

#[derive(Debug)]
struct Standing {
    caller: Caller,
    /// What it shows, when it does.
    shows: Option<Action>,
    follows: bool,
    /// It was told to come to the front, or to close, and has not heard it yet.
    summoned: bool,
    signs_in: bool,
    signs_out: bool,
}

/// What it means that a caller has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leave {
    /// Nobody shows anything any more.
    pub(crate) last_that_showed: bool,
    /// It was summoned and had not heard it.
    pub(crate) unheard: bool,
}

impl Callers {
    pub(crate) fn came(&mut self, caller: Caller) {
        let standing = Standing {
            caller,
            shows: None,
            follows: false,
            summoned: false,
            signs_in: false,
            signs_out: false,
        };
        self.standing.insert(standing.caller.id, standing);
    }

    /// Forgets a caller.
    pub(crate) fn left(&mut self, id: CallerId) -> Leave {
        let gone = self.standing.remove(&id);
        Leave {
            last_that_showed: gone.as_ref().is_some_and(|gone| gone.shows.is_some())
                && self.watched().is_none(),
            unheard: gone.is_some_and(|gone| gone.summoned),
        }
    }

    /// The role of a caller that stands at the door.
    pub(crate) fn role(&self, id: CallerId) -> Option<Role> {
        Some(self.standing.get(&id)?.caller.role)
    }

    pub(crate) fn has_window(&self) -> bool {
        self.standing
            .values()
            .any(|standing| standing.caller.role == Role::Window)
    }

    /// The caller wants to be shown this, and what changes of it.
    pub(crate) fn watches(&mut self, id: CallerId, show: Action) {
        if let Some(standing) = self.standing.get_mut(&id) {
            standing.shows = Some(show);
        }
    }

    /// What the last of those asked for who watch.
    pub(crate) fn watched(&self) -> Option<Action> {
        let mut shown = self.standing.values().rev();
        shown.find_map(|standing| standing.shows.clone())
    }

    /// The caller wants to hear of every change of the status.
    pub(crate) fn follows(&mut self, id: CallerId) {
        if let Some(standing) = self.standing.get_mut(&id) {
            standing.follows = true;
        }
    }

    /// The caller waits for the end of a sign-in.
    pub(crate) fn signs_in(&mut self, id: CallerId) {
        if let Some(standing) = self.standing.get_mut(&id) {
            standing.signs_in = true;
        }
    }

    /// The caller waits until the keychain has forgotten who was signed in.
    pub(crate) fn signs_out(&mut self, id: CallerId) {
        if let Some(standing) = self.standing.get_mut(&id) {
            standing.signs_out = true;
        }
    }

    /// Answers one caller; it is returned when it does not read what it is told.
    #[must_use]
    pub(crate) fn answer(&self, id: CallerId, words: &FromResident) -> Vec<CallerId> {
        self.tell(|standing| standing.caller.id == id, words)
    }

    #[must_use]
    pub(crate) fn show(&self, words: &FromResident) -> Vec<CallerId> {
        self.tell(|standing| standing.shows.is_some(), words)
    }

    /// Tells windows to come to the front, or to close.
    #[must_use]
    pub(crate) fn summon(&mut self, words: &FromResident) -> Vec<CallerId> {
        for standing in self.standing.values_mut() {
            standing.summoned |= standing.caller.role == Role::Window;
        }
        self.tell_windows(words)
    }

    pub(crate) fn heard(&mut self, id: CallerId) {
        if let Some(standing) = self.standing.get_mut(&id) {
            standing.summoned = false;
        }
    }

    #[must_use]
    pub(crate) fn tell_windows(&self, words: &FromResident) -> Vec<CallerId> {
        self.tell(|standing| standing.caller.role == Role::Window, words)
    }

    #[must_use]
    pub(crate) fn tell_windows_but(
        &self,
        id: Option<CallerId>,
        words: &FromResident,
    ) -> Vec<CallerId> {
        let others = |standing: &Standing| {
            standing.caller.role == Role::Window && Some(standing.caller.id) != id
        };
        self.tell(others, words)
    }

    #[must_use]
    pub(crate) fn tell_followers(&self, words: &FromResident) -> Vec<CallerId> {
        self.tell(|standing| standing.follows, words)
    }

    /// Tells those who wait for it how a sign-in ended.
    #[must_use]
    pub(crate) fn end_sign_in(&mut self, words: &FromResident) -> Vec<CallerId> {
        let deaf = self.tell(|standing| standing.signs_in, words);
        for standing in self.standing.values_mut() {
            standing.signs_in = false;
        }
        deaf
    }

    /// Tells those who wait for it how a sign-out ended.
    #[must_use]
    pub(crate) fn end_sign_out(&mut self, words: &FromResident) -> Vec<CallerId> {
        let deaf = self.tell(|standing| standing.signs_out, words);
        for standing in self.standing.values_mut() {
            standing.signs_out = false;
        }
        deaf
    }

    /// Lets everybody go; how many they were.
    pub(crate) fn clear(&mut self) -> usize {
        let standing = self.standing.len();
        self.standing.clear();
        standing
    }

    /// Those who do not read what they are told lose their place.
    fn tell(&self, whom: impl Fn(&Standing) -> bool, words: &FromResident) -> Vec<CallerId> {
        let deaf: Vec<CallerId> = self
            .standing
            .iter()
            .filter(|(_, standing)| whom(standing) && !standing.caller.tell(words.clone()))
            .map(|(id, _)| *id)
            .collect();
        if !deaf.is_empty() {
            warn!(
                callers = deaf.len(),
                "a caller that does not read was dropped"
            );
        }
        deaf
    }
}
