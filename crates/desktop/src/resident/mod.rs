//! The part that waits all day: one loop between the app and the desktop.
//!
//! `wishes` performs what the app wants, `visitors` answers whoever stands at the door, `secrets` calls the keychain, `live`
//! makes changed settings count, `report` says how everything is.

mod live;
mod report;
mod secrets;
mod visitors;
mod wishes;

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use doorbell_notifier::{Action, Desktop, Event, Notifier, Options};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::{mpsc, watch},
    task::JoinSet,
    time::{sleep, sleep_until, timeout},
};
use tracing::{error, info, warn};
use zbus::Connection;

use crate::{
    asked::Asked,
    autostart::Autostart,
    callers::Callers,
    door::{CallerId, Door, FromDoor, FromResident, Status},
    keychain::Keychain,
    logging::Log,
    profile::Profile,
    program::Program,
    settings::{Complaint, Settings, SettingsFile},
    toasts::Toasts,
    tray::Tray,
    wake,
    window::Window,
};
pub(crate) use report::diagnostics_alone;

/// What the resident needs to know before it starts.
#[derive(Debug)]
pub struct Start {
    pub profile: Profile,
    pub settings: Settings,
    /// What of the settings could not be used.
    pub complaints: Vec<Complaint>,
    pub program: Arc<Program>,
    /// Absent where it cannot be written.
    pub log: Option<Log>,
    /// Nobody wants to see the window before they ask for it.
    pub hidden: bool,
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
        .map(|bus| Tray::start(bus, live::look(&start.settings), asked.clone()));
    let toasts = match &bus {
        Some(bus) => match Toasts::start(bus, &start.settings, asked.clone()).await {
            Ok(toasts) => Some(toasts),
            Err(error) => {
                warn!(%error, "toasts cannot be shown");
                None
            }
        },
        None => None,
    };
    let (notifier, mut wishes) = begin(&start.profile, &start.settings)?;
    let mut without_tray: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(stays_without_tray(
        tray.as_ref().map(Tray::host),
        start.hidden,
    ));
    let mut resident = Resident {
        keychain: Keychain::new(start.profile.keychain_service()),
        window: Window::new(start.profile.name()),
        autostart: Autostart::of(&start.profile, start.program.path()),
        settings_file: SettingsFile::new(start.profile.settings_file()),
        profile: start.profile,
        settings: start.settings,
        complaints: start.complaints,
        log: start.log,
        notifier,
        tray,
        toasts,
        callers: Callers::default(),
        token: start.activation_token.map(|token| (token, Instant::now())),
        status: Status {
            words: "Starting.".to_owned(),
            ..Status::default()
        },
        keychain_calls: JoinSet::new(),
        errands: JoinSet::new(),
        renewing: false,
        end_by: None,
    };
    let mut settings_watch = resident.settings_file.watch();
    resident.recall(start.opens_window);
    resident.begin_with_settings();

