//! What goes wrong between the app and the server: nothing triggered is lost, and nothing is shown twice.

use std::{net::SocketAddr, time::Duration};

use doorbell_emulator::{
    Config, Delay, Emulator, Faults, Joins, Lose, Lost, Pace, Running, Server,
};
use doorbell_notifier::{Action, ConnectionState, Event, Face, Mark};
use tokio::time::Instant;

use crate::{
    desk::{Desk, eventually},
    knock::{emulator, messages, trigger},
};

#[tokio::test]
async fn a_connection_that_breaks_or_is_closed_with_any_code_loses_nothing() {
    for code in [1006, 1000, 1001, 1011, 1012, 4321] {
        check(&format!("close {code}"), Back::ByItself, |knock, _| {
            for connection in knock.connections() {
                knock.close(connection, code);
            }
        })
        .await;
    }
}

#[tokio::test]
async fn frames_that_come_late_lose_nothing() {
    let delay = Delay {
        to_client_ms: 400,
        to_server_ms: 400,
    };
    check("delay", Back::ByItself, |knock, _| {
        knock.set_faults(Faults {
            delay,
            ..Faults::default()
        });
    })
    .await;
    check("delay and a new connection", Back::ByItself, |knock, _| {
        knock.set_faults(Faults {
            delay,
            ..Faults::default()
        });
        knock.drain();
    })
    .await;
}

#[tokio::test]
async fn news_that_is_told_of_late_as_one_or_not_at_all_is_not_lost() {
    let told = |pace| Faults {
        new_messages: Some(pace),
        ..Faults::default()
    };
    let merged = told(Pace::MergeMs(700));
    check("merged", Back::ByItself, |knock, _| {
        knock.set_faults(merged)
    })
    .await;
    let throttled = told(Pace::ThrottleMs(300));
    check("throttled", Back::WithNextNews, |knock, _| {
        knock.set_faults(throttled)
    })
    .await;
    let lost = Faults {
        lose: Lose {
            to_client: 1,
            to_server: 0,
        },
        ..Faults::default()
    };
    check("a lost frame", Back::WithNextNews, |knock, _| {
        knock.set_faults(lost)
    })
    .await;
}

#[tokio::test]
async fn upgrades_that_are_refused_for_a_while_lose_nothing() {
    for status in [503, 429, 500] {
        check(&format!("refuse {status}"), Back::Offline, |knock, _| {
            knock.refuse_connections(Some(status));
            knock.drain();
        })
        .await;
    }
}

#[tokio::test]
async fn requests_that_fail_for_a_while_lose_nothing() {
    for (status, retry_after) in [(500, None), (429, Some(1)), (503, Some(1))] {
        check(&format!("requests {status}"), Back::ByItself, |knock, _| {
            knock.fail_requests(2, status, retry_after);
        })
        .await;
    }
    check("bodies late and cut off", Back::ByItself, |knock, _| {
        knock.spoil_bodies(2, Duration::from_millis(300), Some(20));
    })
    .await;
}

#[tokio::test]
async fn joins_that_are_slow_or_refused_lose_nothing() {
    let joins = |joins| Faults {
        joins,
        ..Faults::default()
    };
    let slow = joins(Joins {
        delay_ms: 1500,
        refuse: None,
    });
    check("slow join", Back::ByItself, |knock, _| {
        knock.set_faults(slow);
        knock.drain();
    })
    .await;
    let refused = joins(Joins {
        delay_ms: 0,
        refuse: Some("not now".to_owned()),
    });
    check("refused join", Back::Offline, |knock, _| {
        knock.set_faults(refused);
        knock.drain();
    })
    .await;
    check("crashed channel", Back::ByItself, |knock, _| {
        knock.crash_channels(&Config::default().user_id);
    })
    .await;
}

#[tokio::test]
async fn a_half_open_connection_is_found_out_when_the_network_is_back_and_loses_nothing() {
    for lost in [Lost::Both, Lost::ToClient, Lost::ToServer] {
        check(&format!("half-open {lost:?}"), Back::Woken, |knock, _| {
            for connection in knock.connections() {
                knock.half_open(connection, lost);
            }
        })
        .await;
    }
}

