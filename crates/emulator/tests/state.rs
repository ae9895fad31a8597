//! What is kept across restarts, and snapshots.
#![allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]

mod common;

use common::{Knock, at};
use doorbell_emulator::{Config, Emulator, Row, Store};
use fastrand::Rng;
use serde_json::{Value, json};
use tempfile::tempdir;

/// Something of every kind of thing that is remembered.
fn live(knock: &mut Knock) {
    let delayed = "[[steps]]\ntype = 'throttle'\nwindow = '1h'\nlimit = 2\n[[steps]]\ntype = 'delay'\nfor = '1h'\n[[steps]]\n\
        type = 'in_app'\nblocks = [{ type = 'text', name = 'body', content = 'late' }]";
    knock.emulator.load_workflow("late", delayed).unwrap();
    for (method, path, body) in [
        (
            "PUT",
            "/v1/users/jane",
            json!({"name": "Jane", "preferences": {"default": {"workflows": {"x": false}}}}),
        ),
        ("PUT", "/v1/users/gone", json!({})),
        (
            "PUT",
            "/v1/objects/projects/apollo",
            json!({"name": "Apollo"}),
        ),
        (
            "POST",
            "/v1/objects/projects/apollo/subscriptions",
            json!({"recipients": ["jane", "gone"]}),
        ),
        ("PUT", "/v1/tenants/acme", json!({"name": "Acme"})),
        (
            "PUT",
            "/v1/users/jane/channel_data/11111111-2222-4333-8444-555555555555",
            json!({"data": {"tokens": ["t"]}}),
        ),
        (
            "POST",
            "/v1/schedules",
            json!({"workflow": "new-comment", "recipients": ["jane"], "repeats": [{"frequency": "daily"}]}),
        ),
        (
            "POST",
            "/v1/workflows/new-comment/trigger",
            json!({"recipients": [{"collection": "projects", "id": "apollo"}], "data": {"comment": "Hi"}, "tenant": "acme"}),
        ),
        (
            "POST",
            "/v1/workflows/late/trigger",
            json!({"recipients": ["jane"]}),
        ),
        (
            "POST",
            "/v1/users/bulk/delete",
            json!({"user_ids": ["gone"]}),
        ),
    ] {
        let response = knock.secret(method, path, &body.to_string());
        assert!(response.status < 300, "{path}: {}", response.json());
    }
    let id = knock.ids("jane").remove(0);
    knock.public(
        "PUT",
        &format!("/v1/messages/{id}/interacted"),
        r#"{"metadata": {"a": 1}}"#,
    );
    knock.trigger_once("once", &json!({"recipients": ["jane"]}));
}

/// Everything that can be read of it.
fn read(knock: &mut Knock) -> Value {
    let feed = format!("/v1/users/jane/feeds/{}", knock.feed_id());
    let id = knock.ids("jane").remove(0);
    let (content, events) = (
        format!("/v1/messages/{id}/content"),
        format!("/v1/messages/{id}/events"),
    );
    [
        "/v1/users",
        "/v1/users/jane/preferences",
        "/v1/users/jane/subscriptions",
        "/v1/users/jane/channel_data/11111111-2222-4333-8444-555555555555",
        "/v1/objects/projects",
        "/v1/objects/projects/apollo/subscriptions",
        "/v1/tenants",
        "/v1/messages",
        "/v1/schedules?workflow=new-comment",
        "/_emulator/clock",
        &feed,
        &content,
        &events,
    ]
    .iter()
    .map(|path| {
        let response = knock.secret("GET", path, "");
        assert_eq!(response.status, 200, "{path}: {}", response.json());
        response.json()
    })
    .collect()
}

/// Another emulator with what these rows say.
fn brought_back(knock: &Knock, rows: &[Row]) -> Knock {
    let mut emulator = Emulator::new(Config::default());
    emulator.bring_back(rows).unwrap();
    Knock {
        emulator,
        now: knock.now,
    }
}

