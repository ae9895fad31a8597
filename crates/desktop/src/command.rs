use std::{ffi::OsString, path::PathBuf};

use doorbell_knock::ItemId;
use doorbell_notifier::PauseUntil;
use lexopt::{Arg, ValueExt};

use crate::{
    link::{self, BadLink, Link},
    profile::Profile,
};

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
    /// Shows the window, or opens an item.
    Open(Option<ItemId>),
    /// Follows a link that a page or a mail has, as far as it can be.
    Follow(Result<Link, BadLink>),
    Status {
        json: bool,
        /// Goes on with every change.
        follow: bool,
    },
    /// Says which items are the newest.
    List {
        json: bool,
    },
    MarkRead(Marked),
    /// Makes toasts wait, or ends that when there is no time given.
    Pause(Option<PauseUntil>),
    /// Says what somebody who helps needs to know, without secrets.
    Diagnostics,
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

/// What is marked as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Marked {
    Item(ItemId),
    /// Whatever the tray counts, in every account.
    All,
    /// It was not said.
    Nothing,
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
                argument => match &mut word {
                    None => word = Some(begun(argument)?),
                    Some(command) => command.go_on(argument)?,
                },
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
            Some(Command::MarkRead(Marked::Nothing)) => {
                return Err("Say which item is read, or --all. Try: doorbell --help".to_owned());
            }
            Some(command) => command,
        };
        Ok(Self { profile, command })
    }
}

/// The command that this argument begins.
fn begun(argument: Arg<'_>) -> Result<Command, String> {
    let Arg::Value(name) = argument else {
        return Err(sentence(argument.unexpected()));
    };
    Ok(match name.to_str() {
        Some("open") => Command::Open(None),
        Some("status") => Command::Status {
            json: false,
            follow: false,
        },
        Some("list") => Command::List { json: false },
        Some("mark-read") => Command::MarkRead(Marked::Nothing),
        Some("pause") => Command::Pause(Some(PauseUntil::Resumed)),
        Some("sign-out") => Command::SignOut(Whom::Only),
        Some("proxy-password") => Command::ProxyPassword,
        Some("diagnostics") => Command::Diagnostics,
        Some("quit") => Command::Quit,
        Some(link) if Link::is_one(link) => Command::Follow(Link::parse(link)),
        _ => {
            return Err(format!(
                "There is no command {name:?}. Try: doorbell --help"
            ));
        }
    })
}

impl Command {
    /// Takes what follows the command's name.
    fn go_on(&mut self, argument: Arg<'_>) -> Result<(), String> {
        match (self, argument) {
            (Self::SignOut(whom @ Whom::Only), Arg::Value(name)) => {
                *whom = Whom::Named(name.string().map_err(sentence)?);
            }
            (Self::SignOut(whom @ Whom::Only), Arg::Long("all")) => *whom = Whom::Everybody,
            (Self::Open(item @ None), Arg::Value(id)) => *item = Some(item_id(id)?),
            (Self::MarkRead(marked @ Marked::Nothing), Arg::Value(id)) => {
                *marked = Marked::Item(item_id(id)?);
            }
            (Self::MarkRead(marked @ Marked::Nothing), Arg::Long("all")) => *marked = Marked::All,
            (Self::Pause(until @ Some(PauseUntil::Resumed)), Arg::Value(time)) => {
                *until = pause(&time.string().map_err(sentence)?)?;
            }
            (Self::Status { json, .. } | Self::List { json }, Arg::Long("json")) => *json = true,
            (Self::Status { follow, .. }, Arg::Long("follow")) => *follow = true,
            (_, argument) => return Err(sentence(argument.unexpected())),
        }
        Ok(())
    }
}

fn item_id(text: OsString) -> Result<ItemId, String> {
    let text = text.string().map_err(sentence)?;
    link::item_id(&text).ok_or_else(|| {
        "That cannot be an item's id; `doorbell list` shows them. Try: doorbell --help".to_owned()
    })
}

