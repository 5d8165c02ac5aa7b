//! A word of one thread.

use core::cell::Cell;
use core::sync::atomic::Ordering;

use super::Word;

/// A [`Word`] of one thread, in two halves: of an object's counts a step that is about one of them touches no more.
///
/// A processor does not hand a half that was just stored on to a load of the whole, which then waits for the cache; so
/// what is done often is done by halves alone.
#[derive(Debug)]
#[repr(C, align(8))]
pub(crate) struct Halves {
    pub(crate) lower: Cell<u32>,
    pub(crate) upper: Cell<u32>,
}

impl Halves {
    /// Sets the lower half to that of `word`.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the lower half")]
    pub(crate) fn set_lower(&self, word: u64) {
        self.lower.set(word as u32);
    }
}

impl Word for Halves {
    const IS_SHARED: bool = false;
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the halves of it")]
    fn new(value: u64) -> Self {
        Self {
            lower: Cell::new(value as u32),
            upper: Cell::new((value >> 32) as u32),
        }
    }
    #[inline]
    fn halves(&self) -> Option<&Self> {
        Some(self)
    }
    #[inline]
    fn load(&self, _: Ordering) -> u64 {
        u64::from(self.upper.get()) << 32 | u64::from(self.lower.get())
    }
    #[inline]
    fn lower(&self) -> u32 {
        self.lower.get()
    }
    #[inline]
    fn hint(&self, order: Ordering) -> Option<u64> {
        Some(self.load(order))
    }
    #[inline]
    fn guess(&self) -> u64 {
        self.load(Ordering::Relaxed)
    }
    #[inline]
    fn store(&self, value: u64, _: Ordering) {
        let Self { lower, upper } = Self::new(value);
        self.lower.set(lower.get());
        self.upper.set(upper.get());
    }
    #[inline]
    fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
        let old = self.load(order);
        self.store(old.wrapping_add(value), order);
        old
    }
    #[inline]
    fn fetch_sub(&self, value: u64, order: Ordering) -> u64 {
        self.fetch_add(value.wrapping_neg(), order)
    }
    #[inline]
    fn compare_exchange(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        _: Ordering,
    ) -> Result<u64, u64> {
        let old = self.load(success);
        if old != current {
            return Err(old);
        }
        self.store(new, success);
        Ok(old)
    }
}
