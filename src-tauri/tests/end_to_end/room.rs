//! What every test stands in: a desktop, a Knock, and the programs.

use std::{
    fs::{self, File},
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use doorbell_emulator::{Config, Running, Server};
use serde_json::{Value, json};
use xtask::stage::{Stage, StageOptions, wait_until};

/// How long anything may take on a machine that is busy with other things.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
pub(crate) const PROFILE: &str = "end-to-end";
/// Looked for on disk, in logs and on command lines, so no other test may use it.
pub(crate) const KEY: &str = "pk_test_7c1d5be0a94f4f0c";
pub(crate) const WINDOW: &str = env!("CARGO_BIN_EXE_doorbell-window");

/// A desktop with a Knock beside it.
pub(crate) struct Room {
    pub(crate) knock: Running,
    pub(crate) stage: Stage,
}

impl Room {
    pub(crate) async fn open(options: StageOptions) -> Self {
        let config = Config {
            public_key: KEY.into(),
            ..Config::default()
        };
        let knock = Server::start(config, SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .unwrap();
        Self {
            knock,
            stage: Stage::start(options).unwrap(),
        }
    }

    /// Starts the resident with nobody signed in.
    pub(crate) fn resident(&self) -> Resident {
        self.start_resident(&["--hidden"], None)
    }

    /// Starts the resident and signs in.
    pub(crate) fn signed_in_resident(&self) -> Resident {
        let config = self.knock.with(|knock, _| knock.config().clone());
        let file = json!({
            "public_key": config.public_key,
            "user_id": config.user_id,
            "feed_id": config.feed_id,
            "host": self.knock.url(),
        });
        let resident = self.start_resident(&["--hidden", "--connect", "-"], Some(&file));
        wait_until(PATIENCE, "the feed is joined", || {
            self.knock.with(|knock, _| knock.joined(&config.user_id)) > 0
        })
        .unwrap();
        resident
    }

    fn start_resident(&self, arguments: &[&str], connect: Option<&Value>) -> Resident {
        let log = File::create(self.stage.dir().join("log/doorbell.stderr")).unwrap();
        let mut process = self
            .stage
            .command(program("doorbell"))
            .args(["--profile", PROFILE])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut stdin = process.stdin.take().unwrap();
        if let Some(file) = connect {
            stdin.write_all(file.to_string().as_bytes()).unwrap();
        }
        drop(stdin);
        let resident = Resident(process);
        wait_until(PATIENCE, "the resident answers", || self.says_status()).unwrap();
        resident
    }

    fn says_status(&self) -> bool {
        let asked = self
            .doorbell()
            .arg("status")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        asked.is_ok_and(|status| status.success())
    }

    /// The command line of the resident's profile.
    pub(crate) fn doorbell(&self) -> Command {
        let mut command = self.stage.command(program("doorbell"));
        command.args(["--profile", PROFILE]);
        command
    }

    /// Sends the demo's user an item with these words in it.
    pub(crate) fn send(&self, comment: &str) {
        self.knock.with(|knock, now| {
            let user = knock.config().user_id.clone();
            knock
                .trigger("new-comment", &user, json!({ "comment": comment }), now)
                .unwrap();
        });
    }

    /// The user's messages as Knock has them, oldest first.
    pub(crate) fn messages(&self) -> Vec<Value> {
        self.knock.with(|knock, _| {
            let user = knock.config().user_id.clone();
            knock.messages(&user)
        })
    }

    /// Ids of this stage's processes whose program's name starts like this.
    pub(crate) fn processes(&self, name: &str) -> Vec<u32> {
        let own = format!("HOME={}", self.stage.home().display());
        processes()
            .filter(|(_, path)| {
                let read = |file: &str| fs::read(path.join(file)).unwrap_or_default();
                let on_stage = read("environ")
                    .split(|byte| *byte == 0)
                    .any(|entry| entry == own.as_bytes());
                on_stage && read("comm").starts_with(name.as_bytes())
            })
            .map(|(id, _)| id)
            .collect()
    }
}

/// The running `doorbell`, killed when it is dropped.
pub(crate) struct Resident(Child);

impl Resident {
    pub(crate) fn runs(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Resident {
    fn drop(&mut self) {
        if let Err(error) = self.0.kill().and_then(|()| self.0.wait()) {
            eprintln!("the resident cannot be killed: {error}");
        }
    }
}

/// Processes of this machine on whose command line these bytes stand.
pub(crate) fn on_command_lines(needle: &str) -> Vec<u32> {
    processes()
        .filter(|(_, path)| {
            let line = fs::read(path.join("cmdline")).unwrap_or_default();
            line.windows(needle.len())
                .any(|window| window == needle.as_bytes())
        })
        .map(|(id, _)| id)
        .collect()
}

fn processes() -> impl Iterator<Item = (u32, PathBuf)> {
    let entries = fs::read_dir("/proc").unwrap();
    entries
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
}

/// A program of the workspace, built beside the window.
fn program(name: &str) -> PathBuf {
    let path = Path::new(WINDOW).with_file_name(name);
    assert!(
        path.is_file(),
        "{} is missing: run `cargo build --workspace --bins` first",
        path.display()
    );
    path
}
