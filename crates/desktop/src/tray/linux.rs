use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use doorbell_notifier::{
    Action, Face, MenuEntry, Tray as Shown, badge,
    badge::{Style, Theme},
};
use ksni::{
    Category, Handle, Icon, MenuItem, OfflineReason, ToolTip, TrayMethods,
    menu::{StandardItem, SubMenu},
};
use tokio::sync::{mpsc, watch};
use tracing::{info, warn};
use zbus::{Connection, fdo::DBusProxy};

use crate::asked::Asked;

/// The tray's item. Where the desktop has no tray it waits for one.
#[derive(Debug)]
pub struct Tray {
    wanted: watch::Sender<Wanted>,
    host: watch::Receiver<bool>,
}

/// How the icon is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub theme: Theme,
    pub style: Style,
}

#[derive(Clone, Debug, PartialEq)]
struct Wanted {
    shown: Option<Shown>,
    look: Look,
}

impl Tray {
    /// Starts the item; it appears with the first [`Tray::show`]. Clicks go to `asked`.
    pub fn start(bus: &Connection, look: Look, asked: mpsc::UnboundedSender<Asked>) -> Self {
        let (wanted, wants) = watch::channel(Wanted { shown: None, look });
        let (hosted, host) = watch::channel(false);
        let keeper = Keeper {
            bus: bus.clone(),
            asked,
            hosted: Arc::new(hosted),
            without_host: Arc::default(),
        };
        tokio::spawn(keeper.keep(wants));
        Self { wanted, host }
    }

    /// Shows this from now on. Nothing is published when it is what is shown already.
    pub fn show(&self, tray: Shown) {
        self.want(|wanted| wanted.shown = Some(tray));
    }

    /// Draws the icon like this from now on.
    pub fn set_look(&self, look: Look) {
        self.want(|wanted| wanted.look = look);
    }

    /// Whether the desktop has a place for the icon.
    pub fn host(&self) -> watch::Receiver<bool> {
        self.host.clone()
    }

    fn want(&self, change: impl FnOnce(&mut Wanted)) {
        self.wanted.send_if_modified(|wanted| {
            let before = wanted.clone();
            change(wanted);
            *wanted != before
        });
    }
}

/// What keeps the icon in whichever tray there is.
struct Keeper {
    bus: Connection,
    asked: mpsc::UnboundedSender<Asked>,
    hosted: Arc<watch::Sender<bool>>,
    /// The item found no host when it came.
    without_host: Arc<AtomicBool>,
}

impl Keeper {
    /// Publishes each tray that is wanted, the last one only when they come fast.
    async fn keep(self, mut wants: watch::Receiver<Wanted>) {
        let mut handle: Option<Handle<Item>> = None;
        let mut complained = false;
        while wants.changed().await.is_ok() {
            let wanted = wants.borrow_and_update().clone();
            let Some(shown) = wanted.shown else {
                continue;
            };
            let look = wanted.look;
            if let Some(handle) = &handle
                && handle
                    .update(|item| item.set(shown.clone(), look))
                    .await
                    .is_some()
            {
                continue;
            }
            match self
                .item(shown, look)
                .assume_sni_available(true)
                .disable_dbus_name(is_sandboxed())
                .spawn()
                .await
            {
                // A host that came after ksni had asked for one, and before it watched for one, would go unnoticed.
                Ok(started)
                    if self.without_host.swap(false, Ordering::Relaxed)
                        && has_host(&self.bus).await =>
                {
                    started.shutdown().await;
                    wants.mark_changed();
                }
                Ok(started) => {
                    self.hosted.send_replace(has_host(&self.bus).await);
                    handle = Some(started);
                }
                Err(error) => {
                    if !complained {
                        warn!(%error, "the tray cannot be reached; trying again");
                    }
                    complained = true;
                    tokio::time::sleep(BETWEEN_TRIES).await;
                    wants.mark_changed();
                }
            }
        }
        if let Some(handle) = handle {
            handle.shutdown().await;
        }
    }

