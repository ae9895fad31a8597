//! The programs that make up a stage, in the order in which they need each other.

use std::collections::BTreeSet;
use std::env;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow};

use crate::picture::Rectangle;

use super::{PATIENCE, Stage, StageOptions, TrayHost, bus, disk, tray, wait_until};

const SCREEN: &str = "1280x800x24";
/// Where the panel's clock stands, at the right end.
const CLOCK: Rectangle = Rectangle {
    x: 1240,
    y: 0,
    width: 40,
    height: 32,
};
const BACKGROUND: &str = "#5b6f86";
const KEYRING_PASSWORD: &str = "stage";

/// Variables of a stage's programs, and nothing of the session that the test runs in.
pub(super) fn environment(stage: &Path, display: &str) -> Vec<(String, String)> {
    let at = |name: &str| stage.join(name).display().to_string();
    let own = |name: &str, below_home: &str| {
        env::var(name)
            .or_else(|_| env::var("HOME").map(|home| format!("{home}/{below_home}")))
            .unwrap_or_default()
    };
    let path = env::var("PATH").unwrap_or_else(|_| "/usr/local/bin:/usr/bin:/bin".into());
    [
        ("PATH", format!("{}:{path}", at("bin"))),
        ("CARGO_HOME", own("CARGO_HOME", ".cargo")),
        ("RUSTUP_HOME", own("RUSTUP_HOME", ".rustup")),
        ("LANG", "C.UTF-8".into()),
        ("USER", env::var("USER").unwrap_or_else(|_| "root".into())),
        ("SHELL", "/bin/sh".into()),
        ("HOME", at("home")),
        ("XDG_CONFIG_HOME", at("config")),
        ("XDG_DATA_HOME", at("data")),
        ("XDG_STATE_HOME", at("state")),
        ("XDG_CACHE_HOME", at("cache")),
        ("XDG_RUNTIME_DIR", at("run")),
        ("TMPDIR", at("tmp")),
        ("XDG_CURRENT_DESKTOP", "XFCE".into()),
        ("XDG_SESSION_TYPE", "x11".into()),
        ("GDK_BACKEND", "x11".into()),
        // Without an accessibility bus, GTK would wait for one.
        ("NO_AT_BRIDGE", "1".into()),
        ("DISPLAY", display.into()),
        ("DBUS_SESSION_BUS_ADDRESS", bus_address(stage)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

pub(super) fn bus_address(stage: &Path) -> String {
    format!("unix:path={}", stage.join("run/bus").display())
}

impl Stage {
    pub(super) fn raise(&mut self, options: StageOptions) -> Result<()> {
        let bus_config = self.dir().join("bus.conf");
        self.spawn("dbus-daemon", |command| {
            command
                .arg("--config-file")
                .arg(bus_config)
                .args(["--nofork", "--nopidfile"]);
        })?;
        self.screen()?;
        let socket = self.runtime_dir().join("bus");
        self.ready("dbus-daemon", || socket.exists())?;
        if options.keyring {
            self.keyring()?;
        }
        if options.notifications {
            let config = self.dir().join("config/dunst/dunstrc");
            self.spawn("dunst", |command| {
                command.arg("-print").arg("-conf").arg(config);
            })?;
            self.owned("dunst", "org.freedesktop.Notifications")?;
        }
        self.start_tray_host(options.tray)
    }

    /// Starts a tray host on a stage that has none; a panel may take some seconds.
    pub fn start_tray_host(&mut self, host: TrayHost) -> Result<()> {
        match host {
            TrayHost::None => Ok(()),
            TrayHost::Watcher => {
                self.watcher = Some(tray::Watcher::start(&self.bus_address())?);
                Ok(())
            }
            TrayHost::Panel => self.panel(),
        }
    }

    /// Ends the tray host, as when a panel crashes; another one may be started after it.
    pub fn stop_tray_host(&mut self) -> Result<()> {
        if let Some(watcher) = self.watcher.take() {
            watcher.stop()?;
        }
        if let Some(panel) = self.panel.take() {
            self.group.stop(panel)?;
        }
        let address = self.bus_address();
        wait_until(
            PATIENCE,
            "the end of the tray host",
            || matches!(bus::owned_names(&address), Ok(names) if !names.contains(tray::WATCHER)),
        )
    }

    fn screen(&mut self) -> Result<()> {
        // The server itself chooses a free number and says it on the descriptor it is given.
        let log = disk::log_path(self.dir(), "Xvfb");
        let mut command = self.command("Xvfb");
        command
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                SCREEN,
                "-nolisten",
                "tcp",
                "-noreset",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(log)?);
        let number = self
            .group
            .spawn_reading_line(&mut command)
            .context("Xvfb")?;
        anyhow::ensure!(
            number.parse::<u32>().is_ok(),
            "Xvfb did not start:\n{}",
            self.log("Xvfb")
        );
        self.display = format!(":{number}");
        Ok(())
    }

    fn keyring(&mut self) -> Result<()> {
        let password = self.dir().join("tmp/keyring-password");
        File::create(&password)?.write_all(KEYRING_PASSWORD.as_bytes())?;
        let stdin = File::open(&password)?;
        std::fs::remove_file(&password)?;
        self.spawn("gnome-keyring-daemon", |command| {
            command
                .args(["--foreground", "--unlock", "--components=secrets"])
                .stdin(stdin);
        })?;
        self.owned("gnome-keyring-daemon", "org.freedesktop.secrets")?;
        let address = self.bus_address();
        self.ready("gnome-keyring-daemon", || super::keyring::is_open(&address))
    }

    fn panel(&mut self) -> Result<()> {
        self.command("xsetroot")
            .args(["-solid", BACKGROUND])
            .status()
            .context("xsetroot")?;
        self.spawn("openbox", |_| {})?;
        let panel = self.spawn("xfce4-panel", |command| {
            command.arg("--disable-wm-check");
        })?;
        self.panel = Some(panel);
        self.owned("xfce4-panel", tray::WATCHER)?;
        // The panel takes the name before it is drawn, and never shows an icon that comes in between.
        let mut before = None;
        wait_until(PATIENCE, "the panel is drawn", || {
            let now = self.look().ok().map(|screen| screen.crop(CLOCK));
            let settled = now == before && now.as_ref().is_some_and(|clock| !clock.is_blank());
            before = now;
            settled
        })
    }

    fn spawn(&mut self, program: &str, with: impl FnOnce(&mut Command)) -> Result<u32> {
        let log = File::create(disk::log_path(self.dir(), program))?;
        let mut command = self.command(program);
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        with(&mut command);
        self.group
            .spawn(&mut command)
            .with_context(|| format!("{program} did not start; is it installed?"))
    }

    fn owned(&mut self, program: &str, name: &str) -> Result<()> {
        let address = self.bus_address();
        self.ready(program, || {
            bus::owned_names(&address)
                .map(|names: BTreeSet<String>| names.contains(name))
                .unwrap_or(false)
        })
    }

    fn ready(&self, program: &str, condition: impl FnMut() -> bool) -> Result<()> {
        wait_until(PATIENCE, &format!("{program} is ready"), condition)
            .map_err(|error| anyhow!("{error}\n{}", self.log(program)))
    }
}
