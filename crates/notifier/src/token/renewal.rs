use std::time::{Duration, Instant};

use doorbell_knock::{Claims, UserToken};
use time::OffsetDateTime;

use super::{Issued, TokenError, TokenSource};
use crate::{event::Now, sync};

/// When an account's token is renewed, and how that stands.
///
/// A token is renewed when 80 % of its life are over or five minutes before its end, whichever is earlier, but never in
/// the first half of its life; a little earlier by chance, so that not everybody asks at once.
///
/// Clocks differ. One that is behind the signer's shows in a token from the future, whose end is then moved with it. One
/// that is ahead shows in a new token that is over already: it is used all the same, for as long as it lasts by itself.
/// And whatever the clocks say, a token that the server refuses is renewed at once.
#[derive(Debug)]
pub(crate) struct Renewal {
    source: Option<TokenSource>,
    token: Token,
    stage: Stage,
    /// Answers in a row that did not help: the server has taken no token of the source since.
    failures: u32,
    /// The source has given a token that the server has not taken yet.
    is_untried: bool,
    /// The source does not want to be asked before then.
    left_alone_until: Option<OffsetDateTime>,
    /// Why the source gave nothing when it was asked last.
    trouble: Option<TokenError>,
    /// The source was asked because of a refusal on this way, and nothing was taken there since.
    tried: Option<Way>,
}

/// How a token gets to the server. What stands in between may let one of the ways through and refuse the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Socket,
    Requests,
}

/// What is known of the token in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// There is none.
    Missing,
    /// It lasts until then by this computer's clock; without an end, for as long as the server takes it.
    Until(Option<OffsetDateTime>),
    /// The server does not take it.
    Refused,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The source is asked then, if at all.
    Resting(Option<OffsetDateTime>),
    /// The source has been asked and has not answered.
    Asked,
}

impl Renewal {
    /// For a token that was kept from an earlier start, or typed.
    pub(crate) fn new(
        source: Option<TokenSource>,
        token: Option<&UserToken>,
        random: &mut fastrand::Rng,
        now: Now,
    ) -> Renewal {
        let (token, life) = Token::known(token, now);
        let due = match token {
            Token::Missing => Some(now.utc),
            Token::Until(_) | Token::Refused => life.map(|life| life.due(random)),
        };
        Renewal {
            stage: Stage::Resting(due.filter(|_| source.is_some())),
            source,
            token,
            failures: 0,
            is_untried: false,
            left_alone_until: None,
            trouble: None,
            tried: None,
        }
    }

    /// The source to ask now, if it is time.
    pub(crate) fn ask(&mut self, now: Now) -> Option<TokenSource> {
        match self.stage {
            Stage::Resting(Some(due)) if now.utc >= due => {
                self.stage = Stage::Asked;
                self.source.clone()
            }
            Stage::Resting(_) | Stage::Asked => None,
        }
    }

    /// Nothing should go to the server before the source has answered: there is no good token for it.
    pub(crate) fn holds(&self, now: Now) -> bool {
        self.is_asking(now) && !self.is_good(now)
    }

    /// Whether the token may still be of use, by this computer's clock.
    pub(crate) fn is_good(&self, now: Now) -> bool {
        match self.token {
            Token::Missing | Token::Refused => false,
            Token::Until(end) => end.is_none_or(|end| now.utc < end),
        }
    }

    /// The source has given a token. One that ends right away is used, and asked for again after a while.
    pub(crate) fn succeeded(&mut self, issued: &Issued, random: &mut fastrand::Rng, now: Now) {
        self.trouble = None;
        self.left_alone_until = None;
        self.is_untried = true;
        let Some(end) = issued.expires_at else {
            self.token = Token::Until(None);
            self.stage = Stage::Resting(None);
            return;
        };
        let life = Life::issued_at(now.utc, issued.claims.issued_at, end);
        self.token = Token::Until(Some(life.end));
        let due = life.due(random);
        if due > now.utc {
            let rested = now.utc.saturating_add(SPACE);
            self.stage = Stage::Resting(Some(due.max(rested)));
        } else {
            self.rest(None, random, now);
        }
    }

