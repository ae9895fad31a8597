//! What a person does to items, on its way to the server.

use std::time::Duration;

use doorbell_knock::{Failure, ItemId, MarkId, Status, WebUrl, api};
use serde_json::{Value, json};
use tracing::warn;

use crate::{
    account::Account,
    action::Mark,
    desktop::Desktop,
    event::{Effect, Now},
};

/// Items marked by one request.
const MAX_BATCH: usize = 50;
/// A call for all items is done by the server some time after its answer; until then its effect stays on top.
/// Source: docs/protocol.md, "Mark all".
const BULK_GRACE: Duration = Duration::from_secs(10);

impl Account {
    pub(crate) fn mark(&mut self, ids: Vec<ItemId>, mark: Mark, now: Now, out: &mut Vec<Effect>) {
        match mark {
            Mark::Read => self.write(Status::Read, ids, None, now, out),
            Mark::Unread => self.write(Status::Unread, ids, None, now, out),
        }
    }

    /// Rows have been on the screen: those unseen become seen.
    pub(crate) fn seen(&mut self, ids: Vec<ItemId>, now: Now, out: &mut Vec<Effect>) {
        let unseen: Vec<ItemId> = ids
            .into_iter()
            .filter(|id| self.feed.item(id).is_some_and(|item| item.is_unseen()))
            .collect();
        if !unseen.is_empty() {
            self.write(Status::Seen, unseen, None, now, out);
        }
    }

    /// Marks the items that existed at the click, held or not.
    pub(crate) fn mark_all_read(&mut self, now: Now, out: &mut Vec<Effect>) {
        let mark = self.outbox.number();
        let older_than = self.feed.mark_all(mark, Status::Read, now.utc);
        let request = api::mark_all(
            Status::Read,
            &self.credentials.user_id,
            &self.credentials.feed_id,
            &self.options,
            older_than,
        );
        self.outbox.put(mark, Status::Read, request);
        self.bulk.insert(mark, None);
        for id in self.news.announced() {
            self.withdraw_if_read(&id, out);
        }
    }

    /// Opens the item's link. An item without one is shown in the window instead.
    pub(crate) fn open(&mut self, id: ItemId, now: Now, out: &mut Vec<Effect>) {
        match self.feed.item(&id).map(|item| item.action_url()) {
            Some(Some(url)) => out.push(Effect::Desktop(Desktop::OpenUrl { item: id, url })),
            Some(None) => {
                self.write(
                    Status::Interacted,
                    vec![id.clone()],
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
                let metadata = self
                    .pressed
                    .remove(&id)
                    .unwrap_or_else(|| json!({"type": "cell_click"}));
                self.write(Status::Interacted, vec![id], Some(metadata), now, out);
            }
            Err(reason) => {
                self.pressed.remove(&id);
                warn!(reason, "link not opened");
                self.notice = Some(format!(
                    "The link could not be opened: {reason}. The item is as it was."
                ));
                out.push(Effect::Desktop(Desktop::ShowWindow));
            }
        }
    }

    /// Presses a button of an item, counted over all its button sets.
    pub(crate) fn press(&mut self, id: ItemId, button: u32, out: &mut Vec<Effect>) {
        let Some(item) = self.feed.item(&id) else {
            self.notice = Some("That item is not in the list any more.".to_owned());
            return;
        };
        let Some(button) = item.button(button as usize).cloned() else {
            warn!(button, "an unknown button was pressed");
            return;
        };
        match WebUrl::parse(&button.action) {
            Some(url) => {
                let metadata = json!({
                    "type": "button_click", "name": button.name, "label": button.label, "action": button.action,
                });
                self.pressed.insert(id.clone(), metadata);
                out.push(Effect::Desktop(Desktop::OpenUrl { item: id, url }));
            }
            None => {
                self.notice = Some(format!(
                    "\u{201c}{}\u{201d} does not lead to a web address, so Doorbell did not open it. The item is as it was.",
                    button.label
                ));
                out.push(Effect::Desktop(Desktop::ShowWindow));
            }
        }
    }

    /// Follows a link in the text of an item, counted over all its blocks.
    pub(crate) fn follow(&mut self, id: ItemId, link: u32, out: &mut Vec<Effect>) {
        let Some(item) = self.feed.item(&id) else {
            self.notice = Some("That item is not in the list any more.".to_owned());
            return;
        };
        let Some(url) = item.links().into_iter().nth(link as usize) else {
            warn!(link, "an unknown link was followed");
            return;
        };
        let metadata = json!({"type": "link_click", "action": url.as_str()});
        self.pressed.insert(id.clone(), metadata);
        out.push(Effect::Desktop(Desktop::OpenUrl { item: id, url }));
    }

    /// The server has answered a mark. `unread` are the items that it still calls unread.
    pub(crate) fn settled(
        &mut self,
        mark: MarkId,
        result: Result<Vec<ItemId>, Failure>,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        match result {
            Ok(unread) => {
                let Some(sent) = self.outbox.answered(mark) else {
                    return;
                };
                match self.bulk.get_mut(&mark) {
                    // The server answers before it has done it: a page fetched now may still show the old state.
                    Some(done) => *done = Some(now.instant + BULK_GRACE),
                    None => self.feed.settle(mark),
                }
                self.sync.want_first();
                if sent.status == Status::Interacted && !unread.is_empty() {
                    self.write(Status::Read, unread, None, now, out);
                }
            }
            // A key that may not write is still a key: 403 refuses the mark, not the account.
            Err(Failure::Unauthorized { .. }) => {
                self.outbox.again(mark, None, &mut self.random, now.instant);
                self.refuse(crate::account::Refusal::Key, now);
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
                self.feed.refuse(mark);
                self.bulk.remove(&mark);
                self.sync.want_first();
                self.notice = Some(format!(
                    "Knock did not take the mark: {failure}. The item is as it was."
                ));
            }
        }
    }

    fn write(
        &mut self,
        status: Status,
        ids: Vec<ItemId>,
        metadata: Option<Value>,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        let ids: Vec<ItemId> = ids
            .into_iter()
            .filter(|id| self.feed.item(id).is_some())
            .collect();
        for ids in ids.chunks(MAX_BATCH) {
            let mark = self.outbox.number();
            self.outbox
                .put(mark, status, api::mark(status, ids, metadata.clone()));
            self.feed.mark(mark, ids, status, now.utc);
            for id in ids {
                self.withdraw_if_read(id, out);
            }
        }
    }

    fn withdraw_if_read(&mut self, id: &ItemId, out: &mut Vec<Effect>) {
        let is_news = self
            .feed
            .item(id)
            .is_some_and(|item| item.is_unread() && !item.is_archived());
        if !is_news {
            out.extend(self.news.settled(id).into_iter().map(Effect::Desktop));
        }
    }

    /// Calls for all items that the server has surely done by now are part of what it says from the next page on.
    pub(crate) fn settle_bulk(&mut self, now: Now) {
        self.bulk.retain(|mark, at| {
            let done = at.is_some_and(|at| now.instant >= at);
            if done {
                self.feed.settle(*mark);
                self.sync.want_first();
            }
            !done
        });
    }
}
