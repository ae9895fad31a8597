use doorbell_notifier::Action;

/// What a person asked for through the tray or a toast.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    pub action: Action,
    /// What allows a window to come to the front for this click (XDG activation), when the desktop gave one.
    pub activation_token: Option<String>,
}
