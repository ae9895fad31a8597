use anyhow::{Context, Result};
use zbus::blocking::{Connection, Proxy};
use zbus::zvariant::{OwnedObjectPath, OwnedValue};

use super::super::bus;
use super::menu::{self, MenuEntry};
use crate::picture::Icon;

const INTERFACE: &str = "org.kde.StatusNotifierItem";

/// One icon in the tray.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    address: String,
    service: String,
    path: String,
}

/// A picture as it travels: width, height, bytes in network order.
type Pixmap = (i32, i32, Vec<u8>);

impl Item {
    /// The item that a watcher lists as `SERVICE/PATH`, or as a service with the usual path.
    pub(super) fn named(address: &str, name: &str) -> Self {
        let (service, path) = match name.find('/') {
            Some(slash) => name.split_at(slash),
            None => (name, "/StatusNotifierItem"),
        };
        Self {
            address: address.into(),
            service: service.into(),
            path: path.into(),
        }
    }

    pub fn id(&self) -> Result<String> {
        self.ask(|item, _| Ok(item.get_property("Id")?))
    }

    pub fn title(&self) -> Result<String> {
        self.ask(|item, _| Ok(item.get_property("Title")?))
    }

    /// `Active`, `Passive` or `NeedsAttention`.
    pub fn status(&self) -> Result<String> {
        self.ask(|item, _| Ok(item.get_property("Status")?))
    }

    /// Title and text of what appears when the pointer rests on the icon.
    pub fn tooltip(&self) -> Result<(String, String)> {
        let (_, _, title, text): (String, Vec<Pixmap>, String, String) =
            self.ask(|item, _| Ok(item.get_property::<OwnedValue>("ToolTip")?.try_into()?))?;
        Ok((title, text))
    }

    /// All sizes of the icon.
    pub fn pixmaps(&self) -> Result<Vec<Icon>> {
        let pixmaps: Vec<Pixmap> = self.ask(|item, _| Ok(item.get_property("IconPixmap")?))?;
        pixmaps.into_iter().map(icon).collect()
    }

    /// The icon in one size, in pixels a side.
    pub fn pixmap(&self, size: usize) -> Result<Icon> {
        let pixmaps = self.pixmaps()?;
        let sizes: Vec<_> = pixmaps.iter().map(|icon| icon.width).collect();
        pixmaps
            .into_iter()
            .find(|icon| icon.width == size && icon.height == size)
            .with_context(|| format!("no icon of {size} pixels, only {sizes:?}"))
    }

    /// The left click.
    pub fn activate(&self) -> Result<()> {
        self.ask(|item, _| Ok(item.call::<_, _, ()>("Activate", &(0i32, 0i32))?))
    }

    /// The middle click.
    pub fn secondary_activate(&self) -> Result<()> {
        self.ask(|item, _| Ok(item.call::<_, _, ()>("SecondaryActivate", &(0i32, 0i32))?))
    }

    /// The menu as it would open now.
    pub fn menu(&self) -> Result<Vec<MenuEntry>> {
        self.ask(|item, connection| menu::read(&self.menu_proxy(item, connection)?))
    }

    /// Chooses the menu entry with this label, in whatever depth.
    pub fn click_menu(&self, label: &str) -> Result<()> {
        self.ask(|item, connection| {
            let proxy = self.menu_proxy(item, connection)?;
            let entries = menu::read(&proxy)?;
            let entry = menu::find(&entries, label)
                .with_context(|| format!("no menu entry {label:?} in {entries:#?}"))?;
            menu::click(&proxy, entry)
        })
    }

    fn menu_proxy(&self, item: &Proxy<'_>, connection: &Connection) -> Result<Proxy<'static>> {
        let path: OwnedObjectPath = item.get_property("Menu")?;
        Ok(zbus::blocking::proxy::Builder::new(connection)
            .destination(self.service.clone())?
            .path(path)?
            .interface("com.canonical.dbusmenu")?
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()?)
    }

    fn ask<T: Send>(
        &self,
        question: impl FnOnce(&Proxy<'_>, &Connection) -> Result<T> + Send,
    ) -> Result<T> {
        bus::apart(|| {
            let connection = bus::connect(&self.address)?;
            question(
                &bus::proxy(&connection, &self.service, &self.path, INTERFACE)?,
                &connection,
            )
        })
    }
}

fn icon((width, height, bytes): Pixmap) -> Result<Icon> {
    let (width, height) = (usize::try_from(width)?, usize::try_from(height)?);
    let (argb, rest) = bytes.as_chunks::<4>();
    anyhow::ensure!(
        rest.is_empty() && argb.len() == width * height,
        "an icon of another size than it says"
    );
    Ok(Icon {
        width,
        height,
        argb: argb.to_vec(),
    })
}
