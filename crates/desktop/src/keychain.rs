use std::{fmt, sync::mpsc, thread, time::Duration};

use doorbell_knock::Credentials;
use keyring_core::Entry;
use tokio::sync::oneshot;
use tracing::warn;

/// The credentials of one profile in the system's keychain; they are nowhere else.
///
/// The system's call blocks for as long as a locked keychain waits for its password, so one thread
/// makes all calls, in order, and every answer has a deadline.
#[derive(Clone, Debug)]
pub struct Keychain {
    calls: mpsc::Sender<Call>,
}

/// Why the keychain could not be used, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeychainError {
    /// There is none, or it does not answer as one.
    Unavailable(String),
    /// It stayed locked, or it refused.
    Locked,
    /// What it holds under Doorbell's name are no credentials.
    Spoiled,
}

#[derive(Debug)]
struct Call {
    what: What,
    answer: oneshot::Sender<Answer>,
}

#[derive(Debug)]
enum What {
    Read,
    Store(Box<Credentials>),
    Remove,
}

/// What the keychain answered; nothing when there is nothing, and to everything but a read.
pub type Answer = Result<Option<Box<Credentials>>, KeychainError>;

impl Keychain {
    /// The keychain entry under this service name; see [`crate::Profile::keychain_service`].
    pub fn new(service: String) -> Self {
        let (calls, waiting) = mpsc::channel::<Call>();
        let worker = thread::Builder::new()
            .name("keychain".to_owned())
            .spawn(move || {
                for Call { what, answer } in waiting {
                    serve(&service, what, answer);
                }
            });
        if let Err(error) = worker {
            warn!(%error, "the keychain's thread cannot be started");
        }
        Self { calls }
    }

    /// The credentials stored last, or none. Like the others it takes its place in the line when it is called.
    pub fn read(&self) -> impl Future<Output = Answer> + use<> {
        self.call(What::Read)
    }

    /// Stores the credentials over those that were there.
    pub fn store(
        &self,
        credentials: Box<Credentials>,
    ) -> impl Future<Output = Result<(), KeychainError>> + use<> {
        let answer = self.call(What::Store(credentials));
        async { answer.await.map(drop) }
    }

    /// Removes the credentials; it is no error when there are none.
    pub fn remove(&self) -> impl Future<Output = Result<(), KeychainError>> + use<> {
        let answer = self.call(What::Remove);
        async { answer.await.map(drop) }
    }

    fn call(&self, what: What) -> impl Future<Output = Answer> + use<> {
        let (answer, answered) = oneshot::channel();
        let sent = self.calls.send(Call { what, answer });
        async {
            let gone = || KeychainError::Unavailable("its thread has ended".to_owned());
            sent.map_err(|_| gone())?;
            match tokio::time::timeout(PATIENCE, answered).await {
                Ok(answer) => answer.map_err(|_| gone())?,
                Err(_) => Err(KeychainError::Locked),
            }
        }
    }
}

fn serve(service: &str, what: What, answer: oneshot::Sender<Answer>) {
    if answer.is_closed() {
        return;
    }
    let storing = matches!(what, What::Store(_));
    let result = perform(service, what);
    let stored = storing && result.is_ok();
    if answer.send(result).is_err() && stored {
        // Whoever asked was told that nothing is stored.
        if let Err(error) = perform(service, What::Remove) {
            warn!(%error, "credentials stored too late could not be taken back");
        }
    }
}

/// Makes the store anew for each call: a keychain that was not there at the start may be there now,
/// and one that was restarted has forgotten us.
fn perform(service: &str, what: What) -> Answer {
    open_store().map_err(explain)?;
    let result = on_entry(service, what);
    keyring_core::unset_default_store();
    result
}

fn on_entry(service: &str, what: What) -> Answer {
    let entry = Entry::new(service, USER).map_err(explain)?;
    match what {
        What::Read => match entry.get_secret() {
            Ok(secret) => match serde_json::from_slice(&secret) {
                Ok(credentials) => Ok(Some(Box::new(credentials))),
                Err(_) => Err(KeychainError::Spoiled),
            },
            Err(keyring_core::Error::NoEntry) => Ok(None),
            Err(error) => Err(explain(error)),
        },
        What::Store(credentials) => {
            let secret = serde_json::to_vec(&credentials)
                .map_err(|error| KeychainError::Unavailable(error.to_string()))?;
            entry.set_secret(&secret).map(|()| None).map_err(explain)
        }
        What::Remove => match entry.delete_credential() {
            Ok(()) | Err(keyring_core::Error::NoEntry) => Ok(None),
            Err(error) => Err(explain(error)),
        },
    }
}

#[cfg(target_os = "linux")]
fn open_store() -> keyring_core::Result<()> {
    keyring_core::set_default_store(zbus_secret_service_keyring_store::Store::new()?);
    Ok(())
}

fn explain(error: keyring_core::Error) -> KeychainError {
    match error {
        keyring_core::Error::NoStorageAccess(_) => KeychainError::Locked,
        // Only the kind: an error may carry the secret's bytes.
        keyring_core::Error::PlatformFailure(cause) => {
            KeychainError::Unavailable(cause.to_string())
        }
        keyring_core::Error::BadEncoding(_) | keyring_core::Error::BadDataFormat(..) => {
            KeychainError::Spoiled
        }
        keyring_core::Error::Ambiguous(_) => {
            KeychainError::Unavailable("it holds more than one entry for Doorbell".to_owned())
        }
        _ => KeychainError::Unavailable("it refused the call".to_owned()),
    }
}

impl fmt::Display for KeychainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(why) => write!(f, "the keychain cannot be reached ({why})"),
            Self::Locked => f.write_str("the keychain is locked, or there is none to open"),
            Self::Spoiled => {
                f.write_str("what the keychain holds for Doorbell cannot be read; sign in again")
            }
        }
    }
}

impl std::error::Error for KeychainError {}

const USER: &str = "credentials";
/// Long enough to type a password into the keychain's question.
const PATIENCE: Duration = Duration::from_secs(60);
