//! The real resident, stopped as a whole for a while, as sleep and a debugger do.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use common::*;
use serde_json::json;
use xtask::stage::{PATIENCE, Stage, StageOptions, wait_until};

/// How long the resident stands still; after 60 s the server gives it up.
const SECONDS: &str = "DOORBELL_STOPPED_SECONDS";
const SECONDS_UNLESS_SAID: u64 = 5;

const CURRENT_WITHIN: Duration = Duration::from_secs(2);

#[test]
fn a_resident_that_was_stopped_is_current_soon_after_it_goes_on() {
    let seconds = std::env::var(SECONDS).map_or(SECONDS_UNLESS_SAID, |seconds| {
        seconds.parse().expect("a number of seconds")
    });
    let stage = Stage::start(StageOptions::default()).unwrap();
    let knock = Knock::start("pk_test_stopped");
    let resident = Resident::start(&stage);
    let connect = knock.connect_file("pk_test_stopped");
    let signed_in = doorbell_reading(&stage, &["--connect", "-"], &connect);
    assert!(signed_in.status.success(), "{}", text(&signed_in.stderr));
    resident.wait_for_status("Nothing unread. Connected.");

    let signal = |name: &str| {
        let pid = resident.process.id().to_string();
        let sent = stage.command("kill").args([name, &pid]).status().unwrap();
        assert!(sent.success());
    };
    signal("-STOP");
    sleep(Duration::from_secs(seconds));
    // The last moment: nothing but what it does when it goes on can tell it of this.
    let user = &knock.config.user_id;
    let open = knock.running.with(|knock, now| {
        let data = json!({ "message": "While you stood still" });
        assert!(knock.trigger("new-message", user, data, now).is_some());
        knock.connections().len()
    });
    let goes_on = Instant::now();
    signal("-CONT");
    wait_until(PATIENCE, "the number and the toast", || {
        let status = text(&doorbell(&stage, &["status"]).stdout);
        status == "1 unread. Connected.\n" && stage.toasts_displayed().is_ok_and(|shown| shown == 1)
    })
    .unwrap();
    let took = goes_on.elapsed();
    println!("stopped for {seconds} s, {open} sockets open: current after {took:.2?}");
    assert!(took <= CURRENT_WITHIN, "{took:?}\n{}", log(&stage));
    // Once, and not a second time when it has joined again.
    wait_until(PATIENCE, "the socket that is open again", || {
        knock.running.with(|knock, _| knock.joined(user) == 1)
    })
    .unwrap();
    stage.close_toasts().unwrap();
    let history = stage.dunst_history().unwrap();
    assert_eq!(history.len(), 1, "{history:?}");
}
