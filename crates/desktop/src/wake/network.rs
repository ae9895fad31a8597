use futures_util::StreamExt;
use tokio::sync::mpsc;
use tracing::warn;
use zbus::{Connection, MatchRule, MessageStream, message::Type};

/// Says each time NetworkManager finds that a network leads to the internet, until the bus is gone.
pub(super) async fn listen(
    bus: &Connection,
    connected: mpsc::UnboundedSender<()>,
) -> zbus::Result<()> {
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender("org.freedesktop.NetworkManager")?
        .path("/org/freedesktop/NetworkManager")?
        .interface("org.freedesktop.NetworkManager")?
        .member("StateChanged")?
        .build();
    let mut signals = MessageStream::for_match_rule(rule, bus, None).await?;
    while let Some(signal) = signals.next().await {
        match signal.and_then(|signal| signal.body().deserialize::<u32>()) {
            Ok(CONNECTED_GLOBAL) if connected.send(()).is_err() => break,
            Ok(_) => {}
            Err(error) => warn!(%error, "a signal of NetworkManager makes no sense"),
        }
    }
    Ok(())
}

/// `NM_STATE_CONNECTED_GLOBAL` of NetworkManager's D-Bus API.
const CONNECTED_GLOBAL: u32 = 70;
