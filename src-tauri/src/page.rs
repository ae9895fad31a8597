use doorbell_desktop::Profile;
use tauri::{
    AppHandle, Manager, Runtime, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    plugin::TauriPlugin,
    webview::{NewWindowResponse, PageLoadEvent},
};
use tauri_plugin_window_state::StateFlags;
use tracing::warn;

/// The window that the capabilities speak of.
pub(crate) const LABEL: &str = "main";

/// Makes the window. Its page cannot leave, open another window or load a file down.
pub(crate) fn open(app: &AppHandle) -> tauri::Result<()> {
    WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title("Doorbell")
        .inner_size(420.0, 640.0)
        .min_inner_size(320.0, 400.0)
        // Shown when there is something to see, so that nothing flashes.
        .visible(false)
        .initialization_script(GUARD)
        .on_navigation(|url| {
            let stays = is_own(url);
            if !stays {
                warn!(scheme = url.scheme(), "the page was kept from leaving");
            }
            stays
        })
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .disable_drag_drop_handler()
        .on_page_load(|window, load| {
            if load.event() == PageLoadEvent::Finished {
                show(&window);
            }
        })
        .build()?;
    Ok(())
}

/// Brings the window to the front, with the desktop's leave when there is a token.
pub(crate) fn present(app: &AppHandle, activation_token: Option<String>) {
    let Some(window) = app.get_webview_window(LABEL) else {
        return;
    };
    let front = window.clone();
    let presented = window.run_on_main_thread(move || {
        if let Some(token) = activation_token {
            hand_over(&front, &token);
        }
        if let Err(error) = front.unminimize() {
            warn!(%error, "the window stays minimized");
        }
        show(&front);
    });
    if let Err(error) = presented {
        warn!(%error, "the window cannot be brought to the front");
    }
}

/// Closes the window where it is in sight, else brings it to the front.
pub(crate) fn toggle(app: &AppHandle, activation_token: Option<String>) {
    let Some(window) = app.get_webview_window(LABEL) else {
        return;
    };
    let in_sight = window.is_visible().unwrap_or(false) && !window.is_minimized().unwrap_or(false);
    match in_sight {
        true => app.exit(0),
        false => present(app, activation_token),
    }
}

/// Keeps the window's place and size in a file of the profile, and puts it there again.
pub(crate) fn place<R: Runtime>(profile: &Profile) -> TauriPlugin<R> {
    tauri_plugin_window_state::Builder::new()
        .with_state_flags(StateFlags::POSITION | StateFlags::SIZE | StateFlags::MAXIMIZED)
        // A whole path takes the place of the directory that the plugin would have it in.
        .with_filename(profile.window_file().to_string_lossy())
        .build()
}

fn show(window: &WebviewWindow) {
    if let Err(error) = window.show().and_then(|()| window.set_focus()) {
        warn!(%error, "the window cannot be shown");
    }
}

#[cfg(target_os = "linux")]
fn hand_over(window: &WebviewWindow, token: &str) {
    use gtk::prelude::GtkWindowExt;

    match window.gtk_window() {
        Ok(window) => window.set_startup_id(token),
        Err(error) => warn!(%error, "the activation token finds no window"),
    }
}

#[cfg(not(target_os = "linux"))]
fn hand_over(_: &WebviewWindow, _: &str) {}

/// Whether the address is that of the page inside this program.
fn is_own(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => cfg!(windows) && url.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

/// Takes the web view's own menu away (reload, back, save), except where one pastes; lets no link be followed, since
/// the web view connects to where one leads before it asks whether it may; and says in words when the page's program
/// could not start at all.
const GUARD: &str = r#"
addEventListener("contextmenu", (event) => {
  if (!event.target.closest?.("input, textarea")) event.preventDefault();
});
for (const kind of ["click", "auxclick"]) {
  addEventListener(kind, (event) => {
    if (event.target.closest?.("a, area")) event.preventDefault();
  }, true);
}
addEventListener("error", (event) => {
  const say = () => {
    if (document.body.textContent.trim()) return;
    document.body.textContent = "The page of this window could not start: " + (event.message || "a part of it is missing");
  };
  if (document.readyState === "complete") say();
  else addEventListener("load", say);
}, true);
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_stays_where_it_is() {
        for (address, own) in [
            ("tauri://localhost/", true),
            ("tauri://localhost/index.html#top", true),
            ("tauri://elsewhere/", false),
            ("https://example.com/", false),
            ("http://tauri.localhost.example.com/", false),
            ("https://tauri.localhost/", cfg!(windows)),
            ("file:///etc/passwd", false),
            ("javascript:alert(1)", false),
            ("data:text/html,hello", false),
            ("about:blank", false),
        ] {
            assert_eq!(is_own(&address.parse().unwrap()), own, "{address}");
        }
    }
}
