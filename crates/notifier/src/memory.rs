//! What goes to the store, and what comes back from it: an account writes down only what is not written yet.

use std::collections::{BTreeMap, HashSet};

use doorbell_knock::{
    AccountId, Cursor, Feed, FeedMetadata, FeedOptions, ItemId, Loaded, MarkId, UserId, api,
};
use time::OffsetDateTime;

use crate::{
    account::Account,
    acts::{BULK_GRACE, Bulk},
    event::Now,
    feed_slot::{FeedSlot, Sweep},
    news::Met,
    outbox::Outgoing,
    store::{self, Change, FeedKey, KeptAccount, KeptFeed, KeptMark, KeptScope, KeptSweep},
};

/// Items of a feed that are kept for the next start.
const HEAD: usize = 200;

/// What has been written down of an account, apart from its feeds.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Whether the server had answered each mark when it was written.
    marks: BTreeMap<MarkId, bool>,
    met_until: Option<OffsetDateTime>,
    /// Feeds that are written down and not shown any more.
    unshown: Vec<FeedKey>,
}

/// What has been written down of a feed.
#[derive(Debug, Default)]
pub(crate) struct WrittenFeed {
    state: Option<State>,
    items: HashSet<ItemId>,
    /// Counts, and the cursor below the items.
    end: Option<(Option<FeedMetadata>, Option<Cursor>)>,
    /// Of which the server said something else since.
    changed: HashSet<ItemId>,
    /// A page has come since.
    outdated: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct State {
    horizon: Option<OffsetDateTime>,
    missed_since: Option<OffsetDateTime>,
    synced: Option<OffsetDateTime>,
    sweep: Option<KeptSweep>,
}

impl Written {
    /// The feed is not shown any more.
    pub(crate) fn unshown(&mut self, feed: FeedKey) {
        self.unshown.push(feed);
    }
}

impl WrittenFeed {
    /// A page has come.
    pub(crate) fn page_came(&mut self, loaded: &Loaded) {
        self.changed.extend(loaded.changed.iter().cloned());
        self.outdated = true;
    }
}

impl Account {
    /// What has to be written down now.
    pub(crate) fn unwritten(&mut self) -> Vec<Change> {
        let mut changes = Vec::new();
        let account = self.id.clone();
        for feed in self.written.unshown.drain(..) {
            changes.push(Change::NoFeed {
                account: account.clone(),
                feed,
            });
        }
        let met = self.news.unwritten();
        for slot in &mut self.feeds {
            let Some(horizon) = self.news.horizon(slot.number) else {
                // No page of it has come yet: at the next start it is as new as now.
                continue;
            };
            let held = self.news.oldest_held(slot.number);
            changes.extend(slot.unwritten_state(&account, horizon, held));
            let items: Vec<_> = met
                .iter()
                .filter(|(feed, _, _)| *feed == slot.number)
                .map(|(_, item, at)| (item.clone(), *at))
                .collect();
            if !items.is_empty() {
                changes.push(Change::Met {
                    account: account.clone(),
                    feed: slot.key.clone(),
                    items,
                });
            }
            changes.extend(slot.unwritten_head(&account));
        }
        let until = self.news.met_until();
        if let Some(until) = until.filter(|_| self.written.met_until != until) {
            self.written.met_until = Some(until);
            changes.push(Change::MetUntil { account, until });
        }
        self.unwritten_marks(&mut changes);
        changes
    }

    fn unwritten_marks(&mut self, changes: &mut Vec<Change>) {
        let on_their_way = self.outbox.marks().map(|mark| (mark, false));
        let answered = self.bulk.values().filter_map(|bulk| match bulk {
            Bulk::Asked => None,
            Bulk::Answered { mark, .. } => Some((&**mark, true)),
        });
        let marks: BTreeMap<MarkId, (&Outgoing, bool)> = on_their_way
            .chain(answered)
            .map(|(mark, answered)| (mark.mark, (mark, answered)))
            .collect();
        let written = &mut self.written.marks;
        for (id, (mark, answered)) in &marks {
            if written.insert(*id, *answered) != Some(*answered) {
                let mark = Box::new(mark.keep(*answered));
                let account = self.id.clone();
                changes.push(Change::Mark { account, mark });
            }
        }
        let id = &self.id;
        written.retain(|mark, _| {
            let stays = marks.contains_key(mark);
            if !stays {
                let (account, mark) = (id.clone(), *mark);
                changes.push(Change::Unmark { account, mark });
            }
            stays
        });
    }

    /// Goes on where the account ended. Nothing of it is written down a second time.
    pub(crate) fn recall(&mut self, kept: KeptAccount, now: Now) {
        let KeptAccount {
            mut feeds,
            marks,
            told,
            met_until,
        } = kept;
        self.news.recall(told, met_until);
        self.written.met_until = met_until;
        for slot in &mut self.feeds {
            if let Some(kept) = feeds.remove(&slot.key) {
                let met = slot.recall(kept, now);
                self.news.recall_feed(slot.number, met);
            }
        }
        self.written.unshown.extend(feeds.into_keys());
        let written = marks.iter().map(|mark| (mark.mark, mark.answered));
        self.written.marks = written.collect();
        self.take_up(marks, now);
    }

