//! What a person does to items, on its way to the server.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use doorbell_knock::{Archived, Failure, ItemId, MarkId, Status, WebUrl, api};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tracing::warn;

use crate::{
    account::Account,
    action::Mark,
    desktop::Desktop,
    event::{Effect, Line, Now},
    feed_slot::{FeedNumber, Sweep},
    outbox::Outgoing,
    store::{KeptScope, KeptSweep},
    token::renewal::Way,
    undo::{HOLD, Undo},
};

/// Items marked by one request.
const MAX_BATCH: usize = 50;
/// A call for all items is done by the server some time after its answer; until then its effect stays on top.
/// Source: docs/protocol.md, "Mark all".
pub(crate) const BULK_GRACE: Duration = Duration::from_secs(10);

/// How a call for all items stands.
#[derive(Debug)]
pub(crate) enum Bulk {
    /// It is on its way.
    Asked,
    /// The server has answered, and has surely done it by then.
    Answered { mark: Box<Outgoing>, done: Instant },
}

impl Bulk {
    pub(crate) fn done(&self) -> Option<Instant> {
        match self {
            Bulk::Asked => None,
            Bulk::Answered { done, .. } => Some(*done),
        }
    }
}

impl Account {
    pub(crate) fn mark(&mut self, ids: Vec<ItemId>, mark: Mark, now: Now, out: &mut Vec<Effect>) {
        let ids: Vec<ItemId> = (ids.into_iter())
            .filter(|id| self.item(id).is_some())
            .collect();
        let marks = self.write(mark.status(), &ids, None, now, out);
        if mark == Mark::Archived && !marks.is_empty() {
            let until = now.instant + HOLD;
            self.undo = Some(Undo::of_items(ids.len(), until, &self.words));
            self.keep_back(&marks, until);
        }
    }

    /// Rows have been on the screen: those unseen become seen.
    pub(crate) fn seen(&mut self, ids: Vec<ItemId>, now: Now, out: &mut Vec<Effect>) {
        let unseen: Vec<ItemId> = ids
            .into_iter()
            .filter(|id| self.item(id).is_some_and(|item| item.is_unseen()))
            .collect();
        if !unseen.is_empty() {
            self.write(Status::Seen, &unseen, None, now, out);
        }
    }

    /// Marks the items that existed at the click and are in the feed as it is filtered, held or not.
    pub(crate) fn mark_all(
        &mut self,
        feed: FeedNumber,
        mark: Mark,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        let Some(slot) = self.feeds.get_mut(feed.0 as usize) else {
            return;
        };
        let (status, until) = (mark.status(), now.instant + HOLD);
        self.undo = Some(Undo::of_all(status, feed, until, &self.words));
        if !slot.config.options.fit_bulk() {
            // The server cannot be told which: they go one by one, those further down when they have been fetched.
            let older_than = slot.feed.end_of_all(now.utc);
            slot.swept.clear();
            slot.sweep = Some(Sweep {
                what: KeptSweep { status, older_than },
                held_until: until,
            });
            // There may be some at the top that have not come yet.
            slot.sync.want_first();
            let held: Vec<ItemId> = slot.feed.items().map(|item| item.id.clone()).collect();
            self.sweep(feed, &held, now, out);
            return;
        }
        let mark = self.outbox.number();
        let older_than = slot.feed.mark_all(mark, status, now.utc);
        let request = api::mark_all(
            status,
            &self.credentials.user_id,
            &slot.feed_id,
            &slot.config.options,
            older_than,
        );
        let scope = KeptScope::All {
            feed: slot.key.clone(),
            older_than,
        };
        self.lay_on_others(feed, mark, status, older_than, now.utc);
        self.outbox.put(Outgoing {
            mark,
            status,
            at: now.utc,
            scope,
            request,
            held_until: None,
        });
        self.bulk.insert(mark, Bulk::Asked);
        self.keep_back(&[mark], until);
        for id in self.news.announced() {
            self.withdraw_if_read(&id, out);
        }
    }

