use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use zbus::blocking::Connection;
use zbus::message::Header;
use zbus::object_server::SignalEmitter;

use super::super::bus;
use super::{WATCHER, WATCHER_PATH};

/// A tray host that shows nothing: it answers, and remembers who registered.
#[derive(Debug)]
pub struct Watcher {
    connection: Connection,
    items: Items,
}

type Items = Arc<Mutex<Vec<String>>>;

impl Watcher {
    /// Takes the host's name on the bus at `address`.
    pub fn start(address: &str) -> Result<Self> {
        bus::apart(|| {
            let items = Items::default();
            let connection = zbus::blocking::connection::Builder::address(address)?
                .serve_at(
                    WATCHER_PATH,
                    Registry {
                        items: Arc::clone(&items),
                    },
                )?
                .name(WATCHER)?
                .build()?;
            Ok(Self { connection, items })
        })
    }

    /// Services and paths of all items that ever registered, in order.
    pub fn registered(&self) -> Vec<String> {
        self.items
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub fn stop(self) -> Result<()> {
        bus::apart(|| Ok(self.connection.close()?))
    }
}

struct Registry {
    items: Items,
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Registry {
    /// An item gives its service, or only a path, which is then one of the sender's.
    async fn register_status_notifier_item(
        &mut self,
        service: &str,
        #[zbus(header)] header: Header<'_>,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> zbus::fdo::Result<()> {
        let item = match (service.starts_with('/'), header.sender()) {
            (true, Some(sender)) => format!("{sender}{service}"),
            _ => format!("{service}/StatusNotifierItem"),
        };
        {
            let mut items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
            if !items.contains(&item) {
                items.push(item.clone());
            }
        }
        Self::status_notifier_item_registered(&emitter, &item).await?;
        Ok(())
    }

    fn register_status_notifier_host(&self, _service: &str) {}

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.items
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(signal)]
    async fn status_notifier_item_registered(
        emitter: &SignalEmitter<'_>,
        service: &str,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn status_notifier_item_unregistered(
        emitter: &SignalEmitter<'_>,
        service: &str,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn status_notifier_host_registered(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;
}
