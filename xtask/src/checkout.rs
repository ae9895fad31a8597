use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

/// The project's directory, and where its builds go.
#[derive(Debug)]
pub(crate) struct Checkout {
    pub root: PathBuf,
    /// What cargo knows about the workspace, for this machine's platform.
    pub metadata: Value,
}

impl Checkout {
    /// The checkout that this program was built from.
    pub(crate) fn here() -> Result<Self> {
        let manifest = std::env::var("CARGO_MANIFEST_DIR")
            .unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&manifest)
            .parent()
            .context("xtask lies in the project's directory")?
            .to_owned();
        let metadata = Command::new(cargo())
            .current_dir(&root)
            .args([
                "metadata",
                "--format-version",
                "1",
                "--locked",
                "--filter-platform",
                &host()?,
            ])
            .stderr(Stdio::inherit())
            .output()
            .context("cargo metadata")?;
        anyhow::ensure!(metadata.status.success(), "cargo cannot read the workspace");
        Ok(Self {
            root,
            metadata: serde_json::from_slice(&metadata.stdout)?,
        })
    }

    /// A cargo command at the root, with the checked-in lock file.
    pub(crate) fn cargo<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(
        &self,
        arguments: I,
    ) -> Command {
        let mut command = Command::new(cargo());
        command.current_dir(&self.root).args(arguments);
        command
    }

    /// An npm command in a directory of the project.
    pub(crate) fn npm(&self, dir: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("npm");
        command.current_dir(self.root.join(dir)).args(arguments);
        command
    }

    /// A program that the debug build of the workspace made.
    pub(crate) fn program(&self, name: &str) -> Result<PathBuf> {
        Ok(self.target()?.join("debug").join(name))
    }

    /// Where release builds lie.
    pub(crate) fn release_dir(&self) -> Result<PathBuf> {
        Ok(self.target()?.join("release"))
    }

    /// Where builds lie, and what else can be made anew.
    pub(crate) fn target(&self) -> Result<&Path> {
        let target = self.metadata["target_directory"].as_str();
        Ok(Path::new(
            target.context("cargo names no target directory")?,
        ))
    }
}

fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".into())
}

fn host() -> Result<String> {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().context("rustc")?;
    let text = String::from_utf8(output.stdout)?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not say its platform")?.to_owned())
}
