//! The real resident on a stage, and a local Knock beside it.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test is a crate of its own and uses its part"
)]

use std::{
    fs::File,
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, ExitStatus, Output, Stdio},
    time::Duration,
};

use doorbell_emulator::{Config, Running, Server};
use serde_json::{Value, json};
use xtask::{
    picture::Icon,
    stage::{PATIENCE, Stage, tray::Item, wait_for, wait_until},
};

/// The program that is tested.
pub const DOORBELL: &str = env!("CARGO_BIN_EXE_doorbell");

/// A resident that runs on a stage.
pub struct Resident<'a> {
    stage: &'a Stage,
    pub process: Child,
}

impl<'a> Resident<'a> {
    /// Starts the resident without its window and waits until it answers.
    pub fn start(stage: &'a Stage) -> Self {
        Self::start_program(stage, Path::new(DOORBELL))
    }

    pub fn start_program(stage: &'a Stage, program: &Path) -> Self {
        let process = stage
            .command(program)
            .arg("--hidden")
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let resident = Self::of(stage, process);
        wait_until(PATIENCE, "the resident answers", || {
            doorbell(stage, &["status"]).status.success()
        })
        .unwrap();
        resident
    }

    /// The resident that this process is.
    pub fn of(stage: &'a Stage, process: Child) -> Self {
        Self { stage, process }
    }

    /// Waits until its status begins with these words.
    pub fn wait_for_status(&self, words: &str) {
        let mut last = String::new();
        wait_until(PATIENCE, &format!("the status {words:?}"), || {
            last = text(&doorbell(self.stage, &["status"]).stdout);
            last.starts_with(words)
        })
        .unwrap_or_else(|error| panic!("{error}; the last was {last:?}\n{}", log(self.stage)));
    }

    pub fn wait_for_end(mut self) -> ExitStatus {
        wait_for(PATIENCE, "the end of the resident", || {
            self.process.try_wait().unwrap()
        })
        .unwrap()
    }

    pub fn tray_item(&self) -> Item {
        self.stage
            .tray_item(PATIENCE, "doorbell")
            .unwrap_or_else(|error| panic!("{error}\n{}", log(self.stage)))
    }
}

impl Drop for Resident<'_> {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs the command line and returns what it said.
pub fn doorbell(stage: &Stage, arguments: &[&str]) -> Output {
    doorbell_reading(stage, arguments, "")
}

