//! Pictures of a screen: cut out, magnified, and searched for a smaller picture.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;

use anyhow::{Context, Result, bail};

/// A part of a picture, in pixels from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rectangle {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
}

impl Rectangle {
    /// The rectangle with `pixels` more on every side, as far as there is room on the left and above.
    pub fn grown(self, pixels: usize) -> Self {
        let (left, up) = (self.x.min(pixels), self.y.min(pixels));
        Self {
            x: self.x - left,
            y: self.y - up,
            width: self.width + left + pixels,
            height: self.height + up + pixels,
        }
    }
}

/// An opaque picture: rows of red, green, blue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    pub rgb: Vec<[u8; 3]>,
}

impl Picture {
    /// Reads an 8-bit PNG file; transparency is left out.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| path.display().to_string())?;
        let mut decoder = png::Decoder::new(BufReader::new(file));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info()?;
        let mut bytes = vec![0; reader.output_buffer_size().context("too large a picture")?];
        let info = reader.next_frame(&mut bytes)?;
        let step = match info.color_type {
            png::ColorType::Rgb => 3,
            png::ColorType::Rgba => 4,
            other => bail!("{}: a picture in {other:?}", path.display()),
        };
        let rgb = bytes[..info.buffer_size()]
            .chunks_exact(step)
            .map(|p| [p[0], p[1], p[2]])
            .collect();
        Ok(Self {
            width: info.width as usize,
            height: info.height as usize,
            rgb,
        })
    }

    pub fn save(&self, path: &Path) -> Result<()> {
        let file = File::create(path).with_context(|| path.display().to_string())?;
        let mut encoder = png::Encoder::new(
            BufWriter::new(file),
            u32::try_from(self.width)?,
            u32::try_from(self.height)?,
        );
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder
            .write_header()?
            .write_image_data(self.rgb.as_flattened())?;
        Ok(())
    }

    /// Whether every pixel has the same colour.
    pub fn is_blank(&self) -> bool {
        self.rgb.windows(2).all(|pair| pair[0] == pair[1])
    }

    /// The part of the picture inside `part`; what lies outside is left out.
    pub fn crop(&self, part: Rectangle) -> Self {
        let right = (part.x + part.width).min(self.width);
        let bottom = (part.y + part.height).min(self.height);
        let (left, top) = (part.x.min(right), part.y.min(bottom));
        let rgb = (top..bottom)
            .flat_map(|y| &self.rgb[y * self.width..][left..right])
            .copied()
            .collect();
        Self {
            width: right - left,
            height: bottom - top,
            rgb,
        }
    }

    /// Every pixel as a square of `times` by `times`.
    pub fn magnified(&self, times: usize) -> Self {
        let (width, height) = (self.width * times, self.height * times);
        let rgb = (0..height)
            .flat_map(|y| (0..width).map(move |x| (x / times, y / times)))
            .map(|(x, y)| self.rgb[y * self.width + x])
            .collect();
        Self { width, height, rgb }
    }

    /// Where `icon` fits best, and how far the picture is from it there: the mean over all colours, 0 to 255.
    pub fn nearest(&self, icon: &Icon) -> Option<(Rectangle, f64)> {
        let down = self.height.checked_sub(icon.height)?;
        let across = self.width.checked_sub(icon.width)?;
        (0..=down)
            .flat_map(|y| (0..=across).map(move |x| (x, y)))
            .map(|(x, y)| {
                let place = Rectangle {
                    x,
                    y,
                    width: icon.width,
                    height: icon.height,
                };
                (place, self.distance(icon, x, y))
            })
            .min_by(|one, other| one.1.total_cmp(&other.1))
    }

    fn distance(&self, icon: &Icon, left: usize, top: usize) -> f64 {
        let at = |index: usize| {
            self.rgb[(top + index / icon.width) * self.width + left + index % icon.width]
        };
        // The ground is what shines through where the icon is emptiest.
        let clearest = icon
            .argb
            .iter()
            .enumerate()
            .min_by_key(|(_, pixel)| pixel[0]);
        let ground = clearest.map_or([0; 3], |(index, _)| at(index));
        let apart = |(index, pixel): (usize, &[u8; 4])| -> u32 {
            let (expected, shown) = (over(*pixel, ground), at(index));
            (0..3)
                .map(|channel| u32::from(expected[channel].abs_diff(shown[channel])))
                .sum()
        };
        let total: u32 = icon.argb.iter().enumerate().map(apart).sum();
        f64::from(total) / (icon.argb.len().max(1) * 3) as f64
    }
}

