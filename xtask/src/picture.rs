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

    /// Where `icon` (width, height, rows of ARGB) stands in the picture, drawn over any plain ground.
    ///
    /// Each of its pixels may differ by a little in each colour, as compositing rounds.
    pub fn find_icon(&self, icon: &Icon) -> Option<Rectangle> {
        let down = self.height.checked_sub(icon.height)?;
        let across = self.width.checked_sub(icon.width)?;
        (0..=down)
            .flat_map(|y| (0..=across).map(move |x| (x, y)))
            .find(|&(x, y)| self.shows(icon, x, y))
            .map(|(x, y)| Rectangle {
                x,
                y,
                width: icon.width,
                height: icon.height,
            })
    }

    fn shows(&self, icon: &Icon, left: usize, top: usize) -> bool {
        // The ground is what shines through where the icon is empty; without such a place it does not matter.
        let at = |index: usize| {
            self.rgb[(top + index / icon.width) * self.width + left + index % icon.width]
        };
        let clear = icon.argb.iter().position(|pixel| pixel[0] == 0);
        let ground = clear.map_or([0; 3], at);
        icon.argb
            .iter()
            .enumerate()
            .all(|(index, &[alpha, colour @ ..])| {
                let shown = at(index);
                (0..3).all(|channel| {
                    let (over, under) = (u32::from(colour[channel]), u32::from(ground[channel]));
                    let alpha = u32::from(alpha);
                    let expected = (over * alpha + under * (255 - alpha)) / 255;
                    expected.abs_diff(u32::from(shown[channel])) <= TOLERANCE
                })
            })
    }
}

/// A small picture with transparency, rows of alpha, red, green, blue, as tray icons travel.
#[derive(Clone, PartialEq, Eq)]
pub struct Icon {
    pub width: usize,
    pub height: usize,
    pub argb: Vec<[u8; 4]>,
}

impl std::fmt::Debug for Icon {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Icon({} by {})", self.width, self.height)
    }
}

const TOLERANCE: u32 = 6;

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
    fn an_icon_is_found_where_it_was_drawn() {
        let found = scene().find_icon(&bar([128, 200, 0, 0], [255, 200, 0, 0]));
        assert_eq!(
            found,
            Some(Rectangle {
                x: 3,
                y: 2,
                width: 3,
                height: 1
            })
        );
    }

    #[test]
    fn an_icon_of_another_shape_is_not_found() {
        assert_eq!(
            scene().find_icon(&bar([255, 200, 0, 0], [255, 200, 0, 0])),
            None
        );
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
