//! Which proxy stands between us and a host: decided here, for HTTP and WebSocket alike.

use std::{
    fmt,
    sync::{PoisonError, RwLock},
};

use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use tokio_tungstenite::tungstenite::http::Uri;
use url::Url;

/// What a person set about proxies.
///
/// Whatever is set, this computer itself is never asked for through a proxy, nor is plain http: a proxy would read
/// the key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ProxySetting {
    /// What the environment says; see [`ProxyVariables`].
    #[default]
    System,
    /// None, whatever the environment says.
    None,
    /// This one, but for the hosts in `NO_PROXY`.
    Given(ProxyUrl),
}

/// A proxy's address: `http://`, `https://` or `socks5://`, perhaps a user, host and port.
///
/// A SOCKS proxy is asked for names, not for addresses, also where the scheme is not `socks5h`.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUrl {
    /// Without the password.
    url: Url,
    password: Option<String>,
}

/// Why a text is no proxy that can be used. It repeats nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadProxy {
    /// Not a URL with a host in it.
    NotUrl,
    /// A kind of proxy that Doorbell cannot talk to.
    Scheme,
    /// A password where none belongs.
    Password,
    /// A path, a query or a fragment.
    Path,
}

/// What the environment says about proxies for https: `HTTPS_PROXY`, else `ALL_PROXY`; and `NO_PROXY`, hosts that
/// are reached without one. Each in capitals or not, an empty one counts as missing.
///
/// `Debug` shows none of it, since there may be passwords in it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ProxyVariables {
    /// The variable that names the proxy, and what it says.
    proxy: Option<(&'static str, String)>,
    no: String,
}

impl ProxyUrl {
    /// Reads what stands in a settings file, where a password must not be; `http://` may be left out.
    pub fn parse(text: &str) -> Result<Self, BadProxy> {
        let proxy = Self::parse_with_password(text)?;
        match proxy.password {
            None => Ok(proxy),
            Some(_) => Err(BadProxy::Password),
        }
    }

    fn parse_with_password(text: &str) -> Result<Self, BadProxy> {
        let text = text.trim();
        let with_scheme = match text.contains("://") {
            true => text.to_owned(),
            false => format!("http://{text}"),
        };
        let mut url = Url::parse(&with_scheme).map_err(|_| BadProxy::NotUrl)?;
        match url.scheme() {
            "http" | "https" => {}
            "socks5" | "socks5h" => {
                url.set_scheme("socks5h").map_err(|()| BadProxy::Scheme)?;
                if url.port().is_none() {
                    url.set_port(Some(SOCKS_PORT))
                        .map_err(|()| BadProxy::NotUrl)?;
                }
            }
            _ => return Err(BadProxy::Scheme),
        }
        if url.host_str().unwrap_or_default().is_empty() {
            return Err(BadProxy::NotUrl);
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(BadProxy::Path);
        }
        let password = url
            .password()
            .map(|password| percent_decoded(password).ok_or(BadProxy::NotUrl))
            .transpose()?;
        url.set_password(None).map_err(|()| BadProxy::NotUrl)?;
        Ok(Self { url, password })
    }

    /// Host and port, for people.
    pub fn name(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port_or_known_default() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Whether somebody is named who has a password there.
    pub fn names_user(&self) -> bool {
        !self.url.username().is_empty()
    }

    fn whole(&self) -> Url {
        let mut url = self.url.clone();
        // It has a host, as was checked, and so takes a password.
        let _ = url.set_password(self.password.as_deref());
        url
    }
}

impl ProxyVariables {
    /// Reads the variables with what looks one up, such as `|name| std::env::var(name).ok()`.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let find = |name: &str| {
            [name.to_owned(), name.to_ascii_lowercase()]
                .iter()
                .find_map(|name| variable(name).filter(|value| !value.trim().is_empty()))
        };
        Self {
            proxy: ["HTTPS_PROXY", "ALL_PROXY"]
                .into_iter()
                .find_map(|name| Some((name, find(name)?))),
            no: find("NO_PROXY").unwrap_or_default(),
        }
    }
}

/// The proxy for each host. Its password may come later, from the keychain.
#[derive(Debug)]
pub(crate) struct Proxies {
    chosen: RwLock<Option<Chosen>>,
    no: String,
}

#[derive(Debug)]
struct Chosen {
    proxy: ProxyUrl,
    origin: Origin,
    /// Knows `NO_PROXY`, and how a proxy is told who asks.
    matcher: Matcher,
}

/// Where a proxy was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The settings.
    Setting,
    /// This variable of the environment.
    Variable(&'static str),
}

/// A proxy that is to be used.
#[derive(Clone, Debug)]
pub(crate) struct Via {
    proxy: ProxyUrl,
    pub(crate) origin: Origin,
    intercept: Intercept,
}

