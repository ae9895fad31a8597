//! When there is reason to look at once: the computer is awake again, or the network is back.

mod network;
mod routes;
mod sleep;

use std::time::Duration;

use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};
use tracing::{debug, info};
use zbus::Connection;

/// Says each time the computer woke up, and each time there is a network again.
///
/// logind tells of waking where there is one; and since a clock that stood still while the wall clock went on
/// tells as well, both are compared every 30 s. The kernel tells of routes to everywhere, and NetworkManager, where
/// there is one, that a network leads to the internet. One sleep may be said twice; what is said of the network
/// within a second counts once.
pub fn watch() -> mpsc::UnboundedReceiver<()> {
    let (woke, wakes) = mpsc::unbounded_channel();
    let (connected, connections) = mpsc::unbounded_channel();
    tokio::spawn(listen_to_bus(woke.clone(), connected.clone()));
    tokio::spawn(sleep::compare_clocks(woke.clone()));
    tokio::spawn(async move {
        if let Err(error) = routes::listen(connected).await {
            debug!(%error, "the kernel tells nothing of routes");
        }
    });
    tokio::spawn(gather(connections, woke));
    wakes
}

async fn listen_to_bus(woke: mpsc::UnboundedSender<()>, connected: mpsc::UnboundedSender<()>) {
    let bus = match Connection::system().await {
        Ok(bus) => bus,
        Err(error) => {
            debug!(%error, "there is no system bus to tell of sleep and networks");
            return;
        }
    };
    let (of_sleep, of_networks) =
        tokio::join!(sleep::listen(&bus, woke), network::listen(&bus, connected));
    for (who, told) in [("logind", of_sleep), ("NetworkManager", of_networks)] {
        if let Err(error) = told {
            debug!(%error, "{who} cannot be listened to");
        }
    }
}

/// Says once what comes together: routes come one by one, and the first of them is of little use alone.
async fn gather(mut connections: mpsc::UnboundedReceiver<()>, woke: mpsc::UnboundedSender<()>) {
    while connections.recv().await.is_some() {
        let until = Instant::now() + TOGETHER;
        loop {
            tokio::select! {
                more = connections.recv() => if more.is_none() { break },
                () = sleep_until(until) => break,
            }
        }
        info!("the network is back");
        if woke.send(()).is_err() {
            return;
        }
    }
}

const TOGETHER: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_comes_together_counts_once() {
        let (connected, connections) = mpsc::unbounded_channel();
        let (woke, mut wakes) = mpsc::unbounded_channel();
        tokio::spawn(gather(connections, woke));
        let begin = Instant::now();
        for pause in [0, 300, 300, 3000] {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            connected.send(()).unwrap();
        }
        drop(connected);
        let mut said = Vec::new();
        while wakes.recv().await.is_some() {
            said.push(begin.elapsed().as_millis() / 100);
        }
        assert_eq!(said.len(), 2, "{said:?}");
    }
}
