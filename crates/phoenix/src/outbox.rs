//! What a socket has decided and the driver has not fetched yet.

use std::collections::VecDeque;

use crate::frame::Frame;
use crate::output::{Event, Output};

/// Outputs in order, and the counter of references, which never repeats within a socket.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: VecDeque<Output>,
    last_reference: u64,
}

impl Outbox {
    /// A reference not used before.
    pub(crate) fn reference(&mut self) -> String {
        self.last_reference += 1;
        self.last_reference.to_string()
    }

    pub(crate) fn send(&mut self, frame: &Frame) {
        self.push(Output::Send(frame.encode()));
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.push(Output::Event(event));
    }

    pub(crate) fn push(&mut self, output: Output) {
        self.queue.push_back(output);
    }

    pub(crate) fn pop(&mut self) -> Option<Output> {
        self.queue.pop_front()
    }

    /// Drops the frames meant for a connection that is gone.
    pub(crate) fn forget_frames(&mut self) {
        self.queue
            .retain(|output| !matches!(output, Output::Send(_)));
    }
}
