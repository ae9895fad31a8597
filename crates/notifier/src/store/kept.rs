use std::collections::BTreeMap;

use doorbell_knock::{AccountId, Cursor, FeedItem, FeedMetadata, ItemId, MarkId, Request, Status};
use time::OffsetDateTime;

/// All that is remembered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    pub accounts: BTreeMap<AccountId, KeptAccount>,
    /// A pause that the person asked for.
    pub pause: Pause,
}

/// For how long toasts wait because the person asked for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pause {
    #[default]
    Off,
    Until(OffsetDateTime),
    UntilResumed,
}

/// What is remembered of one account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeptAccount {
    pub feeds: BTreeMap<FeedKey, KeptFeed>,
    /// Marks that the server may not have taken, in the order they were made.
    pub marks: Vec<KeptMark>,
    /// Items that had their toast, by way of whichever feed, and when each was inserted.
    pub told: BTreeMap<ItemId, OffsetDateTime>,
    /// No item inserted up to then gets a toast, whether its id is known or not; nothing while all ids are known.
    pub met_until: Option<OffsetDateTime>,
}

/// What is remembered of one feed, from its first page on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeptFeed {
    /// Items that had their chance of a toast in this feed, and when each was inserted.
    pub met: BTreeMap<ItemId, OffsetDateTime>,
    /// Items inserted before this were there before the first page came; nothing when that was empty.
    pub horizon: Option<OffsetDateTime>,
    /// Pages are still to be read down to this time, since more was missed than one shows.
    pub missed_since: Option<OffsetDateTime>,
    /// When a page was last heard.
    pub synced: Option<OffsetDateTime>,
    /// A person marked all of it, and pages are still to be marked as they come.
    pub sweep: Option<KeptSweep>,
    /// Nothing when contents are not kept.
    pub head: Option<KeptHead>,
}

/// Items inserted before a time get a status as pages show them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptSweep {
    pub status: Status,
    pub older_than: OffsetDateTime,
}

/// The newest part of a feed, without a hole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeptHead {
    /// In no order.
    pub items: Vec<FeedItem>,
    pub counts: Option<FeedMetadata>,
    /// Goes on below the items.
    pub older: Option<Cursor>,
}

/// A mark on its way to the server.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptMark {
    pub mark: MarkId,
    pub status: Status,
    /// When the person made it.
    pub at: OffsetDateTime,
    pub scope: KeptScope,
    pub request: Request,
    /// The server has answered, but is still at it.
    pub answered: bool,
}

/// What a mark is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptScope {
    Items(Vec<ItemId>),
    /// Every item of a feed inserted before a time.
    All {
        feed: FeedKey,
        older_than: OffsetDateTime,
    },
}

/// Names a feed of an account by what it shows, the same at every start: its channel and its filters.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedKey(pub String);

/// Something to remember, or to forget.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// These items have had their chance of a toast in a feed.
    Met {
        account: AccountId,
        feed: FeedKey,
        items: Vec<(ItemId, OffsetDateTime)>,
    },
    /// These items have had their toast.
    Told {
        account: AccountId,
        items: Vec<(ItemId, OffsetDateTime)>,
    },
    /// Everything inserted up to then counts as met and told; no id of it is needed any more.
    MetUntil {
        account: AccountId,
        until: OffsetDateTime,
    },
    /// A mark was made, or the server answered and is still at it.
    Mark {
        account: AccountId,
        mark: Box<KeptMark>,
    },
    /// A mark is done, or refused.
    Unmark { account: AccountId, mark: MarkId },
    /// Where a feed stands, apart from its contents.
    Feed {
        account: AccountId,
        feed: FeedKey,
        horizon: Option<OffsetDateTime>,
        missed_since: Option<OffsetDateTime>,
        synced: Option<OffsetDateTime>,
        sweep: Option<KeptSweep>,
    },
    /// The newest part of a feed that [`Change::Feed`] has named: items that are new in it or say something else, and
    /// those that are no longer in it.
    Head {
        account: AccountId,
        feed: FeedKey,
        items: Vec<FeedItem>,
        gone: Vec<ItemId>,
        counts: Option<FeedMetadata>,
        older: Option<Cursor>,
    },
    /// The feed is not shown any more.
    NoFeed { account: AccountId, feed: FeedKey },
    /// The account has been signed out: nothing of it stays.
    Forget { account: AccountId },
    /// The person asked for a pause, or ended one.
    Paused(Pause),
}

