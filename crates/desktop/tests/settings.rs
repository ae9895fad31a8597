//! Settings that change while the real resident runs: by hand in the file, and from the window through the door.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::path::PathBuf;

use common::*;
use serde_json::{Value, json};
use xtask::stage::{PATIENCE, Stage, StageOptions, TrayHost, wait_until};

#[test]
fn what_a_person_writes_into_the_file_counts_at_once() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Watcher)).unwrap();
    let knock = Knock::start("pk_test_by_hand");
    let resident = Resident::start(&stage);
    signed_in(&resident, &knock);
    let item = resident.tray_item();
    knock.send("First");
    wait_for_badge(&item, 1);

    write(&stage, "tray_theme = \"dark\"\n");
    wait_for_picture(&stage, "dark", 1);
    write(&stage, "tray_theme = \"dark\"\ntray_style = \"none\"\n");
    wait_for_picture(&stage, "dark", 0);
    write(
        &stage,
        "log_level = \"debug\"\nquiet_hours = { from = \"00:00\", to = \"23:59\" }\n",
    );
    resident.wait_for_status("1 unread. Connected; toasts wait.");
    write(&stage, "toasts = false\nvolume = 11\n");
    resident.wait_for_status("1 unread. Connected.");
    wait_until(PATIENCE, "the bad line is in the log", || {
        log(&stage).contains("line 2: \"volume\" is no setting")
    })
    .unwrap();
    assert_eq!(
        log(&stage).matches("the app begins anew").count(),
        0,
        "none of it breaks the connection"
    );
}

#[test]
fn what_the_window_changes_is_in_the_file_beside_what_a_person_wrote_there() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Watcher)).unwrap();
    write(&stage, "# mine\ntray_theme = \"light\"   # at home\n");
    let knock = Knock::start("pk_test_from_the_window");
    let resident = Resident::start(&stage);
    signed_in(&resident, &knock);
    let (mut window, mut other) = (
        Caller::come(&stage, "window"),
        Caller::come(&stage, "window"),
    );

    let settings = set(&mut window, "tray_theme", json!("dark"));
    assert_eq!(settings["body"]["tray_theme"], "dark", "{settings}");
    assert_eq!(
        other.hear_of("settings_changed")["body"]["tray_theme"],
        "dark"
    );
    wait_for_picture(&stage, "dark", 0);
    assert_eq!(
        std::fs::read_to_string(file(&stage)).unwrap(),
        "# mine\ntray_theme = \"dark\"   # at home\n"
    );

    let refused = set(&mut window, "tray_style", json!("loud"));
    assert_eq!(refused["kind"], "refused");
    let words = refused["body"]["words"].as_str().unwrap();
    assert!(words.contains("tray_style must be"), "{words}");
    write(&stage, "tray_theme = = 1\n");
    assert_eq!(
        other.hear_of("settings_changed")["body"]["tray_theme"],
        "colour",
        "what cannot be read has its usual value"
    );
    let refused = set(&mut window, "sound", json!(true));
    assert_eq!(refused["kind"], "refused", "{refused}");
    assert_eq!(
        std::fs::read_to_string(file(&stage)).unwrap(),
        "tray_theme = = 1\n"
    );
    window.say(&json!({ "kind": "settings" }));
    let settings = window.hear_of("settings");
    let complaint = settings["body"]["complaints"][0].as_str().unwrap();
    assert!(complaint.starts_with("line 1: "), "{settings}");
    resident.wait_for_status("Nothing unread. Connected.");
}

#[test]
fn a_setting_that_says_what_is_remembered_begins_the_app_anew_and_the_window_goes_on() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Watcher)).unwrap();
    let knock = Knock::start("pk_test_anew");
    let mut resident = Resident::start(&stage);
    signed_in(&resident, &knock);
    let words = "Kept until it is not";
    knock.send(words);
    resident.wait_for_status("1 unread. Connected.");
    let data = stage.dir().join("data");
    let is_kept = || {
        let found = stage.find_on_disk(words.as_bytes()).unwrap();
        found.iter().any(|file| file.starts_with(&data))
    };
    wait_until(PATIENCE, "the item is written down", is_kept).unwrap();
    let mut window = Caller::come(&stage, "window");
    window.say(
        &json!({"kind": "do", "body": {"do": "show", "filter": "all", "first": 0, "count": 10}}),
    );
    window.hear_of("view");

    let settings = set(&mut window, "keep_contents", json!(false));
    assert_eq!(settings["body"]["keep_contents"], false);
    wait_until(PATIENCE, "what was kept is wiped", || !is_kept()).unwrap();
    knock.send("Fresh from the press");
    let shows = |view: &Value| view.to_string().contains("Fresh from the press");
    while !shows(&window.hear_of("view")) {}
    resident.wait_for_status("2 unread. Connected.");
    assert!(resident.process.try_wait().unwrap().is_none());
    assert!(!is_kept());
}

#[test]
fn starting_at_login_is_an_entry_that_comes_and_goes() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Watcher)).unwrap();
    let resident = Resident::start(&stage);
    let mut window = Caller::come(&stage, "window");
    let entry = stage.dir().join("config/autostart/doorbell.desktop");

    let settings = set(&mut window, "start_at_login", json!(true));
    assert_eq!(settings["body"]["start_at_login"], true);
    let words = std::fs::read_to_string(&entry).unwrap();
    assert!(
        words.contains(&format!("Exec=\"{DOORBELL}\" --profile default --hidden\n")),
        "{words}"
    );
    let settings = set(&mut window, "start_at_login", json!(false));
    assert_eq!(settings["body"]["start_at_login"], false);
    assert!(!entry.exists());

    write(&stage, "start_at_login = true\n");
    wait_until(PATIENCE, "the entry", || entry.exists()).unwrap();
    drop(resident);
}

#[test]
fn the_settings_file_is_made_before_it_is_opened() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Watcher)).unwrap();
    let _resident = Resident::start(&stage);
    let mut window = Caller::come(&stage, "window");
    window.say(&json!({ "kind": "open_settings_file" }));
    window.hear_of("done");
    let path = file(&stage).display().to_string();
    wait_until(PATIENCE, "the editor", || {
        stage
            .opened_urls()
            .is_ok_and(|opened| opened == [path.clone()])
    })
    .unwrap();
    assert!(file(&stage).exists());
}

fn set(window: &mut Caller, key: &str, value: Value) -> Value {
    window.say(&json!({ "kind": "set", "body": { "key": key, "value": value } }));
    loop {
        let answer = window.hear();
        if answer["kind"] == "settings" || answer["kind"] == "refused" {
            return answer;
        }
    }
}

fn wait_for_picture(stage: &Stage, theme: &str, number: usize) {
    let item = stage.tray_item(PATIENCE, "doorbell").unwrap();
    wait_until(
        PATIENCE,
        &format!("the {theme} picture of {number}"),
        || {
            item.pixmap(22)
                .is_ok_and(|icon| icon == golden(theme, number, 22))
        },
    )
    .unwrap_or_else(|error| panic!("{error}\n{}", log(stage)));
}

fn file(stage: &Stage) -> PathBuf {
    stage.dir().join("config/doorbell/settings.toml")
}

fn write(stage: &Stage, text: &str) {
    let file = file(stage);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, text).unwrap();
}
