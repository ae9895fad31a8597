//! What a person asks for, and of whom.

use crate::{
    action::Action,
    app::{App, Keychain, Page, Place, Window},
    desktop::Desktop,
    event::{Effect, Now},
    store::{Change, Pause},
};

impl App {
    /// Does what a person asks for, in this place.
    pub(crate) fn act(&mut self, action: Action, place: Place, now: Now, out: &mut Vec<Effect>) {
        match action {
            Action::In {
                account,
                feed,
                action,
            } => {
                let account = Some(account);
                let feed = feed.unwrap_or_default();
                self.act(*action, Place { account, feed }, now, out);
            }
            Action::SignIn { draft } => self.sign_in(&draft, now, out),
            Action::SignOut { account } => self.ask_to_sign_out(account, now, out),
            Action::AddAccount => self.turn_to(Page::SignIn(None)),
            Action::Back => self.turn_to(Page::List),
            Action::Preferences => {
                self.go_to(place.clone());
                if let Some(account) = self.at(&place) {
                    account.preferences.look();
                    self.turn_to(Page::Preferences);
                }
            }
            Action::Settings => {
                self.turn_to(Page::Settings);
                out.push(Effect::Desktop(Desktop::ShowWindow));
            }
            Action::Invite { invitation } => {
                self.turn_to(Page::SignIn(Some(invitation)));
                out.push(Effect::Desktop(Desktop::ShowWindow));
            }
            Action::SetPreference { kind, key, on } => {
                if let Some(account) = self.at(&place) {
                    account.preferences.set(kind, key, on);
                }
            }
            Action::Show {
                filter,
                only,
                first,
                count,
            } => {
                let moved = self.go_to(place);
                if self.window.is_none() || moved {
                    self.view = None;
                    self.watched(now);
                }
                if moved {
                    self.page = Page::List;
                }
                self.window = Some(Window {
                    filter,
                    only,
                    first,
                    count,
                });
            }
            Action::ToggleWindow => {
                if self.window.is_none() {
                    self.watched(now);
                }
                out.push(Effect::Desktop(Desktop::ToggleWindow));
            }
            Action::ReadEverything => {
                for account in &mut self.accounts {
                    account.read_everything(now, out);
                }
            }
            Action::Pause { until } => self.set_pause(Pause::asked(until, now)),
            Action::Resume => self.set_pause(Pause::Off),
            Action::OpenWindow => {
                self.page = Page::List;
                self.go_to(place);
                self.watched(now);
                out.push(Effect::Desktop(Desktop::ShowWindow));
            }
            Action::Glance => {
                for account in &mut self.accounts {
                    account.glanced();
                }
            }
            Action::Retry => {
                if self.keychain == Keychain::Locked {
                    out.push(Effect::Desktop(Desktop::Recall));
                }
                for account in &mut self.accounts {
                    account.retry(now, out);
                }
            }
            Action::Quit => self.quit(now, out),
            Action::Open { .. } | Action::Press { .. } | Action::Follow { .. }
                if self.at(&place).is_none() =>
            {
                out.push(Effect::Desktop(Desktop::ShowWindow));
            }
            Action::Dismiss
            | Action::Seen { .. }
            | Action::Mark { .. }
            | Action::MarkAll { .. }
            | Action::Undo
            | Action::Open { .. }
            | Action::Press { .. }
            | Action::Follow { .. }
            | Action::More => self.act_on_items(action, place, now, out),
        }
    }

    fn act_on_items(&mut self, action: Action, place: Place, now: Now, out: &mut Vec<Effect>) {
        let Some(account) = self.at(&place) else {
            return;
        };
        let asked = out.len();
        match action {
            Action::Dismiss => {
                account.notice = None;
                account.highlight = None;
                self.notice = None;
                return;
            }
            Action::Seen { ids } => account.seen(ids, now, out),
            Action::Mark { ids, mark } => account.mark(ids, mark, now, out),
            Action::MarkAll { mark } => account.mark_all(place.feed, mark, now, out),
            Action::Undo => account.undo(),
            Action::Open { id } => account.open(id, now, out),
            Action::Press { id, button } => account.press(id, button, out),
            Action::Follow { id, link } => account.follow(id, link, out),
            Action::More => account.more(place.feed),
            Action::In { .. }
            | Action::SignIn { .. }
            | Action::SignOut { .. }
            | Action::AddAccount
            | Action::Back
            | Action::Invite { .. }
            | Action::Preferences
            | Action::SetPreference { .. }
            | Action::Settings
            | Action::Show { .. }
            | Action::OpenWindow
            | Action::ToggleWindow
            | Action::ReadEverything
            | Action::Pause { .. }
            | Action::Resume
            | Action::Glance
            | Action::Retry
            | Action::Quit => {}
        }
        let shows = |effect: &Effect| matches!(effect, Effect::Desktop(Desktop::ShowWindow));
        if out[asked..].iter().any(shows) {
            // What the window is opened for, an item or a sentence, is to be found there.
            let feed = account.feed_to_show(place.feed);
            let account = Some(account.id.clone());
            self.page = Page::List;
            self.go_to(Place { account, feed });
        }
    }

    /// The window shows this from now on.
    pub(crate) fn turn_to(&mut self, page: Page) {
        self.problem = None;
        self.page = page;
    }

    fn set_pause(&mut self, pause: Pause) {
        self.pause = pause;
        self.last_changes.push(Change::Paused(pause));
    }
}
