//! The emulator answers as a recorded Phoenix server did: `transcripts/README.md`.
//!
//! The client side of each recording is sent over loopback, byte for byte but for credentials, and the
//! answers are compared. What differs is listed with its reason in `transcripts/differences.txt`; what is
//! listed and does not differ fails as well.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]

#[path = "replay/wire.rs"]
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use doorbell_emulator::{Config, Running, Server, SigningKey};
use serde_json::{Value, json};
use wire::Heard;

/// One line of a transcript, with its number.
type Line = (usize, Value);

/// One connection of a recording.
#[derive(Default)]
struct Recorded {
    request: Option<Value>,
    /// The status that answered the request, and its line.
    status: Option<(usize, u16)>,
    /// What the client sent, in order.
    client: Vec<Line>,
    /// What the server sent, in order; the recorded application's own is left out.
    server: Vec<(usize, Heard)>,
    /// Who said first that it is over.
    server_ended: bool,
    /// Lines at which the recorded server was told to do something.
    acts: Vec<usize>,
}

fn connections(name: &str) -> BTreeMap<u64, Recorded> {
    let mut acts = Vec::new();
    let mut connections: BTreeMap<u64, Recorded> = BTreeMap::new();
    for (number, line) in lines(name) {
        let Some(connection) = line["conn"].as_u64() else {
            if line["data"]
                .as_str()
                .is_some_and(|note| note.starts_with("server: "))
            {
                acts.push(number);
            }
            continue;
        };
        let recorded = connections.entry(connection).or_default();
        recorded.acts.clone_from(&acts);
        let data = &line["data"];
        let by_server = line["dir"] == "server>client" || data["from"] == "server";
        match line["dir"].as_str().unwrap() {
            "http" if data["request"].is_object() => {
                recorded.request = Some(data["request"].clone())
            }
            "http" => {
                let status = data["response"]["status"].as_u64().unwrap();
                recorded.status = Some((number, u16::try_from(status).unwrap()));
            }
            // It was recorded, but did not reach the server.
            _ if line["dropped"] == true => {}
            "client>server" => recorded.client.push((number, line)),
            "server>client" => {
                let heard = match line["op"].as_str().unwrap() {
                    "text" => Heard::Text(
                        serde_json::from_str(data.as_str().unwrap_or("null")).unwrap_or_default(),
                    ),
                    "pong" => Heard::Pong(data.as_str().unwrap().to_owned()),
                    // The emulator sends none by itself.
                    "ping" => continue,
                    _ => Heard::Binary,
                };
                recorded.server.push((number, heard));
            }
            "close" if by_server && data["kind"] == "close-frame" => {
                let code = data["code"]
                    .as_u64()
                    .map(|code| u16::try_from(code).unwrap());
                let is_answer = recorded
                    .client
                    .last()
                    .is_some_and(|(_, last)| last["dir"] == "close");
                recorded.server_ended |= !is_answer;
                recorded.server.push((number, Heard::Close(code)));
            }
            "close" if by_server => {
                recorded.server_ended |= data["kind"] != "close-frame"
                    && recorded
                        .client
                        .last()
                        .is_none_or(|(_, last)| last["dir"] != "close")
            }
            // After the server's close frame it answers it, which proves nothing.
            "close" if data["from"] == "client" && !recorded.server_ended => {
                recorded.client.push((number, line))
            }
            _ => {}
        }
    }
    connections
}

fn lines(name: &str) -> Vec<Line> {
    let root = env!("CARGO_MANIFEST_DIR");
    let own = format!("{root}/tests/transcripts/{name}.jsonl");
    let text = std::fs::read_to_string(&own)
        .or_else(|_| {
            std::fs::read_to_string(format!("{root}/../phoenix/tests/transcripts/{name}.jsonl"))
        })
        .unwrap();
    let text = text.replace(OTHER_FEED, SAME_FEED);
    let line = |line| serde_json::from_str(line).unwrap();
    text.lines()
        .map(line)
        .zip(1..)
        .map(|(line, number)| (number, line))
        .collect()
}

