//! The official SDKs, unmodified, drive the real binary: `tests/sdk/scenarios.test.js`.

use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn the_official_sdks_take_the_emulator_for_knock() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk");
    assert!(
        project.join("node_modules/@knocklabs/client").is_dir(),
        "the SDKs are not installed: run `cargo xtask test`, which runs `npm ci` in {}",
        project.display()
    );
    let status = Command::new("node")
        .args(["--test", "--test-reporter=spec"])
        .current_dir(&project)
        .env("DOORBELL_EMULATOR", env!("CARGO_BIN_EXE_doorbell-emulator"))
        .stdin(Stdio::null())
        .status()
        .expect("node 20 or newer runs the scenarios");
    assert!(status.success(), "the scenarios failed: {status}");
}
