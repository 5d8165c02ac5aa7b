//! The seam: every atomic, guarded cell and lock of the crate comes from here, so that the models
//! can replace them. It owns no protocol; `count`, `list` and `watch` do.

use core::alloc::Layout;
use core::cell::Cell;
use core::sync::atomic::Ordering;

#[cfg(not(any(loom, shuttle)))]
pub(crate) use core::sync::atomic::{AtomicPtr, AtomicUsize};
#[cfg(loom)]
pub(crate) use loom as explorer;
#[cfg(loom)]
pub(crate) use model::{AtomicPtr, AtomicU64, AtomicUsize, Guarded};
#[cfg(shuttle)]
pub(crate) use shuttle as explorer;
#[cfg(shuttle)]
pub(crate) use shuttle::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize};
#[cfg(not(any(loom, shuttle)))]
pub(crate) use wide::AtomicU64;

mod bug;
mod halves;
mod limit;
mod lock;
#[cfg(loom)]
pub mod model;
pub(crate) mod wide;

#[cfg(loom)]
pub use bug::ORDERINGS;
#[cfg(any(loom, shuttle))]
pub use bug::choose;
pub use bug::{Bug, seeded};
pub(crate) use halves::Halves;
pub(crate) use limit::{HALF, overflow};
pub use limit::{Sequence, raise};
pub(crate) use lock::parking::{park_until, wake};
pub(crate) use lock::{LOCKED, PARKED, lock, unlock};

/// Whether hint loads are done. Constant outside a model.
#[inline(always)]
fn has_hints() -> bool {
    #[cfg(loom)]
    return model::has_hints();
    #[cfg(not(loom))]
    true
}

/// `order`, or `Relaxed` when `bug` was put in.
#[inline(always)]
pub(crate) fn order(order: Ordering, bug: Bug) -> Ordering {
    if seeded(bug) {
        Ordering::Relaxed
    } else {
        order
    }
}

/// The packed counts of one object.
pub(crate) trait Word {
    /// Whether other threads may change it: then what a load said is old when it arrives, and a
    /// read-modify-write costs many times a load.
    const IS_SHARED: bool;
    fn new(value: u64) -> Self;
    fn load(&self, order: Ordering) -> u64;
    /// The word by halves, where no other thread sees them.
    #[inline]
    fn halves(&self) -> Option<&Halves> {
        None
    }
    /// The lower half, relaxed.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the lower half")]
    fn lower(&self) -> u32 {
        self.load(Ordering::Relaxed) as u32
    }
    /// A load that only saves work: what is right without it must be right with it. Models run
    /// with it and without, since loom does not explore every order of a load and a later write.
    fn hint(&self, order: Ordering) -> Option<u64>;
    /// A value for an exchange to begin with: any is right, the present one saves a round. A relaxed load, but
    /// in a model, where it is no step of its own.
    fn guess(&self) -> u64;
    /// Never of counts, which others change at any time.
    fn store(&self, value: u64, order: Ordering);
    fn fetch_add(&self, value: u64, order: Ordering) -> u64;
    fn fetch_sub(&self, value: u64, order: Ordering) -> u64;
    fn compare_exchange(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64>;
}

/// A pointer with a tag in its low bits.
pub(crate) trait Link {
    fn new(value: *mut ()) -> Self;
    fn load(&self, order: Ordering) -> *mut ();
    /// As [`Word::hint`].
    fn hint(&self, order: Ordering) -> Option<*mut ()>;
    fn store(&self, value: *mut (), order: Ordering);
    fn swap(&self, value: *mut (), order: Ordering) -> *mut ();
    fn compare_exchange(
        &self,
        current: *mut (),
        new: *mut (),
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut (), *mut ()>;
}

/// A small counter beside the counts: owners of a node, notices in a graveyard.
pub(crate) trait Size {
    fn new(value: usize) -> Self;
    fn load(&self, order: Ordering) -> usize;
    /// As [`Word::hint`].
    fn hint(&self, order: Ordering) -> Option<usize>;
    /// Adds one, and aborts the process at half of the range.
    #[inline]
    fn retain(&self, order: Ordering) {
        self.retain_many(1, order);
    }