    let mut wakes = wake::watch();
    let mut ending = Ending::Asked;
    let (mut term, mut int, mut hup) = (
        on(SignalKind::terminate())?,
        on(SignalKind::interrupt())?,
        on(SignalKind::hangup())?,
    );
    info!(
        profile = resident.profile.name(),
        version = crate::door::VERSION,
        "started"
    );
    loop {
        tokio::select! {
            wish = wishes.recv() => match wish {
                Some(Desktop::Quit) if resident.renewing && resident.end_by.is_none() => {
                    // What it held has to be let go of before it is taken up again.
                    while wishes.recv().await.is_some() {}
                    wishes = resident.begin_anew()?;
                }
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
                resident.do_or_quit(action);
            }
            Some(()) = wakes.recv() => resident.notifier.send(Event::Woke),
            () = settings_watch.changed() => resident.read_settings(None),
            () = &mut without_tray, if resident.end_by.is_none() => {
                without_tray = Box::pin(std::future::pending());
                resident.say_without_tray();
            }
            Some(answered) = resident.keychain_calls.join_next() => match answered {
                Ok(answer) => resident.keychain_answered(answer),
                Err(error) => error!(%error, "a call to the keychain broke off"),
            },
            Some(done) = resident.errands.join_next() => match done {
                Ok(Errand::Answer(caller, answer)) => resident.answer(caller, &answer),
                Ok(Errand::Trouble(sentence)) => resident.say_trouble(sentence),
                Ok(Errand::Done) => {}
                Err(error) => error!(%error, "what somebody at the door asked for broke off"),
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
    resident.end(at_door).await;
    info!("ended");
    drop(lock);
    Ok(ending)
}

struct Resident {
    profile: Profile,
    settings: Settings,
    complaints: Vec<Complaint>,
    settings_file: SettingsFile,
    autostart: Autostart,
    log: Option<Log>,
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
    /// What callers asked for that takes a while.
    errands: JoinSet<Errand>,
    /// The app ends to begin anew with other settings.
    renewing: bool,
    end_by: Option<Instant>,
}

/// What came of something that took a while.
enum Errand {
    /// A caller waits for this.
    Answer(CallerId, Box<FromResident>),
    /// A sentence for the person.
    Trouble(String),
    Done,
}

impl Resident {
    fn do_or_quit(&mut self, action: Action) {
        match action.innermost() {
            Action::Quit => self.quit(),
            _ => self.notifier.send(Event::Do(action)),
        }
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
    async fn end(mut self, mut at_door: mpsc::Receiver<FromDoor>) {
        // Those who do not hear it will find out.
        let _ = self.callers.tell_windows(&FromResident::Bye);
        let mut standing = self.callers.clear();
        let everybody_left = async {
            while standing > 0 {
                match at_door.recv().await {
                    Some(FromDoor::Gone(_)) => standing -= 1,
                    Some(_) => {}
                    None => return,
                }
            }
        };
        let _ = timeout(LEAVE_WITHIN, everybody_left).await;
        drop(at_door);
        let keychain_done = async { while self.keychain_calls.join_next().await.is_some() {} };
        if timeout(KEYCHAIN_WITHIN, keychain_done).await.is_err() {
            warn!("the keychain did not answer before the end");
        }
        // The window ends by itself when it was told; a program started anew would not know it.
        let _ = timeout(WINDOW_WITHIN, async {
            if self.window.is_running() {
                self.window.ended().await;
            }
        })
        .await;
    }
}

/// Starts the app with these settings.
fn begin(
    profile: &Profile,
    settings: &Settings,
) -> Result<(Notifier, mpsc::UnboundedReceiver<Desktop>), ResidentError> {
    doorbell_notifier::start(Options {
        seed: seed(),
        network: settings.network(),
        config: settings.config(),
        memory: Some((profile.memory_file(), settings.contents())),
        pictures: Some(profile.pictures_dir()),
    })
    .map_err(|error| ResidentError(error.to_string()))
}

/// Ends when the desktop shows no icon some time after a start that somebody has asked for; never otherwise.
async fn stays_without_tray(host: Option<watch::Receiver<bool>>, hidden: bool) {
    if !hidden {
        // At login the panel may come after us.
        sleep(TRAY_WITHIN).await;
        if !host.is_some_and(|host| *host.borrow()) {
            return;
        }
    }
    std::future::pending().await
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
const TRAY_WITHIN: Duration = Duration::from_secs(10);
const FLUSH_WITHIN: Duration = Duration::from_secs(10);
const LEAVE_WITHIN: Duration = Duration::from_secs(1);
const KEYCHAIN_WITHIN: Duration = Duration::from_secs(5);
/// The window says its farewell for 2 s (`FAREWELL` in src-tauri/src/bridge.rs), and needs a moment to end after it.
const WINDOW_WITHIN: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_starts_draw_different_chance() {
        assert_ne!(seed(), seed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_missing_tray_is_said_only_where_somebody_wants_to_see_something() {
        let within = TRAY_WITHIN * 2;
        let said = |host: Option<bool>, hidden| async move {
            let host = host.map(|host| watch::channel(host).1);
            timeout(within, stays_without_tray(host, hidden))
                .await
                .is_ok()
        };
        assert!(said(Some(false), false).await);
        assert!(said(None, false).await);
        assert!(!said(Some(true), false).await);
        assert!(!said(Some(false), true).await);
    }
}