/// What only the recorded server's application knows: its events, and what it answered or did on them.
fn without_its_application(recorded: &mut Recorded) {
    let Recorded { client, server, .. } = recorded;
    let mut own = BTreeSet::new();
    // Whom it lets join, and what it tells them then.
    client.retain(|(_, line)| {
        let frame: Option<Value> = line["data"]
            .as_str()
            .and_then(|text| serde_json::from_str(text).ok());
        let Some(frame) = frame.filter(|frame| frame[3] == "phx_join") else {
            return true;
        };
        let answer = server.iter_mut().find_map(|(at, heard)| match heard {
            Heard::Text(text) if text[1] == frame[1] && text[3] == "phx_reply" => Some((*at, text)),
            _ => None,
        });
        let Some((at, answer)) = answer else {
            return true;
        };
        if answer[4]["status"] == "ok" {
            answer[4]["response"] = json!({});
        }
        let reason = answer[4]["response"]["reason"].as_str();
        let is_decision =
            ["unauthorized", "unavailable", "join crashed"].contains(&reason.unwrap_or_default());
        if is_decision {
            server.retain(|(line, _)| *line != at);
        }
        !is_decision
    });
    for (number, line) in client.iter_mut() {
        let Some(frame) = line["data"]
            .as_str()
            .and_then(|text| serde_json::from_str::<Value>(text).ok())
        else {
            continue;
        };
        let is_application =
            frame.get(4).is_some() && APPLICATION.contains(&frame[3].as_str().unwrap_or_default());
        if !is_application {
            continue;
        }
        let answer = server.iter().position(|(_, heard)| {
            matches!(heard, Heard::Text(text) if text[1] == frame[1] && text[3] == "phx_reply")
        });
        let next = server
            .iter()
            .find(|(at, _)| at > number)
            .map(|(_, heard)| heard);
        match (answer.map(|index| &server[index].1), next) {
            // Nobody joined: that is for the server to say.
            (Some(Heard::Text(text)), _) if text[4]["response"]["reason"] == "unmatched topic" => {}
            // The channel crashed, as the emulator's does on every event that is none of its own.
            (None, Some(Heard::Text(text))) if text[3] == "phx_error" => {}
            // The channel ended: as if the client had left, but for the reply.
            (_, Some(Heard::Text(text))) if text[3] == "phx_close" || frame[3] == "stop_reply" => {
                line["data"] = json!([frame[0], SILENT, frame[2], "phx_leave", {}])
                    .to_string()
                    .into();
                answer.map(|index| server.remove(index));
            }
            _ => {
                own.insert(*number);
                answer.map(|index| server.remove(index));
            }
        }
    }
    client.retain(|(number, _)| !own.contains(number));
    server.retain(|(_, heard)| match heard {
        Heard::Text(text) => {
            ["phx_reply", "phx_error", "phx_close"].contains(&text[3].as_str().unwrap_or_default())
        }
        _ => true,
    });
}

/// Lets the client bring about what the recorded server was told to do to a channel, and leaves out what it
/// was told to do to a connection.
fn with_its_acts(recorded: &mut Recorded) {
    let Recorded {
        client,
        server,
        acts,
        ..
    } = recorded;
    let mut caused = Vec::new();
    server.retain(|(number, heard)| {
        let said = client
            .iter()
            .rfind(|(said, _)| said < number)
            .map_or(0, |(said, _)| *said);
        let is_act = acts.iter().any(|act| (said..*number).contains(act));
        match heard {
            Heard::Text(text) if is_act => {
                let event = match text[3].as_str() {
                    Some("phx_error") => "an event that crashes the channel",
                    Some("phx_close") => "phx_leave",
                    _ => return true,
                };
                let data = json!([text[0], SILENT, text[2], event, {}]).to_string();
                caused.push((
                    *number,
                    json!({"dir": "client>server", "op": "text", "data": data}),
                ));
                true
            }
            Heard::Close(_) => !is_act,
            _ => true,
        }
    });
    client.extend(caused);
    client.sort_by_key(|(number, _)| *number);
}

