//! The real resident, killed (SIGKILL) at seeded moments while items arrive and marks are made: no item is told of
//! twice over all its lives, a kill costs at most the one toast it cut off, and every mark that was shown arrives.
//!
//! `DOORBELL_KILLS` sets how many kills there are, `DOORBELL_SEED` what chance draws.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../common/mod.rs"]
mod common;
mod daemon;

use std::{
    collections::{BTreeMap, HashMap},
    io::{ErrorKind, Read, Write},
    os::unix::net::UnixStream,
    process::{Child, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::sleep,
    time::{Duration, Instant},
};

use common::*;
use daemon::Daemon;
use serde_json::{Value, json};
use xtask::stage::{PATIENCE, Stage, StageOptions, wait_until};

/// Kills where nobody asks for more.
const KILLS: u64 = 10;
const KEY: &str = "pk_test_killed";

#[test]
fn killed_at_any_moment_it_tells_of_nothing_twice_and_loses_no_mark() {
    let number = |name, otherwise| {
        let given = std::env::var(name).ok();
        given.map_or(otherwise, |given| given.parse().expect("a number"))
    };
    let (kills, seed) = (number("DOORBELL_KILLS", KILLS), number("DOORBELL_SEED", 1));
    let stage = Stage::start(StageOptions {
        notifications: false,
        ..StageOptions::default()
    })
    .unwrap();
    let daemon = Daemon::start(&stage.bus_address());
    let mut world = World::new(&stage, seed);
    let start = world.sign_in();
    for _ in 0..kills {
        world.live_and_be_killed(start, &daemon);
    }
    world.live_on(&daemon);
    let cut_off = world.judge(&daemon);
    assert!(
        cut_off as u64 <= kills,
        "a kill costs at most one toast: {cut_off} of {kills}"
    );
    println!(
        "{kills} kills, {} items, {} marks shown of {} made, {cut_off} toasts cut off, 0 failures",
        world.items.len(),
        world.shown,
        world.made,
    );
}

struct World<'a> {
    stage: &'a Stage,
    knock: Knock,
    random: fastrand::Rng,
    items: BTreeMap<String, Item>,
    /// Marks made, and those of them that came back in a view.
    made: u64,
    shown: u64,
}

/// An item as it should be in the end.
#[derive(Debug)]
struct Item {
    title: String,
    /// The resident has shown it, or told of it.
    met: bool,
    /// What the last mark that was shown said: whether the item is unread.
    unread: bool,
    /// A mark that was made after that and not shown: it may have been too late.
    doubted: Option<bool>,
    /// It was never marked.
    untouched: bool,
}

