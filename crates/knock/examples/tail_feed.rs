//! Prints the items of a feed as they arrive, each once, newest last. Connect data come as JSON on standard input.
//!
//! ```sh
//! echo '{"public_key": "pk_…", "user_id": "…", "feed_id": "…", "host": "http://127.0.0.1:4747"}' |
//!     cargo run -p doorbell-knock --example tail_feed
//! ```

#[path = "../../phoenix/examples/driver/mod.rs"]
pub(crate) mod driver;
mod http;

use std::ops::ControlFlow::{self, Continue};

use doorbell_knock::{Attention, Credentials, Failure, Feed, FeedItem, FeedOptions};
use doorbell_knock::{NewMessage, ReferenceId, channel};
use doorbell_phoenix::Event;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), serde_json::Error> {
    let credentials = serde_json::from_reader(std::io::stdin())?;
    let print = |item: &FeedItem| {
        let (title, body) = item.title_and_body();
        println!("{title}: {}", body.replace('\n', " "));
        Continue(())
    };
    tail_feed(&credentials, print).await;
    Ok(())
}

/// Tells each item once, oldest first, until the one it tells has enough.
pub(crate) async fn tail_feed(
    with: &Credentials,
    mut tell: impl FnMut(&FeedItem) -> ControlFlow<()>,
) {
    let options = FeedOptions::default();
    let view = ReferenceId::from_random(std::array::from_fn(|_| fastrand::u8(..)));
    let topic = channel::topic(&with.feed_id, &with.user_id);
    let params = channel::join_params(&[(view.clone(), &options)]);
    let token = with.user_token.as_ref();
    let url = with.host.socket_url(&with.public_key, token);
    let mut feed = Feed::new();
    let happened = |event| {
        if !is_news(&event, &view) {
            return Continue(());
        }
        let arrived = catch_up(&mut feed, with, &options).unwrap_or_else(|failure| {
            eprintln!("{failure}");
            Vec::new()
        });
        arrived.iter().try_for_each(&mut tell)
    };
    driver::keep_joined(url.as_str(), topic, params, happened).await;
}

/// What was sent while nothing was joined is not sent again, so every join is news.
fn is_news(event: &Event, view: &ReferenceId) -> bool {
    match event {
        Event::Joined { .. } => true,
        Event::Message { payload, .. } => NewMessage::parse(payload).is_some_and(|message| {
            message.counts_for(view, &FeedOptions::default()) != Attention::Elsewhere
        }),
        _ => false,
    }
}

/// Fetches the first page, then those after it until nothing is missing in between; what arrived, oldest first.
fn catch_up(
    feed: &mut Feed,
    with: &Credentials,
    options: &FeedOptions,
) -> Result<Vec<FeedItem>, Failure> {
    let ticket = feed.begin_fetch();
    let mut loaded = feed.load_first(ticket, http::fetch(with, options, None)?);
    let mut arrived = loaded.arrived;
    while let Some(hole) = loaded.hole.take() {
        let ticket = feed.begin_fetch();
        let page = http::fetch(with, options, Some(hole.clone()))?;
        loaded = feed.load_between(ticket, page, &hole);
        arrived.append(&mut loaded.arrived);
    }
    let items = arrived.iter().rev().filter_map(|id| feed.item(id));
    Ok(items.map(|item| item.into_owned()).collect())
}
