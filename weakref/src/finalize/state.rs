//! The state of a finalizer: one word, `[PARKED | LOCKED | ENROLLED | AT_EXIT | LIVE]`, with the same lock as the counts
//! of an object (`sync/lock.rs`).
//!
//! All that changes it locks, so that one claim wins. And who needs the object's block, or a share, *because* the
//! finalizer is live, does under the lock what needs it: a peek, `detach`, the claim of the exit phase. So that is done
//! before the finalizer is consumed (F1, F4). Who only asks looks without it: the answer may be old when it comes.
//!
//! | operation | ordering | pairs with |
//! |---|---|---|
//! | a lock | Acquire | the Release of the unlock: who upgraded by the node's unit did so before that is given back |
//! | an unlock | Release | the Acquire of the next lock; also: who was told that finalizers are inert has not claimed before the phase (X3) |
//! | a look | Acquire | the same Release: who finds it consumed may come after who did it |

use core::sync::atomic::Ordering::{Acquire, Relaxed};

use crate::sync::{Bug, LOCKED, PARKED, Word, lock, seeded, unlock};

/// Nobody has consumed it.
const LIVE: u64 = 1;
const AT_EXIT: u64 = 1 << 1;
/// Somebody enrols it, or has: whoever consumes it strikes it off (X1).
const ENROLLED: u64 = 1 << 2;

const _: () = assert!((LIVE | AT_EXIT | ENROLLED) & (LOCKED | PARKED) == 0);

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

    /// The state as it was, for one caller only, who then consumes the finalizer.
    #[inline]
    pub(super) fn claim(&self) -> Option<Seen> {
        let claimed = self.if_live(|seen| (true, seen));
        claimed.or_else(|| seeded(Bug::NoClaim).then(|| self.look()))
    }

    /// Says whether it is to run at exit, and that it is enrolled, if it is: if it is live, which is returned.
    pub(super) fn tell(&self, at_exit: bool) -> bool {
        lock(&self.0, |word| word);
        let enrols = at_exit && self.locked().is_live();
        let mut told = if at_exit { AT_EXIT } else { 0 };
        if enrols && !seeded(Bug::EnrolsUntold) {
            told |= ENROLLED;
        }
        unlock(&self.0, |word| word & !AT_EXIT | told);
        enrols
    }

    /// If it is live, does under the lock what is asked and nothing else. If that says so, it consumes the finalizer.
    #[inline]
    pub(super) fn if_live<Q>(&self, f: impl FnOnce(Seen) -> (bool, Q)) -> Option<Q> {
        lock(&self.0, |word| word);
        let seen = self.locked();
        let done = seen.is_live().then(|| f(seen));
        let consumed = if matches!(done, Some((true, _))) {
            LIVE
        } else {
            0
        };
        unlock(&self.0, |word| word & !consumed);
        done.map(|(_, result)| result)
    }

    /// The state, under its lock.
    fn locked(&self) -> Seen {
        // Relaxed: nobody changes it meanwhile.
        Seen(self.0.load(Relaxed))
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
