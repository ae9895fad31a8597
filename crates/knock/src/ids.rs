//! The names of things: feeds, users, items, places in a feed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Id of a feed item, which is also the id of its message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemId(pub String);

/// A place in a feed, opaque to everyone but the server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// Id of a user as the application that triggers workflows knows it; never empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserId(String);

/// Id of an in-app feed channel, in UUID form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FeedId(String);

/// An id that cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadId {
    /// Nothing was given.
    Empty,
    /// A control character, or a dot segment that no URL path can carry.
    Unspeakable,
    /// Not eight, four, four, four and twelve hexadecimal digits.
    NotUuid,
}

impl UserId {
    /// Accepts any name that a URL path can carry as one segment.
    ///
    /// `.` and `..` are refused: URLs resolve them away even when they are percent-encoded.
    ///
    /// # Errors
    /// [`BadId::Empty`] and [`BadId::Unspeakable`].
    pub fn parse(text: &str) -> Result<Self, BadId> {
        if text.is_empty() {
            return Err(BadId::Empty);
        }
        if text == "." || text == ".." || text.chars().any(char::is_control) {
            return Err(BadId::Unspeakable);
        }
        Ok(Self(text.to_owned()))
    }

    /// The id as the application knows it, not percent-encoded.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FeedId {
    /// Accepts the UUID form: groups of 8, 4, 4, 4 and 12 hexadecimal digits.
    ///
    /// # Errors
    /// [`BadId::Empty`] and [`BadId::NotUuid`].
    pub fn parse(text: &str) -> Result<Self, BadId> {
        if text.is_empty() {
            return Err(BadId::Empty);
        }
        let groups: Vec<&str> = text.split('-').collect();
        let well_formed = groups.len() == UUID_GROUPS.len()
            && groups.iter().zip(UUID_GROUPS).all(|(group, digits)| {
                group.len() == digits && group.bytes().all(|b| b.is_ascii_hexdigit())
            });
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadId::NotUuid)
        }
    }

    /// The UUID as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ItemId {
    /// The id as the server gave it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Cursor {
    /// The cursor as the server gave it, for `before` or `after` of a later request.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for UserId {
    type Error = BadId;

    fn try_from(text: String) -> Result<Self, BadId> {
        Self::parse(&text)
    }
}

impl TryFrom<String> for FeedId {
    type Error = BadId;

    fn try_from(text: String) -> Result<Self, BadId> {
        Self::parse(&text)
    }
}

impl From<UserId> for String {
    fn from(id: UserId) -> Self {
        id.0
    }
}

impl From<FeedId> for String {
    fn from(id: FeedId) -> Self {
        id.0
    }
}

impl From<&str> for ItemId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<&str> for Cursor {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for FeedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for BadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the id is empty",
            Self::Unspeakable => "the id cannot be part of a URL path",
            Self::NotUuid => "the id is not in UUID form",
        })
    }
}

impl std::error::Error for BadId {}

const UUID_GROUPS: [usize; 5] = [8, 4, 4, 4, 12];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_id_has_uuid_form() {
        for (text, expected) in [
            ("6b1f4f0e-93c8-4f0a-8a4f-0d8b3f3a9c11", None),
            ("6B1F4F0E-93C8-4F0A-8A4F-0D8B3F3A9C11", None),
            ("", Some(BadId::Empty)),
            ("6b1f4f0e93c84f0a8a4f0d8b3f3a9c11", Some(BadId::NotUuid)),
            ("6b1f4f0e-93c8-4f0a-8a4f-0d8b3f3a9c1", Some(BadId::NotUuid)),
            ("6b1f4f0e-93c8-4f0a-8a4f-0d8b3f3a9c1g", Some(BadId::NotUuid)),
            (
                "6b1f4f0e-93c8-4f0a-8a4f-0d8b3f3a9c11-",
                Some(BadId::NotUuid),
            ),
        ] {
            assert_eq!(FeedId::parse(text).err(), expected, "{text}");
        }
    }

    #[test]
    fn a_user_id_is_any_name_that_a_path_can_carry() {
        for text in ["user_1", "a/b?c#d e", "é", "...", "%2e"] {
            assert_eq!(UserId::parse(text).unwrap().as_str(), text);
        }
        for text in ["", ".", "..", "a\nb"] {
            assert!(UserId::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_id_that_cannot_be_one_is_not_deserialized() {
        assert!(serde_json::from_str::<FeedId>("\"nonsense\"").is_err());
        assert!(serde_json::from_str::<UserId>("\"\"").is_err());
    }
}
