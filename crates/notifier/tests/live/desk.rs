use std::{fmt, time::Duration};

use doorbell_emulator::{Config, Running};
use doorbell_knock::Draft;
use doorbell_notifier::{
    Action, ConnectionState, Desktop, Event, Face, FeedView, Filter, NetworkOptions, Notifier,
    Options, Problem, Toast, Tray, View, start,
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout_at},
};

/// Longer than anything here takes, even on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A running app, and a desktop that does what it is told and remembers what it was shown.
pub(crate) struct Desk {
    notifier: Notifier,
    desktop: mpsc::UnboundedReceiver<Desktop>,
    pub(crate) tray: Option<Tray>,
    view: Option<FeedView>,
    pub(crate) toasts: Vec<Toast>,
    pub(crate) opened: Vec<String>,
    ended_sign_in: Option<Result<String, Problem>>,
    pub(crate) stored: usize,
    pub(crate) ended: bool,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        Desk::through(NetworkOptions::default())
    }

    /// Nobody signed in, and this network.
    pub(crate) fn through(network: NetworkOptions) -> Desk {
        let desk = Desk::starting(network);
        desk.notifier.send(Event::Restored(vec![]));
        desk
    }

    /// Nobody signed in, and these settings.
    pub(crate) fn set(config: doorbell_notifier::Config) -> Desk {
        let desk = Desk::with(Options {
            seed: 7,
            config,
            ..Options::default()
        });
        desk.notifier.send(Event::Restored(vec![]));
        desk
    }

    fn starting(network: NetworkOptions) -> Desk {
        Desk::with(Options {
            seed: 7,
            network,
            ..Options::default()
        })
    }

    fn with(options: Options) -> Desk {
        let (notifier, desktop) = start(options).unwrap();
        Desk {
            notifier,
            desktop,
            tray: None,
            view: None,
            toasts: Vec::new(),
            opened: Vec::new(),
            ended_sign_in: None,
            stored: 0,
            ended: false,
        }
    }

    pub(crate) async fn signed_in(knock: &Running) -> Desk {
        let mut desk = Desk::new();
        desk.sign_in(draft(knock.url())).await.unwrap();
        desk.until("the tray has a number", |desk| {
            matches!(desk.face(), Some(Face::Count(_)))
        })
        .await;
        desk
    }

    /// Signed in since the start, with a window open, whatever the server says to it.
    pub(crate) fn restored(host: &str) -> Desk {
        Desk::restored_through(host, NetworkOptions::default())
    }

    pub(crate) fn restored_through(host: &str, network: NetworkOptions) -> Desk {
        let mut desk = Desk::starting(network);
        let credentials = draft(host).parse().unwrap();
        desk.notifier.send(Event::Restored(vec![credentials]));
        desk.show();
        desk
    }

    pub(crate) fn notifier(&self) -> &Notifier {
        &self.notifier
    }

    pub(crate) fn act(&self, action: Action) {
        self.notifier.send(Event::Do(action));
    }

    pub(crate) fn show(&mut self) {
        self.act(Action::Show {
            filter: Filter::All,
            only: Default::default(),
            first: 0,
            count: 50,
        });
    }

    pub(crate) async fn sign_in(&mut self, draft: Draft) -> Result<String, Problem> {
        self.ended_sign_in = None;
        self.act(Action::SignIn { draft });
        self.until("the sign-in ends", |desk| desk.ended_sign_in.is_some())
            .await;
        self.ended_sign_in.take().unwrap()
    }

    pub(crate) async fn fails_to_sign_in(&mut self, draft: Draft) -> Problem {
        self.sign_in(draft).await.unwrap_err()
    }

    /// Does what the app wants of a desktop until the condition holds.
    pub(crate) async fn until(&mut self, what: &str, mut holds: impl FnMut(&Desk) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds(self) {
            let Ok(Some(wanted)) = timeout_at(deadline, self.desktop.recv()).await else {
                panic!("not in time: {what}\n{self:?}");
            };
            self.perform(wanted);
        }
    }

    pub(crate) fn perform(&mut self, wanted: Desktop) {
        match wanted {
            Desktop::Tray(tray) => self.tray = Some(tray),
            Desktop::View(view) => {
                self.view = match *view {
                    View::Feed(feed) => Some(*feed),
                    View::SignedOut(_) | View::Preferences(_) | View::Settings { .. } => None,
                }
            }
            Desktop::Toast(toast) => {
                self.notifier.shown(toast.key.clone());
                self.toasts.push(toast);
            }
            Desktop::OpenUrl { account, item, url } => {
                self.opened.push(url.to_string());
                let result = Ok(());
                self.notifier.send(Event::Opened {
                    account,
                    item,
                    result,
                });
            }
            Desktop::Store(_) => {
                self.stored += 1;
                self.notifier.send(Event::Stored(Ok(())));
            }
            Desktop::SignInEnded(result) => self.ended_sign_in = Some(result),
            Desktop::Quit => self.ended = true,
            Desktop::Withdraw(_)
            | Desktop::ShowWindow
            | Desktop::Listed { .. }
            | Desktop::ToggleWindow
            | Desktop::Recall
            | Desktop::Forget { .. } => {}
        }
    }

    pub(crate) fn face(&self) -> Option<Face> {
        self.tray.as_ref().map(|tray| tray.face)
    }

    /// Does what the app wants of a desktop for a while.
    pub(crate) async fn live_until(&mut self, end: Instant) {
        while let Ok(Some(wanted)) = timeout_at(end, self.desktop.recv()).await {
            self.perform(wanted);
        }
    }

    /// What the window says of the connection.
    pub(crate) fn words(&self) -> Option<&str> {
        self.view
            .as_ref()
            .map(|view| view.connection.words.as_str())
    }

    pub(crate) fn connection(&self) -> Option<ConnectionState> {
        self.view.as_ref().map(|view| view.connection.state)
    }

    /// What the window says of the connection; nothing while there is none.
    pub(crate) fn connection_words(&self) -> &str {
        let view = self.view.as_ref();
        view.map_or("", |view| &view.connection.words)
    }

    /// The ids in the list, once a first page has come.
    pub(crate) fn rows(&self) -> Option<Vec<&str>> {
        let view = self.view.as_ref().filter(|view| view.loaded)?;
        Some(view.rows.iter().map(|row| row.id.0.as_str()).collect())
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}\n{:?}\n{:?}", self.tray, self.view, self.toasts)
    }
}

pub(crate) fn draft(host: &str) -> Draft {
    let config = Config::default();
    Draft {
        public_key: config.public_key,
        user_id: config.user_id,
        feed_id: config.feed_id,
        host: host.to_owned(),
        ..Draft::default()
    }
}

pub(crate) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        sleep(Duration::from_millis(10)).await;
    }
}
