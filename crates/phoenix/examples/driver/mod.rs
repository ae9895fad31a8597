//! The driver of a socket over a WebSocket, for the examples: it owns the connection and the clock.

#![allow(clippy::disallowed_methods, reason = "a driver owns clock and chance")]

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use doorbell_phoenix::{Event, Input, Output, Socket};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::{sleep_until, timeout};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Joins the topic and tells what happens, until the one it tells has enough.
pub(crate) async fn keep_joined(
    url: &str,
    topic: String,
    params: Value,
    mut tell: impl FnMut(Event) -> ControlFlow<()>,
) {
    let mut socket = Socket::new(fastrand::u64(..));
    let mut connection = None;
    socket.handle(Input::Join { topic, params }, Instant::now());
    loop {
        match socket.poll(Instant::now()) {
            Output::Dial => {
                let dialled = timeout(Duration::from_secs(15), connect_async(url)).await;
                let input = match dialled {
                    Ok(Ok((stream, _))) => {
                        connection = Some(stream);
                        Input::Opened
                    }
                    Ok(Err(Error::Http(response))) => Input::Refused {
                        status: response.status().as_u16(),
                        retry_after: seconds(response.headers().get("retry-after")),
                    },
                    Ok(Err(_)) | Err(_) => Input::Unreachable,
                };
                socket.handle(input, Instant::now());
            }
            Output::Send(text) => {
                if let Some(stream) = &mut connection {
                    // What went wrong shows when it is read from.
                    let _ = stream.send(Message::text(text)).await;
                }
            }
            Output::Hangup => connection = None,
            Output::Event(event) => {
                if tell(event).is_break() {
                    return;
                }
            }
            Output::Wait(until) => tokio::select! {
                // What has arrived goes in before the clock.
                biased;
                frame = next_frame(&mut connection) => frame_arrived(&mut socket, frame),
                () = wait(until) => socket.handle(Input::Timeout, Instant::now()),
            },
        }
    }
}

type Connection = Option<WebSocketStream<MaybeTlsStream<TcpStream>>>;

/// The next frame; none when the connection has ended. Without a connection there is nothing to wait for.
async fn next_frame(connection: &mut Connection) -> Option<Message> {
    let Some(stream) = connection else {
        return std::future::pending().await;
    };
    let frame = stream.next().await.and_then(Result::ok);
    if matches!(frame, None | Some(Message::Close(_))) {
        *connection = None;
    }
    frame
}

fn frame_arrived(socket: &mut Socket, frame: Option<Message>) {
    let input = match &frame {
        Some(Message::Text(text)) => Input::Text(text),
        Some(Message::Close(frame)) => Input::Closed {
            code: frame.as_ref().map(|frame| frame.code.into()),
        },
        Some(_) => Input::Traffic,
        None => Input::Closed { code: None },
    };
    socket.handle(input, Instant::now());
}

/// A `retry-after` in seconds; the date it may also be is left to those who need it.
fn seconds(header: Option<&HeaderValue>) -> Option<Duration> {
    let seconds = header?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

async fn wait(until: Option<Instant>) {
    match until {
        Some(instant) => sleep_until(instant.into()).await,
        None => std::future::pending().await,
    }
}
