//! The real binary as a process.
#![allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]

use std::io::Read;
#[cfg(unix)]
use std::io::{BufRead, BufReader};
use std::net::TcpListener as StdListener;
use std::process::{Child, Command, Stdio};
#[cfg(unix)]
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use doorbell_emulator::Config;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

const PATIENCE: Duration = Duration::from_secs(15);

/// The real binary, killed when a test fails half-way.
struct Process(Child);

impl Process {
    fn start(arguments: &[&str]) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_doorbell-emulator"))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self(child)
    }

    /// Waits for its end: exit code, stdout and stderr.
    fn end(mut self) -> (Option<i32>, String, String) {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.0
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut stdout)
            .unwrap();
        self.0
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut stderr)
            .unwrap();
        (self.0.wait().unwrap().code(), stdout, stderr)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(unix)]
fn signal(process: &Process, name: &str) {
    let status = Command::new("kill")
        .args([format!("-{name}"), process.0.id().to_string()])
        .status();
    assert!(status.unwrap().success());
}

#[cfg(unix)]
#[test]
fn the_binary_says_one_line_when_ready_and_ends_cleanly_on_either_signal() {
    for name in ["TERM", "INT"] {
        let mut process = Process::start(&["--port", "0"]);
        let mut stdout = BufReader::new(process.0.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let config = Config::default();
        let address = ready["url"]
            .as_str()
            .unwrap()
            .strip_prefix("http://127.0.0.1:")
            .unwrap();
        assert!(address.parse::<u16>().unwrap() > 0);
        assert_eq!(ready["public_key"], config.public_key);
        assert_eq!(ready["secret_key"], config.secret_key);
        assert_eq!(ready["user_id"], config.user_id);
        assert_eq!(ready["feed_id"], config.feed_id);
        assert_eq!(ready.as_object().unwrap().len(), 5);

        signal(&process, name);
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "", "one line and no more");
        assert_eq!(process.0.wait().unwrap().code(), Some(0), "SIG{name}");
    }
}

#[cfg(unix)]
#[test]
fn sigterm_drains_open_sockets_with_1012() {
    let mut process = Process::start(&["--port", "0"]);
    let mut line = String::new();
    BufReader::new(process.0.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let url = ready["url"].as_str().unwrap().replace("http", "ws");
    let key = ready["public_key"].as_str().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let target = format!("{url}/ws/v1/websocket?api_key={key}&vsn=2.0.0");
        let mut socket = connect_async(target).await.unwrap().0;
        signal(&process, "TERM");
        let drained = timeout(PATIENCE, socket.next()).await.unwrap();
        let Some(Ok(Message::Close(Some(frame)))) = drained else {
            panic!("{drained:?}");
        };
        assert_eq!(u16::from(frame.code), 1012);
        assert!(timeout(PATIENCE, socket.next()).await.unwrap().is_none());
    });
    assert_eq!(process.0.wait().unwrap().code(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_folder_of_workflows_is_taken_up_but_for_the_broken_ones() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let good =
        "[[steps]]\ntype = 'in_app'\nblocks = [{ type = 'text', name = 'body', content = 'x' }]";
    std::fs::write(folder.join("good.toml"), good).unwrap();
    std::fs::write(folder.join("broken.toml"), "\n\nsteps = 7").unwrap();
    let json = r#"{"steps": [{"type": "in_app", "blocks": [{"type": "text", "name": "body", "content": "x"}]}]}"#;
    std::fs::write(folder.join("in-json.json"), json).unwrap();
    std::fs::write(folder.join("later.json"), "{\n\"steps\": 7}").unwrap();
    std::fs::write(folder.join("latin.toml"), b"name = '\xe9'").unwrap();
    std::fs::create_dir(folder.join("folder.toml")).unwrap();
    std::fs::write(folder.join("twice.json"), json).unwrap();
    std::fs::write(folder.join("twice.toml"), good).unwrap();
    let mut process = Process::start(&["--port", "0", "--workflows", folder.to_str().unwrap()]);
    let mut line = String::new();
    BufReader::new(process.0.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    signal(&process, "TERM");
    let (code, _, log) = process.end();
    assert_eq!(code, Some(0));
    assert!(
        log.contains("broken.toml") && log.contains("line 3") && log.contains("later.json"),
        "{log}"
    );
    assert!(
        log.contains("took up a workflow") && log.contains("good") && log.contains("in-json"),
        "{log}"
    );
    for (file, reason) in [
        ("latin.toml", "cannot be read"),
        ("folder.toml", "cannot be read"),
        ("twice.toml", "two files are of one workflow"),
    ] {
        let is_said = |line: &str| line.contains(file) && line.contains(reason);
        assert!(log.lines().any(is_said), "{file}: {log}");
    }
}

/// What a call says once it says what is awaited.
#[cfg(unix)]
fn awaited(ready: &Value, path: &str, is_there: impl Fn(&Value) -> bool) -> Value {
    let started = std::time::Instant::now();
    loop {
        let (_, answer) = ask(ready, "GET", path, &json!({})).unwrap();
        if is_there(&answer) {
            return answer;
        }
        assert!(started.elapsed() < PATIENCE, "{path}: {answer}");
        std::thread::yield_now();
    }
}

#[cfg(unix)]
#[test]
fn a_workflow_file_that_is_written_later_counts_and_one_that_breaks_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("late.toml");
    let folder = folder.path().to_str().unwrap();
    let mut process = Process::start(&["--port", "0", "--workflows", folder]);
    let ready = ready(&mut process);
    let write = |word: &str| {
        let text = format!(
            "name = '{word}'\n[[steps]]\ntype = 'in_app'\nblocks = [{{ type = 'text', name = 'body', content = '{word}' }}]"
        );
        // Whole or not at all, as an editor saves.
        std::fs::write(file.with_extension("new"), text).unwrap();
        std::fs::rename(file.with_extension("new"), &file).unwrap();
    };
    let says = |word: &str| {
        let body = json!({"recipients": [{"id": "jane"}]});
        ask(&ready, "POST", "/v1/workflows/late/trigger", &body);
        let page = awaited(&ready, "/_emulator/feeds/jane", |page| {
            page["entries"][0]["id"].is_string()
        });
        page["entries"][0]["blocks"][0]["rendered"] == word
    };
    write("one");
    awaited(&ready, "/_emulator/overview", |overview| {
        let workflows = overview["workflows"].as_array().unwrap();
        workflows.iter().any(|workflow| workflow["key"] == "late")
    });
    assert!(says("one"));
    write("{{ two | shout }}");
    let log = awaited(&ready, "/_emulator/log", |log| {
        log.to_string().contains("refused the file")
    });
    assert!(
        log.to_string()
            .contains("late: line 4: there is no filter 'shout'"),
        "{log}"
    );
    assert!(says("one"));
    write("three");
    awaited(&ready, "/_emulator/overview", |_| says("three"));
    signal(&process, "TERM");
    assert_eq!(process.end().0, Some(0));
}

/// A request with the secret key by hand, to the binary: status line and body, if they come.
#[cfg(unix)]
fn ask(ready: &Value, method: &str, path: &str, body: &Value) -> Option<(String, Value)> {
    use std::io::Write;
    let address = ready["url"].as_str()?.strip_prefix("http://")?;
    let mut stream = std::net::TcpStream::connect(address).ok()?;
    let (key, body) = (ready["secret_key"].as_str()?, body.to_string());
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {key}\r\ncontent-length: {}",
        body.len()
    );
    write!(stream, "{head}\r\n\r\n{body}").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((
        head.lines().next()?.to_owned(),
        serde_json::from_str(body).ok()?,
    ))
}

