use std::collections::HashMap;

use anyhow::Result;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

use super::{Stage, bus};

const SERVICE: &str = "org.freedesktop.secrets";
const PATH: &str = "/org/freedesktop/secrets";
const INTERFACE: &str = "org.freedesktop.Secret.Service";

/// Session, parameters, value, content type: a secret as the Secret Service hands it out.
type Secret = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

/// Whether the default collection exists and is unlocked.
pub(super) fn is_open(address: &str) -> bool {
    bus::apart(|| {
        let connection = bus::connect(address)?;
        let default = bus::proxy(&connection, SERVICE, PATH, INTERFACE)?
            .call::<_, _, OwnedObjectPath>("ReadAlias", &("default",))?;
        let collection = bus::proxy(
            &connection,
            SERVICE,
            default.as_str(),
            "org.freedesktop.Secret.Collection",
        )?;
        Ok(default.as_str() != "/" && !collection.get_property::<bool>("Locked")?)
    })
    .unwrap_or(false)
}

impl Stage {
    /// The values of all unlocked secrets in the stage's keyring.
    pub fn secrets(&self) -> Result<Vec<Vec<u8>>> {
        let address = self.bus_address();
        bus::apart(|| {
            let connection = bus::connect(&address)?;
            let service = bus::proxy(&connection, SERVICE, PATH, INTERFACE)?;
            let (_, session): (OwnedValue, OwnedObjectPath) =
                service.call("OpenSession", &("plain", Value::from("")))?;
            let everything: HashMap<&str, &str> = HashMap::new();
            let (unlocked, _locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) =
                service.call("SearchItems", &(everything,))?;
            let secrets: HashMap<OwnedObjectPath, Secret> =
                service.call("GetSecrets", &(unlocked, &session))?;
            Ok(secrets
                .into_values()
                .map(|(_, _, value, _)| value)
                .collect())
        })
    }

    /// Whether a secret in the stage's keyring contains these bytes.
    pub fn keyring_contains(&self, needle: &[u8]) -> Result<bool> {
        anyhow::ensure!(!needle.is_empty(), "nothing to look for");
        let secrets = self.secrets()?;
        Ok(secrets
            .iter()
            .any(|secret| secret.windows(needle.len()).any(|window| window == needle)))
    }
}
