//! What workflow files may say, and where and why one is refused.
#![allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]

mod common;

use common::Knock;

fn refused(text: &str) -> (usize, String) {
    let mut knock = Knock::new();
    let error = knock.emulator.load_workflow("w", text).unwrap_err();
    (error.line, error.reason)
}

fn check(cases: &[(&str, usize, &str)]) {
    for (text, line, word) in cases {
        let (at, reason) = refused(text);
        assert_eq!(at, *line, "{text}: {reason}");
        assert!(reason.contains(word), "{text}: {reason}");
        assert!(!reason.contains(" at line "), "{text}: {reason}");
        assert!(!reason.contains('\n'), "{text}: {reason}");
    }
}

const IN_APP: &str =
    "[[steps]]\ntype = 'in_app'\nblocks = [{type = 'text', name = 'body', content = ''}]\n";

#[test]
fn a_file_that_is_no_toml_or_misspells_a_key_is_refused_where_it_does() {
    check(&[
        ("steps = [", 1, ""),
        ("\n\nsteps ? 1", 3, ""),
        ("", 1, "steps"),
        ("colour = 1\nsteps = []", 1, "colour"),
        ("steps = []", 1, "in_app"),
        ("categories = ['a', 7]\nsteps = []", 1, "integer"),
        ("\n[[steps]]\ntype = 'email'", 3, "email"),
        ("\n[[steps]]\nfor = '5m'", 2, "type"),
        ("[[steps]]\ntype = 'delay'\nafter = '5m'", 3, "after"),
        (
            "[[steps]]\ntype = 'in_app'\n[[steps.blocks]]\ntype = 'text'\nname = 'a'\ncontent = ''\ntext = ''",
            7,
            "text",
        ),
        (
            "[[steps]]\ntype = 'in_app'\n[[steps.blocks]]\ntype = 'image'\nname = 'a'",
            4,
            "image",
        ),
        (
            "[[steps]]\ntype = 'in_app'\n[[steps.blocks]]\ntype = 'text'\ncontent = ''",
            3,
            "name",
        ),
    ]);
}

#[test]
fn a_step_without_what_it_needs_or_with_what_another_type_takes_is_refused() {
    check(&[
        ("\n[[steps]]\ntype = 'delay'", 2, "'for'"),
        ("[[steps]]\ntype = 'delay'\nfor = 'soon'", 3, "soon"),
        (
            "[[steps]]\ntype = 'delay'\nfor = '1m'\nwindow = '1m'",
            4,
            "'window'",
        ),
        (
            "[[steps]]\ntype = 'delay'\nfor = '1m'\nblocks = []",
            4,
            "'blocks'",
        ),
        ("[[steps]]\ntype = 'batch'\nkey = 'x'", 1, "'window'"),
        (
            "[[steps]]\ntype = 'batch'\nwindow = '1m'\nlimit = 3",
            4,
            "'limit'",
        ),
        (
            "[[steps]]\ntype = 'batch'\nwindow = '1m'\nmax_window = '1h'",
            4,
            "sliding",
        ),
        (
            "[[steps]]\ntype = 'batch'\nwindow = '1m'\nsliding = true\nmax_window = 'long'",
            5,
            "long",
        ),
        (
            "[[steps]]\ntype = 'batch'\nwindow = '1m'\nmax_items = 1",
            4,
            "2 to 1000",
        ),
        (
            "[[steps]]\ntype = 'batch'\nwindow = '1m'\norder = 'newest'",
            4,
            "newest",
        ),
        (
            "[[steps]]\ntype = 'batch'\nwindow = '1m'\nkey = 'a b'",
            4,
            "'a b'",
        ),
        (
            "[[steps]]\ntype = 'throttle'\nwindow = '1m'\nlimit = 0",
            4,
            "'limit'",
        ),
        (
            "[[steps]]\ntype = 'throttle'\nwindow = '1m'\nkey = '{{ data.a | shout }}'",
            4,
            "shout",
        ),
        (
            "[[steps]]\ntype = 'throttle'\nwindow = '1m'\nsliding = true",
            4,
            "'sliding'",
        ),
        ("[[steps]]\ntype = 'in_app'", 1, "blocks"),
        ("[[steps]]\ntype = 'in_app'\nfor = '1m'", 3, "'for'"),
        (
            "[[steps]]\ntype = 'delay'\nref = 'a'\nfor = '1m'\n[[steps]]\ntype = 'delay'\nfor = '1m'\nref = 'a'",
            8,
            "'a'",
        ),
    ]);
}

