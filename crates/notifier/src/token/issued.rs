use std::{fmt, time::Duration};

use doorbell_knock::{BadSecret, Claims, UserToken, claims::numeric_date};
use serde_json::{Map, Value};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A token as its source gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    pub token: UserToken,
    /// What the token says of itself; nothing when it is no JWT.
    pub claims: Claims,
    /// When it ends: by its own word or its source's, whichever is earlier. `None` when neither says.
    pub expires_at: Option<OffsetDateTime>,
}

/// Why an answer holds no token. Nothing of the answer is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadAnswer {
    /// Nothing but white space.
    Empty,
    /// More than 64 KiB.
    TooLong,
    /// JSON without a text `token`.
    NoToken,
    /// A token of several words, or with characters that no header carries.
    Unprintable,
    /// A secret key, which belongs on a server.
    SecretKey,
}

impl Issued {
    /// Reads what a command printed or an address answered.
    ///
    /// Either the token alone, or a JSON object: `{"token": "…"}` (or `user_token`), with an end where it is known, as
    /// `expires_at` (RFC 3339, or seconds since 1970), `expires_in` (seconds from now) or `exp` (seconds since 1970).
    /// What else stands there is left aside, as is an end that cannot be read.
    ///
    /// # Errors
    /// When there is no token that could be sent.
    pub fn parse(answer: &[u8], now: OffsetDateTime) -> Result<Self, BadAnswer> {
        if answer.len() > MAX_BYTES {
            return Err(BadAnswer::TooLong);
        }
        let text = std::str::from_utf8(answer).map_err(|_| BadAnswer::Unprintable)?;
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let (token, stated) = match serde_json::from_str(text) {
            Ok(Value::Object(answer)) => (token(&answer)?, stated_end(&answer, now)),
            Ok(Value::String(token)) => (token, None),
            Ok(_) => return Err(BadAnswer::NoToken),
            // What begins like this is no token, only JSON that went wrong.
            Err(_) if text.starts_with(['{', '[', '"']) => return Err(BadAnswer::NoToken),
            Err(_) => (text.to_owned(), None),
        };
        if token.starts_with("sk_") {
            return Err(BadAnswer::SecretKey);
        }
        let token = UserToken::parse(&token).map_err(|why| match why {
            BadSecret::Empty => BadAnswer::Empty,
            BadSecret::Unprintable | BadSecret::NotPublicKey | BadSecret::SecretKey => {
                BadAnswer::Unprintable
            }
        })?;
        let claims = Claims::read(&token).unwrap_or_default();
        let expires_at = stated.into_iter().chain(claims.expires_at).min();
        Ok(Self {
            token,
            claims,
            expires_at,
        })
    }
}

fn token(answer: &Map<String, Value>) -> Result<String, BadAnswer> {
    let token = answer.get("token").or(answer.get("user_token"));
    match token.and_then(Value::as_str) {
        Some(token) => Ok(token.trim().to_owned()),
        None => Err(BadAnswer::NoToken),
    }
}

/// The end that the source states; the earliest, if it states several.
fn stated_end(answer: &Map<String, Value>, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let at = answer.get("expires_at").and_then(|at| match at.as_str() {
        Some(text) => OffsetDateTime::parse(text.trim(), &Rfc3339).ok(),
        None => numeric_date(at),
    });
    let within = answer.get("expires_in").and_then(|within| {
        let within = Duration::try_from_secs_f64(within.as_f64()?).ok()?;
        now.checked_add(within.try_into().ok()?)
    });
    let exp = answer.get("exp").and_then(numeric_date);
    [at, within, exp].into_iter().flatten().min()
}

impl fmt::Display for BadAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "gave nothing",
            Self::TooLong => "gave more than a token",
            Self::NoToken => "gave JSON without a token in it",
            Self::Unprintable => "gave something that is no token",
            Self::SecretKey => "gave a secret key instead of a user token",
        })
    }
}

impl std::error::Error for BadAnswer {}

