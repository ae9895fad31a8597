use std::{
    collections::VecDeque,
    convert::Infallible,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::{Child, ChildStderr, Command},
    time::timeout,
};
use tracing::{info, warn};

/// The window's process: started when it is wanted, gone when it is closed.
#[derive(Debug)]
pub struct Window {
    profile: String,
    program: PathBuf,
    child: Option<Child>,
    words: LastWords<ChildStderr>,
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
            words: LastWords::of(None),
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
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        pass_on(&mut command, activation_token);
        let mut child = command.spawn().map_err(|error| {
            format!(
                "The window cannot be opened: {} cannot be started ({error}).",
                self.program.display()
            )
        })?;
        info!("window started");
        self.starts.push_back(now);
        self.came = false;
        self.words = LastWords::of(child.stderr.take());
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
    ///
    /// A sentence for the person when it failed before it came to the door. Dropping a pending call loses nothing.
    pub async fn ended(&mut self) -> Option<String> {
        let Some(child) = &mut self.child else {
            return std::future::pending().await;
        };
        let status = tokio::select! {
            status = child.wait() => status,
            never = self.words.listen() => match never {},
        };
        // What it said last may still be on its way; a process that it left behind may hold the pipe open.
        let _ = timeout(LAST_WORDS_WITHIN, self.words.hear_all()).await;
        self.child = None;
        match status {
            Ok(status) if status.success() => info!("window closed"),
            Ok(status) => {
                for line in self.words.lines() {
                    warn!("window: {line}");
                }
                warn!(%status, "window ended");
                if !self.came {
                    return Some(format!(
                        "The window cannot be opened: it ended at once ({status}). The log has its last words."
                    ));
                }
            }
            Err(error) => warn!(%error, "the window's process cannot be waited for"),
        }
        None
    }
}

/// The end of what a program says on its standard error.
#[derive(Debug)]
struct LastWords<R> {
    from: Option<R>,
    /// At most [`LAST_WORDS`] bytes.
    heard: VecDeque<u8>,
}

impl<R: AsyncRead + Unpin> LastWords<R> {
    fn of(from: Option<R>) -> Self {
        Self {
            from,
            heard: VecDeque::new(),
        }
    }

    /// Keeps listening, for ever.
    async fn listen(&mut self) -> Infallible {
        self.hear_all().await;
        std::future::pending().await
    }

    /// Listens until there is nothing more to hear. Dropping a pending call loses nothing.
    async fn hear_all(&mut self) {
        let mut bytes = [0; 1024];
        while let Some(from) = &mut self.from {
            match from.read(&mut bytes).await {
                Ok(0) | Err(_) => self.from = None,
                Ok(read) => {
                    self.heard.extend(&bytes[..read]);
                    let too_many = self.heard.len().saturating_sub(LAST_WORDS);
                    self.heard.drain(..too_many);
                }
            }
        }
    }

    /// The last lines, fit for a log.
    fn lines(&mut self) -> Vec<String> {
        let text = String::from_utf8_lossy(self.heard.make_contiguous());
        let lines = text.lines().map(|line| line.replace(char::is_control, " "));
        let lines: Vec<String> = lines.filter(|line| !line.trim().is_empty()).collect();
        lines[lines.len().saturating_sub(LAST_LINES)..].to_vec()
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
const LAST_WORDS: usize = 4096;
const LAST_LINES: usize = 10;
const LAST_WORDS_WITHIN: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn of_what_a_program_says_the_last_lines_are_kept() {
        let said: String = (0..2000)
            .map(|line| format!("line {line}\x1b[0m\n\n"))
            .collect();
        let mut words = LastWords::of(Some(said.as_bytes()));
        words.hear_all().await;
        assert_eq!(words.heard.len(), LAST_WORDS);
        let lines = words.lines();
        assert_eq!(lines.len(), LAST_LINES);
        assert_eq!(lines[0], "line 1990 [0m");
        assert_eq!(lines[9], "line 1999 [0m");
        assert!(LastWords::of(Some(&b""[..])).lines().is_empty());
    }
}
