//! The state in a file: rows in an SQLite database.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, params};

use crate::emulator::Emulator;
use crate::state::Row;

/// An open file of state.
#[derive(Debug)]
pub struct Store {
    database: Connection,
    /// Rows that could not be written yet.
    unkept: Vec<Row>,
}

impl Store {
    /// Opens or creates the file, and lets the emulator remember what it holds.
    ///
    /// # Errors
    ///
    /// A sentence when the file cannot be used, is used already, or is something else. It was not changed then.
    pub fn open(file: &Path, emulator: &mut Emulator) -> Result<Self, String> {
        let wrong = |error: rusqlite::Error| match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                format!("{} is in use by another emulator", file.display())
            }
            Some(ErrorCode::NotADatabase) => not_ours(file),
            _ => format!("cannot keep the state in {}: {error}", file.display()),
        };
        let database = Connection::open(file).map_err(wrong)?;
        let rows = prepare(&database, file).map_err(wrong)??;
        match rows.is_empty() {
            true => emulator.track_changes(),
            false => emulator
                .bring_back(&rows)
                .map_err(|reason| format!("{}: {reason}", file.display()))?,
        }
        let unkept = emulator.take_changes();
        let mut store = Self { database, unkept };
        store.keep(emulator).map_err(wrong)?;
        Ok(store)
    }

    /// Writes what changed; what cannot be written now is written next time.
    pub(crate) fn keep(&mut self, emulator: &mut Emulator) -> rusqlite::Result<()> {
        self.unkept.extend(emulator.take_changes());
        if self.unkept.is_empty() {
            return Ok(());
        }
        let transaction = self.database.transaction()?;
        {
            let mut set = transaction.prepare_cached(
                "INSERT INTO rows (name, key, value) VALUES (?1, ?2, ?3)
                 ON CONFLICT (name, key) DO UPDATE SET value = excluded.value",
            )?;
            let mut remove =
                transaction.prepare_cached("DELETE FROM rows WHERE name = ?1 AND key = ?2")?;
            for Row { table, key, value } in &self.unkept {
                match value {
                    Some(value) => set.execute(params![table, key, value])?,
                    None => remove.execute(params![table, key])?,
                };
            }
        }
        transaction.commit()?;
        self.unkept.clear();
        Ok(())
    }
}

/// Makes the file ours if it is new; its rows if it is.
fn prepare(database: &Connection, file: &Path) -> rusqlite::Result<Result<Vec<Row>, String>> {
    // A lock that is taken is not given back soon.
    database.busy_timeout(std::time::Duration::ZERO)?;
    let number =
        |pragma: &str| database.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 =
        database.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
    if tables > 0 && application != APPLICATION {
        return Ok(Err(not_ours(file)));
    }
    if tables > 0 && version != VERSION {
        return Ok(Err(format!(
            "{} is the state of another version of the emulator ({version}, this one reads {VERSION}); it was left as it is",
            file.display()
        )));
    }
    // Nobody else may write to it meanwhile.
    database.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    database.pragma_update(None, "journal_mode", "WAL")?;
    // What was written survives the end of this program, if not of the computer's power.
    database.pragma_update(None, "synchronous", "NORMAL")?;
    database.execute_batch(&format!(
        "BEGIN IMMEDIATE;
         CREATE TABLE IF NOT EXISTS rows (name TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (name, key)) WITHOUT ROWID;
         PRAGMA application_id = {APPLICATION};
         PRAGMA user_version = {VERSION};
         COMMIT;"
    ))?;
    let mut all = database.prepare("SELECT name, key, value FROM rows")?;
    let rows = all.query_map([], |row| {
        Ok(Row {
            table: row.get(0)?,
            key: row.get(1)?,
            value: row.get(2)?,
        })
    })?;
    rows.collect::<Result<Vec<Row>, _>>().map(Ok)
}

fn not_ours(file: &Path) -> String {
    format!(
        "{} is no state of an emulator; it was left as it is",
        file.display()
    )
}

/// `Ding`.
const APPLICATION: i64 = 0x4469_6e67;
const VERSION: i64 = 1;
