//! A notification daemon that shows nothing and remembers who asked for what.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use tokio::runtime::Runtime;
use zbus::{Connection, connection, message::Header, zvariant::OwnedValue};

/// A toast that some life of the resident asked for.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// The name of that life on the bus; no other has it.
    pub(crate) life: String,
    pub(crate) title: String,
    pub(crate) body: String,
}

pub(crate) struct Daemon {
    seen: Arc<Mutex<Vec<Seen>>>,
    _bus: Connection,
    _runtime: Runtime,
}

impl Daemon {
    pub(crate) fn start(address: &str) -> Daemon {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let interface = Interface(seen.clone());
        let bus = runtime.block_on(async {
            connection::Builder::address(address)
                .unwrap()
                .serve_at("/org/freedesktop/Notifications", interface)
                .unwrap()
                .name("org.freedesktop.Notifications")
                .unwrap()
                .build()
                .await
                .unwrap()
        });
        Daemon {
            seen,
            _bus: bus,
            _runtime: runtime,
        }
    }

    /// What has been asked for, oldest first.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

struct Interface(Arc<Mutex<Vec<Seen>>>);

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Interface {
    fn get_capabilities(&self) -> Vec<String> {
        vec!["actions".to_owned()]
    }

    fn get_server_information(&self) -> (&str, &str, &str, &str) {
        ("test", "doorbell", "1", "1.2")
    }

    #[allow(clippy::too_many_arguments, reason = "the specification's")]
    fn notify(
        &mut self,
        _app: &str,
        replaces: u32,
        _icon: &str,
        title: String,
        body: String,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _expires: i32,
        #[zbus(header)] header: Header<'_>,
    ) -> u32 {
        let mut seen = self.0.lock().unwrap();
        let life = header.sender().map(ToString::to_string).unwrap_or_default();
        seen.push(Seen { life, title, body });
        match replaces {
            0 => u32::try_from(seen.len()).unwrap(),
            same => same,
        }
    }

    fn close_notification(&self, _id: u32) {}
}
