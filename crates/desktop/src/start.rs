use std::{
    ffi::OsString,
    io::Write,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use doorbell_knock::Draft;
use doorbell_notifier::Action;
use futures_util::FutureExt;
use tokio::time::{sleep, timeout};
use tracing::warn;

use crate::{
    command::{Command, CommandLine, HELP},
    connect_file,
    door::{self, Claim, Client, Door, DoorError, FromResident, Role, Status, ToResident},
    logging,
    profile::Profile,
    program::Program,
    proxy_password,
    resident::{self, Ending, Start},
    settings::{self, Settings},
    sign_out,
};

/// Does what the command line asks for, as the resident or by talking to the one that runs.
///
/// The exit code is 0 when it worked, 1 when it did not and 2 when the arguments cannot be understood.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let line = match CommandLine::parse(arguments) {
        Ok(line) => line,
        Err(sentence) => return fail(&sentence, MISUNDERSTOOD),
    };
    match line.command {
        Command::Help => return say(HELP.trim_end()),
        Command::Version => return say(concat!("doorbell ", env!("CARGO_PKG_VERSION"))),
        Command::Start { .. }
        | Command::Open
        | Command::Status
        | Command::SignOut(_)
        | Command::ProxyPassword
        | Command::Quit => {}
    }
    let profile = match Profile::new(&line.profile) {
        Ok(profile) => profile,
        Err(error) => return fail(&format!("{error}."), MISUNDERSTOOD),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("Doorbell cannot start: {error}."), FAILED),
    };
    let code = match runtime.block_on(act(&profile, line.command)) {
        Ok(After::End(code)) => code,
        Ok(After::StartAnew(program)) => start_anew(&program, &profile),
        Err(sentence) => fail(&sentence, FAILED),
    };
    // A call to the keychain or the opener that hangs must not keep the process.
    runtime.shutdown_background();
    code
}

enum After {
    End(ExitCode),
    StartAnew(Arc<Program>),
}

async fn act(profile: &Profile, command: Command) -> Result<After, String> {
    match command {
        // The terminal shows what comes of it; the window need not.
        Command::Start {
            hidden: _,
            connect: Some(file),
        } => {
            let draft = connect_file::read(&file)
                .map_err(|error| format!("{error}. Nothing was stored."))?;
            match meet(profile).await? {
                Met::Client(client) => match sign_in(client, draft).await {
                    Ok(words) => Ok(After::End(say(&words))),
                    Err(words) => Err(words),
                },
                Met::Door(door) => reside_to_sign_in(door, profile, draft).await,
            }
        }
        Command::Start {
            hidden,
            connect: None,
        } => match meet(profile).await? {
            Met::Door(door) => reside(door, profile, !hidden).await,
            Met::Client(_) if hidden => Ok(After::End(say("Doorbell is already running."))),
            Met::Client(client) => show_window(client).await,
        },
        Command::Open => match meet(profile).await? {
            Met::Client(client) => show_window(client).await,
            Met::Door(door) => {
                let own = profile.clone();
                tokio::spawn(async move {
                    match Client::connect(&own, Role::Command, None).await {
                        Ok(client) => drop(show_window(client).await),
                        Err(error) => warn!(%error, "the window could not be asked for"),
                    }
                });
                reside(door, profile, false).await
            }
        },
        Command::Status => {
            let mut client = match Client::connect(profile, Role::Command, None).await {
                Ok(client) => client,
                Err(error) => return Err(format!("{error}.")),
            };
            client
                .send(&ToResident::Status)
                .await
                .map_err(|error| format!("{error}."))?;
            match hear(&mut client).await? {
                Some(FromResident::Status(status)) => Ok(After::End(say(&told(&status)))),
                _ => Err(format!("{}.", DoorError::Silent)),
            }
        }
        Command::SignOut(whom) => match meet(profile).await? {
            Met::Client(client) => sign_out::through(client, &whom).await,
            // Held until the end, so that no resident reads the keychain meanwhile.
            Met::Door(_door) => sign_out::alone(profile, &whom).await,
        }
        .map(|words| After::End(say(&words))),
        Command::ProxyPassword => proxy_password::keep(profile)
            .await
            .map(|words| After::End(say(&words))),
        Command::Quit => quit(profile).await,
        Command::Help | Command::Version => Ok(After::End(ExitCode::SUCCESS)),
    }
}

/// Becomes the resident and signs in. One that came for a sign-in which does not work does not stay.
async fn reside_to_sign_in(door: Door, profile: &Profile, draft: Draft) -> Result<After, String> {
    let own = profile.clone();
    let signing_in = tokio::spawn(async move {
        let client = Client::connect(&own, Role::Command, None).await;
        let outcome = match client {
            Ok(client) => sign_in(client, draft).await,
            Err(error) => Err(format!("{error}.")),
        };
        match outcome {
            Ok(words) => {
                say(&words);
                Ok(())
            }
            Err(words) => {
                if let Err(error) = end(&own).await {
                    warn!(%error, "a resident that nobody signed in to could not be ended");
                }
                Err(words)
            }
        }
    });
    let after = reside(door, profile, false).await?;
    match signing_in.now_or_never() {
        Some(Ok(Err(words))) => Err(words),
        Some(_) | None => Ok(after),
    }
}

enum Met {
    /// There is no resident, so this process is it.
    Door(Door),
    Client(Client),
}

