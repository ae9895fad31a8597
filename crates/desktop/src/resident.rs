use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use doorbell_notifier::{Action, Desktop, Event, Face, Notifier, Options, Toast, ToastKey};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
    task::JoinSet,
    time::{sleep_until, timeout},
};
use tracing::{error, info, warn};
use zbus::Connection;

use crate::{
    asked::Asked,
    callers::Callers,
    door::{AccountStatus, CallerId, Door, FromDoor, FromResident, Role, Status, ToResident},
    keychain::Keychain,
    opener,
    profile::Profile,
    program::Program,
    settings::Settings,
    toasts::Toasts,
    tray::Tray,
    wake,
    window::Window,
};

/// What the resident needs to know before it starts.
#[derive(Debug)]
pub struct Start {
    pub profile: Profile,
    pub settings: Settings,
    /// What of the settings could not be used, in sentences for the person.
    pub complaint: Option<String>,
    pub program: Arc<Program>,
    /// The window opens by itself when nobody is signed in.
    pub opens_window: bool,
    pub activation_token: Option<String>,
}

/// Why the resident ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It was asked to, or the session ended.
    Asked,
    /// Its program was replaced on the disk and should be started.
    Replaced,
}

/// The resident cannot go on; a sentence without its full stop.
#[derive(Debug)]
pub struct ResidentError(String);

/// Waits all day: performs what the app wants of the desktop and tells it what people ask for.
///
/// It needs a tokio runtime, one thread of it is enough. Where there is no session bus it says so in the log
/// and goes on without tray, toasts and keychain.
pub async fn run(door: Door, start: Start) -> Result<Ending, ResidentError> {
    // Held to the end: whoever is to come next waits for it.
    let lock = door.lock();
    let mut at_door = door.open(start.program.clone());
    let (asked, mut asks) = mpsc::unbounded_channel();
    let bus = session_bus().await;
    let tray = bus
        .as_ref()
        .map(|bus| Tray::start(bus, start.settings.tray_theme, asked.clone()));
    let toasts = match &bus {
        Some(bus) if start.settings.toasts => {
            match Toasts::start(bus, &start.settings, asked.clone()).await {
                Ok(toasts) => Some(toasts),
                Err(error) => {
                    warn!(%error, "toasts cannot be shown");
                    None
                }
            }
        }
        _ => None,
    };
    let (notifier, mut wishes) = doorbell_notifier::start(Options {
        seed: seed(),
        network: start.settings.network(),
        config: start.settings.config(),
        memory: Some((start.profile.memory_file(), start.settings.contents())),
        pictures: Some(start.profile.pictures_dir()),
    })
    .map_err(|error| ResidentError(error.to_string()))?;
    let mut resident = Resident {
        keychain: Keychain::new(start.profile.keychain_service()),
        window: Window::new(start.profile.name()),
        notifier,
        tray,
        toasts,
        callers: Callers::default(),
        token: start.activation_token.map(|token| (token, Instant::now())),
        status: Status {
            words: "Starting.".to_owned(),
            unread: None,
            accounts: Vec::new(),
        },
        keychain_calls: JoinSet::new(),
        proxy_password_calls: JoinSet::new(),
        proxy_has_password: start.settings.proxy_has_password(),
        end_by: None,
    };
    resident.recall(start.opens_window);
    let complaints = start
        .complaint
        .into_iter()
        .chain(resident.notifier.complaints().iter().cloned());
    let complaints: Vec<String> = complaints.collect();
    if !complaints.is_empty() {
        resident.say_trouble(complaints.join(" "));
    }

    let mut wakes = wake::watch();
    let mut ending = Ending::Asked;
    let (mut term, mut int, mut hup) = (
        on(SignalKind::terminate())?,
        on(SignalKind::interrupt())?,
        on(SignalKind::hangup())?,
    );
    info!(
        profile = start.profile.name(),
        version = crate::door::VERSION,
        "started"
    );
    loop {
        tokio::select! {
            wish = wishes.recv() => match wish {
                Some(Desktop::Quit) => break,
                Some(wish) => resident.perform(wish),
                None => {
                    error!("the app has ended by itself");
                    return Err(ResidentError("Doorbell had to stop; its log says where".to_owned()));
                }
            },
            Some(what) = at_door.recv() => {
                if matches!(what, FromDoor::Outdated) {
                    info!("another version was installed; making way for it");
                    ending = Ending::Replaced;
                }
                resident.answer_door(what);
            }
            Some(Asked { action, activation_token }) = asks.recv() => {
                resident.keep_token(activation_token);
                resident.notifier.send(Event::Do(action));
            }
            Some(()) = wakes.recv() => resident.notifier.send(Event::Woke),
            Some(answered) = resident.keychain_calls.join_next() => match answered {
                Ok(answer) => resident.keychain_answered(answer),
                Err(error) => error!(%error, "a call to the keychain broke off"),
            },
            Some(answered) = resident.proxy_password_calls.join_next() => match answered {
                Ok(caller) => resident.read_proxy_password(caller),
                Err(error) => error!(%error, "a call for the proxy's password broke off"),
            },
            sentence = resident.window.ended() => if let Some(sentence) = sentence {
                resident.say_trouble(sentence);
            },
            _ = term.recv() => resident.quit(),
            _ = int.recv() => resident.quit(),
            _ = hup.recv() => resident.quit(),
            () = closed(bus.as_ref()), if resident.end_by.is_none() => {
                info!("the session has ended");
                resident.quit();
            }
            () = until(resident.end_by) => {
                warn!("what was on its way could not be finished in time");
                break;
            }
        }
    }
    drop(at_door);
    resident.end().await;
    info!("ended");
    drop(lock);
    Ok(ending)
}

