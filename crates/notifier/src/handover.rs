//! How an account comes to a new token, and to a new line with it, without a gap.
//!
//! The new line is joined before the old one is let go: until then news may come on either, and means the same. Requests
//! go out on the new line at once; what the old one was asked is still answered there.

use std::collections::BTreeSet;

use doorbell_knock::{Credentials, UserToken};
use doorbell_phoenix as phoenix;
use tracing::{info, warn};

use crate::{
    account::{Account, is_unauthorized},
    event::{Effect, Line, Now},
    feed_slot::{FeedSlot, Link, Refusal},
    token::{Issued, TokenError, renewal::Way},
};

/// The line that is being left, while the one that follows it is being joined.
#[derive(Debug)]
pub(crate) struct Handover {
    line: Line,
    token: Option<UserToken>,
    /// Its channels that the new line has not joined yet.
    missing: BTreeSet<String>,
    /// How many requests it has still to answer.
    awaited: usize,
    /// Its socket has ended before the new line was joined.
    deaf: bool,
    /// The new line's socket was refused as if there were no Knock, and waits for a slow probe.
    refused: bool,
}

/// Other credentials for an account, which wait for a number for their line.
#[derive(Debug)]
pub(crate) struct Move {
    credentials: Credentials,
    without_gap: bool,
}

impl Account {
    /// Connects, unless a token has to be asked for first.
    pub(crate) fn start(&mut self, now: Now, out: &mut Vec<Effect>) {
        self.waits = self.renewal.holds(now);
        if !self.waits {
            out.push(self.connect());
        }
    }

    /// Whether what happens on this line concerns it.
    pub(crate) fn is_on(&self, line: Line) -> bool {
        self.line == line || self.leaves(line)
    }

    /// The mark on its way went out on this line, which may have ended since. What was sent may still arrive there: the
    /// next one waits for the answer, lest it be overtaken.
    pub(crate) fn awaits_mark_on(&self, line: Line) -> bool {
        self.outbox.is_sending() && self.marks_on == line
    }

    /// The line is the old one of two.
    pub(crate) fn leaves(&self, line: Line) -> bool {
        self.handover.as_ref().is_some_and(|old| old.line == line)
    }

    /// Its tokens' source has answered.
    pub(crate) fn refreshed(
        &mut self,
        result: Result<Issued, TokenError>,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        match result.and_then(|issued| self.checked(issued)) {
            Ok(issued) => self.renewed(issued, now),
            Err(error) => {
                self.renewal.failed(error, &mut self.random, now);
                let trouble = self.renewal.trouble().unwrap_or_default();
                warn!("no new user token: {trouble}");
                if self.waits && self.renewal.may_be_tried() {
                    self.reconnect(now, out);
                } else if self.waits || self.renewal.is_refused() {
                    self.refuse(Refusal::Key, now);
                }
            }
        }
    }

    /// A token that is signed for somebody else, or has just been refused, helps nobody.
    fn checked(&self, issued: Issued) -> Result<Issued, TokenError> {
        let user = &self.credentials.user_id;
        if issued
            .claims
            .subject
            .as_ref()
            .is_some_and(|subject| subject != user)
        {
            return Err(TokenError::OtherUser);
        }
        if self.renewal.is_refused() && self.has(&issued.token) {
            return Err(TokenError::Refused);
        }
        Ok(issued)
    }

    fn has(&self, token: &UserToken) -> bool {
        self.credentials.user_token.as_ref() == Some(token)
    }

    fn renewed(&mut self, issued: Issued, now: Now) {
        self.renewal.succeeded(&issued, &mut self.random, now);
        let idle = self.waits || self.feeds.iter().any(FeedSlot::is_refused);
        if self.has(&issued.token) && !idle {
            return;
        }
        info!("a new user token");
        let joined = self.feeds.iter().any(|slot| slot.link == Link::Joined);
        self.moving = Some(Move {
            credentials: Credentials {
                user_token: Some(issued.token),
                ..self.credentials.clone()
            },
            without_gap: joined && self.handover.is_none() && !idle,
        });
    }

    /// Goes on under the credentials that wait for a line.
    pub(crate) fn carry_out(&mut self, moving: Move, line: Line, now: Now, out: &mut Vec<Effect>) {
        if !moving.without_gap {
            return self.move_to(line, moving.credentials, now, out);
        }
        let joined = self.feeds.iter().filter(|slot| slot.link == Link::Joined);
        let missing = joined.map(|slot| self.topic(slot)).collect();
        let fetching = self.feeds.iter().filter(|slot| slot.sync.is_fetching());
        self.handover = Some(Handover {
            line: self.line,
            token: self.credentials.user_token.take(),
            missing,
            awaited: fetching.count() + usize::from(self.outbox.is_sending()),
            deaf: false,
            refused: false,
        });
        self.forget_pages();
        self.line = line;
        self.credentials = moving.credentials;
        out.push(self.connect());
    }

