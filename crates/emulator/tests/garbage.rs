//! Whatever comes in, there is an answer and no panic.

mod common;

use common::Knock;
use fastrand::Rng;
use serde_json::json;

const SEEDS: u64 = 300;

/// Cuts, doubles and overwrites a few characters.
fn spoiled(rng: &mut Rng, text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..rng.usize(0..4) {
        let place = rng.usize(..=characters.len());
        let noise = *rng.choice(NOISE.iter()).unwrap_or(&'x');
        match rng.u8(0..4) {
            0 => characters.truncate(place),
            1 => characters.insert(place, noise),
            2 if place < characters.len() => characters[place] = noise,
            _ => characters.extend_from_within(place..),
        }
    }
    characters.into_iter().collect()
}

#[test]
fn spoiled_requests_are_answered_and_leave_the_emulator_working() {
    for seed in 0..SEEDS {
        let mut rng = Rng::with_seed(seed);
        let mut knock = Knock::new();
        knock.comment("jane", "x");
        let id = knock.ids("jane").remove(0);
        let feed = knock.feed_id();
        let requests = [
            ("GET", format!("/v1/users/jane/feeds/{feed}?page_size=2&after=g3QAAAABZAACaWRtAAAAGw==&exclude=a.b,c"), String::new()),
            ("GET", format!("/v1/users/j%61ne/feeds/{feed}?trigger_data=%7B%22a%22%3A1%7D&inserted_at[gt]=2026-01-01T00:00:00Z"), String::new()),
            ("POST", "/v1/messages/batch/interacted".into(), json!({"message_ids": [id], "metadata": {"a": 1}}).to_string()),
            ("PUT", format!("/v1/messages/{id}/read"), String::new()),
            ("POST", format!("/v1/channels/{feed}/messages/bulk/read"), json!({"user_ids": ["jane"], "trigger_data": "{}"}).to_string()),
            ("PUT", "/v1/users/jane".into(), json!({"name": {"a": []}, "properties": 1, "collection": 2}).to_string()),
            ("POST", "/v1/workflows/new-comment/trigger".into(), json!({"recipients": ["jane", {"id": "bo", "collection": "c"}], "actor": {"id": "a"}, "data": {"comment": {}}}).to_string()),
        ];
        for (method, target, body) in requests {
            let target = spoiled(&mut rng, &target);
            let body = spoiled(&mut rng, &body);
            let response = knock.secret(method, &target, &body);
            assert!(
                (200..500).contains(&response.status),
                "seed {seed}: {method} {target} {body}"
            );
            assert!(response.header("x-request-id").is_some());
        }
        assert_eq!(knock.feed_response("jane", "").status, 200, "seed {seed}");
    }
}

#[test]
fn spoiled_frames_end_at_worst_their_own_connection() {
    for seed in 0..SEEDS {
        let mut rng = Rng::with_seed(seed);
        let mut knock = Knock::new();
        let healthy = knock.connect();
        let topic = knock.topic("jane");
        for frame in [
            json!(["1", "1", topic, "phx_join", {"client_a": {"trigger_data": {"a": 1}, "status": "unread"}}]),
            json!(["1", "2", topic, "phx_leave", {}]),
            json!([null, "3", "phoenix", "heartbeat", {}]),
            json!(["4", "4", topic, "phx_join", {"tenant": "acme", "inserted_at.gt": "2026-01-01T00:00:00Z"}]),
        ] {
            let connection = knock.connect();
            let text = spoiled(&mut rng, &frame.to_string());
            knock.emulator.receive(connection, &text, knock.now);
            knock.comment("jane", "x");
            let closed = knock
                .outputs()
                .iter()
                .any(|(_, output)| output == &Err(1011));
            assert_eq!(
                closed,
                !knock.emulator.connections().contains(&connection),
                "seed {seed}: {text}"
            );
        }
        knock.receive(healthy, &json!([null, "9", "phoenix", "heartbeat", {}]));
        assert_eq!(knock.sent().len(), 1, "seed {seed}");
    }
}

const NOISE: &[char] = &[
    '"',
    '{',
    '[',
    '%',
    '&',
    '=',
    '/',
    '\\',
    '\0',
    ',',
    '7',
    'ü',
    '\u{1f514}',
];
