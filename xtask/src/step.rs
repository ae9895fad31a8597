//! Running other programs: plainly, or while counting the tests that they report.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::count::{Count, Reporter};

/// Runs a program to its end without input; an exit code other than 0 is an error.
pub(crate) fn run(mut command: Command) -> Result<()> {
    let words = in_words(&command);
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| words.clone())?;
    if !status.success() {
        bail!("{words} ended with {status}");
    }
    Ok(())
}

/// Runs a program, passes on what it prints, and counts the tests in it.
///
/// A run in which no test was found is an error: it says that nothing was tested, or that the
/// report is not understood any more.
pub(crate) fn run_tests(mut command: Command, reporter: Reporter) -> Result<Count> {
    let words = in_words(&command);
    let mut child = command
        .env("NO_COLOR", "1")
        .env_remove("FORCE_COLOR")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| words.clone())?;
    let mut count = Count::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            count += reporter.read(&line);
            println!("{line}");
        }
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("{words} ended with {status} ({count})");
    }
    anyhow::ensure!(count.failed == 0, "{words}: {count}");
    anyhow::ensure!(count.passed > 0, "{words} reported no tests");
    Ok(count)
}

/// Runs a program, passes on what it prints, and returns it by lines.
pub(crate) fn lines(mut command: Command) -> Result<Vec<String>> {
    let words = in_words(&command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| words.clone())?;
    let mut lines = Vec::new();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).into_owned();
            println!("{line}");
            lines.push(line);
        }
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("{words} ended with {status}");
    }
    Ok(lines)
}

/// What a program prints, when it ends well.
pub(crate) fn output(mut command: Command) -> Result<String> {
    let words = in_words(&command);
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| words.clone())?;
    anyhow::ensure!(
        output.status.success(),
        "{words} ended with {}",
        output.status
    );
    Ok(String::from_utf8(output.stdout)?)
}

fn in_words(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program());
    std::iter::once(name)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_failing_program_is_named() {
        let error = run(shell("exit 3")).unwrap_err().to_string();
        assert!(
            error.starts_with("sh -c exit 3 ended with") && error.contains('3'),
            "{error}"
        );
    }

    #[test]
    fn a_run_without_tests_is_a_failure() {
        let error = run_tests(shell("echo fine"), Reporter::Cargo).unwrap_err();
        assert!(error.to_string().ends_with("reported no tests"));
    }

    #[test]
    fn tests_of_several_reports_are_added_up() {
        let reports = "test result: ok. 2 passed; 0 failed; 0 ignored";
        let count = run_tests(
            shell(&format!("echo '{reports}'; echo '{reports}'")),
            Reporter::Cargo,
        )
        .unwrap();
        assert_eq!(count.passed, 4);
    }
}
