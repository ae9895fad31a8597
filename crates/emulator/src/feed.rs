//! `GET /v1/users/{user_id}/feeds/{feed_id}`: filters, order, pages, counts.

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::cursor;
use crate::filter::{Filter, counts};
use crate::message::{Message, Mode};
use crate::params::Params;
use crate::refusal::Refusal;
use crate::workflow;

/// What one request for a page asks for.
#[derive(Debug)]
pub(crate) struct PageRequest {
    filter: Filter,
    mode: Mode,
    exclude: Vec<Vec<String>>,
    page_size: usize,
    position: Position,
}

#[derive(Debug)]
enum Position {
    Newest,
    After(String),
    Before(String),
}

impl PageRequest {
    /// Reads a query. `page_size` above 50 is taken as 50.
    pub(crate) fn parse(params: &Params) -> Result<Self, Refusal> {
        let page_size = match params.number("page_size")? {
            Some(0) => return Err(Refusal::invalid("page_size", "must be at least 1")),
            Some(size) => usize::try_from(size)
                .unwrap_or(MAX_PAGE_SIZE)
                .min(MAX_PAGE_SIZE),
            None => MAX_PAGE_SIZE,
        };
        Ok(Self {
            filter: Filter::parse(params)?,
            mode: params
                .word("mode", &[("rich", Mode::Rich), ("compact", Mode::Compact)])?
                .unwrap_or_default(),
            exclude: excluded(params)?,
            page_size,
            position: Position::parse(params)?,
        })
    }

    /// The page of these messages, all of one user, oldest first.
    pub(crate) fn answer(&self, messages: &[&Message]) -> Result<Value, Refusal> {
        let mut all: Vec<(Place, &Message)> = messages
            .iter()
            .enumerate()
            .map(|(index, message)| ((message.inserted_at, index), *message))
            .collect();
        all.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
        let place_of = |cursor: &str| {
            let id = cursor::decode(cursor);
            all.iter()
                .find(|(_, message)| Some(&message.id) == id.as_ref())
                .map(|(place, _)| *place)
        };
        let unknown = |field| Refusal::invalid(field, "is not a cursor of this feed");
        let matching = all
            .iter()
            .filter(|(_, message)| self.filter.matches(message));
        let (rows, newer, older): (Vec<&(Place, &Message)>, bool, bool) = match &self.position {
            Position::Newest => {
                let (rows, more) = self.cut(matching);
                (rows, false, more)
            }
            Position::After(cursor) => {
                let from = place_of(cursor).ok_or_else(|| unknown("after"))?;
                let (rows, more) = self.cut(matching.filter(|(place, _)| *place < from));
                (rows, true, more)
            }
            Position::Before(cursor) => {
                let until = place_of(cursor).ok_or_else(|| unknown("before"))?;
                let (mut rows, more) = self.cut(matching.rev().filter(|(place, _)| *place > until));
                rows.reverse();
                (rows, more, true)
            }
        };
        let ends = |row: Option<&&(Place, &Message)>, shown: bool| {
            row.filter(|_| shown)
                .map(|(_, message)| cursor::encode(&message.id))
        };
        let mut meta = counts(messages.iter().copied(), &self.filter);
        meta["__typename"] = json!("FeedMetadata");
        let mut page = json!({
            "entries": rows.iter().map(|(_, message)| message.item(cursor::encode(&message.id), self.mode)).collect::<Value>(),
            "meta": meta,
            "page_info": {
                "__typename": "PageInfo",
                "before": ends(rows.first(), newer),
                "after": ends(rows.last(), older),
                "page_size": self.page_size,
            },
            "vars": workflow::vars(),
        });
        for path in &self.exclude {
            remove(&mut page, path);
        }
        Ok(page)
    }

    /// The first rows, and whether there are more.
    fn cut<'a, T>(&self, rows: impl Iterator<Item = &'a T>) -> (Vec<&'a T>, bool) {
        let mut rows: Vec<&T> = rows.take(self.page_size + 1).collect();
        let more = rows.len() > self.page_size;
        rows.truncate(self.page_size);
        (rows, more)
    }
}

impl Position {
    fn parse(params: &Params) -> Result<Self, Refusal> {
        match (params.text("after")?, params.text("before")?) {
            (None, None) => Ok(Self::Newest),
            (Some(cursor), None) => Ok(Self::After(cursor.to_owned())),
            (None, Some(cursor)) => Ok(Self::Before(cursor.to_owned())),
            (Some(_), Some(_)) => Err(Refusal::invalid("before", "cannot be combined with after")),
        }
    }
}

fn excluded(params: &Params) -> Result<Vec<Vec<String>>, Refusal> {
    let paths: Vec<Vec<String>> = params
        .list("exclude")?
        .unwrap_or_default()
        .iter()
        .flat_map(|list| list.split(','))
        .map(|path| path.trim().split('.').map(str::to_owned).collect())
        .collect();
    match paths.iter().any(|path| path.len() > MAX_EXCLUDE_LEVELS) {
        true => Err(Refusal::invalid(
            "exclude",
            "must not be deeper than three levels",
        )),
        false => Ok(paths),
    }
}

fn remove(value: &mut Value, path: &[String]) {
    match (value, path) {
        (Value::Array(values), path) => values.iter_mut().for_each(|value| remove(value, path)),
        (Value::Object(object), [last]) => {
            object.remove(last);
        }
        (Value::Object(object), [first, rest @ ..]) => {
            if let Some(value) = object.get_mut(first) {
                remove(value, rest);
            }
        }
        _ => {}
    }
}

/// Order of the feed: time first, then who came later.
type Place = (OffsetDateTime, usize);

const MAX_PAGE_SIZE: usize = 50;
const MAX_EXCLUDE_LEVELS: usize = 3;
