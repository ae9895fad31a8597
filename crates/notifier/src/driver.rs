use std::{
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use doorbell_knock::Credentials;
use doorbell_phoenix::{Input, Output, Socket};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    sync::{Notify, mpsc},
    time::{sleep_until, timeout},
};
use tokio_tungstenite::tungstenite::{self, Message, protocol::WebSocketConfig};
use tracing::{debug, trace};
use url::Url;

use crate::{
    event::{Event, Join, Line},
    network::{DialError, Network, Stream},
    obstacle::Obstacle,
};

/// Frames are a few hundred bytes; more than this is not Knock.
const MAX_FRAME_BYTES: usize = 1024 * 1024;
/// A frame that the system does not take within this has nobody at the other end.
const SEND_WITHIN: Duration = Duration::from_secs(10);

type Dialled = Result<Stream, DialError>;

/// The hands of a [`Socket`]: dials, sends, listens and keeps its time, and decides nothing.
pub(crate) struct Driver {
    line: Line,
    url: Url,
    network: Arc<Network>,
    socket: Socket,
    connection: Connection,
    events: mpsc::UnboundedSender<Event>,
}

enum Connection {
    None,
    Dialling(Pin<Box<dyn Future<Output = Dialled> + Send>>),
    Open(Stream),
}

/// Something to tell the socket, owned.
enum Happening {
    Woke,
    Dialled(Dialled),
    Frame(Option<Result<Message, tungstenite::Error>>),
    Timeout,
}

impl Driver {
    pub(crate) fn new(
        line: Line,
        credentials: &Credentials,
        network: Arc<Network>,
        seed: u64,
        events: mpsc::UnboundedSender<Event>,
    ) -> Driver {
        let url = credentials
            .host
            .socket_url(&credentials.public_key, credentials.user_token.as_ref());
        Driver {
            line,
            url,
            network,
            socket: Socket::new(seed),
            connection: Connection::None,
            events,
        }
    }

    /// Joins the channels and keeps them joined until the task is aborted or nobody listens any more.
    pub(crate) async fn run(mut self, joins: Vec<Join>, woken: Arc<Notify>) {
        for Join { topic, params } in joins {
            self.socket
                .handle(Input::Join { topic, params }, Instant::now());
        }
        while let Some(deadline) = self.perform().await {
            let happening = tokio::select! {
                // What has arrived goes in before the clock: it may be the reply that was waited for.
                biased;
                happening = self.connection.next() => happening,
                () = woken.notified() => Happening::Woke,
                () = wait(deadline) => Happening::Timeout,
            };
            self.tell(happening);
        }
    }

    /// Does all that the socket wants; when it wants to be woken. `None` when nobody listens.
    async fn perform(&mut self) -> Option<Option<Instant>> {
        loop {
            match self.socket.poll(Instant::now()) {
                Output::Dial => self.dial(),
                Output::Send(text) => {
                    trace!(target: "wire", text, "send");
                    if let Connection::Open(stream) = &mut self.connection
                        && !matches!(
                            timeout(SEND_WITHIN, stream.send(Message::text(text))).await,
                            Ok(Ok(()))
                        )
                    {
                        self.connection = Connection::None;
                        self.socket
                            .handle(Input::Closed { code: None }, Instant::now());
                    }
                }
                Output::Hangup => self.hang_up(),
                Output::Event(event) => {
                    let line = self.line;
                    self.events.send(Event::Channel { line, event }).ok()?;
                }
                Output::Wait(deadline) => return Some(deadline),
            }
        }
    }

    fn dial(&mut self) {
        let url = self.url.clone();
        let network = self.network.clone();
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX_FRAME_BYTES))
            .max_frame_size(Some(MAX_FRAME_BYTES));
        self.connection =
            Connection::Dialling(Box::pin(async move { network.dial(&url, config).await }));
    }

    /// Says goodbye without waiting for the answer: what the old connection does no longer matters.
    fn hang_up(&mut self) {
        if let Connection::Open(mut stream) =
            std::mem::replace(&mut self.connection, Connection::None)
        {
            tokio::spawn(async move { timeout(SEND_WITHIN, (*stream).close(None)).await });
        }
    }

    /// Tells the app what is in the way, which means nothing to the socket.
    fn say(&self, obstacle: Obstacle) {
        let line = self.line;
        // Whoever listens no more is found out at the next poll.
        let _ = self.events.send(Event::Unreached { line, obstacle });
    }

    fn tell(&mut self, happening: Happening) {
        let now = Instant::now();
        match happening {
            Happening::Woke => self.socket.handle(Input::Woke, now),
            Happening::Timeout => self.socket.handle(Input::Timeout, now),
            Happening::Dialled(Ok(stream)) => {
                self.connection = Connection::Open(stream);
                self.socket.handle(Input::Opened, now);
            }
            Happening::Dialled(Err(error)) => {
                self.connection = Connection::None;
                let refused = match error {
                    DialError::Refused {
                        status,
                        retry_after,
                    } => Input::Refused {
                        status,
                        retry_after,
                    },
                    DialError::Unreached(obstacle) => {
                        debug!("the server was not reached");
                        self.say(obstacle);
                        Input::Unreachable
                    }
                };
                self.socket.handle(refused, now);
            }
            Happening::Frame(Some(Ok(message))) => match message {
                Message::Text(text) => {
                    trace!(target: "wire", text = text.as_str(), "receive");
                    self.socket.handle(Input::Text(&text), now);
                }
                Message::Close(frame) => {
                    let code = frame.map(|frame| frame.code.into());
                    self.hang_up();
                    self.socket.handle(Input::Closed { code }, now);
                }
                Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {
                    self.socket.handle(Input::Traffic, now);
                }
            },
            Happening::Frame(Some(Err(_)) | None) => {
                self.connection = Connection::None;
                self.socket.handle(Input::Closed { code: None }, now);
            }
        }
    }
}

impl Connection {
    /// The next thing the connection does; never, when there is none.
    async fn next(&mut self) -> Happening {
        match self {
            Connection::None => std::future::pending().await,
            Connection::Dialling(dial) => Happening::Dialled(dial.await),
            Connection::Open(stream) => Happening::Frame(stream.next().await),
        }
    }
}

async fn wait(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until.into()).await,
        None => std::future::pending().await,
    }
}
