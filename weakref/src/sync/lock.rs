//! The lock of a weak list: two bits of one word, waiters parked in a static striped table. It
//! guards moves of pointers only; whoever takes it must not call user code.

use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use super::{AtomicUsize, Bug, Lock, order, seeded};

const LOCKED: usize = 1;
/// Somebody may be parked. Set together with LOCKED, by a waiter; cleared by the unlock, which then
/// wakes everybody of the stripe.
const PARKED: usize = 2;

/// The lock of a synchronised slot.
#[derive(Debug)]
pub(crate) struct SlotLock(AtomicUsize);

impl Lock for SlotLock {
    #[inline]
    fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    #[inline]
    fn lock(&self) {
        if seeded(Bug::NoLock) {
            return;
        }
        // Acquire: pairs with the Release of the unlock before.
        if self
            .0
            .compare_exchange(0, LOCKED, order(Acquire, Bug::RelaxedLock), Relaxed)
            .is_err()
        {
            self.lock_slow();
        }
    }

    #[inline]
    fn unlock(&self) {
        if seeded(Bug::NoLock) {
            return;
        }
        // The address is only a key here; the word is not touched after the swap.
        let key = core::ptr::from_ref(self).addr();
        // Release: pairs with the Acquire of the next lock.
        let waiters = self.0.swap(0, order(Release, Bug::RelaxedUnlock)) & PARKED != 0;
        if waiters && !seeded(Bug::NoWake) {
            parking::wake(key);
        }
    }
}

impl SlotLock {
    #[cold]
    fn lock_slow(&self) {
        #[cfg(not(any(loom, shuttle)))]
        for _ in 0..64 {
            core::hint::spin_loop();
            // Acquire: as in `lock`.
            if self
                .0
                .compare_exchange_weak(0, LOCKED, Acquire, Relaxed)
                .is_ok()
            {
                return;
            }
        }
        let key = core::ptr::from_ref(self).addr();
        parking::park_until(key, || {
            // A waiter cannot know whether others wait too, so it takes the lock with PARKED set;
            // the price is one wake-up too many. Acquire: as in `lock`. The swap leaves a held lock
            // held, and tells its holder that somebody waits.
            self.0
                .swap(LOCKED | PARKED, order(Acquire, Bug::RelaxedLockOfWaiter))
                == 0
        });
    }
}

/// The lock of a local slot: one thread, so there is nothing to lock.
#[derive(Debug)]
pub(crate) struct NoLock;

impl Lock for NoLock {
    #[inline(always)]
    fn new() -> Self {
        Self
    }
    #[inline(always)]
    fn lock(&self) {}
    #[inline(always)]
    fn unlock(&self) {}
}

#[cfg(not(any(loom, shuttle)))]
pub(crate) mod parking {
    use std::sync::{Condvar, Mutex, PoisonError};

    struct Stripe {
        mutex: Mutex<()>,
        woken: Condvar,
    }

    const STRIPES: usize = 64;

    static TABLE: [Stripe; STRIPES] = [const {
        Stripe {
            mutex: Mutex::new(()),
            woken: Condvar::new(),
        }
    }; STRIPES];

    fn stripe(key: usize) -> &'static Stripe {
        // Locks stand in blocks of at least 32 bytes: the low bits say nothing.
        &TABLE[(key >> 5) % STRIPES]
    }

    pub(crate) fn park_until(key: usize, mut try_lock: impl FnMut() -> bool) {
        let stripe = stripe(key);
        let mut held = stripe.mutex.lock().unwrap_or_else(PoisonError::into_inner);
        // The attempt is made under the stripe's mutex, and so is the wake-up: an unlock after a
        // failed attempt cannot wake before we wait.
        while !try_lock() {
            held = stripe
                .woken
                .wait(held)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    #[cold]
    pub(crate) fn wake(key: usize) {
        let stripe = stripe(key);
        drop(stripe.mutex.lock().unwrap_or_else(PoisonError::into_inner));
        stripe.woken.notify_all();
    }
}

#[cfg(any(loom, shuttle))]
pub(crate) mod parking {
    use std::sync::PoisonError;

    use crate::sync::explorer::lazy_static;
    use crate::sync::explorer::sync::{Condvar, Mutex};

    lazy_static! {
        static ref STRIPE: (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new());
    }

    pub(crate) fn park_until(_: usize, mut try_lock: impl FnMut() -> bool) {
        let mut held = STRIPE.0.lock().unwrap_or_else(PoisonError::into_inner);
        while !try_lock() {
            held = STRIPE.1.wait(held).unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(crate) fn wake(_: usize) {
        drop(STRIPE.0.lock().unwrap_or_else(PoisonError::into_inner));
        STRIPE.1.notify_all();
    }
}
