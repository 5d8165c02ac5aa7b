//! The global allocator of the cases: counts, and can be told to use finalizers.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;

use weakref_tests::counting::CountingAllocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator(CountingAllocator);

struct Allocator(CountingAllocator);

thread_local! {
    // Constant, without a destructor: usable from inside the allocator, at any time of a thread's life.
    static NEXT: Cell<Option<fn()>> = const { Cell::new(None) };
}

/// Calls `then` in the middle of this thread's next allocation, as if another thread came in between.
pub(crate) fn at_next(then: fn()) {
    NEXT.set(Some(then));
}

// SAFETY: forwards to an allocator with the arguments that came.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if let Some(then) = NEXT.take() {
            then();
        }
        // SAFETY: the caller's promise is the one that is needed.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { self.0.dealloc(block, layout) };
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        unsafe { self.0.realloc(block, layout, size) }
    }
}
