//! What the keychain holds, on its way in and out.

use doorbell_notifier::{Action, Event};
use tracing::warn;

use super::{Errand, Resident};
use crate::door::{CallerId, FromResident};

impl Resident {
    /// Reads the keychain, and shows the window when nobody is signed in, if it may.
    pub(super) fn recall(&mut self, opens_window: bool) {
        // Before the accounts, which need it on their way.
        let password = self.proxy_password();
        let (read, notifier) = (self.keychain.read(), self.notifier.clone());
        self.call_keychain(async move {
            password.await;
            let restored = read.await;
            let somebody = matches!(&restored, Ok(found) if !found.is_empty());
            if opens_window && !somebody {
                notifier.send(Event::Do(Action::OpenWindow));
            }
            match restored {
                Ok(found) => Event::Restored(found),
                Err(error) => Event::KeychainUnavailable(error.to_string()),
            }
        });
    }

    /// Reads the password of the proxy, if it should have one, and uses it from then on.
    fn proxy_password(&self) -> impl Future<Output = ()> + Send + use<> {
        let asked = (self.settings.proxy_has_password())
            .then(|| (self.keychain.proxy_password(), self.notifier.clone()));
        async move {
            let Some((password, notifier)) = asked else {
                return;
            };
            match password.await {
                Ok(password) => notifier.set_proxy_password(password),
                Err(error) => warn!(%error, "the password of the proxy cannot be read"),
            }
        }
    }

    /// The password of the proxy is the one that this caller stored: what waits goes out with it.
    pub(super) fn proxy_password_changed(&mut self, id: CallerId) {
        let (password, notifier) = (self.proxy_password(), self.notifier.clone());
        self.errands.spawn(async move {
            password.await;
            notifier.send(Event::Do(Action::Retry));
            Errand::Answer(id, Box::new(FromResident::Done))
        });
    }

    pub(super) fn call_keychain(&mut self, answer: impl Future<Output = Event> + Send + 'static) {
        self.keychain_calls.spawn(answer);
    }

    pub(super) fn keychain_answered(&mut self, answer: Event) {
        if let Event::Forgotten(result) = &answer {
            let (worked, words) = match result {
                Ok(()) => (true, "Signed out.".to_owned()),
                Err(reason) => (
                    false,
                    format!("You are signed out, but the keychain kept the credentials: {reason}."),
                ),
            };
            let ended = FromResident::SignedOut { worked, words };
            let deaf = self.callers.end_sign_out(&ended);
            self.lose(deaf);
        }
        self.notifier.send(answer);
    }
}
