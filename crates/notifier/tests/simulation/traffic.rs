use std::{collections::VecDeque, time::Duration};

use serde_json::Value;

use crate::invariant::Invariant;

/// Watches what one account sends and when, by the clock of the computer, which stands still while it sleeps.
#[derive(Default)]
pub(crate) struct Traffic {
    pub(crate) feeds: Vec<FeedTraffic>,
    marks: Requests,
    /// The fetches of the last second, of all feeds.
    fetched: VecDeque<Duration>,
    /// The server does not want to be asked for pages before then.
    left_alone_until: Duration,
    dials: VecDeque<Duration>,
    dial_not_before: Duration,
    /// The same after waking up, or trying again.
    hurried_not_before: Duration,
    /// The server does not take the account: nothing is owed.
    pub(crate) refused: bool,
    /// The last heartbeat, until its reply has come.
    heartbeat: Option<(String, Duration)>,
    /// What the last join was numbered.
    join_ref: Option<String>,
}

/// What is known of one feed, and what it is owed.
#[derive(Default)]
pub(crate) struct FeedTraffic {
    fetches: Requests,
    /// What calls for a fetch of the first page, and since when.
    owed: Option<(&'static str, Duration)>,
    /// When the counts that the app knows were true, by the server's clock; nothing when it must not know them yet.
    pub(crate) counts_known: Option<Duration>,
    /// The same for the rows of the first page.
    pub(crate) rows_known: Option<Duration>,
    /// Only a page that was asked for from then on knows of everything the app did.
    barrier: Duration,
    /// The last page or announcement that the app has been told of was true then, by the server's clock.
    heard: Duration,
}

/// Requests of one kind.
#[derive(Default)]
struct Requests {
    in_flight: u32,
    /// The server wants to be asked again then.
    left_alone_until: Duration,
    /// The last one failed, so that the next waits for its back-off.
    failing: bool,
    /// When the last one was sent or answered.
    last: Duration,
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

impl Requests {
    fn sent(&mut self, now: Duration) {
        Invariant::RetryAfter.holds(now >= self.left_alone_until, || {
            format!(
                "a request at {now:?}, though the server wants none before {:?}",
                self.left_alone_until
            )
        });
        self.in_flight += 1;
        self.last = now;
    }

    fn answered(&mut self, failed: bool, retry_after: Option<Duration>, now: Duration) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.failing = failed;
        self.last = now;
        if let Some(retry_after) = retry_after {
            self.left_alone_until = now + retry_after;
        }
    }

    fn insisted(&mut self) {
        self.left_alone_until = Duration::ZERO;
        self.failing = false;
    }
}

impl FeedTraffic {
    /// Only a page that is asked for from then on says how things stand.
    fn forget(&mut self, from: Duration) {
        self.counts_known = None;
        self.rows_known = None;
        self.barrier = self.barrier.max(from);
    }

    /// Counts that may or may not know of a mark on its way are not the last word.
    fn announced(&mut self, sent: Duration, with_counts: bool, is_marking: bool, now: Duration) {
        self.owed.get_or_insert(("a new-message", now));
        if !with_counts {
            return;
        }
        let is_last_word = self.fetches.in_flight == 0 && !is_marking && sent >= self.heard;
        self.heard = self.heard.max(sent);
        if is_last_word && self.barrier <= now {
            self.counts_known = Some(sent);
        } else {
            self.counts_known = None;
            self.barrier = self.barrier.max(now + Duration::from_nanos(1));
        }
    }
}

impl Traffic {
    pub(crate) fn of_feeds(count: usize) -> Self {
        Self {
            feeds: (0..count).map(|_| FeedTraffic::default()).collect(),
            ..Self::default()
        }
    }

    /// A fetch goes out.
    pub(crate) fn fetch(&mut self, feed: usize, first_page: bool, now: Duration) {
        let left_alone_until = self.left_alone_until;
        Invariant::RetryAfter.holds(now >= left_alone_until, || {
            format!("a fetch at {now:?}, though the server wants none before {left_alone_until:?}")
        });
        let feed = &mut self.feeds[feed];
        feed.fetches.sent(now);
        Invariant::OneFetch.holds(feed.fetches.in_flight == 1, || {
            format!("{} fetches are in flight", feed.fetches.in_flight)
        });
        if first_page {
            feed.owed = None;
        }
        while self
            .fetched
            .front()
            .is_some_and(|&at| now - at >= Duration::from_secs(1))
        {
            self.fetched.pop_front();
        }
        self.fetched.push_back(now);
        Invariant::FetchRate.holds(self.fetched.len() <= 5, || {
            format!("{} fetches within a second", self.fetched.len())
        });
    }

