//! The app on a real runtime against servers on 127.0.0.1: the emulator, and some that are no Knock at all.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    fmt,
    io::Write,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use doorbell_emulator::{Config, Running, Server};
use doorbell_knock::{Draft, Field};
use doorbell_notifier::{
    Action, ConnectionState, Desktop, Event, Face, FeedView, Filter, Mark, Notifier, Options,
    Problem, Toast, Tray, View, start,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::{Instant, sleep, timeout_at},
};

#[tokio::test]
async fn a_triggered_workflow_becomes_a_badge_a_toast_and_a_row() {
    let knock = emulator().await;
    let mut desk = Desk::signed_in(&knock).await;
    desk.show();
    trigger(&knock, "Hello there");
    desk.until("the badge, the toast and the row", |desk| {
        desk.face() == Some(Face::Count(1))
            && desk.toasts.len() == 1
            && desk.rows().is_some_and(|rows| rows.len() == 1)
    })
    .await;
    assert!(desk.toasts[0].body.contains("Hello there"));
    assert_eq!(desk.tray.unwrap().tooltip, "1 unread");
}

#[tokio::test]
async fn what_is_marked_read_is_read_on_the_server() {
    let knock = emulator().await;
    trigger(&knock, "Hello");
    let mut desk = Desk::signed_in(&knock).await;
    assert_eq!(desk.face(), Some(Face::Count(1)));
    let id = messages(&knock)[0]["id"].as_str().unwrap().to_owned();
    desk.act(Action::Mark {
        ids: vec![id.as_str().into()],
        mark: Mark::Read,
    });
    eventually("the server has it read", || {
        messages(&knock)[0]["read_at"].is_string()
    })
    .await;
    desk.until("the badge is gone", |desk| {
        desk.face() == Some(Face::Count(0))
    })
    .await;
    assert_eq!(desk.toasts, []);
}

#[tokio::test]
async fn an_opened_item_is_interacted_with_and_read_on_the_server() {
    let knock = emulator().await;
    trigger(&knock, "Hello");
    let mut desk = Desk::signed_in(&knock).await;
    let id = messages(&knock)[0]["id"].as_str().unwrap().to_owned();
    desk.act(Action::Open {
        id: id.as_str().into(),
    });
    desk.until("the badge is gone", |desk| {
        desk.face() == Some(Face::Count(0))
    })
    .await;
    assert!(desk.opened[0].contains("/messages/1042"));
    eventually("the server knows", || {
        let message = &messages(&knock)[0];
        message["interacted_at"].is_string() && message["read_at"].is_string()
    })
    .await;
}

#[tokio::test]
async fn after_a_restart_of_the_server_it_is_back_by_itself_and_shows_what_is_there_now() {
    let knock = emulator().await;
    let address: SocketAddr = knock.url()["http://".len()..].parse().unwrap();
    trigger(&knock, "Before");
    let mut desk = Desk::signed_in(&knock).await;
    desk.show();
    knock.stop().await;
    desk.until("the link is lost", |desk| {
        desk.connection() != Some(ConnectionState::Connected)
    })
    .await;
    let knock = Server::start(Config::default(), address).await.unwrap();
    trigger(&knock, "After");
    trigger(&knock, "After that");
    desk.act(Action::Retry);
    desk.until("it shows what is there now", |desk| {
        desk.connection() == Some(ConnectionState::Connected)
            && desk.face() == Some(Face::Count(2))
            && desk.rows().is_some_and(|rows| rows.len() == 2)
    })
    .await;
    trigger(&knock, "Live again");
    desk.until("news arrives again", |desk| {
        desk.face() == Some(Face::Count(3))
    })
    .await;
}

#[tokio::test]
async fn a_wrong_key_is_a_sentence_and_nothing_is_stored() {
    let knock = emulator().await;
    let mut desk = Desk::new();
    let wrong = Draft {
        public_key: "pk_test_of_another_environment".to_owned(),
        ..draft(knock.url())
    };
    let problem = desk.fails_to_sign_in(wrong).await;
    assert_eq!(problem.field, Some(Field::PublicKey));
    assert!(problem.message.contains("refused the public key"));
    assert_eq!((desk.stored, desk.face()), (0, Some(Face::SignedOut)));
}

