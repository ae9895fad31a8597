/// What stands on a stage; the default is a desktop as most people have it, without a tray host.
#[derive(Debug, Clone)]
pub struct StageOptions {
    pub tray: TrayHost,
    /// Whether a keyring runs, unlocked, with its login collection.
    pub keyring: bool,
    /// Whether dunst shows notifications; without it a test may own the name itself.
    pub notifications: bool,
}

impl Default for StageOptions {
    fn default() -> Self {
        Self {
            tray: TrayHost::None,
            keyring: true,
            notifications: true,
        }
    }
}

impl StageOptions {
    /// The default stage with this tray host.
    pub fn with_tray(tray: TrayHost) -> Self {
        Self {
            tray,
            ..Self::default()
        }
    }
}

/// Who shows tray icons on a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrayHost {
    /// Nobody, as on a desktop whose panel has not started yet.
    None,
    /// A watcher of our own, which shows nothing and starts at once: for assertions.
    Watcher,
    /// A window manager and Xfce's panel: for pictures.
    Panel,
}
