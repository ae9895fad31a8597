//! The command line of `doorbell-emulator`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use lexopt::{Arg, Parser, ValueExt};

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Serve { address: SocketAddr, seed: u64 },
    Help,
    Version,
}

/// Reads the arguments; an error is a sentence for the person who typed them.
pub(crate) fn parse(mut parser: Parser) -> Result<Asked, String> {
    let (mut host, mut port, mut seed) = (IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_PORT, 0);
    while let Some(argument) = parser.next().map_err(sentence)? {
        match argument {
            Arg::Long("host") => host = self::host(&mut parser)?,
            Arg::Long("port") => {
                port = parser
                    .value()
                    .and_then(|value| value.parse())
                    .map_err(sentence)?;
            }
            Arg::Long("seed") => {
                seed = parser
                    .value()
                    .and_then(|value| value.parse())
                    .map_err(sentence)?;
            }
            Arg::Short('h') | Arg::Long("help") => return Ok(Asked::Help),
            Arg::Short('V') | Arg::Long("version") => return Ok(Asked::Version),
            other => return Err(sentence(other.unexpected())),
        }
    }
    Ok(Asked::Serve {
        address: SocketAddr::new(host, port),
        seed,
    })
}

/// An address of this computer and no other: the keys are public knowledge.
fn host(parser: &mut Parser) -> Result<IpAddr, String> {
    let value = parser
        .value()
        .and_then(|value| value.string())
        .map_err(sentence)?;
    let address = match value.as_str() {
        "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
        other => other
            .trim_matches(['[', ']'])
            .parse()
            .map_err(|_| format!("'{other}' is not an IP address"))?,
    };
    match address.is_loopback() {
        true => Ok(address),
        false => Err(format!(
            "{address} can be reached from other computers; the emulator answers on this one only, for example on 127.0.0.1"
        )),
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
  --port N     Port to answer on; 0 picks a free one [default: 4747]
  --host ADDR  Address of this computer to answer on [default: 127.0.0.1]
  --seed N     Seed of every generated id [default: 0]
  --help       Print this
  --version    Print the version

When it is ready it prints one line of JSON with url, public_key, secret_key, user_id and feed_id.
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
        let address = SocketAddr::from(([127, 0, 0, 1], DEFAULT_PORT));
        assert_eq!(asked(&[]), Ok(Asked::Serve { address, seed: 0 }));
    }

    #[test]
    fn host_port_and_seed_are_taken() {
        let address = "[::1]:0".parse().unwrap();
        assert_eq!(
            asked(&["--host", "::1", "--port=0", "--seed", "7"]),
            Ok(Asked::Serve { address, seed: 7 })
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (arguments, word) in [
            (&["--host", "0.0.0.0"][..], "0.0.0.0"),
            (&["--host", "example.com"], "example.com"),
            (&["--port", "seventy"], "seventy"),
            (&["--port"], "port"),
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
