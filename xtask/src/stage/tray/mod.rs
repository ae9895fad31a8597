//! Tray icons as the desktop sees them: over D-Bus, as StatusNotifierItem and dbusmenu.

mod item;
mod menu;
mod watcher;

pub use item::Item;
pub use menu::MenuEntry;
pub use watcher::Watcher;

use std::time::Duration;

use anyhow::Result;

use super::{Stage, bus, wait_for};

pub(super) const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const WATCHER_PATH: &str = "/StatusNotifierWatcher";

impl Stage {
    /// Icons that are registered with the tray host, whichever it is.
    pub fn tray_items(&self) -> Result<Vec<Item>> {
        let address = self.bus_address();
        bus::apart(|| {
            let connection = bus::connect(&address)?;
            let names: Vec<String> = bus::proxy(&connection, WATCHER, WATCHER_PATH, WATCHER)?
                .get_property("RegisteredStatusNotifierItems")?;
            Ok(names
                .iter()
                .map(|name| Item::named(&address, name))
                .collect())
        })
    }

    /// Waits for the tray icon of the program whose item has this id (ksni: `Tray::id`).
    pub fn tray_item(&self, deadline: Duration, id: &str) -> Result<Item> {
        wait_for(deadline, &format!("a tray icon of {id}"), || {
            self.tray_items()
                .ok()?
                .into_iter()
                .find(|item| item.id().is_ok_and(|own| own == id))
        })
    }
}
