//! Several feeds of one account.

use std::time::Duration;

use doorbell_knock::{Archived, Failure, FeedId, FeedOptions, StatusFilter};
use doorbell_notifier::{
    Action, Badge, Config, ConnectionState, Event, Face, FeedConfig, FeedNumber, Filter, Mark,
};
use doorbell_phoenix as phoenix;
use serde_json::{Value, json};

use crate::desk::{Desk, HOLD, credentials, item, page_before, read, topic, unavailable};

const SPACE: Duration = Duration::from_millis(250);
const OTHER: &str = "1f6e1d3c-5f0e-4d9a-9b68-0d7d1f7a2c11";

#[test]
fn feeds_that_differ_in_filters_share_a_channel_each_with_its_own() {
    let desk = Desk::of(&["ada"], config([all(), unread()]));
    let (_, joins) = &desk.connected[0];
    assert_eq!(joins.len(), 1);
    assert_eq!(joins[0].topic, topic());
    let views: Vec<&Value> = joins[0].params.as_object().unwrap().values().collect();
    assert_eq!(views.len(), 2);
    let statuses: Vec<&Value> = views.iter().map(|view| &view["status"]).collect();
    assert!(statuses.contains(&&json!("unread")), "{statuses:?}");
    assert!(statuses.contains(&&json!(null)), "{statuses:?}");
}

#[test]
fn a_new_message_sets_the_counts_of_each_feed_that_it_names_and_fetches_those() {
    let mut desk = settled(config([all(), unread()]), &[]);
    let [whole, filtered] = references(&desk);
    desk.message(json!({
        "event": "new-message", "attn": [whole],
        "data": {&whole: counts(7), &filtered: counts(3)}, "metadata": counts(9)["metadata"],
    }));
    assert_eq!(tabs(&desk), [7, 0]);
    assert_eq!(desk.asked(), ["fetch"]);
    desk.message(json!({
        "event": "new-message", "attn": [whole, filtered],
        "data": {&whole: counts(8), &filtered: counts(4)}, "metadata": counts(9)["metadata"],
    }));
    assert_eq!(tabs(&desk), [8, 4]);
    desk.pass(SPACE);
    assert_eq!(desk.asked(), ["fetch feed 1"]);
}

#[test]
fn counts_of_the_whole_feed_are_never_taken_for_those_of_a_filter() {
    let mut desk = settled(config([unread(), all()]), &[]);
    desk.message(json!({"event": "new-message", "metadata": counts(9)["metadata"]}));
    assert_eq!(tabs(&desk), [0, 9]);
    assert_eq!(desk.tray().face, Face::Count(0));
    desk.pass(SPACE);
    assert_eq!(sorted(desk.asked()), ["fetch", "fetch feed 1"]);
}

#[test]
fn feeds_of_other_channels_are_joined_on_the_same_socket() {
    let mut desk = Desk::of(&["ada"], config([all(), other()]));
    assert_eq!(desk.asked(), ["connect", "fetch"]);
    let (_, joins) = desk.connected[0].clone();
    let topics: Vec<&str> = joins.iter().map(|join| join.topic.as_str()).collect();
    assert_eq!(topics, [topic(), format!("feeds:{OTHER}:ada")]);
    desk.page_of(0, &[]);
    desk.pass(SPACE);
    assert_eq!(desk.asked(), ["fetch feed 1"]);
}

#[test]
fn a_channel_that_may_not_be_joined_leaves_the_others_alone() {
    let mut desk = settled(config([all(), other()]), &[item("a", 1)]);
    desk.channel(phoenix::Event::JoinRefused {
        topic: format!("feeds:{OTHER}:ada"),
        response: json!({"reason": "unauthorized"}),
    });
    assert_eq!(desk.tray().face, Face::Count(1));
    assert_eq!(desk.feed().connection.state, ConnectionState::Connected);
    go_to(&mut desk, 1);
    assert_eq!(desk.feed().connection.state, ConnectionState::Refused);
    desk.asked();
    desk.announced(2);
    assert_eq!(desk.asked(), ["fetch"]);
    desk.page_of(0, &[item("b", 2), item("a", 1)]);
    assert_eq!(desk.asked(), ["toast b"], "and nothing connects anew");
}

