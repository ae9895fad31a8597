//! What Doorbell remembers between two starts, in an SQLite file for the person alone.
//!
//! The store is hands only: it holds [`Kept`] and takes [`Change`]s, and what these mean the app decides. No file may
//! stop it. A damaged one, or one of a newer Doorbell, is set aside; where the disk takes nothing, it works in memory.
//! Two programs never share a file: only the one that holds the door's lock opens it. Secrets are never in it.

mod file;
mod kept;
mod schema;
mod tables;

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use rusqlite::Connection;
use tracing::{debug, error, info, warn};

pub use kept::{
    Change, FeedKey, Kept, KeptAccount, KeptFeed, KeptHead, KeptMark, KeptScope, KeptSweep, Pause,
};

use file::Unopened;
pub(crate) use kept::untold_from;

/// Where [`Kept`] is between two starts.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    contents: Contents,
    place: Place,
    /// The person has been told that the disk takes nothing.
    told: bool,
}

/// Whether what items say is written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Contents {
    #[default]
    Kept,
    /// Ids, times and marks only. What was written down before is wiped.
    LeftOut,
}

/// A batch that is in memory only; the text is for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsaved(pub String);

#[derive(Debug)]
enum Place {
    /// In memory, and meant to be.
    Memory,
    Disk(PathBuf),
    /// In memory, until this file takes it.
    Refuge(PathBuf),
}

impl Store {
    /// Opens a file, or makes it and its directory, and reads what it holds.
    ///
    /// This always works. When it did not go as it should, there is a sentence for the person.
    pub fn open(path: &Path, contents: Contents) -> (Store, Kept, Option<String>) {
        match Store::on_disk(path, contents) {
            Ok((store, kept)) => (store, kept, None),
            Err(unopened) => {
                warn!(%unopened, "what is remembered could not be opened");
                match unopened {
                    Unopened::Damaged(_) | Unopened::Newer(_) => {
                        Store::afresh(path, contents, &unopened)
                    }
                    Unopened::OutOfReach(reason) => Store::in_refuge(path, contents, &reason),
                }
            }
        }
    }

    /// Removes a file and all that belongs to it, whatever is in it. Nobody may have it open.
    ///
    /// # Errors
    /// When something of it is left.
    pub fn remove(path: &Path) -> io::Result<()> {
        file::remove_set_aside(path);
        file::remove(path)
    }

    /// A store that ends with its value.
    pub fn open_in_memory() -> Store {
        Store {
            connection: in_memory(),
            contents: Contents::Kept,
            place: Place::Memory,
            told: false,
        }
    }

    /// Whether what was saved is in the file.
    pub fn is_on_disk(&self) -> bool {
        matches!(self.place, Place::Disk(_))
    }

    /// All it holds. Rows that make no sense are left out and counted in the log.
    pub fn load(&self) -> Kept {
        tables::load(&self.connection).unwrap_or_else(|error| {
            error!(%error, "what is remembered could not be read");
            Kept::default()
        })
    }

    /// Writes the changes down, all or none of them, in order.
    ///
    /// # Errors
    /// Once, when the disk takes them no longer: they are in memory, where the store goes on. From then on each save
    /// first tries to bring everything back to the disk, and gives no error.
    pub fn save(&mut self, changes: &[Change]) -> Result<(), Unsaved> {
        if changes.is_empty() {
            return Ok(());
        }
        self.leave_refuge();
        let Err(error) = tables::write(&mut self.connection, changes, self.contents) else {
            let forgets = changes
                .iter()
                .any(|change| matches!(change, Change::Forget { .. }));
            if let (Place::Disk(path), true) = (&self.place, forgets) {
                file::remove_set_aside(path);
            }
            return Ok(());
        };
        error!(%error, "what happened could not be written down");
        let Place::Disk(path) = &self.place else {
            return Ok(());
        };
        let path = path.clone();
        self.seek_refuge(path.clone());
        if let Err(error) = tables::write(&mut self.connection, changes, self.contents) {
            error!(%error, "what happened could not be kept in memory");
        }
        if std::mem::replace(&mut self.told, true) {
            return Ok(());
        }
        Err(Unsaved(format!(
            "Doorbell cannot write to {}: {}. It works on and tries again by itself; what happens until then is forgotten when it ends. Make room or make the place writable.",
            path.display(),
            file::reason(&error),
        )))
    }

