//! Rows out of [`Change`]s, and [`Kept`] out of rows.

use std::collections::BTreeMap;

use doorbell_knock::{
    AccountId, Cursor, FeedItem, FeedMetadata, ItemId, MarkId, Method, Request, Status,
};
use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use tracing::warn;

use super::{
    Change, Contents, FeedKey, Kept, KeptAccount, KeptFeed, KeptHead, KeptMark, KeptScope,
    KeptSweep, Pause,
};

/// Writes changes in one transaction.
pub(super) fn write(
    connection: &mut Connection,
    changes: &[Change],
    contents: Contents,
) -> rusqlite::Result<()> {
    let batch = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut forgotten = false;
    for change in changes {
        apply(&batch, change, contents)?;
        forgotten |= matches!(change, Change::Forget { .. });
    }
    batch.commit()?;
    if forgotten {
        empty_log(connection)?;
    }
    Ok(())
}

/// Makes the tables hold this and nothing else.
pub(super) fn replace(
    connection: &mut Connection,
    kept: &Kept,
    contents: Contents,
) -> rusqlite::Result<()> {
    let batch = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for table in TABLES {
        batch.execute(&format!("DELETE FROM {table}"), [])?;
    }
    batch.execute("DELETE FROM pause", [])?;
    for change in kept.changes() {
        apply(&batch, &change, contents)?;
    }
    batch.commit()
}

/// Takes out what items say. Nothing of it stays in the file.
pub(super) fn wipe_contents(connection: &mut Connection) -> rusqlite::Result<()> {
    let batch = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    batch.execute("DELETE FROM item", [])?;
    batch.execute(
        "UPDATE feed SET head = 0, total = NULL, unread = NULL, unseen = NULL, older = NULL",
        [],
    )?;
    let marks: Vec<(AccountId, KeptMark)> =
        rows(&batch, "SELECT account, mark FROM mark", |row| {
            Ok((account_of(row)?, read_mark(&row.get::<_, String>(1)?)?))
        })?;
    for (account, mark) in marks {
        put_mark(&batch, account.as_str(), &mark, Contents::LeftOut)?;
    }
    batch.commit()?;
    empty_log(connection)
}

pub(super) fn load(connection: &Connection) -> rusqlite::Result<Kept> {
    let mut kept = Kept::default();
    let pauses = rows(connection, "SELECT until FROM pause", |row| at(row, 0))?;
    kept.pause = match pauses.last() {
        None => Pause::Off,
        Some(None) => Pause::UntilResumed,
        Some(Some(until)) => Pause::Until(*until),
    };
    let floors = "SELECT account, met_until FROM account";
    for (id, until) in rows(connection, floors, |row| {
        Ok((account_of(row)?, at(row, 1)?))
    })? {
        kept_account(&mut kept, id).met_until = until;
    }
    let told = "SELECT account, item, at FROM told";
    let told = rows(connection, told, |row| {
        let time = at(row, 2)?.ok_or("no time")?;
        Ok((account_of(row)?, ItemId(row.get(1)?), time))
    })?;
    for (id, item, time) in told {
        kept_account(&mut kept, id).told.insert(item, time);
    }
    let marks = "SELECT account, mark FROM mark ORDER BY account, number";
    let marks = rows(connection, marks, |row| {
        Ok((account_of(row)?, read_mark(&row.get::<_, String>(1)?)?))
    })?;
    for (id, mark) in marks {
        kept_account(&mut kept, id).marks.push(mark);
    }
    let feeds = "SELECT account, feed, horizon, missed_since, synced, sweep, head, total, unread, unseen, older, sweep_status FROM feed";
    for (id, key, feed) in rows(connection, feeds, read_feed)? {
        kept_account(&mut kept, id).feeds.insert(key, feed);
    }
    let met = "SELECT account, feed, item, at FROM met";
    let met = rows(connection, met, |row| {
        let time = at(row, 3)?.ok_or("no time")?;
        let (id, feed) = (account_of(row)?, FeedKey(row.get(1)?));
        Ok((id, feed, ItemId(row.get(2)?), time))
    })?;
    for (id, key, item, time) in met {
        if let Some(feed) = kept_account(&mut kept, id).feeds.get_mut(&key) {
            feed.met.insert(item, time);
        }
    }
    let items = "SELECT account, feed, entry FROM item ORDER BY rowid";
    let items = rows(connection, items, |row| {
        let entry: Value = serde_json::from_str(&row.get::<_, String>(2)?)?;
        Ok((
            account_of(row)?,
            FeedKey(row.get(1)?),
            FeedItem::parse(&entry)?,
        ))
    })?;
    for (id, key, item) in items {
        let feed = kept_account(&mut kept, id).feeds.get_mut(&key);
        if let Some(head) = feed.and_then(|feed| feed.head.as_mut()) {
            head.items.push(item);
        }
    }
    Ok(kept)
}

fn kept_account(kept: &mut Kept, id: AccountId) -> &mut KeptAccount {
    kept.accounts.entry(id).or_default()
}

