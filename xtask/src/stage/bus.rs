use std::collections::BTreeSet;
use std::thread;

use anyhow::{Result, anyhow};
use zbus::blocking::{Connection, Proxy, connection, fdo};

/// Runs a blocking conversation with the bus on a thread of its own.
///
/// zbus blocks on a runtime inside, which is not allowed on a thread that already runs one.
pub(super) fn apart<T: Send>(conversation: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    thread::scope(|scope| scope.spawn(conversation).join())
        .unwrap_or_else(|_| Err(anyhow!("a conversation with the bus panicked")))
}

pub(super) fn connect(address: &str) -> Result<Connection> {
    Ok(connection::Builder::address(address)?.build()?)
}

/// A proxy that asks the other side every time: what a test reads must be what is there now.
pub(super) fn proxy<'a>(
    connection: &Connection,
    service: &'a str,
    path: &'a str,
    interface: &'a str,
) -> Result<Proxy<'a>> {
    Ok(zbus::blocking::proxy::Builder::new(connection)
        .destination(service)?
        .path(path)?
        .interface(interface)?
        .cache_properties(zbus::proxy::CacheProperties::No)
        .build()?)
}

/// Names that somebody owns on the bus at this moment.
pub(super) fn owned_names(address: &str) -> Result<BTreeSet<String>> {
    apart(|| {
        let names = fdo::DBusProxy::new(&connect(address)?)?.list_names()?;
        Ok(names.into_iter().map(|name| name.to_string()).collect())
    })
}
