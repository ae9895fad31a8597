//! Conversations recorded between a real Phoenix server and phoenix.js, replayed against our client.
//!
//! Every frame the recorded client sent, and everything it delivered, must come from ours in the same
//! order; what differs on purpose is listed here, file by file, and explained in `docs/protocol.md`.

mod driver;
#[path = "transcripts/recording.rs"]
mod recording;
#[path = "transcripts/replay.rs"]
mod replay;

use recording::What;
use replay::Difference::{
    ComesBack, HeartbeatsInPauses, NotReported, NotSent, ReportedToo, SentToo,
};
use replay::{check, check_entries};

#[test]
fn joining_beating_and_leaving() {
    check("01-join-heartbeat-leave-v2", &[]);
    check("01-join-heartbeat-leave-v2.bandit", &[]);
}

#[test]
fn broadcasts_and_pushes_on_two_topics() {
    check("03-broadcast", &[]);
}

#[test]
fn an_unauthorized_join_is_not_repeated_within_the_half_minute_recorded() {
    let repeats = [1033, 3041, 8045, 18057, 28069].map(NotSent);
    let errors = [1035, 3042, 8049, 18059, 28071].map(NotReported);
    // There is nothing to leave on the server.
    let leave = [NotSent(29513)];
    check("07-join-error", &[&repeats[..], &errors, &leave].concat());
}

#[test]
fn a_join_that_fails_and_then_succeeds() {
    check("08-join-error-then-ok", &[]);
}

#[test]
fn a_channel_that_crashes_again_and_again() {
    // A push is known to be lost when its channel crashes, not only when its time is over.
    let at_once = ReportedToo("raise unanswered");
    check(
        "11-channel-crash-rejoin",
        &[HeartbeatsInPauses, NotReported(6957), at_once],
    );
    check(
        "11-channel-crash-rejoin.phoenix-1.8",
        &[HeartbeatsInPauses, NotReported(6951), at_once],
    );
}

#[test]
fn a_connection_the_server_ends_by_its_name() {
    check("13-server-disconnect", &[ComesBack]);
    check("13-server-disconnect.bandit", &[ComesBack]);
    check("13-server-disconnect.phoenix-1.8", &[]);
    check("13-server-disconnect.phoenix-1.8-bandit", &[]);
}

#[test]
fn close_codes_from_1000_to_4403() {
    check("15-server-close-codes", &[ComesBack]);
    check("15-server-close-codes.bandit", &[ComesBack]);
}

#[test]
fn garbage_from_the_server() {
    check(
        "23-garbage-from-server",
        &[
            // An array of four is no frame.
            NotReported(3663),
            ReportedToo("garbage"),
            // A binary frame is a sign of life and nothing else.
            NotReported(5738),
            // A channel closed unasked is joined again, and its broadcasts are taken meanwhile.
            SentToo("phx_join"),
            ReportedToo(r#"new-message delivered {"n":"after close"}"#),
        ],
    );
}

#[test]
fn frames_of_before_a_rejoin() {
    check("24-stale-join-ref", &[]);
}

#[test]
fn a_network_that_loses_what_the_client_sends() {
    // What still arrives on the connection that was hung up is not read.
    check("32-client-to-server-lost", &[NotReported(60673)]);
}

#[test]
fn a_process_suspended_for_ninety_seconds() {
    check("33-client-suspended-90s", &[ComesBack]);
    check("33-client-suspended-90s.bandit", &[]);
}

// That the replay itself notices.

/// Replays a transcript from which the first entry that matches is missing.
fn check_without(name: &str, missing: impl Fn(&What) -> bool) {
    let mut entries = recording::read(name);
    let index = entries.iter().position(|entry| missing(&entry.what));
    entries.remove(index.expect("it was there"));
    check_entries(&entries, &[]);
}

fn is_client(what: &What, event: &str) -> bool {
    matches!(what, What::Client(frame) if frame[3] == event)
}

#[test]
#[should_panic(expected = "ours also sends")]
fn a_frame_that_was_not_recorded_fails_a_replay() {
    check_without("01-join-heartbeat-leave-v2", |what| {
        is_client(what, "phx_leave")
    });
}

#[test]
#[should_panic(expected = "ours does not send")]
fn a_frame_that_is_not_sent_fails_a_replay() {
    check_without("01-join-heartbeat-leave-v2", |what| {
        matches!(what, What::Leave(_))
    });
}

#[test]
#[should_panic(expected = "comes -30057 ms after")]
fn a_frame_at_another_time_fails_a_replay() {
    check_without("01-join-heartbeat-leave-v2", |what| {
        is_client(what, "heartbeat")
    });
}

#[test]
#[should_panic(expected = "reported")]
fn a_delivery_that_was_not_recorded_fails_a_replay() {
    check_without(
        "03-broadcast",
        |what| matches!(what, What::Report(text) if text.starts_with("new-message")),
    );
}

#[test]
#[should_panic(expected = "reported")]
fn a_delivery_that_is_not_made_fails_a_replay() {
    check_without(
        "24-stale-join-ref",
        |what| matches!(what, What::Server(text) if text.contains("before")),
    );
}

#[test]
#[should_panic(expected = "differences that did not show")]
fn a_difference_that_does_not_show_fails_a_replay() {
    check("24-stale-join-ref", &[NotReported(1)]);
}