struct Resident {
    notifier: Notifier,
    keychain: Keychain,
    tray: Option<Tray>,
    toasts: Option<Toasts>,
    window: Window,
    callers: Callers,
    /// The last activation token, and when it came; it opens one window.
    token: Option<(String, Instant)>,
    status: Status,
    keychain_calls: JoinSet<Event>,
    /// Those who are answered once the password of the proxy is read.
    proxy_password_calls: JoinSet<CallerId>,
    /// The settings name a proxy and somebody who has a password there.
    proxy_has_password: bool,
    end_by: Option<Instant>,
}

impl Resident {
    fn perform(&mut self, wish: Desktop) {
        match wish {
            Desktop::Tray(tray) => {
                self.status = status(&tray);
                if let Some(place) = &self.tray {
                    place.show(tray);
                }
            }
            Desktop::View(view) => {
                let deaf = self.callers.show(&FromResident::View(*view));
                self.lose(deaf);
            }
            Desktop::Toast(toast) => {
                let (key, notifier) = (toast.key.clone(), self.notifier.clone());
                match &self.toasts {
                    Some(toasts) => {
                        let shown = toasts.show(toast);
                        tokio::spawn(async move {
                            // Ended with or without it: either way the next one need not wait.
                            let _ = shown.await;
                            notifier.shown(key);
                        });
                    }
                    None => notifier.shown(key),
                }
            }
            Desktop::Withdraw(key) => {
                if let Some(toasts) = &self.toasts {
                    toasts.withdraw(key);
                }
            }
            Desktop::OpenUrl { account, item, url } => {
                let (token, notifier) = (self.take_token(), self.notifier.clone());
                tokio::spawn(async move {
                    let result = opener::open(&url, token.as_deref()).await;
                    notifier.send(Event::Opened {
                        account,
                        item,
                        result,
                    });
                });
            }
            Desktop::ShowWindow | Desktop::ToggleWindow => self.show_window(),
            Desktop::Store(credentials) => {
                let stored = self.keychain.store(credentials);
                self.call_keychain(async {
                    Event::Stored(stored.await.map_err(|error| error.to_string()))
                });
            }
            Desktop::Recall => self.recall(false),
            Desktop::Forget { account } => {
                let removed = self.keychain.remove(account);
                self.call_keychain(async {
                    Event::Forgotten(removed.await.map_err(|error| error.to_string()))
                });
            }
            Desktop::SignInEnded(result) => {
                let worked = result.is_ok();
                let words = result.unwrap_or_else(|problem| problem.message);
                let ended = FromResident::SignInEnded { worked, words };
                let deaf = self.callers.end_sign_in(&ended);
                self.lose(deaf);
            }
            Desktop::Quit => {}
        }
    }

    fn answer_door(&mut self, what: FromDoor) {
        match what {
            FromDoor::Came(caller) => {
                self.keep_token(caller.activation_token.clone());
                if caller.role == Role::Window {
                    self.window.arrived();
                }
                self.callers.came(caller);
            }
            FromDoor::Said(id, words) => self.hear(id, words),
            FromDoor::Gone(id) => self.lose(vec![id]),
            FromDoor::Outdated => self.quit(),
        }
    }

