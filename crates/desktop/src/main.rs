//! `doorbell`: the command line, and on Linux the resident.

fn main() -> std::process::ExitCode {
    doorbell_desktop::start::main(std::env::args_os().skip(1))
}
