//! The packages of PyPI that the project's commands run, in an environment of their own under `target`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::checkout::Checkout;
use crate::step;

const LIST: &str = include_str!("../requirements.txt");

/// The list that an environment was finished for.
const DONE: &str = "requirements.txt";

/// Makes the environment anew unless it is the one of `requirements.txt`; returns where its programs lie.
pub(crate) fn install(checkout: &Checkout) -> Result<PathBuf> {
    let dir = checkout.target()?.join("python");
    let programs = dir.join("bin");
    let done = dir.join(DONE);
    if fs::read_to_string(&done).is_ok_and(|list| list == LIST) {
        return Ok(programs);
    }
    println!("installing the Python packages of xtask/requirements.txt");
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv", "--clear"]).arg(&dir);
    step::run(venv)?;
    let mut pip = Command::new(programs.join("pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(checkout.root.join("xtask/requirements.txt"));
    step::run(pip)?;
    fs::write(&done, LIST).with_context(|| done.display().to_string())?;
    Ok(programs)
}