#[test]
fn a_crash_of_one_channel_is_not_one_of_the_other() {
    let mut desk = settled(config([all(), other()]), &[]);
    let topic = format!("feeds:{OTHER}:ada");
    desk.channel(phoenix::Event::ChannelErrored { topic });
    desk.pass(Duration::from_secs(5));
    assert_eq!(desk.feed().connection.state, ConnectionState::Connected);
    go_to(&mut desk, 1);
    assert_eq!(desk.feed().connection.state, ConnectionState::Offline);
}

#[test]
fn the_fetches_of_all_feeds_together_keep_their_distance_and_take_turns() {
    let mut desk = Desk::of(&["ada"], config([all(), unread(), other(), all()]));
    assert_eq!(desk.asked(), ["connect", "fetch"]);
    for feed in 1..4 {
        desk.pass(SPACE - Duration::from_millis(1));
        assert_eq!(desk.asked(), [""; 0]);
        desk.pass(Duration::from_millis(1));
        assert_eq!(desk.asked(), [format!("fetch feed {feed}")]);
    }
    desk.pass(Duration::from_secs(20));
    assert_eq!(desk.asked(), [""; 0], "one in flight for each feed");
    // Whatever the haste of one feed, the others have their turn.
    (0..4).for_each(|feed| desk.page_of(feed, &[]));
    desk.tell(Event::Woke);
    let mut turns = desk.asked();
    for _ in 0..7 {
        desk.page_of(0, &[]);
        desk.tell(Event::Woke);
        desk.pass(SPACE);
        turns.extend(desk.asked());
    }
    turns.retain(|turn| turn != "wake");
    for feed in ["fetch feed 1", "fetch feed 2", "fetch feed 3"] {
        assert!(turns.iter().any(|turn| turn == feed), "{feed}: {turns:?}");
    }
}

#[test]
fn a_server_that_asks_one_feed_to_wait_is_left_alone_by_all() {
    let mut desk = settled(config([all(), unread()]), &[]);
    desk.tell(Event::Woke);
    desk.pass(SPACE);
    let patience = Some(Duration::from_secs(90));
    desk.fetched(Err(Failure::from_response(429, patience, b"")));
    desk.page_of(1, &[]);
    desk.tell(Event::Woke);
    desk.asked();
    desk.pass(Duration::from_secs(89));
    assert_eq!(desk.asked(), [""; 0]);
    desk.pass(Duration::from_secs(2));
    assert_eq!(sorted(desk.asked()), ["fetch", "fetch feed 1"]);
}

#[test]
fn one_feed_that_cannot_be_fetched_does_not_hold_up_another() {
    let mut desk = settled(config([all(), unread()]), &[]);
    desk.tell(Event::Woke);
    desk.fetched(Err(unavailable()));
    desk.pass(SPACE);
    assert!(desk.asked().contains(&"fetch feed 1".to_owned()));
}

#[test]
fn an_item_in_two_feeds_is_toasted_once() {
    for order in [[0, 1], [1, 0]] {
        let mut desk = settled(config([all(), unread()]), &[]);
        announce(&mut desk, 1);
        desk.pass(SPACE);
        for feed in order {
            desk.page_of(feed, &[item("a", 1)]);
        }
        assert_eq!(sorted(desk.asked()), ["fetch", "fetch feed 1", "toast a"]);
    }
}

#[test]
fn an_item_that_leaves_a_filter_because_it_was_read_takes_its_toast_along() {
    let mut desk = settled(config([unread()]), &[]);
    announce(&mut desk, 1);
    desk.page_of(0, &[item("a", 1)]);
    desk.pass(SPACE);
    announce(&mut desk, 0);
    desk.asked();
    desk.page_of(0, &[]);
    assert_eq!(desk.asked(), ["withdraw"]);
}

#[test]
fn an_item_that_has_left_one_feed_and_is_unread_in_another_keeps_its_toast() {
    let mut desk = settled(config([all(), acme()]), &[]);
    for feed in 0..2 {
        announce(&mut desk, 1);
        desk.page_of(feed, &[item("a", 1)]);
        desk.pass(SPACE);
        desk.page_of(feed, &[item("a", 1)]);
        desk.pass(SPACE);
    }
    announce(&mut desk, 1);
    desk.pass(SPACE);
    desk.asked();
    desk.page_of(1, &[]);
    assert_eq!(desk.asked(), [""; 0]);
    desk.page_of(0, &[]);
    assert!(desk.has_asked("withdraw"));
}

