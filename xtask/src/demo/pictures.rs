use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use xtask::picture::{Icon, Picture, Rectangle};
use xtask::stage::tray::Item;
use xtask::stage::{PATIENCE, Stage, StageOptions, TrayHost, wait_for, wait_until};

use super::driver::DrivenWindow;
use super::{Emulator, FIRST_WORDS, PROFILE, Resident, Workflow, quit};
use crate::checkout::Checkout;

/// Size of the icons in the stage's panel, in pixels.
const PANEL_ICON: usize = 22;
const TRAY_ID: &str = "doorbell";
/// How much of the panel around the icon `tray.png` shows, and how large.
const TRAY_MARGIN: usize = 64;
const TRAY_SCALE: usize = 4;

/// Plays the demo on a stage, checks what is to be seen, and leaves pictures of it in `dir`.
pub(super) fn take(checkout: &Checkout, dir: &Path) -> Result<()> {
    fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Panel))?;
    let programs = |name: &str| -> Result<Command> { Ok(stage.command(checkout.program(name)?)) };
    let emulator = Emulator::start(&programs)?;
    // Two items from before the sign-in: they are in the list and get no toast.
    emulator.trigger(Workflow::Welcome, "")?;
    emulator.trigger(
        Workflow::NewComment,
        "Looks good to me. Shall we show it on Friday?",
    )?;
    let resident = Resident::start(&programs, PROFILE, &emulator)?;
    let item = stage.tray_item(PATIENCE, TRAY_ID)?;
    let two = numbered(&item, 2)?;

    emulator.trigger(Workflow::NewMessage, FIRST_WORDS)?;
    let three = numbered(&item, 3)?;
    anyhow::ensure!(
        two != three,
        "the tray's icon is the same for 2 and for 3 unread items"
    );
    let (screen, icon) = wait_for(PATIENCE, "the tray shows the number 3", || {
        let screen = stage.look().ok()?;
        let place = screen.find_icon(&three)?;
        Some((screen, place))
    })?;
    anyhow::ensure!(
        screen.find_icon(&two).is_none(),
        "the tray still shows the number 2"
    );
    let corner = Rectangle {
        width: icon.width + 2 * TRAY_MARGIN,
        ..icon.grown(TRAY_MARGIN)
    };
    screen
        .crop(corner)
        .magnified(TRAY_SCALE)
        .save(&dir.join("tray.png"))?;

    wait_until(PATIENCE, "the toast is on the screen", || {
        stage.toasts_displayed().is_ok_and(|n| n == 1)
    })?;
    let toast = drawn(&stage, "Dunst")?;
    stage
        .look()?
        .crop(toast.grown(TOAST_MARGIN))
        .save(&dir.join("toast.png"))?;

    let window = DrivenWindow::open(
        &stage,
        &checkout.program("doorbell-window")?,
        &["--profile", PROFILE],
    )?;
    window.text_with(PATIENCE, ROWS, FIRST_WORDS)?;
    let place = drawn(&stage, "^Doorbell")?;
    let screen = stage.look()?;
    screen.crop(place).save(&dir.join("window.png"))?;
    screen.save(&dir.join("desktop.png"))?;
    drop(window);

    stage.close_toasts()?;
    let history = stage.dunst_history()?;
    anyhow::ensure!(
        history.len() == 1 && history[0].body.contains(FIRST_WORDS),
        "the toasts were not one with {FIRST_WORDS:?}: {history:?}"
    );
    quit(&programs, PROFILE)?;
    drop(resident);
    println!(
        "tray, toast, window and desktop are pictured in {}",
        dir.display()
    );
    Ok(())
}

/// Waits until the tray says that there are so many unread items; returns its icon.
fn numbered(item: &Item, unread: u32) -> Result<Icon> {
    let words = format!("{unread} unread");
    wait_until(PATIENCE, &format!("the tray says {words:?}"), || {
        item.tooltip()
            .is_ok_and(|(title, text)| [title, text].iter().any(|said| said.contains(&words)))
    })?;
    item.pixmap(PANEL_ICON)
}

/// Waits until a window with this title is there and two looks at it are the same and not blank.
fn drawn(stage: &Stage, title: &str) -> Result<Rectangle> {
    let mut before: Option<Picture> = None;
    wait_for(
        PATIENCE,
        &format!("a window titled {title:?} is drawn"),
        || {
            let place = *stage.windows(title).ok()?.last()?;
            let now = stage.look().ok()?.crop(place);
            let settled = !now.is_blank() && before.as_ref() == Some(&now);
            before = Some(now);
            settled.then_some(place)
        },
    )
}

const TOAST_MARGIN: usize = 12;
/// The list's rows in the page.
const ROWS: &str = "li";
