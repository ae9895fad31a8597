use std::{fmt, sync::mpsc, thread, time::Duration};

use doorbell_knock::Credentials;
use keyring_core::Entry;
use tokio::sync::oneshot;
use tracing::{info, warn};

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
    serve_with(open_store, service, what, answer);
}

/// Makes the store anew for each call: a keychain that was not there at the start may be there now,
/// and one that was restarted has forgotten us.
fn serve_with(
    open_store: impl Fn() -> keyring_core::Result<()>,
    service: &str,
    what: What,
    answer: oneshot::Sender<Answer>,
) {
    if answer.is_closed() {
        return;
    }
    let on_entry = |perform: &dyn Fn(&Entry) -> Result<Performed, KeychainError>| {
        open_store().map_err(explain)?;
        let result = Entry::new(service, USER)
            .map_err(explain)
            .and_then(|entry| perform(&entry));
        keyring_core::unset_default_store();
        result
    };
    let (result, undo) = match on_entry(&|entry| perform(entry, &what)) {
        Ok(Performed { found, before }) => (Ok(found), before),
        Err(error) => (Err(error), None),
    };
    if answer.send(result).is_ok() {
        return;
    }
    // Whoever asked was told that nothing is stored.
    let Some(before) = undo else { return };
    let put_back = |entry: &Entry| {
        put(entry, before.as_deref())?;
        Ok(Performed::default())
    };
    match on_entry(&put_back) {
        Ok(_) => info!("credentials stored too late were taken back"),
        Err(error) => warn!(%error, "credentials stored too late could not be taken back"),
    }
}

/// What came of a call that worked.
#[derive(Default)]
struct Performed {
    found: Option<Box<Credentials>>,
    /// After a store: the secret that was there before, if there was one.
    before: Option<Option<Vec<u8>>>,
}

fn perform(entry: &Entry, what: &What) -> Result<Performed, KeychainError> {
    match what {
        What::Read => match secret(entry)?.map(|secret| serde_json::from_slice(&secret)) {
            Some(Ok(credentials)) => Ok(Performed {
                found: Some(Box::new(credentials)),
                before: None,
            }),
            Some(Err(_)) => Err(KeychainError::Spoiled),
            None => Ok(Performed::default()),
        },
        What::Store(credentials) => {
            let new = serde_json::to_vec(credentials)
                .map_err(|error| KeychainError::Unavailable(error.to_string()))?;
            let before = secret(entry)?;
            put(entry, Some(&new))?;
            Ok(Performed {
                found: None,
                before: Some(before),
            })
        }
        What::Remove => {
            put(entry, None)?;
            Ok(Performed::default())
        }
    }
}

fn secret(entry: &Entry) -> Result<Option<Vec<u8>>, KeychainError> {
    match entry.get_secret() {
        Ok(secret) => Ok(Some(secret)),
        Err(keyring_core::Error::NoEntry) => Ok(None),
        Err(error) => Err(explain(error)),
    }
}

/// Makes the entry hold this secret, or be gone.
fn put(entry: &Entry, secret: Option<&[u8]>) -> Result<(), KeychainError> {
    let result = match secret {
        Some(secret) => entry.set_secret(secret),
        None => entry.delete_credential(),
    };
    match result {
        Ok(()) | Err(keyring_core::Error::NoEntry) => Ok(()),
        Err(error) => Err(explain(error)),
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

#[cfg(test)]
mod tests {
    use std::{cell::Cell, sync::Arc};

    use keyring_core::api::CredentialStoreApi;

    use super::*;

    const SERVICE: &str = "doorbell-test";

    fn credentials() -> Box<Credentials> {
        let draft = doorbell_knock::Draft {
            public_key: "pk_test_new".to_owned(),
            user_id: "ada".to_owned(),
            feed_id: "1f6e1d3c-5f0e-4d9a-9b68-0d7d1f7a2c11".to_owned(),
            ..doorbell_knock::Draft::default()
        };
        Box::new(draft.parse().unwrap())
    }

    /// What the keychain holds after credentials were stored over `before`, by somebody who is `gone` meanwhile.
    fn stored_over(before: Option<&[u8]>, gone: bool) -> Option<Vec<u8>> {
        let store = keyring_core::mock::Store::new().unwrap();
        let entry = store.build(SERVICE, USER, None).unwrap();
        put(&entry, before).unwrap();
        let (answer, answered) = oneshot::channel();
        let asking = Cell::new(Some(answered));
        let open = || {
            if gone {
                asking.take();
            }
            let store: Arc<keyring_core::CredentialStore> = store.clone();
            keyring_core::set_default_store(store);
            Ok(())
        };
        serve_with(open, SERVICE, What::Store(credentials()), answer);
        assert_eq!(asking.take().is_none(), gone);
        secret(&entry).unwrap()
    }

    // One test, since the store that is open is the whole process's.
    #[test]
    fn a_store_that_comes_too_late_leaves_what_was_there() {
        let new = serde_json::to_vec(&credentials()).unwrap();
        let old = b"the account before";
        assert_eq!(stored_over(Some(old), false), Some(new.clone()));
        assert_eq!(stored_over(None, false), Some(new));
        assert_eq!(stored_over(Some(old), true).as_deref(), Some(&old[..]));
        assert_eq!(stored_over(None, true), None);
    }
}
