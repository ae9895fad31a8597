use anyhow::Result;
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

/// Runs the notifier's simulation, optimized; a failing run prints its seed.
pub(crate) fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    setup::run(checkout)?;
    let mut simulation = checkout.cargo([
        "test",
        "--release",
        "-p",
        "doorbell-notifier",
        "--test",
        "simulation",
    ]);
    simulation
        .args(["--", "--nocapture"])
        .env("DOORBELL_SEEDS", options.seeds.to_string());
    if let Some(seed) = options.seed {
        simulation.env("DOORBELL_SEED", seed.to_string());
    }
    step::run(simulation)
}
