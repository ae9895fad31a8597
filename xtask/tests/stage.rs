use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use xtask::stage::{PATIENCE, Stage, StageOptions, TrayHost, wait_until};

#[test]
fn a_toast_shown_on_a_stage_is_in_its_history() {
    let stage = Stage::start(StageOptions::default()).unwrap();
    let sent = stage
        .command("notify-send")
        .args(["Ada", "Tea &amp; biscuits"])
        .status()
        .unwrap();
    assert!(sent.success());
    wait_until(PATIENCE, "the toast is on screen", || {
        stage.toasts_displayed().is_ok_and(|n| n == 1)
    })
    .unwrap();
    assert!(stage.dunst_history().unwrap().is_empty());
    stage.close_toasts().unwrap();
    let history = stage.dunst_history().unwrap();
    assert_eq!(history.len(), 1);
    assert_eq!(
        (&*history[0].title, &*history[0].body),
        ("Ada", "Tea &amp; biscuits")
    );
}

#[test]
fn a_secret_is_in_the_keyring_and_nowhere_on_disk() {
    let stage = Stage::start(StageOptions::default()).unwrap();
    let secret = b"a-secret-of-the-stage";
    assert!(!stage.keyring_contains(secret).unwrap());
    let mut store = stage
        .command("secret-tool")
        .args(["store", "--label", "test", "what", "ever"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    store.stdin.take().unwrap().write_all(secret).unwrap();
    assert!(store.wait().unwrap().success());
    let looked_up = stage
        .command("secret-tool")
        .args(["lookup", "what", "ever"])
        .output()
        .unwrap();
    assert_eq!(looked_up.stdout, secret);
    assert!(stage.keyring_contains(secret).unwrap());
    assert!(stage.find_on_disk(secret).unwrap().is_empty());
}

#[test]
fn what_is_opened_is_recorded() {
    let stage = Stage::start(StageOptions {
        keyring: false,
        ..StageOptions::default()
    })
    .unwrap();
    assert!(stage.opened_urls().unwrap().is_empty());
    assert!(
        stage
            .command("xdg-open")
            .arg("https://example.com/a?b=c")
            .status()
            .unwrap()
            .success()
    );
    stage.let_opener_exit_with(3).unwrap();
    assert_eq!(
        stage
            .command("xdg-open")
            .arg("https://example.com/2")
            .status()
            .unwrap()
            .code(),
        Some(3)
    );
    assert_eq!(
        stage.opened_urls().unwrap(),
        ["https://example.com/a?b=c", "https://example.com/2"]
    );
}

#[test]
fn a_toast_is_seen_on_a_screenshot() {
    let stage = Stage::start(StageOptions {
        keyring: false,
        ..StageOptions::default()
    })
    .unwrap();
    assert!(stage.look().unwrap().is_blank());
    assert!(
        stage
            .command("notify-send")
            .args(["Seen", "on the screen"])
            .status()
            .unwrap()
            .success()
    );
    wait_until(PATIENCE, "the toast is drawn", || {
        stage.look().is_ok_and(|screen| !screen.is_blank())
    })
    .unwrap();
}

#[test]
fn a_panel_is_a_tray_host_and_another_host_may_follow_it() {
    let mut stage = Stage::start(StageOptions::with_tray(TrayHost::Panel)).unwrap();
    assert!(stage.tray_items().unwrap().is_empty());
    wait_until(PATIENCE, "the panel is drawn", || {
        stage.look().is_ok_and(|screen| !screen.is_blank())
    })
    .unwrap();
    stage.stop_tray_host().unwrap();
    assert!(stage.tray_items().is_err());
    stage.start_tray_host(TrayHost::Watcher).unwrap();
    assert!(stage.tray_items().unwrap().is_empty());
    assert!(stage.tray_item(Duration::ZERO, "nobody").is_err());
}

#[test]
fn nothing_of_a_stage_is_left_when_it_is_dropped() {
    let stage = Stage::start(StageOptions::default()).unwrap();
    let dir = stage.dir().to_owned();
    assert!(mentioned_by_processes(&dir.display().to_string()));
    let mut resident = stage.command("sleep").arg("1000").spawn().unwrap();
    drop(stage);
    assert!(!resident.wait().unwrap().success());
    assert!(!dir.exists());
    assert!(!mentioned_by_processes(&dir.display().to_string()));
}

/// Whether any process has the text in its environment.
fn mentioned_by_processes(text: &str) -> bool {
    let processes = std::fs::read_dir("/proc")
        .expect("Linux has /proc")
        .flatten();
    let environments = processes
        .map(|process| process.path().join("environ"))
        .filter(|file| file.exists());
    let found = Command::new("grep")
        .args([
            "--quiet",
            "--no-messages",
            "--text",
            "--fixed-strings",
            text,
        ])
        .args(environments)
        .status();
    found.expect("grep runs").success()
}
