//! The emulator on a port: HTTP and WebSocket around the pure [`Emulator`].

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::middleware::from_fn_with_state;
use axum::response::Html;
use axum::routing::{any, get};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tracing::{error, info, warn};

use crate::answer::{answer, for_everyone};
use crate::config::Config;
use crate::conversation;
use crate::emulator::Emulator;
use crate::faults::{Lost, RefusedUpgrade};
use crate::page;
use crate::serving;
use crate::sockets::{ConnectionId, Output};
use crate::store::Store;

/// How much, and how long, the server takes before it hangs up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A WebSocket whose client says nothing for so long is closed with 1000.
    pub idle: Duration,
    /// A connection that takes longer to say what it wants, or says nothing between two requests, is closed.
    pub head: Duration,
    /// A request whose body takes longer is answered 408.
    pub body: Duration,
    /// Size of a request body; a larger one is answered 413.
    pub max_body_bytes: usize,
    /// Size of all request bodies that are read at a time; others wait.
    pub max_bodies_bytes: usize,
    /// Connections at a time, WebSockets among them; further ones are answered 503.
    pub max_connections: usize,
    /// Size of a WebSocket message; a larger one costs the connection.
    pub max_frame_bytes: usize,
}

impl Default for Limits {
    /// Phoenix's idle timeout, and room for 10 MB of trigger data.
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(60),
            head: Duration::from_secs(30),
            body: Duration::from_secs(30),
            max_body_bytes: 12 * 1024 * 1024,
            max_bodies_bytes: 64 * 1024 * 1024,
            max_connections: 10_240,
            max_frame_bytes: 1024 * 1024,
        }
    }
}

/// Starts emulators.
#[derive(Debug)]
pub struct Server;

/// An emulator that answers on a port. Dropped, it stops.
#[derive(Debug)]
pub struct Running {
    url: String,
    shared: Arc<Shared>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<io::Result<()>>,
}

/// What the connections have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) limits: Limits,
    /// Room for request bodies, in KiB.
    pub(crate) bodies: Semaphore,
    url: String,
    inside: Mutex<Inside>,
    /// How many WebSockets are not gone yet.
    open: watch::Sender<usize>,
    /// When the emulator has something to do by itself.
    due: watch::Sender<Option<OffsetDateTime>>,
}

#[derive(Debug)]
struct Inside {
    emulator: Emulator,
    store: Option<Store>,
    /// Whether all that changed is in the store.
    is_kept: bool,
    queues: HashMap<ConnectionId, mpsc::Sender<Outgoing>>,
}

/// What a connection is told to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outgoing {
    Text(String),
    Close(u16),
}

impl Server {
    /// Listens on an address and serves a new environment there; port 0 takes a free one.
    pub async fn start(config: Config, address: SocketAddr) -> io::Result<Running> {
        Self::serve(config, TcpListener::bind(address).await?, Limits::default())
    }

    /// Serves a new environment on a listener that exists, within these limits.
    pub fn serve(config: Config, listener: TcpListener, limits: Limits) -> io::Result<Running> {
        Self::run(Emulator::new(config), None, listener, limits)
    }

    /// Serves an emulator on a listener that exists, within these limits; a store keeps what it remembers.
    pub fn run(
        emulator: Emulator,
        store: Option<Store>,
        listener: TcpListener,
        limits: Limits,
    ) -> io::Result<Running> {
        let url = format!("http://{}", listener.local_addr()?);
        let inside = Inside {
            emulator,
            store,
            is_kept: true,
            queues: HashMap::new(),
        };
        let shared = Arc::new(Shared {
            limits,
            bodies: Semaphore::new(kibibytes(limits.max_bodies_bytes) as usize),
            url: url.clone(),
            inside: Mutex::new(inside),
            open: watch::Sender::new(0),
            due: watch::Sender::new(None),
        });
        let routes = Router::new()
            .route("/", get(show_page))
            .route(
                "/_emulator/console.css",
                get(([(CONTENT_TYPE, "text/css; charset=utf-8")], page::STYLE)),
            )
            .route(
                "/_emulator/console.js",
                get((
                    [(CONTENT_TYPE, "text/javascript; charset=utf-8")],
                    page::SCRIPT,
                )),
            )
            .route("/ws/v1/websocket", any(conversation::upgrade))
            .route("/ws/v1/websocket/", any(conversation::upgrade))
            .fallback(answer)
            .layer(from_fn_with_state(shared.clone(), for_everyone))
            .with_state(shared.clone());
        let (stop, stopped) = oneshot::channel();
        let draining = shared.clone();
        let serving = serving::serve(listener, routes, limits, async move {
            // An error is a dropped `Running`, which stops as well.
            let _ = stopped.await;
            draining.drain();
        });
        // What became due while nobody served.
        shared.with(|emulator, now| emulator.advance(now));
        let timed = shared.clone();
        let serving = tokio::spawn(async move {
            tokio::select! {
                served = serving => served,
                never = keep_time(&timed) => match never {},
            }
        });
        Ok(Running {
            url,
            shared,
            stop,
            serving,
        })
    }
}