    /// Marks what the tray counts as read.
    pub(crate) fn read_everything(&mut self, now: Now, out: &mut Vec<Effect>) {
        let slot = self.badge_feed();
        if slot.feed.metadata().unread_count > 0 {
            self.mark_all(slot.number, Mark::Read, now, out);
        }
    }

    /// Lays a mark on all of one feed on top again, as it was made before the last start.
    pub(crate) fn lay_on_all(
        &mut self,
        feed: FeedNumber,
        mark: MarkId,
        status: Status,
        at: OffsetDateTime,
        older_than: OffsetDateTime,
    ) {
        if let Some(slot) = self.feeds.get_mut(feed.0 as usize) {
            slot.feed.mark_older(mark, status, at, older_than);
            self.lay_on_others(feed, mark, status, older_than, at);
        }
    }

    /// Takes back what was archived, or marked all at once, as far as it has not been sent.
    pub(crate) fn undo(&mut self) {
        let Some(undo) = self.undo.take() else { return };
        if let Some(slot) = undo
            .feed
            .and_then(|feed| self.feeds.get_mut(feed.0 as usize))
        {
            slot.sweep = None;
        }
        for mark in undo.marks {
            if self.outbox.take_back(mark) {
                self.bulk.remove(&mark);
                for slot in self.lists() {
                    slot.feed.refuse(mark);
                }
            }
        }
    }

    /// Lets marks wait in the outbox, as part of what can be taken back.
    fn keep_back(&mut self, marks: &[MarkId], until: Instant) {
        for mark in marks {
            self.outbox.hold(*mark, until);
        }
        if let Some(undo) = self.undo.as_mut().filter(|undo| undo.until() == until) {
            undo.marks.extend(marks);
        }
    }

    /// A mark on all of one feed shows in the others too, as far as it surely is about what they show.
    fn lay_on_others(
        &mut self,
        feed: FeedNumber,
        mark: MarkId,
        status: Status,
        older_than: OffsetDateTime,
        at: OffsetDateTime,
    ) {
        let Some(clicked) = self.feeds.get(feed.0 as usize) else {
            return;
        };
        let (feed_id, whole) = (
            clicked.feed_id.clone(),
            !clicked.config.options.have_filters(),
        );
        let ids: HashSet<ItemId> = clicked.feed.items().map(|item| item.id.clone()).collect();
        for other in self.feeds.iter_mut().filter(|other| other.number != feed) {
            let within = whole
                && other.feed_id == feed_id
                && other.config.options.archived == Archived::Exclude;
            if within {
                other.feed.mark_older(mark, status, at, older_than);
                continue;
            }
            let older = other
                .feed
                .items()
                .filter(|item| item.inserted_at < older_than && ids.contains(&item.id));
            let both: Vec<ItemId> = older.map(|item| item.id.clone()).collect();
            if !both.is_empty() {
                other.feed.mark(mark, &both, status, at);
            }
        }
    }

    /// Goes on with a *mark all* that the server cannot be told in one call: these have come.
    pub(crate) fn sweep(
        &mut self,
        feed: FeedNumber,
        came: &[ItemId],
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        let Some(slot) = self.feeds.get_mut(feed.0 as usize) else {
            return;
        };
        let Some(Sweep { what, held_until }) = slot.sweep else {
            return;
        };
        if slot.feed.older().is_some() {
            slot.sync.want_older();
        } else if slot.feed.hole().is_none() && !slot.sync.awaits_first() {
            slot.sweep = None;
        }
        let meant = slot.items(came).into_iter();
        let meant = meant
            .filter(|item| item.inserted_at < what.older_than && !item.marks.have(what.status))
            .filter(|item| !slot.swept.contains(&item.id));
        let ids: Vec<ItemId> = meant.map(|item| item.id).collect();
        let marks = self.write(what.status, &ids, None, now, out);
        self.keep_back(&marks, held_until);
    }

