use std::{
    collections::HashMap,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use doorbell_knock::Failure;
use time::OffsetDateTime;
use tokio::{
    sync::{Notify, mpsc},
    task::{JoinHandle, JoinSet},
    time::{sleep, sleep_until},
};
use tracing::error;

use crate::{
    app::App,
    config::Config,
    desktop::Desktop,
    driver::Driver,
    event::{Effect, Event, Line, Now},
    gallery,
    network::{Network, NetworkOptions},
    rest::Rest,
    scribe::Scribe,
    store::{Change, Contents, Kept, Store},
    toast::ToastKey,
    token::{self, TokenError},
};

/// What the app needs to know before it starts.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Feeds jitter and reference ids; take it from the system's randomness.
    pub seed: u64,
    pub network: NetworkOptions,
    pub config: Config,
    /// The file in which the app remembers what happened, and whether what items say may be in it; in memory only
    /// when there is none.
    pub memory: Option<(PathBuf, Contents)>,
    /// The directory in which the window finds pictures; without one there are none.
    pub pictures: Option<PathBuf>,
}

/// A handle to the running app.
#[derive(Clone, Debug)]
pub struct Notifier {
    events: mpsc::UnboundedSender<Event>,
    shown: mpsc::UnboundedSender<ToastKey>,
    network: Arc<Network>,
    complaints: Arc<[String]>,
}

impl Notifier {
    /// Tells the app what happened. After it has ended nothing happens.
    pub fn send(&self, event: Event) {
        let _ = self.events.send(event);
    }

    /// Tells that a toast is on the screen, or cannot be: until then the next one waits.
    pub fn shown(&self, toast: ToastKey) {
        let _ = self.shown.send(toast);
    }

    /// What of the options could not be used, in sentences that say what works without it.
    pub fn complaints(&self) -> &[String] {
        &self.complaints
    }

    /// Sets the password of the proxy that the settings name, or that there is none any more. It counts for
    /// connections made from now on.
    pub fn set_proxy_password(&self, password: Option<String>) {
        self.network.set_proxy_password(password);
    }
}

/// Starts the app on the current tokio runtime. What it wants of the desktop comes out of the receiver,
/// which ends after [`Desktop::Quit`].
///
/// # Errors
/// When TLS cannot be set up on this system; the text says why.
pub fn start(options: Options) -> Result<(Notifier, mpsc::UnboundedReceiver<Desktop>), StartError> {
    let (network, complaints) =
        Network::new(&options.network).map_err(|error| StartError(error.to_string()))?;
    let network = Arc::new(network);
    let client = network
        .http()
        .map_err(|error| StartError(error.to_string()))?;
    let (events, inbox) = mpsc::unbounded_channel();
    let (desktop, outbox) = mpsc::unbounded_channel();
    let (shown, showings) = mpsc::unbounded_channel();
    let (store, kept) = match &options.memory {
        Some((path, contents)) => {
            let (store, kept, sentence) = Store::open(path, *contents);
            if let Some(sentence) = sentence {
                let _ = events.send(Event::Unkept(sentence));
            }
            (store, kept)
        }
        None => (Store::open_in_memory(), Kept::default()),
    };
    let hands = Hands {
        network: network.clone(),
        client,
        seed: options.seed,
        lines: HashMap::new(),
        events: events.clone(),
        desktop,
        scribe: Scribe::new(store),
        pictures: options.pictures,
    };
    let app = App::new(options.seed, options.config, kept);
    tokio::spawn(run(app, hands, inbox, showings));
    let notifier = Notifier {
        events,
        shown,
        network,
        complaints: complaints.into(),
    };
    Ok((notifier, outbox))
}

/// TLS could not be set up; the text says why.
#[derive(Debug)]
pub struct StartError(String);

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "secure connections cannot be set up on this system: {}",
            self.0
        )
    }
}

impl std::error::Error for StartError {}

