use doorbell_knock::AccountId;
use doorbell_notifier::{Desktop, Face, FeedNumber, Row, Tray, View};

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
            | Desktop::Listed { .. }
            | Desktop::ToggleWindow
            | Desktop::Store(_)
            | Desktop::Recall
            | Desktop::Forget { .. }
            | Desktop::Quit => {}
        }
    }

    /// The account and the feed that the window shows.
    pub(crate) fn place(&self) -> Option<(AccountId, FeedNumber)> {
        match &self.view {
            Some(View::Feed(feed)) => Some((feed.account.clone(), feed.number)),
            Some(View::SignedOut(_) | View::Preferences(_) | View::Settings { .. }) | None => None,
        }
    }

    pub(crate) fn face(&self) -> Option<Face> {
        self.tray.as_ref().map(|tray| tray.face)
    }

    /// The rows of the list, from the first on.
    pub(crate) fn rows(&self) -> &[Row] {
        match &self.view {
            Some(View::Feed(feed)) => &feed.rows,
            Some(View::SignedOut(_) | View::Preferences(_) | View::Settings { .. }) | None => &[],
        }
    }

    /// Total, unread and unseen.
    pub(crate) fn counts(&self) -> Option<(u64, u64, u64)> {
        match &self.view {
            Some(View::Feed(feed)) => {
                let counts = feed.counts;
                Some((counts.total, counts.unread, counts.unseen))
            }
            Some(View::SignedOut(_) | View::Preferences(_) | View::Settings { .. }) | None => None,
        }
    }

    /// The sentence at the bottom of the window.
    pub(crate) fn notice(&self) -> Option<&str> {
        match &self.view {
            Some(View::Feed(feed)) => feed.notice.as_deref(),
            Some(View::SignedOut(_) | View::Preferences(_) | View::Settings { .. }) | None => None,
        }
    }
}