/// Until when toasts wait; nothing ends a pause.
fn pause(text: &str) -> Result<Option<PauseUntil>, String> {
    match text {
        "tomorrow" => return Ok(Some(PauseUntil::Tomorrow)),
        "off" => return Ok(None),
        _ => {}
    }
    let minutes = match (text.strip_suffix('m'), text.strip_suffix('h')) {
        (Some(minutes), _) => minutes.parse().ok(),
        (_, Some(hours)) => hours
            .parse::<u32>()
            .ok()
            .and_then(|hours| hours.checked_mul(60)),
        _ => None,
    };
    match minutes {
        Some(minutes @ 1..=MAX_PAUSE) => Ok(Some(PauseUntil::Minutes(minutes))),
        _ => Err(
            "A pause is so many minutes or hours, such as 30m or 1h, or tomorrow, or off. Try: doorbell --help"
                .to_owned(),
        ),
    }
}

fn sentence(error: lexopt::Error) -> String {
    format!("That cannot be understood: {error}. Try: doorbell --help")
}

/// The longest pause, a week, in minutes.
const MAX_PAUSE: u32 = 7 * 24 * 60;

pub const HELP: &str = "\
Doorbell shows the notifications of a Knock in-app feed in the tray.

Usage: doorbell [--profile NAME] [--hidden] [--connect FILE]
       doorbell [--profile NAME] COMMAND

  open [ITEM]     Show the window, or open an item; start Doorbell if it does not run
  status          Say how many items are unread and whether Doorbell is connected,
                  and the same of each account where there are several;
                  --json says it for programs, --follow again with every change
  list            Show the newest items with their ids; --json shows them for programs
  mark-read ITEM  Mark an item as read; --all marks everything that the tray counts
  pause [TIME]    Make toasts wait: 30m, 1h or so, tomorrow, or without a time until
                  `pause off`
  sign-out        Leave the account and remove it from the keychain; where there are several,
                  USER says which, as status calls it, and --all means every one
  proxy-password  Keep the password of the proxy that the settings name in the keychain; it is
                  read from standard input, and none at all removes it
  diagnostics     Say what somebody who helps needs to know, without ids, keys and contents
  quit            End Doorbell

  doorbell://…    Follow a link that opens an item or fills in the form for signing in

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

    fn item() -> ItemId {
        ItemId("2Ym".to_owned())
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
        check("open", "default", Command::Open(None));
        check("open 2Ym", "default", Command::Open(Some(item())));
        let status = |json, follow| Command::Status { json, follow };
        check("--profile=demo status", "demo", status(false, false));
        check("status --follow --json", "default", status(true, true));
        check("list", "default", Command::List { json: false });
        check("list --json", "default", Command::List { json: true });
        let one = Marked::Item(item());
        check("mark-read 2Ym", "default", Command::MarkRead(one));
        check("mark-read --all", "default", Command::MarkRead(Marked::All));
        check("diagnostics", "default", Command::Diagnostics);
        let link = Link::Open(item());
        check("doorbell://open/2Ym", "default", Command::Follow(Ok(link)));
        let refused = Command::Follow(Err(BadLink::Unknown));
        check("--profile demo doorbell://quit", "demo", refused);
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
    fn a_pause_has_an_end_or_waits_for_one() {
        for (line, until) in [
            ("pause", Some(PauseUntil::Resumed)),
            ("pause 30m", Some(PauseUntil::Minutes(30))),
            ("pause 1h", Some(PauseUntil::Minutes(60))),
            ("pause 168h", Some(PauseUntil::Minutes(MAX_PAUSE))),
            ("pause tomorrow", Some(PauseUntil::Tomorrow)),
            ("pause off", None),
        ] {
            check(line, "default", Command::Pause(until));
        }
    }

    #[test]
    fn what_cannot_be_understood_gets_a_sentence() {
        for line in [
            "stop",
            "status quit",
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
            "list --follow",
            "list ada",
            "open 2Ym 2Ym",
            "open ..",
            "open --json",
            "mark-read",
            "mark-read 2Ym --all",
            "pause 0m",
            "pause 169h",
            "pause 99999999999h",
            "pause soon",
            "pause 1h 2h",
            "diagnostics --all",
            "doorbell://open/2Ym open",
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
