use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::{Duration, Instant},
};

use doorbell_knock::{AccountId, FeedItem, ItemId};
use time::OffsetDateTime;

use crate::{
    action::{Action, Mark},
    config::{self, Config, Rule, Tell},
    desktop::Desktop,
    feed_slot::FeedNumber,
    render::cut,
    toast::{Toast, ToastButton, ToastKey},
    words::Words,
};

/// Arrivals within this time belong together.
const BURST: Duration = Duration::from_secs(5);
/// How many arrivals of a burst get a toast of their own.
const APART: usize = 3;
/// Characters of a toast's title, body and button at most.
const MAX_TITLE: usize = 100;
const MAX_BODY: usize = 300;
const MAX_LABEL: usize = 40;
/// Titles named in a summary.
const NAMED: usize = 4;
/// Items reach the list a little out of order; one this much older than the newest is still news.
const LATE: time::Duration = time::Duration::minutes(1);
/// A feed that has met more items than `MANY` lets go of the ids of all but about the newest `ENOUGH`.
const MANY: usize = 2_000;
const ENOUGH: usize = 1_000;

/// Decides which items are announced: each at most once, a burst as one summary.
#[derive(Debug)]
pub(crate) struct News {
    account: AccountId,
    /// What each feed has met. An item that was there before in one feed may still arrive in another.
    feeds: BTreeMap<FeedNumber, Met>,
    /// Items that had their toast, by way of whichever feed, and when each was inserted.
    told: HashMap<ItemId, OffsetDateTime>,
    /// What was inserted up to then gets no toast, whether its id is known or not.
    met_until: Option<OffsetDateTime>,
    /// Items met in silence that the store has not been given.
    unwritten: Vec<(FeedNumber, ItemId, OffsetDateTime)>,
    recent: VecDeque<Instant>,
    /// The newest toast of the current burst and what it tells of.
    last: Option<ToastKey>,
    summaries: u64,
    /// What is on the screen, as far as anyone knows, and the items still unread in it.
    shown: BTreeMap<ToastKey, Vec<Told>>,
    /// News that waits for the end of a pause or of quiet hours, oldest first.
    held: Vec<(FeedNumber, Told)>,
    /// There is such a pause now.
    holds: bool,
    /// The oldest of what has just been let out, by feed; it is on its way to the store.
    released: BTreeMap<FeedNumber, OffsetDateTime>,
    manner: Manner,
}

/// How news is told, as far as the person has set it.
#[derive(Clone, Debug)]
pub(crate) struct Manner {
    /// The first that fits an item counts.
    pub(crate) rules: Vec<Rule>,
    /// Toasts say that something came, and not what.
    pub(crate) private: bool,
    pub(crate) words: Words,
}

impl Manner {
    pub(crate) fn of(config: &Config, words: &Words) -> Manner {
        Manner {
            words: words.clone(),
            rules: config.rules.clone(),
            private: config.private,
        }
    }
}

/// One toast for all that waited, and in which feeds it is told of.
#[derive(Debug)]
pub(crate) struct Belated {
    pub(crate) toast: Toast,
    pub(crate) items: Vec<(FeedNumber, ItemId, OffsetDateTime)>,
}

/// What one feed has met.
#[derive(Debug, Default)]
pub(crate) struct Met {
    /// When each was inserted.
    pub(crate) items: HashMap<ItemId, OffsetDateTime>,
    /// Items older than this were there before the first page came.
    pub(crate) horizon: Option<OffsetDateTime>,
}

/// A toast, and the items that are told of with it for the first time.
#[derive(Debug, PartialEq)]
pub(crate) struct Announcement {
    pub(crate) toast: Toast,
    pub(crate) items: Vec<(ItemId, OffsetDateTime)>,
}

impl Met {
    /// What was met before the last start.
    pub(crate) fn recalled(
        items: BTreeMap<ItemId, OffsetDateTime>,
        horizon: Option<OffsetDateTime>,
    ) -> Met {
        let items = items.into_iter().collect();
        Met { items, horizon }
    }
}

