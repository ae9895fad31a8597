//! The real resident on a real desktop against a local Knock.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use common::*;
use serde_json::json;
use xtask::stage::{PATIENCE, Stage, StageOptions, TrayHost, wait_until};

#[test]
fn a_triggered_item_becomes_a_badge_and_a_toast_whose_click_opens_it() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Watcher)).unwrap();
    let knock = Knock::start("pk_test_end_to_end");
    let resident = Resident::start(&stage);
    let item = resident.tray_item();
    sign_in(&stage, &knock);
    resident.wait_for_status("Nothing unread. Connected.");
    wait_for_badge(&item, 0);

    knock.trigger_through_the_sdk(
        "new-message",
        &json!({ "message": "1 < 2 & <b>tea</b>?", "message_id": "77" }),
    );

    wait_for_badge(&item, 1);
    let tooltip = item.tooltip().unwrap().0;
    assert!(tooltip.starts_with("1 unread \u{b7} synced "), "{tooltip}");
    wait_until(PATIENCE, "the toast is on the screen", || {
        stage.toasts_displayed().is_ok_and(|shown| shown == 1)
    })
    .unwrap();
    let unread = &knock.items()[0];
    assert!(
        unread["read_at"].is_null() && unread["interacted_at"].is_null(),
        "{unread}"
    );

    stage.click_toast().unwrap();
    wait_until(PATIENCE, "the link is opened", || {
        stage
            .opened_urls()
            .is_ok_and(|urls| urls == ["https://example.com/messages/77"])
    })
    .unwrap();
    wait_until(
        PATIENCE,
        "the server has the item interacted and read",
        || {
            let item = &knock.items()[0];
            !item["read_at"].is_null() && !item["interacted_at"].is_null()
        },
    )
    .unwrap();
    wait_for_badge(&item, 0);
    resident.wait_for_status("Nothing unread. Connected.");

    let history = stage.dunst_history().unwrap();
    assert_eq!(history.len(), 1, "{history:?}");
    assert_eq!(history[0].app, "Doorbell");
    assert_eq!(history[0].title, "Ada Moreau sent you a message");
    assert_eq!(history[0].body, "1 &lt; 2 &amp; &lt;b&gt;tea&lt;/b&gt;?");
}

#[test]
fn an_item_read_elsewhere_takes_its_toast_along() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Watcher)).unwrap();
    let knock = Knock::start("pk_test_elsewhere");
    let resident = Resident::start(&stage);
    sign_in(&stage, &knock);
    resident.wait_for_status("Nothing unread. Connected.");
    knock.trigger_through_the_sdk("new-comment", &json!({}));
    wait_until(PATIENCE, "the toast is on the screen", || {
        stage.toasts_displayed().is_ok_and(|shown| shown == 1)
    })
    .unwrap();

    knock.read_the_newest_elsewhere();
    // The server tells nobody of it; a window that opens looks again and finds it.
    let mut window = Caller::come(&stage, "window");
    window.say(
        &json!({"kind": "do", "body": {"do": "show", "filter": "all", "first": 0, "count": 10}}),
    );
    wait_until(PATIENCE, "the toast is taken back", || {
        stage.dunst_history().is_ok_and(|history| {
            history
                .iter()
                .any(|toast| toast.title == "Ada Moreau commented on Launch plan")
        })
    })
    .unwrap();
    resident.wait_for_status("Nothing unread. Connected.");
}

#[test]
fn opening_the_trays_menu_brings_its_number_up_to_date() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Watcher)).unwrap();
    let knock = Knock::start("pk_test_glance");
    let resident = Resident::start(&stage);
    let item = resident.tray_item();
    sign_in(&stage, &knock);
    resident.wait_for_status("Nothing unread. Connected.");
    knock.trigger_through_the_sdk("new-comment", &json!({}));
    wait_for_badge(&item, 1);

    knock.read_the_newest_elsewhere();
    wait_until(PATIENCE, "the menu says that nothing is unread", || {
        item.menu()
            .is_ok_and(|menu| menu.iter().any(|entry| entry.label == "Nothing unread"))
    })
    .unwrap();
    wait_for_badge(&item, 0);
}

#[test]
fn a_resident_started_with_a_connect_file_signs_in_and_stays() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Watcher)).unwrap();
    let knock = Knock::start("pk_test_connect_at_start");
    let file = stage.dir().join("connect.json");
    std::fs::write(&file, knock.connect_file("pk_test_connect_at_start")).unwrap();
    let mut process = stage
        .command(DOORBELL)
        .args(["--hidden", "--connect"])
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut lines = BufReader::new(process.stdout.take().unwrap());
    lines.read_line(&mut said).unwrap();
    assert!(
        said.starts_with("Signed in as demo-user. This feed is empty."),
        "{said:?}"
    );
    let resident = Resident::of(&stage, process);
    resident.wait_for_status("Nothing unread. Connected.");
    assert!(stage.keyring_contains(b"pk_test_connect_at_start").unwrap());
    assert!(doorbell(&stage, &["quit"]).status.success());
    assert!(resident.wait_for_end().success());
}

