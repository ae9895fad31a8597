use std::{ffi::OsStr, path::Path, process::Stdio, time::Duration};

use doorbell_knock::WebUrl;
use tokio::process::Command;

/// Opens a link with the system's opener.
///
/// It succeeded when the opener ends with 0, or still runs after 5 s, as it does where it is the browser itself.
/// The error is the reason in a few words.
pub async fn open(url: &WebUrl, activation_token: Option<&str>) -> Result<(), String> {
    hand_over(url.as_str().as_ref(), activation_token).await
}

/// Opens a file with whatever the person has for such files, as [`open`] does a link.
pub async fn open_file(file: &Path, activation_token: Option<&str>) -> Result<(), String> {
    hand_over(file.as_os_str(), activation_token).await
}

async fn hand_over(what: &OsStr, activation_token: Option<&str>) -> Result<(), String> {
    let mut command = Command::new(PROGRAM);
    command
        .arg(what)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    crate::window::pass_on(&mut command, activation_token);
    let mut opener = command
        .spawn()
        .map_err(|error| format!("{PROGRAM} cannot be started: {error}"))?;

    match tokio::time::timeout(PATIENCE, opener.wait()).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(format!("{PROGRAM} failed with {status}")),
        Ok(Err(error)) => Err(format!("{PROGRAM} cannot be waited for: {error}")),
        Err(_) => {
            tokio::spawn(async move { opener.wait().await });
            Ok(())
        }
    }
}

#[cfg(target_os = "linux")]
const PROGRAM: &str = "xdg-open";
#[cfg(target_os = "macos")]
const PROGRAM: &str = "open";
const PATIENCE: Duration = Duration::from_secs(5);
