use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use doorbell_notifier::Line;

use crate::invariant::Invariant;

/// Watches what one account asks of the server and when, by the clock of the computer, which stands still while it sleeps.
#[derive(Default)]
pub(crate) struct Traffic {
    pub(crate) feeds: Vec<FeedTraffic>,
    marks: Requests,
    /// The fetches of the last second, of all feeds.
    fetched: VecDeque<Duration>,
    /// The server does not want to be asked for pages before then.
    left_alone_until: Duration,
    /// The server does not take the account: nothing is owed.
    pub(crate) refused: bool,
    /// Without a line, nothing can be asked.
    lines: BTreeSet<Line>,
    /// The lines of the last minute.
    begun: VecDeque<Duration>,
    /// Nothing could be asked then: there was no line, or no token.
    held_at: Duration,
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

/// Requests of one kind, of which one at a time is answered.
#[derive(Default)]
struct Requests {
    in_flight: Option<(u64, Line)>,
    /// Its line has ended then. It is still awaited if the same line begins at once.
    cut_off: Option<(u64, Line, Duration)>,
    /// The server wants to be asked again then.
    left_alone_until: Duration,
    /// The last one failed, so that the next waits for its back-off.
    failing: bool,
    /// When the last one was sent or answered.
    last: Duration,
}

/// A page as it came.
pub(crate) struct Page {
    pub(crate) number: u64,
    pub(crate) feed: usize,
    pub(crate) is_first: bool,
    /// By the computer's clock.
    pub(crate) asked: Duration,
    /// When it was true, by the server's clock.
    pub(crate) served: Duration,
}

impl Requests {
    fn sent(&mut self, number: u64, line: Line, now: Duration) -> bool {
        Invariant::RetryAfter.holds(now >= self.left_alone_until, || {
            format!(
                "a request at {now:?}, though the server wants none before {:?}",
                self.left_alone_until
            )
        });
        self.last = now;
        self.in_flight.replace((number, line)).is_none()
    }

    /// Whether the answer is awaited.
    fn answered(
        &mut self,
        number: u64,
        failed: bool,
        retry_after: Option<Duration>,
        now: Duration,
    ) -> bool {
        if self
            .in_flight
            .take_if(|(awaited, _)| *awaited == number)
            .is_none()
        {
            return false;
        }
        self.failing = failed;
        self.last = now;
        if let Some(retry_after) = retry_after {
            self.left_alone_until = now + retry_after;
        }
        true
    }

    fn ended(&mut self, line: Line, now: Duration) {
        let gone = self.in_flight.take_if(|(_, on)| *on == line);
        if let Some((number, line)) = gone {
            self.cut_off = Some((number, line, now));
        }
    }

