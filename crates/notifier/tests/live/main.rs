//! The app on a real runtime against servers on 127.0.0.1: the emulator, and some that are no Knock at all.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod beside;
mod canned;
mod company;
mod desk;
mod faults;
mod knock;
mod log;
mod proxy;
mod rude;
mod tokens;
mod values;
mod ways;

use std::net::SocketAddr;

use doorbell_emulator::{Config, Server};
use doorbell_knock::{Draft, Field};
use doorbell_notifier::{Action, ConnectionState, Face, Mark};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use canned::{Canned, response};
use desk::{Desk, draft, eventually};
use knock::{emulator, messages, nobody, trigger};
use log::Log;
use rude::Rude;

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
    assert!(desk.tray.unwrap().tooltip.starts_with("1 unread"));
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
    let config = Config {
        seed: 1,
        ..Config::default()
    };
    let knock = Server::start(config, address).await.unwrap();
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
async fn frames_that_make_no_sense_are_dropped_and_one_too_large_costs_only_the_connection() {
    let text = |text: &str| Message::text(text);
    let rude = Rude::serve(vec![
        text("this is not JSON"),
        text(""),
        text("null"),
        text("[]"),
        text("[1,2,3,4,5]"),
        text(r#"{"topic":"phoenix"}"#),
        text(r#"["9","9","feeds:other","new-message",{}]"#),
        text(r#"[null,null,"feeds:d00fbe11-1de5-4e0d-a11e-5ca1ab1ec0de:demo-user","new-message",[]]"#),
        Message::binary(vec![0xff, 0, 1]),
        Message::Ping(vec![1].into()),
        Message::text(" ".repeat(2 * 1024 * 1024)),
    ])
    .await;
    let mut desk = Desk::restored(&rude.url);
    desk.until("it has joined again and heard the news", |desk| {
        desk.face() == Some(Face::Count(7))
    })
    .await;
    assert_eq!(rude.joins(), 2);
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
    let _guard = log.record();

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
    desk.act(Action::MarkAll { mark: Mark::Read });
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
