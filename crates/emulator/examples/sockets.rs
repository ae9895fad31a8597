//! The other side of `cargo xtask bench emulator`: many users, each on a socket of its own, and one broadcast.
//!
//! Arguments: the emulator's ready line, and how many. It says on stdout, as one line of JSON each, when the users are
//! known, when all have joined, and how the broadcast went; before each step it waits for a line on stdin.

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Fallible<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(ready), Some(count)) = (arguments.next(), arguments.next()) else {
        return Err("arguments: the emulator's ready line, and how many".into());
    };
    let ready: Arc<Value> = Arc::new(serde_json::from_str(&ready)?);
    let count: usize = count.parse()?;
    rlimit::increase_nofile_limit(count as u64 + 256)?;

    for users in (0..count).collect::<Vec<_>>().chunks(100) {
        let users: Vec<String> = users.iter().map(|user| format!("user-{user}")).collect();
        let body = json!({"recipients": users});
        ask(&ready, "POST", "/v1/objects/rooms/all/subscriptions", &body).await?;
    }
    say(&json!({"known": count}))?;

    let began = Instant::now();
    let (joined, mut all_joined) = mpsc::unbounded_channel();
    let (heard, mut all_heard) = mpsc::unbounded_channel();
    let at_a_time = Arc::new(Semaphore::new(64));
    for user in 0..count {
        let (ready, joined, heard) = (ready.clone(), joined.clone(), heard.clone());
        let permit = at_a_time.clone().acquire_owned().await?;
        tokio::spawn(async move {
            let listened = listen(&ready, user, &joined, permit, &heard).await;
            if let Err(error) = listened {
                eprintln!("user-{user}: {error}");
            }
        });
    }
    for _ in 0..count {
        timeout(PATIENCE, all_joined.recv()).await?;
    }
    say(&json!({"joined": count, "seconds": began.elapsed().as_secs_f64()}))?;

    let body = json!({"recipients": [{"id": "all", "collection": "rooms"}], "data": {"message": "To all of you"}});
    let began = Instant::now();
    let asked = ask(&ready, "POST", "/v1/workflows/new-message/trigger", &body);
    let listened = async {
        let mut latencies = Vec::with_capacity(count);
        while latencies.len() < count {
            match timeout(PATIENCE, all_heard.recv()).await {
                Ok(Some(at)) => latencies.push(at - began),
                Ok(None) | Err(_) => break,
            }
        }
        latencies
    };
    let (answered, mut latencies) = tokio::join!(asked, listened);
    answered?;
    latencies.sort();
    let at = |share: f64| {
        let index = (latencies.len() as f64 * share) as usize;
        let latency = latencies.get(index.min(latencies.len().saturating_sub(1)));
        latency.map_or(0.0, |latency: &Duration| latency.as_secs_f64() * 1000.0)
    };
    let figures = json!({
        "reached": latencies.len(),
        "first": at(0.0),
        "median": at(0.5),
        "p90": at(0.9),
        "p99": at(0.99),
        "last": at(1.0),
    });
    say(&figures)
}

/// Joins the feed of a user, and tells when the one `new-message` arrives.
async fn listen(
    ready: &Value,
    user: usize,
    joined: &mpsc::UnboundedSender<()>,
    permit: tokio::sync::OwnedSemaphorePermit,
    heard: &mpsc::UnboundedSender<Instant>,
) -> Fallible<()> {
    let url = ready["url"].as_str().unwrap_or_default();
    let key = ready["public_key"].as_str().unwrap_or_default();
    let stream = TcpStream::connect(url.trim_start_matches("http://")).await?;
    let target = format!(
        "{}/ws/v1/websocket?api_key={key}&vsn=2.0.0",
        url.replace("http", "ws")
    );
    let config = WebSocketConfig::default().read_buffer_size(1024);
    let (mut socket, _) = client_async_with_config(target, stream, Some(config)).await?;
    let topic = format!(
        "feeds:{}:user-{user}",
        ready["feed_id"].as_str().unwrap_or_default()
    );
    let join = json!(["1", "1", topic, "phx_join", {"client_a": {"archived": "exclude", "mode": "compact"}}]);
    socket.send(Message::text(join.to_string())).await?;
    let mut permit = Some(permit);
    while let Some(message) = timeout(PATIENCE * 10, socket.next()).await? {
        let at = Instant::now();
        let Message::Text(text) = message? else {
            continue;
        };
        match permit.take() {
            Some(_) if text.contains("\"ok\"") => joined.send(())?,
            Some(_) => return Err(text.to_string().into()),
            None if text.contains("new-message") => {
                heard.send(at)?;
            }
            None => {}
        }
    }
    Ok(())
}

async fn ask(ready: &Value, method: &str, path: &str, body: &Value) -> Fallible<()> {
    let url = ready["url"].as_str().unwrap_or_default();
    let key = ready["secret_key"].as_str().unwrap_or_default();
    let body = body.to_string();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {key}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    match answer.starts_with("HTTP/1.1 2") {
        true => Ok(()),
        false => Err(answer.into()),
    }
}

/// Says a line, and waits until it may go on.
fn say(line: &Value) -> Fallible<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()?;
    io::stdin().lock().read_line(&mut String::new())?;
    Ok(())
}

const PATIENCE: Duration = Duration::from_secs(60);
