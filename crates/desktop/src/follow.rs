//! `doorbell status --follow`: a line at each change, for bars.

use std::time::Duration;

use tokio::time::sleep;

use crate::{
    door::{FromResident, Status, ToResident},
    errands::{self, write_line},
    meeting::caller,
    profile::Profile,
};

/// Says the status again and again, also that there is no resident, until nobody reads it any more.
pub(crate) async fn follow(profile: &Profile, json: bool) {
    let mut said = Said { json, last: None };
    loop {
        if let Ok(mut client) = caller(profile).await
            && client.send(&ToResident::Follow).await.is_ok()
        {
            while let Ok(Some(words)) = client.next().await {
                if let FromResident::Status(status) = words
                    && !said.say(Some(&status))
                {
                    return;
                }
            }
            // It may have made way for another version, which is there in a moment.
            sleep(BETWEEN_LOOKS).await;
            if caller(profile).await.is_ok() {
                continue;
            }
        }
        if !said.say(None) {
            return;
        }
        sleep(BETWEEN_LOOKS).await;
    }
}

struct Said {
    json: bool,
    last: Option<String>,
}

impl Said {
    /// Says how the resident is, or that there is none, if that is news; whether somebody may still read.
    fn say(&mut self, status: Option<&Status>) -> bool {
        let line = match (self.json, status) {
            (true, status) => errands::told_to_programs(status),
            (false, Some(status)) => errands::told(status),
            (false, None) => errands::NOT_RUNNING.to_owned(),
        };
        if self.last.as_ref() == Some(&line) {
            return true;
        }
        let heard = write_line(&line);
        self.last = Some(line);
        heard
    }
}

/// How often it looks whether there is a resident again.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
