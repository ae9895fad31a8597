//! The client's half of one connection and of every channel on it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use fastrand::Rng;
use serde_json::Value;

use crate::backoff::{Backoff, FLOOR, asked_for, slow_probe};
use crate::channel::Channel;
use crate::frame::{Frame, PHOENIX, event};
use crate::input::Input;
use crate::life::{HEARTBEAT_TIMEOUT, Life, Verdict, WAKING_TIMEOUT};
use crate::outbox::Outbox;
use crate::output::{Event, Output};

/// The machine: give it inputs, then poll it until it answers [`Output::Wait`].
///
/// It dials when the first topic is joined, and hangs up after the last was left.
#[derive(Debug)]
pub struct Socket {
    link: Link,
    channels: BTreeMap<String, Channel>,
    backoff: Backoff,
    rng: Rng,
    outbox: Outbox,
    /// Until then a connection, or an attempt at one, that was under way at waking up may turn out dead: it is
    /// replaced without a back-off, once.
    waking_until: Option<Instant>,
}

/// How the connection stands, for whoever shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing was joined yet, or everything was left.
    Idle,
    /// The driver was asked for a connection.
    Dialling,
    /// Connected; the channels have their own events.
    Open,
    /// Not connected, and about to try again.
    BackingOff {
        /// When it dials next.
        until: Instant,
    },
    /// The server said no in a way that another attempt soon will not change.
    Refused {
        /// The HTTP status: 401, 403 or 404.
        status: u16,
        /// When it probes again, an hour or more after the refusal.
        until: Instant,
    },
}

#[derive(Debug)]
enum Link {
    Idle,
    Dialling {
        deadline: Instant,
    },
    Open {
        life: Life,
        /// Set while no topic is wanted.
        hangup_at: Option<Instant>,
    },
    BackingOff {
        until: Instant,
        /// Waking up cuts the wait short, but not before this.
        not_before: Instant,
    },
    Refused {
        status: u16,
        until: Instant,
    },
}

impl Socket {
    /// A socket at rest; `seed` decides its jitter.
    pub fn new(seed: u64) -> Self {
        Self {
            link: Link::Idle,
            channels: BTreeMap::new(),
            backoff: Backoff::of_socket(),
            rng: Rng::with_seed(seed),
            outbox: Outbox::default(),
            waking_until: None,
        }
    }

    /// Takes what happened at `now`; what follows from it comes out of [`poll`](Self::poll).
    ///
    /// An input that does not fit the state, such as a frame without a connection, is ignored.
    pub fn handle(&mut self, input: Input<'_>, now: Instant) {
        self.settle(now);
        match input {
            Input::Join { topic, params } => self.join(topic, params, now),
            Input::Leave { topic } => self.leave(&topic, now),
            Input::Push {
                topic,
                event,
                payload,
            } => self.push(topic, event, payload, now),
            Input::Opened => self.opened(now),
            Input::Text(text) => self.text(text, now),
            Input::Traffic => self.heard(now),
            Input::Refused {
                status,
                retry_after,
            } => self.refused(status, retry_after, now),
            Input::Unreachable => self.lost(None, now),
            Input::Closed { code } => self.lost(code, now),
            Input::Woke => self.woke(now),
            Input::Timeout => {}
        }
    }

    /// The next thing to do at `now`; [`Output::Wait`] when there is none.
    pub fn poll(&mut self, now: Instant) -> Output {
        self.settle(now);
        self.advance(now);
        self.outbox
            .pop()
            .unwrap_or_else(|| Output::Wait(self.deadline()))
    }

    /// How the connection stands.
    pub fn state(&self) -> State {
        match self.link {
            Link::Idle => State::Idle,
            Link::Dialling { .. } => State::Dialling,
            Link::Open { .. } => State::Open,
            Link::BackingOff { until, .. } => State::BackingOff { until },
            Link::Refused { status, until } => State::Refused { status, until },
        }
    }

    fn join(&mut self, topic: String, params: Value, now: Instant) {
        let channel = self
            .channels
            .entry(topic)
            .or_insert_with_key(|topic| Channel::new(topic.clone(), Value::Null));
        channel.set_params(params);
        match &mut self.link {
            Link::Open { hangup_at, .. } => {
                *hangup_at = None;
                channel.join(now, &mut self.outbox);
            }
            Link::Idle => self.dial(now),
            Link::Dialling { .. } | Link::BackingOff { .. } | Link::Refused { .. } => {}
        }
    }

    fn leave(&mut self, topic: &str, now: Instant) {
        let Some(mut channel) = self.channels.remove(topic) else {
            return;
        };
        if let Link::Open { hangup_at, .. } = &mut self.link {
            channel.leave(&mut self.outbox);
            if self.channels.is_empty() {
                *hangup_at = Some(now + LINGER);
            }
        }
    }

    fn push(&mut self, topic: String, event: String, payload: Value, now: Instant) {
        match self.channels.get_mut(&topic) {
            Some(channel) => channel.push(event, payload, now, &mut self.outbox),
            None => self.outbox.event(Event::Unanswered { topic, event }),
        }
    }

    fn dial(&mut self, now: Instant) {
        self.outbox.push(Output::Dial);
        self.link = Link::Dialling {
            deadline: now + DIAL_TIMEOUT,
        };
    }

    fn opened(&mut self, now: Instant) {
        let Link::Dialling { .. } = self.link else {
            return;
        };
        let hangup_at = self.channels.is_empty().then(|| now + LINGER);
        self.link = Link::Open {
            life: Life::new(now),
            hangup_at,
        };
        self.outbox.event(Event::Opened);
        if self.waking_until.is_some_and(|until| now <= until) {
            // It may have been made before the sleep. First of all, since a slow join holds the reply up.
            self.heartbeat(WAKING_TIMEOUT, now);
        }
        for channel in self.channels.values_mut() {
            channel.opened(now, &mut self.outbox);
        }
    }

