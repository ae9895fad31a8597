//! What a user token says of itself.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;
use time::OffsetDateTime;

use crate::host::UserToken;
use crate::ids::UserId;

/// Whom a user token is for and how long it is good, as it says itself.
///
/// Nothing is verified: only the server has the key for that. What stands here tells when to ask for another token,
/// and never that a token is good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// `sub`: the user whom it is signed for.
    pub subject: Option<UserId>,
    /// `iat`: when it was signed, to the clock of whoever signed it.
    pub issued_at: Option<OffsetDateTime>,
    /// `exp`: from when on it is good no longer; without one it does not expire.
    pub expires_at: Option<OffsetDateTime>,
}

impl Claims {
    /// Reads the claims of a JWT; `None` when the token is no JWT.
    ///
    /// `exp` and `iat` are seconds since 1970, with or without a fraction (RFC 7519). A claim of another type, or a
    /// time beyond the year 9999, such as one given in milliseconds, counts as not there: no server that reads seconds
    /// would let it end sooner.
    pub fn read(token: &UserToken) -> Option<Self> {
        let mut parts = token.expose().split('.');
        let (Some(_), Some(payload), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let Ok(Value::Object(claims)) = serde_json::from_slice(&BASE64.decode(payload).ok()?)
        else {
            return None;
        };
        Some(Self {
            subject: claims
                .get("sub")
                .and_then(|subject| UserId::parse(subject.as_str()?).ok()),
            issued_at: claims.get("iat").and_then(numeric_date),
            expires_at: claims.get("exp").and_then(numeric_date),
        })
    }
}

/// The time that a JSON number of seconds since 1970 means; `None` for anything else, and beyond the year 9999.
///
/// Source: RFC 7519, "NumericDate".
pub fn numeric_date(seconds: &Value) -> Option<OffsetDateTime> {
    if let Some(seconds) = seconds.as_i64() {
        return OffsetDateTime::from_unix_timestamp(seconds).ok();
    }
    // What does not fit is cut off at the ends of the range, which no date reaches.
    let nanoseconds = seconds.as_f64()? * 1e9;
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds as i128).ok()
}

/// Some signers pad, against the specification.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use time::macros::datetime;

    use super::*;

    /// A token with this payload, signed by nobody.
    fn token(payload: &str) -> UserToken {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let text = format!(
            "{}.{}.x",
            part(r#"{"alg":"RS256","typ":"JWT"}"#),
            part(payload)
        );
        UserToken::parse(&text).unwrap()
    }

    #[track_caller]
    fn expires(payload: &str, expected: Option<OffsetDateTime>) {
        let claims = Claims::read(&token(payload)).unwrap();
        assert_eq!(claims.expires_at, expected, "{payload}");
    }

    #[test]
    fn subject_and_both_times_are_read() {
        let claims = Claims::read(&token(
            r#"{"sub":"jane doe","iat":1772445600,"exp":1772449200,"grants":{}}"#,
        ));
        let expected = Claims {
            subject: Some(UserId::parse("jane doe").unwrap()),
            issued_at: Some(datetime!(2026-03-02 10:00 UTC)),
            expires_at: Some(datetime!(2026-03-02 11:00 UTC)),
        };
        assert_eq!(claims, Some(expected));
    }

    #[test]
    fn a_token_may_say_nothing_of_its_end() {
        expires(r#"{"sub":"jane"}"#, None);
        expires("{}", None);
        expires(r#"{"exp":null}"#, None);
    }

    #[test]
    fn seconds_may_have_a_fraction() {
        expires(
            r#"{"exp":1772449200.5}"#,
            Some(datetime!(2026-03-02 11:00:00.5 UTC)),
        );
        expires(
            r#"{"exp":1.7724492e9}"#,
            Some(datetime!(2026-03-02 11:00 UTC)),
        );
        expires(r#"{"exp":-1}"#, Some(datetime!(1969-12-31 23:59:59 UTC)));
    }

    #[test]
    fn an_end_that_is_no_date_is_no_end() {
        for exp in [
            "1772449200000",
            "1e300",
            "-1e300",
            "18446744073709551615",
            "9223372036854775807",
            "-9223372036854775808",
            "\"1772449200\"",
            "true",
            "[]",
            "{}",
        ] {
            expires(&format!(r#"{{"exp":{exp}}}"#), None);
        }
    }

    #[test]
    fn what_is_no_jwt_says_nothing() {
        let payload = |text: &str| format!("a.{}.c", URL_SAFE_NO_PAD.encode(text));
        for text in [
            "opaque".to_owned(),
            ".".to_owned(),
            "..".to_owned(),
            "a.b.c".to_owned(),
            "a.!!!.c".to_owned(),
            "a.e30.c.d".to_owned(),
            "e30.e30".to_owned(),
            payload("[]"),
            payload("7"),
            payload("\"text\""),
            payload("{\"exp\":1"),
            payload(&"[".repeat(100_000)),
            format!("a.{}.c", URL_SAFE_NO_PAD.encode([0xff, 0xfe])),
        ] {
            let token = UserToken::parse(&text).unwrap();
            assert_eq!(Claims::read(&token), None, "{text:.40}");
        }
    }

    #[test]
    fn padding_does_no_harm() {
        let text = r#"{"exp":1772449200}"#;
        for engine in [&base64::engine::general_purpose::URL_SAFE, &URL_SAFE_NO_PAD] {
            let token = UserToken::parse(&format!("a.{}.c", engine.encode(text))).unwrap();
            assert!(Claims::read(&token).unwrap().expires_at.is_some());
        }
    }

    #[test]
    fn an_odd_subject_costs_only_the_subject() {
        for subject in ["7", "\"\"", "null", "[\"jane\"]"] {
            let claims = Claims::read(&token(&format!(r#"{{"sub":{subject},"exp":1}}"#))).unwrap();
            assert_eq!(claims.subject, None);
            assert!(claims.expires_at.is_some());
        }
    }

    #[test]
    fn whatever_bytes_a_token_has_reading_it_ends_in_an_answer() {
        let mut random = fastrand::Rng::with_seed(7);
        let whole = token(r#"{"sub":"jane","iat":1772445600,"exp":1772449200}"#);
        let mut read = 0;
        for _ in 0..20_000 {
            let mut bytes = whole.expose().as_bytes().to_vec();
            for _ in 0..random.usize(1..4) {
                let place = random.usize(..bytes.len());
                bytes[place] = random.u8(0x21..0x7f);
            }
            bytes.truncate(random.usize(bytes.len() / 2..=bytes.len()).max(1));
            let text = String::from_utf8(bytes).unwrap();
            read += usize::from(Claims::read(&UserToken::parse(&text).unwrap()).is_some());
        }
        assert!((100..19_900).contains(&read), "{read} of them were read");
    }
}
