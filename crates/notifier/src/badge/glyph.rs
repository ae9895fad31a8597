use super::mask::{Area, Mask};

/// What the text stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// A filled plate.
    Filled,
    /// A plate with a thin outline, which takes room away.
    Outlined,
}

/// Sets digits, `+` and `!` in the middle of `plate`.
pub(super) fn text(text: &str, size: u32, setting: Setting, plate: Area) -> Mask {
    let glyphs: Vec<char> = text.chars().collect();
    let face = Cut::for_text(glyphs.len(), size, setting);
    let width: f32 = glyphs.iter().map(|glyph| face.width(*glyph)).sum::<f32>()
        + face.gap * (glyphs.len() as f32 - 1.0);
    let mut x = ((plate.left + plate.right - width) / 2.0).floor();
    let y = ((plate.top + plate.bottom - face.height) / 2.0).floor();
    let mut mask = Mask::new(size);
    for glyph in glyphs {
        face.draw(glyph, x, y, &mut mask);
        x += face.width(glyph) + face.gap;
    }
    mask
}

/// The measures of glyphs at one size, in pixels.
#[derive(Clone, Copy, Debug)]
struct Cut {
    width: f32,
    height: f32,
    stroke: f32,
    gap: f32,
    plus: f32,
    plus_stroke: f32,
}

/// Measures cut by hand for the sizes panels ask for: width, height, stroke, gap, width and stroke of `+`.
/// A row holds those for one, two and three glyphs.
const FILLED: [(u32, [[u32; 6]; 3]); 6] = [
    (
        16,
        [[6, 10, 2, 1, 5, 1], [6, 10, 2, 1, 5, 1], [4, 8, 1, 1, 3, 1]],
    ),
    (
        22,
        [
            [8, 14, 3, 1, 7, 2],
            [8, 14, 3, 1, 6, 2],
            [5, 10, 2, 1, 4, 1],
        ],
    ),
    (
        24,
        [
            [10, 16, 3, 1, 8, 2],
            [8, 14, 3, 2, 8, 2],
            [6, 12, 2, 1, 5, 1],
        ],
    ),
    (
        32,
        [
            [12, 20, 4, 2, 10, 3],
            [11, 18, 4, 2, 9, 3],
            [8, 14, 3, 1, 6, 2],
        ],
    ),
    (
        48,
        [
            [18, 30, 6, 2, 14, 4],
            [16, 28, 5, 3, 14, 4],
            [12, 22, 4, 2, 10, 3],
        ],
    ),
    (
        64,
        [
            [24, 40, 8, 3, 18, 6],
            [22, 36, 7, 4, 20, 6],
            [16, 28, 5, 3, 12, 4],
        ],
    ),
];
const OUTLINED: [(u32, [[u32; 6]; 3]); 6] = [
    (
        16,
        [[6, 10, 2, 1, 5, 1], [5, 10, 2, 1, 4, 1], [4, 8, 1, 1, 3, 1]],
    ),
    (
        22,
        [
            [8, 14, 3, 1, 7, 2],
            [7, 12, 2, 1, 6, 2],
            [5, 10, 2, 1, 4, 1],
        ],
    ),
    (
        24,
        [
            [8, 14, 3, 1, 8, 2],
            [7, 12, 2, 2, 8, 2],
            [5, 10, 2, 1, 3, 1],
        ],
    ),
    (
        32,
        [
            [12, 20, 4, 2, 10, 3],
            [9, 16, 3, 2, 9, 3],
            [7, 12, 2, 1, 6, 2],
        ],
    ),
    (
        48,
        [
            [18, 30, 5, 2, 14, 4],
            [14, 26, 4, 2, 14, 4],
            [10, 20, 3, 2, 8, 2],
        ],
    ),
    (
        64,
        [
            [22, 36, 7, 3, 18, 6],
            [18, 32, 6, 4, 20, 6],
            [14, 26, 4, 2, 10, 4],
        ],
    ),
];

impl Cut {
    /// Sizes between take the measures of the next smaller one; above 64 those of 64 are multiplied.
    fn for_text(glyphs: usize, size: u32, setting: Setting) -> Self {
        let table = if setting == Setting::Filled {
            &FILLED
        } else {
            &OUTLINED
        };
        let row = table
            .iter()
            .rev()
            .find(|(cut, _)| *cut <= size)
            .unwrap_or(&table[0]);
        let times = (size / 64).max(1);
        let [width, height, stroke, gap, plus, plus_stroke] =
            row.1[glyphs.clamp(1, 3) - 1].map(|measure| (measure * times) as f32);
        Self {
            width,
            height,
            stroke,
            gap,
            plus,
            plus_stroke,
        }
    }

