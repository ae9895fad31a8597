//! Lists with filters by reference and by data, and users that are merged.
#![allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]

mod common;

use common::steps::{notes, trigger, with_steps};
use common::{Knock, at};
use serde_json::{Value, json};

fn call(knock: &mut Knock, method: &str, target: &str, body: &Value) -> Value {
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    let response = knock.secret(method, target, &body);
    assert!(
        matches!(response.status, 200 | 204),
        "{method} {target}: {} {}",
        response.status,
        response.json()
    );
    response.json()
}

/// What a part of each row of a list says.
fn column(knock: &mut Knock, target: &str, path: &str) -> Vec<Value> {
    let page = call(knock, "GET", target, &Value::Null);
    let rows = page.get("entries").or(page.get("items")).unwrap();
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row.pointer(path).cloned().unwrap_or_default())
        .collect()
}

fn follow(knock: &mut Knock, object: &str, recipients: &Value) {
    let path = format!("/v1/objects/{object}/subscriptions");
    call(knock, "POST", &path, &json!({"recipients": recipients}));
}

#[test]
fn subscriptions_are_listed_by_whom_and_what_they_are_of() {
    let mut knock = Knock::new();
    let team = json!({"collection": "teams", "id": "t"});
    follow(&mut knock, "projects/p", &json!(["jane", "john", team]));
    follow(&mut knock, "projects/q", &json!(["jane", team]));
    let of_p = "/v1/objects/projects/p/subscriptions";
    let of_team = "/v1/objects/teams/t/subscriptions?mode=recipient";
    let (recipient, object) = ("/recipient/id", "/object/id");
    for (target, path, expected) in [
        (of_p.to_owned(), recipient, json!(["jane", "john", "t"])),
        (
            format!("{of_p}?recipients[]=john&recipients[]=ghost"),
            recipient,
            json!(["john"]),
        ),
        (
            format!("{of_p}?recipients[0][id]=t&recipients[0][collection]=teams"),
            recipient,
            json!(["t"]),
        ),
        (
            "/v1/users/jane/subscriptions".to_owned(),
            object,
            json!(["p", "q"]),
        ),
        (
            "/v1/users/jane/subscriptions?objects[0][id]=q&objects[0][collection]=projects"
                .to_owned(),
            object,
            json!(["q"]),
        ),
        (
            "/v1/users/jane/subscriptions?objects[0][id]=q&objects[0][collection]=teams".to_owned(),
            object,
            json!([]),
        ),
        (of_team.to_owned(), object, json!(["p", "q"])),
        (
            format!("{of_team}&objects[0][id]=p&objects[0][collection]=projects"),
            object,
            json!(["p"]),
        ),
    ] {
        assert_eq!(
            json!(column(&mut knock, &target, path)),
            expected,
            "{target}"
        );
    }
    let wrong = knock.secret("GET", &format!("{of_p}?recipients[0]=john"), "");
    assert_eq!(
        (wrong.status, &wrong.json()["errors"][0]["field"]),
        (422, &json!("recipients"))
    );
}

#[test]
fn a_list_of_subscriptions_brings_preferences_when_asked() {
    let mut knock = Knock::new();
    follow(&mut knock, "projects/p", &json!(["jane"]));
    let set = json!({"workflows": {"x": false}});
    call(
        &mut knock,
        "PUT",
        "/v1/users/jane/preferences/default",
        &set,
    );
    for target in [
        "/v1/objects/projects/p/subscriptions",
        "/v1/users/jane/subscriptions",
    ] {
        let path = "/recipient/preferences/workflows/x";
        assert_eq!(column(&mut knock, target, path), [Value::Null]);
        let asking = format!("{target}?include[]=preferences");
        assert_eq!(column(&mut knock, &asking, path), [json!(false)]);
    }
}

#[test]
fn schedules_are_listed_by_recipients_of_either_kind() {
    let mut knock = Knock::new();
    let team = json!({"collection": "teams", "id": "t"});
    for recipient in [json!("jane"), team] {
        let body = json!({"workflow": "new-comment", "recipients": [recipient], "scheduled_at": "2027-01-01T00:00:00Z"});
        call(&mut knock, "POST", "/v1/schedules", &body);
    }
    let list = "/v1/schedules?workflow=new-comment";
    for (query, expected) in [
        ("", json!(["jane", "t"])),
        ("&recipients[]=jane", json!(["jane"])),
        (
            "&recipients[0][id]=t&recipients[0][collection]=teams",
            json!(["t"]),
        ),
        ("&recipients[0][id]=t", json!([])),
    ] {
        let found = column(&mut knock, &format!("{list}{query}"), "/recipient/id");
        assert_eq!(json!(found), expected, "{query}");
    }
}

