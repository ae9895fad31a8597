//! Entries that are kept, and which of them changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Deref;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A map that knows, when somebody wants to know, which of its entries were touched.
#[derive(Clone)]
pub(crate) struct Table<K, V> {
    entries: BTreeMap<K, V>,
    touched: Option<BTreeSet<K>>,
}

/// One entry of a table as it is kept: its key, and its value if it still has one, as JSON.
pub(crate) type Change = (String, Option<String>);

/// What can be kept and brought back entry by entry.
pub(crate) trait Keep {
    /// Every entry is a change, and from now on every touched one.
    fn track(&mut self);
    /// The entries that were touched since the last call.
    fn take_changes(&mut self) -> Vec<Change>;
    /// Puts an entry back; an error says what is wrong with it.
    fn put(&mut self, key: &str, value: &str) -> Result<(), serde_json::Error>;
}

impl<K: Ord + Clone, V> Table<K, V> {
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.touch(&key);
        self.entries.insert(key, value)
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let removed = self.entries.remove(key);
        if removed.is_some() {
            self.touch(key);
        }
        removed
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.touch(key);
        self.entries.get_mut(key)
    }

    pub(crate) fn get_or_insert_with(&mut self, key: K, value: impl FnOnce() -> V) -> &mut V {
        self.touch(&key);
        self.entries.entry(key).or_insert_with(value)
    }

    pub(crate) fn retain(&mut self, mut stays: impl FnMut(&K, &V) -> bool) {
        let gone: Vec<K> = self
            .entries
            .iter()
            .filter(|(key, value)| !stays(key, value))
            .map(|(key, _)| key.clone())
            .collect();
        for key in gone {
            self.remove(&key);
        }
    }

    /// Becomes as another one; whoever wants to know hears of every difference.
    pub(crate) fn become_as(&mut self, other: Self) {
        for key in self.entries.keys().chain(other.entries.keys()) {
            if let Some(touched) = &mut self.touched {
                touched.insert(key.clone());
            }
        }
        self.entries = other.entries;
    }

    fn touch(&mut self, key: &K) {
        if let Some(touched) = &mut self.touched {
            touched.insert(key.clone());
        }
    }
}

impl<V> Table<u64, V> {
    /// Adds an entry behind all others; its key.
    pub(crate) fn push(&mut self, value: V) -> u64 {
        let key = self
            .entries
            .last_key_value()
            .map_or(0, |(last, _)| last + 1);
        self.insert(key, value);
        key
    }
}

impl<K, V> Keep for Table<K, V>
where
    K: Ord + Clone + Serialize + DeserializeOwned,
    V: Serialize + DeserializeOwned,
{
    fn track(&mut self) {
        self.touched = Some(self.entries.keys().cloned().collect());
    }

    fn take_changes(&mut self) -> Vec<Change> {
        let touched = self.touched.as_mut().map(std::mem::take);
        let json =
            |key: &K| serde_json::to_string(key).expect("keys are text, numbers and pairs of them");
        touched
            .into_iter()
            .flatten()
            .map(|key| {
                let value = self.entries.get(&key).map(|value| {
                    serde_json::to_string(value).expect("values are JSON, maps with keys of text")
                });
                (json(&key), value)
            })
            .collect()
    }

    fn put(&mut self, key: &str, value: &str) -> Result<(), serde_json::Error> {
        self.entries
            .insert(serde_json::from_str(key)?, serde_json::from_str(value)?);
        Ok(())
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self {
            entries: BTreeMap::new(),
            touched: None,
        }
    }
}

impl<K, V> Deref for Table<K, V> {
    type Target = BTreeMap<K, V>;

    fn deref(&self) -> &Self::Target {
        &self.entries
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Table<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(table: &mut Table<String, u8>) -> Vec<(String, Option<String>)> {
        table.take_changes()
    }

    fn change(key: &str, value: Option<&str>) -> (String, Option<String>) {
        (format!("\"{key}\""), value.map(str::to_owned))
    }

    #[test]
    fn only_what_was_touched_since_the_last_time_is_a_change() {
        let mut table: Table<String, u8> = Table::default();
        table.insert("before".into(), 1);
        assert_eq!(changes(&mut table), [], "nobody wants to know yet");
        table.track();
        assert_eq!(changes(&mut table), [change("before", Some("1"))]);
        table.insert("a".into(), 1);
        table.insert("b".into(), 2);
        assert_eq!(
            changes(&mut table),
            [change("a", Some("1")), change("b", Some("2"))]
        );
        *table.get_mut(&"a".to_owned()).unwrap() = 9;
        table.remove(&"b".to_owned());
        table.remove(&"never".to_owned());
        assert_eq!(
            changes(&mut table),
            [change("a", Some("9")), change("b", None)]
        );
        table.retain(|key, _| key == "a");
        assert_eq!(changes(&mut table), [change("before", None)]);
    }

    #[test]
    fn to_become_as_another_tells_of_what_came_and_what_went() {
        let (mut table, mut other) = (Table::default(), Table::default());
        table.insert("gone".to_owned(), 1);
        other.insert("new".to_owned(), 2);
        table.track();
        changes(&mut table);
        table.become_as(other);
        assert_eq!(
            changes(&mut table),
            [change("gone", None), change("new", Some("2"))]
        );
        table.put("\"back\"", "3").unwrap();
        assert_eq!(table.get("back"), Some(&3));
        assert!(table.put("back", "3").is_err());
    }
}
