use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::Figure;
use super::memory::Memory;
use crate::checkout::Checkout;
use crate::step;

/// Goals of the emulator: what a socket may weigh, and when the last one is reached.
const MAX_KB_PER_SOCKET: f64 = 20.0;
const MAX_MS_TO_ALL: f64 = 1000.0;
/// Time to come to rest before memory is looked at.
const REST: Duration = Duration::from_secs(3);

/// Sockets that joined, each of a user of its own, and a broadcast to all of them.
pub(crate) fn measure(checkout: &Checkout, sockets: usize) -> Result<Vec<Figure>> {
    println!("building (release)");
    step::run(checkout.cargo([
        "build",
        "--release",
        "--locked",
        "--package",
        "doorbell-emulator",
        "--bins",
        "--example",
        "sockets",
    ]))?;
    let release = checkout.release_dir()?;
    let mut emulator = Program::start(
        Command::new(release.join("doorbell-emulator"))
            .args(["--port", "0"])
            .args(["--max-connections", &(sockets + 100).to_string()])
            .env("RUST_LOG", "warn"),
    )?;
    let ready = emulator.line()?;
    let mut clients = Program::start(
        Command::new(release.join("examples/sockets")).args([&ready, &sockets.to_string()]),
    )?;
    clients.report()?;
    std::thread::sleep(REST);
    let before = Memory::of(emulator.child.id())?;
    clients.go_on()?;
    let joined = clients.report()?;
    println!("{joined}");
    std::thread::sleep(REST);
    let after = Memory::of(emulator.child.id())?;
    clients.go_on()?;
    let broadcast = clients.report()?;
    println!("{broadcast}");
    clients.go_on()?;
    let reached = broadcast["reached"].as_u64();
    ensure!(
        reached == Some(sockets as u64),
        "of {sockets} sockets {reached:?} were reached"
    );
    let weight = |before: u64, after: u64| {
        after.saturating_sub(before) as f64 * 1024.0 / 1000.0 / sockets as f64
    };
    let number = |value: &Value| value.as_f64().context("a figure is missing");
    let latency = |what, name: &str, limit| -> Result<Figure> {
        Ok(Figure {
            what,
            of: sockets_name(sockets),
            value: number(&broadcast[name])?,
            unit: "ms",
            limit,
        })
    };
    let memory = |what, value, limit| Figure {
        what,
        of: "a joined socket",
        value,
        unit: "kB",
        limit,
    };
    Ok(vec![
        memory(
            "memory, PSS",
            weight(before.pss, after.pss),
            Some(MAX_KB_PER_SOCKET),
        ),
        memory(
            "memory, anonymous",
            weight(before.anonymous, after.anonymous),
            None,
        ),
        Figure {
            what: "time to join",
            of: sockets_name(sockets),
            value: number(&joined["seconds"])?,
            unit: "s",
            limit: None,
        },
        latency("until the first has heard", "first", None)?,
        latency("until half have heard", "median", None)?,
        latency("until 90 % have heard", "p90", None)?,
        latency("until 99 % have heard", "p99", None)?,
        latency("until the last has heard", "last", Some(MAX_MS_TO_ALL))?,
    ])
}

fn sockets_name(sockets: usize) -> &'static str {
    match sockets {
        10_000 => "10,000 sockets",
        _ => "1,000 sockets",
    }
}

/// A program that is spoken with in lines, and killed in the end.
#[derive(Debug)]
struct Program {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Program {
    fn start(command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().context("its output is not there")?;
        Ok(Self {
            child,
            lines: BufReader::new(stdout).lines(),
        })
    }

    fn line(&mut self) -> Result<String> {
        Ok(self.lines.next().context("it ended without a word")??)
    }

    fn report(&mut self) -> Result<Value> {
        Ok(serde_json::from_str(&self.line()?)?)
    }

    fn go_on(&mut self) -> Result<()> {
        let stdin = self
            .child
            .stdin
            .as_mut()
            .context("its input is not there")?;
        Ok(writeln!(stdin)?)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let killed = self.child.kill();
        if let Err(error) = killed.and_then(|()| self.child.wait().map(drop)) {
            eprintln!("a measured program did not end: {error}");
        }
    }
}
