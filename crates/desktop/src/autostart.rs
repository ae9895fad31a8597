//! Starting at login: an entry of the desktop's autostart directory.
//!
//! Source: the Desktop Application Autostart Specification of freedesktop.org.

use std::{
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use crate::profile::Profile;

/// A profile's entry, which may be there or not.
#[derive(Clone, Debug)]
pub struct Autostart {
    entry: PathBuf,
    profile: String,
    program: PathBuf,
}

impl Autostart {
    /// The entry that starts this program for this profile.
    pub fn of(profile: &Profile, program: &Path) -> Self {
        Self {
            entry: profile.autostart_entry(),
            profile: profile.name().to_owned(),
            program: program.to_owned(),
        }
    }

    /// Whether the desktop starts it.
    pub fn is_on(&self) -> bool {
        std::fs::read_to_string(&self.entry)
            .is_ok_and(|entry| !entry.lines().any(|line| line == "Hidden=true"))
    }

    /// Writes the entry or removes it.
    pub fn set(&self, on: bool) -> io::Result<()> {
        if !on {
            return match std::fs::remove_file(&self.entry) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        let entry = self.text();
        if std::fs::read_to_string(&self.entry).is_ok_and(|written| written == entry) {
            return Ok(());
        }
        if let Some(directory) = self.entry.parent() {
            std::fs::create_dir_all(directory)?;
        }
        std::fs::write(&self.entry, entry)
    }

    fn text(&self) -> String {
        format!(
            "[Desktop Entry]\n\
             Type=Application\n\
             Name=Doorbell\n\
             Comment=Shows the notifications of your Knock feed\n\
             Exec={} --profile {} --hidden\n\
             Icon=doorbell\n\
             Terminal=false\n\
             X-GNOME-Autostart-enabled=true\n",
            quoted(&self.program.to_string_lossy()),
            self.profile
        )
    }
}

/// A word of an `Exec` line. Inside quotes four characters are escaped, then the whole as any text of the file is, and a
/// percent sign would begin a field code.
fn quoted(word: &str) -> String {
    let mut quoted = String::from('"');
    for c in word.chars() {
        match c {
            '"' | '`' | '$' => quoted.extend(['\\', '\\', c]),
            '\\' => quoted.push_str("\\\\\\\\"),
            '%' => quoted.push_str("%%"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_comes_and_goes_and_starts_the_profile_without_its_window() {
        let dir = tempfile::tempdir().unwrap();
        let profile = Profile::under("demo", dir.path()).unwrap();
        let autostart = Autostart::of(&profile, Path::new("/opt/door bell/50%/doorbell"));
        assert!(!autostart.is_on());
        autostart.set(false).unwrap();
        autostart.set(true).unwrap();
        assert!(autostart.is_on());
        let entry = std::fs::read_to_string(profile.autostart_entry()).unwrap();
        assert!(
            entry.contains("Exec=\"/opt/door bell/50%%/doorbell\" --profile demo --hidden\n"),
            "{entry}"
        );
        autostart.set(false).unwrap();
        assert!(!autostart.is_on());
        assert!(!profile.autostart_entry().exists());
    }

    #[test]
    fn an_entry_that_the_desktop_was_told_to_leave_out_is_off() {
        let dir = tempfile::tempdir().unwrap();
        let profile = Profile::under("default", dir.path()).unwrap();
        let autostart = Autostart::of(&profile, Path::new("/bin/doorbell"));
        autostart.set(true).unwrap();
        std::fs::write(profile.autostart_entry(), "[Desktop Entry]\nHidden=true\n").unwrap();
        assert!(!autostart.is_on());
        autostart.set(true).unwrap();
        assert!(autostart.is_on());
    }

    #[test]
    fn what_a_shell_would_read_is_written_so_that_nothing_does() {
        assert_eq!(quoted("/a b"), "\"/a b\"");
        assert_eq!(quoted("$`\"\\"), "\"\\\\$\\\\`\\\\\"\\\\\\\\\"");
    }
}
