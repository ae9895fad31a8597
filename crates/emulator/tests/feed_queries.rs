//! Random feeds under random queries, against a second reading of the rules.
#![allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]

mod common;

use std::rc::Rc;

use common::{Knock, at};
use fastrand::Rng;
use serde_json::{Value, json};

type Rule = Box<dyn Fn(&Value) -> bool>;

/// A query, and which messages it is about: in the list, and in the counts.
struct Query {
    text: String,
    lists: Rule,
    counts: Rule,
}

fn random_feed(rng: &mut Rng) -> Knock {
    let mut knock = Knock::new();
    let mut seconds = 0;
    for _ in 0..rng.usize(0..40) {
        // Several in the same instant are likely.
        seconds += rng.i64(0..3);
        knock.now = at(seconds);
        let mut body = json!({"recipients": [{"id": "jane"}], "data": {"n": rng.u8(0..3)}});
        if rng.bool() {
            body["tenant"] = json!(*rng.choice(&["acme", "beta"]).unwrap());
        }
        let workflow = *rng.choice(&["new-comment", "system-alert"]).unwrap();
        knock.run(workflow, &body);
        let id = knock.ids("jane").pop().unwrap();
        for status in ["seen", "read", "archived"] {
            if rng.u8(0..3) == 0 {
                knock.public("PUT", &format!("/v1/messages/{id}/{status}"), "");
            }
        }
    }
    knock
}

fn random_query(rng: &mut Rng) -> Query {
    let is_set = |message: &Value, name: &str| !message[name].is_null();
    let mut text = String::new();
    let mut scope: Vec<Rule> = Vec::new();
    let mut add = |part: String, rule: Rule| {
        text += &format!("&{part}");
        scope.push(rule);
    };
    match rng.u8(0..3) {
        0 => add(
            "archived=exclude".into(),
            Box::new(move |m| !is_set(m, "archived_at")),
        ),
        1 => add(
            "archived=only".into(),
            Box::new(move |m| is_set(m, "archived_at")),
        ),
        _ => add("archived=include".into(), Box::new(|_| true)),
    }
    if rng.u8(0..3) == 0 {
        add(
            "tenant=acme".into(),
            Box::new(|m| m["tenant"].is_null() || m["tenant"] == "acme"),
        );
    }
    if rng.u8(0..3) == 0 {
        let wanted = rng.bool();
        add(
            format!("has_tenant={wanted}"),
            Box::new(move |m| m["tenant"].is_string() == wanted),
        );
    }
    if rng.u8(0..3) == 0 {
        add(
            "source=system-alert".into(),
            Box::new(|m| m["workflow"] == "system-alert"),
        );
    }
    if rng.u8(0..3) == 0 {
        let n = rng.u8(0..3);
        add(
            format!("trigger_data=%7B%22n%22%3A{n}%7D"),
            Box::new(move |m| m["data"]["n"] == n),
        );
    }
    if rng.u8(0..4) == 0 {
        let category = *rng.choice(&["collaboration", "system"]).unwrap();
        add(
            format!("workflow_categories[]={category}"),
            Box::new(move |m| {
                let categories = m["source"]["categories"].as_array().unwrap();
                categories.iter().any(|one| one == category)
            }),
        );
    }
    if rng.u8(0..4) == 0 {
        let bound = format!("2026-03-02T10:00:{:02}.000000Z", rng.u8(0..40));
        let (name, is_within): (&str, fn(&str, &str) -> bool) = match rng.u8(0..4) {
            0 => ("gt", |at, bound| at > bound),
            1 => ("gte", |at, bound| at >= bound),
            2 => ("lt", |at, bound| at < bound),
            _ => ("lte", |at, bound| at <= bound),
        };
        add(
            format!("inserted_at.{name}={bound}"),
            Box::new(move |m| is_within(m["inserted_at"].as_str().unwrap(), &bound)),
        );
    }
    let (status, shows): (&str, fn(&Value) -> bool) = match rng.u8(0..5) {
        0 => ("unread", |m| m["read_at"].is_null()),
        1 => ("read", |m| !m["read_at"].is_null()),
        2 => ("unseen", |m| m["seen_at"].is_null()),
        3 => ("seen", |m| !m["seen_at"].is_null()),
        _ => ("all", |_| true),
    };
    text += &format!("&status={status}");
    let scope = Rc::new(scope);
    let counted = scope.clone();
    Query {
        text,
        lists: Box::new(move |message| shows(message) && scope.iter().all(|rule| rule(message))),
        counts: Box::new(move |message| counted.iter().all(|rule| rule(message))),
    }
}

fn ids(page: &Value) -> Vec<String> {
    let entries = page["entries"].as_array().unwrap().iter();
    entries
        .map(|entry| entry["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Every id on the way that `page_info` shows in one direction, from a first page.
fn walk(knock: &mut Knock, query: &str, first: &Value, direction: &str) -> Vec<Vec<String>> {
    let mut pages = vec![ids(first)];
    let mut cursor = first["page_info"][direction].clone();
    while let Some(at) = cursor.as_str() {
        let page = knock.feed("jane", &format!("{query}&{direction}={at}"));
        assert!(
            !ids(&page).is_empty(),
            "{query}: an empty page ends no list"
        );
        pages.push(ids(&page));
        cursor = page["page_info"][direction].clone();
    }
    pages
}

#[test]
fn paging_either_way_visits_each_matching_item_once_and_the_counts_agree() {
    for seed in 0..200 {
        let mut rng = Rng::with_seed(seed);
        let mut knock = random_feed(&mut rng);
        let Query {
            text,
            lists,
            counts,
        } = random_query(&mut rng);
        let context = format!("seed {seed}: {text}");
        let messages = knock.emulator.messages("jane");
        let expected: Vec<String> = messages
            .iter()
            .rev()
            .filter(|message| lists(message))
            .map(|message| message["id"].as_str().unwrap().to_owned())
            .collect();

        let query = format!("page_size={}{text}", rng.usize(1..8));
        let first = knock.feed("jane", &query);
        let forward = walk(&mut knock, &query, &first, "after");
        assert_eq!(forward.concat(), expected, "{context}");

        let last = forward.last().unwrap().first();
        if let Some(last) = last.filter(|_| forward.len() > 1) {
            let entry = knock.feed("jane", "archived=include");
            let entry = entry["entries"]
                .as_array()
                .unwrap()
                .iter()
                .find(|entry| entry["id"] == last.as_str());
            let cursor = entry.unwrap()["__cursor"].as_str().unwrap().to_owned();
            let page = knock.feed("jane", &format!("{query}&before={cursor}"));
            let mut back = walk(&mut knock, &query, &page, "before");
            back.reverse();
            let ahead = expected.len() - forward.last().unwrap().len();
            assert_eq!(back.concat(), expected[..ahead], "{context}, backward");
        }

        let counted: Vec<&Value> = messages.iter().filter(|message| counts(message)).collect();
        let unset = |name: &str| {
            counted
                .iter()
                .filter(|message| message[name].is_null())
                .count()
        };
        let meta = &first["meta"];
        assert_eq!(meta["total_count"], counted.len(), "{context}");
        assert_eq!(meta["unread_count"], unset("read_at"), "{context}");
        assert_eq!(meta["unseen_count"], unset("seen_at"), "{context}");
    }
}