/// A pixel with transparency, drawn on a ground.
fn over([alpha, colour @ ..]: [u8; 4], ground: [u8; 3]) -> [u8; 3] {
    let alpha = u16::from(alpha);
    let mix = |channel: usize| {
        (u16::from(colour[channel]) * alpha + u16::from(ground[channel]) * (255 - alpha)) / 255
    };
    [0, 1, 2].map(|channel| mix(channel) as u8)
}

/// A small picture with transparency, rows of alpha, red, green, blue, as tray icons travel.
#[derive(Clone, PartialEq, Eq)]
pub struct Icon {
    pub width: usize,
    pub height: usize,
    pub argb: Vec<[u8; 4]>,
}

impl Icon {
    /// The same icon with `side` pixels a side, each the mean of what it covers.
    pub fn shrunk(&self, side: usize) -> Self {
        let places = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
        let argb = places
            .map(|(x, y)| self.mean(covered(x, side, self.width), &covered(y, side, self.height)));
        Self {
            width: side,
            height: side,
            argb: argb.collect(),
        }
    }

    /// The mean of the pixels in these columns and rows; colours weigh as much as they are seen.
    fn mean(&self, columns: Vec<(usize, f64)>, rows: &[(usize, f64)]) -> [u8; 4] {
        let (mut weight, mut seen, mut sums) = (0.0, 0.0, [0.0; 3]);
        for (x, across) in columns {
            for (y, down) in rows {
                let [alpha, colour @ ..] = self.argb[y * self.width + x].map(f64::from);
                let share = across * down;
                weight += share;
                seen += alpha * share;
                (0..3).for_each(|channel| sums[channel] += colour[channel] * alpha * share);
            }
        }
        let [red, green, blue] = sums.map(|sum| {
            if seen > 0.0 {
                (sum / seen).round() as u8
            } else {
                0
            }
        });
        [(seen / weight).round() as u8, red, green, blue]
    }
}

/// Which of `length` pixels lie under pixel `at` of `side`, and how much of each.
fn covered(at: usize, side: usize, length: usize) -> Vec<(usize, f64)> {
    let scale = length as f64 / side as f64;
    let (start, end) = (at as f64 * scale, (at + 1) as f64 * scale);
    let pixels = start as usize..length.min(end.ceil() as usize);
    pixels
        .map(|pixel| {
            (
                pixel,
                (end.min((pixel + 1) as f64) - start.max(pixel as f64)).max(0.0),
            )
        })
        .collect()
}

impl std::fmt::Debug for Icon {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Icon({} by {})", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: [u8; 3] = [200, 0, 0];
    const GREY: [u8; 3] = [90, 90, 90];

    /// A grey ground with a red 2 by 1 bar whose left half is half transparent, at 3, 2.
    fn scene() -> Picture {
        let mut picture = Picture {
            width: 6,
            height: 4,
            rgb: vec![GREY; 24],
        };
        picture.rgb[2 * 6 + 3] = [145, 45, 45];
        picture.rgb[2 * 6 + 4] = RED;
        picture
    }

    fn bar(left: [u8; 4], right: [u8; 4]) -> Icon {
        Icon {
            width: 3,
            height: 1,
            argb: vec![left, right, [0, 0, 0, 0]],
        }
    }

    #[test]
    fn the_nearest_place_tells_an_icon_from_another() {
        let (place, same) = scene()
            .nearest(&bar([128, 200, 0, 0], [255, 200, 0, 0]))
            .unwrap();
        assert_eq!((place.x, place.y), (3, 2));
        assert!(same < 1.0, "{same}");
        let (_, other) = scene()
            .nearest(&bar([255, 0, 0, 200], [255, 0, 200, 0]))
            .unwrap();
        assert!(other > 20.0, "{other}");
    }

    #[test]
    fn a_shrunk_icon_is_the_mean_of_what_it_covers() {
        let (left, hole) = ([255, 200, 0, 0], [0, 9, 9, 9]);
        let icon = Icon {
            width: 2,
            height: 2,
            argb: vec![left, hole, [255, 100, 0, 0], hole],
        };
        assert_eq!(icon.shrunk(1).argb, [[128, 150, 0, 0]]);
    }

    #[test]
    fn a_picture_survives_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("scene.png");
        scene().save(&path).unwrap();
        assert_eq!(Picture::open(&path).unwrap(), scene());
    }

    #[test]
    fn a_crop_beyond_the_edge_ends_at_the_edge() {
        let crop = scene().crop(Rectangle {
            x: 4,
            y: 2,
            width: 9,
            height: 9,
        });
        assert_eq!((crop.width, crop.height), (2, 2));
        assert_eq!(crop.rgb, [RED, GREY, GREY, GREY]);
        assert!(!crop.is_blank());
        assert_eq!(crop.magnified(2).rgb[..4], [RED, RED, GREY, GREY]);
    }
}
