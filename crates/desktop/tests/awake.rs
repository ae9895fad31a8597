//! The real resident when the computer wakes up, and when the network is back.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::{io::Write, process::Stdio};

use common::*;
use doorbell_emulator::Withhold;
use serde_json::json;
use xtask::stage::{PATIENCE, Stage, StageOptions, wait_until};
use zbus::{Connection, connection};

#[test]
fn logind_and_networkmanager_on_a_real_bus_make_it_look_at_once() {
    let stage = Stage::start(StageOptions::default()).unwrap();
    let knock = Knock::start("pk_test_awake");
    let mut command = stage.command(DOORBELL);
    // Whoever has the names on this bus is logind, and NetworkManager.
    let process = command
        .arg("--hidden")
        .env("DBUS_SYSTEM_BUS_ADDRESS", stage.bus_address())
        .spawn()
        .unwrap();
    let resident = Resident::of(&stage, process);
    resident.wait_for_status("Signed out.");
    let connect = knock.connect_file("pk_test_awake");
    let signed_in = doorbell_reading(&stage, &["--connect", "-"], &connect);
    assert!(signed_in.status.success(), "{}", text(&signed_in.stderr));
    resident.wait_for_status("Nothing unread. Connected.");

    // From now on only looking helps: the server tells of nothing.
    knock.running.with(|knock, _| {
        knock.withhold(Withhold {
            new_messages: true,
            ..Withhold::default()
        });
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let logind = Signal {
        name: "org.freedesktop.login1",
        path: "/org/freedesktop/login1",
        interface: "org.freedesktop.login1.Manager",
        member: "PrepareForSleep",
    };
    let network_manager = Signal {
        name: "org.freedesktop.NetworkManager",
        path: "/org/freedesktop/NetworkManager",
        interface: "org.freedesktop.NetworkManager",
        member: "StateChanged",
    };
    let (connected_site, connected_global) = (60_u32, 70_u32);
    let address = stage.bus_address();
    trigger(&knock);
    // Held until it was heard: a name that is gone says nothing.
    let bus = runtime.block_on(logind.say(&address, &[true, false]));
    resident.wait_for_status("1 unread. Connected.");
    drop(bus.unwrap());
    trigger(&knock);
    let states = [connected_site, connected_global];
    let bus = runtime.block_on(network_manager.say(&address, &states));
    resident.wait_for_status("2 unread. Connected.");
    drop(bus.unwrap());
    let log = log(&stage);
    let said = |words: &str| log.matches(words).count();
    assert_eq!(said("the computer is awake again"), 1, "{log}");
    assert_eq!(said("the network is back"), 1, "{log}");
}

/// A signal of a service on the system bus.
struct Signal {
    name: &'static str,
    path: &'static str,
    interface: &'static str,
    member: &'static str,
}

impl Signal {
    /// Comes to the bus as this service and says these, one after the other.
    async fn say<B: serde::Serialize + zbus::zvariant::DynamicType>(
        &self,
        bus: &str,
        bodies: &[B],
    ) -> zbus::Result<Connection> {
        let bus = connection::Builder::address(bus)?
            .name(self.name)?
            .build()
            .await?;
        for body in bodies {
            bus.emit_signal(None::<&str>, self.path, self.interface, self.member, body)
                .await?;
        }
        Ok(bus)
    }
}

#[test]
fn a_new_route_in_a_real_kernel_means_that_the_network_is_back() {
    let stage = Stage::start(StageOptions {
        keyring: false,
        notifications: false,
        ..StageOptions::default()
    })
    .unwrap();
    // A network of its own, in which nothing is up; each line that comes in adds something to it.
    let script = r#"
        set -e
        "$0" --hidden &
        while read -r command; do eval "$command"; done
    "#;
    let mut command = stage.command("unshare");
    let mut room = command
        .args([
            "--user",
            "--map-root-user",
            "--net",
            "--pid",
            "--fork",
            "--kill-child",
        ])
        .args(["sh", "-c", script, DOORBELL])
        .env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let said = |words: &str| log(&stage).matches(words).count();
    let waits_for = |what: &str, words: &str, count: usize| {
        wait_until(PATIENCE, what, || said(words) == count)
            .unwrap_or_else(|error| panic!("{error}\n{}", log(&stage)));
    };
    waits_for("the resident in a room without a network", "started", 1);
    let mut says = room.stdin.take().unwrap();
    let mut network = |commands: &str| writeln!(says, "{commands}").unwrap();

    network(
        "ip link add here type veth peer name there; ip link set here up; ip link set there up",
    );
    network("ip addr add 192.0.2.1/24 dev here; ip route add default via 192.0.2.254");
    waits_for("the first network", "the network is back", 1);
    network("ip route del default; ip route add 198.51.100.0/24 via 192.0.2.254");
    network("ip route add 0.0.0.0/1 via 192.0.2.254; ip route add 128.0.0.0/1 via 192.0.2.254");
    waits_for("a VPN", "the network is back", 2);

    drop(says);
    room.kill().unwrap();
    room.wait().unwrap();
}

fn trigger(knock: &Knock) {
    let user = &knock.config.user_id;
    let data = json!({ "message": "Nobody told of it" });
    let run = knock
        .running
        .with(|knock, now| knock.trigger("new-message", user, data, now));
    assert!(run.is_some());
}
