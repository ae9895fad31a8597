use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, protocol::Role},
};

/// A server whose socket says anything but what it should to whoever joins first, and behaves after that.
pub(crate) struct Rude {
    pub(crate) url: String,
    joins: Arc<AtomicUsize>,
}

impl Rude {
    /// The last of the frames should cost the connection.
    pub(crate) async fn serve(frames: Vec<Message>) -> Rude {
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = TcpListener::bind(anywhere).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let joins = Arc::new(AtomicUsize::new(0));
        let joined = joins.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, joined.clone(), frames.clone()));
            }
        });
        Rude { url, joins }
    }

    pub(crate) fn joins(&self) -> usize {
        self.joins.load(Ordering::Relaxed)
    }
}

/// An empty feed for HTTP, a conversation for a WebSocket. Whoever hangs up ends it.
async fn answer(mut stream: TcpStream, joins: Arc<AtomicUsize>, frames: Vec<Message>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if !matches!(stream.read_buf(&mut head).await, Ok(1..)) {
            return;
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let key = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("sec-websocket-key")
            .then_some(value)
    });
    let Some(key) = key else {
        let page = crate::canned::response("200 OK", "", r#"{"entries":[]}"#);
        let _ = stream.write_all(&page).await;
        return;
    };
    let accept = tokio_tungstenite::tungstenite::handshake::derive_accept_key(key.as_bytes());
    let upgrade = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    if stream.write_all(upgrade.as_bytes()).await.is_ok() {
        let socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
        converse(socket, joins, frames).await;
    }
}

async fn converse(
    mut socket: WebSocketStream<TcpStream>,
    joins: Arc<AtomicUsize>,
    frames: Vec<Message>,
) {
    while let Some(Ok(message)) = socket.next().await {
        let Ok(frame) = serde_json::from_slice::<Value>(&message.into_data()) else {
            continue;
        };
        let reply = json!({"status": "ok", "response": {}});
        let reply = json!([frame[0], frame[1], frame[2], "phx_reply", reply]);
        if socket.send(text(&reply)).await.is_err() {
            return;
        }
        if frame[3] != "phx_join" {
            continue;
        }
        let said = match joins.fetch_add(1, Ordering::Relaxed) {
            0 => frames.clone(),
            _ => {
                let metadata = json!({"total_count": 7, "unread_count": 7, "unseen_count": 7});
                let news = json!({"event": "new-message", "metadata": metadata});
                vec![text(&json!([null, null, frame[2], "new-message", news]))]
            }
        };
        for frame in said {
            if socket.send(frame).await.is_err() {
                return;
            }
        }
    }
}

fn text(frame: &Value) -> Message {
    Message::text(frame.to_string())
}
