//! Whatever comes over the wire, nothing panics. A failure prints the seed that repeats it.
#![allow(clippy::unwrap_used, reason = "the helpers of tests are tests")]

use std::collections::{HashMap, HashSet};

use doorbell_knock::channel::NewMessage;
use doorbell_knock::html::{plain_text, safe_html};
use doorbell_knock::{
    Failure, Feed, FeedItem, FeedPage, FeedSettings, Message, Persistence, PreferenceSet, User,
    UserId, api,
};
use fastrand::Rng;
use serde_json::{Value, json};

#[test]
fn mutated_pages_are_read_or_refused() {
    let pages = include_str!("fixtures/pages.jsonl")
        .lines()
        .chain([include_str!("fixtures/examples/feed-page-rich.json")]);
    let pages: Vec<Value> = pages
        .map(|page| serde_json::from_str(page).unwrap())
        .collect();
    let mut read = 0;
    for seed in 0..1500 {
        let mut rng = Rng::with_seed(seed);
        let mut page = pages[rng.usize(..pages.len())].clone();
        for _ in 0..rng.usize(1..6) {
            mutate(&mut rng, &mut page);
        }
        let mut body = page.to_string().into_bytes();
        if rng.u8(..10) == 0 {
            body.truncate(rng.usize(..body.len()));
        }
        let outcome = std::panic::catch_unwind(|| read_all(&body));
        read += usize::from(outcome.unwrap_or_else(|_| panic!("panicked with seed {seed}")));
    }
    assert!(
        read > 500,
        "most mutations leave a page that is read: {read}"
    );
}

#[test]
fn mutated_messages_are_read_or_refused() {
    let message: Value =
        serde_json::from_str(include_str!("fixtures/examples/ws-new-message.json")).unwrap();
    let view = serde_json::from_value(json!("client_0a1B2c3D4e5F6g7H8i9J_")).unwrap();
    for seed in 0..1500 {
        let mut rng = Rng::with_seed(seed);
        let mut payload = message[4].clone();
        mutate(&mut rng, &mut payload);
        let outcome = std::panic::catch_unwind(|| {
            NewMessage::parse(&payload)
                .map(|message| message.counts_for(&view, &Default::default()))
        });
        assert!(outcome.is_ok(), "panicked with seed {seed}");
    }
}

#[test]
fn mutated_answers_about_the_user_are_read_or_refused() {
    let answers = [
        include_str!("fixtures/examples/preference-set.json"),
        include_str!("fixtures/examples/user.json"),
        include_str!("fixtures/examples/message.json"),
        include_str!("fixtures/examples/feed-settings.json"),
    ];
    let mut sets = 0;
    for seed in 0..1500 {
        let mut rng = Rng::with_seed(seed);
        let mut answer: Value = serde_json::from_str(answers[seed as usize % 4]).unwrap();
        mutate(&mut rng, &mut answer);
        let body = answer.to_string().into_bytes();
        let outcome = std::panic::catch_unwind(|| {
            let _ = (User::parse(&body), Message::parse(&body));
            FeedSettings::parse(&body);
            PreferenceSet::parse(&body).is_ok_and(|set| survives_a_write(&set))
        });
        let is_set = outcome.unwrap_or_else(|_| panic!("panicked with seed {seed}"));
        sets += usize::from(is_set);
    }
    assert!(sets > 300, "most mutations leave a set: {sets}");
}

/// Expects what was read of a set to be the same after it was written and read again.
fn survives_a_write(set: &PreferenceSet) -> bool {
    let user = UserId::parse("u").unwrap();
    let write = api::set_preferences(&user, &set.id, &set.preferences, Persistence::Replace);
    let mut body = write.body.unwrap();
    body["id"] = set.id.as_str().into();
    assert_eq!(
        PreferenceSet::parse(body.to_string().as_bytes()).as_ref(),
        Ok(set)
    );
    true
}

#[test]
fn mutated_html_is_safe() {
    for seed in 0..1500 {
        let mut rng = Rng::with_seed(seed);
        let rendered = hostile_html(&mut rng, 12);
        let clean = safe_html(&rendered);
        let tags: Vec<&str> = clean.split('<').skip(1).collect();
        let harmless = |tag: &&str| {
            KEPT.iter()
                .any(|kept| tag.trim_start_matches('/').starts_with(kept))
        };
        assert!(
            tags.iter().all(harmless),
            "seed {seed}: {rendered} became {clean}"
        );
        plain_text(&rendered);
    }
}

/// The page looks for the number of a link in the HTML, and the app follows that number.
#[test]
fn links_of_mutated_html_are_those_that_a_reader_of_the_clean_html_finds() {
    let mut several = 0;
    for seed in 0..3000 {
        let mut rng = Rng::with_seed(seed);
        let texts: Vec<String> = (0..rng.usize(1..4))
            .map(|_| hostile_html(&mut rng, 16))
            .collect();
        let links: Vec<String> = item(&texts)
            .links()
            .iter()
            .map(|link| link.to_string())
            .collect();
        let found: Vec<String> = texts
            .iter()
            .flat_map(|text| read_links(&safe_html(text)))
            .collect();
        assert_eq!(links, found, "seed {seed}: {texts:?}");
        several += usize::from(links.len() > 1);
    }
    assert!(several > 300, "many have several links: {several}");
}

