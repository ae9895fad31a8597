//! What takes long, one step after the other, and its figures in `docs/reliability.md`.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::checkout::Checkout;
use crate::{mutants, simulate, step};

const PAGE: &str = "docs/reliability.md";
const BEGIN: &str = "<!-- figures of cargo xtask verify -->";
const END: &str = "<!-- end of the figures -->";
const LIVES: u64 = 10_000;
const STOPPED_SECONDS: &str = "90";
const KILLS: &str = "200";

/// One step: what it proves, what it ended with, and how long it took.
struct Figure {
    what: &'static str,
    last: String,
    took: Duration,
}

/// Runs every step, stops at the first that fails, and writes the figures down.
pub(crate) fn run(checkout: &Checkout) -> Result<()> {
    let mut figures = Vec::new();
    let mut take = |what: &'static str, work: &dyn Fn() -> Result<String>| -> Result<()> {
        println!("\n── {what}");
        let begun = Instant::now();
        let last = work().with_context(|| format!("{what} failed"))?;
        let took = begun.elapsed();
        println!("── {what}: {last}");
        figures.push(Figure { what, last, took });
        Ok(())
    };
    take("Lives lived", &|| {
        simulate::run(checkout, &simulate::Options::of(LIVES))
    })?;
    take("Faults planted", &|| mutants::run(checkout))?;
    take("Resident stopped", &|| {
        desktop(
            checkout,
            "stopped",
            ("DOORBELL_STOPPED_SECONDS", STOPPED_SECONDS),
            "stopped for ",
        )
    })?;
    take("Resident killed", &|| {
        desktop(
            checkout,
            "killed",
            ("DOORBELL_KILLS", KILLS),
            &format!("{KILLS} kills, "),
        )
    })?;
    take("Official SDKs", &|| sdks(checkout))?;
    let page = checkout.root.join(PAGE);
    let text = fs::read_to_string(&page).with_context(|| PAGE.to_owned())?;
    let text = with_figures(&text, &table(&figures)?)?;
    fs::write(&page, text)?;
    println!("\nwrote {PAGE}");
    Ok(())
}

/// A test of the real resident at its full length, and the line in which it says how it went.
fn desktop(
    checkout: &Checkout,
    name: &str,
    (variable, value): (&str, &str),
    begins: &str,
) -> Result<String> {
    let mut test = checkout.cargo(["test", "--workspace", "--locked"]);
    test.args(["--test", name, "--", "--nocapture"])
        .env(variable, value);
    last_line(test, begins)
}

fn sdks(checkout: &Checkout) -> Result<String> {
    let program = std::env::current_exe()?;
    let mut sdk = Command::new(program);
    sdk.current_dir(&checkout.root).arg("sdk");
    last_line(sdk, "sdk calls: ")
}

/// The last line with these words, from them on, of all that a program prints.
fn last_line(command: Command, words: &str) -> Result<String> {
    let lines = step::lines(command)?;
    let found = lines
        .iter()
        .rev()
        .find_map(|line| line.find(words).map(|at| &line[at..]));
    let line = found.with_context(|| format!("no line says {words:?}"))?;
    Ok(line.to_owned())
}

/// The figures as a table, with the machine and the day on which they were taken.
fn table(figures: &[Figure]) -> Result<String> {
    let mut day = Command::new("date");
    day.args(["-u", "+%Y-%m-%d"]);
    let day = step::output(day)?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok())
        .map_or("unknown memory".to_owned(), |kilobytes| {
            format!("{} GB of memory", kilobytes.div_ceil(1024 * 1024))
        });
    let mut table = format!(
        "Taken on {} on a machine with {cores} cores and {memory}.\n\n| what | ended with | took |\n|---|---|---|\n",
        day.trim()
    );
    for Figure { what, last, took } in figures {
        table += &format!("| {what} | `{last}` | {} s |\n", took.as_secs());
    }
    Ok(table)
}

/// The page with these figures between its marks.
fn with_figures(page: &str, figures: &str) -> Result<String> {
    let (before, rest) = page
        .split_once(BEGIN)
        .with_context(|| format!("{PAGE} has no line {BEGIN}"))?;
    let (_, after) = rest
        .split_once(END)
        .with_context(|| format!("{PAGE} has no line {END}"))?;
    Ok(format!("{before}{BEGIN}\n{figures}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_replace_what_stood_between_the_marks() {
        let page = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        let new = with_figures(&page, "new\n").unwrap();
        assert_eq!(new, format!("a\n{BEGIN}\nnew\n{END}\nb\n"));
        assert!(with_figures("no marks", "new").is_err());
    }
}
