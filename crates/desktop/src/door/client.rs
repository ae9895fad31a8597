use std::{fmt, io, time::Duration};

use tokio::{
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::{sleep, timeout},
};

use super::{
    lines::{self, LineError, Lines},
    protocol::{FromResident, Role, ToResident, VERSION},
};
use crate::profile::Profile;

/// A caller's side of the door.
#[derive(Debug)]
pub struct Client {
    reader: DoorReader,
    writer: DoorWriter,
}

/// Hears what the resident says.
#[derive(Debug)]
pub struct DoorReader(Lines<OwnedReadHalf>);

/// Tells the resident what is wanted.
#[derive(Debug)]
pub struct DoorWriter(OwnedWriteHalf);

/// Why there is no talking to the resident.
#[derive(Debug)]
pub enum DoorError {
    /// No resident of this profile runs.
    Nobody,
    /// The resident does not answer in time, or not as one.
    Silent,
    Line(LineError),
}

impl Client {
    /// Knocks at the profile's door.
    ///
    /// A resident that was replaced on the disk by another version starts itself anew first; this waits for it.
    pub async fn connect(
        profile: &Profile,
        role: Role,
        activation_token: Option<String>,
    ) -> Result<Self, DoorError> {
        let knock = async {
            let mut restarting = false;
            loop {
                match Self::knock(profile, role, activation_token.clone()).await {
                    Ok(Some(client)) => return Ok(client),
                    Ok(None) => restarting = true,
                    Err(DoorError::Nobody | DoorError::Line(_)) if restarting => {}
                    Err(error) => return Err(error),
                }
                sleep(BETWEEN_KNOCKS).await;
            }
        };
        timeout(PATIENCE, knock)
            .await
            .unwrap_or(Err(DoorError::Silent))
    }

    async fn knock(
        profile: &Profile,
        role: Role,
        activation_token: Option<String>,
    ) -> Result<Option<Self>, DoorError> {
        let stream = UnixStream::connect(profile.door_path())
            .await
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => DoorError::Nobody,
                _ => DoorError::Line(LineError::Io(error)),
            })?;
        let (read, write) = stream.into_split();
        let mut client = Self {
            reader: DoorReader(Lines::new(read)),
            writer: DoorWriter(write),
        };
        client
            .send(&ToResident::Hello {
                version: VERSION.to_owned(),
                role,
                activation_token,
            })
            .await?;
        match client.next().await? {
            Some(FromResident::Hello {
                restarting: true, ..
            }) => Ok(None),
            Some(FromResident::Hello {
                restarting: false, ..
            }) => Ok(Some(client)),
            Some(_) => Err(DoorError::Silent),
            None => Err(DoorError::Line(LineError::Io(
                io::ErrorKind::UnexpectedEof.into(),
            ))),
        }
    }

    pub async fn send(&mut self, words: &ToResident) -> Result<(), DoorError> {
        self.writer.send(words).await
    }

    /// What the resident says next, or none when it has ended.
    pub async fn next(&mut self) -> Result<Option<FromResident>, DoorError> {
        self.reader.next().await
    }

    pub fn split(self) -> (DoorReader, DoorWriter) {
        (self.reader, self.writer)
    }
}

impl DoorReader {
    /// What the resident says next, or none when it has ended. Dropping a pending call loses nothing.
    pub async fn next(&mut self) -> Result<Option<FromResident>, DoorError> {
        match self.0.next().await {
            Err(LineError::Io(error)) if error.kind() == io::ErrorKind::ConnectionReset => Ok(None),
            next => next.map_err(DoorError::Line),
        }
    }
}

impl DoorWriter {
    pub async fn send(&mut self, words: &ToResident) -> Result<(), DoorError> {
        lines::write(&mut self.0, words)
            .await
            .map_err(DoorError::Line)
    }
}

impl fmt::Display for DoorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("Doorbell is not running"),
            Self::Silent => f.write_str("Doorbell is running but does not answer"),
            Self::Line(error) => write!(f, "talking to Doorbell failed: {error}"),
        }
    }
}

impl std::error::Error for DoorError {}

const PATIENCE: Duration = Duration::from_secs(15);
const BETWEEN_KNOCKS: Duration = Duration::from_millis(50);
