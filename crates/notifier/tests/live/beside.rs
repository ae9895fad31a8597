//! Accounts and feeds side by side, against servers that give their items the same ids.

use doorbell_knock::{FeedOptions, ItemId, StatusFilter};
use doorbell_notifier::{AccountId, Action, Config, Face, FeedConfig, FeedNumber, Filter, Mark};

use crate::{
    desk::{Desk, draft, eventually},
    knock::{emulator, messages, trigger},
};

#[tokio::test]
async fn two_servers_and_two_filters_are_one_number_and_nothing_is_taken_for_another() {
    let (here, there) = (emulator().await, emulator().await);
    trigger(&here, "there before");
    let read = FeedConfig {
        options: FeedOptions {
            status: Some(StatusFilter::Read),
            ..FeedOptions::default()
        },
        ..FeedConfig::default()
    };
    let mut desk = Desk::set(Config {
        feeds: vec![FeedConfig::default(), read],
        ..Config::default()
    });
    for server in [&here, &there] {
        desk.sign_in(draft(server.url())).await.unwrap();
    }
    desk.until("the number of what was there before", |desk| {
        desk.face() == Some(Face::Count(1))
    })
    .await;
    trigger(&here, "one");
    trigger(&there, "two");
    desk.until("the sum, and a toast each", |desk| {
        desk.face() == Some(Face::Count(3)) && desk.toasts.len() == 2
    })
    .await;

    let id = ItemId(messages(&there)[0]["id"].as_str().unwrap().to_owned());
    let known = |message: &serde_json::Value| message["id"] == id.0.as_str();
    assert!(messages(&here).iter().any(known), "an id of both servers");
    let account = draft(there.url()).parse().unwrap().account_id();
    let mark = Action::Mark {
        ids: vec![id.clone()],
        mark: Mark::Read,
    };
    desk.act(within(&account, 0, mark));
    eventually("the server has it read", || {
        messages(&there)[0]["read_at"].is_string()
    })
    .await;
    assert!(messages(&here).iter().all(|it| it["read_at"].is_null()));
    let show = Action::Show {
        filter: Filter::All,
        only: Default::default(),
        first: 0,
        count: 50,
    };
    desk.act(within(&account, 1, show));
    desk.until("the feed of what was read lists it", |desk| {
        desk.face() == Some(Face::Count(2)) && desk.rows() == Some(vec![id.as_str()])
    })
    .await;
    assert_eq!(desk.toasts.len(), 2, "nothing was told of twice");
}

fn within(account: &AccountId, feed: u32, action: Action) -> Action {
    Action::In {
        account: account.clone(),
        feed: Some(FeedNumber(feed)),
        action: Box::new(action),
    }
}
