//! The seam's cells in a model. Each is loom's cell with a life: its drop counts as a write to it,
//! so that a touch which is not ordered before the end of its memory is reported; memory is kept
//! until the execution is over, so that a late touch is reported rather than undefined.
//!
//! What a model chooses before it runs is a thread's own, and loom runs a model on one thread.

use core::alloc::Layout;
use core::cell::{Cell, RefCell};
use core::sync::atomic::Ordering;

/// How loads behave in a model. Loom remembers only the last access of each atomic, so that a load
/// of one thread hides an earlier one of another: each way sees what the others miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hints {
    /// No load that only saves work.
    Plain,
    /// Plain loads, as outside a model.
    LoadFirst,
    /// Every load is a `fetch_add(0)`, which loom orders against every other access.
    ReadModifyWrite,
    /// Plain loads, and every access follows one to a shadow of its cell, by which loom orders
    /// them all.
    Shadowed,
}

struct Model {
    hints: Cell<Hints>,
    /// Cells whose life has not ended.
    lives: Cell<usize>,
    /// The memory that was freed in this execution.
    kept: RefCell<Vec<(*mut u8, Layout)>>,
}

std::thread_local! {
    static MODEL: Model = const {
        Model {
            hints: Cell::new(Hints::Plain),
            lives: Cell::new(0),
            kept: RefCell::new(Vec::new()),
        }
    };
}

/// Chooses how loads behave in the following models of this thread.
pub fn choose(hints: Hints) {
    MODEL.with(|model| model.hints.set(hints));
}

/// Begins an execution: the one before is over, and nothing of it is left.
pub fn begin() {
    MODEL.with(|model| {
        model.lives.set(0);
        for (start, layout) in model.kept.take() {
            // SAFETY: given to `keep` by who would have freed it: from this allocator, for this layout, and used
            // by nobody afterwards.
            unsafe { std::alloc::dealloc(start, layout) };
        }
    });
}

/// How many cells were made in this execution and have not come to their end.
pub fn lives() -> usize {
    MODEL.with(|model| model.lives.get())
}

pub(super) fn has_hints() -> bool {
    hints() != Hints::Plain
}

fn hints() -> Hints {
    MODEL.with(|model| model.hints.get())
}

/// Takes memory that would be freed, until the execution is over.
pub(super) fn keep(start: *mut u8, layout: Layout) {
    MODEL.with(|model| model.kept.borrow_mut().push((start, layout)));
}

/// Whether a cell's memory is still the cell's, in the order of the execution.
#[derive(Debug)]
struct Life(std::sync::atomic::AtomicBool);

impl Life {
    fn new() -> Self {
        MODEL.with(|model| model.lives.set(model.lives.get() + 1));
        Self(true.into())
    }

    fn touch(&self) {
        assert!(self.0.load(Ordering::Relaxed), "touched after it was freed");
    }

    fn end(&self) {
        assert!(self.0.swap(false, Ordering::Relaxed), "freed twice");
        MODEL.with(|model| model.lives.set(model.lives.get() - 1));
    }
}

macro_rules! atomic {
    ($name:ident, $value:ty) => {
        #[derive(Debug)]
        pub(crate) struct $name {
            cell: loom::sync::atomic::$name,
            shadow: loom::sync::atomic::AtomicBool,
            life: Life,
        }

        impl $name {
            pub(crate) fn new(value: $value) -> Self {
                Self {
                    cell: loom::sync::atomic::$name::new(value),
                    shadow: loom::sync::atomic::AtomicBool::new(false),
                    life: Life::new(),
                }
            }

            pub(crate) fn load(&self, order: Ordering) -> $value {
                self.life.touch();
                match hints() {
                    Hints::ReadModifyWrite => self.cell.fetch_add(0, order),
                    Hints::Shadowed => {
                        self.shadow.swap(false, Ordering::Relaxed);
                        self.cell.load(order)
                    }
                    _ => self.cell.load(order),
                }
            }

            fn write<R>(&self, write: impl FnOnce(&loom::sync::atomic::$name) -> R) -> R {
                self.life.touch();
                if hints() != Hints::Shadowed {
                    return write(&self.cell);
                }
                // Ordered by its shadow: when the write itself happens needs no exploring.
                self.shadow.swap(false, Ordering::Relaxed);
                loom::stop_exploring();
                let result = write(&self.cell);
                loom::explore();
                result
            }

            pub(crate) fn store(&self, value: $value, order: Ordering) {
                // Loom does not know that nothing comes between what a read-modify-write reads and what
                // it writes: with loads that are such, stores have to be too.
                self.write(|cell| match hints() {
                    Hints::ReadModifyWrite => drop(cell.swap(value, order)),
                    _ => cell.store(value, order),
                });
            }

            pub(crate) fn fetch_add(&self, value: $value, order: Ordering) -> $value {
                self.write(|cell| cell.fetch_add(value, order))
            }

            pub(crate) fn fetch_sub(&self, value: $value, order: Ordering) -> $value {
                self.write(|cell| cell.fetch_sub(value, order))
            }

            pub(crate) fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.write(|cell| cell.compare_exchange(current, new, success, failure))
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                self.life.end();
                self.cell.with_mut(|_| ());
            }
        }
    };
}

