//! Everything that must hold, in one run: `cargo xtask test`.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::checkout::Checkout;
use crate::count::{Count, Reporter};
use crate::{contract, setup, step, walls};

const GENERATED: &str = "ui/src/generated";

/// A step that is no test suite counts as one test: it held, or the run ends.
const ONE: Count = Count {
    passed: 1,
    failed: 0,
};
const NONE: Count = Count {
    passed: 0,
    failed: 0,
};

/// Runs every step in order and stops at the first that fails.
pub(crate) fn run(checkout: &Checkout) -> Result<()> {
    let start = Instant::now();
    let mut total = Count::default();
    let mut step = |name: &str, work: &dyn Fn() -> Result<Count>| -> Result<()> {
        println!("\n── {name}");
        let began = Instant::now();
        let count = work().with_context(|| format!("{name} failed"))?;
        println!("── {name}: {} in {}", count, in_words(began.elapsed()));
        total += count;
        Ok(())
    };
    let cargo = |arguments: &[&str]| step::run(checkout.cargo(arguments));
    let npm = |arguments: &[&str]| checkout.npm("ui", arguments);
    let generated = checkout.root.join(GENERATED);

    step("set-up", &|| setup::run(checkout).map(|()| NONE))?;
    step("formatting", &|| {
        cargo(&["fmt", "--all", "--check"]).map(|()| ONE)
    })?;
    step("page: build", &|| {
        step::run(npm(&["run", "build"])).map(|()| NONE)
    })?;
    step("lints", &|| {
        cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ])
        .map(|()| ONE)
    })?;
    step("build", &|| {
        cargo(&["test", "--workspace", "--locked", "--no-run"])?;
        cargo(&["build", "--workspace", "--locked", "--bins"]).map(|()| NONE)
    })?;
    step("docs", &|| {
        let mut docs = checkout.cargo([
            "doc",
            "--no-deps",
            "--locked",
            "-p",
            "doorbell-phoenix",
            "-p",
            "doorbell-knock",
        ]);
        docs.env("RUSTDOCFLAGS", "-D warnings");
        step::run(docs).map(|()| ONE)
    })?;
    let before = files(&generated)?;
    step("tests", &|| {
        let tests = checkout.cargo(["test", "--workspace", "--locked", "--no-fail-fast"]);
        step::run_tests(tests, Reporter::Cargo)
    })?;
    step("emulator: as described", &|| {
        contract::check(checkout, contract::Options::default()).map(|()| ONE)
    })?;
    step("walls: imports", &|| walls::check(&checkout.metadata))?;
    step("walls: generated types", &|| {
        unchanged(checkout, &generated, &before).map(|()| ONE)
    })?;
    step("page: types", &|| {
        step::run(npm(&["run", "check"])).map(|()| ONE)
    })?;
    step("page: units", &|| {
        step::run_tests(npm(&["test"]), Reporter::Vitest)
    })?;
    step("page: browser", &|| {
        step::run_tests(npm(&["run", "e2e"]), Reporter::Playwright)
    })?;
    step("console: browser", &|| {
        let mut console = npm(&["run", "console"]);
        console.env("DOORBELL_EMULATOR", checkout.program("doorbell-emulator")?);
        step::run_tests(console, Reporter::Playwright)
    })?;

    println!("\nall of it in {}", in_words(start.elapsed()));
    println!("{total}");
    Ok(())
}

/// The tests write the page's types anew; what they write must be what is checked in.
fn unchanged(checkout: &Checkout, generated: &Path, before: &[(String, String)]) -> Result<()> {
    let advice =
        format!("{GENERATED} differs from the Rust types; check in what the tests wrote there");
    anyhow::ensure!(files(generated)? == before, "{advice}");
    if checkout.root.join(".git").exists() {
        let mut status = Command::new("git");
        // A checkout may belong to another user, as in a container.
        status.current_dir(&checkout.root).args([
            "-c",
            "safe.directory=*",
            "status",
            "--porcelain",
            "--",
            GENERATED,
        ]);
        let changes = step::output(status)?;
        anyhow::ensure!(changes.is_empty(), "{advice}:\n{changes}");
    }
    Ok(())
}

/// Names and contents of the files in a directory, in order of their names.
fn files(dir: &Path) -> Result<Vec<(String, String)>> {
    let entries = fs::read_dir(dir).with_context(|| dir.display().to_string())?;
    let mut files = entries
        .map(|entry| {
            let entry = entry?;
            Ok((
                entry.file_name().to_string_lossy().into_owned(),
                fs::read_to_string(entry.path())?,
            ))
        })
        .collect::<Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

fn in_words(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}
