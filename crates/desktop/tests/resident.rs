//! The resident's life: alone at its door, in the tray of whichever host comes, gone when it should be.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::{
    io::Write,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use common::*;
use serde_json::json;
use xtask::stage::{PATIENCE, Stage, StageOptions, TrayHost, wait_until};

#[test]
fn the_command_line_says_what_it_cannot_do() {
    let stage = bare_stage();
    for (arguments, code, words) in [
        (
            &["ring"][..],
            2,
            "There is no command \"ring\". Try: doorbell --help",
        ),
        (
            &["--profile", "../x", "status"],
            2,
            "cannot be a profile's name",
        ),
        (&["status"], 1, "Doorbell is not running."),
        (
            &["--connect", "/nonexistent"],
            1,
            "/nonexistent cannot be read",
        ),
    ] {
        let output = doorbell(&stage, arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(
            text(&output.stderr).contains(words),
            "{arguments:?}: {}",
            text(&output.stderr)
        );
        assert!(output.stdout.is_empty());
    }
    let quit = doorbell(&stage, &["quit"]);
    assert_eq!(
        (quit.status.code(), &*text(&quit.stdout)),
        (Some(0), "Doorbell is not running.\n")
    );
    let help = text(&doorbell(&stage, &["--help"]).stdout);
    assert!(help.contains("--connect FILE") && help.contains("sign-out"));
    assert!(text(&doorbell(&stage, &["--version"]).stdout).starts_with("doorbell "));
}

#[test]
fn there_is_one_resident_a_profile() {
    let stage = bare_stage();
    let resident = Resident::start(&stage);
    let second = doorbell(&stage, &["--hidden"]);
    assert_eq!(
        (second.status.code(), &*text(&second.stdout)),
        (Some(0), "Doorbell is already running.\n")
    );
    assert_eq!(
        doorbell(&stage, &["--profile", "other", "status"])
            .status
            .code(),
        Some(1)
    );
    for (path, mode) in [
        ("run/doorbell", 0o700),
        ("run/doorbell/default.sock", 0o600),
        ("state/doorbell/doorbell.log", 0o600),
    ] {
        let file = std::fs::metadata(stage.dir().join(path)).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, mode, "{path}");
    }
    assert!(doorbell(&stage, &["quit"]).status.success());
    assert!(resident.wait_for_end().success());
}

#[test]
fn a_killed_resident_does_not_block_the_next() {
    let stage = bare_stage();
    let mut killed = Resident::start(&stage);
    killed.process.kill().unwrap();
    killed.wait_for_end();
    assert!(
        stage.runtime_dir().join("doorbell/default.sock").exists(),
        "it had no time to take its socket away"
    );
    assert_eq!(doorbell(&stage, &["status"]).status.code(), Some(1));
    let next = Resident::start(&stage);
    assert!(doorbell(&stage, &["quit"]).status.success());
    assert!(next.wait_for_end().success());
}

