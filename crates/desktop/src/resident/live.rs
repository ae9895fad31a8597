//! Settings that are changed while Doorbell runs, by hand or from the window.

use doorbell_notifier::{Action, Desktop, Event};
use tokio::sync::mpsc;
use tracing::{info, warn};

use super::{Resident, ResidentError, begin};
use crate::{
    door::{CallerId, FromResident},
    settings::{self, Complaint, Settings, SettingsView},
    tray::Look,
};

impl Resident {
    /// Makes what is set at the start count, and tells of what cannot.
    pub(super) fn begin_with_settings(&mut self) {
        self.set_start_at_login();
        let file = self.settings_file.path();
        let complaints = settings::told(file, &self.complaints);
        let complaints: Vec<String> = complaints
            .into_iter()
            .chain(self.notifier.complaints().iter().cloned())
            .collect();
        if !complaints.is_empty() {
            self.say_trouble(complaints.join(" "));
        }
    }

    /// Reads the file, and makes what has changed count at once. Windows are told of it, but for the one that did it.
    pub(super) fn read_settings(&mut self, changer: Option<CallerId>) {
        match self.settings_file.read() {
            Ok((settings, complaints)) => self.configure(settings, complaints, changer),
            // What counted before is nearer to what the person wants than the defaults.
            Err(error) => {
                let file = self.settings_file.path().display().to_string();
                self.say_trouble(format!(
                    "{file} cannot be read: {error}. What was set before still counts."
                ));
            }
        }
    }

    fn configure(
        &mut self,
        settings: Settings,
        complaints: Vec<Complaint>,
        changer: Option<CallerId>,
    ) {
        let before = std::mem::replace(&mut self.settings, settings);
        let complained = std::mem::replace(&mut self.complaints, complaints);
        if before == self.settings && complained == self.complaints {
            return;
        }
        info!("settings have changed");
        if let Some(log) = &self.log {
            log.set_level(self.settings.log_level);
        }
        if let Some(tray) = &self.tray {
            tray.set_look(look(&self.settings));
        }
        if let Some(toasts) = &self.toasts {
            toasts.set_sound(self.settings.sound);
        }
        if self.settings.start_at_login != before.start_at_login {
            self.set_start_at_login();
        }
        match self.settings.begin_anew_after(&before) {
            true => {
                info!("the app begins anew for it");
                self.renewing = true;
                self.notifier.send(Event::Do(Action::Quit));
            }
            false => {
                let config = Box::new(self.settings.config());
                self.notifier.send(Event::Configured(config));
            }
        }
        if complained != self.complaints {
            for complaint in &self.complaints {
                warn!("{complaint}");
            }
            let file = self.settings_file.path();
            if let Some(words) = settings::told(file, &self.complaints) {
                self.say_trouble(words);
            }
        }
        let changed = FromResident::SettingsChanged(self.settings_view());
        let deaf = self.callers.tell_windows_but(changer, &changed);
        self.lose(deaf);
    }

    /// Starts the app again after it has ended for other settings. Whoever watched goes on watching.
    pub(super) fn begin_anew(&mut self) -> Result<mpsc::UnboundedReceiver<Desktop>, ResidentError> {
        self.renewing = false;
        let (notifier, wishes) = begin(&self.profile, &self.settings)?;
        self.notifier = notifier;
        // Nobody knows any more what these waited for.
        let words = "The settings were changed meanwhile. Try again.".to_owned();
        let ended = FromResident::SignInEnded {
            worked: false,
            words: words.clone(),
        };
        let mut deaf = self.callers.end_sign_in(&ended);
        let ended = FromResident::SignedOut {
            worked: false,
            words,
        };
        deaf.extend(self.callers.end_sign_out(&ended));
        self.lose(deaf);
        self.recall(false);
        if let Some(show) = self.callers.watched() {
            self.notifier.send(Event::Do(show));
        }
        let complaints = self.notifier.complaints().join(" ");
        if !complaints.is_empty() {
            self.say_trouble(complaints);
        }
        Ok(wishes)
    }

    pub(super) fn settings_view(&self) -> SettingsView {
        SettingsView::of(
            &self.settings,
            &self.complaints,
            self.settings_file.path(),
            Some(self.autostart.is_on()),
        )
    }

    fn set_start_at_login(&self) {
        if let Some(on) = self.settings.start_at_login
            && let Err(error) = self.autostart.set(on)
        {
            let whether = if on { "started" } else { "left out" };
            self.say_trouble(format!(
                "Doorbell cannot be {whether} at login: {error}. Everything else counts."
            ));
        }
    }
}

/// How the settings want the icon.
pub(super) fn look(settings: &Settings) -> Look {
    Look {
        theme: settings.tray_theme,
        style: settings.tray_style,
    }
}
