//! The first look: every file decoded once, to know which can be, how large they are, and what they look like.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::AtomicBool;

use image::{DynamicImage, RgbImage};
use indicatif::ProgressBar;

use super::catalog::Catalog;
use super::decode::{Unreadable, decode};
use crate::spread::spread;

/// The longer side of a thumbnail.
pub const THUMBNAIL: u32 = 192;

/// An image that can be decoded.
#[derive(Clone, Debug)]
pub struct Shot {
    /// Its name in the catalog.
    pub name: String,
    /// Its size once decoded.
    pub bytes: u64,
    /// What [`fingerprint`] says of its pixels.
    pub fingerprint: u64,
    /// A small copy.
    pub thumbnail: RgbImage,
}

/// Decodes every image of the catalog once; `None` if `stop` was set meanwhile.
pub fn survey(
    catalog: &Catalog,
    workers: usize,
    bar: &ProgressBar,
    stop: &AtomicBool,
) -> Option<(Vec<Shot>, Vec<Unreadable>)> {
    let names: Vec<&str> = catalog.names().collect();
    let results = spread(&names, workers, stop, |name| {
        let shot = look_at(catalog, name);
        bar.inc(1);
        shot
    })?;
    let mut shots = Vec::new();
    let mut unreadable = Vec::new();
    for result in results {
        match result {
            Ok(shot) => shots.push(shot),
            Err(error) => unreadable.push(error),
        }
    }
    Some((shots, unreadable))
}

fn look_at(catalog: &Catalog, name: &str) -> Result<Shot, Unreadable> {
    let path = catalog
        .path(name)
        .ok_or_else(|| Unreadable::new(name, "there is no such image"))?;
    let pixels = decode(name, path)?;
    Ok(Shot {
        name: name.to_owned(),
        bytes: pixels.as_bytes().len() as u64,
        fingerprint: fingerprint(&pixels),
        thumbnail: pixels.thumbnail(THUMBNAIL, THUMBNAIL).into_rgb8(),
    })
}

/// A number that tells one image from another: its size and a sample of its bytes.
pub fn fingerprint(pixels: &DynamicImage) -> u64 {
    // Prime, so that the sample does not fall into step with rows or channels.
    const STRIDE: usize = 4099;
    let mut hasher = DefaultHasher::new();
    (pixels.width(), pixels.height(), pixels.color()).hash(&mut hasher);
    for byte in pixels.as_bytes().iter().step_by(STRIDE) {
        byte.hash(&mut hasher);
    }
    hasher.finish()
}
