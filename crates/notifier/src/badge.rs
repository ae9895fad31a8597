//! The tray's pictures: a doorbell push, or its plate carrying a number.
//!
//! Everything is drawn from rectangles, rings and lines with exact coverage, so that edges lie on pixels at the
//! sizes panels ask for and no font is needed. The same arguments always give the same bytes.

mod glyph;
mod mask;

use crate::tray::Face;
use glyph::Setting;
use mask::{Area, Mask};

/// Draws `face` as a square of `size` pixels; sizes below 16 and above 512 are brought into that range.
///
/// Up to 22 px a number above 9 reads "9+", from 24 px on one above 99 reads "99+".
pub fn icon(face: Face, style: Style, size: u32, theme: Theme) -> Icon {
    let face = match (style, face) {
        (Style::None, Face::Count(_)) => Face::Count(0),
        (Style::None, Face::Paused(_)) => Face::Paused(0),
        (Style::None, Face::Offline(_)) => Face::Offline(0),
        (Style::Number | Style::Dot | Style::None, face) => face,
    };
    let size = size.clamp(16, 512);
    let numeral = |count| (style == Style::Number).then(|| numeral(count, size));
    let ink = Ink::of(face, theme);
    let mut icon = Icon {
        width: size,
        height: size,
        argb: vec![0; 4 * (size * size) as usize],
    };
    let plate = Plate::new(size, theme);
    match face {
        Face::Count(0) => {
            icon.stroke(&plate.around(), &plate.outline(plate.stroke), ink);
            icon.paint(&plate.button(), ink.strong);
        }
        Face::Count(count) => {
            icon.fill(&plate, ink, &plate.figure(numeral(count), Setting::Filled))
        }
        Face::Refused => icon.fill(&plate, ink, &plate.text("!", Setting::Filled)),
        Face::Paused(0) => {
            icon.stroke(&plate.around(), &plate.outline(plate.stroke), ink);
            icon.paint(&plate.bars(), ink.strong);
        }
        Face::Paused(_) => icon.fill(&plate, ink, &plate.bars()),
        Face::Offline(0) => icon.stroke(&plate.around(), &plate.outline(plate.stroke), ink),
        Face::Offline(count) => {
            icon.stroke(&plate.around(), &plate.outline(plate.hairline), ink);
            icon.paint(&plate.figure(numeral(count), Setting::Outlined), ink.strong);
        }
        Face::SignedOut => {
            let gap = plate.gap();
            icon.stroke(
                &plate.around().without(gap),
                &plate.outline(plate.stroke).without(gap),
                ink,
            );
        }
    }
    icon
}

/// A square picture with straight (not premultiplied) alpha.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Icon {
    pub width: u32,
    pub height: u32,
    /// Alpha, red, green, blue, a byte each, row by row from the top: ARGB32 in network byte order.
    pub argb: Vec<u8>,
}

impl Icon {
    /// The same pixels as red, green, blue, alpha.
    pub fn rgba(&self) -> Vec<u8> {
        let mut rgba = self.argb.clone();
        rgba.chunks_exact_mut(4)
            .for_each(|pixel| pixel.rotate_left(1));
        rgba
    }

    /// The filled plate with a figure left out of it in the other colour.
    fn fill(&mut self, plate: &Plate, ink: Ink, figure: &Mask) {
        if let Some(edge) = ink.edge {
            self.paint(&plate.around(), edge);
        }
        self.paint(&plate.filled(), ink.strong);
        self.paint(figure, ink.on_strong);
    }

    /// A stroke. Where the panel's colour is not known, a pale ground keeps it legible on any.
    fn stroke(&mut self, ground: &Mask, stroke: &Mask, ink: Ink) {
        if let Some(edge) = ink.edge {
            self.paint(ground, edge);
        }
        self.paint(stroke, ink.strong);
    }

