//! A global allocator that counts what one thread does while it is asked to.
//!
//! A binary that wants counts declares it:
//!
//! ```
//! use weakref_tests::counting::{CountingAllocator, count};
//!
//! #[global_allocator]
//! static ALLOCATOR: CountingAllocator = CountingAllocator;
//!
//! let (boxed, usage) = count(|| Box::new([0_u8; 100]));
//! assert_eq!((usage.allocations, usage.held_bytes), (1, 100));
//! drop(boxed);
//! ```
//!
//! Counting is per thread, so that tests that run side by side do not see one another. While no thread counts it costs
//! one load of a static, so that a benchmark may run on top of it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system allocator, counting for the threads that are inside [`count`].
#[derive(Debug, Default, Clone, Copy)]
pub struct CountingAllocator;

/// What happened on one thread during one [`count`].
///
/// Sizes are the requested ones. A block freed by another thread is not seen; one that was allocated before the
/// count began and is freed in it is, which is why what is held may be negative.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Blocks allocated; growing or shrinking a block counts as one more, and as one freed.
    pub allocations: u64,
    /// Blocks freed.
    pub frees: u64,
    /// Blocks allocated less blocks freed.
    pub held_blocks: isize,
    /// Bytes allocated less bytes freed.
    pub held_bytes: isize,
    /// The highest that `held_bytes` ever was.
    pub peak_bytes: isize,
}

impl Usage {
    const ZERO: Self = Self {
        allocations: 0,
        frees: 0,
        held_blocks: 0,
        held_bytes: 0,
        peak_bytes: 0,
    };

    fn allocated(mut self, size: usize) -> Self {
        self.allocations += 1;
        self.held_blocks += 1;
        self.held_bytes += size.cast_signed();
        self.peak_bytes = self.peak_bytes.max(self.held_bytes);
        self
    }

    fn freed(mut self, size: usize) -> Self {
        self.frees += 1;
        self.held_blocks -= 1;
        self.held_bytes -= size.cast_signed();
        self
    }

    /// The sum of two counts, where `later` was taken after `self`.
    fn then(self, later: Self) -> Self {
        Self {
            allocations: self.allocations + later.allocations,
            frees: self.frees + later.frees,
            held_blocks: self.held_blocks + later.held_blocks,
            held_bytes: self.held_bytes + later.held_bytes,
            peak_bytes: self.peak_bytes.max(self.held_bytes + later.peak_bytes),
        }
    }
}

/// How many calls of [`count`] are under way, on all threads. Relaxed everywhere: a thread sees its own changes,
/// and what others count is none of its business.
static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    // Constant initialisers and no destructors: usable from inside the allocator, at any time of a thread's life.
    static COUNTING: Cell<bool> = const { Cell::new(false) };
    static USAGE: Cell<Usage> = const { Cell::new(Usage::ZERO) };
}

/// Runs `body` and returns its result with what it allocated and freed on this thread.
///
/// Counts nest: an inner count is part of the outer one. All counts are zero in a binary that does not have
/// [`CountingAllocator`] as its global allocator; [`is_counting_possible`] tells.
///
/// # Panics
///
/// Resumes a panic of `body`; the counts stay right.
pub fn count<R>(body: impl FnOnce() -> R) -> (R, Usage) {
    /// Puts the outer count back, also when `body` panics.
    struct Outer {
        counting: bool,
        usage: Usage,
    }
    impl Drop for Outer {
        fn drop(&mut self) {
            COUNTING.set(self.counting);
            UNDER_WAY.fetch_sub(1, Ordering::Relaxed);
            if self.counting {
                USAGE.set(self.usage.then(USAGE.get()));
            }
        }
    }

    let outer = Outer {
        counting: COUNTING.get(),
        usage: USAGE.get(),
    };
    USAGE.set(Usage::ZERO);
    UNDER_WAY.fetch_add(1, Ordering::Relaxed);
    COUNTING.set(true);
    let result = body();
    COUNTING.set(false);
    let usage = USAGE.get();
    drop(outer);
    (result, usage)
}

/// Whether this binary's allocator is the counting one.
pub fn is_counting_possible() -> bool {
    let (block, usage) = count(|| std::hint::black_box(Box::new(1_u8)));
    drop(block);
    usage.allocations == 1
}

