//! Conversations recorded between a real Phoenix server and phoenix.js or the Knock SDK, replayed against our client.
//!
//! Every frame the recorded client sent, and everything it delivered, must come from ours in the same
//! order; what differs on purpose is listed here, file by file, and explained in `docs/protocol.md`.

use std::collections::BTreeSet;

mod driver;
#[path = "transcripts/recording.rs"]
mod recording;
#[path = "transcripts/replay.rs"]
mod replay;
#[path = "transcripts/reports.rs"]
mod reports;
#[path = "transcripts/unnoted.rs"]
mod unnoted;

use recording::{Entry, What, read};
use replay::Difference::{
    ComesBack, HeartbeatsInPauses, NotDialled, NotReported, NotSent, ReportedToo, SentToo,
};
use replay::{Difference, check, check_entries};
use unnoted::{one_client_a_connection, with_leaves, with_reports};

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
fn replies_to_pushes_and_pushes_without_one() {
    // The recorded application waited half a second for a reply, or one, or two.
    let given_up = [528, 1529, 2031, 6539, 9044].map(NotReported);
    let later = [
        "echo_push unanswered",
        "noreply unanswered",
        "no_such_event unanswered",
        "stop unanswered",
    ]
    .map(ReportedToo);
    let late = ReportedToo(r#"slow reply ok {"ms":1500}"#);
    check(
        "04-push-replies",
        &[&given_up[..], &later, &[late]].concat(),
    );
}

#[test]
fn a_topic_joined_again_with_other_parameters() {
    let mut entries = read("05-duplicate-join-client");
    // phoenix.js leaves by itself what its application joins a second time.
    entries.retain(|entry| !matches!(entry.what, What::Leave(_)));
    check_entries(&with_leaves(entries), &[]);
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
fn a_refused_upgrade_is_not_repeated_within_the_half_minute_recorded() {
    let repeats = [
        19, 73, 179, 338, 546, 800, 1313, 2323, 4341, 9354, 14366, 19381,
    ];
    let told = ReportedToo("refused with 403");
    check(
        "09-connect-refused-403",
        &[&repeats.map(NotDialled)[..], &[told]].concat(),
    );
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
fn a_channel_the_server_closes_is_joined_again_without_being_told_to() {
    check("12-channel-close", &[SentToo("phx_join")]);
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
fn a_transport_that_is_killed_raises_or_is_reset() {
    check("14-transport-killed", &[]);
    check("14-transport-killed.bandit", &[]);
}

#[test]
fn a_server_that_restarts() {
    check("16-server-restart-sigterm", &[]);
    check("16-server-restart-sigterm.bandit", &[]);
    check("16-server-restart-sigterm.phoenix-1.8", &[]);
    check("17-server-restart-sigkill", &[]);
    check("17-server-restart-sigkill.bandit", &[]);
}

#[test]
fn a_server_that_ends_a_silent_connection() {
    for name in ["18-server-idle-timeout", "18-server-idle-timeout.bandit"] {
        // The client made by hand kept silent; ours does so only when its process is stopped.
        let mut entries = with_reports(one_client_a_connection(&read(name)));
        let is_joined = |entry: &Entry| matches!(&entry.what, What::Report(text) if text.starts_with("join ok"));
        let joined = entries.iter().position(is_joined).expect("it joined");
        let still = |like: &Entry, what| Entry {
            what,
            ..like.clone()
        };
        entries.insert(joined + 1, still(&entries[joined], What::Suspended));
        let end = entries.len() - 1;
        entries.push(still(&entries[end], What::Continued));
        // It reads what came before the close, and has a heartbeat overdue.
        check_entries(&entries, &[SentToo("heartbeat"), ComesBack]);
    }
    check("19-server-idle-timeout-2s", &[ComesBack]);
    check("19-server-idle-timeout-2s.bandit", &[]);
}

#[test]
fn a_network_that_dies_both_ways() {
    check("20-client-heartbeat-timeout", &[]);
    check("20-client-heartbeat-timeout.bandit", &[]);
}

#[test]
fn a_topic_the_server_does_not_know() {
    // There is nothing to leave on the server.
    check("21-unmatched-topic", &[NotSent(3606)]);
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
fn a_join_slower_than_the_client_waits() {
    check("25-slow-join", &[]);
}

#[test]
fn more_topics_than_the_server_allows_on_a_connection() {
    let entries = one_client_a_connection(&read("28-max-channels"));
    check_entries(&with_reports(with_leaves(entries)), &[]);
}

#[test]
fn an_upgrade_that_is_never_answered() {
    // Ours sends the join that waited once.
    check("31-connect-timeout-and-drops", &[NotSent(8016)]);
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

#[test]
fn a_process_suspended_for_less_than_a_minute() {
    check("34-client-suspended-45s", &[]);
}

#[test]
fn knock_a_feed_and_its_announcements() {
    check_knock("40-knock-fetch-and-realtime", &[]);
}

#[test]
fn knock_an_empty_feed_and_its_first_announcement() {
    check_knock("41-knock-empty-feed", &[]);
}

#[test]
fn knock_two_feeds_on_one_topic_and_a_third_on_another() {
    check_knock("46-knock-two-feeds-one-channel", &[]);
}

#[test]
fn knock_connections_and_channels_that_break() {
    check_knock("47-knock-reconnect", &[]);
}

#[test]
fn knock_a_token_that_is_refused() {
    let repeats = [831, 2513, 2896, 4501, 10432, 30214, 33660].map(NotDialled);
    let told = ReportedToo("refused with 403");
    check_knock("48-knock-unauthorized", &[&repeats[..], &[told]].concat());
}

#[test]
fn knock_a_connection_the_server_ends_by_its_name() {
    check_knock("49-knock-server-disconnect", &[ComesBack]);
    // The SDK has no feed any more once its channel was closed.
    check_knock(
        "49-knock-server-disconnect.phoenix-1.8",
        &[SentToo("phx_join")],
    );
}

#[test]
fn knock_another_token_and_another_user() {
    let entries = one_client_a_connection(&read("50-knock-reauthenticate-logout"));
    check_entries(&with_reports(with_leaves(entries)), &[]);
}

#[test]
fn knock_an_unauthorized_join_is_not_repeated_within_the_minute_recorded() {
    let repeats = [281, 1120, 1631, 8917, 11373, 22563, 61405].map(NotSent);
    let answers = [282, 1121, 1637, 8918, 11375, 22564, 61406].map(NotReported);
    check_knock("51-knock-join-error", &[repeats, answers].concat());
}

fn check_knock(name: &str, differences: &[Difference]) {
    check_entries(&with_reports(with_leaves(read(name))), differences);
}

/// `recordings.txt` has a line for every recording that was made: replayed, or why not.
#[test]
fn every_recording_is_replayed_or_says_nothing_to_a_client() {
    let list = include_str!("transcripts/recordings.txt");
    let (mut replayed, mut reasons) = (BTreeSet::new(), 0);
    for line in list.lines() {
        let (name, fate) = line.split_once(": ").expect("a name and its fate");
        match fate {
            "replayed" => assert!(replayed.insert(name.to_owned()), "{name} is there twice"),
            reason => {
                assert!(reason.len() > 30, "{name}: {reason} is no reason");
                reasons += 1;
            }
        }
    }
    assert_eq!(
        (replayed.len(), reasons),
        (49, 18),
        "recordings that were made"
    );
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transcripts");
    let files = std::fs::read_dir(directory).expect("it exists");
    let kept: BTreeSet<String> = files
        .map(|file| file.expect("it can be read").file_name())
        .filter_map(|name| Some(name.to_str()?.strip_suffix(".jsonl")?.to_owned()))
        .collect();
    assert_eq!(kept, replayed);
    let tests = include_str!("transcripts.rs");
    for name in replayed {
        assert!(
            tests.contains(&format!("\"{name}\"")),
            "no test replays {name}"
        );
    }
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
