//! What has to be right around the process before a window can be made.

/// Readies the desktop for a window; an error is a sentence.
#[cfg(target_os = "linux")]
pub(crate) fn prepare() -> Result<(), String> {
    go_round_dmabuf()?;
    // Asked here, because the web view's library ends the process without a word.
    gtk::init().map_err(|_| {
        "there is no display to show a window on (DISPLAY and WAYLAND_DISPLAY lead nowhere)"
            .to_owned()
    })
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn prepare() -> Result<(), String> {
    Ok(())
}

/// WebKitGTK's faster way of drawing leaves windows blank with NVIDIA's driver, so the process starts itself anew
/// without it, unless the person has decided already. Source: tauri-apps/tauri#9304.
#[cfg(target_os = "linux")]
fn go_round_dmabuf() -> Result<(), String> {
    use std::{env, os::unix::process::CommandExt, path::Path, process::Command};

    if env::var_os(DMABUF).is_some() || !Path::new("/proc/driver/nvidia/version").exists() {
        return Ok(());
    }
    let own =
        env::current_exe().map_err(|error| format!("the program cannot find itself: {error}"))?;
    let error = Command::new(own)
        .args(env::args_os().skip(1))
        .env(DMABUF, "1")
        .exec();
    Err(format!("the program cannot start itself anew: {error}"))
}

#[cfg(target_os = "linux")]
const DMABUF: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
