use std::{
    fs::{File, Permissions},
    io::{self, ErrorKind, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::{sync::mpsc, time::timeout};
use tracing::warn;

use super::{Complaint, SettingChange, Settings, edit};

/// The settings file of a profile, which need not be there.
#[derive(Clone, Debug)]
pub struct SettingsFile {
    path: PathBuf,
}

/// Tells of changes to a settings file for as long as it lives.
#[derive(Debug)]
pub struct SettingsWatch {
    changed: mpsc::Receiver<()>,
    /// Held, since it stops when it is dropped; none where the system lets nobody watch.
    _watcher: Option<RecommendedWatcher>,
}

impl SettingsFile {
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The settings, and what of the file could not be used. A missing file means the defaults.
    pub fn read(&self) -> io::Result<(Settings, Vec<Complaint>)> {
        self.text().map(|text| Settings::parse(&text))
    }

    /// The settings, or the defaults where the file cannot be read, which is among the complaints then.
    pub fn read_or_default(&self) -> (Settings, Vec<Complaint>) {
        self.read().unwrap_or_else(|error| {
            let words = format!("the file cannot be read: {error}");
            (Settings::default(), vec![Complaint { line: 0, words }])
        })
    }

    /// Writes a change. The file is as before when it is refused, for which the error is a sentence.
    pub fn change(&self, change: &SettingChange) -> Result<(), String> {
        let failed = |what: &str, error: io::Error| {
            format!(
                "Nothing was changed: {} cannot be {what}: {error}.",
                self.path.display()
            )
        };
        let text = self.text().map_err(|error| failed("read", error))?;
        let changed = edit::change(&text, change)?;
        if changed == text && self.path.exists() {
            return Ok(());
        }
        self.write(&changed)
            .map_err(|error| failed("written", error))
    }

    /// Makes sure that there is a file to look at.
    pub fn create(&self) -> io::Result<()> {
        match self.path.exists() {
            true => Ok(()),
            false => self.write(HEAD),
        }
    }

    /// Watches the file from now on, whoever writes it; told of once when several changes come together.
    pub fn watch(&self) -> SettingsWatch {
        let (told, changed) = mpsc::channel(1);
        let watcher = self.start_watching(told).inspect_err(
            |error| warn!(%error, "settings changed by hand count after the next start"),
        );
        SettingsWatch {
            changed,
            _watcher: watcher.ok(),
        }
    }

    fn start_watching(&self, told: mpsc::Sender<()>) -> notify::Result<RecommendedWatcher> {
        let mut files = vec![self.path.clone()];
        // Behind a link lies the file that an editor writes.
        files.extend(self.path.canonicalize().ok());
        let names = files.clone();
        let (seen, heard) = mpsc::channel(1);
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                let concerns = event.is_ok_and(|event| {
                    !matches!(event.kind, EventKind::Access(_))
                        && event.paths.iter().any(|path| names.contains(path))
                });
                // One that waits already tells of this change too.
                if concerns && !seen.is_closed() {
                    let _ = seen.try_send(());
                }
            })?;
        for file in &files {
            if let Some(directory) = file.parent() {
                std::fs::create_dir_all(directory).map_err(notify::Error::io)?;
                watcher.watch(directory, RecursiveMode::NonRecursive)?;
            }
        }
        tokio::spawn(settle(heard, told));
        Ok(watcher)
    }

    fn text(&self) -> io::Result<String> {
        match std::fs::read_to_string(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
            text => text,
        }
    }

    /// As a whole or not at all: who reads meanwhile finds the old file or the new one.
    fn write(&self, text: &str) -> io::Result<()> {
        // A link, as people have who keep their settings elsewhere, goes on being one.
        let path = self
            .path
            .canonicalize()
            .unwrap_or_else(|_| self.path.clone());
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        let permissions = match std::fs::metadata(&path) {
            Ok(file) => file.permissions(),
            Err(_) => Permissions::from_mode(0o600),
        };
        let new = path.with_extension("toml.new");
        let mut file = File::create(&new)?;
        file.set_permissions(permissions)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, &path)
    }
}

