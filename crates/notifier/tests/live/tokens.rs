//! User tokens that end within seconds, from a real command and a real address, against an emulator that asks for them.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};

use doorbell_emulator::{Config, Request, Running, Server, SigningKey};
use doorbell_notifier::{ConnectionState, Face, TokenSource};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    canned::{Canned, response},
    desk::{Desk, draft},
    knock::trigger,
};

/// Seconds that a token lasts here; it is renewed after about half of them.
const LIFE: u64 = 6;

#[tokio::test]
async fn with_tokens_from_an_address_nothing_is_missed_or_told_twice() {
    let knock = Arc::new(secured().await);
    let minting = knock.clone();
    let source = Canned::serve(move |_, _| {
        let answer = json!({"token": mint(&minting), "expires_in": LIFE});
        response("200 OK", "", &answer.to_string())
    })
    .await;
    let address = TokenSource::url(&format!("{}/token", source.url)).unwrap();
    let mut desk = signed_in(&knock, address).await;
    for message in 1..=5 {
        trigger(&knock, &format!("message {message}"));
        let until = Instant::now() + Duration::from_secs(3);
        desk.until("it is counted and told", |desk| {
            desk.face() == Some(Face::Count(message)) && told(desk, message) == 1
        })
        .await;
        desk.live_until(until).await;
        assert_eq!(desk.connection(), Some(ConnectionState::Connected));
    }
    assert!(source.asked("/token") >= 4, "{}", source.asked("/token"));
    for message in 1..=5 {
        assert_eq!(told(&desk, message), 1, "{:?}", desk.toasts);
    }
}

#[tokio::test]
async fn a_command_that_fails_is_named_once_the_token_is_refused_and_asked_again() {
    let knock = secured().await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("token");
    std::fs::write(&file, mint(&knock)).unwrap();
    let mut desk = signed_in(&knock, cat(&file)).await;
    std::fs::remove_file(&file).unwrap();
    sleep(Duration::from_secs(LIFE)).await;

    trigger(&knock, "behind the door");
    let words = "There is no valid user token: the token command cat failed with exit code 1.";
    desk.until("nobody is let in, and why", |desk| {
        let said = desk.words().is_some_and(|said| said.starts_with(words));
        said && desk.face() == Some(Face::Refused)
    })
    .await;

    // Whenever the command is asked again, it gives a good one.
    std::fs::write(&file, mint_for(&knock, 3600)).unwrap();
    desk.until("it goes on by itself", |desk| {
        desk.face() == Some(Face::Count(1)) && desk.toasts.len() == 1
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_whose_command_gives_no_token_says_so() {
    let knock = secured().await;
    let mut desk = set(TokenSource::command(vec!["true".to_owned()]).unwrap());
    let problem = desk.fails_to_sign_in(draft(knock.url())).await;
    let words = problem.message;
    assert!(
        words.contains("the token command true gave nothing"),
        "{words}"
    );
    assert_eq!(desk.stored, 0);
}

async fn secured() -> Running {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    let key = KEY.get_or_init(|| SigningKey::generate().unwrap());
    let config = Config {
        enhanced_security: true,
        signing_key: Some(key.clone()),
        ..Config::default()
    };
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    Server::start(config, anywhere).await.unwrap()
}

fn mint(knock: &Running) -> String {
    mint_for(knock, LIFE)
}

fn mint_for(knock: &Running, seconds: u64) -> String {
    let user = Config::default().user_id;
    let body = json!({"user_id": user, "expires_in_seconds": seconds}).to_string();
    let request = Request {
        method: "POST".to_owned(),
        path: "/_emulator/tokens".to_owned(),
        query: String::new(),
        headers: Vec::new(),
        body: body.into(),
    };
    let response = knock.with(|knock, now| knock.request(&request, now));
    let answer: Value = serde_json::from_slice(&response.body).unwrap();
    answer["token"].as_str().unwrap().to_owned()
}

async fn signed_in(knock: &Running, source: TokenSource) -> Desk {
    let mut desk = set(source);
    desk.sign_in(draft(knock.url())).await.unwrap();
    desk.show();
    desk.until("it is connected", |desk| {
        desk.connection() == Some(ConnectionState::Connected)
    })
    .await;
    desk
}

fn set(source: TokenSource) -> Desk {
    Desk::set(doorbell_notifier::Config {
        tokens: vec![(None, source)],
        ..doorbell_notifier::Config::default()
    })
}

fn cat(file: &Path) -> TokenSource {
    let file = file.to_str().unwrap().to_owned();
    TokenSource::command(vec!["cat".to_owned(), file]).unwrap()
}

fn told(desk: &Desk, message: u64) -> usize {
    let words = format!("message {message}");
    let toasts = desk.toasts.iter();
    toasts.filter(|toast| toast.body.contains(&words)).count()
}
