use std::path::Path;

use doorbell_notifier::ProxySetting;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{
    Complaint, Settings,
    keys::TIME,
    words::{BADGES, LANGUAGES, LOG_LEVELS, STYLES, THEMES, word_of},
};

/// What the window shows of the settings; words are those of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SettingsView {
    /// Where they are kept.
    pub file: String,
    /// What of the file could not be used, with its line.
    pub complaints: Vec<String>,
    #[ts(type = "\"system\" | \"en\" | \"de\"")]
    pub language: String,
    #[ts(type = "\"unread\" | \"unseen\"")]
    pub badge: String,
    #[ts(type = "\"colour\" | \"light\" | \"dark\"")]
    pub tray_theme: String,
    #[ts(type = "\"number\" | \"dot\" | \"none\"")]
    pub tray_style: String,
    pub toasts: bool,
    pub sound: bool,
    pub private: bool,
    pub avatars: bool,
    pub keep_contents: bool,
    /// Absent where this cannot be set.
    pub start_at_login: Option<bool>,
    pub quiet_hours: Option<QuietHoursSetting>,
    pub rules: Vec<RuleSetting>,
    /// `system`, `none`, or an address without a password.
    pub proxy: String,
    #[ts(type = "\"off\" | \"error\" | \"warn\" | \"info\" | \"debug\" | \"trace\"")]
    pub log_level: String,
    /// Absent where the desktop offers no shortcuts to programs.
    pub shortcut: Option<String>,
}

/// Times of day such as `22:00`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct QuietHoursSetting {
    pub from: String,
    pub to: String,
}

/// How items of a workflow or a category are told; the first rule that fits counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RuleSetting {
    pub workflow: Option<String>,
    pub category: Option<String>,
    #[ts(type = "\"toast\" | \"badge\" | \"ignore\"")]
    pub tell: String,
}

/// One setting and what it is to be. A value that the file could not hold is refused in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "key", content = "value", rename_all = "snake_case")]
#[ts(export)]
pub enum SettingChange {
    Language(#[ts(type = "\"system\" | \"en\" | \"de\"")] String),
    Badge(#[ts(type = "\"unread\" | \"unseen\"")] String),
    TrayTheme(#[ts(type = "\"colour\" | \"light\" | \"dark\"")] String),
    TrayStyle(#[ts(type = "\"number\" | \"dot\" | \"none\"")] String),
    Toasts(bool),
    Sound(bool),
    Private(bool),
    Avatars(bool),
    KeepContents(bool),
    StartAtLogin(bool),
    QuietHours(Option<QuietHoursSetting>),
    Rules(Vec<RuleSetting>),
    Proxy(String),
    LogLevel(
        #[ts(type = "\"off\" | \"error\" | \"warn\" | \"info\" | \"debug\" | \"trace\"")] String,
    ),
    Shortcut(Option<String>),
}

impl SettingsView {
    /// What is shown of these settings; whether Doorbell starts at login is asked of the desktop.
    pub fn of(
        settings: &Settings,
        complaints: &[Complaint],
        file: &Path,
        starts_at_login: Option<bool>,
    ) -> Self {
        Self {
            file: file.display().to_string(),
            complaints: complaints.iter().map(Complaint::to_string).collect(),
            language: word_of(&LANGUAGES, &settings.language),
            badge: word_of(&BADGES, &settings.badge),
            tray_theme: word_of(&THEMES, &settings.tray_theme),
            tray_style: word_of(&STYLES, &settings.tray_style),
            toasts: settings.toasts,
            sound: settings.sound,
            private: settings.private,
            avatars: settings.avatars,
            keep_contents: settings.keep_contents,
            start_at_login: starts_at_login,
            quiet_hours: settings.quiet_hours.map(|hours| {
                let time = |time: time::Time| time.format(TIME).unwrap_or_default();
                QuietHoursSetting {
                    from: time(hours.from),
                    to: time(hours.to),
                }
            }),
            rules: settings.rules.clone(),
            proxy: match &settings.proxy {
                ProxySetting::System => "system".to_owned(),
                ProxySetting::None => "none".to_owned(),
                ProxySetting::Given(proxy) => proxy.to_string(),
            },
            log_level: word_of(&LOG_LEVELS, &settings.log_level),
            shortcut: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_set_is_shown_in_the_words_of_the_file() {
        let text = "proxy = \"http://ada@proxy.test:3128\"\ntray_style = \"dot\"\nvolume = 11\n\
                    quiet_hours = { from = \"22:00\", to = \"07:30\" }\n[[rule]]\ntell = \"badge\"\n";
        let (settings, complaints) = Settings::parse(text);
        let view = SettingsView::of(&settings, &complaints, Path::new("/s.toml"), Some(true));
        let shown = serde_json::to_value(view).unwrap();
        assert_eq!(
            shown,
            json!({
                "file": "/s.toml",
                "complaints": ["line 3: \"volume\" is no setting"],
                "language": "system",
                "badge": "unread",
                "tray_theme": "colour",
                "tray_style": "dot",
                "toasts": true,
                "sound": false,
                "private": false,
                "avatars": true,
                "keep_contents": true,
                "start_at_login": true,
                "quiet_hours": { "from": "22:00", "to": "07:30" },
                "rules": [{ "workflow": null, "category": null, "tell": "badge" }],
                "proxy": "http://ada@proxy.test:3128",
                "log_level": "info",
                "shortcut": null,
            })
        );
    }

    #[test]
    fn a_change_names_its_key_and_its_value() {
        let change = json!({ "key": "quiet_hours", "value": { "from": "22:00", "to": "07:00" } });
        let hours = QuietHoursSetting {
            from: "22:00".to_owned(),
            to: "07:00".to_owned(),
        };
        let read: SettingChange = serde_json::from_value(change).unwrap();
        assert_eq!(read, SettingChange::QuietHours(Some(hours)));
        let none = json!({ "key": "quiet_hours", "value": null });
        let read: SettingChange = serde_json::from_value(none).unwrap();
        assert_eq!(read, SettingChange::QuietHours(None));
    }
}