#[test]
fn a_block_without_its_content_or_with_a_template_that_is_none_is_refused_in_its_own_line() {
    let head = "[[steps]]\ntype = 'in_app'\n[[steps.blocks]]\nname = 'a'\n";
    for (rest, line, word) in [
        ("type = 'text'", 3, "'content'"),
        ("type = 'markdown'\nbuttons = []", 6, "'buttons'"),
        ("type = 'button_set'", 3, "'buttons'"),
        ("type = 'button_set'\ncontent = 'x'", 6, "'content'"),
        (
            "type = 'text'\ncontent = '{{ a | shout }}'",
            6,
            "no filter 'shout'",
        ),
        (
            "type = 'text'\ncontent = '{{ a | md5 }}'",
            6,
            "Knock has the filter 'md5'",
        ),
        ("type = 'text'\ncontent = '{{ a '", 6, "no Liquid"),
        (
            "type = 'markdown'\ncontent = '''\none\n{{ a | shout }}'''",
            8,
            "shout",
        ),
        (
            "type = 'markdown'\ncontent = '''one\n{% if %}'''",
            7,
            "no Liquid",
        ),
        (
            "type = 'markdown'\ncontent = \"\"\"\none\ntwo\n{% shout %}\"\"\"",
            9,
            "shout",
        ),
        (
            "type = 'button_set'\nbuttons = [\n{name = 'b', label = 'b', action = ''},\n{name = 'c',\n label = '{{ a | shout }}', action = ''}]",
            9,
            "shout",
        ),
        (
            "type = 'button_set'\nbuttons = [\n{name = 'b', action = ''}]",
            7,
            "label",
        ),
    ] {
        check(&[(&format!("{head}{rest}"), line, word)]);
    }
}

#[test]
fn a_condition_that_says_nothing_is_refused_in_its_own_line() {
    let delay = "[[steps]]\ntype = 'delay'\nfor = '1m'\n";
    for (rest, line, word) in [
        ("conditions = 'x'", 4, "list"),
        ("conditions = [\n{variable = 'data.x'}]", 5, "operator"),
        (
            "conditions = [\n{variable = 'data.x', operator = 'resembles', argument = ''}]",
            5,
            "resembles",
        ),
        (
            "conditions = [\n{variable = 'date.x', operator = 'empty'}]",
            5,
            "date.x",
        ),
        (
            "conditions = [\n{variable = 'data.x', operator = 'equal_to'}]",
            5,
            "argument",
        ),
        (
            "conditions = [\n{variable = 'data.x', operator = 'empty', value = 1}]",
            5,
            "'value'",
        ),
        (
            "[[steps.conditions.any]]\nvariable = 'data.x'\noperator = 'empty'\n[[steps.conditions.any]]\nvariable = 'data.x'\noperator = 'is'",
            9,
            "'is'",
        ),
        (
            "conditions = [{variable = 'refs.in_app_feed_1.engagement_status', operator = 'contains', argument = '$message.seen'}]",
            4,
            "in_app_feed_1",
        ),
    ] {
        check(&[(&format!("{delay}{rest}"), line, word)]);
    }
    let after = "conditions = [{variable = 'refs.in_app_feed_1.mood', operator = 'empty'}]";
    let text = format!("{IN_APP}{delay}{after}");
    check(&[(&text, 7, "mood")]);
    let trigger = format!(
        "conditions = [{{variable = 'refs.x.delivery_status', operator = 'empty'}}]\n{IN_APP}"
    );
    check(&[(&trigger, 1, "refs.x")]);
}

