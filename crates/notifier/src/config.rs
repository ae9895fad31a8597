use doorbell_knock::{FeedId, FeedItem, FeedOptions, Host, Mode, UserId};
use time::Time;

use crate::{token::TokenSource, words::Language};

/// What is set of the app, as far as it decides anything.
///
/// ```
/// use doorbell_notifier::{Config, FeedConfig};
/// use doorbell_knock::{FeedOptions, StatusFilter};
///
/// let unread = FeedOptions { status: Some(StatusFilter::Unread), ..FeedOptions::default() };
/// let config = Config {
///     feeds: vec![FeedConfig { name: "Unread".into(), options: unread, ..FeedConfig::default() }],
///     ..Config::default()
/// };
/// assert_eq!(config.feeds.len(), 1);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The feeds that are shown, in this order. An account that none of them is for has its own feed.
    pub feeds: Vec<FeedConfig>,
    /// What the number in the tray counts.
    pub badge: Badge,
    /// Where the tokens of a user, or of everybody, come from; the first that fits counts. Where none does, an account
    /// has the token that it signed in with.
    pub tokens: Vec<(Option<UserId>, TokenSource)>,
    /// Which hosts get the key in clear.
    pub plain_http: PlainHttp,
    /// What is told, and how; the first that fits an item counts.
    pub rules: Vec<Rule>,
    /// When toasts wait every day.
    pub quiet_hours: Option<QuietHours>,
    /// Toasts say that something came, and not what.
    pub private: bool,
    pub language: Language,
    /// Pictures of actors are fetched.
    pub avatars: bool,
    /// Schemes beside http and https that a link of a user's items, or of everybody's, may have.
    pub schemes: Vec<(Option<UserId>, String)>,
}

/// How the items of a workflow or a category are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Key of the workflow that it is about; any when none.
    pub workflow: Option<String>,
    /// The category that it is about; any when none.
    pub category: Option<String>,
    pub tell: Tell,
}

/// How an item is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tell {
    /// By a toast and the number.
    #[default]
    Toast,
    /// By the number alone.
    Badge,
    /// Not at all: it is in the list, and that is all.
    Ignore,
}

/// A time of day in which toasts wait. It goes over midnight where it ends before it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    pub from: Time,
    pub to: Time,
}

/// One feed of an account, or of each.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedConfig {
    /// What the window calls it.
    pub name: String,
    /// Whose feed it is; every account's when none.
    pub account: Option<UserId>,
    /// Which in-app feed channel; the one of the sign-in when none.
    pub feed_id: Option<FeedId>,
    /// Its items are what the tray counts. Without such a feed the account's first one is.
    pub badge: bool,
    pub options: FeedOptions,
}

/// Which hosts may be reached by plain http and WebSocket, where everybody on the way reads the key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PlainHttp {
    /// This computer alone.
    #[default]
    Here,
    /// These as well, each a name or an address, with a port or without one.
    Hosts(Vec<String>),
    Anywhere,
}

impl PlainHttp {
    /// Whether this host may be reached as its address says.
    pub(crate) fn lets(&self, host: &Host) -> bool {
        let name = host.name();
        let is_named = |known: &String| {
            let rest = name.strip_prefix(known.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        };
        match self {
            _ if !host.is_plain() => true,
            Self::Here => false,
            Self::Hosts(hosts) => hosts.iter().any(is_named),
            Self::Anywhere => true,
        }
    }
}

/// Which items the number in the tray counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Badge {
    #[default]
    Unread,
    Unseen,
}

impl Config {
    /// The feeds of a user, at least one.
    pub(crate) fn feeds_of(&self, user: &UserId) -> Vec<FeedConfig> {
        let theirs = |feed: &&FeedConfig| feed.account.as_ref().is_none_or(|whose| whose == user);
        let feeds: Vec<FeedConfig> = self.feeds.iter().filter(theirs).cloned().collect();
        match feeds.is_empty() {
            true => vec![FeedConfig::default()],
            false => feeds,
        }
    }
}

