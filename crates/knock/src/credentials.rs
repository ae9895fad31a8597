//! What signing in needs: parsed once, from what a person typed or a file says.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::account_id::AccountId;
use crate::host::REDACTED;
pub use crate::host::{BadHost, BadSecret, Host, PublicKey, UserToken, is_loopback};
use crate::ids::{BadId, FeedId, UserId};

/// Everything that opens one feed of one user.
///
/// Serializes with the secrets in it, for the keychain only; `Debug` prints none of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Draft", into = "Draft")]
pub struct Credentials {
    /// Names the environment, and opens what its users may see.
    pub public_key: PublicKey,
    /// Whose feed it is.
    pub user_id: UserId,
    /// Which in-app feed channel.
    pub feed_id: FeedId,
    /// Says who asks, where enhanced security is on.
    pub user_token: Option<UserToken>,
    /// Knock's own service, or another that speaks as it does.
    pub host: Host,
}

/// Credentials before anyone checked them. White space and quotes around a value do no harm.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// `pk_…`; see [`PublicKey::parse`].
    #[serde(deserialize_with = "text_or_null")]
    pub public_key: String,
    /// See [`UserId::parse`].
    #[serde(deserialize_with = "text_or_null")]
    pub user_id: String,
    /// A UUID; see [`FeedId::parse`].
    #[serde(deserialize_with = "text_or_null")]
    pub feed_id: String,
    /// Empty when the environment asks for none.
    #[serde(deserialize_with = "text_or_null")]
    pub user_token: String,
    /// Empty for Knock's own service.
    #[serde(deserialize_with = "text_or_null")]
    pub host: String,
}

/// A field of [`Draft`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// [`Draft::public_key`].
    PublicKey,
    /// [`Draft::user_id`].
    UserId,
    /// [`Draft::feed_id`].
    FeedId,
    /// [`Draft::user_token`].
    UserToken,
    /// [`Draft::host`].
    Host,
}

/// Which field is wrong, and a sentence that says what to do. It repeats nothing that was typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The first field that is wrong, from top to bottom.
    pub field: Field,
    /// What is wrong with it, what to do, and that nothing was stored; for a person.
    pub message: String,
}

impl Credentials {
    /// The account that they open.
    pub fn account_id(&self) -> AccountId {
        AccountId::from(self)
    }

    /// What to call the account: the user's id, and the host where that is not Knock's own service.
    pub fn name(&self) -> String {
        match self.host.is_default() {
            true => self.user_id.to_string(),
            false => format!("{} on {}", self.user_id, self.host.name()),
        }
    }
}

impl Draft {
    /// Checks the fields from top to bottom and stops at the first that is wrong.
    ///
    /// # Errors
    /// [`FieldError`] names that field.
    pub fn parse(&self) -> Result<Credentials, FieldError> {
        self.parse_with(Host::parse)
    }

    /// The same, but takes plain http to any machine; see [`Host::parse_plain`].
    ///
    /// # Errors
    /// [`FieldError`] names the field that is wrong.
    pub fn parse_plain(&self) -> Result<Credentials, FieldError> {
        self.parse_with(Host::parse_plain)
    }

    fn parse_with(
        &self,
        parse_host: impl Fn(&str) -> Result<Host, BadHost>,
    ) -> Result<Credentials, FieldError> {
        let public_key = PublicKey::parse(bare(&self.public_key))
            .map_err(|why| FieldError::new(Field::PublicKey, public_key_advice(why)))?;
        let user_id = UserId::parse(bare(&self.user_id))
            .map_err(|why| FieldError::new(Field::UserId, user_id_advice(why)))?;
        let feed_id = FeedId::parse(bare(&self.feed_id))
            .map_err(|why| FieldError::new(Field::FeedId, feed_id_advice(why)))?;
        let user_token = match bare(&self.user_token) {
            "" => None,
            token => Some(
                UserToken::parse(token)
                    .map_err(|why| FieldError::new(Field::UserToken, user_token_advice(why)))?,
            ),
        };
        let host = match bare(&self.host) {
            "" => Host::default(),
            host => {
                parse_host(host).map_err(|why| FieldError::new(Field::Host, host_advice(why)))?
            }
        };
        Ok(Credentials {
            public_key,
            user_id,
            feed_id,
            user_token,
            host,
        })
    }
}