/// The same with something on standard input.
pub fn doorbell_reading(stage: &Stage, arguments: &[&str], input: &str) -> Output {
    let mut process = stage
        .command(DOORBELL)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that does not read has ended, and its output says why.
    let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
    process.wait_with_output().unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub fn log_file(stage: &Stage) -> PathBuf {
    stage.dir().join("state/doorbell/doorbell.log")
}

pub fn log(stage: &Stage) -> String {
    std::fs::read_to_string(log_file(stage)).unwrap_or_default()
}

/// A local Knock that answers while this lives.
pub struct Knock {
    pub running: Running,
    pub config: Config,
    _runtime: tokio::runtime::Runtime,
}

impl Knock {
    pub fn start(public_key: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let config = Config {
            public_key: public_key.to_owned(),
            ..Config::default()
        };
        let address = "127.0.0.1:0".parse().unwrap();
        let running = runtime
            .block_on(Server::start(config.clone(), address))
            .unwrap();
        Self {
            running,
            config,
            _runtime: runtime,
        }
    }

    /// The connect file that signs in with this key.
    pub fn connect_file(&self, public_key: &str) -> String {
        json!({
            "url": self.running.url(),
            "public_key": public_key,
            "user_id": self.config.user_id,
            "feed_id": self.config.feed_id,
            "secret_key": "not read",
        })
        .to_string()
    }

    /// The items of the person's feed, newest first, as the server holds them: those of the first page.
    pub fn items(&self) -> Vec<Value> {
        let page = self.page(None);
        page["entries"].as_array().expect("a feed page").clone()
    }

    /// Sends the person an item with these words in it.
    pub fn send(&self, comment: &str) {
        let data = json!({ "comment": comment });
        self.running
            .with(|knock, now| knock.trigger("new-comment", &self.config.user_id, data, now))
            .unwrap();
    }

    /// The first page of the person's feed, or the one after a cursor.
    pub fn page(&self, after: Option<&str>) -> Value {
        let encode = |cursor: &str| -> String {
            let bytes = cursor.bytes().map(|byte| format!("%{byte:02X}"));
            bytes.collect()
        };
        let after = after.map(|after| format!("after={}", encode(after)));
        let request = doorbell_emulator::Request {
            method: "GET".into(),
            path: format!(
                "/v1/users/{}/feeds/{}",
                self.config.user_id, self.config.feed_id
            ),
            query: after.unwrap_or_default(),
            headers: vec![(
                "Authorization".into(),
                format!("Bearer {}", self.config.public_key),
            )],
            ..doorbell_emulator::Request::default()
        };
        self.running
            .with(|knock, now| knock.request(&request, now).json().clone())
    }

    /// Reads the newest item on another device, of which the server tells nobody.
    pub fn read_the_newest_elsewhere(&self) {
        let id = self.items()[0]["id"].as_str().unwrap().to_owned();
        let read = doorbell_emulator::Request {
            method: "PUT".into(),
            path: format!("/v1/messages/{id}/read"),
            headers: vec![(
                "Authorization".into(),
                format!("Bearer {}", self.config.public_key),
            )],
            ..doorbell_emulator::Request::default()
        };
        let status = self
            .running
            .with(|knock, now| knock.request(&read, now).status);
        assert_eq!(status, 200);
    }

    /// Triggers a workflow the way an application does: through the official SDK.
    pub fn trigger_through_the_sdk(&self, workflow: &str, data: &Value) {
        let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../emulator/tests/sdk");
        assert!(
            sdk.join("node_modules/@knocklabs/node").is_dir(),
            "the SDK is not installed: run `cargo xtask test`, which runs `npm ci` in {}",
            sdk.display()
        );
        let script = r#"
            import Knock from "@knocklabs/node";
            const { url, key, workflow, user, data } = JSON.parse(process.env.TRIGGER);
            const knock = new Knock({ apiKey: key, baseURL: url });
            await knock.workflows.trigger(workflow, { recipients: [user], data });
        "#;
        let trigger = json!({
            "url": self.running.url(),
            "key": self.config.secret_key,
            "workflow": workflow,
            "user": self.config.user_id,
            "data": data,
        });
        let output = std::process::Command::new("node")
            .args(["--input-type=module", "--eval", script])
            .env("TRIGGER", trigger.to_string())
            .current_dir(sdk)
            .output()
            .expect("node 20 or newer runs the SDK");
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
}

/// Signs the local Knock's user in to the resident that runs, and waits until it is connected.
pub fn signed_in(resident: &Resident<'_>, knock: &Knock) {
    let file = knock.connect_file(&knock.config.public_key);
    let output = doorbell_reading(resident.stage, &["--connect", "-"], &file);
    assert!(output.status.success(), "{}", text(&output.stderr));
    resident.wait_for_status("Nothing unread. Connected.");
}

/// What a command says when it works.
#[track_caller]
pub fn told(stage: &Stage, arguments: &[&str]) -> String {
    let output = doorbell(stage, arguments);
    let words = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {words}");
    text(&output.stdout)
}

/// What a command says when it does not, which it ends with 1 for.
#[track_caller]
pub fn refused(stage: &Stage, arguments: &[&str]) -> String {
    let output = doorbell(stage, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    text(&output.stderr)
}

/// Puts the program into a directory of its own, and a window beside it if there is a script for one.
pub fn install(stage: &Stage, directory: &str, window: Option<&str>) -> PathBuf {
    let directory = stage.dir().join(directory);
    std::fs::create_dir(&directory).unwrap();
    let program = directory.join("doorbell");
    put_program(Path::new(DOORBELL), &program);
    if let Some(script) = window {
        let source = directory.join("script");
        std::fs::write(&source, script).unwrap();
        put_program(&source, &directory.join("doorbell-window"));
    }
    program
}

/// Copies in a process of its own: a file that a test holds open for writing, and a child of another test with it,
/// cannot be run.
fn put_program(from: &Path, to: &Path) {
    let status = std::process::Command::new("install")
        .args([from, to])
        .status();
    assert!(status.unwrap().success());
}

/// The picture of a number below 10, from the strip that holds the numbers from 0 on side by side.
pub fn golden(theme: &str, number: usize, size: usize) -> Icon {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("../notifier/tests/golden/{theme}-{size}.png"));
    let file = BufReader::new(File::open(&path).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut rgba = vec![0; reader.output_buffer_size().unwrap()];
    let strip = reader.next_frame(&mut rgba).unwrap();
    assert_eq!(
        (strip.color_type, strip.height as usize),
        (png::ColorType::Rgba, size)
    );
    let argb = (0..size)
        .flat_map(|y| (0..size).map(move |x| (x, y)))
        .map(|(x, y)| {
            let at = 4 * (y * strip.width as usize + number * size + x);
            [rgba[at + 3], rgba[at], rgba[at + 1], rgba[at + 2]]
        })
        .collect();
    Icon {
        width: size,
        height: size,
        argb,
    }
}

/// Waits until the tray shows this number, in each size as it was drawn for it.
pub fn wait_for_badge(item: &Item, number: usize) {
    wait_until(
        PATIENCE,
        &format!("the picture of {number} in the tray"),
        || {
            [16, 22, 24, 32, 48, 64].iter().all(|&size| {
                item.pixmap(size)
                    .is_ok_and(|icon| icon == golden("colour", number, size))
            })
        },
    )
    .unwrap();
}

/// Processes whose command line or environment contains the text, this one left out.
pub fn processes_that_show(needle: &str) -> Vec<String> {
    let own = std::process::id().to_string();
    let processes = std::fs::read_dir("/proc")
        .expect("Linux has /proc")
        .flatten();
    processes
        .filter(|process| process.file_name().to_str() != Some(&own))
        .flat_map(|process| ["cmdline", "environ"].map(|file| process.path().join(file)))
        .filter(|file| {
            std::fs::read(file).is_ok_and(|bytes| {
                bytes
                    .windows(needle.len())
                    .any(|window| window == needle.as_bytes())
            })
        })
        .map(|file| file.display().to_string())
        .collect()
}

/// The one process whose command line contains the text.
pub fn process_of(needle: &str) -> String {
    let shown = processes_that_show(needle);
    let mut lines = shown
        .iter()
        .filter_map(|file| file.strip_suffix("/cmdline"));
    let process = lines
        .next()
        .unwrap_or_else(|| panic!("no process with {needle:?} in its command line"));
    assert_eq!(lines.next(), None, "more than one process shows {needle:?}");
    process.trim_start_matches("/proc/").to_owned()
}

/// A caller at the door that speaks as it likes.
pub struct Caller {
    pub stream: UnixStream,
    lines: BufReader<UnixStream>,
}

impl Caller {
    pub fn connect(stage: &Stage) -> Self {
        let stream =
            UnixStream::connect(stage.runtime_dir().join("doorbell/default.sock")).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
            .set_write_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap());
        Self { stream, lines }
    }

    pub fn come(stage: &Stage, role: &str) -> Self {
        let mut caller = Self::connect(stage);
        let version = env!("CARGO_PKG_VERSION");
        caller.say(&json!({"kind": "hello", "body": {"version": version, "role": role, "activation_token": null}}));
        assert_eq!(
            caller.hear(),
            json!({"kind": "hello", "body": {"version": version, "restarting": false}})
        );
        caller
    }

    pub fn say(&mut self, words: &Value) {
        self.stream
            .write_all(format!("{words}\n").as_bytes())
            .unwrap();
    }

    pub fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"))
    }

    /// The next thing of this kind that the resident says.
    pub fn hear_of(&mut self, kind: &str) -> Value {
        loop {
            let words = self.hear();
            if words["kind"] == kind {
                return words;
            }
        }
    }

    pub fn is_hung_up(&mut self) -> bool {
        let mut line = String::new();
        match self.lines.read_line(&mut line) {
            Ok(read) => read == 0,
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }
}
