//! User tokens: where they come from, and what must hold of them.

use std::{collections::VecDeque, sync::OnceLock, time::Duration};

use doorbell_emulator::{Request, SigningKey};
use doorbell_knock::{Claims, Credentials, UserId, UserToken};
use doorbell_notifier::{Event, Issued, Line, TokenError, TokenSource};
use time::OffsetDateTime;

use crate::{
    invariant::Invariant,
    wire::{Fault, Happening},
    world::World,
};

/// The tokens of one account, as the server knows them.
#[derive(Default)]
pub(crate) struct Tokens {
    newest: Option<Newest>,
    /// The source was asked then and has not answered, by the computer's clock.
    asked: Option<Duration>,
    /// The asks of the last minute.
    asks: VecDeque<Duration>,
    /// The source does not want to be asked before then, by any clock on the wall.
    left_alone_until: Duration,
}

/// The last token that the app was given.
struct Newest {
    token: UserToken,
    /// By the server's clock.
    over: Duration,
    /// The server has refused it, or did not get it in time.
    is_refused: bool,
    /// Nothing has kept the app from asking for the next one in time.
    is_watched: bool,
}

impl Tokens {
    /// The source has been asked and has not answered.
    pub(crate) fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// Whether the server would take it.
    pub(crate) fn is_good(&self, now: Duration) -> bool {
        let newest = self.newest.as_ref();
        newest.is_some_and(|newest| !newest.is_refused && now < newest.over)
    }

    /// The server has refused a token; whether it is the newest.
    pub(crate) fn refused(&mut self, token: Option<&UserToken>) -> bool {
        let newest = self.newest.as_mut();
        let newest = newest.filter(|newest| Some(&newest.token) == token);
        newest.is_some_and(|newest| {
            newest.is_refused = true;
            true
        })
    }

    /// Something has happened that makes it hard to ask in time: the computer slept, or its clock is off.
    pub(crate) fn disturbed(&mut self) {
        if let Some(newest) = &mut self.newest {
            newest.is_watched = false;
        }
    }

    /// The program was killed; the keychain has the token from the sign-in.
    pub(crate) fn killed(&mut self, kept: Option<&UserToken>) {
        *self = Self {
            newest: kept.map(|token| Newest {
                token: token.clone(),
                over: Duration::ZERO,
                is_refused: false,
                is_watched: false,
            }),
            ..Self::default()
        };
    }

    /// A person insists.
    pub(crate) fn insisted(&mut self) {
        self.left_alone_until = Duration::ZERO;
        self.asks.clear();
    }

    /// A line begins with a token.
    pub(crate) fn begun(&self, with: Option<&UserToken>) {
        let Some(newest) = self.newest.as_ref().filter(|newest| !newest.is_refused) else {
            return;
        };
        Invariant::Token.holds(with == Some(&newest.token), || {
            "a line begins with another token than the newest".to_owned()
        });
    }

    /// The source is asked.
    fn ask(&mut self, now: Duration, elapsed: Duration) {
        Invariant::Renewal.holds(self.asked.is_none(), || {
            "the source is asked again before it has answered".to_owned()
        });
        Invariant::Renewal.holds(elapsed >= self.left_alone_until, || {
            format!(
                "the source is asked at {elapsed:?}, though not before {:?}",
                self.left_alone_until
            )
        });
        if let Some(newest) = self.newest.as_ref().filter(|newest| newest.is_watched) {
            Invariant::Renewal.holds(elapsed < newest.over || newest.is_refused, || {
                format!(
                    "a token that was over at {:?} is renewed at {elapsed:?}",
                    newest.over
                )
            });
        }
        let minute = Duration::from_secs(60);
        while self.asks.front().is_some_and(|&at| now - at > minute) {
            self.asks.pop_front();
        }
        self.asks.push_back(now);
        Invariant::Renewal.holds(self.asks.len() <= MOST_ASKS, || {
            format!("the source is asked {} times a minute", self.asks.len())
        });
        self.asked = Some(now);
    }
}

impl World {
    /// Whether tokens are asked for in this life.
    pub(crate) fn has_tokens(&self) -> bool {
        self.config.enhanced_security
    }

    /// The app asks where its tokens come from.
    pub(crate) fn ask_for_token(&mut self, line: Line, source: &TokenSource) {
        let TokenSource::Command { args, .. } = source else {
            panic!("tokens come from a command here");
        };
        let user = args.concat();
        let (now, elapsed) = (self.awake(), self.elapsed);
        self.side(&user).tokens.ask(now, elapsed);
        let result = self.mint(&user);
        let latency = self.latency();
        let minted = Happening::Minted { line, user, result };
        self.schedule(latency, minted);
    }

