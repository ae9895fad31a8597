//! One WebSocket: from its upgrade request to its end.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{debug, info};
use tungstenite::error::ProtocolError;

use crate::faults::{Lost, RefusedUpgrade};
use crate::server::{Outgoing, Shared};
use crate::serving::Place;
use crate::sockets::ConnectionId;

/// Answers an upgrade request; a refusal has an empty body, as Phoenix's has.
pub(crate) async fn upgrade(
    State(shared): State<Arc<Shared>>,
    Extension(place): Extension<Place>,
    uri: Uri,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        // Phoenix on Cowboy answers 400 whatever is wrong with it.
        Err(rejection) => return (StatusCode::BAD_REQUEST, rejection.body_text()).into_response(),
    };
    let target = uri
        .path_and_query()
        .map(|target| target.as_str())
        .unwrap_or_default();
    let (connection, outgoing) = match shared.connect(target) {
        Ok(taken) => taken,
        Err(refused) => return refuse(refused),
    };
    let failed = shared.clone();
    upgrade
        // Most sockets are silent most of the time, and may be many.
        .read_buffer_size(SOCKET_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_message_size(shared.limits.max_frame_bytes)
        .max_frame_size(shared.limits.max_frame_bytes)
        .on_failed_upgrade(move |_| failed.gone(connection))
        .on_upgrade(move |socket| async move {
            info!(%connection, "a client connected");
            converse(socket, connection, outgoing, &shared).await;
            shared.gone(connection);
            drop(place);
            info!(%connection, "a client is gone");
        })
}

fn refuse(refused: RefusedUpgrade) -> Response {
    let status = StatusCode::from_u16(refused.status).unwrap_or(StatusCode::FORBIDDEN);
    let seconds = refused.retry_after.map(|seconds| seconds.to_string());
    let retry_after = seconds.map(|seconds| [(header::RETRY_AFTER, seconds)]);
    match retry_after {
        Some(retry_after) => (status, retry_after).into_response(),
        None => status.into_response(),
    }
}

/// Carries frames both ways until one side ends it; every frame of the client renews its idle time.
async fn converse(
    mut socket: WebSocket,
    connection: ConnectionId,
    mut outgoing: mpsc::Receiver<Outgoing>,
    shared: &Shared,
) {
    let idle = shared.limits.idle;
    let mut deadline = Instant::now() + idle;
    let mut lost = None;
    let code = loop {
        lost = shared.lost(connection).or(lost);
        let hears = !lost.is_some_and(Lost::is_to_server);
        tokio::select! {
            // What was answered goes out before the next frame is read: it may be the last.
            biased;
            next = outgoing.recv() => match next {
                Some(Outgoing::Text(text)) => {
                    let sent = timeout(idle, socket.send(Message::Text(text.into()))).await;
                    if !matches!(sent, Ok(Ok(()))) {
                        return;
                    }
                }
                // As if the wire were cut: no close frame.
                Some(Outgoing::Close(1006)) => return,
                Some(Outgoing::Close(code)) => break code,
                None => break 1011,
            },
            // What is not read is not answered, pings and a close frame neither.
            message = socket.recv(), if hears => {
                deadline = Instant::now() + idle;
                match message {
                    Some(Ok(Message::Text(text))) => {
                        shared.with(|emulator, now| emulator.receive(connection, &text, now));
                    }
                    Some(Ok(Message::Binary(_))) => shared.with(|emulator, _| emulator.close(connection, 1011)),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Close(_))) => return read_on(socket).await,
                    None => return,
                    Some(Err(error)) => match refused_with(&error) {
                        Some(code) => break code,
                        None => {
                            debug!(%connection, %error, "a connection broke");
                            return;
                        }
                    },
                }
            }
            () = sleep_until(deadline) => match lost {
                // The server gives it up; the client hears nothing of that.
                Some(lost) if lost.is_to_client() => {
                    shared.with(|emulator, _| emulator.disconnected(connection));
                    // Ends when the server does, or when nobody can be waiting any more.
                    let _ = timeout(HALF_OPEN_FOR, async { while outgoing.recv().await.is_some() {} }).await;
                    return;
                }
                _ => break 1000,
            },
        }
    };
    hang_up(socket, code).await;
}

/// The close code for a client that does not keep to the protocol; `None` when the connection is gone.
fn refused_with(error: &axum::Error) -> Option<u16> {
    let inner = std::error::Error::source(error)?;
    match inner.downcast_ref::<tungstenite::Error>()? {
        // The client is gone without a goodbye.
        tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        tungstenite::Error::Protocol(_) => Some(1002),
        tungstenite::Error::Utf8(_) => Some(1007),
        tungstenite::Error::Capacity(_) => Some(1009),
        _ => None,
    }
}

/// The echo of the client's close frame goes out while it is waited for the end.
async fn read_on(mut socket: WebSocket) {
    let echo = async { while let Some(Ok(_)) = socket.recv().await {} };
    if timeout(ECHO_PATIENCE, echo).await.is_err() {
        debug!("hung up on a client that closed but did not end");
    }
}

/// Sends a close frame and waits a moment for its echo, so that it is read before the end of TCP.
async fn hang_up(mut socket: WebSocket, code: u16) {
    let close = CloseFrame {
        code,
        reason: "".into(),
    };
    let goodbye = async {
        if socket.send(Message::Close(Some(close))).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    if timeout(ECHO_PATIENCE, goodbye).await.is_err() {
        debug!("hung up on a client that did not answer the close frame");
    }
}

/// How long a connection is kept that the server gave up and the client knows nothing of.
const HALF_OPEN_FOR: Duration = Duration::from_secs(600);

const SOCKET_BUFFER_BYTES: usize = 2048;

const ECHO_PATIENCE: Duration = Duration::from_secs(1);
