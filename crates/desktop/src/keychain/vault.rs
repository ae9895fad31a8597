use doorbell_knock::{AccountId, Credentials};
use keyring_core::Entry;
use tracing::warn;

use super::{KeychainError, explain};

/// The accounts of one profile in the keychain that is open: an entry for each, and a list of them.
///
/// An account is on the list before its entry is written and until after it is removed, so that none can be lost or
/// left behind between two writes; one that is on the list alone means nothing.
#[derive(Clone, Copy)]
pub(super) struct Vault<'a> {
    pub(super) service: &'a str,
}

/// An account's entry before it was written.
pub(super) struct Before {
    account: AccountId,
    secret: Option<Vec<u8>>,
}

/// What became of the account that an earlier version stored.
#[derive(PartialEq)]
enum TakenOver {
    /// It is one of the others now, or there was none.
    Done,
    /// It cannot be read, and is left where it is.
    Spoiled,
}

type Result<T> = std::result::Result<T, KeychainError>;

impl Vault<'_> {
    /// The accounts in the order in which they were stored first.
    pub(super) fn read(self) -> Result<Vec<Credentials>> {
        let mut spoiled = self.take_over()? == TakenOver::Spoiled;
        let mut found = Vec::new();
        for account in self.list()? {
            let Some(secret) = get(&self.of(&account)?)? else {
                continue;
            };
            match serde_json::from_slice(&secret) {
                Ok(credentials) => found.push(credentials),
                Err(_) => {
                    warn!(%account, "an account in the keychain cannot be read");
                    spoiled = true;
                }
            }
        }
        match spoiled && found.is_empty() {
            true => Err(KeychainError::Spoiled),
            false => Ok(found),
        }
    }

    /// Stores the credentials over those that the account had.
    pub(super) fn store(self, credentials: &Credentials) -> Result<Before> {
        let account = credentials.account_id();
        let new = serde_json::to_vec(credentials)
            .map_err(|error| KeychainError::Unavailable(error.to_string()))?;
        let entry = self.of(&account)?;
        let secret = get(&entry)?;
        // A list that nobody can read says nothing of the others either.
        let mut list = self.list().or_else(|error| match error {
            KeychainError::Spoiled => Ok(Vec::new()),
            KeychainError::Locked | KeychainError::Unavailable(_) => Err(error),
        })?;
        if !list.contains(&account) {
            list.push(account.clone());
            self.set_list(&list)?;
        }
        put(&entry, Some(&new))?;
        Ok(Before { account, secret })
    }

    /// Makes it as it was before a store.
    pub(super) fn put_back(self, before: &Before) -> Result<()> {
        match &before.secret {
            Some(secret) => put(&self.of(&before.account)?, Some(secret)),
            None => self.remove(&before.account),
        }
    }

    /// It is no error when the account is not there.
    pub(super) fn remove(self, account: &AccountId) -> Result<()> {
        self.take_over()?;
        put(&self.of(account)?, None)?;
        let mut list = self.list()?;
        list.retain(|listed| listed != account);
        self.set_list(&list)
    }

    pub(super) fn remove_all(self) -> Result<()> {
        put(&self.entry(BEFORE_SEVERAL)?, None)?;
        match self.list() {
            Ok(list) => {
                for account in list {
                    put(&self.of(&account)?, None)?;
                }
            }
            Err(KeychainError::Spoiled) => warn!("the list of accounts in the keychain is spoiled"),
            Err(error) => return Err(error),
        }
        self.set_list(&[])
    }

    pub(super) fn proxy_password(self) -> Result<Option<String>> {
        let password = get(&self.entry(PROXY_PASSWORD)?)?;
        let password = password.map(String::from_utf8).transpose();
        password.map_err(|_| KeychainError::Spoiled)
    }

    /// It is no account's, and stays when accounts go.
    pub(super) fn set_proxy_password(self, password: Option<&str>) -> Result<()> {
        let entry = self.entry(PROXY_PASSWORD)?;
        put(&entry, password.map(str::as_bytes))
    }

    /// Earlier versions knew one account, under a name of its own.
    fn take_over(self) -> Result<TakenOver> {
        let entry = self.entry(BEFORE_SEVERAL)?;
        let Some(secret) = get(&entry)? else {
            return Ok(TakenOver::Done);
        };
        let Ok(credentials) = serde_json::from_slice::<Credentials>(&secret) else {
            warn!("the account of an earlier version cannot be read");
            return Ok(TakenOver::Spoiled);
        };
        self.store(&credentials)?;
        put(&entry, None)?;
        Ok(TakenOver::Done)
    }

    fn list(self) -> Result<Vec<AccountId>> {
        match get(&self.entry(LIST)?)? {
            Some(list) => serde_json::from_slice(&list).map_err(|_| KeychainError::Spoiled),
            None => Ok(Vec::new()),
        }
    }

    fn set_list(self, list: &[AccountId]) -> Result<()> {
        let written = serde_json::to_vec(list)
            .map_err(|error| KeychainError::Unavailable(error.to_string()))?;
        let written = Some(&written[..]).filter(|_| !list.is_empty());
        put(&self.entry(LIST)?, written)
    }

    fn of(self, account: &AccountId) -> Result<Entry> {
        self.entry(account.as_str())
    }

    fn entry(self, user: &str) -> Result<Entry> {
        Entry::new(self.service, user).map_err(explain)
    }
}

fn get(entry: &Entry) -> Result<Option<Vec<u8>>> {
    match entry.get_secret() {
        Ok(secret) => Ok(Some(secret)),
        Err(keyring_core::Error::NoEntry) => Ok(None),
        Err(error) => Err(explain(error)),
    }
}