#[test]
fn a_resident_started_for_a_sign_in_that_does_not_work_does_not_stay() {
    let stage = Stage::start(StageOptions::default()).unwrap();
    let knock = Knock::start("pk_test_connect_in_vain");
    for (key, words) in [
        ("pk_test_wrong", "Knock refused the public key."),
        ("sk_test_wrong", "That is a secret key"),
    ] {
        let refused = connect(&stage, &knock, key);
        assert_eq!(refused.status.code(), Some(1), "{}", text(&refused.stderr));
        assert!(
            text(&refused.stderr).starts_with(words),
            "{}",
            text(&refused.stderr)
        );
        let status = doorbell(&stage, &["status"]);
        assert!(!status.status.success(), "{}", text(&status.stdout));
    }
}

#[test]
fn with_toasts_turned_off_the_badge_alone_tells_of_news() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Watcher)).unwrap();
    std::fs::create_dir_all(stage.dir().join("config/doorbell")).unwrap();
    let settings = "toasts = false\ntray_theme = \"dark\"\nvolume = 11\n";
    std::fs::write(stage.dir().join("config/doorbell/settings.toml"), settings).unwrap();
    let knock = Knock::start("pk_test_quiet");
    let resident = Resident::start(&stage);
    sign_in(&stage, &knock);
    resident.wait_for_status("Nothing unread. Connected.");
    knock.trigger_through_the_sdk("new-comment", &json!({}));
    resident.wait_for_status("1 unread. Connected.");
    let item = resident.tray_item();
    wait_until(PATIENCE, "the number for a dark panel", || {
        item.pixmap(22)
            .is_ok_and(|icon| icon == golden("dark", 1, 22))
    })
    .unwrap();
    assert!(
        log(&stage).contains("line 3: \"volume\" is no setting"),
        "{}",
        log(&stage)
    );
    // What brings the row brings the toast before it; the toast of another program then shows that it would be here.
    let mut window = Caller::come(&stage, "window");
    window.say(
        &json!({"kind": "do", "body": {"do": "show", "filter": "all", "first": 0, "count": 10}}),
    );
    while window.hear_of("view")["body"]["rows"]
        .as_array()
        .is_none_or(Vec::is_empty)
    {}
    assert!(
        stage
            .command("notify-send")
            .arg("Marker")
            .status()
            .unwrap()
            .success()
    );
    wait_until(PATIENCE, "the marker", || {
        stage.toasts_displayed().is_ok_and(|shown| shown > 0)
    })
    .unwrap();
    stage.close_toasts().unwrap();
    let history = stage.dunst_history().unwrap();
    let titles: Vec<&str> = history.iter().map(|toast| &*toast.title).collect();
    assert_eq!(titles, ["Marker"]);
}

#[test]
fn a_sign_in_is_in_the_keychain_and_nowhere_else_until_it_is_signed_out() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Watcher)).unwrap();
    let (right, wrong) = ("pk_test_right_5ee1c0de", "pk_test_wrong_0badc0de");
    let knock = Knock::start(right);
    let resident = Resident::start(&stage);
    resident.wait_for_status("Signed out.");
    assert!(stage.secrets().unwrap().is_empty());

    let refused = connect(&stage, &knock, wrong);
    assert_eq!(refused.status.code(), Some(1));
    let sentence = text(&refused.stderr);
    assert!(
        sentence.contains("Knock refused the public key"),
        "{sentence}"
    );
    assert!(sentence.contains("Nothing was stored"), "{sentence}");
    assert!(stage.secrets().unwrap().is_empty());
    is_nowhere(&stage, wrong);

    let mistyped = connect(&stage, &knock, "sk_test_mistyped_key");
    assert_eq!(mistyped.status.code(), Some(1));
    assert!(text(&mistyped.stderr).contains("That is a secret key"));
    assert!(stage.secrets().unwrap().is_empty());
    is_nowhere(&stage, "sk_test_mistyped_key");

    let signed_in = connect(&stage, &knock, right);
    assert!(signed_in.status.success(), "{}", text(&signed_in.stderr));
    assert!(text(&signed_in.stdout).starts_with("Signed in as demo-user."));
    resident.wait_for_status("Nothing unread. Connected.");
    assert!(stage.keyring_contains(right.as_bytes()).unwrap());
    is_nowhere(&stage, right);

    let quit = doorbell(&stage, &["quit"]);
    assert_eq!(
        (quit.status.code(), text(&quit.stdout).trim()),
        (Some(0), "Doorbell has ended.")
    );
    assert!(resident.wait_for_end().success());

    // The keychain alone remembers who was signed in.
    let resident = Resident::start(&stage);
    resident.wait_for_status("Nothing unread. Connected.");
    assert!(doorbell(&stage, &["sign-out"]).status.success());
    resident.wait_for_status("Signed out.");
    wait_until(PATIENCE, "the keychain forgets the sign-in", || {
        stage.secrets().is_ok_and(|secrets| secrets.is_empty())
    })
    .unwrap();
    is_nowhere(&stage, right);
    resident.tray_item().click_menu("Quit").unwrap();
    assert!(resident.wait_for_end().success());
}

