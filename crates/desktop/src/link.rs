//! `doorbell://` links: what a page or a mail may ask for. Whoever made one is a stranger.

use std::fmt;

use doorbell_knock::ItemId;
use doorbell_notifier::Invitation;
use serde::{Deserialize, Serialize};
use url::Url;

/// What a link asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// `doorbell://open/ITEM_ID`
    Open(ItemId),
    /// `doorbell://connect?host=…&user_id=…&feed_id=…`, each of them if it is known: fills in the form, and no more.
    Connect(Invitation),
}

/// Why a link is not followed. It repeats nothing of the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BadLink {
    /// Something in it is a key or a token, or is called so.
    Secret,
    /// It asks for nothing that there is.
    Unknown,
    /// It opens an item and does not say which.
    Item,
    /// It connects and says to nothing, says something twice, or says what no form would take.
    Connect,
}

impl Link {
    /// Whether an argument is a link, good or bad.
    pub fn is_one(argument: &str) -> bool {
        let scheme = argument.get(..SCHEME.len());
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
    }

    pub fn parse(text: &str) -> Result<Self, BadLink> {
        if text.len() > MAX_BYTES {
            return Err(BadLink::Unknown);
        }
        let url = Url::parse(text).map_err(|_| BadLink::Unknown)?;
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let whole = url.host_str().into_iter().chain([url.path()]);
        let fragment = url.fragment().unwrap_or_default();
        let values = pairs.iter().map(|(_, value)| value.as_str());
        if pairs.iter().any(|(name, _)| names_secret(name))
            || whole.chain([fragment]).chain(values).any(is_secret)
            || url.password().is_some()
        {
            return Err(BadLink::Secret);
        }
        match url.host_str() {
            Some("open") => {
                let id = url.path().trim_start_matches('/').trim_end_matches('/');
                item_id(id).map(Self::Open).ok_or(BadLink::Item)
            }
            Some("connect") if matches!(url.path(), "" | "/") => {
                invitation(&pairs).map(Self::Connect)
            }
            _ => Err(BadLink::Unknown),
        }
    }
}

/// The id of an item, if it can be one.
pub(crate) fn item_id(text: &str) -> Option<ItemId> {
    let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let is_id = (1..=MAX_ID).contains(&text.len()) && text.bytes().all(letter);
    is_id.then(|| ItemId(text.to_owned()))
}

/// Fields that are none of the form are left aside.
fn invitation(pairs: &[(String, String)]) -> Result<Invitation, BadLink> {
    let mut invitation = Invitation::default();
    for (name, value) in pairs {
        let field = match name.as_str() {
            "host" => &mut invitation.host,
            "user_id" => &mut invitation.user_id,
            "feed_id" => &mut invitation.feed_id,
            _ => continue,
        };
        let fits = value.len() <= MAX_FIELD && !value.chars().any(char::is_control);
        if !fits || !field.is_empty() {
            return Err(BadLink::Connect);
        }
        value.clone_into(field);
    }
    match invitation == Invitation::default() {
        true => Err(BadLink::Connect),
        false => Ok(invitation),
    }
}

fn names_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["key", "token", "secret", "password"]
        .iter()
        .any(|secret| name.contains(secret))
}

/// Whether it looks like a public or secret key of Knock, or like a signed token.
fn is_secret(value: &str) -> bool {
    let value = value.trim_start_matches('/');
    ["pk_", "sk_", "eyJ"]
        .iter()
        .any(|start| value.starts_with(start))
}

impl fmt::Display for BadLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret => {
                "The link was not followed: it carries a key or a token, which must never be in a link. \
                 Nothing of it was used or stored."
            }
            Self::Unknown => {
                "The link was not followed: Doorbell knows doorbell://open/ITEM and doorbell://connect?host=…&user_id=…&feed_id=…"
            }
            Self::Item => "The link was not followed: it does not say which item to open.",
            Self::Connect => {
                "The link was not followed: what it would fill into the form for signing in makes no sense."
            }
        })
    }
}

const SCHEME: &str = "doorbell:";
const MAX_BYTES: usize = 2048;
const MAX_FIELD: usize = 512;
const MAX_ID: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_opens_an_item_or_fills_in_the_form() {
        let item = item_id("2YmFaQ8EGs2p1T4usnQW5TzTQlA").unwrap();
        for text in [
            "doorbell://open/2YmFaQ8EGs2p1T4usnQW5TzTQlA",
            "doorbell://open/2YmFaQ8EGs2p1T4usnQW5TzTQlA/",
            "DOORBELL://open/2YmFaQ8EGs2p1T4usnQW5TzTQlA?utm_source=mail",
        ] {
            assert!(Link::is_one(text));
            assert_eq!(Link::parse(text), Ok(Link::Open(item.clone())), "{text}");
        }
        let connect = |text: &str, user_id: &str, host: &str| {
            let invitation = Invitation {
                user_id: user_id.to_owned(),
                feed_id: String::new(),
                host: host.to_owned(),
            };
            assert_eq!(Link::parse(text), Ok(Link::Connect(invitation)), "{text}");
        };
        connect("doorbell://connect?user_id=jane%20d&x=1", "jane d", "");
        connect(
            "doorbell://connect/?host=https%3A%2F%2Fknock.test&user_id=a",
            "a",
            "https://knock.test",
        );
    }

    #[test]
    fn a_link_with_a_key_or_a_token_is_refused_whatever_it_is_called() {
        for text in [
            "doorbell://connect?user_id=a&public_key=pk_test_1",
            "doorbell://connect?user_id=a&user_token=x",
            "doorbell://connect?user_id=a&User_Token=x",
            "doorbell://connect?user_id=pk_test_1",
            "doorbell://connect?user_id=a&x=sk_test_1",
            "doorbell://connect?user_id=a&x=eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
            "doorbell://connect?user_id=a#pk_test_1",
            "doorbell://ada:secret@connect?user_id=a",
            "doorbell://open/pk_test_1",
        ] {
            assert_eq!(Link::parse(text), Err(BadLink::Secret), "{text}");
        }
    }

    #[test]
    fn what_a_link_cannot_ask_for_gets_a_sentence_that_repeats_nothing_of_it() {
        let long = format!("doorbell://connect?user_id={}", "a".repeat(MAX_FIELD + 1));
        for (text, reason) in [
            ("doorbell://quit", BadLink::Unknown),
            ("doorbell:open/marker", BadLink::Unknown),
            ("doorbell://connect/marker?user_id=a", BadLink::Unknown),
            ("doorbell://open", BadLink::Item),
            ("doorbell://open/", BadLink::Item),
            ("doorbell://open/a/marker", BadLink::Item),
            ("doorbell://connect", BadLink::Connect),
            ("doorbell://connect?mood=marker", BadLink::Connect),
            (
                "doorbell://connect?user_id=a&user_id=marker",
                BadLink::Connect,
            ),
            ("doorbell://connect?user_id=a%0Amarker", BadLink::Connect),
            (&long, BadLink::Connect),
        ] {
            let refused = Link::parse(text).unwrap_err();
            assert_eq!(refused, reason, "{text}");
            let words = refused.to_string();
            assert!(words.starts_with("The link was not followed: "), "{words}");
            assert!(!words.contains("marker"), "{words}");
        }
        assert!(!Link::is_one("open"));
        assert!(!Link::is_one("https://doorbell.test/doorbell:"));
    }
}