    fn item(&self, shown: Shown, look: Look) -> Item {
        Item {
            icons: draw(shown.face, look),
            shown,
            look,
            asked: self.asked.clone(),
            hosted: self.hosted.clone(),
            without_host: self.without_host.clone(),
        }
    }
}

struct Item {
    shown: Shown,
    icons: Vec<Icon>,
    look: Look,
    asked: mpsc::UnboundedSender<Asked>,
    hosted: Arc<watch::Sender<bool>>,
    without_host: Arc<AtomicBool>,
}

impl Item {
    fn set(&mut self, shown: Shown, look: Look) {
        if shown.face != self.shown.face || look != self.look {
            self.icons = draw(shown.face, look);
        }
        self.shown = shown;
        self.look = look;
    }

    fn ask(&self, action: Action) {
        let asked = Asked {
            action,
            activation_token: ksni::current_xdg_activation_token(),
        };
        if self.asked.send(asked).is_err() {
            info!("a click came after the end");
        }
    }
}

impl ksni::Tray for Item {
    fn id(&self) -> String {
        "doorbell".to_owned()
    }

    fn title(&self) -> String {
        "Doorbell".to_owned()
    }

    fn category(&self) -> Category {
        Category::Communications
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        self.icons.clone()
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip {
            title: self.shown.tooltip.clone(),
            ..ToolTip::default()
        }
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        self.shown.menu.iter().map(entry_of).collect()
    }

    fn menu_about_to_show(&mut self) {
        self.ask(Action::Glance);
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        self.ask(Action::ToggleWindow);
    }

    fn secondary_activate(&mut self, _x: i32, _y: i32) {
        self.ask(Action::ReadEverything);
    }

    fn watcher_online(&self) {
        self.hosted.send_replace(true);
        info!("the desktop's tray is there");
    }

    fn watcher_offline(&self, _reason: OfflineReason) -> bool {
        self.without_host.store(true, Ordering::Relaxed);
        self.hosted.send_replace(false);
        info!("the desktop has no tray now; the icon appears when there is one");
        true
    }
}

fn entry_of(entry: &MenuEntry) -> MenuItem<Item> {
    match entry {
        MenuEntry::Item { label, action } => {
            let action = action.clone();
            StandardItem {
                label: literal(label),
                activate: Box::new(move |item: &mut Item| item.ask(action.clone())),
                ..StandardItem::default()
            }
            .into()
        }
        MenuEntry::Status { label } => StandardItem {
            label: literal(label),
            enabled: false,
            ..StandardItem::default()
        }
        .into(),
        MenuEntry::Separator => MenuItem::Separator,
        MenuEntry::Submenu { label, entries } => SubMenu {
            label: literal(label),
            submenu: entries.iter().map(entry_of).collect(),
            ..SubMenu::default()
        }
        .into(),
    }
}

/// A label whose underscores are shown; a menu would take single ones for access keys.
fn literal(label: &str) -> String {
    label.replace('_', "__")
}

fn draw(face: Face, look: Look) -> Vec<Icon> {
    let picture = |size| {
        let icon = badge::icon(face, look.style, size, look.theme);
        let side = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
        Icon {
            width: side(icon.width),
            height: side(icon.height),
            data: icon.argb,
        }
    };
    SIZES.into_iter().map(picture).collect()
}

async fn has_host(bus: &Connection) -> bool {
    let ask = async {
        let host = "org.kde.StatusNotifierWatcher".try_into()?;
        Ok::<_, zbus::Error>(DBusProxy::new(bus).await?.name_has_owner(host).await?)
    };
    ask.await.unwrap_or(false)
}

/// A sandbox does not let us own the name that a tray's item usually has.
fn is_sandboxed() -> bool {
    Path::new("/.flatpak-info").exists() || std::env::var_os("SNAP").is_some()
}

const SIZES: [u32; 6] = [16, 22, 24, 32, 48, 64];
const BETWEEN_TRIES: Duration = Duration::from_secs(30);
