//! A decoded image, and the three places to keep one: a strong map, a weak map, nowhere.

use std::collections::HashMap;
use std::fmt;

use image::DynamicImage;
use weakref::{Strong, WeakReferenceable};
use weakref_containers::WeakValueMap;

use super::ledger::Tally;

/// A decoded image.
#[derive(Debug, WeakReferenceable)]
pub struct Image {
    name: String,
    // Before the tally: it counts the bytes as held until they are freed.
    pixels: DynamicImage,
    _tally: Tally,
}

impl Image {
    /// Joins decoded pixels with the tally that counts them.
    pub fn new(name: &str, pixels: DynamicImage, tally: Tally) -> Self {
        Self {
            name: name.to_owned(),
            pixels,
            _tally: tally,
        }
    }

    /// The name it was asked for by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The decoded pixels.
    pub fn pixels(&self) -> &DynamicImage {
        &self.pixels
    }
}

/// Where decoded images may be found again.
pub trait Cache: Send + fmt::Debug {
    /// The image `name`, if it is here.
    fn get(&self, name: &str) -> Option<Strong<Image>>;

    /// Takes note of a decoded image.
    fn put(&mut self, image: &Strong<Image>);

    /// Whether viewers share images at all, and so wait for one another's decodes.
    fn is_shared(&self) -> bool {
        true
    }
}

/// Keeps every image for ever, as a `HashMap` does.
#[derive(Debug, Default)]
pub struct StrongCache {
    images: HashMap<String, Strong<Image>>,
}

impl Cache for StrongCache {
    fn get(&self, name: &str) -> Option<Strong<Image>> {
        self.images.get(name).cloned()
    }

    fn put(&mut self, image: &Strong<Image>) {
        self.images
            .insert(image.name().to_owned(), Strong::clone(image));
    }
}

/// Finds an image for as long as someone else holds it, and keeps none.
#[derive(Debug, Default)]
pub struct WeakCache {
    images: WeakValueMap<String, Image>,
}

impl Cache for WeakCache {
    fn get(&self, name: &str) -> Option<Strong<Image>> {
        self.images.get(name)
    }

    fn put(&mut self, image: &Strong<Image>) {
        self.images.insert(image.name().to_owned(), image);
    }
}

/// Keeps nothing: every viewer decodes for itself.
#[derive(Debug, Default)]
pub struct NoCache;

impl Cache for NoCache {
    fn get(&self, _name: &str) -> Option<Strong<Image>> {
        None
    }

    fn put(&mut self, _image: &Strong<Image>) {}

    fn is_shared(&self) -> bool {
        false
    }
}

/// Which cache a run uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// [`StrongCache`].
    Strong,
    /// [`WeakCache`].
    Weak,
    /// [`NoCache`].
    None,
}

impl Mode {
    /// Every mode, in the order of the table's columns.
    pub const ALL: [Self; 3] = [Self::Strong, Self::Weak, Self::None];

    /// The column's title.
    pub fn label(self) -> &'static str {
        match self {
            Self::Strong => "strong",
            Self::Weak => "weak",
            Self::None => "none",
        }
    }

    /// An empty cache of this kind.
    pub fn cache(self) -> Box<dyn Cache> {
        match self {
            Self::Strong => Box::new(StrongCache::default()),
            Self::Weak => Box::new(WeakCache::default()),
            Self::None => Box::new(NoCache),
        }
    }
}
