use std::time::Duration;

use doorbell_emulator::{ConnectionId, Response};
use doorbell_knock::{Credentials, MarkId, Request};
use doorbell_notifier::{Event, FeedNumber, Line};
use doorbell_phoenix::Socket;

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
    Served {
        line: Line,
        call: Call,
        request: Request,
    },
    /// Its answer, or none, reaches the client.
    Answered {
        line: Line,
        call: Call,
        request: Request,
        response: Option<Response>,
        served: Duration,
    },
    /// The server does what it has answered before.
    DoneInBulk {
        user: String,
        request: Request,
    },
    /// The desktop tells the app something.
    Desktop(Event),
    /// A fault ends.
    Mend(Fault),
    /// The computer wakes up.
    Wake,
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

#[derive(Clone, Copy)]
pub(crate) enum Call {
    /// A fetch, sent at this time by the computer's clock.
    Fetch {
        feed: FeedNumber,
        asked: Duration,
        first_page: bool,
    },
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
}

/// A line as the world sees it: the machine, and the connection under it.
pub(crate) struct Connected {
    pub(crate) socket: Socket,
    pub(crate) credentials: Credentials,
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
}

impl Happening {
    /// Whether it happens on the person's computer, which may be asleep.
    pub(crate) fn is_here(&self) -> bool {
        match self {
            Happening::Dialled { .. }
            | Happening::ToClient { .. }
            | Happening::ClosedAtClient { .. }
            | Happening::Answered { .. }
            | Happening::Desktop(_) => true,
            Happening::DialServed { .. }
            | Happening::ToServer { .. }
            | Happening::ClosedAtServer { .. }
            | Happening::Served { .. }
            | Happening::DoneInBulk { .. }
            | Happening::Mend(_)
            | Happening::Wake => false,
        }
    }
}
