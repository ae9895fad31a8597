use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::credentials::Credentials;
use crate::ids::BadId;

/// Names one user of one environment on one server, the same at every start: 32 lower-case hexadecimal digits.
///
/// It is no secret and nothing can be read off it, so that it may stand in file names, logs and command lines. A new
/// token or another feed leaves it as it is; another key, user or host is another account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(String);

impl AccountId {
    /// Reads what [`AccountId::as_str`] has written.
    ///
    /// # Errors
    /// [`BadId::Empty`], or [`BadId::Unspeakable`] when it is anything but 32 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        if text.is_empty() {
            return Err(BadId::Empty);
        }
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        match text.len() == DIGITS && text.bytes().all(digit) {
            true => Ok(Self(text.to_owned())),
            false => Err(BadId::Unspeakable),
        }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&Credentials> for AccountId {
    fn from(credentials: &Credentials) -> Self {
        let host = credentials.host.to_string();
        let parts = [
            host.as_str(),
            credentials.public_key.expose(),
            credentials.user_id.as_str(),
        ];
        let mut hash = Sha256::new();
        for part in parts {
            // With their lengths, so that no two sets of parts run together into the same text.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let digest = hash.finalize();
        let digits = digest.iter().map(|byte| format!("{byte:02x}"));
        Self(digits.collect::<String>()[..DIGITS].to_owned())
    }
}

impl TryFrom<String> for AccountId {
    type Error = BadId;

    fn try_from(text: String) -> Result<Self, BadId> {
        Self::parse(&text)
    }
}

impl From<AccountId> for String {
    fn from(id: AccountId) -> Self {
        id.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const DIGITS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Draft;

    #[test]
    fn an_account_is_a_user_of_an_environment_on_a_server() {
        let ada = id(|_| {});
        for (same, other) in [
            (true, id(|draft| draft.user_token = "a.b.c".into())),
            (true, id(|draft| draft.feed_id = FEED.replace('6', "7"))),
            (false, id(|draft| draft.user_id = "bob".into())),
            (false, id(|draft| draft.public_key = "pk_2".into())),
            (false, id(|draft| draft.host = "http://127.0.0.1:1".into())),
        ] {
            assert_eq!(ada == other, same);
        }
    }

    #[test]
    fn nothing_can_be_read_off_it_and_it_is_the_same_for_ever() {
        let id = id(|_| {});
        assert_eq!(id.as_str(), "aca4e36340dd66730bb9b73148cca36a");
        assert_eq!(AccountId::parse(id.as_str()), Ok(id));
    }

    #[test]
    fn only_what_was_written_is_read() {
        for text in ["", "ada", "../../x", &"A".repeat(32), &"a".repeat(33)] {
            assert!(AccountId::parse(text).is_err(), "{text}");
        }
    }

    fn id(change: impl FnOnce(&mut Draft)) -> AccountId {
        let mut draft = Draft {
            public_key: "pk_1".into(),
            user_id: "ada".into(),
            feed_id: FEED.into(),
            ..Draft::default()
        };
        change(&mut draft);
        draft.parse().unwrap().account_id()
    }

    const FEED: &str = "6b1f4f0e-93c8-4f0a-8a4f-0d8b3f3a9c11";
}
