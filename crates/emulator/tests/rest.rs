//! What the REST endpoints answer, rule by rule, at times of the test's choosing.
#![allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]

mod common;

use common::{Knock, at};
use serde_json::{Value, json};

fn comments(page: &Value) -> Vec<&str> {
    let entries = page["entries"].as_array().unwrap();
    entries
        .iter()
        .map(|entry| entry["data"]["comment"].as_str().unwrap())
        .collect()
}

/// A feed of jane's with `count` comments named "1", "2", …, one second apart.
fn knock_with(count: i64) -> Knock {
    let mut knock = Knock::new();
    for number in 1..=count {
        knock.now = at(number);
        knock.comment("jane", &number.to_string());
    }
    knock.now = at(1000);
    knock
}

#[test]
fn without_this_environments_key_everything_is_401() {
    let mut knock = Knock::new();
    for key in [
        "",
        "Bearer ",
        "Bearer pk_test_other",
        "Basic pk_test_doorbell_demo",
        "nonsense",
    ] {
        let response = knock.send_as(key, "GET", "/v1/users/jane", "");
        assert_eq!(response.status, 401, "{key}");
        assert_eq!(response.json()["code"], "api_key_missing");
        assert_eq!(response.json()["type"], "authentication_error");
        assert_eq!(response.json()["status"], 401);
    }
}

#[test]
fn a_public_key_cannot_trigger() {
    let mut knock = Knock::new();
    let response = knock.public(
        "POST",
        "/v1/workflows/new-comment/trigger",
        r#"{"recipients":["jane"]}"#,
    );
    assert_eq!(response.status, 403);
    assert_eq!(response.json()["code"], "incorrect_token_type");
}

#[test]
fn unknown_paths_methods_users_and_messages_are_404() {
    let mut knock = Knock::new();
    for (method, path) in [
        ("GET", "/v1/nothing"),
        ("DELETE", "/v1/users/jane"),
        ("GET", "/v1/users/nobody"),
        ("GET", "/v1/users/%ff"),
        ("GET", "/v1/messages/none"),
        ("PUT", "/v1/messages/none/read"),
        ("PUT", "/v1/messages/none/unread"),
        ("POST", "/v1/messages/batch/loved"),
        ("GET", "/v1/bulk_operations/none"),
    ] {
        let response = knock.secret(method, path, "");
        assert_eq!(response.status, 404, "{method} {path}");
        assert_eq!(response.json()["code"], "resource_missing");
    }
}

#[test]
fn a_channel_that_is_not_there_is_said_to_be_invalid() {
    let mut knock = Knock::new();
    for path in [
        "/v1/users/jane/feeds/11111111-2222-4333-8444-555555555555",
        "/v1/users/jane/feeds/not-a-uuid",
        "/v1/users/jane/feeds/not-a-uuid/settings",
    ] {
        let response = knock.public("GET", path, "");
        assert_eq!(response.status, 422, "{path}");
        assert_eq!(response.json()["code"], "channel_invalid");
    }
}

