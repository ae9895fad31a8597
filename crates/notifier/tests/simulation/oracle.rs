use std::collections::{BTreeMap, BTreeSet};

use doorbell_knock::{ItemId, Request};
use doorbell_notifier::{Action, Desktop, Face, Mark, Row, ToastKey, Tray, View};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Items on the page that every fetch brings.
const PAGE: usize = 50;

/// What the person sees.
#[derive(Default)]
pub(crate) struct Screen {
    pub(crate) tray: Option<Tray>,
    pub(crate) view: Option<View>,
    pub(crate) signed_in: Option<bool>,
}

impl Screen {
    pub(crate) fn shown(&mut self, desktop: Desktop) {
        match desktop {
            Desktop::Tray(tray) => self.tray = Some(tray),
            Desktop::View(view) => self.view = Some(*view),
            Desktop::SignInEnded(result) => self.signed_in = Some(result.is_ok()),
            Desktop::Toast(_)
            | Desktop::Withdraw(_)
            | Desktop::OpenUrl { .. }
            | Desktop::ShowWindow
            | Desktop::Store(_)
            | Desktop::Recall
            | Desktop::Forget { .. }
            | Desktop::Quit => {}
        }
    }

    /// The items on the screen.
    pub(crate) fn ids(&self) -> Vec<ItemId> {
        self.rows().iter().map(|row| row.id.clone()).collect()
    }

    fn rows(&self) -> &[Row] {
        match &self.view {
            Some(View::Feed(feed)) => &feed.rows,
            Some(View::SignedOut(_)) | None => &[],
        }
    }
}

/// A plain model of what the server must hold, kept apart from the server itself.
#[derive(Default)]
pub(crate) struct Oracle {
    items: BTreeMap<String, Item>,
    /// What the person last said of an item, while nobody else has touched it.
    intents: BTreeMap<String, bool>,
    met: BTreeSet<String>,
    toasted: BTreeSet<ToastKey>,
}

struct Item {
    inserted_at: OffsetDateTime,
    read: bool,
    seen: bool,
    archived: bool,
}

impl Oracle {
    pub(crate) fn triggered(&mut self, id: String, inserted_at: OffsetDateTime) {
        let item = Item {
            inserted_at,
            read: false,
            seen: false,
            archived: false,
        };
        self.items.insert(id, item);
    }

    /// Everything so far was there before the person signed in.
    pub(crate) fn met_at_sign_in(&mut self) {
        self.met = self.items.keys().cloned().collect();
    }

    /// The server has taken a request.
    pub(crate) fn applied(&mut self, request: &Request, elsewhere: bool) {
        let Some(body) = &request.body else { return };
        let segments: Vec<&str> = request.path.split('/').collect();
        match segments[..] {
            [_, _, "messages", "batch", status] => {
                let ids = body["message_ids"].as_array().expect("ids");
                for id in ids.iter().filter_map(|id| id.as_str()) {
                    if elsewhere {
                        self.intents.remove(id);
                    }
                    if let Some(item) = self.items.get_mut(id) {
                        match status {
                            "read" => item.read = true,
                            "interacted" => item.read = true,
                            "unread" => item.read = false,
                            "seen" => item.seen = true,
                            "archived" => item.archived = true,
                            other => panic!("the app is not expected to write {other}"),
                        }
                    }
                }
            }
            [.., "messages", "bulk", "read"] => {
                let older_than = body["older_than"].as_str().expect("a bound");
                let older_than = OffsetDateTime::parse(older_than, &Rfc3339).expect("a time");
                for item in self.items.values_mut() {
                    if item.inserted_at < older_than && !item.archived {
                        item.read = true;
                    }
                }
            }
            _ => panic!("an unexpected write: {}", request.path),
        }
    }

    /// The person says something of items.
    pub(crate) fn intended(&mut self, action: &Action) {
        match action {
            Action::Mark { ids, mark } => {
                for id in ids {
                    self.intents.insert(id.0.clone(), *mark == Mark::Read);
                }
            }
            Action::MarkAll { .. } => self.intents.clear(),
            Action::Open { id } | Action::Press { id, .. } | Action::Follow { id, .. } => {
                self.intents.remove(&id.0);
            }
            Action::In { action, .. } => self.intended(action),
            Action::SignIn { .. }
            | Action::SignOut { .. }
            | Action::AddAccount
            | Action::Back
            | Action::Show { .. }
            | Action::Seen { .. }
            | Action::OpenWindow
            | Action::Glance
            | Action::Undo
            | Action::Retry
            | Action::More
            | Action::Dismiss
            | Action::Quit => {}
        }
    }

    pub(crate) fn shown(&mut self, desktop: &Desktop) {
        if let Desktop::Toast(toast) = desktop
            && let ToastKey::Item { item: id, .. } = &toast.key
        {
            assert!(
                !self.met.contains(&id.0),
                "{id} was there before sign-in and got a toast"
            );
            assert!(
                self.toasted.insert(toast.key.clone()),
                "{id} got a second toast"
            );
        }
    }

    /// After everything has calmed down, the app shows what the model says.
    pub(crate) fn judge(&self, screen: &Screen, seed: u64) {
        let mut listed: Vec<(&String, &Item)> = self
            .items
            .iter()
            .filter(|(_, item)| !item.archived)
            .collect();
        listed.sort_by_key(|(_, item)| std::cmp::Reverse(item.inserted_at));
        let unread = listed.iter().filter(|(_, item)| !item.read).count() as u64;
        let unseen = listed.iter().filter(|(_, item)| !item.seen).count() as u64;

        let tray = screen.tray.as_ref().expect("a tray");
        assert_eq!(
            tray.face,
            Face::Count(unread),
            "seed {seed}: the badge is wrong: {tray:?}"
        );
        let Some(View::Feed(feed)) = &screen.view else {
            panic!("seed {seed}: no feed on the screen");
        };
        assert_eq!(
            (feed.counts.total, feed.counts.unread, feed.counts.unseen),
            (listed.len() as u64, unread, unseen),
            "seed {seed}: the counts are wrong"
        );
        assert!(
            feed.rows.len() >= listed.len().min(PAGE),
            "seed {seed}: rows are missing"
        );
        // What other devices did to items further down shows when their page is fetched again.
        for (row, (id, item)) in feed.rows.iter().zip(&listed).take(PAGE) {
            assert_eq!(
                (&row.id.0, row.unread, row.unseen),
                (*id, !item.read, !item.seen),
                "seed {seed}: row {id} is wrong"
            );
        }
        for (id, read) in &self.intents {
            assert_eq!(
                self.items[id].read, *read,
                "seed {seed}: {id} did not end as the person last said"
            );
        }
    }
}
