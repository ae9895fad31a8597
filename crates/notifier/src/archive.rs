//! What was put away of a feed: a list of its own, fetched while somebody looks at it. Nothing of it is news.

use doorbell_knock::{Archived, Failure, FeedPage};

use crate::{
    account::Account,
    config::FeedConfig,
    event::Now,
    feed_slot::{FeedNumber, FeedSlot, Link},
    token::renewal::Way,
};

/// The list of what was put away, as a feed that is on no channel.
#[derive(Debug)]
pub(crate) struct Archive {
    /// Whose.
    pub(crate) of: FeedNumber,
    pub(crate) slot: FeedSlot,
}

/// Archives are numbered above all feeds, each with a number that no earlier one had: late answers are recognised.
const FIRST: u32 = 1 << 31;

impl Account {
    /// Somebody looks at what was put away of this feed, or at nothing of the kind.
    pub(crate) fn look_into_archive(&mut self, of: Option<FeedNumber>, now: Now) {
        if self.archive.as_ref().map(|archive| archive.of) == of {
            return;
        }
        self.archive = of.and_then(|of| {
            let FeedConfig { options, .. } = &self.slot(of)?.config;
            let mut options = options.clone();
            options.archived = Archived::Only;
            let config = FeedConfig {
                options,
                ..self.slot(of)?.config.clone()
            };
            let number = FeedNumber(FIRST | self.archives);
            self.archives = (self.archives + 1) % FIRST;
            let random = &mut self.random.fork();
            let mut slot = FeedSlot::new(number, config, &self.credentials, random, now);
            slot.link = Link::Joined;
            Some(Archive { of, slot })
        });
    }

    /// Another line goes on: what was asked for the window's pages alone is asked again there.
    pub(crate) fn forget_pages(&mut self) {
        self.archive = None;
        self.preferences.start_over();
    }

    /// A page came for a number. Whether that is no feed's.
    pub(crate) fn archive_came(
        &mut self,
        number: FeedNumber,
        result: &Result<FeedPage, Failure>,
        now: Now,
    ) -> bool {
        if number.0 < FIRST {
            return false;
        }
        let archive = self.archive.as_mut().map(|archive| &mut archive.slot);
        let Some(slot) = archive.filter(|slot| slot.number == number) else {
            return true;
        };
        let Some((purpose, ticket)) = slot.sync.answered() else {
            return true;
        };
        match result {
            Ok(page) => {
                slot.sync.succeeded();
                slot.trouble = None;
                let loaded = slot.load(&purpose, ticket, page.clone());
                slot.sync.fill_hole(loaded.hole);
            }
            Err(failure) => {
                slot.trouble = Some(failure.to_string());
                let asked = failure.retry_after();
                let random = &mut self.random;
                let asked = slot.sync.failed(purpose, asked, random, now.instant);
                if let Some(until) = asked {
                    self.lists().for_each(|slot| slot.sync.leave_alone(until));
                }
                if failure.requires_sign_in() {
                    self.unauthorized(Way::Requests, now);
                }
            }
        }
        true
    }
}
