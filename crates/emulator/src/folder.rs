//! Workflow files in a folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Every `KEY.toml` of the folder, by name: where it is, its key, its text.
pub(crate) fn workflows(folder: &Path) -> Result<Vec<(PathBuf, String, String)>, String> {
    let read = |error: io::Error| format!("cannot read {}: {error}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(read)? {
        let path = entry.map_err(read)?.path();
        let is_workflow = path
            .extension()
            .is_some_and(|extension| extension == "toml");
        if let (true, Some(key)) = (is_workflow, path.file_stem().and_then(|stem| stem.to_str())) {
            let text = fs::read_to_string(&path)
                .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            files.push((path.clone(), key.to_owned(), text));
        }
    }
    files.sort();
    Ok(files)
}
