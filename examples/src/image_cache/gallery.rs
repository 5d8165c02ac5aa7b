//! Images by name: found in the cache, waited for while another viewer decodes them, or decoded.
//!
//! The cache's lock is held for a look-up, never for a decode.

use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex};

use image::DynamicImage;
use weakref::Strong;

use super::cache::{Cache, Image};
use super::decode::Unreadable;
use super::flight::{Flight, Outcome};
use super::ledger::{Claim, Ledger, lock};

type Decode = dyn Fn(&str) -> Result<DynamicImage, Unreadable> + Send + Sync;

/// Serves images by name.
pub struct Gallery {
    decode: Box<Decode>,
    ledger: Arc<Ledger>,
    is_shared: bool,
    stock: Mutex<Stock>,
}

#[derive(Debug)]
struct Stock {
    cache: Box<dyn Cache>,
    flights: HashMap<String, Arc<Flight>>,
}

/// How a request was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    /// From the cache.
    Cached,
    /// By waiting for a decode that another viewer had begun.
    Joined,
    /// By a decode of its own.
    Decoded,
}

/// One viewer's hold on an image, which lives at least as long.
#[derive(Debug)]
pub struct View {
    // Always there, but for the last moment of `drop`.
    image: Option<Strong<Image>>,
    claim: Claim,
    served: Served,
}

impl Gallery {
    /// A gallery of the images in `ledger`, made by `decode`, kept in `cache`.
    pub fn new(
        ledger: Arc<Ledger>,
        cache: Box<dyn Cache>,
        decode: impl Fn(&str) -> Result<DynamicImage, Unreadable> + Send + Sync + 'static,
    ) -> Self {
        let is_shared = cache.is_shared();
        let stock = Stock {
            cache,
            flights: HashMap::new(),
        };
        Self {
            decode: Box::new(decode),
            ledger,
            is_shared,
            stock: Mutex::new(stock),
        }
    }

    /// Gives the image `name`, decoding it only if no one has it and no one is at it.
    ///
    /// # Errors
    ///
    /// When there is no such image or it cannot be decoded; everyone who waited for that decode gets the error.
    pub fn view(&self, name: &str) -> Result<View, Unreadable> {
        let claim = self
            .ledger
            .claim(name)
            .ok_or_else(|| Unreadable::new(name, "there is no such image"))?;
        let (outcome, served) = if self.is_shared {
            self.find_or_decode(name, &claim)
        } else {
            (self.decode(name, &claim), Served::Decoded)
        };
        Ok(View::new(outcome?, claim, served))
    }

    /// The ledger that counts this gallery's images.
    pub fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    fn find_or_decode(&self, name: &str, claim: &Claim) -> (Outcome, Served) {
        let mut stock = lock(&self.stock);
        if let Some(image) = stock.cache.get(name) {
            return (Ok(image), Served::Cached);
        }
        if let Some(flight) = stock.flights.get(name).map(Arc::clone) {
            drop(stock);
            return (flight.wait(), Served::Joined);
        }
        let flight = Arc::new(Flight::default());
        stock.flights.insert(name.to_owned(), Arc::clone(&flight));
        drop(stock);

        let mut landing = Landing {
            gallery: self,
            name,
            flight,
            outcome: None,
        };
        let outcome = self.decode(name, claim);
        landing.outcome = Some(outcome.clone());
        drop(landing);
        (outcome, Served::Decoded)
    }

    fn decode(&self, name: &str, claim: &Claim) -> Outcome {
        let decoding = claim.decoding();
        let pixels = (self.decode)(name)?;
        let tally = decoding.done(pixels.as_bytes().len());
        Ok(Strong::new(Image::new(name, pixels, tally)))
    }
}

impl fmt::Debug for Gallery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gallery")
            .field("ledger", &self.ledger)
            .field("stock", &self.stock)
            .finish_non_exhaustive()
    }
}

/// Ends a flight however its decode ended, a panic included, so that no one waits for ever.
struct Landing<'a> {
    gallery: &'a Gallery,
    name: &'a str,
    flight: Arc<Flight>,
    outcome: Option<Outcome>,
}

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        let outcome = self
            .outcome
            .take()
            .unwrap_or_else(|| Err(Unreadable::new(self.name, "its decode panicked")));
        let mut stock = lock(&self.gallery.stock);
        if let Ok(image) = &outcome {
            stock.cache.put(image);
        }
        stock.flights.remove(self.name);
        drop(stock);
        self.flight.land(outcome);
    }
}

impl View {
    /// The hold of the viewer that made `claim` on an image.
    pub fn new(image: Strong<Image>, claim: Claim, served: Served) -> Self {
        Self {
            image: Some(image),
            claim,
            served,
        }
    }

    /// How the request was answered.
    pub fn served(&self) -> Served {
        self.served
    }
}

impl Deref for View {
    type Target = Image;

    fn deref(&self) -> &Image {
        self.image
            .as_deref()
            .expect("a view holds its image until it is dropped")
    }
}

