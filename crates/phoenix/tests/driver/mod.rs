//! Drives a socket in virtual time: what a real driver does, without a network.

#![allow(dead_code, reason = "each test file uses its part")]

use std::time::{Duration, Instant};

use doorbell_phoenix::{Event, Input, Output, Socket, State};
use serde_json::{Value, json};

pub(crate) struct Driver {
    socket: Socket,
    start: Instant,
    now: Instant,
}

impl Driver {
    pub(crate) fn new(seed: u64) -> Self {
        #[allow(clippy::disallowed_methods, reason = "a start for virtual time")]
        let start = Instant::now();
        Self {
            socket: Socket::new(seed),
            start,
            now: start,
        }
    }

    /// Since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    pub(crate) fn since_start(&self, instant: Instant) -> Duration {
        instant - self.start
    }

    pub(crate) fn state(&self) -> State {
        self.socket.state()
    }

    /// Hands over an input and collects what follows from it.
    pub(crate) fn tell(&mut self, input: Input<'_>) -> Vec<Output> {
        self.socket.handle(input, self.now);
        self.drain().0
    }

    /// Hands over an input without asking what follows yet.
    pub(crate) fn queue(&mut self, input: Input<'_>) {
        self.socket.handle(input, self.now);
    }

    pub(crate) fn join(&mut self, topic: &str, params: Value) -> Vec<Output> {
        let topic = topic.into();
        self.tell(Input::Join { topic, params })
    }

    pub(crate) fn receive(&mut self, text: &str) -> Vec<Output> {
        self.tell(Input::Text(text))
    }

    /// Lets time pass, doing what falls due; each output with the time since the start.
    pub(crate) fn sleep(&mut self, time: Duration) -> Vec<(Duration, Output)> {
        let end = self.now + time;
        let mut outputs = Vec::new();
        loop {
            let (due, wait) = self.drain();
            outputs.extend(due.into_iter().map(|output| (self.elapsed(), output)));
            match wait {
                Some(at) if at <= end => {
                    assert!(at > self.now, "waits for the past");
                    self.now = at;
                    self.socket.handle(Input::Timeout, at);
                }
                _ => {
                    self.now = end;
                    return outputs;
                }
            }
        }
    }

    /// Lets time pass until something other than waiting is to be done.
    pub(crate) fn sleep_until_due(&mut self, most: Duration) -> Vec<Output> {
        let end = self.now + most;
        loop {
            let (due, wait) = self.drain();
            if !due.is_empty() {
                return due;
            }
            self.now = wait.filter(|at| *at <= end).expect("something is due");
            self.socket.handle(Input::Timeout, self.now);
        }
    }

    /// Lets time pass while the process does not run.
    pub(crate) fn pause(&mut self, time: Duration) {
        self.now += time;
    }

    /// What is to be done now, and until when to wait afterwards.
    pub(crate) fn drain(&mut self) -> (Vec<Output>, Option<Instant>) {
        let mut outputs = Vec::new();
        loop {
            match self.socket.poll(self.now) {
                Output::Wait(until) => return (outputs, until),
                output => outputs.push(output),
            }
            assert!(outputs.len() < 1000, "never waits");
        }
    }

    /// A driver whose socket has joined `topics` with the references 1, 2, … just now.
    pub(crate) fn joined(topics: &[&str]) -> Self {
        let mut driver = Self::new(1);
        for topic in topics {
            driver.join(topic, json!({}));
        }
        driver.tell(Input::Opened);
        for (index, topic) in topics.iter().enumerate() {
            let outputs = driver.receive(&ok(&(index + 1).to_string(), topic));
            assert_eq!(outputs, [joined(topic)]);
        }
        driver
    }
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) fn ok(reference: &str, topic: &str) -> String {
    reply(reference, topic, json!({ "status": "ok", "response": {} }))
}

pub(crate) fn refusal(reference: &str, topic: &str, reason: &str) -> String {
    let payload = json!({ "status": "error", "response": { "reason": reason } });
    reply(reference, topic, payload)
}

fn reply(reference: &str, topic: &str, payload: Value) -> String {
    json!([reference, reference, topic, "phx_reply", payload]).to_string()
}

pub(crate) fn heartbeat_reply(reference: &str) -> String {
    let payload = json!({ "status": "ok", "response": {} });
    json!([null, reference, "phoenix", "phx_reply", payload]).to_string()
}

pub(crate) fn joined(topic: &str) -> Output {
    Output::Event(Event::Joined {
        topic: topic.into(),
        response: json!({}),
    })
}

pub(crate) fn send(text: &str) -> Output {
    Output::Send(text.into())
}

pub(crate) fn push(topic: &str, event: &str) -> Input<'static> {
    Input::Push {
        topic: topic.into(),
        event: event.into(),
        payload: json!({ "x": 1 }),
    }
}

/// That `output` reports a loss, and the socket is waiting as it says.
pub(crate) fn assert_lost(driver: &Driver, output: &Output, expected: Option<u16>) {
    let Output::Event(Event::Lost { code, retry_at }) = output else {
        panic!("{output:?} is not a loss");
    };
    assert_eq!(*code, expected);
    assert_eq!(driver.state(), State::BackingOff { until: *retry_at });
}
