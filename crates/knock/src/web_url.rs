use std::fmt;

use url::Url;

/// A URL that may be handed to the system's opener: http or https, with a host, without credentials.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WebUrl(Url);

impl WebUrl {
    /// Refuses relative URLs, every other scheme, and credentials.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text.trim()).ok()?;
        let web = matches!(url.scheme(), "http" | "https") && url.host().is_some();
        let anonymous = url.username().is_empty() && url.password().is_none();
        (web && anonymous).then_some(Self(url))
    }

    /// The URL as text, normalised.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The URL in its parts.
    pub fn as_url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_url_is_http_with_a_host_and_without_credentials() {
        for (text, expected) in [
            (" https://a.test/x y ", Some("https://a.test/x%20y")),
            ("HTTP://A.test", Some("http://a.test/")),
            ("https://a@a.test", None),
            ("ftp://a.test", None),
            ("a.test", None),
            ("", None),
        ] {
            assert_eq!(
                WebUrl::parse(text).as_ref().map(WebUrl::as_str),
                expected,
                "{text}"
            );
        }
    }
}
