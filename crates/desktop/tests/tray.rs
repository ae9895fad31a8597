//! The icon in the tray as the desktop uses it, and what there is where it has no place.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::*;
use serde_json::json;
use xtask::stage::{PATIENCE, Stage, StageOptions, TrayHost, wait_until};

#[test]
fn a_left_click_opens_the_window_and_another_one_closes_it() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Watcher)).unwrap();
    let record = stage.dir().join("window-started");
    let program = install(
        &stage,
        "bin-toggle",
        Some(&recording(&record, "exec sleep 600")),
    );
    let resident = Resident::start_program(&stage, &program);
    let item = resident.tray_item();
    item.activate().unwrap();
    wait_until(PATIENCE, "the window's program", || record.exists()).unwrap();
    let mut window = Caller::come(&stage, "window");
    item.activate().unwrap();
    assert_eq!(
        window.hear(),
        json!({"kind": "toggle", "body": {"activation_token": null}})
    );
}

#[test]
fn a_window_that_was_closing_when_it_was_wanted_is_followed_by_another() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Watcher)).unwrap();
    let record = stage.dir().join("window-started");
    let program = install(
        &stage,
        "bin-closing",
        Some(&recording(&record, "exec sleep 600")),
    );
    let resident = Resident::start_program(&stage, &program);
    let item = resident.tray_item();
    let started = |times: usize| {
        wait_until(PATIENCE, "the window's program", || {
            std::fs::read_to_string(&record).is_ok_and(|said| said.lines().count() == times)
        })
        .unwrap();
    };
    item.activate().unwrap();
    started(1);
    let mut window = Caller::come(&stage, "window");
    item.activate().unwrap();
    window.hear_of("toggle");
    drop(window);
    started(2);

    let mut window = Caller::come(&stage, "window");
    item.activate().unwrap();
    window.hear_of("toggle");
    window.say(&json!({ "kind": "heard" }));
    window.say(&json!({ "kind": "status" }));
    window.hear_of("status");
    drop(window);
    wait_until(PATIENCE, "the window has left", || {
        told(&stage, &["diagnostics"]).contains("window open: false")
    })
    .unwrap();
    item.activate().unwrap();
    started(3);
}

#[test]
fn a_middle_click_marks_everything_as_read() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Watcher)).unwrap();
    let knock = Knock::start("pk_test_middle_click");
    let resident = Resident::start(&stage);
    signed_in(&resident, &knock);
    let item = resident.tray_item();
    knock.send("First");
    knock.send("Second");
    wait_for_badge(&item, 2);
    item.secondary_activate().unwrap();
    wait_for_badge(&item, 0);
    wait_until(PATIENCE, "the server has both as read", || {
        knock.items().iter().all(|item| !item["read_at"].is_null())
    })
    .unwrap();
}

#[test]
fn the_menu_pauses_from_a_menu_to_the_side_and_opens_one_of_the_latest() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Watcher)).unwrap();
    let knock = Knock::start("pk_test_side_menu");
    let resident = Resident::start(&stage);
    signed_in(&resident, &knock);
    let item = resident.tray_item();
    knock.send("Look at this");
    wait_for_badge(&item, 1);
    let entries = item.menu().unwrap();
    let pause = entries.iter().find(|entry| !entry.children.is_empty());
    let pause = pause.unwrap_or_else(|| panic!("no menu to the side in {entries:#?}"));
    let hour = pause
        .children
        .iter()
        .find(|entry| entry.label.contains("hour"));
    let hour = hour.unwrap_or_else(|| panic!("no hour in {pause:#?}"));
    item.click_menu(&hour.label).unwrap();
    resident.wait_for_status("1 unread. Connected; toasts wait.");

    let latest = || {
        let entries = item.menu().unwrap();
        let latest = entries
            .into_iter()
            .find(|entry| entry.label.contains("Look at this"));
        latest.map(|entry| entry.label)
    };
    wait_until(PATIENCE, "the item in the menu", || latest().is_some()).unwrap();
    item.click_menu(&latest().unwrap()).unwrap();
    wait_until(PATIENCE, "its link is opened", || {
        stage.opened_urls().is_ok_and(|urls| urls.len() == 1)
    })
    .unwrap();
}

#[test]
fn without_a_tray_the_window_opens_and_why_is_said_once() {
    let stage = Stage::start(StageOptions::default()).unwrap();
    let record = stage.dir().join("window-started");
    let program = install(&stage, "bin-no-tray", Some(&recording(&record, "true")));
    let knock = Knock::start("pk_test_no_tray");
    // Somebody is signed in, so that nothing else opens the window.
    let resident = Resident::start_program(&stage, &program);
    signed_in(&resident, &knock);
    assert!(doorbell(&stage, &["quit"]).status.success());
    assert!(resident.wait_for_end().success());
    assert!(!record.exists(), "hidden is hidden");

    for start in 1..=2 {
        let process = stage.command(&program).spawn().unwrap();
        let resident = Resident::of(&stage, process);
        wait_until(PATIENCE, "the window's program", || {
            std::fs::read_to_string(&record).is_ok_and(|said| said.lines().count() == start)
        })
        .unwrap();
        wait_until(PATIENCE, "the note that it was said", || {
            stage
                .dir()
                .join("state/doorbell/told-of-missing-tray")
                .exists()
        })
        .unwrap();
        resident.wait_for_status("Nothing unread. Connected.");
        assert!(doorbell(&stage, &["quit"]).status.success());
        assert!(resident.wait_for_end().success());
    }
    let said = stage
        .toasts_shown()
        .matches("body: 'This desktop shows no tray icons")
        .count();
    assert_eq!(said, 1, "{}", stage.toasts_shown());
}

/// A window that leaves a line for each of its starts, and then does this.
fn recording(record: &std::path::Path, then: &str) -> String {
    format!("#!/bin/sh\necho \"$@\" >> {}\n{then}\n", record.display())
}
