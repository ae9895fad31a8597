use std::{
    fmt,
    path::{Path, PathBuf},
};

use directories::ProjectDirs;

/// A separate Doorbell: its own settings, data, log, keychain entry and door.
///
/// The profile named `default` lives directly in the desktop's usual places; another one lives in
/// `profiles/NAME` under each of them, so that a demo or a test never touches a person's own account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    name: String,
    config: PathBuf,
    data: PathBuf,
    state: PathBuf,
    cache: PathBuf,
    runtime: Option<PathBuf>,
    autostart: PathBuf,
}

/// Why there is no such profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProfileError {
    /// The name has other letters than `a-z`, `0-9` and `-`, or not 1 to 32 of them.
    Name(String),
    /// The system does not say where the person's files live.
    NoHome,
}

impl Profile {
    pub const DEFAULT: &str = "default";

    /// The profile of this name in the places of the person who runs the program.
    pub fn new(name: &str) -> Result<Self, ProfileError> {
        let dirs = ProjectDirs::from("", "", "doorbell").ok_or(ProfileError::NoHome)?;
        let state = dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir());
        Self::within(
            name,
            dirs.config_dir(),
            dirs.data_dir(),
            state,
            dirs.cache_dir(),
            dirs.runtime_dir(),
        )
    }

    fn within(
        name: &str,
        config: &Path,
        data: &Path,
        state: &Path,
        cache: &Path,
        runtime: Option<&Path>,
    ) -> Result<Self, ProfileError> {
        if !is_name(name) {
            return Err(ProfileError::Name(name.to_owned()));
        }
        let own = |base: &Path| match name {
            Self::DEFAULT => base.to_owned(),
            _ => base.join("profiles").join(name),
        };
        Ok(Self {
            name: name.to_owned(),
            config: own(config),
            data: own(data),
            state: own(state),
            cache: own(cache),
            runtime: runtime.map(Path::to_owned),
            // The desktop's own directory, beside ours.
            autostart: config.with_file_name("autostart"),
        })
    }

    /// A profile with everything below one directory.
    #[cfg(test)]
    pub(crate) fn under(name: &str, root: &Path) -> Result<Self, ProfileError> {
        Self::within(
            name,
            &root.join("config"),
            &root.join("data"),
            &root.join("state"),
            &root.join("cache"),
            Some(&root.join("run")),
        )
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The settings file, which need not exist: `$XDG_CONFIG_HOME/doorbell/settings.toml` on Linux.
    pub fn settings_file(&self) -> PathBuf {
        self.config.join("settings.toml")
    }

    /// What Doorbell keeps, other than secrets.
    pub fn data_dir(&self) -> &Path {
        &self.data
    }

    /// What is remembered between two starts: `$XDG_DATA_HOME/doorbell/doorbell.db` on Linux.
    pub fn memory_file(&self) -> PathBuf {
        self.data.join("doorbell.db")
    }

    /// Pictures of actors, which can be fetched again: `$XDG_CACHE_HOME/doorbell/pictures` on Linux.
    pub fn pictures_dir(&self) -> PathBuf {
        self.cache.join("pictures")
    }

    /// The log file: `$XDG_STATE_HOME/doorbell/doorbell.log` on Linux.
    pub fn log_file(&self) -> PathBuf {
        self.state.join("doorbell.log")
    }

    /// Where the window keeps its place on the screen.
    pub fn window_file(&self) -> PathBuf {
        self.state.join("window.json")
    }

    /// Made when the person has been told that this desktop has no tray, so that they are told once.
    pub fn tray_note(&self) -> PathBuf {
        self.state.join("told-of-missing-tray")
    }

    /// What makes the desktop start this profile at login, when it is there:
    /// `$XDG_CONFIG_HOME/autostart/doorbell.desktop` on Linux.
    pub fn autostart_entry(&self) -> PathBuf {
        let name = match self.name.as_str() {
            Self::DEFAULT => "doorbell.desktop".to_owned(),
            name => format!("doorbell-{name}.desktop"),
        };
        self.autostart.join(name)
    }

    /// Under which name the keychain holds this profile's credentials.
    pub fn keychain_service(&self) -> String {
        match self.name.as_str() {
            Self::DEFAULT => "doorbell".to_owned(),
            name => format!("doorbell/{name}"),
        }
    }

    /// The directory of the door, for the person alone.
    ///
    /// It is the session's runtime directory, or, where there is none or its path is too long for a socket,
    /// a directory beside the data.
    pub fn door_dir(&self) -> PathBuf {
        let beside_data = self.data.join("door");
        match &self.runtime {
            Some(runtime) if fits(&runtime.join(self.door_name())) => runtime.clone(),
            _ => beside_data,
        }
    }

    /// The socket through which the window and the command line reach the resident.
    pub fn door_path(&self) -> PathBuf {
        self.door_dir().join(self.door_name())
    }

    /// The file whose lock says that a resident lives.
    pub fn lock_path(&self) -> PathBuf {
        self.door_dir().join(format!("{}.lock", self.name))
    }

    fn door_name(&self) -> String {
        format!("{}.sock", self.name)
    }
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(
                f,
                "{name:?} cannot be a profile's name: use 1 to 32 of the letters a-z, 0-9 and -"
            ),
            Self::NoHome => f.write_str("the system names no home directory for this user"),
        }
    }
}

