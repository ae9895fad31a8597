use std::{
    ffi::OsString,
    io,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
};

/// The file this process was started from, as it was then.
#[derive(Debug)]
pub struct Program {
    path: PathBuf,
    identity: Option<Identity>,
}

type Identity = (u64, u64, i64, i64);

impl Program {
    /// The program of this process. Call it first, while the file is still the one that runs.
    pub fn current() -> io::Result<Self> {
        let path = std::env::current_exe()?;
        Ok(Self {
            identity: identity(&path),
            path,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether another file stands there now, as after an upgrade.
    pub fn was_replaced(&self) -> bool {
        identity(&self.path).is_some_and(|now| Some(now) != self.identity)
    }

    /// Makes this process run the file that stands there now; it returns only when that fails.
    pub fn start_anew(&self, arguments: &[OsString]) -> io::Error {
        Command::new(&self.path).args(arguments).exec()
    }
}

fn identity(path: &Path) -> Option<Identity> {
    let file = std::fs::metadata(path).ok().filter(|file| file.is_file())?;
    Some((file.dev(), file.ino(), file.mtime(), file.mtime_nsec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_replaced_on_the_disk_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("program");
        std::fs::write(&path, "old").unwrap();
        let program = Program {
            identity: identity(&path),
            path: path.clone(),
        };
        assert!(!program.was_replaced());

        std::fs::remove_file(&path).unwrap();
        assert!(
            !program.was_replaced(),
            "a program that is only gone cannot be started"
        );

        let new = dir.path().join("new");
        std::fs::write(&new, "new").unwrap();
        std::fs::rename(&new, &path).unwrap();
        assert!(program.was_replaced());
    }
}