impl News {
    pub(crate) fn new(account: AccountId, manner: Manner) -> News {
        News {
            account,
            held: Vec::new(),
            holds: false,
            released: BTreeMap::new(),
            manner,
            feeds: BTreeMap::new(),
            told: HashMap::new(),
            met_until: None,
            unwritten: Vec::new(),
            recent: VecDeque::new(),
            last: None,
            summaries: 0,
            shown: BTreeMap::new(),
        }
    }

    /// Meets the items of a feed's first page, or of pages further back, in silence.
    pub(crate) fn meet<'a>(
        &mut self,
        feed: FeedNumber,
        items: impl IntoIterator<Item = &'a FeedItem>,
    ) {
        let met = self.feeds.entry(feed).or_default();
        for item in items {
            let (id, at) = (item.id.clone(), item.inserted_at);
            if met.items.insert(id.clone(), at).is_none() {
                self.unwritten.push((feed, id, at));
            }
            met.horizon = met.horizon.max(Some(item.inserted_at - LATE));
        }
    }

    /// The feed starts anew, as another.
    pub(crate) fn forget_feed(&mut self, feed: FeedNumber) {
        self.feeds.remove(&feed);
        self.unwritten.retain(|(of, _, _)| *of != feed);
    }

    /// The list goes on below this time with items that were there before: they are no news when they come up.
    pub(crate) fn goes_on_below(&mut self, feed: FeedNumber, time: OffsetDateTime) {
        let met = self.feeds.entry(feed).or_default();
        met.horizon = met.horizon.max(Some(time));
    }

    /// From now on news is told like this.
    pub(crate) fn set_manner(&mut self, manner: Manner) {
        self.manner = manner;
    }

    /// Announces those of the items of a feed, newest first, that are news; or holds them back.
    pub(crate) fn arrive(
        &mut self,
        feed: FeedNumber,
        items: &[FeedItem],
        now: Instant,
    ) -> Vec<Announcement> {
        let met = self.feeds.entry(feed).or_default();
        let mut news: Vec<&FeedItem> = Vec::new();
        for item in items.iter().rev() {
            let (id, at) = (&item.id, item.inserted_at);
            if self.met_until.is_some_and(|until| at <= until)
                || met.items.insert(id.clone(), at).is_some()
            {
                continue;
            }
            let late = met.horizon.is_some_and(|horizon| at < horizon);
            let toasts = config::tell(&self.manner.rules, item) == Tell::Toast;
            let wanted = !late && toasts && item.is_unread() && !item.is_archived();
            if wanted && !self.told.contains_key(id) {
                self.told.insert(id.clone(), at);
                news.push(item);
            } else {
                self.unwritten.push((feed, id.clone(), at));
            }
        }
        if self.holds {
            // It is written down when it is told: should the app end before, it arrives again.
            let held = news.iter().map(|item| (feed, Told::of(item)));
            self.held.extend(held);
            return Vec::new();
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
            let items = news
                .iter()
                .map(|item| (item.id.clone(), item.inserted_at))
                .collect();
            let toast = self.summary(news.iter().map(|item| Told::of(item)).collect());
            return vec![Announcement { toast, items }];
        }
        news.into_iter()
            .map(|item| Announcement {
                toast: self.single(item),
                items: vec![(item.id.clone(), item.inserted_at)],
            })
            .collect()
    }

    /// From now on news waits, or does not. At the end of a pause one toast tells of what waited and is news still.
    pub(crate) fn hold(&mut self, holds: bool) -> Option<Belated> {
        self.holds = holds;
        if holds {
            return None;
        }
        let mut held = std::mem::take(&mut self.held);
        held.sort_by_key(|(_, told)| told.at);
        let items: Vec<_> = held
            .iter()
            .map(|(feed, told)| (*feed, told.id.clone(), told.at))
            .collect();
        let told: Vec<Told> = held.into_iter().map(|(_, told)| told).collect();
        if told.is_empty() {
            return None;
        }
        for (feed, _, at) in &items {
            let oldest = self.released.entry(*feed).or_insert(*at);
            *oldest = (*oldest).min(*at);
        }
        self.last = None;
        let toast = self.summary(told);
        Some(Belated { toast, items })
    }

    /// What was let out before has been handed over.
    pub(crate) fn handed_over(&mut self) {
        self.released.clear();
    }

    /// The oldest item of a feed that is met but not told of, because of a pause.
    pub(crate) fn oldest_held(&self, feed: FeedNumber) -> Option<OffsetDateTime> {
        let held = self.held.iter().filter(|(of, _)| *of == feed);
        let held = held.map(|(_, told)| told.at);
        held.chain(self.released.get(&feed).copied()).min()
    }

    /// Whether the item had its toast.
    pub(crate) fn has_told(&self, item: &ItemId) -> bool {
        self.told.contains_key(item)
    }

    /// Where the news of a feed begins: the outer is nothing before its first page, the inner when that was empty.
    pub(crate) fn horizon(&self, feed: FeedNumber) -> Option<Option<OffsetDateTime>> {
        self.feeds.get(&feed).map(|met| met.horizon)
    }

    /// Everything in a feed that was inserted up to then, and a little later, has been met; nothing when it all is
    /// news.
    pub(crate) fn met_down_to(&self, feed: FeedNumber) -> Option<OffsetDateTime> {
        let met = self.feeds.get(&feed)?;
        let newest = met.items.values().max().map(|newest| *newest - LATE);
        newest.max(met.horizon).max(self.met_until)
    }

    /// Whether an item has had its chance of a toast in a feed.
    pub(crate) fn has_met(&self, feed: FeedNumber, item: &FeedItem) -> bool {
        let at = item.inserted_at;
        self.met_until.is_some_and(|until| at <= until)
            || self.feeds.get(&feed).is_some_and(|met| {
                met.items.contains_key(&item.id) || met.horizon.is_some_and(|horizon| at < horizon)
            })
    }

    /// Lets go of ids that are so old that their time alone says that they were met.
    pub(crate) fn let_go(&mut self) {
        if !self.held.is_empty() {
            // Their time would say that they were told of.
            return;
        }
        let Some(met) = self.feeds.values().find(|met| met.items.len() > MANY) else {
            return;
        };
        let mut times: Vec<OffsetDateTime> = met.items.values().copied().collect();
        times.sort_unstable();
        let Some(newest) = times.last().map(|newest| *newest - LATE) else {
            return;
        };
        let until = times[times.len() - ENOUGH].min(newest);
        self.met_until = self.met_until.max(Some(until));
        self.told.retain(|_, at| *at > until);
        for met in self.feeds.values_mut() {
            met.items.retain(|_, at| *at > until);
        }
    }

    /// See [`News::let_go`].
    pub(crate) fn met_until(&self) -> Option<OffsetDateTime> {
        self.met_until
    }

    /// Items met in silence since the last time.
    pub(crate) fn unwritten(&mut self) -> Vec<(FeedNumber, ItemId, OffsetDateTime)> {
        std::mem::take(&mut self.unwritten)
    }

    /// Remembers what was told before the last start.
    pub(crate) fn recall(
        &mut self,
        told: BTreeMap<ItemId, OffsetDateTime>,
        met_until: Option<OffsetDateTime>,
    ) {
        self.told.extend(told);
        self.met_until = met_until;
    }

    /// Remembers what a feed had met before the last start.
    pub(crate) fn recall_feed(&mut self, feed: FeedNumber, met: Met) {
        self.feeds.insert(feed, met);
    }

    /// The item is read, archived or gone: takes its toast back.
    pub(crate) fn settled(&mut self, item: &ItemId) -> Vec<Desktop> {
        let waited = self.held.iter().position(|(_, told)| told.id == *item);
        if let Some((feed, told)) = waited.map(|index| self.held.remove(index)) {
            self.unwritten.push((feed, told.id, told.at));
        }
        let mut done = Vec::new();
        for (key, items) in &mut self.shown {
            let before = items.len();
            items.retain(|told| told.id != *item);
            if items.is_empty() && before > 0 {
                done.push(key.clone());
            }
        }
        done.into_iter().map(|key| self.withdraw(key)).collect()
    }

    /// Takes every toast back.
    pub(crate) fn clear(&mut self) -> Vec<Desktop> {
        self.held.clear();
        let keys: Vec<ToastKey> = self.shown.keys().cloned().collect();
        keys.into_iter().map(|key| self.withdraw(key)).collect()
    }

    /// The items that stand in a toast now.
    pub(crate) fn announced(&self) -> Vec<ItemId> {
        self.shown
            .values()
            .flatten()
            .map(|told| told.id.clone())
            .collect()
    }

    /// In this account, whichever the window shows.
    fn here(&self, action: Action) -> Action {
        Action::In {
            account: self.account.clone(),
            feed: None,
            action: Box::new(action),
        }
    }

    fn withdraw(&mut self, key: ToastKey) -> Desktop {
        self.shown.remove(&key);
        if self.last.as_ref() == Some(&key) {
            self.last = None;
        }
        Desktop::Withdraw(key)
    }

    fn single(&mut self, item: &FeedItem) -> Toast {
        let private = self.manner.private;
        let (title, body) = match private {
            true => (self.manner.words.say("new-notification"), String::new()),
            false => words(item),
        };
        let key = ToastKey::Item {
            account: self.account.clone(),
            item: item.id.clone(),
        };
        self.shown.insert(key.clone(), vec![Told::of(item)]);
        self.last = Some(key.clone());
        let mut buttons: Vec<ToastButton> = item
            .buttons()
            .take(if private { 0 } else { 2 })
            .enumerate()
            .map(|(index, button)| ToastButton {
                label: cut(&button.label, MAX_LABEL),
                action: self.here(Action::Press {
                    id: item.id.clone(),
                    button: index as u32,
                }),
            })
            .collect();
        buttons.push(ToastButton {
            label: self.manner.words.say("mark-read"),
            action: self.here(Action::Mark {
                ids: vec![item.id.clone()],
                mark: Mark::Read,
            }),
        });
        Toast {
            key,
            replaces: None,
            title,
            body,
            default: self.here(Action::Open {
                id: item.id.clone(),
            }),
            buttons,
            items: vec![item.id.clone()],
        }
    }

    /// One toast for the whole burst, in the place of the burst's last one.
    fn summary(&mut self, news: Vec<Told>) -> Toast {
        let replaces = self.last.take();
        let mut items = replaces
            .as_ref()
            .and_then(|key| self.shown.remove(key))
            .unwrap_or_default();
        items.extend(news);
        // A page that fills a hole comes after newer items.
        items.sort_by_key(|told| told.at);
        let key = match replaces.clone() {
            Some(key @ ToastKey::Summary { .. }) => key,
            Some(ToastKey::Item { .. } | ToastKey::Trouble) | None => {
                self.summaries += 1;
                ToastKey::Summary {
                    account: self.account.clone(),
                    number: self.summaries,
                }
            }
        };
        let named: Vec<&str> = items
            .iter()
            .rev()
            .take(if self.manner.private { 0 } else { NAMED })
            .map(|told| told.title.as_str())
            .collect();
        let (title, default) = match &items[..] {
            [only] => {
                let id = only.id.clone();
                (
                    self.manner.words.say("new-notification"),
                    Action::Open { id },
                )
            }
            several => {
                let count = several.len().into();
                let words = &self.manner.words;
                let title = words.with("new-notifications", [("count", count)]);
                (title, Action::OpenWindow)
            }
        };
        let toast = Toast {
            replaces,
            title,
            body: named.join("\n"),
            default: self.here(default),
            buttons: Vec::new(),
            items: items.iter().map(|told| told.id.clone()).collect(),
            key: key.clone(),
        };
        self.last = Some(key.clone());
        self.shown.insert(key, items);
        toast
    }
}

