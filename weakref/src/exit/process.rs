//! What the threads of a process share: the rolls, and how far the phase is.

use core::ops::Deref;
use core::sync::atomic::{AtomicU32, Ordering};
use std::sync::PoisonError;

#[cfg(not(loom))]
use core::sync::atomic::AtomicUsize;
#[cfg(not(loom))]
use std::sync::{Mutex, MutexGuard};

#[cfg(loom)]
use crate::sync::AtomicUsize;
#[cfg(loom)]
use crate::sync::explorer::sync::{Mutex, MutexGuard};

use super::roll::{Enrolled, Roll, Taken, UNNUMBERED};
use crate::sync::{Bug, Sequence, seeded};

pub(super) const SHARDS: usize = if cfg!(loom) { 2 } else { 8 };

/// On cache lines of its own: two, since processors fetch them in pairs. What one thread writes here does not
/// slow the others down.
#[repr(align(128))]
pub(super) struct Apart<T>(T);

impl<T> Deref for Apart<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// How many finalizers the phase runs that other threads make while it is under way. They may make them faster
/// than they run.
const STRANGERS: u32 = 100;

const OPEN: usize = 0;
/// The phase lets in only what its own finalizers make.
pub(super) const CLOSING: usize = 1;
pub(super) const INERT: usize = 2;

/// The finalizers that threads outside of the phase made since it began.
pub(super) struct Strangers {
    /// The number of the first that counts.
    pub(super) from: u64,
    /// How many were found.
    pub(super) found: u32,
}

impl Strangers {
    pub(super) fn is_one(&self, enrolled: &Enrolled) -> bool {
        enrolled.generation.get() == 0 && enrolled.number.get() >= self.from
    }

    /// Counts the newest of all, if it is one of them.
    fn are_too_many(&mut self, newest: &Enrolled) -> bool {
        self.found += u32::from(self.is_one(newest));
        self.found > STRANGERS
    }
}

/// What the threads of a process share.
pub(super) struct Exit {
    rolls: [Apart<Mutex<Roll>>; SHARDS],
    /// Held by the thread that runs the exit phase.
    pub(super) phase: Mutex<()>,
    /// How far the phase of synchronised slots is: OPEN, CLOSING, INERT (X2, X3).
    pub(super) state: Apart<AtomicUsize>,
    /// For the next to be enrolled. Relaxed: taken under the lock of a roll, which orders each roll.
    pub(super) number: Apart<Sequence>,
    /// For the next thread. Relaxed: it only spreads them.
    pub(super) shard: AtomicU32,
}

impl Exit {
    #[cfg(not(loom))]
    const fn new() -> Self {
        Self {
            rolls: [const { Apart(Mutex::new(Roll::new())) }; SHARDS],
            phase: Mutex::new(()),
            state: Apart(AtomicUsize::new(OPEN)),
            number: Apart(Sequence::new(UNNUMBERED + 1)),
            shard: AtomicU32::new(0),
        }
    }

    #[cfg(loom)]
    fn new() -> Self {
        Self {
            rolls: core::array::from_fn(|_| Apart(Mutex::new(Roll::new()))),
            phase: Mutex::new(()),
            state: Apart(AtomicUsize::new(OPEN)),
            number: Apart(Sequence::new(UNNUMBERED + 1)),
            shard: AtomicU32::new(0),
        }
    }

    pub(super) fn lock(&self, shard: usize) -> MutexGuard<'_, Roll> {
        self.rolls[shard]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Strikes the newest of all off, or makes finalizers inert if there is none (X2). When too many were
    /// made meanwhile by threads outside of the phase, it lets no more of theirs in.
    pub(super) fn take_newest(&self, forked: bool, strangers: &mut Strangers) -> Taken {
        // After a fork a lock may be held by a thread that does not exist here.
        let rolls: [_; SHARDS] = core::array::from_fn(|shard| {
            if forked {
                self.rolls[shard].try_lock().ok()
            } else {
                Some(self.lock(shard))
            }
        });
        let newest = rolls
            .iter()
            .flatten()
            .filter_map(|roll| Some((roll.newest()?.number.get(), roll)))
            .max_by_key(|&(number, _)| number);
        let newest = newest.map(|(_, roll)| roll);
        let taken = match newest.and_then(|roll| roll.newest()) {
            Some(newest) if strangers.are_too_many(newest) => {
                strangers.found = 0;
                self.state.swap(CLOSING, Ordering::Relaxed);
                rolls
                    .iter()
                    .flatten()
                    .for_each(|roll| roll.strike_those(strangers));
                Taken::Passed
            }
            _ => newest.map_or(Taken::Nothing, |roll| roll.take_newest()),
        };
        if seeded(Bug::InertUnlocked) {
            drop(rolls);
        }
        if let Taken::Nothing = taken {
            self.state.swap(INERT, Ordering::Relaxed);
        }
        taken
    }
}

#[cfg(not(loom))]
pub(super) static EXIT: Exit = Exit::new();
#[cfg(loom)]
crate::sync::explorer::lazy_static! {
    pub(super) static ref EXIT: Exit = Exit::new();
}
