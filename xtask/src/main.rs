//! `cargo xtask COMMAND`: the project's habits, each under one name.

mod bench;
mod checkout;
mod contract;
mod count;
mod demo;
mod dev;
mod interrupt;
mod mutants;
mod packages;
mod python;
mod sdk;
mod setup;
mod simulate;
mod step;
mod test;
mod verify;
mod walls;

use std::process::ExitCode;

use anyhow::{Result, bail};
use checkout::Checkout;
use lexopt::prelude::{Long, Short, Value, ValueExt};

const COMMANDS: &str = "\
Commands:
  setup                       install what the other commands need (they do it themselves)
  test                        run everything: formatting, lints, tests, walls, the page, the desktop
  demo [--headless DIR]       show Doorbell at work against a Knock of its own;
                              without a display, or with --headless, leave pictures in DIR (target/demo)
  simulate [--seeds N] [--seed S]
                              live N lives (1000) of the whole app against the whole service,
                              or the one of seed S
  mutants                     plant faults in a copy of the sources and let the simulation find each
  verify                      run what takes long, and write its figures into docs/reliability.md
  bench [resident] [--quick]  measure memory and start, beside a bare tray; writes docs/BENCHMARKS.md
  sdk [--write]               let Knock's own SDKs make every call they have to the emulator;
                              with --write, renew the table in docs/emulator.md
  contract [--thorough] [--seed N]
                              look for an answer of the emulator that docs/openapi.yaml does not describe
  dev                         run Doorbell and rebuild it at every change";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut arguments = lexopt::Parser::from_env();
    let command = match arguments.next()? {
        Some(Value(command)) => command.string()?,
        None | Some(Long("help") | Short('h')) => {
            println!("cargo xtask COMMAND\n\n{COMMANDS}");
            return Ok(());
        }
        Some(other) => return Err(other.unexpected().into()),
    };
    let checkout = Checkout::here()?;
    match command.as_str() {
        "setup" => {
            nothing_more(arguments)?;
            setup::run(&checkout)?;
            python::install(&checkout).map(|_| ())
        }
        "test" => {
            nothing_more(arguments)?;
            test::run(&checkout)
        }
        "demo" => demo::run(&checkout, &demo::Options::parse(arguments)?),
        "simulate" => simulate::run(&checkout, &simulate::Options::parse(arguments)?).map(drop),
        "mutants" => {
            nothing_more(arguments)?;
            mutants::run(&checkout).map(drop)
        }
        "verify" => {
            nothing_more(arguments)?;
            verify::run(&checkout)
        }
        "sdk" => sdk::run(&checkout, &sdk::Options::parse(arguments)?),
        "contract" => contract::run(&checkout, contract::Options::parse(arguments)?),
        "bench" => bench::run(&checkout, &bench::Options::parse(arguments)?),
        "dev" => {
            nothing_more(arguments)?;
            dev::run(&checkout)
        }
        other => bail!("there is no command {other:?}\n\n{COMMANDS}"),
    }
}

fn nothing_more(mut arguments: lexopt::Parser) -> Result<()> {
    match arguments.next()? {
        None => Ok(()),
        Some(argument) => Err(argument.unexpected().into()),
    }
}
