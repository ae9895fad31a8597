//! Settings that are one of a few words.

use doorbell_notifier::{
    Badge, Language as Spoken, Tell,
    badge::{Style, Theme},
};

/// Which language Doorbell speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// The desktop's, as far as Doorbell speaks it.
    System,
    En,
    De,
}

impl Language {
    /// What it comes to on this desktop.
    pub fn spoken(self) -> Spoken {
        match self {
            Self::System => spoken_by(|name| std::env::var(name).ok()),
            Self::En => Spoken::English,
            Self::De => Spoken::German,
        }
    }
}

/// The language that the environment names. The first variable that says something counts, as everywhere in Unix.
fn spoken_by(variable: impl Fn(&str) -> Option<String>) -> Spoken {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| variable(name).filter(|locale| !locale.is_empty()));
    Spoken::of_locale(&locale.unwrap_or_default())
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

impl LogLevel {
    pub fn named(name: &str) -> Option<Self> {
        let found = LOG_LEVELS.iter().find(|(known, _)| *known == name);
        found.map(|(_, level)| *level)
    }
}

/// The word that a setting is written as.
pub(super) fn word_of<T: PartialEq>(words: &[(&'static str, T)], meaning: &T) -> String {
    let found = words.iter().find(|(_, known)| known == meaning);
    found.map_or("", |(word, _)| word).to_owned()
}

pub(super) const LANGUAGES: [(&str, Language); 3] = [
    ("system", Language::System),
    ("en", Language::En),
    ("de", Language::De),
];
pub(super) const LOG_LEVELS: [(&str, LogLevel); 6] = [
    ("off", LogLevel::Off),
    ("error", LogLevel::Error),
    ("warn", LogLevel::Warn),
    ("info", LogLevel::Info),
    ("debug", LogLevel::Debug),
    ("trace", LogLevel::Trace),
];
pub(super) const THEMES: [(&str, Theme); 3] = [
    ("colour", Theme::Colour),
    ("light", Theme::Light),
    ("dark", Theme::Dark),
];
pub(super) const STYLES: [(&str, Style); 3] = [
    ("number", Style::Number),
    ("dot", Style::Dot),
    ("none", Style::None),
];
pub(super) const BADGES: [(&str, Badge); 2] =
    [("unread", Badge::Unread), ("unseen", Badge::Unseen)];
pub(super) const TELLS: [(&str, Tell); 3] = [
    ("toast", Tell::Toast),
    ("badge", Tell::Badge),
    ("ignore", Tell::Ignore),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_desktops_language_is_the_first_that_the_environment_names() {
        for (variables, spoken) in [
            (&[("LANG", "de_DE.UTF-8")][..], Spoken::German),
            (&[("LANG", "de_DE.UTF-8"), ("LC_ALL", "C")], Spoken::English),
            (
                &[("LANG", "en_GB"), ("LC_MESSAGES", "de_AT")],
                Spoken::German,
            ),
            (&[("LANG", "de_DE"), ("LC_ALL", "")], Spoken::German),
            (&[], Spoken::English),
        ] {
            let variable = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, locale)| (*locale).to_owned())
            };
            assert_eq!(spoken_by(variable), spoken, "{variables:?}");
        }
    }
}
