use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use xtask::stage::{Stage, StageOptions, TrayHost, tray::Watcher};

use super::Figure;
use super::memory::Memory;
use crate::checkout::Checkout;
use crate::demo::{Emulator, Resident, Workflow, quit};
use crate::step;

const PROFILE: &str = "bench";
/// Time to come to rest after signing in.
const REST: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(10);

/// The resident, signed in to an emulator, and the bare tray: memory at rest, and the time from start to tray.
pub(crate) fn measure(checkout: &Checkout, starts: usize) -> Result<Vec<Figure>> {
    println!("building (release)");
    step::run(checkout.cargo([
        "build",
        "--release",
        "--locked",
        "--package",
        "doorbell-desktop",
        "--package",
        "doorbell-emulator",
        "--bins",
        "--example",
        "bare_tray",
    ]))?;
    let release = checkout.release_dir()?;
    let stage = Stage::start(StageOptions::with_tray(TrayHost::None))?;
    let host = Watcher::start(&stage.bus_address())?;
    let programs = |name: &str| -> Result<Command> { Ok(stage.command(release.join(name))) };
    let bare = || -> Result<Command> { Ok(stage.command(release.join("examples/bare_tray"))) };

    let emulator = Emulator::start(&programs)?;
    let resident = Resident::start(&programs, PROFILE, &emulator)?;
    for _ in 0..3 {
        emulator.trigger(Workflow::NewMessage, "A message to be counted")?;
    }
    std::thread::sleep(REST);
    let doorbell = Memory::of(resident.id())?;
    quit(&programs, PROFILE)?;
    drop(resident);

    let mut least = bare()?.stdin(Stdio::null()).spawn()?;
    std::thread::sleep(REST);
    let bare_memory = Memory::of(least.id());
    least.kill()?;
    least.wait()?;

    let doorbell_start = median(starts, || {
        let mut command = stage.command(release.join("doorbell"));
        command.args(["--profile", PROFILE, "--hidden"]);
        start_to_tray(&host, command)
    })?;
    let bare_start = median(starts, || start_to_tray(&host, bare()?))?;
    Ok(figures(doorbell, bare_memory?, doorbell_start, bare_start))
}

/// Milliseconds from starting the program until the tray host knows its item. The program is ended again.
fn start_to_tray(host: &Watcher, mut command: Command) -> Result<f64> {
    let known = host.registered().len();
    let before = Instant::now();
    let mut child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn()?;
    // It takes milliseconds, so it is looked for often.
    while host.registered().len() == known && before.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_micros(200));
    }
    let took = before.elapsed();
    Command::new("kill").arg(child.id().to_string()).status()?;
    child.wait()?;
    anyhow::ensure!(took < PATIENCE, "no item in the tray within {PATIENCE:?}");
    Ok(took.as_secs_f64() * 1000.0)
}

fn median(times: usize, mut measure: impl FnMut() -> Result<f64>) -> Result<f64> {
    let mut values = (0..times)
        .map(|_| measure())
        .collect::<Result<Vec<f64>>>()?;
    values.sort_by(f64::total_cmp);
    values
        .get(times / 2)
        .copied()
        .context("nothing was measured")
}

fn figures(doorbell: Memory, bare: Memory, doorbell_start: f64, bare_start: f64) -> Vec<Figure> {
    let megabytes = |kib: u64| kib as f64 * 1024.0 / 1_000_000.0;
    let memory = |what, of, kib, limit| Figure {
        what,
        of,
        value: megabytes(kib),
        unit: "MB",
        limit,
    };
    let start = |of, value| Figure {
        what: "start to tray (median)",
        of,
        value,
        unit: "ms",
        limit: None,
    };
    vec![
        memory(
            "memory at rest, PSS",
            "doorbell, signed in",
            doorbell.pss,
            None,
        ),
        memory("memory at rest, PSS", "bare tray", bare.pss, None),
        memory(
            "memory at rest, anonymous",
            "doorbell, signed in",
            doorbell.anonymous,
            None,
        ),
        memory(
            "memory at rest, anonymous",
            "bare tray",
            bare.anonymous,
            None,
        ),
        memory(
            "memory at rest, RSS",
            "doorbell, signed in",
            doorbell.rss,
            None,
        ),
        memory("memory at rest, RSS", "bare tray", bare.rss, None),
        start("doorbell, signed in", doorbell_start),
        start("bare tray", bare_start),
    ]
}
