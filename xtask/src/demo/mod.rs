//! Doorbell at work against a Knock of its own: on the desktop in front of you, or on a stage.

mod driver;
mod pictures;
mod scene;

use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use anyhow::Result;
use lexopt::prelude::{Long, ValueExt};
use xtask::group::Group;

use crate::checkout::Checkout;
use crate::{interrupt, setup};
pub(crate) use scene::{Emulator, Resident, Workflow, leave, quit};

const PROFILE: &str = "demo";
const FIRST_WORDS: &str = "Do you have a minute for the launch plan?";

/// Where the demo plays.
#[derive(Debug)]
pub(crate) struct Options {
    /// Leave pictures here instead of showing it.
    headless: Option<PathBuf>,
}

impl Options {
    pub(crate) fn parse(mut arguments: lexopt::Parser) -> Result<Self> {
        let mut options = Self { headless: None };
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("headless") => options.headless = Some(arguments.value()?.parse()?),
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }
}

pub(crate) fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    setup::run(checkout)?;
    setup::build(checkout)?;
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some());
    match &options.headless {
        Some(dir) => pictures::take(checkout, dir),
        None if has_display => show(checkout),
        None => {
            println!("there is no display here, so the demo leaves pictures in target/demo");
            pictures::take(checkout, &checkout.root.join("target/demo"))
        }
    }
}

/// Plays on the desktop in front of the person, until Ctrl-C or Quit in Doorbell's menu.
fn show(checkout: &Checkout) -> Result<()> {
    let interrupted = interrupt::catch()?;
    let group = Group::start()?;
    let programs = |name: &str| {
        let mut command = Command::new(checkout.program(name)?);
        group.adopt(&mut command);
        Ok(command)
    };
    let emulator = Emulator::start(&programs)?;
    let mut stop = || interrupted.try_recv().is_ok();
    let mut started = Resident::start_unless(&mut stop, &programs, PROFILE, &emulator);
    let shown = match &mut started {
        Ok(Some(resident)) => watch(checkout, &emulator, resident, &interrupted),
        Ok(None) | Err(_) => Ok(()),
    };
    // Also when it broke off: what it has stored by then must not stay in the person's keyring.
    let left = leave(&programs, PROFILE);
    started.map(drop).and(shown).and(left)
}

/// Sends an item, says what there is to see, and returns when the person has seen enough.
fn watch(
    checkout: &Checkout,
    emulator: &Emulator,
    resident: &mut Resident,
    interrupted: &Receiver<()>,
) -> Result<()> {
    emulator.trigger(Workflow::NewMessage, FIRST_WORDS)?;
    println!(
        "\n\
        Doorbell runs, signed in to a Knock that lives on this computer only. What there is to see:\n\
        the tray has a doorbell push with the number 1, and a toast brings a message from Ada Moreau;\n\
        a click on the toast opens its link, a click on the tray (or: {} --profile {PROFILE} open) the list.\n\
        Send another: {}\n\
        Ctrl-C ends all of it and signs out, so that nothing of it stays in your keyring.",
        checkout.program("doorbell")?.display(),
        emulator.curl(Workflow::NewComment)?,
    );
    while resident.runs() && interrupted.recv_timeout(POLL).is_err() {}
    Ok(())
}

const POLL: Duration = Duration::from_millis(200);
