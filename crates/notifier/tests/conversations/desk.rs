use std::time::{Duration, Instant};

use doorbell_knock::{Credentials, Draft, Failure, FeedPage, ItemId, MarkId, Request};
use doorbell_notifier::{
    Action, App, Config, Desktop, Effect, Event, FeedNumber, FeedView, Filter, Join, Line, Now,
    Problem, SignInView, Toast, Tray, View,
    store::{Kept, Store},
};
use doorbell_phoenix as phoenix;
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::datetime};

pub(crate) const KEY: &str = "pk_test_conversation";
pub(crate) const FEED: &str = "6b1f4f0e-93c8-4f0a-8a4f-0d8b3f3a9c11";
/// How long archiving and marking all can be taken back.
pub(crate) const HOLD: Duration = Duration::from_secs(5);
const BEGINNING: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);

/// Where a conversation takes place: the app, the time, and what the app has asked for since it was last looked at.
pub(crate) struct Desk {
    app: App,
    config: Config,
    /// What the app has written down; it outlives the app.
    pub(crate) store: Store,
    pub(crate) now: Now,
    asked: Vec<Effect>,
    /// The line that was connected last.
    pub(crate) line: Line,
    /// What was joined on each line, oldest first.
    pub(crate) connected: Vec<(Line, Vec<Join>)>,
    /// The user tokens that lines were connected with, oldest first; empty for none.
    pub(crate) tokens: Vec<String>,
    /// The line on which the last fetch went out.
    pub(crate) fetches_on: Line,
    /// The channel on which the server speaks, and the name under which its view joined.
    topic: String,
    reference: String,
    tray: Option<Tray>,
    view: Option<View>,
    /// Marks sent and not answered, with their requests, oldest first.
    sent: Vec<(MarkId, Request)>,
}

impl Desk {
    /// Nobody is signed in.
    pub(crate) fn new() -> Desk {
        let mut desk = Desk::untold();
        desk.tell(Event::Restored(vec![]));
        desk.asked();
        desk
    }

    /// The keychain has not answered yet.
    pub(crate) fn untold() -> Desk {
        Desk::set(Config::default())
    }

    /// These users have been signed in since the start, and nobody has answered them anything.
    pub(crate) fn of(users: &[&str], config: Config) -> Desk {
        let mut desk = Desk::set(config);
        let users = users.iter().map(|user| credentials(user));
        desk.tell(Event::Restored(users.collect()));
        desk
    }

    /// The same with other settings.
    pub(crate) fn set(config: Config) -> Desk {
        Desk {
            app: App::new(7, config.clone(), Kept::default()),
            config,
            store: Store::open_in_memory(),
            now: Now {
                instant: Instant::now(),
                utc: BEGINNING,
                offset: time::UtcOffset::UTC,
            },
            asked: Vec::new(),
            line: Line(0),
            connected: Vec::new(),
            tokens: Vec::new(),
            fetches_on: Line(0),
            topic: String::new(),
            reference: String::new(),
            tray: None,
            view: None,
            sent: Vec::new(),
        }
    }

    /// Someone is signed in, joined, and has fetched these items twice: at the start and after the join.
    pub(crate) fn with(items: &[Value]) -> Desk {
        let mut desk = Desk::untold();
        desk.tell(Event::Restored(vec![credentials("ada")]));
        desk.page(items);
        desk.joined();
        desk.pass(Duration::from_millis(250));
        desk.page(items);
        desk.pass(Duration::from_secs(1));
        desk.asked();
        desk
    }

    /// The same with a window open.
    pub(crate) fn watched(items: &[Value]) -> Desk {
        let mut desk = Desk::with(items);
        desk.show(Filter::All);
        desk.page(items);
        desk.pass(Duration::from_secs(1));
        desk.asked();
        desk
    }

    /// The process was killed, and another one begins with what was written down. Ada is in the keychain.
    pub(crate) fn restart(&mut self) {
        self.restart_with(self.store.load());
    }

