//! From an HTTP request to the emulator and back.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::IntoResponse;
use futures_util::{StreamExt, stream};
use tokio::sync::SemaphorePermit;
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

use crate::http::{Request, Response};
use crate::refusal::Refusal;
use crate::request_faults::Spoiled;
use crate::server::{Shared, kibibytes};

/// Every request that is neither the page nor a WebSocket.
pub(crate) async fn answer(
    State(shared): State<Arc<Shared>>,
    request: axum::extract::Request,
) -> axum::response::Response {
    let (parts, body) = request.into_parts();
    let (body, _room) = match read(&shared, &parts.headers, body).await {
        Ok(read) => read,
        Err(refusal) => return refusal.response().into_response(),
    };
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let request = Request {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
        body: body.into(),
    };
    let (response, spoiled) = shared.with(|emulator, now| {
        let response = emulator.request(&request, now);
        (response, emulator.take_spoiled())
    });
    if !shared.is_kept() && parts.method != Method::GET {
        return Refusal::NotKept.response().into_response();
    }
    match spoiled {
        None => response.into_response(),
        Some(spoiled) => {
            sleep(spoiled.delay).await;
            spoil(response, spoiled)
        }
    }
}

/// The whole body, and the room that it takes while it is dealt with.
async fn read<'a>(
    shared: &'a Shared,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Bytes, Option<SemaphorePermit<'a>>), Refusal> {
    let limits = shared.limits;
    let promised = headers.get(header::CONTENT_LENGTH);
    let promised = promised.and_then(|length| length.to_str().ok()?.parse().ok());
    let size = match promised {
        Some(size) if size > limits.max_body_bytes => return Err(Refusal::PayloadTooLarge),
        Some(size) => size,
        None if body.is_end_stream() => 0,
        None => limits.max_body_bytes,
    };
    if size == 0 {
        return Ok((Bytes::new(), None));
    }
    let read = async {
        let room = shared.bodies.acquire_many(kibibytes(size)).await;
        let body = to_bytes(body, limits.max_body_bytes).await;
        Some((body.ok()?, room.ok()))
    };
    match timeout(limits.body, read).await {
        Ok(Some(read)) => Ok(read),
        Ok(None) => Err(Refusal::PayloadTooLarge),
        Err(_) => Err(Refusal::SlowBody),
    }
}

impl IntoResponse for Response {
    fn into_response(self) -> axum::response::Response {
        let mut response = axum::response::Response::new(Body::from(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

/// A response whose body trickles, or whose connection breaks after some bytes of the body it promised.
fn spoil(response: Response, spoiled: Spoiled) -> axum::response::Response {
    let promised = response.body.len();
    let mut kept = response.body.clone();
    kept.truncate(spoiled.keep.unwrap_or(promised));
    let (piece, pause) = match spoiled.bytes_per_second {
        None => (kept.len().max(1), Duration::ZERO),
        Some(bytes) => {
            let piece = (bytes as usize / PIECES_PER_SECOND).max(1);
            (
                piece,
                Duration::from_secs_f64(piece as f64 / f64::from(bytes)),
            )
        }
    };
    let pieces: Vec<Vec<u8>> = kept.chunks(piece).map(<[u8]>::to_vec).collect();
    let pieces = stream::iter(pieces).then(move |piece| async move {
        sleep(pause).await;
        Ok(piece)
    });
    let breaks = async {
        // Head and bytes go out first.
        yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    };
    let mut spoiled_response = response.into_response();
    *spoiled_response.body_mut() = match spoiled.keep {
        None => Body::from_stream(pieces),
        Some(_) => Body::from_stream(pieces.chain(stream::once(breaks))),
    };
    spoiled_response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(promised));
    spoiled_response
}

/// What every response has: a request id, and leave for pages of any origin to read it.
pub(crate) async fn for_everyone(
    State(shared): State<Arc<Shared>>,
    request: axum::extract::Request,
    next: Next,
) -> axum::response::Response {
    let preflight = request.method() == Method::OPTIONS;
    let mut response = match preflight {
        true => StatusCode::NO_CONTENT.into_response(),
        false => next.run(request).await,
    };
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value))
    };
    set(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    set(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        "x-request-id, x-ratelimited-message_ids",
    );
    if preflight {
        set(
            header::ACCESS_CONTROL_ALLOW_METHODS,
            "GET, POST, PUT, DELETE",
        );
        set(header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS);
        set(header::ACCESS_CONTROL_MAX_AGE, "600");
    }
    identify(headers, &shared);
    response
}

fn identify(headers: &mut HeaderMap, shared: &Shared) {
    if !headers.contains_key(REQUEST_ID) {
        let id = shared.with(|emulator, _| emulator.ids.request());
        if let Ok(id) = HeaderValue::try_from(id) {
            headers.insert(REQUEST_ID, id);
        }
    }
}

const PIECES_PER_SECOND: usize = 10;

const REQUEST_ID: &str = "x-request-id";

/// `Authorization` must be named: `*` does not cover it.
const ALLOWED_HEADERS: &str = "accept, authorization, content-type, idempotency-key, x-knock-branch, x-knock-client, x-knock-user-token";
