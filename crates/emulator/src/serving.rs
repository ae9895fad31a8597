//! Connections: how many there may be, and how long one may take to ask.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tower_service::Service;
use tracing::{debug, warn};

use crate::refusal::Refusal;
use crate::server::Limits;

/// Answers every connection until told to stop, and then those that have asked.
pub(crate) async fn serve(
    listener: TcpListener,
    routes: Router,
    limits: Limits,
    stopped: impl Future<Output = ()>,
) -> io::Result<()> {
    let connections = Arc::new(Semaphore::new(limits.max_connections));
    let refusals = Arc::new(Semaphore::new(MAX_REFUSALS));
    let (stop, stopping) = watch::channel(());
    tokio::pin!(stopped);
    loop {
        let accepted = tokio::select! {
            () = &mut stopped => break,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // A connection that is gone already, or no file descriptor left: others may end meanwhile.
                warn!(%error, "could not take a connection");
                sleep(AFTER_AN_ERROR).await;
                continue;
            }
        };
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "frames may wait for each other");
        }
        match connections.clone().try_acquire_owned() {
            Ok(permit) => converse(stream, routes.clone(), limits, stopping.clone(), permit),
            Err(_) => {
                // Whoever cannot be told in time is hung up on.
                if let Ok(permit) = refusals.clone().try_acquire_owned() {
                    tokio::spawn(refuse(stream, limits, permit));
                }
            }
        }
    }
    drop((listener, stopping));
    // Nobody listens when all connections are gone already.
    let _ = stop.send(());
    stop.closed().await;
    Ok(())
}

/// The connection has its place until the last of it is gone, WebSockets too.
fn converse(
    stream: TcpStream,
    routes: Router,
    limits: Limits,
    mut stopping: watch::Receiver<()>,
    permit: OwnedSemaphorePermit,
) {
    let permit = Arc::new(permit);
    let held = permit.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Place(held.clone()));
        routes.clone().call(request.map(Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::spawn(async move {
        tokio::pin!(connection);
        let ended = tokio::select! {
            ended = &mut connection => ended,
            _ = stopping.changed() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            debug!(%error, "a connection broke");
        }
        drop(permit);
    });
}

/// A place among the connections; free again when it is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Place(#[expect(dead_code, reason = "held, not read")] Arc<OwnedSemaphorePermit>);

/// Says why, and waits a moment so that it is read before the end of TCP.
async fn refuse(mut stream: TcpStream, limits: Limits, _permit: OwnedSemaphorePermit) {
    let refusal = Refusal::TooManyConnections(limits.max_connections).response();
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json; charset=utf-8\r\nretry-after: 1\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        refusal.body.len()
    );
    let goodbye = async {
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(&refusal.body).await?;
        stream.shutdown().await?;
        let mut rest = [0; 1024];
        while stream.read(&mut rest).await? > 0 {}
        io::Result::Ok(())
    };
    if timeout(REFUSAL_PATIENCE, goodbye).await.is_err() {
        debug!("hung up on a client that stays after it was refused");
    }
}

const MAX_REFUSALS: usize = 64;
const REFUSAL_PATIENCE: Duration = Duration::from_secs(1);
const AFTER_AN_ERROR: Duration = Duration::from_millis(50);