#[tokio::test]
async fn after_a_restart_of_the_server_each_item_that_it_has_is_toasted_once() {
    let knock = emulator().await;
    let address: SocketAddr = knock.url()["http://".len()..].parse().unwrap();
    let mut desk = Desk::signed_in(&knock).await;
    desk.show();
    trigger(&knock, "Before");
    desk.until("the toast", |desk| desk.toasts.len() == 1).await;
    knock.stop().await;
    // With the same seed its first item would be called as the first one was.
    let config = Config {
        seed: 1,
        ..Config::default()
    };
    let knock = Server::start(config, address).await.unwrap();
    trigger(&knock, "Meanwhile");
    desk.until("what came meanwhile", |desk| {
        toasted(desk, "Meanwhile") == 1
    })
    .await;
    trigger(&knock, "After");
    desk.until("what came after", |desk| {
        desk.face() == Some(Face::Count(2))
            && desk.rows().is_some_and(|rows| rows.len() == 2)
            && toasted(desk, "After") == 1
    })
    .await;
    for message in ["Before", "Meanwhile", "After"] {
        assert_eq!(toasted(&desk, message), 1, "{message}: {desk:?}");
    }
}

/// How the app is expected to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Back {
    ByItself,
    /// When the server tells of the next item, since it never told of the one before.
    WithNextNews,
    /// When the fault ends, which it does once the app says that it is offline.
    Offline,
    /// When the system says that the network is back.
    Woken,
}

/// Triggers an item before something goes wrong, one while it does and one when it is over: each is in the list and
/// toasted once, and the number is right.
async fn check(fault: &str, back: Back, begin: impl FnOnce(&mut Emulator, time::OffsetDateTime)) {
    let knock = emulator().await;
    let mut desk = Desk::signed_in(&knock).await;
    desk.show();
    trigger(&knock, "Before");
    desk.until("what came before", |desk| toasted(desk, "Before") == 1)
        .await;

    let began = Instant::now();
    knock.with(begin);
    trigger(&knock, "Meanwhile");
    match back {
        Back::ByItself | Back::WithNextNews => {}
        Back::Offline => {
            desk.until("it is offline", |desk| {
                desk.connection() == Some(ConnectionState::Offline)
            })
            .await;
        }
        Back::Woken => desk.notifier().send(Event::Woke),
    }
    if back == Back::Offline {
        knock.with(|knock, _| knock.end_faults());
        desk.act(Action::Retry);
    }
    if back != Back::WithNextNews {
        desk.until(&format!("{fault}: what came meanwhile"), |desk| {
            toasted(desk, "Meanwhile") == 1
        })
        .await;
    }
    desk.until(&format!("{fault}: the connection"), |desk| {
        desk.connection() == Some(ConnectionState::Connected)
    })
    .await;
    eventually(&format!("{fault}: the join"), || joined(&knock)).await;
    trigger(&knock, "After");
    desk.until(&format!("{fault}: what came after"), |desk| {
        desk.face() == Some(Face::Count(3))
            && desk.rows().is_some_and(|rows| rows.len() == 3)
            && desk.toasts.len() >= 3
    })
    .await;
    println!("{fault}: current after {:?}", began.elapsed());

    // A mark goes there and back; whatever would be shown twice has been by then.
    let first = messages(&knock)[0]["id"].as_str().unwrap().to_owned();
    desk.act(Action::Mark {
        ids: vec![first.as_str().into()],
        mark: Mark::Read,
    });
    eventually("the mark arrived", || {
        messages(&knock)[0]["read_at"].is_string()
    })
    .await;
    desk.act(Action::Retry);
    desk.until(&format!("{fault}: the number after a mark"), |desk| {
        desk.face() == Some(Face::Count(2)) && desk.connection() == Some(ConnectionState::Connected)
    })
    .await;
    for message in ["Before", "Meanwhile", "After"] {
        assert_eq!(toasted(&desk, message), 1, "{fault}, {message}: {desk:?}");
    }
    assert_eq!(desk.toasts.len(), 3, "{fault}: {desk:?}");
}

/// How many toasts say this.
fn toasted(desk: &Desk, message: &str) -> usize {
    let says = |toast: &&doorbell_notifier::Toast| toast.body.contains(message);
    desk.toasts.iter().filter(says).count()
}

fn joined(knock: &Running) -> bool {
    knock.with(|knock, _| knock.joined(&Config::default().user_id)) > 0
}
