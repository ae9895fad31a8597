//! The file itself: who may read it, how it is opened, and what becomes of one that cannot be used.

use std::{
    ffi::OsString,
    fmt, fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use time::{OffsetDateTime, macros::format_description};
use tracing::warn;

use super::schema;

/// Why a file could not be opened; the reason in a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unopened {
    /// What is in it makes no sense.
    Damaged(String),
    /// A newer Doorbell wrote it, of this version of the schema.
    Newer(usize),
    /// It may be sound, but cannot be read or written now.
    OutOfReach(String),
}

/// Opens a sound file of this version, migrated if need be, for the person alone.
pub(super) fn open(path: &Path) -> Result<Connection, Unopened> {
    make_private(path).map_err(|error| Unopened::OutOfReach(error.to_string()))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_WITHIN)?;
    // A batch is on the disk when it is said to be; what is deleted is overwritten.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;
         PRAGMA cache_size = -512; PRAGMA journal_size_limit = 1048576; PRAGMA temp_store = MEMORY;",
    )?;
    if connection.is_readonly("main")? {
        return Err(Unopened::OutOfReach("it is read-only".to_owned()));
    }
    let sound: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if sound != "ok" {
        return Err(Unopened::Damaged("it contradicts itself".to_owned()));
    }
    let version = schema::version(&connection)?;
    if version > schema::MIGRATIONS.len() {
        return Err(Unopened::Newer(version));
    }
    schema::migrate(&mut connection, schema::MIGRATIONS)?;
    Ok(connection)
}

/// Opens a file that cannot be written, for reading what it holds. `None` when there is nothing to be had.
pub(super) fn open_frozen(path: &Path) -> Option<Connection> {
    let is_whole = fs::metadata(beside(path, "-wal")).map_or(true, |log| log.len() == 0);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match is_whole {
        true => {
            let path = path
                .to_str()?
                .replace('%', "%25")
                .replace('?', "%3f")
                .replace('#', "%23");
            let uri = format!("file:{path}?immutable=1");
            Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI).ok()?
        }
        false => Connection::open_with_flags(path, flags).ok()?,
    };
    let is_current = schema::version(&connection).ok()? == schema::MIGRATIONS.len();
    is_current.then_some(connection)
}

/// Gives a file that cannot be used another name, and its log with it; returns the name.
pub(super) fn set_aside(path: &Path, why: &Unopened) -> io::Result<String> {
    let mark = match why {
        Unopened::Newer(_) => NEWER,
        Unopened::Damaged(_) | Unopened::OutOfReach(_) => DAMAGED,
    };
    let format = format_description!("[year][month][day]-[hour][minute][second]");
    let date = OffsetDateTime::now_utc().format(format).unwrap_or_default();
    let aside = (0..)
        .map(|number| match number {
            0 => beside(path, &format!("{mark}{date}")),
            _ => beside(path, &format!("{mark}{date}-{number}")),
        })
        .find(|aside| !aside.exists())
        .expect("numbers do not end");
    fs::rename(path, &aside)?;
    for companion in COMPANIONS {
        match fs::rename(beside(path, companion), beside(&aside, companion)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    let name = aside.file_name().unwrap_or_default();
    Ok(name.to_string_lossy().into_owned())
}

/// Removes the file and its log; one that is not there is no error.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    let companions = COMPANIONS.map(|companion| beside(path, companion));
    for path in companions.iter().map(PathBuf::as_path).chain([path]) {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Removes what was set aside: it may hold what is to be forgotten.
pub(super) fn remove_set_aside(path: &Path) {
    let (Some(directory), Some(name)) = (path.parent(), path.file_name().and_then(|n| n.to_str()))
    else {
        return;
    };
    let starts = [DAMAGED, NEWER].map(|mark| format!("{name}{mark}"));
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    for entry in entries {
        let is_aside = |name: &str| starts.iter().any(|start| name.starts_with(start));
        if entry.file_name().to_str().is_some_and(is_aside)
            && let Err(error) = fs::remove_file(entry.path())
        {
            warn!(%error, "a file that was set aside could not be removed");
        }
    }
}

/// What went wrong, in a few words for the person.
pub(super) fn reason(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full".to_owned(),
        Some(ErrorCode::ReadOnly) => "it is read-only".to_owned(),
        Some(ErrorCode::SystemIoFailure) => "the disk reports an error".to_owned(),
        Some(ErrorCode::CannotOpen) => "it cannot be opened".to_owned(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another program holds it".to_owned()
        }
        Some(_) | None => error.to_string(),
    }
}

impl From<rusqlite::Error> for Unopened {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(
                ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::FileLockingProtocolFailed
                | ErrorCode::PermissionDenied
                | ErrorCode::OutOfMemory,
            ) => Unopened::OutOfReach(reason(&error)),
            Some(_) | None => Unopened::Damaged(reason(&error)),
        }
    }
}

impl fmt::Display for Unopened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unopened::Damaged(reason) | Unopened::OutOfReach(reason) => f.write_str(reason),
            Unopened::Newer(version) => write!(f, "it is of version {version}"),
        }
    }
}

/// Makes the directory and the file, if they are not there, and shuts others out. SQLite makes the log like the file.
fn make_private(path: &Path) -> io::Result<()> {
    let mut directory = fs::DirBuilder::new();
    let mut file = fs::OpenOptions::new();
    file.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        directory.mode(0o700);
        file.mode(0o600);
    }
    if let Some(parent) = path.parent() {
        directory.recursive(true).create(parent)?;
        restrict(parent, 0o700)?;
    }
    file.open(path)?;
    restrict(path, 0o600)?;
    for companion in COMPANIONS {
        let path = beside(path, companion);
        if path.exists() {
            restrict(&path, 0o600)?;
        }
    }
    Ok(())
}

/// Takes away what goes beyond this mode, and gives nothing.
#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let now = fs::metadata(path)?.permissions().mode() & 0o777;
    if now & !mode == 0 {
        return Ok(());
    }
    fs::set_permissions(path, fs::Permissions::from_mode(now & mode))
}

#[cfg(not(unix))]
fn restrict(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

/// The path with something after its name.
fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(what);
    PathBuf::from(name)
}

const COMPANIONS: [&str; 2] = ["-wal", "-shm"];
const DAMAGED: &str = ".damaged-";
const NEWER: &str = ".newer-";
const BUSY_WITHIN: Duration = Duration::from_secs(2);
