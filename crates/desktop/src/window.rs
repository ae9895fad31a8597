use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use tokio::process::{Child, Command};
use tracing::{info, warn};

/// The window's process: started when it is wanted, gone when it is closed.
#[derive(Debug)]
pub struct Window {
    profile: String,
    program: PathBuf,
    child: Option<Child>,
    starts: VecDeque<Instant>,
    /// The process started last has been at the door.
    came: bool,
}

impl Window {
    pub fn new(profile: &str) -> Self {
        Self {
            profile: profile.to_owned(),
            program: program(),
            child: None,
            starts: VecDeque::new(),
            came: false,
        }
    }

    /// Starts the window, unless it is on its way already.
    ///
    /// Call it only while no window is at the door. The error is a sentence for the person.
    pub fn start(&mut self, activation_token: Option<&str>) -> Result<(), String> {
        let now = Instant::now();
        if let Some(child) = &mut self.child
            && matches!(child.try_wait(), Ok(None))
        {
            let recent = |&at: &Instant| now.duration_since(at) < ARRIVAL;
            if !self.came && self.starts.back().is_some_and(recent) {
                return Ok(());
            }
            info!("the window's process has no business any more; it is started anew");
            if let Err(error) = child.start_kill() {
                warn!(%error, "the window's process cannot be ended");
            }
        }
        self.starts
            .retain(|&at| now.duration_since(at) < RESTARTS_WITHIN);
        if self.starts.len() >= RESTARTS {
            return Err("The window ends as soon as it starts. The log may say why.".to_owned());
        }

        let mut command = Command::new(&self.program);
        command
            .args(["--profile", &self.profile])
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        pass_on(&mut command, activation_token);
        let child = command.spawn().map_err(|error| {
            format!(
                "The window cannot be opened: {} cannot be started ({error}).",
                self.program.display()
            )
        })?;
        info!("window started");
        self.starts.push_back(now);
        self.came = false;
        self.child = Some(child);
        Ok(())
    }

    /// The window came to the door, so that its starts before are no sign of trouble.
    pub fn arrived(&mut self) {
        self.starts.clear();
        self.came = true;
    }

    /// Whether a process of the window has not been seen to end.
    pub fn is_running(&self) -> bool {
        self.child.is_some()
    }

    /// Waits until the window's process has ended, and leaves no zombie of it; for ever when there is none.
    pub async fn ended(&mut self) {
        let Some(child) = &mut self.child else {
            return std::future::pending().await;
        };
        match child.wait().await {
            Ok(status) if status.success() => info!("window closed"),
            Ok(status) => warn!(%status, "window ended"),
            Err(error) => warn!(%error, "the window's process cannot be waited for"),
        }
        self.child = None;
    }
}

/// Hands the token that lets a window come to the front to a program about to be started, and none of our own.
pub(crate) fn pass_on(command: &mut Command, activation_token: Option<&str>) {
    for variable in ["XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID"] {
        match activation_token {
            Some(token) => command.env(variable, token),
            None => command.env_remove(variable),
        };
    }
}

/// `doorbell-window` beside this program, or else wherever PATH has it.
fn program() -> PathBuf {
    let beside = std::env::current_exe()
        .ok()
        .and_then(|own| own.parent().map(|dir| dir.join(NAME)));
    beside
        .filter(|path| path.is_file())
        .unwrap_or_else(|| Path::new(NAME).to_owned())
}

const NAME: &str = "doorbell-window";
/// How long a window may take from its start to the door.
const ARRIVAL: Duration = Duration::from_secs(15);
const RESTARTS: usize = 5;
const RESTARTS_WITHIN: Duration = Duration::from_secs(60);
