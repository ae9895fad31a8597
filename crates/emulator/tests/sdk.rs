//! The official SDKs, unmodified, drive the real binary: stories in `tests/sdk/*.test.js`, and every call that
//! the packages export in `tests/sdk/calls`.

use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn the_official_sdks_take_the_emulator_for_knock() {
    node(&["--test", "--test-reporter=spec"]);
}

/// The table in `docs/emulator.md` is of this run, or it fails.
#[test]
fn every_call_of_the_official_packages_works_or_is_answered_501() {
    node(&["calls/run.js"]);
}

fn node(arguments: &[&str]) {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk");
    assert!(
        project.join("node_modules/@knocklabs/client").is_dir(),
        "the SDKs are not installed: run `cargo xtask test`, which runs `npm ci` in {}",
        project.display()
    );
    let status = Command::new("node")
        .args(arguments)
        .current_dir(&project)
        .env("DOORBELL_EMULATOR", env!("CARGO_BIN_EXE_doorbell-emulator"))
        .stdin(Stdio::null())
        .status()
        .expect("node 20 or newer runs the scenarios");
    assert!(status.success(), "the scenarios failed: {status}");
}