    /// As [`Self::retain`], with a weight.
    #[inline]
    fn retain_many(&self, many: usize, order: Ordering) {
        if self.wrapping_add(many, order) > HALF {
            overflow();
        }
    }
    /// Without a limit: for what is not a number of things. The old value is returned.
    fn wrapping_add(&self, value: usize, order: Ordering) -> usize;
    fn fetch_sub(&self, value: usize, order: Ordering) -> usize;
}

impl Word for AtomicU64 {
    const IS_SHARED: bool = true;
    #[inline]
    fn new(value: u64) -> Self {
        Self::new(value)
    }
    #[inline]
    fn load(&self, order: Ordering) -> u64 {
        self.load(order)
    }
    #[inline]
    fn hint(&self, order: Ordering) -> Option<u64> {
        has_hints().then(|| self.load(order))
    }
    #[inline]
    fn guess(&self) -> u64 {
        #[cfg(loom)]
        return self.peek();
        #[cfg(not(loom))]
        self.load(Ordering::Relaxed)
    }
    #[inline]
    fn store(&self, value: u64, order: Ordering) {
        self.store(value, order);
    }
    #[inline]
    fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
        self.fetch_add(value, order)
    }
    #[inline]
    fn fetch_sub(&self, value: u64, order: Ordering) -> u64 {
        self.fetch_sub(value, order)
    }
    #[inline]
    fn compare_exchange(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        self.compare_exchange(current, new, success, failure)
    }
}

impl Link for Cell<*mut ()> {
    #[inline]
    fn new(value: *mut ()) -> Self {
        Self::new(value)
    }
    #[inline]
    fn load(&self, _: Ordering) -> *mut () {
        self.get()
    }
    #[inline]
    fn hint(&self, _: Ordering) -> Option<*mut ()> {
        Some(self.get())
    }
    #[inline]
    fn store(&self, value: *mut (), _: Ordering) {
        self.set(value);
    }
    #[inline]
    fn swap(&self, value: *mut (), _: Ordering) -> *mut () {
        self.replace(value)
    }
    #[inline]
    fn compare_exchange(
        &self,
        current: *mut (),
        new: *mut (),
        _: Ordering,
        _: Ordering,
    ) -> Result<*mut (), *mut ()> {
        exchange(self, current, new)
    }
}

impl Link for AtomicPtr<()> {
    #[inline]
    fn new(value: *mut ()) -> Self {
        Self::new(value)
    }
    #[inline]
    fn load(&self, order: Ordering) -> *mut () {
        self.load(order)
    }
    #[inline]
    fn hint(&self, order: Ordering) -> Option<*mut ()> {
        has_hints().then(|| self.load(order))
    }
    #[inline]
    fn store(&self, value: *mut (), order: Ordering) {
        self.store(value, order);
    }
    #[inline]
    fn swap(&self, value: *mut (), order: Ordering) -> *mut () {
        self.swap(value, order)
    }
    #[inline]
    fn compare_exchange(
        &self,
        current: *mut (),
        new: *mut (),
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut (), *mut ()> {
        self.compare_exchange(current, new, success, failure)
    }
}

impl Size for Cell<usize> {
    #[inline]
    fn new(value: usize) -> Self {
        Self::new(value)
    }
    #[inline]
    fn load(&self, _: Ordering) -> usize {
        self.get()
    }
    #[inline]
    fn hint(&self, _: Ordering) -> Option<usize> {
        Some(self.get())
    }
    #[inline]
    fn wrapping_add(&self, value: usize, _: Ordering) -> usize {
        self.replace(self.get().wrapping_add(value))
    }
    #[inline]
    fn fetch_sub(&self, value: usize, _: Ordering) -> usize {
        self.replace(self.get().wrapping_sub(value))
    }
}

impl Size for AtomicUsize {
    #[inline]
    fn new(value: usize) -> Self {
        Self::new(value)
    }
    #[inline]
    fn load(&self, order: Ordering) -> usize {
        self.load(order)
    }
    #[inline]
    fn hint(&self, order: Ordering) -> Option<usize> {
        has_hints().then(|| self.load(order))
    }
    #[inline]
    fn wrapping_add(&self, value: usize, order: Ordering) -> usize {
        self.fetch_add(value, order)
    }
    #[inline]
    fn fetch_sub(&self, value: usize, order: Ordering) -> usize {
        self.fetch_sub(value, order)
    }
}

#[inline]
fn exchange<T: Copy + PartialEq>(cell: &Cell<T>, current: T, new: T) -> Result<T, T> {
    let old = cell.get();
    if old == current {
        cell.set(new);
        Ok(old)
    } else {
        Err(old)
    }
}

/// A value that a lock, or sole ownership, protects.
#[cfg(not(loom))]
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct Guarded<T>(core::cell::UnsafeCell<T>);

#[cfg(not(loom))]
impl<T: Copy> Guarded<T> {
    #[inline]
    pub(crate) fn new(value: T) -> Self {
        Self(core::cell::UnsafeCell::new(value))
    }

    /// Reads the value.
    ///
    /// # Safety
    ///
    /// 1. No other thread writes it meanwhile: the caller holds the lock that guards it, or owns
    ///    what it stands in.
    #[inline]
    pub(crate) unsafe fn get(&self) -> T {
        // SAFETY: no write is under way (1), and it is valid while it is borrowed.
        unsafe { *self.0.get() }
    }

    /// Replaces the value.
    ///
    /// # Safety
    ///
    /// 1. No other thread reads or writes it meanwhile, for the reasons given at [`Self::get`].
    #[inline]
    pub(crate) unsafe fn set(&self, new: T) {
        // SAFETY: no other access is under way (1), and it is valid while it is borrowed.
        unsafe { *self.0.get() = new };
    }
}

/// Releases memory. In a model it is kept until the execution is over.
///
/// # Safety
///
/// 1. `start` came from the global allocator for `layout`, and is not used any more.
#[inline]
pub(crate) unsafe fn release(start: *mut u8, layout: Layout) {
    #[cfg(loom)]
    model::keep(start, layout);
    #[cfg(not(loom))]
    // SAFETY: from this allocator for this layout, and freed once, since nobody uses it afterwards (1).
    unsafe {
        std::alloc::dealloc(start, layout);
    }
}

/// Drops and frees what is in a box. In a model its memory is kept, as in [`release`].
///
/// # Safety
///
/// 1. `place` came from [`Box::into_raw`], and is not used any more.
pub(crate) unsafe fn free<P>(place: *mut P) {
    #[cfg(not(loom))]
    // SAFETY: it came from a box, which is put together once, since nobody uses it afterwards (1).
    drop(unsafe { Box::from_raw(place) });
    #[cfg(loom)]
    {
        // SAFETY: what a box held is valid, and dropped once, since nobody uses it afterwards (1).
        unsafe { place.drop_in_place() };
        model::keep(place.cast(), Layout::new::<P>());
    }
}
