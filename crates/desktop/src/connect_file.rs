use std::{
    fmt, io,
    io::Read,
    path::{Path, PathBuf},
};

use doorbell_knock::Draft;
use serde_json::Value;

/// Why `--connect` cannot use its file. It repeats nothing of what the file says.
#[derive(Debug)]
pub enum ConnectFileError {
    Unreadable(PathBuf, io::Error),
    TooLong,
    /// It is no JSON object, from this line on.
    NotJson {
        line: usize,
    },
    /// A field that is no text.
    NotText,
    /// It names where tokens come from, which only the settings may.
    TokenSource,
}

/// Reads what signing in needs from a JSON file, or from standard input when the path is `-`.
///
/// Its fields are `public_key`, `user_id`, `feed_id`, and, where they are needed, `user_token` and `host`,
/// which may be called `url`. Others are left aside. It may have 64 KiB.
///
/// A file with `token_command` or `token_url` is refused: it comes from somebody else, who could run a program here with it.
pub fn read(path: &Path) -> Result<Draft, ConnectFileError> {
    let unreadable = |error| ConnectFileError::Unreadable(path.to_owned(), error);
    let mut text = Vec::new();
    let limit = MAX_BYTES as u64 + 1;
    match path.as_os_str() == "-" {
        true => io::stdin().take(limit).read_to_end(&mut text),
        false => std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut text)),
    }
    .map_err(unreadable)?;
    parse(&text)
}

fn parse(text: &[u8]) -> Result<Draft, ConnectFileError> {
    if text.len() > MAX_BYTES {
        return Err(ConnectFileError::TooLong);
    }
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let value = serde_json::from_slice(text)
        .map_err(|error| ConnectFileError::NotJson { line: error.line() })?;
    let Value::Object(mut fields) = value else {
        return Err(ConnectFileError::NotJson { line: 1 });
    };
    if TOKEN_SOURCES.iter().any(|name| fields.contains_key(*name)) {
        return Err(ConnectFileError::TokenSource);
    }
    let empty = |value: &Value| value.is_null() || value.as_str() == Some("");
    if fields.get("host").is_none_or(empty)
        && let Some(url) = fields.remove("url")
    {
        fields.insert("host".to_owned(), url);
    }
    serde_json::from_value(Value::Object(fields)).map_err(|_| ConnectFileError::NotText)
}

impl fmt::Display for ConnectFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(path, error) => {
                write!(f, "{} cannot be read: {error}", path.display())
            }
            Self::TooLong => write!(
                f,
                "the connect file is longer than {} KiB",
                MAX_BYTES / 1024
            ),
            Self::NotJson { line } => write!(
                f,
                "the connect file must be a JSON object with public_key, user_id and feed_id; it is not from line {line} on"
            ),
            Self::NotText => {
                f.write_str("every field of the connect file must be a text in quotes")
            }
            Self::TokenSource => f.write_str(
                "a connect file must not say where tokens come from; token_command and token_url belong in the settings file",
            ),
        }
    }
}

impl std::error::Error for ConnectFileError {}

const MAX_BYTES: usize = 64 * 1024;
const TOKEN_SOURCES: [&str; 2] = ["token_command", "token_url"];

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(host: &str) -> Draft {
        Draft {
            public_key: "pk_test_1".into(),
            user_id: "u".into(),
            feed_id: "f".into(),
            user_token: String::new(),
            host: host.into(),
        }
    }

    #[track_caller]
    fn check(text: &str, expected: Draft) {
        assert!(parse(text.as_bytes()).unwrap() == expected);
    }

    #[test]
    fn fields_that_are_not_needed_may_be_left_out_and_others_stand_there() {
        check(
            r#"{"public_key":"pk_test_1","user_id":"u","feed_id":"f"}"#,
            draft(""),
        );
        check(
            r#"{"public_key":"pk_test_1","user_id":"u","feed_id":"f","user_token":null,"secret_key":7,"pid":3}"#,
            draft(""),
        );
    }

    #[test]
    fn the_host_may_be_called_url() {
        check(
            r#"{"public_key":"pk_test_1","user_id":"u","feed_id":"f","url":"http://x"}"#,
            draft("http://x"),
        );
        check(
            r#"{"public_key":"pk_test_1","user_id":"u","feed_id":"f","url":"http://x","host":""}"#,
            draft("http://x"),
        );
        check(
            r#"{"public_key":"pk_test_1","user_id":"u","feed_id":"f","url":"http://x","host":"http://y"}"#,
            draft("http://y"),
        );
    }

    #[test]
    fn a_file_with_a_byte_order_mark_is_read() {
        check(
            "\u{feff}{\"public_key\":\"pk_test_1\",\"user_id\":\"u\",\"feed_id\":\"f\"}",
            draft(""),
        );
    }

    #[test]
    fn nothing_of_a_bad_file_is_repeated() {
        for text in [
            "pk_test_1",
            "[\"pk_test_1\"]",
            "{\"public_key\": pk_test_1}",
            "{\"public_key\":[\"pk_test_1\"]}",
            "",
        ] {
            let words = parse(text.as_bytes()).unwrap_err().to_string();
            assert!(words.contains("connect file"), "{words}");
            assert!(!words.contains("pk_test_1"), "{words}");
        }
    }

    #[test]
    fn a_file_that_says_where_tokens_come_from_is_refused() {
        for source in [
            r#""token_command":["sh","-c","rm -r /"]"#,
            r#""token_command":"""#,
            r#""token_url":"https://a.test""#,
            r#""token_url":null"#,
        ] {
            let text =
                format!(r#"{{"public_key":"pk_test_1","user_id":"u","feed_id":"f",{source}}}"#);
            let words = parse(text.as_bytes()).unwrap_err().to_string();
            assert!(words.contains("belong in the settings file"), "{words}");
        }
    }

    #[test]
    fn a_file_that_is_too_long_is_refused() {
        let mut text = b"{}".to_vec();
        text.resize(MAX_BYTES, b' ');
        assert!(parse(&text).is_ok());
        text.push(b' ');
        assert!(matches!(parse(&text), Err(ConnectFileError::TooLong)));
    }

    #[test]
    fn a_missing_file_is_named() {
        let words = read(Path::new("/nonexistent/connect.json"))
            .unwrap_err()
            .to_string();
        assert!(
            words.starts_with("/nonexistent/connect.json cannot be read"),
            "{words}"
        );
    }
}
