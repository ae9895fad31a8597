//! How everything is: the status, and what somebody who helps needs to know.

use std::fmt::Write;

use doorbell_notifier::{Face, Tray};

use super::Resident;
use crate::{
    door::{AccountStatus, State, Status, VERSION},
    profile::Profile,
    settings::{Complaint, Settings, SettingsFile},
};

pub(super) fn status(tray: &Tray) -> Status {
    let words = &tray.words;
    let (state, words, unread) = match tray.face {
        Face::Count(unread) => (
            State::Connected,
            format!("{words}. Connected."),
            Some(unread),
        ),
        Face::Paused(unread) => (
            State::Paused,
            format!("{words}. Connected; toasts wait."),
            Some(unread),
        ),
        Face::Offline(_) if tray.accounts.is_empty() => {
            (State::Starting, format!("{words}."), None)
        }
        Face::Offline(unread) => (State::Offline, format!("{words}."), Some(unread)),
        Face::SignedOut => (State::SignedOut, format!("{words}."), None),
        Face::Refused => (State::Refused, format!("{words}."), None),
    };
    let accounts = tray.accounts.iter().map(|account| AccountStatus {
        id: account.id.clone(),
        user: account.user.clone(),
        name: account.name.clone(),
        words: account.words.clone(),
    });
    Status {
        state,
        words,
        unread,
        accounts: accounts.collect(),
    }
}

impl Resident {
    pub(super) fn diagnostics(&self) -> String {
        let mut text = surroundings(&self.profile, &self.settings, &self.complaints);
        let host = match &self.tray {
            Some(tray) if *tray.host().borrow() => "shown",
            Some(_) => "this desktop has none",
            None => "no session bus",
        };
        let login = if self.autostart.is_on() { "yes" } else { "no" };
        line(&mut text, "tray", host);
        line(&mut text, "starts at login", login);
        line(&mut text, "window open", &self.callers.has_window());
        line(&mut text, "state", &format!("{:?}", self.status.state));
        line(&mut text, "accounts", &self.status.accounts.len());
        for (number, account) in self.status.accounts.iter().enumerate() {
            let words = told_of(account);
            line(&mut text, &format!("account {}", number + 1), &words);
        }
        text
    }
}

/// The same where no resident runs.
pub(crate) fn diagnostics_alone(profile: &Profile) -> String {
    let file = SettingsFile::new(profile.settings_file());
    let (settings, complaints) = file.read_or_default();
    let mut text = surroundings(profile, &settings, &complaints);
    line(&mut text, "state", "not running");
    text
}

/// What an account's host is and how it does, without who it is.
fn told_of(account: &AccountStatus) -> String {
    let host = account.name.strip_prefix(&account.user);
    let host = host.and_then(|rest| rest.strip_prefix(" on "));
    let words = account.words.replace(&account.user, "[user]");
    format!("{}; {words}", host.unwrap_or("Knock's own host"))
}

/// Settings are named where they are not the usual ones. What they hold is said only of those that hold a word.
fn surroundings(profile: &Profile, settings: &Settings, complaints: &[Complaint]) -> String {
    let usual = Settings::default();
    let changed: Vec<&str> = [
        ("language", settings.language != usual.language),
        ("log_level", settings.log_level != usual.log_level),
        ("tray_theme", settings.tray_theme != usual.tray_theme),
        ("tray_style", settings.tray_style != usual.tray_style),
        ("toasts", settings.toasts != usual.toasts),
        ("sound", settings.sound != usual.sound),
        ("private", settings.private != usual.private),
        ("avatars", settings.avatars != usual.avatars),
        (
            "keep_contents",
            settings.keep_contents != usual.keep_contents,
        ),
        (
            "start_at_login",
            settings.start_at_login != usual.start_at_login,
        ),
        ("badge", settings.badge != usual.badge),
        ("quiet_hours", settings.quiet_hours != usual.quiet_hours),
        ("rule", settings.rules != usual.rules),
        ("proxy", settings.proxy != usual.proxy),
        ("ca_file", settings.ca_file != usual.ca_file),
        ("allow_plain_http", settings.plain_http != usual.plain_http),
        ("feed", settings.feeds != usual.feeds),
        ("account", settings.accounts != usual.accounts),
    ]
    .into_iter()
    .filter_map(|(key, changed)| changed.then_some(key))
    .collect();
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let mut text = String::new();
    line(&mut text, "Doorbell", VERSION);
    line(&mut text, "system", &system());
    line(&mut text, "desktop", &variable("XDG_CURRENT_DESKTOP"));
    line(&mut text, "session", &variable("XDG_SESSION_TYPE"));
    let own = if profile.name() == Profile::DEFAULT {
        "default"
    } else {
        "another"
    };
    line(&mut text, "profile", own);
    line(&mut text, "settings changed", &changed.join(", "));
    line(&mut text, "feeds set", &settings.feeds.len());
    line(&mut text, "rules set", &settings.rules.len());
    line(&mut text, "settings not understood", &complaints.len());
    text
}

