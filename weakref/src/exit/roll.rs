//! A roll: the live finalizers of a few threads, or of one, newest first. It is no lock; who uses one
//! holds what guards it.

use core::cell::Cell;

use super::process::Strangers;
use crate::sync::{Bug, seeded};

/// How many generations of finalizers that exit finalizers register are run.
const GENERATIONS: u32 = 32;

/// The generation of finalizers that are no longer enrolled: they would only be left over and reported again.
pub(super) const LATE: u32 = GENERATIONS + 2;

/// The number of a finalizer that was never enrolled.
pub(super) const UNNUMBERED: u64 = 0;

/// A live finalizer's place in a roll. All but what [`assign`](super::assign) sets for good is guarded by the
/// roll.
#[derive(Debug)]
pub(crate) struct Enrolled {
    newer: Cell<*const Self>,
    older: Cell<*const Self>,
    pub(super) number: Cell<u64>,
    /// The number that was next when the finalizer was made. Once known, it never changes.
    pub(super) made: Cell<u64>,
    /// The forks of the roll that lists it, or listed it last.
    forks: Cell<u32>,
    /// 0, or one more than that of the exit finalizer that registered it.
    pub(super) generation: Cell<u32>,
    pub(super) shard: Cell<u32>,
    pub(super) listing: Cell<Listing>,
    pub(super) finalizer: Cell<*const ()>,
    pub(super) duty: &'static Duty,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listing {
    /// Never listed, or passed by.
    None,
    Listed,
    /// Consumed, and never listed again (X1).
    Gone,
}

/// What the exit phase asks of a finalizer, by its address. None may unwind.
#[derive(Debug)]
pub(crate) struct Duty {
    /// Whether it is live and meant to run at exit.
    ///
    /// # Safety
    ///
    /// 1. The finalizer is of the duty's slot, and not freed during the call.
    pub(crate) is_due: unsafe fn(*const ()) -> bool,
    /// Consumes it, with a share of the node, if it is live and meant to run at exit.
    ///
    /// # Safety
    ///
    /// 1. As for `is_due`.
    pub(crate) claim: unsafe fn(*const ()) -> bool,
    /// Runs what was claimed, and gives the share up.
    ///
    /// # Safety
    ///
    /// 1. As for `is_due`; the caller claimed it from a roll, by `claim`, and runs it once.
    pub(crate) run: unsafe fn(*const ()),
    /// The name of the referent's type.
    ///
    /// # Safety
    ///
    /// 1. As for `is_due`.
    pub(crate) type_name: unsafe fn(*const ()) -> &'static str,
}

impl Enrolled {
    pub(crate) fn new(duty: &'static Duty) -> Self {
        Self {
            newer: Cell::new(core::ptr::null()),
            older: Cell::new(core::ptr::null()),
            number: Cell::new(UNNUMBERED),
            made: Cell::new(UNNUMBERED),
            forks: Cell::new(0),
            generation: Cell::new(0),
            shard: Cell::new(0),
            listing: Cell::new(Listing::None),
            finalizer: Cell::new(core::ptr::null()),
            duty,
        }
    }
}

/// Live finalizers, newest first, of one process.
pub(super) struct Roll {
    /// How many forks there were before that process.
    forks: Cell<u32>,
    newest: Cell<*const Enrolled>,
    /// Finalizers that strangers made after this number was taken are not admitted.
    closed: Cell<u64>,
}

// SAFETY: only the shards are shared: they hold finalizers of synchronised slots, whose actions are
// `Send`, and are used under their mutex.
unsafe impl Send for Roll {}

impl Roll {
    pub(super) const fn new() -> Self {
        Self {
            forks: Cell::new(0),
            newest: Cell::new(core::ptr::null()),
            closed: Cell::new(u64::MAX),
        }
    }

    /// Forgets what was listed before the last of `forks`, if it was not yet forgotten: a child does not run what its
    /// parent enrolled.
    pub(super) fn belong_to(&self, forks: u32) {
        if self.forks.replace(forks) != forks {
            self.newest.set(core::ptr::null());
            self.closed.set(u64::MAX);
        }
    }