    fn paint(&mut self, mask: &Mask, [red, green, blue]: [u8; 3]) {
        for (pixel, &cover) in self.argb.chunks_exact_mut(4).zip(mask.coverage()) {
            let below = f32::from(pixel[0]) / 255.0;
            let alpha = cover + below * (1.0 - cover);
            if alpha == 0.0 {
                continue;
            }
            for (old, new) in pixel[1..].iter_mut().zip([red, green, blue]) {
                let mixed =
                    (f32::from(new) * cover + f32::from(*old) * below * (1.0 - cover)) / alpha;
                *old = mixed.round() as u8;
            }
            pixel[0] = (alpha * 255.0).round() as u8;
        }
    }
}

/// How much the picture says of the number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    #[default]
    Number,
    /// A filled plate with a dot in it, whatever the number.
    Dot,
    /// Nothing.
    None,
}

/// What the picture stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark ink, for light panels.
    Light,
    /// Light ink, for dark panels.
    Dark,
    /// Colour with a contrasting edge, for panels whose colour is not known.
    Colour,
}

/// The colours of one picture: red, green, blue.
#[derive(Clone, Copy)]
struct Ink {
    strong: [u8; 3],
    on_strong: [u8; 3],
    edge: Option<[u8; 3]>,
}

impl Ink {
    fn of(face: Face, theme: Theme) -> Self {
        match theme {
            Theme::Light => Self {
                strong: DARK,
                on_strong: WHITE,
                edge: None,
            },
            Theme::Dark => Self {
                strong: WHITE,
                on_strong: DARK,
                edge: None,
            },
            Theme::Colour => {
                let strong = match face {
                    Face::Count(_) | Face::Paused(_) => ACCENT,
                    Face::Offline(_) | Face::SignedOut => GREY,
                    Face::Refused => RED,
                };
                Self {
                    strong,
                    on_strong: WHITE,
                    edge: Some(WHITE),
                }
            }
        }
    }
}

/// Where things lie on a square of some size, in pixels.
struct Plate {
    size: u32,
    area: Area,
    radius: f32,
    stroke: f32,
    /// The stroke of a plate that must leave room for a number.
    hairline: f32,
    /// Width of the contrasting edge.
    edge: f32,
}

impl Plate {
    fn new(size: u32, theme: Theme) -> Self {
        let side = (size / 16) as f32;
        let edge = (size / 24).max(1) as f32;
        let above = if theme == Theme::Colour { edge } else { 0.0 };
        let full = size as f32;
        Self {
            size,
            area: Area::new(side, above, full - side, full - above),
            radius: (full * 0.25).round(),
            stroke: (full * 0.09).round().max(2.0),
            hairline: (full * 0.05).round().max(1.0),
            edge,
        }
    }

    fn filled(&self) -> Mask {
        let mut mask = Mask::new(self.size);
        mask.rounded(self.area, self.radius);
        mask
    }

    fn around(&self) -> Mask {
        let mut mask = Mask::new(self.size);
        mask.rounded(self.area.grown(self.edge), self.radius + self.edge);
        mask
    }

    fn outline(&self, stroke: f32) -> Mask {
        let mut mask = Mask::new(self.size);
        mask.ring(self.area, self.radius, stroke, self.area);
        mask
    }

    /// The upper right corner, which is missing while nobody is signed in.
    fn gap(&self) -> Area {
        let Area {
            left,
            top,
            right,
            bottom,
        } = self.area.grown(self.edge);
        Area::new(
            ((left + right) / 2.0).floor(),
            top,
            right,
            ((top + bottom) / 2.0).floor(),
        )
    }

    fn button(&self) -> Mask {
        let Area {
            left,
            top,
            right,
            bottom,
        } = self.area;
        let radius = ((right - left) * 0.24).round();
        let (x, y) = ((left + right) / 2.0, (top + bottom) / 2.0);
        let mut mask = Mask::new(self.size);
        mask.rounded(
            Area::new(x - radius, y - radius, x + radius, y + radius),
            radius,
        );
        mask
    }

