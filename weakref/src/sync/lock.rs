//! The lock of a weak list, and of a finalizer's state: two bits of a word that has other uses; waiters parked in
//! a static striped table. It guards moves of pointers only; whoever takes it must not call user code.
//!
//! Who locks or unlocks may change the rest of the word in the same step: an object's counts.

use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use super::{Bug, Word, order, seeded};

pub(crate) const LOCKED: u64 = 1 << 3;
/// Somebody may be parked. Set beside LOCKED, by a waiter; cleared by the unlock, which then wakes
/// everybody of the stripe.
pub(crate) const PARKED: u64 = 1 << 4;

/// Locks, and changes the rest of the word in the same step.
#[inline]
pub(crate) fn lock<W: Word>(word: &W, change: impl Fn(u64) -> u64) {
    if !W::IS_SHARED || seeded(Bug::NoLock) {
        update(word, change);
        return;
    }
    let mut now = word.guess();
    while now & LOCKED == 0 {
        // Acquire: pairs with the Release of the unlock before.
        let acquire = order(Acquire, Bug::RelaxedLock);
        match word.compare_exchange(now, change(now) | LOCKED, acquire, Relaxed) {
            Ok(_) => return,
            Err(other) => now = other,
        }
    }
    lock_slow(word, &change);
}

/// Unlocks, and changes the rest of the word in the same step; returns what it was. Must be called once, by the
/// thread that locked. The word is not touched after that step, so the next holder may free it.
#[inline]
pub(crate) fn unlock<W: Word>(word: &W, change: impl Fn(u64) -> u64) -> u64 {
    if !W::IS_SHARED || seeded(Bug::NoLock) {
        return update(word, change);
    }
    // The address serves only as a key here.
    let key = core::ptr::from_ref(word).addr();
    // Release: pairs with the Acquire of the next lock.
    let release = order(Release, Bug::RelaxedUnlock);
    let mut now = word.guess();
    while let Err(other) =
        word.compare_exchange(now, change(now & !(LOCKED | PARKED)), release, Relaxed)
    {
        now = other;
    }
    if now & PARKED != 0 && !seeded(Bug::NoWake) {
        parking::wake(key);
    }
    now
}

/// Changes a word that nobody locks, and returns what it was; where there are halves, of the lower one, to which all
/// changes are.
#[inline]
fn update<W: Word>(word: &W, change: impl Fn(u64) -> u64) -> u64 {
    if let Some(halves) = word.halves() {
        let old = u64::from(halves.lower.get());
        halves.set_lower(change(old));
        return old;
    }
    let mut now = word.guess();
    while let Err(other) = word.compare_exchange(now, change(now), Relaxed, Relaxed) {
        now = other;
    }
    now
}

#[cold]
fn lock_slow<W: Word>(word: &W, change: &dyn Fn(u64) -> u64) {
    #[cfg(not(any(loom, shuttle)))]
    for _ in 0..64 {
        core::hint::spin_loop();
        let now = word.load(Relaxed);
        // Acquire: as in `lock`.
        if now & LOCKED == 0
            && word
                .compare_exchange(now, change(now) | LOCKED, Acquire, Relaxed)
                .is_ok()
        {
            return;
        }
    }
    let key = core::ptr::from_ref(word).addr();
    parking::park_until(key, || lock_or_mark(word, change));
}

/// Locks, or leaves PARKED for the holder. The caller has the stripe: so if PARKED was there and is gone, an unlock
/// cleared it, and its wake-up is still to come.
fn lock_or_mark<W: Word>(word: &W, change: &dyn Fn(u64) -> u64) -> bool {
    let mut now = word.load(Relaxed);
    loop {
        let is_free = now & LOCKED == 0;
        if now & (LOCKED | PARKED) == LOCKED | PARKED {
            return false;
        }
        // A waiter cannot know whether others wait too, so it takes the lock with PARKED set; the price
        // is one wake-up too many.
        let next = if is_free { change(now) | LOCKED } else { now } | PARKED;
        // Acquire: as in `lock`.
        let acquire = order(Acquire, Bug::RelaxedLockOfWaiter);
        match word.compare_exchange(now, next, acquire, Relaxed) {
            Ok(_) => return is_free,
            Err(other) => now = other,
        }
    }
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
        // Locks stand in blocks of at least 24 bytes: the low bits say nothing.
        &TABLE[(key >> 4) % STRIPES]
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

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