    /// Its answer has come: a page that was asked for at one time, by the computer's clock, and true at another, by
    /// the server's.
    pub(crate) fn fetched(
        &mut self,
        feed: usize,
        first_page: bool,
        asked: Duration,
        served: Duration,
        now: Duration,
    ) {
        let feed = &mut self.feeds[feed];
        feed.fetches.answered(false, None, now);
        if first_page {
            feed.counts_known = (asked >= feed.barrier).then_some(served);
            feed.rows_known = feed.counts_known;
            feed.heard = feed.heard.max(served);
        }
    }

    pub(crate) fn fetch_failed(
        &mut self,
        feed: usize,
        retry_after: Option<Duration>,
        now: Duration,
    ) {
        let feed = &mut self.feeds[feed];
        feed.fetches.answered(true, retry_after, now);
        feed.counts_known = None;
        if let Some(retry_after) = retry_after {
            self.left_alone_until = self.left_alone_until.max(now + retry_after);
        }
    }

    pub(crate) fn mark(&mut self, now: Duration) {
        self.marks.sent(now);
        Invariant::MarkOrder.holds(self.marks.in_flight == 1, || {
            format!("{} marks are in flight", self.marks.in_flight)
        });
    }

    pub(crate) fn marked(&mut self, failed: bool, retry_after: Option<Duration>, now: Duration) {
        self.marks.answered(failed, retry_after, now);
    }

    pub(crate) fn is_marking(&self) -> bool {
        self.marks.in_flight > 0
    }

    /// A `new-message` for a feed, with counts that were true at a time, by the server's clock.
    pub(crate) fn announced(
        &mut self,
        feed: usize,
        sent: Duration,
        with_counts: bool,
        now: Duration,
    ) {
        let is_marking = self.is_marking();
        self.feeds[feed].announced(sent, with_counts, is_marking, now);
    }

    /// Only pages that are asked for from then on say how things stand.
    pub(crate) fn forget(&mut self, from: Duration) {
        self.feeds.iter_mut().for_each(|feed| feed.forget(from));
    }

    /// Something calls for a fetch of every feed.
    pub(crate) fn owe(&mut self, why: &'static str, now: Duration) {
        for feed in self.feeds.iter_mut().filter(|_| !self.refused) {
            feed.owed.get_or_insert((why, now));
        }
    }

    /// The server does not take the account: what is to be fetched waits for the next join.
    pub(crate) fn refuse(&mut self) {
        self.refused = true;
        self.feeds.iter_mut().for_each(|feed| feed.owed = None);
    }

    /// A person insists, whatever the server asked for.
    pub(crate) fn insisted(&mut self) {
        self.left_alone_until = Duration::ZERO;
        self.marks.insisted();
        for feed in &mut self.feeds {
            feed.fetches.insisted();
        }
        self.hurried();
    }

    /// Time has passed up to now, and nothing has happened that the app could have waited for.
    pub(crate) fn pass(&self, now: Duration) {
        let soon = SOON * self.feeds.len() as u32;
        let last = self.fetched.back().copied().unwrap_or_default();
        for feed in self.feeds.iter().filter(|_| !self.refused) {
            if let Some((why, since)) = feed.owed
                && feed.fetches.in_flight == 0
                && !feed.fetches.failing
            {
                let from = since
                    .max(feed.fetches.last)
                    .max(self.left_alone_until)
                    .max(last);
                Invariant::Current.holds(now <= from + soon, || {
                    format!("no fetch since {why} at {since:?}; it is {now:?}")
                });
            }
        }
        if let Some((_, since)) = &self.heartbeat {
            Invariant::Heartbeat.holds(now <= *since + HEARTBEAT_WITHIN, || {
                format!("the heartbeat of {since:?} has no reply at {now:?}, and the link is kept")
            });
        }
    }

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

    /// The socket is made anew.
    pub(crate) fn renewed(&mut self) {
        self.dial_not_before = Duration::ZERO;
        self.hurried_not_before = Duration::ZERO;
        self.dials.clear();
        self.heartbeat = None;
        self.join_ref = None;
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
}

/// A fetch follows what calls for it within this time for each feed, once the one before it is answered.
const SOON: Duration = Duration::from_millis(251);
const HEARTBEAT_WITHIN: Duration = Duration::from_secs(30);
/// Full jitter below ceilings that double leaves no room for more in a minute.
const MOST_DIALS: usize = 15;
