use doorbell_desktop::{
    door::{FromResident, ToResident},
    settings::{SettingChange, SettingsView},
};
use doorbell_notifier::Action;
use tauri::{AppHandle, State, command};

use crate::bridge::Bridge;

/// Passes on what a person asks for.
#[command]
pub(crate) fn act(action: Action, bridge: State<'_, Bridge>) -> Result<(), String> {
    bridge.act(action)
}

/// The page listens: it is told the latest view.
#[command]
pub(crate) fn ready(app: AppHandle, bridge: State<'_, Bridge>) {
    bridge.repeat(&app);
}

/// What is set.
#[command]
pub(crate) async fn settings(bridge: State<'_, Bridge>) -> Result<SettingsView, String> {
    set_now(bridge.question(ToResident::Settings).await?)
}

/// Changes a setting, and returns what is set then.
#[command]
pub(crate) async fn set(
    change: SettingChange,
    bridge: State<'_, Bridge>,
) -> Result<SettingsView, String> {
    set_now(bridge.question(ToResident::Set(change)).await?)
}

/// Opens the settings file in the person's editor.
#[command]
pub(crate) async fn open_settings_file(bridge: State<'_, Bridge>) -> Result<(), String> {
    bridge
        .question(ToResident::OpenSettingsFile)
        .await
        .map(drop)
}

/// What somebody who helps needs to know, to be copied.
#[command]
pub(crate) async fn diagnostics(bridge: State<'_, Bridge>) -> Result<String, String> {
    match bridge.question(ToResident::Diagnostics).await? {
        FromResident::Diagnostics(text) => Ok(text),
        _ => Err(SENSELESS.to_owned()),
    }
}

fn set_now(answer: FromResident) -> Result<SettingsView, String> {
    match answer {
        FromResident::Settings(settings) => Ok(settings),
        _ => Err(SENSELESS.to_owned()),
    }
}

const SENSELESS: &str = "Doorbell gave an answer that makes no sense.";
