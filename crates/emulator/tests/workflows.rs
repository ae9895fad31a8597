//! Workflows from files: delays, batches, throttles, conditions, cancelling.
#![allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]

mod common;

use common::steps::{bodies, notes, to_jane, trigger, with_steps};
use common::{Knock, at};
use serde_json::{Value, json};

#[test]
fn a_file_says_what_the_message_says() {
    let mut knock = with_steps("categories = ['news']\nversion_id = 'v1'");
    knock.secret("PUT", "/v1/tenants/acme", r#"{"name": "Acme"}"#);
    trigger(
        &mut knock,
        to_jane(
            json!({"actor": {"id": "ann", "name": "Ann <3"}, "data": {"page": "*Plan*", "note": "n"}, "tenant": "acme"}),
        ),
    );
    let entry = knock.feed("jane", "")["entries"][0].clone();
    // A tenant's name lies among its properties, like any object's.
    assert_eq!(
        entry["blocks"][0]["rendered"],
        "<p>1 by Ann &lt;3; on <strong>*Plan*</strong> (n, Acme)</p>"
    );
    assert_eq!(entry["source"]["key"], "w");
    assert_eq!(entry["source"]["version_id"], "v1");
    assert_eq!(entry["source"]["categories"], json!(["news"]));
    assert_eq!(entry["source"]["step_ref"], "in_app_feed_1");
}

#[test]
fn a_broken_file_is_refused_and_the_workflow_of_before_stays() {
    let mut knock = with_steps("");
    let error = knock
        .emulator
        .load_workflow("w", "categories = []\n[[steps]]\ntype = 'fax'")
        .unwrap_err();
    assert_eq!(error.line, 3);
    assert!(
        error.to_string().starts_with("line 3: ") && error.reason.contains("fax"),
        "{error}"
    );
    let note = format!("refused the file of workflow w: {error}");
    assert!(notes(&mut knock).contains(&note));
    trigger(&mut knock, to_jane(json!({})));
    assert_eq!(bodies(&mut knock).len(), 1);
}

#[test]
fn a_delayed_message_comes_when_its_time_has_come() {
    let mut knock = with_steps("[[steps]]\ntype = 'delay'\nfor = '1m'");
    trigger(&mut knock, to_jane(json!({})));
    assert_eq!(knock.emulator.next_due(), Some(at(60)));
    knock.now = at(59);
    assert!(bodies(&mut knock).is_empty());
    knock.now = at(75);
    assert_eq!(bodies(&mut knock).len(), 1);
    let entry = knock.feed("jane", "")["entries"][0].clone();
    assert_eq!(entry["inserted_at"], "2026-03-02T10:01:00.000000Z");
    assert_eq!(knock.emulator.next_due(), None);
    trigger(
        &mut knock,
        to_jane(json!({"settings": {"skip_delay": true}})),
    );
    assert_eq!(bodies(&mut knock).len(), 2);
}

#[test]
fn a_batch_makes_one_item_of_many_triggers() {
    let mut knock = with_steps("[[steps]]\ntype = 'batch'\nwindow = '1m'\nkey = 'page'");
    for (seconds, actor, page) in [
        (0, "ann", "plan"),
        (20, "bob", "plan"),
        (30, "ann", "plan"),
        (40, "bob", "other"),
    ] {
        knock.now = at(seconds);
        trigger(
            &mut knock,
            to_jane(
                json!({"actor": {"id": actor, "name": actor}, "data": {"page": page, "at": seconds}}),
            ),
        );
    }
    knock.now = at(60);
    assert_eq!(
        bodies(&mut knock),
        ["<p>3 by ann;bob; on <strong>plan</strong> (no note, )</p>"]
    );
    let rich = knock.feed("jane", "")["entries"][0].clone();
    assert_eq!(
        (&rich["total_activities"], &rich["total_actors"]),
        (&json!(3), &json!(2))
    );
    assert_eq!(rich["activities"][0]["data"]["at"], 30);
    assert_eq!(rich["activities"].as_array().unwrap().len(), 3);
    assert_eq!(rich["data"]["at"], 30);
    let compact = knock.feed("jane", "mode=compact")["entries"][0].clone();
    assert_eq!(compact["actors"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&compact["total_actors"], compact.get("activities")),
        (&json!(2), None)
    );
    knock.now = at(100);
    assert_eq!(bodies(&mut knock).len(), 2);
}

#[test]
fn a_sliding_batch_waits_for_a_pause() {
    let mut knock = with_steps("[[steps]]\ntype = 'batch'\nwindow = '1m'\nsliding = true");
    for seconds in [0, 50, 100] {
        knock.now = at(seconds);
        trigger(&mut knock, to_jane(json!({})));
    }
    knock.now = at(159);
    assert!(bodies(&mut knock).is_empty());
    knock.now = at(160);
    assert_eq!(bodies(&mut knock).len(), 1);
}

#[test]
fn a_throttle_lets_only_so_many_through() {
    let mut knock =
        with_steps("[[steps]]\ntype = 'throttle'\nwindow = '1h'\nlimit = 2\nkey = 'page'");
    for page in ["a", "a", "a", "b"] {
        trigger(&mut knock, to_jane(json!({"data": {"page": page}})));
    }
    assert_eq!(bodies(&mut knock).len(), 3);
    knock.now = at(3600);
    trigger(&mut knock, to_jane(json!({"data": {"page": "a"}})));
    assert_eq!(bodies(&mut knock).len(), 4);
}

#[test]
fn a_step_whose_conditions_do_not_hold_is_passed_over() {
    let condition =
        "conditions = [{ variable = 'data.urgent', operator = 'not_equal_to', argument = 'true' }]";
    let mut knock = with_steps(&format!(
        "[[steps]]\ntype = 'delay'\nfor = '1d'\n{condition}"
    ));
    trigger(&mut knock, to_jane(json!({"data": {"urgent": true}})));
    trigger(&mut knock, to_jane(json!({"data": {"urgent": false}})));
    assert_eq!(bodies(&mut knock).len(), 1);
}

#[test]
fn cancelling_withdraws_what_waits_for_whom_it_names() {
    let mut knock = with_steps("[[steps]]\ntype = 'delay'\nfor = '1m'");
    for user in ["jane", "john"] {
        trigger(
            &mut knock,
            json!({"recipients": [{"id": user}], "cancellation_key": "c1"}),
        );
    }
    trigger(&mut knock, to_jane(json!({"cancellation_key": "c2"})));
    let mut cancel =
        |body: Value| knock.secret("POST", "/v1/workflows/w/cancel", &body.to_string());
    assert_eq!(cancel(json!({})).status, 422);
    assert_eq!(
        cancel(json!({"cancellation_key": "c1", "recipients": "jane"})).status,
        422
    );
    let cancelled = cancel(json!({"cancellation_key": "c1", "recipients": ["jane"]}));
    assert_eq!((cancelled.status, cancelled.body.len()), (204, 0));
    knock.now = at(60);
    assert_eq!(bodies(&mut knock).len(), 1);
    assert_eq!(knock.ids("john").len(), 1);
    let nowhere = knock.secret(
        "POST",
        "/v1/workflows/none/cancel",
        r#"{"cancellation_key": "c"}"#,
    );
    assert_eq!(nowhere.status, 404);
}

#[test]
fn cancelling_takes_one_trigger_out_of_a_batch() {
    let mut knock = with_steps("[[steps]]\ntype = 'batch'\nwindow = '1m'");
    for key in ["a", "b"] {
        trigger(&mut knock, to_jane(json!({"cancellation_key": key})));
    }
    knock.secret(
        "POST",
        "/v1/workflows/w/cancel",
        r#"{"cancellation_key": "a"}"#,
    );
    knock.now = at(60);
    assert_eq!(knock.feed("jane", "")["entries"][0]["total_activities"], 1);
}

#[test]
fn the_older_calls_work_as_well() {
    let mut knock = with_steps("[[steps]]\ntype = 'delay'\nfor = '1m'");
    let body = json!({"name": "w", "recipients": [{"id": "jane"}], "cancellation_key": "c"});
    let run = knock.secret("POST", "/v1/notify", &body.to_string());
    assert!(run.json()["result_id"].is_string(), "{}", run.json());
    assert_eq!(
        knock
            .secret(
                "POST",
                "/v1/notify/cancel",
                r#"{"name": "w", "cancellation_key": "c"}"#
            )
            .status,
        204
    );
    knock.now = at(60);
    assert!(bodies(&mut knock).is_empty());
}

#[test]
fn a_full_batch_closes_at_once_and_templates_see_the_first_ten_or_the_last() {
    for (order, expected) in [
        ("asc", "12 of 11: 0123456789"),
        ("desc", "12 of 11: 2345678901"),
    ] {
        let batch = format!(
            "[[steps]]\ntype = 'batch'\nwindow = '1h'\nmax_items = 12\norder = '{order}'\n"
        );
        let mut knock = Knock::new();
        knock.emulator.load_workflow("w", &format!(
            "{batch}[[steps]]\ntype = 'in_app'\nblocks = [{{ type = 'text', name = 'body', content = '{{{{ total_activities }}}} of {{{{ total_actors }}}}: {{% for one in activities %}}{{{{ one.n }}}}{{% endfor %}}' }}]"
        )).unwrap();
        for n in 0..12 {
            assert!(knock.ids("jane").is_empty(), "{order} {n}");
            let actor = format!("actor {}", n % 11);
            trigger(
                &mut knock,
                to_jane(json!({"actor": {"id": actor}, "data": {"n": n % 10}})),
            );
        }
        assert_eq!(bodies(&mut knock), [expected]);
        assert_eq!(
            knock.feed("jane", "")["entries"][0]["activities"]
                .as_array()
                .unwrap()
                .len(),
            12
        );
        trigger(&mut knock, to_jane(json!({})));
        assert_eq!(bodies(&mut knock).len(), 1, "another batch is open");
    }
}

#[test]
fn a_sliding_batch_waits_no_longer_than_it_may() {
    let steps = "[[steps]]\ntype = 'batch'\nwindow = '12m'\nsliding = true\nmax_window = '24m'";
    let mut knock = with_steps(steps);
    for minutes in [0, 6, 13, 16] {
        knock.now = at(minutes * 60);
        trigger(&mut knock, to_jane(json!({})));
    }
    knock.now = at(24 * 60 - 1);
    assert!(bodies(&mut knock).is_empty());
    knock.now = at(24 * 60);
    assert_eq!(bodies(&mut knock).len(), 1);

    let steps = "[[steps]]\ntype = 'batch'\nwindow = '24m'\nsliding = true\nmax_window = '12m'";
    let mut knock = with_steps(steps);
    trigger(&mut knock, to_jane(json!({})));
    knock.now = at(23 * 60);
    trigger(&mut knock, to_jane(json!({})));
    assert_eq!(bodies(&mut knock).len(), 1, "its time was over already");
}

#[test]
fn a_batch_that_flushes_what_opens_it_tells_of_the_rest_later() {
    let mut knock = with_steps("[[steps]]\ntype = 'batch'\nwindow = '1m'\nflush_leading = true");
    trigger(&mut knock, to_jane(json!({"data": {"page": "first"}})));
    assert!(bodies(&mut knock)[0].starts_with("<p>1 by"));
    knock.now = at(60);
    assert_eq!(bodies(&mut knock).len(), 1, "there is nothing more to tell");
    for page in ["second", "third", "fourth"] {
        trigger(&mut knock, to_jane(json!({"data": {"page": page}})));
    }
    knock.now = at(120);
    let bodies = bodies(&mut knock);
    assert_eq!(bodies.len(), 3);
    assert!(
        bodies[0].starts_with("<p>2 by") && bodies[0].contains("fourth"),
        "{bodies:?}"
    );
}

#[test]
fn the_data_of_a_batch_is_flat_and_its_texts_are_short() {
    let mut knock = with_steps("[[steps]]\ntype = 'batch'\nwindow = '1m'");
    trigger(
        &mut knock,
        to_jane(json!({"data": {"a": 1, "list": [1], "page": "p"}})),
    );
    trigger(
        &mut knock,
        to_jane(json!({"data": {"a": 2, "inside": {"b": 1}, "page": "é".repeat(300)}})),
    );
    knock.now = at(60);
    let item = knock.feed("jane", "")["entries"][0].clone();
    assert_eq!(item["data"], json!({"a": 2, "page": "é".repeat(256)}));
    assert_eq!(
        item["activities"][0]["data"]["inside"]["b"], 1,
        "each keeps its own"
    );
}

#[test]
fn a_throttles_window_begins_with_what_passes_first_and_needs_its_key() {
    let throttle = "[[steps]]\ntype = 'throttle'\nwindow = '1h'\nlimit = 2\nkey = '{{ data.page }}{{ actor.id }}'";
    let mut knock = with_steps(throttle);
    let from = |actor: &str| to_jane(json!({"actor": {"id": actor}, "data": {"page": "p"}}));
    for (minutes, sent) in [(0, 1), (59, 2), (59, 2), (60, 3), (61, 4), (61, 4)] {
        knock.now = at(minutes * 60);
        trigger(&mut knock, from("ann"));
        assert_eq!(knock.ids("jane").len(), sent, "after {minutes} minutes");
    }
    trigger(&mut knock, from("bob"));
    assert_eq!(knock.ids("jane").len(), 5, "another key");
    let mut knock = with_steps("[[steps]]\ntype = 'throttle'\nwindow = '1h'\nkey = 'data.page'");
    for _ in 0..3 {
        trigger(&mut knock, to_jane(json!({})));
    }
    assert_eq!(
        knock.ids("jane").len(),
        3,
        "without its key there is no throttle"
    );
    assert!(notes(&mut knock).contains("passed over throttle_1 of w to jane: no key"));
}
