use std::net::SocketAddr;

use doorbell_emulator::{Config, Running, Server};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) async fn emulator() -> Running {
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    Server::start(Config::default(), anywhere).await.unwrap()
}

/// An address where nothing listens.
pub(crate) async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

pub(crate) fn trigger(knock: &Running, message: &str) {
    let user = Config::default().user_id;
    let data = json!({ "message": message });
    let id = knock.with(|knock, now| knock.trigger("new-message", &user, data, now));
    assert!(id.is_some());
}

pub(crate) fn messages(knock: &Running) -> Vec<Value> {
    knock.with(|knock, _| knock.messages(&Config::default().user_id))
}