impl Proxies {
    /// The proxies that count from now on, and what is wrong with the variables, if anything is.
    pub(crate) fn new(
        setting: &ProxySetting,
        variables: &ProxyVariables,
    ) -> (Self, Option<String>) {
        let (chosen, complaint) = match setting {
            ProxySetting::None => (None, None),
            ProxySetting::Given(proxy) => (Some((proxy.clone(), Origin::Setting)), None),
            ProxySetting::System => match &variables.proxy {
                None => (None, None),
                Some((name, text)) => match ProxyUrl::parse_with_password(text) {
                    Ok(proxy) => (Some((proxy, Origin::Variable(name))), None),
                    Err(bad) => (
                        None,
                        Some(format!(
                            "The variable {name} names no proxy that Doorbell can use: {bad}. Doorbell connects without one."
                        )),
                    ),
                },
            },
        };
        let no = variables.no.clone();
        let chosen = chosen.map(|(proxy, origin)| Chosen::new(proxy, origin, &no));
        let proxies = Self {
            chosen: RwLock::new(chosen),
            no,
        };
        (proxies, complaint)
    }

    /// Sets the password of the proxy that the settings name, for connections made from now on.
    pub(crate) fn set_password(&self, password: Option<String>) {
        let mut chosen = self.chosen.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = chosen.as_ref()
            && known.origin == Origin::Setting
            && known.proxy.names_user()
        {
            let proxy = ProxyUrl {
                password,
                ..known.proxy.clone()
            };
            *chosen = Some(Chosen::new(proxy, known.origin, &self.no));
        }
    }

    /// The proxy on the way to this `https` or `wss` URL; none for what is asked for directly.
    pub(crate) fn via(&self, url: &Url) -> Option<Via> {
        if !matches!(url.scheme(), "https" | "wss") || doorbell_knock::is_loopback(url) {
            return None;
        }
        let target = format!(
            "https://{}",
            &url[url::Position::BeforeHost..url::Position::AfterPort]
        );
        let target: Uri = target.parse().ok()?;
        let chosen = self.chosen.read().unwrap_or_else(PoisonError::into_inner);
        let chosen = chosen.as_ref()?;
        Some(Via {
            intercept: chosen.matcher.intercept(&target)?,
            proxy: chosen.proxy.clone(),
            origin: chosen.origin,
        })
    }
}

impl Chosen {
    fn new(proxy: ProxyUrl, origin: Origin, no: &str) -> Self {
        let matcher = Matcher::builder()
            .all(String::from(proxy.whole()))
            .no(no)
            .build();
        Self {
            proxy,
            origin,
            matcher,
        }
    }
}

impl Via {
    /// Where it is, with who asks.
    pub(crate) fn url(&self) -> Url {
        self.proxy.whole()
    }

    /// Host and port, for people.
    pub(crate) fn name(&self) -> String {
        self.proxy.name()
    }

    pub(crate) fn names_user(&self) -> bool {
        self.proxy.names_user()
    }

    pub(crate) fn has_password(&self) -> bool {
        self.proxy.password.is_some()
    }

    /// Where it is, and how it is told who asks.
    pub(crate) fn intercept(&self) -> &Intercept {
        &self.intercept
    }
}

/// The address as it may be written down: without a password.
impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProxyUrl({})", self.name())
    }
}

impl fmt::Debug for ProxyVariables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.proxy.as_ref().map(|(name, _)| name);
        f.debug_struct("ProxyVariables")
            .field("proxy", &name)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for BadProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotUrl => "it is no address such as http://proxy.example:3128",
            Self::Scheme => "its address must begin with http://, https:// or socks5://",
            Self::Password => {
                "a password must not stand there; leave it out and store it with: doorbell proxy-password"
            }
            Self::Path => "its address has nothing after host and port",
        })
    }
}

impl std::error::Error for BadProxy {}

fn percent_decoded(text: &str) -> Option<String> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    decoded.ok().map(|text| text.into_owned())
}

