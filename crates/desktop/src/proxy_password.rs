//! Keeping the password of a proxy: from standard input into the keychain, and nowhere else.

use std::io::{self, IsTerminal, Read};

use crate::{
    door::{Client, DoorError, Role, ToResident},
    keychain::Keychain,
    profile::Profile,
    settings::SettingsFile,
};

/// Reads the password and keeps it for whoever runs, or will; either way a sentence says what came of it.
pub(crate) async fn keep(profile: &Profile) -> Result<String, String> {
    let password = read().map_err(|error| format!("The password cannot be read: {error}."))?;
    let (settings, _) = SettingsFile::new(profile.settings_file()).read_or_default();
    let is_kept = password.is_some();
    Keychain::new(profile.keychain_service())
        .set_proxy_password(password)
        .await
        .map_err(|error| format!("The password is not stored: {error}."))?;
    tell_resident(profile).await.map_err(|error| {
        format!("The password is stored, but Doorbell has not heard of it: {error}. Start it anew.")
    })?;
    if !is_kept {
        return Ok("The keychain holds no password of a proxy any more.".to_owned());
    }
    let mut words = "The keychain holds the password of the proxy.".to_owned();
    if !settings.proxy_has_password() {
        words += &format!(
            " It counts once {} names the proxy and whose password it is, as in: proxy = \"http://name@proxy.example:3128\"",
            profile.settings_file().display()
        );
    }
    Ok(words)
}

/// One line, without its end; nothing when it is empty. A terminal does not show what is typed.
fn read() -> io::Result<Option<String>> {
    let password = match io::stdin().is_terminal() {
        true => rpassword::prompt_password("Password of the proxy (none: remove it): ")?,
        false => {
            let mut text = String::new();
            io::stdin().take(MAX_BYTES).read_to_string(&mut text)?;
            text.lines().next().unwrap_or_default().to_owned()
        }
    };
    Ok(Some(password).filter(|password| !password.is_empty()))
}

async fn tell_resident(profile: &Profile) -> Result<(), DoorError> {
    let mut client = match Client::connect(profile, Role::Command, None).await {
        Ok(client) => client,
        Err(DoorError::Nobody) => return Ok(()),
        Err(error) => return Err(error),
    };
    client.send(&ToResident::ProxyPasswordChanged).await?;
    client.next().await.map(drop)
}

const MAX_BYTES: u64 = 4096;
