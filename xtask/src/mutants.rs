//! Planted faults: patches that each take one promise away, and the simulation that has to notice.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::checkout::Checkout;
use crate::step;

const PATCHES: &str = "xtask/mutants";
/// Lives in which a fault has to show. The clean tree passes all of them.
const SEEDS: u64 = 2_000;

/// A fault to plant.
#[derive(Debug)]
struct Mutant {
    name: String,
    patch: PathBuf,
    /// Which of the simulation's invariants it breaks.
    invariant: String,
}

/// Plants one fault after the other in a copy of the sources; the last line says how many were noticed.
pub(crate) fn run(checkout: &Checkout) -> Result<String> {
    let mutants = read(&checkout.root.join(PATCHES))?;
    let copy = Copy::of(checkout)?;
    println!("── the clean tree, {SEEDS} lives");
    copy.restore(checkout)?;
    let program = copy.build()?;
    step::run(clean(&program))?;
    let mut caught = 0;
    for mutant in &mutants {
        println!("── {}", mutant.name);
        copy.restore(checkout)?;
        copy.apply(&mutant.patch)?;
        let program = copy
            .build()
            .with_context(|| format!("{} does not compile", mutant.name))?;
        match hunt(&program, &mutant.invariant)? {
            Some(line) => {
                caught += 1;
                println!("   {line}");
            }
            None => println!("   not noticed: {} holds in every life", mutant.invariant),
        }
    }
    copy.restore(checkout)?;
    let last = format!("{caught} of {} caught", mutants.len());
    println!("{last}");
    ensure!(caught == mutants.len(), "{last}");
    Ok(last)
}

/// The patches, each headed by the invariant that it breaks.
fn read(dir: &Path) -> Result<Vec<Mutant>> {
    let mut mutants = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let patch = entry?.path();
        if patch
            .extension()
            .is_none_or(|extension| extension != "patch")
        {
            continue;
        }
        let name = patch.file_stem().unwrap_or_default().to_string_lossy();
        let name = name.into_owned();
        let text = fs::read_to_string(&patch)?;
        let invariant = text
            .lines()
            .find_map(|line| line.strip_prefix("Invariant: "))
            .with_context(|| format!("{name} names no invariant"))?
            .trim()
            .to_owned();
        mutants.push(Mutant {
            name,
            patch,
            invariant,
        });
    }
    mutants.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(mutants)
}

/// A copy of the sources with builds of its own, kept from one run to the next so that little is built again.
struct Copy {
    source: PathBuf,
    builds: PathBuf,
}

impl Copy {
    fn of(checkout: &Checkout) -> Result<Self> {
        let dir = checkout.target()?.join("mutants");
        let copy = Self {
            source: dir.join("source"),
            builds: dir.join("builds"),
        };
        fs::create_dir_all(&copy.source)?;
        Ok(copy)
    }

    /// Makes every file of the copy what it is in the checkout; those that are so already keep their times.
    fn restore(&self, checkout: &Checkout) -> Result<()> {
        let mut list = Command::new("git");
        list.current_dir(&checkout.root);
        list.args(["-c", "safe.directory=*", "ls-files", "-z", "--cached"]);
        list.args(["--others", "--exclude-standard"]);
        for name in step::output(list)?
            .split('\0')
            .filter(|name| !name.is_empty())
        {
            let (from, to) = (checkout.root.join(name), self.source.join(name));
            let Ok(content) = fs::read(&from) else {
                continue;
            };
            if fs::read(&to).is_ok_and(|there| there == content) {
                continue;
            }
            if let Some(dir) = to.parent() {
                fs::create_dir_all(dir)?;
            }
            fs::write(&to, content)?;
        }
        Ok(())
    }

    fn apply(&self, patch: &Path) -> Result<()> {
        let mut apply = Command::new("git");
        // Not as a part of the repository around it, where these paths would mean other files.
        apply.env(
            "GIT_CEILING_DIRECTORIES",
            self.source.parent().unwrap_or(&self.source),
        );
        apply.current_dir(&self.source).arg("apply").arg(patch);
        step::run(apply)
    }

    /// Builds the simulation; where its program is.
    fn build(&self) -> Result<PathBuf> {
        let mut build = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()));
        build
            .current_dir(&self.source)
            .env("CARGO_TARGET_DIR", &self.builds)
            .args(["test", "--locked", "--profile", "simulation", "--no-run"])
            .args(["-p", "doorbell-notifier", "--test", "simulation"])
            .args(["--message-format", "json", "--quiet"]);
        let built = step::output(build)?;
        built
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .filter(|message| message["target"]["name"] == "simulation")
            .find_map(|message| message["executable"].as_str().map(PathBuf::from))
            .context("cargo names no program of the simulation")
    }
}

fn clean(program: &Path) -> Command {
    let mut lives = Command::new(program);
    lives
        .env("DOORBELL_SEEDS", SEEDS.to_string())
        .args(["whatever", "--nocapture"]);
    lives
}

/// Looks for a life in which exactly this invariant breaks; what the simulation says of it.
fn hunt(program: &Path, invariant: &str) -> Result<Option<String>> {
    let output = Command::new(program)
        .env("DOORBELL_SEEDS", SEEDS.to_string())
        .env("DOORBELL_HUNT", invariant)
        .env("RUST_BACKTRACE", "0")
        .args(["whatever", "--nocapture"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let found = text.lines().find(|line| line.contains(" breaks "));
    Ok(found.map(|line| line.trim().to_owned()))
}
