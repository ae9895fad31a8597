use std::{fs, path::PathBuf};

use xtask::stage::{Stage, StageOptions, wait_until};

use crate::{
    page::Page,
    room::{KEY, PATIENCE, Room, on_command_lines},
};

const WRONG_KEY: &str = "pk_test_0e8b2f7716d94a3c";

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_by_the_form_puts_the_key_into_the_keyring_and_nowhere_else() {
    let room = Room::open(StageOptions::default()).await;
    let _resident = room.resident();
    let page = Page::open(&room.stage).await;
    let config = room.knock.with(|knock, _| knock.config().clone());
    let before = (secrets(&room.stage), kept(&room.stage));

    page.fill("Public key", WRONG_KEY).await;
    page.fill("User", &config.user_id).await;
    page.fill("Feed channel", &config.feed_id).await;
    page.click("Another host").await;
    page.fill("Host", room.knock.url()).await;
    page.click("Sign in").await;
    page.says("Knock refused the public key").await;
    let after = (secrets(&room.stage), kept(&room.stage));
    assert_eq!(
        after, before,
        "a refused key changed the keyring or the disk"
    );
    nowhere_but_in_memory(&room.stage, WRONG_KEY);

    page.fill("Public key", KEY).await;
    page.click("Sign in").await;
    page.says("No notifications yet").await;
    assert!(
        room.stage.keyring_contains(KEY.as_bytes()).unwrap(),
        "the keyring does not have the key"
    );
    nowhere_but_in_memory(&room.stage, KEY);

    page.click("More").await;
    page.click("Sign out…").await;
    page.click("Sign out").await;
    page.says("Sign in to a feed").await;
    wait_until(PATIENCE, "the keyring has forgotten the key", || {
        !room.stage.keyring_contains(KEY.as_bytes()).unwrap()
    })
    .unwrap();
    nowhere_but_in_memory(&room.stage, KEY);
    page.close().await;
}

fn secrets(stage: &Stage) -> Vec<Vec<u8>> {
    let mut secrets = stage.secrets().unwrap();
    secrets.sort();
    secrets
}

/// The files of Doorbell's settings and data, with what they hold.
fn kept(stage: &Stage) -> Vec<(PathBuf, Vec<u8>)> {
    let mut dirs = ["config/doorbell", "data/doorbell"]
        .map(|dir| stage.dir().join(dir))
        .to_vec();
    let mut files = Vec::new();
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            let path = entry.path();
            match path.is_dir() {
                true => dirs.push(path),
                false => files.push((path.clone(), fs::read(path).unwrap())),
            }
        }
    }
    files.sort();
    files
}

/// Neither settings nor data, neither logs nor what the web view keeps, neither any program's arguments.
fn nowhere_but_in_memory(stage: &Stage, key: &str) {
    assert_eq!(
        stage.find_on_disk(key.as_bytes()).unwrap(),
        Vec::<PathBuf>::new()
    );
    assert_eq!(on_command_lines(key), Vec::<u32>::new());
}
