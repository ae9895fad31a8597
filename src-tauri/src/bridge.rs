use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use doorbell_desktop::door::{Client, DoorError, FromResident, LineError, ToResident};
use doorbell_notifier::{Action, View};
use tauri::{AppHandle, Emitter, Manager};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tracing::warn;

use crate::page;

/// What stands between the page and the door.
#[derive(Debug)]
pub(crate) struct Bridge {
    asked: UnboundedSender<Action>,
    told: Mutex<Told>,
}

/// The last that the resident said; a page that comes later, or again, is told the same.
#[derive(Clone, Debug)]
enum Told {
    Nothing,
    View(Box<View>),
    /// A sentence: the resident has ended.
    Gone(String),
}

impl Bridge {
    /// A bridge, and what the page asks for through it.
    pub(crate) fn new() -> (Self, UnboundedReceiver<Action>) {
        let (asked, asked_for) = mpsc::unbounded_channel();
        (
            Self {
                asked,
                told: Mutex::new(Told::Nothing),
            },
            asked_for,
        )
    }

    /// Passes on what the page asks for; refused with a sentence when nobody listens any more.
    pub(crate) fn ask(&self, action: Action) -> Result<(), String> {
        self.asked
            .send(action)
            .map_err(|_| "it has ended".to_owned())
    }

    /// Tells the page the latest once more.
    pub(crate) fn repeat(&self, app: &AppHandle) {
        let told = self
            .told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let emitted = match told {
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

/// Carries words between the door and the page until the resident ends, then ends the process.
pub(crate) async fn carry(client: Client, mut asked: UnboundedReceiver<Action>, app: AppHandle) {
    let (mut reader, mut writer) = client.split();
    let bridge = app.state::<Bridge>();
    loop {
        tokio::select! {
            Some(action) = asked.recv() => match writer.send(&ToResident::Do(action)).await {
                Ok(()) => {}
                Err(error @ DoorError::Line(LineError::TooLong)) => warn!(%error, "dropped what the page asked for"),
                // The reader hears of the end as well, and first of all that was said before it.
                Err(error) => warn!(%error, "the resident does not hear"),
            },
            said = reader.next() => match said {
                Ok(Some(FromResident::View(view))) => bridge.tell(&app, Told::View(Box::new(view))),
                Ok(Some(FromResident::Present { activation_token })) => page::present(&app, activation_token),
                // Answers to commands, which a window does not give.
                Ok(Some(
                    FromResident::Hello { .. }
                    | FromResident::Status(_)
                    | FromResident::SignInEnded { .. }
                    | FromResident::SignedOut { .. }
                    | FromResident::Done,
                )) => {}
                Ok(None) => break,
                Err(error) => {
                    warn!(%error, "the door is lost");
                    break;
                }
            },
        }
    }
    // From here on the page hears at once that nobody listens.
    drop(asked);
    bridge.tell(&app, Told::Gone(GONE.to_owned()));
    tokio::time::sleep(FAREWELL).await;
    app.exit(0);
}

const GONE: &str =
    "This window closes with it. Nothing was lost: start Doorbell to see your feed again.";
/// How long the page may show that the resident has ended.
const FAREWELL: Duration = Duration::from_secs(2);
