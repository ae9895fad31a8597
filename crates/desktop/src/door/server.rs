use std::{
    fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{
    net::{UnixListener, UnixStream},
    sync::{Semaphore, mpsc},
    time::timeout,
};
use tracing::{debug, warn};

use super::{
    lines::{self, LineError, Lines},
    protocol::{FromResident, Role, ToResident, VERSION},
};
use crate::{profile, profile::Profile, program::Program};

/// What came of claiming a profile's door.
#[derive(Debug)]
pub enum Claim {
    /// Nobody else is the resident, for as long as this lives.
    Ours(Door),
    /// A resident lives already.
    Held,
}

/// The resident's side of the door. Dropped, it is gone.
#[derive(Debug)]
pub struct Door {
    listener: UnixListener,
    path: PathBuf,
    /// Whoever made the socket may knock at it.
    owner: u32,
    lock: Arc<File>,
}

/// Something happened at the door.
#[derive(Debug)]
pub enum FromDoor {
    Came(Caller),
    Said(CallerId, ToResident),
    Gone(CallerId),
    /// A caller of another version came, and this program was replaced on the disk: it should start anew.
    Outdated,
}

/// One window or command at the door.
#[derive(Debug)]
pub struct Caller {
    pub id: CallerId,
    pub role: Role,
    pub activation_token: Option<String>,
    sender: mpsc::Sender<FromResident>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallerId(u64);

impl CallerId {
    /// Names the caller outside the door.
    pub fn number(self) -> u64 {
        self.0
    }

    /// The caller of this number.
    pub fn of(number: u64) -> Self {
        Self(number)
    }
}

/// Makes this process the profile's resident, unless there is one.
///
/// A socket left behind by a killed resident is replaced: its lock died with it.
pub fn claim(profile: &Profile) -> io::Result<Claim> {
    let path = profile.door_path();
    if !profile::fits(&path) {
        let words = format!(
            "{} is too long for a socket; set XDG_RUNTIME_DIR to a shorter path",
            path.display()
        );
        return Err(io::Error::new(io::ErrorKind::InvalidInput, words));
    }
    private_directory(&profile.door_dir())?;
    let lock = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(profile.lock_path())?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(Claim::Held),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    let owner = std::fs::metadata(&path)?.uid();
    Ok(Claim::Ours(Door {
        listener,
        path,
        owner,
        lock: Arc::new(lock),
    }))
}

impl Door {
    /// What makes this process the only resident: nobody else becomes one while it is held.
    pub fn lock(&self) -> Arc<File> {
        self.lock.clone()
    }

    /// Answers callers until the receiver is dropped.
    pub fn open(self, program: Arc<Program>) -> mpsc::Receiver<FromDoor> {
        let (said, heard) = mpsc::channel(QUEUE);
        tokio::spawn(async move {
            tokio::select! {
                () = self.answer(program, &said) => {}
                () = said.closed() => {}
            }
        });
        heard
    }

    async fn answer(&self, program: Arc<Program>, said: &mpsc::Sender<FromDoor>) {
        let room = Arc::new(Semaphore::new(CALLERS));
        for number in 0.. {
            let Ok(place) = room.clone().acquire_owned().await else {
                return;
            };
            let stream = match self.listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    warn!(%error, "a caller could not be let in");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            match stream.peer_cred() {
                Ok(peer) if peer.uid() == self.owner => {}
                _ => {
                    warn!("a caller of another user was turned away");
                    continue;
                }
            }
            let (said, program) = (said.clone(), program.clone());
            tokio::spawn(async move {
                match converse(CallerId(number), stream, &program, said).await {
                    Ok(()) => {}
                    // A process that was killed is no reason for a warning.
                    Err(LineError::Io(error)) => {
                        debug!(%error, caller = number, "a caller broke off")
                    }
                    Err(error) => warn!(%error, caller = number, "a caller was dropped"),
                }
                drop(place);
            });
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        // The lock is still ours, so it is still our socket.
        if let Err(error) = std::fs::remove_file(&self.path) {
            debug!(%error, "the door's socket was gone already");
        }
    }
}

impl Caller {
    /// Whether the caller will get this; one that does not read what it is told is lost.
    pub fn tell(&self, words: FromResident) -> bool {
        self.sender.try_send(words).is_ok()
    }
}

async fn converse(
    id: CallerId,
    stream: UnixStream,
    program: &Program,
    said: mpsc::Sender<FromDoor>,
) -> Result<(), LineError> {
    let (read, mut write) = stream.into_split();
    let mut lines = Lines::new(read);
    let Some(first) = within(lines.next()).await? else {
        return Ok(());
    };
    let ToResident::Hello {
        version,
        role,
        activation_token,
    } = first
    else {
        return Err(LineError::Malformed { column: 0 });
    };

    let restarting = version != VERSION && program.was_replaced();
    let hello = FromResident::Hello {
        version: VERSION.to_owned(),
        restarting,
    };
    within(lines::write(&mut write, &hello)).await?;
    if restarting {
        return send(&said, FromDoor::Outdated).await;
    }

    let (sender, mut words) = mpsc::channel(QUEUE);
    send(
        &said,
        FromDoor::Came(Caller {
            id,
            role,
            activation_token,
            sender,
        }),
    )
    .await?;
    let result = loop {
        tokio::select! {
            next = lines.next() => match next {
                Ok(Some(ToResident::Hello { .. })) => break Err(LineError::Malformed { column: 0 }),
                Ok(Some(value)) => send(&said, FromDoor::Said(id, value)).await?,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            },
            word = words.recv() => match word {
                Some(word) => {
                    if let Err(error) = within(lines::write(&mut write, &word)).await {
                        break Err(error);
                    }
                }
                None => break Ok(()),
            },
        }
    };
    send(&said, FromDoor::Gone(id)).await?;
    result
}

async fn send(said: &mpsc::Sender<FromDoor>, what: FromDoor) -> Result<(), LineError> {
    said.send(what)
        .await
        .map_err(|_| LineError::Io(io::ErrorKind::BrokenPipe.into()))
}

async fn within<T>(step: impl Future<Output = Result<T, LineError>>) -> Result<T, LineError> {
    timeout(PATIENCE, step)
        .await
        .unwrap_or_else(|_| Err(LineError::Io(io::ErrorKind::TimedOut.into())))
}

fn private_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    std::fs::set_permissions(path, Permissions::from_mode(0o700))
}

const CALLERS: usize = 16;
const QUEUE: usize = 64;
const PATIENCE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_door_is_held_until_it_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let profile = Profile::under("default", dir.path()).unwrap();
        let Claim::Ours(door) = claim(&profile).unwrap() else {
            panic!("a door that nobody holds is free");
        };
        assert!(matches!(claim(&profile).unwrap(), Claim::Held));
        assert!(profile.door_path().exists());
        let other = Profile::under("other", dir.path()).unwrap();
        assert!(matches!(claim(&other).unwrap(), Claim::Ours(_)));
        drop(door);
        assert!(!profile.door_path().exists());
        assert!(matches!(claim(&profile).unwrap(), Claim::Ours(_)));
    }

    #[tokio::test]
    async fn whatever_a_killed_resident_left_at_the_doors_place_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let profile = Profile::under("default", dir.path()).unwrap();
        std::fs::create_dir_all(profile.door_dir()).unwrap();
        std::fs::write(profile.door_path(), "stale").unwrap();
        let Claim::Ours(door) = claim(&profile).unwrap() else {
            panic!("a stale socket holds nobody up");
        };
        assert!(UnixStream::connect(profile.door_path()).await.is_ok());
        drop(door);
    }

    #[test]
    fn a_path_too_long_for_a_socket_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("d".repeat(100));
        let profile = Profile::under("default", &deep).unwrap();
        let words = claim(&profile).unwrap_err().to_string();
        assert!(words.contains("too long for a socket"), "{words}");
    }
}
