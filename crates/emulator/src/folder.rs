//! Workflow files in a folder.

use std::convert::Infallible;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use doorbell_emulator::{Running, WorkflowError};
use tokio::time::sleep;
use tracing::{debug, error, info, warn};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct File {
    path: PathBuf,
    key: String,
    /// Or why it cannot be read.
    text: Result<String, String>,
}

/// Takes up every file that is new or changed, and says what is wrong with those that it refuses.
pub(crate) fn take_up(
    files: &[File],
    known: &[File],
    mut load: impl FnMut(&str, &str) -> Result<(), WorkflowError>,
) {
    for file in files.iter().filter(|file| !known.contains(file)) {
        let File { path, key, text } = file;
        let loaded = match text {
            Ok(text) => load(key, text).map_err(|error| error.to_string()),
            Err(reason) => Err(reason.clone()),
        };
        match loaded {
            Ok(()) => info!(key, "took up a workflow"),
            Err(error) => error!(file = %path.display(), error, "refused a workflow file"),
        }
        let is_other = |other: &&File| other.key == *key && other.path < *path;
        if let Some(other) = files.iter().find(is_other) {
            warn!(key, file = %path.display(), in_place_of = %other.path.display(), "two files are of one workflow");
        }
    }
}

/// Looks at the folder again and again; a workflow stays when its file goes.
pub(crate) async fn watch(folder: &Path, mut known: Vec<File>, running: &Running) -> Infallible {
    loop {
        sleep(LOOK_EVERY).await;
        match workflows(folder) {
            Ok(files) => {
                take_up(&files, &known, |key, text| {
                    running.with(|emulator, _| emulator.load_workflow(key, text))
                });
                known = files;
            }
            Err(reason) => debug!(reason, "could not look for changed workflows"),
        }
    }
}

/// Every `KEY.toml` and `KEY.json` of the folder, by name.
pub(crate) fn workflows(folder: &Path) -> Result<Vec<File>, String> {
    let read = |error: io::Error| format!("cannot read {}: {error}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(read)? {
        let path = entry.map_err(read)?.path();
        let is_workflow = path
            .extension()
            .is_some_and(|extension| extension == "toml" || extension == "json");
        if let (true, Some(key)) = (is_workflow, path.file_stem().and_then(|stem| stem.to_str())) {
            let key = key.to_owned();
            let text = fs::read_to_string(&path);
            let text = text.map_err(|error| format!("cannot be read: {error}"));
            files.push(File { key, path, text });
        }
    }
    files.sort();
    Ok(files)
}

const LOOK_EVERY: Duration = Duration::from_millis(500);
