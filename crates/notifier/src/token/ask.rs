use std::time::Duration;

use reqwest::{Client, StatusCode, header};
use time::OffsetDateTime;
use url::Url;

use super::{BadAnswer, Issued, TokenError, TokenSource, command, issued::MAX_BYTES};
use crate::network::{Network, retry_after};

/// A source that takes longer has failed.
const WITHIN: Duration = Duration::from_secs(30);

/// Asks a source for a token.
pub(crate) async fn ask(
    source: &TokenSource,
    client: &Client,
    network: &Network,
) -> Result<Issued, TokenError> {
    let answer = match source {
        TokenSource::Command { program, args } => command::output(program, args, WITHIN).await?,
        TokenSource::Url(url) => fetch(url, client, network).await?,
    };
    Issued::parse(&answer, OffsetDateTime::now_utc()).map_err(TokenError::NoToken)
}

/// A plain GET. It says nothing about the account: the address itself has to tell who asks, or whoever answers there knows.
async fn fetch(url: &Url, client: &Client, network: &Network) -> Result<Vec<u8>, TokenError> {
    let unreachable = |error: reqwest::Error| {
        // The address may hold a secret and stays out.
        let obstacle = network.obstacle(&error.without_url(), url);
        TokenError::Unreachable(obstacle.words(url.host_str().unwrap_or_default()))
    };
    let call = client
        .get(url.clone())
        .header(header::ACCEPT, "application/json, text/plain;q=0.9")
        .header(header::CACHE_CONTROL, "no-store")
        .timeout(WITHIN);
    let mut response = call.send().await.map_err(unreachable)?;
    let status = response.status();
    if status != StatusCode::OK {
        return Err(TokenError::Status {
            status: status.as_u16(),
            retry_after: retry_after(response.headers()),
        });
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(TokenError::NoToken(BadAnswer::TooLong));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