/// An item that a toast tells of.
#[derive(Debug)]
struct Told {
    id: ItemId,
    title: String,
    at: OffsetDateTime,
}

impl Told {
    fn of(item: &FeedItem) -> Told {
        Told {
            id: item.id.clone(),
            title: words(item).0,
            at: item.inserted_at,
        }
    }
}

/// Title and body of a toast, short enough for one.
fn words(item: &FeedItem) -> (String, String) {
    let (title, body) = item.title_and_body();
    (cut(&title, MAX_TITLE), cut(&body, MAX_BODY))
}

#[cfg(test)]
mod tests {
    use doorbell_knock::Status;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_first_page_never_toasts() {
        let (mut news, now) = met(&[item("b", 2), item("a", 1)]);
        assert_eq!(news.arrive(FEED, &[item("b", 2), item("a", 1)], now), []);
    }

    #[test]
    fn each_item_gets_at_most_one_toast() {
        let (mut news, now) = met(&[]);
        assert_eq!(shown(news.arrive(FEED, &[item("a", 1)], now)), ["a"]);
        assert_eq!(news.arrive(FEED, &[item("a", 1)], now), []);
        news.settled(&"a".into());
        assert_eq!(news.arrive(FEED, &[item("a", 1)], now + BURST), []);
    }