    fn mint(&mut self, user: &str) -> Result<Issued, TokenError> {
        if self.is(Fault::NoTokens) {
            return Err(match self.random.u8(..4) {
                0 => TokenError::Failed { code: Some(1) },
                1 => TokenError::TooSlow,
                2 => TokenError::Unreachable("no route".to_owned()),
                _ => TokenError::Status {
                    status: 503,
                    retry_after: Some(Duration::from_secs(self.random.u64(1..40))),
                },
            });
        }
        let now = self.utc();
        let seconds = self.random.u64(40..900);
        let body = serde_json::json!({"user_id": user, "expires_in_seconds": seconds});
        let request = Request {
            method: "POST".to_owned(),
            path: "/_emulator/tokens".to_owned(),
            body: body.to_string().into_bytes(),
            ..Request::default()
        };
        let answer = self.server.request(&request, now).json();
        let mut token = answer["token"].as_str().expect("a token").to_owned();
        if self.is(Fault::BadTokens) {
            // Signed by nobody.
            let signature = token.rfind('.').map_or(0, |dot| dot + 1);
            token.replace_range(signature.., NOBODY);
        }
        Ok(Issued::parse(token.as_bytes(), self.now().utc).expect("a token"))
    }

    /// The source has answered.
    pub(crate) fn minted(&mut self, line: Line, user: &str, result: Result<Issued, TokenError>) {
        let elapsed = self.elapsed;
        let is_steady = self.off == time::Duration::ZERO;
        let utc = self.utc();
        let seconds = |at| elapsed + Duration::try_from(at - utc).unwrap_or_default();
        let given = result.as_ref().ok().map(|issued| Newest {
            token: issued.token.clone(),
            over: issued.claims.expires_at.map_or(Duration::MAX, seconds),
            is_refused: false,
            is_watched: is_steady,
        });
        let tokens = &mut self.side(user).tokens;
        tokens.asked = None;
        match (given, &result) {
            (Some(given), _) => {
                let refused = tokens.newest.take_if(|newest| newest.token == given.token);
                let is_refused = refused.is_some_and(|newest| newest.is_refused);
                tokens.newest = Some(Newest {
                    is_refused,
                    ..given
                });
            }
            (None, Err(TokenError::Status { retry_after, .. })) => {
                tokens.disturbed();
                tokens.left_alone_until = elapsed + retry_after.unwrap_or_default();
            }
            (None, _) => tokens.disturbed(),
        }
        let name = match &result {
            Ok(_) => "token renewed",
            Err(_) => "token not given",
        };
        self.count(name);
        self.tell(Event::TokenRefreshed { line, result });
    }
}

/// Where each user's tokens come from.
pub(crate) fn sources(users: &[&str]) -> Vec<(Option<UserId>, TokenSource)> {
    let source = |user: &str| {
        let words = vec!["mint".to_owned(), user.to_owned()];
        let source = TokenSource::command(words).expect("a command");
        (Some(UserId::parse(user).expect("a user")), source)
    };
    users.iter().map(|user| source(user)).collect()
}

/// Whether the server takes a token at a time by its clock.
pub(crate) fn is_taken(token: Option<&UserToken>, utc: OffsetDateTime) -> bool {
    let claims = token.and_then(Claims::read);
    let end = claims.and_then(|claims| claims.expires_at);
    end.is_some_and(|end| end.unix_timestamp() > utc.unix_timestamp())
        && token.is_some_and(|token| !token.expose().ends_with(NOBODY))
}

/// Signs the tokens of every life: it takes long to make one.
pub(crate) fn key() -> SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    let key = KEY.get_or_init(|| SigningKey::generate().expect("there is randomness"));
    key.clone()
}

/// What the keychain holds for a user.
pub(crate) fn kept<'a>(keychain: &'a [Credentials], user: &str) -> Option<&'a UserToken> {
    let theirs = keychain.iter().find(|kept| kept.user_id.as_str() == user);
    theirs?.user_token.as_ref()
}

/// The signature of a token that nobody has signed.
const NOBODY: &str = "AAAA";
/// Short-lived tokens are renewed every half minute; a refusal or a failure asks in between.
const MOST_ASKS: usize = 20;