#[cfg(unix)]
fn ready(process: &mut Process) -> Value {
    let mut line = String::new();
    BufReader::new(process.0.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    serde_json::from_str(&line).unwrap()
}

#[cfg(unix)]
#[test]
fn a_killed_emulator_loses_nothing_that_it_answered() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.db");
    let arguments = ["--port", "0", "--state", file.to_str().unwrap()];
    let answered = AtomicU64::new(0);
    for round in 1..=3 {
        let mut process = Process::start(&arguments);
        let ready = ready(&mut process);
        let id = process.0.id().to_string();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                // Somewhere in the midst of the next one.
                while answered.load(Ordering::Relaxed) < round * 7 {
                    std::thread::yield_now();
                }
                Command::new("kill").args(["-KILL", &id]).status().unwrap();
            });
            let body = json!({"recipients": [{"id": "reader"}]});
            let trigger = || ask(&ready, "POST", "/v1/workflows/new-comment/trigger", &body);
            while let Some((status, _)) = trigger() {
                assert!(status.contains("200"), "{status}");
                answered.fetch_add(1, Ordering::Relaxed);
            }
        });
        process.0.wait().unwrap();

        let mut again = Process::start(&arguments);
        let ready = self::ready(&mut again);
        let path = format!(
            "/v1/users/reader/feeds/{}",
            ready["feed_id"].as_str().unwrap()
        );
        let (_, page) = ask(&ready, "GET", &path, &Value::Null).unwrap();
        let total = page["meta"]["total_count"].as_u64().unwrap();
        // The one that was not answered may be there.
        let expected = answered.swap(total, Ordering::Relaxed);
        assert!(
            (expected..=expected + 1).contains(&total),
            "{expected} answered, {total} there"
        );
        signal(&again, "TERM");
        assert_eq!(again.0.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn a_folder_or_key_that_is_not_there_is_said_in_a_sentence() {
    for option in ["--workflows", "--signing-key"] {
        let (code, stdout, stderr) = Process::start(&["--port", "0", option, "/nowhere"]).end();
        assert_eq!((code, stdout.as_str()), (Some(1), ""), "{option}");
        assert!(stderr.contains("cannot read /nowhere"), "{stderr}");
    }
}

#[test]
fn a_fault_that_makes_no_sense_is_said_in_a_sentence() {
    let (code, stdout, stderr) = Process::start(&["--port", "0", "--fault", "colour=red"]).end();
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(
        stderr.contains("--fault: unknown field `colour`; there are") && stderr.contains("bodies"),
        "{stderr}"
    );
}

#[test]
fn a_taken_port_is_said_in_a_sentence() {
    let listener = StdListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let (code, stdout, stderr) = Process::start(&["--port", &port]).end();
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(
        stderr.contains(&format!("port {port} of 127.0.0.1 is taken")),
        "{stderr}"
    );
}

#[test]
fn bad_arguments_get_a_sentence_and_exit_2() {
    for (arguments, word) in [
        (&["--host", "0.0.0.0"][..], "other computers"),
        (&["--port", "70000"], "--port takes a number, not '70000'"),
        (&["--unknown"], "--unknown"),
    ] {
        let (code, stdout, stderr) = Process::start(arguments).end();
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(stderr.contains(word), "{stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
    }
}

#[test]
fn help_and_version_go_to_stdout() {
    let (code, stdout, _) = Process::start(&["--help"]).end();
    assert!(code == Some(0) && stdout.contains("--port N"), "{stdout}");
    let (code, stdout, _) = Process::start(&["--version"]).end();
    assert_eq!(
        (code, stdout),
        (
            Some(0),
            format!("doorbell-emulator {}\n", env!("CARGO_PKG_VERSION"))
        )
    );
}
