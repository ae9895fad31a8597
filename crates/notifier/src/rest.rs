use std::{sync::Arc, time::Duration};

use doorbell_knock::{
    Credentials, Failure, FeedPage, FeedSettings, ItemId, Method as Verb, PreferenceSet, Request,
    api, message,
};
use reqwest::{Client, Method, Response, header::HeaderValue};
use tracing::{debug, warn};
use url::Url;

use crate::network::{Network, retry_after};

/// The server takes one update of an item and status a second; what it left out is sent again after that.
const LEFT_OUT_FOR: Duration = Duration::from_secs(1);

/// HTTP to one account's server.
#[derive(Clone, Debug)]
pub(crate) struct Rest {
    client: Client,
    network: Arc<Network>,
    credentials: Arc<Credentials>,
}

impl Rest {
    /// With the client that all accounts share for its connections.
    pub(crate) fn new(client: Client, network: Arc<Network>, credentials: Credentials) -> Rest {
        Rest {
            client,
            network,
            credentials: Arc::new(credentials),
        }
    }

    /// A page of the feed. Items that make no sense are left out and named in the log.
    pub(crate) async fn page(&self, request: Request) -> Result<FeedPage, Failure> {
        let page = FeedPage::parse(&self.call(request).await?.body)
            .map_err(|malformed| Failure::Malformed(malformed.to_string()))?;
        for reason in &page.skipped {
            warn!(reason, "an item of the feed was skipped");
        }
        Ok(page)
    }

    /// What the owner of a feed has set for those who show it.
    pub(crate) async fn settings(&self, request: Request) -> Result<FeedSettings, Failure> {
        Ok(FeedSettings::parse(&self.call(request).await?.body))
    }

    /// What the person wants to be told of, as it is after this request.
    pub(crate) async fn preferences(&self, request: Request) -> Result<PreferenceSet, Failure> {
        PreferenceSet::parse(&self.call(request).await?.body)
    }

    /// Writes marks; answers with those of the items that the server still calls unread.
    ///
    /// A server that took only some of them has been asked too often.
    pub(crate) async fn update(&self, request: Request) -> Result<Vec<ItemId>, Failure> {
        let answer = self.call(request).await?;
        if answer.left_out.is_empty() {
            Ok(message::still_unread(&answer.body))
        } else {
            debug!(items = answer.left_out.len(), "some marks were not taken");
            Err(Failure::RateLimited {
                retry_after: Some(LEFT_OUT_FOR),
            })
        }
    }

    async fn call(&self, request: Request) -> Result<Answer, Failure> {
        let method = match request.method {
            Verb::Get => Method::GET,
            Verb::Put => Method::PUT,
            Verb::Post => Method::POST,
            Verb::Delete => Method::DELETE,
        };
        let url = self.credentials.host.join(&request.path, &request.query);
        let mut call = self.client.request(method, url.clone());
        for (name, value) in api::headers(&self.credentials) {
            // Not to be shown by any library's trace.
            let Ok(mut value) = HeaderValue::try_from(value) else {
                continue;
            };
            value.set_sensitive(name == "Authorization" || name == "X-Knock-User-Token");
            call = call.header(name, value);
        }
        if let Some(body) = &request.body {
            call = call.body(body.to_string());
        }
        let unreachable = |error: reqwest::Error| self.unreachable(error, &url);
        let response = call.send().await.map_err(unreachable)?;
        let status = response.status();
        let retry_after = retry_after(response.headers());
        debug!(status = status.as_u16(), "answered");
        let left_out = response
            .headers()
            .get(api::NOT_APPLIED_HEADER)
            .and_then(|value| value.to_str().ok())
            .map(api::not_applied)
            .unwrap_or_default();
        let body = read(response, unreachable).await?;
        if status.is_success() {
            Ok(Answer { body, left_out })
        } else {
            Err(Failure::from_response(status.as_u16(), retry_after, &body))
        }
    }

    /// What is in the way, in words that say what to do. The URL names the user and stays out.
    fn unreachable(&self, error: reqwest::Error, url: &Url) -> Failure {
        let obstacle = self.network.obstacle(&error.without_url(), url);
        Failure::Unreachable(obstacle.words(&self.credentials.host.name()))
    }
}

/// What a request was answered with.
struct Answer {
    body: Vec<u8>,
    /// Items that a batch left as they were.
    left_out: Vec<ItemId>,
}

async fn read(
    mut response: Response,
    unreachable: impl Fn(reqwest::Error) -> Failure,
) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(&unreachable)? {
        if body.len() + chunk.len() > api::MAX_BODY_BYTES {
            return Err(Failure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