    /// Lays marks from before the last start on top, and sends them again.
    pub(crate) fn take_up(&mut self, marks: Vec<KeptMark>, now: Now) {
        for kept in marks {
            let mark = kept.mark;
            let bulk = match &kept.scope {
                KeptScope::Items(items) => {
                    for slot in &mut self.feeds {
                        slot.feed.mark(mark, items, kept.status, kept.at);
                        if slot.sweep.is_some() {
                            slot.swept.extend(items.iter().cloned());
                        }
                    }
                    false
                }
                KeptScope::All { feed, older_than } => {
                    let number = self.feeds.iter().find(|slot| slot.key == *feed);
                    if let Some(number) = number.map(|slot| slot.number) {
                        self.lay_on_all(number, mark, kept.status, kept.at, *older_than);
                    }
                    true
                }
            };
            let answered = kept.answered;
            let outgoing = Outgoing::from(kept);
            match (bulk, answered) {
                (true, true) => {
                    let done = now.instant + BULK_GRACE;
                    let mark = Box::new(outgoing);
                    self.outbox.in_bulk(done);
                    self.bulk.insert(mark.mark, Bulk::Answered { mark, done });
                }
                // The server is done with marks on items when it answers.
                (false, true) => {}
                (bulk, false) => {
                    if bulk {
                        self.bulk.insert(mark, Bulk::Asked);
                    }
                    self.outbox.put(outgoing);
                }
            }
            self.outbox.go_on_above(mark);
        }
    }

    /// Gives each feed the name under which it is written down.
    pub(crate) fn name_feeds(&mut self) {
        let mut taken: HashSet<FeedKey> = HashSet::new();
        for slot in &mut self.feeds {
            let key = key_of(slot, &self.credentials.user_id);
            let alike = (2..).map(|number| FeedKey(format!("{}#{number}", key.0)));
            let mut names = std::iter::once(key.clone()).chain(alike);
            let name = names.find(|name| !taken.contains(name));
            slot.key = name.expect("numbers do not end");
            taken.insert(slot.key.clone());
        }
    }
}

impl FeedSlot {
    fn unwritten_state(
        &mut self,
        account: &AccountId,
        horizon: Option<OffsetDateTime>,
        held: Option<OffsetDateTime>,
    ) -> Option<Change> {
        let mut state = State {
            horizon,
            missed_since: self.missed_since,
            synced: self.synced,
            sweep: self.sweep.map(|sweep| sweep.what),
        };
        if let Some(oldest) = held {
            // News that waits for the end of a pause is untold: the next start has to come by it again.
            (state.horizon, state.missed_since) =
                store::untold_from(oldest, state.horizon, state.missed_since);
        }
        if self.written.state.as_ref() == Some(&state) {
            return None;
        }
        self.written.state = Some(state.clone());
        Some(Change::Feed {
            account: account.clone(),
            feed: self.key.clone(),
            horizon: state.horizon,
            missed_since: state.missed_since,
            synced: state.synced,
            sweep: state.sweep,
        })
    }

    fn unwritten_head(&mut self, account: &AccountId) -> Option<Change> {
        let written = &mut self.written;
        if !std::mem::take(&mut written.outdated) {
            return None;
        }
        let head = self.feed.head(HEAD);
        let changed = std::mem::take(&mut written.changed);
        let items: Vec<_> = head
            .items
            .iter()
            .filter(|item| changed.contains(&item.id) || !written.items.contains(&item.id))
            .map(|item| (*item).clone())
            .collect();
        let held: HashSet<ItemId> = head.items.iter().map(|item| item.id.clone()).collect();
        let gone: Vec<ItemId> = written.items.difference(&held).cloned().collect();
        let (counts, older) = (head.counts, head.older.cloned());
        let end = Some((counts, older.clone()));
        if items.is_empty() && gone.is_empty() && written.end == end {
            return None;
        }
        (written.items, written.end) = (held, end);
        Some(Change::Head {
            account: account.clone(),
            feed: self.key.clone(),
            items,
            gone,
            counts,
            older,
        })
    }

    /// Shows what was kept, until a page comes.
    fn recall(&mut self, kept: KeptFeed, now: Now) -> Met {
        let KeptFeed {
            met,
            horizon,
            missed_since,
            synced,
            sweep,
            head,
        } = kept;
        (self.missed_since, self.synced) = (missed_since, synced);
        self.sweep = sweep.map(|what| Sweep {
            what,
            held_until: now.instant,
        });
        self.written.state = Some(State {
            horizon,
            missed_since,
            synced,
            sweep,
        });
        if let Some(head) = head {
            self.written.items = head.items.iter().map(|item| item.id.clone()).collect();
            if self.sweep.is_some() {
                self.swept = self.written.items.clone();
            }
            self.written.end = Some((head.counts, head.older.clone()));
            let archived = self.config.options.archived;
            self.feed = Feed::restored(archived, head.items, head.counts, head.older);
        }
        Met::recalled(met, horizon)
    }
}

impl Outgoing {
    fn keep(&self, answered: bool) -> KeptMark {
        KeptMark {
            mark: self.mark,
            status: self.status,
            at: self.at,
            scope: self.scope.clone(),
            request: self.request.clone(),
            answered,
        }
    }
}

impl From<KeptMark> for Outgoing {
    fn from(kept: KeptMark) -> Outgoing {
        Outgoing {
            mark: kept.mark,
            status: kept.status,
            at: kept.at,
            scope: kept.scope,
            request: kept.request,
            held_until: None,
        }
    }
}

/// What a feed shows says which it is: its channel, and its filters as they are sent.
fn key_of(slot: &FeedSlot, user: &UserId) -> FeedKey {
    let mut options: FeedOptions = slot.config.options.clone();
    // Says how much comes at a time, not what.
    options.page_size = None;
    let request = api::feed_page(user, &slot.feed_id, &options, &Default::default());
    let filters: Vec<String> = request
        .query
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    FeedKey(format!("{}?{}", slot.feed_id, filters.join("&")))
}