    #[test]
    fn arrivals_toast_oldest_first() {
        let (mut news, now) = met(&[]);
        let toasts = news.arrive(FEED, &[item("c", 3), item("b", 2), item("a", 1)], now);
        assert_eq!(shown(toasts), ["a", "b", "c"]);
    }

    #[test]
    fn more_than_three_arrivals_at_once_are_one_summary() {
        let (mut news, now) = met(&[]);
        let toast = summary(news.arrive(FEED, &four(), now));
        assert_eq!(toast.title, "4 new notifications");
        assert_eq!(toast.body, "d\nc\nb\na");
        assert_eq!(toast.items, ["a", "b", "c", "d"].map(ItemId::from));
        assert_eq!(toast.replaces, None);
        assert_eq!(toast.default, here(Action::OpenWindow));
    }

    #[test]
    fn a_fourth_arrival_within_five_seconds_takes_the_place_of_the_third() {
        let (mut news, now) = met(&[]);
        for (index, name) in ["a", "b", "c"].iter().enumerate() {
            let at = now + Duration::from_secs(index as u64);
            assert_eq!(shown(news.arrive(FEED, &[item(name, 1)], at)), [*name]);
        }
        let late = now + Duration::from_millis(4_999);
        let toast = summary(news.arrive(FEED, &[item("d", 2)], late));
        assert_eq!(toast.replaces, Some(toast_of("c")));
        assert_eq!(toast.body, "d\nc");
    }