    fn hear(&mut self, id: CallerId, words: ToResident) {
        let Some(role) = self.callers.role(id) else {
            return;
        };
        let answer = match words {
            // The door answers a hello itself.
            ToResident::Hello { .. } => None,
            ToResident::Status => Some(FromResident::Status(self.status.clone())),
            ToResident::ProxyPasswordChanged => {
                let password = self.proxy_password();
                self.proxy_password_calls.spawn(async move {
                    password.await;
                    id
                });
                None
            }
            ToResident::Do(action) if *action.innermost() == Action::Quit => {
                self.quit();
                None
            }
            ToResident::Do(action) => {
                if matches!(action.innermost(), Action::Show { .. }) {
                    self.callers.watches(id);
                }
                let answered_later = match (action.innermost(), role) {
                    (Action::SignIn { .. }, Role::Command) => {
                        self.callers.signs_in(id);
                        true
                    }
                    (Action::SignOut { .. }, Role::Command) => {
                        self.callers.signs_out(id);
                        true
                    }
                    _ => false,
                };
                self.notifier.send(Event::Do(action));
                (role == Role::Command && !answered_later).then_some(FromResident::Done)
            }
        };
        if let Some(answer) = answer {
            let deaf = self.callers.answer(id, &answer);
            self.lose(deaf);
        }
    }

    /// These callers have gone.
    fn lose(&mut self, gone: Vec<CallerId>) {
        for id in gone {
            if self.callers.left(id) {
                self.notifier.send(Event::WindowGone);
            }
        }
    }

    fn show_window(&mut self) {
        let activation_token = self.take_token();
        if self.callers.has_window() {
            let present = FromResident::Present { activation_token };
            let deaf = self.callers.tell_windows(&present);
            self.lose(deaf);
        } else if let Err(sentence) = self.window.start(activation_token.as_deref()) {
            self.say_trouble(sentence);
        }
    }

    fn say_trouble(&self, sentence: String) {
        warn!("{sentence}");
        if let Some(toasts) = &self.toasts
            && self.end_by.is_none()
        {
            toasts.show(trouble(sentence));
        }
    }

    /// Reads the keychain, and shows the window when nobody is signed in, if it may.
    fn recall(&mut self, opens_window: bool) {
        // Before the accounts, which need it on their way.
        let password = self.proxy_password();
        let (read, notifier) = (self.keychain.read(), self.notifier.clone());
        self.call_keychain(async move {
            password.await;
            let restored = read.await;
            let somebody = matches!(&restored, Ok(found) if !found.is_empty());
            if opens_window && !somebody {
                notifier.send(Event::Do(Action::OpenWindow));
            }
            match restored {
                Ok(found) => Event::Restored(found),
                Err(error) => Event::KeychainUnavailable(error.to_string()),
            }
        });
    }

    /// Reads the password of the proxy, if it should have one, and uses it from then on.
    fn proxy_password(&self) -> impl Future<Output = ()> + Send + use<> {
        let asked = self
            .proxy_has_password
            .then(|| (self.keychain.proxy_password(), self.notifier.clone()));
        async move {
            let Some((password, notifier)) = asked else {
                return;
            };
            match password.await {
                Ok(password) => notifier.set_proxy_password(password),
                Err(error) => warn!(%error, "the password of the proxy cannot be read"),
            }
        }
    }

    /// The password of the proxy is the one that this caller stored: what waits goes out now.
    fn read_proxy_password(&mut self, caller: CallerId) {
        self.notifier.send(Event::Do(Action::Retry));
        let deaf = self.callers.answer(caller, &FromResident::Done);
        self.lose(deaf);
    }

    fn call_keychain(&mut self, answer: impl Future<Output = Event> + Send + 'static) {
        self.keychain_calls.spawn(answer);
    }

    fn keychain_answered(&mut self, answer: Event) {
        if let Event::Forgotten(result) = &answer {
            let (worked, words) = match result {
                Ok(()) => (true, "Signed out.".to_owned()),
                Err(reason) => (
                    false,
                    format!("You are signed out, but the keychain kept the credentials: {reason}."),
                ),
            };
            let ended = FromResident::SignedOut { worked, words };
            let deaf = self.callers.end_sign_out(&ended);
            self.lose(deaf);
        }
        self.notifier.send(answer);
    }

    fn keep_token(&mut self, token: Option<String>) {
        if let Some(token) = token.filter(|token| !token.is_empty()) {
            self.token = Some((token, Instant::now()));
        }
    }

