//! Reads a transcript: one JSON object a line, as described in this directory's README.

use serde_json::Value;

/// One line that matters to a replay.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Milliseconds since the start of the scenario.
    pub(crate) at: u64,
    /// The TCP connection, counted from 1; notes have none.
    pub(crate) connection: Option<u64>,
    pub(crate) what: What,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    /// The client library started to connect; `1` means a new client.
    Attempt(u64),
    /// The attempt came to nothing before the server had answered it, or as the server refused it.
    Unreachable,
    /// The server answered the upgrade.
    Upgraded {
        status: u16,
    },
    /// A text frame of the client.
    Client(Value),
    /// A text frame of the server, exactly.
    Server(String),
    /// A ping, pong or binary frame of the server.
    Traffic,
    /// A close frame of the server, or the end of its half of TCP.
    ServerClose {
        code: Option<u16>,
    },
    /// The client's WebSocket reported the end of a connection that no close frame ended.
    Cut,
    /// A close frame of the client.
    ClientClose {
        reason: String,
    },
    /// The application left a topic.
    Leave(String),
    /// The application joined a topic again, with other parameters.
    Join {
        topic: String,
        params: Value,
    },
    /// The client's process was stopped or continued by its operating system.
    Suspended,
    Continued,
    /// The client library told its application something.
    Report(String),
}

pub(crate) fn read(name: &str) -> Vec<Entry> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transcripts");
    let text = std::fs::read_to_string(format!("{directory}/{name}.jsonl")).expect("it exists");
    text.lines().filter_map(entry).collect()
}

fn entry(line: &str) -> Option<Entry> {
    let line: Value = serde_json::from_str(line).expect("a line is JSON");
    let data = &line["data"];
    let is_servers = line["dir"] == "server>client" || data["from"] == "server";
    if is_servers && line["dropped"] == true {
        return None;
    }
    let what = match line["dir"].as_str().expect("every line has one") {
        "note" => note(data.as_str().expect("a note is text"))?,
        "http" => What::Upgraded {
            status: u16::try_from(data["response"]["status"].as_u64()?).expect("an HTTP status"),
        },
        "client>server" if line["op"] == "text" => {
            let text = data.as_str().expect("a text frame");
            What::Client(serde_json::from_str(text).expect("the client sends JSON"))
        }
        // Answering a ping is the WebSocket's business, not the channel client's.
        "client>server" => return None,
        "server>client" if line["op"] == "text" => {
            What::Server(data.as_str().expect("a text frame").into())
        }
        "server>client" => What::Traffic,
        "close" => close(data)?,
        other => panic!("unknown direction {other}"),
    };
    Some(Entry {
        at: line["t_ms"].as_u64().expect("every line has a time"),
        connection: line["conn"].as_u64(),
        what,
    })
}

fn note(text: &str) -> Option<What> {
    let (speaker, said) = text.split_once(": ")?;
    if !speaker.starts_with("client") {
        return None;
    }
    if let Some(number) = said.strip_prefix("connection attempt ") {
        return Some(What::Attempt(number.parse().expect("a number")));
    }
    if let Some(topic) = said.strip_prefix("channel leave ") {
        return Some(What::Leave(topic.into()));
    }
    if said.starts_with("process is suspended") {
        return Some(What::Suspended);
    }
    if said == "process goes on" {
        return Some(What::Continued);
    }
    // What follows these is the client library's own wording. A channel's error or close without a
    // payload is not the server's: the connection was lost, or the topic left.
    let events = [
        ("channel onError {", "channel errored"),
        ("channel onClose {", "channel closed"),
        ("exception in the message handler", "garbage"),
    ];
    if let Some((_, name)) = events.iter().find(|(start, _)| said.starts_with(start)) {
        return Some(What::Report((*name).into()));
    }
    if let Some(event) = said.strip_suffix(" push timeout") {
        return Some(What::Report(format!("{event} unanswered")));
    }
    if said == "join timeout" {
        return Some(What::Report("join timed out".into()));
    }
    let is_reply = said
        .split_once(" reply ")
        .is_some_and(|(_, reply)| reply.starts_with("ok {") || reply.starts_with("error {"));
    let is_report = ["join ok ", "join error ", "new-message delivered "]
        .iter()
        .any(|start| said.starts_with(start));
    (is_report || is_reply).then(|| What::Report(said.into()))
}

fn close(data: &Value) -> Option<What> {
    let code = data["code"].as_u64();
    let code = code.map(|code| u16::try_from(code).expect("a close code"));
    match (data["from"].as_str()?, data["kind"].as_str()?) {
        ("server", "close-frame" | "tcp-fin" | "tcp-rst") => Some(What::ServerClose { code }),
        ("client", "close-frame") => Some(What::ClientClose {
            reason: data["reason"].as_str().unwrap_or_default().into(),
        }),
        ("client-api", "error-event") => Some(What::Unreachable),
        ("client-api", "close-event") if code == Some(1006) => Some(What::Cut),
        _ => None,
    }
}