const SOCKS_PORT: u16 = 1080;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_proxy_is_read() {
        for (text, name) in [
            ("http://proxy.test:3128", "proxy.test:3128"),
            ("proxy.test:3128", "proxy.test:3128"),
            (" https://ada@proxy.test/ ", "proxy.test:443"),
            ("socks5://10.0.0.1", "10.0.0.1:1080"),
            ("socks5h://[::1]:9050", "[::1]:9050"),
        ] {
            let proxy = ProxyUrl::parse(text).map(|proxy| proxy.name());
            assert_eq!(proxy.as_deref(), Ok(name), "{text}");
        }
    }

    #[test]
    fn what_is_no_proxy_is_said_without_repeating_it() {
        for (text, bad) in [
            ("", BadProxy::NotUrl),
            ("http://", BadProxy::NotUrl),
            ("ftp://proxy.test", BadProxy::Scheme),
            ("socks4://proxy.test", BadProxy::Scheme),
            ("http://proxy.test/path", BadProxy::Path),
            ("http://ada:secret@proxy.test:3128", BadProxy::Password),
        ] {
            assert_eq!(ProxyUrl::parse(text), Err(bad), "{text}");
            assert!(!bad.to_string().contains("secret"));
        }
    }

    #[test]
    fn the_variables_count_in_capitals_or_not_and_the_one_for_https_first() {
        for (variables, expected) in [
            (
                &[("HTTPS_PROXY", "a:1"), ("ALL_PROXY", "b:2")][..],
                Some("a:1"),
            ),
            (&[("https_proxy", "a:1")], Some("a:1")),
            (&[("HTTPS_PROXY", ""), ("https_proxy", "a:1")], Some("a:1")),
            (&[("all_proxy", "socks5://b:2")], Some("b:2")),
            (&[("HTTP_PROXY", "c:3"), ("http_proxy", "c:3")], None),
            (&[], None),
        ] {
            assert_eq!(
                way(ProxySetting::System, variables, KNOCK).as_deref(),
                expected
            );
        }
    }

    #[test]
    fn a_given_proxy_counts_before_the_variables_and_none_is_none() {
        let variables = &[("HTTPS_PROXY", "http://a:1"), ("NO_PROXY", "direct.test")];
        let given = || ProxySetting::Given(ProxyUrl::parse("http://g:9").unwrap());
        assert_eq!(way(given(), variables, KNOCK).as_deref(), Some("g:9"));
        assert_eq!(way(given(), variables, "https://a.direct.test/"), None);
        assert_eq!(way(ProxySetting::None, variables, KNOCK), None);
    }

    #[test]
    fn some_hosts_are_asked_for_directly() {
        let variables = &[
            ("HTTPS_PROXY", "http://a:1"),
            ("NO_PROXY", "direct.test, .sub.test, 10.0.0.0/8"),
        ];
        for (url, through) in [
            ("https://api.knock.app/v1/x?y=z", true),
            ("wss://api.knock.app:8443/ws", true),
            ("https://direct.test/", false),
            ("https://knock.direct.test/", false),
            ("https://indirect.test/", true),
            ("wss://a.sub.test/", false),
            ("https://10.1.2.3/", false),
            ("https://11.1.2.3/", true),
            ("https://localhost/", false),
            ("wss://127.0.0.1:4747/", false),
            ("https://[::1]/", false),
            ("http://api.knock.app/", false),
            ("ws://knock.test/", false),
        ] {
            let way = way(ProxySetting::System, variables, url);
            assert_eq!(way.is_some(), through, "{url}");
        }
    }

    #[test]
    fn a_variable_that_names_no_proxy_is_named_but_not_repeated() {
        let variables = read(&[("HTTPS_PROXY", "gopher://ada:secret@proxy.test")]);
        let (proxies, complaint) = Proxies::new(&ProxySetting::System, &variables);
        let complaint = complaint.unwrap();
        assert!(complaint.contains("HTTPS_PROXY") && !complaint.contains("secret"));
        assert!(proxies.via(&Url::parse(KNOCK).unwrap()).is_none());
    }

    #[test]
    fn the_password_of_a_given_proxy_comes_later_and_only_for_its_user() {
        let auth = |text: &str| {
            let given = ProxySetting::Given(ProxyUrl::parse(text).unwrap());
            let (proxies, _) = Proxies::new(&given, &ProxyVariables::default());
            proxies.set_password(Some("pass:word @/".to_owned()));
            let via = proxies.via(&Url::parse(KNOCK).unwrap()).unwrap();
            let basic = via.intercept().basic_auth();
            basic.map(|value| value.to_str().unwrap().to_owned())
        };
        // base64 of "ada:pass:word @/"
        let expected = "Basic YWRhOnBhc3M6d29yZCBALw==";
        assert_eq!(
            auth("http://ada@proxy.test:3128").as_deref(),
            Some(expected)
        );
        assert_eq!(auth("http://proxy.test:3128"), None);
    }

    #[test]
    fn no_password_is_shown() {
        let variables = read(&[("HTTPS_PROXY", "http://ada:secret@proxy.test")]);
        let (proxies, _) = Proxies::new(&ProxySetting::System, &variables);
        let via = proxies.via(&Url::parse(KNOCK).unwrap()).unwrap();
        assert_eq!(via.url().password(), Some("secret"));
        for shown in [
            format!("{variables:?}"),
            format!("{proxies:?}"),
            format!("{via:?}"),
        ] {
            assert!(!shown.contains("secret"), "{shown}");
        }
    }

    const KNOCK: &str = "https://api.knock.app/";

    fn read(variables: &[(&str, &str)]) -> ProxyVariables {
        ProxyVariables::read(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    /// The proxy on the way to a URL.
    fn way(setting: ProxySetting, variables: &[(&str, &str)], url: &str) -> Option<String> {
        let (proxies, _) = Proxies::new(&setting, &read(variables));
        let via = proxies.via(&Url::parse(url).unwrap());
        via.map(|via| via.name())
    }
}