impl TryFrom<Draft> for Credentials {
    type Error = FieldError;

    /// What was stored was checked before, so that plain http is taken; [`Host::is_plain`] tells.
    fn try_from(draft: Draft) -> Result<Self, FieldError> {
        draft.parse_plain()
    }
}

impl From<Credentials> for Draft {
    fn from(credentials: Credentials) -> Self {
        Self {
            public_key: credentials.public_key.expose().to_owned(),
            user_id: credentials.user_id.into(),
            feed_id: credentials.feed_id.into(),
            user_token: credentials
                .user_token
                .map(|token| token.expose().to_owned())
                .unwrap_or_default(),
            host: credentials.host.to_string(),
        }
    }
}

impl FieldError {
    fn new(field: Field, advice: &str) -> Self {
        Self {
            field,
            message: format!("{advice} Nothing was stored."),
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for FieldError {}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({REDACTED})")
    }
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Draft({REDACTED})")
    }
}

/// The value without the white space and the quotes that copying drags along.
fn bare(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || QUOTES.contains(&c) || c == '\u{feff}')
}

fn text_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

fn public_key_advice(why: BadSecret) -> &'static str {
    match why {
        BadSecret::Empty => "Enter the public key of your Knock environment; it starts with pk_.",
        BadSecret::SecretKey => {
            "That is a secret key (sk_…). Doorbell needs the public key, which starts with pk_."
        }
        BadSecret::NotPublicKey => {
            "That is not a public key. It starts with pk_ and is in the Knock dashboard under API keys."
        }
        BadSecret::Unprintable => {
            "The public key has a space or another odd character in it. Copy it again from the Knock dashboard."
        }
    }
}

fn user_id_advice(why: BadId) -> &'static str {
    match why {
        BadId::Empty => {
            "Enter your user id, as the application that sends the notifications knows it."
        }
        BadId::Unspeakable | BadId::NotUuid => {
            "Knock cannot be asked for that user id. Check it for line breaks, or ask whoever runs the application."
        }
    }
}

fn feed_id_advice(why: BadId) -> &'static str {
    match why {
        BadId::Empty => {
            "Enter the id of the in-app feed channel; it is in the Knock dashboard under Integrations."
        }
        BadId::Unspeakable | BadId::NotUuid => {
            "That is not a feed channel id. It looks like 6b1f4f0e-93c8-4f0a-8a4f-0d8b3f3a9c11; copy it whole from the Knock dashboard."
        }
    }
}

fn user_token_advice(why: BadSecret) -> &'static str {
    match why {
        BadSecret::Empty
        | BadSecret::SecretKey
        | BadSecret::NotPublicKey
        | BadSecret::Unprintable => {
            "The user token has a space or another odd character in it. Copy it again, in one line."
        }
    }
}

fn host_advice(why: BadHost) -> &'static str {
    match why {
        BadHost::NotUrl => {
            "That is not the address of a host. Write it like https://api.knock.app."
        }
        BadHost::Scheme => "The host has to start with https://.",
        BadHost::PlainHttp => {
            "Plain http would send your key in the clear. Use https://; http:// works only for this computer, and for hosts that the setting allow_plain_http names."
        }
        BadHost::Credentials => {
            "The host must not have a user name or a password in it. Leave them out."
        }
        BadHost::Query => {
            "The host must end before any ? or #. Write it like https://api.knock.app."
        }
    }
}

const QUOTES: [char; 7] = ['"', '\'', '`', '“', '”', '‘', '’'];

