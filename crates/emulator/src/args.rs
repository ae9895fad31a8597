//! The command line of `doorbell-emulator`.

use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use doorbell_emulator::Limits;
use lexopt::{Arg, Parser, ValueExt};
use serde_json::{Map, Value, json};

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Serve(Serve),
    Help,
    Version,
}

/// What to serve, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Serve {
    pub(crate) address: SocketAddr,
    pub(crate) max_connections: usize,
    pub(crate) seed: u64,
    pub(crate) enhanced_security: bool,
    /// File that holds the signing key; without one it is generated.
    pub(crate) signing_key: Option<PathBuf>,
    /// Folder of workflow files.
    pub(crate) workflows: Option<PathBuf>,
    /// File that keeps the state.
    pub(crate) state: Option<PathBuf>,
    pub(crate) rate_limits: bool,
    /// Whether time stands still unless it is moved.
    pub(crate) holds_clock: bool,
    /// What goes wrong from the start, in the form of `/_emulator/faults`.
    pub(crate) faults: Value,
}

impl Default for Serve {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)),
            max_connections: Limits::default().max_connections,
            seed: 0,
            enhanced_security: false,
            signing_key: None,
            workflows: None,
            state: None,
            rate_limits: false,
            holds_clock: false,
            faults: Value::Object(Map::new()),
        }
    }
}

/// Reads the arguments; an error is a sentence for the person who typed them.
pub(crate) fn parse(mut parser: Parser) -> Result<Asked, String> {
    let mut serve = Serve::default();
    let mut asked_publicly = [false; 2];
    while let Some(argument) = parser.next().map_err(sentence)? {
        match argument {
            Arg::Long("host") => serve.address.set_ip(host(&mut parser)?),
            Arg::Long("port") => serve.address.set_port(number(&mut parser, "port")?),
            Arg::Long("public") => asked_publicly[0] = true,
            Arg::Long("public-keys-known") => asked_publicly[1] = true,
            Arg::Long("max-connections") => {
                serve.max_connections = number(&mut parser, "max-connections")?
            }
            Arg::Long("seed") => serve.seed = number(&mut parser, "seed")?,
            Arg::Long("enhanced-security") => serve.enhanced_security = true,
            Arg::Long("signing-key") => {
                serve.enhanced_security = true;
                serve.signing_key = Some(parser.value().map_err(sentence)?.into());
            }
            Arg::Long("workflows") => {
                serve.workflows = Some(parser.value().map_err(sentence)?.into());
            }
            Arg::Long("state") => {
                serve.state = Some(parser.value().map_err(sentence)?.into());
            }
            Arg::Long("rate-limits") => serve.rate_limits = true,
            Arg::Long("clock") => {
                serve.holds_clock = match parser.value().map_err(sentence)?.to_str() {
                    Some("manual") => true,
                    Some("system") => false,
                    _ => return Err("--clock is manual or system".to_owned()),
                };
            }
            Arg::Long("fault") => fault(&mut parser, &mut serve.faults)?,
            Arg::Short('h') | Arg::Long("help") => return Ok(Asked::Help),
            Arg::Short('V') | Arg::Long("version") => return Ok(Asked::Version),
            other => return Err(sentence(other.unexpected())),
        }
    }
    let address = serve.address.ip();
    match address.is_loopback() || asked_publicly == [true; 2] {
        true => Ok(Asked::Serve(serve)),
        false => Err(format!(
            "{address} can be reached from other computers, and the keys are known to everyone; \
             if that is what you want, ask twice: --public --public-keys-known"
        )),
    }
}

fn number<T: FromStr<Err: Display>>(parser: &mut Parser, option: &str) -> Result<T, String> {
    let text = parser.value().and_then(|value| value.string());
    let text = text.map_err(sentence)?;
    let refused = |error| format!("--{option} takes a number, not '{text}': {error}");
    text.parse().map_err(refused)
}

/// `refuse_upgrades=503` or `withhold.heartbeats=true`: the way to a part, and its value.
fn fault(parser: &mut Parser, faults: &mut Value) -> Result<(), String> {
    let text = parser.value().and_then(|value| value.string());
    let text = text.map_err(sentence)?;
    let (path, value) = text
        .split_once('=')
        .filter(|(path, _)| path.split('.').all(|part| !part.is_empty()))
        .ok_or_else(|| {
            format!("--fault takes NAME=VALUE, such as refuse_upgrades=503, not '{text}'")
        })?;
    let mut part = faults;
    for name in path.split('.') {
        if !part.is_object() {
            *part = json!({});
        }
        part = &mut part[name];
    }
    // What is no JSON is a word.
    *part = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
    Ok(())
}

fn host(parser: &mut Parser) -> Result<IpAddr, String> {
    let value = parser
        .value()
        .and_then(|value| value.string())
        .map_err(sentence)?;
    match value.as_str() {
        "localhost" => Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        other => other
            .trim_matches(['[', ']'])
            .parse()
            .map_err(|_| format!("'{other}' is not an IP address")),
    }
}

