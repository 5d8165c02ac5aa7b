//! Who holds how many decoded bytes: the measuring instrument, with no say in what is cached.
//!
//! Three guards do the counting: [`Claim`] is one viewer from before it asks until after it let go, [`Decoding`] one
//! decode under way, [`Tally`] one decoded copy for as long as its pixels exist. It asks no weak reference, so it
//! would notice one that told lies.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What was counted so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Decodes that gave an image.
    pub decodes: u64,
    /// Those of them during which another decoded copy of the same image existed.
    pub redundant: u64,
    /// Decodes that gave no image.
    pub failed: u64,
    /// Decoded copies that exist now.
    pub alive: u64,
    /// The most `alive` ever was.
    pub peak_alive: u64,
    /// Decoded bytes that exist now.
    pub held: u64,
    /// Those of them whose image has a viewer now.
    pub viewed: u64,
    /// The most `held` ever was.
    pub peak_held: u64,
    /// The most `viewed` ever was.
    pub peak_viewed: u64,
    /// The most `held - viewed` ever was: bytes kept for nobody.
    pub peak_idle: u64,
}

/// The counts of one gallery, by image name.
#[derive(Debug)]
pub struct Ledger {
    indices: HashMap<String, usize>,
    /// One lock a name, held while a viewer drops its handle: a decode cannot begin between the instant the image
    /// dies and the instant its tally says so, and mistake a dying copy for a live one.
    partings: Vec<Mutex<()>>,
    books: Mutex<Books>,
}

#[derive(Debug, Default)]
struct Books {
    accounts: Vec<Account>,
    totals: Totals,
}

#[derive(Clone, Debug, Default)]
struct Account {
    viewers: usize,
    copies: usize,
    bytes: u64,
    births: u64,
}

/// One viewer of one image, from before it asks until after it let go.
#[derive(Debug)]
pub struct Claim {
    ledger: Arc<Ledger>,
    index: usize,
}

/// One decode under way. Dropped before [`done`](Self::done), it counts as failed.
#[derive(Debug)]
pub struct Decoding {
    ledger: Arc<Ledger>,
    index: usize,
    copies_before: usize,
    births_before: u64,
    finished: bool,
}

/// One decoded copy; to be kept beside the pixels and dropped after them.
#[derive(Debug)]
pub struct Tally {
    ledger: Arc<Ledger>,
    index: usize,
    bytes: u64,
}

impl Ledger {
    /// Opens the books for the images `names`.
    pub fn new(names: impl IntoIterator<Item = impl Into<String>>) -> Arc<Self> {
        let mut indices = HashMap::new();
        for name in names {
            let next = indices.len();
            indices.entry(name.into()).or_insert(next);
        }
        let partings = indices.iter().map(|_| Mutex::default()).collect();
        let books = Books {
            accounts: vec![Account::default(); indices.len()],
            totals: Totals::default(),
        };
        Arc::new(Self {
            indices,
            partings,
            books: Mutex::new(books),
        })
    }

    /// Notes a viewer of the image `name`, or gives `None` when there is no such image.
    pub fn claim(self: &Arc<Self>, name: &str) -> Option<Claim> {
        let index = *self.indices.get(name)?;
        let mut books = self.books();
        let account = &mut books.accounts[index];
        account.viewers += 1;
        if account.viewers == 1 {
            books.totals.viewed += books.accounts[index].bytes;
        }
        books.totals.note_peaks();
        Some(Claim {
            ledger: Arc::clone(self),
            index,
        })
    }

    /// The names of the images, in order.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.indices.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// What was counted so far.
    pub fn totals(&self) -> Totals {
        self.books().totals
    }

    /// How often the image `name` was decoded so far.
    pub fn decodes_of(&self, name: &str) -> u64 {
        self.indices
            .get(name)
            .map_or(0, |&index| self.books().accounts[index].births)
    }

    /// How many viewers the image `name` has now, those included who still wait for it.
    pub fn viewers_of(&self, name: &str) -> usize {
        self.indices
            .get(name)
            .map_or(0, |&index| self.books().accounts[index].viewers)
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        lock(&self.books)
    }
}

impl Claim {
    /// Notes that this viewer begins to decode the image.
    pub fn decoding(&self) -> Decoding {
        let _no_copy_is_dying = lock(&self.ledger.partings[self.index]);
        let account = &self.ledger.books().accounts[self.index];
        Decoding {
            ledger: Arc::clone(&self.ledger),
            index: self.index,
            copies_before: account.copies,
            births_before: account.births,
            finished: false,
        }
    }