    /// The source has given nothing of use: it is asked again after a back-off, or after what it asked for.
    pub(crate) fn failed(&mut self, error: TokenError, random: &mut fastrand::Rng, now: Now) {
        let asked = error.retry_after();
        self.left_alone_until = asked.and_then(|asked| now.utc.checked_add(signed(asked)));
        self.rest(asked, random, now);
        self.trouble = Some(error);
    }

    fn rest(&mut self, retry_after: Option<Duration>, random: &mut fastrand::Rng, now: Now) {
        let wait = sync::wait(self.failures + FIRST_WAIT, retry_after, random);
        self.failures = self.failures.saturating_add(1).min(MAX_FAILURES);
        self.stage = Stage::Resting(now.utc.checked_add(signed(wait)));
    }

    /// The server does not take the token. Whether the source is asked for another before anybody is troubled.
    pub(crate) fn refused(&mut self, way: Way, now: Now) -> bool {
        self.token = Token::Refused;
        if self.source.is_none() || self.is_asking(now) {
            return self.source.is_some();
        }
        if self.tried.is_none() {
            self.tried = Some(way);
            let due = self.left_alone_until.map_or(now.utc, |at| at.max(now.utc));
            self.stage = Stage::Resting(Some(due));
            return true;
        }
        let probe = now.utc.checked_add(signed(PROBE));
        let planned = match self.stage {
            Stage::Resting(due) => due,
            Stage::Asked => None,
        };
        self.stage = Stage::Resting(planned.into_iter().chain(probe).min());
        false
    }

    /// The source has been asked, or is about to be.
    fn is_asking(&self, now: Now) -> bool {
        match self.stage {
            Stage::Asked => true,
            Stage::Resting(due) => due.is_some_and(|due| now.utc >= due),
        }
    }

    /// The server has taken the token, whatever the clock says of its end. What a socket needs is more than what
    /// requests need: they do not show that it works.
    pub(crate) fn taken(&mut self, way: Way, now: Now) {
        self.tried
            .take_if(|tried| way == Way::Socket || *tried == Way::Requests);
        if std::mem::take(&mut self.is_untried) {
            self.failures = 0;
        }
        if !self.is_good(now) {
            self.token = Token::Until(None);
        }
    }

    /// The server does not take the token that the source gave, so that the one before is used again.
    pub(crate) fn fell_back(
        &mut self,
        to: Option<&UserToken>,
        random: &mut fastrand::Rng,
        now: Now,
    ) {
        self.token = Token::known(to, now).0;
        self.failed(TokenError::Refused, random, now);
        self.is_untried = false;
    }

    /// The server has refused the token, and nothing was taken by it since.
    pub(crate) fn is_refused(&self) -> bool {
        self.token == Token::Refused
    }

    /// Whether there is a token that the server has not refused. One that is over may be good by its clock.
    pub(crate) fn may_be_tried(&self) -> bool {
        match self.token {
            Token::Missing | Token::Refused => false,
            Token::Until(_) => true,
        }
    }

    /// Something has changed, a person insists or the network is back: a source that failed is asked now.
    pub(crate) fn hurry(&mut self, now: Now) {
        let waits = self.failures > 0 || self.token == Token::Refused;
        if let Stage::Resting(Some(due)) = &mut self.stage
            && waits
        {
            *due = (*due).min(now.utc);
        }
    }

    /// What failed when a token was asked for last, as a clause that begins with the source.
    pub(crate) fn trouble(&self) -> Option<String> {
        Some(self.trouble.as_ref()?.of(self.source.as_ref()?))
    }

    /// A refusal would lead to another token first.
    pub(crate) fn may_help(&self) -> bool {
        self.source.is_some() && self.tried.is_none()
    }

    /// When [`Renewal::ask`] has something to say by itself.
    pub(crate) fn deadline(&self, now: Now) -> Option<Instant> {
        match self.stage {
            Stage::Resting(Some(due)) => {
                let wait = Duration::try_from(due - now.utc).unwrap_or(Duration::ZERO);
                Some(now.instant + wait.min(LONGEST_WAIT))
            }
            Stage::Resting(None) | Stage::Asked => None,
        }
    }
}