fn account_of(row: &Row<'_>) -> Result<AccountId, Senseless> {
    AccountId::parse(&row.get::<_, String>(0)?).map_err(|_| "no account".into())
}

fn apply(batch: &Transaction<'_>, change: &Change, contents: Contents) -> rusqlite::Result<()> {
    match change {
        Change::Met {
            account,
            feed,
            items,
        } => {
            let put = "INSERT OR REPLACE INTO met VALUES (?1, ?2, ?3, ?4)";
            let mut put = batch.prepare_cached(put)?;
            for (item, time) in items {
                put.execute(params![account.as_str(), feed.0, item.0, micros(*time)])?;
            }
        }
        Change::Told { account, items } => {
            let mut put =
                batch.prepare_cached("INSERT OR REPLACE INTO told VALUES (?1, ?2, ?3)")?;
            for (item, time) in items {
                put.execute(params![account.as_str(), item.0, micros(*time)])?;
            }
        }
        Change::MetUntil { account, until } => {
            batch
                .prepare_cached("INSERT OR REPLACE INTO account VALUES (?1, ?2)")?
                .execute(params![account.as_str(), micros(*until)])?;
            for table in ["met", "told"] {
                let delete = format!("DELETE FROM {table} WHERE account = ?1 AND at <= ?2");
                batch.execute(&delete, params![account.as_str(), micros(*until)])?;
            }
        }
        Change::Mark { account, mark } => put_mark(batch, account.as_str(), mark, contents)?,
        Change::Unmark { account, mark } => {
            batch
                .prepare_cached("DELETE FROM mark WHERE account = ?1 AND number = ?2")?
                .execute(params![account.as_str(), signed(mark.0)])?;
        }
        Change::Feed {
            account,
            feed,
            horizon,
            missed_since,
            synced,
            sweep,
        } => {
            batch
                .prepare_cached(
                    "INSERT INTO feed (account, feed, horizon, missed_since, synced, sweep, sweep_status)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE
                     SET horizon = ?3, missed_since = ?4, synced = ?5, sweep = ?6, sweep_status = ?7",
                )?
                .execute(params![
                    account.as_str(),
                    feed.0,
                    horizon.map(micros),
                    missed_since.map(micros),
                    synced.map(micros),
                    sweep.map(|sweep| micros(sweep.older_than)),
                    sweep.map_or(Status::Read, |sweep| sweep.status).as_str(),
                ])?;
        }
        Change::Head { .. } if contents == Contents::LeftOut => {}
        Change::Head {
            account,
            feed,
            items,
            gone,
            counts,
            older,
        } => {
            let count = |of: fn(&FeedMetadata) -> u64| counts.as_ref().map(|all| signed(of(all)));
            batch
                .prepare_cached(
                    "UPDATE feed SET head = 1, total = ?3, unread = ?4, unseen = ?5, older = ?6
                     WHERE account = ?1 AND feed = ?2",
                )?
                .execute(params![
                    account.as_str(),
                    feed.0,
                    count(|all| all.total_count),
                    count(|all| all.unread_count),
                    count(|all| all.unseen_count),
                    older.as_ref().map(Cursor::as_str),
                ])?;
            let mut remove = batch.prepare_cached(
                "DELETE FROM item WHERE account = ?1 AND feed = ?2 AND item = ?3",
            )?;
            for item in gone {
                remove.execute(params![account.as_str(), feed.0, item.0])?;
            }
            let mut put = batch.prepare_cached(
                "INSERT OR REPLACE INTO item (account, feed, item, entry) VALUES (?1, ?2, ?3, ?4)",
            )?;
            for item in items {
                let entry = item.write().to_string();
                put.execute(params![account.as_str(), feed.0, item.id.0, entry])?;
            }
        }
        Change::Paused(pause) => {
            batch.execute("DELETE FROM pause", [])?;
            let until = match pause {
                Pause::Off => return Ok(()),
                Pause::Until(until) => Some(micros(*until)),
                Pause::UntilResumed => None,
            };
            batch.execute("INSERT INTO pause VALUES (?1)", params![until])?;
        }
        Change::NoFeed { account, feed } => {
            for table in ["feed", "met", "item"] {
                let delete = format!("DELETE FROM {table} WHERE account = ?1 AND feed = ?2");
                batch.execute(&delete, params![account.as_str(), feed.0])?;
            }
        }
        Change::Forget { account } => {
            for table in TABLES {
                let delete = format!("DELETE FROM {table} WHERE account = ?1");
                batch.execute(&delete, params![account.as_str()])?;
            }
        }
    }
    Ok(())
}