fn line(text: &mut String, name: &str, value: &(impl std::fmt::Display + ?Sized)) {
    // Writing into a text cannot fail.
    let _ = writeln!(text, "{name}: {value}");
}

fn system() -> String {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))
        .map(|name| name.trim_matches('"').to_owned());
    let name = name.unwrap_or_else(|| std::env::consts::OS.to_owned());
    format!("{name}, {}", std::env::consts::ARCH)
}

#[cfg(test)]
mod tests {
    use doorbell_notifier::{AccountId, AccountState};

    use super::*;

    fn tray(face: Face, words: &str) -> Tray {
        let account = AccountState {
            id: AccountId::parse(&"a".repeat(32)).unwrap(),
            user: "ada".to_owned(),
            name: "ada on knock.test".to_owned(),
            words: "3 unread".to_owned(),
        };
        Tray {
            face,
            words: words.to_owned(),
            tooltip: format!("{words} · synced 12:03"),
            menu: Vec::new(),
            accounts: vec![account],
        }
    }

    #[test]
    fn the_status_says_the_number_and_the_connection() {
        for (face, words, state, said, unread) in [
            (
                Face::Count(3),
                "3 unread",
                State::Connected,
                "3 unread. Connected.",
                Some(3),
            ),
            (
                Face::Paused(3),
                "3 unread",
                State::Paused,
                "3 unread. Connected; toasts wait.",
                Some(3),
            ),
            (
                Face::Offline(2),
                "Offline, 2 unread when last heard",
                State::Offline,
                "Offline, 2 unread when last heard.",
                Some(2),
            ),
            (
                Face::SignedOut,
                "Signed out",
                State::SignedOut,
                "Signed out.",
                None,
            ),
            (
                Face::Refused,
                "Knock refused the key",
                State::Refused,
                "Knock refused the key.",
                None,
            ),
        ] {
            let status = status(&tray(face, words));
            assert_eq!(
                (status.state, &*status.words, status.unread),
                (state, said, unread)
            );
        }
        let nobody = Tray {
            accounts: Vec::new(),
            ..tray(Face::Offline(0), "Starting")
        };
        let starting = status(&nobody);
        assert_eq!((starting.state, starting.unread), (State::Starting, None));
    }

    #[test]
    fn who_somebody_is_is_no_part_of_the_diagnostics() {
        let account = |name: &str, words: &str| AccountStatus {
            id: AccountId::parse(&"a".repeat(32)).unwrap(),
            user: "ada".to_owned(),
            name: name.to_owned(),
            words: words.to_owned(),
        };
        assert_eq!(
            told_of(&account("ada on knock.test", "ada has 3 unread")),
            "knock.test; [user] has 3 unread"
        );
        assert_eq!(
            told_of(&account("ada", "Offline")),
            "Knock's own host; Offline"
        );
    }

    #[test]
    fn settings_are_named_in_the_diagnostics_and_not_repeated() {
        let (settings, complaints) = Settings::parse(
            "proxy = \"http://marker@proxy.test\"\nsound = 7\n[[account]]\nuser_id = \"marker\"\n\
             token_command = \"marker\"\n[[rule]]\nworkflow = \"marker\"\n",
        );
        let dir = tempfile::tempdir().unwrap();
        let profile = Profile::under("marker", dir.path()).unwrap();
        let text = surroundings(&profile, &settings, &complaints);
        assert!(
            text.contains("settings changed: rule, proxy, account\n"),
            "{text}"
        );
        assert!(text.contains("settings not understood: 1\n"), "{text}");
        assert!(text.contains(VERSION), "{text}");
        assert!(!text.contains("marker"), "{text}");
    }
}