    fn heard(&mut self, now: Instant) {
        if let Link::Open { life, .. } = &mut self.link {
            life.heard(now);
        }
    }

    fn text(&mut self, text: &str, now: Instant) {
        let Link::Open { life, .. } = &mut self.link else {
            return;
        };
        life.heard(now);
        let frame = match Frame::parse(text) {
            Ok(frame) => frame,
            Err(error) => return self.outbox.event(Event::Garbage(error)),
        };
        if frame.topic == PHOENIX {
            if frame.event == event::REPLY
                && let Some(reference) = &frame.reference
            {
                life.answered(reference, now);
            }
            return;
        }
        if let Some(channel) = self.channels.get_mut(&frame.topic) {
            channel.receive(frame, now, &mut self.rng, &mut self.outbox);
        }
    }

    fn refused(&mut self, status: u16, retry_after: Option<Duration>, now: Instant) {
        let Link::Dialling { .. } = self.link else {
            return;
        };
        let asked = retry_after.map(|delay| asked_for(delay, &mut self.rng));
        self.link = if REFUSED_FOR_GOOD.contains(&status) {
            let delay = slow_probe(&mut self.rng).max(asked.unwrap_or_default());
            Link::Refused {
                status,
                until: now + delay,
            }
        } else {
            let not_before = now + asked.unwrap_or(FLOOR);
            Link::BackingOff {
                until: not_before.max(now + self.backoff.fail(&mut self.rng)),
                not_before,
            }
        };
        self.outbox.event(Event::Refused { status });
    }

    /// The connection, or the attempt at one, came to nothing.
    fn lost(&mut self, code: Option<u16>, now: Instant) {
        match self.link {
            Link::Dialling { .. } | Link::Open { .. } => {}
            Link::Idle | Link::BackingOff { .. } | Link::Refused { .. } => return,
        }
        self.outbox.forget_frames();
        for channel in self.channels.values_mut() {
            channel.disconnected(&mut self.outbox);
        }
        let not_before = now + FLOOR;
        let back_off = now + self.backoff.fail(&mut self.rng);
        let retry_at = match self.waking_until.take_if(|until| now <= *until) {
            Some(_) => not_before,
            None => back_off,
        };
        self.link = Link::BackingOff {
            until: retry_at,
            not_before,
        };
        self.outbox.event(Event::Lost { code, retry_at });
    }

    fn hang_up(&mut self, now: Instant) {
        self.outbox.push(Output::Hangup);
        self.lost(None, now);
    }

    fn woke(&mut self, now: Instant) {
        if let Link::Dialling { .. } | Link::Open { .. } = self.link {
            self.waking_until = Some(now + DIAL_TIMEOUT);
        }
        match &mut self.link {
            Link::BackingOff { until, not_before } => {
                *until = (*until).min(*not_before);
                // What they came from may be over; if not, the waits grow again.
                self.backoff.reset();
            }
            Link::Open { life, .. } if !life.is_asked(WAKING_TIMEOUT, now) => {
                self.heartbeat(WAKING_TIMEOUT, now);
            }
            Link::Idle | Link::Dialling { .. } | Link::Open { .. } | Link::Refused { .. } => {}
        }
        for channel in self.channels.values_mut() {
            channel.woke(now);
        }
    }

    fn heartbeat(&mut self, patience: Duration, now: Instant) {
        if let Link::Open { life, .. } = &mut self.link {
            let reference = self.outbox.reference();
            self.outbox.send(&Frame::heartbeat(reference.as_str()));
            life.asked(reference, patience, now);
        }
    }

    /// Forgets earlier failures once a channel shows that the connection is good.
    fn settle(&mut self, now: Instant) {
        for channel in self.channels.values_mut() {
            if channel.settle(now) {
                self.backoff.reset();
            }
        }
    }

    /// Does what is due.
    fn advance(&mut self, now: Instant) {
        match &self.link {
            Link::Idle => {}
            Link::Dialling { deadline } if *deadline <= now => self.hang_up(now),
            Link::BackingOff { until, .. } | Link::Refused { until, .. } if *until <= now => {
                if self.channels.is_empty() {
                    self.link = Link::Idle;
                } else {
                    self.dial(now);
                }
            }
            Link::Dialling { .. } | Link::BackingOff { .. } | Link::Refused { .. } => {}
            Link::Open { life, hangup_at } => {
                if hangup_at.is_some_and(|at| at <= now) {
                    self.outbox.push(Output::Hangup);
                    self.link = Link::Idle;
                    return;
                }
                match life.verdict(now) {
                    Verdict::Alive => {}
                    Verdict::HeartbeatDue => self.heartbeat(HEARTBEAT_TIMEOUT, now),
                    Verdict::Dead => return self.hang_up(now),
                }
                for channel in self.channels.values_mut() {
                    channel.advance(now, &mut self.rng, &mut self.outbox);
                }
            }
        }
    }

    /// When something is due next.
    fn deadline(&self) -> Option<Instant> {
        match &self.link {
            Link::Idle => None,
            Link::Dialling { deadline } => Some(*deadline),
            Link::BackingOff { until, .. } | Link::Refused { until, .. } => Some(*until),
            Link::Open { life, hangup_at } => self
                .channels
                .values()
                .filter_map(Channel::deadline)
                .chain(*hangup_at)
                .chain([life.deadline()])
                .min(),
        }
    }
}

/// Statuses of an upgrade that another attempt soon will not change.
const REFUSED_FOR_GOOD: [u16; 3] = [401, 403, 404];
const DIAL_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a connection without topics stays open, in case another is joined.
const LINGER: Duration = Duration::from_secs(5);
