use std::{
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use doorbell_knock::Credentials;
use doorbell_phoenix::{Input, Output, Socket};
use futures_util::{SinkExt, StreamExt};
use rustls::ClientConfig;
use serde_json::Value;
use tokio::{
    net::TcpStream,
    sync::{Notify, mpsc},
    time::{sleep_until, timeout},
};
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config,
    tungstenite::{self, Message, protocol::WebSocketConfig},
};
use tracing::{debug, trace};

use crate::event::{Event, Line};

/// Frames are a few hundred bytes; more than this is not Knock.
const MAX_FRAME_BYTES: usize = 1024 * 1024;
/// A frame that the system does not take within this has nobody at the other end.
const SEND_WITHIN: Duration = Duration::from_secs(10);

type Stream = Box<WebSocketStream<MaybeTlsStream<TcpStream>>>;
type Dialled = Result<Stream, tungstenite::Error>;

/// The hands of a [`Socket`]: dials, sends, listens and keeps its time, and decides nothing.
pub(crate) struct Driver {
    line: Line,
    url: String,
    tls: Arc<ClientConfig>,
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
        tls: Arc<ClientConfig>,
        seed: u64,
        events: mpsc::UnboundedSender<Event>,
    ) -> Driver {
        let url = credentials
            .host
            .socket_url(&credentials.public_key, credentials.user_token.as_ref());
        Driver {
            line,
            url: url.into(),
            tls,
            socket: Socket::new(seed),
            connection: Connection::None,
            events,
        }
    }

    /// Joins the topic and keeps it joined until the task is aborted or nobody listens any more.
    pub(crate) async fn run(mut self, topic: String, params: Value, woken: Arc<Notify>) {
        self.socket
            .handle(Input::Join { topic, params }, Instant::now());
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
        let tls = self.tls.clone();
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX_FRAME_BYTES))
            .max_frame_size(Some(MAX_FRAME_BYTES));
        self.connection = Connection::Dialling(Box::pin(async move {
            let connector = Connector::Rustls(tls);
            connect_async_tls_with_config(url, Some(config), true, Some(connector))
                .await
                .map(|(stream, _)| Box::new(stream))
        }));
    }

    /// Says goodbye without waiting for the answer: what the old connection does no longer matters.
    fn hang_up(&mut self) {
        if let Connection::Open(mut stream) =
            std::mem::replace(&mut self.connection, Connection::None)
        {
            tokio::spawn(async move { timeout(SEND_WITHIN, (*stream).close(None)).await });
        }
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
                self.socket.handle(refusal(&error), now);
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

/// What a failed dial means. The error itself may hold the URL with the key, so it is not logged.
fn refusal(error: &tungstenite::Error) -> Input<'static> {
    if let tungstenite::Error::Http(response) = error {
        let retry_after = response
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok())
            .and_then(crate::rest::parse_retry_after);
        return Input::Refused {
            status: response.status().as_u16(),
            retry_after,
        };
    }
    debug!("the server was not reached");
    Input::Unreachable
}

async fn wait(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until.into()).await,
        None => std::future::pending().await,
    }
}