#[test]
fn a_mark_shows_in_every_feed_that_holds_the_item_and_is_taken_back_in_each() {
    let items = [item("b", 2), item("a", 1)];
    let mut desk = settled(config([all(), acme()]), &items);
    let (ids, mark) = (vec!["a".into()], Mark::Read);
    desk.act(Action::Mark { ids, mark });
    assert_eq!(desk.asked(), ["mark read a"]);
    assert_eq!((tabs(&desk), desk.rows()), (vec![1, 1], "b* a".to_owned()));
    go_to(&mut desk, 1);
    assert_eq!(desk.rows(), "b* a");
    desk.settled(Err(Failure::from_response(422, None, b"{}")));
    assert_eq!((tabs(&desk), desk.rows()), (vec![2, 2], "b* a*".to_owned()));
    assert!(desk.notice().contains("did not take the mark"));
}

#[test]
fn once_a_mark_was_taken_every_feed_asks_what_the_server_says_now() {
    let mut desk = settled(config([all(), unread()]), &[item("a", 1)]);
    let (ids, mark) = (vec!["a".into()], Mark::Read);
    desk.act(Action::Mark { ids, mark });
    desk.asked();
    desk.settled(Ok(vec![]));
    desk.pass(SPACE);
    assert_eq!(sorted(desk.asked()), ["fetch", "fetch feed 1"]);
}

#[test]
fn all_of_the_whole_feed_read_is_all_of_its_filters_read() {
    let mut desk = settled(config([all(), acme()]), &[item("b", 2), item("a", 1)]);
    desk.act(Action::MarkAll { mark: Mark::Read });
    assert_eq!(tabs(&desk), [0, 0]);
    desk.pass(HOLD);
    assert_eq!(desk.asked(), ["mark all read"]);
    desk.settled(Err(Failure::from_response(422, None, b"{}")));
    assert_eq!(tabs(&desk), [2, 2]);
}

#[test]
fn all_of_a_filter_read_is_not_all_of_the_whole_feed() {
    let mut desk = settled_with(
        config([all(), acme()]),
        &[&[item("b", 2), item("a", 1)], &[item("a", 1)]],
    );
    act_in(&mut desk, 1, Action::MarkAll { mark: Mark::Read });
    desk.pass(HOLD);
    assert_eq!(desk.asked(), ["mark all read"]);
    assert_eq!(desk.mark_on_its_way()["tenants"], json!(["acme"]));
    assert_eq!((tabs(&desk), desk.rows()), (vec![1, 0], "b* a".to_owned()));
}

#[test]
fn where_the_server_cannot_be_told_which_all_are_marked_one_by_one_down_to_the_last() {
    let mut desk = of_one_source();
    desk.act(Action::MarkAll { mark: Mark::Read });
    // There may be some that have not come yet.
    assert_eq!(desk.asked(), ["fetch"]);
    let first = [item("d", 4), read(item("c", 3))];
    desk.fetched(Ok(page_before(&first, Some("c"))));
    desk.pass(SPACE);
    assert_eq!(desk.asked(), ["fetch after c"]);
    desk.fetched(Ok(page_before(&[item("b", 2), item("a", 1)], None)));
    assert_eq!(desk.undo(), "Marked all as read");
    desk.pass(HOLD);
    assert_eq!(desk.asked(), ["mark read d"]);
    desk.settled(Ok(vec![]));
    assert!(desk.asked().contains(&"mark read b a".to_owned()));
    desk.settled(Ok(vec![]));
    // What comes after the click is not meant.
    desk.fetched(Ok(page_before(
        &[item("e", 3600), read(item("d", 4))],
        Some("d"),
    )));
    desk.pass(Duration::from_secs(20));
    let asked = desk.asked();
    assert!(
        !asked.iter().any(|asked| asked.starts_with("mark")),
        "{asked:?}"
    );
}

