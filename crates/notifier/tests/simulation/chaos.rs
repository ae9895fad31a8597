use std::time::Duration;

use doorbell_emulator::Withhold;
use doorbell_notifier::{Action, Mark};

use crate::{
    judge::LOOK,
    wire::Fault,
    world::{Faults, World},
};

/// What can happen, by name; the simulation insists that each of it does.
pub(crate) const NAMES: [&str; 33] = [
    "an item is triggered",
    "a burst is triggered",
    "marked read here",
    "marked unread here",
    "all marked read here",
    "opened here",
    "seen here",
    "marked read elsewhere",
    "marked unread elsewhere",
    "archived elsewhere",
    "window opened",
    "window closed",
    "older items asked for",
    "tried again here",
    "link cut",
    "link half open",
    "network gone for a while",
    "network back",
    "closed with a code",
    "server restarted",
    "key refused for a while",
    "server flapping",
    "channel crashed",
    "requests failed",
    "marks refused",
    "frames withheld",
    "news merged",
    "news without own counts",
    "joins slow",
    "clock jumped",
    "kill to come",
    "tokens not to be had",
    "tokens of no use",
];

/// These happen by themselves in the course of the others, or with a chance of their own.
pub(crate) const ALSO: [&str; 11] = [
    "computer slept",
    "answer lost",
    "bulk done later",
    "mark left out",
    "killed",
    "toast cut off",
    "mark arrived after a kill",
    "desktop silent",
    "token renewed",
    "token not given",
    "request refused for its token",
];

/// As many things happen at least, and no life has fewer events.
const HAPPENINGS: u32 = 40;
pub(crate) const EVENTS: u64 = 200;

/// Things happen, one after the other. Each life knows only some of them, so that those come close together.
pub(crate) fn run(world: &mut World) {
    let known: Vec<&str> = NAMES
        .into_iter()
        .chain(["computer slept"])
        .filter(|name| name.ends_with("triggered") || world.random.u8(..) < 110)
        .collect();
    let mut happened = 0;
    while happened < HAPPENINGS || world.steps < EVENTS {
        happened += 1;
        let name = known[world.random.usize(..known.len())];
        happen(world, name);
        let pause = match world.random.u8(..) {
            0..110 => world.random.u64(1..300),
            110..235 => world.random.u64(300..4_000),
            235.. => world.random.u64(4_000..60_000),
        };
        world.run_for(Duration::from_millis(pause));
        if world.is_asleep() && world.random.u8(..) < 80 {
            world.sleep_in();
        }
    }
}

