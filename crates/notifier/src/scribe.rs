use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use tracing::warn;

use crate::{
    store::{Change, Store},
    toast::{Toast, ToastKey},
};

/// A desktop that does not say by then that it has shown a toast is not waited for.
const SHOWN_WITHIN: Duration = Duration::from_secs(5);

/// Writes down what happens, and lets toasts out one at a time, each when it is written down: a process that is
/// killed owes at most the one that was just going out. Those behind it were not told yet, and will be.
#[derive(Debug)]
pub(crate) struct Scribe {
    store: Store,
    waiting: VecDeque<(Vec<Change>, Toast)>,
    /// The toast that is going out, and until when it is waited for.
    going: Option<(ToastKey, Instant)>,
    /// What the person has to be told of the store.
    complaint: Option<String>,
}

impl Scribe {
    pub(crate) fn new(store: Store) -> Scribe {
        Scribe {
            store,
            waiting: VecDeque::new(),
            going: None,
            complaint: None,
        }
    }

    pub(crate) fn save(&mut self, changes: &[Change]) {
        if let Err(unsaved) = self.store.save(changes) {
            self.complaint = Some(unsaved.0);
        }
    }

    /// A sentence for the person, once.
    pub(crate) fn complaint(&mut self) -> Option<String> {
        self.complaint.take()
    }

    pub(crate) fn tell(&mut self, changes: Vec<Change>, toast: Toast) {
        self.waiting.push_back((changes, toast));
    }

    /// The toast that may go out now.
    pub(crate) fn next(&mut self, now: Instant) -> Option<Toast> {
        if self.going.take_if(|(_, until)| now >= *until).is_some() {
            warn!("the desktop does not say that it has shown a toast");
        }
        if self.going.is_some() {
            return None;
        }
        let (changes, toast) = self.waiting.pop_front()?;
        self.save(&changes);
        self.going = Some((toast.key.clone(), now + SHOWN_WITHIN));
        Some(toast)
    }

    /// The desktop has shown a toast, or knows that it cannot.
    pub(crate) fn shown(&mut self, key: &ToastKey) {
        self.going.take_if(|(going, _)| going == key);
    }

    /// Takes a toast back, as far as it has not gone out.
    pub(crate) fn withdraw(&mut self, key: &ToastKey) {
        self.waiting.retain(|(_, toast)| toast.key != *key);
    }

    /// When [`Scribe::next`] has something to say by itself.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let (_, until) = self.going.as_ref()?;
        (!self.waiting.is_empty()).then_some(*until)
    }
}

#[cfg(test)]
mod tests {
    use doorbell_knock::{AccountId, ItemId};
    use time::macros::datetime;

    use super::*;
    use crate::action::Action;

    #[test]
    fn a_toast_is_written_down_when_it_goes_out_and_not_before() {
        let (mut scribe, now) = (Scribe::new(Store::open_in_memory()), Instant::now());
        for name in ["a", "b"] {
            tell(&mut scribe, name);
        }
        assert_eq!(next(&mut scribe, now).as_deref(), Some("a"));
        assert_eq!(told(&scribe), ["a"]);
        assert_eq!(next(&mut scribe, now), None);
        scribe.shown(&key("b"));
        assert_eq!(next(&mut scribe, now), None, "it was not the one");
        scribe.shown(&key("a"));
        assert_eq!(next(&mut scribe, now).as_deref(), Some("b"));
        assert_eq!(told(&scribe), ["a", "b"]);
        assert_eq!(scribe.deadline(), None);
    }

    #[test]
    fn a_desktop_that_says_nothing_is_not_waited_for() {
        let (mut scribe, now) = (Scribe::new(Store::open_in_memory()), Instant::now());
        for name in ["a", "b"] {
            tell(&mut scribe, name);
        }
        next(&mut scribe, now);
        assert_eq!(scribe.deadline(), Some(now + SHOWN_WITHIN));
        assert_eq!(next(&mut scribe, now + SHOWN_WITHIN).as_deref(), Some("b"));
    }

    #[test]
    fn a_toast_taken_back_in_time_was_never_told() {
        let (mut scribe, now) = (Scribe::new(Store::open_in_memory()), Instant::now());
        for name in ["a", "b", "c"] {
            tell(&mut scribe, name);
        }
        next(&mut scribe, now);
        scribe.withdraw(&key("b"));
        scribe.shown(&key("a"));
        assert_eq!(next(&mut scribe, now).as_deref(), Some("c"));
        assert_eq!(told(&scribe), ["a", "c"]);
    }

    fn tell(scribe: &mut Scribe, name: &str) {
        let told = Change::Told {
            account: account(),
            items: vec![(ItemId::from(name), datetime!(2026-03-02 10:00 UTC))],
        };
        let toast = Toast {
            key: key(name),
            replaces: None,
            title: name.to_owned(),
            body: String::new(),
            default: Action::OpenWindow,
            buttons: Vec::new(),
            items: vec![ItemId::from(name)],
        };
        scribe.tell(vec![told], toast);
    }

    fn next(scribe: &mut Scribe, now: Instant) -> Option<String> {
        scribe.next(now).map(|toast| toast.title)
    }

    fn told(scribe: &Scribe) -> Vec<String> {
        let kept = scribe.store.load();
        let told = kept.accounts[&account()].told.keys();
        told.map(|id| id.to_string()).collect()
    }

    fn key(name: &str) -> ToastKey {
        ToastKey::Item {
            account: account(),
            item: name.into(),
        }
    }

    fn account() -> AccountId {
        AccountId::parse(&"a".repeat(32)).unwrap()
    }
}
