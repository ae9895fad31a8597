//! What a person can set. `reader` reads any table; each kind of table has a file that says what its keys mean.

mod account;
mod feed;
mod reader;

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use doorbell_knock::UserId;
use doorbell_notifier::{
    BadProxy, Badge, Config, FeedConfig, NetworkOptions, PlainHttp, ProxySetting, ProxyUrl,
    ProxyVariables, TokenSource, badge::Theme, store::Contents,
};

use self::reader::{Reader, Table, Unfit, Value, Wants, must};
pub use self::{account::AccountSettings, reader::Complaint};

/// What a person can set, from the TOML file that [`crate::Profile::settings_file`] names.
///
/// ```toml
/// log_level = "info"       # "off", "error", "warn", "info", "debug" or "trace"
/// tray_theme = "colour"    # or "light" (for a light panel), "dark" (for a dark one)
/// toasts = true            # false: the badge alone tells of news
/// sound = false            # true: a toast may make the desktop's sound
/// keep_contents = true     # false: what items say is not written to the disk, and what was is wiped
/// badge = "unread"         # or "unseen": what the number in the tray counts
/// proxy = "system"         # what HTTPS_PROXY says; or "none", or "http://name@proxy.example:3128"
/// ca_file = "/etc/ca.pem"  # certificate authorities that count beside the system's
/// allow_plain_http = false # true, or a list of hosts: who gets the key in clear
///
/// [[feed]]                 # as many as there are feeds to show; without any, the account's own
/// name = "Billing"
/// workflow_categories = ["billing"]
///
/// [[account]]              # where the user tokens of an account come from; without user_id, of each
/// user_id = "jane"
/// token_command = ["knock-token", "--user", "jane"]    # or token_url = "https://…"
/// ```
///
/// A file that is missing, or a key that is missing in it, means the default.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub log_level: LogLevel,
    pub tray_theme: Theme,
    pub toasts: bool,
    pub sound: bool,
    pub keep_contents: bool,
    pub badge: Badge,
    pub proxy: ProxySetting,
    pub ca_file: Option<PathBuf>,
    pub plain_http: PlainHttp,
    /// Empty for the account's own feed alone.
    pub feeds: Vec<FeedConfig>,
    pub accounts: Vec<AccountSettings>,
}

/// How much the log says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Settings {
    /// The settings in this file, and what in it could not be used.
    pub fn read(file: &Path) -> (Self, Vec<Complaint>) {
        match std::fs::read_to_string(file) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == ErrorKind::NotFound => (Self::default(), Vec::new()),
            Err(error) => {
                let words = format!("the file cannot be read: {error}");
                (Self::default(), vec![Complaint { line: 0, words }])
            }
        }
    }

    /// The settings in this TOML text, and what in it could not be used.
    pub fn parse(text: &str) -> (Self, Vec<Complaint>) {
        reader::read(text)
    }

    /// What of the items is written to the disk.
    pub fn contents(&self) -> Contents {
        match self.keep_contents {
            true => Contents::Kept,
            false => Contents::LeftOut,
        }
    }

    /// What of it the app decides by.
    pub fn config(&self) -> Config {
        Config {
            feeds: self.feeds.clone(),
            badge: self.badge,
            tokens: self.accounts.iter().filter_map(tokens).collect(),
            plain_http: self.plain_http.clone(),
            ..Config::default()
        }
    }
}

impl Settings {
    /// How hosts are to be reached, with what the environment says.
    pub fn network(&self) -> NetworkOptions {
        NetworkOptions {
            proxy: self.proxy.clone(),
            variables: ProxyVariables::read(|name| std::env::var(name).ok()),
            ca_file: self.ca_file.clone(),
        }
    }

    /// Whether the proxy that is set has a password in the keychain, or should have.
    pub fn proxy_has_password(&self) -> bool {
        matches!(&self.proxy, ProxySetting::Given(proxy) if proxy.names_user())
    }
}

/// What is to be told of complaints about this file, in sentences; nothing when there are none.
pub fn told(file: &Path, complaints: &[Complaint]) -> Option<String> {
    let shown: Vec<String> = complaints
        .iter()
        .take(MAX_TOLD)
        .map(Complaint::to_string)
        .collect();
    let more = match complaints.len() - shown.len() {
        0 => String::new(),
        more => format!("; and {more} more, which the log names"),
    };
    (!shown.is_empty()).then(|| {
        format!(
            "Not all of {} could be used: {}{more}. The rest of it counts.",
            file.display(),
            shown.join("; ")
        )
    })
}