impl Token {
    /// What a token says of itself, and how long it is good.
    fn known(token: Option<&UserToken>, now: Now) -> (Token, Option<Life>) {
        let Some(token) = token else {
            return (Token::Missing, None);
        };
        let claims = Claims::read(token).unwrap_or_default();
        let life = claims
            .expires_at
            .map(|end| Life::seen_at(now.utc, claims.issued_at, end));
        (Token::Until(life.map(|life| life.end)), life)
    }
}

/// From when to when a token is good, by this computer's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Life {
    start: OffsetDateTime,
    end: OffsetDateTime,
}

impl Life {
    /// Of a token that came from somewhere at some time.
    fn seen_at(now: OffsetDateTime, issued: Option<OffsetDateTime>, end: OffsetDateTime) -> Life {
        let start = issued.unwrap_or(now);
        if start <= now {
            return Life { start, end };
        }
        let behind = start - now;
        Life {
            start: now,
            end: end.checked_sub(behind).unwrap_or(now),
        }
    }

    /// Of one that was asked for just now.
    fn issued_at(now: OffsetDateTime, issued: Option<OffsetDateTime>, end: OffsetDateTime) -> Life {
        let life = Life::seen_at(now, issued, end);
        if life.end > now || life.start >= life.end {
            return life;
        }
        let length = life.end - life.start;
        Life {
            start: now,
            end: now.checked_add(length).unwrap_or(now),
        }
    }

    /// When to renew it.
    fn due(self, random: &mut fastrand::Rng) -> OffsetDateTime {
        let Life { start, end } = self;
        if end <= start {
            return end;
        }
        let length = end - start;
        let late = (length - MARGIN).min(length * 0.8);
        let planned = late.max(length * 0.5);
        start + planned * (1.0 - JITTER * random.f64())
    }
}

fn signed(wait: Duration) -> time::Duration {
    wait.try_into().unwrap_or(time::Duration::DAY)
}

