//! One scenario in one column.

use std::sync::Arc;
use std::time::Duration;

use doorbell_knock::Status;
use tokio::time::{Instant, sleep};

use crate::knock::{Knock, Stored};
use crate::official::{Node, Official};
use crate::ours::Ours;
use crate::scenario::{Filters, Scenario, Step, names};
use crate::shown::Shown;
use crate::truth;

/// How long a client may take to show what the server has: more than the waits for retries, and a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// The same for one that is said not to get there.
const DOUBT: Duration = Duration::from_secs(3);
/// How long one that is said not to get there may take to come back after its connection was closed.
const COMEBACK: Duration = Duration::from_secs(6);
/// How late a late answer is.
const LATE: Duration = Duration::from_millis(1500);
/// How long no request has been made when a client is at rest.
const REST: Duration = Duration::from_millis(300);

/// What there is after each step, and in the end.
#[derive(Debug, Default)]
pub(crate) struct Played {
    pub(crate) after: Vec<State>,
    /// Every item with all that was said of it.
    pub(crate) everything: String,
    /// How many items of each feed were asked for.
    loaded: Vec<usize>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// What each feed shows.
    pub(crate) shown: Vec<Shown>,
    /// What the server holds of every item.
    pub(crate) stored: String,
}

/// Who is at the other end of the emulator.
pub(crate) enum Column {
    Official(Arc<Node>),
    Ours,
}

enum Client {
    Official(Official),
    Ours(Box<Ours>),
}

/// What a server has when everything the person means is done to it directly, without a client between.
pub(crate) async fn server(scenario: &Scenario) -> Played {
    let mut knock = Knock::start().await;
    let mut played = Played::default();
    for step in &scenario.steps {
        let shows = |feed: usize, knock: &Knock, is: fn(&Stored) -> bool| {
            let stored = knock.stored();
            let listed = stored
                .iter()
                .filter(|item| truth::is_listed(&scenario.feeds[feed], item) && is(item));
            listed.map(|item| item.id.clone()).collect::<Vec<_>>()
        };
        begin(&mut knock, step);
        match step {
            Step::Mark {
                status,
                items,
                metadata,
                refused: false,
                ..
            } => knock.mark(*status, &knock.ids(items), metadata.as_ref()),
            Step::All { status, feed } => {
                knock.mark(*status, &shows(*feed, &knock, |_| true), None);
            }
            Step::ArchiveRead { feed } => {
                let read = shows(*feed, &knock, |item| item.read);
                knock.mark(Status::Archived, &read, None);
            }
            Step::Mark { refused: true, .. }
            | Step::Trigger { .. }
            | Step::Elsewhere { .. }
            | Step::Start
            | Step::Fetch
            | Step::More { .. }
            | Step::Slow
            | Step::Answered
            | Step::Fail { .. }
            | Step::Offline { .. }
            | Step::Online
            | Step::Crash
            | Step::Quit => {}
        }
        played.after.push(state(&knock, &scenario.feeds));
    }
    played.everything = truth::everything(&knock.stored_with_interactions());
    played
}

/// What a client shows, and what it leaves on its server, when a person does the same through it.
///
/// After each step it gets time to show what the server has. `doubted`: it is said that it will not.
pub(crate) async fn client(
    scenario: &Scenario,
    server: &Played,
    column: &Column,
    doubted: bool,
) -> Played {
    let mut table = Table {
        knock: Knock::start().await,
        feeds: &scenario.feeds,
        loaded: (scenario.feeds.iter())
            .map(|feed| feed.page_size.unwrap_or(50).into())
            .collect(),
        doubted,
        client: None,
        is_linked: false,
        is_late: false,
    };
    let mut played = Played::default();
    for (step, wanted) in scenario.steps.iter().zip(&server.after) {
        begin(&mut table.knock, step);
        table.take(step, column, wanted).await;
        played.after.push(table.state().await);
    }
    played.everything = truth::everything(&table.knock.stored_with_interactions());
    played.loaded = table.loaded;
    if let Some(client) = table.client {
        client.close().await;
    }
    played
}

/// Whether a client shows what the server has after the last step, and has left there what the person meant.
pub(crate) fn is_right(server: &Played, client: &Played) -> bool {
    let (Some(wanted), Some(is)) = (server.after.last(), client.after.last()) else {
        return false;
    };
    is.is_true(wanted, &client.loaded) && client.everything == server.everything
}

/// What happens to the server whoever is there: time passes, items come, others mark them.
fn begin(knock: &mut Knock, step: &Step) {
    knock.pass();
    match step {
        Step::Trigger {
            items,
            workflow,
            tenant,
            data,
            ..
        } => {
            for name in names(items) {
                knock.trigger(&name, workflow, tenant.as_deref(), data);
            }
        }
        Step::Elsewhere { status, items } => knock.mark(*status, &knock.ids(items), None),
        Step::Start
        | Step::Mark { .. }
        | Step::All { .. }
        | Step::ArchiveRead { .. }
        | Step::Fetch
        | Step::More { .. }
        | Step::Slow
        | Step::Answered
        | Step::Fail { .. }
        | Step::Offline { .. }
        | Step::Online
        | Step::Crash
        | Step::Quit => {}
    }
}

fn state(knock: &Knock, feeds: &[Filters]) -> State {
    let stored = knock.stored();
    State {
        shown: (feeds.iter())
            .map(|feed| truth::shown(feed, &stored))
            .collect(),
        stored: truth::everything(&stored),
    }
}

/// A client and its server.
struct Table<'a> {
    knock: Knock,
    feeds: &'a [Filters],
    /// How many items of each feed have been asked for.
    loaded: Vec<usize>,
    doubted: bool,
    client: Option<Client>,
    /// It hears at once of what comes.
    is_linked: bool,
    /// An answer is on its way, or will be.
    is_late: bool,
}

