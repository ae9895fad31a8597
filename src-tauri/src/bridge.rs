use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use doorbell_desktop::{
    Profile,
    door::{Client, DoorError, FromResident, LineError, Role, ToResident},
    settings::SettingsView,
};
use doorbell_notifier::{Action, View};
use tauri::{AppHandle, Emitter, Manager};
use tokio::{
    sync::{
        mpsc::{self, UnboundedReceiver, UnboundedSender},
        oneshot,
    },
    time::sleep,
};
use tracing::warn;

use crate::page;

/// What stands between the page and the door.
#[derive(Debug)]
pub(crate) struct Bridge {
    asked: UnboundedSender<Asked>,
    told: Mutex<Told>,
}

/// What the page asks for, and where the answer goes when there is to be one.
#[derive(Debug)]
pub(crate) struct Asked {
    words: ToResident,
    answer: Option<oneshot::Sender<FromResident>>,
}

/// The last that the resident said; a page that comes later, or again, is told the same.
#[derive(Clone, Debug)]
enum Told {
    Nothing,
    View(Box<View>),
    /// The resident is lost; with a sentence when it has ended for good.
    Gone(Option<String>),
}

impl Bridge {
    /// A bridge, and what the page asks for through it.
    pub(crate) fn new() -> (Self, UnboundedReceiver<Asked>) {
        let (asked, asked_for) = mpsc::unbounded_channel();
        (
            Self {
                asked,
                told: Mutex::new(Told::Nothing),
            },
            asked_for,
        )
    }

    /// Passes on what the page asks for; refused with a sentence when nobody listens.
    pub(crate) fn act(&self, action: Action) -> Result<(), String> {
        self.ask(ToResident::Do(action), None)
    }

    /// Asks for something that has an answer.
    pub(crate) async fn question(&self, words: ToResident) -> Result<FromResident, String> {
        let (answer, answered) = oneshot::channel();
        self.ask(words, Some(answer))?;
        match answered.await {
            Ok(FromResident::Refused { words }) => Err(words),
            Ok(answer) => Ok(answer),
            Err(_) => Err(NOBODY.to_owned()),
        }
    }

    fn ask(
        &self,
        words: ToResident,
        answer: Option<oneshot::Sender<FromResident>>,
    ) -> Result<(), String> {
        if matches!(self.told(), Told::Gone(_)) {
            return Err(NOBODY.to_owned());
        }
        let asked = self.asked.send(Asked { words, answer });
        asked.map_err(|_| NOBODY.to_owned())
    }

    fn told(&self) -> Told {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.clone()
    }

    /// Tells the page the latest once more.
    pub(crate) fn repeat(&self, app: &AppHandle) {
        let emitted = match self.told() {
            Told::Nothing => Ok(()),
            Told::View(view) => app.emit_to(page::LABEL, "view", view),
            Told::Gone(sentence) => app.emit_to(page::LABEL, "gone", sentence),
        };
        if let Err(error) = emitted {
            warn!(%error, "the page cannot be told");
        }
    }

    fn tell(&self, app: &AppHandle, told: Told) {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = told;
        self.repeat(app);
    }
}

/// Carries words between the door and the page. A resident that is lost is waited for; one that ends ends the process.
pub(crate) async fn carry(
    mut client: Client,
    asked: UnboundedReceiver<Asked>,
    profile: Profile,
    app: AppHandle,
) {
    let mut carrier = Carrier {
        asked,
        shows: None,
        app: app.clone(),
    };
    while let Conversation::Lost = carrier.talk(client).await {
        app.state::<Bridge>().tell(&app, Told::Gone(None));
        carrier.forget();
        client = call_again(&profile).await;
    }
    // From here on the page hears at once that nobody listens.
    app.state::<Bridge>()
        .tell(&app, Told::Gone(Some(GONE.to_owned())));
    sleep(FAREWELL).await;
    app.exit(0);
}

/// How talking to a resident ended.
enum Conversation {
    /// It said goodbye.
    Over,
    /// It was killed, or broke off: it may be back.
    Lost,
}

