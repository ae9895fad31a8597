//! What a person can set. `reader` reads any table; each kind of table has a file that says what its keys mean.

mod account;
mod feed;
mod reader;

use std::{io::ErrorKind, path::Path};

use doorbell_knock::UserId;
use doorbell_notifier::{Badge, Config, FeedConfig, TokenSource, badge::Theme, store::Contents};

use self::reader::{Reader, Table, Unfit, Value, Wants};
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
        }
    }
}

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
            "log_level = \"debug\"\ntray_theme = \"dark\"\ntoasts = false\nsound = true\nkeep_contents = false\nbadge = \"unseen\"\n",
            Settings {
                log_level: LogLevel::Debug,
                tray_theme: Theme::Dark,
                toasts: false,
                sound: true,
                keep_contents: false,
                badge: Badge::Unseen,
                feeds: Vec::new(),
                accounts: Vec::new(),
            },
            &[],
        );
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
