//! The system's packages that the project needs, by name, through apt-get.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::step;

const LIST: &str = include_str!("../packages.txt");

/// Installs what is missing of `packages.txt`; costs one look when nothing is.
pub(crate) fn install() -> Result<()> {
    let wanted = names(LIST);
    let missing = match installed(&wanted) {
        Some(installed) => wanted
            .iter()
            .filter(|name| !installed.contains(**name))
            .copied()
            .collect::<Vec<_>>(),
        None => bail!(
            "this is not Debian or one of its relatives, so packages cannot be installed by name here. \
             Install what these Debian packages hold, and put a dpkg-query on PATH that knows them:\n  {}",
            wanted.join(" ")
        ),
    };
    if missing.is_empty() {
        return Ok(());
    }
    let Some(prefix) = privileges() else {
        bail!(
            "some packages are missing, and neither is this root nor may it use sudo without a password. \
             Install them and run this again:\n  apt-get install --no-install-recommends {}",
            missing.join(" ")
        );
    };
    println!("installing {}", missing.join(" "));
    // What an interrupted run left half done, nothing else can be installed upon.
    step::run(privileged(prefix, &["dpkg", "--configure", "-a"]))?;
    let apt = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"];
    step::run(privileged(prefix, &[&apt[..], &["update"]].concat()))?;
    let install = ["install", "--fix-broken", "-y", "--no-install-recommends"];
    step::run(privileged(
        prefix,
        &[&apt[..], &install[..], &missing[..]].concat(),
    ))
}

/// One name a line; `#` starts a comment.
fn names(list: &str) -> Vec<&str> {
    let uncommented = list
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim());
    uncommented.filter(|name| !name.is_empty()).collect()
}

/// Which of the packages are installed whole, or nothing where there is no dpkg.
fn installed(wanted: &[&str]) -> Option<BTreeSet<String>> {
    // dpkg-query complains about names it never heard of, on the side.
    let output = Command::new("dpkg-query")
        .args(["--show", "--showformat", "${Package} ${db:Status-Status}\n"])
        .args(wanted)
        .stderr(Stdio::null())
        .output()
        .ok()?;
    Some(whole(&String::from_utf8_lossy(&output.stdout)))
}

fn whole(answer: &str) -> BTreeSet<String> {
    answer
        .lines()
        .filter_map(|line| line.strip_suffix(" installed"))
        .map(str::to_owned)
        .collect()
}

/// What to put before a command so that it runs as root, if anything allows that.
fn privileges() -> Option<&'static [&'static str]> {
    let answers = |command: &mut Command| {
        command
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .ok()
    };
    let id = answers(Command::new("id").arg("-u"))?;
    if id.stdout.trim_ascii() == b"0" {
        return Some(&[]);
    }
    answers(Command::new("sudo").args(["-n", "true"]))?
        .status
        .success()
        .then_some(&["sudo", "-n"])
}

fn privileged(prefix: &[&str], command: &[&str]) -> Command {
    let words = [prefix, &["env", "DEBIAN_FRONTEND=noninteractive"], command].concat();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    command
}

/// The version that a program says it has, such as 20.11 from `v20.11.1`.
pub(crate) fn version(program: &str) -> Result<(u32, u32)> {
    let output = Command::new(program).arg("--version").output();
    let output = output.with_context(|| format!("{program} is not installed"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    parse_version(&text).with_context(|| format!("{program} says {text:?} for its version"))
}

fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut words = text
        .split_whitespace()
        .map(|word| word.trim_start_matches('v'));
    let number = words.find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let mut parts = number.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_empty_lines_are_not_packages() {
        assert_eq!(
            names("# tools\n\nxvfb\n  dunst # toasts\n"),
            ["xvfb", "dunst"]
        );
        assert!(names(LIST).contains(&"libwebkit2gtk-4.1-dev"));
    }

    #[test]
    fn a_package_that_is_only_unpacked_is_missing() {
        let found = whole("xvfb installed\ndunst half-configured\nscrot not-installed\n");
        assert_eq!(found, BTreeSet::from(["xvfb".to_owned()]));
    }

    #[test]
    fn versions_are_read_as_the_programs_say_them() {
        assert_eq!(parse_version("v20.20.2\n"), Some((20, 20)));
        assert_eq!(
            parse_version("rustc 1.95.0 (59807616e 2026-04-14)\n"),
            Some((1, 95))
        );
        assert_eq!(parse_version("nothing"), None);
    }
}
