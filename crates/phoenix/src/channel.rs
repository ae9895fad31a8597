//! One topic that is to be, and to stay, joined.

use std::mem;
use std::time::{Duration, Instant};

use fastrand::Rng;
use serde_json::Value;

use crate::backoff::{Backoff, STEADY, slow_probe};
use crate::frame::{Frame, FrameError, event};
use crate::outbox::Outbox;
use crate::output::Event;
use crate::reply::{Reply, ReplyStatus};

/// One topic on a socket; removed from it when it is left.
#[derive(Debug)]
pub(crate) struct Channel {
    topic: String,
    params: Value,
    backoff: Backoff,
    standing: Standing,
}

#[derive(Debug)]
enum Standing {
    /// Joins as soon as there is a connection.
    Waiting,
    Joining {
        join_ref: String,
        deadline: Instant,
    },
    Joined {
        join_ref: String,
        since: Instant,
        pushes: Vec<Push>,
    },
    Errored {
        rejoin_at: Instant,
    },
    /// Refused as `unauthorized`; a new connection does not change that.
    Refused {
        probe_at: Instant,
    },
}

/// A push without a reply yet.
#[derive(Debug)]
struct Push {
    reference: String,
    event: String,
    deadline: Instant,
}

impl Channel {
    pub(crate) fn new(topic: String, params: Value) -> Self {
        Self {
            topic,
            params,
            backoff: Backoff::of_channel(),
            standing: Standing::Waiting,
        }
    }

    /// Takes other parameters for the joins to come; they deserve an attempt even if the last were refused.
    pub(crate) fn set_params(&mut self, params: Value) {
        self.params = params;
        if let Standing::Refused { .. } = self.standing {
            self.standing = Standing::Waiting;
        }
    }

    /// Sends the join at once, and before it the leave of what it replaces.
    pub(crate) fn join(&mut self, now: Instant, outbox: &mut Outbox) {
        self.leave(outbox);
        let join_ref = outbox.reference();
        outbox.send(&Frame::join(
            join_ref.as_str(),
            self.topic.as_str(),
            self.params.clone(),
        ));
        self.standing = Standing::Joining {
            join_ref,
            deadline: now + REPLY_TIMEOUT,
        };
    }

    /// The connection opened: joins, unless a probe must wait for its hour.
    pub(crate) fn opened(&mut self, now: Instant, outbox: &mut Outbox) {
        match self.standing {
            Standing::Refused { probe_at } if now < probe_at => {}
            Standing::Refused { .. }
            | Standing::Waiting
            | Standing::Joining { .. }
            | Standing::Joined { .. }
            | Standing::Errored { .. } => self.join(now, outbox),
        }
    }

    /// Says goodbye to the server's half, if there may be one.
    pub(crate) fn leave(&mut self, outbox: &mut Outbox) {
        if let Some(join_ref) = self.disconnected(outbox) {
            let reference = outbox.reference();
            outbox.send(&Frame::leave(join_ref, reference, self.topic.as_str()));
        }
    }

    /// The connection is gone: forgets the join, and returns its reference if there was one.
    pub(crate) fn disconnected(&mut self, outbox: &mut Outbox) -> Option<String> {
        if let Standing::Refused { .. } = self.standing {
            return None;
        }
        match mem::replace(&mut self.standing, Standing::Waiting) {
            Standing::Joining { join_ref, .. } => Some(join_ref),
            Standing::Joined {
                join_ref, pushes, ..
            } => {
                for push in pushes {
                    outbox.event(push.unanswered(&self.topic));
                }
                Some(join_ref)
            }
            Standing::Waiting | Standing::Errored { .. } | Standing::Refused { .. } => None,
        }
    }

    /// Sends an event, or reports that it cannot.
    pub(crate) fn push(&mut self, event: String, payload: Value, now: Instant, out: &mut Outbox) {
        let topic = self.topic.clone();
        let Standing::Joined {
            join_ref, pushes, ..
        } = &mut self.standing
        else {
            return out.event(Event::Unanswered { topic, event });
        };
        let reference = out.reference();
        out.send(&Frame {
            join_ref: Some(join_ref.as_str().into()),
            reference: Some(reference.as_str().into()),
            topic: topic.clone(),
            event: event.clone(),
            payload,
        });
        pushes.push(Push {
            reference: reference.clone(),
            event: event.clone(),
            deadline: now + REPLY_TIMEOUT,
        });
        out.event(Event::Pushed {
            topic,
            event,
            reference,
        });
    }

    /// Takes a frame of this topic; one of an earlier join is dropped.
    pub(crate) fn receive(
        &mut self,
        frame: Frame,
        now: Instant,
        rng: &mut Rng,
        outbox: &mut Outbox,
    ) {
        if let Some(join_ref) = &frame.join_ref
            && self.join_ref().is_none_or(|current| join_ref != current)
        {
            return;
        }
        let topic = self.topic.clone();
        match frame.event.as_str() {
            event::REPLY => self.reply(frame, now, rng, outbox),
            event::ERROR if self.join_ref().is_some() => {
                self.fail(Event::ChannelErrored { topic }, now, rng, outbox);
            }
            event::CLOSE if self.join_ref().is_some() => {
                self.fail(Event::ChannelClosed { topic }, now, rng, outbox);
            }
            event::ERROR | event::CLOSE => {}
            _ => outbox.event(Event::Message {
                topic,
                event: frame.event,
                payload: frame.payload,
            }),
        }
    }