atomic!(AtomicU64, u64);

impl AtomicU64 {
    /// The present value, without a step of its own.
    pub(crate) fn peek(&self) -> u64 {
        self.life.touch();
        loom::stop_exploring();
        let value = self.cell.fetch_add(0, Ordering::Relaxed);
        loom::explore();
        value
    }
}

atomic!(AtomicUsize, usize);

impl AtomicUsize {
    pub(crate) fn swap(&self, value: usize, order: Ordering) -> usize {
        self.write(|cell| cell.swap(value, order))
    }
}

/// A pointer by its address, so that a load of it can be a `fetch_add` too.
#[derive(Debug)]
pub(crate) struct AtomicPtr<T>(AtomicUsize, core::marker::PhantomData<*mut T>);

// SAFETY: only an address is sent, and whoever follows it answers for that.
unsafe impl<T> Send for AtomicPtr<T> {}
// SAFETY: only an address is shared, in an atomic, and whoever follows it answers for that.
unsafe impl<T> Sync for AtomicPtr<T> {}

impl<T> AtomicPtr<T> {
    pub(crate) fn new(value: *mut T) -> Self {
        Self(
            AtomicUsize::new(value.expose_provenance()),
            core::marker::PhantomData,
        )
    }

    pub(crate) fn load(&self, order: Ordering) -> *mut T {
        core::ptr::with_exposed_provenance_mut(self.0.load(order))
    }

    pub(crate) fn store(&self, value: *mut T, order: Ordering) {
        self.0.store(value.expose_provenance(), order);
    }

    pub(crate) fn swap(&self, value: *mut T, order: Ordering) -> *mut T {
        core::ptr::with_exposed_provenance_mut(self.0.swap(value.expose_provenance(), order))
    }

    pub(crate) fn compare_exchange(
        &self,
        current: *mut T,
        new: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
        let (current, new) = (current.expose_provenance(), new.expose_provenance());
        self.0
            .compare_exchange(current, new, success, failure)
            .map(core::ptr::with_exposed_provenance_mut)
            .map_err(core::ptr::with_exposed_provenance_mut)
    }
}

/// As the seam's `Guarded`; loom reports accesses that nothing orders.
#[derive(Debug)]
pub(crate) struct Guarded<T> {
    value: core::cell::UnsafeCell<T>,
    accesses: loom::cell::UnsafeCell<()>,
    life: Life,
}

impl<T: Copy> Guarded<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            value: core::cell::UnsafeCell::new(value),
            accesses: loom::cell::UnsafeCell::new(()),
            life: Life::new(),
        }
    }

    /// Reads the value.
    ///
    /// # Safety
    ///
    /// 1. As for the seam's; loom checks it.
    pub(crate) unsafe fn get(&self) -> T {
        self.life.touch();
        self.accesses.with(|_| ());
        // SAFETY: no other access is under way, since a model's threads are one thread; loom checks the rest (1).
        unsafe { *self.value.get() }
    }

    /// Replaces the value.
    ///
    /// # Safety
    ///
    /// 1. As for the seam's; loom checks it.
    pub(crate) unsafe fn set(&self, new: T) {
        self.life.touch();
        self.accesses.with_mut(|_| ());
        // SAFETY: no other access is under way, since a model's threads are one thread; loom checks the rest (1).
        unsafe { *self.value.get() = new };
    }
}

impl<T> Drop for Guarded<T> {
    fn drop(&mut self) {
        self.life.end();
        self.accesses.with_mut(|_| ());
    }
}