#[test]
fn activities_are_listed_by_their_data() {
    let mut knock = with_steps("[[steps]]\ntype = 'batch'\nwindow = '1m'");
    for n in [1, 2, 1] {
        trigger(
            &mut knock,
            json!({"recipients": [{"id": "jane"}], "data": {"n": n}}),
        );
    }
    knock.now = at(60);
    knock.feed("jane", "");
    let list = format!("/v1/messages/{}/activities", knock.ids("jane")[0]);
    assert_eq!(column(&mut knock, &list, "/data/n"), [1, 2, 1]);
    let of_one = format!("{list}?trigger_data=%7B%22n%22%3A1%7D");
    assert_eq!(column(&mut knock, &of_one, "/data/n"), [1, 1]);
    let wrong = knock.secret("GET", &format!("{list}?trigger_data=n"), "");
    assert_eq!(wrong.status, 422);
}

#[test]
fn an_object_has_no_messages_though_its_subscribers_do() {
    let mut knock = Knock::new();
    follow(&mut knock, "projects/p", &json!(["jane"]));
    let to_p = json!({"recipients": [{"collection": "projects", "id": "p"}]});
    knock.run("new-comment", &to_p);
    assert_eq!(column(&mut knock, "/v1/messages", "/recipient"), ["jane"]);
    let of_p = "/v1/objects/projects/p/messages";
    assert!(column(&mut knock, of_p, "/recipient").is_empty());
    assert_eq!(
        knock
            .secret("GET", &format!("{of_p}?page_size=x"), "")
            .status,
        422
    );
}

#[test]
fn merging_moves_a_month_of_messages_what_was_done_followed_and_scheduled_and_ends_what_waits() {
    const DAY: i64 = 86_400;
    let mut knock = with_steps(
        "[[steps]]\ntype = 'delay'\nfor = '1h'\nconditions = [{ variable = 'data.later', operator = 'equal_to', argument = true }]",
    );
    let from = |id: &str, page: &str| json!({"recipients": [{"id": id}], "actor": {"id": "old", "name": "Old"}, "data": {"page": page}});
    call(
        &mut knock,
        "PUT",
        "/v1/users/jane",
        &json!({"name": "Jane"}),
    );
    trigger(&mut knock, from("old", "nobody is told of one's own doing"));
    trigger(
        &mut knock,
        json!({"recipients": [{"id": "old"}], "data": {"page": "long ago"}}),
    );
    knock.now = at(31 * DAY);
    trigger(
        &mut knock,
        json!({"recipients": [{"id": "old"}], "data": {"page": "lately"}}),
    );
    trigger(&mut knock, from("john", "by the old one"));
    trigger(
        &mut knock,
        json!({"recipients": [{"id": "old"}], "data": {"page": "waits", "later": true}}),
    );
    follow(&mut knock, "projects/p", &json!(["old"]));
    follow(&mut knock, "projects/q", &json!(["old", "jane"]));
    let schedule = json!({"workflow": "w", "recipients": ["old"], "actor": "old", "scheduled_at": "2027-01-01T00:00:00Z"});
    call(&mut knock, "POST", "/v1/schedules", &schedule);

    call(
        &mut knock,
        "POST",
        "/v1/users/jane/merge",
        &json!({"from_user_id": "old"}),
    );
    let pages = column(&mut knock, "/v1/users/jane/messages", "/data/page");
    assert_eq!(pages, ["lately"]);
    assert_eq!(
        knock.feed("jane", "")["entries"][0]["data"]["page"],
        "lately"
    );
    let all = column(&mut knock, "/v1/messages", "/data/page");
    assert_eq!(
        all,
        ["by the old one", "lately"],
        "what is older went with its owner"
    );
    let of_john = knock.feed("john", "")["entries"][0].clone();
    assert_eq!(
        (&of_john["actors"][0]["id"], &of_john["actors"][0]["name"]),
        (&json!("jane"), &json!("Jane"))
    );
    assert_eq!(
        column(&mut knock, "/v1/users/jane/subscriptions", "/object/id"),
        ["p", "q"]
    );
    let schedules = "/v1/users/jane/schedules";
    assert_eq!(column(&mut knock, schedules, "/actor/id"), ["jane"]);

    knock.now = at(31 * DAY + 3600);
    assert_eq!(
        knock.feed("jane", "")["entries"].as_array().unwrap().len(),
        1
    );
    assert!(notes(&mut knock).contains("dropped w to old: the recipient is gone"));
}
