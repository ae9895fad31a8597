//! Where Knock answers, and the secrets that open it.

use std::fmt;

use url::Url;

/// Base URL of the service: https, or plain http to this machine; to others only where a setting lets it.
///
/// A path in front of `/v1` is kept, so that a proxy can stand there.
#[derive(Clone, PartialEq, Eq)]
pub struct Host(Url);

/// A public key. It names the environment and is no more secret than the user id, but is kept out of logs.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(String);

/// A signed token that says who the user is, for environments in enhanced security mode.
#[derive(Clone, PartialEq, Eq)]
pub struct UserToken(String);

/// Why a text is no host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadHost {
    /// Not a URL with a host in it.
    NotUrl,
    /// Neither https nor http.
    Scheme,
    /// Plain http to another machine.
    PlainHttp,
    /// A user name or a password in it.
    Credentials,
    /// A query or a fragment in it.
    Query,
}

/// Why a text is no key or token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadSecret {
    /// Nothing was given.
    Empty,
    /// A secret key (`sk_…`), which belongs on a server.
    SecretKey,
    /// A public key starts with `pk_`.
    NotPublicKey,
    /// White space or characters that no header can carry.
    Unprintable,
}

impl Host {
    /// Reads what a person typed; `https://` may be left out.
    ///
    /// # Errors
    /// [`BadHost`] says why it is none.
    pub fn parse(text: &str) -> Result<Self, BadHost> {
        let host = Self::parse_plain(text)?;
        match host.is_plain() {
            false => Ok(host),
            true => Err(BadHost::PlainHttp),
        }
    }

    /// The same, but takes plain http to any machine: whoever calls this answers for the key that is sent in clear.
    pub fn parse_plain(text: &str) -> Result<Self, BadHost> {
        let text = text.trim();
        let mut url = match text.contains("://") {
            true => Url::parse(text),
            false => Url::parse(&format!("https://{text}")),
        }
        .map_err(|_| BadHost::NotUrl)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadHost::Credentials);
        }
        if !matches!(url.scheme(), "https" | "http") {
            return Err(BadHost::Scheme);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BadHost::Query);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// Host and port, for people.
    pub fn name(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Whether the key goes to another machine in clear.
    pub fn is_plain(&self) -> bool {
        self.0.scheme() == "http" && !is_loopback(&self.0)
    }

    /// Whether this is Knock's own service.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// URL of an encoded path such as `/v1/users/u%201` with the pairs as its query.
    pub fn join(&self, path: &str, query: &[(String, String)]) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// URL of the socket. It holds the key and the token: not for logs.
    pub fn socket_url(&self, key: &PublicKey, token: Option<&UserToken>) -> Url {
        let mut query = Vec::new();
        if let Some(token) = token {
            query.push(("user_token".to_owned(), token.expose().to_owned()));
        }
        query.push(("api_key".to_owned(), key.expose().to_owned()));
        query.push(("vsn".to_owned(), SERIALIZER_VERSION.to_owned()));
        let mut url = self.join(SOCKET_PATH, &query);
        let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
        url.set_scheme(scheme)
            .expect("http and ws are both special schemes");
        url
    }
}

impl Default for Host {
    fn default() -> Self {
        Self::parse(DEFAULT_HOST).expect("the default host is a host")
    }
}

/// The base URL without a trailing slash.
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Host({self})")
    }
}

impl PublicKey {
    /// Accepts what begins with `pk_` and has only visible ASCII characters in it.
    ///
    /// # Errors
    /// [`BadSecret`] says why not; a secret key has a variant of its own.
    pub fn parse(text: &str) -> Result<Self, BadSecret> {
        if text.is_empty() {
            return Err(BadSecret::Empty);
        }
        if text
            .get(..3)
            .is_some_and(|start| start.eq_ignore_ascii_case("sk_"))
        {
            return Err(BadSecret::SecretKey);
        }
        if !text.starts_with("pk_") {
            return Err(BadSecret::NotPublicKey);
        }
        printable(text).map(Self)
    }

    /// The key itself, for a header or the socket URL.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl UserToken {
    /// Accepts any visible ASCII characters; whether it is a JWT, and still good, the server knows.
    ///
    /// # Errors
    /// [`BadSecret::Empty`] and [`BadSecret::Unprintable`].
    pub fn parse(text: &str) -> Result<Self, BadSecret> {
        if text.is_empty() {
            return Err(BadSecret::Empty);
        }
        printable(text).map(Self)
    }

    /// The token itself, for a header or the socket URL.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl fmt::Debug for UserToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl fmt::Display for UserToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

/// Whether a URL leads to this machine, as far as its text tells.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn printable(text: &str) -> Result<String, BadSecret> {
    match text.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Ok(text.to_owned()),
        false => Err(BadSecret::Unprintable),
    }
}

