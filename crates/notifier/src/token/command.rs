//! Runs a token command: its own process group, no input, bounded output, an end to its time.

use std::{process::Stdio, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    pin,
    process::{Child, Command},
    time::timeout,
};
use tracing::debug;

use super::{TokenError, issued::MAX_BYTES};

/// What the command printed, once it has ended well.
///
/// No more than one byte beyond what a token may have is kept. What it wrote to its standard error goes to the log,
/// at debug and without what looks like a secret.
pub(super) async fn output(
    program: &str,
    args: &[String],
    within: Duration,
) -> Result<Vec<u8>, TokenError> {
    let mut command = Command::new(program);
    command
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    #[cfg(windows)]
    command.creation_flags(CREATE_NO_WINDOW);
    // The error names neither program nor arguments.
    let mut child = command
        .spawn()
        .map_err(|error| TokenError::NotStarted(error.to_string()))?;
    let group = Group::of(&child);
    let outcome = timeout(within, listen(&mut child)).await;
    if outcome.is_ok() {
        group.dismiss();
    }
    let (code, said) = outcome.map_err(|_| TokenError::TooSlow)??;
    for line in String::from_utf8_lossy(&said.complaint).lines() {
        debug!("the token command says: {}", without_secrets(line));
    }
    match code {
        Some(0) => Ok(said.answer),
        code => Err(TokenError::Failed { code }),
    }
}

struct Said {
    answer: Vec<u8>,
    complaint: Vec<u8>,
}

/// Hears the command to its end. One that leaves a program behind, which holds on to the pipes, is not waited for.
async fn listen(child: &mut Child) -> Result<(Option<i32>, Said), TokenError> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let mut said = Said {
        answer: Vec::new(),
        complaint: Vec::new(),
    };
    let Said { answer, complaint } = &mut said;
    let status = {
        let hearing = async {
            tokio::join!(
                keep(stdout, answer, MAX_BYTES + 1),
                keep(stderr, complaint, MAX_COMPLAINT_BYTES)
            )
        };
        pin!(hearing);
        let mut heard = false;
        let status = loop {
            tokio::select! {
                biased;
                _ = &mut hearing, if !heard => heard = true,
                status = child.wait() => break status,
            }
        };
        if !heard {
            let _ = timeout(AFTERWARDS, hearing).await;
        }
        status
    };
    let status = status.map_err(|error| TokenError::NotStarted(error.to_string()))?;
    Ok((status.code(), said))
}

/// Reads to the end and keeps the first `limit` bytes.
async fn keep(pipe: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>, limit: usize) {
    let Some(mut pipe) = pipe else { return };
    let mut chunk = [0; 4096];
    while let Ok(read @ 1..) = pipe.read(&mut chunk).await {
        let room = limit - kept.len();
        kept.extend_from_slice(&chunk[..read.min(room)]);
    }
}

/// The line with what looks like a key or a token replaced.
fn without_secrets(line: &str) -> String {
    let apart = |c: char| c.is_whitespace() || "\"'`,;:=&?<>()[]{}".contains(c);
    let mut shown = String::new();
    for piece in line.split_inclusive(apart) {
        let word = piece.trim_end_matches(apart);
        let prefixed = ["sk_", "pk_", "eyJ"]
            .iter()
            .any(|start| word.starts_with(start));
        let random = word.len() >= 20 && word.contains(|c: char| c.is_ascii_digit());
        if prefixed || random {
            shown.push('…');
            shown.push_str(&piece[word.len()..]);
        } else {
            shown.push_str(piece);
        }
    }
    shown
}

