use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use doorbell_knock::AccountId;
use time::OffsetDateTime;
use tracing::warn;

use crate::{
    store::{Change, FeedKey, Store},
    toast::{Toast, ToastKey},
};

/// A desktop that does not say by then that it has shown a toast is not waited for.
const SHOWN_WITHIN: Duration = Duration::from_secs(5);

/// Writes down what happens, and lets toasts out one at a time, each when it is written down: a process that is
/// killed owes at most the one that was just going out. Those behind it were not told yet, and will be.
#[derive(Debug)]
pub struct Scribe {
    store: Store,
    waiting: VecDeque<(Vec<Change>, Toast)>,
    /// How feeds stand, as the app has said last.
    stands: Vec<Stand>,
    /// The toast that is going out, and until when it is waited for.
    going: Option<(ToastKey, Instant)>,
    /// What the person has to be told of the store.
    complaint: Option<String>,
}

impl Scribe {
    /// A scribe that writes here; nothing waits.
    pub fn new(store: Store) -> Scribe {
        Scribe {
            store,
            waiting: VecDeque::new(),
            stands: Vec::new(),
            going: None,
            complaint: None,
        }
    }

    /// Writes changes down; see [`Scribe::complaint`] for when that does not work.
    ///
    /// A feed whose toasts wait has not been read yet as far as the next start is concerned: it has to come by those
    /// items again.
    pub fn save(&mut self, changes: &[Change]) {
        let changes: Vec<Change> = changes
            .iter()
            .map(|change| self.held_back(change))
            .collect();
        self.write(&changes);
    }

    fn write(&mut self, changes: &[Change]) {
        if let Err(unsaved) = self.store.save(changes) {
            self.complaint = Some(unsaved.0);
        }
    }

    /// What is to be written of a change.
    fn held_back(&mut self, change: &Change) -> Change {
        match change {
            Change::Forget { account } => self.stands.retain(|stand| stand.of.0 != *account),
            Change::NoFeed { account, feed } | Change::Feed { account, feed, .. } => self
                .stands
                .retain(|Stand { of, .. }| of.0 != *account || of.1 != *feed),
            Change::Met { .. }
            | Change::Told { .. }
            | Change::MetUntil { .. }
            | Change::Mark { .. }
            | Change::Unmark { .. }
            | Change::Head { .. }
            | Change::Paused(_) => {}
        }
        let Change::Feed { account, feed, .. } = change else {
            return change.clone();
        };
        let mut stand = Stand {
            of: (account.clone(), feed.clone()),
            change: change.clone(),
            written: change.clone(),
        };
        self.follows(&mut stand);
        let written = stand.written.clone();
        self.stands.push(stand);
        written
    }

    /// The oldest item of a feed of which a waiting toast tells.
    fn oldest_waiting(&self, account: &AccountId, feed: &FeedKey) -> Option<OffsetDateTime> {
        let waiting = self.waiting.iter().flat_map(|(changes, _)| changes);
        waiting
            .filter_map(|change| change.oldest_met(account, feed))
            .min()
    }

    /// What waits has changed: writes down how the feeds stand that it tells of.
    fn follow(&mut self) {
        let mut changes = Vec::new();
        for mut stand in std::mem::take(&mut self.stands) {
            if self.follows(&mut stand) {
                changes.push(stand.written.clone());
            }
            self.stands.push(stand);
        }
        if !changes.is_empty() {
            self.write(&changes);
        }
    }

    /// Whether something else is to be written of a feed now.
    fn follows(&self, stand: &mut Stand) -> bool {
        let change = stand.change.clone();
        let written = match self.oldest_waiting(&stand.of.0, &stand.of.1) {
            Some(oldest) => change.untold_from(oldest),
            None => change,
        };
        let before = std::mem::replace(&mut stand.written, written);
        before != stand.written
    }

    /// A sentence for the person, once.
    pub fn complaint(&mut self) -> Option<String> {
        self.complaint.take()
    }

    /// Takes a toast, and what is to be written down of it before it goes out.
    pub fn tell(&mut self, changes: Vec<Change>, toast: Toast) {
        self.waiting.push_back((changes, toast));
        self.follow();
    }

    /// The toast that may go out now.
    pub fn next(&mut self, now: Instant) -> Option<Toast> {
        if self.going.take_if(|(_, until)| now >= *until).is_some() {
            warn!("the desktop does not say that it has shown a toast");
        }
        if self.going.is_some() {
            return None;
        }
        let (changes, toast) = self.waiting.pop_front()?;
        self.write(&changes);
        self.follow();
        self.going = Some((toast.key.clone(), now + SHOWN_WITHIN));
        Some(toast)
    }

