use std::sync::mpsc::{Receiver, channel};

use anyhow::{Context, Result};

/// Catches Ctrl-C and the polite signals to end from now on; each arrives here.
pub(crate) fn catch() -> Result<Receiver<()>> {
    let (interrupt, interrupted) = channel();
    let caught = ctrlc::set_handler(move || {
        // An error says that nobody waits any more, because it is ending already.
        let _ = interrupt.send(());
    });
    caught.context("Ctrl-C cannot be caught")?;
    Ok(interrupted)
}
