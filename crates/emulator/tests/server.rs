//! The emulator over loopback.
#![allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]

use std::net::SocketAddr;
use std::time::Duration;

use doorbell_emulator::{Config, Limits, Lost, Running, Server, Withhold};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

const PATIENCE: Duration = Duration::from_secs(15);

async fn started(limits: Limits) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    Server::serve(Config::default(), listener, limits).unwrap()
}

fn socket_url(running: &Running, key: &str) -> String {
    format!(
        "{}/ws/v1/websocket?&api_key={key}&&vsn=2.0.0",
        running.url().replace("http", "ws")
    )
}

async fn connected(running: &Running) -> Socket {
    connect_async(socket_url(running, &Config::default().public_key))
        .await
        .unwrap()
        .0
}

/// The next text frame as JSON, or the code of the close frame.
async fn heard(socket: &mut Socket) -> Result<Value, u16> {
    match timeout(PATIENCE, socket.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap()
    {
        Message::Text(text) => Ok(serde_json::from_str(&text).unwrap()),
        Message::Close(frame) => Err(frame.unwrap().code.into()),
        other => panic!("{other:?}"),
    }
}

/// Sends a request by hand and returns everything that comes back, head in lower case.
async fn raw(running: &Running, head: &str, body: &[u8]) -> (String, String) {
    let mut stream = TcpStream::connect(running.url().strip_prefix("http://").unwrap())
        .await
        .unwrap();
    let head = format!(
        "{head}\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // A refused body may be cut off while it is written.
    let _ = stream.write_all(body).await;
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer))
        .await
        .unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

#[tokio::test]
async fn a_trigger_over_http_arrives_on_the_socket() {
    let running = started(Limits::default()).await;
    let config = Config::default();
    let mut socket = connected(&running).await;
    let topic = format!("feeds:{}:{}", config.feed_id, config.user_id);
    let join = json!(["1", "1", topic, "phx_join", {"client_a": {}}]).to_string();
    socket.send(Message::Text(join.into())).await.unwrap();
    assert_eq!(heard(&mut socket).await.unwrap()[4]["status"], "ok");

    let body = json!({"recipients": [config.user_id]}).to_string();
    let head = format!(
        "POST /v1/workflows/welcome-flow/trigger HTTP/1.1\r\nauthorization: Bearer {}",
        config.secret_key
    );
    let (head, body) = raw(&running, &head, body.as_bytes()).await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(body.contains("workflow_run_id"), "{body}");
    assert_eq!(heard(&mut socket).await.unwrap()[3], "new-message");
}

#[tokio::test]
async fn every_response_has_a_request_id_and_lets_pages_of_any_origin_read_it() {
    let running = started(Limits::default()).await;
    for (request, status) in [
        ("GET / HTTP/1.1", 200),
        ("GET /v1/users/nobody HTTP/1.1", 401),
        ("GET /ws/v1/websocket HTTP/1.1", 400),
        (
            "OPTIONS /v1/users/nobody HTTP/1.1\r\norigin: https://app.example.test",
            204,
        ),
    ] {
        let (head, _) = raw(&running, request, b"").await;
        assert!(
            head.starts_with(&format!("http/1.1 {status}")),
            "{request}: {head}"
        );
        assert!(head.contains("x-request-id: "), "{request}: {head}");
        assert!(
            head.contains("access-control-allow-origin: *"),
            "{request}: {head}"
        );
        assert_eq!(
            head.contains("access-control-allow-headers: "),
            status == 204,
            "{head}"
        );
    }
}

#[tokio::test]
async fn the_page_says_how_to_send_a_first_item() {
    let running = started(Limits::default()).await;
    let (_, page) = raw(&running, "GET / HTTP/1.1", b"").await;
    assert!(
        page.contains(&format!(
            "curl {}/v1/workflows/new-comment/trigger",
            running.url()
        )),
        "{page}"
    );
}

#[tokio::test]
async fn a_bad_key_is_refused_with_403_and_an_empty_body() {
    let running = started(Limits::default()).await;
    match connect_async(socket_url(&running, "pk_test_other")).await {
        Err(Error::Http(response)) => {
            assert_eq!(response.status(), 403);
            assert_eq!(response.body().as_deref().unwrap_or_default(), b"");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_413() {
    let running = started(Limits {
        max_body_bytes: 1024,
        ..Limits::default()
    })
    .await;
    let (head, body) = raw(&running, "PUT /v1/users/jane HTTP/1.1", &[b' '; 1025]).await;
    assert!(head.starts_with("http/1.1 413"), "{head}");
    assert!(body.contains("payload_too_large"), "{body}");
}

#[tokio::test]
async fn a_frame_over_the_limit_costs_its_connection_only() {
    let running = started(Limits {
        max_frame_bytes: 1024,
        ..Limits::default()
    })
    .await;
    let (mut large, mut other) = (connected(&running).await, connected(&running).await);
    large
        .send(Message::Text("x".repeat(1025).into()))
        .await
        .unwrap();
    let end = timeout(PATIENCE, large.next()).await.unwrap();
    assert!(!matches!(end, Some(Ok(Message::Text(_)))), "{end:?}");
    other
        .send(Message::Text(
            r#"[null,"1","phoenix","heartbeat",{}]"#.into(),
        ))
        .await
        .unwrap();
    assert_eq!(heard(&mut other).await.unwrap()[1], "1");
}

#[tokio::test]
async fn a_binary_frame_or_garbage_is_closed_with_1011() {
    let running = started(Limits::default()).await;
    for message in [
        Message::Binary(vec![0, 1, 2].into()),
        Message::Text("hello".into()),
    ] {
        let mut socket = connected(&running).await;
        socket.send(message).await.unwrap();
        assert_eq!(heard(&mut socket).await, Err(1011));
    }
}

#[tokio::test]
async fn a_client_that_says_nothing_is_closed_with_1000() {
    let running = started(Limits {
        idle: Duration::from_millis(50),
        ..Limits::default()
    })
    .await;
    let mut socket = connected(&running).await;
    assert_eq!(heard(&mut socket).await, Err(1000));
}

#[tokio::test]
async fn what_a_test_changes_from_outside_is_sent_at_once() {
    let running = started(Limits::default()).await;
    let mut socket = connected(&running).await;
    running.with(|emulator, _| {
        emulator.withhold(Withhold::default());
        let connection = emulator.connections()[0];
        emulator.close(connection, 4403);
    });
    assert_eq!(heard(&mut socket).await, Err(4403));
}

#[tokio::test]
async fn a_delay_ends_without_anybody_asking() {
    let running = started(Limits::default()).await;
    let mut socket = connected(&running).await;
    let feed_id = running.with(|emulator, _| emulator.config().feed_id.clone());
    let topic = format!("feeds:{feed_id}:jane");
    let join = json!(["1", "1", topic, "phx_join", {}]).to_string();
    socket.send(Message::text(join)).await.unwrap();
    heard(&mut socket).await.unwrap();
    running.with(|emulator, now| {
        let workflow = "[[steps]]\ntype = 'delay'\nfor = '1s'\n[[steps]]\ntype = 'in_app'\n\
            blocks = [{ type = 'text', name = 'body', content = 'late' }]";
        emulator.load_workflow("late", workflow).unwrap();
        assert_eq!(emulator.trigger("late", "jane", json!({}), now), None);
    });
    assert_eq!(heard(&mut socket).await.unwrap()[3], "new-message");
}

#[tokio::test]
async fn a_spoiled_body_promises_more_than_it_brings_and_the_next_is_whole() {
    let running = started(Limits::default()).await;
    let get = "GET /v1/users/jane HTTP/1.1";
    let (_, whole) = raw(&running, get, b"").await;
    running.with(|emulator, _| emulator.spoil_bodies(1, Duration::from_millis(20), Some(7)));
    let asked = Instant::now();
    let (head, cut) = raw(&running, get, b"").await;
    assert!(asked.elapsed() >= Duration::from_millis(20));
    assert!(
        head.contains(&format!("content-length: {}", whole.len())),
        "{head}"
    );
    assert_eq!(cut, whole[..7]);
    assert_eq!(raw(&running, get, b"").await.1, whole);
}

#[tokio::test]
async fn a_body_trickles_and_is_whole_in_the_end() {
    let running = started(Limits::default()).await;
    let get = "GET /v1/users/jane HTTP/1.1";
    let (_, whole) = raw(&running, get, b"").await;
    let bytes_per_second = whole.len() * 5;
    running.with(|emulator, _| {
        let fault = json!({"bodies": {"bytes_per_second": bytes_per_second}});
        emulator.add_faults(&fault).unwrap();
    });
    let asked = Instant::now();
    assert_eq!(raw(&running, get, b"").await.1, whole);
    assert!(asked.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn a_refused_upgrade_says_when_to_come_back() {
    let running = started(Limits::default()).await;
    let fault = json!({"refuse_upgrades": {"status": 429, "retry_after": 7}});
    running
        .with(|emulator, _| emulator.add_faults(&fault))
        .unwrap();
    match connect_async(socket_url(&running, &Config::default().public_key)).await {
        Err(Error::Http(response)) => {
            assert_eq!(response.status(), 429);
            assert_eq!(response.headers()["retry-after"], "7");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_half_open_connection_stays_but_nothing_is_answered_until_it_breaks() {
    let running = started(Limits {
        idle: Duration::from_millis(50),
        ..Limits::default()
    })
    .await;
    let mut socket = connected(&running).await;
    running.with(|emulator, _| {
        let connection = emulator.connections()[0];
        emulator.half_open(connection, Lost::Both);
    });
    let beat = r#"[null,"1","phoenix","heartbeat",{}]"#;
    socket.send(Message::Text(beat.into())).await.unwrap();
    // The server gives it up long before the client hears of anything.
    while running.with(|emulator, _| !emulator.connections().is_empty()) {
        tokio::task::yield_now().await;
    }
    socket.send(Message::Ping(vec![1].into())).await.unwrap();
    running.stop().await;
    let end = timeout(PATIENCE, socket.next()).await.unwrap();
    assert!(matches!(end, Some(Err(_)) | None), "{end:?}");
}

#[tokio::test]
async fn a_socket_closed_with_1006_breaks_without_a_close_frame() {
    let running = started(Limits::default()).await;
    let mut socket = connected(&running).await;
    running.with(|emulator, _| {
        let connection = emulator.connections()[0];
        emulator.close(connection, 1006);
    });
    let end = timeout(PATIENCE, socket.next()).await.unwrap();
    assert!(matches!(end, Some(Err(_)) | None), "{end:?}");
}

#[tokio::test]
async fn stopping_drains_with_1012_and_then_refuses() {
    let running = started(Limits::default()).await;
    let address: SocketAddr = running
        .url()
        .strip_prefix("http://")
        .unwrap()
        .parse()
        .unwrap();
    let mut socket = connected(&running).await;
    let stopping = tokio::spawn(running.stop());
    assert_eq!(heard(&mut socket).await, Err(1012));
    // Reading on answers the close frame.
    assert!(timeout(PATIENCE, socket.next()).await.unwrap().is_none());
    timeout(PATIENCE, stopping).await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn dropped_is_stopped() {
    let running = started(Limits::default()).await;
    let mut socket = connected(&running).await;
    drop(running);
    assert_eq!(heard(&mut socket).await, Err(1012));
}