pub(crate) const MAX_BYTES: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);
    /// `{"sub":"ada","exp":1772449200}`, which is 11 o'clock.
    const JWT: &str = "e30.eyJzdWIiOiJhZGEiLCJleHAiOjE3NzI0NDkyMDB9.x";
    const ELEVEN: OffsetDateTime = datetime!(2026-03-02 11:00 UTC);

    #[track_caller]
    fn gives(answer: &str, token: &str, expires_at: Option<OffsetDateTime>) {
        let issued = Issued::parse(answer.as_bytes(), NOW).expect(answer);
        assert_eq!(
            (issued.token.expose(), issued.expires_at),
            (token, expires_at),
            "{answer}"
        );
    }

    #[track_caller]
    fn is_none(answer: &[u8], expected: BadAnswer) {
        let words = String::from_utf8_lossy(answer);
        assert_eq!(
            Issued::parse(answer, NOW).unwrap_err(),
            expected,
            "{words:.40}"
        );
    }

    #[test]
    fn a_token_may_stand_alone() {
        gives(JWT, JWT, Some(ELEVEN));
        gives(&format!("\u{feff} {JWT}\r\n"), JWT, Some(ELEVEN));
        gives(&format!("\"{JWT}\"\n"), JWT, Some(ELEVEN));
        gives("opaque\n", "opaque", None);
        gives("12-34", "12-34", None);
    }

    #[test]
    fn a_token_in_json_may_have_an_end_in_four_spellings() {
        for end in [
            r#""expires_at": "2026-03-02T11:00:00Z""#,
            r#""expires_at": "2026-03-02T12:00:00+01:00""#,
            r#""expires_at": 1772449200"#,
            r#""expires_in": 3600"#,
            r#""expires_in": 3600.0"#,
            r#""exp": 1772449200"#,
        ] {
            gives(
                &format!(r#"{{"token": "opaque", {end}}}"#),
                "opaque",
                Some(ELEVEN),
            );
        }
        gives(r#"{"user_token": " opaque ", "x": []}"#, "opaque", None);
    }

    #[test]
    fn an_end_that_cannot_be_read_is_none() {
        for end in [
            r#""expires_at": "soon""#,
            r#""expires_at": null"#,
            r#""expires_in": -1"#,
            r#""expires_in": 1e300"#,
            r#""expires_in": "3600""#,
            r#""exp": {}"#,
        ] {
            gives(&format!(r#"{{"token": "opaque", {end}}}"#), "opaque", None);
        }
    }

    #[test]
    fn of_several_ends_the_earliest_counts() {
        gives(
            &format!(r#"{{"token": "{JWT}", "expires_in": 60}}"#),
            JWT,
            Some(datetime!(2026-03-02 10:01 UTC)),
        );
        gives(
            &format!(r#"{{"token": "{JWT}", "expires_in": 7200}}"#),
            JWT,
            Some(ELEVEN),
        );
    }

    #[test]
    fn what_holds_no_token_is_named_without_repeating_it() {
        is_none(b"", BadAnswer::Empty);
        is_none(b" \n", BadAnswer::Empty);
        is_none(br#"{"token": ""}"#, BadAnswer::Empty);
        is_none(&vec![b'a'; MAX_BYTES + 1], BadAnswer::TooLong);
        is_none(br#"{"access": "a"}"#, BadAnswer::NoToken);
        is_none(br#"{"token": 7}"#, BadAnswer::NoToken);
        is_none(br#"{"token": "a""#, BadAnswer::NoToken);
        is_none(b"[\"a\"]", BadAnswer::NoToken);
        is_none(b"null", BadAnswer::NoToken);
        is_none(b"two words", BadAnswer::Unprintable);
        is_none(b"first\nsecond", BadAnswer::Unprintable);
        is_none("tokén".as_bytes(), BadAnswer::Unprintable);
        is_none(b"\xff\xfe", BadAnswer::Unprintable);
        is_none(b"sk_test_1", BadAnswer::SecretKey);
    }
}
