use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

const POLL: Duration = Duration::from_millis(20);

/// Waits until `condition` holds; an error names `description` when `deadline` has passed.
pub fn wait_until(
    deadline: Duration,
    description: &str,
    mut condition: impl FnMut() -> bool,
) -> Result<()> {
    wait_for(deadline, description, || condition().then_some(()))
}

/// Waits until `probe` finds something, and returns it.
pub fn wait_for<T>(
    deadline: Duration,
    description: &str,
    mut probe: impl FnMut() -> Option<T>,
) -> Result<T> {
    let end = Instant::now() + deadline;
    loop {
        if let Some(found) = probe() {
            return Ok(found);
        }
        if Instant::now() >= end {
            bail!("{description}: not within {deadline:?}");
        }
        sleep(POLL);
    }
}
