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
    door::{self, Claim, Client, Door, DoorError, FromResident, Role, ToResident},
    errands::{self, write_line},
    follow::follow,
    link, logging,
    meeting::{BETWEEN_TRIES, MEET_WITHIN, Met, activation_token, caller, hear, meet},
    profile::Profile,
    program::Program,
    proxy_password,
    resident::{self, Ending, Start},
    settings::SettingsFile,
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
        | Command::Open(_)
        | Command::Follow(_)
        | Command::Status { .. }
        | Command::List { .. }
        | Command::MarkRead(_)
        | Command::Pause(_)
        | Command::Diagnostics
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
            hidden,
            connect: Some(file),
        } => {
            let draft = connect_file::read(&file)
                .map_err(|error| format!("{error}. Nothing was stored."))?;
            match meet(profile).await? {
                // The terminal shows what comes of it; the window need not.
                Met::Client(client) => match sign_in(client, draft).await {
                    Ok(words) => Ok(After::End(say(&words))),
                    Err(words) => Err(words),
                },
                Met::Door(door) => reside_to_sign_in(door, profile, draft, hidden).await,
            }
        }
        Command::Start {
            hidden,
            connect: None,
        } => match meet(profile).await? {
            Met::Door(door) => reside(door, profile, hidden, !hidden).await,
            Met::Client(_) if hidden => Ok(After::End(say("Doorbell is already running."))),
            Met::Client(mut client) => {
                errands::act(&mut client, Action::OpenWindow).await?;
                Ok(After::End(ExitCode::SUCCESS))
            }
        },
        Command::Open(item) => {
            let open = async |client: &mut Client, patience| match &item {
                Some(id) => errands::open(client, id, patience).await,
                None => errands::act(client, Action::OpenWindow).await,
            };
            with_resident(profile, open).await
        }
        Command::Follow(Ok(link)) => {
            let follow = async |client: &mut Client, patience| {
                errands::follow(client, &link, patience).await
            };
            with_resident(profile, follow).await
        }
        Command::Follow(Err(reason)) => {
            tell_of_link(profile, reason).await;
            Ok(After::End(fail(&reason.to_string(), MISUNDERSTOOD)))
        }
        Command::Status { json, follow: true } => {
            follow(profile, json).await;
            Ok(After::End(ExitCode::SUCCESS))
        }
        Command::Status {
            json,
            follow: false,
        } => {
            let status = errands::status(&mut caller(profile).await?).await?;
            Ok(After::End(say(&match json {
                true => errands::told_to_programs(Some(&status)),
                false => errands::told(&status),
            })))
        }
        Command::List { json } => {
            let client = caller(profile).await?;
            errands::list(client, json).await.map(said)
        }
        Command::MarkRead(marked) => {
            let client = caller(profile).await?;
            errands::mark_read(client, &marked).await.map(said)
        }
        Command::Pause(until) => {
            let client = caller(profile).await?;
            errands::pause(client, until).await.map(said)
        }
        Command::Diagnostics => {
            match Client::connect(profile, Role::Command, None).await {
                Ok(client) => errands::diagnostics(client).await.map(said),
                // It is asked for when something is wrong, which may be just that.
                Err(DoorError::Nobody) => Ok(said(
                    resident::diagnostics_alone(profile).trim_end().to_owned(),
                )),
                Err(error) => Err(format!("{error}.")),
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
async fn reside_to_sign_in(
    door: Door,
    profile: &Profile,
    draft: Draft,
    hidden: bool,
) -> Result<After, String> {
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
    let after = reside(door, profile, hidden, false).await?;
    match signing_in.now_or_never() {
        Some(Ok(Err(words))) => Err(words),
        Some(_) | None => Ok(after),
    }
}

/// Asks the resident for something, or becomes the resident and then asks itself.
async fn with_resident<F>(profile: &Profile, ask: F) -> Result<After, String>
where
    F: AsyncFnOnce(&mut Client, Duration) -> Result<(), String>,
{
    match meet(profile).await? {
        Met::Client(mut client) => {
            ask(&mut client, Duration::ZERO).await?;
            Ok(After::End(ExitCode::SUCCESS))
        }
        Met::Door(door) => {
            let asking = async {
                let asked = match Client::connect(profile, Role::Command, None).await {
                    Ok(mut client) => ask(&mut client, SETTLED_WITHIN).await,
                    Err(error) => Err(format!("{error}.")),
                };
                if let Err(words) = asked {
                    warn!("{words}");
                    fail(&words, FAILED);
                }
                std::future::pending().await
            };
            tokio::select! {
                after = reside(door, profile, false, false) => after,
                () = asking => Err("Doorbell had to stop.".to_owned()),
            }
        }
    }
}

/// Whoever clicked a bad link sees no terminal: a resident tells them.
async fn tell_of_link(profile: &Profile, reason: link::BadLink) {
    if let Ok(mut client) = caller(profile).await {
        let told = errands::ask(&mut client, &ToResident::LinkRefused(reason)).await;
        // Its answer says that it has heard.
        if told.is_ok() {
            let _ = hear(&mut client).await;
        }
    }
}

async fn reside(
    door: Door,
    profile: &Profile,
    hidden: bool,
    opens_window: bool,
) -> Result<After, String> {
    let (settings, complaints) = SettingsFile::new(profile.settings_file()).read_or_default();
    let log = match logging::start(&profile.log_file(), settings.log_level) {
        Ok(log) => Some(log),
        Err(error) => {
            eprintln!(
                "The log {} cannot be written: {error}.",
                profile.log_file().display()
            );
            None
        }
    };
    for complaint in &complaints {
        warn!(file = %profile.settings_file().display(), "{complaint}");
    }
    let program = Program::current()
        .map_err(|error| format!("Doorbell cannot find its own program: {error}."))?;
    let program = Arc::new(program);
    let start = Start {
        profile: profile.clone(),
        settings,
        complaints,
        program: program.clone(),
        log,
        hidden,
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

fn said(words: String) -> After {
    After::End(say(&words))
}

fn say(sentence: &str) -> ExitCode {
    // A closed pipe is the reader's choice.
    write_line(sentence);
    ExitCode::SUCCESS
}

fn fail(sentence: &str, code: u8) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{sentence}");
    ExitCode::from(code)
}

const FAILED: u8 = 1;
const MISUNDERSTOOD: u8 = 2;
/// How long one that has just been started may take until it has looked at its feeds.
const SETTLED_WITHIN: Duration = Duration::from_secs(30);
/// The check has 20 s and the keychain's question 60 s.
const SIGN_IN_WITHIN: Duration = Duration::from_secs(90);