    /// Opens the item's link. An item without one is shown in the window instead.
    pub(crate) fn open(&mut self, id: ItemId, now: Now, out: &mut Vec<Effect>) {
        match self.item(&id).map(|item| item.action_url_in(&self.schemes)) {
            Some(Some(url)) => self.open_url(id, url, out),
            Some(None) => {
                self.write(
                    Status::Interacted,
                    std::slice::from_ref(&id),
                    Some(json!({"type": "cell_click"})),
                    now,
                    out,
                );
                self.highlight = Some(id);
                out.push(Effect::Desktop(Desktop::ShowWindow));
            }
            None => {
                self.highlight = Some(id);
                out.push(Effect::Desktop(Desktop::ShowWindow));
            }
        }
    }

    fn open_url(&mut self, item: ItemId, url: WebUrl, out: &mut Vec<Effect>) {
        self.opening.insert(item.clone());
        let account = self.id.clone();
        out.push(Effect::Desktop(Desktop::OpenUrl { account, item, url }));
    }

    /// The system's opener has answered: only now is the item interacted with.
    pub(crate) fn opened(
        &mut self,
        id: ItemId,
        result: Result<(), String>,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        match result {
            Ok(()) => {
                let pressed = self.pressed.remove(&id);
                let metadata = pressed.unwrap_or_else(|| {
                    let url = self.item(&id);
                    let url = url.and_then(|item| item.action_url_in(&self.schemes));
                    match url {
                        Some(url) => json!({"type": "cell_click", "action": url.as_str()}),
                        None => json!({"type": "cell_click"}),
                    }
                });
                // It was held when it was opened, and perhaps opened twice.
                if self.opening.remove(&id) || self.item(&id).is_some() {
                    self.put(Status::Interacted, &[id], Some(metadata), now, out);
                }
            }
            Err(reason) => {
                self.opening.remove(&id);
                self.pressed.remove(&id);
                warn!(reason, "link not opened");
                let notice = self
                    .words
                    .with("link-not-opened", [("reason", reason.into())]);
                self.notice = Some(notice);
                out.push(Effect::Desktop(Desktop::ShowWindow));
            }
        }
    }

    /// Presses a button of an item, counted over all its button sets.
    pub(crate) fn press(&mut self, id: ItemId, button: u32, out: &mut Vec<Effect>) {
        let Some(item) = self.item(&id) else {
            self.notice = Some(self.words.say("item-gone"));
            return;
        };
        let Some(button) = item.button(button as usize).cloned() else {
            warn!(button, "an unknown button was pressed");
            return;
        };
        match WebUrl::parse_in(&button.action, &self.schemes) {
            Some(url) => {
                let metadata = json!({
                    "type": "button_click", "name": button.name, "label": button.label, "action": button.action,
                });
                self.pressed.insert(id.clone(), metadata);
                self.open_url(id, url, out);
            }
            None => {
                let label = button.label.into();
                let notice = self.words.with("button-leads-nowhere", [("label", label)]);
                self.notice = Some(notice);
                out.push(Effect::Desktop(Desktop::ShowWindow));
            }
        }
    }

    /// Follows a link in the text of an item, counted over all its blocks.
    pub(crate) fn follow(&mut self, id: ItemId, link: u32, out: &mut Vec<Effect>) {
        let Some(item) = self.item(&id) else {
            self.notice = Some(self.words.say("item-gone"));
            return;
        };
        let Some(url) = item.links().into_iter().nth(link as usize) else {
            warn!(link, "an unknown link was followed");
            return;
        };
        let metadata = json!({"type": "link_click", "action": url.as_str()});
        self.pressed.insert(id.clone(), metadata);
        self.open_url(id, url, out);
    }

