//! What goes wrong until told otherwise, as `/_emulator/faults` writes it.

use serde::{Deserialize, Serialize};
use time::Duration;

/// Faults that stand: each part is nothing unless it was asked for.
///
/// Milliseconds follow the emulator's clock, so they pass in no time where that is moved by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Every upgrade is refused.
    pub refuse_upgrades: Option<RefusedUpgrade>,
    /// What the server keeps to itself.
    pub withhold: Withhold,
    /// How long each frame is on its way.
    pub delay: Delay,
    /// The next frames that get lost, in numbers.
    pub lose: Lose,
    /// What becomes of joins.
    pub joins: Joins,
    /// How often a channel hears of new messages; at once when not said.
    pub new_messages: Option<Pace>,
    /// Each connection, open already or not yet, becomes half-open.
    pub half_open: Option<HalfOpen>,
    /// Each connection, open already or not yet, is closed.
    pub close: Option<Close>,
    /// A batch gives a message the same status at most once a second.
    pub deduplicate_marks: bool,
}

/// The answer to an upgrade request that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Refuse", into = "Refuse")]
pub struct RefusedUpgrade {
    pub status: u16,
    /// Seconds in `Retry-After`.
    pub retry_after: Option<u64>,
}

/// What the server keeps to itself, to test those who wait for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Withhold {
    /// Heartbeats are not answered.
    pub heartbeats: bool,
    /// Joins are not answered, and not made.
    pub joins: bool,
    /// `new-message` is not sent.
    pub new_messages: bool,
}

/// How long each frame is on its way; the order stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Delay {
    pub to_client_ms: u32,
    pub to_server_ms: u32,
}

/// How many of the next frames get lost, whosever they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lose {
    pub to_client: u32,
    pub to_server: u32,
}

/// What becomes of joins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Joins {
    /// A join takes so long, and everything after it on its connection waits, heartbeats too.
    pub delay_ms: u32,
    /// A join is answered with this as the error's reason.
    pub refuse: Option<String>,
}

/// How often a channel hears of new messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// The first is told at once; what comes within so many milliseconds of it is never told.
    ThrottleMs(u32),
    /// What comes within so many milliseconds is told as one when they are over.
    MergeMs(u32),
}

/// The connection stays, but what is sent into it gets lost, until it is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HalfOpen {
    pub lost: Lost,
    /// So long after the connection, or this fault, began.
    #[serde(default)]
    pub after_ms: u32,
}

/// Which way nothing passes any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lost {
    Both,
    ToClient,
    ToServer,
}

/// The end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Close {
    /// 1006 breaks it without a close frame.
    pub code: u16,
    /// So long after the connection, or this fault, began.
    #[serde(default)]
    pub after_ms: u32,
}

/// A status alone may stand bare.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Refuse {
    Status(u16),
    Answer {
        status: u16,
        #[serde(default)]
        retry_after: Option<u64>,
    },
}

impl Faults {
    /// What makes no sense, in a few words.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        let status = self.refuse_upgrades.map(|refused| refused.status);
        if status.is_some_and(|status| !(400..600).contains(&status)) {
            return Err("refuse_upgrades must be from 400 to 599");
        }
        if self.close.is_some_and(|close| !is_close_code(close.code)) {
            return Err("close needs a close code");
        }
        let pace = self.new_messages.map(|pace| match pace {
            Pace::ThrottleMs(window) | Pace::MergeMs(window) => window,
        });
        let times = [
            self.delay.to_client_ms,
            self.delay.to_server_ms,
            self.joins.delay_ms,
            pace.unwrap_or_default(),
            self.half_open
                .map(|fault| fault.after_ms)
                .unwrap_or_default(),
            self.close.map(|fault| fault.after_ms).unwrap_or_default(),
        ];
        match times.iter().all(|time| *time <= MAX_MS) {
            true => Ok(()),
            false => Err("a fault's time must not be longer than an hour"),
        }
    }
}

impl Lost {
    pub(crate) fn is_to_client(self) -> bool {
        matches!(self, Self::Both | Self::ToClient)
    }

    pub(crate) fn is_to_server(self) -> bool {
        matches!(self, Self::Both | Self::ToServer)
    }
}

impl From<u16> for RefusedUpgrade {
    fn from(status: u16) -> Self {
        Self {
            status,
            retry_after: None,
        }
    }
}

impl From<Refuse> for RefusedUpgrade {
    fn from(refuse: Refuse) -> Self {
        match refuse {
            Refuse::Status(status) => status.into(),
            Refuse::Answer {
                status,
                retry_after,
            } => Self {
                status,
                retry_after,
            },
        }
    }
}

impl From<RefusedUpgrade> for Refuse {
    fn from(refused: RefusedUpgrade) -> Self {
        let RefusedUpgrade {
            status,
            retry_after,
        } = refused;
        match retry_after {
            None => Self::Status(status),
            Some(_) => Self::Answer {
                status,
                retry_after,
            },
        }
    }
}

pub(crate) fn is_close_code(code: u16) -> bool {
    (1000..5000).contains(&code) && code != 1004 && code != 1005
}

pub(crate) fn millis(time: u32) -> Duration {
    Duration::milliseconds(time.into())
}

const MAX_MS: u32 = 3_600_000;