#[test]
fn what_is_marked_one_by_one_is_taken_back_at_once_and_what_comes_later_is_left_alone() {
    let mut desk = of_one_source();
    desk.act(Action::MarkAll {
        mark: Mark::Archived,
    });
    assert_eq!(desk.rows(), "");
    desk.act(Action::Undo);
    assert_eq!(desk.rows(), "d* c");
    let first = [item("d", 4), read(item("c", 3))];
    desk.fetched(Ok(page_before(&first, Some("c"))));
    desk.pass(SPACE);
    desk.fetched(Ok(page_before(&[item("b", 2), item("a", 1)], None)));
    assert_eq!(desk.rows(), "d* c b* a*");
    desk.pass(Duration::from_secs(20));
    let asked = desk.asked();
    assert!(
        !asked.iter().any(|asked| asked.starts_with("mark")),
        "{asked:?}"
    );
}

/// A feed of which the server cannot be told in one call: `d` is unread, `c` is read, and there is more below.
fn of_one_source() -> Desk {
    let source = FeedOptions {
        source: Some("new-comment".to_owned()),
        ..FeedOptions::default()
    };
    let mut desk = Desk::of(
        &["ada"],
        config([FeedConfig {
            options: source,
            ..all()
        }]),
    );
    desk.show(Filter::All);
    desk.fetched(Ok(page_before(
        &[item("d", 4), read(item("c", 3))],
        Some("c"),
    )));
    desk.pass(SPACE);
    desk.fetched(Ok(page_before(
        &[item("d", 4), read(item("c", 3))],
        Some("c"),
    )));
    desk.pass(SPACE);
    desk.asked();
    desk
}

#[test]
fn the_tray_counts_the_feed_that_is_set_and_what_is_set() {
    let badge = FeedConfig {
        badge: true,
        ..acme()
    };
    let unseen = Config {
        badge: Badge::Unseen,
        ..config([all(), badge])
    };
    let mut seen = item("b", 2);
    seen["seen_at"] = seen["inserted_at"].clone();
    let desk = settled_with(unseen, &[&[], &[seen, read(item("a", 1))]]);
    assert_eq!(desk.tray().face, Face::Count(1));
    assert_eq!(desk.tray().tooltip, "1 unseen \u{b7} synced 10:00");
    assert_eq!(tabs(&desk), [0, 1]);
}

#[test]
fn a_feed_of_archived_items_lists_and_counts_them_and_toasts_none() {
    let archived = |mut item: Value| {
        item["archived_at"] = item["inserted_at"].clone();
        item
    };
    for shown in [Archived::Only, Archived::Include] {
        let options = FeedOptions {
            archived: shown,
            ..FeedOptions::default()
        };
        let mut desk = settled(config([FeedConfig { options, ..all() }]), &[]);
        announce(&mut desk, 1);
        desk.page(&[archived(item("a", 1))]);
        assert_eq!(desk.asked(), ["fetch"], "{shown:?}");
        assert_eq!(desk.rows(), "a*", "{shown:?}");
        assert_eq!(desk.tray().face, Face::Count(1), "{shown:?}");
    }
}

#[test]
fn an_item_of_which_fields_were_left_out_is_listed_and_toasted_all_the_same() {
    let options = FeedOptions {
        exclude: vec!["blocks".to_owned(), "meta".to_owned()],
        ..FeedOptions::default()
    };
    let mut desk = settled(config([FeedConfig { options, ..all() }]), &[]);
    announce(&mut desk, 1);
    let bare = json!({"entries": [{"id": "a", "inserted_at": "2026-03-02T10:00:01Z"}]});
    let page = doorbell_knock::FeedPage::parse(bare.to_string().as_bytes()).unwrap();
    desk.fetched(Ok(page));
    assert_eq!(desk.rows(), "a*");
    assert_eq!(desk.tray().face, Face::Count(1));
    assert!(desk.asked()[1].starts_with("toast"));
}

#[test]
fn what_the_window_shows_is_looked_at_more_often_than_what_it_does_not() {
    let mut desk = settled(config([all(), unread()]), &[]);
    let mut fetched = [0, 0];
    for _ in 0..300 {
        desk.pass(Duration::from_secs(1));
        for asked in desk.asked() {
            let feed = u32::from(asked != "fetch");
            fetched[feed as usize] += 1;
            desk.page_of(feed, &[]);
        }
    }
    assert!(fetched[0] >= 8 && fetched[1] <= 2, "{fetched:?}");
}

