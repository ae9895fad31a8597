//! What back ends do: users, tenants, objects, subscriptions, messages, bulk operations.
#![allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]

mod common;

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

fn get(knock: &mut Knock, target: &str) -> Value {
    call(knock, "GET", target, &Value::Null)
}

fn status(knock: &mut Knock, method: &str, target: &str, body: &Value) -> u16 {
    knock.secret(method, target, &body.to_string()).status
}

fn column(page: &Value, rows: &str, name: &str) -> Vec<String> {
    let rows = page[rows].as_array().unwrap();
    rows.iter()
        .map(|row| row[name].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn users_are_listed_in_pages() {
    let mut knock = Knock::new();
    for user in ["ann", "bob", "cleo"] {
        call(&mut knock, "PUT", &format!("/v1/users/{user}"), &json!({}));
    }
    let first = get(&mut knock, "/v1/users?page_size=2&include[]=preferences");
    assert_eq!(column(&first, "entries", "id"), ["ann", "bob"]);
    assert_eq!(first["entries"][0]["preferences"]["id"], "default");
    let after = first["page_info"]["after"].as_str().unwrap();
    let second = get(&mut knock, &format!("/v1/users?page_size=2&after={after}"));
    assert_eq!(column(&second, "entries", "id"), ["cleo", "demo-user"]);
    assert_eq!(second["page_info"]["after"], Value::Null);
    let before = second["page_info"]["before"].as_str().unwrap();
    let back = get(
        &mut knock,
        &format!("/v1/users?page_size=2&before={before}"),
    );
    assert_eq!(column(&back, "entries", "id"), ["ann", "bob"]);
}

#[test]
fn back_ends_only() {
    let mut knock = Knock::new();
    for (method, target) in [
        ("GET", "/v1/users"),
        ("DELETE", "/v1/users/demo-user"),
        ("POST", "/v1/users/demo-user/merge"),
        ("POST", "/v1/users/bulk/identify"),
        ("GET", "/v1/tenants"),
        ("PUT", "/v1/objects/projects/p"),
        ("POST", "/v1/objects/projects/p/subscriptions"),
        ("GET", "/v1/messages"),
        ("GET", "/v1/users/demo-user/messages"),
    ] {
        assert_eq!(
            knock.public(method, target, "{}").status,
            403,
            "{method} {target}"
        );
    }
}

#[test]
fn a_deleted_user_is_gone_with_messages_and_subscriptions() {
    let mut knock = Knock::new();
    knock.comment("jane", "one");
    call(
        &mut knock,
        "POST",
        "/v1/objects/projects/p/subscriptions",
        &json!({"recipients": ["jane"]}),
    );
    call(&mut knock, "DELETE", "/v1/users/jane", &Value::Null);
    assert_eq!(status(&mut knock, "GET", "/v1/users/jane", &json!({})), 404);
    assert_eq!(
        status(&mut knock, "DELETE", "/v1/users/jane", &json!({})),
        404
    );
    assert!(knock.ids("jane").is_empty());
    let subscriptions = get(&mut knock, "/v1/objects/projects/p/subscriptions");
    assert_eq!(subscriptions["entries"], json!([]));
}

#[test]
fn merging_keeps_the_primarys_word_and_moves_the_messages() {
    let mut knock = Knock::new();
    let old = json!({"name": "Old", "email": "old@example.test", "deep": {"a": 1, "b": 1},
        "preferences": {"default": {"workflows": {"x": false}}}, "channel_data": {"c": {"tokens": ["t"]}}});
    call(&mut knock, "PUT", "/v1/users/old", &old);
    call(
        &mut knock,
        "PUT",
        "/v1/users/jane",
        &json!({"name": "Jane", "deep": {"b": 2}}),
    );
    knock.comment("old", "from before");
    let merged = call(
        &mut knock,
        "POST",
        "/v1/users/jane/merge",
        &json!({"from_user_id": "old"}),
    );
    assert_eq!(merged["id"], "jane");
    assert_eq!(merged["name"], "Jane");
    assert_eq!(merged["email"], "old@example.test");
    assert_eq!(merged["deep"], json!({"a": 1, "b": 2}));
    assert_eq!(
        knock.feed("jane", "")["entries"][0]["data"]["comment"],
        "from before"
    );
    assert_eq!(
        get(&mut knock, "/v1/users/jane/preferences/default")["workflows"]["x"],
        false
    );
    assert_eq!(
        get(&mut knock, "/v1/users/jane/channel_data/c")["data"]["tokens"][0],
        "t"
    );
    assert_eq!(status(&mut knock, "GET", "/v1/users/old", &json!({})), 404);
    for wrong in [json!({}), json!({"from_user_id": "jane"})] {
        assert_eq!(
            status(&mut knock, "POST", "/v1/users/jane/merge", &wrong),
            422
        );
    }
    let nobody = json!({"from_user_id": "nobody"});
    assert_eq!(
        status(&mut knock, "POST", "/v1/users/jane/merge", &nobody),
        404
    );
}

#[test]
fn a_bulk_operation_does_what_it_can_and_counts_what_it_could_not() {
    let mut knock = Knock::new();
    let users = json!({"users": [{"id": "ann", "name": "Ann"}, {"name": "no id"}, {"id": "bob"}]});
    let operation = call(&mut knock, "POST", "/v1/users/bulk/identify", &users);
    assert_eq!(operation["name"], "users.identify");
    assert_eq!(
        (
            &operation["processed_rows"],
            &operation["success_count"],
            &operation["error_count"]
        ),
        (&json!(3), &json!(2), &json!(1))
    );
    assert_eq!(
        get(&mut knock, operation["progress_path"].as_str().unwrap()),
        operation
    );
    assert_eq!(get(&mut knock, "/v1/users/ann")["name"], "Ann");

    let preferences =
        json!({"user_ids": ["ann", "bob"], "preferences": {"workflows": {"x": false}}});
    call(
        &mut knock,
        "POST",
        "/v1/users/bulk/preferences",
        &preferences,
    );
    assert_eq!(
        get(&mut knock, "/v1/users/bob/preferences/default")["workflows"]["x"],
        false
    );

    let deleted = call(
        &mut knock,
        "POST",
        "/v1/users/bulk/delete",
        &json!({"user_ids": ["ann", "nobody"]}),
    );
    assert_eq!(
        (&deleted["success_count"], &deleted["error_items"][0]["id"]),
        (&json!(1), &json!("nobody"))
    );
    for wrong in [
        json!({}),
        json!({"user_ids": []}),
        json!({"user_ids": "ann"}),
        json!({"user_ids": vec!["x"; 1001]}),
    ] {
        assert_eq!(
            status(&mut knock, "POST", "/v1/users/bulk/delete", &wrong),
            422
        );
    }
}

#[test]
fn tenants_are_set_merged_listed_and_deleted() {
    let mut knock = Knock::new();
    let acme = json!({"name": "Acme", "plan": "team", "settings": {"branding": {"primary_color": "#111111"}}});
    let set = call(&mut knock, "PUT", "/v1/tenants/acme", &acme);
    assert_eq!(
        (&set["__typename"], &set["id"], &set["plan"]),
        (&json!("Tenant"), &json!("acme"), &json!("team"))
    );
    let more = json!({"settings": {"branding": {"icon_url": "https://example.test/i.png"}}});
    let merged = call(&mut knock, "PUT", "/v1/tenants/acme", &more);
    assert_eq!(merged["settings"]["branding"]["primary_color"], "#111111");
    assert_eq!(merged["name"], "Acme");
    assert_eq!(get(&mut knock, "/v1/tenants/acme"), merged);

    call(
        &mut knock,
        "POST",
        "/v1/tenants/bulk/set",
        &json!({"tenants": ["bare", {"id": "beta", "name": "Beta"}]}),
    );
    knock.run(
        "new-comment",
        &json!({"recipients": [{"id": "jane"}], "tenant": "stub"}),
    );
    let all = get(&mut knock, "/v1/tenants");
    assert_eq!(
        column(&all, "entries", "id"),
        ["acme", "bare", "beta", "stub"]
    );
    assert_eq!(
        column(&get(&mut knock, "/v1/tenants?name=Beta"), "entries", "id"),
        ["beta"]
    );
    assert_eq!(
        column(
            &get(&mut knock, "/v1/tenants?tenant_id=bare"),
            "entries",
            "id"
        ),
        ["bare"]
    );

    call(
        &mut knock,
        "POST",
        "/v1/tenants/bulk/delete?tenant_ids[]=bare&tenant_ids[]=beta",
        &Value::Null,
    );
    call(&mut knock, "DELETE", "/v1/tenants/acme", &Value::Null);
    assert_eq!(
        column(&get(&mut knock, "/v1/tenants"), "entries", "id"),
        ["stub"]
    );
    assert_eq!(
        status(&mut knock, "GET", "/v1/tenants/acme", &json!({})),
        404
    );
}

#[test]
fn objects_keep_their_properties_apart() {
    let mut knock = Knock::new();
    let set = call(
        &mut knock,
        "PUT",
        "/v1/objects/projects/p1",
        &json!({"name": "Apollo", "tier": "gold"}),
    );
    assert_eq!(set["__typename"], "Object");
    assert_eq!(set["properties"], json!({"name": "Apollo", "tier": "gold"}));
    assert_eq!(set.get("name"), None);
    call(
        &mut knock,
        "POST",
        "/v1/objects/projects/bulk/set",
        &json!({"objects": [{"id": "p2", "name": "Beta"}]}),
    );
    call(&mut knock, "PUT", "/v1/objects/other/p3", &json!({}));
    assert_eq!(
        column(&get(&mut knock, "/v1/objects/projects"), "entries", "id"),
        ["p1", "p2"]
    );
    call(
        &mut knock,
        "POST",
        "/v1/objects/projects/bulk/delete",
        &json!({"object_ids": ["p2"]}),
    );
    call(
        &mut knock,
        "DELETE",
        "/v1/objects/projects/p1",
        &Value::Null,
    );
    assert_eq!(
        get(&mut knock, "/v1/objects/projects")["entries"],
        json!([])
    );
    assert_eq!(
        status(&mut knock, "DELETE", "/v1/objects/projects/p1", &json!({})),
        404
    );
}

#[test]
fn a_trigger_to_an_object_reaches_its_subscribers_once_each_and_not_the_actor() {
    let mut knock = Knock::new();
    let follow =
        |recipients: Value| json!({"recipients": recipients, "properties": {"role": "reader"}});
    call(
        &mut knock,
        "POST",
        "/v1/objects/projects/p/subscriptions",
        &follow(json!(["ann", {"id": "bob", "name": "Bob"}, {"id": "t", "collection": "teams"}])),
    );
    let added = call(
        &mut knock,
        "POST",
        "/v1/objects/teams/t/subscriptions",
        &follow(json!(["bob", "cleo", "dan"])),
    );
    assert_eq!(added[1]["recipient"]["id"], "cleo");
    assert_eq!(added[1]["object"]["collection"], "teams");
    assert_eq!(added[1]["properties"]["role"], "reader");
    // A circle ends.
    call(
        &mut knock,
        "POST",
        "/v1/objects/teams/t/subscriptions",
        &json!({"recipients": [{"id": "p", "collection": "projects"}]}),
    );

    let object = json!({"id": "p", "collection": "projects"});
    knock.run(
        "new-comment",
        &json!({"recipients": [object, "ann"], "actor": "dan"}),
    );
    let reached = |knock: &Knock| ["ann", "bob", "cleo", "dan"].map(|user| knock.ids(user).len());
    assert_eq!(reached(&knock), [1, 1, 1, 0]);

    let of_cleo = get(&mut knock, "/v1/users/cleo/subscriptions");
    assert_eq!(of_cleo["entries"][0]["object"]["id"], "t");
    let team = "/v1/objects/teams/t/subscriptions";
    assert_eq!(
        get(&mut knock, team)["entries"].as_array().unwrap().len(),
        4
    );
    let followed = get(&mut knock, &format!("{team}?mode=recipient"));
    assert_eq!(followed["entries"][0]["object"]["id"], "p");
    let removed = call(
        &mut knock,
        "DELETE",
        team,
        &json!({"recipients": ["cleo", "nobody"]}),
    );
    assert_eq!(removed.as_array().unwrap().len(), 1);
    knock.run(
        "new-comment",
        &json!({"recipients": [{"id": "t", "collection": "teams"}]}),
    );
    assert_eq!(reached(&knock), [2, 2, 1, 1]);

    let bulk = json!({"subscriptions": [{"id": "t", "recipients": ["cleo"]}]});
    call(
        &mut knock,
        "POST",
        "/v1/objects/teams/bulk/subscriptions/add",
        &bulk,
    );
    assert_eq!(
        get(&mut knock, "/v1/users/cleo/subscriptions")["entries"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    call(
        &mut knock,
        "POST",
        "/v1/objects/teams/bulk/subscriptions/delete",
        &bulk,
    );
    assert_eq!(
        get(&mut knock, "/v1/users/cleo/subscriptions")["entries"],
        json!([])
    );
}

#[test]
fn messages_are_listed_newest_first_under_every_filter() {
    let mut knock = Knock::new();
    knock.run(
        "new-comment",
        &json!({"recipients": [{"id": "ann"}], "tenant": "acme", "data": {"n": 1}}),
    );
    knock.now = at(10);
    knock.run(
        "system-alert",
        &json!({"recipients": [{"id": "bob"}], "data": {"n": 2}}),
    );
    let (first, second) = (knock.ids("ann").remove(0), knock.ids("bob").remove(0));
    knock.public("PUT", &format!("/v1/messages/{first}/archived"), "");
    let run = get(&mut knock, &format!("/v1/messages/{second}"))["source"]["workflow_run_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let feed = knock.feed_id();
    let both = vec![second.clone(), first.clone()];
    for (query, expected) in [
        (String::new(), both.clone()),
        ("status[]=delivered&status[]=sent".into(), both.clone()),
        ("status=bounced".into(), vec![]),
        ("tenant=acme".into(), vec![first.clone()]),
        ("source=system-alert".into(), vec![second.clone()]),
        (
            "workflow_categories[]=collaboration".into(),
            vec![first.clone()],
        ),
        ("engagement_status[]=archived".into(), vec![first.clone()]),
        (format!("message_ids[]={second}"), vec![second.clone()]),
        (
            "trigger_data=%7B%22n%22%3A2%7D".into(),
            vec![second.clone()],
        ),
        (format!("workflow_run_id={run}"), vec![second.clone()]),
        (
            "inserted_at[gte]=2026-03-02T10:00:10Z".into(),
            vec![second.clone()],
        ),
        (format!("channel_id={feed}"), both),
        ("channel_id=other".into(), vec![]),
    ] {
        let page = get(&mut knock, &format!("/v1/messages?{query}"));
        assert_eq!(column(&page, "items", "id"), expected, "{query}");
    }
    assert_eq!(
        column(&get(&mut knock, "/v1/users/ann/messages"), "items", "id"),
        [first]
    );
    let many = "message_ids[]=x&".repeat(51);
    assert_eq!(
        status(
            &mut knock,
            "GET",
            &format!("/v1/messages?{many}"),
            &json!({})
        ),
        422
    );
}

#[test]
fn a_message_tells_its_content_activities_and_events() {
    let mut knock = Knock::new();
    knock.run(
        "new-comment",
        &json!({"recipients": [{"id": "ann"}], "actor": {"id": "ada"}, "data": {"comment": "Hi"}}),
    );
    let id = knock.ids("ann").remove(0);
    let interaction = json!({"metadata": {"type": "cell_click"}});
    call(
        &mut knock,
        "PUT",
        &format!("/v1/messages/{id}/interacted"),
        &interaction,
    );

    let content = get(&mut knock, &format!("/v1/messages/{id}/content"));
    assert_eq!(content["message_id"], id.as_str());
    assert_eq!(content["data"]["__typename"], "MessageInAppFeedContent");
    assert!(
        content["data"]["blocks"][0]["rendered"]
            .as_str()
            .unwrap()
            .contains("Hi")
    );
    let batch = get(
        &mut knock,
        &format!("/v1/messages/batch/content?message_ids[]={id}&message_ids[]=none"),
    );
    assert_eq!(batch, json!([content]));

    let activities = get(&mut knock, &format!("/v1/messages/{id}/activities"));
    assert_eq!(activities["items"][0]["actor"]["id"], "ada");
    let events = get(&mut knock, &format!("/v1/messages/{id}/events"));
    assert_eq!(
        column(&events, "items", "type"),
        ["message.interacted", "message.delivered", "message.created"]
    );
    assert_eq!(events["items"][0]["data"]["type"], "cell_click");
    assert_eq!(
        get(&mut knock, &format!("/v1/messages/{id}/delivery_logs"))["items"],
        json!([])
    );
    for part in ["content", "activities", "events", "delivery_logs"] {
        assert_eq!(
            status(
                &mut knock,
                "GET",
                &format!("/v1/messages/none/{part}"),
                &json!({})
            ),
            404
        );
    }
}

#[test]
fn what_is_not_emulated_says_so() {
    let mut knock = Knock::new();
    for (target, what) in [
        ("/v1/audiences/vip/members", "audiences"),
        ("/v1/workflow_recipient_runs", "workflow recipient runs"),
        ("/v1/users/jane/guides/g", "guides"),
        (
            "/v1/providers/slack/c/auth_check",
            "Slack and Microsoft Teams",
        ),
    ] {
        let response = knock.secret("GET", target, "");
        assert_eq!(response.status, 501, "{target}");
        let sentence = format!("The emulator does not have {what}.");
        assert_eq!(response.json()["message"], sentence.as_str(), "{target}");
    }
}