/// The command and what it started. They end when this is dropped, unless they were dismissed.
struct Group(Option<u32>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id())
    }

    fn dismiss(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(leader) = self
            .0
            .and_then(|id| i32::try_from(id).ok())
            .and_then(rustix::process::Pid::from_raw)
        {
            // Whoever has gone need not be ended.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}

/// What is still in the pipes when the command has ended is read within this.
const AFTERWARDS: Duration = Duration::from_millis(500);
const MAX_COMPLAINT_BYTES: usize = 4 * 1024;
#[cfg(windows)]
const CREATE_NO_WINDOW: u32 = 0x0800_0000;

#[cfg(all(test, unix))]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::token::BadAnswer;

    const LONG: Duration = Duration::from_secs(30);

    async fn sh(script: &str, within: Duration) -> Result<Vec<u8>, TokenError> {
        output("/bin/sh", &["-c".to_owned(), script.to_owned()], within).await
    }

    #[tokio::test]
    async fn what_it_prints_is_the_answer() {
        assert_eq!(sh("echo a.b.c", LONG).await.unwrap(), b"a.b.c\n");
        assert_eq!(
            sh("echo a; echo oh >&2", LONG).await.unwrap(),
            b"a\n",
            "what it complains of is not"
        );
        assert_eq!(
            output(
                "printf",
                &["%s|".into(), "a b".into(), "$HOME".into()],
                LONG
            )
            .await
            .unwrap(),
            b"a b|$HOME|",
            "no shell reads the arguments"
        );
    }

    #[tokio::test]
    async fn it_has_no_input() {
        assert_eq!(sh("cat; echo done", LONG).await.unwrap(), b"done\n");
    }

    #[tokio::test]
    async fn how_it_fails_is_told_apart() {
        let code = |code| TokenError::Failed { code };
        assert_eq!(sh("echo a; exit 3", LONG).await, Err(code(Some(3))));
        assert_eq!(sh("kill -9 $$", LONG).await, Err(code(None)));
        let absent = output("/nonexistent/mint", &["secret".into()], LONG).await;
        let TokenError::NotStarted(reason) = absent.unwrap_err() else {
            panic!("it was not there")
        };
        assert!(!reason.contains("mint") && !reason.contains("secret"));
    }

    #[tokio::test]
    async fn output_without_end_is_kept_only_in_part() {
        let long = sh("head -c 1000000 /dev/zero", LONG).await.unwrap();
        assert_eq!(long.len(), MAX_BYTES + 1);
        let issued = crate::token::Issued::parse(&long, time::OffsetDateTime::UNIX_EPOCH);
        assert_eq!(issued, Err(BadAnswer::TooLong));
    }

    #[tokio::test]
    async fn one_that_takes_too_long_is_ended_with_what_it_started() {
        let dir = std::env::temp_dir().join(format!("doorbell-token-{}", std::process::id()));
        let script = format!("sleep 600 & echo $! > {}; wait", dir.display());
        let slow = tokio::spawn(async move { sh(&script, Duration::from_secs(2)).await });
        assert_eq!(slow.await.unwrap(), Err(TokenError::TooSlow));
        let started = std::fs::read_to_string(&dir).unwrap();
        std::fs::remove_file(&dir).unwrap();
        let pid = rustix::process::Pid::from_raw(started.trim().parse().unwrap()).unwrap();
        let begun = Instant::now();
        let ended = || {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
            // A zombie has ended, and only waits for whoever inherits it.
            stat.map_or(true, |stat| stat.contains(") Z "))
        };
        while !ended() {
            assert!(begun.elapsed() < LONG, "it still runs");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    #[tokio::test]
    async fn one_that_leaves_a_program_behind_is_heard_all_the_same() {
        let began = Instant::now();
        let answer = sh("echo a.b.c; sleep 20 &", LONG).await;
        assert_eq!(answer.unwrap(), b"a.b.c\n");
        assert!(began.elapsed() < Duration::from_secs(15));
    }

    #[test]
    fn what_it_complains_of_is_logged_without_secrets() {
        for (line, expected) in [
            ("no such file: /etc/mint", "no such file: /etc/mint"),
            ("token=eyJhbGciOiJSUzI1NiJ9.e30.x!", "token=…"),
            ("key \"sk_test_1\", please", "key \"…\", please"),
            (
                "Authorization: Bearer 0a1b2c3d4e5f6a7b8c9d",
                "Authorization: Bearer …",
            ),
            ("", ""),
        ] {
            assert_eq!(without_secrets(line), expected);
        }
    }
}