#[test]
fn the_command_line_signs_out_whether_the_resident_runs_or_not() {
    let stage = Stage::start(StageOptions::default()).unwrap();
    let knock = Knock::start("pk_test_sign_out");
    let resident = Resident::start(&stage);
    sign_in(&stage, &knock);
    assert_eq!(stage.secrets().unwrap().len(), ACCOUNT_AND_LIST);
    check_sign_out(&stage, "Signed out.\n");
    resident.wait_for_status("Signed out.");

    sign_in(&stage, &knock);
    assert!(doorbell(&stage, &["quit"]).status.success());
    assert!(resident.wait_for_end().success());
    assert_eq!(stage.secrets().unwrap().len(), ACCOUNT_AND_LIST);
    let alone = "Doorbell is not running, and the keychain holds no account for it any more.\n";
    let memory = stage.dir().join("data/doorbell/doorbell.db");
    assert!(memory.exists());
    check_sign_out(&stage, alone);
    assert!(!memory.exists());
    check_sign_out(&stage, alone);
}

#[test]
fn two_accounts_stand_side_by_side_come_back_and_leave_one_by_one() {
    let stage = Stage::start(StageOptions::default()).unwrap();
    let (one, two) = (Knock::start("pk_test_one"), Knock::start("pk_test_two"));
    let resident = Resident::start(&stage);
    sign_in(&stage, &one);
    sign_in(&stage, &two);
    let [first, second] = [&one, &two].map(|knock| {
        let address = knock.running.url().trim_start_matches("http://");
        format!("{} on {address}", knock.config.user_id)
    });
    resident.wait_for_status(&format!(
        "Nothing unread. Connected.\n{first}: Nothing unread.\n{second}: Nothing unread.\n"
    ));
    assert!(doorbell(&stage, &["quit"]).status.success());
    assert!(resident.wait_for_end().success());

    let resident = Resident::start(&stage);
    resident.wait_for_status(&format!(
        "Nothing unread. Connected.\n{first}: Nothing unread.\n{second}: Nothing unread.\n"
    ));
    let unsaid = doorbell(&stage, &["sign-out"]);
    assert_eq!(unsaid.status.code(), Some(1));
    let words = text(&unsaid.stderr);
    assert!(words.contains(&format!("{first}, {second}")), "{words}");
    let said = doorbell(&stage, &["sign-out", &first]);
    assert_eq!(&*text(&said.stdout), "Signed out.\n");
    assert!(!stage.keyring_contains(b"pk_test_one").unwrap());
    assert!(stage.keyring_contains(b"pk_test_two").unwrap());
    resident.wait_for_status("Nothing unread. Connected.\n");

    assert!(doorbell(&stage, &["quit"]).status.success());
    assert!(resident.wait_for_end().success());
    let alone = "Doorbell is not running, and the keychain does not hold the account any more.\n";
    let said = doorbell(&stage, &["sign-out", &second]);
    assert_eq!(&*text(&said.stdout), alone, "{}", text(&said.stderr));
    assert!(stage.secrets().unwrap().is_empty());
}

/// Asserts what signing out says, and that nothing is stored when it has said so.
#[track_caller]
fn check_sign_out(stage: &Stage, words: &str) {
    let output = doorbell(stage, &["sign-out"]);
    assert_eq!(
        (output.status.code(), &*text(&output.stdout)),
        (Some(0), words),
        "{}",
        text(&output.stderr)
    );
    assert!(stage.secrets().unwrap().is_empty());
}

fn sign_in(stage: &Stage, knock: &Knock) {
    let output = connect(stage, knock, &knock.config.public_key);
    assert!(
        output.status.success(),
        "{}\n{}",
        text(&output.stderr),
        log(stage)
    );
}

fn connect(stage: &Stage, knock: &Knock, public_key: &str) -> std::process::Output {
    doorbell_reading(stage, &["--connect", "-"], &knock.connect_file(public_key))
}

/// Asserts that no file, no log and no command line shows the secret.
#[track_caller]
fn is_nowhere(stage: &Stage, secret: &str) {
    assert!(
        log(stage).contains("started"),
        "the log is where it is looked for"
    );
    assert_eq!(
        stage.find_on_disk(secret.as_bytes()).unwrap(),
        Vec::<std::path::PathBuf>::new()
    );
    assert_eq!(processes_that_show(secret), Vec::<String>::new());
}

/// Secrets in the keychain while one account is signed in.
const ACCOUNT_AND_LIST: usize = 2;
