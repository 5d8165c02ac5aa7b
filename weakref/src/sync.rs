//! The seam: every atomic, guarded cell and lock of the crate comes from here, so that the models
//! can replace them. It owns no protocol; `count`, `list` and `watch` do.

use core::cell::Cell;
use core::sync::atomic::Ordering;

#[cfg(not(loom))]
pub(crate) use core::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize};
#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize};

mod lock;
#[cfg(loom)]
pub(crate) mod model;

pub(crate) use lock::{NoLock, SlotLock};

/// A mistake the models put in on purpose; outside a model none is ever present.
///
/// Each must make a model fail, else the model is blind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[cfg_attr(
    not(loom),
    expect(dead_code, unreachable_pub, reason = "only models choose one")
)]
pub enum Bug {
    /// No mistake.
    None,
    /// An upgrade that revives a zero adds no implicit weak unit.
    NoHandOver,
    /// The decrement of the strong half does not release.
    RelaxedStrongRelease,
    /// The close does not acquire.
    RelaxedClose,
    /// The decrement of the weak half does not release.
    RelaxedWeakRelease,
    /// The test for uniqueness does not acquire.
    RelaxedUnique,
    /// Publication of a cyclic object adds a strong unit where it must set one.
    PublishAdds,
    /// Publication does not release.
    RelaxedPublish,
    /// `into_inner` does not close.
    TakeWithoutClose,
    /// The list is changed without its lock.
    NoLock,
    /// A canceller that came too late believes that it was in time.
    LateCancelUnlinks,
    /// A node is freed by whichever owner leaves first.
    NodeFreedTwice,
    /// A finalizer's action is taken without the state being claimed.
    NoClaim,
    /// A peek reads the state and upgrades without excluding the consumer.
    UnguardedPeek,
    /// A notice is pushed after the slot was unlocked.
    PushOutsideLock,
    /// A withdrawn registration gives its unit back although the notice still stands.
    UnitNotMoved,
    /// A waking graveyard is counted after the slot was unlocked.
    CountAfterUnlock,
}

/// Whether `bug` was put in. Constant outside a model.
#[inline(always)]
pub(crate) fn seeded(bug: Bug) -> bool {
    #[cfg(loom)]
    return model::has(bug);
    #[cfg(not(loom))]
    {
        let _ = bug;
        false
    }
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
    fn new(value: u64) -> Self;
    fn load(&self, order: Ordering) -> u64;
    /// A load that only saves work and that no other step relies on. The models run it three
    /// ways, since loom does not explore every order of a load and a later write of one thread.
    fn hint(&self) -> Option<u64>;
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
    fn fetch_add(&self, value: usize, order: Ordering) -> usize;
    fn fetch_sub(&self, value: usize, order: Ordering) -> usize;
}

/// The lock of one weak list. Only pointers move while it is held, so it is never held long, and
/// no user code ever runs under it.
pub(crate) trait Lock {
    fn new() -> Self;
    fn lock(&self);
    /// Must be called by the thread that locked, once. After the write that unlocks, the memory of
    /// `self` is not touched again, so that the next holder may free it.
    fn unlock(&self);
}

impl Word for Cell<u64> {
    #[inline]
    fn new(value: u64) -> Self {
        Self::new(value)
    }
    #[inline]
    fn load(&self, _: Ordering) -> u64 {
        self.get()
    }
    #[inline]
    fn hint(&self) -> Option<u64> {
        Some(self.get())
    }
    #[inline]
    fn fetch_add(&self, value: u64, _: Ordering) -> u64 {
        self.replace(self.get().wrapping_add(value))
    }
    #[inline]
    fn fetch_sub(&self, value: u64, _: Ordering) -> u64 {
        self.replace(self.get().wrapping_sub(value))
    }
    #[inline]
    fn compare_exchange(
        &self,
        current: u64,
        new: u64,
        _: Ordering,
        _: Ordering,
    ) -> Result<u64, u64> {
        exchange(self, current, new)
    }
}

impl Word for AtomicU64 {
    #[inline]
    fn new(value: u64) -> Self {
        Self::new(value)
    }
    #[inline]
    fn load(&self, order: Ordering) -> u64 {
        self.load(order)
    }
    #[inline]
    fn hint(&self) -> Option<u64> {
        #[cfg(loom)]
        return model::hint(self);
        #[cfg(not(loom))]
        Some(self.load(Ordering::Relaxed))
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
    fn fetch_add(&self, value: usize, _: Ordering) -> usize {
        self.replace(self.get() + value)
    }
    #[inline]
    fn fetch_sub(&self, value: usize, _: Ordering) -> usize {
        self.replace(self.get() - value)
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
    fn fetch_add(&self, value: usize, order: Ordering) -> usize {
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
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct Guarded<T> {
    #[cfg(not(loom))]
    cell: core::cell::UnsafeCell<T>,
    #[cfg(loom)]
    cell: loom::cell::UnsafeCell<T>,
}

impl<T: Copy> Guarded<T> {
    #[inline]
    pub(crate) fn new(value: T) -> Self {
        #[cfg(not(loom))]
        let cell = core::cell::UnsafeCell::new(value);
        #[cfg(loom)]
        let cell = loom::cell::UnsafeCell::new(value);
        Self { cell }
    }

    /// Reads the value.
    ///
    /// # Safety
    ///
    /// 1. No other thread writes it meanwhile: the caller holds the lock that guards it, or owns
    ///    what it stands in.
    #[inline]
    pub(crate) unsafe fn get(&self) -> T {
        #[cfg(not(loom))]
        // SAFETY: (1) no write is under way.
        return unsafe { *self.cell.get() };
        #[cfg(loom)]
        // SAFETY: (1), which loom checks.
        self.cell.with(|value| unsafe { *value })
    }

    /// Replaces the value.
    ///
    /// # Safety
    ///
    /// 1. No other thread reads or writes it meanwhile, for the reasons given at [`Self::get`].
    #[inline]
    pub(crate) unsafe fn set(&self, new: T) {
        #[cfg(not(loom))]
        // SAFETY: (1) no other access is under way.
        unsafe {
            *self.cell.get() = new;
        }
        #[cfg(loom)]
        // SAFETY: (1), which loom checks.
        self.cell.with_mut(|value| unsafe { *value = new });
    }
}
