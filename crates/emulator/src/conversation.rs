//! One WebSocket: from its upgrade request to its end.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{debug, info};

use crate::server::{Outgoing, Shared};
use crate::sockets::ConnectionId;

/// Answers an upgrade request; a refusal has an empty body, as Phoenix's has.
pub(crate) async fn upgrade(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let target = uri
        .path_and_query()
        .map(|target| target.as_str())
        .unwrap_or_default();
    let (connection, outgoing) = match shared.connect(target) {
        Ok(taken) => taken,
        Err(status) => {
            return StatusCode::from_u16(status)
                .unwrap_or(StatusCode::FORBIDDEN)
                .into_response();
        }
    };
    let failed = shared.clone();
    upgrade
        .max_message_size(shared.limits.max_frame_bytes)
        .max_frame_size(shared.limits.max_frame_bytes)
        .on_failed_upgrade(move |_| failed.gone(connection))
        .on_upgrade(move |socket| async move {
            info!(%connection, "a client connected");
            converse(socket, connection, outgoing, &shared).await;
            shared.gone(connection);
            info!(%connection, "a client is gone");
        })
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
    let code = loop {
        tokio::select! {
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
            message = socket.recv() => {
                deadline = Instant::now() + idle;
                match message {
                    Some(Ok(Message::Text(text))) => {
                        shared.with(|emulator, now| emulator.receive(connection, &text, now));
                    }
                    Some(Ok(Message::Binary(_))) => shared.with(|emulator, _| emulator.close(connection, 1011)),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Close(_))) | None => return,
                    Some(Err(error)) => {
                        debug!(%connection, %error, "a connection broke");
                        return;
                    }
                }
            }
            () = sleep_until(deadline) => break 1000,
        }
    };
    hang_up(socket, code).await;
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

const ECHO_PATIENCE: Duration = Duration::from_secs(1);
