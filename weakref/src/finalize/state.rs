//! The state of a finalizer: one word, `[PARKED | LOCKED | ENROLLED | AT_EXIT | LIVE]`, each change of which is one
//! exchange.
//!
//! Who needs the object's block, or a share, *because* the finalizer is live, locks: a peek, `detach`, the claim of
//! the exit phase. While LOCKED is set nobody else changes the word, and a claim waits: so what is done under the lock
//! is done before the finalizer is consumed (F1, F4). All others, first of all the claims of deaths and calls, exchange
//! the word where it is not locked, and have nothing to give back.
//!
//! | operation | ordering | pairs with |
//! |---|---|---|
//! | a claim | Acquire | the Release of the unlock: who upgraded by the node's unit did so before that is given back |
//! | a claim | Release | the Acquire of the phase's lock: who was told that finalizers are inert has not claimed before the phase (X3) |
//! | a lock | Acquire | as a claim, and of one that comes too late |
//! | an unlock | Release | the Acquire of a claim, won or lost, and of the next lock |
//! | a look, and what `tell` exchanges | Acquire and Release | nothing in the crate: who finds it consumed may come after who did it |

use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use crate::sync::{Bug, Word, order, park_until, seeded, wake};

/// Nobody has consumed it.
const LIVE: u64 = 1;
const AT_EXIT: u64 = 1 << 1;
/// Somebody enrols it, or has: whoever consumes it strikes it off (X1).
const ENROLLED: u64 = 1 << 2;
const LOCKED: u64 = 1 << 3;
/// Somebody may be parked. Set while LOCKED is, by a waiter; cleared by the unlock, which then wakes everybody.
const PARKED: u64 = 1 << 4;

#[derive(Debug)]
pub(super) struct State<W>(W);

/// What the state was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen(u64);

impl Seen {
    #[inline]
    pub(super) fn is_live(self) -> bool {
        self.0 & LIVE != 0
    }

    #[inline]
    pub(super) fn is_due(self) -> bool {
        self.0 & (LIVE | AT_EXIT) == LIVE | AT_EXIT
    }

    #[inline]
    pub(super) fn is_enrolled(self) -> bool {
        self.0 & ENROLLED != 0
    }

    fn is_locked(self) -> bool {
        self.0 & LOCKED != 0
    }
}

impl<W: Word> State<W> {
    /// Live, and enrolled if it is meant to run at exit.
    #[inline]
    pub(super) fn new(at_exit: bool) -> Self {
        let exit = if at_exit { AT_EXIT | ENROLLED } else { 0 };
        Self(W::new(LIVE | exit))
    }

    #[inline]
    pub(super) fn look(&self) -> Seen {
        Seen(self.0.load(Acquire))
    }

    /// The state as it was, for one caller only, who then consumes the finalizer. Whoever is told `None` was told so by
    /// an unlocked state.
    #[inline]
    pub(super) fn claim(&self) -> Option<Seen> {
        let mut seen = Seen(self.0.load(order(Acquire, Bug::RelaxedClaim)));
        loop {
            if seen.is_locked() {
                seen = self.wait();
                continue;
            }
            if !seen.is_live() {
                return seeded(Bug::NoClaim).then_some(seen);
            }
            let (success, failure) = if seeded(Bug::RelaxedClaim) {
                (Release, Relaxed)
            } else {
                (AcqRel, Acquire)
            };
            let claimed = seen.0 & !LIVE;
            match self.0.compare_exchange(seen.0, claimed, success, failure) {
                Ok(_) => return Some(seen),
                Err(now) => seen = Seen(now),
            }
        }
    }

    /// Says whether it is to run at exit, and that it is enrolled, if it is: if it is live, which is returned.
    pub(super) fn tell(&self, at_exit: bool) -> bool {
        let mut seen = self.look();
        loop {
            if seen.is_locked() {
                seen = self.wait();
                continue;
            }
            let enrols = at_exit && seen.is_live();
            let mut told = seen.0 & !AT_EXIT;
            if at_exit {
                told |= AT_EXIT;
            }
            if enrols && !seeded(Bug::EnrolsUntold) {
                told |= ENROLLED;
            }
            match self.0.compare_exchange(seen.0, told, AcqRel, Acquire) {
                Ok(_) => return enrols,
                Err(now) => seen = Seen(now),
            }
        }
    }

    /// If it is live, locks, does what is asked and nothing else, and unlocks. If that says so, it consumes the
    /// finalizer. Whoever is told `None` was told so by an unlocked state.
    #[inline]
    pub(super) fn if_live<Q>(&self, f: impl FnOnce(Seen) -> (bool, Q)) -> Option<Q> {
        let seen = self.lock()?;
        let (consumes, result) = f(seen);
        self.unlock(consumes);
        Some(result)
    }

    fn lock(&self) -> Option<Seen> {
        let mut seen = self.look();
        loop {
            if seen.is_locked() {
                seen = self.wait();
                continue;
            }
            if !seen.is_live() {
                return None;
            }
            let locked = seen.0 | LOCKED;
            match self.0.compare_exchange(seen.0, locked, Acquire, Acquire) {
                Ok(_) => return Some(seen),
                Err(now) => seen = Seen(now),
            }
        }
    }

    fn unlock(&self, consumes: bool) {
        // The address is only a key here; the word is not touched after the exchange.
        let key = core::ptr::from_ref(self).addr();
        let cleared = LOCKED | PARKED | if consumes { LIVE } else { 0 };
        // Relaxed: only waiters change it meanwhile.
        let mut word = self.0.load(Relaxed);
        while let Err(now) = self.0.compare_exchange(
            word,
            word & !cleared,
            order(Release, Bug::RelaxedPeek),
            Relaxed,
        ) {
            word = now;
        }
        if word & PARKED != 0 && !seeded(Bug::NoWake) {
            wake(key);
        }
    }

    /// Waits until it is not locked.
    #[cold]
    #[inline(never)]
    fn wait(&self) -> Seen {
        #[cfg(not(any(loom, shuttle)))]
        for _ in 0..64 {
            core::hint::spin_loop();
            let seen = self.look();
            if !seen.is_locked() {
                return seen;
            }
        }
        let mut seen = self.look();
        // An attempt is made under the mutex of who parks, and so is the wake-up.
        park_until(core::ptr::from_ref(self).addr(), || {
            seen = self.look();
            while seen.is_locked() && seen.0 & PARKED == 0 {
                let parked = seen.0 | PARKED;
                seen = match self.0.compare_exchange(seen.0, parked, Relaxed, Acquire) {
                    Ok(_) => Seen(parked),
                    Err(now) => Seen(now),
                };
            }
            !seen.is_locked()
        });
        seen
    }
}
