use std::{
    fs::{File, OpenOptions},
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use tracing::error;
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt,
    reload,
    util::SubscriberInitExt,
};

use crate::settings::LogLevel;

/// The log, once it is started.
pub struct Log {
    /// Each sets the level of one of the places that the log goes to.
    places: Vec<Box<dyn Fn(LogLevel) + Send>>,
}

/// Starts the log: to this file, and to standard error as well when that is a terminal.
///
/// `DOORBELL_LOG` in the environment, with the words of the setting `log_level`, goes before the setting.
/// Libraries speak only from `WARN` up, since what they trace would show payloads and addresses with keys.
/// From then on a panic is in the log as well: where, and on which thread.
pub fn start(file: &Path, level: LogLevel) -> io::Result<Log> {
    let level = from_environment().unwrap_or(level);
    let log = BoundedFile::open(file, MAX_BYTES)?;
    let (file_filter, in_file) = reload::Layer::new(targets(level));
    let to_file = fmt::layer()
        .with_ansi(false)
        .with_writer(log)
        .with_filter(file_filter);
    let (terminal_filter, on_terminal) = reload::Layer::new(targets(level));
    let to_terminal = io::stderr().is_terminal().then(|| {
        fmt::layer()
            .with_writer(io::stderr)
            .with_filter(terminal_filter)
    });
    tracing_subscriber::registry()
        .with(to_file)
        .with(to_terminal)
        .try_init()
        .map_err(io::Error::other)?;
    note_panics();
    // A place that is not there any more, as the terminal may be, needs no level.
    Ok(Log {
        places: vec![
            Box::new(move |level| drop(in_file.reload(targets(level)))),
            Box::new(move |level| drop(on_terminal.reload(targets(level)))),
        ],
    })
}

impl Log {
    /// Says as much as this from now on, unless the environment has the word.
    pub fn set_level(&self, level: LogLevel) {
        let level = from_environment().unwrap_or(level);
        for place in &self.places {
            place(level);
        }
    }
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log").finish_non_exhaustive()
    }
}

fn from_environment() -> Option<LogLevel> {
    LogLevel::named(&std::env::var("DOORBELL_LOG").ok()?)
}

fn targets(level: LogLevel) -> Targets {
    let (own, others) = match level {
        LogLevel::Off => (LevelFilter::OFF, LevelFilter::OFF),
        LogLevel::Error => (LevelFilter::ERROR, LevelFilter::ERROR),
        LogLevel::Warn => (LevelFilter::WARN, LevelFilter::WARN),
        LogLevel::Info => (LevelFilter::INFO, LevelFilter::WARN),
        LogLevel::Debug => (LevelFilter::DEBUG, LevelFilter::WARN),
        LogLevel::Trace => (LevelFilter::TRACE, LevelFilter::WARN),
    };
    Targets::new()
        .with_default(others)
        .with_target("doorbell", own)
        .with_target("wire", own)
}

/// Writes down where each panic happened, besides what was done about panics before.
///
/// Its words are left out: they may quote what somebody sent.
fn note_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string);
        let thread = std::thread::current();
        error!(
            place = place.as_deref().unwrap_or("unknown"),
            thread = thread.name().unwrap_or("without a name"),
            "panicked"
        );
        before(panic);
    }));
}

/// A file for the person alone that starts anew when it is full, keeping the one before it as `NAME.1`.
#[derive(Debug)]
struct BoundedFile {
    open: Mutex<Open>,
}

#[derive(Debug)]
struct Open {
    path: PathBuf,
    file: File,
    length: u64,
    max_bytes: u64,
}

impl BoundedFile {
    fn open(path: &Path, max_bytes: u64) -> io::Result<Self> {
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        let file = private(path)?;
        let length = file.metadata()?.len();
        Ok(Self {
            open: Mutex::new(Open {
                path: path.to_owned(),
                file,
                length,
                max_bytes,
            }),
        })
    }
}

impl Open {
    fn rotate(&mut self) -> io::Result<()> {
        let mut before = self.path.clone().into_os_string();
        before.push(".1");
        std::fs::rename(&self.path, before)?;
        self.file = private(&self.path)?;
        self.length = 0;
        Ok(())
    }
}

impl Write for &BoundedFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.length > 0 && open.length + line.len() as u64 > open.max_bytes {
            open.rotate()?;
        }
        let written = open.file.write(line)?;
        open.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .file
            .flush()
    }
}

impl<'a> fmt::MakeWriter<'a> for BoundedFile {
    type Writer = &'a BoundedFile;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

const MAX_BYTES: u64 = 2 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_log_starts_anew_and_keeps_the_one_before() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("logs/doorbell.log");
        let log = BoundedFile::open(&path, 10).unwrap();
        for line in ["first\n", "second\n", "third\n"] {
            (&log).write_all(line.as_bytes()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "third\n");
        assert_eq!(
            std::fs::read_to_string(dir.path().join("logs/doorbell.log.1")).unwrap(),
            "second\n"
        );
    }

    #[test]
    fn a_panic_is_written_down_with_its_place_and_without_its_words() {
        note_panics();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("doorbell.log");
        let log = BoundedFile::open(&path, MAX_BYTES).unwrap();
        let log = tracing_subscriber::registry()
            .with(fmt::layer().with_ansi(false).with_writer(log))
            .set_default();
        let line = line!() + 1;
        let panicked = std::panic::catch_unwind(|| panic!("the words of a payload"));
        drop(log);
        assert!(panicked.is_err());
        let written = std::fs::read_to_string(&path).unwrap();
        assert!(written.contains("ERROR"), "{written}");
        assert!(
            written.contains(&format!("logging.rs:{line}:")),
            "{written}"
        );
        let thread = std::thread::current();
        assert!(written.contains(thread.name().unwrap()), "{written}");
        assert!(!written.contains("words of a payload"), "{written}");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_the_log() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("doorbell.log");
        let log = BoundedFile::open(&path, 4).unwrap();
        (&log).write_all(b"one\n").unwrap();
        (&log).write_all(b"two\n").unwrap();
        for file in ["doorbell.log", "doorbell.log.1"] {
            let mode = std::fs::metadata(dir.path().join(file))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
    }
}
