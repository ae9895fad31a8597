use std::time::Duration;

use doorbell_emulator::Withhold;
use doorbell_notifier::{Action, Filter, Mark};

use crate::{wire::Fault, world::World};

/// What can happen, by name; the simulation insists that each of it does.
pub(crate) const NAMES: [&str; 22] = [
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
    "link cut",
    "link half open",
    "network gone for a while",
    "closed with a code",
    "server restarted",
    "channel crashed",
    "requests failed",
    "frames withheld",
    "computer slept",
];

const STEPS: u32 = 200;

/// Two hundred things happen, one after the other.
pub(crate) fn run(world: &mut World) {
    for _ in 0..STEPS {
        let name = NAMES[world.random.usize(..NAMES.len())];
        happen(world, name);
        let pause = match world.random.u8(..) {
            0..100 => world.random.u64(1..200),
            100..230 => world.random.u64(200..5_000),
            230.. => world.random.u64(5_000..120_000),
        };
        world.run_for(Duration::from_millis(pause));
    }
}

fn happen(world: &mut World, name: &'static str) {
    let known = world.screen.ids();
    let some = {
        let picked = known.get(world.random.usize(..known.len().max(1))).cloned();
        picked.into_iter().collect::<Vec<_>>()
    };
    let ids = || some.iter().map(|id| id.0.clone()).collect::<Vec<_>>();
    let seconds = |world: &mut World, top| Duration::from_secs(world.random.u64(1..top));
    *world.tally.entry(name).or_insert(0) += 1;
    match name {
        "an item is triggered" => world.trigger(),
        "a burst is triggered" => (0..world.random.u8(2..70)).for_each(|_| world.trigger()),
        "marked read here" => world.act(Action::Mark {
            ids: some,
            mark: Mark::Read,
        }),
        "marked unread here" => world.act(Action::Mark {
            ids: some,
            mark: Mark::Unread,
        }),
        "all marked read here" => world.act(Action::MarkAll { mark: Mark::Read }),
        "opened here" => some
            .into_iter()
            .for_each(|id| world.act(Action::Open { id })),
        "seen here" => world.act(Action::Seen { ids: known }),
        "marked read elsewhere" => world.elsewhere("read", &ids()),
        "marked unread elsewhere" => world.elsewhere("unread", &ids()),
        "archived elsewhere" => world.elsewhere("archived", &ids()),
        "window opened" => world.act(Action::Show {
            filter: Filter::All,
            first: 0,
            count: 50,
        }),
        "window closed" => world.close_window(),
        "older items asked for" => world.act(Action::More),
        "link cut" => world.cut(true),
        "link half open" => world.cut(false),
        "network gone for a while" => {
            let time = seconds(world, 200);
            world.lose_network(time);
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
            let statuses = [503, 500, 429, 403];
            let status = statuses[world.random.usize(..statuses.len())];
            world.server.refuse_connections(Some(status));
            let time = seconds(world, 90);
            world.mend_after(time, Fault::Refusing);
        }
        "channel crashed" => {
            let user = world.config.user_id.clone();
            world.server.crash_channels(&user);
            world.carry();
        }
        "requests failed" => {
            let (status, retry_after) = [(500, None), (429, Some(3)), (503, Some(20)), (429, None)]
                [world.random.usize(..4)];
            let times = world.random.usize(1..4);
            world.server.fail_requests(times, status, retry_after);
        }
        "frames withheld" => {
            world.server.withhold(Withhold {
                heartbeats: world.random.bool(),
                joins: world.random.bool(),
                new_messages: world.random.bool(),
            });
            let time = seconds(world, 150);
            world.mend_after(time, Fault::Withholding);
        }
        "computer slept" => {
            let top = if world.random.bool() { 90 } else { 20_000 };
            let time = seconds(world, top);
            world.sleep(time);
        }
        unknown => unreachable!("{unknown} is not among the names"),
    }
}
