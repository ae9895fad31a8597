//! What happened lately, for the console.

use std::collections::VecDeque;

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::clock::micros;

/// The last few hundred requests, frames and notes, each with its number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    written: u64,
    entries: VecDeque<Value>,
}

impl Log {
    pub(crate) fn request(
        &mut self,
        method: &str,
        path: &str,
        query: &str,
        status: u16,
        now: OffsetDateTime,
    ) {
        let mark = if query.is_empty() { "" } else { "?" };
        let target = cut(&format!("{path}{mark}{query}"));
        self.write(
            json!({"kind": "request", "method": method, "target": target, "status": status}),
            now,
        );
    }

    pub(crate) fn frame(
        &mut self,
        connection: u64,
        is_clients: bool,
        text: &str,
        now: OffsetDateTime,
    ) {
        let from = if is_clients { "client" } else { "server" };
        self.write(
            json!({"kind": "frame", "socket": connection, "from": from, "text": cut(text)}),
            now,
        );
    }

    pub(crate) fn note(&mut self, text: &str, now: OffsetDateTime) {
        self.write(json!({"kind": "note", "text": cut(text)}), now);
    }

    fn write(&mut self, mut entry: Value, now: OffsetDateTime) {
        self.written += 1;
        entry["number"] = json!(self.written);
        entry["at"] = json!(micros(now));
        self.entries.push_back(entry);
        if self.entries.len() > KEPT {
            self.entries.pop_front();
        }
    }

    /// What was written after the entry of this number, oldest first.
    pub(crate) fn after(&self, number: u64) -> Value {
        let new = self
            .entries
            .iter()
            .filter(|entry| entry["number"].as_u64() > Some(number));
        json!({"entries": new.collect::<Vec<_>>(), "last": self.written})
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARACTERS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

const KEPT: usize = 400;
const MAX_CHARACTERS: usize = 600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_go_and_numbers_go_on() {
        let mut log = Log::default();
        for n in 0..KEPT + 5 {
            log.note(&"é".repeat(n), OffsetDateTime::UNIX_EPOCH);
        }
        let all = log.after(0);
        assert_eq!(all["entries"][0]["number"], 6);
        assert_eq!(all["entries"].as_array().unwrap().len(), KEPT);
        let last = all["last"].as_u64().unwrap();
        assert_eq!(log.after(last - 2)["entries"].as_array().unwrap().len(), 2);
        log.note(&"é".repeat(1000), OffsetDateTime::UNIX_EPOCH);
        let text = log.after(last)["entries"][0]["text"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(text.chars().count(), MAX_CHARACTERS + 1);
    }
}
