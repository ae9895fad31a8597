use std::io::{BufRead, BufReader, Seek, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use xtask::stage::wait_for;

use crate::step;

/// How long the sign-in may take: a fetch, a join, and perhaps a person who unlocks the keyring.
const SIGN_IN: Duration = Duration::from_secs(120);

/// Makes a command for one of the workspace's programs, where the demo plays.
pub(crate) type Programs<'a> = &'a dyn Fn(&str) -> Result<Command>;

/// The workflows of the emulator that the demo triggers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Workflow {
    NewMessage,
    NewComment,
    Welcome,
}

impl Workflow {
    fn key(self) -> &'static str {
        match self {
            Self::NewMessage => "new-message",
            Self::NewComment => "new-comment",
            Self::Welcome => "welcome-flow",
        }
    }
}

/// A running `doorbell-emulator`, and what it said of itself when it was ready.
#[derive(Debug)]
pub(crate) struct Emulator {
    process: Child,
    /// Also what `doorbell --connect` reads.
    ready: Value,
}

impl Emulator {
    pub(crate) fn start(programs: Programs<'_>) -> Result<Self> {
        let mut command = programs("doorbell-emulator")?;
        command
            .args(["--port", "0"])
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut process = command.spawn().context("the emulator did not start")?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let ready = serde_json::from_str(&line);
        Ok(Self {
            process,
            ready: ready.with_context(|| format!("the emulator said {line:?}"))?,
        })
    }

    /// Triggers a workflow for the demo's user, as a back end would, with `words` in it.
    pub(crate) fn trigger(&self, workflow: Workflow, words: &str) -> Result<()> {
        let data = json!({ "message": words, "comment": words });
        let url = self.trigger_url(workflow)?;
        ureq::post(&url)
            .header(
                "Authorization",
                format!("Bearer {}", self.field("secret_key")?),
            )
            .send_json(json!({
                "recipients": [self.field("user_id")?],
                "actor": { "id": "ada", "name": "Ada Moreau" },
                "data": data,
            }))
            .with_context(|| format!("POST {url}"))?;
        Ok(())
    }

    /// A line for the terminal that triggers a workflow.
    pub(crate) fn curl(&self, workflow: Workflow) -> Result<String> {
        Ok(format!(
            "curl -sS {} -H 'Authorization: Bearer {}' -H 'Content-Type: application/json' \
             -d '{{\"recipients\":[\"{}\"]}}'",
            self.trigger_url(workflow)?,
            self.field("secret_key")?,
            self.field("user_id")?,
        ))
    }

    fn trigger_url(&self, workflow: Workflow) -> Result<String> {
        Ok(format!(
            "{}/v1/workflows/{}/trigger",
            self.field("url")?,
            workflow.key()
        ))
    }

    fn field(&self, name: &str) -> Result<&str> {
        self.ready[name]
            .as_str()
            .with_context(|| format!("the emulator did not say its {name}"))
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        end(&mut self.process, "the emulator");
    }
}

/// A running `doorbell` on a profile of its own, signed in to the emulator.
#[derive(Debug)]
pub(crate) struct Resident {
    process: Child,
}

impl Resident {
    /// Starts the resident and returns when it is connected.
    pub(crate) fn start(
        programs: Programs<'_>,
        profile: &str,
        emulator: &Emulator,
    ) -> Result<Self> {
        Self::start_unless(&mut || false, programs, profile, emulator)?
            .context("the start was given up")
    }

