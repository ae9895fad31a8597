use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use doorbell_knock::{
    Credentials, Failure, FeedPage, ItemId, Method as Verb, Request, api, message,
};
use reqwest::{
    Client, Method, Response,
    header::{HeaderValue, RETRY_AFTER},
    redirect,
};
use rustls::ClientConfig;
use tracing::{debug, warn};

/// A request that takes longer has failed; the app tries again.
const WITHIN: Duration = Duration::from_secs(30);
const CONNECT_WITHIN: Duration = Duration::from_secs(15);

/// The server takes one update of an item and status a second; what it left out is sent again after that.
const LEFT_OUT_FOR: Duration = Duration::from_secs(1);

/// HTTP to one account's server.
#[derive(Clone, Debug)]
pub(crate) struct Rest {
    client: Client,
    credentials: Arc<Credentials>,
}

impl Rest {
    /// The client, shared by all accounts for its connections.
    ///
    /// It follows no redirect, since that would carry the key to another host; and it uses no proxy, as the socket
    /// does not either, so that a Knock on this computer is never asked for through one.
    pub(crate) fn client(tls: Arc<ClientConfig>) -> Result<Client, reqwest::Error> {
        Client::builder()
            .tls_backend_preconfigured((*tls).clone())
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(WITHIN)
            .connect_timeout(CONNECT_WITHIN)
            .user_agent(concat!("doorbell/", env!("CARGO_PKG_VERSION")))
            .build()
    }

    pub(crate) fn new(client: Client, credentials: Credentials) -> Rest {
        Rest {
            client,
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
        let mut call = self.client.request(method, url);
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
        let response = call.send().await.map_err(unreachable)?;
        let status = response.status();
        let retry_after = retry_after(&response);
        debug!(status = status.as_u16(), "answered");
        let left_out = response
            .headers()
            .get(api::NOT_APPLIED_HEADER)
            .and_then(|value| value.to_str().ok())
            .map(api::not_applied)
            .unwrap_or_default();
        let body = read(response).await?;
        if status.is_success() {
            Ok(Answer { body, left_out })
        } else {
            Err(Failure::from_response(status.as_u16(), retry_after, &body))
        }
    }
}

/// What a request was answered with.
struct Answer {
    body: Vec<u8>,
    /// Items that a batch left as they were.
    left_out: Vec<ItemId>,
}

async fn read(mut response: Response) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > api::MAX_BODY_BYTES {
            return Err(Failure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn retry_after(response: &Response) -> Option<Duration> {
    parse_retry_after(response.headers().get(RETRY_AFTER)?.to_str().ok()?)
}

/// Reads a `Retry-After` header: seconds, or a date.
pub(crate) fn parse_retry_after(value: &str) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = httpdate::parse_http_date(value).ok()?;
    at.duration_since(SystemTime::now()).ok()
}

/// The innermost cause says most; the URL names the user and stays out.
fn unreachable(error: reqwest::Error) -> Failure {
    let reason = if error.is_timeout() {
        "no answer in time".to_owned()
    } else {
        let error = error.without_url();
        let mut cause: &dyn std::error::Error = &error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        cause.to_string()
    };
    Failure::Unreachable(reason)
}