/// A token is renewed this long before its end.
const MARGIN: time::Duration = time::Duration::minutes(5);
/// The share of a wait that chance may take off.
const JITTER: f64 = 0.1;
/// A source is left alone this long after it has given a token, however short its life.
const SPACE: time::Duration = time::Duration::seconds(2);
/// A source that fails is asked less often from the start than a server: it may be a program.
const FIRST_WAIT: u32 = 2;
const MAX_FAILURES: u32 = 20;
/// How often a source is asked whose token the server did not take.
const PROBE: Duration = Duration::from_secs(3600);
/// What waits longer looks at the clock in between, which a person may have set.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const TEN: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);
    const YEAR_9999: OffsetDateTime = datetime!(9999-12-31 23:59:59 UTC);
    const YEAR_0: OffsetDateTime = datetime!(0000-01-01 0:00 UTC);

    /// When a token issued to a signer's clock at these seconds after ten is asked for again.
    #[track_caller]
    fn due(issued: Option<i64>, end: i64, earliest: i64, latest: i64) {
        let at = |seconds: i64| TEN + time::Duration::seconds(seconds);
        for seed in 0..100 {
            let mut random = fastrand::Rng::with_seed(seed);
            let life = Life::issued_at(TEN, issued.map(at), at(end));
            let due = (life.due(&mut random) - TEN).whole_seconds();
            assert!((earliest..=latest).contains(&due), "{due} s");
        }
    }

    #[test]
    fn a_token_is_renewed_before_its_end() {
        // Five minutes before, or at 80 %, whichever is earlier; a tenth earlier by chance.
        due(Some(0), 3600, 2592, 2880);
        due(Some(0), 1500, 1080, 1200);
        due(None, 1500, 1080, 1200);
        due(Some(0), 900, 540, 600);
        // Never in the first half.
        due(Some(0), 400, 180, 200);
        due(Some(0), 10, 4, 5);
    }

    #[test]
    fn a_clock_behind_the_signers_moves_the_end_with_it() {
        due(Some(600), 4200, 2592, 2880);
    }

    #[test]
    fn a_new_token_that_seems_over_lasts_as_long_as_it_says() {
        due(Some(-7200), -3600, 2592, 2880);
    }

    #[test]
    fn a_kept_token_that_is_over_is_renewed_at_once() {
        let mut random = fastrand::Rng::with_seed(1);
        let life = Life::seen_at(TEN, Some(TEN - time::Duration::HOUR), TEN);
        assert!(life.due(&mut random) <= TEN);
        assert_eq!(life.end, TEN);
    }

    #[test]
    fn no_date_however_odd_breaks_the_reckoning() {
        let mut random = fastrand::Rng::with_seed(1);
        let dates = [YEAR_0, TEN - time::Duration::HOUR, TEN, YEAR_9999];
        for (start, end) in dates.iter().flat_map(|a| dates.map(|b| (*a, b))) {
            for life in [
                Life::seen_at(TEN, Some(start), end),
                Life::issued_at(TEN, Some(start), end),
                Life::issued_at(TEN, None, end),
            ] {
                assert!(life.due(&mut random) <= life.end.max(life.start));
            }
            let mut renewal = with_source(None, &mut random);
            renewal.succeeded(&issued(Some(start), Some(end)), &mut random, at(0));
            let deadline = renewal.deadline(at(0)).expect("it is asked again");
            assert!(deadline > at(0).instant);
        }
    }

    #[test]
    fn without_a_token_the_source_is_asked_before_anything_is_sent() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut renewal = with_source(None, &mut random);
        assert!(renewal.holds(at(0)));
        assert!(renewal.ask(at(0)).is_some());
        assert!(renewal.ask(at(1)).is_none(), "it is asked once");
        assert!(renewal.holds(at(1)));
        renewal.succeeded(&issued(None, None), &mut random, at(2));
        assert!(!renewal.holds(at(2)));
        assert_eq!(renewal.deadline(at(2)), None, "it has no end");
    }

    #[test]
    fn without_a_source_nothing_is_asked() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut renewal = Renewal::new(None, None, &mut random, at(0));
        assert!(!renewal.holds(at(0)) && renewal.ask(at(0)).is_none());
        assert!(!renewal.refused(Way::Requests, at(0)));
        assert_eq!(renewal.deadline(at(0)), None);
    }

    #[test]
    fn a_failed_refresh_keeps_the_token_and_is_repeated_ever_more_slowly() {
        let mut random = fastrand::Rng::with_seed(1);
        let token = UserToken::parse("e30.eyJpYXQiOjE3NzI0NDU2MDAsImV4cCI6MTc3MjQ0OTIwMH0.x");
        let mut renewal = with_source(Some(&token.unwrap()), &mut random);
        let mut waited = Vec::new();
        let mut time = 2880;
        for _ in 0..12 {
            assert!(renewal.ask(at(time)).is_some());
            assert!(!renewal.holds(at(3599)), "the token is good still");
            renewal.failed(TokenError::TooSlow, &mut random, at(time));
            let next = renewal.deadline(at(time)).unwrap() - at(time).instant;
            waited.push(next.as_secs());
            time += next.as_secs() + 1;
        }
        assert!(waited[0] <= 4 && waited[11] <= 300, "{waited:?}");
        assert!(waited.iter().any(|wait| *wait > 60), "{waited:?}");
        let words = renewal.trouble().unwrap();
        assert_eq!(words, "the token command mint took too long");
    }

    #[test]
    fn a_source_whose_tokens_are_refused_again_and_again_is_asked_less_and_less() {
        let mut random = fastrand::Rng::with_seed(1);
        let old = UserToken::parse("old").unwrap();
        let mut renewal = with_source(Some(&old), &mut random);
        let mut waited = Vec::new();
        let mut time = 0;
        for _ in 0..12 {
            renewal.succeeded(&issued(None, None), &mut random, at(time));
            renewal.fell_back(Some(&old), &mut random, at(time));
            renewal.taken(Way::Socket, at(time));
            let next = renewal.deadline(at(time)).unwrap() - at(time).instant;
            waited.push(next.as_secs());
            time += next.as_secs() + 1;
        }
        assert!(waited.iter().any(|wait| *wait > 60), "{waited:?}");
    }

    #[test]
    fn a_source_that_asks_to_be_left_alone_is() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut renewal = with_source(None, &mut random);
        renewal.ask(at(0));
        let busy = TokenError::Status {
            status: 503,
            retry_after: Some(Duration::from_secs(900)),
        };
        renewal.failed(busy, &mut random, at(0));
        assert!(renewal.ask(at(899)).is_none());
        assert!(renewal.ask(at(901)).is_some());
    }

    #[test]
    fn a_refusal_does_not_ask_a_source_that_wants_to_be_left_alone() {
        let mut random = fastrand::Rng::with_seed(1);
        let token = UserToken::parse("opaque").unwrap();
        let mut renewal = with_source(Some(&token), &mut random);
        let busy = TokenError::Status {
            status: 503,
            retry_after: Some(Duration::from_secs(900)),
        };
        renewal.failed(busy, &mut random, at(0));
        assert!(renewal.refused(Way::Socket, at(10)));
        assert!(renewal.ask(at(899)).is_none());
        assert!(renewal.ask(at(900)).is_some());
    }

    #[test]
    fn a_refusal_asks_the_source_once_and_then_once_an_hour() {
        let mut random = fastrand::Rng::with_seed(1);
        let token = UserToken::parse("opaque").unwrap();
        let mut renewal = with_source(Some(&token), &mut random);
        assert!(renewal.ask(at(1_000_000)).is_none());
        assert!(
            renewal.refused(Way::Requests, at(10)),
            "another is tried first"
        );
        assert!(
            renewal.refused(Way::Requests, at(10)),
            "which takes a while"
        );
        assert!(renewal.ask(at(10)).is_some() && renewal.holds(at(10)));
        renewal.succeeded(&issued(None, None), &mut random, at(11));
        assert!(
            !renewal.refused(Way::Requests, at(12)),
            "the second one is no better"
        );
        assert!(renewal.ask(at(3600)).is_none());
        assert!(renewal.ask(at(3612)).is_some());
        renewal.succeeded(&issued(None, None), &mut random, at(3613));
        renewal.taken(Way::Requests, at(3614));
        assert!(
            renewal.refused(Way::Requests, at(4000)),
            "what was taken counts anew"
        );
    }

    #[test]
    fn requests_that_go_through_do_not_ask_the_source_again_and_again_for_a_socket_that_does_not() {
        let mut random = fastrand::Rng::with_seed(1);
        let token = UserToken::parse("opaque").unwrap();
        let mut renewal = with_source(Some(&token), &mut random);
        assert!(renewal.refused(Way::Socket, at(10)));
        assert!(renewal.ask(at(10)).is_some());
        renewal.succeeded(&issued(None, None), &mut random, at(11));
        renewal.taken(Way::Requests, at(12));
        assert!(!renewal.refused(Way::Socket, at(13)));
        assert!(renewal.ask(at(60)).is_none());
        renewal.taken(Way::Socket, at(61));
        assert!(renewal.refused(Way::Socket, at(62)), "it counts anew");
    }

    #[test]
    fn who_insists_does_not_wait_for_a_source_that_failed() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut renewal = with_source(None, &mut random);
        renewal.ask(at(0));
        renewal.failed(TokenError::TooSlow, &mut random, at(0));
        assert!(renewal.ask(at(0)).is_none());
        renewal.hurry(at(0));
        assert!(renewal.ask(at(0)).is_some());
    }

    fn with_source(token: Option<&UserToken>, random: &mut fastrand::Rng) -> Renewal {
        let source = TokenSource::command(vec!["mint".to_owned()]).unwrap();
        Renewal::new(Some(source), token, random, at(0))
    }

    fn issued(issued_at: Option<OffsetDateTime>, end: Option<OffsetDateTime>) -> Issued {
        Issued {
            token: UserToken::parse("opaque").unwrap(),
            claims: Claims {
                issued_at,
                ..Claims::default()
            },
            expires_at: end,
        }
    }

    /// So many seconds after ten.
    fn at(seconds: u64) -> Now {
        static BEGINNING: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
        let passed = Duration::from_secs(seconds);
        Now {
            instant: *BEGINNING + passed,
            utc: TEN + passed,
            offset: time::UtcOffset::UTC,
        }
    }
}