    pub(super) fn newest(&self) -> Option<&Enrolled> {
        // SAFETY: null, or enrolled (X1).
        unsafe { self.newest.get().as_ref() }
    }

    /// Whether strangers made it after the phase was closed to theirs.
    pub(super) fn is_closed_to(&self, enrolled: &Enrolled) -> bool {
        let from = self.closed.get();
        let is_closed = from != u64::MAX && seeded(Bug::ClosedToAll);
        Strangers { from, found: 0 }.is_one(enrolled) || is_closed && enrolled.generation.get() == 0
    }

    /// Lists a finalizer by its number. It comes first, unless the phase had passed it by.
    pub(super) fn insert(&self, new: &Enrolled) {
        let (mut newer, mut next) = (None::<&Enrolled>, self.newest.get());
        // SAFETY: null, or enrolled (X1).
        while let Some(listed) = unsafe { next.as_ref() } {
            if listed.number.get() < new.number.get() {
                listed.newer.set(new);
                break;
            }
            (newer, next) = (Some(listed), listed.older.get());
        }
        new.newer
            .set(newer.map_or(core::ptr::null(), core::ptr::from_ref));
        new.older.set(next);
        new.forks.set(self.forks.get());
        new.listing.set(Listing::Listed);
        newer.map_or(&self.newest, |newer| &newer.older).set(new);
    }

    /// Strikes off one that was consumed, for good.
    pub(super) fn strike_for_good(&self, old: &Enrolled) {
        self.strike(old);
        old.listing.set(Listing::Gone);
    }

    fn strike(&self, old: &Enrolled) {
        if old.listing.get() != Listing::Listed {
            return;
        }
        old.listing.set(Listing::None);
        if old.forks.get() != self.forks.get() {
            // A forebear's roll lists it, where nobody looks any more. Its neighbours there may be gone.
            return;
        }
        let (newer, older) = (old.newer.get(), old.older.get());
        // SAFETY: null, or enrolled (X1).
        match unsafe { newer.as_ref() } {
            Some(newer) => newer.older.set(older),
            None => self.newest.set(older),
        }
        // SAFETY: null, or enrolled (X1).
        if let Some(older) = unsafe { older.as_ref() } {
            older.newer.set(newer);
        }
    }

    /// Strikes off the finalizers that strangers have made, and admits no more of theirs.
    pub(super) fn close(&self, strangers: &Strangers) {
        self.closed.set(strangers.from);
        let mut next = self.newest();
        while let Some(newest) = next.filter(|newest| newest.number.get() > strangers.from) {
            // SAFETY: null, or enrolled (X1).
            next = unsafe { newest.older.get().as_ref() };
            if strangers.is_one(newest) {
                self.strike(newest);
            }
        }
    }

    /// Strikes the newest off.
    pub(super) fn take_newest(&self) -> Taken {
        let Some(newest) = self.newest() else {
            return Taken::Nothing;
        };
        self.strike(newest);
        let (finalizer, duty) = (newest.finalizer.get(), newest.duty);
        let generation = newest.generation.get();
        if generation > GENERATIONS {
            // SAFETY: 1, the duty is of its slot; enrolled until now, and whoever consumes it asks for this roll
            // before it gives its share up (X1).
            if !unsafe { (duty.is_due)(finalizer) } {
                return Taken::Passed;
            }
            // Otherwise a hook that sees the report and sets `at_exit` again could go on for ever.
            newest.generation.set(LATE);
            // SAFETY: 1, the duty is of its slot, and it is not freed, as above (X1).
            return Taken::Left(unsafe { (duty.type_name)(finalizer) });
        }
        // SAFETY: 1, the duty is of its slot; enrolled until now, and whoever consumes it asks for this roll before
        // it gives its share up (X1).
        if unsafe { (duty.claim)(finalizer) } {
            Taken::Claimed(finalizer, duty, generation)
        } else {
            Taken::Passed
        }
    }
}

pub(super) enum Taken {
    Nothing,
    /// Consumed by somebody else, or not meant to run at exit.
    Passed,
    /// One generation too many.
    Left(&'static str),
    Claimed(*const (), &'static Duty, u32),
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
