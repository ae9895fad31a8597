use std::time::{Duration, Instant};

use doorbell_knock::{MarkId, Status};

use crate::{feed_slot::FeedNumber, words::Words};

/// What was archived, or marked all at once, waits so long in the outbox.
pub(crate) const HOLD: Duration = Duration::from_secs(5);

/// The last thing a person did that can be taken back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Undo {
    pub(crate) marks: Vec<MarkId>,
    /// The feed in which more marks of it may be coming.
    pub(crate) feed: Option<FeedNumber>,
    /// What was done.
    pub(crate) words: String,
    until: Instant,
}

impl Undo {
    /// Items were archived.
    pub(crate) fn of_items(count: usize, until: Instant, words: &Words) -> Undo {
        let words = words.with("undo-archived", [("count", count.into())]);
        Undo {
            marks: Vec::new(),
            feed: None,
            words,
            until,
        }
    }

    /// All of a feed was marked.
    pub(crate) fn of_all(status: Status, feed: FeedNumber, until: Instant, words: &Words) -> Undo {
        let done = match status {
            Status::Seen => "undo-all-seen",
            Status::Unseen => "undo-all-unseen",
            Status::Read | Status::Interacted => "undo-all-read",
            Status::Unread => "undo-all-unread",
            Status::Archived => "undo-all-archived",
            Status::Unarchived => "undo-all-unarchived",
        };
        Undo {
            marks: Vec::new(),
            feed: Some(feed),
            words: words.say(done),
            until,
        }
    }

    pub(crate) fn until(&self) -> Instant {
        self.until
    }

    pub(crate) fn is_over(&self, now: Instant) -> bool {
        now >= self.until
    }
}