    /// What the old line of two says: only news counts, until its socket ends.
    pub(crate) fn said_by_old_line(
        &mut self,
        event: phoenix::Event,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        let Some(old) = self.handover.as_mut().filter(|old| !old.deaf) else {
            return;
        };
        match event {
            phoenix::Event::Message { .. } => self.heard(event),
            phoenix::Event::Lost { .. }
            | phoenix::Event::Refused { .. }
            | phoenix::Event::JoinRefused { .. }
            | phoenix::Event::JoinTimedOut { .. }
            | phoenix::Event::ChannelErrored { .. }
            | phoenix::Event::ChannelClosed { .. } => {
                old.deaf = true;
                let refused = old.refused;
                let missing = std::mem::take(&mut old.missing);
                for topic in &missing {
                    self.on(topic).for_each(|slot| slot.lose(now));
                }
                if refused {
                    self.refuse(Refusal::Host, now);
                }
                self.let_go(out);
            }
            phoenix::Event::Opened
            | phoenix::Event::Joined { .. }
            | phoenix::Event::Pushed { .. }
            | phoenix::Event::Reply { .. }
            | phoenix::Event::Unanswered { .. }
            | phoenix::Event::Garbage(_) => {}
        }
    }

    /// What the new line of two says, as far as it concerns the change; whether the rest of the account hears it.
    ///
    /// While the old line serves, trouble on the new one is nobody's: it dials again by itself.
    pub(crate) fn said_by_new_line(
        &mut self,
        event: &phoenix::Event,
        now: Now,
        out: &mut Vec<Effect>,
    ) -> bool {
        let Some(old) = &mut self.handover else {
            return true;
        };
        match event {
            phoenix::Event::Joined { topic, .. } => {
                old.missing.remove(topic);
                self.let_go(out);
                true
            }
            phoenix::Event::Refused { status: 401 | 403 } => {
                self.fall_back(now);
                false
            }
            phoenix::Event::JoinRefused { response, .. } if is_unauthorized(response) => {
                self.fall_back(now);
                false
            }
            _ if old.deaf => true,
            phoenix::Event::Refused { status: 404 } => {
                old.refused = true;
                false
            }
            phoenix::Event::Lost { .. } => {
                let topics = self.feeds.iter().map(|slot| self.topic(slot)).collect();
                if let Some(old) = &mut self.handover {
                    old.missing = topics;
                }
                false
            }
            phoenix::Event::JoinTimedOut { topic }
            | phoenix::Event::ChannelErrored { topic }
            | phoenix::Event::ChannelClosed { topic } => {
                old.missing.insert(topic.clone());
                false
            }
            phoenix::Event::Refused { .. } | phoenix::Event::JoinRefused { .. } => false,
            phoenix::Event::Opened
            | phoenix::Event::Message { .. }
            | phoenix::Event::Pushed { .. }
            | phoenix::Event::Reply { .. }
            | phoenix::Event::Unanswered { .. }
            | phoenix::Event::Garbage(_) => true,
        }
    }

    /// A request was answered, on whichever line; whether it was the old one of two.
    pub(crate) fn answered_on(&mut self, line: Line, out: &mut Vec<Effect>) -> bool {
        let Some(old) = self.handover.as_mut().filter(|old| old.line == line) else {
            return false;
        };
        old.awaited = old.awaited.saturating_sub(1);
        self.let_go(out);
        true
    }

    /// Ends the old line, once the new one has taken its place and it has answered all that it was asked.
    fn let_go(&mut self, out: &mut Vec<Effect>) {
        let over = |old: &mut Handover| old.awaited == 0 && (old.deaf || old.missing.is_empty());
        if let Some(old) = self.handover.take_if(over) {
            out.push(Effect::Disconnect { line: old.line });
        }
    }

    /// Ends the old line, whatever it has still to say.
    pub(crate) fn drop_old_line(&mut self, out: &mut Vec<Effect>) {
        if let Some(old) = self.handover.take() {
            out.push(Effect::Disconnect { line: old.line });
        }
    }

    /// The server does not take the token. The source is asked for another, if there is one; else a person has to help.
    pub(crate) fn unauthorized(&mut self, way: Way, now: Now) {
        if self.handover.is_some() {
            self.fall_back(now);
        } else if !self.renewal.refused(way, now) {
            self.refuse(Refusal::Key, now);
        }
    }

    /// The new token is no good: the one before it goes on as long as it lasts.
    fn fall_back(&mut self, now: Now) {
        let Some(old) = &self.handover else { return };
        let token = old.token.clone();
        self.renewal
            .fell_back(token.as_ref(), &mut self.random, now);
        warn!(
            "the new user token was refused: {}",
            self.renewal.trouble().unwrap_or_default()
        );
        self.moving = Some(Move {
            credentials: Credentials {
                user_token: token,
                ..self.credentials.clone()
            },
            without_gap: false,
        });
    }

    /// Nothing goes to the server with a token that is over: it hangs up until the source has answered.
    pub(crate) fn hang_up(&mut self, now: Now, out: &mut Vec<Effect>) {
        self.drop_old_line(out);
        out.push(Effect::Disconnect { line: self.line });
        for slot in &mut self.feeds {
            slot.lose(now);
            slot.sync.start_over(now.instant);
        }
        self.outbox.hurry(now.instant);
        self.forget_pages();
        self.waits = true;
    }
}