const DEFAULT_HOST: &str = "https://api.knock.app";
const SOCKET_PATH: &str = "/ws/v1/websocket";
const SERIALIZER_VERSION: &str = "2.0.0";
pub(crate) const REDACTED: &str = "[redacted]";

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, BadHost>) {
        let host = Host::parse(text).map(|host| host.to_string());
        assert_eq!(host.as_deref().map_err(|error| *error), expected, "{text}");
    }

    #[test]
    fn a_host_is_https() {
        check("https://api.knock.app", Ok("https://api.knock.app"));
        check("https://api.knock.app/", Ok("https://api.knock.app"));
        check(
            " knock.example.test:8443 ",
            Ok("https://knock.example.test:8443"),
        );
        check(
            "https://proxy.example.test/knock/",
            Ok("https://proxy.example.test/knock"),
        );
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        check("http://127.0.0.1:4000/", Ok("http://127.0.0.1:4000"));
        check("http://127.8.9.10", Ok("http://127.8.9.10"));
        check("http://[::1]:4000", Ok("http://[::1]:4000"));
        check("http://localhost:4000", Ok("http://localhost:4000"));
        check("http://api.knock.app", Err(BadHost::PlainHttp));
        check("http://128.0.0.1", Err(BadHost::PlainHttp));
        check("http://localhost.example.test", Err(BadHost::PlainHttp));
    }

    #[test]
    fn a_host_carries_no_credentials_and_no_query() {
        check("https://me:pw@api.knock.app", Err(BadHost::Credentials));
        check("https://me@api.knock.app", Err(BadHost::Credentials));
        check("https://api.knock.app/?a=b", Err(BadHost::Query));
        check("https://api.knock.app/#a", Err(BadHost::Query));
        check("wss://api.knock.app", Err(BadHost::Scheme));
        check("file:///etc/passwd", Err(BadHost::Scheme));
        check("", Err(BadHost::NotUrl));
        check("https://", Err(BadHost::NotUrl));
    }

    #[test]
    fn the_default_is_knocks_own_service() {
        assert!(Host::default().is_default());
        assert!(Host::parse("https://api.knock.app/").unwrap().is_default());
        assert!(!Host::parse("http://127.0.0.1:1").unwrap().is_default());
        assert_eq!(Host::default().name(), "api.knock.app");
        assert_eq!(
            Host::parse("http://[::1]:4000").unwrap().name(),
            "[::1]:4000"
        );
    }

    #[test]
    fn an_encoded_segment_stays_one_segment() {
        let query = [("a b".to_owned(), "c&d".to_owned())];
        let url = Host::parse("http://127.0.0.1:1/base")
            .unwrap()
            .join("/v1/users/a%2Fb%3F", &query);
        assert_eq!(
            url.as_str(),
            "http://127.0.0.1:1/base/v1/users/a%2Fb%3F?a+b=c%26d"
        );
        assert_eq!(
            Host::default().join("/v1", &[]).as_str(),
            "https://api.knock.app/v1"
        );
    }

    #[test]
    fn the_socket_url_leaves_out_a_token_that_is_not_there() {
        let key = PublicKey::parse("pk_test_0000").unwrap();
        let token = UserToken::parse("a.b.c").unwrap();
        let host = Host::parse("http://127.0.0.1:1").unwrap();
        assert_eq!(
            host.socket_url(&key, None).as_str(),
            "ws://127.0.0.1:1/ws/v1/websocket?api_key=pk_test_0000&vsn=2.0.0"
        );
        assert_eq!(
            Host::default().socket_url(&key, Some(&token)).as_str(),
            "wss://api.knock.app/ws/v1/websocket?user_token=a.b.c&api_key=pk_test_0000&vsn=2.0.0"
        );
    }

    #[test]
    fn a_secret_key_is_refused() {
        for (text, expected) in [
            ("sk_test_1", BadSecret::SecretKey),
            ("SK_test_1", BadSecret::SecretKey),
            ("", BadSecret::Empty),
            ("test", BadSecret::NotPublicKey),
            ("pk_test 1", BadSecret::Unprintable),
            ("pk_tést", BadSecret::Unprintable),
        ] {
            assert_eq!(PublicKey::parse(text), Err(expected), "{text}");
        }
        assert_eq!(UserToken::parse("a\r\nb"), Err(BadSecret::Unprintable));
    }

    #[test]
    fn secrets_do_not_print() {
        let key = PublicKey::parse("pk_test_0000").unwrap();
        let token = UserToken::parse("a.b.c").unwrap();
        assert_eq!(
            format!("{key} {key:?} {token} {token:?}"),
            "[redacted] [redacted] [redacted] [redacted]"
        );
    }
}
