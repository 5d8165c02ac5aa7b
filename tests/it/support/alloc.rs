//! The global allocator of the tests: counts, and can be told to refuse.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;

pub(crate) use weakref_tests::calling::at_each;
use weakref_tests::calling::called;
use weakref_tests::counting::CountingAllocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator(CountingAllocator);

struct Allocator(CountingAllocator);

/// Blocks of this size and more are told apart by [`large_frees`].
const LARGE: usize = 1024;

thread_local! {
    // Constant, without destructors: usable from inside the allocator, at any time of a thread's life.
    static REFUSED: Cell<bool> = const { Cell::new(false) };
    static LARGE_FREES: Cell<usize> = const { Cell::new(0) };
    static NEXT: Cell<Option<fn()>> = const { Cell::new(None) };
}

/// Calls `then` in the middle of this thread's next allocation, as if another thread came in between.
pub(crate) fn at_next(then: fn()) {
    NEXT.set(Some(then));
}

/// Runs `body` while this thread's allocations fail.
pub(crate) fn without_memory<R>(body: impl FnOnce() -> R) -> R {
    struct Restore;
    impl Drop for Restore {
        fn drop(&mut self) {
            REFUSED.set(false);
        }
    }
    REFUSED.set(true);
    let _restore = Restore;
    body()
}

/// Whether this thread's allocations fail from here on.
pub(crate) fn refuse(refused: bool) {
    REFUSED.set(refused);
}

/// How many blocks of 1024 bytes and more this thread has freed.
pub(crate) fn large_frees() -> usize {
    LARGE_FREES.get()
}

// SAFETY: forwards to an allocator with the arguments that came, or fails, which an allocator may.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if REFUSED.get() {
            return std::ptr::null_mut();
        }
        if let Some(then) = NEXT.take() {
            then();
        }
        called();
        // SAFETY: the caller's promise is the one that is needed.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if layout.size() >= LARGE {
            LARGE_FREES.set(LARGE_FREES.get() + 1);
        }
        called();
        // SAFETY: as above.
        unsafe { self.0.dealloc(block, layout) };
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if REFUSED.get() {
            return std::ptr::null_mut();
        }
        called();
        // SAFETY: as above.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if REFUSED.get() {
            return std::ptr::null_mut();
        }
        called();
        // SAFETY: as above.
        unsafe { self.0.realloc(block, layout, size) }
    }
}