#[test]
fn the_end_of_the_session_ends_it_and_so_does_a_signal() {
    let stage = bare_stage();
    let resident = Resident::start(&stage);
    let pid = resident.process.id().to_string();
    assert!(
        stage
            .command("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert!(resident.wait_for_end().success());

    let resident = Resident::start(&stage);
    let bus = process_of(&stage.dir().join("bus.conf").display().to_string());
    assert!(stage.command("kill").arg(bus).status().unwrap().success());
    assert!(resident.wait_for_end().success());
    assert!(log(&stage).contains("the session has ended"));
}

#[test]
fn without_a_session_bus_it_says_so_and_goes_on() {
    let stage = bare_stage();
    let mut command = stage.command(DOORBELL);
    let process = command
        .arg("--hidden")
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        .spawn()
        .unwrap();
    let mut process = process;
    wait_until(PATIENCE, "the status of a resident without a bus", || {
        text(&doorbell(&stage, &["status"]).stdout).contains("The keychain cannot be read")
    })
    .unwrap();
    assert!(
        log(&stage).contains("there is no session bus"),
        "{}",
        log(&stage)
    );
    assert!(doorbell(&stage, &["quit"]).status.success());
    assert!(process.wait().unwrap().success());
}

#[test]
fn a_tray_that_comes_late_or_anew_gets_the_icon() {
    let mut stage = bare_stage();
    let mut process = stage.command(DOORBELL).arg("--hidden").spawn().unwrap();
    wait_until(PATIENCE, "the resident without a tray", || {
        text(&doorbell(&stage, &["status"]).stdout).starts_with("The keychain cannot be read.")
    })
    .unwrap();
    for _ in 0..2 {
        stage.start_tray_host(TrayHost::Watcher).unwrap();
        let item = stage.tray_item(PATIENCE, "doorbell").unwrap();
        assert_eq!(item.title().unwrap(), "Doorbell");
        wait_until(PATIENCE, "the tooltip", || {
            item.tooltip()
                .is_ok_and(|words| words.0 == "The keychain cannot be read")
        })
        .unwrap();
        assert_eq!(
            item.pixmaps()
                .unwrap()
                .iter()
                .map(|icon| icon.width)
                .collect::<Vec<_>>(),
            [16, 22, 24, 32, 48, 64]
        );
        let menu: Vec<(String, bool)> = item
            .menu()
            .unwrap()
            .into_iter()
            .map(|entry| (entry.label, entry.enabled))
            .collect();
        let expected = [
            ("Open Doorbell", true),
            ("The keychain cannot be read", false),
            ("", true),
            ("Settings", true),
            ("Quit", true),
        ];
        assert_eq!(
            menu,
            expected.map(|(label, enabled)| (label.to_owned(), enabled))
        );
        stage.stop_tray_host().unwrap();
    }
    assert!(doorbell(&stage, &["quit"]).status.success());
    assert!(process.wait().unwrap().success());
}

#[test]
fn callers_that_talk_nonsense_are_dropped_and_the_others_live() {
    let stage = bare_stage();
    let resident = Resident::start(&stage);
    let mut window = Caller::come(&stage, "window");
    window.say(
        &json!({"kind": "do", "body": {"do": "show", "filter": "all", "first": 0, "count": 10}}),
    );
    window.hear_of("view");

    let mut too_long = vec![b' '; 2 * 1024 * 1024];
    too_long.push(b'\n');
    for nonsense in [
        &b"pk_test_secret_nonsense\n"[..],
        b"{\"kind\":\"do\",\"body\":{\"do\":\"pk_test_secret_nonsense\"}}\n",
        &too_long,
    ] {
        let mut caller = Caller::come(&stage, "command");
        // It may hang up before it has heard everything.
        let _ = caller.stream.write_all(nonsense);
        assert!(caller.is_hung_up());
    }
    let mut rude = Caller::connect(&stage);
    rude.say(&json!({"kind": "status"}));
    assert!(
        rude.is_hung_up(),
        "whoever does not say hello is not answered"
    );

    window.say(&json!({"kind": "status"}));
    window.hear_of("status");
    assert!(log(&stage).contains("a caller was dropped"));
    assert!(!log(&stage).contains("pk_test_secret_nonsense"));
    drop(resident);
}

#[test]
fn a_program_replaced_on_the_disk_takes_over_when_another_version_knocks() {
    let stage = bare_stage();
    let program = install(&stage, "bin-old", None);
    let mut resident = Resident::start_program(&stage, &program);
    let before = running_file(&resident);

    let mut caller = Caller::connect(&stage);
    caller.say(&json!({"kind": "hello", "body": {"version": "999.0.0", "role": "command", "activation_token": null}}));
    assert_eq!(
        caller.hear()["body"]["restarting"],
        false,
        "its program is still the same"
    );

    let new = install(&stage, "bin-new", None);
    std::fs::rename(&new, &program).unwrap();
    let mut caller = Caller::connect(&stage);
    caller.say(&json!({"kind": "hello", "body": {"version": "999.0.0", "role": "command", "activation_token": null}}));
    assert_eq!(caller.hear()["body"]["restarting"], true);
    wait_until(PATIENCE, "the new program in the old process", || {
        running_file(&resident) != before
    })
    .unwrap();
    wait_until(PATIENCE, "the new program answers", || {
        doorbell(&stage, &["status"]).status.success()
    })
    .unwrap();
    assert!(resident.process.try_wait().unwrap().is_none());
    assert!(doorbell(&stage, &["quit"]).status.success());
    assert!(resident.wait_for_end().success());
}

#[test]
fn opening_starts_the_window_and_an_open_one_comes_to_the_front() {
    let stage = Stage::start(StageOptions {
        keyring: false,
        ..StageOptions::with_tray(TrayHost::Watcher)
    })
    .unwrap();
    let record = stage.dir().join("window-started");
    let script = format!(
        "#!/bin/sh\necho \"$@ $XDG_ACTIVATION_TOKEN $DESKTOP_STARTUP_ID\" >> {0}\nexec sleep 600\n",
        record.display()
    );
    let program = install(&stage, "bin-window", Some(&script));
    let resident = Resident::start_program(&stage, &program);
    let started = || std::fs::read_to_string(&record).unwrap_or_default();

    let open = stage
        .command(&program)
        .arg("open")
        .env("XDG_ACTIVATION_TOKEN", "token-of-the-launcher")
        .status()
        .unwrap();
    assert!(open.success());
    wait_until(PATIENCE, "the window's program", || !started().is_empty()).unwrap();
    assert_eq!(
        started(),
        "--profile default token-of-the-launcher token-of-the-launcher\n"
    );

    let mut window = Caller::come(&stage, "window");
    let open = stage
        .command(&program)
        .arg("open")
        .env("XDG_ACTIVATION_TOKEN", "another-token")
        .status();
    assert!(open.unwrap().success());
    assert_eq!(
        window.hear(),
        json!({"kind": "present", "body": {"activation_token": "another-token"}})
    );
    assert_eq!(started().lines().count(), 1);
    drop(resident);
}

#[test]
fn the_window_opens_by_itself_when_nobody_is_signed_in() {
    let stage = Stage::start(StageOptions::default()).unwrap();
    let record = stage.dir().join("window-started");
    let script = format!("#!/bin/sh\necho \"$@\" >> {}\n", record.display());
    let program = install(&stage, "bin-first", Some(&script));
    let process = stage
        .command(&program)
        .args(["--profile", "first"])
        .spawn()
        .unwrap();
    let resident = Resident::of(&stage, process);
    wait_until(PATIENCE, "the window's program", || record.exists()).unwrap();
    wait_until(PATIENCE, "its arguments", || {
        std::fs::read_to_string(&record).is_ok_and(|said| said == "--profile first\n")
    })
    .unwrap();
    drop(resident);
}

#[test]
fn a_window_that_is_not_installed_is_said_in_a_toast() {
    let stage = Stage::start(StageOptions {
        keyring: false,
        ..StageOptions::with_tray(TrayHost::Watcher)
    })
    .unwrap();
    let program = install(&stage, "bin-alone", None);
    let resident = Resident::start_program(&stage, &program);
    resident.tray_item().activate().unwrap();
    wait_until(PATIENCE, "a toast", || {
        stage.toasts_displayed().is_ok_and(|shown| shown == 1)
    })
    .unwrap();
    stage.close_toasts().unwrap();
    let body = stage.dunst_history().unwrap()[0].body.clone();
    assert!(
        body.starts_with("The window cannot be opened: doorbell-window cannot be started"),
        "{body}"
    );
    drop(resident);
}

#[test]
fn a_window_that_fails_before_it_opens_is_said_in_a_toast_and_its_words_are_in_the_log() {
    let stage = Stage::start(StageOptions {
        keyring: false,
        ..StageOptions::default()
    })
    .unwrap();
    let script = "#!/bin/sh\necho 'doorbell-window: no display can be opened' >&2\nexit 3\n";
    let program = install(&stage, "bin-failing", Some(script));
    let resident = Resident::start_program(&stage, &program);
    assert!(doorbell(&stage, &["open"]).status.success());
    wait_until(PATIENCE, "a toast", || {
        stage.toasts_displayed().is_ok_and(|shown| shown == 1)
    })
    .unwrap();
    stage.close_toasts().unwrap();
    let body = stage.dunst_history().unwrap()[0].body.clone();
    assert!(
        body.starts_with("The window cannot be opened: it ended at once (exit status: 3)."),
        "{body}"
    );
    let log = log(&stage);
    assert!(
        log.contains("window: doorbell-window: no display can be opened"),
        "{log}"
    );
    drop(resident);
}

fn bare_stage() -> Stage {
    Stage::start(StageOptions {
        keyring: false,
        notifications: false,
        ..StageOptions::default()
    })
    .unwrap()
}

/// Device and inode of the file that the resident's process runs.
fn running_file(resident: &Resident<'_>) -> (u64, u64) {
    let file = std::fs::metadata(
        Path::new("/proc")
            .join(resident.process.id().to_string())
            .join("exe"),
    );
    file.map(|file| (file.dev(), file.ino()))
        .unwrap_or_default()
}