#[cfg(test)]
mod tests {
    use super::*;

    const FEED: &str = "6b1f4f0e-93c8-4f0a-8a4f-0d8b3f3a9c11";

    fn draft() -> Draft {
        Draft {
            public_key: "pk_test_0000".into(),
            user_id: "user_1".into(),
            feed_id: FEED.into(),
            ..Draft::default()
        }
    }

    /// Expects the field to be refused with a sentence that holds the words and not the value.
    fn check(field: Field, value: &str, words: &str) {
        let mut draft = draft();
        let place = match field {
            Field::PublicKey => &mut draft.public_key,
            Field::UserId => &mut draft.user_id,
            Field::FeedId => &mut draft.feed_id,
            Field::UserToken => &mut draft.user_token,
            Field::Host => &mut draft.host,
        };
        *place = value.to_owned();
        let error = draft.parse().unwrap_err();
        assert_eq!(error.field, field);
        assert!(error.message.contains(words), "{}", error.message);
        assert!(
            error.message.ends_with("Nothing was stored."),
            "{}",
            error.message
        );
        assert!(
            value.trim().is_empty() || !error.message.contains(value),
            "{}",
            error.message
        );
    }

    #[test]
    fn white_space_and_quotes_around_a_value_do_no_harm() {
        let typed = Draft {
            public_key: " \"pk_test_0000\"\n".into(),
            user_id: "'user_1' ".into(),
            feed_id: format!("“{FEED}”"),
            user_token: "  ".into(),
            host: "\"\"".into(),
        };
        assert!(typed.parse().unwrap() == draft().parse().unwrap());
    }

    #[test]
    fn a_secret_key_gets_a_sentence_of_its_own() {
        check(
            Field::PublicKey,
            "sk_test_1234",
            "That is a secret key (sk_…). Doorbell needs the public key",
        );
    }

    #[test]
    fn each_wrong_field_says_what_to_do() {
        check(Field::PublicKey, "", "Enter the public key");
        check(Field::PublicKey, "hello", "not a public key");
        check(Field::PublicKey, "pk_a b", "odd character");
        check(Field::UserId, " ", "Enter your user id");
        check(Field::UserId, "a\u{7}b", "user id");
        check(Field::FeedId, "", "Enter the id of the in-app feed channel");
        check(Field::FeedId, "1234-5678", "not a feed channel id");
        check(Field::UserToken, "a b", "user token");
        check(Field::Host, "http://api.example.test", "in the clear");
        check(Field::Host, "https://me:pw@api.example.test", "password");
        check(Field::Host, "ftp://api.example.test", "https://");
        check(Field::Host, "https://api.example.test?x", "before any ?");
        check(Field::Host, "https://:8443", "not the address");
    }

    #[test]
    fn a_connect_file_may_leave_out_token_and_host_or_say_null() {
        let file = format!(
            r#"{{"public_key":"pk_test_0000","user_id":"user_1","feed_id":"{FEED}","user_token":null,"x":1}}"#
        );
        assert!(serde_json::from_str::<Draft>(&file).unwrap() == draft());
    }

    #[test]
    fn credentials_survive_the_keychain() {
        let mut draft = draft();
        draft.user_token = "a.b.c".into();
        draft.host = "http://127.0.0.1:4000".into();
        let credentials = draft.parse().unwrap();
        let text = serde_json::to_string(&credentials).unwrap();
        assert!(serde_json::from_str::<Credentials>(&text).unwrap() == credentials);
    }

    #[test]
    fn spoiled_credentials_in_the_keychain_are_refused() {
        assert!(serde_json::from_str::<Credentials>(r#"{"public_key":"sk_test_1"}"#).is_err());
    }

    #[test]
    fn nothing_of_them_prints() {
        let credentials = draft().parse().unwrap();
        let printed = format!("{credentials:?} {:?}", draft());
        assert_eq!(printed, "Credentials([redacted]) Draft([redacted])");
    }
}
