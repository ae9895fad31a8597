use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use xtask::picture::{Icon, Picture, Rectangle};
use xtask::stage::tray::Item;
use xtask::stage::{PATIENCE, Stage, StageOptions, TrayHost, wait_for, wait_until};

use super::driver::DrivenWindow;
use super::{Emulator, FIRST_WORDS, PROFILE, Resident, Workflow, leave};
use crate::checkout::Checkout;

/// Size of the icons in the stage's panel, in pixels.
const PANEL_ICON: usize = 22;
const TRAY_ID: &str = "doorbell";
/// The right end of the panel, where icons stand.
const TRAY: Rectangle = Rectangle {
    x: 1120,
    y: 0,
    width: 160,
    height: 32,
};
/// How far the panel may be from the icon, of 255, since it shrinks in its own way.
const NEAR: f64 = 4.0;
/// How many times farther it must be from the icon of another number.
const FAR: f64 = 2.0;
/// How much of the panel around the icon `tray.png` shows, and how large.
const TRAY_MARGIN: usize = 64;
const TRAY_SCALE: usize = 4;

/// Plays the demo on a stage, checks what is to be seen, and leaves pictures of it in `dir`.
///
/// When a check fails, `desktop.png` shows how the screen looked then.
pub(super) fn take(checkout: &Checkout, dir: &Path) -> Result<()> {
    fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Panel))?;
    let played = play(checkout, &stage, dir);
    if played.is_err() {
        stage.screenshot(&dir.join("desktop.png"))?;
    }
    played?;
    println!(
        "tray, toast, window and desktop are pictured in {}",
        dir.display()
    );
    Ok(())
}

fn play(checkout: &Checkout, stage: &Stage, dir: &Path) -> Result<()> {
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
    picture_tray(stage, &two, &three, &dir.join("tray.png"))?;
    picture_toast(stage, &dir.join("toast.png"))?;

    // Out of the way, where it hovers over nothing.
    stage.point(0, 799)?;
    let program = checkout.program("doorbell-window")?;
    let window = DrivenWindow::open(stage, &program, &["--profile", PROFILE])?;
    let row = window.place_of(PATIENCE, ROWS, FIRST_WORDS)?;
    let (screen, place) = wait_for(PATIENCE, "the row is drawn in the window", || {
        // The page is read before it is painted.
        let place = drawn(stage, "^Doorbell$").ok()?;
        let screen = stage.look().ok()?;
        let shown = screen.crop(Rectangle {
            x: place.x + row.x,
            y: place.y + row.y,
            ..row
        });
        (!shown.is_blank()).then_some((screen, place))
    })?;
    screen.crop(place).save(&dir.join("window.png"))?;
    screen.save(&dir.join("desktop.png"))?;
    drop(window);

    stage.close_toasts()?;
    let history = stage.dunst_history()?;
    anyhow::ensure!(
        history.len() == 1 && history[0].body.contains(FIRST_WORDS),
        "the toasts were not one with {FIRST_WORDS:?}: {history:?}"
    );
    leave(&programs, PROFILE)?;
    drop(resident);
    anyhow::ensure!(
        stage.secrets()?.is_empty(),
        "the demo left an account in the keyring"
    );
    Ok(())
}

/// Finds the icons of now in the panel, where the ones before must fit clearly worse.
fn picture_tray(stage: &Stage, before: &[Icon], now: &[Icon], path: &Path) -> Result<()> {
    let (panel, place) = wait_for(
        PATIENCE,
        "the number of unread items is drawn in the tray",
        || {
            let panel = stage.look().ok()?.crop(TRAY);
            let (place, far) = nearest(&panel, now)?;
            let (_, farther) = nearest(&panel, before)?;
            (far < NEAR && farther > FAR * far).then_some((panel, place))
        },
    )?;
    panel
        .crop(place.grown(TRAY_MARGIN))
        .magnified(TRAY_SCALE)
        .save(path)
}

/// Where one of the sizes of an icon fits best, shrunk to the panel's size, and how far it is from that.
///
/// Xfce's panel takes the largest and shrinks it, others take the one that fits.
fn nearest(panel: &Picture, icons: &[Icon]) -> Option<(Rectangle, f64)> {
    let large = icons.iter().filter(|icon| icon.width >= PANEL_ICON);
    let places = large.filter_map(|icon| panel.nearest(&icon.shrunk(PANEL_ICON)));
    places.min_by(|one, other| one.1.total_cmp(&other.1))
}

fn picture_toast(stage: &Stage, path: &Path) -> Result<()> {
    wait_until(PATIENCE, "the toast is on the screen", || {
        stage.toasts_displayed().is_ok_and(|number| number == 1)
    })?;
    let toast = drawn(stage, "^Dunst$")?;
    stage.look()?.crop(toast.grown(TOAST_MARGIN)).save(path)
}

/// Waits until the tray says that there are so many unread items; returns its icon in all sizes.
fn numbered(item: &Item, unread: u32) -> Result<Vec<Icon>> {
    let words = format!("{unread} unread");
    wait_until(PATIENCE, &format!("the tray says {words:?}"), || {
        item.tooltip()
            .is_ok_and(|(title, text)| [title, text].iter().any(|said| said.contains(&words)))
    })?;
    item.pixmaps()
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
