//! `doorbell sign-out`: through the resident, or in the keychain alone where none runs.

use std::{path::Path, time::Duration};

use doorbell_knock::AccountId;
use doorbell_notifier::{
    Action,
    store::{Change, Contents, Store},
};
use tokio::time::timeout;
use tracing::warn;

use crate::{
    command::Whom,
    door::{AccountStatus, Client, DoorError, FromResident, ToResident},
    keychain::Keychain,
    meeting::hear,
    profile::Profile,
};

/// Asks the resident; either way a sentence says what came of it.
pub(crate) async fn through(mut client: Client, whom: &Whom) -> Result<String, String> {
    let sentence = |error: DoorError| format!("{error}.");
    client.send(&ToResident::Status).await.map_err(sentence)?;
    let Some(FromResident::Status(status)) = hear(&mut client).await? else {
        return Err(format!("{}.", DoorError::Silent));
    };
    let account = choose(&status.accounts, whom)?;
    let words = ToResident::Do(Action::SignOut { account });
    client.send(&words).await.map_err(sentence)?;
    match timeout(SIGN_OUT_WITHIN, client.next()).await {
        Ok(Ok(Some(FromResident::SignedOut { worked, words }))) => match worked {
            true => Ok(words),
            false => Err(words),
        },
        Ok(Ok(Some(_))) => Err("Doorbell gave an answer that makes no sense.".to_owned()),
        Ok(Ok(None)) => Err("Doorbell ended before the sign-out did.".to_owned()),
        Ok(Err(error)) => Err(sentence(error)),
        Err(_) => Err(sentence(DoorError::Silent)),
    }
}

/// Signs out where no resident runs.
pub(crate) async fn alone(profile: &Profile, whom: &Whom) -> Result<String, String> {
    let keychain = Keychain::new(profile.keychain_service());
    let failed =
        |error| format!("Doorbell is not running, and its account could not be removed: {error}.");
    let account = match whom {
        // What cannot be read can still be removed.
        Whom::Everybody => None,
        Whom::Only | Whom::Named(_) => match keychain.read().await {
            Ok(found) => {
                let found = found.into_iter().map(|credentials| AccountStatus {
                    id: credentials.account_id(),
                    user: credentials.user_id.to_string(),
                    name: credentials.name(),
                    words: String::new(),
                });
                choose(&found.collect::<Vec<_>>(), whom)?
            }
            Err(_) if *whom == Whom::Only => None,
            Err(error) => return Err(failed(error)),
        },
    };
    let all = account.is_none();
    keychain.remove(account.clone()).await.map_err(failed)?;
    let file = profile.memory_file();
    forget(&file, account).map_err(|reason| {
        format!(
            "The keychain does not hold the account any more, but what Doorbell remembers of it could not be wiped: {reason}. Delete {}.",
            file.display()
        )
    })?;
    Ok(match all {
        true => "Doorbell is not running, and the keychain holds no account for it any more.",
        false => "Doorbell is not running, and the keychain does not hold the account any more.",
    }
    .to_owned())
}

/// Wipes what is remembered of an account, or of all.
fn forget(file: &Path, account: Option<AccountId>) -> Result<(), String> {
    let Some(account) = account else {
        return Store::remove(file).map_err(|error| error.to_string());
    };
    if !file.exists() {
        return Ok(());
    }
    let (mut store, _, complaint) = Store::open(file, Contents::Kept);
    if let Some(complaint) = complaint {
        warn!("{complaint}");
    }
    let forget = Change::Forget { account };
    store
        .save(&[forget])
        .map_err(|unsaved| unsaved.to_string())?;
    match store.is_on_disk() {
        true => Ok(()),
        false => Err("the disk takes no changes".to_owned()),
    }
}

/// Which account is meant; `None` is all there is.
fn choose(accounts: &[AccountStatus], whom: &Whom) -> Result<Option<AccountId>, String> {
    let names = |accounts: &[&AccountStatus]| {
        let names: Vec<&str> = accounts.iter().map(|account| &*account.name).collect();
        names.join(", ")
    };
    let whom = match whom {
        Whom::Everybody => return Ok(None),
        Whom::Only if accounts.len() > 1 => {
            return Err(format!(
                "More than one account is signed in: {}. Say which one, or --all. Nobody was signed out.",
                names(&accounts.iter().collect::<Vec<_>>())
            ));
        }
        Whom::Only => return Ok(None),
        Whom::Named(whom) => whom,
    };
    let meant = accounts.iter().filter(|account| {
        account.name == *whom || account.user == *whom || account.id.as_str() == whom
    });
    match &meant.collect::<Vec<_>>()[..] {
        [account] => Ok(Some(account.id.clone())),
        [] if accounts.is_empty() => Err("Nobody is signed in.".to_owned()),
        [] => Err(format!(
            "Nobody of that name is signed in, but {}. Nobody was signed out.",
            names(&accounts.iter().collect::<Vec<_>>())
        )),
        several => {
            let exact: Vec<_> = several
                .iter()
                .filter(|account| account.name == *whom)
                .collect();
            match exact[..] {
                [account] => Ok(Some(account.id.clone())),
                _ => {
                    let each = several.iter();
                    let each = each.map(|account| format!("{} is {}", account.name, account.id));
                    Err(format!(
                        "More than one account is meant: {}. Say its whole name or its number. Nobody was signed out.",
                        each.collect::<Vec<_>>().join(", ")
                    ))
                }
            }
        }
    }
}

/// A store before it and the removal may each ask for the keychain's password, for 60 s.
const SIGN_OUT_WITHIN: Duration = Duration::from_secs(130);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_name_the_only_account_is_meant() {
        assert_eq!(choose(&[], &Whom::Only), Ok(None));
        assert_eq!(choose(&some(&["ada"]), &Whom::Only), Ok(None));
        let words = choose(&some(&["ada", "bob"]), &Whom::Only).unwrap_err();
        assert!(words.contains("ada, bob"), "{words}");
        assert_eq!(choose(&some(&["ada", "bob"]), &Whom::Everybody), Ok(None));
    }

    #[test]
    fn an_account_is_meant_by_its_user_its_name_or_its_number() {
        let accounts = some(&["ada", "bob on localhost", "bob"]);
        for (whom, expected) in [("ada", 0), ("bob on localhost", 1), ("bob", 2)] {
            check(&accounts, whom, expected);
        }
        check(&accounts, accounts[1].id.as_str(), 1);
        let far = some(&["bob on a", "bob on b"]);
        check(&far, "bob on b", 1);
        let words = choose(&far, &named("bob")).unwrap_err();
        assert!(words.contains(far[1].id.as_str()), "{words}");
        let words = choose(&far, &named("eve")).unwrap_err();
        assert!(words.contains("bob on a, bob on b"), "{words}");
        let words = choose(&[], &named("eve")).unwrap_err();
        assert_eq!(words, "Nobody is signed in.");
    }

    #[track_caller]
    fn check(accounts: &[AccountStatus], whom: &str, expected: usize) {
        let expected = Ok(Some(accounts[expected].id.clone()));
        assert_eq!(choose(accounts, &named(whom)), expected);
    }

    fn named(whom: &str) -> Whom {
        Whom::Named(whom.to_owned())
    }

    fn some(names: &[&str]) -> Vec<AccountStatus> {
        let account = |(index, name): (usize, &&str)| AccountStatus {
            id: AccountId::parse(&format!("{index:032x}")).unwrap(),
            user: name.split(' ').next().unwrap_or_default().to_owned(),
            name: (*name).to_owned(),
            words: String::new(),
        };
        names.iter().enumerate().map(account).collect()
    }
}