impl<'a> World<'a> {
    fn new(stage: &'a Stage, seed: u64) -> World<'a> {
        World {
            stage,
            knock: Knock::start(KEY),
            random: fastrand::Rng::with_seed(seed),
            items: BTreeMap::new(),
            made: 0,
            shown: 0,
        }
    }

    /// Signs in and ends; how long a start takes here.
    fn sign_in(&mut self) -> Duration {
        let resident = Resident::start(self.stage);
        let file = self.knock.connect_file(KEY);
        let output = doorbell_reading(self.stage, &["--connect", "-"], &file);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(doorbell(self.stage, &["quit"]).status.success());
        assert!(resident.wait_for_end().success());
        let begin = Instant::now();
        let resident = Resident::start(self.stage);
        resident.wait_for_status("Nothing unread. Connected.");
        let took = begin.elapsed();
        assert!(doorbell(self.stage, &["quit"]).status.success());
        assert!(resident.wait_for_end().success());
        took
    }

    fn live_and_be_killed(&mut self, start: Duration, daemon: &Daemon) {
        for _ in 0..self.random.u32(..3) {
            self.trigger_if_few_wait(daemon);
        }
        let (life, dead) = (self.spawn(), Arc::new(AtomicBool::new(false)));
        // While it starts, or some time after that.
        let after = match self.random.bool() {
            true => start.mul_f64(1.2 * self.random.f64()),
            false => start.mul_f64(1.0 + 4.0 * self.random.f64()),
        };
        let killer = {
            let dead = dead.clone();
            std::thread::spawn(move || {
                let mut life = life;
                sleep(after);
                life.kill().unwrap();
                life.wait().unwrap();
                dead.store(true, Ordering::SeqCst);
            })
        };
        let mut window = None;
        while !dead.load(Ordering::SeqCst) {
            self.do_something(&mut window, daemon);
        }
        killer.join().unwrap();
        // What had been shown before the kill counts.
        self.look(&mut window);
    }

    /// The last life is left alone until everything has arrived.
    fn live_on(&mut self, daemon: &Daemon) {
        let mut life = self.spawn();
        let sentinel = self.trigger();
        let told = wait_until(PATIENCE, "the last item is told of", || {
            daemon.seen().iter().any(|seen| names(seen, &sentinel))
        });
        told.unwrap_or_else(|error| panic!("{error}\n{}", log(self.stage)));
        let mut wrong = Vec::new();
        let arrived = wait_until(PATIENCE, "every mark that was shown arrives", || {
            wrong = self.wrong();
            wrong.is_empty()
        });
        arrived.unwrap_or_else(|error| panic!("{error}: {wrong:?}\n{}", log(self.stage)));
        assert!(doorbell(self.stage, &["quit"]).status.success());
        assert!(life.wait().unwrap().success());
    }

    /// Looks for items told of twice; how many were never told of.
    fn judge(&self, daemon: &Daemon) -> usize {
        let mut told: HashMap<String, String> = HashMap::new();
        for seen in daemon.seen() {
            let is_single = seen.title.starts_with("Note ");
            let titles: Vec<&str> = match is_single {
                true => vec![&*seen.title],
                false => seen.body.lines().collect(),
            };
            for title in titles {
                let before = told.insert(title.to_owned(), seen.life.clone());
                // A summary takes the place of a toast of the same life.
                let again = before.filter(|life| is_single || *life != seen.life);
                assert!(again.is_none(), "{title} was told of twice: {seen:?}");
            }
        }
        let untold = |item: &&Item| !told.contains_key(&item.title) && item.untouched;
        self.items.values().filter(untold).count()
    }

    fn spawn(&self) -> Child {
        let mut command = self.stage.command(DOORBELL);
        command.arg("--hidden").stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    }

    /// A new item; its title.
    fn trigger(&mut self) -> String {
        let title = format!("Note {}.", self.items.len());
        let user = self.knock.config.user_id.clone();
        let data = json!({"title": title});
        self.knock.running.with(|knock, now| {
            knock.trigger("system-alert", &user, data, now).unwrap();
        });
        let newest = &self.knock.items()[0];
        let item = Item {
            title: title.clone(),
            met: false,
            unread: true,
            doubted: None,
            untouched: true,
        };
        let id = newest["id"].as_str().unwrap().to_owned();
        assert!(self.items.insert(id, item).is_none());
        title
    }

    /// A summary names four of its items, so that no more than that may come at once.
    fn trigger_if_few_wait(&mut self, daemon: &Daemon) {
        let seen = daemon.seen();
        for item in self.items.values_mut().filter(|item| !item.met) {
            item.met = seen.iter().any(|seen| names(seen, &item.title));
        }
        if self.items.values().filter(|item| !item.met).count() < 3 {
            self.trigger();
        }
    }

    fn do_something(&mut self, window: &mut Option<Window>, daemon: &Daemon) {
        match self.random.u8(..10) {
            0 => self.trigger_if_few_wait(daemon),
            1..=4 => self.mark(window),
            _ if window.is_none() => *window = Window::open(self.stage),
            _ => {}
        }
        self.look(window);
        sleep(Duration::from_millis(self.random.u64(..20)));
    }

    /// Marks a row as what it is not, one mark of an item at a time.
    fn mark(&mut self, window: &mut Option<Window>) {
        let Some(open) = window else { return };
        let free = |row: &&(String, bool)| self.items[&row.0].doubted.is_none();
        let rows: Vec<(String, bool)> = open.rows.iter().filter(free).cloned().collect();
        if rows.is_empty() {
            return;
        }
        let (id, unread) = &rows[self.random.usize(..rows.len())];
        let mark = if *unread { "read" } else { "unread" };
        let body = json!({"do": "mark", "ids": [id], "mark": mark});
        if !open.say(&json!({"kind": "do", "body": body})) {
            *window = None;
        }
        self.made += 1;
        let item = self.items.get_mut(id).unwrap();
        item.doubted = Some(!unread);
        item.untouched = false;
    }

    /// Takes in what the window was told. A mark that shows has been taken.
    fn look(&mut self, window: &mut Option<Window>) {
        let Some(open) = window else { return };
        let lives = open.listen();
        for (id, unread) in &open.rows {
            let item = self.items.get_mut(id).unwrap();
            item.met = true;
            if item.doubted == Some(*unread) {
                item.unread = *unread;
                item.doubted = None;
                self.shown += 1;
            }
        }
        if !lives {
            *window = None;
        }
    }

    /// Items that the server does not have as they should be.
    fn wrong(&self) -> Vec<String> {
        let held = self.held();
        let wrong = self.items.iter().filter_map(|(id, item)| {
            let unread = held.get(id).copied();
            let is_right =
                unread == Some(item.unread) || item.doubted.is_some() && unread.is_some();
            (!is_right).then(|| format!("{id} is unread: {unread:?}, but {item:?}"))
        });
        wrong.collect()
    }

    /// Every item of the feed, and whether it is unread.
    fn held(&self) -> HashMap<String, bool> {
        let (mut held, mut after) = (HashMap::new(), None::<String>);
        loop {
            let page = self.knock.page(after.as_deref());
            for entry in page["entries"].as_array().unwrap() {
                let id = entry["id"].as_str().unwrap().to_owned();
                held.insert(id, entry["read_at"].is_null());
            }
            after = page["page_info"]["after"].as_str().map(str::to_owned);
            if after.is_none() {
                return held;
            }
        }
    }
}

fn names(seen: &daemon::Seen, title: &str) -> bool {
    seen.title == title || seen.body.lines().any(|line| line == title)
}

/// A window at the door that never waits.
struct Window {
    stream: UnixStream,
    heard: Vec<u8>,
    /// Ids, and whether each is unread, as last told.
    rows: Vec<(String, bool)>,
}

impl Window {
    /// Comes in, if somebody is there to let it in.
    fn open(stage: &Stage) -> Option<Window> {
        let door = stage.runtime_dir().join("doorbell/default.sock");
        let stream = UnixStream::connect(door).ok()?;
        stream
            .set_write_timeout(Some(Duration::from_secs(10)))
            .ok()?;
        stream
            .set_read_timeout(Some(Duration::from_millis(5)))
            .ok()?;
        let mut window = Window {
            stream,
            heard: Vec::new(),
            rows: Vec::new(),
        };
        let version = env!("CARGO_PKG_VERSION");
        let hello = json!({"version": version, "role": "window", "activation_token": null});
        let show = json!({"do": "show", "filter": "all", "first": 0, "count": 50});
        let said = window.say(&json!({"kind": "hello", "body": hello}))
            && window.say(&json!({"kind": "do", "body": show}));
        said.then_some(window)
    }

    /// Whether it could be said.
    fn say(&mut self, words: &Value) -> bool {
        self.stream
            .write_all(format!("{words}\n").as_bytes())
            .is_ok()
    }

    /// Takes in what has been said; whether there may be more.
    fn listen(&mut self) -> bool {
        let mut some = [0; 65_536];
        let lives = loop {
            match self.stream.read(&mut some) {
                Ok(0) => break false,
                Ok(count) => self.heard.extend_from_slice(&some[..count]),
                Err(error) => {
                    break matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
                }
            }
        };
        while let Some(end) = self.heard.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.heard.drain(..=end).collect();
            let words: Value = serde_json::from_slice(&line).unwrap();
            // What is only remembered may be older than what was shown before the kill.
            let is_heard = words["body"]["connection"]["state"] == "connected";
            if let Some(rows) = words["body"]["rows"].as_array().filter(|_| is_heard) {
                let row = |row: &Value| {
                    let id = row["id"].as_str().unwrap().to_owned();
                    (id, row["unread"].as_bool().unwrap())
                };
                self.rows = rows.iter().map(row).collect();
            }
        }
        lives
    }
}