/// Becomes the resident, or finds the one that runs, also while it is just starting or ending.
async fn meet(profile: &Profile) -> Result<Met, String> {
    let until = Instant::now() + MEET_WITHIN;
    loop {
        match door::claim(profile) {
            Ok(Claim::Ours(door)) => return Ok(Met::Door(door)),
            Ok(Claim::Held) => {}
            Err(error) => return Err(format!("Doorbell cannot start: {error}.")),
        }
        match Client::connect(profile, Role::Command, activation_token()).await {
            Ok(client) => return Ok(Met::Client(client)),
            Err(DoorError::Nobody | DoorError::Line(_)) if Instant::now() < until => {
                sleep(BETWEEN_TRIES).await
            }
            Err(error) => return Err(format!("{error}.")),
        }
    }
}

async fn reside(door: Door, profile: &Profile, opens_window: bool) -> Result<After, String> {
    let (settings, complaints) = Settings::read(&profile.settings_file());
    if let Err(error) = logging::start(&profile.log_file(), settings.log_level) {
        eprintln!(
            "The log {} cannot be written: {error}.",
            profile.log_file().display()
        );
    }
    for complaint in &complaints {
        warn!(file = %profile.settings_file().display(), "{complaint}");
    }
    let program = Program::current()
        .map_err(|error| format!("Doorbell cannot find its own program: {error}."))?;
    let program = Arc::new(program);
    let start = Start {
        profile: profile.clone(),
        settings,
        complaint: settings::told(&profile.settings_file(), &complaints),
        program: program.clone(),
        opens_window,
        activation_token: activation_token(),
    };
    match resident::run(door, start).await {
        Ok(Ending::Asked) => Ok(After::End(ExitCode::SUCCESS)),
        Ok(Ending::Replaced) => Ok(After::StartAnew(program)),
        Err(error) => Err(format!("{error}.")),
    }
}

fn start_anew(program: &Program, profile: &Profile) -> ExitCode {
    let arguments = ["--profile", profile.name(), "--hidden"].map(OsString::from);
    let error = program.start_anew(&arguments);
    fail(
        &format!("The new version of Doorbell cannot be started: {error}."),
        FAILED,
    )
}

/// Signs in through the door; either way a sentence says what came of it.
async fn sign_in(mut client: Client, draft: Draft) -> Result<String, String> {
    let words = ToResident::Do(Action::SignIn { draft });
    let outcome = async {
        client.send(&words).await?;
        client.next().await
    };
    match timeout(SIGN_IN_WITHIN, outcome).await {
        Ok(Ok(Some(FromResident::SignInEnded {
            worked: true,
            words,
        }))) => Ok(words),
        Ok(Ok(Some(FromResident::SignInEnded {
            worked: false,
            words,
        }))) => Err(words),
        Ok(Ok(Some(_))) => Err("Doorbell gave an answer that makes no sense.".to_owned()),
        Ok(Ok(None)) => Err("Doorbell ended before the sign-in did.".to_owned()),
        Ok(Err(error)) => Err(format!("{error}.")),
        Err(_) => Err("There is no answer yet. Try again, or sign in with the window.".to_owned()),
    }
}

async fn show_window(mut client: Client) -> Result<After, String> {
    client
        .send(&ToResident::Do(Action::OpenWindow))
        .await
        .map_err(|error| format!("{error}."))?;
    hear(&mut client).await?;
    Ok(After::End(ExitCode::SUCCESS))
}

/// The state in words, and where there are several accounts that of each in a line of its own.
fn told(status: &Status) -> String {
    let mut words = status.words.clone();
    for account in status.accounts.iter().filter(|_| status.accounts.len() > 1) {
        words += &format!("\n{}: {}.", account.name, account.words);
    }
    words
}

async fn quit(profile: &Profile) -> Result<After, String> {
    if !end(profile).await? {
        return Ok(After::End(say("Doorbell is not running.")));
    }
    // Its lock goes with its process; whoever starts Doorbell next must not meet the old one.
    let until = Instant::now() + MEET_WITHIN;
    while matches!(door::claim(profile), Ok(Claim::Held)) {
        if Instant::now() >= until {
            return Err("Doorbell was asked to end and takes long for it.".to_owned());
        }
        sleep(BETWEEN_TRIES).await;
    }
    Ok(After::End(say("Doorbell has ended.")))
}

/// Asks the resident to end and hears it out; whether there was one.
async fn end(profile: &Profile) -> Result<bool, String> {
    let mut client = match Client::connect(profile, Role::Command, None).await {
        Ok(client) => client,
        Err(DoorError::Nobody) => return Ok(false),
        Err(error) => return Err(format!("{error}.")),
    };
    client
        .send(&ToResident::Do(Action::Quit))
        .await
        .map_err(|error| format!("{error}."))?;
    while hear(&mut client).await?.is_some() {}
    Ok(true)
}

pub(crate) async fn hear(client: &mut Client) -> Result<Option<FromResident>, String> {
    match timeout(ANSWER_WITHIN, client.next()).await {
        Ok(answer) => answer.map_err(|error| format!("{error}.")),
        Err(_) => Err(format!("{}.", DoorError::Silent)),
    }
}

/// What whoever started us gave along so that a window may come to the front.
fn activation_token() -> Option<String> {
    ["XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID"]
        .iter()
        .find_map(|variable| {
            std::env::var(variable)
                .ok()
                .filter(|token| !token.is_empty())
        })
}

fn say(sentence: &str) -> ExitCode {
    // A closed pipe is the reader's choice.
    let _ = writeln!(std::io::stdout(), "{sentence}");
    ExitCode::SUCCESS
}

fn fail(sentence: &str, code: u8) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{sentence}");
    ExitCode::from(code)
}

const FAILED: u8 = 1;
const MISUNDERSTOOD: u8 = 2;
const MEET_WITHIN: Duration = Duration::from_secs(10);
const BETWEEN_TRIES: Duration = Duration::from_millis(50);
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// The check has 20 s and the keychain's question 60 s.
const SIGN_IN_WITHIN: Duration = Duration::from_secs(90);
