//! Why signing in did not work, in sentences that say what to do. None of them holds a secret.

use doorbell_knock::{Failure, Field};

use crate::{
    account::Account,
    feed_slot::{Link, Refusal},
    view::Problem,
};

/// Why a sign-in failed on a link that the server refused; `None` while it may still work.
pub(crate) fn refusal(account: &Account) -> Option<Problem> {
    let Link::Refused { refusal, .. } = &account.proof().link else {
        return None;
    };
    if *refusal == Refusal::Key
        && let Some(trouble) = account.renewal.trouble()
    {
        return Some(Problem {
            field: Some(Field::UserToken),
            message: format!(
                "There is no user token for this sign-in: {trouble}. Check what the settings say of it, or enter a token here. Nothing was stored."
            ),
        });
    }
    let (field, message) = match refusal {
        Refusal::Key if account.credentials.user_token.is_some() => (
            Field::UserToken,
            "Knock refused the public key or the user token. Check both, and that the token is signed for this user and has not expired. Nothing was stored.",
        ),
        Refusal::Key => (
            Field::PublicKey,
            "Knock refused the public key. Copy it again from Platform \u{203a} API keys, of the environment that the feed belongs to. Nothing was stored.",
        ),
        Refusal::Feed => (
            Field::FeedId,
            "Knock does not let this user join this feed. Check the feed channel id and the user id. Nothing was stored.",
        ),
        Refusal::Host => (
            Field::Host,
            "This host answers, but not as Knock does. Check the address. Nothing was stored.",
        ),
    };
    Some(Problem {
        field: Some(field),
        message: message.to_owned(),
    })
}

/// Why a sign-in failed when its first fetch did.
pub(crate) fn failed_proof(account: &Account, failure: &Failure) -> Problem {
    let host = account.credentials.host.name();
    let (field, message) = match failure {
        Failure::Unauthorized { code } | Failure::Forbidden { code } => {
            let token = code.contains("user_token");
            if token && account.credentials.user_token.is_none() {
                (
                    Some(Field::UserToken),
                    "This environment asks for a user token. Ask those who run the product for one signed for this user. Nothing was stored.".to_owned(),
                )
            } else if token {
                (
                    Some(Field::UserToken),
                    "Knock refused the user token. It must be signed for this user and not have expired. Nothing was stored.".to_owned(),
                )
            } else {
                (
                    Some(Field::PublicKey),
                    "Knock refused the public key. Copy it again from Platform \u{203a} API keys, of the environment that the feed belongs to. Nothing was stored.".to_owned(),
                )
            }
        }
        Failure::NotFound { .. } => (
            Some(Field::FeedId),
            "Knock does not know this feed channel. Copy its id from Integrations \u{203a} Channels, of the same environment as the key. Nothing was stored.".to_owned(),
        ),
        Failure::Invalid { message, .. } => (
            None,
            format!(
                "Knock did not accept this: {}. Nothing was stored.",
                without_secrets(message, account).trim_end_matches('.')
            ),
        ),
        Failure::Unreachable(reason) => (
            Some(Field::Host),
            format!("{host} could not be reached: {reason}. Nothing was stored."),
        ),
        Failure::RateLimited { .. } | Failure::Server { .. } => (
            None,
            format!("{host} cannot answer at the moment ({failure}). Try again in a minute. Nothing was stored."),
        ),
        Failure::TooLarge | Failure::Malformed(_) => (
            Some(Field::Host),
            format!("{host} answers, but not as Knock does ({failure}). Check the address. Nothing was stored."),
        ),
    };
    Problem { field, message }
}

/// Why a sign-in failed when too little came back in time.
pub(crate) fn no_answer(account: &Account) -> Problem {
    let host = account.credentials.host.name();
    let message = if account.proof().feed.is_loaded() {
        format!(
            "{host} answers, but its live connection could not be joined in time. A proxy or firewall may block WebSockets. Nothing was stored."
        )
    } else {
        format!(
            "{host} did not answer in time. Check the network and the address, then try again. Nothing was stored."
        )
    };
    Problem {
        field: Some(Field::Host),
        message,
    }
}

