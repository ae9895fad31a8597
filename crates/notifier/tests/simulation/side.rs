use std::time::Duration;

use doorbell_notifier::FeedNumber;

use crate::{
    mailbox::{Mailbox, Source},
    toasts::Toasts,
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
    /// When the server's state of each feed last changed, by its clock.
    changed: Vec<Duration>,
}

impl Side {
    pub(crate) fn new(sources: &[Source], badge: usize) -> Self {
        Self {
            traffic: Traffic::of_feeds(sources.len()),
            sources: sources.to_vec(),
            badge,
            mailbox: Mailbox::default(),
            toasts: Toasts::default(),
            changed: vec![Duration::ZERO; sources.len()],
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

    pub(crate) fn source(&self, feed: FeedNumber) -> Source {
        self.sources[feed.0 as usize]
    }

    /// The number that the tray should show for it, when the app has heard of everything that has happened.
    pub(crate) fn badge(&self) -> Option<u64> {
        let known = self.traffic.feeds[self.badge].counts_known?;
        let source = self.sources[self.badge];
        let current = known >= self.changed[self.badge]
            && !self.mailbox.is_marking_all(self.traffic.is_marking())
            && !self.mailbox.is_marking_below(source, PAGE);
        current.then(|| self.mailbox.unread_for_the_person(source))
    }

    /// Whether the app has heard of everything on the first page of a feed.
    pub(crate) fn knows_rows(&self, feed: FeedNumber) -> bool {
        let known = self.traffic.feeds[feed.0 as usize].rows_known;
        known.is_some_and(|known| known >= self.changed[feed.0 as usize])
            && !self.mailbox.is_marking_all(self.traffic.is_marking())
    }
}