fn hostile_html(rng: &mut Rng, pieces: usize) -> String {
    (0..rng.usize(1..pieces))
        .map(|_| *rng.choice(&PIECES).unwrap())
        .collect()
}

fn item(texts: &[String]) -> FeedItem {
    let block = |text: &String| json!({"type": "markdown", "name": "body", "rendered": text});
    let blocks: Vec<Value> = texts.iter().map(block).collect();
    let entry = json!({"id": "m1", "inserted_at": "2026-03-02T10:20:11Z", "blocks": blocks});
    let body = json!({"entries": [entry], "meta": {}, "page_info": {}});
    FeedPage::parse(body.to_string().as_bytes())
        .unwrap()
        .items
        .remove(0)
}

/// Reads HTML as the page does, and gives the links that are elements then.
fn read_links(clean: &str) -> Vec<String> {
    let read = ammonia::Builder::default()
        .tag_attributes(HashMap::from([("a", HashSet::from(["data-href"]))]))
        .generic_attributes(HashSet::new())
        .link_rel(None)
        .clean(clean)
        .to_string();
    let links = read.split("<a data-href=\"").skip(1);
    links
        .map(|link| link.split('"').next().unwrap().replace("&amp;", "&"))
        .collect()
}

/// Reads a page as the app would, up to the view; says whether it was one.
fn read_all(body: &[u8]) -> bool {
    let _ = Failure::from_response(422, None, body);
    let Ok(page) = FeedPage::parse(body) else {
        return false;
    };
    let mut feed = Feed::new();
    let ticket = feed.begin_fetch();
    feed.load_first(ticket, page.clone());
    let ticket = feed.begin_fetch();
    feed.load_older(ticket, page);
    feed.metadata();
    for item in feed.items() {
        let _ = (
            item.title_and_body(),
            item.action_url(),
            item.button(0),
            item.links(),
        );
    }
    true
}

/// Replaces, removes or adds something somewhere.
fn mutate(rng: &mut Rng, value: &mut Value) {
    match value {
        Value::Object(object) if !object.is_empty() && rng.u8(..8) > 0 => {
            let key = object
                .keys()
                .nth(rng.usize(..object.len()))
                .unwrap()
                .clone();
            match rng.u8(..6) {
                0 => {
                    object.remove(&key);
                }
                1 => {
                    object.insert(format!("{key}_extra"), anything(rng));
                }
                _ => mutate(rng, &mut object[&key]),
            }
        }
        Value::Array(list) if !list.is_empty() && rng.u8(..8) > 0 => {
            let index = rng.usize(..list.len());
            match rng.u8(..6) {
                0 => {
                    list.remove(index);
                }
                1 => list.push(list[index].clone()),
                _ => mutate(rng, &mut list[index]),
            }
        }
        _ => *value = anything(rng),
    }
}

fn anything(rng: &mut Rng) -> Value {
    match rng.u8(..10) {
        0 => json!(null),
        1 => json!(rng.bool()),
        2 => json!(rng.i64(..)),
        3 => json!(1e308),
        4 => json!(u64::MAX),
        5 => json!([]),
        6 => json!({}),
        7 => json!("9999-12-31T23:59:59.999999Z"),
        8 => json!("0000-01-01T00:00:00Z"),
        _ => json!(
            (0..rng.usize(..6))
                .map(|_| *rng.choice(&PIECES).unwrap())
                .collect::<String>()
        ),
    }
}

const KEPT: [&str; 17] = [
    "a>",
    "a role=",
    "b",
    "blockquote",
    "br",
    "code",
    "em",
    "h",
    "i>",
    "li>",
    "ol>",
    "p>",
    "pre>",
    "strong>",
    "ul>",
    "i ",
    "em>",
];
const PIECES: [&str; 29] = [
    "<p>",
    "</p>",
    "<a href='https://a.test'>",
    "<a href='https://b.test/?x=1&amp;y=<a href='>",
    "<a href=\"https://c.test/#'<>\">",
    "<a href='https://me@a.test'>",
    "<td>",
    "<b>",
    "</a>",
    "<a href=\"javascript:x\">",
    "<script>",
    "</script>",
    "<svg>",
    "<math>",
    "<style>",
    "<!--",
    "-->",
    "<img src=x onerror=y>",
    "<template>",
    "<table>",
    "<li>",
    "&lt;",
    "&#x0;",
    "\"",
    "'>",
    "é\u{0}\u{202e}",
    "<iframe srcdoc='<script>'>",
    "<noscript>",
    "text ",
];