/// What the server said, without the secrets that it may repeat.
fn without_secrets(message: &str, account: &Account) -> String {
    let credentials = &account.credentials;
    let message = message.replace(credentials.public_key.expose(), "…");
    match &credentials.user_token {
        Some(token) => message.replace(token.expose(), "…"),
        None => message,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use doorbell_knock::{Draft, FeedPage, UserToken};
    use time::OffsetDateTime;

    use super::*;
    use crate::{
        config::Config,
        event::{Line, Now},
    };

    #[test]
    fn each_refusal_of_a_sign_in_names_its_field() {
        for (refusal, token, field, words) in [
            (
                Refusal::Key,
                false,
                Field::PublicKey,
                "refused the public key",
            ),
            (
                Refusal::Key,
                true,
                Field::UserToken,
                "public key or the user token",
            ),
            (Refusal::Feed, false, Field::FeedId, "join this feed"),
            (Refusal::Host, false, Field::Host, "not as Knock does"),
        ] {
            let account = refused(refusal, token);
            said(&super::refusal(&account).unwrap(), Some(field), words);
        }
        assert_eq!(super::refusal(&account(false)), None);
    }

    #[test]
    fn each_failure_of_a_sign_in_has_its_field_and_sentence() {
        let code = |code: &str| code.to_owned();
        let unauthorized = |name| Failure::Unauthorized { code: code(name) };
        let server = Failure::Server {
            status: 503,
            retry_after: None,
        };
        for (failure, token, field, words) in [
            (
                unauthorized("api_key_invalid"),
                false,
                Some(Field::PublicKey),
                "refused the public key",
            ),
            (
                Failure::Forbidden {
                    code: code("forbidden"),
                },
                false,
                Some(Field::PublicKey),
                "refused the public key",
            ),
            (
                unauthorized("user_token_missing"),
                false,
                Some(Field::UserToken),
                "asks for a user token",
            ),
            (
                unauthorized("user_token_expired"),
                true,
                Some(Field::UserToken),
                "refused the user token",
            ),
            (
                Failure::NotFound {
                    code: code("channel_missing"),
                },
                false,
                Some(Field::FeedId),
                "does not know this feed",
            ),
            (invalid("user_id is no id"), false, None, "user_id is no id"),
            (
                Failure::Unreachable("connection refused".into()),
                false,
                Some(Field::Host),
                "could not be reached: connection refused",
            ),
            (
                Failure::RateLimited { retry_after: None },
                false,
                None,
                "Try again in a minute",
            ),
            (server, false, None, "status 503"),
            (Failure::TooLarge, false, Some(Field::Host), "too large"),
            (
                Failure::Malformed("the page is not JSON".into()),
                false,
                Some(Field::Host),
                "not as Knock does",
            ),
        ] {
            said(&failed_proof(&account(token), &failure), field, words);
        }
    }

    #[test]
    fn no_answer_in_time_says_how_far_it_came() {
        let mut account = account(false);
        let host = Some(Field::Host);
        said(&no_answer(&account), host, "did not answer in time");
        let feed = &mut account.feeds[0].feed;
        let ticket = feed.begin_fetch();
        feed.load_first(ticket, FeedPage::default());
        said(&no_answer(&account), host, "WebSockets");
    }

    #[test]
    fn no_sentence_repeats_a_secret_even_if_the_server_does() {
        let echo = invalid(&format!("no such key {KEY} for {TOKEN}"));
        for token in [false, true] {
            let message = failed_proof(&account(token), &echo).message;
            assert!(message.contains("no such key …"), "{message}");
            assert!(!message.contains(KEY), "{message}");
            assert!(!token || !message.contains(TOKEN), "{message}");
        }
    }

    const KEY: &str = "pk_test_never_shown";
    const TOKEN: &str = "token.never.shown";

    #[track_caller]
    fn said(problem: &Problem, field: Option<Field>, words: &str) {
        assert_eq!(problem.field, field, "{}", problem.message);
        let message = &problem.message;
        assert!(message.contains(words), "{message}");
        assert!(message.ends_with("Nothing was stored."), "{message}");
    }

    fn refused(refusal: Refusal, token: bool) -> Account {
        let since = OffsetDateTime::UNIX_EPOCH;
        let mut account = account(token);
        account.feeds[0].link = Link::Refused { refusal, since };
        account
    }

    /// Whose credentials are being checked, with a user token or without.
    fn account(token: bool) -> Account {
        let draft = Draft {
            public_key: KEY.to_owned(),
            user_id: "ada".to_owned(),
            feed_id: "6b1f4f0e-93c8-4f0a-8a4f-0d8b3f3a9c11".to_owned(),
            ..Draft::default()
        };
        let mut credentials = draft.parse().unwrap();
        credentials.user_token = token.then(|| UserToken::parse(TOKEN).unwrap());
        let now = Now {
            instant: Instant::now(),
            utc: OffsetDateTime::UNIX_EPOCH,
            offset: time::UtcOffset::UTC,
        };
        let random = fastrand::Rng::with_seed(1);
        Account::new(Line(1), credentials, &Config::default(), random, now)
    }

    fn invalid(message: &str) -> Failure {
        Failure::Invalid {
            code: "invalid_params".to_owned(),
            message: message.to_owned(),
        }
    }
}