    #[test]
    fn a_burst_that_goes_on_updates_its_summary() {
        let (mut news, now) = met(&[]);
        let first = summary(news.arrive(FEED, &four(), now));
        let second = summary(news.arrive(FEED, &[item("e", 5)], now + Duration::from_secs(2)));
        assert_eq!(second.key, first.key);
        assert_eq!(second.replaces, Some(first.key));
        assert_eq!(second.title, "5 new notifications");
    }

    #[test]
    fn a_later_burst_starts_anew() {
        let (mut news, now) = met(&[]);
        let first = summary(news.arrive(FEED, &four(), now));
        assert_eq!(
            shown(news.arrive(FEED, &[item("e", 5)], now + BURST)),
            ["e"]
        );
        let later = now + BURST * 2;
        let names = ["i", "h", "g", "f"].map(|name| item(name, 6));
        let second = summary(news.arrive(FEED, &names, later));
        assert_ne!(second.key, first.key);
        assert_eq!(second.replaces, None);
        assert_eq!(second.title, "4 new notifications");
    }

    #[test]
    fn a_summary_names_four_titles_at_most() {
        let (mut news, now) = met(&[]);
        let items: Vec<FeedItem> = (0..7).map(|n| item(&n.to_string(), n)).collect();
        let toast = summary(news.arrive(FEED, &items, now));
        assert_eq!(toast.body.lines().count(), 4);
    }

