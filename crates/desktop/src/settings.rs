use std::{fmt, io::ErrorKind, path::Path};

use doorbell_notifier::badge::Theme;
use toml::de::{DeTable, DeValue};

/// What a person can set, from the TOML file that [`crate::Profile::settings_file`] names.
///
/// ```toml
/// log_level = "info"       # "off", "error", "warn", "info", "debug" or "trace"
/// tray_theme = "colour"    # or "light" (for a light panel), "dark" (for a dark one)
/// toasts = true            # false: the badge alone tells of news
/// sound = false            # true: a toast may make the desktop's sound
/// ```
///
/// A file that is missing, or a key that is missing in it, means the default.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub log_level: LogLevel,
    pub tray_theme: Theme,
    pub toasts: bool,
    pub sound: bool,
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

/// A part of the settings file that was left aside; everything else in it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Counted from 1; 0 when it is about the whole file.
    pub line: usize,
    pub words: String,
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
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut complaints: Vec<Complaint> = errors
            .iter()
            .map(|error| Complaint {
                line: error.span().map_or(0, |span| line_of(text, span.start)),
                words: error.message().to_owned(),
            })
            .collect();

        let mut settings = Self::default();
        for (key, value) in table.get_ref() {
            if let Err(words) = settings.set(key.get_ref(), value.get_ref()) {
                complaints.push(Complaint {
                    line: line_of(text, key.span().start),
                    words,
                });
            }
        }
        complaints.sort_by_key(|complaint| complaint.line);
        (settings, complaints)
    }

    fn set(&mut self, key: &str, value: &DeValue<'_>) -> Result<(), String> {
        let wants = |wanted: &str| format!("{key} must be {wanted}");
        match key {
            "log_level" => {
                self.log_level = value.as_str().and_then(LogLevel::named).ok_or_else(|| {
                    wants("\"off\", \"error\", \"warn\", \"info\", \"debug\" or \"trace\"")
                })?;
            }
            "tray_theme" => {
                self.tray_theme = match value.as_str() {
                    Some("colour") => Theme::Colour,
                    Some("light") => Theme::Light,
                    Some("dark") => Theme::Dark,
                    _ => return Err(wants("\"colour\", \"light\" or \"dark\"")),
                };
            }
            "toasts" => self.toasts = value.as_bool().ok_or_else(|| wants("true or false"))?,
            "sound" => self.sound = value.as_bool().ok_or_else(|| wants("true or false"))?,
            _ => return Err(format!("{key:?} is no setting")),
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
        }
    }
}

impl LogLevel {
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "off" => Self::Off,
            "error" => Self::Error,
            "warn" => Self::Warn,
            "info" => Self::Info,
            "debug" => Self::Debug,
            "trace" => Self::Trace,
            _ => return None,
        })
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.words),
            line => write!(f, "line {line}: {}", self.words),
        }
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    let end = offset.min(text.len());
    1 + text.as_bytes()[..end]
        .iter()
        .filter(|&&b| b == b'\n')
        .count()
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
            "log_level = \"debug\"\ntray_theme = \"dark\"\ntoasts = false\nsound = true\n",
            Settings {
                log_level: LogLevel::Debug,
                tray_theme: Theme::Dark,
                toasts: false,
                sound: true,
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
            &["line 2: log_level must be", "line 3: tray_theme must be"],
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
