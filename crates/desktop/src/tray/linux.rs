use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use doorbell_notifier::{Action, Face, MenuEntry, Tray as Shown, badge, badge::Theme};
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
    shown: watch::Sender<Option<Shown>>,
}

impl Tray {
    /// Starts the item; it appears with the first [`Tray::show`]. Clicks go to `asked`.
    pub fn start(bus: &Connection, theme: Theme, asked: mpsc::UnboundedSender<Asked>) -> Self {
        let (shown, wanted) = watch::channel(None);
        tokio::spawn(keep(bus.clone(), theme, asked, wanted));
        Self { shown }
    }

    /// Shows this from now on. Nothing is published when it is what is shown already.
    pub fn show(&self, tray: Shown) {
        self.shown.send_if_modified(|shown| {
            let changed = shown.as_ref() != Some(&tray);
            *shown = Some(tray);
            changed
        });
    }
}

/// Publishes each tray that is wanted, the last one only when they come fast.
async fn keep(
    bus: Connection,
    theme: Theme,
    asked: mpsc::UnboundedSender<Asked>,
    mut wanted: watch::Receiver<Option<Shown>>,
) {
    let mut handle: Option<Handle<Item>> = None;
    let mut complained = false;
    let without_host = Arc::new(AtomicBool::new(false));
    while wanted.changed().await.is_ok() {
        let Some(tray) = wanted.borrow_and_update().clone() else {
            continue;
        };
        if let Some(handle) = &handle
            && handle.update(|item| item.set(tray.clone())).await.is_some()
        {
            continue;
        }
        let item = Item::new(tray, theme, asked.clone(), without_host.clone());
        match item
            .assume_sni_available(true)
            .disable_dbus_name(is_sandboxed())
            .spawn()
            .await
        {
            // A host that came after ksni had asked for one, and before it watched for one, would go unnoticed.
            Ok(started) if without_host.swap(false, Ordering::Relaxed) && has_host(&bus).await => {
                started.shutdown().await;
                wanted.mark_changed();
            }
            Ok(started) => handle = Some(started),
            Err(error) => {
                if !complained {
                    warn!(%error, "the tray cannot be reached; trying again");
                }
                complained = true;
                tokio::time::sleep(BETWEEN_TRIES).await;
                wanted.mark_changed();
            }
        }
    }
    if let Some(handle) = handle {
        handle.shutdown().await;
    }
}

struct Item {
    shown: Shown,
    icons: Vec<Icon>,
    theme: Theme,
    asked: mpsc::UnboundedSender<Asked>,
    without_host: Arc<AtomicBool>,
}

impl Item {
    fn new(
        shown: Shown,
        theme: Theme,
        asked: mpsc::UnboundedSender<Asked>,
        without_host: Arc<AtomicBool>,
    ) -> Self {
        Self {
            icons: draw(shown.face, theme),
            shown,
            theme,
            asked,
            without_host,
        }
    }

    fn set(&mut self, shown: Shown) {
        if shown.face != self.shown.face {
            self.icons = draw(shown.face, self.theme);
        }
        self.shown = shown;
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
        self.ask(Action::OpenWindow);
    }

    fn watcher_online(&self) {
        info!("the desktop's tray is there");
    }

    fn watcher_offline(&self, _reason: OfflineReason) -> bool {
        self.without_host.store(true, Ordering::Relaxed);
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

fn draw(face: Face, theme: Theme) -> Vec<Icon> {
    let picture = |size| {
        let icon = badge::icon(face, badge::Style::Number, size, theme);
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