fn happen(world: &mut World, name: &'static str) {
    let seen = world.on_screen();
    let some = {
        let picked = seen.get(world.random.usize(..seen.len().max(1))).cloned();
        picked.into_iter().collect::<Vec<_>>()
    };
    let seconds = |world: &mut World, top| Duration::from_secs(world.random.u64(1..top));
    world.note("chaos", &name);
    world.count(name);
    match name {
        "an item is triggered" => world.trigger(),
        "a burst is triggered" => (0..world.random.u8(2..15)).for_each(|_| world.trigger()),
        "marked read here" => world.act(Action::Mark {
            ids: some,
            mark: Mark::Read,
        }),
        "marked unread here" => world.act(Action::Mark {
            ids: some,
            mark: Mark::Unread,
        }),
        "all marked read here" => {
            let (account, feed) = world.some_place();
            world.act_in(account, feed, Action::MarkAll { mark: Mark::Read });
        }
        "opened here" => some
            .into_iter()
            .for_each(|id| world.act(Action::Open { id })),
        "seen here" => world.act(Action::Seen { ids: seen }),
        "marked read elsewhere" => world.elsewhere("read"),
        "marked unread elsewhere" => world.elsewhere("unread"),
        "archived elsewhere" => world.elsewhere("archived"),
        "window opened" => {
            let (account, feed) = world.some_place();
            world.show(account, feed);
        }
        "window closed" => world.close_window(),
        "older items asked for" => world.act(Action::More),
        "tried again here" => world.retry(),
        "link cut" => world.cut(true),
        "link half open" => world.cut(false),
        "network gone for a while" => {
            let time = seconds(world, 200);
            world.cut(false);
            world.begin(Fault::NoNetwork, time);
        }
        "network back" => {
            if !world.is_asleep() {
                world.woke();
            }
        }
        "closed with a code" => {
            let codes = [1000, 1001, 1008, 1011, 1012, 4403];
            let code = codes[world.random.usize(..codes.len())];
            for connection in world.server.connections() {
                world.server.close(connection, code);
            }
            world.carry();
        }
        "server restarted" => {
            world.server.drain();
            world.carry();
            let statuses = [503, 500, 429, 502];
            let status = statuses[world.random.usize(..statuses.len())];
            refuse(world, status, 90);
        }
        "key refused for a while" => {
            world.server.drain();
            world.carry();
            let statuses = [401, 403, 404];
            let status = statuses[world.random.usize(..statuses.len())];
            refuse(world, status, 30);
        }
        "server flapping" => {
            world.cut(true);
            let time = seconds(world, 200);
            world.begin(Fault::Flapping, time);
        }
        "channel crashed" => {
            let user = world.someone();
            world.server.crash_channels(&user);
            world.carry();
        }
        "requests failed" => {
            let failures = [(500, None), (429, Some(3)), (503, Some(20)), (429, None)];
            let failure = failures[world.random.usize(..failures.len())];
            let times = world.random.usize(1..4);
            let failing = std::iter::repeat_n(failure, times);
            world.faults.failing.extend(failing);
        }
        "marks refused" => world.faults.refused_marks += 1,
        "frames withheld" => {
            world.server.withhold(Withhold {
                heartbeats: world.random.bool(),
                joins: world.random.bool(),
                new_messages: world.random.bool(),
            });
            let time = seconds(world, 150);
            world.begin(Fault::Withholding, time);
        }
        "news merged" => {
            let time = seconds(world, 20);
            world.begin(Fault::Merging, time);
        }
        "news without own counts" => {
            let time = seconds(world, 20);
            world.begin(Fault::OldFrames, time);
        }
        "joins slow" => {
            let time = seconds(world, 100);
            world.begin(Fault::SlowJoins, time);
        }
        "clock jumped" => {
            let seconds = world.random.i64(-7_200..7_200);
            world.set_clock(time::Duration::seconds(seconds));
        }
        "computer slept" => {
            let top = if world.random.bool() { 90 } else { 20_000 };
            let time = seconds(world, top);
            world.sleep(time);
        }
        "kill to come" => {
            let after = world.random.u32(..8);
            world.program.doom(after);
        }
        "tokens not to be had" => {
            let time = seconds(world, 200);
            world.begin(Fault::NoTokens, time);
        }
        "tokens of no use" => {
            let time = seconds(world, 60);
            world.begin(Fault::BadTokens, time);
        }
        unknown => unreachable!("{unknown} is not among the names"),
    }
}

/// The last fault ends, and everything has a minute to come right.
pub(crate) fn calm_down(world: &mut World) {
    world.sleep_in();
    world.calm = true;
    world.faults = Faults::default();
    world.server.withhold(Default::default());
    world.server.refuse_connections(None);
    world.release_kept_back();
    world.program.spare();
    world.start();
    if !world.program.is_up() {
        world.run_for(KEYCHAIN_WITHIN);
    }
    world.woke();
    // The server may be at each call for all items that waits for as long as that, and takes no more than one mark
    // of an item a second: a long queue is longer on its way.
    let waiting = world.sides.values().map(|side| side.mailbox.waiting());
    let queue = waiting.map(|(calls, marks)| IN_BULK * calls + A_MARK * marks);
    let queue = queue.sum::<Duration>();
    let mut left = Duration::from_secs(60) + queue - LOOK * world.places().len() as u32;
    while left > Duration::ZERO {
        // A person who sees that the key is refused tries again.
        if world.sides.values().any(|side| side.traffic.refused) {
            world.retry();
        }
        let time = left.min(Duration::from_secs(10));
        world.run_for(time);
        left -= time;
    }
}

/// Upgrades are refused with a status for some seconds.
fn refuse(world: &mut World, status: u16, top: u64) {
    let asked = world.random.bool().then(|| world.random.u64(1..15));
    let retry_after = asked.map(Duration::from_secs);
    world.faults.refusal = Some((status, retry_after));
    world.server.refuse_connections(Some(status));
    let time = Duration::from_secs(world.random.u64(1..top));
    world.begin(Fault::Refusing, time);
}

/// The keychain, which may have been slow until then, has answered by then.
const KEYCHAIN_WITHIN: Duration = Duration::from_secs(8);
const IN_BULK: Duration = Duration::from_secs(12);
const A_MARK: Duration = Duration::from_millis(1_200);
