use xtask::stage::{StageOptions, TrayHost, wait_until};

use crate::room::{PATIENCE, Room};

#[tokio::test(flavor = "multi_thread")]
async fn a_click_on_the_tray_opens_the_window_and_closing_it_leaves_nothing_behind() {
    let room = Room::open(StageOptions::with_tray(TrayHost::Panel)).await;
    let mut resident = room.signed_in_resident();
    let item = room.stage.tray_item(PATIENCE, "doorbell").unwrap();
    assert_eq!(room.processes("doorbell-window").len(), 0);

    item.activate().unwrap();
    // One that goes away while it is looked at cannot be counted.
    let visible = || {
        let windows = room.stage.windows("^Doorbell$");
        windows.map_or(usize::MAX, |windows| windows.len())
    };
    wait_until(PATIENCE, "the window is visible", || visible() == 1).unwrap();
    let window = room.processes("doorbell-window");
    assert_eq!(window.len(), 1);

    let minimized = room
        .stage
        .command("xdotool")
        .args([
            "search",
            "--onlyvisible",
            "--name",
            "^Doorbell$",
            "windowminimize",
        ])
        .status();
    assert!(minimized.unwrap().success());
    wait_until(PATIENCE, "the window is minimized", || visible() == 0).unwrap();
    item.activate().unwrap();
    wait_until(PATIENCE, "the same window is there again", || {
        visible() == 1
    })
    .unwrap();
    assert_eq!(room.processes("doorbell-window"), window);

    let active = || {
        let name = room
            .stage
            .command("xdotool")
            .args(["getactivewindow", "getwindowname"])
            .output()
            .unwrap();
        String::from_utf8_lossy(&name.stdout).trim() == "Doorbell"
    };
    wait_until(PATIENCE, "the window has the keyboard", active).unwrap();
    // The window manager's way to close a window; it hears no key while it is still at bringing the window up.
    wait_until(PATIENCE, "the window is closed", || {
        if active() {
            let mut key = room.stage.command("xdotool");
            assert!(key.args(["key", "alt+F4"]).status().unwrap().success());
        }
        visible() == 0
    })
    .unwrap();
    wait_until(PATIENCE, "nothing of the window is left", || {
        room.processes("doorbell-window").is_empty() && room.processes("WebKit").is_empty()
    })
    .unwrap();
    assert!(resident.runs(), "the resident ended with its window");
    assert!(room.doorbell().arg("status").status().unwrap().success());

    item.activate().unwrap();
    wait_until(PATIENCE, "the window opens once more", || visible() == 1).unwrap();

    item.activate().unwrap();
    wait_until(
        PATIENCE,
        "a click on the tray closes what is in sight",
        || room.processes("doorbell-window").is_empty(),
    )
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_opens_where_it_was_left() {
    let room = Room::open(StageOptions::with_tray(TrayHost::Panel)).await;
    let _resident = room.signed_in_resident();
    let item = room.stage.tray_item(PATIENCE, "doorbell").unwrap();
    item.activate().unwrap();
    wait_for_window(&room);
    xdotool(&room, &["windowsize", "%@", "500", "450"]);
    xdotool(&room, &["windowmove", "%@", "300", "200"]);
    wait_until(PATIENCE, "the window stands where it was put", || {
        geometry(&room).is_some_and(|place| place.ends_with("500x450"))
    })
    .unwrap();
    let place = geometry(&room);

    item.activate().unwrap();
    wait_until(PATIENCE, "the window is closed", || {
        room.processes("doorbell-window").is_empty()
    })
    .unwrap();
    item.activate().unwrap();
    wait_for_window(&room);
    wait_until(PATIENCE, "the window stands there again", || {
        geometry(&room) == place
    })
    .unwrap_or_else(|error| panic!("{error}: {:?}, not {place:?}", geometry(&room)));
}

fn wait_for_window(room: &Room) {
    wait_until(PATIENCE, "the window is visible", || {
        room.stage.windows("^Doorbell$").unwrap().len() == 1
    })
    .unwrap();
}

/// Place and size of the window, in xdotool's words.
fn geometry(room: &Room) -> Option<String> {
    let said = xdotool(room, &["getwindowgeometry", "%@"]);
    let value = |name: &str| {
        let line = said.lines().find(|line| line.trim().starts_with(name))?;
        let value = line.split(": ").nth(1)?;
        Some(value.split(" (").next()?.to_owned())
    };
    Some(format!("{} {}", value("Position")?, value("Geometry")?))
}

/// Does this to the visible window.
fn xdotool(room: &Room, arguments: &[&str]) -> String {
    let output = room
        .stage
        .command("xdotool")
        .args(["search", "--onlyvisible", "--name", "^Doorbell$"])
        .args(arguments)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}