impl Table<'_> {
    async fn take(&mut self, step: &Step, column: &Column, wanted: &State) {
        match step {
            Step::Trigger { untold, .. } => {
                if self.is_linked && !self.is_late && !untold {
                    self.settle(wanted).await;
                }
            }
            Step::Elsewhere { .. } => {}
            Step::Start => {
                self.client = Some(match column {
                    Column::Official(node) => {
                        Client::Official(Official::open(node, &self.knock, self.feeds).await)
                    }
                    Column::Ours => Client::Ours(Box::new(Ours::open(&self.knock, self.feeds))),
                });
                self.join().await;
                self.settle(wanted).await;
            }
            Step::Quit => {
                if let Some(client) = self.client.take() {
                    client.close().await;
                }
                self.is_linked = false;
                self.until(PATIENCE, |knock| !knock.is_connected()).await;
            }
            Step::Mark {
                status,
                items,
                feed,
                metadata,
                again,
                refused,
            } => {
                let ids = self.knock.ids(items);
                if *refused {
                    self.rest().await;
                    self.knock.fail(1, 422, None);
                }
                match self.client() {
                    Client::Official(page) => {
                        page.mark(*feed, *status, &ids, metadata.as_ref(), *again)
                            .await;
                    }
                    Client::Ours(app) => app.mark(*feed, *status, &ids),
                }
                self.until(PATIENCE, Knock::is_faultless).await;
                self.settle(wanted).await;
            }
            Step::All { status, feed } => {
                match self.client() {
                    Client::Official(page) => page.all(*feed, *status).await,
                    Client::Ours(app) => app.all(*feed, *status),
                }
                self.settle(wanted).await;
            }
            Step::ArchiveRead { feed } => {
                match self.client() {
                    Client::Official(page) => page.archive_read(*feed).await,
                    Client::Ours(app) => app.archive_read(*feed),
                }
                self.settle(wanted).await;
            }
            Step::Fetch => {
                match self.client() {
                    Client::Official(page) => page.fetch().await,
                    Client::Ours(app) => app.fetch(),
                }
                match self.is_late {
                    true => self.until(PATIENCE, Knock::is_faultless).await,
                    false => {
                        self.fetched().await;
                        self.settle(wanted).await;
                    }
                }
            }
            Step::More { feed } => {
                match self.client() {
                    Client::Official(page) => page.more(*feed).await,
                    Client::Ours(app) => app.more(*feed),
                }
                self.loaded[*feed] += usize::from(self.feeds[*feed].page_size.unwrap_or(50));
                self.settle(wanted).await;
            }
            Step::Slow => {
                self.rest().await;
                self.knock.delay(LATE);
                self.is_late = true;
            }
            Step::Answered => {
                match self.client() {
                    Client::Official(page) => page.fetched().await,
                    // Counted from now on, since the request was served before.
                    Client::Ours(_) => sleep(LATE).await,
                }
                self.is_late = false;
                self.settle(wanted).await;
            }
            Step::Fail {
                status,
                times,
                retry_after,
            } => {
                self.rest().await;
                self.knock.fail(*times, *status, *retry_after);
            }
            Step::Offline { code } => {
                self.is_linked = false;
                self.knock.close(*code);
                self.until(PATIENCE, |knock| !knock.is_connected()).await;
            }
            Step::Online => {
                self.knock.open();
                self.join().await;
                self.settle(wanted).await;
            }
            Step::Crash => {
                self.is_linked = false;
                self.knock.crash();
            }
        }
    }

    fn client(&self) -> &Client {
        self.client.as_ref().expect("the client was started")
    }

    async fn fetched(&self) {
        if let Client::Official(page) = self.client() {
            page.fetched().await;
        }
    }

    async fn join(&mut self) {
        let patience = if self.doubted { COMEBACK } else { PATIENCE };
        self.until(patience, Knock::is_joined).await;
        self.is_linked = self.knock.is_joined();
    }

    /// Gives the client time to show what is wanted, and its server to have it.
    async fn settle(&self, wanted: &State) {
        let patience = if self.doubted { DOUBT } else { PATIENCE };
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if self.state().await.is_true(wanted, &self.loaded) {
                return;
            }
            sleep(LOOK).await;
        }
    }

    /// Waits until the client asks for nothing any more.
    async fn rest(&self) {
        let mut asked = (self.knock.requests(), Instant::now());
        while asked.1.elapsed() < REST {
            let now = self.knock.requests();
            if now != asked.0 {
                asked = (now, Instant::now());
            }
            sleep(LOOK).await;
        }
    }

    async fn until(&self, patience: Duration, holds: impl Fn(&Knock) -> bool) {
        let deadline = Instant::now() + patience;
        while !holds(&self.knock) && Instant::now() < deadline {
            sleep(LOOK).await;
        }
    }

    async fn state(&self) -> State {
        let shown = match &self.client {
            None => Vec::new(),
            Some(Client::Official(page)) => page.shown(&self.knock).await,
            Some(Client::Ours(app)) => app.shown(&self.knock).await,
        };
        State {
            shown,
            stored: truth::everything(&self.knock.stored()),
        }
    }
}

impl State {
    fn is_true(&self, wanted: &State, loaded: &[usize]) -> bool {
        self.stored == wanted.stored
            && self.shown.len() == wanted.shown.len()
            && (self.shown.iter().zip(&wanted.shown).zip(loaded))
                .all(|((shown, wanted), loaded)| shown.is_true(wanted, *loaded))
    }
}

impl Client {
    async fn close(self) {
        match self {
            Client::Official(page) => page.close().await,
            Client::Ours(app) => app.close(),
        }
    }
}

const LOOK: Duration = Duration::from_millis(30);
