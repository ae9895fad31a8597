//! Settings that are one of a few words.

use doorbell_notifier::{
    Badge, Tell,
    badge::{Style, Theme},
};

/// The language of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// The desktop's, as far as Doorbell speaks it.
    System,
    En,
    De,
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

impl Language {
    /// The language to speak, with what the environment says of the system's.
    pub(crate) fn spoken(
        self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> doorbell_notifier::Language {
        use doorbell_notifier::Language as Spoken;
        match self {
            Language::En => Spoken::English,
            Language::De => Spoken::German,
            Language::System => {
                let said = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter();
                let said = said.filter_map(variable).find(|locale| !locale.is_empty());
                Spoken::of_locale(&said.unwrap_or_default())
            }
        }
    }
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
    use doorbell_notifier::Language as Spoken;

    use super::*;

    #[test]
    fn the_system_speaks_the_language_that_the_environment_names_first() {
        let spoken = |language: Language, variables: &[(&str, &str)]| {
            let found = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            language.spoken(found)
        };
        let german = [("LC_ALL", ""), ("LANG", "de_DE.UTF-8")];
        assert_eq!(spoken(Language::System, &german), Spoken::German);
        assert_eq!(spoken(Language::En, &german), Spoken::English);
        let both = [("LANG", "de_DE.UTF-8"), ("LC_ALL", "C")];
        assert_eq!(spoken(Language::System, &both), Spoken::English);
        assert_eq!(spoken(Language::System, &[]), Spoken::English);
        assert_eq!(spoken(Language::De, &[]), Spoken::German);
    }
}
