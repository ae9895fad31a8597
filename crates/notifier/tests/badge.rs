//! The tray's pictures are compared pixel by pixel with strips under `golden/`, one a theme and size, which hold
//! [`FACES`] from left to right. `DOORBELL_REDRAW=1 cargo test -p doorbell-notifier --test badge` draws them anew;
//! look at them before committing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{env, fs::File, io::BufReader, path::PathBuf};

use doorbell_notifier::{
    Face,
    badge::{Style, Theme, icon},
};

const FACES: [Face; 23] = [
    Face::Count(0),
    Face::Count(1),
    Face::Count(2),
    Face::Count(3),
    Face::Count(4),
    Face::Count(5),
    Face::Count(6),
    Face::Count(7),
    Face::Count(8),
    Face::Count(9),
    Face::Count(10),
    Face::Count(47),
    Face::Count(68),
    Face::Count(120),
    Face::Offline(0),
    Face::Offline(3),
    Face::Offline(8),
    Face::Offline(25),
    Face::Offline(120),
    Face::SignedOut,
    Face::Refused,
    Face::Paused(0),
    Face::Paused(3),
];

#[test]
fn pictures_for_light_panels_are_as_they_were() {
    check(Theme::Light, "light");
}

#[test]
fn pictures_for_dark_panels_are_as_they_were() {
    check(Theme::Dark, "dark");
}

#[test]
fn pictures_for_unknown_panels_are_as_they_were() {
    check(Theme::Colour, "colour");
}

#[test]
fn a_number_that_is_not_wanted_is_a_dot_or_nothing() {
    let picture = |face, style| icon(face, style, 22, Theme::Dark);
    let nothing = picture(Face::Count(0), Style::Number);
    assert_eq!(picture(Face::Count(7), Style::None), nothing);
    let dot = picture(Face::Count(7), Style::Dot);
    assert_eq!(dot, picture(Face::Count(70), Style::Dot));
    assert_ne!(dot, nothing);
    assert_ne!(dot, picture(Face::Count(7), Style::Number));
    for style in [Style::Dot, Style::None] {
        let refused = picture(Face::Refused, Style::Number);
        assert_eq!(picture(Face::Refused, style), refused);
    }
}

fn check(theme: Theme, name: &str) {
    for size in [16, 22, 24, 32, 48, 64] {
        let drawn = strip(theme, size);
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join(format!("tests/golden/{name}-{size}.png"));
        if env::var_os("DOORBELL_REDRAW").is_some() {
            write(&path, size, &drawn);
        }
        let golden = read(&path);
        let differing = golden.iter().zip(&drawn).filter(|(a, b)| a != b).count();
        assert!(
            golden.len() == drawn.len() && differing == 0,
            "{} differs in {differing} bytes",
            path.display()
        );
    }
}

/// RGBA of all faces side by side.
fn strip(theme: Theme, size: u32) -> Vec<u8> {
    let icons = FACES.map(|face| icon(face, Style::Number, size, theme).rgba());
    let row = 4 * size as usize;
    (0..size as usize)
        .flat_map(|y| {
            icons
                .iter()
                .flat_map(move |icon| &icon[y * row..(y + 1) * row])
        })
        .copied()
        .collect()
}

fn write(path: &PathBuf, size: u32, rgba: &[u8]) {
    let mut encoder =
        png::Encoder::new(File::create(path).unwrap(), FACES.len() as u32 * size, size);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(rgba)
        .unwrap();
}

fn read(path: &PathBuf) -> Vec<u8> {
    let mut reader = png::Decoder::new(BufReader::new(File::open(path).unwrap()))
        .read_info()
        .unwrap();
    let mut rgba = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut rgba).unwrap();
    rgba.truncate(info.buffer_size());
    rgba
}