    /// A number, or a dot where it is not said.
    fn figure(&self, numeral: Option<String>, setting: Setting) -> Mask {
        numeral.map_or_else(|| self.button(), |numeral| self.text(&numeral, setting))
    }

    /// Two upright bars.
    fn bars(&self) -> Mask {
        let Area {
            left,
            top,
            right,
            bottom,
        } = self.area;
        let (width, height) = (right - left, bottom - top);
        let bar = (width * 0.16).round().max(2.0);
        let gap = (width * 0.08).round().max(1.0);
        let (x, y) = ((left + right) / 2.0, (top + bottom) / 2.0);
        let half = (height * 0.22).round().max(3.0);
        let mut mask = Mask::new(self.size);
        for from in [x - gap - bar, x + gap] {
            let from = from.round();
            mask.rounded(Area::new(from, y - half, from + bar, y + half), 0.0);
        }
        mask
    }

    fn text(&self, text: &str, setting: Setting) -> Mask {
        glyph::text(text, self.size, setting, self.area)
    }
}

fn numeral(count: u64, size: u32) -> String {
    let most = if size < 24 { 9 } else { 99 };
    if count > most {
        format!("{most}+")
    } else {
        count.to_string()
    }
}

const WHITE: [u8; 3] = [0xff, 0xff, 0xff];
const DARK: [u8; 3] = [0x24, 0x28, 0x2e];
const ACCENT: [u8; 3] = [0x2f, 0x5f, 0xd0];
const GREY: [u8; 3] = [0x5c, 0x63, 0x6e];
const RED: [u8; 3] = [0xc2, 0x2f, 0x2f];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pictures_stop_counting_at_nine_and_larger_ones_at_ninety_nine() {
        let told = |count| [16, 22, 24, 64].map(|size| numeral(count, size));
        assert_eq!(told(9), ["9", "9", "9", "9"]);
        assert_eq!(told(10), ["9+", "9+", "10", "10"]);
        assert_eq!(told(99), ["9+", "9+", "99", "99"]);
        assert_eq!(told(u64::MAX), ["9+", "9+", "99+", "99+"]);
    }

    #[test]
    fn every_size_asked_for_gives_a_square_of_four_bytes_a_pixel() {
        for (asked, drawn) in [
            (0, 16),
            (1, 16),
            (16, 16),
            (23, 23),
            (100, 100),
            (u32::MAX, 512),
        ] {
            let icon = icon(Face::Count(123), Style::Number, asked, Theme::Colour);
            assert_eq!((icon.width, icon.height), (drawn, drawn));
            assert_eq!(icon.argb.len(), 4 * (drawn * drawn) as usize);
        }
    }

    #[test]
    fn states_differ_in_shape_and_not_in_colour_alone() {
        let faces = [
            Face::Count(0),
            Face::Count(1),
            Face::Offline(0),
            Face::Offline(1),
            Face::SignedOut,
            Face::Refused,
            Face::Paused(0),
            Face::Paused(1),
        ];
        for size in [16, 22, 24, 32, 48, 64] {
            let shapes =
                faces.map(|face| alpha_and_light(&icon(face, Style::Number, size, Theme::Light)));
            for (index, shape) in shapes.iter().enumerate() {
                for other in &shapes[..index] {
                    let apart = shape
                        .iter()
                        .zip(other)
                        .filter(|(a, b)| a.abs_diff(**b) > 128)
                        .count();
                    assert!(
                        apart * 25 > shape.len(),
                        "{apart} of {} pixels differ at {size}",
                        shape.len()
                    );
                }
            }
        }
    }

    /// How dark each pixel is on white paper.
    fn alpha_and_light(icon: &Icon) -> Vec<u8> {
        let dark = |pixel: &[u8]| u32::from(pixel[0]) * (255 - u32::from(pixel[1])) / 255;
        icon.argb
            .chunks_exact(4)
            .map(|pixel| dark(pixel) as u8)
            .collect()
    }
}
