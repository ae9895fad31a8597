//! What the app wants of the desktop.

use doorbell_notifier::{Action, Desktop, Event, Toast, ToastKey};
use tracing::warn;

use super::{Resident, report};
use crate::{
    door::{CallerId, FromResident},
    opener,
};

impl Resident {
    pub(super) fn perform(&mut self, wish: Desktop) {
        match wish {
            Desktop::Tray(tray) => {
                let status = report::status(&tray);
                if status != self.status {
                    self.status = status;
                    let words = FromResident::Status(self.status.clone());
                    let deaf = self.callers.tell_followers(&words);
                    self.lose(deaf);
                }
                if let Some(place) = &self.tray {
                    place.show(tray);
                }
            }
            Desktop::View(view) => {
                let deaf = self.callers.show(&FromResident::View(*view));
                self.lose(deaf);
            }
            Desktop::Toast(toast) => self.toast(toast),
            Desktop::Withdraw(key) => {
                if let Some(toasts) = &self.toasts {
                    toasts.withdraw(key);
                }
            }
            Desktop::OpenUrl { account, item, url } => {
                let (token, notifier) = (self.take_token(), self.notifier.clone());
                tokio::spawn(async move {
                    let result = opener::open(&url, token.as_deref()).await;
                    notifier.send(Event::Opened {
                        account,
                        item,
                        result,
                    });
                });
            }
            Desktop::Listed { asked, items } => {
                self.answer(CallerId::of(asked), &FromResident::List(items));
            }
            Desktop::ShowWindow => self.show_window(),
            Desktop::ToggleWindow => self.toggle_window(),
            Desktop::Store(credentials) => {
                let stored = self.keychain.store(credentials);
                self.call_keychain(async {
                    Event::Stored(stored.await.map_err(|error| error.to_string()))
                });
            }
            Desktop::Recall => self.recall(false),
            Desktop::Forget { account } => {
                let removed = self.keychain.remove(account);
                self.call_keychain(async {
                    Event::Forgotten(removed.await.map_err(|error| error.to_string()))
                });
            }
            Desktop::SignInEnded(result) => {
                let worked = result.is_ok();
                let words = result.unwrap_or_else(|problem| problem.message);
                let ended = FromResident::SignInEnded { worked, words };
                let deaf = self.callers.end_sign_in(&ended);
                self.lose(deaf);
            }
            Desktop::Quit => {}
        }
    }

    fn toast(&self, toast: Toast) {
        let (key, notifier) = (toast.key.clone(), self.notifier.clone());
        match &self.toasts {
            Some(toasts) if self.settings.toasts => {
                let shown = toasts.show(toast);
                tokio::spawn(async move {
                    // Ended with or without it: either way the next one need not wait.
                    let _ = shown.await;
                    notifier.shown(key);
                });
            }
            Some(_) | None => notifier.shown(key),
        }
    }

    pub(super) fn show_window(&mut self) {
        let activation_token = self.take_token();
        if self.callers.has_window() {
            let present = FromResident::Present { activation_token };
            let deaf = self.callers.summon(&present);
            self.lose(deaf);
        } else if let Err(sentence) = self.window.start(activation_token.as_deref()) {
            self.say_trouble(sentence);
        }
    }

    /// Whether it is in sight only the window knows.
    fn toggle_window(&mut self) {
        if !self.callers.has_window() {
            return self.show_window();
        }
        let activation_token = self.take_token();
        let toggle = FromResident::Toggle { activation_token };
        let deaf = self.callers.summon(&toggle);
        self.lose(deaf);
    }

    /// The desktop shows no icon, so the window is the way in; why is said once for all starts.
    pub(super) fn say_without_tray(&mut self) {
        warn!("the desktop has no tray");
        self.notifier.send(Event::Do(Action::OpenWindow));
        let note = self.profile.tray_note();
        if note.exists() {
            return;
        }
        self.say_trouble(WITHOUT_TRAY.to_owned());
        if let Err(error) = std::fs::write(&note, "") {
            warn!(%error, "that there is no tray will be said again");
        }
    }

    pub(super) fn say_trouble(&self, sentence: String) {
        warn!("{sentence}");
        if let Some(toasts) = &self.toasts
            && self.settings.toasts
            && self.end_by.is_none()
        {
            toasts.show(trouble(sentence));
        }
    }
}

fn trouble(sentence: String) -> Toast {
    Toast {
        key: ToastKey::Trouble,
        replaces: Some(ToastKey::Trouble),
        title: "Doorbell".to_owned(),
        body: sentence,
        default: Action::OpenWindow,
        buttons: Vec::new(),
        items: Vec::new(),
    }
}

const WITHOUT_TRAY: &str = "This desktop shows no tray icons, so the window opens instead. News comes all the same. \
     On GNOME the extension \u{201c}AppIndicator and KStatusNotifierItem Support\u{201d} shows them; \
     the icon appears by itself when there is a place for it.";