fn proxy(value: Value<'_, '_>) -> Wants<ProxySetting> {
    let text = value.text().unwrap_or_default();
    match (text, ProxyUrl::parse(text)) {
        ("system", _) => Ok(ProxySetting::System),
        ("none", _) => Ok(ProxySetting::None),
        (_, Ok(proxy)) => Ok(ProxySetting::Given(proxy)),
        (_, Err(BadProxy::Password)) => Err(must(
            "an address without a password, which is stored with: doorbell proxy-password",
        )),
        (_, Err(bad @ (BadProxy::NotUrl | BadProxy::Scheme | BadProxy::Path))) => Err(must(
            &format!("\"system\", \"none\" or the address of a proxy ({bad})"),
        )),
    }
}

/// Complaints that a sentence names.
const MAX_TOLD: usize = 3;

impl Table for Settings {
    fn set(&mut self, key: &str, value: Value<'_, '_>, reader: &mut Reader<'_>) -> Wants<()> {
        match key {
            "log_level" => self.log_level = value.one_of(&LogLevel::NAMES)?,
            "tray_theme" => {
                self.tray_theme = value.one_of(&[
                    ("colour", Theme::Colour),
                    ("light", Theme::Light),
                    ("dark", Theme::Dark),
                ])?;
            }
            "toasts" => self.toasts = value.flag()?,
            "sound" => self.sound = value.flag()?,
            "keep_contents" => self.keep_contents = value.flag()?,
            "badge" => {
                self.badge =
                    value.one_of(&[("unread", Badge::Unread), ("unseen", Badge::Unseen)])?;
            }
            "proxy" => self.proxy = proxy(value)?,
            "ca_file" => {
                let file = value.text().ok().map(PathBuf::from);
                let file = file.filter(|file| file.is_absolute());
                let wanted = "the whole path of a file, such as \"/etc/ca.pem\"";
                self.ca_file = Some(file.ok_or_else(|| must(wanted))?);
            }
            "allow_plain_http" => {
                self.plain_http = match (value.flag(), value.texts()) {
                    (Ok(true), _) => PlainHttp::Anywhere,
                    (Ok(false), _) => PlainHttp::Here,
                    (Err(_), Ok(hosts)) => PlainHttp::Hosts(hosts),
                    (Err(_), Err(_)) => {
                        let wanted = "true, false or a list of hosts, such as [\"knock.example\"]";
                        return Err(must(wanted));
                    }
                }
            }
            "feed" => self.feeds = value.tables(reader)?,
            "account" => self.accounts = value.tables(reader)?,
            _ => return Err(Unfit::Unknown),
        }
        Ok(())
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            log_level: LogLevel::Info,
            tray_theme: Theme::Colour,
            toasts: true,
            sound: false,
            keep_contents: true,
            badge: Badge::default(),
            proxy: ProxySetting::default(),
            ca_file: None,
            plain_http: PlainHttp::default(),
            feeds: Vec::new(),
            accounts: Vec::new(),
        }
    }
}

fn tokens(account: &AccountSettings) -> Option<(Option<UserId>, TokenSource)> {
    let source = account.token_source.clone()?;
    Some((account.user_id.clone(), source))
}

impl LogLevel {
    const NAMES: [(&str, Self); 6] = [
        ("off", Self::Off),
        ("error", Self::Error),
        ("warn", Self::Warn),
        ("info", Self::Info),
        ("debug", Self::Debug),
        ("trace", Self::Trace),
    ];

