//! Figures: `cargo xtask bench`. They are measured, never asserted; each stands beside its limit and its peers
//! from the same run.

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
}

impl Options {
    pub(crate) fn parse(mut arguments: lexopt::Parser) -> Result<Self> {
        let mut options = Self { quick: false };
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("quick") => options.quick = true,
                Value(name) if name == "resident" => {}
                Value(name) => bail!(
                    "there is no measurement {:?}; there is: resident",
                    name.string()?
                ),
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }
}

pub(crate) fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    setup::run(checkout)?;
    let starts = if options.quick { 3 } else { 15 };
    let figures = resident::measure(checkout, starts)?;
    report::write(checkout, &figures)
}