fn sentence(error: lexopt::Error) -> String {
    error.to_string()
}

/// What `--help` prints.
pub(crate) const HELP: &str = "\
A local Knock with one in-app feed, for tests, demos and development.

Usage: doorbell-emulator [OPTIONS]

Options:
  --port N             Port to answer on; 0 picks a free one [default: 4747]
  --host ADDR          Address to answer on [default: 127.0.0.1]; one that other computers can reach needs
                       --public and --public-keys-known as well
  --max-connections N  Connections at a time; further ones are answered 503 [default: 10240]
  --seed N             Seed of every generated id [default: 0]
  --enhanced-security  Ask for a user token wherever the public key is used
  --signing-key FILE   Check tokens by this RSA key (PKCS#8 PEM, or that in base64) instead of a new one;
                       implies --enhanced-security
  --workflows DIR      Take up each KEY.toml and KEY.json of this folder, beside the built-in workflows
  --state FILE         Keep the state in this file, and go on with what it holds [default: in memory]
  --clock manual       Let time stand still until POST /_emulator/clock moves it [default: system]
  --rate-limits        Answer 429 to more calls than the documented tiers allow
  --fault NAME=VALUE   Let something go wrong from the start, as POST /_emulator/faults does:
                       --fault refuse_upgrades=503 --fault withhold.heartbeats=true; may be repeated
  --help               Print this
  --version            Print the version

When it is ready it prints one line of JSON with url, public_key, secret_key, user_id and feed_id,
and with signing_key in enhanced security mode.
Ctrl-C ends it. The log goes to stderr; RUST_LOG sets how much of it.
";

pub(crate) const DEFAULT_PORT: u16 = 4747;

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(arguments: &[&str]) -> Result<Asked, String> {
        parse(Parser::from_args(arguments))
    }

    #[test]
    fn nothing_asks_for_the_default_port_of_this_computer() {
        let Ok(Asked::Serve(serve)) = asked(&[]) else {
            panic!("no arguments are fine");
        };
        assert_eq!(
            serve.address,
            SocketAddr::from(([127, 0, 0, 1], DEFAULT_PORT))
        );
        assert_eq!(serve, Serve::default());
    }

    #[test]
    fn every_option_is_taken() {
        let serve = Serve {
            address: "[::1]:0".parse().unwrap(),
            max_connections: 100,
            seed: 7,
            enhanced_security: true,
            signing_key: Some("key.pem".into()),
            workflows: Some("flows".into()),
            state: Some("state.db".into()),
            rate_limits: true,
            holds_clock: true,
            faults: json!({"refuse_upgrades": 503, "half_open": {"lost": "both", "after_ms": 5}}),
        };
        let arguments = "--host ::1 --port=0 --max-connections 100 --seed 7 --signing-key key.pem --workflows flows --state state.db --rate-limits --clock manual \
            --fault refuse_upgrades=503 --fault half_open.lost=both --fault half_open.after_ms=5";
        let arguments: Vec<&str> = arguments.split(' ').collect();
        assert_eq!(asked(&arguments), Ok(Asked::Serve(serve)));
    }

    #[test]
    fn an_address_that_others_reach_must_be_asked_for_twice() {
        let address = "0.0.0.0:4747".parse().unwrap();
        let serve = Serve {
            address,
            ..Serve::default()
        };
        let both = ["--public-keys-known", "--host", "0.0.0.0", "--public"];
        assert_eq!(asked(&both), Ok(Asked::Serve(serve)));
        for once in [&both[..3], &both[1..], &both[1..3]] {
            let sentence = asked(once).unwrap_err();
            assert!(sentence.contains("ask twice"), "{sentence}");
        }
    }

    #[test]
    fn enhanced_security_needs_no_key() {
        let serve = Serve {
            enhanced_security: true,
            ..Serve::default()
        };
        assert_eq!(asked(&["--enhanced-security"]), Ok(Asked::Serve(serve)));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (arguments, word) in [
            (&["--host", "0.0.0.0"][..], "0.0.0.0"),
            (&["--host", "example.com"], "example.com"),
            (&["--port", "seventy"], "seventy"),
            (&["--port"], "port"),
            (&["--clock", "sun"], "manual"),
            (&["--fault", "refuse_upgrades"], "NAME=VALUE"),
            (&["--fault", "withhold.=true"], "NAME=VALUE"),
            (&["--colour"], "colour"),
            (&["extra"], "extra"),
        ] {
            let sentence = asked(arguments).unwrap_err();
            assert!(sentence.contains(word), "{sentence}");
        }
    }

    #[test]
    fn the_help_names_the_default_port() {
        assert!(HELP.contains(&format!("[default: {DEFAULT_PORT}]")));
    }
}