#[tokio::test]
async fn servers_that_are_no_knock_get_a_sentence_and_the_app_goes_on() {
    let knock = emulator().await;
    let large = |_: &str, _: usize| response("200 OK", "", &" ".repeat(8 * 1024 * 1024 + 1));
    let html = |_: &str, _: usize| response("200 OK", "", "<!doctype html><title>Log in</title>");
    let redirect =
        |_: &str, _: usize| response("302 Found", "Location: https://elsewhere.test/\r\n", "");
    let silent = |_: &str, _: usize| Vec::new();
    let mut desk = Desk::new();
    for (host, words) in [
        (Canned::serve(large).await.url, "too large"),
        (Canned::serve(html).await.url, "not JSON"),
        (Canned::serve(redirect).await.url, "status 302"),
        (Canned::serve(silent).await.url, "could not be reached"),
        (nobody().await, "could not be reached"),
    ] {
        let problem = desk.fails_to_sign_in(draft(&host)).await;
        assert_eq!(problem.field, Some(Field::Host), "{}", problem.message);
        assert!(problem.message.contains(words), "{}", problem.message);
    }
    desk.sign_in(draft(knock.url())).await.unwrap();
    assert_eq!(desk.stored, 1);
}

#[tokio::test]
async fn one_item_of_the_wrong_shape_does_not_cost_the_page() {
    let host = Canned::serve(|head, _| {
        if !head.contains("/feeds/") {
            return response("503 Service Unavailable", "", "");
        }
        let good = |id: &str| json!({"id": id, "inserted_at": "2026-03-02T10:00:00Z"});
        let entries = [good("a"), json!({"id": 7, "blocks": "none"}), good("c")];
        let meta = json!({"total_count": 3, "unread_count": "3", "unseen_count": null});
        let page = json!({"entries": entries, "meta": meta, "page_info": {"after": null}});
        response("200 OK", "", &page.to_string())
    })
    .await;
    let mut desk = Desk::restored(&host.url);
    desk.until("both good items are shown", |desk| {
        desk.rows().is_some_and(|rows| rows.len() == 2)
    })
    .await;
    assert_eq!(desk.rows().unwrap(), ["c", "a"]);
}

#[tokio::test]
async fn a_list_that_goes_bad_is_kept_and_fetched_again() {
    let host = Canned::serve(|head, count| {
        let entries = json!([{"id": format!("a{count}"), "inserted_at": "2026-03-02T10:00:00Z"}]);
        let page = json!({"entries": entries, "page_info": {"after": null}}).to_string();
        match count {
            _ if !head.contains("/feeds/") => response("503 Service Unavailable", "", ""),
            1 => response("200 OK", "", "{\"entries\": 7}"),
            2 => response("500 Internal Server Error", "Retry-After: 0\r\n", "<html>"),
            3 => response("200 OK", "", &page[..page.len() / 2]),
            _ => response("200 OK", "", &page),
        }
    })
    .await;
    let mut desk = Desk::restored(&host.url);
    let mut last = 0;
    desk.until("the list has come back", move |desk| {
        // Every failure is answered by a person who tries again.
        let asked = host.asked("/feeds/");
        if asked > last {
            last = asked;
            desk.act(Action::Retry);
        }
        desk.rows().is_some_and(|rows| {
            let number = rows.first().and_then(|row| row[1..].parse().ok());
            number.is_some_and(|number: usize| number >= 4)
        })
    })
    .await;
}

#[tokio::test]
async fn a_mark_that_the_server_was_too_busy_for_is_sent_again() {
    let host = Canned::serve(|head, count| {
        let item = json!({"id": "a", "inserted_at": "2026-03-02T10:00:00Z"});
        let page = json!({"entries": [item], "page_info": {"after": null}}).to_string();
        match count {
            _ if head.contains("/feeds/") => response("200 OK", "", &page),
            0 if head.contains("/batch/") => {
                response("200 OK", "x-ratelimited-message_ids: a\r\n", "[]")
            }
            _ if head.contains("/batch/") => response("200 OK", "", "[]"),
            _ => response("503 Service Unavailable", "", ""),
        }
    })
    .await;
    let mut desk = Desk::restored(&host.url);
    desk.until("the list is there", |desk| {
        desk.rows().is_some_and(|rows| rows == ["a"])
    })
    .await;
    desk.act(Action::Mark {
        ids: vec!["a".into()],
        mark: Mark::Read,
    });
    eventually("it was sent twice", || host.asked("/batch/read") == 2).await;
}

