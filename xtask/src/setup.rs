//! What every other command does first: the toolchains, the system's packages, the packages of npm.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::checkout::Checkout;
use crate::{packages, step};

const RUST: (u32, u32) = (1, 90);
const NODE: (u32, u32) = (20, 19);
const NPM_DIRS: [&str; 2] = ["ui", "crates/emulator/tests/sdk"];

pub(crate) fn run(checkout: &Checkout) -> Result<()> {
    at_least("rustc", RUST, "https://rustup.rs")?;
    at_least("node", NODE, "https://nodejs.org")?;
    if cfg!(target_os = "linux") {
        packages::install()?;
    }
    for dir in NPM_DIRS {
        if !is_fresh(&checkout.root.join(dir))? {
            println!("npm ci in {dir}");
            step::run(checkout.npm(dir, &["ci", "--no-audit", "--no-fund"]))?;
        }
    }
    Ok(())
}

/// Builds the page and then every program; the window carries the page inside.
pub(crate) fn build(checkout: &Checkout) -> Result<()> {
    println!("building");
    step::run(checkout.npm(
        "ui",
        &["run", "--silent", "build", "--", "--logLevel", "warn"],
    ))?;
    step::run(checkout.cargo(["build", "--workspace", "--bins"]))
}

fn at_least(program: &str, (major, minor): (u32, u32), source: &str) -> Result<()> {
    let found = packages::version(program).with_context(|| {
        format!("Doorbell is built with {program} {major}.{minor} or newer, from {source}")
    })?;
    anyhow::ensure!(
        found >= (major, minor),
        "{program} is {}.{}; Doorbell needs {major}.{minor} or newer, from {source}",
        found.0,
        found.1
    );
    Ok(())
}

/// Whether an installation was finished after the lock file last changed.
fn is_fresh(dir: &Path) -> Result<bool> {
    let lock = dir.join("package-lock.json");
    let locked = fs::metadata(&lock).and_then(|lock| lock.modified());
    let locked = locked.with_context(|| lock.display().to_string())?;
    // npm writes this file last.
    let finished =
        fs::metadata(dir.join("node_modules/.package-lock.json")).and_then(|file| file.modified());
    Ok(finished.is_ok_and(|finished| finished >= locked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_older_than_its_lock_file_is_not_fresh() {
        let dir = tempfile::tempdir().unwrap();
        let lock = dir.path().join("package-lock.json");
        let done = dir.path().join("node_modules/.package-lock.json");
        assert!(is_fresh(dir.path()).is_err());
        fs::write(&lock, "{}").unwrap();
        assert!(!is_fresh(dir.path()).unwrap());
        fs::create_dir(dir.path().join("node_modules")).unwrap();
        fs::write(&done, "{}").unwrap();
        assert!(is_fresh(dir.path()).unwrap());
        let later =
            fs::metadata(&done).unwrap().modified().unwrap() + std::time::Duration::from_secs(1);
        fs::File::options()
            .write(true)
            .open(&lock)
            .unwrap()
            .set_modified(later)
            .unwrap();
        assert!(!is_fresh(dir.path()).unwrap());
    }
}