    #[test]
    fn a_toast_is_withdrawn_when_its_item_is_read() {
        let (mut news, now) = met(&[]);
        news.arrive(FEED, &[item("a", 1)], now);
        let key = toast_of("a");
        assert_eq!(news.settled(&"a".into()), [Desktop::Withdraw(key)]);
        assert_eq!(news.settled(&"a".into()), []);
    }

    #[test]
    fn a_summary_is_withdrawn_when_its_last_item_is_read() {
        let (mut news, now) = met(&[]);
        let toast = summary(news.arrive(FEED, &four(), now));
        for name in ["b", "a", "d"] {
            assert_eq!(news.settled(&name.into()), [], "{name}");
        }
        assert_eq!(news.settled(&"c".into()), [Desktop::Withdraw(toast.key)]);
    }

    #[test]
    fn a_toast_that_was_withdrawn_is_not_replaced() {
        let (mut news, now) = met(&[]);
        for name in ["a", "b", "c"] {
            news.arrive(FEED, &[item(name, 1)], now);
        }
        news.settled(&"c".into());
        assert_eq!(
            summary(news.arrive(FEED, &[item("d", 2)], now)).replaces,
            None
        );
    }

    #[test]
    fn leaving_takes_every_toast_back() {
        let (mut news, now) = met(&[]);
        news.arrive(FEED, &[item("a", 1)], now);
        news.arrive(FEED, &[item("b", 2)], now);
        assert_eq!(news.announced(), ["a".into(), "b".into()]);
        assert_eq!(news.clear().len(), 2);
        assert_eq!(news.announced(), []);
    }

    #[test]
    fn an_old_item_that_appears_late_is_no_news() {
        let (mut news, now) = met(&[item("b", 600)]);
        assert_eq!(news.arrive(FEED, &[item("a", 539)], now), []);
    }

    #[test]
    fn an_item_a_little_out_of_order_is_news() {
        let (mut news, now) = met(&[item("b", 600)]);
        assert_eq!(shown(news.arrive(FEED, &[item("a", 541)], now)), ["a"]);
    }

    #[test]
    fn an_item_from_below_a_first_page_that_goes_on_is_no_news() {
        let (mut news, now) = met(&[item("b", 600)]);
        news.goes_on_below(FEED, item("b", 600).inserted_at);
        assert_eq!(news.arrive(FEED, &[item("a", 599)], now), []);
        assert_eq!(shown(news.arrive(FEED, &[item("c", 601)], now)), ["c"]);
    }

    #[test]
    fn read_and_archived_items_are_no_news() {
        let (mut news, now) = met(&[]);
        for status in [Status::Read, Status::Interacted, Status::Archived] {
            let mut item = item(status.as_str(), 1);
            item.marks = item.marks.with(status, item.inserted_at);
            assert_eq!(news.arrive(FEED, &[item], now), [], "{status:?}");
        }
    }

    #[test]
    fn a_toast_opens_its_item_and_offers_two_buttons_and_mark_read() {
        let (mut news, now) = met(&[]);
        let button = |label: &str| serde_json::json!({"name": label, "label": label, "action": "https://a.test"});
        let buttons = [button("One"), button("Two"), button("Three")];
        let item = parse(serde_json::json!({
            "id": "a", "inserted_at": "2026-03-02T10:00:00Z",
            "blocks": [{"type": "button_set", "name": "actions", "buttons": buttons}],
        }));
        let [Announcement { toast, .. }] = &news.arrive(FEED, &[item], now)[..] else {
            panic!("one toast");
        };
        let id = ItemId::from("a");
        assert_eq!(toast.default, here(Action::Open { id: id.clone() }));
        let offered: Vec<(&str, &Action)> = toast
            .buttons
            .iter()
            .map(|button| (button.label.as_str(), &button.action))
            .collect();
        let press = |button| {
            here(Action::Press {
                id: id.clone(),
                button,
            })
        };
        let read = here(Action::Mark {
            ids: vec![id.clone()],
            mark: Mark::Read,
        });
        assert_eq!(
            offered,
            [("One", &press(0)), ("Two", &press(1)), ("Mark read", &read)]
        );
    }

