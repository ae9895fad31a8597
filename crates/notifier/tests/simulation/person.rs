//! What the person does here, and what others do elsewhere.

use std::{collections::BTreeSet, time::Duration};

use doorbell_knock::{AccountId, ItemId, Request, api};
use doorbell_notifier::{Action, Event, FeedNumber, Filter, Mark};

use crate::{
    mailbox::{Write, Writer},
    program::Word,
    world::{COMMENTS, World},
};

impl World {
    /// Something happens that an account's feed is told of.
    pub(crate) fn trigger(&mut self) {
        let user = self.someone();
        if self.side(&user).mailbox.len() >= MOST_ITEMS {
            return;
        }
        self.elapsed += Duration::from_millis(1);
        let now = self.utc();
        let text = format!("item {}", self.queued);
        let workflow = match self.random.u8(..) {
            0..150 => "new-message",
            150.. => COMMENTS,
        };
        let data = serde_json::json!({"message": text, "comment": text});
        let id = self
            .server
            .trigger(workflow, &user, data, now)
            .expect("a demo workflow");
        let micros = now.nanosecond() / 1000 * 1000;
        let at = now.replace_nanosecond(micros).expect("fewer nanoseconds");
        let elapsed = self.elapsed;
        let side = self.side(&user);
        side.mailbox.insert(id, workflow, at);
        side.changed(Some(workflow), elapsed);
        self.carry();
    }

    /// What another device does.
    pub(crate) fn elsewhere(&mut self, status: &str) {
        let user = self.someone();
        let mut random = self.random.fork();
        let Some(id) = self.side(&user).mailbox.some(&mut random) else {
            return;
        };
        let request = Request {
            method: api::Method::Post,
            path: format!("/v1/messages/batch/{status}"),
            query: Vec::new(),
            body: Some(serde_json::json!({ "message_ids": [id] })),
        };
        let response = self.serve(&request, None);
        if response.status == 200 {
            let left_out = crate::requests::left_out(&response);
            self.applied(&user, &request, &left_out, Writer::Elsewhere);
        }
    }

    /// The server has done what a request asked for.
    pub(crate) fn applied(
        &mut self,
        user: &str,
        request: &Request,
        left_out: &BTreeSet<String>,
        by: Writer,
    ) {
        let write = Write::parse(request);
        // A page of this very moment does not know of it.
        let now = self.elapsed + Duration::from_nanos(1);
        let side = self.side(user);
        if by == Writer::Elsewhere && !side.is_marking() {
            side.mailbox.spare(&write);
        }
        if side.mailbox.applied(&write, left_out, by) {
            side.changed(None, now);
        }
    }

    /// Whether somebody sits at the computer, and the program is there for them.
    fn is_there(&self) -> bool {
        !self.is_asleep() && self.program.is_up()
    }

    /// An account and one of its feeds.
    pub(crate) fn some_place(&mut self) -> (AccountId, FeedNumber) {
        let (account, user) = self.users[self.random.usize(..self.users.len())].clone();
        let feeds = self.side(&user).sources.len();
        (account, FeedNumber(self.random.u32(..feeds as u32)))
    }

    /// What the person does in the feed that the window shows.
    pub(crate) fn act(&mut self, action: Action) {
        if let Some((account, feed)) = self.screen.place() {
            self.act_in(account, feed, action);
        }
    }

    /// What the person does in a feed.
    pub(crate) fn act_in(&mut self, account: AccountId, feed: FeedNumber, action: Action) {
        if !self.is_there() {
            return;
        }
        let user = self.user_named(&account).unwrap_or_default().to_owned();
        let word = match &action {
            Action::Mark { ids, mark } => Some(Word::Marked {
                user,
                ids: ids.clone(),
                read: *mark == Mark::Read,
            }),
            Action::MarkAll { .. } => Some(Word::MarkedAll {
                of: self.side(&user).source(feed),
                user,
                at: self.utc(),
                by_computer: self.now().utc,
            }),
            _ => None,
        };
        let action = Action::In {
            account,
            feed: Some(feed),
            action: Box::new(action),
        };
        self.tell_and_hold(Event::Do(action), word);
    }

    /// A person asks to try again.
    pub(crate) fn retry(&mut self) {
        if self.is_there() {
            for side in self.sides.values_mut() {
                side.traffic.insisted();
                side.tokens.insisted();
            }
            for connected in self.lines.values_mut() {
                connected.watch.hurried();
            }
            self.tell(Event::Do(Action::Retry));
        }
    }

    /// The window shows everything that one view can carry of a feed.
    pub(crate) fn show(&mut self, account: AccountId, feed: FeedNumber) {
        let show = Action::Show {
            filter: Filter::All,
            only: Default::default(),
            first: 0,
            count: 200,
        };
        self.act_in(account, feed, show);
    }

    pub(crate) fn close_window(&mut self) {
        if self.is_there() {
            self.screen.view = None;
            self.tell(Event::WindowGone);
        }
    }

    /// Items that the person sees.
    pub(crate) fn on_screen(&self) -> Vec<ItemId> {
        self.screen
            .rows()
            .iter()
            .map(|row| row.id.clone())
            .collect()
    }
}

/// Items of one life.
const MOST_ITEMS: usize = 120;
