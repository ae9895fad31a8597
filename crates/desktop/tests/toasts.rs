//! Toasts on a real daemon, and on one that clicks faster than a person can.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use doorbell_desktop::{Asked, Settings, toasts::Toasts};
use doorbell_notifier::{AccountId, Action, Mark, Toast, ToastButton, ToastKey};
use tokio::{sync::mpsc, time::timeout};
use xtask::stage::{PATIENCE, Stage, StageOptions, wait_for, wait_until};
use zbus::{
    Connection, connection, fdo::RequestNameFlags, object_server::SignalEmitter,
    zvariant::OwnedValue,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_click_before_the_answer_to_notify_is_not_lost() {
    let stage = bare_stage();
    let daemon = Daemon::start(&stage, &["actions", "body-markup"], Some("default")).await;
    let (toasts, mut asked) = toasts(&stage).await;
    toasts.show(toast(1, "Tea < coffee & <b>cake</b>"));
    assert_eq!(
        next(&mut asked).await,
        Asked {
            action: Action::OpenWindow,
            activation_token: Some("token-1".to_owned())
        }
    );
    let seen = daemon.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].title, "Toast 1");
    assert_eq!(
        seen[0].body,
        "Tea &lt; coffee &amp; &lt;b&gt;cake&lt;/b&gt;"
    );
    assert_eq!(seen[0].actions, ["default", "Open", "0", "Mark all read"]);
    assert_eq!(seen[0].hints["desktop-entry"], "doorbell");
    assert_eq!(seen[0].hints["category"], "im.received");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_button_does_what_it_says() {
    let stage = bare_stage();
    let _daemon = Daemon::start(&stage, &["actions"], Some("0")).await;
    let (toasts, mut asked) = toasts(&stage).await;
    toasts.show(toast(1, ""));
    assert_eq!(
        next(&mut asked).await.action,
        Action::MarkAll { mark: Mark::Read }
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sound_can_be_turned_on_between_two_toasts() {
    let stage = bare_stage();
    let daemon = Daemon::start(&stage, &["actions"], None).await;
    let (toasts, _asked) = toasts(&stage).await;
    toasts.show(toast(1, ""));
    toasts.set_sound(true);
    toasts.show(toast(2, ""));
    let seen = daemon.wait_for(2);
    assert_eq!(seen[0].hints.get("sound-name"), None);
    assert_eq!(seen[1].hints["sound-name"], "message-new-instant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_without_markup_or_actions_gets_neither() {
    let stage = bare_stage();
    let daemon = Daemon::start(&stage, &["body"], None).await;
    let (toasts, _asked) = toasts(&stage).await;
    toasts.show(toast(1, "1 < 2"));
    let seen = daemon.wait_for(1);
    assert_eq!(seen[0].body, "1 < 2");
    assert_eq!(seen[0].actions, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_cannot_click() {
    let stage = bare_stage();
    let daemon = Daemon::start(&stage, &["actions"], None).await;
    let (toasts, mut asked) = toasts(&stage).await;
    toasts.show(toast(1, ""));
    daemon.wait_for(1);
    let stranger = connect(&stage).await;
    emit(&stranger, "ActionInvoked", &(1u32, "0")).await;
    emit(&daemon.bus, "ActionInvoked", &(7u32, "0")).await;
    emit(&daemon.bus, "ActionInvoked", &(1u32, "no such key")).await;
    emit(&daemon.bus, "ActionInvoked", &(1u32, "default")).await;
    assert_eq!(next(&mut asked).await.action, Action::OpenWindow);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_that_comes_late_or_anew_shows_what_comes_after() {
    let stage = bare_stage();
    let (toasts, _asked) = toasts(&stage).await;
    toasts.show(toast(1, "lost"));

    let daemon = Daemon::start(&stage, &["actions"], None).await;
    wait_until(PATIENCE, "a toast on the daemon that came late", || {
        toasts.show(toast(2, "shown"));
        !daemon.seen().is_empty()
    })
    .unwrap();
    daemon.bus.close().await.unwrap();

    let daemon = Daemon::start(&stage, &["actions"], None).await;
    toasts.show(Toast {
        replaces: Some(key(2)),
        ..toast(3, "anew")
    });
    let seen = daemon.wait_for(1);
    assert_eq!(
        seen.last().map(|seen| (seen.replaces, &*seen.body)),
        Some((0, "anew"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_toast_that_made_the_bus_start_a_daemon_can_be_clicked() {
    let stage = bare_stage();
    let (_, display) = stage
        .environment()
        .into_iter()
        .find(|(name, _)| name == "DISPLAY")
        .unwrap();
    let daemon = format!(
        "[D-BUS Service]\nName=org.freedesktop.Notifications\n\
         Exec=/usr/bin/env DISPLAY={display} dunst -conf {}\n",
        stage.dir().join("config/dunst/dunstrc").display()
    );
    std::fs::write(stage.dir().join("services/notifications.service"), daemon).unwrap();
    let (toasts, mut asked) = toasts(&stage).await;
    let bus = zbus::fdo::DBusProxy::new(&connect(&stage).await)
        .await
        .unwrap();
    bus.reload_config().await.unwrap();

    toasts.show(toast(1, "first"));
    let name = zbus::names::BusName::try_from("org.freedesktop.Notifications").unwrap();
    timeout(PATIENCE, async {
        while !bus.name_has_owner(name.clone()).await.unwrap() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("a daemon that the toast has started");
    displayed(&stage, 1).await;
    stage.click_toast().unwrap();
    assert_eq!(next(&mut asked).await.action, Action::OpenWindow);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_toast_that_met_another_daemon_than_the_one_asked_can_be_clicked() {
    let stage = bare_stage();
    let heir = connect(&stage).await;
    let first = Daemon::start_with_heir(&stage, &["actions"], heir.clone()).await;
    let second = Daemon::on(&heir, &["body"], None).await;
    let (toasts, mut asked) = toasts(&stage).await;
    toasts.show(toast(1, ""));
    let seen = second.wait_for(1);
    assert!(first.seen().is_empty());
    assert_eq!(seen[0].title, "Toast 1");
    emit(&second.bus, "ActionInvoked", &(1u32, "default")).await;
    assert_eq!(next(&mut asked).await.action, Action::OpenWindow);

    toasts.show(toast(2, ""));
    let seen = second.wait_for(2);
    assert_eq!(
        seen[1].actions,
        Vec::<String>::new(),
        "its own abilities count, not those of the one before"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_daemon_replaces_clicks_and_takes_back() {
    let stage = Stage::start(StageOptions {
        keyring: false,
        ..StageOptions::default()
    })
    .unwrap();
    let (toasts, mut asked) = toasts(&stage).await;
    toasts.show(toast(1, "first"));
    toasts.show(Toast {
        replaces: Some(key(1)),
        ..toast(2, "1 < 2")
    });
    // What is on the screen shows only when it has been closed, so a third one says that both have come.
    toasts.show(toast(3, "third"));
    displayed(&stage, 2).await;
    toasts.withdraw(key(3));
    displayed(&stage, 1).await;
    stage.click_toast().unwrap();
    assert_eq!(next(&mut asked).await.action, Action::OpenWindow);

    toasts.withdraw(key(2));
    displayed(&stage, 0).await;
    let history = stage.dunst_history().unwrap();
    let bodies: Vec<&str> = history.iter().map(|toast| &*toast.body).collect();
    assert_eq!(bodies, ["1 &lt; 2", "third"]);
}

async fn displayed(stage: &Stage, count: usize) {
    timeout(PATIENCE, async {
        while stage.toasts_displayed().unwrap() != count {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap_or_else(|_| panic!("{count} toasts on the screen"));
}

fn bare_stage() -> Stage {
    Stage::start(StageOptions {
        keyring: false,
        notifications: false,
        ..StageOptions::default()
    })
    .unwrap()
}

async fn toasts(stage: &Stage) -> (Toasts, mpsc::UnboundedReceiver<Asked>) {
    let (asked, asks) = mpsc::unbounded_channel();
    let toasts = Toasts::start(&connect(stage).await, &Settings::default(), asked)
        .await
        .unwrap();
    (toasts, asks)
}

fn toast(number: u64, body: &str) -> Toast {
    Toast {
        key: key(number),
        replaces: None,
        title: format!("Toast {number}"),
        body: body.to_owned(),
        default: Action::OpenWindow,
        buttons: vec![ToastButton {
            label: "Mark all read".to_owned(),
            action: Action::MarkAll { mark: Mark::Read },
        }],
        items: Vec::new(),
    }
}

async fn next(asked: &mut mpsc::UnboundedReceiver<Asked>) -> Asked {
    timeout(PATIENCE, asked.recv())
        .await
        .expect("a click")
        .expect("toasts live")
}

async fn connect(stage: &Stage) -> Connection {
    connection::Builder::address(&*stage.bus_address())
        .unwrap()
        .build()
        .await
        .unwrap()
}

async fn emit<B: serde::Serialize + zbus::zvariant::DynamicType>(
    bus: &Connection,
    signal: &str,
    body: &B,
) {
    let interface = "org.freedesktop.Notifications";
    bus.emit_signal(
        None::<&str>,
        "/org/freedesktop/Notifications",
        interface,
        signal,
        body,
    )
    .await
    .unwrap();
}

/// A notification daemon that shows nothing and remembers everything.
struct Daemon {
    bus: Connection,
    seen: Arc<Mutex<Vec<Seen>>>,
}

#[derive(Clone, Debug)]
struct Seen {
    replaces: u32,
    title: String,
    body: String,
    actions: Vec<String>,
    hints: HashMap<String, String>,
}

impl Daemon {
    async fn start(stage: &Stage, abilities: &[&str], clicks: Option<&'static str>) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let interface = Interface::new(&seen, abilities, clicks);
        let bus = connection::Builder::address(&*stage.bus_address())
            .unwrap()
            .serve_at("/org/freedesktop/Notifications", interface)
            .unwrap()
            .name("org.freedesktop.Notifications")
            .unwrap()
            .build()
            .await
            .unwrap();
        Self { bus, seen }
    }

    /// A daemon that loses its name to `heir` while it is asked what it can do.
    async fn start_with_heir(stage: &Stage, abilities: &[&str], heir: Connection) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mut interface = Interface::new(&seen, abilities, None);
        interface.heir = Some(heir);
        let bus = connect(stage).await;
        let path = "/org/freedesktop/Notifications";
        bus.object_server().at(path, interface).await.unwrap();
        let flags = RequestNameFlags::AllowReplacement.into();
        bus.request_name_with_flags("org.freedesktop.Notifications", flags)
            .await
            .unwrap();
        Self { bus, seen }
    }

    /// A daemon that does not have the name yet.
    async fn on(bus: &Connection, abilities: &[&str], clicks: Option<&'static str>) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let interface = Interface::new(&seen, abilities, clicks);
        let path = "/org/freedesktop/Notifications";
        bus.object_server().at(path, interface).await.unwrap();
        Self {
            bus: bus.clone(),
            seen,
        }
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    fn wait_for(&self, count: usize) -> Vec<Seen> {
        wait_for(PATIENCE, "a toast at the daemon", || {
            let seen = self.seen();
            (seen.len() >= count).then_some(seen)
        })
        .unwrap()
    }
}

struct Interface {
    seen: Arc<Mutex<Vec<Seen>>>,
    abilities: Vec<String>,
    clicks: Option<&'static str>,
    heir: Option<Connection>,
}

impl Interface {
    fn new(seen: &Arc<Mutex<Vec<Seen>>>, abilities: &[&str], clicks: Option<&'static str>) -> Self {
        Self {
            seen: seen.clone(),
            abilities: abilities.iter().map(ToString::to_string).collect(),
            clicks,
            heir: None,
        }
    }
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Interface {
    async fn get_capabilities(&self) -> zbus::fdo::Result<Vec<String>> {
        if let Some(heir) = &self.heir {
            let flags = RequestNameFlags::ReplaceExisting.into();
            heir.request_name_with_flags("org.freedesktop.Notifications", flags)
                .await?;
        }
        Ok(self.abilities.clone())
    }

    fn get_server_information(&self) -> (&str, &str, &str, &str) {
        ("test", "doorbell", "1", "1.2")
    }

    #[allow(clippy::too_many_arguments, reason = "the specification's")]
    async fn notify(
        &mut self,
        _app: &str,
        replaces: u32,
        _icon: &str,
        title: String,
        body: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        _expires: i32,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> zbus::fdo::Result<u32> {
        let id = {
            let mut seen = self.seen.lock().unwrap();
            let hints = hints
                .into_iter()
                .filter_map(|(name, value)| Some((name, String::try_from(value).ok()?)))
                .collect();
            seen.push(Seen {
                replaces,
                title,
                body,
                actions,
                hints,
            });
            u32::try_from(seen.len()).unwrap()
        };
        if let Some(key) = self.clicks {
            Self::activation_token(&emitter, id, &format!("token-{id}")).await?;
            Self::notification_closed(&emitter, id, 2).await?;
            Self::action_invoked(&emitter, id, key).await?;
        }
        Ok(id)
    }

    async fn close_notification(
        &self,
        id: u32,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> zbus::fdo::Result<()> {
        Ok(Self::notification_closed(&emitter, id, 3).await?)
    }

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, key: &str) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn activation_token(
        emitter: &SignalEmitter<'_>,
        id: u32,
        token: &str,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn notification_closed(
        emitter: &SignalEmitter<'_>,
        id: u32,
        reason: u32,
    ) -> zbus::Result<()>;
}

fn key(number: u64) -> ToastKey {
    let account = AccountId::parse("0123456789abcdef0123456789abcdef").unwrap();
    ToastKey::Summary { account, number }
}