    fn on_disk(path: &Path, contents: Contents) -> Result<(Store, Kept), Unopened> {
        let mut connection = file::open(path)?;
        if contents == Contents::LeftOut {
            tables::wipe_contents(&mut connection)?;
            file::remove_set_aside(path);
        }
        let kept = tables::load(&connection)?;
        let store = Store {
            connection,
            contents,
            place: Place::Disk(path.to_owned()),
            told: false,
        };
        Ok((store, kept))
    }

    /// Starts without memory, since what is there cannot be used.
    fn afresh(path: &Path, contents: Contents, why: &Unopened) -> (Store, Kept, Option<String>) {
        let name = match file::set_aside(path, why) {
            Ok(name) => name,
            Err(error) => return Store::in_refuge(path, contents, &error.to_string()),
        };
        let what = match why {
            Unopened::Newer(_) => "was written by a newer Doorbell",
            Unopened::Damaged(_) | Unopened::OutOfReach(_) => "was damaged",
        };
        let sentence = format!(
            "The file in which Doorbell remembers what happened {what}. It was set aside as {name}, and Doorbell starts afresh: what arrived while it did not run gets no toast, and marks that were not sent yet have to be made again."
        );
        match Store::on_disk(path, contents) {
            Ok((store, kept)) => (store, kept, Some(sentence)),
            Err(unopened) => Store::in_refuge(path, contents, &unopened.to_string()),
        }
    }

    /// Starts in memory, with what can be read of the file.
    fn in_refuge(path: &Path, contents: Contents, reason: &str) -> (Store, Kept, Option<String>) {
        let kept = file::open_frozen(path)
            .and_then(|frozen| tables::load(&frozen).ok())
            .unwrap_or_default();
        let mut store = Store {
            connection: in_memory(),
            contents,
            place: Place::Refuge(path.to_owned()),
            told: true,
        };
        if let Err(error) = tables::replace(&mut store.connection, &kept, contents) {
            error!(%error, "what is remembered could not be kept in memory");
        }
        let sentence = format!(
            "Doorbell cannot use {}: {reason}. It works on and tries again by itself; what happens until then is forgotten when it ends. Make room or make the place writable.",
            path.display()
        );
        (store, kept, Some(sentence))
    }

    fn seek_refuge(&mut self, path: PathBuf) {
        let kept = self.load();
        self.connection = in_memory();
        self.place = Place::Refuge(path);
        if let Err(error) = tables::replace(&mut self.connection, &kept, self.contents) {
            error!(%error, "what is remembered could not be kept in memory");
        }
    }

    /// Brings everything back to the disk, if it takes it now.
    fn leave_refuge(&mut self) {
        let Place::Refuge(path) = &self.place else {
            return;
        };
        let path = path.clone();
        let opened = file::open(&path).or_else(|unopened| match unopened {
            Unopened::Damaged(_) | Unopened::Newer(_) => {
                file::set_aside(&path, &unopened)
                    .map_err(|error| Unopened::OutOfReach(error.to_string()))?;
                file::open(&path)
            }
            Unopened::OutOfReach(_) => Err(unopened),
        });
        let mut disk = match opened {
            Ok(disk) => disk,
            Err(unopened) => {
                debug!(%unopened, "the disk still takes nothing");
                return;
            }
        };
        match tables::replace(&mut disk, &self.load(), self.contents) {
            Ok(()) => {
                info!("what happens is written to the disk again");
                self.connection = disk;
                self.place = Place::Disk(path);
            }
            Err(error) => debug!(%error, "the disk still takes nothing"),
        }
    }
}

fn in_memory() -> Connection {
    let mut connection = Connection::open_in_memory().expect("SQLite works in memory");
    schema::migrate(&mut connection, schema::MIGRATIONS).expect("the schema is sound");
    connection
}

impl fmt::Display for Unsaved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unsaved {}

#[cfg(test)]
mod tests;