/// What the emulator sends back for the client side of one connection.
fn replay(running: &Running, recorded: &Recorded, target: &str) -> (u16, Vec<Heard>) {
    let address = running.url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let status = wire::upgrade(&mut stream, recorded.request.as_ref().unwrap(), target).unwrap();
    if status != 101 {
        return (status, Vec::new());
    }
    let mut said_goodbye = false;
    for (_, line) in &recorded.client {
        let bytes = match line["dir"] == "close" {
            false => wire::frame(line),
            true => {
                said_goodbye = true;
                let mut bytes = wire::text(&sentinel());
                match line["data"]["kind"] == "close-frame" {
                    true => bytes.extend(wire::close(&line["data"])),
                    false => drop(
                        stream
                            .write_all(&bytes)
                            .and_then(|()| stream.shutdown(Shutdown::Write)),
                    ),
                }
                bytes
            }
        };
        // Whoever was hung up on hears of it below.
        if stream.write_all(&bytes).is_err() || said_goodbye {
            break;
        }
    }
    if !said_goodbye {
        let _ = stream.write_all(&wire::text(&sentinel()));
    }
    let mut heard = Vec::new();
    while let Some(next) = wire::hear(&mut stream) {
        let is_sentinel = matches!(&next, Heard::Text(text) if text[1] == SENTINEL);
        let is_silent =
            matches!(&next, Heard::Text(text) if text[1] == SILENT && text[3] == "phx_reply");
        let is_close = matches!(next, Heard::Close(_));
        if !is_sentinel && !is_silent {
            heard.push(next);
        }
        if is_close || (is_sentinel && !said_goodbye) {
            break;
        }
    }
    (101, heard)
}

fn sentinel() -> String {
    json!([null, SENTINEL, "phoenix", "heartbeat", {}]).to_string()
}

/// The lines of the recording that the emulator does not answer as the recorded server did.
fn differences(name: &str, running: &Running) -> (usize, Vec<(usize, String)>) {
    let (mut compared, mut found) = (0, Vec::new());
    for (_, mut recorded) in connections(name) {
        let (Some(request), Some((line, status))) = (&recorded.request, recorded.status) else {
            continue;
        };
        let target = mapped(request["target"].as_str().unwrap(), running);
        if !target.starts_with("/ws/") && target != "/nope" {
            continue;
        }
        without_its_application(&mut recorded);
        with_its_acts(&mut recorded);
        let (our_status, heard) = replay(running, &recorded, &target);
        compared += 1;
        if our_status != status {
            found.push((line, format!("status {our_status}, recorded {status}")));
            continue;
        }
        let heard: Vec<Heard> = heard.into_iter().map(comparable).collect();
        let expected: Vec<(usize, Heard)> = recorded
            .server
            .into_iter()
            .map(|(line, heard)| (line, comparable(heard)))
            .collect();
        compared += expected.len();
        found.extend(compare(line, &expected, &heard));
    }
    (compared, found)
}

/// What is missing at its line, and what is there beside at the line before; as little of it as can be.
fn compare(start: usize, expected: &[(usize, Heard)], heard: &[Heard]) -> Vec<(usize, String)> {
    // The length of the longest common part of both from each place on.
    let mut common = vec![vec![0; heard.len() + 1]; expected.len() + 1];
    for e in (0..expected.len()).rev() {
        for h in (0..heard.len()).rev() {
            common[e][h] = match expected[e].1 == heard[h] {
                true => common[e + 1][h + 1] + 1,
                false => common[e + 1][h].max(common[e][h + 1]),
            };
        }
    }
    let (mut e, mut h, mut line, mut found) = (0, 0, start, Vec::new());
    while e < expected.len() || h < heard.len() {
        let is_same = e < expected.len() && h < heard.len() && expected[e].1 == heard[h];
        if is_same {
            line = expected[e].0;
            (e, h) = (e + 1, h + 1);
        } else if h == heard.len() || (e < expected.len() && common[e + 1][h] >= common[e][h + 1]) {
            line = expected[e].0;
            found.push((line, format!("not sent: {:?} ", expected[e].1)));
            e += 1;
        } else {
            found.push((line, format!("sent: {:?} ", heard[h])));
            h += 1;
        }
    }
    found
}

/// Phoenix 1.8 says why a channel crashed, 1.7 does not.
fn comparable(mut heard: Heard) -> Heard {
    if let Heard::Text(text) = &mut heard
        && text[3] == "phx_error"
    {
        text[4] = json!({});
    }
    heard
}

