//! The window, page by page.

use doorbell_knock::{FeedItem, WebUrl};

use super::{connection::connection, face::number, rfc3339, row::row};
use crate::{
    account::Account,
    action::{Filter, Invitation},
    app::{App, Page, Window},
    config::Config,
    event::Now,
    feed_slot::FeedSlot,
    listing,
    pictures::Pictures,
    render::Renderer,
    view::{AccountView, Counts, FeedTab, FeedView, PauseView, Progress, Row, SignInView, View},
    words::Words,
};

/// The most rows that one view carries.
pub(super) const MAX_ROWS: usize = 200;

pub(crate) fn view(
    app: &App,
    window: &Window,
    renderer: &mut Renderer,
    pictures: &mut Pictures,
    now: Now,
) -> View {
    let is_current = |account: &&Account| app.current.account.as_ref() == Some(&account.id);
    let current = app.accounts.iter().find(is_current);
    let current = current.or(app.accounts.first());
    let back = current.is_some();
    let sign_in = |invitation: Option<&Invitation>| {
        View::SignedOut(SignInView {
            back,
            checking: app.trial.is_some(),
            problem: app.problem.clone(),
            invitation: invitation.cloned(),
        })
    };
    match (&app.page, current) {
        (Page::Settings, _) => View::Settings { back },
        (Page::SignIn(invitation), _) => sign_in(invitation.as_ref()),
        (Page::Preferences, Some(account)) => View::Preferences(account.preferences_view()),
        (Page::List, Some(account)) => {
            let slot = account.slot(app.current.feed).unwrap_or(&account.feeds[0]);
            // An item must not make this computer ask others around it for anything: only a local Knock's may.
            let local = account.credentials.host.is_plain();
            let mut look = |url: &WebUrl| {
                let safe = local || url.as_url().scheme() == "https";
                (app.config.avatars && safe).then(|| pictures.look(url))?
            };
            let mut row = |item: &FeedItem| row(item, &account.schemes, renderer, &mut look);
            View::Feed(Box::new(feed(app, account, slot, window, &mut row, now)))
        }
        (Page::List | Page::Preferences, None) => sign_in(None),
    }
}

fn feed(
    app: &App,
    account: &Account,
    slot: &FeedSlot,
    window: &Window,
    row: &mut dyn FnMut(&FeedItem) -> Row,
    now: Now,
) -> FeedView {
    let archive = account.archive.as_ref();
    let archive = archive.filter(|archive| archive.of == slot.number);
    let archive = archive.map(|archive| &archive.slot);
    // What is not there yet is empty; the archive is there from the first step on.
    let shown = match window.filter {
        Filter::Archived => archive.unwrap_or(slot),
        Filter::All | Filter::Unread | Filter::Read => slot,
    };
    let listed = listing::listed(&shown.feed, window);
    let length = listed.len();
    let first = (window.first as usize).min(length);
    let count = (window.count as usize).min(MAX_ROWS);
    let accounts = app.accounts.iter();
    FeedView {
        accounts: accounts
            .map(|account| account_view(account, &app.config, now))
            .collect(),
        account: account.id.clone(),
        number: slot.number,
        user: account.credentials.user_id.to_string(),
        feed: slot.feed_id.to_string(),
        host: host(account),
        connection: connection(account, slot, now),
        counts: counts(slot, archive),
        filter: window.filter,
        only: window.only.clone(),
        facets: listing::facets(&shown.feed),
        loaded: shown.feed.is_loaded(),
        first: first as u32,
        length: length as u32,
        rows: listed
            .iter()
            .skip(first)
            .take(count)
            .map(|item| row(item))
            .collect(),
        more: shown.feed.older().is_some(),
        branded: slot.is_branded(),
        loading_more: shown.sync.loading_older(),
        progress: progress(slot, &app.words),
        pause: app.hold(now).map(|hold| PauseView {
            until: hold.until.map(rfc3339),
            quiet_hours: hold.quiet_hours,
        }),
        undo: account.undo.as_ref().map(|undo| undo.words.clone()),
        notice: account.notice.clone().or_else(|| app.notice.clone()),
        highlight: account.highlight.clone(),
    }
}

fn counts(slot: &FeedSlot, archive: Option<&FeedSlot>) -> Counts {
    let counts = slot.feed.metadata();
    let archive = archive.filter(|archive| archive.feed.is_loaded());
    Counts {
        total: counts.total_count,
        unread: counts.unread_count,
        unseen: counts.unseen_count,
        archived: archive.map(|archive| archive.feed.metadata().total_count),
    }
}

/// How far a *mark all* is that goes through the list page by page.
fn progress(slot: &FeedSlot, words: &Words) -> Option<Progress> {
    slot.sweep.as_ref().map(|_| Progress {
        words: words.say("marking-all"),
        done: slot.feed.items().count() as u64,
        of: Some(slot.feed.metadata().total_count),
    })
}

fn account_view(account: &Account, config: &Config, now: Now) -> AccountView {
    let tab = |slot: &FeedSlot| FeedTab {
        number: slot.number,
        name: slot.config.name.clone(),
        count: number(slot, config),
    };
    AccountView {
        id: account.id.clone(),
        user: account.credentials.user_id.to_string(),
        host: host(account),
        state: connection(account, account.badge_feed(), now).state,
        feeds: account.feeds.iter().map(tab).collect(),
    }
}

fn host(account: &Account) -> Option<String> {
    let host = &account.credentials.host;
    (!host.is_default()).then(|| host.name())
}