    pub(crate) fn restart_with(&mut self, kept: Kept) {
        self.begin_anew(kept);
        self.tell(Event::Restored(vec![credentials("ada")]));
    }

    /// The same before the keychain has answered.
    pub(crate) fn begin_anew(&mut self, kept: Kept) {
        self.app = App::new(8, self.config.clone(), kept);
        self.asked.clear();
        self.sent.clear();
        (self.tray, self.view) = (None, None);
        self.tell(Event::Tick);
    }

    pub(crate) fn tell(&mut self, event: Event) {
        self.tell_and_perform(event, usize::MAX);
    }

    /// The process is killed while it does what the app wants: so many things were done.
    pub(crate) fn tell_and_perform(&mut self, event: Event, at_most: usize) {
        let effects = self.app.handle(event, self.now);
        for effect in effects.into_iter().take(at_most) {
            match &effect {
                Effect::Save(changes) | Effect::Tell { changes, .. } => {
                    self.store.save(changes).unwrap();
                }
                Effect::Connect {
                    line,
                    joins,
                    credentials,
                } => {
                    let token = credentials.user_token.as_ref();
                    let token = token.map_or("", |token| token.expose());
                    self.tokens.push(token.to_owned());
                    self.line = *line;
                    self.connected.push((*line, joins.clone()));
                    self.topic = joins[0].topic.clone();
                    let views = joins[0].params.as_object().unwrap();
                    self.reference = views.keys().next().unwrap().clone();
                }
                Effect::Fetch { line, .. } => self.fetches_on = *line,
                Effect::Update { mark, request, .. } => self.sent.push((*mark, request.clone())),
                Effect::Desktop(Desktop::Tray(tray)) => self.tray = Some(tray.clone()),
                Effect::Desktop(Desktop::View(view)) => self.view = Some((**view).clone()),
                Effect::Disconnect { .. }
                | Effect::Wake { .. }
                | Effect::RefreshToken { .. }
                | Effect::FetchSettings { .. }
                | Effect::Preferences { .. }
                | Effect::FetchPicture { .. }
                | Effect::ForgetPictures
                | Effect::Desktop(_) => {}
            }
            self.asked.push(effect);
        }
    }