#[tokio::test]
async fn no_log_line_holds_a_key_or_a_token() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let knock = emulator().await;
    let html = Canned::serve(|_, _| response("403 Forbidden", "", "<html>")).await;
    let mut desk = Desk::new();
    let secret = |host: &str, key: &str| Draft {
        public_key: key.to_owned(),
        user_token: TOKEN.to_owned(),
        ..draft(host)
    };
    let key = Config::default().public_key;
    let wrong = "pk_test_of_another_environment";
    desk.fails_to_sign_in(secret(knock.url(), wrong)).await;
    desk.fails_to_sign_in(secret(&html.url, wrong)).await;
    desk.fails_to_sign_in(secret(&nobody().await, wrong)).await;
    desk.sign_in(secret(knock.url(), &key)).await.unwrap();
    trigger(&knock, "Hello");
    desk.until("it arrived", |desk| desk.toasts.len() == 1)
        .await;
    desk.act(Action::MarkAllRead);
    desk.until("it is read", |desk| desk.face() == Some(Face::Count(0)))
        .await;
    desk.act(Action::Quit);
    desk.until("it has ended", |desk| desk.ended).await;

    let written = log.text();
    assert!(
        written.contains("phx_join"),
        "frames are traced:\n{written}"
    );
    assert!(written.contains("connection refused"), "{written}");
    for secret in [key.as_str(), wrong, TOKEN] {
        let leak = written.lines().find(|line| line.contains(secret));
        assert_eq!(leak, None, "a secret was logged");
    }
}

const TOKEN: &str = "header.payload.signature-never-to-be-seen";
/// Longer than anything here takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running app, and a desktop that does what it is told and remembers what it was shown.
struct Desk {
    notifier: Notifier,
    desktop: mpsc::UnboundedReceiver<Desktop>,
    tray: Option<Tray>,
    view: Option<FeedView>,
    toasts: Vec<Toast>,
    opened: Vec<String>,
    ended_sign_in: Option<Result<String, Problem>>,
    stored: usize,
    ended: bool,
}

impl Desk {
    fn new() -> Desk {
        let (notifier, desktop) = start(Options { seed: 7 }).unwrap();
        notifier.send(Event::Restored(None));
        Desk {
            notifier,
            desktop,
            tray: None,
            view: None,
            toasts: Vec::new(),
            opened: Vec::new(),
            ended_sign_in: None,
            stored: 0,
            ended: false,
        }
    }

    async fn signed_in(knock: &Running) -> Desk {
        let mut desk = Desk::new();
        desk.sign_in(draft(knock.url())).await.unwrap();
        desk.until("the tray has a number", |desk| {
            matches!(desk.face(), Some(Face::Count(_)))
        })
        .await;
        desk
    }

    /// Signed in since the start, with a window open, whatever the server says to it.
    fn restored(host: &str) -> Desk {
        let (notifier, desktop) = start(Options { seed: 7 }).unwrap();
        let mut desk = Desk {
            notifier,
            desktop,
            ..Desk::new()
        };
        let credentials = draft(host).parse().unwrap();
        desk.notifier
            .send(Event::Restored(Some(Box::new(credentials))));
        desk.show();
        desk
    }

    fn act(&self, action: Action) {
        self.notifier.send(Event::Do(action));
    }

    fn show(&mut self) {
        self.act(Action::Show {
            filter: Filter::All,
            first: 0,
            count: 50,
        });
    }

    async fn sign_in(&mut self, draft: Draft) -> Result<String, Problem> {
        self.ended_sign_in = None;
        self.act(Action::SignIn { draft });
        self.until("the sign-in ends", |desk| desk.ended_sign_in.is_some())
            .await;
        self.ended_sign_in.take().unwrap()
    }

    async fn fails_to_sign_in(&mut self, draft: Draft) -> Problem {
        self.sign_in(draft).await.unwrap_err()
    }

