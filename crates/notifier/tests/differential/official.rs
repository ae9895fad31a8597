//! The official client, in a node process that all scenarios share.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use doorbell_emulator::Config;
use doorbell_knock::{FeedMetadata, Status};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::knock::Knock;
use crate::scenario::{Filters, directory};
use crate::shown::{Shown, ShownItem};

/// Longer than any call takes: the slowest waits for retries of a failing server.
const PATIENCE: Duration = Duration::from_secs(60);

/// The process. It ends when its standard input does.
pub(crate) struct Node {
    child: Mutex<Child>,
    stdin: Mutex<Option<ChildStdin>>,
    waiting: Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>>,
    numbers: AtomicU64,
}

/// One page with the official client.
pub(crate) struct Official {
    node: Arc<Node>,
    page: u64,
}

impl Node {
    pub(crate) fn start() -> Arc<Node> {
        let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../emulator/tests/sdk");
        assert!(
            sdk.join("node_modules/@knocklabs/client").is_dir(),
            "the official client is not installed: run `cargo xtask test`, which runs `npm ci` in crates/emulator/tests/sdk"
        );
        let mut child = Command::new("node")
            .arg(directory().join("official.mjs"))
            .arg(sdk)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node 20 or newer runs the official client");
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let waiting: Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>> = Arc::default();
        let answered = waiting.clone();
        thread::spawn(move || {
            for line in stdout.lines() {
                let answer: Value = serde_json::from_str(&line.unwrap()).unwrap();
                let call = answer["call"].as_u64().unwrap();
                let waiting = answered.lock().unwrap().remove(&call);
                // Who does not wait any more has failed already.
                let _ = waiting.unwrap().send(answer);
            }
            answered.lock().unwrap().clear();
        });
        Arc::new(Node {
            stdin: Mutex::new(child.stdin.take()),
            child: Mutex::new(child),
            waiting,
            numbers: AtomicU64::new(0),
        })
    }

    async fn call(&self, name: &str, mut given: Value) -> Value {
        let call = self.numbers.fetch_add(1, Ordering::Relaxed);
        given["call"] = json!(call);
        given["name"] = json!(name);
        let (sender, answer) = oneshot::channel();
        self.waiting.lock().unwrap().insert(call, sender);
        writeln!(self.stdin.lock().unwrap().as_ref().unwrap(), "{given}").unwrap();
        let answer = timeout(PATIENCE, answer)
            .await
            .unwrap_or_else(|_| panic!("the official client does not answer: {given}"))
            .expect("the official client runs until it is told to end");
        assert!(answer["error"].is_null(), "{given}: {answer}");
        answer["answer"].clone()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.stdin.lock().unwrap().take());
        let _ = self.child.lock().unwrap().wait();
    }
}

impl Official {
    pub(crate) async fn open(node: &Arc<Node>, knock: &Knock, feeds: &[Filters]) -> Official {
        let config = Config::default();
        let page = node.numbers.fetch_add(1, Ordering::Relaxed);
        let options: Vec<Value> = feeds.iter().map(Filters::official).collect();
        let given = json!({
            "page": page, "url": knock.url(), "publicKey": config.public_key,
            "user": config.user_id, "feed": config.feed_id, "feeds": options,
        });
        node.call("open", given).await;
        Official {
            node: node.clone(),
            page,
        }
    }

    pub(crate) async fn close(self) {
        self.call("close", json!({})).await;
    }

    pub(crate) async fn shown(&self, knock: &Knock) -> Vec<Shown> {
        let feeds = self.call("shown", json!({})).await;
        let names = knock.names();
        let item = |item: &Value| ShownItem {
            name: names[item["id"].as_str().unwrap()].clone(),
            seen: item["seen"] == true,
            read: item["read"] == true,
            archived: item["archived"] == true,
        };
        let feed = |feed: &Value| {
            let count = |name: &str| feed["counts"][name].as_u64().unwrap_or(u64::MAX);
            Shown {
                items: feed["items"].as_array().unwrap().iter().map(item).collect(),
                counts: FeedMetadata {
                    total_count: count("total"),
                    unread_count: count("unread"),
                    unseen_count: count("unseen"),
                },
            }
        };
        feeds.as_array().unwrap().iter().map(feed).collect()
    }

    pub(crate) async fn mark(
        &self,
        feed: usize,
        status: Status,
        ids: &[String],
        metadata: Option<&Value>,
        again: bool,
    ) {
        let given = json!({
            "feed": feed, "status": status, "ids": ids, "metadata": metadata, "again": again,
        });
        self.call("mark", given).await;
    }

    pub(crate) async fn all(&self, feed: usize, status: Status) {
        let given = json!({"feed": feed, "status": status});
        self.call("all", given).await;
    }

    pub(crate) async fn archive_read(&self, feed: usize) {
        self.call("archiveRead", json!({"feed": feed})).await;
    }

    /// Starts a fetch.
    pub(crate) async fn fetch(&self) {
        self.call("fetch", json!({})).await;
    }

    /// Waits for the fetches that were started.
    pub(crate) async fn fetched(&self) {
        self.call("fetched", json!({})).await;
    }

    pub(crate) async fn more(&self, feed: usize) {
        self.call("more", json!({"feed": feed})).await;
    }

    async fn call(&self, name: &str, mut given: Value) -> Value {
        given["page"] = json!(self.page);
        self.node.call(name, given).await
    }
}
