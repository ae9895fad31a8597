//! The whole app against the whole emulator, in one thread and in virtual time.
//!
//! Each seed is a different life: links die, servers restart, the computer sleeps, marks are made here
//! and elsewhere, all with random latency between *sent*, *served* and *answered*. In the end everything
//! calms down, and then the app must show exactly what a plain model of the server says.
//!
//! `DOORBELL_SEEDS` sets how many seeds are run, `DOORBELL_SEED` runs that one alone.

mod chaos;
mod oracle;
mod wire;
mod world;

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use world::World;

const SEEDS: u64 = 200;

/// Lives one seed from first to last; what happened how often, and a hash of all of it.
fn live(seed: u64) -> (Tally, u64, u64) {
    let mut world = World::new(seed);
    world.sign_in();
    chaos::run(&mut world);
    world.calm_down();
    world.oracle.judge(&world.screen, seed);
    (world.tally, world.steps, world.trace)
}

type Tally = BTreeMap<&'static str, u64>;

/// Lives one seed after the other until none is left, or one fails.
fn live_many(next: &AtomicU64, seeds: u64) -> (Tally, u64, Option<u64>) {
    let (mut tally, mut steps) = (Tally::new(), 0);
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= seeds {
            return (tally, steps, None);
        }
        let Ok((happened, took, _)) = std::panic::catch_unwind(|| live(seed)) else {
            return (tally, steps, Some(seed));
        };
        steps += took;
        for (name, times) in happened {
            *tally.entry(name).or_insert(0) += times;
        }
    }
}

#[test]
fn whatever_happens_the_app_ends_up_showing_what_the_server_says() {
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
    let next = AtomicU64::new(0);
    let lives = std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let running: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| live_many(&next, seeds)))
            .collect();
        running
            .into_iter()
            .flat_map(|thread| thread.join())
            .collect::<Vec<_>>()
    });
    let mut tally = BTreeMap::new();
    let mut steps = 0;
    for (happened, took, failed) in lives {
        if let Some(seed) = failed {
            panic!("seed {seed} failed; run it alone with DOORBELL_SEED={seed}");
        }
        steps += took;
        for (name, times) in happened {
            *tally.entry(name).or_insert(0) += times;
        }
    }
    for (name, times) in &tally {
        println!("{times:>8}  {name}");
    }
    println!("{seeds} seeds, {steps} steps, 0 failures");
    for name in chaos::NAMES {
        assert!(
            seeds < SEEDS || tally.contains_key(name),
            "{name} never happened"
        );
    }
}

#[test]
fn the_same_seed_twice_is_the_same_life() {
    for seed in [1, 2, 3] {
        assert_eq!(live(seed), live(seed));
    }
}
