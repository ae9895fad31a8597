use std::time::Instant;

use anyhow::{Context, Result};
use lexopt::prelude::{Long, ValueExt};

use crate::checkout::Checkout;
use crate::{setup, step};

/// How many runs of the simulation, from which seed on.
#[derive(Debug)]
pub(crate) struct Options {
    seeds: u64,
    seed: Option<u64>,
}

impl Options {
    /// So many lives, from the first seed on.
    pub(crate) fn of(seeds: u64) -> Self {
        Self { seeds, seed: None }
    }

    pub(crate) fn parse(mut arguments: lexopt::Parser) -> Result<Self> {
        let mut options = Self {
            seeds: 1000,
            seed: None,
        };
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("seeds") => options.seeds = arguments.value()?.parse()?,
                Long("seed") => options.seed = Some(arguments.value()?.parse()?),
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }
}

/// Runs the notifier's simulation, optimized; a failing run prints its seed. Returns what it ends with.
pub(crate) fn run(checkout: &Checkout, options: &Options) -> Result<String> {
    setup::run(checkout)?;
    let simulation = checkout.cargo([
        "test",
        "--profile",
        "simulation",
        "--no-run",
        "-p",
        "doorbell-notifier",
        "--test",
        "simulation",
    ]);
    step::run(simulation)?;
    let mut lives = checkout.cargo(["test", "--profile", "simulation"]);
    lives
        .args(["-p", "doorbell-notifier", "--test", "simulation", "--quiet"])
        .args(["--", "--nocapture", "--quiet", WHATEVER])
        .env("DOORBELL_SEEDS", options.seeds.to_string());
    if let Some(seed) = options.seed {
        lives.env("DOORBELL_SEED", seed.to_string());
    }
    let begun = Instant::now();
    let lines = step::lines(lives)?;
    println!("in {:.1} s", begun.elapsed().as_secs_f64());
    let last = lines
        .into_iter()
        .rfind(|line| line.contains("steps"))
        .context("the simulation does not say how many steps it took")?;
    println!("{last}");
    Ok(last)
}

/// The test that lives one life after the other.
const WHATEVER: &str = "whatever_happens";
