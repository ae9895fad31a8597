use std::time::{Duration, Instant};

use doorbell_knock::{MarkId, Status};

use crate::feed_slot::FeedNumber;

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
    pub(crate) fn of_items(count: usize, until: Instant) -> Undo {
        let words = match count {
            1 => "Archived".to_owned(),
            count => format!("Archived {count} items"),
        };
        Undo {
            marks: Vec::new(),
            feed: None,
            words,
            until,
        }
    }

    /// All of a feed was marked.
    pub(crate) fn of_all(status: Status, feed: FeedNumber, until: Instant) -> Undo {
        let words = match status {
            Status::Seen => "Marked all as seen",
            Status::Unseen => "Marked all as unseen",
            Status::Read | Status::Interacted => "Marked all as read",
            Status::Unread => "Marked all as unread",
            Status::Archived => "Archived all",
            Status::Unarchived => "Took all out of the archive",
        };
        Undo {
            marks: Vec::new(),
            feed: Some(feed),
            words: words.to_owned(),
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