    fn take_token(&mut self) -> Option<String> {
        self.token
            .take()
            .filter(|(_, came)| came.elapsed() < TOKEN_LIFE)
            .map(|(token, _)| token)
    }

    /// Asks the app to end; what is on its way has some seconds.
    fn quit(&mut self) {
        self.end_by
            .get_or_insert_with(|| Instant::now() + FLUSH_WITHIN);
        self.notifier.send(Event::Do(Action::Quit));
    }

    /// Lets go of everybody, and finishes what the keychain was asked for.
    async fn end(mut self) {
        self.callers.clear();
        let keychain_done = async { while self.keychain_calls.join_next().await.is_some() {} };
        if timeout(KEYCHAIN_WITHIN, keychain_done).await.is_err() {
            warn!("the keychain did not answer before the end");
        }
        // The window ends by itself when the door closes; a program started anew would not know it.
        let _ = timeout(WINDOW_WITHIN, async {
            if self.window.is_running() {
                self.window.ended().await;
            }
        })
        .await;
    }
}

fn status(tray: &doorbell_notifier::Tray) -> Status {
    let (words, unread) = match tray.face {
        Face::Count(unread) | Face::Paused(unread) => {
            (format!("{}. Connected.", tray.words), Some(unread))
        }
        Face::Offline(unread) => (format!("{}.", tray.words), Some(unread)),
        Face::SignedOut | Face::Refused => (format!("{}.", tray.words), None),
    };
    let accounts = tray.accounts.iter().map(|account| AccountStatus {
        id: account.id.clone(),
        user: account.user.clone(),
        name: account.name.clone(),
        words: account.words.clone(),
    });
    Status {
        words,
        unread,
        accounts: accounts.collect(),
    }
}

fn trouble(sentence: String) -> Toast {
    Toast {
        key: ToastKey::Trouble,
        replaces: Some(ToastKey::Trouble),
        title: "Doorbell".to_owned(),
        body: sentence,
        default: Action::OpenWindow,
        buttons: Vec::new(),
        items: Vec::new(),
    }
}

async fn session_bus() -> Option<Connection> {
    match timeout(BUS_WITHIN, Connection::session()).await {
        Ok(Ok(bus)) => return Some(bus),
        Ok(Err(error)) => warn!(%error, "there is no session bus: no tray, no toasts, no keychain"),
        Err(_) => warn!("the session bus does not answer: no tray, no toasts, no keychain"),
    }
    None
}

async fn closed(bus: Option<&Connection>) {
    match bus {
        Some(bus) => bus.closed().await,
        None => std::future::pending().await,
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

fn on(kind: SignalKind) -> Result<tokio::signal::unix::Signal, ResidentError> {
    signal(kind)
        .map_err(|error| ResidentError(format!("the system's signals cannot be heard: {error}")))
}

/// Chance from the system, by way of the keys that the standard library draws for its hash maps.
fn seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::process::id())
}

impl fmt::Display for ResidentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ResidentError {}

const TOKEN_LIFE: Duration = Duration::from_secs(30);
const BUS_WITHIN: Duration = Duration::from_secs(10);
const FLUSH_WITHIN: Duration = Duration::from_secs(10);
const KEYCHAIN_WITHIN: Duration = Duration::from_secs(5);
/// The window says its farewell for 2 s (`FAREWELL` in src-tauri/src/bridge.rs), and needs a moment to end after it.
const WINDOW_WITHIN: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    fn tray(face: Face, tooltip: &str) -> doorbell_notifier::Tray {
        doorbell_notifier::Tray {
            face,
            words: tooltip.to_owned(),
            tooltip: tooltip.to_owned(),
            menu: Vec::new(),
            accounts: Vec::new(),
        }
    }

    #[test]
    fn the_status_says_the_number_and_the_connection() {
        let connected = status(&tray(Face::Count(3), "3 unread"));
        assert_eq!(connected.words, "3 unread. Connected.");
        assert_eq!(connected.unread, Some(3));
        let offline = status(&tray(Face::Offline(2), "Offline, 2 unread when last heard"));
        assert_eq!(offline.words, "Offline, 2 unread when last heard.");
        assert_eq!(offline.unread, Some(2));
        let signed_out = status(&tray(Face::SignedOut, "Signed out"));
        assert_eq!(signed_out.words, "Signed out.");
        assert_eq!(signed_out.unread, None);
    }

    #[test]
    fn two_starts_draw_different_chance() {
        assert_ne!(seed(), seed());
    }
}
