//! Prints the items of a feed as they arrive, each once, newest last. Connect data come as JSON on standard input.
//!
//! ```sh
//! echo '{"public_key": "pk_…", "user_id": "…", "feed_id": "…", "host": "http://127.0.0.1:4747"}' |
//!     cargo run -p doorbell-knock --example tail_feed
//! ```
//!
//! The host may be called `url`, as the emulator does.

#[allow(dead_code, reason = "its main is another example's")]
#[path = "../../phoenix/examples/tail.rs"]
mod tail;

use std::ops::ControlFlow;
use std::time::Duration;

use doorbell_knock::{Attention, Credentials, Cursor, Failure, Feed, FeedOptions, FeedPage};
use doorbell_knock::{MAX_BODY_BYTES, NewMessage, PageRequest, ReferenceId, api, channel};
use doorbell_phoenix::Event;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut connect: Value = serde_json::from_reader(std::io::stdin())?;
    if let Some(url) = connect.get_mut("url").map(Value::take) {
        connect["host"] = url;
    }
    let credentials: Credentials = serde_json::from_value(connect)?;
    let options = FeedOptions::default();
    let view = ReferenceId::from_random(std::array::from_fn(|_| fastrand::u8(..)));
    let topic = channel::topic(&credentials.feed_id, &credentials.user_id);
    let params = channel::join_params(&[(view.clone(), &options)]);
    let token = credentials.user_token.as_ref();
    let url = credentials.host.socket_url(&credentials.public_key, token);

    let mut feed = Feed::new();
    let tell = |event| {
        if is_news(&event, &view)
            && let Err(failure) = catch_up(&mut feed, &credentials, &options)
        {
            eprintln!("{failure}");
        }
        ControlFlow::Continue(())
    };
    tail::tail(url.as_str(), topic, params, tell).await;
    Ok(())
}

/// What was sent while nothing was joined is not sent again, so every join is news.
fn is_news(event: &Event, view: &ReferenceId) -> bool {
    match event {
        Event::Joined { .. } => true,
        Event::Message { payload, .. } => NewMessage::parse(payload)
            .is_some_and(|message| message.counts_for(view) != Attention::Elsewhere),
        other => {
            eprintln!("{other:?}");
            false
        }
    }
}

/// Fetches the first page, then those after it until nothing is missing in between, and prints what arrived.
fn catch_up(feed: &mut Feed, with: &Credentials, options: &FeedOptions) -> Result<(), Failure> {
    let ticket = feed.begin_fetch();
    let mut loaded = feed.load_first(ticket, fetch(with, options, None)?);
    let mut arrived = loaded.arrived;
    while let Some(hole) = loaded.hole.take() {
        let ticket = feed.begin_fetch();
        let page = fetch(with, options, Some(hole.clone()))?;
        loaded = feed.load_between(ticket, page, &hole);
        arrived.append(&mut loaded.arrived);
    }
    for item in arrived.iter().rev().filter_map(|id| feed.item(id)) {
        let (title, body) = item.title_and_body();
        println!("{title}: {}", body.replace('\n', " "));
    }
    let unread = feed.metadata().unread_count;
    eprintln!("{unread} unread");
    Ok(())
}

fn fetch(
    with: &Credentials,
    options: &FeedOptions,
    after: Option<Cursor>,
) -> Result<FeedPage, Failure> {
    let page = PageRequest {
        after,
        ..PageRequest::default()
    };
    let request = api::feed_page(&with.user_id, &with.feed_id, options, &page);
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .new_agent();
    let mut call = agent.get(with.host.join(&request.path, &request.query).as_str());
    for (name, value) in api::headers(with) {
        call = call.header(name, value);
    }
    let unreachable = |error: ureq::Error| Failure::Unreachable(error.to_string());
    let mut answer = call.call().map_err(unreachable)?;
    let status = answer.status().as_u16();
    let retry_after = answer.headers().get("retry-after");
    let retry_after = retry_after.and_then(|seconds| seconds.to_str().ok()?.parse().ok());
    let limit = u64::try_from(MAX_BODY_BYTES).unwrap_or(u64::MAX);
    let body = answer.body_mut().with_config().limit(limit);
    let body = body.read_to_vec().map_err(unreachable)?;
    match status {
        200 => Ok(FeedPage::parse(&body)?),
        _ => Err(Failure::from_response(
            status,
            retry_after.map(Duration::from_secs),
            &body,
        )),
    }
}