    fn reply(&mut self, frame: Frame, now: Instant, rng: &mut Rng, outbox: &mut Outbox) {
        let Some(reference) = frame.reference else {
            return;
        };
        let (join_ref, index) = match &self.standing {
            Standing::Joining { join_ref, .. } if reference == **join_ref => (join_ref, None),
            Standing::Joined {
                join_ref, pushes, ..
            } => match pushes.iter().position(|push| reference == *push.reference) {
                Some(index) => (join_ref, Some(index)),
                None => return,
            },
            Standing::Joining { .. }
            | Standing::Waiting
            | Standing::Errored { .. }
            | Standing::Refused { .. } => return,
        };
        let Some(reply) = Reply::from_payload(frame.payload) else {
            return outbox.event(Event::Garbage(FrameError::WrongType));
        };
        match index {
            Some(index) => self.push_answered(index, reply, outbox),
            None => {
                let join_ref = join_ref.clone();
                self.join_answered(join_ref, reply, now, rng, outbox);
            }
        }
    }

    fn push_answered(&mut self, index: usize, reply: Reply, outbox: &mut Outbox) {
        if let Standing::Joined { pushes, .. } = &mut self.standing {
            outbox.event(Event::Reply {
                topic: self.topic.clone(),
                reference: pushes.remove(index).reference,
                reply,
            });
        }
    }

    fn join_answered(
        &mut self,
        join_ref: String,
        reply: Reply,
        now: Instant,
        rng: &mut Rng,
        outbox: &mut Outbox,
    ) {
        let topic = self.topic.clone();
        let unauthorized = reply.reason() == Some(UNAUTHORIZED);
        let response = reply.response;
        match reply.status {
            ReplyStatus::Ok => {
                self.standing = Standing::Joined {
                    join_ref,
                    since: now,
                    pushes: Vec::new(),
                };
                outbox.event(Event::Joined { topic, response });
            }
            ReplyStatus::Error if unauthorized => {
                self.standing = Standing::Refused {
                    probe_at: now + slow_probe(rng),
                };
                outbox.event(Event::JoinRefused { topic, response });
            }
            ReplyStatus::Error => {
                self.fail(Event::JoinRefused { topic, response }, now, rng, outbox);
            }
        }
    }

    fn fail(&mut self, event: Event, now: Instant, rng: &mut Rng, outbox: &mut Outbox) {
        self.disconnected(outbox);
        self.standing = Standing::Errored {
            rejoin_at: now + self.backoff.fail(rng),
        };
        outbox.event(event);
    }

    /// Does what is due on an open connection.
    pub(crate) fn advance(&mut self, now: Instant, rng: &mut Rng, outbox: &mut Outbox) {
        match &mut self.standing {
            Standing::Errored { rejoin_at: due } | Standing::Refused { probe_at: due }
                if *due <= now =>
            {
                self.standing = Standing::Waiting;
                self.join(now, outbox);
            }
            Standing::Joining { deadline, .. } if *deadline <= now => {
                self.leave(outbox);
                let topic = self.topic.clone();
                self.fail(Event::JoinTimedOut { topic }, now, rng, outbox);
            }
            Standing::Joined { pushes, .. } => {
                for push in pushes.extract_if(.., |push| push.deadline <= now) {
                    outbox.event(push.unanswered(&self.topic));
                }
            }
            Standing::Waiting
            | Standing::Joining { .. }
            | Standing::Errored { .. }
            | Standing::Refused { .. } => {}
        }
    }

    /// What its failures came from may be over: it forgets them, and joins at once unless it is refused.
    pub(crate) fn woke(&mut self, now: Instant) {
        self.backoff.reset();
        if let Standing::Errored { rejoin_at } = &mut self.standing {
            *rejoin_at = (*rejoin_at).min(now);
        }
    }

    /// When something is due on an open connection.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match &self.standing {
            Standing::Waiting => None,
            Standing::Joining { deadline, .. } => Some(*deadline),
            Standing::Joined { pushes, .. } => pushes.iter().map(|push| push.deadline).min(),
            Standing::Errored { rejoin_at } => Some(*rejoin_at),
            Standing::Refused { probe_at } => Some(*probe_at),
        }
    }

    /// Forgets earlier failures, and says so, once it has been joined for long enough.
    pub(crate) fn settle(&mut self, now: Instant) -> bool {
        let steady =
            matches!(self.standing, Standing::Joined { since, .. } if since + STEADY <= now);
        if steady {
            self.backoff.reset();
        }
        steady
    }

    fn join_ref(&self) -> Option<&str> {
        match &self.standing {
            Standing::Joining { join_ref, .. } | Standing::Joined { join_ref, .. } => {
                Some(join_ref)
            }
            Standing::Waiting | Standing::Errored { .. } | Standing::Refused { .. } => None,
        }
    }
}

impl Push {
    fn unanswered(self, topic: &str) -> Event {
        Event::Unanswered {
            topic: topic.into(),
            event: self.event,
        }
    }
}

/// The reason of a join error that another attempt soon will not change.
const UNAUTHORIZED: &str = "unauthorized";
const REPLY_TIMEOUT: Duration = Duration::from_secs(10);
