//! What can go wrong between a request and its answer.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

/// A request that did not do what it asked for.
///
/// `Display` prints no message of the server: it may repeat what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// 401: the key or the user token does not open the door.
    Unauthorized {
        /// Knock's name for it, such as `invalid_user_token`.
        code: String,
    },
    /// 403: the key or the user token is good, but not for this.
    Forbidden {
        /// Knock's name for it, such as `incorrect_token_type`.
        code: String,
    },
    /// 404.
    NotFound {
        /// Knock's name for it, such as `resource_missing`.
        code: String,
    },
    /// Any other 4xx: sending it again would not help.
    Invalid {
        /// Knock's name for it, such as `invalid_params`.
        code: String,
        /// What the server says about it, at most 300 characters; it may repeat what was sent.
        message: String,
    },
    /// 429.
    RateLimited {
        /// How long the server asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// 5xx, or 408: the server could not, for now.
    Server {
        /// Of HTTP.
        status: u16,
        /// How long the server asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// No answer at all; the text says why, without a URL.
    Unreachable(String),
    /// The body is larger than [`crate::api::MAX_BODY_BYTES`].
    TooLarge,
    /// An answer that is not Knock's; the text says why, without its contents.
    Malformed(String),
}

impl Failure {
    /// Reads an answer whose status is not 2xx.
    pub fn from_response(status: u16, retry_after: Option<Duration>, body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let code = code(&body);
        match status {
            401 => Self::Unauthorized { code },
            403 => Self::Forbidden { code },
            404 => Self::NotFound { code },
            429 => Self::RateLimited { retry_after },
            408 | 500..=599 => Self::Server {
                status,
                retry_after,
            },
            400..=499 => Self::Invalid {
                code,
                message: message(&body),
            },
            _ => Self::Malformed(format!("unexpected status {status}")),
        }
    }

    /// Whether the same request may succeed later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::RateLimited { .. } | Self::Server { .. } | Self::Unreachable(_) => true,
            Self::Unauthorized { .. }
            | Self::Forbidden { .. }
            | Self::NotFound { .. }
            | Self::Invalid { .. }
            | Self::TooLarge
            | Self::Malformed(_) => false,
        }
    }

    /// Whether only other credentials can help.
    pub fn requires_sign_in(&self) -> bool {
        match self {
            Self::Unauthorized { .. } | Self::Forbidden { .. } => true,
            Self::NotFound { .. }
            | Self::Invalid { .. }
            | Self::RateLimited { .. }
            | Self::Server { .. }
            | Self::Unreachable(_)
            | Self::TooLarge
            | Self::Malformed(_) => false,
        }
    }

    /// How long the server asked to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } | Self::Server { retry_after, .. } => *retry_after,
            Self::Unauthorized { .. }
            | Self::Forbidden { .. }
            | Self::NotFound { .. }
            | Self::Invalid { .. }
            | Self::Unreachable(_)
            | Self::TooLarge
            | Self::Malformed(_) => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthorized { code } => {
                write!(f, "the server refused the key or the user token ({code})")
            }
            Self::Forbidden { code } => {
                write!(f, "the key or the user token does not allow this ({code})")
            }
            Self::NotFound { code } => {
                write!(f, "the server does not know what was asked for ({code})")
            }
            Self::Invalid { code, .. } => {
                write!(f, "the server found the request invalid ({code})")
            }
            Self::RateLimited { .. } => write!(f, "the server asks for fewer requests"),
            Self::Server { status, .. } => write!(f, "the server failed with status {status}"),
            Self::Unreachable(why) => write!(f, "the server cannot be reached: {why}"),
            Self::TooLarge => write!(f, "the answer is too large"),
            Self::Malformed(why) => write!(f, "the answer makes no sense: {why}"),
        }
    }
}

impl std::error::Error for Failure {}

/// The error code of the body if it looks like one, since it goes into logs.
fn code(body: &Value) -> String {
    body["code"]
        .as_str()
        .filter(|code| !code.is_empty() && code.len() <= MAX_CODE_BYTES)
        .filter(|code| {
            code.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        })
        .unwrap_or(NO_CODE)
        .to_owned()
}

fn message(body: &Value) -> String {
    let text = body["message"].as_str().unwrap_or_default();
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_MESSAGE_CHARS)
        .collect()
}

const NO_CODE: &str = "no code";
const MAX_CODE_BYTES: usize = 64;
const MAX_MESSAGE_CHARS: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, body: &str, expected: Failure) {
        assert_eq!(
            Failure::from_response(status, Some(Duration::from_secs(3)), body.as_bytes()),
            expected
        );
    }

    #[test]
    fn the_status_says_what_can_be_done() {
        let body = r#"{"code":"api_key_missing","message":"no\nkey","status":401,"type":"authentication_error"}"#;
        let code = || "api_key_missing".to_owned();
        let retry_after = Some(Duration::from_secs(3));
        check(401, body, Failure::Unauthorized { code: code() });
        check(403, body, Failure::Forbidden { code: code() });
        check(404, body, Failure::NotFound { code: code() });
        check(
            422,
            body,
            Failure::Invalid {
                code: code(),
                message: "no key".into(),
            },
        );
        check(429, body, Failure::RateLimited { retry_after });
        check(
            503,
            body,
            Failure::Server {
                status: 503,
                retry_after,
            },
        );
        check(
            408,
            body,
            Failure::Server {
                status: 408,
                retry_after,
            },
        );
        check(
            302,
            body,
            Failure::Malformed("unexpected status 302".into()),
        );
    }

    #[test]
    fn a_body_that_is_no_error_still_names_the_failure() {
        for body in [
            "",
            "<html>",
            "[]",
            "null",
            r#"{"code":7}"#,
            r#"{"code":"Bearer pk_test_1"}"#,
        ] {
            check(
                401,
                body,
                Failure::Unauthorized {
                    code: "no code".into(),
                },
            );
        }
    }

    #[test]
    fn only_what_may_pass_by_itself_is_transient() {
        for (status, transient, sign_in) in [
            (401, false, true),
            (403, false, true),
            (404, false, false),
            (422, false, false),
            (429, true, false),
            (500, true, false),
        ] {
            let failure = Failure::from_response(status, None, b"");
            assert_eq!(
                (failure.is_transient(), failure.requires_sign_in()),
                (transient, sign_in),
                "{status}"
            );
        }
        assert!(Failure::Unreachable("no route".into()).is_transient());
        assert!(!Failure::TooLarge.is_transient());
    }

    #[test]
    fn the_servers_own_words_stay_out_of_the_log() {
        let failure = Failure::from_response(
            422,
            None,
            br#"{"code":"invalid_params","message":"user ada@example.test"}"#,
        );
        assert_eq!(
            failure.to_string(),
            "the server found the request invalid (invalid_params)"
        );
    }
}
