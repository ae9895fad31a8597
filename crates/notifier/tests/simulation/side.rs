use std::{collections::BTreeSet, time::Duration};

use doorbell_knock::{AccountId, MarkId};
use doorbell_notifier::{
    FeedNumber,
    store::{Change, FeedKey},
};

use crate::{
    mailbox::{Mailbox, Source, Write},
    toasts::Toasts,
    tokens::Tokens,
    traffic::Traffic,
    world::PAGE,
};

/// One account, as the model and the watchers see it.
pub(crate) struct Side {
    /// What each of its feeds shows, by number.
    pub(crate) sources: Vec<Source>,
    /// Which of them the tray counts.
    pub(crate) badge: usize,
    pub(crate) mailbox: Mailbox,
    pub(crate) traffic: Traffic,
    pub(crate) toasts: Toasts,
    pub(crate) tokens: Tokens,
    /// When the server's state of each feed last changed, by its clock.
    changed: Vec<Duration>,
    /// Marks that are written down and on their way.
    outbox: BTreeSet<MarkId>,
    /// Feeds of which all is being marked, page by page.
    sweeps: BTreeSet<FeedKey>,
    /// Those of them that a person has made one by one.
    said: BTreeSet<MarkId>,
    /// Marks that have been answered for good.
    done: BTreeSet<MarkId>,
    /// The last answer to a call for all items, by the computer's clock.
    bulk: Option<Duration>,
}

impl Side {
    pub(crate) fn new(sources: &[Source], badge: usize) -> Self {
        Self {
            traffic: Traffic::of_feeds(sources.len()),
            sources: sources.to_vec(),
            badge,
            mailbox: Mailbox::default(),
            toasts: Toasts::default(),
            tokens: Tokens::default(),
            changed: vec![Duration::ZERO; sources.len()],
            outbox: BTreeSet::new(),
            sweeps: BTreeSet::new(),
            said: BTreeSet::new(),
            done: BTreeSet::new(),
            bulk: None,
        }
    }

    /// The server's state has changed, in the feeds that show what a workflow makes, or in all.
    pub(crate) fn changed(&mut self, workflow: Source, now: Duration) {
        for (source, changed) in self.sources.iter().zip(&mut self.changed) {
            if source.is_none() || workflow.is_none() || *source == workflow {
                *changed = now;
            }
        }
    }

    /// These are written down, as far as they are about this account: what a person has just said, or not.
    pub(crate) fn written(&mut self, account: &AccountId, changes: &[Change], is_said: bool) {
        for change in changes {
            match change {
                Change::Mark { account: of, mark } if of == account => {
                    match mark.answered {
                        true => self.outbox.retain(|other| *other != mark.mark),
                        false => self.outbox.extend([mark.mark]),
                    }
                    self.said.extend(is_said.then_some(mark.mark));
                }
                Change::Unmark { account: of, mark } if of == account => {
                    self.outbox.remove(mark);
                    self.said.remove(mark);
                }
                Change::Feed {
                    account: of,
                    feed,
                    sweep,
                    ..
                } if of == account => {
                    self.sweeps.retain(|other| other != feed);
                    self.sweeps.extend(sweep.map(|_| feed.clone()));
                }
                Change::Mark { .. }
                | Change::Unmark { .. }
                | Change::Feed { .. }
                | Change::Met { .. }
                | Change::Told { .. }
                | Change::MetUntil { .. }
                | Change::Head { .. }
                | Change::NoFeed { .. }
                | Change::Paused(_)
                | Change::Forget { .. } => {}
            }
        }
    }

    /// Marks are on their way, which the server may know of or not.
    pub(crate) fn is_marking(&self) -> bool {
        !self.outbox.is_empty() || !self.sweeps.is_empty()
    }

    /// A `new-message` for a feed, with counts that were true at a time, by the server's clock.
    pub(crate) fn announced(
        &mut self,
        feed: usize,
        sent: Duration,
        with_counts: bool,
        now: Duration,
    ) {
        let is_marking = self.is_marking();
        self.traffic.feeds[feed].announced(sent, with_counts, is_marking, now);
    }

    /// The app knows that a mark is done, or refused.
    pub(crate) fn answered(&mut self, mark: MarkId, write: &Write, taken: bool, now: Duration) {
        if !self.done.insert(mark) {
            return;
        }
        let was_said = self.said.contains(&mark);
        self.mailbox.answered(write, was_said, taken);
        let grace = match write {
            Write::All { .. } if taken => {
                self.bulk = Some(now);
                BULK_GRACE
            }
            Write::All { .. } | Write::Items { .. } => Duration::ZERO,
        };
        self.traffic.forget(now + grace);
    }

    /// The program starts again. A call for all items that it was just done with may be on top once more.
    pub(crate) fn started(&mut self, now: Duration) {
        // Marks are numbered anew.
        self.done.clear();
        if self
            .bulk
            .is_some_and(|at| now < at + 2 * BULK_GRACE + MOST_DOWN)
        {
            self.traffic.forget(now + BULK_GRACE + KEYCHAIN_WITHIN);
        }
    }

    pub(crate) fn source(&self, feed: FeedNumber) -> Source {
        self.sources[feed.0 as usize]
    }

    /// The number that the tray should show for it, when the app has heard of everything that has happened.
    pub(crate) fn badge(&self) -> Option<u64> {
        let known = self.traffic.feeds[self.badge].counts_known?;
        let source = self.sources[self.badge];
        let current = known >= self.changed[self.badge]
            && !self.mailbox.is_marking_all(self.is_marking())
            && !self.mailbox.is_marking_below(source, PAGE);
        current.then(|| self.mailbox.unread_for_the_person(source))
    }

    /// Whether the app has heard of everything on the first page of a feed.
    pub(crate) fn knows_rows(&self, feed: FeedNumber) -> bool {
        let known = self.traffic.feeds[feed.0 as usize].rows_known;
        known.is_some_and(|known| known >= self.changed[feed.0 as usize])
            && !self.mailbox.is_marking_all(self.is_marking())
    }
}

/// The app takes a call for all items as done by then.
const BULK_GRACE: Duration = Duration::from_secs(10);
/// A killed program is started again within this time, and has the keychain's answer within that.
pub(crate) const MOST_DOWN: Duration = Duration::from_secs(300);
const KEYCHAIN_WITHIN: Duration = Duration::from_secs(8);
