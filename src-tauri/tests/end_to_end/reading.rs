use xtask::stage::{StageOptions, wait_until};

use crate::{
    page::Page,
    room::{PATIENCE, Room},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_row_marked_read_is_read_at_the_server_and_gone_from_the_unread_ones() {
    let room = Room::open(StageOptions::default()).await;
    room.send("The first of two");
    room.send("The second of two");
    let _resident = room.signed_in_resident();
    let page = Page::open(&room.stage).await;
    page.says("The first of two").await;
    page.says("The second of two").await;

    page.click_in_row("The first of two", "Mark read").await;
    wait_until(PATIENCE, "the server has the first as read", || {
        room.messages()
            .iter()
            .map(|message| !message["read_at"].is_null())
            .eq([true, false])
    })
    .unwrap();
    page.click("Unread 1").await;
    page.says_no_more("The first of two").await;
    page.says("The second of two").await;
    page.click("All 2").await;
    page.says("The first of two").await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_while_the_window_is_open_appears_in_it() {
    let room = Room::open(StageOptions::default()).await;
    let _resident = room.signed_in_resident();
    let page = Page::open(&room.stage).await;
    page.says("No notifications yet").await;
    room.send("Fresh from the press");
    page.says("Fresh from the press").await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_says_that_the_resident_has_ended_and_ends_too() {
    let room = Room::open(StageOptions::default()).await;
    let resident = room.signed_in_resident();
    let page = Page::open(&room.stage).await;
    page.says("No notifications yet").await;
    assert_eq!(room.processes("doorbell-window").len(), 1);
    drop(resident);
    page.says("start Doorbell to see your feed again").await;
    wait_until(PATIENCE, "the window has ended", || {
        room.processes("doorbell-window").is_empty()
    })
    .unwrap();
}
