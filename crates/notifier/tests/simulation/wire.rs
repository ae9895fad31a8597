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
        result: Result<ConnectionId, Option<u16>>,
    },
    ToServer {
        connection: ConnectionId,
        text: String,
    },
    ToClient {
        line: Line,
        attempt: u64,
        text: String,
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
        response: Option<Response>,
    },
    /// The desktop tells the app something.
    Desktop(Event),
    /// A fault ends.
    Mend(Fault),
    /// The computer wakes up.
    Wake,
}

#[derive(Clone, Copy)]
pub(crate) enum Call {
    Fetch(FeedNumber),
    Update(MarkId),
}

#[derive(Clone, Copy)]
pub(crate) enum Fault {
    Refusing,
    Withholding,
    NoNetwork,
}

/// A line as the world sees it: the machine, and the connection under it.
pub(crate) struct Connected {
    pub(crate) socket: Socket,
    pub(crate) credentials: Credentials,
    pub(crate) attempt: u64,
    pub(crate) connection: Option<ConnectionId>,
    /// Frames are lost without anybody noticing.
    pub(crate) half_open: bool,
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
            | Happening::Mend(_)
            | Happening::Wake => false,
        }
    }
}
