//! The contact sheet: a thumbnail of every image, in the order of their names.

use std::io::Write;

use image::codecs::png::PngEncoder;
use image::imageops::replace;
use image::{ImageResult, Rgb, RgbImage};

use super::survey::{Shot, THUMBNAIL};

/// How many images fit on a sheet; it ends there.
pub const CAPACITY: u32 = 900;

const GAP: u32 = 8;
const PAPER: Rgb<u8> = Rgb([24, 24, 26]);

/// Lays the first [`CAPACITY`] shots out on one sheet, as near to a square as they allow.
pub fn contact_sheet(shots: &[Shot]) -> RgbImage {
    let tiles = u32::try_from(shots.len()).map_or(CAPACITY, |shots| shots.min(CAPACITY));
    let columns = tiles.saturating_sub(1).isqrt() + 1;
    let rows = tiles.div_ceil(columns).max(1);
    let cell = THUMBNAIL + GAP;
    let mut sheet = RgbImage::from_pixel(columns * cell + GAP, rows * cell + GAP, PAPER);
    for (tile, shot) in (0..tiles).zip(shots) {
        let corner = |index: u32, side: u32| {
            i64::from(GAP + index * cell + (THUMBNAIL - side.min(THUMBNAIL)) / 2)
        };
        let (x, y) = (
            corner(tile % columns, shot.thumbnail.width()),
            corner(tile / columns, shot.thumbnail.height()),
        );
        replace(&mut sheet, &shot.thumbnail, x, y);
    }
    sheet
}

/// Writes the contact sheet as a PNG.
///
/// # Errors
///
/// When `file` cannot be written.
pub fn write(shots: &[Shot], mut file: impl Write) -> ImageResult<()> {
    contact_sheet(shots).write_with_encoder(PngEncoder::new(&mut file))?;
    file.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shot(width: u32, height: u32, colour: Rgb<u8>) -> Shot {
        let thumbnail = RgbImage::from_pixel(width, height, colour);
        Shot {
            name: String::new(),
            bytes: 0,
            fingerprint: 0,
            thumbnail,
        }
    }

    #[test]
    fn every_shot_has_its_cell() {
        let shots: Vec<Shot> = (1..=5)
            .map(|red| shot(THUMBNAIL, THUMBNAIL / 2, Rgb([red, 0, 0])))
            .collect();
        let sheet = contact_sheet(&shots);
        assert_eq!(
            sheet.dimensions(),
            (3 * (THUMBNAIL + GAP) + GAP, 2 * (THUMBNAIL + GAP) + GAP)
        );
        let centre = |cell: u32| GAP + cell * (THUMBNAIL + GAP) + THUMBNAIL / 2;
        for (index, red) in (1..=5).enumerate() {
            let index = u32::try_from(index).unwrap();
            assert_eq!(
                *sheet.get_pixel(centre(index % 3), centre(index / 3)),
                Rgb([red, 0, 0])
            );
        }
        assert_eq!(*sheet.get_pixel(centre(2), centre(1)), PAPER);
    }
}