impl SettingsWatch {
    /// Waits for the next change. Dropping a pending call loses nothing.
    pub async fn changed(&mut self) {
        if self.changed.recv().await.is_none() {
            std::future::pending().await
        }
    }
}

/// Passes on what is heard when nothing more has been for a moment: an editor may write a file in several steps.
async fn settle(mut heard: mpsc::Receiver<()>, told: mpsc::Sender<()>) {
    while heard.recv().await.is_some() {
        while let Ok(Some(())) = timeout(SETTLED_AFTER, heard.recv()).await {}
        // One that waits already will find this change too.
        if let Err(mpsc::error::TrySendError::Closed(())) = told.try_send(()) {
            return;
        }
    }
}

const SETTLED_AFTER: Duration = Duration::from_millis(150);
/// What a new file begins with.
const HEAD: &str =
    "# What can be set here is listed in Doorbell's guide. What is left out has its usual value.\n";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{QuietHoursSetting, RuleSetting};

    fn file(text: &str) -> (tempfile::TempDir, SettingsFile) {
        let dir = tempfile::tempdir().unwrap();
        let file = SettingsFile::new(dir.path().join("settings.toml"));
        if !text.is_empty() {
            std::fs::write(file.path(), text).unwrap();
        }
        (dir, file)
    }

    #[track_caller]
    fn check(before: &str, change: &SettingChange, after: &str) {
        let (_dir, file) = file(before);
        assert_eq!(file.change(change), Ok(()));
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), after);
    }

    #[track_caller]
    fn refuse(before: &str, change: &SettingChange, words: &str) {
        let (_dir, file) = file(before);
        let refused = file.change(change).unwrap_err();
        assert!(refused.contains(words), "{refused}");
        assert!(refused.starts_with("Nothing was changed"), "{refused}");
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), before);
    }

    fn rule(workflow: &str, tell: &str) -> RuleSetting {
        RuleSetting {
            workflow: Some(workflow.to_owned()),
            category: None,
            tell: tell.to_owned(),
        }
    }

    #[test]
    fn a_change_leaves_comments_and_order_alone() {
        let before = "# mine\n\n# loud\nsound = true   # for the office\ntoasts = true\n\n# all of it\n[[feed]]\nname = 'A'\n";
        check(
            before,
            &SettingChange::Sound(false),
            &before.replace("sound = true ", "sound = false "),
        );
        check(
            before,
            &SettingChange::Language("de".to_owned()),
            &before.replace("toasts = true\n", "toasts = true\nlanguage = \"de\"\n"),
        );
    }

    #[test]
    fn a_file_that_is_missing_or_all_comments_gets_its_first_key_below_them() {
        check("", &SettingChange::Toasts(false), "toasts = false\n");
        check(
            "# mine\n",
            &SettingChange::Toasts(false),
            "# mine\ntoasts = false\n",
        );
    }

    #[test]
    fn quiet_hours_come_change_and_go() {
        let hours = |from: &str| {
            Some(QuietHoursSetting {
                from: from.to_owned(),
                to: "07:00".to_owned(),
            })
        };
        let line = "quiet_hours = { from = \"22:00\", to = \"07:00\" }";
        check(
            "sound = true\n",
            &SettingChange::QuietHours(hours("22:00")),
            &format!("sound = true\n{line}\n"),
        );
        check(
            &format!("{line} # sleep\n"),
            &SettingChange::QuietHours(hours("23:00")),
            &format!("{} # sleep\n", line.replace("22", "23")),
        );
        check(
            "[quiet_hours]\n# late\nfrom = \"22:00\"\nto = \"07:00\"\n",
            &SettingChange::QuietHours(hours("23:00")),
            "[quiet_hours]\n# late\nfrom = \"23:00\"\nto = \"07:00\"\n",
        );
        check(
            &format!("# sleep\n{line}\nsound = true\n"),
            &SettingChange::QuietHours(None),
            "# sleep\nsound = true\n",
        );
    }

    #[test]
    fn rules_that_stay_keep_what_is_written_around_them() {
        let one = "# noisy\n[[rule]]\nworkflow = \"a\"  # all day\ntell = \"badge\"\n";
        let two = "\n[[rule]]\nworkflow = \"b\"\ntell = \"ignore\"\n";
        let before = format!("sound = true\n\n{one}{two}\n[[feed]]\nname = \"A\"\n");
        check(
            &before,
            &SettingChange::Rules(vec![rule("a", "badge"), rule("c", "toast")]),
            &before.replace(two, "\n[[rule]]\nworkflow = \"c\"\ntell = \"toast\"\n"),
        );
        check(
            &before,
            &SettingChange::Rules(vec![rule("b", "ignore"), rule("a", "badge")]),
            &format!("sound = true\n{two}\n{one}\n[[feed]]\nname = \"A\"\n"),
        );
        check(
            "sound = true\n",
            &SettingChange::Rules(vec![rule("a", "badge")]),
            "sound = true\n\n[[rule]]\nworkflow = \"a\"\ntell = \"badge\"\n",
        );
        check(
            "sound = true\n\n[[rule]]\ntell = \"badge\"\n",
            &SettingChange::Rules(Vec::new()),
            "sound = true\n",
        );
    }

    #[test]
    fn a_value_that_does_not_fit_is_refused_with_what_would() {
        for (change, words) in [
            (
                SettingChange::TrayStyle("loud".to_owned()),
                "tray_style must be \"number\", \"dot\" or \"none\"",
            ),
            (
                SettingChange::Proxy("http://ada:secret@proxy.test".to_owned()),
                "without a password",
            ),
            (
                SettingChange::QuietHours(Some(QuietHoursSetting {
                    from: "25:00".to_owned(),
                    to: "07:00".to_owned(),
                })),
                "two different times of day",
            ),
            (
                SettingChange::Rules(vec![rule("a", "shout")]),
                "tell must be \"toast\", \"badge\" or \"ignore\"",
            ),
            (
                SettingChange::Shortcut(Some("Ctrl+Alt+D".to_owned())),
                "bind `doorbell open` to a key",
            ),
        ] {
            refuse("# mine\nvolume = 11\n", &change, words);
        }
    }

    #[test]
    fn what_a_person_got_wrong_elsewhere_does_not_stand_in_the_way() {
        check(
            "volume = 11\nsound = 1\n",
            &SettingChange::Toasts(false),
            "volume = 11\nsound = 1\ntoasts = false\n",
        );
        check(
            "volume = 11\nsound = 1\n",
            &SettingChange::Sound(true),
            "volume = 11\nsound = true\n",
        );
    }

    #[test]
    fn a_file_that_is_no_toml_is_not_overwritten() {
        refuse(
            "toasts = true\nsound = = true\n",
            &SettingChange::Toasts(false),
            "line 2 of the file is no TOML",
        );
    }

    #[test]
    fn a_link_stays_one_and_permissions_stay_as_they_are() {
        let (dir, file) = file("");
        let real = dir.path().join("dotfiles.toml");
        std::fs::write(&real, "sound = true\n").unwrap();
        std::fs::set_permissions(&real, Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&real, file.path()).unwrap();
        file.change(&SettingChange::Sound(false)).unwrap();
        assert!(file.path().is_symlink());
        assert_eq!(std::fs::read_to_string(&real).unwrap(), "sound = false\n");
        let mode = std::fs::metadata(&real).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_said_and_kept() {
        let file = SettingsFile::new(PathBuf::from("/"));
        assert!(file.read().is_err());
        let (settings, complaints) = file.read_or_default();
        assert_eq!(settings, Settings::default());
        assert_eq!(complaints.len(), 1);
        assert!(file.change(&SettingChange::Toasts(false)).is_err());
    }

    #[tokio::test]
    async fn a_file_that_is_written_replaced_or_made_is_heard_of() {
        let (dir, file) = file("");
        let mut watch = file.watch();
        let within = Duration::from_secs(30);
        std::fs::write(file.path(), "sound = true\n").unwrap();
        timeout(within, watch.changed()).await.unwrap();
        let new = dir.path().join("settings.toml~");
        std::fs::write(&new, "sound = false\n").unwrap();
        std::fs::rename(&new, file.path()).unwrap();
        timeout(within, watch.changed()).await.unwrap();
        file.change(&SettingChange::Sound(true)).unwrap();
        timeout(within, watch.changed()).await.unwrap();
    }
}
