//! An allocator that calls code of a test's in the middle of its work, as allocators that trace or profile do.

use std::cell::Cell;

thread_local! {
    // Constant, without a destructor: usable from inside the allocator, at any time of a thread's life.
    static EACH: Cell<Option<fn()>> = const { Cell::new(None) };
}

/// Runs `body`, and calls `then` in the middle of each of its calls of the allocator, but for those that `then` makes.
pub fn at_each<R>(then: fn(), body: impl FnOnce() -> R) -> R {
    struct Restore(Option<fn()>);
    impl Drop for Restore {
        fn drop(&mut self) {
            EACH.set(self.0);
        }
    }
    let _restore = Restore(EACH.replace(Some(then)));
    body()
}

/// For an allocator, at each of its calls.
pub fn called() {
    if let Some(then) = EACH.take() {
        then();
        EACH.set(Some(then));
    }
}
