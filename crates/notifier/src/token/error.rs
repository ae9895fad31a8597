use std::{fmt, time::Duration};

use super::{BadAnswer, TokenSource};

/// Why a source gave no token. It holds nothing of what the source said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// The command could not be started; the reason is the system's.
    NotStarted(String),
    /// The command ended with this exit code; none when a signal ended it.
    Failed { code: Option<i32> },
    /// Neither end nor answer within its time.
    TooSlow,
    /// The address was not reached; the text says why, without the address.
    Unreachable(String),
    /// The address answered with another status than 200.
    Status {
        status: u16,
        retry_after: Option<Duration>,
    },
    /// There was an answer, but no token in it.
    NoToken(BadAnswer),
    /// The token is signed for somebody else.
    OtherUser,
    /// It is a token that the server does not take.
    Refused,
    /// Asking for it broke off.
    Broken,
}

impl TokenError {
    /// How long the source asked to be left alone.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            Self::NotStarted(_)
            | Self::Failed { .. }
            | Self::TooSlow
            | Self::Unreachable(_)
            | Self::NoToken(_)
            | Self::OtherUser
            | Self::Refused
            | Self::Broken => None,
        }
    }

    /// What happened, as a clause that begins with the source.
    pub(crate) fn of(&self, source: &TokenSource) -> String {
        format!("{source} {self}")
    }
}

/// A predicate whose subject is the source.
impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted(reason) => write!(f, "could not be started ({reason})"),
            Self::Failed { code: Some(code) } => write!(f, "failed with exit code {code}"),
            Self::Failed { code: None } => f.write_str("was ended by a signal"),
            Self::TooSlow => f.write_str("took too long"),
            Self::Unreachable(reason) => write!(f, "could not be reached ({reason})"),
            Self::Status { status, .. } => write!(f, "answered with status {status}"),
            Self::NoToken(why) => why.fmt(f),
            Self::OtherUser => f.write_str("gave a token for another user"),
            Self::Refused => f.write_str("gave a token that Knock refused"),
            Self::Broken => f.write_str("could not be asked"),
        }
    }
}

impl std::error::Error for TokenError {}