/// The one loop: an event in, its effects performed, in order.
async fn run(
    mut app: App,
    mut hands: Hands,
    mut inbox: mpsc::UnboundedReceiver<Event>,
    mut showings: mpsc::UnboundedReceiver<ToastKey>,
) {
    // The tray is there from the first moment, whatever the keychain waits for.
    let mut effects = app.handle(Event::Tick, now());
    loop {
        for effect in effects {
            if hands.perform(effect).is_break() {
                return;
            }
        }
        hands.let_toasts_out();
        let event = tokio::select! {
            event = inbox.recv() => Some(event.unwrap_or(Event::Tick)),
            () = until(app.deadline(now())) => Some(Event::Tick),
            Some(shown) = showings.recv() => {
                hands.scribe.shown(&shown);
                None
            }
            () = until(hands.scribe.deadline()) => None,
        };
        effects = event.map_or_else(Vec::new, |event| app.handle(event, now()));
    }
}

/// What performs effects: a socket task and an HTTP client for each line.
struct Hands {
    network: Arc<Network>,
    client: reqwest::Client,
    seed: u64,
    lines: HashMap<Line, Hand>,
    events: mpsc::UnboundedSender<Event>,
    desktop: mpsc::UnboundedSender<Desktop>,
    scribe: Scribe,
    pictures: Option<PathBuf>,
}

struct Hand {
    rest: Rest,
    woken: Arc<Notify>,
    socket: JoinHandle<()>,
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.socket.abort();
    }
}

impl Hands {
    fn perform(&mut self, effect: Effect) -> std::ops::ControlFlow<()> {
        match effect {
            Effect::Connect {
                line,
                credentials,
                joins,
            } => {
                let woken = Arc::new(Notify::new());
                let rest = Rest::new(
                    self.client.clone(),
                    self.network.clone(),
                    (*credentials).clone(),
                );
                let socket = {
                    let (network, events, woken) =
                        (self.network.clone(), self.events.clone(), woken.clone());
                    let mut seed = self.seed;
                    self.seed = self.seed.wrapping_add(SEEDS_A_LINE);
                    tokio::spawn(keep(move || {
                        seed = seed.wrapping_add(1);
                        Driver::new(line, &credentials, network.clone(), seed, events.clone())
                            .run(joins.clone(), woken.clone())
                    }))
                };
                let hand = Hand {
                    rest,
                    woken,
                    socket,
                };
                self.lines.insert(line, hand);
            }
            Effect::Disconnect { line } => {
                self.lines.remove(&line);
            }
            Effect::Wake { line } => {
                if let Some(hand) = self.lines.get(&line) {
                    hand.woken.notify_one();
                }
            }
            Effect::Fetch {
                line,
                feed,
                request,
            } => {
                if let Some((rest, events)) = self.caller(line) {
                    tokio::spawn(async move {
                        let task = tokio::spawn(async move { rest.page(request).await });
                        let result = answer(task).await;
                        let _ = events.send(Event::Fetched { line, feed, result });
                    });
                }
            }
            Effect::Update {
                line,
                mark,
                request,
            } => {
                if let Some((rest, events)) = self.caller(line) {
                    tokio::spawn(async move {
                        let task = tokio::spawn(async move { rest.update(request).await });
                        let result = answer(task).await;
                        let _ = events.send(Event::Settled { line, mark, result });
                    });
                }
            }
            Effect::Save(changes) => self.save(&changes),
            Effect::Tell { changes, toast } => self.scribe.tell(changes, toast),
            Effect::FetchSettings {
                line,
                feed,
                request,
            } => {
                if let Some((rest, events)) = self.caller(line) {
                    tokio::spawn(async move {
                        let task = tokio::spawn(async move { rest.settings(request).await });
                        let result = answer(task).await;
                        let _ = events.send(Event::SettingsFetched { line, feed, result });
                    });
                }
            }
            Effect::Preferences { line, request } => {
                if let Some((rest, events)) = self.caller(line) {
                    tokio::spawn(async move {
                        let task = tokio::spawn(async move { rest.preferences(request).await });
                        let result = answer(task).await;
                        let _ = events.send(Event::PreferencesCame { line, result });
                    });
                }
            }
            Effect::FetchPicture { url } => {
                let (client, directory) = (self.client.clone(), self.pictures.clone());
                let events = self.events.clone();
                tokio::spawn(async move {
                    let there = match directory {
                        Some(directory) => gallery::fetch(&client, &directory, &url).await,
                        None => false,
                    };
                    let _ = events.send(Event::PictureCame { url, there });
                });
            }
            Effect::ForgetPictures => {
                if let Some(directory) = &self.pictures {
                    gallery::clear(directory);
                }
            }
            Effect::RefreshToken { line, source } => {
                let (client, network) = (self.client.clone(), self.network.clone());
                let events = self.events.clone();
                tokio::spawn(async move {
                    let task =
                        tokio::spawn(async move { token::ask(&source, &client, &network).await });
                    let result = task.await.unwrap_or_else(|_| {
                        error!("asking for a token panicked");
                        Err(TokenError::Broken)
                    });
                    let _ = events.send(Event::TokenRefreshed { line, result });
                });
            }
            Effect::Desktop(desktop) => {
                let last = desktop == Desktop::Quit;
                let wanted = match desktop {
                    Desktop::Withdraw(key) => {
                        let gone = self.scribe.withdraw(&key).into_iter();
                        gone.map(Desktop::Withdraw).collect()
                    }
                    desktop => vec![desktop],
                };
                let mut wanted = wanted.into_iter();
                if wanted.any(|desktop| self.desktop.send(desktop).is_err()) || last {
                    return std::ops::ControlFlow::Break(());
                }
            }
        }
        std::ops::ControlFlow::Continue(())
    }

