use std::{fmt, io};

use serde::{Serialize, de::DeserializeOwned};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};

/// Longest line that goes through the door, in bytes, without its end.
pub const MAX_LINE: usize = 1024 * 1024;

/// Reads values from JSON lines. Dropping a pending [`Lines::next`] loses nothing.
#[derive(Debug)]
pub(super) struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
}

/// Why the other side is not worth listening to any more.
#[derive(Debug)]
pub enum LineError {
    TooLong,
    /// No JSON, or no value that can come from that side. It keeps the place, not the contents.
    Malformed {
        column: usize,
    },
    Io(io::Error),
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader: BufReader::new(reader),
            line: Vec::new(),
        }
    }

    /// The next value, or none when the other side has ended.
    pub(super) async fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, LineError> {
        loop {
            let part = self.reader.fill_buf().await.map_err(LineError::Io)?;
            if part.is_empty() {
                return match self.line.is_empty() {
                    true => Ok(None),
                    false => Err(LineError::Malformed {
                        column: self.line.len(),
                    }),
                };
            }
            let end = part.iter().position(|&b| b == b'\n');
            let taken = end.unwrap_or(part.len());
            if self.line.len() + taken > MAX_LINE {
                return Err(LineError::TooLong);
            }
            self.line.extend_from_slice(&part[..taken]);
            self.reader.consume(end.map_or(taken, |end| end + 1));
            if end.is_some() {
                let value =
                    serde_json::from_slice(&self.line).map_err(|error| LineError::Malformed {
                        column: error.column(),
                    });
                self.line.clear();
                return value.map(Some);
            }
        }
    }
}

/// Writes the value as one line.
pub(super) async fn write<T: Serialize>(
    to: &mut (impl AsyncWrite + Unpin),
    value: &T,
) -> Result<(), LineError> {
    let mut line = serde_json::to_vec(value).map_err(|error| LineError::Io(error.into()))?;
    if line.len() > MAX_LINE {
        return Err(LineError::TooLong);
    }
    line.push(b'\n');
    to.write_all(&line).await.map_err(LineError::Io)
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "a line of more than {MAX_LINE} bytes"),
            Self::Malformed { column } => {
                write!(f, "a line that makes no sense from column {column}")
            }
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LineError {}

#[cfg(test)]
mod tests {
    use super::{super::protocol::*, *};
    use doorbell_notifier::Action;

    async fn read(text: &[u8]) -> Vec<Result<Option<ToResident>, String>> {
        let mut lines = Lines::new(text);
        let mut read = Vec::new();
        loop {
            let next = lines.next().await.map_err(|error| error.to_string());
            let last = !matches!(next, Ok(Some(_)));
            read.push(next);
            if last {
                return read;
            }
        }
    }

    #[tokio::test]
    async fn what_is_written_is_read() {
        let said = [
            ToResident::Hello {
                version: "0.1.0".into(),
                role: Role::Window,
                activation_token: Some("t".into()),
            },
            ToResident::Do(Action::OpenWindow),
            ToResident::Status,
        ];
        let mut wire = Vec::new();
        for value in &said {
            write(&mut wire, value).await.unwrap();
        }
        let mut expected: Vec<_> = said.into_iter().map(|value| Ok(Some(value))).collect();
        expected.push(Ok(None));
        assert_eq!(read(&wire).await, expected);
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_is_refused_before_it_is_kept() {
        let wire = vec![b'x'; MAX_LINE + 1];
        assert_eq!(
            read(&wire).await,
            [Err("a line of more than 1048576 bytes".to_owned())]
        );
    }

    #[tokio::test]
    async fn a_line_of_the_greatest_length_is_read() {
        let mut wire = b"{\"kind\":\"status\"".to_vec();
        wire.resize(MAX_LINE - 1, b' ');
        wire.extend_from_slice(b"}\n");
        assert_eq!(read(&wire).await, [Ok(Some(ToResident::Status)), Ok(None)]);
    }

    #[tokio::test]
    async fn nonsense_is_refused_without_being_repeated() {
        for text in [
            "pk_secret\n",
            "{\"kind\":\"stored\"}\n",
            "{\"kind\":\"do\",\"body\":{\"do\":\"pk_secret\"}}\n",
            "\n",
            "{\"kind\":",
        ] {
            let read = read(text.as_bytes()).await;
            let Err(words) = &read[0] else {
                panic!("{text:?} was read as {read:?}")
            };
            assert!(!words.contains("pk_secret"), "{words}");
        }
    }

    #[tokio::test]
    async fn a_later_version_may_say_more_in_its_hello() {
        let text = b"{\"kind\":\"hello\",\"body\":{\"version\":\"9.9.9\",\"role\":\"command\",\"activation_token\":null,\"mood\":1}}\n";
        let hello = ToResident::Hello {
            version: "9.9.9".into(),
            role: Role::Command,
            activation_token: None,
        };
        assert_eq!(read(text).await[0], Ok(Some(hello)));
    }
}
