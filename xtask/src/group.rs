//! Programs that end together.

use std::io::{self, BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context, Result};

/// Ends the whole group when its standard input closes: politely, then for good.
///
/// A pipe, and not the kernel's parent-death signal: that one follows the thread that spawned a
/// program, and threads of a test runner come and go.
const GUARD: &str =
    r#"trap "" TERM INT HUP; read -r _; kill -s TERM -- "-$$"; sleep 0.3; kill -s KILL -- "-$$""#;

/// A process group that outlives neither its owner nor the process that made it.
#[derive(Debug)]
pub struct Group {
    guard: Child,
    lifeline: Option<ChildStdin>,
    members: Vec<Child>,
}

impl Group {
    /// Starts an empty group.
    pub fn start() -> Result<Self> {
        let mut guard = Command::new("/bin/sh")
            .args(["-c", GUARD])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("the guard of a process group")?;
        let lifeline = guard.stdin.take();
        Ok(Self {
            guard,
            lifeline,
            members: Vec::new(),
        })
    }

    /// Makes the command join the group when it is spawned.
    pub fn adopt(&self, command: &mut Command) {
        if let Ok(id) = i32::try_from(self.guard.id()) {
            command.process_group(id);
        }
    }

    /// Starts a member that the group also buries; returns its process id.
    pub fn spawn(&mut self, command: &mut Command) -> io::Result<u32> {
        self.adopt(command);
        let member = command.spawn()?;
        let id = member.id();
        self.members.push(member);
        Ok(id)
    }

    /// Starts a member whose standard output is piped, and reads its first line.
    pub fn spawn_reading_line(&mut self, command: &mut Command) -> io::Result<String> {
        self.adopt(command);
        let mut member = command.spawn()?;
        let output = member.stdout.take();
        self.members.push(member);
        let mut line = String::new();
        if let Some(output) = output {
            BufReader::new(output).read_line(&mut line)?;
        }
        Ok(line.trim_end().to_owned())
    }

    /// Kills one member and waits for its end.
    pub fn stop(&mut self, id: u32) -> io::Result<()> {
        let Some(at) = self.members.iter().position(|member| member.id() == id) else {
            return Ok(());
        };
        let mut member = self.members.swap_remove(at);
        let killed = member.kill();
        member.wait()?;
        killed
    }

    fn end(&mut self) -> io::Result<()> {
        drop(self.lifeline.take());
        self.guard.wait()?;
        self.members
            .iter_mut()
            .try_for_each(|member| member.wait().map(drop))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            eprintln!("a process group did not end: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn a_member_ends_with_its_group() {
        let group = Group::start().unwrap();
        let mut command = Command::new("sleep");
        command.arg("1000");
        group.adopt(&mut command);
        let mut sleeper = command.spawn().unwrap();
        drop(group);
        assert!(!sleeper.wait().unwrap().success());
    }

    #[test]
    fn a_member_that_ignores_signals_ends_as_well() {
        let group = Group::start().unwrap();
        let mut command = Command::new("sh");
        command
            .args(["-c", "trap '' TERM; echo ready; while :; do sleep 1; done"])
            .stdout(Stdio::piped());
        group.adopt(&mut command);
        let mut stubborn = command.spawn().unwrap();
        let mut ready = [0; 6];
        stubborn
            .stdout
            .take()
            .unwrap()
            .read_exact(&mut ready)
            .unwrap();
        drop(group);
        assert!(!stubborn.wait().unwrap().success());
    }
}
