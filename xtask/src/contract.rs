//! The emulator against `docs/openapi.yaml`: `cargo xtask contract`.
//!
//! Schemathesis makes up requests, right ones and wrong ones, and looks for an answer that is a failure of the
//! server or that the document does not describe.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use lexopt::prelude::{Long, ValueExt};
use serde_json::Value;
use xtask::group::Group;

use crate::checkout::Checkout;
use crate::{python, setup, step};

/// What the command line asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Minutes instead of seconds.
    pub(crate) thorough: bool,
    seed: u64,
}

impl Options {
    pub(crate) fn parse(mut arguments: lexopt::Parser) -> Result<Self> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("thorough") => options.thorough = true,
                Long("seed") => options.seed = arguments.value()?.parse()?,
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }

    fn depth(self) -> [&'static str; 4] {
        match self.thorough {
            true => ["--phases", "coverage,fuzzing,stateful", "-n", "50"],
            false => ["--phases", "fuzzing", "-n", "10"],
        }
    }
}

/// Installs and builds what is needed, then looks.
pub(crate) fn run(checkout: &Checkout, options: Options) -> Result<()> {
    setup::run(checkout)?;
    step::run(checkout.cargo(["build", "--locked", "--bin", "doorbell-emulator"]))?;
    check(checkout, options)
}

/// Looks for an answer that is not described; the emulator is built already.
pub(crate) fn check(checkout: &Checkout, options: Options) -> Result<()> {
    let programs = python::install(checkout)?;
    let mut group = Group::start()?;
    let mut emulator = Command::new(checkout.program("doorbell-emulator")?);
    emulator
        .args(["--port", "0"])
        .env("RUST_LOG", "error")
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let ready = group.spawn_reading_line(&mut emulator)?;
    let ready: Value = serde_json::from_str(&ready).context("the emulator did not start")?;
    let say = |name: &str| {
        ready[name]
            .as_str()
            .context("the emulator says where it is")
    };
    let mut schemathesis = Command::new(programs.join("schemathesis"));
    schemathesis
        .current_dir(checkout.target()?)
        .arg("run")
        .arg(checkout.root.join("docs/openapi.yaml"))
        .args(["--url", say("url")?])
        // The key of every emulator there is; it opens nothing else.
        .args([
            "--header",
            &format!("Authorization: Bearer {}", say("secret_key")?),
        ])
        .args(["--checks", CHECKS])
        // A machine that has other things to do is no failure of the emulator.
        .args(["--suppress-health-check", "too_slow"])
        // What is answered 501 on purpose; the scenarios of the SDKs see to that.
        .args(["--exclude-tag", "Not emulated"])
        .args(options.depth())
        .args(["--seed", &options.seed.to_string()])
        .args([
            "--workers",
            "2",
            "--continue-on-failure",
            "--warnings",
            "off",
        ]);
    step::run(schemathesis)
}

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thorough_look_and_its_seed_are_asked_for() {
        let parse = |arguments: &[&str]| Options::parse(lexopt::Parser::from_args(arguments));
        assert_eq!(parse(&[]).unwrap(), Options::default());
        let asked = parse(&["--thorough", "--seed", "7"]).unwrap();
        assert!(asked.thorough && asked.seed == 7);
        assert!(parse(&["--seed", "x"]).is_err());
    }
}