#[inline]
fn record(change: impl FnOnce(Usage) -> Usage) {
    if UNDER_WAY.load(Ordering::Relaxed) != 0 {
        record_slow(change);
    }
}

#[cold]
#[inline(never)]
fn record_slow(change: impl FnOnce(Usage) -> Usage) {
    if COUNTING.get() {
        USAGE.set(change(USAGE.get()));
    }
}

// Never inlined, as std's own allocator is not: else a benchmark compares how well a call site takes our counting.
//
// SAFETY: every method forwards to `System` with the arguments it was given and returns what that returned; the
// counting beside it neither allocates nor unwinds.
unsafe impl GlobalAlloc for CountingAllocator {
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise about `layout` is the one that `System` needs.
        let block = unsafe { System.alloc(layout) };
        if !block.is_null() {
            record(|usage| usage.allocated(layout.size()));
        }
        block
    }

    #[inline(never)]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise about `layout` is the one that `System` needs.
        let block = unsafe { System.alloc_zeroed(layout) };
        if !block.is_null() {
            record(|usage| usage.allocated(layout.size()));
        }
        block
    }

    #[inline(never)]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller got `block` from here with this `layout`, that is from `System`.
        unsafe { System.dealloc(block, layout) };
        record(|usage| usage.freed(layout.size()));
    }

    #[inline(never)]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller got `block` from here with this `layout`, that is from `System`, and promises that
        // `new_size` is one that `System` takes.
        let moved = unsafe { System.realloc(block, layout, new_size) };
        if !moved.is_null() {
            record(|usage| usage.freed(layout.size()).allocated(new_size));
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[global_allocator]
    static ALLOCATOR: CountingAllocator = CountingAllocator;

    #[test]
    fn counts_blocks_and_bytes() {
        assert!(is_counting_possible());
        let (kept, usage) = count(|| {
            drop(black_box(Box::new([0_u8; 300])));
            black_box(Box::new([0_u8; 100]))
        });
        let expected = Usage {
            allocations: 2,
            frees: 1,
            held_blocks: 1,
            held_bytes: 100,
            peak_bytes: 300,
        };
        assert_eq!(usage, expected);

        let ((), usage) = count(|| drop(kept));
        assert_eq!(
            (usage.allocations, usage.frees, usage.held_bytes),
            (0, 1, -100)
        );
    }

    #[test]
    fn growing_counts_as_a_move() {
        let mut bytes = black_box(Vec::<u8>::with_capacity(10));
        let ((), usage) = count(|| bytes.reserve_exact(20));
        assert_eq!(
            (usage.allocations, usage.frees, usage.held_bytes),
            (1, 1, 10)
        );
    }

    #[test]
    fn an_inner_count_is_part_of_the_outer_one() {
        let (inner, outer) = count(|| {
            let first = black_box(Box::new([0_u8; 10]));
            let (second, inner) = count(|| black_box(Box::new([0_u8; 20])));
            drop((first, second));
            inner
        });
        assert_eq!((inner.held_bytes, inner.peak_bytes), (20, 20));
        assert_eq!(
            (outer.held_bytes, outer.peak_bytes, outer.allocations),
            (0, 30, 2)
        );
    }

    #[test]
    fn a_panic_ends_the_count() {
        let ((), outer) = count(|| {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                count(|| std::panic::resume_unwind(Box::new(()))).1
            }));
            assert!(panicked.is_err());
            drop(black_box(Box::new([0_u8; 10])));
        });
        assert_eq!(outer.held_bytes, 0);
        let before = USAGE.get();
        drop(black_box(Box::new([0_u8; 10])));
        assert_eq!(
            USAGE.get(),
            before,
            "counting went on after the outermost count"
        );
    }

    #[test]
    fn another_thread_is_not_counted() {
        let (thread, usage) = count(|| {
            let thread = std::thread::spawn(|| black_box(vec![0_u8; 1 << 20]).len());
            thread.join().expect("the thread only allocates")
        });
        assert_eq!(thread, 1 << 20);
        assert!(usage.peak_bytes < 1 << 20, "{usage:?}");
    }
}