    fn save(&mut self, changes: &[Change]) {
        self.scribe.save(changes);
        self.pass_complaint_on();
    }

    fn let_toasts_out(&mut self) {
        if let Some(toast) = self.scribe.next(Instant::now()) {
            let _ = self.desktop.send(Desktop::Toast(toast));
            self.pass_complaint_on();
        }
    }

    fn pass_complaint_on(&mut self) {
        if let Some(sentence) = self.scribe.complaint() {
            let _ = self.events.send(Event::Unkept(sentence));
        }
    }

    fn caller(&self, line: Line) -> Option<(Rest, mpsc::UnboundedSender<Event>)> {
        let Some(hand) = self.lines.get(&line) else {
            error!("a request for a line that is not there");
            return None;
        };
        Some((hand.rest.clone(), self.events.clone()))
    }
}

/// Runs what `start` makes until it ends by itself. After a panic it is made anew: a bug costs a moment, not the link.
async fn keep<F: Future<Output = ()> + Send + 'static>(mut start: impl FnMut() -> F) {
    loop {
        let mut task = JoinSet::from_iter([start()]);
        match task.join_next().await {
            Some(Err(error)) if error.is_panic() => {
                error!("a socket's task panicked; it is started anew");
                sleep(RESTART_AFTER).await;
            }
            Some(_) | None => return,
        }
    }
}

/// What a request was answered with. One that panicked counts as not answered, so that it is made again.
async fn answer<T>(task: JoinHandle<Result<T, Failure>>) -> Result<T, Failure> {
    task.await.unwrap_or_else(|_| {
        error!("a request panicked");
        Err(Failure::Unreachable("the request broke off".to_owned()))
    })
}

fn now() -> Now {
    Now {
        instant: Instant::now(),
        utc: OffsetDateTime::now_utc(),
        offset: crate::clock::offset(),
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

const RESTART_AFTER: Duration = Duration::from_secs(1);
/// Seeds kept apart for one line's sockets.
const SEEDS_A_LINE: u64 = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_socket_that_panics_is_started_anew() {
        let mut starts = 0;
        keep(|| {
            starts += 1;
            let again = starts < 3;
            async move { assert!(!again, "a bug") }
        })
        .await;
        assert_eq!(starts, 3);
    }

    #[tokio::test]
    async fn a_request_that_panics_is_made_again() {
        let task = tokio::spawn(async { panic!("a bug") });
        let failure = answer::<()>(task).await.unwrap_err();
        assert!(failure.is_transient());
    }
}
