//! Images by name for any number of threads: found, waited for, or decoded.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use image::DynamicImage;
use weakref::Strong;
use weakref_containers::shared::WeakValueMap;

use crate::image_cache::decode::Unreadable;
use crate::image_cache::{Image, Ledger, Served, View};

type Decode = dyn Fn(&str) -> Result<DynamicImage, Unreadable> + Send + Sync;

/// Decoded images, shared by all who look at one, and gone when nobody does.
pub struct Assets {
    images: WeakValueMap<String, Image>,
    decode: Box<Decode>,
    ledger: Arc<Ledger>,
    tally: [AtomicU64; 3],
}

/// Why there is no image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// None has that name.
    Unknown,
    /// It cannot be decoded.
    Broken(Unreadable),
}

impl Assets {
    /// The images in `ledger`, made by `decode`.
    pub fn new(
        ledger: Arc<Ledger>,
        decode: impl Fn(&str) -> Result<DynamicImage, Unreadable> + Send + Sync + 'static,
    ) -> Self {
        Self {
            images: WeakValueMap::new(),
            decode: Box::new(decode),
            ledger,
            tally: Default::default(),
        }
    }

    /// Gives the image `name`, decoding it only if no one has it and no one is at it.
    ///
    /// # Errors
    ///
    /// When there is no such image or it cannot be decoded. Those who waited for a decode that fails try it
    /// themselves, one after the other.
    pub fn view(&self, name: &str) -> Result<View, Refusal> {
        let claim = self.ledger.claim(name).ok_or(Refusal::Unknown)?;
        if let Some(image) = self.images.get(name) {
            return Ok(self.serve(View::new(image, claim, Served::Cached)));
        }
        let mut served = Served::Joined;
        let image = self.images.get_or_try_insert_with(name.to_owned(), || {
            served = Served::Decoded;
            let decoding = claim.decoding();
            let pixels = (self.decode)(name)?;
            let tally = decoding.done(pixels.as_bytes().len());
            Ok(Strong::new(Image::new(name, pixels, tally)))
        });
        let image = image.map_err(Refusal::Broken)?;
        Ok(self.serve(View::new(image, claim, served)))
    }

    /// How many views there were that were had in the way `served`.
    pub fn served(&self, served: Served) -> u64 {
        // Relaxed: it is a count, and orders nothing.
        self.tally[served as usize].load(Ordering::Relaxed)
    }

    /// How many images the map has now.
    pub fn live(&self) -> usize {
        self.images.len()
    }

    /// The ledger that counts the images.
    pub fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    fn serve(&self, view: View) -> View {
        // Relaxed: it is a count, and orders nothing.
        self.tally[view.served() as usize].fetch_add(1, Ordering::Relaxed);
        view
    }
}

impl fmt::Debug for Assets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assets")
            .field("ledger", &self.ledger)
            .field("tally", &self.tally)
            .finish_non_exhaustive()
    }
}
