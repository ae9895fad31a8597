//! Both examples against the emulator, a Knock on this computer.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[allow(dead_code, reason = "its main is for the command line")]
#[path = "../examples/tail_feed.rs"]
mod tail_feed;

use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::time::Duration;

use doorbell_emulator::{Config, Running, Server};
use doorbell_knock::{Credentials, Draft, channel};
use doorbell_phoenix::Event;
use serde_json::json;
use tokio::time::timeout;

/// The examples call out and wait, so that the emulator needs a thread of its own.
#[tokio::test(flavor = "multi_thread")]
async fn the_example_tells_each_item_once_from_the_oldest_to_what_arrives() {
    let knock = emulator().await;
    for message in ["first", "second"] {
        trigger(&knock, message);
    }
    let mut told = Vec::new();
    let tell = |item: &doorbell_knock::FeedItem| {
        let (_, body) = item.title_and_body();
        told.push(body);
        match told.len() {
            // What is already there has been told: now something arrives.
            2 => trigger(&knock, "third"),
            3 => trigger(&knock, "fourth"),
            4 => return ControlFlow::Break(()),
            _ => {}
        }
        ControlFlow::Continue(())
    };
    let credentials = credentials(&knock);
    let tailed = tail_feed::tail_feed(&credentials, tell);
    timeout(PATIENCE, tailed).await.expect("four items arrive");
    for (told, sent) in told.iter().zip(["first", "second", "third", "fourth"]) {
        assert!(told.contains(sent), "{told} instead of {sent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_driver_tells_what_happens_on_a_topic() {
    let knock = emulator().await;
    let with = credentials(&knock);
    let url = with.host.socket_url(&with.public_key, None);
    let topic = channel::topic(&with.feed_id, &with.user_id);
    let mut told = Vec::new();
    let tell = |event| {
        match event {
            Event::Joined { .. } => {
                told.push("joined".to_owned());
                trigger(&knock, "hello");
            }
            Event::Message { event, .. } => {
                told.push(event);
                return ControlFlow::Break(());
            }
            other => told.push(format!("{other:?}")),
        }
        ControlFlow::Continue(())
    };
    let params = json!({"archived": "exclude"});
    let tailed = tail_feed::driver::keep_joined(url.as_str(), topic, params, tell);
    timeout(PATIENCE, tailed).await.expect("it is told");
    assert_eq!(told, ["Opened", "joined", "new-message"]);
}

async fn emulator() -> Running {
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    Server::start(Config::default(), anywhere).await.unwrap()
}

fn trigger(knock: &Running, message: &str) {
    let user = Config::default().user_id;
    let data = json!({ "message": message });
    let id = knock.with(|knock, now| knock.trigger("new-message", &user, data, now));
    assert!(id.is_some());
}

fn credentials(knock: &Running) -> Credentials {
    let config = Config::default();
    let draft = Draft {
        public_key: config.public_key,
        user_id: config.user_id,
        feed_id: config.feed_id,
        host: knock.url().to_owned(),
        ..Draft::default()
    };
    draft.parse().unwrap()
}

const PATIENCE: Duration = Duration::from_secs(60);