/// Makes the entry hold this secret, or be gone.
fn put(entry: &Entry, secret: Option<&[u8]>) -> Result<()> {
    let result = match secret {
        Some(secret) => entry.set_secret(secret),
        None => entry.delete_credential(),
    };
    match result {
        Ok(()) | Err(keyring_core::Error::NoEntry) => Ok(()),
        Err(error) => Err(explain(error)),
    }
}

/// No account's name: those are 32 digits.
const LIST: &str = "accounts";
const BEFORE_SEVERAL: &str = "credentials";
const PROXY_PASSWORD: &str = "proxy-password";

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) const SERVICE: &str = "doorbell-test";

    /// One test calls the others: the store that is open is the whole process's.
    pub(in super::super) fn check_all() {
        accounts_come_back_in_the_order_they_were_stored_first();
        removing_one_leaves_the_others_and_removing_all_leaves_nothing();
        whichever_write_is_the_last_before_a_crash_no_account_is_lost_or_left_behind();
        the_single_account_of_earlier_versions_is_taken_over();
        what_cannot_be_read_does_not_hide_what_can();
    }

    fn accounts_come_back_in_the_order_they_were_stored_first() {
        let vault = fresh();
        for user in ["bob", "ada"] {
            vault.store(&credentials(user, "old")).unwrap();
        }
        vault.store(&credentials("bob", "new")).unwrap();
        let found = vault.read().unwrap();
        assert!(found == [credentials("bob", "new"), credentials("ada", "old")]);
    }

    fn removing_one_leaves_the_others_and_removing_all_leaves_nothing() {
        let vault = fresh();
        for user in ["bob", "ada", "cleo"] {
            vault.store(&credentials(user, "")).unwrap();
        }
        vault.remove(&credentials("ada", "").account_id()).unwrap();
        assert_eq!(users(vault), "bob cleo");
        vault
            .remove(&credentials("nobody", "").account_id())
            .unwrap();
        vault.remove_all().unwrap();
        assert_eq!(users(vault), "");
        assert_eq!(get(&vault.entry(LIST).unwrap()).unwrap(), None);
        vault.remove_all().unwrap();
    }

    fn whichever_write_is_the_last_before_a_crash_no_account_is_lost_or_left_behind() {
        let vault = fresh();
        vault.store(&credentials("ada", "")).unwrap();
        let bob = credentials("bob", "");
        // A store that ended after its first write: listed, but not there.
        let both = [credentials("ada", "").account_id(), bob.account_id()];
        vault.set_list(&both).unwrap();
        assert_eq!(users(vault), "ada");
        vault.store(&bob).unwrap();
        // A removal that ended after its first write.
        put(&vault.of(&bob.account_id()).unwrap(), None).unwrap();
        assert_eq!(users(vault), "ada");
        vault.remove_all().unwrap();
        assert_eq!(get(&vault.of(&both[0]).unwrap()).unwrap(), None);
    }

    fn the_single_account_of_earlier_versions_is_taken_over() {
        let vault = fresh();
        vault.store(&credentials("bob", "")).unwrap();
        let old = vault.entry(BEFORE_SEVERAL).unwrap();
        let ada = serde_json::to_vec(&credentials("ada", "")).unwrap();
        put(&old, Some(&ada)).unwrap();
        assert_eq!(users(vault), "bob ada");
        assert_eq!(get(&old).unwrap(), None);
        assert_eq!(users(vault), "bob ada");
        // Signed out before it was ever read.
        put(&old, Some(&ada)).unwrap();
        vault.remove(&credentials("ada", "").account_id()).unwrap();
        assert_eq!(users(vault), "bob");
    }

    fn what_cannot_be_read_does_not_hide_what_can() {
        let vault = fresh();
        let ada = vault.store(&credentials("ada", "")).unwrap().account;
        put(&vault.of(&ada).unwrap(), Some(b"nonsense")).unwrap();
        assert_eq!(vault.read().err(), Some(KeychainError::Spoiled));
        vault.store(&credentials("bob", "")).unwrap();
        assert_eq!(users(vault), "bob");
        put(&vault.entry(BEFORE_SEVERAL).unwrap(), Some(b"nonsense")).unwrap();
        assert_eq!(users(vault), "bob");
        put(&vault.entry(LIST).unwrap(), Some(b"nonsense")).unwrap();
        assert_eq!(vault.read().err(), Some(KeychainError::Spoiled));
        vault.store(&credentials("cleo", "")).unwrap();
        assert_eq!(users(vault), "cleo");
    }

    fn users(vault: Vault<'_>) -> String {
        let found = vault.read().unwrap().into_iter();
        let users: Vec<String> = found.map(|found| found.user_id.to_string()).collect();
        users.join(" ")
    }

    /// A keychain with nothing in it.
    fn fresh() -> Vault<'static> {
        keyring_core::set_default_store(keyring_core::mock::Store::new().unwrap());
        Vault { service: SERVICE }
    }

    pub(in super::super) fn credentials(user: &str, token: &str) -> Credentials {
        let draft = doorbell_knock::Draft {
            public_key: "pk_test_new".to_owned(),
            user_id: user.to_owned(),
            feed_id: "1f6e1d3c-5f0e-4d9a-9b68-0d7d1f7a2c11".to_owned(),
            user_token: token.to_owned(),
            ..doorbell_knock::Draft::default()
        };
        draft.parse().unwrap()
    }
}
