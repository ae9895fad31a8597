//! Enhanced security mode: what a page may do with a token, and without one.
#![allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]

mod common;

use std::sync::OnceLock;

use common::{Knock, at};
use doorbell_emulator::{Config, ConnectionId, Emulator, Request, Response, SigningKey};
use serde_json::{Value, json};

fn signing_key() -> SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate().unwrap()).clone()
}

fn secured() -> Knock {
    let config = Config {
        enhanced_security: true,
        signing_key: Some(signing_key()),
        ..Config::default()
    };
    Knock {
        emulator: Emulator::new(config),
        now: at(0),
    }
}

fn minted(knock: &mut Knock, body: &Value) -> String {
    let response = knock.send_as("", "POST", "/_emulator/tokens", &body.to_string());
    assert_eq!(response.status, 200, "{}", response.json());
    response.json()["token"].as_str().unwrap().to_owned()
}

fn token_of(knock: &mut Knock, user: &str) -> String {
    minted(knock, &json!({"user_id": user}))
}

fn page(
    knock: &mut Knock,
    token: Option<&str>,
    method: &str,
    target: &str,
    body: &str,
) -> Response {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let key = format!("Bearer {}", knock.emulator.config().public_key);
    let mut headers = vec![("authorization".to_owned(), key)];
    headers.extend(token.map(|token| ("X-Knock-User-Token".to_owned(), token.to_owned())));
    knock.send(Request {
        method: method.into(),
        path: path.into(),
        query: query.into(),
        headers,
        body: body.into(),
    })
}

fn feed_of(knock: &mut Knock, token: Option<&str>, user: &str, query: &str) -> Response {
    let target = format!("/v1/users/{user}/feeds/{}?{query}", knock.feed_id());
    page(knock, token, "GET", &target, "")
}