impl std::error::Error for ProfileError {}

/// Whether a socket can have this path on every Unix: Linux takes 107 bytes, macOS 103.
pub(crate) fn fits(path: &Path) -> bool {
    path.as_os_str().len() <= MAX_SOCKET_PATH
}

fn is_name(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

const MAX_SOCKET_PATH: usize = 103;

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(name: &str, runtime: Option<&str>) -> Profile {
        Profile::within(
            name,
            Path::new("/h/.config/doorbell"),
            Path::new("/h/.local/share/doorbell"),
            Path::new("/h/.local/state/doorbell"),
            Path::new("/h/.cache/doorbell"),
            runtime.map(Path::new),
        )
        .unwrap()
    }

    #[test]
    fn the_default_profile_lives_in_the_usual_places() {
        let p = profile("default", Some("/run/user/1/doorbell"));
        assert_eq!(
            p.settings_file(),
            Path::new("/h/.config/doorbell/settings.toml")
        );
        assert_eq!(p.data_dir(), Path::new("/h/.local/share/doorbell"));
        assert_eq!(
            p.log_file(),
            Path::new("/h/.local/state/doorbell/doorbell.log")
        );
        assert_eq!(p.keychain_service(), "doorbell");
        assert_eq!(
            p.door_path(),
            Path::new("/run/user/1/doorbell/default.sock")
        );
    }

    #[test]
    fn a_profile_of_its_own_shares_nothing() {
        let (own, default) = (
            profile("demo-1", Some("/r")),
            profile("default", Some("/r")),
        );
        assert_eq!(
            own.settings_file(),
            Path::new("/h/.config/doorbell/profiles/demo-1/settings.toml")
        );
        assert_ne!(own.data_dir(), default.data_dir());
        assert_ne!(own.log_file(), default.log_file());
        assert_ne!(own.keychain_service(), default.keychain_service());
        assert_ne!(own.door_path(), default.door_path());
        assert_ne!(own.lock_path(), default.lock_path());
    }

    #[test]
    fn without_a_runtime_directory_the_door_stands_beside_the_data() {
        let expected = Path::new("/h/.local/share/doorbell/door/default.sock");
        assert_eq!(profile("default", None).door_path(), expected);
        let long = format!("/{}", "r".repeat(100));
        assert_eq!(profile("default", Some(&long)).door_path(), expected);
    }

    #[test]
    fn a_name_that_could_leave_its_directory_is_refused() {
        for name in ["", "..", "a/b", "Demo", "a b", "é", &"a".repeat(33)] {
            assert_eq!(Profile::new(name), Err(ProfileError::Name(name.to_owned())));
        }
    }
}
