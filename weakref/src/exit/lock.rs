//! The lock of a roll: a word that is taken by an exchange and given back by a store.
//!
//! Every finalizer is put in a roll and struck off, and a few pointers are moved meanwhile. A lock that tells those who
//! wait must ask whether anybody does as it is given back, and that is a locked instruction as dear as the first. Here
//! nobody is told. Who finds it taken looks again: at once, then after others had their turn, then after a nap, so that
//! it is given back even by a thread that gets no turn while this one is awake. The rolls are as many as to make that rare.
//!
//! | operation | ordering | pairs with |
//! |---|---|---|
//! | the exchange | Acquire | the Release of who had it before: the roll is as that one left it, and so is the word that says whether finalizers are inert (X2, X3) |
//! | the store | Release | the Acquire of the next |

use core::cell::UnsafeCell;
use core::ops::Deref;
#[cfg(not(loom))]
use core::sync::atomic::AtomicUsize;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};

#[cfg(loom)]
use crate::sync::AtomicUsize;
use crate::sync::{Bug, order};

const FREE: usize = 0;
const TAKEN: usize = 1;

pub(super) struct Lock<T> {
    word: AtomicUsize,
    guarded: UnsafeCell<T>,
}

// SAFETY: `guarded` is reached through a `Guard` only, of which there is one at a time, and each comes after the one
// before. `T` is used by one thread after the other, and that it is `Send`.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    #[cfg(not(loom))]
    pub(super) const fn new(guarded: T) -> Self {
        Self {
            word: AtomicUsize::new(FREE),
            guarded: UnsafeCell::new(guarded),
        }
    }

    #[cfg(loom)]
    pub(super) fn new(guarded: T) -> Self {
        Self {
            word: AtomicUsize::new(FREE),
            guarded: UnsafeCell::new(guarded),
        }
    }

    #[inline]
    pub(super) fn lock(&self) -> Guard<'_, T> {
        if !self.try_lock() {
            self.wait();
        }
        Guard(self)
    }

    #[inline]
    fn try_lock(&self) -> bool {
        let acquire = order(Acquire, Bug::RelaxedRollLock);
        (self.word)
            .compare_exchange(FREE, TAKEN, acquire, Relaxed)
            .is_ok()
    }

    /// Waits, and takes it.
    #[cold]
    #[inline(never)]
    fn wait(&self) {
        #[cfg(loom)]
        while !self.try_lock() {
            crate::sync::explorer::thread::yield_now();
        }
        #[cfg(not(loom))]
        for look in 0_u32.. {
            match look {
                0..64 => core::hint::spin_loop(),
                64..80 => std::thread::yield_now(),
                _ => std::thread::sleep(NAP),
            }
            if self.word.load(Relaxed) == FREE && self.try_lock() {
                return;
            }
        }
    }
}

#[cfg(not(loom))]
const NAP: core::time::Duration = core::time::Duration::from_micros(100);

/// What is guarded by a lock, which is taken for as long as this lives.
pub(super) struct Guard<'a, T>(&'a Lock<T>);

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: valid, and nobody has a mutable reference: none is made.
        unsafe { &*self.0.guarded.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.0.word.store(FREE, order(Release, Bug::RelaxedRoll));
    }
}
