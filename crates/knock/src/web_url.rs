use std::fmt;

use url::Url;

/// A URL that may be handed to the system's opener: http or https, with a host, without credentials; or of a scheme that
/// the person has allowed.
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

    /// Accepts these schemes as well, in small letters; those that run something or read files never.
    pub fn parse_in(text: &str, schemes: &[String]) -> Option<Self> {
        Self::parse(text).or_else(|| {
            let url = Url::parse(text.trim()).ok()?;
            let scheme = url.scheme();
            let allowed = schemes.iter().any(|known| known == scheme);
            (allowed && !NEVER.contains(&scheme)).then_some(Self(url))
        })
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

/// Schemes that no setting can allow.
const NEVER: [&str; 9] = [
    "http",
    "https",
    "javascript",
    "vbscript",
    "data",
    "file",
    "about",
    "blob",
    "filesystem",
];

impl fmt::Display for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_scheme_is_opened_where_it_was_allowed_and_never_one_that_runs_something() {
        let schemes = ["slack", "javascript", "file", "https"].map(str::to_owned);
        for (text, opens) in [
            ("slack://channel?id=7", true),
            ("SLACK://channel", true),
            ("mailto:a@a.test", false),
            ("javascript:alert(1)", false),
            ("file:///etc/passwd", false),
            ("https://a@a.test", false),
            ("https://a.test", true),
        ] {
            assert_eq!(WebUrl::parse_in(text, &schemes).is_some(), opens, "{text}");
        }
    }

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
