//! Who gets a message and who does not: conditions, preferences, subscriptions, and what the console says of it.
#![allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]

mod common;

use common::steps::{bodies, notes, to_jane, trigger, with_steps};
use common::{Knock, at};
use serde_json::{Value, json};

#[test]
fn conditions_look_at_all_that_a_run_has() {
    let holds = |variable: &str, operator: &str, argument: &str| {
        let mut knock = with_steps(&format!(
            "name = 'Name'\ncategories = ['news']\nconditions = [{{ variable = '{variable}', operator = '{operator}', argument = '{argument}' }}]"
        ));
        knock.secret(
            "PUT",
            "/v1/tenants/acme",
            r#"{"plan": "pro", "settings": {"branding": {"icon_url": "x"}}}"#,
        );
        let body = json!({
            "recipients": [{"id": "jane", "plan": "team", "tags": ["a", "b"]}],
            "actor": {"id": "ann", "role": "admin"},
            "tenant": "acme",
            "data": {"urgent": true, "inside": {"n": 3}},
        });
        trigger(&mut knock, body);
        let sent = knock.ids("jane").len() == 1;
        assert_eq!(
            !sent,
            notes(&mut knock).contains(&format!("sent no w to jane: {variable}"))
        );
        sent
    };
    for (variable, operator, argument, expected) in [
        ("data.urgent", "equal_to", "true", true),
        ("data.inside.n", "greater_than", "2", true),
        ("data.missing", "exists", "", false),
        ("recipient.plan", "equal_to", "team", true),
        ("recipient.tags", "contains", "c", false),
        ("recipient.id", "not_equal_to", "actor.id", true),
        ("actor.role", "equal_to", "admin", true),
        ("tenant.plan", "equal_to", "pro", true),
        ("tenant.settings.branding.icon_url", "equal_to", "x", true),
        ("tenant.id", "equal_to", "beta", false),
        ("workflow.categories", "contains", "news", true),
        ("workflow.name", "equal_to", "Other", false),
        ("run.total_activities", "equal_to", "1", true),
        ("vars.app_url", "contains", "example.com", true),
    ] {
        assert_eq!(
            holds(variable, operator, argument),
            expected,
            "{variable} {operator} {argument}"
        );
    }
}

#[test]
fn groups_of_conditions_nest_and_the_console_says_what_did_not_hold() {
    let conditions = r"
[[steps.conditions.any]]
variable = 'data.force'
operator = 'equal_to'
argument = true

[[steps.conditions.any]]
all = [
    { variable = 'recipient.plan', operator = 'equal_to', argument = 'pro' },
    { variable = 'data.amount', operator = 'is_between', argument = [10, 20] },
]
";
    let mut knock = with_steps(&format!(
        "[[steps]]\ntype = 'delay'\nfor = '1d'\n{conditions}"
    ));
    for (data, plan, waits) in [
        (json!({"force": true}), "free", true),
        (json!({"amount": 15}), "pro", true),
        (json!({"amount": 15}), "free", false),
        (json!({"amount": 25}), "pro", false),
    ] {
        let before = knock.ids("jane").len();
        trigger(
            &mut knock,
            json!({"recipients": [{"id": "jane", "plan": plan}], "data": data}),
        );
        assert_eq!(knock.ids("jane").len() == before, waits, "{data} {plan}");
    }
    let notes = notes(&mut knock);
    assert!(
        notes.contains("passed over delay_1 of w to jane: data.force equal_to true (it is null), nor data.amount is_between [10,20] (it is 25)"),
        "{notes}"
    );
}

#[test]
fn a_later_step_can_ask_what_became_of_an_earlier_message() {
    let reminder = r"
[[steps]]
type = 'delay'
for = '1h'
[[steps]]
type = 'in_app'
ref = 'reminder'
conditions = [{ variable = 'refs.first.engagement_status', operator = 'not_contains', argument = '$message.seen' }]
blocks = [{ type = 'text', name = 'body', content = 'Still there' }]
";
    let mut knock = Knock::new();
    let first = "[[steps]]\ntype = 'in_app'\nref = 'first'\nblocks = [{ type = 'text', name = 'body', content = 'First' }]";
    knock
        .emulator
        .load_workflow("w", &format!("{first}{reminder}"))
        .unwrap();
    trigger(&mut knock, to_jane(json!({})));
    knock.now = at(3600);
    assert_eq!(bodies(&mut knock), ["Still there", "First"]);
    trigger(&mut knock, to_jane(json!({})));
    let id = knock.ids("jane").pop().unwrap();
    knock.public("PUT", &format!("/v1/messages/{id}/seen"), "");
    knock.now = at(7200);
    assert_eq!(bodies(&mut knock).len(), 3);
}

