//! The window without what it needs.

use std::process::{Command, Output};

use xtask::stage::{Stage, StageOptions};

use crate::room::{PROFILE, WINDOW};

#[test]
fn without_a_resident_it_says_how_to_start_one() {
    let stage = bare_stage();
    let refused = stage
        .command(WINDOW)
        .args(["--profile", PROFILE])
        .output()
        .unwrap();
    refuses(
        &refused,
        "Doorbell is not running; start it with `doorbell --profile end-to-end`",
    );
}

#[test]
fn without_a_display_it_says_so_instead_of_aborting() {
    let stage = bare_stage();
    for display in [None, Some(":9999")] {
        let mut command: Command = stage.command(WINDOW);
        command.env_remove("DISPLAY");
        if let Some(display) = display {
            command.env("DISPLAY", display);
        }
        refuses(
            &command.output().unwrap(),
            "there is no display to show a window on",
        );
    }
}

fn bare_stage() -> Stage {
    Stage::start(StageOptions {
        keyring: false,
        notifications: false,
        ..StageOptions::default()
    })
    .unwrap()
}

fn refuses(output: &Output, sentence: &str) {
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains(sentence), "{words}");
}
