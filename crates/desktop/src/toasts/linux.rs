use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use doorbell_notifier::{Toast, ToastKey};
use futures_util::StreamExt;
use tokio::sync::{mpsc, oneshot};
use tracing::{debug, info, warn};
use zbus::{
    Connection, MatchRule, Message, MessageStream, message::Type, names::OwnedUniqueName,
    zvariant::Value,
};

use super::wording;
use crate::{asked::Asked, settings::Settings};

/// The desktop's notifications, through one connection that lives as long as this.
///
/// A daemon that is not there is no error: toasts shown meanwhile are lost, later ones appear.
#[derive(Clone, Debug)]
pub struct Toasts {
    orders: mpsc::UnboundedSender<Order>,
}

#[derive(Debug)]
enum Order {
    Show(Box<Toast>, oneshot::Sender<()>),
    Withdraw(ToastKey),
    Sound(bool),
}

impl Toasts {
    /// Starts listening for clicks, which go to `asked`, before any toast is shown.
    pub async fn start(
        bus: &Connection,
        settings: &Settings,
        asked: mpsc::UnboundedSender<Asked>,
    ) -> zbus::Result<Self> {
        let signals = signals(bus).await?;
        let owners = owners(bus).await?;
        let (orders, received) = mpsc::unbounded_channel();
        let actor = Actor {
            bus: bus.clone(),
            sound: settings.sound,
            asked,
            daemon: None,
            shown: HashMap::new(),
            closed: VecDeque::new(),
            complained: false,
        };
        tokio::spawn(actor.run(received, signals, owners));
        Ok(Self { orders })
    }

    /// Shows a toast. The receiver ends when the daemon has answered, or when there is none to show it.
    pub fn show(&self, toast: Toast) -> oneshot::Receiver<()> {
        let (done, shown) = oneshot::channel();
        self.order(Order::Show(Box::new(toast), done));
        shown
    }

    /// Takes a toast back, if it is still there.
    pub fn withdraw(&self, key: ToastKey) {
        self.order(Order::Withdraw(key));
    }

    /// Whether toasts may make the desktop's sound from now on.
    pub fn set_sound(&self, sound: bool) {
        self.order(Order::Sound(sound));
    }

    fn order(&self, order: Order) {
        if self.orders.send(order).is_err() {
            debug!("toasts have ended with the session");
        }
    }
}

struct Actor {
    bus: Connection,
    sound: bool,
    asked: mpsc::UnboundedSender<Asked>,
    daemon: Option<Daemon>,
    shown: HashMap<u32, Shown>,
    /// Some daemons close a toast before they tell of the click that closed it.
    closed: VecDeque<(u32, Shown)>,
    complained: bool,
}

/// The daemon that answered last, and what it can do.
struct Daemon {
    owner: OwnedUniqueName,
    actions: bool,
    markup: bool,
}

struct Shown {
    toast: Toast,
    activation_token: Option<String>,
}

impl Actor {
    async fn run(
        mut self,
        mut orders: mpsc::UnboundedReceiver<Order>,
        mut signals: MessageStream,
        mut owners: MessageStream,
    ) {
        loop {
            // One thing at a time: a click that comes before the answer to its `Notify` waits in the stream.
            tokio::select! {
                biased;
                Some(change) = owners.next() => match change {
                    Ok(change) => self.owner_changed(&change),
                    Err(error) => warn!(%error, "a change of the notification daemon was dropped"),
                },
                order = orders.recv() => match order {
                    Some(Order::Show(toast, done)) => {
                        self.show(*toast).await;
                        // Nobody needs to wait for it.
                        let _ = done.send(());
                    }
                    Some(Order::Withdraw(key)) => self.withdraw(&key).await,
                    Some(Order::Sound(sound)) => self.sound = sound,
                    None => return,
                },
                signal = signals.next() => match signal {
                    Some(Ok(signal)) => self.heard(&signal),
                    Some(Err(error)) => warn!(%error, "a signal of the notification daemon was dropped"),
                    None => return,
                },
            }
        }
    }

    /// Forgets the daemon when it is the one that lost the name.
    ///
    /// A daemon that `Notify` itself made the bus start has shown a toast before this is read: it gained the name.
    fn owner_changed(&mut self, change: &Message) {
        self.complained = false;
        let body = change.body();
        match body.deserialize::<(&str, &str, &str)>() {
            Ok((_name, before, _after)) => {
                let ours = |daemon: &Daemon| daemon.owner.as_str() == before;
                if self.daemon.as_ref().is_some_and(ours) {
                    self.forget_daemon();
                }
            }
            Err(error) => {
                warn!(%error, "a change of the notification daemon makes no sense");
            }
        }
    }

    /// Ids and abilities die with the daemon that gave them.
    fn forget_daemon(&mut self) {
        self.daemon = None;
        self.shown.clear();
        self.closed.clear();
    }

    async fn show(&mut self, toast: Toast) {
        match self.notify(&toast).await {
            Ok(id) => {
                self.complained = false;
                self.closed.retain(|(old, _)| *old != id);
                self.shown.insert(
                    id,
                    Shown {
                        toast,
                        activation_token: None,
                    },
                );
            }
            Err(error) if self.complained => debug!(%error, "a toast was not shown"),
            Err(error) => {
                self.complained = true;
                warn!(%error, "toasts cannot be shown now");
            }
        }
    }

