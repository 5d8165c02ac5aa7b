//! One file to one decoded image. Hostile files end in an error that names the file, never in a panic.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, ImageResult, Limits};

/// An image that cannot be had, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unreadable {
    /// The image's name.
    pub name: String,
    /// What stood in the way.
    pub reason: String,
}

impl Unreadable {
    /// Says why the image `name` cannot be had.
    pub fn new(name: &str, reason: impl fmt::Display) -> Self {
        Self {
            name: name.to_owned(),
            reason: reason.to_string(),
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.reason)
    }
}

impl std::error::Error for Unreadable {}

/// Decodes the file at `path` and turns it the way its camera was held.
///
/// The content decides the format, not the extension.
///
/// # Errors
///
/// [`Unreadable`] under `name` when the file cannot be opened, is no PNG or JPEG, is damaged, or claims a size beyond
/// the decoder's limits.
pub fn decode(name: &str, path: &Path) -> Result<DynamicImage, Unreadable> {
    match catch_unwind(AssertUnwindSafe(|| decode_file(path))) {
        Ok(Ok(image)) => Ok(image),
        Ok(Err(error)) => Err(Unreadable::new(name, error)),
        Err(_panic) => Err(Unreadable::new(name, "the decoder panicked")),
    }
}

fn decode_file(path: &Path) -> ImageResult<DynamicImage> {
    let reader = ImageReader::open(path)?
        .with_guessed_format()
        .map_err(ImageError::IoError)?;
    let mut decoder = reader.into_decoder()?;
    // The decoder limits its own buffers only; the one it fills is ours.
    Limits::default().reserve(decoder.total_bytes())?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use image::codecs::jpeg::JpegEncoder;
    use image::{Luma, Rgb, RgbImage, Rgba};

    use super::*;
    use crate::scratch::ScratchDir;

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let picture = RgbImage::from_pixel(width, height, Rgb([200, 100, 50]));
        picture
            .write_with_encoder(JpegEncoder::new(&mut bytes))
            .unwrap();
        bytes
    }

    #[test]
    fn turns_a_photo_the_way_the_camera_was_held() {
        // EXIF with one entry: orientation (0x0112), a short, "rotate by 90 degrees" (6).
        let entry = [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0];
        let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01".to_vec();
        exif.extend(entry);
        exif.extend([0; 4]);
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        let mut bytes = jpeg(32, 16);
        bytes.splice(2..2, [0xFF, 0xE1].into_iter().chain(length).chain(exif));

        let scratch = ScratchDir::new("image-cache-test").unwrap();
        let path = scratch.path().join("held-upright.jpg");
        fs::write(&path, bytes).unwrap();
        let upright = decode("held-upright.jpg", &path).unwrap();
        assert_eq!((upright.width(), upright.height()), (16, 32));
    }

    #[test]
    fn keeps_the_depth_of_the_file() {
        let scratch = ScratchDir::new("image-cache-test").unwrap();
        let grey = scratch.path().join("grey.png");
        image::ImageBuffer::from_pixel(5, 4, Luma([40_000_u16]))
            .save(&grey)
            .unwrap();
        assert_eq!(
            decode("grey.png", &grey).unwrap().as_bytes().len(),
            5 * 4 * 2
        );
        let clear = scratch.path().join("clear.png");
        image::ImageBuffer::from_pixel(5, 4, Rgba([1_u8, 2, 3, 4]))
            .save(&clear)
            .unwrap();
        assert_eq!(
            decode("clear.png", &clear).unwrap().as_bytes().len(),
            5 * 4 * 4
        );
    }

    #[test]
    fn the_content_decides_the_format() {
        let scratch = ScratchDir::new("image-cache-test").unwrap();
        let path = scratch.path().join("really-a-jpeg.png");
        fs::write(&path, jpeg(8, 8)).unwrap();
        assert_eq!(decode("really-a-jpeg.png", &path).unwrap().width(), 8);
    }

    #[test]
    fn says_what_cannot_be_decoded_and_why() {
        let scratch = ScratchDir::new("image-cache-test").unwrap();
        for (name, bytes) in [
            ("empty.png", &b""[..]),
            ("text.jpg", b"not a picture"),
            ("half.png", b"\x89PNG\r\n\x1a\n"),
        ] {
            let path = scratch.path().join(name);
            fs::write(&path, bytes).unwrap();
            let error = decode(name, &path).unwrap_err();
            assert_eq!(error.name, name);
            assert!(
                error.to_string().starts_with(&format!("{name}: ")) && !error.reason.is_empty(),
                "{error}"
            );
        }
        let missing = decode("gone.png", &scratch.path().join("gone.png")).unwrap_err();
        assert!(
            missing.reason.contains("No such file") || missing.reason.contains("cannot find"),
            "{missing}"
        );
    }

    #[test]
    fn refuses_a_size_beyond_all_bounds() {
        // A valid PNG header that promises 60,000 x 60,000 pixels.
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        let mut header = Vec::new();
        header.extend(60_000_u32.to_be_bytes());
        header.extend(60_000_u32.to_be_bytes());
        header.extend([8, 2, 0, 0, 0]);
        bytes.extend(&header);
        bytes.extend(crc32(&bytes[12..]).to_be_bytes());
        bytes.extend(b"\0\0\0\0IDAT\x35\xAF\x06\x1E");
        let scratch = ScratchDir::new("image-cache-test").unwrap();
        let path = scratch.path().join("vast.png");
        fs::write(&path, bytes).unwrap();
        let error = decode("vast.png", &path).unwrap_err();
        assert!(error.reason.to_lowercase().contains("limit"), "{error}");
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                (crc >> 1) ^ (0xEDB8_8320 * (crc & 1))
            })
        })
    }
}
