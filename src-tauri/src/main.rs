#![cfg_attr(windows, windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    match doorbell_window::run(std::env::args_os()) {
        Ok(code) => code,
        Err(sentence) => {
            eprintln!("doorbell-window: {sentence}");
            ExitCode::FAILURE
        }
    }
}