#[test]
fn json_is_refused_as_toml_is() {
    let block = |rest: &str| {
        format!(
            "{{\"steps\": [\n{{\"type\": \"in_app\",\n\"blocks\": [\n{{\"type\": \"button_set\", \"name\": \"a\", \n{rest}}}]}}]}}"
        )
    };
    check(&[
        ("{\n\"steps\": [", 2, "EOF"),
        ("{\n\"colour\": 1}", 2, "colour"),
        ("{\"steps\": []}", 1, "in_app"),
        ("{\"steps\": [\n\n{\"type\": \"email\"}]}", 3, "email"),
        ("{\"steps\": [\n{\"type\": \"delay\"}]}", 2, "'for'"),
        (
            "{\"steps\": [\n{\"type\": \"delay\", \"for\": \"1m\",\n\"window\": \"1m\"}]}",
            3,
            "'window'",
        ),
        (
            "{\"steps\": [{\"type\": \"delay\", \"for\": \"1m\", \"conditions\": {\"all\": [\n{\"variable\": \"data.x\", \"operator\": \"is\"}]}}]}",
            2,
            "'is'",
        ),
        (
            &block(
                "\"buttons\": [\n{\"name\": \"b\", \"action\": \"\",\n\"label\": \"a\\n{{ a | shout }}\"}]",
            ),
            7,
            "shout",
        ),
    ]);
}

#[test]
fn json_says_the_same_as_toml() {
    let toml = "name = 'W'\ncategories = ['x']\n[[steps]]\ntype = 'delay'\nfor = '5m'\n\
        conditions = [{ variable = 'data.n', operator = 'equal_to', argument = '1' }]\n\
        [[steps]]\ntype = 'in_app'\n[[steps.blocks]]\ntype = 'button_set'\nname = 'actions'\n\
        buttons = [{ name = 'a', label = '{{ x }}', action = 'y' }]\n";
    let json = r#"{"name": "W", "categories": ["x"], "steps": [
        {"type": "delay", "for": "5m", "conditions": [{"variable": "data.n", "operator": "equal_to", "argument": "1"}]},
        {"type": "in_app", "blocks": [{"type": "button_set", "name": "actions",
            "buttons": [{"name": "a", "label": "{{ x }}", "action": "y"}]}]}
    ]}"#;
    let outcome = |text: &str| {
        let mut knock = Knock::new();
        knock.emulator.load_workflow("w", text).unwrap();
        let body = serde_json::json!({"recipients": [{"id": "jane"}], "data": {"n": 2, "x": "go"}});
        knock.run("w", &body);
        let item = knock.feed("jane", "")["entries"][0].clone();
        (
            item["blocks"].clone(),
            item["source"]["categories"].clone(),
            item["source"]["step_ref"].clone(),
        )
    };
    assert_eq!(outcome(toml), outcome(json));
    assert_eq!(outcome(toml).0[0]["buttons"][0]["label"], "go");
}

#[test]
fn every_example_of_the_document_is_a_workflow() {
    let document = include_str!("../../../docs/emulator.md");
    let examples: Vec<&str> = ["```toml\n", "```json\n"]
        .iter()
        .flat_map(|fence| document.split(fence).skip(1))
        .filter_map(|rest| rest.split("```").next())
        .filter(|text| text.contains("steps"))
        .collect();
    assert_eq!(examples.len(), 2, "one in TOML, one in JSON");
    for text in &examples {
        let mut knock = Knock::new();
        let loaded = knock.emulator.load_workflow("w", text);
        assert_eq!(loaded, Ok(()), "{text}");
    }
    for kind in ["throttle", "batch", "delay", "in_app"] {
        assert!(
            examples[0].contains(&format!("type = \"{kind}\"")),
            "{kind}"
        );
    }
}
