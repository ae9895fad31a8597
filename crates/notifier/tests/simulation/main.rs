//! The whole app against the whole emulator, in one thread and in virtual time.
//!
//! Each seed is a different life: links die, servers restart, the computer sleeps, marks are made here
//! and elsewhere, all with random latency between *sent*, *served* and *answered*. All along the app has to keep
//! the [invariants](invariant::Invariant); and within a minute of the last fault it must show exactly what a plain
//! model of the server says.
//!
//! `DOORBELL_SEEDS` sets how many seeds are run, `DOORBELL_SEED` runs that one alone,
//! `DOORBELL_STORY` prints what happened, `DOORBELL_HUNT` looks for a life that breaks the invariant of that name, and
//! `DOORBELL_SURVEY` says what broke in each life that fails.

mod chaos;
mod invariant;
mod judge;
mod links;
mod mailbox;
mod person;
mod program;
mod requests;
mod screen;
mod side;
mod toasts;
mod tokens;
mod traffic;
mod watch;
mod wire;
mod world;

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use world::World;

/// As many lives are lived when nobody asks for more.
const SEEDS: u64 = 500;

/// Lives one seed from first to last; what happened how often, how many events there were, and a hash of all of it.
fn live(seed: u64) -> (Tally, u64, u64) {
    let mut world = World::new(seed);
    world.is_told = std::env::var_os("DOORBELL_STORY").is_some();
    world.sign_in();
    chaos::run(&mut world);
    world.judge_memory();
    chaos::calm_down(&mut world);
    world.judge();
    world.judge_what_is_held();
    assert!(world.steps >= chaos::EVENTS, "seed {seed} was too short");
    let trace = world.trace();
    (world.tally, world.steps, trace)
}

type Tally = BTreeMap<&'static str, u64>;

/// What several lives came to.
#[derive(Default)]
struct Lives {
    tally: Tally,
    steps: u64,
    failed: Vec<u64>,
}

impl Lives {
    /// Lives one seed after the other until none is left, or one fails.
    fn live(next: &AtomicU64, seeds: u64) -> Self {
        let mut lives = Self::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                return lives;
            }
            let Ok((tally, steps, _)) = std::panic::catch_unwind(|| live(seed)) else {
                next.store(seeds, Ordering::Relaxed);
                lives.failed.push(seed);
                return lives;
            };
            lives.steps += steps;
            lives.count(tally);
        }
    }

    fn count(&mut self, tally: Tally) {
        for (name, times) in tally {
            *self.tally.entry(name).or_insert(0) += times;
        }
    }
}

/// Looks for the first life in which an invariant breaks, and no other before it.
fn hunt(invariant: &str, seeds: u64) {
    std::panic::set_hook(Box::new(|_| {}));
    let broken = format!("invariant {invariant} broken");
    let mut others = 0;
    for seed in 0..seeds {
        let Err(panic) = std::panic::catch_unwind(|| live(seed)) else {
            continue;
        };
        let words = panic.downcast_ref::<String>();
        match words.is_some_and(|words| words.starts_with(&broken)) {
            true => return println!("seed {seed} breaks {invariant}"),
            false => others += 1,
        }
    }
    println!("{invariant} holds in {seeds} lives, something else does not in {others}");
}

/// Lives every life, and says of each that fails what broke.
fn survey(seeds: u64) {
    std::panic::set_hook(Box::new(|_| {}));
    let (next, failed) = (AtomicU64::new(0), AtomicU64::new(0));
    let live_on = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                return;
            }
            if let Err(panic) = std::panic::catch_unwind(|| live(seed)) {
                failed.fetch_add(1, Ordering::Relaxed);
                let words = panic.downcast_ref::<String>().map(String::as_str);
                let words = words.or(panic.downcast_ref::<&str>().copied());
                println!("seed {seed}: {}", words.unwrap_or_default());
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads() {
            scope.spawn(live_on);
        }
    });
    println!("{} of {seeds} lives failed", failed.into_inner());
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[test]
fn whatever_happens_the_app_keeps_its_promises_and_ends_up_showing_what_the_server_says() {
    let env = |name| {
        std::env::var(name)
            .ok()
            .and_then(|value| value.parse::<u64>().ok())
    };
    if let Some(seed) = env("DOORBELL_SEED") {
        let (tally, steps, trace) = live(seed);
        println!("seed {seed}: {steps} steps, trace {trace:016x}, {tally:?}");
        return;
    }
    let seeds = env("DOORBELL_SEEDS").unwrap_or(SEEDS);
    if let Ok(invariant) = std::env::var("DOORBELL_HUNT") {
        return hunt(&invariant, seeds);
    }
    if std::env::var_os("DOORBELL_SURVEY").is_some() {
        return survey(seeds);
    }
    let next = AtomicU64::new(0);
    let lives = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads())
            .map(|_| scope.spawn(|| Lives::live(&next, seeds)))
            .collect();
        let mut all = Lives::default();
        for lives in running.into_iter().flat_map(|thread| thread.join()) {
            all.steps += lives.steps;
            all.failed.extend(lives.failed);
            all.count(lives.tally);
        }
        all
    });
    if let Some(seed) = lives.failed.first() {
        panic!("seed {seed} failed; run it alone with DOORBELL_SEED={seed}");
    }
    for (name, times) in &lives.tally {
        println!("{times:>8}  {name}");
    }
    for name in chaos::NAMES.into_iter().chain(chaos::ALSO) {
        assert!(
            seeds < SEEDS || lives.tally.contains_key(name),
            "{name} never happened"
        );
    }
    println!("{seeds} seeds, {} steps, 0 failures", lives.steps);
}

#[test]
fn the_same_seed_twice_is_the_same_life() {
    for seed in [1, 2, 3] {
        assert_eq!(live(seed), live(seed));
    }
}