struct Carrier {
    asked: UnboundedReceiver<Asked>,
    /// What the page wants to be shown; a resident that comes back does not know it.
    shows: Option<Action>,
    app: AppHandle,
}

impl Carrier {
    async fn talk(&mut self, client: Client) -> Conversation {
        let (mut reader, mut writer) = client.split();
        // Answers come in the order of the questions.
        let mut waiting: VecDeque<oneshot::Sender<FromResident>> = VecDeque::new();
        if let Some(show) = self.shows.clone()
            && let Err(error) = writer.send(&ToResident::Do(show)).await
        {
            warn!(%error, "the resident that came back does not hear");
        }
        loop {
            tokio::select! {
                Some(Asked { words, answer }) = self.asked.recv() => {
                    if let ToResident::Do(action) = &words
                        && matches!(action.innermost(), Action::Show { .. })
                    {
                        self.shows = Some(action.clone());
                    }
                    match writer.send(&words).await {
                        Ok(()) => waiting.extend(answer),
                        Err(error @ DoorError::Line(LineError::TooLong)) => {
                            warn!(%error, "dropped what the page asked for");
                        }
                        // The reader hears of the end as well, and first of all that was said before it.
                        Err(error) => warn!(%error, "the resident does not hear"),
                    }
                },
                said = reader.next() => match said {
                    Ok(Some(FromResident::Bye)) => return Conversation::Over,
                    Ok(Some(words @ (FromResident::Present { .. } | FromResident::Toggle { .. }))) => {
                        if let Err(error) = writer.send(&ToResident::Heard).await {
                            warn!(%error, "the resident does not hear");
                        }
                        self.heard(words, &mut waiting);
                    }
                    Ok(Some(words)) => self.heard(words, &mut waiting),
                    Ok(None) => return Conversation::Lost,
                    Err(error) => {
                        warn!(%error, "the door is lost");
                        return Conversation::Lost;
                    }
                },
            }
        }
    }

    fn heard(&self, words: FromResident, waiting: &mut VecDeque<oneshot::Sender<FromResident>>) {
        let bridge = self.app.state::<Bridge>();
        match words {
            FromResident::View(view) => bridge.tell(&self.app, Told::View(Box::new(view))),
            FromResident::Present { activation_token } => {
                page::present(&self.app, activation_token);
            }
            FromResident::Toggle { activation_token } => page::toggle(&self.app, activation_token),
            FromResident::SettingsChanged(settings) => tell_settings(&self.app, settings),
            answer @ (FromResident::Settings(_)
            | FromResident::Refused { .. }
            | FromResident::Diagnostics(_)
            | FromResident::Done) => {
                if let Some(asker) = waiting.pop_front() {
                    // Whoever asked may not wait any more.
                    let _ = asker.send(answer);
                }
            }
            // Answers to commands, which a window does not give, and what has been heard before.
            FromResident::Hello { .. }
            | FromResident::Bye
            | FromResident::Status(_)
            | FromResident::List(_)
            | FromResident::SignInEnded { .. }
            | FromResident::SignedOut { .. } => {}
        }
    }

    /// What was asked of a resident that is lost is not asked of the next one.
    fn forget(&mut self) {
        while self.asked.try_recv().is_ok() {}
    }
}

/// Somebody else changed the settings.
fn tell_settings(app: &AppHandle, settings: SettingsView) {
    if let Err(error) = app.emit_to(page::LABEL, "settings", settings) {
        warn!(%error, "the page cannot be told of settings");
    }
}

async fn call_again(profile: &Profile) -> Client {
    loop {
        sleep(BETWEEN_CALLS).await;
        match Client::connect(profile, Role::Window, None).await {
            Ok(client) => return client,
            Err(DoorError::Nobody) => {}
            Err(error) => warn!(%error, "the door does not open"),
        }
    }
}

const NOBODY: &str = "Doorbell is not running.";
const GONE: &str =
    "This window closes with it. Nothing was lost: start Doorbell to see your feed again.";
/// How long the page may show that the resident has ended.
const FAREWELL: Duration = Duration::from_secs(2);
const BETWEEN_CALLS: Duration = Duration::from_millis(500);
