//! Our client: the whole app with its real socket and its real HTTP, at a desktop that does what it is told.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use doorbell_emulator::Config;
use doorbell_knock::{Draft, FeedMetadata, ItemId, Status};
use doorbell_notifier::{
    AccountId, Action, Desktop, Event, FeedConfig, FeedNumber, FeedView, Filter, Mark, Notifier,
    Options, View, start,
};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::knock::Knock;
use crate::scenario::Filters;
use crate::shown::{Shown, ShownItem};

pub(crate) struct Ours {
    notifier: Notifier,
    account: AccountId,
    /// The last view of each feed.
    views: Arc<Mutex<Vec<Option<FeedView>>>>,
    /// The feed that the window shows.
    looked: AtomicUsize,
    desktop: JoinHandle<()>,
}

impl Ours {
    pub(crate) fn open(knock: &Knock, feeds: &[Filters]) -> Ours {
        let feed = |filters: &Filters| FeedConfig {
            options: filters.ours(),
            ..FeedConfig::default()
        };
        let options = Options {
            seed: 7,
            config: doorbell_notifier::Config {
                feeds: feeds.iter().map(feed).collect(),
                ..Default::default()
            },
            ..Options::default()
        };
        let (notifier, wanted) = start(options).unwrap();
        let config = Config::default();
        let draft = Draft {
            public_key: config.public_key,
            user_id: config.user_id,
            feed_id: config.feed_id,
            host: knock.url().to_owned(),
            ..Draft::default()
        };
        let credentials = draft.parse().unwrap();
        let account = credentials.account_id();
        notifier.send(Event::Restored(vec![credentials]));
        let views = Arc::new(Mutex::new(vec![None; feeds.len()]));
        let desktop = tokio::spawn(perform(wanted, notifier.clone(), Arc::clone(&views)));
        let ours = Ours {
            notifier,
            account,
            views,
            looked: AtomicUsize::new(0),
            desktop,
        };
        ours.look(0);
        ours
    }

    pub(crate) fn close(self) {
        self.act(Action::Quit);
        self.desktop.abort();
    }

    /// What each feed shows. The window shows one at a time, so it goes through them.
    pub(crate) async fn shown(&self, knock: &Knock) -> Vec<Shown> {
        let mut shown = Vec::new();
        let count = self.views.lock().unwrap().len();
        for feed in 0..count {
            // It answers with a view only when it shows something else than before.
            if self.looked.swap(feed, Ordering::Relaxed) != feed {
                self.views.lock().unwrap()[feed] = None;
                self.look(feed);
                while self.views.lock().unwrap()[feed].is_none() {
                    sleep(Duration::from_millis(5)).await;
                }
            }
            shown.extend(self.shown_of(feed, knock));
        }
        shown
    }

    fn shown_of(&self, feed: usize, knock: &Knock) -> Option<Shown> {
        let views = self.views.lock().unwrap();
        let view = views[feed].as_ref().filter(|view| view.loaded)?;
        let names = knock.names();
        Some(Shown {
            items: (view.rows.iter())
                .map(|row| ShownItem {
                    name: names[row.id.as_str()].clone(),
                    seen: !row.unseen,
                    read: !row.unread,
                    archived: row.archived,
                })
                .collect(),
            counts: FeedMetadata {
                total_count: view.counts.total,
                unread_count: view.counts.unread,
                unseen_count: view.counts.unseen,
            },
        })
    }

    pub(crate) fn mark(&self, feed: usize, status: Status, ids: &[String]) {
        let ids: Vec<ItemId> = ids.iter().map(|id| id.as_str().into()).collect();
        match mark(status) {
            Some(mark) => self.act_in(feed, Action::Mark { ids, mark }),
            None => {
                for id in ids {
                    self.act_in(feed, Action::Open { id });
                }
            }
        }
    }

    pub(crate) fn all(&self, feed: usize, status: Status) {
        let mark = mark(status).expect("nobody opens all items at once");
        self.act_in(feed, Action::MarkAll { mark });
    }

    /// There is no button for it: a person archives the rows that are read.
    pub(crate) fn archive_read(&self, feed: usize) {
        let views = self.views.lock().unwrap();
        let rows = views[feed].iter().flat_map(|view| &view.rows);
        let ids = rows.filter(|row| !row.unread).map(|row| row.id.clone());
        let (ids, mark) = (ids.collect(), Mark::Archived);
        self.act_in(feed, Action::Mark { ids, mark });
    }

    pub(crate) fn fetch(&self) {
        self.act_in(0, Action::OpenWindow);
    }

    pub(crate) fn more(&self, feed: usize) {
        self.act_in(feed, Action::More);
    }

    /// The window shows a feed.
    fn look(&self, feed: usize) {
        let show = Action::Show {
            filter: Filter::All,
            only: Default::default(),
            first: 0,
            count: 200,
        };
        self.act_in(feed, show);
    }

    fn act_in(&self, feed: usize, action: Action) {
        self.act(Action::In {
            account: self.account.clone(),
            feed: Some(FeedNumber(u32::try_from(feed).unwrap())),
            action: Box::new(action),
        });
    }

    fn act(&self, action: Action) {
        self.notifier.send(Event::Do(action));
    }
}

/// Does what the app wants of a desktop, and keeps what it shows.
async fn perform(
    mut wanted: mpsc::UnboundedReceiver<Desktop>,
    notifier: Notifier,
    views: Arc<Mutex<Vec<Option<FeedView>>>>,
) {
    while let Some(wanted) = wanted.recv().await {
        match wanted {
            Desktop::View(view) => {
                if let View::Feed(view) = *view {
                    let feed = usize::try_from(view.number.0).unwrap();
                    views.lock().unwrap()[feed] = Some(*view);
                }
            }
            Desktop::OpenUrl { account, item, .. } => notifier.send(Event::Opened {
                account,
                item,
                result: Ok(()),
            }),
            Desktop::Toast(toast) => notifier.shown(toast.key),
            Desktop::Tray(_)
            | Desktop::Withdraw(_)
            | Desktop::ShowWindow
            | Desktop::Listed { .. }
            | Desktop::ToggleWindow
            | Desktop::Recall
            | Desktop::Store(_)
            | Desktop::Forget { .. }
            | Desktop::SignInEnded(_)
            | Desktop::Quit => {}
        }
    }
}

/// What a person says with this status; interacting is opening.
fn mark(status: Status) -> Option<Mark> {
    match status {
        Status::Seen => Some(Mark::Seen),
        Status::Unseen => Some(Mark::Unseen),
        Status::Read => Some(Mark::Read),
        Status::Unread => Some(Mark::Unread),
        Status::Archived => Some(Mark::Archived),
        Status::Unarchived => Some(Mark::Unarchived),
        Status::Interacted => None,
    }
}
