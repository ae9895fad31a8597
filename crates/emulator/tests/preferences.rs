//! Preferences and channel data: how they are written, and that triggers heed them.
#![allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]

mod common;

use common::Knock;
use serde_json::{Value, json};

fn put(knock: &mut Knock, path: &str, body: &Value) -> Value {
    let response = knock.public("PUT", path, &body.to_string());
    assert_eq!(response.status, 200, "{path}: {}", response.json());
    response.json()
}

fn get(knock: &mut Knock, path: &str) -> Value {
    let response = knock.public("GET", path, "");
    assert_eq!(response.status, 200, "{path}: {}", response.json());
    response.json()
}

fn arrives(knock: &mut Knock, body: &Value) -> bool {
    let before = knock.ids("jane").len();
    knock.run("new-comment", body);
    knock.ids("jane").len() > before
}

const SET: &str = "/v1/users/jane/preferences/default";

#[test]
fn a_set_that_was_never_written_has_nulls() {
    let mut knock = Knock::new();
    let empty = json!({
        "id": "default", "categories": null, "workflows": null, "channel_types": null,
        "channels": null, "commercial_subscribed": null,
    });
    assert_eq!(get(&mut knock, SET), empty);
    assert_eq!(
        get(&mut knock, "/v1/users/jane/preferences"),
        json!([empty])
    );
}

#[test]
fn writing_replaces_unless_it_is_told_to_merge() {
    let mut knock = Knock::new();
    let first =
        json!({"workflows": {"a": {"channel_types": {"email": false}}}, "categories": {"c": true}});
    put(&mut knock, SET, &first);
    let merge = json!({"__persistence_strategy__": "merge", "workflows": {"a": {"channel_types": {"push": true}}, "b": false}});
    let merged = put(&mut knock, SET, &merge);
    assert_eq!(
        merged["workflows"],
        json!({"a": {"channel_types": {"email": false, "push": true}}, "b": false})
    );
    assert_eq!(merged["categories"], json!({"c": true}));
    let replaced = put(&mut knock, SET, &json!({"channel_types": {"email": true}}));
    assert_eq!(replaced["workflows"], Value::Null);
    assert_eq!(get(&mut knock, SET), replaced);
}

#[test]
fn the_older_calls_write_one_part_or_one_entry() {
    let mut knock = Knock::new();
    put(&mut knock, SET, &json!({"workflows": {"kept": false}}));
    put(
        &mut knock,
        &format!("{SET}/channel_types"),
        &json!({"email": true, "sms": false}),
    );
    put(
        &mut knock,
        &format!("{SET}/channel_types/email"),
        &json!({"subscribed": false}),
    );
    put(
        &mut knock,
        &format!("{SET}/categories/news"),
        &json!({"channel_types": {"push": true}}),
    );
    put(
        &mut knock,
        &format!("{SET}/categories/news"),
        &json!({"channel_types": {"sms": true}}),
    );
    let set = put(
        &mut knock,
        &format!("{SET}/workflows/a%2Fb"),
        &json!({"subscribed": true}),
    );
    assert_eq!(set["channel_types"], json!({"email": false, "sms": false}));
    assert_eq!(
        set["categories"],
        json!({"news": {"channel_types": {"sms": true}}})
    );
    assert_eq!(set["workflows"], json!({"kept": false, "a/b": true}));
    assert_eq!(
        knock.public("PUT", &format!("{SET}/channels"), "{}").status,
        404
    );
}

#[test]
fn a_setting_of_the_wrong_shape_is_422_and_changes_nothing() {
    let mut knock = Knock::new();
    let before = put(&mut knock, SET, &json!({"channel_types": {"email": true}}));
    for wrong in [
        json!({"channel_types": {"pigeon": true}}),
        json!({"channel_types": []}),
        json!({"workflows": {"a": "no"}}),
        json!({"workflows": {"a": {"conditions": [{"variable": "x", "operator": "resembles"}]}}}),
        json!({"categories": {"a": {"channel_types": {"email": 1}}}}),
        json!({"commercial_subscribed": "yes"}),
        json!({"__persistence_strategy__": "guess"}),
    ] {
        let response = knock.public("PUT", SET, &wrong.to_string());
        assert_eq!(response.status, 422, "{wrong}");
        assert_eq!(response.json()["code"], "invalid_params", "{wrong}");
    }
    assert_eq!(get(&mut knock, SET), before);
}