    fn begun(&mut self, line: Line, now: Duration) {
        if let Some((number, on, at)) = self.cut_off.take()
            && on == line
            && at == now
        {
            self.in_flight = Some((number, line));
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
    pub(crate) fn announced(
        &mut self,
        sent: Duration,
        with_counts: bool,
        is_marking: bool,
        now: Duration,
    ) {
        self.owed.get_or_insert(("a new-message", now));
        if !with_counts {
            return;
        }
        let is_last_word = self.fetches.in_flight.is_none() && !is_marking && sent >= self.heard;
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

    /// The program was killed: it knows nothing any more, but the server still counts what it was asked.
    pub(crate) fn killed(&mut self) {
        let fetched = std::mem::take(&mut self.fetched);
        *self = Self {
            fetched,
            ..Self::of_feeds(self.feeds.len())
        };
    }

    /// A line begins.
    pub(crate) fn begun(&mut self, line: Line, now: Duration) {
        self.refused = false;
        self.lines.insert(line);
        for feed in &mut self.feeds {
            feed.fetches.begun(line, now);
        }
        let minute = Duration::from_secs(60);
        while self.begun.front().is_some_and(|&at| now - at > minute) {
            self.begun.pop_front();
        }
        self.begun.push_back(now);
        Invariant::BackOff.holds(self.begun.len() <= MOST_LINES, || {
            format!("{} lines within a minute", self.begun.len())
        });
    }

    /// A line ends; no page that was asked for on it is awaited any more. A mark is: it may still arrive.
    pub(crate) fn ended(&mut self, line: Line, now: Duration) {
        self.lines.remove(&line);
        for feed in &mut self.feeds {
            feed.fetches.ended(line, now);
        }
    }

    /// A fetch goes out.
    pub(crate) fn fetch(
        &mut self,
        number: u64,
        line: Line,
        feed: usize,
        first_page: bool,
        now: Duration,
    ) {
        let left_alone_until = self.left_alone_until;
        Invariant::RetryAfter.holds(now >= left_alone_until, || {
            format!("a fetch at {now:?}, though the server wants none before {left_alone_until:?}")
        });
        let feed = &mut self.feeds[feed];
        let is_alone = feed.fetches.sent(number, line, now);
        Invariant::OneFetch.holds(is_alone, || "two fetches are in flight".to_owned());
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

    /// Its answer has come.
    pub(crate) fn fetched(&mut self, page: &Page, now: Duration) {
        let feed = &mut self.feeds[page.feed];
        if !feed.fetches.answered(page.number, false, None, now) {
            // Nobody waits for it; whether it is used all the same does not matter in the end.
            feed.forget(now + Duration::from_nanos(1));
        } else if page.is_first {
            feed.counts_known = (page.asked >= feed.barrier).then_some(page.served);
            feed.rows_known = feed.counts_known;
            feed.heard = feed.heard.max(page.served);
        }
    }

    /// The answer to a fetch is a failure.
    pub(crate) fn fetch_failed(
        &mut self,
        number: u64,
        feed: usize,
        retry_after: Option<Duration>,
        now: Duration,
    ) {
        let feed = &mut self.feeds[feed];
        feed.counts_known = None;
        if feed.fetches.answered(number, true, retry_after, now)
            && let Some(retry_after) = retry_after
        {
            self.left_alone_until = self.left_alone_until.max(now + retry_after);
        }
    }

    /// A mark goes out.
    pub(crate) fn mark(&mut self, number: u64, line: Line, now: Duration) {
        let is_alone = self.marks.sent(number, line, now);
        Invariant::MarkOrder.holds(is_alone, || "two marks are in flight".to_owned());
    }

    /// The answer to a mark has come; whether it is awaited.
    pub(crate) fn marked(
        &mut self,
        number: u64,
        failed: bool,
        retry_after: Option<Duration>,
        now: Duration,
    ) -> bool {
        self.marks.answered(number, failed, retry_after, now)
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
        self.begun.clear();
    }

    /// Time has passed up to now, and nothing has happened that the app could have waited for, unless it is held for
    /// want of a token.
    pub(crate) fn pass(&mut self, held: bool, now: Duration) {
        if held || self.lines.is_empty() {
            self.held_at = now;
            return;
        }
        let soon = SOON * self.feeds.len() as u32;
        let last = self.fetched.back().copied().unwrap_or_default();
        for feed in self.feeds.iter().filter(|_| !self.refused) {
            if let Some((why, since)) = feed.owed
                && feed.fetches.in_flight.is_none()
                && !feed.fetches.failing
            {
                let from = since
                    .max(feed.fetches.last)
                    .max(self.left_alone_until)
                    .max(self.held_at)
                    .max(last);
                Invariant::Current.holds(now <= from + soon, || {
                    format!("no fetch since {why} at {since:?}; it is {now:?}")
                });
            }
        }
    }
}

/// A fetch follows what calls for it within this time for each feed, once the one before it is answered.
const SOON: Duration = Duration::from_millis(251);
/// A new line is for a new token, or for a person who tries again.
const MOST_LINES: usize = 15;