fn refusal(response: &Response) -> (u16, String) {
    let code = response.json()["code"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    (response.status, code)
}

fn connect(knock: &mut Knock, token: &str) -> Result<ConnectionId, u16> {
    let key = knock.emulator.config().public_key.clone();
    let target = format!("/ws/v1/websocket?user_token={token}&api_key={key}&&vsn=2.0.0");
    knock.emulator.connect(&target, knock.now)
}

fn join(knock: &mut Knock, connection: ConnectionId, user: &str, options: &Value) -> Value {
    let topic = knock.topic(user);
    knock.receive(connection, &json!(["1", "1", topic, "phx_join", options]));
    knock.sent().remove(0)[4].clone()
}

#[test]
fn a_page_without_a_token_is_told_that_it_misses() {
    let mut knock = secured();
    let missing = (401, "missing_user_token".to_owned());
    for (method, target) in [
        ("GET", "/v1/users/jane"),
        ("PUT", "/v1/users/jane"),
        ("GET", "/v1/messages/x"),
        ("POST", "/v1/messages/batch/read"),
    ] {
        assert_eq!(
            refusal(&page(&mut knock, None, method, target, "{}")),
            missing
        );
        assert_eq!(
            refusal(&page(&mut knock, Some(""), method, target, "{}")),
            missing
        );
    }
    assert_eq!(refusal(&feed_of(&mut knock, None, "jane", "")), missing);
}

#[test]
fn a_back_end_needs_no_token() {
    let mut knock = secured();
    assert_eq!(knock.secret("PUT", "/v1/users/jane", "{}").status, 200);
}

#[test]
fn a_token_of_the_user_opens_what_is_the_users_own() {
    let mut knock = secured();
    let token = token_of(&mut knock, "jane");
    knock.comment("jane", "one");
    let response = feed_of(&mut knock, Some(&token), "jane", "");
    assert_eq!(response.json()["meta"]["unread_count"], 1);
    let id = knock.ids("jane").remove(0);
    let path = format!("/v1/messages/{id}/read");
    assert_eq!(page(&mut knock, Some(&token), "PUT", &path, "").status, 200);
}

#[test]
fn a_token_of_somebody_else_opens_nothing() {
    let mut knock = secured();
    knock.comment("jane", "private");
    let id = knock.ids("jane").remove(0);
    let token = token_of(&mut knock, "mallory");
    let invalid = (401, "invalid_user_token".to_owned());
    assert_eq!(
        refusal(&feed_of(&mut knock, Some(&token), "jane", "")),
        invalid
    );
    let bulk = format!("/v1/channels/{}/messages/bulk/read", knock.feed_id());
    let body = r#"{"user_ids": ["jane"]}"#;
    assert_eq!(
        refusal(&page(&mut knock, Some(&token), "POST", &bulk, body)),
        invalid
    );
    let single = format!("/v1/messages/{id}");
    assert_eq!(
        page(&mut knock, Some(&token), "GET", &single, "").status,
        404
    );
    let batch = json!({"message_ids": [id]}).to_string();
    let answer = page(
        &mut knock,
        Some(&token),
        "POST",
        "/v1/messages/batch/read",
        &batch,
    );
    assert_eq!(answer.json(), json!([]));
    assert_eq!(knock.emulator.messages("jane")[0]["read_at"], Value::Null);
}

#[test]
fn a_token_is_good_until_its_last_second() {
    let mut knock = secured();
    let token = minted(
        &mut knock,
        &json!({"user_id": "jane", "expires_in_seconds": 60}),
    );
    knock.now = at(59);
    assert_eq!(feed_of(&mut knock, Some(&token), "jane", "").status, 200);
    knock.now = at(60);
    let invalid = (401, "invalid_user_token".to_owned());
    assert_eq!(
        refusal(&feed_of(&mut knock, Some(&token), "jane", "")),
        invalid
    );
    assert_eq!(connect(&mut knock, &token), Err(403));
}

#[test]
fn a_token_that_this_environment_did_not_sign_is_refused() {
    let mut knock = secured();
    let good = token_of(&mut knock, "jane");
    let (head, signature) = good.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    // {"alg":"none"} . {"sub":"jane"} .
    let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJqYW5lIn0.";
    for token in [
        &format!("{head}.{turned}"),
        head,
        unsigned,
        "garbage",
        "a.b.c",
    ] {
        let refused = refusal(&feed_of(&mut knock, Some(token), "jane", ""));
        assert_eq!(refused, (401, "invalid_user_token".to_owned()), "{token}");
        assert_eq!(connect(&mut knock, token), Err(403), "{token}");
    }
}

#[test]
fn explicit_grants_limit_what_the_token_opens() {
    let mut knock = secured();
    let token = minted(
        &mut knock,
        &json!({"user_id": "jane", "grants": {
            "https://api.knock.app/v1/users/jane": {"user/feed_read": [{}]},
        }}),
    );
    assert_eq!(feed_of(&mut knock, Some(&token), "jane", "").status, 200);
    let refused = page(&mut knock, Some(&token), "PUT", "/v1/users/jane", "{}");
    assert_eq!(refusal(&refused), (403, "incorrect_token_type".to_owned()));
}

#[test]
fn a_tenants_grant_opens_that_tenants_feed_only() {
    let mut knock = secured();
    let token = minted(
        &mut knock,
        &json!({"user_id": "jane", "grants": {
            "https://api.knock.app/v1/tenants/acme": {"user/feed_read": [{}]},
        }}),
    );
    let page = Some(token.as_str());
    assert_eq!(feed_of(&mut knock, page, "jane", "tenant=acme").status, 200);
    assert_eq!(
        feed_of(&mut knock, page, "jane", "tenant=other").status,
        403
    );
    assert_eq!(feed_of(&mut knock, page, "jane", "").status, 403);

    let connection = connect(&mut knock, &token).unwrap();
    let refused = join(&mut knock, connection, "jane", &json!({}));
    assert_eq!(refused["response"]["reason"], "unauthorized");
    let joined = join(
        &mut knock,
        connection,
        "jane",
        &json!({"client_a": {"tenant": "acme"}}),
    );
    assert_eq!(joined["status"], "ok");
}

#[test]
fn a_socket_without_a_good_token_is_refused_with_403_and_may_join_its_user_only() {
    let mut knock = secured();
    assert_eq!(connect(&mut knock, ""), Err(403));
    let token = token_of(&mut knock, "jane");
    let connection = connect(&mut knock, &token).unwrap();
    assert_eq!(
        join(&mut knock, connection, "jane", &json!({}))["status"],
        "ok"
    );
    let refused = join(&mut knock, connection, "john", &json!({}));
    assert_eq!(
        refused,
        json!({"status": "error", "response": {"reason": "unauthorized"}})
    );
    assert_eq!(
        (knock.emulator.joined("jane"), knock.emulator.joined("john")),
        (1, 0)
    );
}

#[test]
fn an_environment_without_a_signing_key_says_so() {
    let config = Config {
        enhanced_security: true,
        ..Config::default()
    };
    let mut knock = Knock {
        emulator: Emulator::new(config),
        now: at(0),
    };
    let missing = (422, "missing_jwt_signing_key".to_owned());
    assert_eq!(
        refusal(&feed_of(&mut knock, Some("a.b.c"), "jane", "")),
        missing
    );
    let body = r#"{"user_id": "jane"}"#;
    assert_eq!(
        refusal(&knock.send_as("", "POST", "/_emulator/tokens", body)),
        missing
    );
}