#[test]
fn preferences_can_be_overridden_by_a_workflow_and_look_at_the_first_of_a_batch() {
    let mut knock = with_steps("override_preferences = true");
    let no = json!({"workflows": {"w": false}}).to_string();
    trigger(&mut knock, to_jane(json!({})));
    knock.public("PUT", "/v1/users/jane/preferences/default", &no);
    trigger(&mut knock, to_jane(json!({})));
    assert_eq!(knock.ids("jane").len(), 2);

    let mut knock = with_steps("[[steps]]\ntype = 'batch'\nwindow = '1m'");
    let only_loud = json!({"workflows": {"w": {"conditions": [
        {"variable": "data.loud", "operator": "equal_to", "argument": "true"},
    ]}}});
    trigger(&mut knock, to_jane(json!({"data": {"loud": true}})));
    knock.public(
        "PUT",
        "/v1/users/jane/preferences/default",
        &only_loud.to_string(),
    );
    trigger(&mut knock, to_jane(json!({"data": {"loud": false}})));
    knock.now = at(60);
    assert_eq!(bodies(&mut knock).len(), 1);
    trigger(&mut knock, to_jane(json!({"data": {"loud": false}})));
    trigger(&mut knock, to_jane(json!({"data": {"loud": true}})));
    knock.now = at(120);
    assert_eq!(bodies(&mut knock).len(), 1);
    assert!(notes(&mut knock).contains("sent no w to jane: the preferences say no (workflows.w: data.loud equal_to true (it is false))"));
}

#[test]
fn offers_are_refused_in_the_default_set_also_where_a_tenant_has_its_own() {
    let mut knock = with_steps("commercial = true");
    let in_acme = json!({"recipients": [{"id": "jane"}], "tenant": "acme"});
    let mut prefer = |set: &str, body: Value| {
        let path = format!("/v1/users/jane/preferences/{set}");
        assert_eq!(knock.public("PUT", &path, &body.to_string()).status, 200);
        trigger(&mut knock, in_acme.clone());
        knock.ids("jane").len()
    };
    assert_eq!(
        prefer(
            "acme",
            json!({"categories": {"x": true}, "commercial_subscribed": false})
        ),
        1
    );
    assert_eq!(
        prefer("default", json!({"commercial_subscribed": false})),
        1
    );
}

#[test]
fn whoever_is_left_out_is_named_in_the_console() {
    let mut knock = with_steps("");
    for (path, recipients) in [
        ("projects/p", json!(["jane", "ann"])),
        ("teams/t", json!([{"collection": "projects", "id": "p"}])),
        ("orgs/o", json!([{"collection": "teams", "id": "t"}])),
    ] {
        let body = json!({"recipients": recipients, "properties": {"role": "reader"}});
        let added = knock.secret(
            "POST",
            &format!("/v1/objects/{path}/subscriptions"),
            &body.to_string(),
        );
        assert_eq!(added.status, 200);
    }
    let object = |collection: &str, id: &str| json!({"collection": collection, "id": id});
    let body = json!({"recipients": ["ghost", object("projects", "p"), "jane", object("things", "empty"), object("orgs", "o"), {"collection": "things", "id": "empty", "name": "E"}], "actor": "ann"});
    trigger(&mut knock, body);
    assert_eq!(knock.ids("jane").len(), 1);
    let notes = notes(&mut knock);
    for note in [
        "\"ghost\" was never identified",
        "left out ann: the actor is not notified",
        "left out jane: once is enough",
        "sent nothing to things/empty: objects have no feed, and nobody follows it",
    ] {
        assert!(notes.contains(note), "{note} in {notes}");
    }
}

#[test]
fn what_a_recipient_follows_is_seen_two_levels_deep() {
    let mut knock = Knock::new();
    knock.emulator.load_workflow("w", "[[steps]]\ntype = 'in_app'\nblocks = [{ type = 'text', name = 'body', content = '{{ recipient.subscription.role }} of {{ recipient.subscription.object.properties.name }}' }]").unwrap();
    let mut follow = |object: &str, body: Value| {
        knock.secret(
            "PUT",
            &format!("/v1/objects/{object}"),
            &json!({"name": object}).to_string(),
        );
        let path = format!("/v1/objects/{object}/subscriptions");
        assert_eq!(knock.secret("POST", &path, &body.to_string()).status, 200);
    };
    follow("members/m", json!({"recipients": ["john"]}));
    follow(
        "teams/t",
        json!({"recipients": ["jane", {"collection": "members", "id": "m"}], "properties": {"role": "reader"}}),
    );
    follow(
        "orgs/o",
        json!({"recipients": [{"collection": "teams", "id": "t"}]}),
    );
    trigger(
        &mut knock,
        json!({"recipients": [{"collection": "orgs", "id": "o"}]}),
    );
    assert_eq!(bodies(&mut knock), ["reader of teams/t"]);
    assert!(knock.ids("john").is_empty());
    assert!(notes(&mut knock).contains(
        "sent nothing to members/m: objects have no feed, and it follows an object that follows"
    ));
}