    #[test]
    fn an_item_in_two_feeds_is_told_of_once() {
        let (mut news, now) = met(&[]);
        news.meet(OTHER, &[]);
        assert_eq!(shown(news.arrive(FEED, &[item("a", 1)], now)), ["a"]);
        assert_eq!(news.arrive(OTHER, &[item("a", 1)], now), []);
    }

    #[test]
    fn what_another_feed_met_in_silence_is_still_news_in_the_one_where_it_arrives() {
        let (mut news, now) = met(&[item("a", 1)]);
        news.meet(OTHER, &[item("b", 2), item("a", 1)]);
        let toasts = news.arrive(FEED, &[item("b", 2)], now);
        assert_eq!(shown(toasts), ["b"]);
        assert_eq!(news.arrive(OTHER, &[item("b", 2)], now), []);
    }

    #[test]
    fn how_far_one_feed_goes_back_does_not_make_anything_late_in_another() {
        let (mut news, now) = met(&[item("a", 1)]);
        news.meet(OTHER, &[item("z", 6000)]);
        assert_eq!(shown(news.arrive(FEED, &[item("b", 2)], now)), ["b"]);
        assert_eq!(news.arrive(OTHER, &[item("c", 3)], now), []);
    }

    const FEED: FeedNumber = FeedNumber(0);
    const OTHER: FeedNumber = FeedNumber(1);

    fn account() -> AccountId {
        AccountId::parse("0123456789abcdef0123456789abcdef").unwrap()
    }

    fn here(action: Action) -> Action {
        Action::In {
            account: account(),
            feed: None,
            action: Box::new(action),
        }
    }

    fn toast_of(item: &str) -> ToastKey {
        ToastKey::Item {
            account: account(),
            item: item.into(),
        }
    }

    fn met(first_page: &[FeedItem]) -> (News, Instant) {
        let mut news = News::new(account(), manner());
        news.meet(FEED, first_page);
        (news, Instant::now())
    }

    /// Four items, newest first.
    fn four() -> [FeedItem; 4] {
        [item("d", 4), item("c", 3), item("b", 2), item("a", 1)]
    }

    /// An unread item whose text is its id, made some seconds after the beginning.
    fn item(id: &str, seconds: i64) -> FeedItem {
        let mut item = parse(serde_json::json!({
            "id": id, "inserted_at": "2026-03-02T10:00:00Z",
            "blocks": [{"type": "text", "name": "body", "rendered": id}],
        }));
        item.inserted_at = datetime!(2026-03-02 10:00 UTC) + time::Duration::seconds(seconds);
        item
    }

    fn parse(item: serde_json::Value) -> FeedItem {
        FeedItem::parse(&item).unwrap()
    }

    #[track_caller]
    fn shown(news: Vec<Announcement>) -> Vec<String> {
        let item = |announcement: Announcement| match announcement.toast.key {
            ToastKey::Item { item, .. } => {
                let told = announcement.items.iter().map(|(id, _)| id);
                assert_eq!(told.collect::<Vec<_>>(), [&item]);
                item.0
            }
            ToastKey::Summary { .. } | ToastKey::Trouble => {
                panic!("no item: {}", announcement.toast.title)
            }
        };
        news.into_iter().map(item).collect()
    }

    #[track_caller]
    fn summary(news: Vec<Announcement>) -> Toast {
        match &news[..] {
            [one] if matches!(one.toast.key, ToastKey::Summary { .. }) => one.toast.clone(),
            other => panic!("no summary: {other:?}"),
        }
    }

    fn manner() -> Manner {
        let config = Config::default();
        Manner::of(&config, &Words::of(config.language))
    }
}
