//! Says what a recording leaves unsaid that was made without notes of the client library.
//!
//! The notes of phoenix.js tell when its application leaves a topic and what the application is told. Those of
//! the Knock SDK and of clients made by hand do not, but the frames show it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::recording::{Entry, What};

/// Lets a client of its own begin with every connection: it ends before the next, whatever the order of the lines.
pub(crate) fn one_client_a_connection(entries: &[Entry]) -> Vec<Entry> {
    let mut connections: Vec<u64> = entries
        .iter()
        .filter_map(|entry| entry.connection)
        .collect();
    connections.sort_unstable();
    connections.dedup();
    let clients = connections.into_iter().flat_map(|connection| {
        let mut its = entries
            .iter()
            .filter(move |entry| entry.connection == Some(connection))
            .cloned()
            .peekable();
        let at = its.peek().expect("it has entries").at;
        std::iter::once(unnoted(at, What::Attempt(1))).chain(its)
    });
    clients.collect()
}

/// Puts the application's wish in front of every `phx_leave`: to leave, or to join again with other parameters.
pub(crate) fn with_leaves(entries: Vec<Entry>) -> Vec<Entry> {
    let mut told = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        if let What::Client(frame) = &entry.what
            && frame[3] == "phx_leave"
        {
            let next = entries[index + 1..]
                .iter()
                .find_map(|later| match &later.what {
                    What::Client(frame) if later.connection == entry.connection => {
                        Some((later.at, frame))
                    }
                    _ => None,
                });
            let topic = text(&frame[2]);
            let wish = match next {
                Some((at, join))
                    if at <= entry.at + AT_ONCE && join[3] == "phx_join" && join[2] == frame[2] =>
                {
                    What::Join {
                        topic,
                        params: join[4].clone(),
                    }
                }
                _ => What::Leave(topic),
            };
            told.push(unnoted(entry.at, wish));
        }
        told.push(entry.clone());
    }
    told
}

/// Puts what the application is told behind every frame of the server that is for the current join of its topic.
pub(crate) fn with_reports(entries: Vec<Entry>) -> Vec<Entry> {
    let mut joins = BTreeMap::new();
    let mut told = Vec::new();
    for entry in entries {
        let report = match &entry.what {
            What::Client(frame) => {
                let topic = text(&frame[2]);
                match frame[3].as_str() {
                    Some("phx_join") => drop(joins.insert(topic, frame[1].clone())),
                    Some("phx_leave") => drop(joins.remove(&topic)),
                    _ => {}
                }
                None
            }
            What::Server(frame) => report(frame, &mut joins),
            _ => None,
        };
        let at = entry.at;
        told.push(entry);
        told.extend(report.map(|text| unnoted(at, What::Report(text))));
    }
    told
}

fn report(frame: &str, joins: &mut BTreeMap<String, Value>) -> Option<String> {
    let frame: Value = serde_json::from_str(frame).expect("a recorded Phoenix sends JSON");
    let topic = text(&frame[2]);
    let join = joins.get(&topic)?.clone();
    if !frame[0].is_null() && frame[0] != join {
        return None;
    }
    let payload = &frame[4];
    match text(&frame[3]).as_str() {
        "phx_reply" if frame[1] == join => {
            let status = text(&payload["status"]);
            Some(format!("join {status} {}", payload["response"]))
        }
        "phx_reply" => None,
        "phx_error" => {
            joins.remove(&topic);
            Some("channel errored".into())
        }
        "phx_close" => {
            joins.remove(&topic);
            Some("channel closed".into())
        }
        event => Some(format!("{event} delivered {payload}")),
    }
}

fn unnoted(at: u64, what: What) -> Entry {
    Entry {
        at,
        connection: None,
        what,
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").into()
}

/// A join that follows a leave within so many milliseconds replaces it.
const AT_ONCE: u64 = 5;
