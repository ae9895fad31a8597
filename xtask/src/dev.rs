//! Doorbell, rebuilt and started again at every change: `cargo xtask dev`.
//!
//! Nothing is pretended: the page always runs in the real window, which talks to the real resident,
//! which talks to the emulator. Vite rebuilds the page; a new page or new Rust code rebuilds the
//! programs. A new page opens only the window anew; new code starts everything anew.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use xtask::group::Group;

use crate::checkout::Checkout;
use crate::demo::{Emulator, Resident, Workflow, leave};
use crate::{interrupt, setup, step};

const PROFILE: &str = "dev";
const POLL: Duration = Duration::from_millis(300);
const CODE: [&str; 3] = ["crates", "src-tauri", "Cargo.toml"];
const PAGE: [&str; 1] = ["ui/dist"];
/// Directories in which programs write, not people.
const NOT_WATCHED: [&str; 2] = ["node_modules", "gen"];

pub(crate) fn run(checkout: &Checkout) -> Result<()> {
    setup::run(checkout)?;
    setup::build(checkout)?;
    let interrupted = interrupt::catch()?;
    let mut builder = Group::start()?;
    let mut vite = checkout.npm(
        "ui",
        &[
            "run",
            "--silent",
            "build",
            "--",
            "--watch",
            "--logLevel",
            "warn",
        ],
    );
    builder.spawn(vite.stdin(Stdio::null())).context("npm")?;
    while play(checkout, &interrupted)? == Ended::Rebuilt {}
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
enum Ended {
    Rebuilt,
    Interrupted,
}

/// Runs everything until new code is built, or until Ctrl-C.
fn play(checkout: &Checkout, interrupted: &Receiver<()>) -> Result<Ended> {
    let group = Group::start()?;
    let programs = |name: &str| {
        let mut command = Command::new(checkout.program(name)?);
        group.adopt(&mut command);
        Ok(command)
    };
    let emulator = Emulator::start(&programs)?;
    let resident = Resident::start(&programs, PROFILE, &emulator)?;
    emulator.trigger(Workflow::NewMessage, "This is what you are working on.")?;
    let mut window = Window::open(programs("doorbell-window")?)?;
    println!(
        "send another: {}\nCtrl-C ends all of it",
        emulator.curl(Workflow::NewComment)?
    );

    let mut seen = Seen::now(&checkout.root)?;
    let ended = loop {
        if interrupted.recv_timeout(POLL).is_ok() {
            break Ended::Interrupted;
        }
        let now = Seen::now(&checkout.root)?;
        if now == seen {
            continue;
        }
        let new_code = now.code != seen.code;
        seen = now;
        match step::run(checkout.cargo(["build", "--workspace", "--bins"])) {
            // Code that does not compile is what one works on; what runs goes on meanwhile.
            Err(error) => eprintln!("{error:#}; waiting for the next change"),
            Ok(()) if new_code => break Ended::Rebuilt,
            Ok(()) => {
                drop(window);
                window = Window::open(programs("doorbell-window")?)?;
            }
        }
    };
    leave(&programs, PROFILE)?;
    drop(resident);
    Ok(ended)
}

/// When the page and the code last changed.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    page: Option<SystemTime>,
    code: Option<SystemTime>,
}

impl Seen {
    fn now(root: &Path) -> Result<Self> {
        let newest = |names: &[&str]| {
            names
                .iter()
                .map(|name| changed(&root.join(name)))
                .try_fold(None, latest)
        };
        Ok(Self {
            page: newest(&PAGE)?,
            code: newest(&CODE)?,
        })
    }
}

fn latest(
    one: Option<SystemTime>,
    other: std::io::Result<Option<SystemTime>>,
) -> std::io::Result<Option<SystemTime>> {
    other.map(|other| one.max(other))
}

/// When the newest file at or under `path` was written; what is being replaced counts as absent.
fn changed(path: &Path) -> std::io::Result<Option<SystemTime>> {
    let Ok(file) = fs::symlink_metadata(path) else {
        return Ok(None);
    };
    if !file.is_dir() {
        return file.modified().map(Some);
    }
    if path
        .file_name()
        .is_some_and(|name| NOT_WATCHED.iter().any(|other| name == *other))
    {
        return Ok(None);
    }
    let Ok(entries) = fs::read_dir(path) else {
        return Ok(None);
    };
    entries
        .flatten()
        .map(|entry| changed(&entry.path()))
        .try_fold(None, latest)
}

/// The window, started directly so that it can be ended, too.
#[derive(Debug)]
struct Window {
    process: Child,
}

impl Window {
    fn open(mut command: Command) -> Result<Self> {
        let process = command
            .args(["--profile", PROFILE])
            .stdin(Stdio::null())
            .spawn();
        Ok(Self {
            process: process.context("the window did not start")?,
        })
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let killed = self.process.kill();
        if let Err(error) = killed.and_then(|()| self.process.wait()) {
            eprintln!("the window did not end: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_written_anywhere_below_is_a_change_and_a_generated_one_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, at: u64| {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::File::create(&path)
                .unwrap()
                .set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(at))
                .unwrap();
        };
        let newest = || {
            changed(dir.path())
                .unwrap()
                .map(|at| at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs())
        };
        assert_eq!(newest(), None);
        write("a/b/c.rs", 5);
        write("a/d.rs", 3);
        assert_eq!(newest(), Some(5));
        write("a/gen/schema.json", 9);
        assert_eq!(newest(), Some(5));
    }
}