    pub fn named(name: &str) -> Option<Self> {
        let found = Self::NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, level)| *level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Settings, complaints: &[&str]) {
        let (settings, found) = Settings::parse(text);
        assert_eq!(settings, expected);
        let found: Vec<String> = found.iter().map(Complaint::to_string).collect();
        assert_eq!(found.len(), complaints.len(), "{found:?}");
        for (found, expected) in found.iter().zip(complaints) {
            assert!(
                found.contains(expected),
                "{found:?} does not say {expected:?}"
            );
        }
    }

    #[test]
    fn every_setting_is_read() {
        check(
            "log_level = \"debug\"\ntray_theme = \"dark\"\ntoasts = false\nsound = true\n\
             keep_contents = false\nbadge = \"unseen\"\n\
             proxy = \"http://ada@proxy.test:3128\"\nca_file = \"/etc/ca.pem\"\nallow_plain_http = true\n",
            Settings {
                log_level: LogLevel::Debug,
                tray_theme: Theme::Dark,
                toasts: false,
                sound: true,
                keep_contents: false,
                badge: Badge::Unseen,
                proxy: ProxySetting::Given(ProxyUrl::parse("http://ada@proxy.test:3128").unwrap()),
                ca_file: Some("/etc/ca.pem".into()),
                plain_http: PlainHttp::Anywhere,
                feeds: Vec::new(),
                accounts: Vec::new(),
            },
            &[],
        );
    }

    #[test]
    fn the_network_is_set_in_a_few_words() {
        for (text, proxy) in [
            ("proxy = \"system\"", ProxySetting::System),
            ("proxy = \"none\"", ProxySetting::None),
        ] {
            let settings = Settings {
                proxy,
                ..Settings::default()
            };
            check(text, settings, &[]);
        }
        let settings = Settings {
            plain_http: PlainHttp::Hosts(vec!["knock.test".to_owned()]),
            ..Settings::default()
        };
        check("allow_plain_http = [\"knock.test\"]", settings, &[]);
        for (text, complaint) in [
            (
                "proxy = true",
                "proxy must be \"system\", \"none\" or the address of a proxy",
            ),
            (
                "proxy = \"gopher://a.test\"",
                "http://, https:// or socks5://",
            ),
            (
                "ca_file = \"ca.pem\"",
                "ca_file must be the whole path of a file",
            ),
            (
                "allow_plain_http = 1",
                "allow_plain_http must be true, false or a list of hosts",
            ),
        ] {
            check(text, Settings::default(), &[complaint]);
        }
    }

    #[test]
    fn a_password_in_the_proxys_address_is_refused_and_not_repeated() {
        let text = "proxy = \"http://ada:secret@proxy.test:3128\"";
        let advice = "without a password, which is stored with: doorbell proxy-password";
        check(text, Settings::default(), &[advice]);
        let (_, complaints) = Settings::parse(text);
        assert!(!complaints[0].words.contains("secret"));
    }

    #[test]
    fn complaints_are_told_with_file_and_line_and_not_all_of_them() {
        let file = Path::new("/home/ada/settings.toml");
        assert_eq!(told(file, &[]), None);
        let (_, complaints) = Settings::parse("a = 1\nb = 1\nc = 1\nd = 1\ne = 1\n");
        let words = told(file, &complaints).unwrap();
        for expected in [
            "/home/ada/settings.toml",
            "line 1: \"a\" is no setting",
            "line 3",
            "and 2 more",
        ] {
            assert!(words.contains(expected), "{words}");
        }
        assert!(!words.contains("line 4"), "{words}");
    }

    #[test]
    fn an_empty_file_and_no_file_mean_the_defaults() {
        check("", Settings::default(), &[]);
        let missing = Settings::read(Path::new("/nonexistent/settings.toml"));
        assert_eq!(missing, (Settings::default(), Vec::new()));
    }

    #[test]
    fn a_bad_value_is_named_with_its_line_and_the_rest_holds() {
        check(
            "# mine\nlog_level = \"loud\"\ntray_theme = 3\ntoasts = false\n",
            Settings {
                toasts: false,
                ..Settings::default()
            },
            &[
                "line 2: log_level must be \"off\", \"error\", \"warn\", \"info\", \"debug\" or \"trace\"",
                "line 3: tray_theme must be \"colour\", \"light\" or \"dark\"",
            ],
        );
    }

    #[test]
    fn an_unknown_key_is_named() {
        check(
            "toasts = false\nvolume = 11\n",
            Settings {
                toasts: false,
                ..Settings::default()
            },
            &["line 2: \"volume\" is no setting"],
        );
    }

    #[test]
    fn a_line_that_is_not_toml_leaves_the_others_standing() {
        let (settings, complaints) = Settings::parse("toasts = false\nsound = = true\n");
        assert!(!settings.toasts);
        assert!(
            complaints.iter().any(|complaint| complaint.line == 2),
            "{complaints:?}"
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_is_said() {
        let (settings, complaints) = Settings::read(Path::new("/"));
        assert_eq!(settings, Settings::default());
        assert_eq!(complaints.len(), 1);
    }
}
