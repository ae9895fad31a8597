use std::{ffi::OsString, path::PathBuf};

use lexopt::{Arg, ValueExt};

use crate::profile::Profile;

/// What was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    pub profile: String,
    pub command: Command,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Starts the resident, or shows the window of the one that runs.
    Start {
        /// Without opening the window.
        hidden: bool,
        /// Signs in with what this file says; `-` is standard input.
        connect: Option<PathBuf>,
    },
    Open,
    Status,
    /// Makes the keychain forget an account, whether the resident runs or not.
    SignOut(Whom),
    /// Keeps the password of the proxy that the settings name, from standard input, in the keychain.
    ProxyPassword,
    Quit,
    Help,
    Version,
}

/// Which of those who are signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// The only one there is.
    Only,
    /// By the user's id, by the name that `status` gives, or by the account's id.
    Named(String),
    Everybody,
}

impl CommandLine {
    /// Reads the arguments, the program's name left out. The error is a sentence.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        let mut profile = Profile::DEFAULT.to_owned();
        let (mut hidden, mut connect, mut word) = (false, None, None);
        let mut arguments = lexopt::Parser::from_args(arguments);
        while let Some(argument) = arguments.next().map_err(sentence)? {
            match argument {
                Arg::Long("help") | Arg::Short('h') => word = Some(Command::Help),
                Arg::Long("version") | Arg::Short('V') => word = Some(Command::Version),
                Arg::Long("hidden") => hidden = true,
                Arg::Long("profile") => {
                    profile = arguments
                        .value()
                        .and_then(|name| name.string())
                        .map_err(sentence)?
                }
                Arg::Long("connect") => connect = Some(arguments.value().map_err(sentence)?.into()),
                Arg::Value(whom) if word == Some(Command::SignOut(Whom::Only)) => {
                    let whom = whom.string().map_err(sentence)?;
                    word = Some(Command::SignOut(Whom::Named(whom)));
                }
                Arg::Long("all") if word == Some(Command::SignOut(Whom::Only)) => {
                    word = Some(Command::SignOut(Whom::Everybody));
                }
                Arg::Value(name) if word.is_none() => {
                    word = Some(match name.to_str() {
                        Some("open") => Command::Open,
                        Some("status") => Command::Status,
                        Some("sign-out") => Command::SignOut(Whom::Only),
                        Some("proxy-password") => Command::ProxyPassword,
                        Some("quit") => Command::Quit,
                        _ => {
                            return Err(format!(
                                "There is no command {name:?}. Try: doorbell --help"
                            ));
                        }
                    });
                }
                argument => return Err(sentence(argument.unexpected())),
            }
        }
        let command = match word {
            None => Command::Start { hidden, connect },
            Some(command @ (Command::Help | Command::Version)) => command,
            Some(_) if hidden || connect.is_some() => {
                return Err(
                    "--hidden and --connect go without a command. Try: doorbell --help".to_owned(),
                );
            }
            Some(command) => command,
        };
        Ok(Self { profile, command })
    }
}

fn sentence(error: lexopt::Error) -> String {
    format!("That cannot be understood: {error}. Try: doorbell --help")
}

pub const HELP: &str = "\
Doorbell shows the notifications of a Knock in-app feed in the tray.

Usage: doorbell [--profile NAME] [--hidden] [--connect FILE]
       doorbell [--profile NAME] open | status | sign-out [USER|--all] | proxy-password | quit

  open            Show the window; start Doorbell if it does not run
  status          Say how many items are unread and whether Doorbell is connected,
                  and the same of each account where there are several
  sign-out        Leave the account and remove it from the keychain; where there are several,
                  USER says which, as status calls it, and --all means every one
  proxy-password  Keep the password of the proxy that the settings name in the keychain; it is
                  read from standard input, and none at all removes it
  quit            End Doorbell

  --hidden        Start without opening the window
  --connect FILE  Sign in, beside whoever is signed in, with a JSON file that has public_key,
                  user_id, feed_id and, where they are needed, user_token and host; - reads
                  standard input
  --profile NAME  Use settings, account and window of their own under this name
  --help          Show this
  --version       Show the version

Settings are in ~/.config/doorbell/settings.toml, the log is in ~/.local/state/doorbell.
Another profile has its own under profiles/NAME there. DOORBELL_LOG=debug makes the log say more.
";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<CommandLine, String> {
        CommandLine::parse(line.split_whitespace().map(OsString::from))
    }

    #[track_caller]
    fn check(line: &str, profile: &str, command: Command) {
        assert_eq!(
            parse(line),
            Ok(CommandLine {
                profile: profile.to_owned(),
                command
            })
        );
    }

    fn start(hidden: bool, connect: Option<&str>) -> Command {
        Command::Start {
            hidden,
            connect: connect.map(PathBuf::from),
        }
    }

    #[test]
    fn what_can_be_typed_is_understood() {
        check("", "default", start(false, None));
        check("--hidden", "default", start(true, None));
        check(
            "--profile demo --connect a.json",
            "demo",
            start(false, Some("a.json")),
        );
        check("--connect=- --hidden", "default", start(true, Some("-")));
        check("open", "default", Command::Open);
        check("--profile=demo status", "demo", Command::Status);
        check("sign-out", "default", Command::SignOut(Whom::Only));
        let ada = Whom::Named("ada".to_owned());
        check("sign-out ada", "default", Command::SignOut(ada));
        check(
            "sign-out --all",
            "default",
            Command::SignOut(Whom::Everybody),
        );
        check("proxy-password", "default", Command::ProxyPassword);
        check("quit --profile demo", "demo", Command::Quit);
        check("--help", "default", Command::Help);
        check("-V", "default", Command::Version);
    }

    #[test]
    fn what_cannot_be_understood_gets_a_sentence() {
        for line in [
            "stop",
            "open quit",
            "--loud",
            "--profile",
            "--connect",
            "--hidden=yes",
            "quit --hidden",
            "sign-out --hidden",
            "sign-out ada bob",
            "sign-out --all ada",
            "--all",
            "status ada",
            "signout",
            "status --connect a",
            "proxy-password secret",
        ] {
            let sentence = parse(line).unwrap_err();
            assert!(
                sentence.ends_with("Try: doorbell --help"),
                "{line}: {sentence}"
            );
        }
    }
}
