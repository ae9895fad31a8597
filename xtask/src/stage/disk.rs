use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

pub(super) const OPENED: &str = "opened-urls";
pub(super) const OPENER_CODE: &str = "opener-exit-code";

/// Services that the stage's bus may start by name: the panel's settings and the keyring's prompts.
///
/// Nothing else is, so that a part which was not asked for stays absent.
const SERVICES: [&str; 3] = [
    "org.xfce.Xfconf.service",
    "org.gnome.keyring.SystemPrompter.service",
    "org.gnome.keyring.PrivatePrompter.service",
];

const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=STAGE/run/bus</listen>
  <auth>EXTERNAL</auth>
  <servicedir>STAGE/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

const OPENER: &str = r#"#!/bin/sh
printf '%s\n' "$1" >> "STAGE/opened-urls"
exit "$(cat "STAGE/opener-exit-code" 2>/dev/null || echo 0)"
"#;

const DUNST: &str = include_str!("dunstrc");
const PANEL: &str = include_str!("xfce4-panel.xml");

/// Creates the directories and the configuration that the stage's programs find.
pub(super) fn furnish(stage: &Path) -> Result<()> {
    for dir in [
        "bin", "home", "config", "data", "state", "cache", "tmp", "log", "services", "run",
    ] {
        fs::create_dir_all(stage.join(dir))?;
    }
    fs::set_permissions(stage.join("run"), Permissions::from_mode(0o700))?;
    let root = stage.to_str().context("the stage's path is not text")?;
    fs::write(stage.join("bus.conf"), BUS.replace("STAGE", root))?;
    let opener = stage.join("bin/xdg-open");
    fs::write(&opener, OPENER.replace("STAGE", root))?;
    fs::set_permissions(&opener, Permissions::from_mode(0o755))?;
    for service in SERVICES {
        symlink(
            Path::new("/usr/share/dbus-1/services").join(service),
            stage.join("services").join(service),
        )?;
    }
    fs::create_dir_all(stage.join("config/dunst"))?;
    fs::write(stage.join("config/dunst/dunstrc"), DUNST)?;
    let xfconf = stage.join("config/xfce4/xfconf/xfce-perchannel-xml");
    fs::create_dir_all(&xfconf)?;
    fs::write(xfconf.join("xfce4-panel.xml"), PANEL)?;
    Ok(())
}

pub(super) fn log_path(stage: &Path, program: &str) -> PathBuf {
    stage.join("log").join(format!("{program}.log"))
}

/// Lines of a file; a file that does not exist has none.
pub(super) fn lines(path: &Path) -> Result<Vec<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// Regular files under `dir` that contain `needle`; files that vanish meanwhile are passed over.
pub(super) fn find(dir: &Path, needle: &[u8]) -> Result<Vec<PathBuf>> {
    anyhow::ensure!(!needle.is_empty(), "nothing to look for");
    let mut found = Vec::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        let Some(entries) = present(fs::read_dir(&dir))? else {
            continue;
        };
        for entry in entries {
            let entry = entry?;
            let Some(kind) = present(entry.file_type())? else {
                continue;
            };
            if kind.is_dir() {
                dirs.push(entry.path());
            } else if kind.is_file() {
                let Some(bytes) = present(fs::read(entry.path()))? else {
                    continue;
                };
                if bytes.windows(needle.len()).any(|window| window == needle) {
                    found.push(entry.path());
                }
            }
        }
    }
    found.sort();
    Ok(found)
}

fn present<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_needle_is_found_in_any_depth_and_elsewhere_not() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("a/b")).unwrap();
        fs::write(dir.path().join("a/b/held"), b"\0\xffxx-secret-yy").unwrap();
        fs::write(dir.path().join("a/clean"), b"secre t").unwrap();
        assert_eq!(
            find(dir.path(), b"secret").unwrap(),
            [dir.path().join("a/b/held")]
        );
    }
}