#[test]
fn a_trigger_heeds_channel_types_workflows_and_categories() {
    let mut knock = Knock::new();
    let to_jane = json!({"recipients": ["jane"]});
    assert!(arrives(&mut knock, &to_jane));
    for (set, expected) in [
        (json!({"channel_types": {"in_app_feed": false}}), false),
        (json!({"channel_types": {"email": false}}), true),
        (json!({"workflows": {"new-comment": false}}), false),
        (json!({"categories": {"collaboration": false}}), false),
        (json!({"categories": {"messages": false}}), true),
        (
            json!({"workflows": {"new-comment": {"conditions": [
                {"variable": "data.urgent", "operator": "equal_to", "argument": "true"},
            ]}}}),
            false,
        ),
    ] {
        put(&mut knock, SET, &set);
        assert_eq!(arrives(&mut knock, &to_jane), expected, "{set}");
    }
    let urgent = json!({"recipients": ["jane"], "data": {"urgent": true}});
    assert!(arrives(&mut knock, &urgent));
}

#[test]
fn with_a_tenant_its_set_counts_over_the_tenants_own_and_the_default_only_where_neither_says_anything()
 {
    let mut knock = Knock::new();
    let in_acme = json!({"recipients": ["jane"], "tenant": "acme"});
    put(
        &mut knock,
        SET,
        &json!({"workflows": {"new-comment": false}}),
    );
    assert!(!arrives(&mut knock, &in_acme));
    let resolve = "/v1/users/jane/preferences/default?tenant=acme";
    assert_eq!(
        get(&mut knock, resolve)["workflows"],
        json!({"new-comment": false})
    );

    put(
        &mut knock,
        "/v1/users/jane/preferences/acme",
        &json!({"categories": {"other": true}}),
    );
    assert!(arrives(&mut knock, &in_acme));
    let settings = json!({"settings": {"preference_set": {"workflows": {"new-comment": false}}}});
    let set = knock.secret("PUT", "/v1/tenants/acme", &settings.to_string());
    assert_eq!(set.status, 200, "{}", set.json());
    assert!(!arrives(&mut knock, &in_acme));
    let resolved = get(&mut knock, resolve);
    assert_eq!(resolved["workflows"], json!({"new-comment": false}));

    put(
        &mut knock,
        "/v1/users/jane/preferences/acme",
        &json!({"workflows": {"new-comment": true}}),
    );
    assert!(arrives(&mut knock, &in_acme));
    assert_eq!(
        get(&mut knock, "/v1/users/jane/preferences")
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn inline_preferences_are_merged_before_the_run() {
    let mut knock = Knock::new();
    put(&mut knock, SET, &json!({"categories": {"x": true}}));
    let inline = json!({"recipients": [{"id": "jane", "preferences": {"default": {"workflows": {"new-comment": false}}}}]});
    assert!(!arrives(&mut knock, &inline));
    let set = get(&mut knock, SET);
    assert_eq!(
        (&set["categories"]["x"], &set["workflows"]["new-comment"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(get(&mut knock, "/v1/users/jane").get("preferences"), None);
}

#[test]
fn a_deleted_set_is_as_if_never_written() {
    let mut knock = Knock::new();
    put(
        &mut knock,
        SET,
        &json!({"workflows": {"new-comment": false}}),
    );
    assert_eq!(knock.public("DELETE", SET, "").status, 403);
    assert_eq!(knock.secret("DELETE", SET, "").status, 204);
    assert_eq!(get(&mut knock, SET)["workflows"], Value::Null);
}

#[test]
fn channel_data_is_kept_read_and_deleted_and_creates_its_user() {
    let mut knock = Knock::new();
    let path = "/v1/users/new%20user/channel_data/5c9d3a70";
    assert_eq!(knock.public("GET", path, "").status, 404);
    let data = json!({"tokens": ["tok_1"]});
    let written = put(&mut knock, path, &json!({"data": data}));
    assert_eq!(
        (&written["__typename"], &written["data"]),
        (&json!("ChannelData"), &data)
    );
    assert_eq!(get(&mut knock, path), written);
    assert_eq!(get(&mut knock, "/v1/users/new%20user")["id"], "new user");
    assert_eq!(knock.public("PUT", path, r#"{"tokens": []}"#).status, 422);
    let deleted = knock.public("DELETE", path, "");
    assert_eq!((deleted.status, deleted.body.len()), (204, 0));
    assert_eq!(knock.public("GET", path, "").status, 404);
}
