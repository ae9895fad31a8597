//! `doorbell-emulator`: a local Knock on a port of this computer.

mod args;
mod folder;

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use args::{Asked, Serve};
use doorbell_emulator::{Config, Emulator, Limits, Server, SigningKey, Store};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tracing::warn;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    match args::parse(lexopt::Parser::from_env()) {
        Ok(Asked::Serve(asked)) => match serve(asked).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(sentence) => {
                eprintln!("doorbell-emulator: {sentence}");
                ExitCode::FAILURE
            }
        },
        Ok(Asked::Help) => print(args::HELP),
        Ok(Asked::Version) => print(concat!(
            "doorbell-emulator ",
            env!("CARGO_PKG_VERSION"),
            "\n"
        )),
        Err(sentence) => {
            eprintln!("doorbell-emulator: {sentence}; --help lists what there is");
            ExitCode::from(2)
        }
    }
}

async fn serve(asked: Serve) -> Result<(), String> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .init();
    let config = config(&asked)?;
    let workflows = match &asked.workflows {
        Some(folder) => folder::workflows(folder)?,
        None => Vec::new(),
    };
    let stopped = stop_signal().map_err(|error| format!("cannot listen for signals: {error}"))?;
    let listener = TcpListener::bind(asked.address)
        .await
        .map_err(|error| refused(asked.address, &error))?;
    let mut emulator = Emulator::new(config.clone());
    // Before the state: runs that wait want to go on.
    folder::take_up(&workflows, &[], |key, text| {
        emulator.load_workflow(key, text)
    });
    let store = match &asked.state {
        Some(file) => Some(Store::open(file, &mut emulator)?),
        None => None,
    };
    match asked.holds_clock {
        true if !emulator.holds_clock() => emulator.hold_clock(OffsetDateTime::now_utc()),
        true => {}
        false => emulator.release_clock(),
    }
    emulator
        .add_faults(&asked.faults)
        .map_err(|reason| format!("--fault: {reason}"))?;
    let limits = Limits {
        max_connections: within_the_system(asked.max_connections),
        ..Limits::default()
    };
    let running = Server::run(emulator, store, listener, limits)
        .map_err(|error| refused(asked.address, &error))?;
    let mut ready = serde_json::json!({
        "url": running.url(),
        "public_key": config.public_key,
        "secret_key": config.secret_key,
        "user_id": config.user_id,
        "feed_id": config.feed_id,
    });
    if let Some(key) = &config.signing_key {
        ready["signing_key"] = key.pem().into();
    }
    if let Err(error) = writeln!(io::stdout(), "{ready}") {
        warn!(%error, "nobody reads the line that says it is ready");
    }
    match &asked.workflows {
        None => stopped.await,
        Some(folder) => tokio::select! {
            () = stopped => {}
            never = folder::watch(folder, workflows, &running) => match never {},
        },
    }
    running.stop().await;
    Ok(())
}

/// As many connections as were asked for, or as the system gives.
fn within_the_system(connections: usize) -> usize {
    let wanted = u64::try_from(connections).unwrap_or(u64::MAX);
    match rlimit::increase_nofile_limit(wanted.saturating_add(OTHER_FILES)) {
        Ok(files) if files < wanted.saturating_add(OTHER_FILES) => {
            let fit = files.saturating_sub(OTHER_FILES).max(1);
            warn!(
                connections = fit,
                "the system gives fewer files than connections were asked for"
            );
            usize::try_from(fit).unwrap_or(connections)
        }
        Ok(_) => connections,
        Err(error) => {
            warn!(%error, "could not ask the system for more files");
            connections
        }
    }
}

fn config(asked: &Serve) -> Result<Config, String> {
    let signing_key = match (&asked.signing_key, asked.enhanced_security) {
        (Some(file), _) => {
            let text = fs::read_to_string(file)
                .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
            let key = SigningKey::parse(&text);
            Some(key.map_err(|error| format!("{} is {error}", file.display()))?)
        }
        (None, true) => {
            let key = SigningKey::generate();
            Some(key.map_err(|_| "the system gives no randomness for a signing key".to_owned())?)
        }
        (None, false) => None,
    };
    Ok(Config {
        seed: asked.seed,
        enhanced_security: asked.enhanced_security,
        signing_key,
        rate_limits: asked.rate_limits,
        ..Config::default()
    })
}

fn refused(address: SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => format!(
            "port {} of {} is taken; end what uses it, or choose another with --port (0 picks a free one)",
            address.port(),
            address.ip()
        ),
        _ => format!("cannot listen on {address}: {error}"),
    }
}

/// Completes at Ctrl-C or SIGTERM; both are caught from the call on.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Completes at Ctrl-C, which is caught from the call on.
#[cfg(windows)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}

fn print(text: &str) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Standard streams, the listener, the state, and those who are being refused.
const OTHER_FILES: u64 = 128;
