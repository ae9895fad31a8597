//! Who stands at the door, and what they are answered.

use doorbell_notifier::{Action, Event};

use super::{Errand, Resident};
use crate::{
    door::{CallerId, FromDoor, FromResident, Role, ToResident},
    opener,
};

impl Resident {
    pub(super) fn answer_door(&mut self, what: FromDoor) {
        match what {
            FromDoor::Came(caller) => {
                self.keep_token(caller.activation_token.clone());
                if caller.role == Role::Window {
                    self.window.arrived();
                }
                self.callers.came(caller);
            }
            FromDoor::Said(id, words) => self.hear(id, words),
            FromDoor::Gone(id) => self.lose(vec![id]),
            FromDoor::Outdated => self.quit(),
        }
    }

    fn hear(&mut self, id: CallerId, words: ToResident) {
        let Some(role) = self.callers.role(id) else {
            return;
        };
        let answer = match words {
            // The door answers a hello itself.
            ToResident::Hello { .. } => return,
            ToResident::Heard => return self.callers.heard(id),
            ToResident::Status => FromResident::Status(self.status.clone()),
            ToResident::Follow => {
                self.callers.follows(id);
                FromResident::Status(self.status.clone())
            }
            ToResident::List { id: of } => {
                let asked = id.number();
                return self.notifier.send(Event::List { asked, of });
            }
            ToResident::Settings => FromResident::Settings(self.settings_view()),
            ToResident::Set(change) => match self.settings_file.change(&change) {
                Ok(()) => {
                    self.read_settings(Some(id));
                    FromResident::Settings(self.settings_view())
                }
                Err(words) => FromResident::Refused { words },
            },
            ToResident::OpenSettingsFile => self.open_settings_file(),
            ToResident::Diagnostics => FromResident::Diagnostics(self.diagnostics()),
            ToResident::LinkRefused(reason) => {
                self.say_trouble(reason.to_string());
                FromResident::Done
            }
            ToResident::ProxyPasswordChanged => return self.proxy_password_changed(id),
            ToResident::Do(action) => match self.hear_action(id, role, action) {
                Some(answer) => answer,
                None => return,
            },
        };
        self.answer(id, &answer);
    }

    /// Does what was asked for, and returns the answer if that is known already.
    fn hear_action(&mut self, id: CallerId, role: Role, action: Action) -> Option<FromResident> {
        let answer = match (action.innermost(), role) {
            (Action::Quit, _) => None,
            (Action::Show { .. }, _) => {
                self.callers.watches(id, action.clone());
                Some(FromResident::Done)
            }
            (Action::SignIn { .. }, Role::Command) => {
                self.callers.signs_in(id);
                None
            }
            (Action::SignOut { .. }, Role::Command) => {
                self.callers.signs_out(id);
                None
            }
            _ => Some(FromResident::Done),
        };
        self.do_or_quit(action);
        answer.filter(|_| role == Role::Command)
    }

    /// Whoever asked is answered at once; what the editor says of it comes in a toast, if at all.
    fn open_settings_file(&mut self) -> FromResident {
        let file = self.settings_file.clone();
        let trouble =
            move |why: String| format!("{} cannot be opened: {why}.", file.path().display());
        if let Err(error) = self.settings_file.create() {
            let words = trouble(error.to_string());
            return FromResident::Refused { words };
        }
        let (file, token) = (self.settings_file.clone(), self.take_token());
        self.errands.spawn(async move {
            match opener::open_file(file.path(), token.as_deref()).await {
                Ok(()) => Errand::Done,
                Err(why) => Errand::Trouble(trouble(why)),
            }
        });
        FromResident::Done
    }

    pub(super) fn answer(&mut self, id: CallerId, words: &FromResident) {
        let deaf = self.callers.answer(id, words);
        self.lose(deaf);
    }

    /// These callers have gone.
    pub(super) fn lose(&mut self, gone: Vec<CallerId>) {
        for id in gone {
            let leave = self.callers.left(id);
            if leave.last_that_showed {
                self.notifier.send(Event::WindowGone);
            }
            // It was closing when it was wanted.
            if leave.unheard && self.end_by.is_none() && !self.callers.has_window() {
                self.show_window();
            }
        }
    }
}
