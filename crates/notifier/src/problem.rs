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
    let words = &account.words;
    if *refusal == Refusal::Key
        && let Some(trouble) = account.renewal.trouble()
    {
        return Some(Problem {
            field: Some(Field::UserToken),
            message: words.with("no-token", [("trouble", trouble.to_string().into())]),
        });
    }
    let (field, message) = match refusal {
        Refusal::Key if account.credentials.user_token.is_some() => {
            (Field::UserToken, "bad-key-or-token")
        }
        Refusal::Key => (Field::PublicKey, "bad-key"),
        Refusal::Feed => (Field::FeedId, "bad-feed"),
        Refusal::Host => (Field::Host, "bad-host"),
    };
    Some(Problem {
        field: Some(field),
        message: words.say(message),
    })
}

/// Why a sign-in failed when its first fetch did.
pub(crate) fn failed_proof(account: &Account, failure: &Failure) -> Problem {
    let words = &account.words;
    let host = || account.credentials.host.name().into();
    let said = || failure.to_string().into();
    let (field, message) = match failure {
        Failure::Unauthorized { code } | Failure::Forbidden { code } => {
            let token = code.contains("user_token");
            match (token, &account.credentials.user_token) {
                (true, None) => (Some(Field::UserToken), words.say("token-missing")),
                (true, Some(_)) => (Some(Field::UserToken), words.say("bad-token")),
                (false, _) => (Some(Field::PublicKey), words.say("bad-key")),
            }
        }
        Failure::NotFound { .. } => (Some(Field::FeedId), words.say("unknown-feed")),
        Failure::Invalid { message, .. } => {
            let message = without_secrets(message, account);
            let message = message.trim_end_matches('.').into();
            (None, words.with("not-accepted", [("message", message)]))
        }
        Failure::Unreachable(reason) => {
            let reason = reason.as_str().into();
            let values = [("host", host()), ("reason", reason)];
            (Some(Field::Host), words.with("unreachable-host", values))
        }
        Failure::RateLimited { .. } | Failure::Server { .. } => {
            let values = [("host", host()), ("failure", said())];
            (None, words.with("busy-host", values))
        }
        Failure::TooLarge | Failure::Malformed(_) => {
            let values = [("host", host()), ("failure", said())];
            (Some(Field::Host), words.with("strange-host", values))
        }
    };
    Problem { field, message }
}

/// Why a sign-in failed when too little came back in time.
pub(crate) fn no_answer(account: &Account) -> Problem {
    let host = account.credentials.host.name().into();
    let what = match account.proof().feed.is_loaded() {
        true => "no-join",
        false => "no-answer",
    };
    Problem {
        field: Some(Field::Host),
        message: account.words.with(what, [("host", host)]),
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
        words::{Language, Words},
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
        Account::new(
            Line(1),
            credentials,
            &Config::default(),
            &Words::of(Language::English),
            random,
            now,
        )
    }

    fn invalid(message: &str) -> Failure {
        Failure::Invalid {
            code: "invalid_params".to_owned(),
            message: message.to_owned(),
        }
    }
}