    /// The same, unless `stop` says to give it up: then the resident has ended, and there is none.
    pub(crate) fn start_unless(
        stop: &mut dyn FnMut() -> bool,
        programs: Programs<'_>,
        profile: &str,
        emulator: &Emulator,
    ) -> Result<Option<Self>> {
        // One that was left over would take the sign-in and be an older program.
        quit(programs, profile)?;
        let mut account = tempfile::tempfile()?;
        account.write_all(emulator.ready.to_string().as_bytes())?;
        account.rewind()?;
        let mut command = programs("doorbell")?;
        command
            .args(["--profile", profile, "--hidden", "--connect", "-"])
            .stdin(account);
        let mut resident = Self {
            process: command.spawn().context("doorbell did not start")?,
        };
        let start = wait_for(SIGN_IN, "doorbell is connected", || {
            if stop() {
                Some(Start::GivenUp)
            } else if !resident.runs() {
                Some(Start::Ended)
            } else {
                is_connected(programs, profile).then_some(Start::Connected)
            }
        })?;
        match start {
            Start::Connected => Ok(Some(resident)),
            Start::GivenUp => Ok(None),
            Start::Ended => bail!("doorbell ended before it was connected"),
        }
    }

    pub(crate) fn runs(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }
}

/// What became of a resident that was started.
enum Start {
    Connected,
    GivenUp,
    Ended,
}

impl Drop for Resident {
    fn drop(&mut self) {
        end(&mut self.process, "doorbell");
    }
}

/// Asks the resident of a profile to end, if there is one; returns when it has ended.
pub(crate) fn quit(programs: Programs<'_>, profile: &str) -> Result<()> {
    let mut command = programs("doorbell")?;
    command.args(["--profile", profile, "quit"]);
    step::output(command).map(drop)
}

/// Signs the profile out, so that the keyring forgets its account, and ends its resident if there is one.
pub(crate) fn leave(programs: Programs<'_>, profile: &str) -> Result<()> {
    let mut command = programs("doorbell")?;
    command.args(["--profile", profile, "sign-out", "--all"]);
    let signed_out = step::output(command).map(drop);
    signed_out.and(quit(programs, profile))
}

fn is_connected(programs: Programs<'_>, profile: &str) -> bool {
    let Ok(mut command) = programs("doorbell") else {
        return false;
    };
    let status = command
        .args(["--profile", profile, "status"])
        .stdin(Stdio::null())
        .output();
    status.is_ok_and(|status| status.stdout.trim_ascii_end().ends_with(b" Connected."))
}

/// Kills what still runs and waits for it.
fn end(process: &mut Child, name: &str) {
    let killed = process.kill();
    if let Err(error) = killed.and_then(|()| process.wait()) {
        eprintln!("{name} did not end: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A doorbell that writes down what it was called with, and takes for ever to sign in.
    fn slow_doorbell(calls: &std::path::Path) -> impl Fn(&str) -> Result<Command> + use<> {
        let script = format!(
            "echo \"$*\" >> '{}'; case \"$*\" in *--connect*) exec sleep 600;; *status*) exit 1;; esac",
            calls.display()
        );
        move |_| {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", &script, "doorbell"]);
            Ok(command)
        }
    }

    #[test]
    fn a_start_that_is_given_up_leaves_no_resident() {
        let dir = tempfile::tempdir().unwrap();
        let calls = dir.path().join("calls");
        let emulator = Emulator {
            process: Command::new("sleep").arg("600").spawn().unwrap(),
            ready: json!({}),
        };
        let programs = slow_doorbell(&calls);
        let mut asked = 0;
        let mut stop = || {
            asked += 1;
            asked > 2
        };
        let resident = Resident::start_unless(&mut stop, &programs, "demo", &emulator).unwrap();
        assert!(resident.is_none());
        let calls = std::fs::read_to_string(calls).unwrap();
        assert!(calls.starts_with("--profile demo quit\n"), "{calls}");
        assert!(calls.contains("--profile demo status\n"), "{calls}");
    }

    #[test]
    fn leaving_signs_out_before_it_quits() {
        let dir = tempfile::tempdir().unwrap();
        let calls = dir.path().join("calls");
        leave(&slow_doorbell(&calls), "demo").unwrap();
        assert_eq!(
            std::fs::read_to_string(calls).unwrap(),
            "--profile demo sign-out --all\n--profile demo quit\n"
        );
    }
}
