//! Pictures of actors: which are wanted, which have come. What they look like only the window knows.
//!
//! A picture comes from wherever the application keeps it, so it is fetched here, without keys and bounded in size, and the
//! window never speaks to another host.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use doorbell_knock::WebUrl;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::event::Effect;

/// Pictures being fetched at the same time.
const AT_ONCE: usize = 4;
/// One that did not come is asked for again after that.
const AGAIN_AFTER: Duration = Duration::from_secs(3600);
/// More are not known of at the same time.
const MOST: usize = 1_000;

/// Names a picture by where it comes from, without telling.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PictureKey(String);

impl PictureKey {
    pub(crate) fn of(url: &WebUrl) -> PictureKey {
        let hash = Sha256::digest(url.as_str());
        let bytes = hash.iter().take(16);
        PictureKey(bytes.map(|byte| format!("{byte:02x}")).collect())
    }

    /// Reads a name as [`PictureKey::as_str`] gives it; nothing else passes, so it is safe as the name of a file.
    pub fn parse(text: &str) -> Option<PictureKey> {
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let fits = text.len() == 32 && text.bytes().all(hex);
        fits.then(|| PictureKey(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where the window finds it.
    pub(crate) fn address(&self) -> String {
        let host = match cfg!(windows) {
            // A web view on Windows knows no schemes of others' making.
            true => "http://picture.localhost",
            false => "picture://localhost",
        };
        format!("{host}/{}", self.0)
    }
}

/// What is known of pictures.
#[derive(Debug, Default)]
pub(crate) struct Pictures {
    known: BTreeMap<PictureKey, State>,
    wanted: Vec<WebUrl>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Asked,
    Here,
    Missing { since: Instant },
}

impl Pictures {
    /// Somebody looks at a place for this picture. Where it is found, if it has come.
    pub(crate) fn look(&mut self, url: &WebUrl) -> Option<String> {
        let key = PictureKey::of(url);
        match self.known.get(&key) {
            Some(State::Here) => Some(key.address()),
            Some(State::Asked | State::Missing { .. }) => None,
            None => {
                if self.known.len() + self.wanted.len() < MOST && !self.wanted.contains(url) {
                    self.wanted.push(url.clone());
                }
                None
            }
        }
    }

    /// Asks for what was looked for and is not there.
    pub(crate) fn ask(&mut self, now: Instant, out: &mut Vec<Effect>) {
        self.known.retain(|_, state| match state {
            State::Missing { since } => now.saturating_duration_since(*since) < AGAIN_AFTER,
            State::Asked | State::Here => true,
        });
        let asked = self.known.values().filter(|state| **state == State::Asked);
        let free = AT_ONCE.saturating_sub(asked.count());
        let next = self.wanted.len().min(free);
        for url in self.wanted.drain(..next) {
            self.known.insert(PictureKey::of(&url), State::Asked);
            out.push(Effect::FetchPicture { url });
        }
    }

    /// It has come, or has not.
    pub(crate) fn came(&mut self, url: &WebUrl, there: bool, now: Instant) {
        let state = match there {
            true => State::Here,
            false => State::Missing { since: now },
        };
        self.known.insert(PictureKey::of(url), state);
    }

    /// They are not wanted any more.
    pub(crate) fn forget(&mut self) {
        *self = Pictures::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_asked_for_once_and_found_when_it_has_come() {
        let (mut pictures, now) = (Pictures::default(), Instant::now());
        for _ in 0..2 {
            assert_eq!(pictures.look(&url(1)), None);
        }
        assert_eq!(asked(&mut pictures, now), [url(1)]);
        assert_eq!(pictures.look(&url(1)), None);
        assert_eq!(asked(&mut pictures, now), []);
        pictures.came(&url(1), true, now);
        let address = pictures.look(&url(1)).unwrap();
        let name = address.strip_prefix("picture://localhost/").unwrap();
        assert_eq!(PictureKey::parse(name), Some(PictureKey::of(&url(1))));
    }

    #[test]
    fn a_few_come_at_the_same_time_and_the_others_after_them() {
        let (mut pictures, now) = (Pictures::default(), Instant::now());
        for number in 0..6 {
            pictures.look(&url(number));
        }
        assert_eq!(asked(&mut pictures, now).len(), AT_ONCE);
        pictures.came(&url(0), false, now);
        assert_eq!(asked(&mut pictures, now), [url(4)]);
    }

    #[test]
    fn one_that_did_not_come_is_asked_for_again_after_an_hour() {
        let (mut pictures, now) = (Pictures::default(), Instant::now());
        pictures.look(&url(1));
        asked(&mut pictures, now);
        pictures.came(&url(1), false, now);
        pictures.look(&url(1));
        assert_eq!(asked(&mut pictures, now), []);
        let later = now + AGAIN_AFTER;
        assert_eq!(asked(&mut pictures, later), []);
        pictures.look(&url(1));
        assert_eq!(asked(&mut pictures, later), [url(1)]);
    }

    #[test]
    fn a_name_is_thirty_two_small_hex_digits() {
        for text in ["", "../../etc/passwd", "ABCDEF0123456789ABCDEF0123456789"] {
            assert_eq!(PictureKey::parse(text), None, "{text}");
        }
    }

    fn asked(pictures: &mut Pictures, now: Instant) -> Vec<WebUrl> {
        let mut out = Vec::new();
        pictures.ask(now, &mut out);
        let url = |effect| match effect {
            Effect::FetchPicture { url } => url,
            effect => panic!("{effect:?}"),
        };
        out.into_iter().map(url).collect()
    }

    fn url(number: u32) -> WebUrl {
        WebUrl::parse(&format!("https://pictures.test/{number}.png")).unwrap()
    }
}