impl Config {
    /// What a link of a user's items may begin with, beside http and https.
    pub(crate) fn schemes_of(&self, user: &UserId) -> Vec<String> {
        let schemes = self.schemes.iter();
        let theirs = schemes.filter(|(whose, _)| whose.as_ref().is_none_or(|whose| whose == user));
        theirs.map(|(_, scheme)| scheme.to_lowercase()).collect()
    }

    /// Where the tokens of a user come from.
    pub(crate) fn token_source_of(&self, user: &UserId) -> Option<&TokenSource> {
        let theirs = |whose: &Option<UserId>| whose.as_ref().is_none_or(|whose| whose == user);
        let mut tokens = self.tokens.iter();
        tokens.find_map(|(whose, source)| theirs(whose).then_some(source))
    }
}

/// How an item is told.
pub(crate) fn tell(rules: &[Rule], item: &FeedItem) -> Tell {
    let fits = |rule: &&Rule| {
        let workflow = rule.workflow.as_ref();
        let category = rule.category.as_ref();
        workflow.is_none_or(|key| item.source.key == *key)
            && category.is_none_or(|name| item.source.categories.contains(name))
    };
    rules
        .iter()
        .find(fits)
        .map_or(Tell::Toast, |rule| rule.tell)
}

impl Default for Config {
    /// One feed: all that the account's own feed holds.
    fn default() -> Config {
        Config {
            feeds: vec![FeedConfig::default()],
            badge: Badge::default(),
            tokens: Vec::new(),
            plain_http: PlainHttp::default(),
            rules: Vec::new(),
            quiet_hours: None,
            private: false,
            language: Language::default(),
            avatars: true,
            schemes: Vec::new(),
        }
    }
}

impl Default for FeedConfig {
    fn default() -> FeedConfig {
        FeedConfig {
            name: "Notifications".to_owned(),
            account: None,
            feed_id: None,
            badge: false,
            options: FeedOptions {
                // Compact answers leave out the triggers of batched items, which the window unfolds.
                mode: Mode::Rich,
                ..FeedOptions::default()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_goes_where_the_settings_let_it() {
        let hosts = |hosts: &[&str]| {
            PlainHttp::Hosts(hosts.iter().map(|host| (*host).to_owned()).collect())
        };
        for (setting, host, lets) in [
            (PlainHttp::Here, "https://knock.test", true),
            (PlainHttp::Here, "http://127.0.0.1:4747", true),
            (PlainHttp::Here, "http://knock.test", false),
            (PlainHttp::Anywhere, "http://knock.test", true),
            (hosts(&["knock.test"]), "http://knock.test:4747", true),
            (hosts(&["knock.test:4747"]), "http://knock.test:4747", true),
            (hosts(&["knock.test:4747"]), "http://knock.test:47", false),
            (hosts(&["knock.test"]), "http://knock.test.example", false),
            (hosts(&["knock"]), "http://knock.test", false),
        ] {
            let host = Host::parse_plain(host).unwrap();
            assert_eq!(setting.lets(&host), lets, "{setting:?} {host}");
        }
    }

    #[test]
    fn each_user_has_the_feeds_that_are_theirs_and_at_least_one() {
        let user = |name: &str| UserId::parse(name).unwrap();
        let feed = |name: &str, account: Option<&str>| FeedConfig {
            name: name.to_owned(),
            account: account.map(user),
            ..FeedConfig::default()
        };
        let names = |feeds: &[FeedConfig], of: &str| {
            let config = Config {
                feeds: feeds.to_vec(),
                ..Config::default()
            };
            let names = config.feeds_of(&user(of)).into_iter().map(|feed| feed.name);
            names.collect::<Vec<_>>().join(" ")
        };
        let feeds = [feed("everyone's", None), feed("ada's", Some("ada"))];
        assert_eq!(names(&feeds, "ada"), "everyone's ada's");
        assert_eq!(names(&feeds, "bob"), "everyone's");
        assert_eq!(names(&feeds[1..], "bob"), "Notifications");
        assert_eq!(names(&[], "bob"), "Notifications");
    }
}