    /// Lets time pass, with a tick whenever the app asked for one.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now.instant + time;
        for _ in 0..100_000 {
            let due = self.app.deadline(self.now).filter(|due| *due <= end);
            let Some(due) = due else {
                self.advance(end);
                return;
            };
            self.advance(due.max(self.now.instant));
            self.tell(Event::Tick);
        }
        panic!("the app does not come to rest");
    }

    /// The computer sleeps: only the wall clock goes on.
    pub(crate) fn sleep(&mut self, time: Duration) {
        self.now.utc += time;
    }

    fn advance(&mut self, to: Instant) {
        self.now.utc += to - self.now.instant;
        self.now.instant = to;
    }

    pub(crate) fn act(&mut self, action: Action) {
        self.tell(Event::Do(action));
    }

    pub(crate) fn sign_in(&mut self, draft: Draft) {
        self.act(Action::SignIn { draft });
    }

    pub(crate) fn show(&mut self, filter: Filter) {
        let (first, count) = (0, 50);
        self.act(Action::Show {
            filter,
            only: Default::default(),
            first,
            count,
        });
    }

    /// The fetch in flight is answered with these items and nothing beyond them.
    pub(crate) fn page(&mut self, items: &[Value]) {
        self.fetched(Ok(page(items)));
    }

    /// The fetch in flight of this feed is answered.
    pub(crate) fn page_of(&mut self, feed: u32, items: &[Value]) {
        let (line, feed) = (self.line, FeedNumber(feed));
        let result = Ok(page(items));
        self.tell(Event::Fetched { line, feed, result });
    }

    /// What the server says from now on is said on the line that was connected as the `index`th.
    pub(crate) fn hear(&mut self, index: usize) {
        let (line, joins) = self.connected[index].clone();
        self.line = line;
        self.topic = joins[0].topic.clone();
        let views = joins[0].params.as_object().unwrap();
        self.reference = views.keys().next().unwrap().clone();
    }

    pub(crate) fn fetched(&mut self, result: Result<FeedPage, Failure>) {
        let line = self.line;
        let feed = FeedNumber(0);
        self.tell(Event::Fetched { line, feed, result });
    }

    /// The oldest mark on its way is answered.
    pub(crate) fn settled(&mut self, result: Result<Vec<ItemId>, Failure>) {
        let (mark, _) = self.sent.remove(0);
        let line = self.line;
        self.tell(Event::Settled { line, mark, result });
    }

    pub(crate) fn channel(&mut self, event: phoenix::Event) {
        let line = self.line;
        self.tell(Event::Channel { line, event });
    }

    pub(crate) fn joined(&mut self) {
        self.channel(phoenix::Event::Joined {
            topic: self.topic.clone(),
            response: json!({}),
        });
    }

    pub(crate) fn refused(&mut self, status: u16) {
        self.channel(phoenix::Event::Refused { status });
    }

    pub(crate) fn lost(&mut self) {
        self.channel(phoenix::Event::Lost {
            code: Some(1000),
            retry_at: self.now.instant,
        });
    }

    /// A `new-message` that says how many are unread now.
    pub(crate) fn announced(&mut self, unread: u64) {
        let counts = json!({"total_count": unread, "unread_count": unread, "unseen_count": unread});
        self.message(json!({
            "event": "new-message",
            "attn": [self.reference],
            "data": {&self.reference: {"metadata": counts}},
        }));
    }

    pub(crate) fn message(&mut self, payload: Value) {
        self.channel(phoenix::Event::Message {
            topic: self.topic.clone(),
            event: "new-message".to_owned(),
            payload,
        });
    }

    pub(crate) fn view_joined(&self) -> (Line, String, String) {
        (self.line, self.topic.clone(), self.reference.clone())
    }

    /// What the server says from now on is said on this line again.
    pub(crate) fn back_to(&mut self, (line, topic, reference): (Line, String, String)) {
        self.line = line;
        self.topic = topic;
        self.reference = reference;
    }

    pub(crate) fn tray(&self) -> &Tray {
        self.tray.as_ref().expect("the tray was set")
    }

    #[track_caller]
    pub(crate) fn feed(&self) -> &FeedView {
        match self.view.as_ref().expect("the window was shown something") {
            View::Feed(feed) => feed,
            view => panic!("no feed: {view:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn form(&self) -> &SignInView {
        match self.view.as_ref().expect("the window was shown something") {
            View::SignedOut(form) => form,
            view => panic!("no form: {view:?}"),
        }
    }

    pub(crate) fn view(&self) -> &View {
        self.view.as_ref().expect("the window was shown something")
    }

    pub(crate) fn notice(&self) -> &str {
        self.feed().notice.as_deref().unwrap_or_default()
    }

    /// What can be taken back.
    pub(crate) fn undo(&self) -> &str {
        self.feed().undo.as_deref().unwrap_or_default()
    }

    /// The items in the window, `*` for the unread.
    pub(crate) fn rows(&self) -> String {
        let row = |row: &doorbell_notifier::Row| {
            let unread = if row.unread { "*" } else { "" };
            format!("{}{unread}", row.id)
        };
        self.feed()
            .rows
            .iter()
            .map(row)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The body of the oldest mark that waits for an answer.
    pub(crate) fn mark_on_its_way(&self) -> &Value {
        self.sent[0].1.body.as_ref().unwrap()
    }

    /// What the app has asked for since this was last called, a few words each; trays and views apart.
    pub(crate) fn asked(&mut self) -> Vec<String> {
        let asked = std::mem::take(&mut self.asked);
        asked.iter().filter_map(words).collect()
    }

    /// The last toast that was shown since the app was last looked at.
    pub(crate) fn last_toast(&self) -> Toast {
        let toast = self.asked.iter().rev().find_map(|effect| match effect {
            Effect::Tell { toast, .. } => Some(toast.clone()),
            _ => None,
        });
        toast.expect("a toast was shown")
    }

    /// How often the settings of the feed were asked for.
    pub(crate) fn asked_settings(&self) -> usize {
        let settings = |effect: &&Effect| matches!(effect, Effect::FetchSettings { .. });
        self.asked.iter().filter(settings).count()
    }

    pub(crate) fn has_asked(&self, what: &str) -> bool {
        self.asked
            .iter()
            .filter_map(words)
            .any(|asked| asked == what)
    }

    /// How the sign-in ended, if it did since the app was last looked at.
    pub(crate) fn sign_in_ended(&mut self) -> Option<Result<String, Problem>> {
        let asked = std::mem::take(&mut self.asked);
        asked.into_iter().find_map(|effect| match effect {
            Effect::Desktop(Desktop::SignInEnded(result)) => Some(result),
            Effect::Connect { .. }
            | Effect::Disconnect { .. }
            | Effect::Wake { .. }
            | Effect::Fetch { .. }
            | Effect::Update { .. }
            | Effect::Save(_)
            | Effect::Tell { .. }
            | Effect::RefreshToken { .. }
            | Effect::FetchSettings { .. }
            | Effect::Preferences { .. }
            | Effect::FetchPicture { .. }
            | Effect::ForgetPictures
            | Effect::Desktop(_) => None,
        })
    }

    pub(crate) fn views(&mut self) -> usize {
        self.count(|desktop| matches!(desktop, Desktop::View(_)))
    }

    pub(crate) fn trays(&mut self) -> usize {
        self.count(|desktop| matches!(desktop, Desktop::Tray(_)))
    }

    fn count(&mut self, counts: impl Fn(&Desktop) -> bool) -> usize {
        let asked = std::mem::take(&mut self.asked);
        let counted = |effect: &&Effect| match effect {
            Effect::Desktop(desktop) => counts(desktop),
            Effect::Connect { .. }
            | Effect::Disconnect { .. }
            | Effect::Wake { .. }
            | Effect::Fetch { .. }
            | Effect::Update { .. }
            | Effect::Save(_)
            | Effect::Tell { .. }
            | Effect::FetchSettings { .. }
            | Effect::Preferences { .. }
            | Effect::FetchPicture { .. }
            | Effect::ForgetPictures
            | Effect::RefreshToken { .. } => false,
        };
        asked.iter().filter(counted).count()
    }
}

fn words(effect: &Effect) -> Option<String> {
    Some(match effect {
        Effect::Connect { .. } => "connect".to_owned(),
        Effect::Disconnect { .. } => "disconnect".to_owned(),
        Effect::Wake { .. } => "wake".to_owned(),
        Effect::Fetch { feed, request, .. } => {
            let after = request.query.iter().find(|(name, _)| name == "after");
            let after = after.map_or(String::new(), |(_, cursor)| format!(" after {cursor}"));
            match feed {
                FeedNumber(0) => format!("fetch{after}"),
                FeedNumber(feed) if feed >> 31 == 1 => format!("fetch archive{after}"),
                FeedNumber(feed) => format!("fetch feed {feed}{after}"),
            }
        }
        Effect::Update { request, .. } => {
            let body = request.body.as_ref().unwrap();
            let ids = body["message_ids"].as_array().into_iter().flatten();
            let ids: Vec<&str> = ids.filter_map(Value::as_str).collect();
            let status = request.path.rsplit('/').next().unwrap_or_default();
            if request.path.contains("/bulk/") {
                format!("mark all {status}")
            } else {
                format!("mark {status} {}", ids.join(" "))
            }
        }
        Effect::Save(_) | Effect::FetchSettings { .. } => return None,
        Effect::Tell { toast, .. } => format!("toast {}", toast.title),
        Effect::RefreshToken { .. } => "refresh token".to_owned(),
        Effect::FetchPicture { url } => format!("fetch picture {url}"),
        Effect::ForgetPictures => "forget pictures".to_owned(),
        Effect::Preferences { request, .. } => match &request.body {
            None => "read preferences".to_owned(),
            Some(body) => format!("set preferences {body}"),
        },
        Effect::Desktop(desktop) => match desktop {
            Desktop::Tray(_) | Desktop::View(_) => return None,
            Desktop::Toast(toast) => format!("toast {}", toast.title),
            Desktop::Withdraw(_) => "withdraw".to_owned(),
            Desktop::OpenUrl { url, .. } => format!("open {url}"),
            Desktop::ShowWindow => "show window".to_owned(),
            Desktop::ToggleWindow => "toggle window".to_owned(),
            Desktop::Listed { asked, items } => {
                let ids: Vec<&str> = items.iter().map(|item| &*item.id.0).collect();
                format!("list {} for {asked}", ids.join(" "))
            }
            Desktop::Store(_) => "store".to_owned(),
            Desktop::Recall => "recall".to_owned(),
            Desktop::SignInEnded(Ok(_)) => "signed in".to_owned(),
            Desktop::SignInEnded(Err(_)) => "not signed in".to_owned(),
            Desktop::Forget { .. } => "forget".to_owned(),
            Desktop::Quit => "quit".to_owned(),
        },
    })
}

pub(crate) fn draft(user: &str) -> Draft {
    Draft {
        public_key: KEY.to_owned(),
        user_id: user.to_owned(),
        feed_id: FEED.to_owned(),
        ..Draft::default()
    }
}

pub(crate) fn credentials(user: &str) -> Credentials {
    draft(user).parse().unwrap()
}

/// An unread item named by its text, with a link, made some seconds after the beginning.
pub(crate) fn item(id: &str, seconds: u64) -> Value {
    let link = format!("https://app.test/{id}");
    linked(id, seconds, &link)
}

/// An item with another link; with an empty one it has none.
pub(crate) fn linked(id: &str, seconds: u64, link: &str) -> Value {
    json!({
        "id": id,
        "inserted_at": (BEGINNING + Duration::from_secs(seconds)).format(&Rfc3339).unwrap(),
        "blocks": [
            {"type": "text", "name": "body", "rendered": id},
            {"type": "text", "name": "action_url", "rendered": link},
        ],
    })
}

pub(crate) fn read(mut item: Value) -> Value {
    item["read_at"] = item["inserted_at"].clone();
    item
}

/// A page of these items, newest first, with counts that fit and nothing older.
pub(crate) fn page(items: &[Value]) -> FeedPage {
    page_before(items, None)
}

/// The same with older items behind a cursor.
pub(crate) fn page_before(items: &[Value], after: Option<&str>) -> FeedPage {
    let lacks = |mark: &str| items.iter().filter(|item| item[mark].is_null()).count();
    let body = json!({
        "entries": items,
        "meta": {
            "total_count": items.len(),
            "unread_count": lacks("read_at"),
            "unseen_count": lacks("seen_at"),
        },
        "page_info": {"after": after, "before": null, "page_size": 50},
    });
    FeedPage::parse(body.to_string().as_bytes()).unwrap()
}

pub(crate) fn unauthorized() -> Failure {
    let body = br#"{"code":"api_key_invalid","message":"No such key"}"#;
    Failure::from_response(401, None, body)
}

pub(crate) fn unavailable() -> Failure {
    Failure::from_response(503, None, b"")
}

pub(crate) fn topic() -> String {
    format!("feeds:{FEED}:ada")
}
