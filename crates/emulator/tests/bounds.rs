//! The emulator cannot be run out of memory by accident.
#![allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]

mod common;

use std::time::Duration;

use common::Knock;
use doorbell_emulator::{Config, Limits, Running, Server};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::connect_async;

const PATIENCE: Duration = Duration::from_secs(60);

async fn started(limits: Limits) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    Server::serve(Config::default(), listener, limits).unwrap()
}

async fn connected(running: &Running) -> TcpStream {
    let address = running.url().strip_prefix("http://").unwrap();
    TcpStream::connect(address).await.unwrap()
}

/// Everything that comes until the end.
async fn heard(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset after the answer is an end as well.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer))
        .await
        .unwrap();
    String::from_utf8(answer).unwrap()
}

/// Whether a request on a connection of its own is answered with this status.
async fn answers(running: &Running, status: u16) {
    let mut stream = connected(running).await;
    let request = "GET /_emulator/clock HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let answer = heard(&mut stream).await;
    assert!(
        answer.starts_with(&format!("HTTP/1.1 {status}")),
        "{answer}"
    );
}

#[tokio::test]
async fn ten_thousand_idle_connections_are_refused_with_a_sentence_beyond_the_bound() {
    let running = started(Limits {
        max_connections: 200,
        ..Limits::default()
    })
    .await;
    let mut idle = Vec::new();
    for _ in 0..200 {
        idle.push(connected(&running).await);
    }
    for _ in 200..10_000 {
        let answer = heard(&mut connected(&running).await).await;
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
        assert!(
            answer.contains("takes 200 connections at a time"),
            "{answer}"
        );
    }
    idle.truncate(199);
    // The place is free when the server has seen the end.
    while !heard_ok(&running).await {}
    drop(idle);
}

async fn heard_ok(running: &Running) -> bool {
    let mut stream = connected(running).await;
    let request = "GET /_emulator/clock HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    heard(&mut stream).await.starts_with("HTTP/1.1 200")
}

#[tokio::test]
async fn a_websocket_has_a_place_until_it_is_gone() {
    let running = started(Limits {
        max_connections: 1,
        ..Limits::default()
    })
    .await;
    let url = format!(
        "{}/ws/v1/websocket?api_key={}&vsn=2.0.0",
        running.url().replace("http", "ws"),
        Config::default().public_key
    );
    let (socket, _) = connect_async(&url).await.unwrap();
    answers(&running, 503).await;
    drop(socket);
    while !heard_ok(&running).await {}
}

#[tokio::test]
async fn a_body_of_100_mb_is_refused_before_it_comes_whether_its_size_is_said_or_not() {
    let running = started(Limits::default()).await;
    let piece = vec![b' '; 1024 * 1024];
    for (head, chunk) in [
        ("content-length: 104857600", ""),
        ("transfer-encoding: chunked", "100000\r\n"),
    ] {
        let mut stream = connected(&running).await;
        let head = format!(
            "PUT /v1/users/jane HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{head}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let (mut reads, mut writes) = stream.split();
        let mut answer = Vec::new();
        let mut sent = 0;
        let sends = async {
            for _ in 0..100 {
                let mut written = writes.write_all(chunk.as_bytes()).await;
                written = written.and(writes.write_all(&piece).await);
                if !chunk.is_empty() {
                    written = written.and(writes.write_all(b"\r\n").await);
                }
                if written.is_err() {
                    break;
                }
                sent += 1;
            }
        };
        let (_, ()) = timeout(PATIENCE, async {
            tokio::join!(reads.read_to_end(&mut answer), sends)
        })
        .await
        .unwrap();
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
        assert!(sent < 100, "all of it was taken");
    }
    answers(&running, 200).await;
}

#[tokio::test]
async fn a_slow_loris_is_hung_up_on_and_others_are_answered_meanwhile() {
    let running = started(Limits {
        head: Duration::from_millis(200),
        body: Duration::from_millis(200),
        ..Limits::default()
    })
    .await;
    let mut in_head = connected(&running).await;
    let mut in_body = connected(&running).await;
    let head = "PUT /v1/users/jane HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1000\r\n\r\n";
    in_body.write_all(head.as_bytes()).await.unwrap();
    let mut letters = "GET /v1/users/jane HTTP/1.1\r\nhost: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        .bytes()
        .cycle();
    let (mut head_heard, mut body_heard) = (Vec::new(), Vec::new());
    for stream in [&mut in_head, &mut in_body] {
        // A byte now and then, until nobody takes it any more.
        while stream.write_all(&[letters.next().unwrap()]).await.is_ok() {
            answers(&running, 200).await;
        }
    }
    let _ = in_head.read_to_end(&mut head_heard).await;
    let _ = in_body.read_to_end(&mut body_heard).await;
    let body_heard = String::from_utf8(body_heard).unwrap();
    assert!(!String::from_utf8_lossy(&head_heard).starts_with("HTTP/1.1 200"));
    assert!(
        body_heard.is_empty() || body_heard.starts_with("HTTP/1.1 408"),
        "{body_heard}"
    );
}

#[tokio::test]
async fn a_body_that_does_not_come_is_408() {
    let running = started(Limits {
        body: Duration::from_millis(50),
        ..Limits::default()
    })
    .await;
    let mut stream = connected(&running).await;
    let head = "PUT /v1/users/jane HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1000\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = heard(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("request_timeout"), "{answer}");
}

#[tokio::test]
async fn bodies_wait_for_each_other_when_they_are_many() {
    let running = started(Limits {
        max_bodies_bytes: 2048,
        max_body_bytes: 2048,
        ..Limits::default()
    })
    .await;
    let mut first = connected(&running).await;
    let body = json!({"name": "x".repeat(1900)}).to_string();
    let key = Config::default().secret_key;
    let head = |name: &str| {
        format!(
            "PUT /v1/users/{name} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {key}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        )
    };
    first.write_all(head("first").as_bytes()).await.unwrap();
    let mut second = connected(&running).await;
    second.write_all(head("second").as_bytes()).await.unwrap();
    second.write_all(body.as_bytes()).await.unwrap();
    first.write_all(body.as_bytes()).await.unwrap();
    for stream in [&mut first, &mut second] {
        let answer = heard(stream).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

#[test]
fn a_loop_that_forgot_to_end_is_told_that_the_emulator_is_full() {
    let mut knock = Knock::new();
    let mut refused = None;
    for batch in 0..=100 {
        let users: Vec<Value> = (0..1000)
            .map(|n| json!({"id": format!("{batch}-{n}")}))
            .collect();
        let body = json!({"users": users}).to_string();
        let operation = knock
            .secret("POST", "/v1/users/bulk/identify", &body)
            .json();
        if operation["error_count"] != 0 {
            refused = Some(knock.secret("PUT", "/v1/users/one-more", "{}"));
            break;
        }
    }
    let refused = refused.expect("there is an end to it");
    assert_eq!(refused.status, 507);
    assert!(
        refused.json()["message"]
            .as_str()
            .unwrap()
            .contains("/_emulator/reset")
    );
    assert_eq!(knock.secret("PUT", "/v1/users/0-0", "{}").status, 200);
    knock.emulator.reset();
    assert_eq!(knock.secret("PUT", "/v1/users/one-more", "{}").status, 200);
}
