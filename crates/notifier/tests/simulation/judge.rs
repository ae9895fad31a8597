//! What the person sees, held against what the model says: all along, and in the end.

use std::time::Duration;

use doorbell_knock::AccountId;
use doorbell_notifier::{Face, FeedNumber};

use crate::{
    invariant::Invariant,
    side::Side,
    world::{PAGE, World},
};

impl World {
    /// While the app has heard of everything that has happened, it shows it.
    pub(crate) fn judge_the_screen(&self) {
        if self.is_asleep() || !self.is_signed_in {
            return;
        }
        self.judge_the_tray();
        let Some((account, feed)) = self.screen.place() else {
            return;
        };
        let user = self.user_named(&account).unwrap_or_default();
        let Some(side) = self.sides.get(user).filter(|side| side.knows_rows(feed)) else {
            return;
        };
        let listed = side
            .mailbox
            .listed(side.source(feed))
            .map(|(id, item)| (id.as_str(), item.is_unread_for_the_person()));
        for (row, (id, is_unread)) in self.screen.rows().iter().zip(listed).take(PAGE) {
            Invariant::Rows.holds(row.id.0 == id && row.unread == is_unread, || {
                format!(
                    "a row shows {} (unread: {}) where {id} (unread: {is_unread}) is",
                    row.id.0, row.unread
                )
            });
        }
    }

    fn judge_the_tray(&self) {
        let badges = self.sides.values().map(Side::badge);
        match self.screen.face() {
            Some(Face::Count(shown) | Face::Offline(shown) | Face::Paused(shown)) => {
                let Some(unread) = badges.sum::<Option<u64>>() else {
                    return;
                };
                Invariant::Badge.holds(shown == unread, || {
                    let each: Vec<_> = self.sides.values().map(Side::badge).collect();
                    format!("it shows {shown} where {unread} are unread: {each:?}")
                });
            }
            Some(Face::Refused) => {
                let now = self.elapsed;
                let is_taken = |side: &Side| {
                    !side.traffic.refused && (!self.has_tokens() || side.tokens.is_good(now))
                };
                Invariant::SignIn.holds(!self.sides.values().any(is_taken), || {
                    "it says that it is refused, while the server would take it".to_owned()
                });
            }
            Some(Face::SignedOut) => {
                Invariant::SignIn.holds(false, || "nobody has signed out".to_owned());
            }
            None => {}
        }
    }

    /// In the end everything is as the server says, and as the person said.
    pub(crate) fn judge(&mut self) {
        for side in self.sides.values() {
            side.mailbox.judge_marks();
        }
        let face = self.screen.face();
        Invariant::Online.holds(matches!(face, Some(Face::Count(_))), || {
            format!("the tray shows {face:?}")
        });
        for (account, feed) in self.places() {
            self.show(account.clone(), feed);
            self.run_for(LOOK);
            self.judge_list(&account, feed);
        }
        let face = self.screen.face();
        let unread = |side: &Side| side.mailbox.counts(side.sources[side.badge]).1;
        let unread = self.sides.values().map(unread).sum();
        Invariant::Counts.holds(face == Some(Face::Count(unread)), || {
            format!("the tray shows {face:?} where {unread} are unread")
        });
        for side in self.sides.values() {
            let near = side.mailbox.listed(None).take(PAGE);
            let near = near.map(|(id, _)| id.clone()).collect();
            side.toasts.judge(&side.mailbox, &near);
        }
    }

    fn judge_list(&self, account: &AccountId, feed: FeedNumber) {
        let place = self.screen.place();
        Invariant::List.holds(place.as_ref() == Some(&(account.clone(), feed)), || {
            format!("the window shows {place:?}, not {feed:?}")
        });
        let side = &self.sides[self.user_named(account).unwrap_or_default()];
        let source = side.source(feed);
        let (shown, is) = (self.screen.counts(), side.mailbox.counts(source));
        Invariant::Counts.holds(shown == Some(is), || {
            format!("the window counts {shown:?} where it is {is:?}")
        });
        let listed: Vec<_> = side.mailbox.listed(source).collect();
        let rows = self.screen.rows();
        Invariant::List.holds(rows.len() >= listed.len().min(PAGE), || {
            format!("{} rows of {}", rows.len(), listed.len())
        });
        for (index, (row, (id, item))) in rows.iter().zip(&listed).enumerate() {
            Invariant::Account.holds(side.mailbox.get(&row.id.0).is_some(), || {
                format!("a row shows {}, which is another account's", row.id)
            });
            let shown = (&row.id.0, row.unread, row.unseen);
            let is = (*id, !item.read, !item.seen);
            Invariant::List.holds(shown == is, || {
                format!("row {index} shows {shown:?} where {is:?} is")
            });
        }
    }

    /// What the app holds is bounded, whatever has happened.
    pub(crate) fn judge_memory(&self) {
        let held = format!("{:?}", self.program.app()).len();
        Invariant::Memory.holds(held <= MOST_HELD, || {
            format!("the app holds {held} characters")
        });
    }

    /// While nobody looks, it holds a few pages of each feed.
    pub(crate) fn judge_what_is_held(&mut self) {
        self.close_window();
        self.run_for(LOOK);
        let words = format!("{:?}", self.program.app());
        let held = words.matches("FeedItem {").count();
        let most = MOST_PAGES * PAGE * self.places().len();
        Invariant::Memory.holds(held <= most, || {
            format!("the app holds {held} items of {most} at most")
        });
    }
}

/// The window shows a feed for so long before it is judged.
pub(crate) const LOOK: Duration = Duration::from_millis(2_500);
/// Pages that a feed holds while nobody looks at it.
const MOST_PAGES: usize = 4;
/// Characters of the app's whole state, in words.
const MOST_HELD: usize = 1_500_000;
