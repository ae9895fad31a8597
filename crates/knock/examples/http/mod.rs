//! The HTTP of the example: one blocking call.

use std::time::Duration;

use doorbell_knock::{Credentials, Cursor, Failure, FeedOptions, FeedPage};
use doorbell_knock::{MAX_BODY_BYTES, PageRequest, api};

/// The first page of the feed, or the one after a cursor.
pub(crate) fn fetch(
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
