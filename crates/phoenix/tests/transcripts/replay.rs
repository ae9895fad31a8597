//! Replays a transcript: what the recorded server sent goes into our socket at its time, and what the
//! recorded client sent and delivered must come out of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use doorbell_phoenix::{Event, Input, Output, State};
use serde_json::{Value, json};

use crate::driver::{Driver, seconds};
use crate::recording::{self, Entry, What};
use crate::reports;

/// One thing our client does otherwise than the recorded one. All that are listed must show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Difference {
    /// The recorded client sent this frame (`t_ms`); ours does not.
    NotSent(u64),
    /// Ours sends a frame with this event after the recorded client has sent its last.
    SentToo(&'static str),
    /// The recorded client tried to connect (`t_ms`); ours stays away.
    NotDialled(u64),
    /// The recorded client told its application this (`t_ms`); ours does not.
    NotReported(u64),
    /// Ours reports this, the recorded client did not.
    ReportedToo(&'static str),
    /// The recorded client stayed away after the server's close; ours dials and rejoins.
    ComesBack,
    /// Our pauses are longer, so that heartbeats fall into them; the replay answers those.
    HeartbeatsInPauses,
}

pub(crate) fn check(name: &str, differences: &[Difference]) {
    check_entries(&recording::read(name), differences);
}

pub(crate) fn check_entries(entries: &[Entry], differences: &[Difference]) {
    let mut replay = Replay::new(differences);
    for (index, entry) in entries.iter().enumerate() {
        replay.step(entry, &entries[index..]);
    }
    replay.end_of_client();
    replay.check_reports();
    replay
        .differences
        .retain(|difference| *difference != Difference::HeartbeatsInPauses || !replay.heartbeats);
    assert_eq!(replay.differences, [], "differences that did not show");
}

struct Replay {
    driver: Driver,
    /// Our time minus the recorded time, in milliseconds.
    offset: i64,
    /// The recorded connection that is ours, while ours is open.
    connection: Option<u64>,
    /// Ours waits for the outcome of an attempt.
    dialling: bool,
    suspended: bool,
    /// What the operating system holds for a suspended process.
    held: Vec<Entry>,
    wanted: BTreeSet<String>,
    /// Recorded references and ours.
    references: BTreeMap<String, Value>,
    /// The events of our pushes, by our references.
    pushed: BTreeMap<String, String>,
    not_sent: BTreeSet<String>,
    sent: VecDeque<(Duration, Value)>,
    dials: u32,
    hangups: u32,
    reports: Vec<String>,
    expected: Vec<String>,
    heartbeats: bool,
    differences: Vec<Difference>,
}

impl Replay {
    fn new(differences: &[Difference]) -> Self {
        Self {
            driver: Driver::new(1),
            offset: 0,
            connection: None,
            dialling: false,
            suspended: false,
            held: Vec::new(),
            wanted: BTreeSet::new(),
            references: BTreeMap::new(),
            pushed: BTreeMap::new(),
            not_sent: BTreeSet::new(),
            sent: VecDeque::new(),
            dials: 0,
            hangups: 0,
            reports: Vec::new(),
            expected: Vec::new(),
            heartbeats: false,
            differences: differences.to_vec(),
        }
    }

    fn step(&mut self, entry: &Entry, rest: &[Entry]) {
        let is_current = self.connection.is_some() && entry.connection == self.connection;
        match &entry.what {
            What::Attempt(1) => {
                self.end_of_client();
                self.new_client(entry.at, rest);
            }
            What::Attempt(_) => self.expect_dial(entry.at),
            What::Upgraded { .. } | What::Unreachable if !self.dialling => {}
            What::Upgraded { status: 101 } => {
                self.connection = entry.connection;
                self.outcome(entry.at, Input::Opened);
            }
            What::Upgraded { status } => {
                let (status, retry_after) = (*status, None);
                let refused = Input::Refused {
                    status,
                    retry_after,
                };
                self.outcome(entry.at, refused);
            }
            What::Unreachable => self.outcome(entry.at, Input::Unreachable),
            What::Client(frame) => self.client_frame(entry.at, frame),
            What::Server(_) | What::Traffic | What::ServerClose { .. } if !is_current => {}
            What::Server(_) | What::Traffic | What::ServerClose { .. } if self.suspended => {
                self.held.push(entry.clone());
            }
            What::Server(text) => self.server_frame(entry.at, text),
            What::Traffic => self.tell(entry.at, Input::Traffic),
            What::ServerClose { code } => self.closed(entry.at, *code),
            What::Cut if self.connection.is_some() => self.closed(entry.at, None),
            What::Cut => {}
            What::ClientClose { .. } if !is_current || !self.held.is_empty() => {}
            What::ClientClose { reason } if reason == "heartbeat timeout" => {
                self.expect_hangup(entry.at);
            }
            What::ClientClose { .. } => {
                self.advance(entry.at);
                self.end_of_client();
            }
            What::Leave(topic) => {
                self.wanted.remove(topic);
                let topic = topic.clone();
                self.tell(entry.at, Input::Leave { topic });
            }
            What::Join { topic, params } => {
                let (topic, params) = (topic.clone(), params.clone());
                self.tell(entry.at, Input::Join { topic, params });
            }
            What::Suspended => {
                self.advance(entry.at);
                self.suspended = true;
            }
            What::Continued => self.go_on(entry.at),
            What::Report(text) => self.expect_report(entry.at, text),
        }
    }

    /// A client of its own: it wants the topic it joins first before it is connected.
    fn new_client(&mut self, at: u64, rest: &[Entry]) {
        self.driver = Driver::new(1);
        self.offset = -signed(at);
        self.connection = None;
        self.wanted.clear();
        self.references.clear();
        self.hangups = 0;
        let first = rest.iter().find_map(|entry| match &entry.what {
            What::Client(frame) if frame[3] == "phx_join" => Some(frame),
            _ => None,
        });
        // A client that never gets through does not show what it wants.
        let unseen = json!(["1", "1", "feeds:unseen:user_1", "phx_join", {}]);
        self.join(at, first.unwrap_or(&unseen));
        self.expect_dial(at);
    }

    fn join(&mut self, at: u64, frame: &Value) {
        let topic = frame[2].as_str().expect("a topic").to_owned();
        self.wanted.insert(topic.clone());
        let params = frame[4].clone();
        self.tell(at, Input::Join { topic, params });
    }

    /// A connection attempt of the recorded client; ours may come later than its, and shifts time.
    fn expect_dial(&mut self, at: u64) {
        if self.take(|difference| difference == Difference::NotDialled(at)) {
            self.advance(at);
            return assert_eq!(self.dials, 0, "stays away, at {at} ms");
        }
        if self.dials == 0 {
            self.wait_for_output();
        }
        assert_eq!(self.dials, 1, "dials once, at {at} ms");
        self.dials = 0;
        self.dialling = true;
        self.shift(at);
    }

    /// How the attempt went.
    fn outcome(&mut self, at: u64, input: Input<'_>) {
        self.dialling = false;
        self.tell(at, input);
    }

    /// The server's end of the connection; ours may have hung up before it.
    fn closed(&mut self, at: u64, code: Option<u16>) {
        self.advance(at);
        if self.hangups == 0 {
            self.tell(at, Input::Closed { code });
            self.connection = None;
        }
    }

    fn expect_hangup(&mut self, at: u64) {
        self.advance(at);
        assert_eq!(self.hangups, 1, "hangs up by {at} ms");
        self.hangups = 0;
        self.connection = None;
    }

    fn client_frame(&mut self, at: u64, recorded: &Value) {
        let reference = recorded[1].as_str().expect("phoenix.js sends strings");
        if self.take(|difference| difference == Difference::NotSent(at)) {
            self.not_sent.insert(reference.into());
            return;
        }
        let topic = recorded[2].as_str().expect("a topic");
        let event = recorded[3].as_str().expect("an event");
        let is_new = event == "phx_join" && !self.wanted.contains(topic);
        let is_own = matches!(event, "phx_join" | "phx_leave" | "heartbeat") && !is_new;
        if is_new {
            self.join(at, recorded);
        } else if !is_own {
            let (topic, event, payload) = (topic.into(), event.into(), recorded[4].clone());
            self.tell(
                at,
                Input::Push {
                    topic,
                    event,
                    payload,
                },
            );
        }
        if self.sent.is_empty() && event == "phx_join" {
            self.wait_for_output();
            self.shift(at);
        } else {
            self.advance(at + TOLERANCE);
        }
        let (when, ours) = self.sent.pop_front().unwrap_or_else(|| {
            panic!("ours does not send {recorded} of {at} ms");
        });
        let late = millis(when) - (signed(at) + self.offset);
        assert!(
            late.unsigned_abs() <= TOLERANCE,
            "{ours} comes {late} ms after {recorded} of {at} ms"
        );
        self.references.insert(reference.into(), ours[1].clone());
        assert_eq!(ours, self.translated(recorded), "frame of {at} ms");
    }

    fn server_frame(&mut self, at: u64, text: &str) {
        let text = match serde_json::from_str::<Value>(text) {
            Ok(frame) if frame[1].as_str().is_some_and(|r| self.not_sent.contains(r)) => return,
            Ok(frame) if frame.is_array() => self.translated(&frame).to_string(),
            _ => text.into(),
        };
        self.tell(at, Input::Text(&text));
    }

    /// The frame with our references for the recorded ones, and none of ours for those never used.
    fn translated(&self, frame: &Value) -> Value {
        let mut frame = frame.clone();
        for index in [0, 1] {
            if let Some(recorded) = frame[index].as_str() {
                let foreign = || json!(format!("foreign {recorded}"));
                frame[index] = self
                    .references
                    .get(recorded)
                    .cloned()
                    .unwrap_or_else(foreign);
            }
        }
        frame
    }

    /// The suspended process reads what was held for it before it looks at the clock.
    fn go_on(&mut self, at: u64) {
        self.advance(at);
        self.suspended = false;
        for mut entry in std::mem::take(&mut self.held) {
            entry.at = at;
            self.step(&entry, &[]);
        }
    }

    fn expect_report(&mut self, at: u64, text: &str) {
        if !self.take(|difference| difference == Difference::NotReported(at)) {
            self.expected.push(text.into());
        }
    }

    /// Notes are cut off after some hundred characters.
    fn check_reports(&mut self) {
        let mut ours = std::mem::take(&mut self.reports);
        ours.retain(|report| {
            !self.take(|d| matches!(d, Difference::ReportedToo(extra) if extra == report))
        });
        let matches = ours
            .iter()
            .zip(&self.expected)
            .all(|(ours, recorded)| ours.starts_with(&**recorded));
        assert!(
            matches && ours.len() == self.expected.len(),
            "reported {ours:#?}\nexpected {:#?}",
            self.expected
        );
    }

    fn end_of_client(&mut self) {
        while let Some((_, frame)) = self.sent.pop_front() {
            let event = frame[3].as_str().expect("an event");
            assert!(
                self.take(|difference| matches!(difference, Difference::SentToo(e) if e == event)),
                "ours also sends {frame}"
            );
        }
        self.connection = None;
        if let State::BackingOff { .. } | State::Dialling = self.driver.state() {
            assert!(
                self.take(|difference| difference == Difference::ComesBack),
                "ours comes back"
            );
            if self.dials == 0 {
                self.wait_for_output();
            }
            let outputs = self.driver.tell(Input::Opened);
            self.collect(outputs);
            let rejoins = self.sent.drain(..).map(|(_, frame)| frame);
            assert!(
                rejoins
                    .map(|frame| frame[2].clone())
                    .eq(self.wanted.iter().cloned())
            );
        }
        self.dials = 0;
        self.dialling = false;
        assert_eq!(self.hangups, 0, "ours hangs up");
        self.driver = Driver::new(1);
    }

    fn tell(&mut self, at: u64, input: Input<'_>) {
        self.advance(at);
        let outputs = self.driver.tell(input);
        self.collect(outputs);
    }

    /// Lets our time reach the recorded one.
    fn advance(&mut self, at: u64) {
        let target = u64::try_from(signed(at) + self.offset).expect("after the start");
        let time = Duration::from_millis(target).saturating_sub(self.driver.elapsed());
        if self.suspended || time.is_zero() {
            return self.driver.pause(time);
        }
        for (when, output) in self.driver.sleep(time) {
            self.collect_one(when, output);
        }
    }

    /// Lets time pass until ours dials or sends by itself.
    fn wait_for_output(&mut self) {
        let may_beat = self.differences.contains(&Difference::HeartbeatsInPauses);
        while self.sent.is_empty() && self.dials == 0 {
            let outputs = self.driver.sleep_until_due(seconds(600));
            self.collect(outputs);
            if let Some((_, frame)) = self.sent.front()
                && frame[3] == "heartbeat"
                && may_beat
            {
                let ok = json!({ "status": "ok", "response": {} });
                let reply = json!([null, frame[1], "phoenix", "phx_reply", ok]).to_string();
                self.sent.clear();
                self.heartbeats = true;
                self.driver.receive(&reply);
            }
        }
    }

    /// From here on the recorded `at` is our now.
    fn shift(&mut self, at: u64) {
        self.offset = millis(self.driver.elapsed()) - signed(at);
    }

    fn collect(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            self.collect_one(self.driver.elapsed(), output);
        }
    }

    fn collect_one(&mut self, when: Duration, output: Output) {
        match output {
            Output::Dial => self.dials += 1,
            Output::Hangup => self.hangups += 1,
            Output::Send(text) => {
                let frame = serde_json::from_str(&text).expect("ours sends JSON");
                self.sent.push_back((when, frame));
            }
            Output::Event(Event::Pushed {
                reference, event, ..
            }) => drop(self.pushed.insert(reference, event)),
            Output::Event(Event::Reply {
                reference, reply, ..
            }) => self
                .reports
                .push(reports::reply(&self.pushed[&reference], &reply)),
            Output::Event(event) => self.reports.extend(reports::event(&event)),
            Output::Wait(_) => unreachable!("the driver keeps it"),
        }
    }

    fn take(&mut self, which: impl Fn(Difference) -> bool) -> bool {
        let found = self.differences.iter().position(|d| which(*d));
        found.map(|index| self.differences.remove(index)).is_some()
    }
}

fn signed(milliseconds: u64) -> i64 {
    i64::try_from(milliseconds).expect("a recording is short")
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).expect("a recording is short")
}

/// How much the recorded client's timers may be off, in milliseconds.
const TOLERANCE: u64 = 150;
