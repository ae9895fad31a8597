//! Scenarios as data, each driven through the official client and through ours, and held against the server's truth.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod knock;
mod official;
mod ours;
mod play;
mod report;
mod scenario;
mod shown;
mod truth;

use std::collections::BTreeSet;
use std::env;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;

use official::Node;
use play::Column;
use report::Row;
use scenario::Scenario;

/// Played at the same time; most of it is waiting.
const AT_ONCE: usize = 16;

/// `SCENARIO=words` plays those with these words in their titles, and compares no page.
const ONLY: &str = "SCENARIO";

#[tokio::test(flavor = "multi_thread")]
async fn our_client_shows_what_the_server_has_and_the_official_one_does_but_for_named_exceptions() {
    let only = env::var(ONLY).ok();
    let exceptions = scenario::exceptions();
    let scenarios = Scenario::all();
    let named: BTreeSet<&String> = scenarios
        .iter()
        .filter_map(|one| one.official.as_ref())
        .collect();
    let unused: Vec<&String> = exceptions
        .keys()
        .filter(|name| !named.contains(name))
        .collect();
    assert!(
        unused.is_empty(),
        "exceptions that no scenario names: {unused:?}"
    );

    let node = Node::start();
    let wanted = scenarios.into_iter().filter(|one| {
        only.as_ref()
            .is_none_or(|words| one.title.contains(words.as_str()))
    });
    let rows = wanted.map(|scenario| play(scenario, node.clone()));
    let rows: Vec<Row> = stream::iter(rows).buffered(AT_ONCE).collect().await;
    let complaints: Vec<String> = rows
        .iter()
        .flat_map(|row| row.complaints(&exceptions))
        .collect();
    let page = report::page(&rows, &exceptions);
    println!("{page}");
    assert!(
        complaints.is_empty(),
        "{} complaints\n\n{}",
        complaints.len(),
        complaints.join("\n")
    );
    if only.is_none() {
        assert!(rows.len() >= 25);
        report::check(&page).unwrap();
    }
}

async fn play(scenario: Scenario, node: Arc<Node>) -> Row {
    let server = play::server(&scenario).await;
    let official = Column::Official(node);
    let (official, ours) = tokio::join!(
        play::client(&scenario, &server, &official, scenario.official.is_some()),
        play::client(
            &scenario,
            &server,
            &Column::Ours,
            env::var_os("QUICK").is_some()
        ),
    );
    Row {
        scenario,
        server,
        official,
        ours,
    }
}
