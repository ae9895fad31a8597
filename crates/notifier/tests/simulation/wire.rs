use std::{
    collections::BTreeSet,
    rc::Rc,
    time::{Duration, Instant},
};

use doorbell_emulator::{ConnectionId, Response};
use doorbell_knock::{AccountId, Credentials, MarkId, Request};
use doorbell_notifier::{Event, FeedNumber, Issued, Line, Toast, ToastKey, TokenError};
use doorbell_phoenix::Socket;

use crate::watch::Watch;

/// What is on its way, or due, in the simulated world.
pub(crate) enum Happening {
    /// An upgrade request reaches the server.
    DialServed {
        line: Line,
        attempt: u64,
        target: String,
    },
    /// Its answer reaches the client.
    Dialled {
        line: Line,
        attempt: u64,
        result: Result<ConnectionId, Refused>,
    },
    ToServer {
        connection: ConnectionId,
        text: String,
    },
    ToClient {
        line: Line,
        attempt: u64,
        text: String,
        sent: Duration,
    },
    ClosedAtServer {
        connection: ConnectionId,
    },
    ClosedAtClient {
        line: Line,
        attempt: u64,
        code: Option<u16>,
    },
    /// A request reaches the server.
    Served(Asked),
    /// Its answer, or none, reaches the client.
    Answered {
        asked: Asked,
        response: Option<Response>,
        served: Duration,
    },
    /// The server does what it has answered before.
    DoneInBulk {
        user: String,
        request: Request,
    },
    /// Where an account's tokens come from has answered.
    Minted {
        line: Line,
        user: String,
        result: Result<Issued, TokenError>,
    },
    /// The desktop tells the app something.
    Desktop(Event),
    /// A toast comes up on the screen.
    Shown(Toast),
    /// The desktop says that it has.
    SaidShown(ToastKey),
    /// A toast is taken off the screen.
    Withdrawn(ToastKey),
    /// A fault ends.
    Mend(Fault),
    /// The computer wakes up.
    Wake,
    /// The program starts again after a kill.
    Start,
}

/// Why there is no connection.
#[derive(Clone, Copy)]
pub(crate) enum Refused {
    Unreachable,
    Status {
        status: u16,
        retry_after: Option<Duration>,
    },
}

/// A request on its way, with all that the server needs to know who asks: its line may be gone when it gets there.
pub(crate) struct Asked {
    pub(crate) number: u64,
    pub(crate) line: Line,
    pub(crate) credentials: Rc<Credentials>,
    /// By the computer's clock.
    pub(crate) at: Duration,
    pub(crate) call: Call,
    pub(crate) request: Request,
}

#[derive(Clone, Copy)]
pub(crate) enum Call {
    Fetch { feed: FeedNumber, first_page: bool },
    Update(MarkId),
}

/// A fault that lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Refusing,
    Withholding,
    NoNetwork,
    Merging,
    OldFrames,
    SlowJoins,
    Flapping,
    /// Where tokens come from gives none.
    NoTokens,
    /// It gives some that the server does not take.
    BadTokens,
}

/// A line as the world sees it: the machine, and the connection under it.
pub(crate) struct Connected {
    pub(crate) socket: Socket,
    pub(crate) account: AccountId,
    pub(crate) credentials: Rc<Credentials>,
    pub(crate) attempt: u64,
    pub(crate) connection: Option<ConnectionId>,
    /// Frames are lost without anybody noticing.
    pub(crate) half_open: bool,
    /// Frames of one connection do not overtake each other: when the last one arrives there, and here.
    pub(crate) up: Duration,
    pub(crate) down: Duration,
    /// A `new-message` that the server keeps back to merge it with the next one.
    pub(crate) kept_back: Option<(String, Duration)>,
    /// The names under which its feeds joined, and what each of them shows.
    pub(crate) views: Vec<(String, Option<String>)>,
    /// The channels that are joined, as far as the app has heard.
    pub(crate) joined: BTreeSet<String>,
    /// When the machine has something to do by itself.
    pub(crate) waits_until: Option<Instant>,
    pub(crate) watch: Watch,
}

impl Happening {
    /// Whether it happens on the person's computer, which may be asleep.
    pub(crate) fn is_here(&self) -> bool {
        match self {
            Happening::Start => true,
            Happening::DialServed { .. }
            | Happening::ToServer { .. }
            | Happening::ClosedAtServer { .. }
            | Happening::Served(_)
            | Happening::DoneInBulk { .. }
            | Happening::Mend(_)
            | Happening::Wake => false,
            Happening::Dialled { .. }
            | Happening::ToClient { .. }
            | Happening::ClosedAtClient { .. }
            | Happening::Answered { .. }
            | Happening::Minted { .. }
            | Happening::Desktop(_)
            | Happening::Shown(_)
            | Happening::SaidShown(_)
            | Happening::Withdrawn(_) => true,
        }
    }
}