#[test]
fn every_answer_carries_a_request_id() {
    let mut knock = Knock::new();
    let first = knock.public("GET", "/v1/users/nobody", "");
    let second = knock.public("GET", "/v1/users/nobody", "");
    assert_eq!(first.header("x-request-id").unwrap().len(), 20);
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[test]
fn the_same_seed_and_calls_give_the_same_answers() {
    let mut one = knock_with(3);
    let mut two = knock_with(3);
    assert_eq!(one.feed("jane", ""), two.feed("jane", ""));
}

#[test]
fn a_body_that_is_not_json_is_400_and_one_of_the_wrong_shape_422() {
    let mut knock = Knock::new();
    for (body, status) in [
        ("{", 400),
        ("\u{0}", 400),
        ("[]", 422),
        ("null", 422),
        ("\"x\"", 422),
    ] {
        for (method, path) in [
            ("PUT", "/v1/users/jane"),
            ("POST", "/v1/messages/batch/read"),
            ("POST", "/v1/workflows/new-comment/trigger"),
        ] {
            let response = knock.secret(method, path, body);
            assert_eq!(response.status, status, "{method} {path} {body}");
            assert_eq!(response.json()["code"], "invalid_params");
        }
    }
}

#[test]
fn the_feed_of_an_unknown_user_is_empty() {
    let page = Knock::new().feed("nobody", "");
    assert_eq!(page["entries"], json!([]));
    assert_eq!(page["meta"]["total_count"], 0);
    assert_eq!(
        page["page_info"],
        json!({"__typename": "PageInfo", "before": null, "after": null, "page_size": 50})
    );
}

#[test]
fn an_item_has_every_field_of_the_documented_shape() {
    let mut knock = Knock::new();
    knock.now = at(1);
    let body = json!({
        "recipients": ["jane"],
        "actor": {"id": "ada", "name": "Ada", "plan": "team"},
        "data": {"comment": "Hi", "labels": ["a"], "page": "Plan"},
        "tenant": {"id": "acme"},
    });
    knock.run("new-comment", &body);
    let item = &knock.feed("jane", "")["entries"][0];
    assert_eq!(item["__typename"], "FeedItem");
    assert_eq!(item["id"].as_str().unwrap().len(), 27);
    assert!(
        item["__cursor"]
            .as_str()
            .unwrap()
            .starts_with("g3QAAAABZAACaWRtAAAAG")
    );
    assert_eq!(item["inserted_at"], "2026-03-02T10:00:01.000000Z");
    assert_eq!(item["tenant"], "acme");
    assert_eq!(item["actors"][0]["plan"], "team");
    assert_eq!(item["total_actors"], 1);
    assert_eq!(item["activities"][0]["recipient"]["id"], "jane");
    assert_eq!(item["activities"][0]["actor"]["id"], "ada");
    assert_eq!(item["total_activities"], 1);
    assert_eq!(item["source"]["key"], "new-comment");
    assert_eq!(item["source"]["categories"], json!(["collaboration"]));
    assert_eq!(item["data"]["labels"], json!(["a"]));
    assert_eq!(item["blocks"][0]["name"], "body");
    assert_eq!(
        item["blocks"][1],
        json!({
            "name": "action_url",
            "type": "text",
            "content": "{{ vars.app_url }}/pages/{{ page_id | default: \"launch-plan\" }}",
            "rendered": "https://example.com/pages/launch-plan",
        })
    );
    for mark in [
        "seen_at",
        "read_at",
        "interacted_at",
        "archived_at",
        "link_clicked_at",
        "clicked_at",
    ] {
        assert!(
            item.as_object().unwrap().contains_key(mark) && item[mark].is_null(),
            "{mark}"
        );
    }
}

#[test]
fn compact_items_have_no_activities_and_flat_data() {
    let mut knock = Knock::new();
    knock.run(
        "new-comment",
        &json!({"recipients": ["jane"], "data": {"comment": "Hi", "labels": ["a"], "o": {}}}),
    );
    let item = &knock.feed("jane", "mode=compact")["entries"][0];
    assert_eq!(item["data"], json!({"comment": "Hi"}));
    assert!(item.get("activities").is_none() && item.get("total_activities").is_none());
}

#[test]
fn excluded_fields_are_left_out() {
    let mut knock = knock_with(1);
    let page = knock.feed(
        "jane",
        "exclude=entries.archived_at,meta,entries.source.key",
    );
    assert!(page.get("meta").is_none());
    assert!(page["entries"][0].get("archived_at").is_none());
    assert!(page["entries"][0]["source"].get("key").is_none());
    assert!(page["entries"][0]["source"].get("categories").is_some());
}

#[test]
fn pages_follow_the_after_cursor_to_the_end() {
    let mut knock = knock_with(5);
    let first = knock.feed("jane", "page_size=2");
    assert_eq!(comments(&first), ["5", "4"]);
    assert_eq!(first["page_info"]["before"], Value::Null);
    assert_eq!(first["page_info"]["after"], first["entries"][1]["__cursor"]);

    let second = knock.feed(
        "jane",
        &format!(
            "page_size=2&after={}",
            first["page_info"]["after"].as_str().unwrap()
        ),
    );
    assert_eq!(comments(&second), ["3", "2"]);
    assert_eq!(
        second["page_info"]["before"],
        second["entries"][0]["__cursor"]
    );

    let third = knock.feed(
        "jane",
        &format!(
            "page_size=2&after={}",
            second["page_info"]["after"].as_str().unwrap()
        ),
    );
    assert_eq!(comments(&third), ["1"]);
    assert_eq!(third["page_info"]["after"], Value::Null);
    assert_eq!(third["meta"]["total_count"], 5);
}

#[test]
fn a_before_page_holds_the_items_closest_to_the_cursor() {
    let mut knock = knock_with(5);
    let oldest = knock.feed("jane", "")["entries"][4]["__cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    let page = knock.feed("jane", &format!("page_size=2&before={oldest}"));
    assert_eq!(comments(&page), ["3", "2"]);
    assert_eq!(page["page_info"]["before"], page["entries"][0]["__cursor"]);
    let rest = knock.feed(
        "jane",
        &format!(
            "page_size=2&before={}",
            page["page_info"]["before"].as_str().unwrap()
        ),
    );
    assert_eq!(comments(&rest), ["5", "4"]);
    assert_eq!(rest["page_info"]["before"], Value::Null);
}

#[test]
fn an_archived_items_cursor_still_marks_its_place() {
    let mut knock = knock_with(3);
    let middle = knock.feed("jane", "")["entries"][1].clone();
    knock.public(
        "PUT",
        &format!("/v1/messages/{}/archived", middle["id"].as_str().unwrap()),
        "",
    );
    let page = knock.feed(
        "jane",
        &format!("before={}", middle["__cursor"].as_str().unwrap()),
    );
    assert_eq!(comments(&page), ["3"]);
}

#[test]
fn items_of_the_same_instant_keep_their_order_over_pages() {
    let mut knock = Knock::new();
    for number in 1..=4 {
        knock.comment("jane", &number.to_string());
    }
    let first = knock.feed("jane", "page_size=2");
    let second = knock.feed(
        "jane",
        &format!(
            "page_size=2&after={}",
            first["page_info"]["after"].as_str().unwrap()
        ),
    );
    assert_eq!(
        [comments(&first), comments(&second)].concat(),
        ["4", "3", "2", "1"]
    );
}

#[test]
fn a_page_is_at_most_50_items() {
    let mut knock = knock_with(51);
    for query in ["", "page_size=200", "page_size="] {
        let page = knock.feed("jane", query);
        assert_eq!(page["entries"].as_array().unwrap().len(), 50, "{query}");
        assert_eq!(page["page_info"]["page_size"], 50);
    }
}

#[test]
fn bad_parameters_are_422_and_name_their_field() {
    let mut knock = knock_with(1);
    for (query, field) in [
        ("page_size=0", "page_size"),
        ("page_size=many", "page_size"),
        ("status=loved", "status"),
        ("archived=maybe", "archived"),
        ("has_tenant=maybe", "has_tenant"),
        ("mode=poor", "mode"),
        ("after=garbage", "after"),
        ("before=garbage", "before"),
        ("before=a&after=b", "before"),
        ("trigger_data=%7B", "trigger_data"),
        ("trigger_data=%7B%22a%22%3A%5B%5D%7D", "trigger_data"),
        ("inserted_at.gt=noon", "inserted_at.gt"),
        ("exclude=a.b.c.d", "exclude"),
    ] {
        let response = knock.feed_response("jane", query);
        assert_eq!(response.status, 422, "{query}");
        assert_eq!(response.json()["code"], "invalid_params");
        assert_eq!(response.json()["errors"][0]["field"], field);
    }
}

#[test]
fn a_cursor_of_another_users_feed_is_refused() {
    let mut knock = knock_with(1);
    knock.comment("bo", "other");
    let cursor = knock.feed("bo", "")["entries"][0]["__cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        knock
            .feed_response("jane", &format!("after={cursor}"))
            .status,
        422
    );
}

#[test]
fn dates_filter_in_both_spellings() {
    let mut knock = knock_with(3);
    let second = "2026-03-02T10:00:02Z";
    for (query, expected) in [
        (format!("inserted_at.gt={second}"), &["3"][..]),
        (format!("inserted_at[gt]={second}"), &["3"]),
        (format!("inserted_at%5Bgte%5D={second}"), &["3", "2"]),
        (format!("inserted_at.lt={second}"), &["1"]),
        (format!("inserted_at[lte]={second}"), &["2", "1"]),
        (
            format!("inserted_at.gte={second}&inserted_at.lte={second}"),
            &["2"],
        ),
    ] {
        assert_eq!(comments(&knock.feed("jane", &query)), expected, "{query}");
    }
}

#[test]
fn tenant_source_category_and_data_filter_items_and_counts() {
    let mut knock = Knock::new();
    for (workflow, comment, tenant) in [
        ("new-comment", "none", Value::Null),
        ("new-comment", "acme", json!("acme")),
        ("system-alert", "other", json!("other")),
    ] {
        knock.run(workflow, &json!({"recipients": ["jane"], "data": {"comment": comment, "n": 1}, "tenant": tenant}));
    }
    for (query, expected) in [
        ("", &["other", "acme", "none"][..]),
        ("tenant=acme", &["acme", "none"]),
        ("tenant=acme&has_tenant=true", &["acme"]),
        ("has_tenant=true", &["other", "acme"]),
        ("has_tenant=false", &["none"]),
        ("source=system-alert", &["other"]),
        (
            "workflow_categories[]=system&workflow_categories[]=nothing",
            &["other"],
        ),
        ("workflow_categories%5B%5D=collaboration", &["acme", "none"]),
        ("trigger_data=%7B%22comment%22%3A%22acme%22%7D", &["acme"]),
        (
            "trigger_data=%7B%22n%22%3A1%7D&tenant=",
            &["other", "acme", "none"],
        ),
    ] {
        let page = knock.feed("jane", query);
        assert_eq!(comments(&page), expected, "{query}");
        assert_eq!(page["meta"]["total_count"], expected.len(), "{query}");
    }
}

#[test]
fn status_filters_items_but_not_counts() {
    let mut knock = knock_with(2);
    let id = knock.ids("jane")[0].clone();
    knock.public("PUT", &format!("/v1/messages/{id}/read"), "");
    for (query, expected) in [
        ("status=unread", &["2"][..]),
        ("status=read", &["1"]),
        ("status=unseen", &["2", "1"]),
        ("status=seen", &[]),
        ("status=all", &["2", "1"]),
    ] {
        let page = knock.feed("jane", query);
        assert_eq!(comments(&page), expected, "{query}");
        let meta = json!({"__typename": "FeedMetadata", "total_count": 2, "unread_count": 1, "unseen_count": 2});
        assert_eq!(page["meta"], meta, "{query}");
    }
}

#[test]
fn archived_items_are_hidden_unless_asked_for() {
    let mut knock = knock_with(2);
    let id = knock.ids("jane")[0].clone();
    knock.public(
        "POST",
        "/v1/messages/batch/archived",
        &json!({"message_ids": [id]}).to_string(),
    );
    for (query, expected, total) in [
        ("", &["2"][..], 1),
        ("archived=exclude", &["2"], 1),
        ("archived=include", &["2", "1"], 2),
        ("archived=only", &["1"], 1),
    ] {
        let page = knock.feed("jane", query);
        assert_eq!(comments(&page), expected, "{query}");
        assert_eq!(page["meta"]["total_count"], total, "{query}");
    }
}

#[test]
fn reading_does_not_see_and_interacting_reads_once() {
    let mut knock = knock_with(1);
    let id = knock.ids("jane")[0].clone();
    let read = knock
        .public("PUT", &format!("/v1/messages/{id}/read"), "")
        .json();
    assert_eq!(read["read_at"], "2026-03-02T10:16:40.000000Z");
    assert_eq!(read["seen_at"], Value::Null);
    assert_eq!(read["engagement_statuses"], json!(["read"]));

    knock.now = at(2000);
    let metadata = json!({"metadata": {"type": "cell_click"}}).to_string();
    let interacted = knock
        .public("PUT", &format!("/v1/messages/{id}/interacted"), &metadata)
        .json();
    assert_eq!(interacted["read_at"], read["read_at"], "already read");
    assert_eq!(interacted["interacted_at"], "2026-03-02T10:33:20.000000Z");

    let unread = knock
        .public("DELETE", &format!("/v1/messages/{id}/read"), "")
        .json();
    assert_eq!(unread["read_at"], Value::Null);
    let again = knock
        .public("PUT", &format!("/v1/messages/{id}/interacted"), "")
        .json();
    assert_eq!(again["read_at"], "2026-03-02T10:33:20.000000Z");
}

#[test]
fn each_status_can_be_set_and_taken_back() {
    for (status, undone) in [
        ("seen", "unseen"),
        ("read", "unread"),
        ("archived", "unarchived"),
    ] {
        let mut knock = knock_with(2);
        let ids = knock.ids("jane");
        let body = json!({"message_ids": ids}).to_string();
        let field = format!("{status}_at");
        let marked = knock
            .public("POST", &format!("/v1/messages/batch/{status}"), &body)
            .json();
        assert_eq!(marked.as_array().unwrap().len(), 2);
        assert!(
            marked[0][&field].is_string() && marked[1][&field].is_string(),
            "{status}"
        );
        let back = knock
            .public("POST", &format!("/v1/messages/batch/{undone}"), &body)
            .json();
        assert!(back[0][&field].is_null(), "{undone}");
        for name in [status, undone] {
            knock.public("PUT", &format!("/v1/messages/{}/{status}", ids[0]), "");
            let undone = knock
                .public("DELETE", &format!("/v1/messages/{}/{name}", ids[0]), "")
                .json();
            assert!(undone[&field].is_null(), "DELETE {name}");
        }
    }
}

#[test]
fn marking_again_moves_the_timestamp() {
    let mut knock = knock_with(1);
    let path = format!("/v1/messages/{}/seen", knock.ids("jane")[0]);
    knock.public("PUT", &path, "");
    knock.now = at(1001);
    assert_eq!(
        knock.public("PUT", &path, "").json()["seen_at"],
        "2026-03-02T10:16:41.000000Z"
    );
}

#[test]
fn a_batch_skips_ids_that_do_not_exist_and_refuses_to_be_empty() {
    let mut knock = knock_with(1);
    let id = knock.ids("jane")[0].clone();
    let body = json!({"message_ids": ["none", id]}).to_string();
    let marked = knock
        .public("POST", "/v1/messages/batch/read", &body)
        .json();
    assert_eq!(marked.as_array().unwrap().len(), 1);
    assert_eq!(marked[0]["id"], json!(id));
    for body in [
        "",
        "{}",
        r#"{"message_ids":[]}"#,
        r#"{"message_ids":[7]}"#,
        r#"{"message_ids":{}}"#,
    ] {
        assert_eq!(
            knock.public("POST", "/v1/messages/batch/read", body).status,
            422,
            "{body}"
        );
    }
}

#[test]
fn an_interaction_takes_five_flat_pairs() {
    let mut knock = knock_with(1);
    let id = knock.ids("jane")[0].clone();
    for (metadata, status) in [
        (json!({"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}), 200),
        (json!({"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6}), 422),
        (json!({"a": {}}), 422),
        (json!("text"), 422),
        (Value::Null, 200),
    ] {
        let body = json!({"message_ids": [id], "metadata": metadata}).to_string();
        assert_eq!(
            knock
                .public("POST", "/v1/messages/batch/interacted", &body)
                .status,
            status,
            "{body}"
        );
    }
}

#[test]
fn mark_all_applies_to_what_the_filters_name_and_to_nothing_else() {
    for (filters, expected) in [
        (json!({}), &["1", "2", "3"][..]),
        (json!({"archived": "exclude"}), &["2", "3"]),
        (json!({"archived": "only"}), &["1"]),
        (json!({"older_than": "2026-03-02T10:00:03Z"}), &["1", "2"]),
        (json!({"newer_than": "2026-03-02T10:00:01Z"}), &["2", "3"]),
        (json!({"engagement_status": "seen"}), &["3"]),
        (
            json!({"engagement_status": "unseen", "archived": ""}),
            &["1", "2"],
        ),
        (
            json!({"trigger_data": "{\"comment\":\"2\"}", "tenants": null}),
            &["2"],
        ),
        (json!({"trigger_data": {"comment": "2"}}), &["2"]),
        (json!({"tenants": ["acme"]}), &[]),
        (json!({"has_tenant": false}), &["1", "2", "3"]),
        (json!({"workflows": ["system-alert"]}), &[]),
        (json!({"delivery_status": "queued"}), &[]),
    ] {
        for key in ["user_ids", "recipient_ids"] {
            let mut knock = knock_with(3);
            knock.comment("bystander", "not jane's");
            let ids = knock.ids("jane");
            knock.public("PUT", &format!("/v1/messages/{}/archived", ids[0]), "");
            knock.public("PUT", &format!("/v1/messages/{}/seen", ids[2]), "");
            let mut body = filters.clone();
            body[key] = json!(["jane"]);
            let operation = knock.bulk("read", &body);
            assert_eq!(operation["success_count"], expected.len(), "{body}");
            let page = knock.feed("jane", "archived=include&status=read");
            let mut read = comments(&page);
            read.reverse();
            assert_eq!(read, expected, "{body}");
            assert_eq!(knock.feed("bystander", "")["meta"]["unread_count"], 1);
        }
    }
}

#[test]
fn a_bulk_operation_can_be_asked_for_again() {
    let mut knock = knock_with(2);
    let operation = knock.bulk("archive", &json!({"user_ids": ["jane"]}));
    assert_eq!(operation["__typename"], "BulkOperation");
    assert_eq!(operation["name"], "messages.archived");
    assert_eq!(operation["status"], "completed");
    let path = operation["progress_path"].as_str().unwrap().to_owned();
    assert_eq!(knock.secret("GET", &path, "").json(), operation);
    assert_eq!(knock.feed("jane", "")["entries"], json!([]));
}

#[test]
fn every_bulk_action_is_known() {
    for action in [
        "seen",
        "unseen",
        "read",
        "unread",
        "archived",
        "archive",
        "unarchived",
        "interacted",
        "delete",
    ] {
        let mut knock = knock_with(1);
        assert_eq!(
            knock.bulk(action, &json!({"user_ids": ["jane"]}))["success_count"],
            1,
            "{action}"
        );
    }
    let mut knock = knock_with(1);
    knock.bulk("delete", &json!({"user_ids": ["jane"]}));
    assert_eq!(
        knock.feed("jane", "archived=include")["meta"]["total_count"],
        0
    );
}

#[test]
fn a_bulk_update_with_a_public_key_must_say_whose() {
    let mut knock = knock_with(1);
    let feed_id = knock.feed_id();
    let path = format!("/v1/channels/{feed_id}/messages/bulk/read");
    for body in [
        "",
        r#"{"user_ids":[]}"#,
        r#"{"user_ids":"","archived":"exclude"}"#,
    ] {
        assert_eq!(knock.public("POST", &path, body).status, 422, "{body}");
    }
    assert_eq!(knock.secret("POST", &path, "").status, 200);
}

#[test]
fn identifying_creates_a_user_and_merges_into_it() {
    let mut knock = Knock::new();
    let created = knock
        .public("PUT", "/v1/users/u%201", r#"{"name":"N","plan":"team"}"#)
        .json();
    assert_eq!(created["id"], "u 1");
    assert_eq!(created["created_at"], Value::Null);
    assert_eq!(created["updated_at"], "2026-03-02T10:00:00.000Z");
    let merged = knock
        .public("PUT", "/v1/users/u%201", r#"{"email":"n@example.test"}"#)
        .json();
    assert_eq!(merged["name"], "N");
    assert_eq!(merged["plan"], "team");
    assert_eq!(knock.public("GET", "/v1/users/u%201", "").json(), merged);
}

#[test]
fn a_trigger_reaches_each_identified_recipient_once_and_never_its_actor() {
    let mut knock = Knock::new();
    for user in ["jane", "ada"] {
        knock.secret("PUT", &format!("/v1/users/{user}"), "{}");
    }
    knock.run("new-comment", &json!({
        "recipients": ["jane", "jane", "ghost", "ada", {"id": "bo", "name": "Bo", "$trigger_data": {"role": "owner"}},
            {"id": "p1", "collection": "projects", "name": "Apollo"}],
        "actor": "ada",
        "data": {"role": "guest"},
    }));
    for (user, count) in [("jane", 1), ("bo", 1), ("ada", 0), ("ghost", 0), ("p1", 0)] {
        assert_eq!(knock.feed(user, "")["meta"]["total_count"], count, "{user}");
    }
    assert_eq!(
        knock.feed("jane", "")["entries"][0]["data"]["role"],
        "guest"
    );
    assert_eq!(knock.feed("bo", "")["entries"][0]["data"]["role"], "owner");
    assert_eq!(knock.public("GET", "/v1/users/bo", "").json()["name"], "Bo");
    assert_eq!(knock.public("GET", "/v1/users/ghost", "").status, 404);
}

#[test]
fn a_trigger_that_makes_no_sense_is_refused_and_sends_nothing() {
    let mut knock = Knock::new();
    knock.secret("PUT", "/v1/users/jane", "{}");
    for (workflow, body, status, code) in [
        (
            "none",
            json!({"recipients": ["jane"]}),
            404,
            "workflow_missing",
        ),
        ("new-comment", json!({}), 422, "invalid_params"),
        (
            "new-comment",
            json!({"recipients": "jane"}),
            422,
            "invalid_params",
        ),
        (
            "new-comment",
            json!({"recipients": ["jane", 7]}),
            422,
            "invalid_params",
        ),
        (
            "new-comment",
            json!({"recipients": [{"name": "no id"}]}),
            422,
            "invalid_params",
        ),
        (
            "new-comment",
            json!({"recipients": vec!["jane"; 1001]}),
            422,
            "invalid_params",
        ),
        (
            "new-comment",
            json!({"recipients": ["jane"], "data": []}),
            422,
            "invalid_params",
        ),
        (
            "new-comment",
            json!({"recipients": ["jane"], "tenant": 1}),
            422,
            "invalid_params",
        ),
        (
            "new-comment",
            json!({"recipients": ["jane"], "actor": "ghost"}),
            422,
            "actor_missing",
        ),
    ] {
        let path = format!("/v1/workflows/{workflow}/trigger");
        let response = knock.secret("POST", &path, &body.to_string());
        assert_eq!(response.status, status, "{body}");
        assert_eq!(response.json()["code"], code, "{body}");
    }
    assert_eq!(knock.feed("jane", "")["meta"]["total_count"], 0);
}

#[test]
fn the_same_idempotency_key_sends_once_for_a_day() {
    let mut knock = Knock::new();
    let body = json!({"recipients": [{"id": "jane"}]});
    let first = knock.trigger_once("key-1", &body);
    let again = knock.trigger_once("key-1", &body);
    assert_eq!(again.json(), first.json());
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(
        again.header("original-x-request-id"),
        first.header("x-request-id")
    );
    assert_eq!(
        knock
            .trigger_once("key-1", &json!({"recipients": [{"id": "bo"}]}))
            .status,
        422
    );
    assert_eq!(knock.trigger_once(&"k".repeat(256), &body).status, 422);
    assert_eq!(knock.feed("jane", "")["meta"]["total_count"], 1);

    knock.now = at(24 * 60 * 60);
    assert_ne!(knock.trigger_once("key-1", &body).json(), first.json());
    assert_eq!(knock.feed("jane", "")["meta"]["total_count"], 2);
}

#[test]
fn failures_come_as_ordered_and_then_stop() {
    let mut knock = knock_with(1);
    knock.emulator.fail_requests(1, 500, None);
    knock.emulator.fail_requests(1, 429, Some(3));
    assert_eq!(knock.feed_response("jane", "").status, 500);
    let limited = knock.feed_response("jane", "");
    assert_eq!(
        (limited.status, limited.header("retry-after")),
        (429, Some("3"))
    );
    assert_eq!(knock.feed_response("jane", "").status, 200);
}
