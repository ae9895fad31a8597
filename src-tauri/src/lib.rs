//! The window of Doorbell: it shows what the resident says and passes on what a person asks for.
//!
//! It holds no secret, opens no connection but the one to the resident's door, and runs only while it is open.
//! A resident that is lost is waited for.
//! In reading order: [`run`] starts it, `bridge` stands between the door and the page, `commands` are what the
//! page can call, `page` is the window and what its page must not do, `pictures` what it may
//! show of others, `surroundings` what the desktop lacks.

mod arguments;
mod bridge;
mod commands;
mod page;
mod pictures;
mod surroundings;

use std::{ffi::OsString, process::ExitCode};

use arguments::Arguments;
use bridge::Bridge;
use doorbell_desktop::{
    Profile,
    door::{Client, DoorError, Role},
};

/// Shows the window until it is closed or Doorbell is quit; an error is a sentence for the person.
///
/// `arguments` are those of the process, its own name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Result<ExitCode, String> {
    let Arguments::Show { profile } = Arguments::parse(arguments)? else {
        print!("{}", arguments::HELP);
        return Ok(ExitCode::SUCCESS);
    };
    log_to_standard_error();
    let profile = Profile::new(&profile).map_err(|error| error.to_string())?;
    surroundings::prepare()?;

    let connected = Client::connect(&profile, Role::Window, None);
    let client =
        tauri::async_runtime::block_on(connected).map_err(|error| words(&error, &profile))?;
    let (bridge, asked) = Bridge::new();
    let gallery = profile.pictures_dir();
    let app = tauri::Builder::default()
        .manage(bridge)
        .plugin(page::place(&profile))
        .register_uri_scheme_protocol(pictures::SCHEME, move |_, request| {
            pictures::answer(&gallery, &request)
        })
        .invoke_handler(tauri::generate_handler![
            commands::act,
            commands::ready,
            commands::settings,
            commands::set,
            commands::open_settings_file,
            commands::diagnostics,
        ])
        .setup(move |app| {
            page::open(app.handle())?;
            tauri::async_runtime::spawn(bridge::carry(
                client,
                asked,
                profile,
                app.handle().clone(),
            ));
            Ok(())
        })
        .build(tauri::generate_context!())
        .map_err(|error| format!("the window cannot be made: {error}"))?;
    Ok(ExitCode::from(app.run_return(|_, _| {}).clamp(0, 255) as u8))
}

fn words(error: &DoorError, profile: &Profile) -> String {
    match error {
        DoorError::Nobody if profile.name() == Profile::DEFAULT => {
            format!("{error}; start it with `doorbell`")
        }
        DoorError::Nobody => format!(
            "{error}; start it with `doorbell --profile {}`",
            profile.name()
        ),
        DoorError::Silent | DoorError::Line(_) => error.to_string(),
    }
}

/// The resident writes the log file; what the window says goes to whoever started it.
fn log_to_standard_error() {
    let level = tracing_subscriber::filter::LevelFilter::WARN;
    let log = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr);
    if log.try_init().is_err() {
        eprintln!("doorbell-window: a log was started already");
    }
}