    async fn notify(&mut self, toast: &Toast) -> zbus::Result<u32> {
        if self.daemon.is_none() {
            self.daemon = Some(self.meet().await?);
        }
        let Some(daemon) = &self.daemon else {
            return Err(zbus::Error::InvalidReply);
        };
        let replaces = toast
            .replaces
            .as_ref()
            .and_then(|key| self.id(key))
            .unwrap_or(0);
        let body = if daemon.markup {
            wording::escape(&toast.body)
        } else {
            toast.body.clone()
        };
        let actions = if daemon.actions {
            wording::actions(toast)
        } else {
            Vec::new()
        };
        let mut hints = HashMap::from([
            ("desktop-entry", Value::from(NAME)),
            ("category", Value::from("im.received")),
            ("urgency", Value::from(1u8)),
        ]);
        match self.sound {
            true => hints.insert("sound-name", Value::from("message-new-instant")),
            false => hints.insert("suppress-sound", Value::from(true)),
        };
        let arguments = (
            "Doorbell",
            replaces,
            NAME,
            &*toast.title,
            &*body,
            actions,
            hints,
            -1i32,
        );
        let answer = self.call("Notify", &arguments).await?;
        let id: u32 = answer.body().deserialize()?;
        if answer.header().sender() != Some(daemon.owner.inner()) {
            debug!("another notification daemon has come in between");
            self.forget_daemon();
            self.daemon = Some(self.meet().await?);
        }
        if replaces != 0 && replaces != id {
            self.shown.remove(&replaces);
        }
        Ok(id)
    }

    async fn meet(&self) -> zbus::Result<Daemon> {
        let answer = self.call("GetCapabilities", &()).await?;
        let owner = answer
            .header()
            .sender()
            .ok_or(zbus::Error::InvalidReply)?
            .to_owned()
            .into();
        let capabilities: Vec<String> = answer.body().deserialize()?;
        let answer = self.call("GetServerInformation", &()).await?;
        let (name, _vendor, version, _spec): (String, String, String, String) =
            answer.body().deserialize()?;
        let can = |ability: &str| capabilities.iter().any(|capability| capability == ability);
        let daemon = Daemon {
            owner,
            actions: can("actions"),
            markup: can("body-markup"),
        };
        info!(
            name,
            version,
            actions = daemon.actions,
            "notification daemon found"
        );
        Ok(daemon)
    }

    async fn withdraw(&mut self, key: &ToastKey) {
        let Some(id) = self.id(key) else { return };
        self.shown.remove(&id);
        if let Err(error) = self.call("CloseNotification", &id).await {
            debug!(%error, "a toast could not be taken back");
        }
    }

    fn id(&self, key: &ToastKey) -> Option<u32> {
        self.shown
            .iter()
            .find(|(_, shown)| shown.toast.key == *key)
            .map(|(id, _)| *id)
    }

    fn heard(&mut self, signal: &Message) {
        let Some(daemon) = &self.daemon else { return };
        if signal.header().sender() != Some(daemon.owner.inner()) {
            return;
        }
        let header = signal.header();
        let result = match header.member().map(|member| member.as_str()) {
            Some("ActionInvoked") => signal
                .body()
                .deserialize()
                .map(|(id, key): (u32, String)| self.clicked(id, &key)),
            Some("ActivationToken") => {
                signal
                    .body()
                    .deserialize()
                    .map(|(id, token): (u32, String)| {
                        if let Some(shown) = self.still_known(id) {
                            shown.activation_token = Some(token);
                        }
                    })
            }
            Some("NotificationClosed") => signal
                .body()
                .deserialize()
                .map(|(id, _reason): (u32, u32)| self.closed(id)),
            _ => Ok(()),
        };
        if let Err(error) = result {
            warn!(%error, "a signal of the notification daemon makes no sense");
        }
    }

    fn clicked(&mut self, id: u32, key: &str) {
        let Some(shown) = self.still_known(id) else {
            return;
        };
        let Some(action) = wording::action(&shown.toast, key) else {
            return;
        };
        let asked = Asked {
            action,
            activation_token: shown.activation_token.take(),
        };
        if self.asked.send(asked).is_err() {
            debug!("a click came after the end");
        }
    }

    fn closed(&mut self, id: u32) {
        if let Some(shown) = self.shown.remove(&id) {
            self.closed.push_front((id, shown));
            self.closed.truncate(CLOSED_KEPT);
        }
    }

    fn still_known(&mut self, id: u32) -> Option<&mut Shown> {
        match self.shown.get_mut(&id) {
            Some(shown) => Some(shown),
            None => self
                .closed
                .iter_mut()
                .find(|(closed, _)| *closed == id)
                .map(|(_, shown)| shown),
        }
    }

    async fn call<B>(&self, method: &str, body: &B) -> zbus::Result<Message>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        let call = self
            .bus
            .call_method(Some(DESTINATION), PATH, Some(INTERFACE), method, body);
        match tokio::time::timeout(PATIENCE, call).await {
            Ok(answer) => answer,
            Err(_) => Err(zbus::Error::InputOutput(std::sync::Arc::new(
                std::io::ErrorKind::TimedOut.into(),
            ))),
        }
    }
}

async fn signals(bus: &Connection) -> zbus::Result<MessageStream> {
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .path(PATH)?
        .interface(INTERFACE)?
        .build();
    MessageStream::for_match_rule(rule, bus, Some(QUEUE)).await
}

async fn owners(bus: &Connection) -> zbus::Result<MessageStream> {
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender("org.freedesktop.DBus")?
        .interface("org.freedesktop.DBus")?
        .member("NameOwnerChanged")?
        .arg(0, DESTINATION)?
        .build();
    MessageStream::for_match_rule(rule, bus, Some(QUEUE)).await
}

/// The name of the icon and of the .desktop file.
const NAME: &str = "doorbell";
const DESTINATION: &str = "org.freedesktop.Notifications";
const INTERFACE: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
const PATIENCE: Duration = Duration::from_secs(5);
const CLOSED_KEPT: usize = 16;
const QUEUE: usize = 512;
