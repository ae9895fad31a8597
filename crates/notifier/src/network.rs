//! The way to a host, for HTTP and WebSocket alike: one TLS configuration, one decision about proxies.

use std::{
    io,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::connect::{
        HttpConnector,
        proxy::{SocksV5, Tunnel},
    },
    rt::TokioIo,
};
use reqwest::{
    header::{HeaderMap, RETRY_AFTER},
    redirect,
};
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config,
    tungstenite::{self, http::Uri, protocol::WebSocketConfig},
};
use tower_service::Service;
use url::Url;

use crate::{
    obstacle::Obstacle,
    proxy::{Proxies, ProxySetting, ProxyVariables, Via},
    tls,
};

/// How hosts are to be reached.
#[derive(Clone, Debug, Default)]
pub struct NetworkOptions {
    pub proxy: ProxySetting,
    /// What counts with [`ProxySetting::System`]; its `NO_PROXY` also with [`ProxySetting::Given`].
    pub variables: ProxyVariables,
    /// Certificate authorities (PEM) that count beside the system's.
    pub ca_file: Option<PathBuf>,
}

/// Everything that HTTP and WebSocket share on the way to a host.
#[derive(Debug)]
pub(crate) struct Network {
    tls: Arc<ClientConfig>,
    proxies: Arc<Proxies>,
}

/// An open WebSocket.
pub(crate) type Stream = Box<WebSocketStream<MaybeTlsStream<Wire>>>;

/// A connection to a host, perhaps through a proxy, before TLS with the host.
pub(crate) type Wire = Box<dyn Connection>;

pub(crate) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

/// Why there is no WebSocket.
#[derive(Debug)]
pub(crate) enum DialError {
    /// The host answered the upgrade with another status than 101.
    Refused {
        status: u16,
        retry_after: Option<Duration>,
    },
    /// The host was not reached.
    Unreached(Obstacle),
}

impl Network {
    /// The network as it is set, and in sentences what of that cannot be used; the rest works.
    ///
    /// # Errors
    /// When TLS cannot be set up on this system; the text says why.
    pub(crate) fn new(options: &NetworkOptions) -> Result<(Self, Vec<String>), rustls::Error> {
        let (tls, bad_file) = tls::client_config(options.ca_file.as_deref())?;
        let (proxies, bad_variable) = Proxies::new(&options.proxy, &options.variables);
        let network = Self {
            tls,
            proxies: Arc::new(proxies),
        };
        Ok((network, bad_file.into_iter().chain(bad_variable).collect()))
    }

    /// Sets the password of the proxy that the settings name, for connections made from now on.
    pub(crate) fn set_proxy_password(&self, password: Option<String>) {
        self.proxies.set_password(password);
    }

    /// An HTTP client. It follows no redirect, since that would carry the key to another host.
    pub(crate) fn http(&self) -> Result<reqwest::Client, reqwest::Error> {
        let proxies = self.proxies.clone();
        reqwest::Client::builder()
            .tls_backend_preconfigured((*self.tls).clone())
            .redirect(redirect::Policy::none())
            .proxy(reqwest::Proxy::custom(move |url| {
                proxies.via(url).map(|via| via.url())
            }))
            .timeout(ANSWER_WITHIN)
            .connect_timeout(CONNECT_WITHIN)
            .user_agent(USER_AGENT)
            .build()
    }

    /// Opens a WebSocket. The URL may hold a key, so no error repeats it.
    pub(crate) async fn dial(
        &self,
        url: &Url,
        config: WebSocketConfig,
    ) -> Result<Stream, DialError> {
        let via = self.proxies.via(url);
        let unreached = |error: &(dyn std::error::Error + 'static)| {
            DialError::Unreached(Obstacle::read(error, via.as_ref()))
        };
        let wire = self
            .reach(url, via.as_ref())
            .await
            .map_err(|error| unreached(&*error))?;
        let connector = Connector::Rustls(self.tls.clone());
        match client_async_tls_with_config(url.as_str(), wire, Some(config), Some(connector)).await
        {
            Ok((stream, _)) => Ok(Box::new(stream)),
            Err(tungstenite::Error::Http(response)) => Err(DialError::Refused {
                status: response.status().as_u16(),
                retry_after: retry_after(response.headers()),
            }),
            Err(error) => Err(unreached(&error)),
        }
    }

    /// Connects to a host, directly or through the proxy.
    async fn reach(&self, url: &Url, via: Option<&Via>) -> Result<Wire, BoxError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let target = target(url)?;
        let Some(via) = via else {
            return Ok(Box::new(tcp.call(target).await?.into_inner()));
        };
        let proxy = via.intercept().uri().clone();
        if proxy.scheme_str() == Some("socks5h") {
            let mut tunnel = SocksV5::new(proxy, tcp);
            if let Some((user, password)) = via.intercept().raw_auth() {
                tunnel = tunnel.with_auth(user.to_owned(), password.to_owned());
            }
            return Ok(Box::new(tunnel.call(target).await?.into_inner()));
        }
        let to_proxy = HttpsConnector::from((tcp, self.tls.clone()));
        let mut tunnel = Tunnel::new(proxy, to_proxy);
        if let Some(auth) = via.intercept().basic_auth() {
            tunnel = tunnel.with_auth(auth.clone());
        }
        Ok(Box::new(TokioIo::new(tunnel.call(target).await?)))
    }

    /// Why an HTTP request to this URL was not answered.
    pub(crate) fn obstacle(&self, error: &reqwest::Error, url: &Url) -> Obstacle {
        match error.is_timeout() {
            true => Obstacle::Silent,
            false => Obstacle::read(error, self.proxies.via(url).as_ref()),
        }
    }
}

/// What a `Retry-After` header says: seconds, or a date.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?;
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = httpdate::parse_http_date(value).ok()?;
    at.duration_since(SystemTime::now()).ok()
}

/// Host and port of a URL, the way the connectors want them.
fn target(url: &Url) -> Result<Uri, BoxError> {
    let no_host = || io::Error::new(io::ErrorKind::InvalidInput, "the address has no host");
    let host = url.host_str().ok_or_else(no_host)?;
    let port = url.port_or_known_default().ok_or_else(no_host)?;
    Ok(format!("https://{host}:{port}/").parse()?)
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

const USER_AGENT: &str = concat!("doorbell/", env!("CARGO_PKG_VERSION"));
/// A request that takes longer has failed; the app tries again.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
const CONNECT_WITHIN: Duration = Duration::from_secs(15);