impl Running {
    /// Where it answers, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Calls the emulator from outside the network; what it wants sent is sent.
    pub fn with<T>(&self, call: impl FnOnce(&mut Emulator, OffsetDateTime) -> T) -> T {
        self.shared.with(call)
    }

    /// Stops listening, closes every WebSocket with 1012, and returns when all are gone.
    ///
    /// A peer that does not go along is given up after a few seconds.
    pub async fn stop(self) {
        let Self {
            shared,
            stop,
            mut serving,
            ..
        } = self;
        let _ = stop.send(());
        let gone = async {
            let served = (&mut serving).await;
            let _ = shared.open.subscribe().wait_for(|open| *open == 0).await;
            served
        };
        match timeout(STOP_PATIENCE, gone).await {
            Ok(Ok(Ok(()))) => info!("stopped"),
            Ok(failure) => warn!(?failure, "stopped after a failure"),
            Err(_) => {
                serving.abort();
                warn!("stopped without waiting any longer for open connections");
            }
        }
    }
}

impl Shared {
    /// Calls the emulator and hands what it wants sent to the connections.
    pub(crate) fn with<T>(&self, call: impl FnOnce(&mut Emulator, OffsetDateTime) -> T) -> T {
        let mut inside = self.lock();
        let result = call(&mut inside.emulator, OffsetDateTime::now_utc());
        // Before anybody hears of it.
        inside.keep();
        inside.flush();
        let due = inside.emulator.next_due();
        self.due.send_if_modified(|known| {
            let is_new = *known != due;
            *known = due;
            is_new
        });
        result
    }

    /// Takes a WebSocket and gives it a queue, or says the answer that refuses it.
    pub(crate) fn connect(
        &self,
        target: &str,
    ) -> Result<(ConnectionId, mpsc::Receiver<Outgoing>), RefusedUpgrade> {
        let mut inside = self.lock();
        let connected = inside.emulator.connect(target, OffsetDateTime::now_utc());
        let connection = connected.map_err(|status| {
            let asked = inside.emulator.faults().refuse_upgrades;
            asked
                .filter(|asked| asked.status == status)
                .unwrap_or(status.into())
        })?;
        let (sender, receiver) = mpsc::channel(QUEUED_FRAMES);
        inside.queues.insert(connection, sender);
        self.open.send_modify(|open| *open += 1);
        Ok((connection, receiver))
    }

    /// Whether the store has everything that was changed.
    pub(crate) fn is_kept(&self) -> bool {
        self.lock().is_kept
    }

    pub(crate) fn lost(&self, connection: ConnectionId) -> Option<Lost> {
        self.lock().emulator.lost(connection)
    }

    /// Forgets a WebSocket whose connection is gone.
    pub(crate) fn gone(&self, connection: ConnectionId) {
        let mut inside = self.lock();
        inside.queues.remove(&connection);
        inside.emulator.disconnected(connection);
        self.open.send_modify(|open| *open -= 1);
    }

    fn drain(&self) {
        self.with(|emulator, _| {
            emulator.refuse_connections(Some(503));
            emulator.drain();
        });
        // Those are left that are half-open and heard nothing of it.
        self.lock().queues.clear();
    }

    /// A poisoned lock is taken all the same: one failed request must not end the service.
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn keep(&mut self) {
        if let Some(store) = &mut self.store {
            let kept = store.keep(&mut self.emulator);
            if let Err(error) = &kept {
                error!(%error, "could not write the state to its file");
            }
            self.is_kept = kept.is_ok();
        }
    }

    fn flush(&mut self) {
        while let Some(output) = self.emulator.next_output() {
            match output {
                Output::Send { connection, text } => {
                    let queue = self.queues.get(&connection);
                    if queue.is_some_and(|queue| queue.try_send(Outgoing::Text(text)).is_err()) {
                        warn!(%connection, "gave up a connection that does not read");
                        self.queues.remove(&connection);
                    }
                }
                Output::Close { connection, code } => {
                    if let Some(queue) = self.queues.remove(&connection) {
                        // A full queue ends when its sender is gone, with a code of its own.
                        let _ = queue.try_send(Outgoing::Close(code));
                    }
                }
            }
        }
    }
}

/// Lets the emulator do what becomes due between requests.
async fn keep_time(shared: &Shared) -> Infallible {
    let mut due = shared.due.subscribe();
    loop {
        let next = *due.borrow_and_update();
        let wait = async {
            match next.map(|at| at - OffsetDateTime::now_utc()) {
                Some(wait) => sleep(wait.try_into().unwrap_or_default()).await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = wait => shared.with(|emulator, now| emulator.advance(now)),
            // The sender is in `shared`.
            _ = due.changed() => {}
        }
    }
}

async fn show_page(
    State(shared): State<Arc<Shared>>,
) -> ([(HeaderName, &'static str); 1], Html<String>) {
    let page = page::render(&shared.url, shared.lock().emulator.config());
    ([(CONTENT_SECURITY_POLICY, page::POLICY)], Html(page))
}

/// At least one, so that no body is free.
pub(crate) fn kibibytes(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1024).max(1)).unwrap_or(u32::MAX)
}

/// Frames that may wait for a slow reader.
const QUEUED_FRAMES: usize = 1024;

const STOP_PATIENCE: Duration = Duration::from_secs(3);
