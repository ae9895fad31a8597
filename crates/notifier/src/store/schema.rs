//! How the file is laid out, version by version.

use rusqlite::{Connection, Transaction};

/// What leads from each version to the next; the first makes an empty file version 1. Only ever added to.
pub(super) const MIGRATIONS: &[&str] = &[
    // Times are microseconds since 1970. Items of a feed and its counts are there while its `head` is 1.
    "
    CREATE TABLE account (
        account TEXT NOT NULL PRIMARY KEY,
        met_until INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE told (
        account TEXT NOT NULL,
        item TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (account, item)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE met (
        account TEXT NOT NULL,
        feed TEXT NOT NULL,
        item TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (account, feed, item)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE mark (
        account TEXT NOT NULL,
        number INTEGER NOT NULL,
        mark TEXT NOT NULL,
        PRIMARY KEY (account, number)
    ) STRICT;
    CREATE TABLE feed (
        account TEXT NOT NULL,
        feed TEXT NOT NULL,
        horizon INTEGER,
        missed_since INTEGER,
        synced INTEGER,
        sweep INTEGER,
        head INTEGER NOT NULL DEFAULT 0,
        total INTEGER,
        unread INTEGER,
        unseen INTEGER,
        older TEXT,
        PRIMARY KEY (account, feed)
    ) STRICT;
    CREATE TABLE item (
        account TEXT NOT NULL,
        feed TEXT NOT NULL,
        item TEXT NOT NULL,
        entry TEXT NOT NULL,
        PRIMARY KEY (account, feed, item)
    ) STRICT;
    ",
    // *Mark all* was *mark all read*.
    "ALTER TABLE feed ADD COLUMN sweep_status TEXT NOT NULL DEFAULT 'read'",
    // A row while toasts wait; without a time until the person says otherwise.
    "CREATE TABLE pause (until INTEGER) STRICT",
];

/// The version of a file: how many migrations it has seen.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<usize> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    // A negative number was not written by any Doorbell.
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

/// Brings a file up to the newest version, one transaction a step.
pub(super) fn migrate(connection: &mut Connection, migrations: &[&str]) -> rusqlite::Result<()> {
    let done = version(connection)?;
    for (index, migration) in migrations.iter().enumerate().skip(done) {
        let step = connection.transaction()?;
        take(&step, migration, index + 1)?;
        step.commit()?;
    }
    Ok(())
}

fn take(step: &Transaction<'_>, migration: &str, version: usize) -> rusqlite::Result<()> {
    step.execute_batch(migration)?;
    step.execute_batch(&format!("PRAGMA user_version = {version}"))
}