/// The recording's credentials are this environment's.
fn mapped(target: &str, running: &Running) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if query.is_empty() {
        return target.to_owned();
    }
    let token = running.with(|emulator, now| {
        let request = doorbell_emulator::Request {
            method: "POST".into(),
            path: "/_emulator/tokens".into(),
            body: json!({"user_id": "user_1"}).to_string().into(),
            ..Default::default()
        };
        let minted = emulator.request(&request, now).json();
        minted["token"].as_str().unwrap_or_default().to_owned()
    });
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some(("api_key", key)) if key.starts_with("pk_test_0000") => {
            format!("api_key={}", Config::default().public_key)
        }
        Some(("user_token", "token_1" | "a%2Bb%2Fc%3D%3D")) => format!("user_token={token}"),
        _ => pair.to_owned(),
    });
    format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
}

/// The differences that are known, by file and line.
fn known() -> BTreeMap<(String, usize), String> {
    include_str!("transcripts/differences.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (place, reason) = line.split_once(' ').unwrap();
            let (file, number) = place.split_once(':').unwrap();
            assert!(reason.len() > 10, "{place} has no reason");
            (
                (file.to_owned(), number.parse().unwrap()),
                reason.to_owned(),
            )
        })
        .collect()
}

#[test]
fn the_client_side_of_each_recording_is_answered_as_recorded_but_for_what_is_listed() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (mut all, mut found) = (0, BTreeMap::new());
    for (name, enhanced_security) in REPLAYED {
        let config = Config {
            feed_id: FEED.into(),
            enhanced_security: *enhanced_security,
            signing_key: enhanced_security.then(|| SigningKey::generate().unwrap()),
            ..Config::default()
        };
        let running = runtime
            .block_on(Server::start(config, "127.0.0.1:0".parse().unwrap()))
            .unwrap();
        let (compared, differences) = differences(name, &running);
        assert!(compared > 0, "{name}");
        all += compared;
        for (line, difference) in differences {
            let entry: &mut String = found.entry(((*name).to_owned(), line)).or_default();
            *entry += &difference;
        }
        runtime.block_on(running.stop());
    }
    let known = known();
    let new: Vec<_> = found
        .iter()
        .filter(|(place, _)| !known.contains_key(place))
        .collect();
    let gone: Vec<_> = known
        .keys()
        .filter(|place| !found.contains_key(place))
        .collect();
    let list = |places: &[(&(String, usize), &String)]| {
        let lines = places
            .iter()
            .map(|((file, line), what)| format!("{file}:{line} {what}\n"));
        lines.collect::<String>()
    };
    assert!(new.is_empty(), "new differences:\n{}", list(&new));
    assert!(gone.is_empty(), "listed, but no difference: {gone:#?}");
    assert!(all > 300, "{all} answers compared");
}

/// With 1.8 on Cowboy where recorded, else 1.7; whether a token is asked for.
const REPLAYED: &[(&str, bool)] = &[
    ("01-join-heartbeat-leave-v2", false),
    ("02-join-heartbeat-leave-v1", false),
    ("03-broadcast", false),
    ("04-push-replies", false),
    ("05-duplicate-join-client", false),
    ("06-duplicate-join-raw.phoenix-1.8", false),
    ("07-join-error", false),
    ("08-join-error-then-ok", false),
    ("09-connect-refused-403", true),
    ("10-upgrade-requests", true),
    ("11-channel-crash-rejoin.phoenix-1.8", false),
    ("12-channel-close", false),
    ("21-unmatched-topic", false),
    ("22-garbage-from-client", false),
    ("25-slow-join", false),
    ("27-control-frames", false),
    ("40-knock-fetch-and-realtime", false),
    ("41-knock-empty-feed", false),
    ("46-knock-two-feeds-one-channel", false),
    ("47-knock-reconnect", false),
    ("48-knock-unauthorized", true),
    ("50-knock-reauthenticate-logout", false),
    ("51-knock-join-error", false),
];

/// Events of the recording's test channel.
const APPLICATION: &[&str] = &[
    "ping",
    "fail",
    "ok_bare",
    "echo_push",
    "noreply",
    "slow",
    "no_such_event",
    "stop",
    "stop_reply",
    "raise",
    "size",
];

const FEED: &str = "11111111-2222-4333-8444-555555555555";

/// The emulator has one feed; a second one of the recording becomes a second user of it.
const OTHER_FEED: &str = "22222222-3333-4444-8555-666666666666:";
const SAME_FEED: &str = "11111111-2222-4333-8444-555555555555:other_";

const SENTINEL: &str = "sentinel";
const SILENT: &str = "silent";
const PATIENCE: Duration = Duration::from_secs(10);
