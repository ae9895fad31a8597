use std::time::{Duration, Instant, SystemTime};

use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;
use tracing::{info, warn};
use zbus::{Connection, MatchRule, Message, MessageStream, message::Type};

/// Says each time logind tells that the computer woke up, until the bus is gone.
pub(super) async fn listen(bus: &Connection, woke: mpsc::UnboundedSender<()>) -> zbus::Result<()> {
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender("org.freedesktop.login1")?
        .path("/org/freedesktop/login1")?
        .interface("org.freedesktop.login1.Manager")?
        .member("PrepareForSleep")?
        .build();
    let signals = MessageStream::for_match_rule(rule, bus, None).await?;
    hear(signals, &woke).await;
    Ok(())
}

/// Says each wake among the signals, until they end or nobody wants to know.
async fn hear(
    mut signals: impl Stream<Item = zbus::Result<Message>> + Unpin,
    woke: &mpsc::UnboundedSender<()>,
) {
    while let Some(signal) = signals.next().await {
        match signal.and_then(|signal| signal.body().deserialize::<bool>()) {
            Ok(true) => {}
            Ok(false) => {
                info!("the computer is awake again");
                if woke.send(()).is_err() {
                    return;
                }
            }
            Err(error) => warn!(%error, "a signal of logind makes no sense"),
        }
    }
}

/// Says each time the wall clock went on without the other, until nobody wants to know.
pub(super) async fn compare_clocks(woke: mpsc::UnboundedSender<()>) {
    let mut last = (Instant::now(), SystemTime::now());
    loop {
        tokio::time::sleep(EVERY).await;
        let now = (Instant::now(), SystemTime::now());
        let wall = now.1.duration_since(last.1).unwrap_or_default();
        if slept(now.0.duration_since(last.0), wall) {
            info!("the computer slept");
            if woke.send(()).is_err() {
                return;
            }
        }
        last = now;
    }
}

/// Whether the clock that stops in sleep fell behind the one that does not.
fn slept(awake: Duration, wall: Duration) -> bool {
    wall > awake + TOLERANCE
}

const EVERY: Duration = Duration::from_secs(30);
const TOLERANCE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    fn prepare_for_sleep<B: serde::Serialize + zbus::zvariant::DynamicType>(
        body: &B,
    ) -> zbus::Result<Message> {
        let interface = "org.freedesktop.login1.Manager";
        Message::signal("/org/freedesktop/login1", interface, "PrepareForSleep")?.build(body)
    }

    #[tokio::test]
    async fn an_odd_signal_of_logind_does_not_end_the_listening() {
        let signals = futures_util::stream::iter([
            prepare_for_sleep(&"soon"),
            Err(zbus::Error::InvalidReply),
            prepare_for_sleep(&true),
            prepare_for_sleep(&false),
        ]);
        let (woke, mut wakes) = mpsc::unbounded_channel();
        hear(signals, &woke).await;
        assert_eq!(wakes.try_recv(), Ok(()));
        assert!(wakes.try_recv().is_err(), "one wake, said once");
    }

    #[test]
    fn a_wall_clock_that_ran_ahead_means_sleep() {
        let tick = Duration::from_secs(30);
        assert!(slept(tick, Duration::from_secs(3600)));
        assert!(!slept(tick, tick));
        assert!(
            !slept(tick, tick + Duration::from_secs(2)),
            "a late timer is no sleep"
        );
        assert!(!slept(tick, Duration::ZERO), "a clock set back is no sleep");
    }
}
