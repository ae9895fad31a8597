//! Schedules: created, changed, run at their time, deleted.
#![allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]

mod common;

use common::steps::notes;
use common::{Knock, at};
use serde_json::{Value, json};

fn call(knock: &mut Knock, method: &str, body: &Value) -> Value {
    let response = knock.secret(method, "/v1/schedules", &body.to_string());
    assert_eq!(response.status, 200, "{}", response.json());
    response.json()
}

/// What arrived, oldest first.
fn arrived(knock: &mut Knock, user: &str) -> Vec<String> {
    let feed = knock.feed(user, "");
    let entries = feed["entries"].as_array().unwrap().iter().rev();
    entries
        .map(|entry| entry["inserted_at"].as_str().unwrap()[..16].to_owned())
        .collect()
}

fn daily(more: Value) -> Value {
    let mut body = json!({"workflow": "daily-digest", "recipients": [{"id": "jane"}],
        "repeats": [{"frequency": "daily", "hours": 9, "minutes": 30}]});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    body
}

#[test]
fn a_repeating_schedule_triggers_at_each_of_its_times() {
    let mut knock = Knock::new();
    let created = call(
        &mut knock,
        "POST",
        &daily(json!({"data": {"comments": "7"}, "tenant": "acme", "actor": {"id": "bot"}})),
    );
    assert_eq!(created[0]["__typename"], "Schedule");
    assert_eq!(
        created[0]["next_occurrence_at"],
        "2026-03-03T09:30:00.000000Z"
    );
    assert_eq!(created[0]["repeats"][0]["frequency"], "daily");
    assert_eq!(
        (&created[0]["recipient"]["id"], &created[0]["actor"]["id"]),
        (&json!("jane"), &json!("bot"))
    );
    assert_eq!(knock.emulator.next_due().unwrap(), at(23 * 3600 + 1800));

    knock.now = at(3 * 86_400);
    assert_eq!(
        arrived(&mut knock, "jane"),
        ["2026-03-03T09:30", "2026-03-04T09:30", "2026-03-05T09:30"]
    );
    let entry = knock.feed("jane", "")["entries"][0].clone();
    assert_eq!(
        (
            &entry["tenant"],
            &entry["data"]["comments"],
            &entry["actors"][0]["id"]
        ),
        (&json!("acme"), &json!("7"), &json!("bot"))
    );
    let listed = knock
        .secret("GET", "/v1/schedules?workflow=daily-digest", "")
        .json();
    assert_eq!(
        listed["entries"][0]["last_occurrence_at"],
        "2026-03-05T09:30:00.000000Z"
    );
}

#[test]
fn a_schedule_for_one_time_triggers_once() {
    let mut knock = Knock::new();
    let body = json!({"workflow": "reminder-flow", "recipients": ["ann", "bob"], "scheduled_at": "2026-03-02T11:00:00Z"});
    assert_eq!(call(&mut knock, "POST", &body).as_array().unwrap().len(), 2);
    knock.now = at(3599);
    assert!(arrived(&mut knock, "ann").is_empty());
    knock.now = at(86_400);
    assert_eq!(arrived(&mut knock, "ann"), ["2026-03-02T11:00"]);
    assert_eq!(arrived(&mut knock, "bob").len(), 1);
    assert_eq!(knock.emulator.next_due(), None);
}

#[test]
fn a_schedule_ends_and_can_be_changed_and_deleted() {
    let mut knock = Knock::new();
    let created = call(
        &mut knock,
        "POST",
        &daily(json!({"ending_at": "2026-03-04T00:00:00Z"})),
    );
    let id = created[0]["id"].clone();
    knock.now = at(5 * 86_400);
    assert_eq!(arrived(&mut knock, "jane").len(), 1);

    let changed = call(
        &mut knock,
        "PUT",
        &json!({"schedule_ids": [id], "ending_at": null, "repeats": [{"frequency": "hourly"}]}),
    );
    assert_eq!(
        changed[0]["next_occurrence_at"],
        "2026-03-07T11:00:00.000000Z"
    );
    assert_eq!(changed[0]["ending_at"], Value::Null);
    let of_jane = knock.secret("GET", "/v1/users/jane/schedules", "").json();
    assert_eq!(of_jane["entries"], changed);

    assert_eq!(
        call(&mut knock, "DELETE", &json!({"schedule_ids": [id]})),
        changed
    );
    knock.now = at(6 * 86_400);
    assert_eq!(arrived(&mut knock, "jane").len(), 1);
    assert_eq!(
        call(&mut knock, "DELETE", &json!({"schedule_ids": [id]})),
        json!([])
    );
}

#[test]
fn schedules_are_made_in_bulk() {
    let mut knock = Knock::new();
    let once = json!({"workflow": "reminder-flow", "recipient": "ann", "scheduled_at": "2026-03-02T11:00:00Z"});
    let body = json!({"schedules": [once, {"workflow": "none", "recipient": "bob"}]});
    let operation = knock
        .secret("POST", "/v1/schedules/bulk/create", &body.to_string())
        .json();
    assert_eq!(
        (&operation["success_count"], &operation["error_count"]),
        (&json!(1), &json!(1))
    );
    knock.now = at(3600);
    assert_eq!(arrived(&mut knock, "ann").len(), 1);
}

#[test]
fn a_schedule_that_makes_no_sense_is_refused() {
    let mut knock = Knock::new();
    for (wrong, status) in [
        (json!({"workflow": "none", "recipients": ["jane"]}), 404),
        (json!({"recipients": ["jane"]}), 422),
        (json!({"workflow": "daily-digest", "recipients": []}), 422),
        (
            json!({"workflow": "daily-digest", "recipients": ["jane"]}),
            422,
        ),
        (daily(json!({"recipients": vec!["jane"; 101]})), 422),
        (daily(json!({"repeats": [{"frequency": "yearly"}]})), 422),
        (daily(json!({"scheduled_at": "tomorrow"})), 422),
        (daily(json!({"data": 7})), 422),
    ] {
        let response = knock.secret("POST", "/v1/schedules", &wrong.to_string());
        assert_eq!(response.status, status, "{wrong}");
    }
    assert_eq!(knock.secret("GET", "/v1/schedules", "").status, 422);
    assert_eq!(knock.secret("PUT", "/v1/schedules", "{}").status, 422);
}

#[test]
fn a_schedule_of_an_object_is_not_one_of_its_subscribers() {
    let mut knock = Knock::new();
    let follow = json!({"recipients": ["jane"]}).to_string();
    knock.secret("POST", "/v1/objects/projects/p/subscriptions", &follow);
    let project = json!({"collection": "projects", "id": "p"});
    let body = json!({"workflow": "daily-digest", "recipients": [project], "scheduled_at": "2026-03-02T11:00:00Z"});
    call(&mut knock, "POST", &body);
    knock.now = at(3600);
    assert!(arrived(&mut knock, "jane").is_empty());
    assert!(notes(&mut knock).contains(
        "sent nothing to projects/p: objects have no feed, and a schedule does not reach its subscribers"
    ));
}
