use std::time::{Duration, Instant, SystemTime};

use futures_util::StreamExt;
use tokio::sync::mpsc;
use tracing::{debug, info};
use zbus::{Connection, MatchRule, MessageStream, message::Type};

/// Says each time the computer woke up.
///
/// logind tells of it where there is one; and since a clock that stood still while the wall clock went on
/// tells as well, both are compared every 30 s. One sleep may be said twice.
pub fn watch() -> mpsc::UnboundedReceiver<()> {
    let (woke, wakes) = mpsc::unbounded_channel();
    let by_logind = woke.clone();
    tokio::spawn(async move {
        if let Err(error) = listen_to_logind(by_logind).await {
            debug!(%error, "logind tells nothing of sleep");
        }
    });
    tokio::spawn(compare_clocks(woke));
    wakes
}

async fn listen_to_logind(woke: mpsc::UnboundedSender<()>) -> zbus::Result<()> {
    let bus = Connection::system().await?;
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender("org.freedesktop.login1")?
        .path("/org/freedesktop/login1")?
        .interface("org.freedesktop.login1.Manager")?
        .member("PrepareForSleep")?
        .build();
    let mut signals = MessageStream::for_match_rule(rule, &bus, None).await?;
    while let Some(signal) = signals.next().await {
        let about_to_sleep: bool = signal?.body().deserialize()?;
        if !about_to_sleep && woke.send(()).is_err() {
            break;
        }
    }
    Ok(())
}

async fn compare_clocks(woke: mpsc::UnboundedSender<()>) {
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
