//! Pictures nobody took: sky, sun, hills and film grain, written as real PNG and JPEG files.

use std::array;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ImageResult, Rgb, RgbImage};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

const LATTICE: usize = 64;
const HILLS: usize = 4;
const ASPECTS: [(f64, f64); 4] = [(4.0, 3.0), (3.0, 2.0), (3.0, 4.0), (16.0, 9.0)];

/// The file name of the sample `index`: every other one is a PNG.
pub fn file_name(index: usize) -> String {
    let extension = if index.is_multiple_of(2) {
        "jpg"
    } else {
        "png"
    };
    format!("photo-{:03}.{extension}", index + 1)
}

/// Writes the sample `index` into `dir`, about `megapixels` large.
///
/// # Errors
///
/// When the file cannot be written.
pub fn write(dir: &Path, index: usize, megapixels: f64) -> ImageResult<()> {
    let photo = Scene::new(index).paint(dimensions(index, megapixels));
    let mut file = BufWriter::new(File::create(dir.join(file_name(index)))?);
    if index.is_multiple_of(2) {
        photo.write_with_encoder(JpegEncoder::new_with_quality(&mut file, 88))?;
    } else {
        photo.write_with_encoder(PngEncoder::new_with_quality(
            &mut file,
            CompressionType::Fast,
            FilterType::Sub,
        ))?;
    }
    file.flush()?;
    Ok(())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what a side may be"
)]
fn dimensions(index: usize, megapixels: f64) -> (u32, u32) {
    let (across, down) = ASPECTS[index % ASPECTS.len()];
    let unit = (megapixels * 1e6 / (across * down)).sqrt();
    let side = |parts: f64| (parts * unit).round().clamp(8.0, 20_000.0) as u32;
    (side(across), side(down))
}

struct Scene {
    zenith: [f32; 3],
    horizon: [f32; 3],
    ground: [f32; 3],
    sun: (f32, f32, f32),
    hills: [Hill; HILLS],
    lattice: Vec<f32>,
    grain: u32,
}

struct Hill {
    height: f32,
    phase: f32,
    roughness: f32,
}

impl Scene {
    fn new(index: usize) -> Self {
        let mut rng = SmallRng::seed_from_u64(index as u64);
        let mut colour = |low: [f32; 3], high: [f32; 3]| {
            array::from_fn(|channel| rng.random_range(low[channel]..high[channel]))
        };
        let zenith = colour([10.0, 30.0, 80.0], [90.0, 120.0, 200.0]);
        let horizon = colour([160.0, 130.0, 110.0], [250.0, 220.0, 230.0]);
        let ground = colour([20.0, 40.0, 10.0], [110.0, 130.0, 90.0]);
        let sun = (
            rng.random_range(0.1..0.9),
            rng.random_range(0.1..0.5),
            rng.random_range(0.02..0.08),
        );
        let hills = [0.45, 0.58, 0.7, 0.85].map(|height| Hill {
            height: height + rng.random_range(-0.05..0.05),
            phase: rng.random_range(0.0..50.0),
            roughness: rng.random_range(1.5..5.0),
        });
        let lattice = (0..LATTICE * LATTICE)
            .map(|_| rng.random_range(-1.0..1.0))
            .collect();
        Self {
            zenith,
            horizon,
            ground,
            sun,
            hills,
            lattice,
            grain: rng.random(),
        }
    }

    fn paint(&self, (width, height): (u32, u32)) -> RgbImage {
        let aspect = fraction(width, height);
        let skyline: Vec<[f32; HILLS]> = (0..width)
            .map(|x| self.skyline(fraction(x, width)))
            .collect();
        RgbImage::from_fn(width, height, |x, y| {
            let (across, down) = (fraction(x, width), fraction(y, height));
            let light = match skyline[x as usize].iter().rposition(|&top| down > top) {
                Some(hill) => self.hill(hill, across, down),
                None => self.sky(across, down, aspect),
            };
            let grain = self.grain(x, y);
            Rgb(light.map(|channel| to_byte(channel + grain)))
        })
    }

    fn skyline(&self, across: f32) -> [f32; HILLS] {
        self.hills
            .each_ref()
            .map(|hill| hill.height + 0.12 * self.clouds(across * hill.roughness, hill.phase))
    }

    fn sky(&self, across: f32, down: f32, aspect: f32) -> [f32; 3] {
        let (sun_x, sun_y, radius) = self.sun;
        let distance = ((across - sun_x) * aspect).hypot(down - sun_y);
        let glow = if distance < radius {
            1.0
        } else {
            0.5 * (-(distance - radius) * 6.0).exp()
        };
        let cloud = (self.clouds(across * 6.0, down * 14.0) * 1.4).clamp(0.0, 0.7);
        let clear = mix(self.zenith, self.horizon, down * 1.4);
        mix(
            mix(clear, [245.0, 245.0, 248.0], cloud),
            [255.0, 244.0, 214.0],
            glow,
        )
    }

    fn hill(&self, index: usize, across: f32, down: f32) -> [f32; 3] {
        const HAZE: [f32; HILLS] = [0.7, 0.45, 0.2, 0.0];
        let texture = 1.0 + 0.35 * self.clouds(across * 40.0, down * 60.0);
        mix(
            self.ground.map(|channel| channel * texture),
            self.horizon,
            HAZE[index],
        )
    }

    /// Three octaves of smooth noise, roughly in -1..1.
    fn clouds(&self, x: f32, y: f32) -> f32 {
        0.6 * self.smooth(x, y)
            + 0.3 * self.smooth(x * 2.1, y * 2.1)
            + 0.15 * self.smooth(x * 4.3, y * 4.3)
    }

    fn smooth(&self, x: f32, y: f32) -> f32 {
        let ((column, right), (row, below)) = (cell(x), cell(y));
        let at =
            |row: usize, column: usize| self.lattice[(row % LATTICE) * LATTICE + column % LATTICE];
        let above = at(row, column) + (at(row, column + 1) - at(row, column)) * right;
        let under = at(row + 1, column) + (at(row + 1, column + 1) - at(row + 1, column)) * right;
        above + (under - above) * below
    }

    /// Film grain: what keeps a PNG from shrinking to nothing, as in any photograph.
    fn grain(&self, x: u32, y: u32) -> f32 {
        let mut bits = x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77) ^ self.grain;
        bits = (bits ^ (bits >> 15)).wrapping_mul(0x2C1B_3C6D);
        bits ^= bits >> 12;
        f32::from(u8::try_from(bits & 7).unwrap_or(0)) - 3.5
    }
}

fn mix(from: [f32; 3], to: [f32; 3], share: f32) -> [f32; 3] {
    let share = share.clamp(0.0, 1.0);
    array::from_fn(|channel| from[channel] + (to[channel] - from[channel]) * share)
}

/// The lattice cell a non-negative coordinate falls into, and the eased way across it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "coordinates are small and not negative"
)]
fn cell(coordinate: f32) -> (usize, f32) {
    let part = coordinate.fract();
    (coordinate as usize, part * part * (3.0 - 2.0 * part))
}

#[expect(clippy::cast_precision_loss, reason = "sides are far below 2^24")]
fn fraction(position: u32, side: u32) -> f32 {
    position as f32 / side as f32
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to a byte"
)]
fn to_byte(light: f32) -> u8 {
    light.clamp(0.0, 255.0) as u8
}
