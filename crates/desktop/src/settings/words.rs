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