    fn width(&self, glyph: char) -> f32 {
        match glyph {
            '+' => self.plus,
            '!' => self.stroke,
            _ => self.width,
        }
    }

    /// Draws one glyph with its upper left corner at `x`, `y`.
    ///
    /// Round glyphs are rings of which a part is left out, so that their straight sides lie on whole pixels.
    fn draw(&self, glyph: char, x: f32, y: f32, mask: &mut Mask) {
        let (w, h, t) = (self.width, self.height, self.stroke);
        let at = |left: f32, top: f32, right: f32, bottom: f32| {
            Area::new(x + left, y + top, x + right, y + bottom)
        };
        let point = |across: f32, down: f32| (x + across, y + down);
        let radius = (w * 0.5).floor();
        // Two bowls share the bar between them.
        let upper = ((h + t) / 2.0).floor();
        let lower = upper - t;
        let (bowl_above, bowl_below, whole) = (
            at(0.0, 0.0, w, upper),
            at(0.0, lower, w, h),
            at(0.0, 0.0, w, h),
        );
        // An open bowl ends this far from its top or bottom.
        let (half, end) = ((w / 2.0).floor(), (upper * 0.45).round());
        match glyph {
            '0' => mask.ring(whole, radius, t, whole),
            '1' => {
                let stem = ((w - t) / 2.0 + t * 0.5).floor();
                mask.bar(at(stem, 0.0, stem + t, h));
                mask.line(
                    point(stem + t * 0.6, t * 0.2),
                    point(stem - t, t * 1.5),
                    t,
                    at(stem - t, 0.0, stem + t, h),
                );
            }
            '2' => {
                let turn = (upper / 2.0).ceil();
                mask.ring(bowl_above, radius, t, at(0.0, 0.0, w, turn));
                mask.line(
                    point(w - t * 0.6, turn - t * 0.4),
                    point(t * 0.5, h - t),
                    t * 1.05,
                    at(0.0, turn, w, h - t),
                );
                mask.bar(at(0.0, h - t, w, h));
            }
            '3' => {
                mask.ring(bowl_above, radius, t, at(half, 0.0, w, h));
                mask.ring(bowl_below, radius, t, at(half, 0.0, w, h));
                mask.ring(bowl_above, radius, t, at(0.0, 0.0, half, end));
                mask.ring(bowl_below, radius, t, at(0.0, h - end, half, h));
                mask.bar(at((w * 0.3).floor(), lower, half, upper));
            }
            '4' => {
                let foot = h - t * 2.0;
                let stem = w - t * 1.5;
                mask.bar(at(0.0, foot - t * 0.5, w, foot + t * 0.5));
                mask.bar(at(stem, 0.0, stem + t, h));
                mask.line(
                    point(stem, 0.0),
                    point(t * 0.5, foot),
                    t,
                    at(0.0, 0.0, stem + t, foot),
                );
            }
            '5' => {
                let belly = (lower - (t / 2.0).floor()).max(t);
                let bowl = at(0.0, belly, w, h);
                mask.bar(at(0.0, 0.0, w, t));
                mask.bar(at(0.0, 0.0, t, belly + t));
                mask.bar(at(0.0, belly, half, belly + t));
                mask.ring(bowl, radius, t, at(half, belly, w, h));
                mask.ring(bowl, radius, t, at(0.0, h - end, half, h));
            }
            '6' => {
                mask.ring(bowl_below, radius, t, whole);
                mask.ring(whole, radius, t, at(0.0, 0.0, half, h));
                mask.ring(whole, radius, t, at(half, 0.0, w, end));
            }
            '7' => {
                mask.bar(at(0.0, 0.0, w, t));
                mask.line(
                    point(w - t * 0.5, t),
                    point(w * 0.25, h),
                    t * 1.05,
                    at(0.0, t, w, h),
                );
            }
            '8' => {
                mask.ring(bowl_above, radius, t, whole);
                mask.ring(bowl_below, radius, t, whole);
            }
            '9' => {
                mask.ring(bowl_above, radius, t, whole);
                mask.ring(whole, radius, t, at(half, 0.0, w, h));
                mask.ring(whole, radius, t, at(0.0, h - end, half, h));
            }
            '+' => {
                let (wide, thick) = (self.plus, self.plus_stroke);
                let top = ((h - wide) / 2.0).floor();
                let from = ((wide - thick) / 2.0).floor();
                mask.bar(at(0.0, top + from, wide, top + from + thick));
                mask.bar(at(from, top, from + thick, top + wide));
            }
            '!' => {
                let dot = h - t;
                mask.bar(at(0.0, 0.0, t, dot - (t / 2.0).ceil()));
                mask.bar(at(0.0, dot, t, h));
            }
            _ => {}
        }
    }
}
