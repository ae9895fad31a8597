mod vault;

use std::{fmt, sync::mpsc, thread, time::Duration};

use doorbell_knock::{AccountId, Credentials};
use tokio::sync::oneshot;
use tracing::{info, warn};

use self::vault::{Before, Vault};

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
    /// One account, or all.
    Remove(Option<AccountId>),
    ReadProxyPassword,
    SetProxyPassword(Option<Secret>),
}

/// Text that is shown nowhere.
struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// What the keychain answered.
type Answer = Result<Found, KeychainError>;

/// What was read; everything else but a read finds nothing.
#[derive(Debug, Default)]
struct Found {
    accounts: Vec<Credentials>,
    proxy_password: Option<Secret>,
}

impl Keychain {
    /// The keychain entries under this service name; see [`crate::Profile::keychain_service`].
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

    /// All accounts, in the order of sign-in. Like the others it takes its place in the line when it is called.
    pub fn read(&self) -> impl Future<Output = Result<Vec<Credentials>, KeychainError>> + use<> {
        let answer = self.call(What::Read);
        async { answer.await.map(|found| found.accounts) }
    }

    /// The password of the proxy that the settings name, if there is one.
    pub fn proxy_password(
        &self,
    ) -> impl Future<Output = Result<Option<String>, KeychainError>> + use<> {
        let answer = self.call(What::ReadProxyPassword);
        async {
            let found = answer.await?.proxy_password;
            Ok(found.map(|Secret(password)| password))
        }
    }

    /// Stores the password of the proxy over the one before, or removes it.
    pub fn set_proxy_password(
        &self,
        password: Option<String>,
    ) -> impl Future<Output = Result<(), KeychainError>> + use<> {
        let answer = self.call(What::SetProxyPassword(password.map(Secret)));
        async { answer.await.map(drop) }
    }

    /// Stores the credentials over those that their account had.
    pub fn store(
        &self,
        credentials: Box<Credentials>,
    ) -> impl Future<Output = Result<(), KeychainError>> + use<> {
        let answer = self.call(What::Store(credentials));
        async { answer.await.map(drop) }
    }

    /// Removes an account, or all of them; it is no error when there are none.
    pub fn remove(
        &self,
        account: Option<AccountId>,
    ) -> impl Future<Output = Result<(), KeychainError>> + use<> {
        let answer = self.call(What::Remove(account));
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
    let in_vault = |perform: &dyn Fn(Vault<'_>) -> Result<Performed, KeychainError>| {
        open_store().map_err(explain)?;
        let result = perform(Vault { service });
        keyring_core::unset_default_store();
        result
    };
    let (result, undo) = match in_vault(&|vault| perform(vault, &what)) {
        Ok(Performed { found, before }) => (Ok(found), before),
        Err(error) => (Err(error), None),
    };
    if answer.send(result).is_ok() {
        return;
    }
    // Whoever asked was told that nothing is stored.
    let Some(before) = undo else { return };
    match in_vault(&|vault| vault.put_back(&before).map(|()| Performed::default())) {
        Ok(_) => info!("credentials stored too late were taken back"),
        Err(error) => warn!(%error, "credentials stored too late could not be taken back"),
    }
}

/// What came of a call that worked.
#[derive(Default)]
struct Performed {
    found: Found,
    /// After a store: what was there before.
    before: Option<Before>,
}

fn perform(vault: Vault<'_>, what: &What) -> Result<Performed, KeychainError> {
    match what {
        What::Read => Ok(Performed {
            found: Found {
                accounts: vault.read()?,
                proxy_password: None,
            },
            before: None,
        }),
        What::Store(credentials) => Ok(Performed {
            found: Found::default(),
            before: Some(vault.store(credentials)?),
        }),
        What::Remove(account) => {
            match account {
                Some(account) => vault.remove(account)?,
                None => vault.remove_all()?,
            }
            Ok(Performed::default())
        }
        What::ReadProxyPassword => Ok(Performed {
            found: Found {
                accounts: Vec::new(),
                proxy_password: vault.proxy_password()?.map(Secret),
            },
            before: None,
        }),
        What::SetProxyPassword(password) => {
            let password = password.as_ref().map(|Secret(password)| password.as_str());
            vault.set_proxy_password(password)?;
            Ok(Performed::default())
        }
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

/// Long enough to type a password into the keychain's question.
const PATIENCE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use std::{cell::Cell, sync::Arc};

    use super::{
        vault::tests::{SERVICE, check_all, credentials},
        *,
    };

    /// What the keychain holds after credentials were stored over others, or none, by somebody who is `gone` meanwhile.
    fn stored_over(before: Option<&Credentials>, gone: bool) -> Vec<Credentials> {
        let store: Arc<keyring_core::CredentialStore> = keyring_core::mock::Store::new().unwrap();
        keyring_core::set_default_store(store.clone());
        let vault = Vault { service: SERVICE };
        before.map(|before| vault.store(before).unwrap());
        let (answer, answered) = oneshot::channel();
        let asking = Cell::new(Some(answered));
        let open = || {
            if gone {
                asking.take();
            }
            keyring_core::set_default_store(store.clone());
            Ok(())
        };
        let new = Box::new(credentials("ada", "new"));
        serve_with(open, SERVICE, What::Store(new), answer);
        assert_eq!(asking.take().is_none(), gone);
        keyring_core::set_default_store(store);
        vault.read().unwrap()
    }

    fn a_store_that_comes_too_late_leaves_what_was_there() {
        let (old, new) = (credentials("ada", "old"), credentials("ada", "new"));
        assert!(stored_over(Some(&old), false) == [new.clone()]);
        assert!(stored_over(None, false) == [new]);
        assert!(stored_over(Some(&old), true) == [old]);
        assert!(stored_over(None, true).is_empty());
    }

    // One test, since the store that is open is the whole process's.
    #[test]
    fn accounts_are_kept_listed_and_removed_whatever_breaks_off() {
        check_all();
        a_store_that_comes_too_late_leaves_what_was_there();
    }
}
