//! WebSocket frames by hand: a library would not send what some recorded clients sent.

use std::io::{self, Read, Write};

use serde_json::{Value, json};

/// What a server sends on an open WebSocket.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Heard {
    /// Text as JSON, or what else it is.
    Text(Value),
    Binary,
    Pong(String),
    Close(Option<u16>),
}

/// One frame as a transcript has it, masked unless it says otherwise.
pub(crate) fn frame(entry: &Value) -> Vec<u8> {
    let code = match entry["op"].as_str().unwrap() {
        "continuation" => 0,
        "text" => 1,
        "binary" => 2,
        "ping" => 9,
        "pong" => 10,
        other => other.strip_prefix("opcode ").unwrap().parse().unwrap(),
    };
    let payload = match &entry["data"] {
        Value::String(text) => text.as_bytes().to_vec(),
        data => base64(data["base64"].as_str().unwrap()),
    };
    let fin = if entry["fin"] == false { 0 } else { 0x80 };
    let reserved = u8::try_from(entry["rsv"].as_u64().unwrap_or_default()).unwrap() << 4;
    encoded(fin | reserved | code, &payload, entry["unmasked"] != true)
}

pub(crate) fn text(text: &str) -> Vec<u8> {
    encoded(0x81, text.as_bytes(), true)
}

pub(crate) fn close(data: &Value) -> Vec<u8> {
    let mut payload = Vec::new();
    if let Some(code) = data["code"].as_u64() {
        payload.extend(u16::try_from(code).unwrap().to_be_bytes());
        payload.extend(data["reason"].as_str().unwrap_or_default().bytes());
    }
    encoded(0x88, &payload, true)
}

fn encoded(first: u8, payload: &[u8], masked: bool) -> Vec<u8> {
    let mut frame = vec![first];
    let mask_bit = if masked { 0x80 } else { 0 };
    match payload.len() {
        length @ 0..=125 => frame.push(mask_bit | u8::try_from(length).unwrap()),
        length @ 126..=0xffff => {
            frame.push(mask_bit | 126);
            frame.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
        length => {
            frame.push(mask_bit | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    // A mask of zeros changes nothing.
    if masked {
        frame.extend([0; 4]);
    }
    frame.extend(payload);
    frame
}

/// The next frame; `None` at the end of the connection.
pub(crate) fn hear(stream: &mut impl Read) -> Option<Heard> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).ok()?;
    let length = match head[1] & 0x7f {
        126 => {
            let mut length = [0; 2];
            stream.read_exact(&mut length).ok()?;
            usize::from(u16::from_be_bytes(length))
        }
        127 => {
            let mut length = [0; 8];
            stream.read_exact(&mut length).ok()?;
            usize::try_from(u64::from_be_bytes(length)).ok()?
        }
        length => usize::from(length),
    };
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).ok()?;
    let text = || String::from_utf8_lossy(&payload).into_owned();
    Some(match head[0] & 0x0f {
        1 => Heard::Text(serde_json::from_slice(&payload).unwrap_or_else(|_| json!(text()))),
        2 => Heard::Binary,
        8 => Heard::Close(payload.first_chunk().map(|code| u16::from_be_bytes(*code))),
        10 => Heard::Pong(text()),
        other => panic!("the emulator sent a frame of kind {other}"),
    })
}

/// Sends a request as recorded; the status of the answer, whose head is read and no more.
pub(crate) fn upgrade(
    stream: &mut (impl Read + Write),
    request: &Value,
    target: &str,
) -> io::Result<u16> {
    let mut head = format!(
        "{} {target} HTTP/1.1\r\n",
        request["method"].as_str().unwrap()
    );
    for header in request["headers"].as_array().unwrap() {
        head += &format!(
            "{}: {}\r\n",
            header[0].as_str().unwrap(),
            header[1].as_str().unwrap()
        );
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        answer.push(byte[0]);
    }
    let status = String::from_utf8_lossy(&answer[9..12]).into_owned();
    status.parse().map_err(io::Error::other)
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap()
}
