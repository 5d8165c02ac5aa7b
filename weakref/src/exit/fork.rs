//! Forks. A child runs what it made, and nothing of its forebears, and its exit phase waits for no thread that only
//! these have. What it inherits is another matter: an object whose list, or a finalizer whose state, another thread had
//! locked at that moment stays locked in the child, as a mutex of std would. The guide says what may be used.
//!
//! Nothing is locked around a fork: the child counts it, and that changes which rolls are its own
//! (`Exit::rolls`). It never looks at those that it inherits.

use core::sync::atomic::AtomicU32;
#[cfg(all(unix, any(test, not(miri)), not(any(loom, shuttle))))]
use core::sync::atomic::Ordering::Relaxed;

/// The number of forks between the first process and this one.
pub(super) static FORKS: AtomicU32 = AtomicU32::new(0);

/// Counts a fork, in the child, unless another handler has counted it. `seen` is the number of forks that this
/// handler left when it was last called. A count that wrapped around would make a child run what its forebears
/// enrolled.
#[cfg(all(unix, any(test, not(miri)), not(any(loom, shuttle))))]
pub(crate) fn count_fork(seen: &AtomicU32) {
    // Relaxed: a child has one thread.
    let mut forks = FORKS.load(Relaxed);
    if seen.load(Relaxed) == forks {
        if forks > u32::MAX / 2 {
            crate::sync::overflow();
        }
        forks += 1;
        FORKS.store(forks, Relaxed);
    }
    seen.store(forks, Relaxed);
}

#[cfg(all(unix, not(any(miri, loom, shuttle))))]
pub(super) use registered::handler;

/// Handlers for threads that register one at the same time. A handler gets no argument, so each is a function of its
/// own.
#[cfg(all(unix, not(any(miri, loom, shuttle))))]
mod registered {
    use core::sync::atomic::AtomicUsize;

    use super::{AtomicU32, FORKS, Relaxed, count_fork};

    const HANDLERS: usize = 4;

    /// Of each handler, the number of forks that it left.
    static SEEN: [AtomicU32; HANDLERS] = [const { AtomicU32::new(0) }; HANDLERS];

    /// Storing and aborting are all that is allowed here.
    extern "C" fn in_child<const WHICH: usize>() {
        count_fork(&SEEN[WHICH]);
    }

    /// Returns a handler that the calling thread may register. If so many threads ask at once that none is left, two
    /// share the last one, which then counts each fork twice; the descendants have fewer tables for their records.
    pub(crate) fn handler() -> extern "C" fn() {
        static GIVEN: AtomicUsize = AtomicUsize::new(0);
        const ALL: [extern "C" fn(); HANDLERS] =
            [in_child::<0>, in_child::<1>, in_child::<2>, in_child::<3>];

        // Relaxed: until it is registered, only this thread uses it.
        let which = GIVEN.fetch_add(1, Relaxed).min(HANDLERS - 1);
        SEEN[which].store(FORKS.load(Relaxed), Relaxed);
        ALL[which]
    }
}

#[cfg(all(test, unix, not(any(loom, shuttle))))]
pub(crate) fn pretend_forks(forks: u32) {
    FORKS.store(forks, Relaxed);
}

#[cfg(all(test, unix, not(any(miri, loom, shuttle))))]
mod tests {
    use std::sync::mpsc::channel;

    use super::{AtomicU32, FORKS, Relaxed, count_fork};
    use crate::exit::process::{EXIT, SHARDS};
    use crate::exit::thread::with_local;
    use crate::finalize::finalize_with;
    use crate::object::Object;
    use crate::strong::Strong;

    unsafe extern "C" {
        fn fork() -> i32;
        fn _exit(code: i32) -> !;
        fn alarm(seconds: u32) -> u32;
        fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32;
    }

    /// Forks while a thread holds a roll for as long as the child lives, and waits for the child. A child that
    /// waits for that thread is ended by its alarm.
    fn in_child_without(shard: u32, f: impl FnOnce()) {
        std::thread::scope(|scope| {
            let (holds, held) = channel();
            let (done, end) = channel::<()>();
            scope.spawn(move || {
                let _roll = EXIT.rolls().lock(shard);
                holds.send(()).expect("it is waited for");
                end.recv().expect_err("nothing is sent");
            });
            held.recv().expect("it is sent");
            // SAFETY: the child uses what a fork leaves valid, and runs no handlers as it ends.
            let pid = unsafe { fork() };
            if pid == 0 {
                // SAFETY: it takes a number.
                unsafe { alarm(20) };
                let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f));
                // SAFETY: it takes a number.
                unsafe { _exit(i32::from(caught.is_err())) };
            }
            let mut status = 0;
            // SAFETY: a valid place.
            assert_eq!(unsafe { waitpid(pid, &raw mut status, 0) }, pid);
            drop(done);
            assert_eq!(status, 0, "the child failed, or waited");
        });
    }

    #[test]
    fn a_fork_that_several_handlers_are_told_of_is_counted_once() {
        // This is a child in which nobody else asks for the number of forks.
        in_child_without(0, || {
            let forks = FORKS.load(Relaxed);
            let handlers = [forks; 3].map(AtomicU32::new);
            for more in 1..5 {
                handlers.iter().for_each(count_fork);
                assert_eq!(FORKS.load(Relaxed), forks + more);
            }
        });
    }

    #[test]
    fn forks_are_counted_up_to_the_limit() {
        in_child_without(0, || {
            super::pretend_forks(u32::MAX / 2);
            count_fork(&AtomicU32::new(u32::MAX / 2));
            assert_eq!(FORKS.load(Relaxed), u32::MAX / 2 + 1);
        });
    }

    #[test]
    fn a_handler_counts_from_when_it_was_asked_for() {
        // More often than there are handlers.
        in_child_without(0, || {
            for forks in FORKS.load(Relaxed)..9 {
                let handler = super::handler();
                handler();
                assert_eq!(FORKS.load(Relaxed), forks + 1);
            }
        });
    }

    #[test]
    fn a_child_does_not_wait_for_a_roll_that_a_thread_of_its_parent_holds() {
        for shard in [0, SHARDS - 1] {
            with_local(|local| local.shard.set(shard + 1));
            let object = Strong::new(Object(()));
            let inherited = finalize_with(&object, |()| 1, ());
            in_child_without(shard, || {
                let object = Strong::new(Object(()));
                let finalizer = finalize_with(&object, |()| 2, ());
                let is_listed = || EXIT.rolls().lock(shard).newest().is_some();
                assert!(is_listed());
                drop(object);
                assert!(!finalizer.is_alive() && !is_listed());
                assert_eq!(inherited.call(), Some(1));
            });
            assert_eq!(inherited.call(), Some(1));
        }
    }
}
