use std::{collections::VecDeque, time::Duration};

use serde_json::Value;

use crate::invariant::Invariant;

/// Watches what one line's socket does and when, by the clock of the computer, which stands still while it sleeps.
#[derive(Default)]
pub(crate) struct Watch {
    dials: VecDeque<Duration>,
    dial_not_before: Duration,
    /// The same after waking up, or trying again.
    hurried_not_before: Duration,
    /// The last heartbeat, until its reply has come.
    heartbeat: Option<(String, Duration)>,
    /// What the last join was numbered.
    join_ref: Option<String>,
}

/// As much of a frame as the world wants to know.
pub(crate) struct Glance {
    pub(crate) join_ref: Option<String>,
    pub(crate) reference: Option<String>,
    pub(crate) topic: String,
    pub(crate) event: String,
}

impl Glance {
    pub(crate) fn of(text: &str) -> Self {
        type Frame = (Value, Value, String, String, serde::de::IgnoredAny);
        let (join_ref, reference, topic, event, _): Frame =
            serde_json::from_str(text).expect("frames are arrays of five");
        let word = |value: Value| value.as_str().map(str::to_owned);
        Self {
            join_ref: word(join_ref),
            reference: word(reference),
            topic,
            event,
        }
    }
}

impl Watch {
    pub(crate) fn dial(&mut self, now: Duration) {
        Invariant::BackOff.holds(now >= self.dial_not_before, || {
            format!(
                "a dial at {now:?}, though not before {:?}",
                self.dial_not_before
            )
        });
        while self
            .dials
            .front()
            .is_some_and(|&at| now - at > Duration::from_secs(60))
        {
            self.dials.pop_front();
        }
        self.dials.push_back(now);
        Invariant::BackOff.holds(self.dials.len() <= MOST_DIALS, || {
            format!("{} dials within a minute", self.dials.len())
        });
    }

    /// The link is lost, or an upgrade was refused: no dial before then, or before another time in a hurry.
    pub(crate) fn lost(&mut self, dial_not_before: Duration, hurried: Duration) {
        self.dial_not_before = dial_not_before;
        self.hurried_not_before = hurried;
        self.heartbeat = None;
        self.join_ref = None;
    }

    /// Waking up and trying again cut a back-off short, down to a floor or what the server asked for.
    pub(crate) fn hurried(&mut self) {
        self.dial_not_before = self.dial_not_before.min(self.hurried_not_before);
        self.dials.clear();
    }

    /// A frame goes out.
    pub(crate) fn sent(&mut self, frame: &Glance, now: Duration) {
        match &frame.event[..] {
            "heartbeat" => {
                let reference = frame.reference.clone().unwrap_or_default();
                self.heartbeat = Some((reference, now));
            }
            "phx_join" => self.join_ref.clone_from(&frame.join_ref),
            _ => {}
        }
    }

    /// A frame has come; whether it is of an earlier join and means nothing.
    pub(crate) fn received(&mut self, frame: &Glance) -> bool {
        if frame.topic == "phoenix" {
            self.heartbeat
                .take_if(|(reference, _)| frame.reference.as_ref() == Some(reference));
            return false;
        }
        frame.join_ref.is_some() && frame.join_ref != self.join_ref
    }

    /// Time has passed up to now.
    pub(crate) fn pass(&self, now: Duration) {
        if let Some((_, since)) = &self.heartbeat {
            Invariant::Heartbeat.holds(now <= *since + HEARTBEAT_WITHIN, || {
                format!("the heartbeat of {since:?} has no reply at {now:?}, and the link is kept")
            });
        }
    }
}

const HEARTBEAT_WITHIN: Duration = Duration::from_secs(30);
/// Full jitter below ceilings that double leaves no room for more in a minute.
const MOST_DIALS: usize = 15;