impl Change {
    /// How a feed stands as long as items from a time on have to be told: not read down to them yet, so that they are
    /// come by again should the program end before.
    pub(crate) fn untold_from(self, oldest: OffsetDateTime) -> Change {
        let mut change = self;
        if let Change::Feed {
            horizon,
            missed_since,
            ..
        } = &mut change
        {
            (*horizon, *missed_since) = untold_from(oldest, *horizon, *missed_since);
        }
        change
    }

    /// The oldest item that was met in a feed with this.
    pub(crate) fn oldest_met(&self, account: &AccountId, feed: &FeedKey) -> Option<OffsetDateTime> {
        match self {
            Change::Met {
                account: of,
                feed: within,
                items,
            } if of == account && within == feed => items.iter().map(|(_, at)| *at).min(),
            Change::Met { .. }
            | Change::Told { .. }
            | Change::MetUntil { .. }
            | Change::Mark { .. }
            | Change::Unmark { .. }
            | Change::Feed { .. }
            | Change::Head { .. }
            | Change::NoFeed { .. }
            | Change::Paused(_)
            | Change::Forget { .. } => None,
        }
    }
}

/// The horizon of a feed, and down to where it is still to be read, as long as items from a time on have to be told.
pub(crate) fn untold_from(
    oldest: OffsetDateTime,
    horizon: Option<OffsetDateTime>,
    missed_since: Option<OffsetDateTime>,
) -> (Option<OffsetDateTime>, Option<OffsetDateTime>) {
    let before = oldest - time::Duration::MICROSECOND;
    let horizon = horizon.map(|horizon| horizon.min(before));
    (horizon, missed_since.or(Some(before)).min(Some(before)))
}

impl Kept {
    /// The changes that make this of nothing.
    pub fn changes(&self) -> Vec<Change> {
        let changes = self
            .accounts
            .iter()
            .flat_map(|(id, account)| account.changes(id));
        let pause = (self.pause != Pause::Off).then_some(Change::Paused(self.pause));
        changes.chain(pause).collect()
    }
}

impl KeptAccount {
    fn changes(&self, id: &AccountId) -> Vec<Change> {
        let account = || id.clone();
        let list = |ids: &BTreeMap<ItemId, OffsetDateTime>| {
            ids.iter().map(|(id, at)| (id.clone(), *at)).collect()
        };
        let mut changes = vec![Change::Told {
            account: account(),
            items: list(&self.told),
        }];
        changes.extend(self.met_until.map(|until| Change::MetUntil {
            account: account(),
            until,
        }));
        changes.extend(self.marks.iter().map(|mark| Change::Mark {
            account: account(),
            mark: Box::new(mark.clone()),
        }));
        for (key, feed) in &self.feeds {
            changes.push(Change::Feed {
                account: account(),
                feed: key.clone(),
                horizon: feed.horizon,
                missed_since: feed.missed_since,
                synced: feed.synced,
                sweep: feed.sweep,
            });
            changes.push(Change::Met {
                account: account(),
                feed: key.clone(),
                items: list(&feed.met),
            });
            changes.extend(feed.head.as_ref().map(|head| Change::Head {
                account: account(),
                feed: key.clone(),
                items: head.items.clone(),
                gone: Vec::new(),
                counts: head.counts,
                older: head.older.clone(),
            }));
        }
        changes
    }
}
