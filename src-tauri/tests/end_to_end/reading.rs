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
async fn a_window_whose_resident_is_killed_says_so_and_comes_back_with_it() {
    let room = Room::open(StageOptions::default()).await;
    let resident = room.signed_in_resident();
    room.send("Before the fall");
    let page = Page::open(&room.stage).await;
    page.says("Before the fall").await;
    let window = room.processes("doorbell-window");
    assert_eq!(window.len(), 1);
    drop(resident);
    page.says("Doorbell has stopped").await;

    let _resident = room.resident();
    page.says("Before the fall").await;
    room.send("After the fall");
    page.says("After the fall").await;
    page.click_in_row("After the fall", "Mark read").await;
    wait_until(PATIENCE, "the server has it as read", || {
        room.messages()
            .last()
            .is_some_and(|message| !message["read_at"].is_null())
    })
    .unwrap();
    assert_eq!(room.processes("doorbell-window"), window);
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_ends_when_a_person_quits_doorbell() {
    let room = Room::open(StageOptions::default()).await;
    let _resident = room.signed_in_resident();
    let page = Page::open(&room.stage).await;
    page.says("No notifications yet").await;
    assert!(room.doorbell().arg("quit").status().unwrap().success());
    wait_until(PATIENCE, "the window has ended", || {
        room.processes("doorbell-window").is_empty()
    })
    .unwrap();
    drop(page);
}
