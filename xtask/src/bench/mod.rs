//! Figures: `cargo xtask bench`. They are measured, never asserted; each stands beside its limit and its peers
//! from the same run.

mod emulator;
mod memory;
mod report;
mod resident;

use anyhow::{Result, bail};
use lexopt::prelude::{Long, Value, ValueExt};

use crate::checkout::Checkout;
use crate::setup;
pub(crate) use report::Figure;

/// What to measure, and how thoroughly.
#[derive(Debug)]
pub(crate) struct Options {
    quick: bool,
    /// All, when none is named.
    measurements: Vec<Measurement>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measurement {
    Resident,
    Emulator,
}

impl Options {
    pub(crate) fn parse(mut arguments: lexopt::Parser) -> Result<Self> {
        let mut options = Self {
            quick: false,
            measurements: Vec::new(),
        };
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("quick") => options.quick = true,
                Value(name) if name == "resident" => {
                    options.measurements.push(Measurement::Resident);
                }
                Value(name) if name == "emulator" => {
                    options.measurements.push(Measurement::Emulator);
                }
                Value(name) => bail!(
                    "there is no measurement {:?}; there are: resident, emulator",
                    name.string()?
                ),
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }
}

pub(crate) fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    let is_asked = |one| options.measurements.is_empty() || options.measurements.contains(&one);
    if is_asked(Measurement::Resident) {
        setup::run(checkout)?;
        let starts = if options.quick { 3 } else { 15 };
        let figures = resident::measure(checkout, starts)?;
        report::write(checkout, "resident", &figures)?;
    }
    if is_asked(Measurement::Emulator) {
        let sockets = if options.quick { 1_000 } else { 10_000 };
        let figures = emulator::measure(checkout, sockets)?;
        report::write(checkout, "emulator", &figures)?;
    }
    Ok(())
}
