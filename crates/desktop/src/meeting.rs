//! Meeting the resident of a profile, or becoming it.

use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use crate::{
    door::{self, Claim, Client, Door, DoorError, FromResident, Role},
    profile::Profile,
};

pub(crate) enum Met {
    /// There is no resident, so this process is it.
    Door(Door),
    Client(Client),
}

/// Becomes the resident, or finds the one that runs, also while it is just starting or ending.
pub(crate) async fn meet(profile: &Profile) -> Result<Met, String> {
    let until = Instant::now() + MEET_WITHIN;
    loop {
        match door::claim(profile) {
            Ok(Claim::Ours(door)) => return Ok(Met::Door(door)),
            Ok(Claim::Held) => {}
            Err(error) => return Err(format!("Doorbell cannot start: {error}.")),
        }
        match Client::connect(profile, Role::Command, activation_token()).await {
            Ok(client) => return Ok(Met::Client(client)),
            Err(DoorError::Nobody | DoorError::Line(_)) if Instant::now() < until => {
                sleep(BETWEEN_TRIES).await
            }
            Err(error) => return Err(format!("{error}.")),
        }
    }
}

/// The resident that runs, or a sentence that none does.
pub(crate) async fn caller(profile: &Profile) -> Result<Client, String> {
    let connected = Client::connect(profile, Role::Command, None).await;
    connected.map_err(|error| format!("{error}."))
}

/// What the resident says next, within a time in which anybody would.
pub(crate) async fn hear(client: &mut Client) -> Result<Option<FromResident>, String> {
    match timeout(ANSWER_WITHIN, client.next()).await {
        Ok(answer) => answer.map_err(|error| format!("{error}.")),
        Err(_) => Err(format!("{}.", DoorError::Silent)),
    }
}

/// What whoever started us gave along so that a window may come to the front.
pub(crate) fn activation_token() -> Option<String> {
    ["XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID"]
        .iter()
        .find_map(|variable| {
            std::env::var(variable)
                .ok()
                .filter(|token| !token.is_empty())
        })
}

pub(crate) const MEET_WITHIN: Duration = Duration::from_secs(10);
pub(crate) const BETWEEN_TRIES: Duration = Duration::from_millis(50);
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
