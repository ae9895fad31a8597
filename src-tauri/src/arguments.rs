use std::ffi::OsString;

use doorbell_desktop::Profile;
use lexopt::Arg::{Long, Short, Value};

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Arguments {
    Show { profile: String },
    Help,
}

impl Arguments {
    /// Reads the process's arguments, its own name first; an error is a sentence.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        Self::read(lexopt::Parser::from_iter(arguments))
            .map_err(|error| format!("{error}; --help shows what there is"))
    }

    fn read(mut parser: lexopt::Parser) -> Result<Self, lexopt::Error> {
        let mut profile = Profile::DEFAULT.to_owned();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("profile") => profile = parser.value()?.into_string()?,
                Long("help") | Short('h') => return Ok(Self::Help),
                Long(_) | Short(_) | Value(_) => return Err(argument.unexpected()),
            }
        }
        Ok(Self::Show { profile })
    }
}

pub(crate) const HELP: &str = "\
Shows the window of a running Doorbell; `doorbell` starts it by itself.

Usage: doorbell-window [--profile NAME]
";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Arguments, String> {
        Arguments::parse(
            ["doorbell-window"]
                .iter()
                .chain(arguments)
                .map(OsString::from),
        )
    }

    #[test]
    fn without_arguments_it_is_the_default_profile() {
        assert_eq!(
            parse(&[]),
            Ok(Arguments::Show {
                profile: "default".into()
            })
        );
    }

    #[test]
    fn the_profile_is_named_after_its_option() {
        let demo = Ok(Arguments::Show {
            profile: "demo".into(),
        });
        assert_eq!(parse(&["--profile", "demo"]), demo);
        assert_eq!(parse(&["--profile=demo"]), demo);
    }

    #[test]
    fn what_it_does_not_know_it_refuses_in_a_sentence() {
        for arguments in [&["--profile"][..], &["--hidden"], &["demo"]] {
            let sentence = parse(arguments).unwrap_err();
            assert!(
                sentence.ends_with("--help shows what there is"),
                "{sentence}"
            );
        }
    }
}