    /// Does what the app wants of a desktop until the condition holds.
    async fn until(&mut self, what: &str, mut holds: impl FnMut(&Desk) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds(self) {
            let Ok(Some(wanted)) = timeout_at(deadline, self.desktop.recv()).await else {
                panic!("not in time: {what}\n{self:?}");
            };
            self.perform(wanted);
        }
    }

    fn perform(&mut self, wanted: Desktop) {
        match wanted {
            Desktop::Tray(tray) => self.tray = Some(tray),
            Desktop::View(view) => {
                self.view = match *view {
                    View::Feed(feed) => Some(feed),
                    View::SignedOut(_) => None,
                }
            }
            Desktop::Toast(toast) => self.toasts.push(toast),
            Desktop::OpenUrl { item, url } => {
                self.opened.push(url.to_string());
                let result = Ok(());
                self.notifier.send(Event::Opened { item, result });
            }
            Desktop::Store(_) => {
                self.stored += 1;
                self.notifier.send(Event::Stored(Ok(())));
            }
            Desktop::SignInEnded(result) => self.ended_sign_in = Some(result),
            Desktop::Quit => self.ended = true,
            Desktop::Withdraw(_) | Desktop::ShowWindow | Desktop::Recall | Desktop::Forget => {}
        }
    }

    fn face(&self) -> Option<Face> {
        self.tray.as_ref().map(|tray| tray.face)
    }

    fn connection(&self) -> Option<ConnectionState> {
        self.view.as_ref().map(|view| view.connection.state)
    }

    /// The ids in the list, once a first page has come.
    fn rows(&self) -> Option<Vec<&str>> {
        let view = self.view.as_ref().filter(|view| view.loaded)?;
        Some(view.rows.iter().map(|row| row.id.0.as_str()).collect())
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}\n{:?}\n{:?}", self.tray, self.view, self.toasts)
    }
}

/// A server that answers every request the same way, given its head and how many like it came before.
struct Canned {
    url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Canned {
    /// An empty answer hangs up. Requests are alike when their paths are.
    async fn serve(answer: impl Fn(&str, usize) -> Vec<u8> + Send + Sync + 'static) -> Canned {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heads = Arc::new(Mutex::new(Vec::<String>::new()));
        let asked = heads.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let Some(head) = head(&mut stream).await else {
                    continue;
                };
                let path =
                    |head: &str| head.split(['?', ' ']).nth(1).unwrap_or_default().to_owned();
                let count = {
                    let mut asked = asked.lock().unwrap();
                    let alike = asked.iter().filter(|asked| path(asked) == path(&head));
                    let count = alike.count();
                    asked.push(head.clone());
                    count
                };
                // A client that has read enough hangs up.
                let _ = stream.write_all(&answer(&head, count)).await;
                let _ = stream.shutdown().await;
            }
        });
        Canned { url, heads }
    }

    /// How many requests had this in their first line.
    fn asked(&self, words: &str) -> usize {
        let heads = self.heads.lock().unwrap();
        let first = |head: &&String| head.lines().next().unwrap_or_default().contains(words);
        heads.iter().filter(first).count()
    }
}

/// Reads one request whole; its first lines.
async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                let is_length = name.eq_ignore_ascii_case("content-length");
                is_length.then(|| value.trim().parse().unwrap())
            });
            if body.len() >= length.unwrap_or(0) {
                return Some(head.to_owned());
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// An answer without a length: it ends with the connection.
fn response(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{headers}Connection: close\r\n\r\n{body}").into_bytes()
}

async fn emulator() -> Running {
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    Server::start(Config::default(), anywhere).await.unwrap()
}

/// An address where nothing listens.
async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

fn draft(host: &str) -> Draft {
    let config = Config::default();
    Draft {
        public_key: config.public_key,
        user_id: config.user_id,
        feed_id: config.feed_id,
        host: host.to_owned(),
        ..Draft::default()
    }
}

fn trigger(knock: &Running, message: &str) {
    let user = Config::default().user_id;
    let data = json!({ "message": message });
    let id = knock.with(|knock, now| knock.trigger("new-message", &user, data, now));
    assert!(id.is_some());
}

fn messages(knock: &Running) -> Vec<Value> {
    knock.with(|knock, _| knock.messages(&Config::default().user_id))
}

async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// All that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