#[test]
fn an_emulator_is_brought_back_from_its_rows_as_it_was() {
    let mut knock = Knock::new();
    knock.emulator.track_changes();
    live(&mut knock);
    let rows = knock.emulator.take_changes();
    let mut again = brought_back(&knock, &rows);
    assert_eq!(read(&mut again), read(&mut knock));
    let replayed = again.trigger_once("once", &json!({"recipients": ["jane"]}));
    assert_eq!(replayed.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.secret("GET", "/v1/users/gone", "").status, 404);

    // Both go the same way from here, and the delay that waited ends in both.
    for knock in [&mut knock, &mut again] {
        let text = "[[steps]]\ntype = 'throttle'\nwindow = '1h'\nlimit = 2\n[[steps]]\ntype = 'delay'\nfor = '1h'\n[[steps]]\n\
            type = 'in_app'\nblocks = [{ type = 'text', name = 'body', content = 'late' }]";
        knock.emulator.load_workflow("late", text).unwrap();
        knock.run("late", &json!({"recipients": ["jane"]}));
        knock.run("late", &json!({"recipients": ["jane"]}));
        knock.now = at(3600);
        knock.emulator.advance(knock.now);
    }
    assert_eq!(
        knock.ids("jane").len(),
        4,
        "one waited, one more passed, the third was throttled"
    );
    assert_eq!(again.ids("jane"), knock.ids("jane"));
    assert_eq!(read(&mut again), read(&mut knock));
}

#[test]
fn rows_of_each_step_laid_together_are_the_whole() {
    for seed in 0..30 {
        let mut rng = Rng::with_seed(seed);
        let mut knock = Knock::new();
        knock.emulator.track_changes();
        let mut kept: Vec<Row> = Vec::new();
        for step in 0..40 {
            knock.now = at(step);
            let user = *rng.choice(&["ann", "bob", "cleo"]).unwrap();
            let other = *rng.choice(&["ann", "bob", "cleo"]).unwrap();
            let target = match rng.u8(0..7) {
                0 => ("PUT", format!("/v1/users/{user}"), json!({"n": step})),
                1 => ("DELETE", format!("/v1/users/{user}"), json!({})),
                2 => (
                    "POST",
                    format!("/v1/users/{user}/merge"),
                    json!({"from_user_id": other}),
                ),
                3 => (
                    "POST",
                    "/v1/objects/o/p/subscriptions".into(),
                    json!({"recipients": [user, other]}),
                ),
                4 => (
                    "DELETE",
                    "/v1/objects/o/p/subscriptions".into(),
                    json!({"recipients": [user]}),
                ),
                5 => (
                    "POST",
                    format!(
                        "/v1/channels/{}/messages/bulk/{}",
                        knock.feed_id(),
                        rng.choice(&["read", "delete"]).unwrap()
                    ),
                    json!({"user_ids": [user]}),
                ),
                _ => (
                    "POST",
                    "/v1/workflows/new-comment/trigger".into(),
                    json!({"recipients": [{"id": user}, {"collection": "o", "id": "p"}]}),
                ),
            };
            knock.secret(target.0, &target.1, &target.2.to_string());
            if rng.u8(0..20) == 0 {
                knock.emulator.reset();
            }
            for row in knock.emulator.take_changes() {
                kept.retain(|old| (&old.table, &old.key) != (&row.table, &row.key));
                kept.push(row);
            }
        }
        let mut again = brought_back(&knock, &kept);
        for path in [
            "/v1/users",
            "/v1/messages",
            "/v1/objects/o/p/subscriptions",
            "/v1/objects/o",
        ] {
            let (then, now) = (
                knock.secret("GET", path, "").json(),
                again.secret("GET", path, "").json(),
            );
            assert_eq!(now, then, "seed {seed}: {path}");
        }
        for user in ["ann", "bob", "cleo"] {
            assert_eq!(
                again.feed(user, ""),
                knock.feed(user, ""),
                "seed {seed}: {user}"
            );
        }
    }
}