/// A mark as its row holds it.
#[derive(Serialize, Deserialize)]
struct MarkRow {
    number: u64,
    status: Status,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    scope: ScopeRow,
    method: String,
    path: String,
    query: Vec<(String, String)>,
    body: Option<Value>,
    answered: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ScopeRow {
    Items(Vec<ItemId>),
    All {
        feed: String,
        #[serde(with = "time::serde::rfc3339")]
        older_than: OffsetDateTime,
    },
}

fn put_mark(
    batch: &Transaction<'_>,
    account: &str,
    kept: &KeptMark,
    contents: Contents,
) -> rusqlite::Result<()> {
    let request = kept.request.clone();
    let mut body = request.body;
    if contents == Contents::LeftOut
        && let Some(Value::Object(fields)) = &mut body
    {
        // Names the button or the link that was clicked.
        fields.remove("metadata");
    }
    let row = MarkRow {
        number: kept.mark.0,
        status: kept.status,
        at: kept.at,
        scope: match &kept.scope {
            KeptScope::Items(items) => ScopeRow::Items(items.clone()),
            KeptScope::All { feed, older_than } => ScopeRow::All {
                feed: feed.0.clone(),
                older_than: *older_than,
            },
        },
        method: request.method.as_str().to_owned(),
        path: request.path,
        query: request.query,
        body,
        answered: kept.answered,
    };
    let text = serde_json::to_string(&row)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    batch
        .prepare_cached("INSERT OR REPLACE INTO mark VALUES (?1, ?2, ?3)")?
        .execute(params![account, signed(kept.mark.0), text])?;
    Ok(())
}

fn read_mark(text: &str) -> Result<KeptMark, Senseless> {
    let row: MarkRow = serde_json::from_str(text)?;
    let methods = [Method::Get, Method::Put, Method::Post, Method::Delete];
    let method = methods
        .into_iter()
        .find(|method| method.as_str() == row.method)
        .ok_or("an unknown method")?;
    Ok(KeptMark {
        mark: MarkId(row.number),
        status: row.status,
        at: row.at,
        scope: match row.scope {
            ScopeRow::Items(items) => KeptScope::Items(items),
            ScopeRow::All { feed, older_than } => KeptScope::All {
                feed: FeedKey(feed),
                older_than,
            },
        },
        request: Request {
            method,
            path: row.path,
            query: row.query,
            body: row.body,
        },
        answered: row.answered,
    })
}

fn read_feed(row: &Row<'_>) -> Result<(AccountId, FeedKey, KeptFeed), Senseless> {
    let count = |index| -> rusqlite::Result<Option<u64>> {
        Ok(row
            .get::<_, Option<i64>>(index)?
            .map(|count| count.max(0) as u64))
    };
    let counts = match (count(7)?, count(8)?, count(9)?) {
        (Some(total_count), Some(unread_count), Some(unseen_count)) => Some(FeedMetadata {
            total_count,
            unread_count,
            unseen_count,
        }),
        _ => None,
    };
    let head = match row.get(6)? {
        true => Some(KeptHead {
            items: Vec::new(),
            counts,
            older: row.get::<_, Option<String>>(10)?.map(Cursor),
        }),
        false => None,
    };
    let sweep = match at(row, 5)? {
        None => None,
        Some(older_than) => Some(KeptSweep {
            status: serde_json::from_value(row.get::<_, String>(11)?.into())?,
            older_than,
        }),
    };
    let feed = KeptFeed {
        met: BTreeMap::new(),
        horizon: at(row, 2)?,
        missed_since: at(row, 3)?,
        synced: at(row, 4)?,
        sweep,
        head,
    };
    Ok((account_of(row)?, FeedKey(row.get(1)?), feed))
}

/// A row that cannot be read. It says nothing of what the row holds.
#[derive(Debug)]
struct Senseless(String);

impl From<&str> for Senseless {
    fn from(why: &str) -> Self {
        Senseless(why.to_owned())
    }
}

impl From<rusqlite::Error> for Senseless {
    fn from(error: rusqlite::Error) -> Self {
        Senseless(error.to_string())
    }
}

impl From<serde_json::Error> for Senseless {
    fn from(error: serde_json::Error) -> Self {
        Senseless(format!(
            "{:?} at column {}",
            error.classify(),
            error.column()
        ))
    }
}

/// The rows of a query that can be read.
fn rows<T>(
    connection: &Connection,
    query: &str,
    read: impl Fn(&Row<'_>) -> Result<T, Senseless>,
) -> rusqlite::Result<Vec<T>> {
    let mut statement = connection.prepare(query)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        match read(row) {
            Ok(row) => found.push(row),
            Err(Senseless(why)) => warn!(why, "a row of what is remembered makes no sense"),
        }
    }
    Ok(found)
}

fn at(row: &Row<'_>, column: usize) -> Result<Option<OffsetDateTime>, Senseless> {
    let Some(micros) = row.get::<_, Option<i64>>(column)? else {
        return Ok(None);
    };
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)
        .map(Some)
        .map_err(|_| "a time that is no time".into())
}

fn micros(at: OffsetDateTime) -> i64 {
    // Every year that can be written in four digits fits.
    i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000)).unwrap_or(i64::MAX)
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Leaves nothing of what was deleted in the log beside the file.
fn empty_log(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

const TABLES: [&str; 6] = ["account", "told", "mark", "feed", "met", "item"];