impl Drop for View {
    fn drop(&mut self) {
        self.claim.part_with(self.image.take());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread::{self, ScopedJoinHandle};
    use std::time::Duration;

    use super::*;
    use crate::image_cache::cache::Mode;

    const VIEWERS: usize = 8;

    /// A gallery of the image "a", whose decode takes a while, and the number of decodes begun.
    fn slow_gallery(
        mode: Mode,
        outcome: impl Fn() -> Result<DynamicImage, Unreadable> + Send + Sync + 'static,
    ) -> (Gallery, Arc<AtomicUsize>) {
        let begun = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&begun);
        let gallery = Gallery::new(Ledger::new(["a"]), mode.cache(), move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            thread::sleep(Duration::from_millis(50));
            outcome()
        });
        (gallery, begun)
    }

    #[expect(clippy::unnecessary_wraps, reason = "it stands for a decoder")]
    fn picture() -> Result<DynamicImage, Unreadable> {
        Ok(DynamicImage::new_rgb8(4, 4))
    }

    /// Has every viewer ask for "a" at once and keeps what they got until all have it.
    fn ask_at_once(gallery: &Gallery) -> Vec<Result<View, Unreadable>> {
        let barrier = Barrier::new(VIEWERS);
        thread::scope(|scope| {
            let ask = || {
                barrier.wait();
                gallery.view("a")
            };
            let viewers: Vec<_> = (0..VIEWERS).map(|_| scope.spawn(ask)).collect();
            viewers
                .into_iter()
                .map(|viewer| viewer.join().unwrap())
                .collect()
        })
    }

    #[test]
    fn all_who_ask_at_once_share_one_decode() {
        for mode in Mode::ALL.into_iter().filter(|mode| *mode != Mode::None) {
            let (gallery, begun) = slow_gallery(mode, picture);
            let views: Vec<View> = ask_at_once(&gallery)
                .into_iter()
                .map(Result::unwrap)
                .collect();
            assert_eq!(begun.load(Ordering::Relaxed), 1);
            assert!(
                views
                    .iter()
                    .all(|view| std::ptr::from_ref(&**view) == std::ptr::from_ref(&*views[0]))
            );
            assert_eq!(
                views
                    .iter()
                    .filter(|view| view.served() == Served::Decoded)
                    .count(),
                1
            );
            assert_eq!(gallery.ledger().totals().redundant, 0);
            assert_eq!(gallery.ledger().totals().held, 48);
            assert_eq!(gallery.view("a").unwrap().served(), Served::Cached);
        }
    }

    /// Claims to share and finds nothing: what a weak map with a bug would look like.
    #[derive(Debug)]
    struct Forgetful;

    impl Cache for Forgetful {
        fn get(&self, _name: &str) -> Option<Strong<Image>> {
            None
        }

        fn put(&mut self, _image: &Strong<Image>) {}
    }

    #[test]
    fn the_ledger_notices_a_cache_that_forgets() {
        let gallery = Gallery::new(Ledger::new(["a"]), Box::new(Forgetful), |_| picture());
        let view = gallery.view("a").unwrap();
        drop(gallery.view("a").unwrap());
        assert_eq!(gallery.ledger().totals().redundant, 1);
        drop(view);
        drop(gallery.view("a").unwrap());
        assert_eq!(gallery.ledger().totals().redundant, 1, "the copy was gone");
    }

    #[test]
    fn a_weak_cache_lets_go_with_the_last_viewer() {
        let (gallery, begun) = slow_gallery(Mode::Weak, picture);
        let (one, two) = (gallery.view("a").unwrap(), gallery.view("a").unwrap());
        assert_eq!(
            (one.served(), two.served()),
            (Served::Decoded, Served::Cached)
        );
        drop(one);
        assert_eq!(gallery.view("a").unwrap().served(), Served::Cached);
        drop(two);
        assert_eq!(gallery.ledger().totals().held, 0);
        assert_eq!(gallery.view("a").unwrap().served(), Served::Decoded);
        assert_eq!(begun.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn without_a_cache_everyone_decodes() {
        let (gallery, begun) = slow_gallery(Mode::None, picture);
        let views = ask_at_once(&gallery);
        assert_eq!(begun.load(Ordering::Relaxed), VIEWERS);
        assert_eq!(gallery.ledger().totals().held, 48 * VIEWERS as u64);
        drop(views);
        assert_eq!(gallery.ledger().totals().held, 0);
    }

    #[test]
    fn an_error_reaches_all_who_waited_and_is_not_kept() {
        for mode in Mode::ALL {
            let (gallery, begun) = slow_gallery(mode, || Err(Unreadable::new("a", "torn")));
            for result in ask_at_once(&gallery) {
                assert_eq!(result.unwrap_err(), Unreadable::new("a", "torn"));
            }
            let before = begun.load(Ordering::Relaxed);
            gallery.view("a").unwrap_err();
            assert_eq!(
                begun.load(Ordering::Relaxed),
                before + 1,
                "it is tried again"
            );
            assert_eq!(gallery.ledger().totals().failed, before as u64 + 1);
        }
    }

    #[test]
    fn a_panic_leaves_no_one_waiting() {
        for mode in Mode::ALL.into_iter().filter(|mode| *mode != Mode::None) {
            let (gallery, _) = slow_gallery(mode, || panic!("a decoder's bug"));
            let barrier = Barrier::new(2);
            let ask = || {
                barrier.wait();
                gallery.view("a").map(|view| view.served())
            };
            thread::scope(|scope| {
                let both = [scope.spawn(ask), scope.spawn(ask)].map(ScopedJoinHandle::join);
                let panicked = both.iter().filter(|result| result.is_err()).count();
                let told = both
                    .iter()
                    .filter(|result| matches!(result, Ok(Err(_))))
                    .count();
                assert!(panicked >= 1 && panicked + told == 2, "{both:?}");
            });
        }
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        let (gallery, begun) = slow_gallery(Mode::Strong, picture);
        assert_eq!(gallery.view("b").unwrap_err().name, "b");
        assert_eq!(begun.load(Ordering::Relaxed), 0);
    }
}
