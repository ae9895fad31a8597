//! Lists with cursors, other than the feed.

use serde_json::{Value, json};

use crate::cursor;
use crate::params::Params;
use crate::refusal::Refusal;

/// The page of these rows that the query asks for; each row comes with what tells it from the others.
///
/// `name` is what the API calls the rows: `entries` or `items`.
pub(crate) fn page(
    name: &str,
    rows: Vec<(String, Value)>,
    params: &Params,
) -> Result<Value, Refusal> {
    let page_size = match params.number("page_size")? {
        Some(0) => return Err(Refusal::invalid("page_size", "must be at least 1")),
        size => size.map_or(MAX_PAGE_SIZE, |size| {
            usize::try_from(size).map_or(MAX_PAGE_SIZE, |size| size.min(MAX_PAGE_SIZE))
        }),
    };
    let place = |field: &str| -> Result<Option<Place>, Refusal> {
        let Some(cursor) = params.text(field)? else {
            return Ok(None);
        };
        let place = Place::parse(cursor, &rows);
        let refused = || Refusal::invalid(field, "is not a cursor of this list");
        place.map(Some).ok_or_else(refused)
    };
    let (after, before) = (place("after")?, place("before")?);
    let (from, until) = match (after, before) {
        (Some(_), Some(_)) => {
            return Err(Refusal::invalid("before", "cannot be used with after"));
        }
        (None, Some(before)) => (before.first.saturating_sub(page_size), before.first),
        (after, None) => {
            let from = after.map_or(0, |place| place.next);
            (from, rows.len().min(from + page_size))
        }
    };
    let cursor_of = |place: usize| cursor::encode(&rows[place].0);
    let answered: Vec<&Value> = rows[from..until].iter().map(|(_, row)| row).collect();
    Ok(json!({
        name: answered,
        "page_info": {
            "__typename": "PageInfo",
            "before": (from > 0 && from < until).then(|| cursor_of(from)),
            "after": (until < rows.len() && from < until).then(|| cursor_of(until - 1)),
            "page_size": page_size,
        },
    }))
}

/// Where a cursor stands among the rows.
struct Place {
    /// The row that it names, or the one that follows when that row went.
    first: usize,
    next: usize,
}

impl Place {
    /// Reads a cursor that `page` gave out. Its row may be gone, as when someone deletes while going through
    /// the pages: where rows are in the order of their names, the place is still known.
    fn parse(cursor: &str, rows: &[(String, Value)]) -> Option<Self> {
        let key = cursor::decode(cursor)?;
        let place = |first, next| Some(Self { first, next });
        if let Some(found) = rows.iter().position(|(row, _)| *row == key) {
            return place(found, found + 1);
        }
        if !rows.is_sorted_by(|(one, _), (other, _)| one < other) {
            return None;
        }
        let gone = rows.partition_point(|(row, _)| *row < key);
        place(gone, gone)
    }
}

const MAX_PAGE_SIZE: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: usize) -> Vec<(String, Value)> {
        (0..count).map(|n| (format!("row {n}"), json!(n))).collect()
    }

    fn ask(count: usize, query: &str) -> Result<Value, Refusal> {
        page("entries", rows(count), &Params::from_query(query))
    }

    #[test]
    fn paging_forward_and_back_visits_each_row_once() {
        for count in 0..8 {
            for size in 1..4 {
                let (mut forward, mut query) = (Vec::new(), format!("page_size={size}"));
                let mut last = String::new();
                loop {
                    let page = ask(count, &query).unwrap();
                    forward.extend(page["entries"].as_array().unwrap().clone());
                    if let Some(before) = page["page_info"]["before"].as_str() {
                        last = before.to_owned();
                    }
                    let Some(after) = page["page_info"]["after"].as_str() else {
                        break;
                    };
                    query = format!("page_size={size}&after={after}");
                }
                let all: Vec<Value> = (0..count).map(|n| json!(n)).collect();
                assert_eq!(forward, all, "{count} by {size}");

                let mut back = 0;
                while !last.is_empty() {
                    let page = ask(count, &format!("page_size={size}&before={last}")).unwrap();
                    back += page["entries"].as_array().unwrap().len();
                    last = page["page_info"]["before"]
                        .as_str()
                        .unwrap_or_default()
                        .to_owned();
                }
                let on_last_page = match count % size {
                    0 => size.min(count),
                    rest => rest,
                };
                assert_eq!(back, count - on_last_page, "{count} by {size}");
            }
        }
    }

    #[test]
    fn deleting_while_going_through_the_pages_skips_no_row() {
        let (mut left, mut met, mut query) = (rows(7), Vec::new(), "page_size=2".to_owned());
        loop {
            let answer = page("entries", left.clone(), &Params::from_query(&query)).unwrap();
            for row in answer["entries"].as_array().unwrap() {
                met.push(row.clone());
                left.retain(|(_, other)| other != row);
            }
            let Some(after) = answer["page_info"]["after"].as_str() else {
                break;
            };
            query = format!("page_size=2&after={after}");
        }
        assert_eq!(met.len(), 7);
    }

    #[test]
    fn a_cursor_of_elsewhere_is_refused() {
        assert!(ask(3, "after=xyz").is_err());
        assert!(ask(3, "page_size=0").is_err());
        let cursor = cursor::encode("row 1");
        assert!(ask(3, &format!("after={cursor}&before={cursor}")).is_err());
    }
}
