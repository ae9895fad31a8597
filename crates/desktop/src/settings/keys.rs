//! The keys of the settings file itself.

use std::path::PathBuf;

use doorbell_notifier::{BadProxy, PlainHttp, ProxySetting, ProxyUrl, QuietHours};
use time::{Time, format_description::BorrowedFormatItem, macros::format_description};

use super::{
    Settings,
    reader::{Reader, Table, Unfit, Value, Wants, must},
    words,
};

impl Table for Settings {
    fn set(&mut self, key: &str, value: Value<'_, '_>, reader: &mut Reader<'_>) -> Wants<()> {
        match key {
            "language" => self.language = value.one_of(&words::LANGUAGES)?,
            "log_level" => self.log_level = value.one_of(&words::LOG_LEVELS)?,
            "tray_theme" => self.tray_theme = value.one_of(&words::THEMES)?,
            "tray_style" => self.tray_style = value.one_of(&words::STYLES)?,
            "toasts" => self.toasts = value.flag()?,
            "sound" => self.sound = value.flag()?,
            "private" => self.private = value.flag()?,
            "avatars" => self.avatars = value.flag()?,
            "keep_contents" => self.keep_contents = value.flag()?,
            "start_at_login" => self.start_at_login = Some(value.flag()?),
            "badge" => self.badge = value.one_of(&words::BADGES)?,
            "quiet_hours" => self.quiet_hours = Some(quiet_hours(value, reader)?),
            // A key that opens the window is bound in the settings of the desktops that Doorbell runs on.
            "shortcut" => return Err(must(NO_SHORTCUT)),
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
            "rule" => self.rules = value.tables(reader)?,
            "feed" => self.feeds = value.tables(reader)?,
            "account" => self.accounts = value.tables(reader)?,
            _ => return Err(Unfit::Unknown),
        }
        Ok(())
    }
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

/// `quiet_hours = { from = "22:00", to = "07:00" }`
#[derive(Default)]
struct Hours {
    from: String,
    to: String,
}

impl Table for Hours {
    fn set(&mut self, key: &str, value: Value<'_, '_>, _: &mut Reader<'_>) -> Wants<()> {
        let time = match key {
            "from" => &mut self.from,
            "to" => &mut self.to,
            _ => return Err(Unfit::Unknown),
        };
        // What is no text is no time either, and told of with the whole.
        *time = value.text().unwrap_or_default().to_owned();
        Ok(())
    }
}

fn quiet_hours(value: Value<'_, '_>, reader: &mut Reader<'_>) -> Wants<QuietHours> {
    let wanted =
        || must("two different times of day, such as { from = \"22:00\", to = \"07:00\" }");
    let hours: Hours = value.table(reader).map_err(|_| wanted())?;
    match (Time::parse(&hours.from, TIME), Time::parse(&hours.to, TIME)) {
        (Ok(from), Ok(to)) if from != to => Ok(QuietHours { from, to }),
        _ => Err(wanted()),
    }
}

const NO_SHORTCUT: &str =
    "left out: bind `doorbell open` to a key in the settings of your desktop instead";
/// How a time of day is written.
pub(super) const TIME: &[BorrowedFormatItem<'_>] = format_description!("[hour]:[minute]");

#[cfg(test)]
mod tests {
    use doorbell_notifier::{
        Badge,
        badge::{Style, Theme},
    };
    use time::macros::time;

    use super::*;
    use crate::settings::{Complaint, Language, LogLevel, RuleSetting};

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
            "language = \"de\"\nlog_level = \"debug\"\ntray_theme = \"dark\"\ntray_style = \"dot\"\n\
             toasts = false\nsound = true\nprivate = true\navatars = false\n\
             keep_contents = false\nstart_at_login = false\nbadge = \"unseen\"\n\
             quiet_hours = { from = \"22:00\", to = \"07:30\" }\n\
             proxy = \"http://ada@proxy.test:3128\"\nca_file = \"/etc/ca.pem\"\nallow_plain_http = true\n\
             [[rule]]\nworkflow = \"a\"\ntell = \"ignore\"\n",
            Settings {
                language: Language::De,
                log_level: LogLevel::Debug,
                tray_theme: Theme::Dark,
                tray_style: Style::Dot,
                toasts: false,
                sound: true,
                private: true,
                avatars: false,
                keep_contents: false,
                start_at_login: Some(false),
                badge: Badge::Unseen,
                quiet_hours: Some(QuietHours {
                    from: time!(22:00),
                    to: time!(7:30),
                }),
                rules: vec![RuleSetting {
                    workflow: Some("a".to_owned()),
                    category: None,
                    tell: "ignore".to_owned(),
                }],
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
    fn an_empty_file_means_the_defaults() {
        check("", Settings::default(), &[]);
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
    fn quiet_hours_are_two_times_of_day() {
        let wanted = "quiet_hours must be two different times of day";
        for text in [
            "quiet_hours = true",
            "quiet_hours = { from = \"22:00\" }",
            "quiet_hours = { from = \"24:00\", to = \"07:00\" }",
            "quiet_hours = { from = \"7\", to = \"8\" }",
            "quiet_hours = { from = \"07:00\", to = \"07:00\" }",
        ] {
            check(text, Settings::default(), &[wanted]);
        }
    }
}
