use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A server that answers every request the same way, given its head and how many like it came before.
pub(crate) struct Canned {
    pub(crate) url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Canned {
    /// An empty answer hangs up. Requests are alike when their paths are.
    pub(crate) async fn serve(
        answer: impl Fn(&str, usize) -> Vec<u8> + Send + Sync + 'static,
    ) -> Canned {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heads = Arc::new(Mutex::new(Vec::<String>::new()));
        let asked = heads.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let Some(head) = head(&mut stream).await else {
                    continue;
                };
                let path =
                    |head: &str| head.split(['?', ' ']).nth(1).unwrap_or_default().to_owned();
                let count = {
                    let mut asked = asked.lock().unwrap();
                    let alike = asked.iter().filter(|asked| path(asked) == path(&head));
                    let count = alike.count();
                    asked.push(head.clone());
                    count
                };
                // A client that has read enough hangs up.
                let _ = stream.write_all(&answer(&head, count)).await;
                let _ = stream.shutdown().await;
            }
        });
        Canned { url, heads }
    }

    /// How many requests had this in their first line.
    pub(crate) fn asked(&self, words: &str) -> usize {
        let heads = self.heads.lock().unwrap();
        let first = |head: &&String| head.lines().next().unwrap_or_default().contains(words);
        heads.iter().filter(first).count()
    }
}

/// Reads one request whole; its first lines.
pub(crate) async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                let is_length = name.eq_ignore_ascii_case("content-length");
                is_length.then(|| value.trim().parse().unwrap())
            });
            if body.len() >= length.unwrap_or(0) {
                return Some(head.to_owned());
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// An answer without a length: it ends with the connection.
pub(crate) fn response(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{headers}Connection: close\r\n\r\n{body}").into_bytes()
}
