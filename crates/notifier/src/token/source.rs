use std::{fmt, path::Path};

use doorbell_knock::{BadHost, Host};
use url::Url;

/// Where an account's user tokens come from.
///
/// Settings name it, and nothing else may: whoever could set it from a link or a connect file could run a program here.
/// `Debug` and `Display` name the program or the host only, since arguments and a query may hold secrets.
#[derive(Clone, PartialEq, Eq)]
pub enum TokenSource {
    /// A program with its arguments, run without a shell, that prints a token.
    Command { program: String, args: Vec<String> },
    /// An address that answers a GET with a token.
    Url(Url),
}

/// Why a text or a list names no source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadTokenSource {
    /// No program is named.
    NoProgram,
    /// An argument with a zero byte in it, which no program can be given.
    ZeroByte,
    /// Not an address that a token may come from.
    Url(BadHost),
}

impl TokenSource {
    /// A command, the program first.
    ///
    /// # Errors
    /// [`BadTokenSource::NoProgram`] and [`BadTokenSource::ZeroByte`].
    pub fn command(words: Vec<String>) -> Result<Self, BadTokenSource> {
        if words.iter().any(|word| word.contains('\0')) {
            return Err(BadTokenSource::ZeroByte);
        }
        let mut words = words.into_iter();
        match words.next() {
            Some(program) if !program.trim().is_empty() => Ok(Self::Command {
                program,
                args: words.collect(),
            }),
            Some(_) | None => Err(BadTokenSource::NoProgram),
        }
    }

    /// An address: https, or plain http to this computer, without a user name and password.
    ///
    /// # Errors
    /// [`BadTokenSource::Url`] says what is wrong with it.
    pub fn url(text: &str) -> Result<Self, BadTokenSource> {
        let url = Url::parse(text.trim()).map_err(|_| BadTokenSource::Url(BadHost::NotUrl))?;
        // The rules for a Knock's address hold here too, but for the query, which may say who asks.
        let mut base = url.clone();
        base.set_query(None);
        base.set_fragment(None);
        Host::parse(base.as_str()).map_err(BadTokenSource::Url)?;
        Ok(Self::Url(url))
    }

    /// The program's file name, or the host.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Command { program, .. } => Path::new(program)
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or(program),
            Self::Url(url) => url.host_str().unwrap_or_default(),
        }
    }
}

/// As in "the token command NAME" and "the token address HOST".
impl fmt::Display for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command { .. } => write!(f, "the token command {}", self.name()),
            Self::Url(_) => write!(f, "the token address {}", self.name()),
        }
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenSource({self})")
    }
}

impl fmt::Display for BadTokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoProgram => "it names no program",
            Self::ZeroByte => "it has a zero byte in it",
            Self::Url(BadHost::PlainHttp) => {
                "plain http would send the token in the clear; use https, or http to this computer"
            }
            Self::Url(BadHost::Credentials) => "it must not have a user name or a password in it",
            Self::Url(BadHost::NotUrl | BadHost::Scheme | BadHost::Query) => {
                "it is no https address"
            }
        })
    }
}

impl std::error::Error for BadTokenSource {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn url(text: &str, expected: Result<(), BadHost>) {
        let source = TokenSource::url(text).map(drop);
        assert_eq!(source, expected.map_err(BadTokenSource::Url), "{text}");
    }

    #[test]
    fn a_token_travels_encrypted_or_stays_on_this_computer() {
        url("https://app.test/token?device=7", Ok(()));
        url(" https://app.test:8443/a/b ", Ok(()));
        url("http://127.0.0.1:9000/token", Ok(()));
        url("http://localhost/token", Ok(()));
        url("http://app.test/token", Err(BadHost::PlainHttp));
        url("https://me:pw@app.test/token", Err(BadHost::Credentials));
        url("file:///etc/passwd", Err(BadHost::Scheme));
        url("app.test/token", Err(BadHost::NotUrl));
        url("", Err(BadHost::NotUrl));
    }

    #[test]
    fn a_command_names_a_program() {
        let command = |words: &[&str]| {
            TokenSource::command(words.iter().map(|&word| word.to_owned()).collect())
        };
        assert!(command(&["mint", ""]).is_ok());
        for none in [&[][..], &[""], &[" ", "x"]] {
            assert_eq!(command(none), Err(BadTokenSource::NoProgram));
        }
        assert_eq!(command(&["a", "b\0c"]), Err(BadTokenSource::ZeroByte));
    }

    #[test]
    fn arguments_and_queries_do_not_print() {
        let command = ["/opt/bin/mint".to_owned(), "secret".to_owned()];
        let command = TokenSource::command(command.into()).unwrap();
        let url = TokenSource::url("https://app.test/token?key=secret").unwrap();
        assert_eq!(
            format!("{command:?} {url:?}"),
            "TokenSource(the token command mint) TokenSource(the token address app.test)"
        );
    }
}
