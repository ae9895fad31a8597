//! A desktop in a box: everything a desktop program expects around it, private and gone when dropped.
//!
//! ```no_run
//! use xtask::stage::{Stage, StageOptions};
//!
//! # fn main() -> anyhow::Result<()> {
//! let stage = Stage::start(StageOptions::default())?;
//! stage.command("notify-send").args(["Hello", "from the stage"]).status()?;
//! stage.screenshot("hello.png".as_ref())?;
//! # Ok(())
//! # }
//! ```
//!
//! Calls block, and may be made from anywhere, from a task of an async runtime too.

mod bus;
mod disk;
mod keyring;
mod options;
mod parts;
mod screen;
mod toasts;
pub mod tray;
mod wait;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::group::Group;
pub use options::{StageOptions, TrayHost};
pub use toasts::Toast;
pub use wait::{wait_for, wait_until};

/// How long a part of the stage may take to be ready, on a machine that is busy with other things.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A running desktop; everything of it ends when it is dropped, or when this process dies.
#[derive(Debug)]
pub struct Stage {
    // Declared first, so that it is dropped first: the programs end before their files go.
    group: Group,
    watcher: Option<tray::Watcher>,
    panel: Option<u32>,
    dir: TempDir,
    display: String,
}

impl Stage {
    /// Starts a desktop with the parts asked for and returns when all of them answer.
    ///
    /// Fails when a program is missing or did not get ready; the error carries the end of its log.
    pub fn start(options: StageOptions) -> Result<Self> {
        let dir = tempfile::Builder::new()
            .prefix("doorbell-")
            .tempdir_in("/tmp")
            .context("a directory for the stage")?;
        disk::furnish(dir.path())?;
        let group = Group::start()?;
        let mut stage = Self {
            group,
            watcher: None,
            panel: None,
            dir,
            display: String::new(),
        };
        stage.raise(options)?;
        Ok(stage)
    }

    /// A command that sees this desktop and nothing of the one the test runs on.
    ///
    /// It belongs to the stage: what is still running when the stage ends is ended with it.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.environment());
        self.group.adopt(&mut command);
        command
    }

    /// The variables of the environment that [`Stage::command`] gives to its programs.
    pub fn environment(&self) -> Vec<(String, String)> {
        parts::environment(self.dir.path(), &self.display)
    }

    /// The stage's own directory, which holds every file that its programs write.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    pub fn runtime_dir(&self) -> PathBuf {
        self.dir.path().join("run")
    }

    /// Files anywhere in the stage's directory whose bytes contain `needle`.
    pub fn find_on_disk(&self, needle: &[u8]) -> Result<Vec<PathBuf>> {
        disk::find(self.dir.path(), needle)
    }

    /// URLs that programs asked the desktop to open, in order.
    pub fn opened_urls(&self) -> Result<Vec<String>> {
        disk::lines(&self.dir.path().join(disk::OPENED))
    }

    /// Makes every following `xdg-open` end with this exit code; URLs are recorded all the same.
    pub fn let_opener_exit_with(&self, code: i32) -> Result<()> {
        std::fs::write(self.dir.path().join(disk::OPENER_CODE), code.to_string())?;
        Ok(())
    }

    /// Address of the stage's session bus.
    pub fn bus_address(&self) -> String {
        parts::bus_address(self.dir.path())
    }

    /// What a program started by the stage itself (`Xvfb`, `dunst`, …) has printed so far.
    pub fn log(&self, program: &str) -> String {
        std::fs::read_to_string(disk::log_path(self.dir.path(), program)).unwrap_or_default()
    }
}