    /// The server has answered a mark. `unread` are the items that it still calls unread.
    pub(crate) fn settled(
        &mut self,
        line: Line,
        mark: MarkId,
        result: Result<Vec<ItemId>, Failure>,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        let before = self.answered_on(line, out) || line != self.line;
        match result {
            Ok(unread) => {
                let Some(sent) = self.outbox.answered(mark) else {
                    return;
                };
                self.want_all();
                let status = sent.status;
                match self.bulk.get_mut(&mark) {
                    // The server answers before it has done it: a page fetched now may still show the old state.
                    Some(bulk) => {
                        let done = now.instant + BULK_GRACE;
                        *bulk = Bulk::Answered {
                            mark: Box::new(sent),
                            done,
                        };
                        self.outbox.in_bulk(done);
                    }
                    None => self.lists().for_each(|slot| slot.feed.settle(mark)),
                }
                if status == Status::Interacted && !unread.is_empty() {
                    self.write(Status::Read, &unread, None, now, out);
                }
            }
            // A key that may not write is still a key: 403 refuses the mark, not the account.
            Err(Failure::Unauthorized { .. }) => {
                self.outbox.again(mark, None, &mut self.random, now.instant);
                match before {
                    true => self.outbox.hurry(now.instant),
                    false => self.unauthorized(Way::Requests, now),
                }
            }
            Err(failure) if failure.is_transient() => {
                self.outbox
                    .again(mark, failure.retry_after(), &mut self.random, now.instant);
            }
            Err(failure) => {
                if self.outbox.answered(mark).is_none() {
                    return;
                }
                warn!(%failure, "mark refused");
                self.lists().for_each(|slot| slot.feed.refuse(mark));
                self.bulk.remove(&mark);
                self.want_all();
                let failure = failure.to_string().into();
                let notice = self.words.with("mark-refused", [("failure", failure)]);
                self.notice = Some(notice);
            }
        }
    }

    /// Lays a mark on items that are held and puts it into the outbox, in parts that the server takes.
    fn write(
        &mut self,
        status: Status,
        ids: &[ItemId],
        metadata: Option<Value>,
        now: Now,
        out: &mut Vec<Effect>,
    ) -> Vec<MarkId> {
        // An item that a toast tells of may be further down by now than what is held.
        let ids: Vec<ItemId> = (ids.iter())
            .filter(|id| self.item(id).is_some() || self.news.has_told(id))
            .cloned()
            .collect();
        self.put(status, &ids, metadata, now, out)
    }

    fn put(
        &mut self,
        status: Status,
        ids: &[ItemId],
        metadata: Option<Value>,
        now: Now,
        out: &mut Vec<Effect>,
    ) -> Vec<MarkId> {
        let mut marks = Vec::new();
        for ids in ids.chunks(MAX_BATCH) {
            let mark = self.outbox.number();
            self.outbox.put(Outgoing {
                mark,
                status,
                at: now.utc,
                scope: KeptScope::Items(ids.to_vec()),
                request: api::mark(status, ids, metadata.clone()),
                held_until: None,
            });
            for slot in self.lists() {
                slot.feed.mark(mark, ids, status, now.utc);
            }
            for id in ids {
                self.withdraw_if_read(id, out);
            }
            marks.push(mark);
        }
        marks
    }

    fn withdraw_if_read(&mut self, id: &ItemId, out: &mut Vec<Effect>) {
        if !self.is_news(id) {
            out.extend(self.news.settled(id).into_iter().map(Effect::Desktop));
        }
    }

    /// Calls for all items that the server has surely done by now are part of what it says from the next page on.
    pub(crate) fn settle_bulk(&mut self, now: Now) {
        self.bulk.retain(|mark, bulk| {
            let done = bulk.done().is_some_and(|at| now.instant >= at);
            for slot in self.feeds.iter_mut().filter(|_| done) {
                slot.feed.settle(*mark);
                slot.sync.want_first();
            }
            !done
        });
    }
}
