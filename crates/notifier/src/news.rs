use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    time::{Duration, Instant},
};

use doorbell_knock::{FeedItem, ItemId};
use time::OffsetDateTime;

use crate::{
    action::{Action, Mark},
    desktop::Desktop,
    toast::{Toast, ToastButton, ToastKey},
};

/// Arrivals within this time belong together.
const BURST: Duration = Duration::from_secs(5);
/// How many arrivals of a burst get a toast of their own.
const APART: usize = 3;
/// Titles named in a summary.
const NAMED: usize = 4;
/// Items reach the list a little out of order; one this much older than the newest is still news.
const LATE: time::Duration = time::Duration::minutes(1);

/// Decides which items are announced: each at most once, a burst as one summary.
#[derive(Debug, Default)]
pub(crate) struct News {
    met: HashSet<ItemId>,
    /// Items older than this were there before the first page came.
    horizon: Option<OffsetDateTime>,
    recent: VecDeque<Instant>,
    /// The newest toast of the current burst and what it tells of.
    last: Option<ToastKey>,
    summaries: u64,
    /// What is on the screen, as far as anyone knows, and the items still unread in it.
    shown: BTreeMap<ToastKey, Vec<(ItemId, String)>>,
}

impl News {
    /// Meets the items of the first page, or of pages further back, in silence.
    pub(crate) fn meet<'a>(&mut self, items: impl IntoIterator<Item = &'a FeedItem>) {
        for item in items {
            self.met.insert(item.id.clone());
            self.horizon = self.horizon.max(Some(item.inserted_at - LATE));
        }
    }

    /// Announces those of the items, newest first, that are news.
    pub(crate) fn arrive(&mut self, items: &[FeedItem], now: Instant) -> Vec<Desktop> {
        let mut news: Vec<&FeedItem> = Vec::new();
        for item in items.iter().rev() {
            let late = self
                .horizon
                .is_some_and(|horizon| item.inserted_at < horizon);
            if self.met.insert(item.id.clone()) && !late && item.is_unread() && !item.is_archived()
            {
                news.push(item);
            }
        }
        if news.is_empty() {
            return Vec::new();
        }
        while self
            .recent
            .front()
            .is_some_and(|&at| now.saturating_duration_since(at) >= BURST)
        {
            self.recent.pop_front();
        }
        if self.recent.is_empty() {
            self.last = None;
        }
        self.recent.extend(news.iter().map(|_| now));
        if self.recent.len() > APART {
            return vec![Desktop::Toast(self.summary(&news))];
        }
        news.into_iter()
            .map(|item| Desktop::Toast(self.single(item)))
            .collect()
    }

    /// The item is read, archived or gone: takes its toast back.
    pub(crate) fn settled(&mut self, item: &ItemId) -> Vec<Desktop> {
        let mut done = Vec::new();
        for (key, items) in &mut self.shown {
            let before = items.len();
            items.retain(|(id, _)| id != item);
            if items.is_empty() && before > 0 {
                done.push(key.clone());
            }
        }
        done.into_iter().map(|key| self.withdraw(key)).collect()
    }

    /// Takes every toast back.
    pub(crate) fn clear(&mut self) -> Vec<Desktop> {
        let keys: Vec<ToastKey> = self.shown.keys().cloned().collect();
        keys.into_iter().map(|key| self.withdraw(key)).collect()
    }

    /// The items that stand in a toast now.
    pub(crate) fn announced(&self) -> Vec<ItemId> {
        self.shown
            .values()
            .flatten()
            .map(|(id, _)| id.clone())
            .collect()
    }

    fn withdraw(&mut self, key: ToastKey) -> Desktop {
        self.shown.remove(&key);
        if self.last.as_ref() == Some(&key) {
            self.last = None;
        }
        Desktop::Withdraw(key)
    }

    fn single(&mut self, item: &FeedItem) -> Toast {
        let (title, body) = item.title_and_body();
        let key = ToastKey::Item(item.id.clone());
        self.shown
            .insert(key.clone(), vec![(item.id.clone(), title.clone())]);
        self.last = Some(key.clone());
        let mut buttons: Vec<ToastButton> = item
            .buttons()
            .take(2)
            .enumerate()
            .map(|(index, button)| ToastButton {
                label: button.label.clone(),
                action: Action::Press {
                    id: item.id.clone(),
                    button: index as u32,
                },
            })
            .collect();
        buttons.push(ToastButton {
            label: "Mark read".to_owned(),
            action: Action::Mark {
                ids: vec![item.id.clone()],
                mark: Mark::Read,
            },
        });
        Toast {
            key,
            replaces: None,
            title,
            body,
            default: Action::Open {
                id: item.id.clone(),
            },
            buttons,
        }
    }

    /// One toast for the whole burst, in the place of the burst's last one.
    fn summary(&mut self, news: &[&FeedItem]) -> Toast {
        let replaces = self.last.take();
        let mut items = replaces
            .as_ref()
            .and_then(|key| self.shown.remove(key))
            .unwrap_or_default();
        items.extend(
            news.iter()
                .map(|item| (item.id.clone(), item.title_and_body().0)),
        );
        let key = match replaces {
            Some(ToastKey::Summary(number)) => ToastKey::Summary(number),
            Some(ToastKey::Item(_)) | None => {
                self.summaries += 1;
                ToastKey::Summary(self.summaries)
            }
        };
        let named: Vec<&str> = items
            .iter()
            .rev()
            .take(NAMED)
            .map(|(_, title)| title.as_str())
            .collect();
        let toast = Toast {
            replaces,
            title: format!("{} new notifications", items.len()),
            body: named.join("\n"),
            default: Action::OpenWindow,
            buttons: Vec::new(),
            key: key.clone(),
        };
        self.last = Some(key.clone());
        self.shown.insert(key, items);
        toast
    }
}