    /// Drops `handle`, this viewer's hold on the image, as one step with the counting of it.
    pub fn part_with<H>(&self, handle: H) {
        let _dying = lock(&self.ledger.partings[self.index]);
        drop(handle);
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut books = self.ledger.books();
        let account = &mut books.accounts[self.index];
        account.viewers -= 1;
        if account.viewers == 0 {
            books.totals.viewed -= books.accounts[self.index].bytes;
        }
        books.totals.note_peaks();
    }
}

impl Decoding {
    /// Notes the decode's result, an image of `bytes` decoded bytes.
    pub fn done(mut self, bytes: usize) -> Tally {
        self.finished = true;
        let bytes = bytes as u64;
        let mut books = self.ledger.books();
        let account = &mut books.accounts[self.index];
        let redundant = self.copies_before > 0 || self.births_before != account.births;
        account.births += 1;
        account.copies += 1;
        account.bytes += bytes;
        let viewed = account.viewers > 0;
        books.totals.decodes += 1;
        books.totals.redundant += u64::from(redundant);
        books.totals.alive += 1;
        books.totals.held += bytes;
        books.totals.viewed += if viewed { bytes } else { 0 };
        books.totals.note_peaks();
        drop(books);
        Tally {
            ledger: Arc::clone(&self.ledger),
            index: self.index,
            bytes,
        }
    }
}

impl Drop for Decoding {
    fn drop(&mut self) {
        if !self.finished {
            self.ledger.books().totals.failed += 1;
        }
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        let mut books = self.ledger.books();
        let account = &mut books.accounts[self.index];
        account.copies -= 1;
        account.bytes -= self.bytes;
        let viewed = account.viewers > 0;
        books.totals.alive -= 1;
        books.totals.held -= self.bytes;
        books.totals.viewed -= if viewed { self.bytes } else { 0 };
    }
}

impl Totals {
    fn note_peaks(&mut self) {
        self.peak_alive = self.peak_alive.max(self.alive);
        self.peak_held = self.peak_held.max(self.held);
        self.peak_viewed = self.peak_viewed.max(self.viewed);
        self.peak_idle = self.peak_idle.max(self.held - self.viewed);
    }
}

/// Locks, whatever a panicking thread left behind: every change made under these locks is complete in itself.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decode_beside_a_live_copy_is_redundant() {
        let ledger = Ledger::new(["a", "b"]);
        let claim = ledger.claim("a").unwrap();
        let first = claim.decoding().done(10);
        let second = claim.decoding().done(10);
        let other = ledger.claim("b").unwrap().decoding().done(5);
        drop(first);
        drop(second);
        let third = claim.decoding().done(10);
        assert_eq!(ledger.totals().decodes, 4);
        assert_eq!(ledger.totals().redundant, 1);
        assert_eq!((ledger.totals().alive, ledger.totals().peak_alive), (2, 3));
        drop((third, other));
        assert_eq!((ledger.totals().alive, ledger.totals().held), (0, 0));
        assert_eq!(ledger.totals().peak_held, 25);
    }

    #[test]
    fn of_two_decodes_at_once_the_later_is_redundant() {
        let ledger = Ledger::new(["a"]);
        let claim = ledger.claim("a").unwrap();
        let (one, two) = (claim.decoding(), claim.decoding());
        drop(one.done(10));
        drop(two.done(10));
        assert_eq!(
            ledger.totals().redundant,
            1,
            "a copy came and went while the second was being decoded"
        );
    }

    #[test]
    fn bytes_without_a_viewer_are_idle() {
        let ledger = Ledger::new(["a"]);
        let claim = ledger.claim("a").unwrap();
        assert_eq!((ledger.viewers_of("a"), ledger.viewers_of("b")), (1, 0));
        let kept = claim.decoding().done(10);
        assert_eq!(ledger.totals().peak_idle, 0);
        drop(claim);
        let totals = ledger.totals();
        assert_eq!((totals.held, totals.viewed, totals.peak_idle), (10, 0, 10));
        let again = ledger.claim("a").unwrap();
        assert_eq!(ledger.totals().viewed, 10);
        drop((kept, again));
        assert_eq!(ledger.totals().viewed, 0);
    }

    #[test]
    fn an_abandoned_decode_has_failed() {
        let ledger = Ledger::new(["a"]);
        drop(ledger.claim("a").unwrap().decoding());
        assert_eq!((ledger.totals().failed, ledger.totals().decodes), (1, 0));
        assert!(ledger.claim("b").is_none());
    }
}
