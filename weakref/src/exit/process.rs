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

use super::fork::LOST_ROLLS;
use super::roll::{Enrolled, Roll, Taken, UNNUMBERED};
use crate::sync::{Bug, Sequence, seeded};

pub(super) const SHARDS: u32 = if cfg!(loom) { 2 } else { 8 };
pub(super) const ROLLS: usize = SHARDS as usize;

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
const STRANGERS: u32 = if cfg!(loom) { 1 } else { 100 };

const OPEN: usize = 0;
pub(super) const INERT: usize = 1;

/// The finalizers that threads outside of the phase made since it began.
pub(super) struct Strangers {
    /// The phase's own number: what was made after it was taken counts.
    pub(super) from: u64,
    /// How many were found.
    pub(super) found: u32,
}

impl Strangers {
    pub(super) fn is_one(&self, enrolled: &Enrolled) -> bool {
        enrolled.generation.get() == 0 && enrolled.made.get() > self.from
    }

    /// Counts the newest of all, if it is one of them.
    fn are_too_many(&mut self, newest: &Enrolled) -> bool {
        self.found += u32::from(self.is_one(newest));
        self.found > STRANGERS
    }
}

/// What the threads of a process share.
pub(super) struct Exit {
    rolls: [Apart<Mutex<Roll>>; ROLLS],
    /// Held by the thread that runs the exit phase.
    pub(super) phase: Mutex<()>,
    /// Whether finalizers of synchronised slots are inert: OPEN, INERT (X2, X3).
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
            rolls: [const { Apart(Mutex::new(Roll::new())) }; ROLLS],
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

    pub(super) fn lock(&self, shard: u32) -> MutexGuard<'_, Roll> {
        lock(&self.rolls[shard as usize])
    }

    /// In the order in which several are locked.
    pub(super) fn rolls(&self) -> [&Mutex<Roll>; ROLLS] {
        self.rolls.each_ref().map(|roll| &**roll)
    }

    /// Strikes the newest of all off, or makes finalizers inert if there is none (X2). When too many were
    /// made meanwhile by threads outside of the phase, it lets no more of theirs in.
    ///
    /// It waits for each roll, in a forked child too: one that another thread holds for a moment may list what
    /// would be lost. Only what a thread may hold that does not exist here is passed by.
    pub(super) fn take_newest(&self, strangers: &mut Strangers) -> Taken {
        let lost = LOST_ROLLS.load(Ordering::Relaxed);
        let mut at = 0;
        let rolls = self.rolls().map(|roll| {
            let is_lost = lost >> at & 1 != 0;
            at += 1;
            if is_lost {
                roll.try_lock().ok()
            } else {
                Some(lock(roll))
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
                rolls
                    .iter()
                    .flatten()
                    .for_each(|roll| roll.close(strangers));
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

fn lock(roll: &Mutex<Roll>) -> MutexGuard<'_, Roll> {
    roll.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(not(loom))]
pub(super) static EXIT: Exit = Exit::new();
#[cfg(loom)]
crate::sync::explorer::lazy_static! {
    pub(super) static ref EXIT: Exit = Exit::new();
}
