use doorbell_notifier::Action;
use tauri::{AppHandle, State, command};

use crate::bridge::Bridge;

/// Passes on what a person asks for.
#[command]
pub(crate) fn act(action: Action, bridge: State<'_, Bridge>) -> Result<(), String> {
    bridge.ask(action)
}

/// The page listens: it is told the latest view.
#[command]
pub(crate) fn ready(app: AppHandle, bridge: State<'_, Bridge>) {
    bridge.repeat(&app);
}