#[test]
fn an_item_is_shown_in_a_feed_that_holds_it() {
    let plain = crate::desk::linked("a", 1, "");
    let mut desk = settled_with(config([unread(), all()]), &[&[], &[plain]]);
    desk.act(Action::Open { id: "a".into() });
    assert_eq!(desk.feed().number, FeedNumber(1));
    assert_eq!(desk.feed().highlight, Some("a".into()));
}

#[test]
fn a_late_answer_to_a_feed_that_is_not_there_is_dropped() {
    let mut desk = settled(config([all()]), &[]);
    desk.tell(Event::Woke);
    desk.asked();
    desk.page_of(7, &[item("a", 1)]);
    assert_eq!((desk.asked(), desk.rows()), (vec![], String::new()));
}

/// Joined, with a window open, every feed fetched and at rest, holding these items.
fn settled(config: Config, items: &[Value]) -> Desk {
    let pages = vec![items; config.feeds.len()];
    settled_with(config, &pages)
}

/// The same with items of its own for each feed.
fn settled_with(config: Config, pages: &[&[Value]]) -> Desk {
    let mut desk = Desk::of(&["ada"], config);
    desk.show(Filter::All);
    let (_, joins) = desk.connected[0].clone();
    for join in joins {
        desk.channel(phoenix::Event::Joined {
            topic: join.topic,
            response: json!({}),
        });
    }
    for _ in 0..8 {
        for (feed, items) in (0..).zip(pages) {
            desk.page_of(feed, items);
        }
        desk.pass(SPACE);
    }
    desk.asked();
    desk
}

/// A `new-message` that says the same count to every feed.
fn announce(desk: &mut Desk, unread: u64) {
    let (_, joins) = desk.connected[0].clone();
    let views = joins[0].params.as_object().unwrap();
    let data: Value = views
        .keys()
        .map(|view| (view.clone(), counts(unread)))
        .collect();
    let attn: Vec<&String> = views.keys().collect();
    desk.message(json!({"event": "new-message", "attn": attn, "data": data}));
}

fn counts(unread: u64) -> Value {
    json!({"metadata": {"total_count": unread, "unread_count": unread, "unseen_count": unread}})
}

/// The names under which the whole feed and the filtered one joined.
fn references(desk: &Desk) -> [String; 2] {
    let (_, joins) = &desk.connected[0];
    let views = joins[0].params.as_object().unwrap();
    let find = |filtered: bool| {
        let found = views
            .iter()
            .find(|(_, view)| view["status"].is_null() != filtered);
        found.unwrap().0.clone()
    };
    [find(false), find(true)]
}

/// In an order that does not depend on whose turn it was.
fn sorted(mut asked: Vec<String>) -> Vec<String> {
    asked.sort();
    asked
}

/// The numbers beside the feeds' names.
fn tabs(desk: &Desk) -> Vec<u64> {
    let feeds = &desk.feed().accounts[0].feeds;
    feeds.iter().map(|feed| feed.count).collect()
}

fn go_to(desk: &mut Desk, feed: u32) {
    let (filter, first, count) = (Filter::All, 0, 50);
    let show = Action::Show {
        filter,
        only: Default::default(),
        first,
        count,
    };
    act_in(desk, feed, show);
}

fn act_in(desk: &mut Desk, feed: u32, action: Action) {
    desk.act(Action::In {
        account: credentials("ada").account_id(),
        feed: Some(FeedNumber(feed)),
        action: Box::new(action),
    });
}

fn config<const N: usize>(feeds: [FeedConfig; N]) -> Config {
    Config {
        feeds: feeds.to_vec(),
        ..Config::default()
    }
}

fn all() -> FeedConfig {
    FeedConfig::default()
}

fn unread() -> FeedConfig {
    let options = FeedOptions {
        status: Some(StatusFilter::Unread),
        ..FeedOptions::default()
    };
    FeedConfig { options, ..all() }
}

fn acme() -> FeedConfig {
    let options = FeedOptions {
        tenant: Some("acme".to_owned()),
        has_tenant: Some(true),
        ..FeedOptions::default()
    };
    FeedConfig { options, ..all() }
}

/// Of another in-app feed channel.
fn other() -> FeedConfig {
    let feed_id = Some(FeedId::parse(OTHER).unwrap());
    FeedConfig { feed_id, ..all() }
}
