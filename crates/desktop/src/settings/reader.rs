//! Tables of the settings file, read key by key: what cannot be used is noted with its line, and the rest holds.

use std::fmt;

use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A part of the settings file that was left aside; everything else in it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Counted from 1; 0 when it is about the whole file.
    pub line: usize,
    pub words: String,
}

/// A table of the settings file.
pub(super) trait Table: Default {
    /// Takes one key. The error says what the key must be; it repeats no value.
    fn set(&mut self, key: &str, value: Value<'_, '_>, reader: &mut Reader<'_>) -> Wants<()>;
}

/// What a value gave, or what was wanted instead.
pub(super) type Wants<T> = Result<T, Unfit>;

/// Why a value cannot be used.
#[derive(Debug)]
pub(super) enum Unfit {
    /// There is no such key.
    Unknown,
    /// What it must be, in words that follow the key's name and "must be".
    Must(String),
}

/// The file's text and what in it could not be used.
pub(super) struct Reader<'a> {
    text: &'a str,
    complaints: Vec<Complaint>,
}

/// A value of the file.
#[derive(Clone, Copy)]
pub(super) struct Value<'a, 'i>(&'a Spanned<DeValue<'i>>);

/// The table that this TOML text is, and what in it could not be used, by line.
pub(super) fn read<T: Table>(text: &str) -> (T, Vec<Complaint>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let complaints = errors.iter().map(|error| Complaint {
        line: error.span().map_or(0, |span| line_of(text, span.start)),
        words: error.message().to_owned(),
    });
    let mut reader = Reader {
        text,
        complaints: complaints.collect(),
    };
    let read = reader.table(table.get_ref());
    let mut complaints = reader.complaints;
    complaints.sort_by_key(|complaint| complaint.line);
    (read, complaints)
}

impl Reader<'_> {
    fn table<T: Table>(&mut self, table: &DeTable<'_>) -> T {
        let mut read = T::default();
        for (key, value) in table {
            let name = key.get_ref();
            let words = match read.set(name, Value(value), self) {
                Ok(()) => continue,
                Err(Unfit::Unknown) => format!("{name:?} is no setting"),
                Err(Unfit::Must(wanted)) => format!("{name} must be {wanted}"),
            };
            let line = line_of(self.text, key.span().start);
            self.complaints.push(Complaint { line, words });
        }
        read
    }
}

impl<'a, 'i> Value<'a, 'i> {
    pub(super) fn flag(self) -> Wants<bool> {
        self.0
            .get_ref()
            .as_bool()
            .ok_or_else(|| must("true or false"))
    }

    /// Text that is not empty.
    pub(super) fn text(self) -> Wants<&'a str> {
        let text = self.0.get_ref().as_str();
        text.filter(|text| !text.is_empty())
            .ok_or_else(|| must("text between quotes"))
    }

    /// One of a few words.
    pub(super) fn one_of<T: Copy>(self, words: &[(&str, T)]) -> Wants<T> {
        let text = self.0.get_ref().as_str();
        let found = words.iter().find(|(word, _)| Some(*word) == text);
        found.map(|(_, meaning)| *meaning).ok_or_else(|| {
            let quoted: Vec<String> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
            match quoted.split_last() {
                Some((last, [])) => must(last),
                Some((last, others)) => must(&format!("{} or {last}", others.join(", "))),
                None => Unfit::Unknown,
            }
        })
    }

    /// A list of texts.
    pub(super) fn texts(self) -> Wants<Vec<String>> {
        let wanted = || must("a list of texts, such as [\"one\", \"two\"]");
        let list = self.0.get_ref().as_array().ok_or_else(wanted)?;
        let texts = list.iter().map(|text| text.get_ref().as_str());
        let texts: Option<Vec<String>> = texts.map(|text| text.map(str::to_owned)).collect();
        texts.ok_or_else(wanted)
    }

    /// A whole number within these bounds, both included.
    pub(super) fn number(self, from: u64, to: u64) -> Wants<u64> {
        let number = self.0.get_ref().as_integer();
        let number =
            number.and_then(|number| u64::from_str_radix(number.as_str(), number.radix()).ok());
        number
            .filter(|number| (from..=to).contains(number))
            .ok_or_else(|| must(&format!("a number from {from} to {to}")))
    }

    /// A moment with its offset from UTC.
    pub(super) fn moment(self) -> Wants<OffsetDateTime> {
        let value = self.0.get_ref();
        let text = value.as_datetime().map(ToString::to_string);
        let text = text.or_else(|| value.as_str().map(str::to_owned));
        text.and_then(|text| OffsetDateTime::parse(&text, &Rfc3339).ok())
            .ok_or_else(|| must("a date, a time and an offset, such as 2026-03-02T10:00:00Z"))
    }

    /// A table of its own.
    pub(super) fn table<T: Table>(self, reader: &mut Reader<'_>) -> Wants<T> {
        let table = self.0.get_ref().as_table();
        let table = table.ok_or_else(|| must("a table, such as { key = \"value\" }"))?;
        Ok(reader.table(table))
    }

    /// All tables of this name, in their order: each begins with the name in double brackets.
    pub(super) fn tables<T: Table>(self, reader: &mut Reader<'_>) -> Wants<Vec<T>> {
        let wanted = || must("a table of its own, begun with the name in double brackets");
        let list = self.0.get_ref().as_array().ok_or_else(wanted)?;
        let tables: Option<Vec<_>> = list
            .iter()
            .map(|table| table.get_ref().as_table())
            .collect();
        let tables = tables.ok_or_else(wanted)?;
        Ok(tables
            .into_iter()
            .map(|table| reader.table(table))
            .collect())
    }

    /// A flat table as a JSON object.
    pub(super) fn flat_object(self) -> Wants<serde_json::Value> {
        let wanted = || must("a flat table, such as { project = \"7\" }");
        let table = self.0.get_ref().as_table().ok_or_else(wanted)?;
        let pairs = table.iter().map(|(key, value)| {
            let value = match value.get_ref() {
                DeValue::String(text) => text.clone().into_owned().into(),
                DeValue::Boolean(flag) => (*flag).into(),
                DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                    .ok()?
                    .into(),
                DeValue::Float(number) => number.as_str().parse::<f64>().ok()?.into(),
                DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => return None,
            };
            Some((key.get_ref().clone().into_owned(), value))
        });
        let object: Option<serde_json::Map<_, _>> = pairs.collect();
        object.map(Into::into).ok_or_else(wanted)
    }
}

pub(super) fn must(be: &str) -> Unfit {
    Unfit::Must(be.to_owned())
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.words),
            line => write!(f, "line {line}: {}", self.words),
        }
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    let end = offset.min(text.len());
    1 + text.as_bytes()[..end]
        .iter()
        .filter(|&&b| b == b'\n')
        .count()
}
