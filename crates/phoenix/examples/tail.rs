//! Joins a topic and prints what happens on it, through every loss of the connection.
//!
//! ```sh
//! cargo run -p doorbell-phoenix --example tail -- 'ws://127.0.0.1:4000/socket/websocket?vsn=2.0.0' room:lobby
//! ```

mod driver;

use std::ops::ControlFlow;

use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(topic)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: tail URL TOPIC");
        std::process::exit(2);
    };
    let print = |event| {
        println!("{event:?}");
        ControlFlow::Continue(())
    };
    driver::keep_joined(&url, topic, json!({}), print).await;
}