    /// The desktop has shown a toast, or knows that it cannot.
    pub fn shown(&mut self, key: &ToastKey) {
        self.going.take_if(|(going, _)| going == key);
    }

    /// Takes a toast back, as far as it has not gone out. What is to be taken off the screen: it, and the one whose
    /// place it has not taken yet.
    pub fn withdraw(&mut self, key: &ToastKey) -> Vec<ToastKey> {
        let mut gone = vec![key.clone()];
        while let Some(place) = self
            .waiting
            .iter()
            .position(|(_, toast)| gone.contains(&toast.key))
        {
            let replaced = self.waiting.remove(place);
            let replaced = replaced.and_then(|(_, toast)| toast.replaces);
            gone.extend(replaced.filter(|replaced| !gone.contains(replaced)));
        }
        self.follow();
        gone
    }

    /// What is left when the process ends: all that was written down.
    pub fn into_store(self) -> Store {
        self.store
    }

    /// When [`Scribe::next`] has something to say by itself.
    pub fn deadline(&self) -> Option<Instant> {
        let (_, until) = self.going.as_ref()?;
        (!self.waiting.is_empty()).then_some(*until)
    }
}

/// How a feed stands, by the app's last word, and what is written of it.
#[derive(Debug)]
struct Stand {
    of: (AccountId, FeedKey),
    change: Change,
    written: Change,
}

#[cfg(test)]
mod tests {
    use doorbell_knock::ItemId;
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
    fn until_its_toasts_are_out_a_feed_has_not_been_read_down_to_them() {
        let (mut scribe, now) = (Scribe::new(Store::open_in_memory()), Instant::now());
        let read = Change::Feed {
            account: account(),
            feed: feed(),
            horizon: Some(AT + time::Duration::HOUR),
            missed_since: None,
            synced: None,
            sweep: None,
        };
        scribe.save(&[read]);
        for name in ["a", "b", "c"] {
            tell(&mut scribe, name);
        }
        let before = AT - time::Duration::MICROSECOND;
        assert_eq!(down_to(&scribe), (Some(before), Some(before)));
        next(&mut scribe, now);
        scribe.shown(&key("a"));
        assert_eq!(down_to(&scribe), (Some(before), Some(before)), "two wait");
        next(&mut scribe, now);
        scribe.withdraw(&key("c"));
        let read = (Some(AT + time::Duration::HOUR), None);
        assert_eq!(down_to(&scribe), read, "none waits");
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

    #[test]
    fn a_toast_that_did_not_take_the_place_of_another_in_time_goes_with_it() {
        let (mut scribe, now) = (Scribe::new(Store::open_in_memory()), Instant::now());
        tell(&mut scribe, "a");
        next(&mut scribe, now);
        tell_in_place_of(&mut scribe, "b", Some("a"));
        tell_in_place_of(&mut scribe, "c", Some("b"));
        assert_eq!(scribe.withdraw(&key("c")), ["c", "b", "a"].map(key));
        scribe.shown(&key("a"));
        assert_eq!(next(&mut scribe, now), None);
    }

    fn tell(scribe: &mut Scribe, name: &str) {
        tell_in_place_of(scribe, name, None);
    }

    fn tell_in_place_of(scribe: &mut Scribe, name: &str, replaced: Option<&str>) {
        let met = Change::Met {
            account: account(),
            feed: feed(),
            items: vec![(ItemId::from(name), AT)],
        };
        let told = Change::Told {
            account: account(),
            items: vec![(ItemId::from(name), AT)],
        };
        let toast = Toast {
            key: key(name),
            replaces: replaced.map(key),
            title: name.to_owned(),
            body: String::new(),
            default: Action::OpenWindow,
            buttons: Vec::new(),
            items: vec![ItemId::from(name)],
        };
        scribe.tell(vec![met, told], toast);
    }

    fn next(scribe: &mut Scribe, now: Instant) -> Option<String> {
        scribe.next(now).map(|toast| toast.title)
    }

    fn told(scribe: &Scribe) -> Vec<String> {
        let kept = scribe.store.load();
        let told = kept.accounts[&account()].told.keys();
        told.map(|id| id.to_string()).collect()
    }

    /// What is no news any more as far as the next start knows, and what is still to be read.
    fn down_to(scribe: &Scribe) -> (Option<OffsetDateTime>, Option<OffsetDateTime>) {
        let kept = scribe.store.load();
        let feed = &kept.accounts[&account()].feeds[&feed()];
        (feed.horizon, feed.missed_since)
    }

    fn feed() -> FeedKey {
        FeedKey("a feed".to_owned())
    }

    const AT: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);

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
