//! What a person can set.
//!
//! `reader` reads any table of the file, and each kind of table has a file that says what its keys mean: `keys` the file
//! itself, `feed`, `account` and `rule` those that may stand there several times. `view` is what the window shows and
//! changes of it, `edit` writes a change into the text, and [`SettingsFile`] is the file on the disk.

mod account;
mod edit;
mod feed;
mod file;
mod keys;
mod reader;
mod rule;
mod view;
mod words;

use std::path::{Path, PathBuf};

use doorbell_knock::UserId;
use doorbell_notifier::{
    Badge, Config, FeedConfig, NetworkOptions, PlainHttp, ProxySetting, ProxyVariables, QuietHours,
    TokenSource,
    badge::{Style, Theme},
    store::Contents,
};

pub use self::{
    account::AccountSettings,
    file::SettingsFile,
    reader::Complaint,
    view::{QuietHoursSetting, RuleSetting, SettingChange, SettingsView},
    words::{Language, LogLevel},
};

/// What a person can set, from the TOML file that [`crate::Profile::settings_file`] names.
///
/// ```toml
/// language = "system"      # or "en", "de"
/// log_level = "info"       # "off", "error", "warn", "info", "debug" or "trace"
/// tray_theme = "colour"    # or "light" (for a light panel), "dark" (for a dark one)
/// tray_style = "number"    # or "dot", "none": how the tray tells that something waits
/// toasts = true            # false: the badge alone tells of news
/// sound = false            # true: a toast may make the desktop's sound
/// private = false          # true: toasts say that something came, and not what
/// avatars = true           # false: no pictures of people are fetched
/// keep_contents = true     # false: what items say is not written to the disk, and what was is wiped
/// start_at_login = true    # false: not; without it, as it is
/// badge = "unread"         # or "unseen": what the number in the tray counts
/// quiet_hours = { from = "22:00", to = "07:00" }    # when toasts wait every day
/// proxy = "system"         # what HTTPS_PROXY says; or "none", or "http://name@proxy.example:3128"
/// ca_file = "/etc/ca.pem"  # certificate authorities that count beside the system's
/// allow_plain_http = false # true, or a list of hosts: who gets the key in clear
///
/// [[rule]]                 # how news is told; the first rule that fits an item counts
/// workflow = "new-comment" # or category = "billing", or both
/// tell = "badge"           # or "toast", "ignore"
///
/// [[feed]]                 # as many as there are feeds to show; without any, the account's own
/// name = "Billing"
/// workflow_categories = ["billing"]
///
/// [[account]]              # where the user tokens of an account come from; without user_id, of each
/// user_id = "jane"
/// token_command = ["knock-token", "--user", "jane"]    # or token_url = "https://…"
/// schemes = ["slack"]      # links that open beside http and https
/// ```
///
/// A file that is missing, or a key that is missing in it, means the default.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub language: Language,
    pub log_level: LogLevel,
    pub tray_theme: Theme,
    pub tray_style: Style,
    pub toasts: bool,
    pub sound: bool,
    pub private: bool,
    pub avatars: bool,
    pub keep_contents: bool,
    /// Nothing set leaves it as it is.
    pub start_at_login: Option<bool>,
    pub badge: Badge,
    pub quiet_hours: Option<QuietHours>,
    pub rules: Vec<RuleSetting>,
    pub proxy: ProxySetting,
    pub ca_file: Option<PathBuf>,
    pub plain_http: PlainHttp,
    /// Empty for the account's own feed alone.
    pub feeds: Vec<FeedConfig>,
    pub accounts: Vec<AccountSettings>,
}

impl Settings {
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
            rules: self.rules.iter().map(RuleSetting::rule).collect(),
            quiet_hours: self.quiet_hours,
            private: self.private,
            language: self.language.spoken(|name| std::env::var(name).ok()),
            avatars: self.avatars,
            schemes: self.accounts.iter().flat_map(schemes).collect(),
        }
    }

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

    /// Whether the app has to begin anew for these to count in the place of the others: they say whom it talks to, how,
    /// and what it remembers.
    pub fn begin_anew_after(&self, before: &Self) -> bool {
        let tokens =
            |settings: &Self| -> Vec<_> { settings.accounts.iter().filter_map(tokens).collect() };
        self.feeds != before.feeds
            || tokens(self) != tokens(before)
            || self.proxy != before.proxy
            || self.ca_file != before.ca_file
            || self.plain_http != before.plain_http
            || self.keep_contents != before.keep_contents
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: Language::System,
            log_level: LogLevel::Info,
            tray_theme: Theme::Colour,
            tray_style: Style::Number,
            toasts: true,
            sound: false,
            private: false,
            avatars: true,
            keep_contents: true,
            start_at_login: None,
            badge: Badge::default(),
            quiet_hours: None,
            rules: Vec::new(),
            proxy: ProxySetting::default(),
            ca_file: None,
            plain_http: PlainHttp::default(),
            feeds: Vec::new(),
            accounts: Vec::new(),
        }
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

fn tokens(account: &AccountSettings) -> Option<(Option<UserId>, TokenSource)> {
    let source = account.token_source.clone()?;
    Some((account.user_id.clone(), source))
}

fn schemes(account: &AccountSettings) -> impl Iterator<Item = (Option<UserId>, String)> {
    let schemes = account.schemes.iter();
    schemes.map(|scheme| (account.user_id.clone(), scheme.clone()))
}

/// Complaints that a sentence names.
const MAX_TOLD: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

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
    fn the_app_begins_anew_only_for_what_it_talks_to_and_remembers() {
        let changed = |text: &str| {
            let (settings, complaints) = Settings::parse(text);
            assert_eq!(complaints, [], "{text}");
            assert_ne!(settings, Settings::default(), "{text}");
            settings.begin_anew_after(&Settings::default())
        };
        for text in [
            "keep_contents = false",
            "proxy = \"none\"",
            "ca_file = \"/etc/ca.pem\"",
            "allow_plain_http = true",
            "[[feed]]\nname = \"Billing\"",
            "[[account]]\ntoken_command = \"mint\"",
        ] {
            assert!(changed(text), "{text}");
        }
        for text in [
            "toasts = false",
            "sound = true",
            "private = true",
            "avatars = false",
            "badge = \"unseen\"",
            "tray_theme = \"dark\"",
            "tray_style = \"dot\"",
            "log_level = \"debug\"",
            "language = \"de\"",
            "start_at_login = true",
            "quiet_hours = { from = \"22:00\", to = \"07:00\" }",
            "[[rule]]\ntell = \"badge\"",
            "[[account]]\nschemes = [\"slack\"]",
        ] {
            assert!(!changed(text), "{text}");
        }
    }
}