#[test]
fn a_restored_snapshot_is_what_was_and_is_kept() {
    let mut knock = Knock::new();
    knock.emulator.hold_clock(at(0));
    knock.emulator.track_changes();
    live(&mut knock);
    let mut rows = knock.emulator.take_changes();
    let then = read(&mut knock);
    assert_eq!(
        knock
            .send_as("", "POST", "/_emulator/snapshots", r#"{"name": "a b"}"#)
            .status,
        200
    );
    knock.emulator.hold_clock(at(10_000));
    knock.comment("jane", "later");
    knock.secret("DELETE", "/v1/objects/projects/apollo", "");
    assert_ne!(read(&mut knock), then);
    knock.emulator.reset();
    let listed = knock.send_as("", "GET", "/_emulator/snapshots", "").json();
    assert_eq!(listed, json!({"entries": [{"name": "a b"}]}));
    let restored = knock.send_as("", "POST", "/_emulator/snapshots/a%20b/restore", "");
    assert_eq!(restored.status, 204);
    assert_eq!(read(&mut knock), then);

    for row in knock.emulator.take_changes() {
        rows.retain(|old| (&old.table, &old.key) != (&row.table, &row.key));
        rows.push(row);
    }
    assert_eq!(read(&mut brought_back(&knock, &rows)), then);
    assert_eq!(
        knock
            .send_as("", "DELETE", "/_emulator/snapshots/a%20b", "")
            .status,
        204
    );
    for (method, path, body) in [
        ("POST", "/_emulator/snapshots/a%20b/restore", ""),
        ("DELETE", "/_emulator/snapshots/a%20b", ""),
    ] {
        assert_eq!(knock.send_as("", method, path, body).status, 404);
    }
    assert_eq!(
        knock
            .send_as("", "POST", "/_emulator/snapshots", "{}")
            .status,
        422
    );
}

#[test]
fn snapshots_are_bounded() {
    let mut knock = Knock::new();
    let mut take = |name: usize| {
        let body = json!({"name": name.to_string()}).to_string();
        knock
            .send_as("", "POST", "/_emulator/snapshots", &body)
            .status
    };
    for name in 0..32 {
        assert_eq!(take(name), 200);
    }
    assert_eq!(take(32), 422);
    assert_eq!(take(31), 200, "one of this name is replaced");
}

#[test]
fn a_file_keeps_what_happened_and_one_that_is_none_is_left_as_it_is() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("state.db");
    let mut knock = Knock::new();
    live(&mut knock);
    let then = read(&mut knock);
    let store = Store::open(&file, &mut knock.emulator).unwrap();
    let refused = Store::open(&file, &mut Emulator::new(Config::default())).unwrap_err();
    assert!(refused.contains("in use by another emulator"), "{refused}");
    drop(store);
    let mut again = Knock {
        emulator: Emulator::new(Config::default()),
        now: knock.now,
    };
    Store::open(&file, &mut again.emulator).unwrap();
    assert_eq!(read(&mut again), then);

    let text = folder.path().join("text");
    std::fs::write(
        &text,
        "not a database, but long enough to be looked at as if it were one",
    )
    .unwrap();
    let foreign = folder.path().join("foreign.db");
    let database = rusqlite::Connection::open(&foreign).unwrap();
    database
        .execute_batch("CREATE TABLE people (name TEXT)")
        .unwrap();
    drop(database);
    let newer = folder.path().join("newer.db");
    std::fs::copy(&file, &newer).unwrap();
    let database = rusqlite::Connection::open(&newer).unwrap();
    database.pragma_update(None, "user_version", 99).unwrap();
    drop(database);
    for (file, word) in [
        (text, "is no state"),
        (foreign, "is no state"),
        (newer, "another version"),
        (folder.path().join("no/where"), "cannot keep"),
    ] {
        let before = std::fs::read(&file).ok();
        let refused = Store::open(&file, &mut Emulator::new(Config::default())).unwrap_err();
        assert!(refused.contains(word), "{refused}");
        assert_eq!(std::fs::read(&file).ok(), before, "{}", file.display());
    }
}
