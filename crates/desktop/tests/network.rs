//! The real resident behind a proxy, with settings that are right and settings that are not.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;
#[allow(dead_code, reason = "the tests of the notifier use the rest")]
#[path = "../../notifier/tests/live/company.rs"]
mod company;
#[allow(dead_code, reason = "the tests of the notifier use the rest")]
#[path = "../../notifier/tests/live/proxy.rs"]
mod proxy;

use common::*;
use company::{Company, Front, Good};
use proxy::{Kind, Manner, PASSWORD, Proxy, USER};
use xtask::stage::{PATIENCE, Stage, StageOptions, wait_until};

#[test]
fn the_password_of_a_proxy_goes_from_standard_input_to_the_keychain_and_to_the_proxy_alone() {
    let stage = Stage::start(StageOptions::default()).unwrap();
    let knock = Knock::start("pk_test_proxy");
    let company = Company::new("ours");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let (front, proxy) = runtime.block_on(async {
        let acceptor = company.acceptor(&["knock.example.test"], Good::Now);
        let front = Front::of(knock.running.url(), acceptor).await;
        let proxy = Proxy::serve(Kind::Http, Manner::Guarded, front.address).await;
        (front, proxy)
    });
    let settings = format!(
        "proxy = \"http://{USER}@{}\"\nca_file = {:?}\n",
        proxy.address,
        company.ca_file.path()
    );
    set(&stage, &settings);
    let resident = Resident::start(&stage);

    let connect = knock
        .connect_file("pk_test_proxy")
        .replace(knock.running.url(), "https://knock.example.test");
    let refused = doorbell_reading(&stage, &["--connect", "-"], &connect);
    let words = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{words}");
    assert!(
        words.contains("asks for a password; store it with: doorbell proxy-password"),
        "{words}"
    );

    let kept = doorbell_reading(&stage, &["proxy-password"], &format!("{PASSWORD}\n"));
    assert_eq!(
        (text(&kept.stdout), text(&kept.stderr)),
        (
            "The keychain holds the password of the proxy.\n".to_owned(),
            String::new()
        )
    );
    let signed_in = doorbell_reading(&stage, &["--connect", "-"], &connect);
    assert!(signed_in.status.success(), "{}", text(&signed_in.stderr));
    resident.wait_for_status("Nothing unread. Connected.");
    assert_eq!(front.connections("/ws/"), 1);

    // A start finds it where it is kept.
    assert!(doorbell(&stage, &["quit"]).status.success());
    assert!(resident.wait_for_end().success());
    let resident = Resident::start(&stage);
    resident.wait_for_status("Nothing unread. Connected.");
    assert_eq!(front.connections("/ws/"), 2);

    assert!(!log(&stage).contains(PASSWORD));
    assert_eq!(processes_that_show(PASSWORD), [""; 0]);
    let removed = doorbell(&stage, &["proxy-password"]);
    assert_eq!(
        text(&removed.stdout),
        "The keychain holds no password of a proxy any more.\n"
    );
    drop(resident);
}

#[test]
fn what_of_the_settings_cannot_be_used_is_said_in_a_toast_with_its_line() {
    let stage = Stage::start(StageOptions {
        keyring: false,
        ..StageOptions::default()
    })
    .unwrap();
    set(
        &stage,
        "sound = false\nvolume = 11\nca_file = \"/nonexistent/ca.pem\"\n",
    );
    let resident = Resident::start(&stage);
    wait_until(PATIENCE, "a toast", || {
        stage.toasts_displayed().is_ok_and(|shown| shown == 1)
    })
    .unwrap();
    stage.close_toasts().unwrap();
    let body = stage.dunst_history().unwrap()[0].body.clone();
    for words in [
        "doorbell/settings.toml could be used: line 2:",
        "volume",
        "The rest of it counts.",
        "The certificates in /nonexistent/ca.pem do not count: it cannot be read",
    ] {
        assert!(body.contains(words), "{body}");
    }
    drop(resident);
}

/// Writes the settings file.
fn set(stage: &Stage, settings: &str) {
    let directory = stage.dir().join("config/doorbell");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("settings.toml"), settings).unwrap();
}
