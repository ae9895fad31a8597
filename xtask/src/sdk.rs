//! Knock's own SDKs against the emulator: `cargo xtask sdk`.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use lexopt::prelude::Long;

use crate::checkout::Checkout;
use crate::{setup, step};

const SCENARIOS: &str = "crates/emulator/tests/sdk";

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Renew the table in `docs/emulator.md` instead of comparing it.
    write: bool,
}

impl Options {
    pub(crate) fn parse(mut arguments: lexopt::Parser) -> Result<Self> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("write") => options.write = true,
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }
}

/// Plays the stories, then makes every call that the packages export; the last line counts them.
pub(crate) fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    setup::run(checkout)?;
    step::run(checkout.cargo(["build", "--locked", "--bin", "doorbell-emulator"]))?;
    let emulator = checkout.program("doorbell-emulator")?;
    let node = |arguments: &[&str]| step::run(node(checkout, &emulator, arguments));
    node(&["--test", "--test-reporter=spec"])?;
    match options.write {
        true => node(&["calls/run.js", "--write"]),
        false => node(&["calls/run.js"]),
    }
}

fn node(checkout: &Checkout, emulator: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("node");
    command
        .args(arguments)
        .current_dir(checkout.root.join(SCENARIOS))
        .env("DOORBELL_EMULATOR", emulator);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_written_only_when_asked() {
        let parse = |arguments: &[&str]| Options::parse(lexopt::Parser::from_args(arguments));
        assert!(!parse(&[]).unwrap().write);
        assert!(parse(&["--write"]).unwrap().write);
        assert!(parse(&["--wrote"]).is_err());
    }
}
