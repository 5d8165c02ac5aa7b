//! What the threads of a process share: the rolls, and how far the phase is.

use core::ops::Deref;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use std::sync::PoisonError;

#[cfg(not(loom))]
use core::sync::atomic::AtomicUsize;
#[cfg(not(loom))]
use std::sync::{Mutex, MutexGuard};

#[cfg(loom)]
use crate::sync::AtomicUsize;
#[cfg(loom)]
use crate::sync::explorer::sync::{Mutex, MutexGuard};

use super::fork::FORKS;
use super::roll::{Enrolled, Roll, Taken, UNNUMBERED};
use crate::sync::{Bug, Sequence, seeded};

pub(super) const SHARDS: u32 = if cfg!(loom) { 2 } else { 8 };
pub(super) const ROLLS: usize = SHARDS as usize;

/// On cache lines of its own: two, since processors fetch them in pairs. A thread that writes here does not slow down
/// others.
#[repr(align(128))]
pub(super) struct Apart<T>(T);

impl<T> Deref for Apart<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// How many finalizers the phase runs that other threads make in the meantime. They may make them faster than the
/// phase runs them.
const STRANGERS: u32 = if cfg!(loom) { 1 } else { 100 };

const OPEN: usize = 0;
pub(super) const INERT: usize = 1;

/// The finalizers that threads outside of the phase made since it began.
pub(super) struct Strangers {
    /// The number taken when the phase began; finalizers with a later one count.
    pub(super) from: u64,
    /// How many were found.
    pub(super) found: u32,
}

impl Strangers {
    pub(super) fn is_one(&self, enrolled: &Enrolled) -> bool {
        enrolled.generation.get() == 0 && enrolled.made.get() > self.from
    }

    /// Counts the newest finalizer of all, if a stranger made it.
    fn are_too_many(&mut self, newest: &Enrolled) -> bool {
        self.found += u32::from(self.is_one(newest));
        self.found > STRANGERS
    }
}

/// What the threads of one process lock: a forked child has its own. What it inherits may be locked by threads that
/// it does not have, and half changed; it runs nothing of that, and never looks at it again.
pub(super) struct Rolls {
    /// How many forks there were before this process.
    forks: u32,
    by_shard: [Apart<Mutex<Roll>>; ROLLS],
    /// Held by the thread that runs the exit phase.
    pub(super) phase: Mutex<()>,
    #[expect(dead_code, reason = "says that those of its forebears were not lost")]
    forebears: Option<&'static Self>,
}

impl Rolls {
    #[cfg(not(loom))]
    const fn new(forks: u32, forebears: Option<&'static Self>) -> Self {
        Self {
            forks,
            by_shard: [const { Apart(Mutex::new(Roll::new())) }; ROLLS],
            phase: Mutex::new(()),
            forebears,
        }
    }

    #[cfg(loom)]
    fn new(forks: u32, forebears: Option<&'static Self>) -> Self {
        Self {
            forks,
            by_shard: core::array::from_fn(|_| Apart(Mutex::new(Roll::new()))),
            phase: Mutex::new(()),
            forebears,
        }
    }

    #[inline]
    pub(super) fn lock(&self, shard: u32) -> MutexGuard<'_, Roll> {
        let roll = self.by_shard[shard as usize].lock();
        let roll = roll.unwrap_or_else(PoisonError::into_inner);
        roll.belong_to(self.forks);
        roll
    }
}

impl Rolls {
    /// Locks each once while no other is: on some systems a lock takes memory then, from an allocator whose code may ask for a
    /// roll.
    pub(super) fn warm_up(&self) {
        (0..SHARDS).for_each(|shard| drop(self.lock(shard)));
    }
}

/// The exit phase of the process.
pub(super) struct Exit {
    first: Rolls,
    /// The rolls of the youngest process that has made its own. Release and Acquire: whoever finds them can use them.
    forked: AtomicPtr<Rolls>,
    /// Whether finalizers of synchronised slots are inert: OPEN, INERT (X2, X3).
    pub(super) state: Apart<AtomicUsize>,
    /// The number for the next finalizer. Relaxed: it is taken under the lock of a roll, which orders the roll.
    pub(super) number: Apart<Sequence>,
    /// The shard for the next thread. Relaxed: it only spreads threads.
    pub(super) shard: AtomicU32,
}

impl Exit {
    #[cfg(not(loom))]
    const fn new() -> Self {
        Self {
            first: Rolls::new(0, None),
            forked: AtomicPtr::new(null_mut()),
            state: Apart(AtomicUsize::new(OPEN)),
            number: Apart(Sequence::new(UNNUMBERED + 1)),
            shard: AtomicU32::new(0),
        }
    }

    #[cfg(loom)]
    fn new() -> Self {
        Self {
            first: Rolls::new(0, None),
            forked: AtomicPtr::new(null_mut()),
            state: Apart(AtomicUsize::new(OPEN)),
            number: Apart(Sequence::new(UNNUMBERED + 1)),
            shard: AtomicU32::new(0),
        }
    }

    /// The rolls of this process. Waits for nobody.
    #[inline]
    pub(super) fn rolls(&self) -> &Rolls {
        // Relaxed: it never changes within a process.
        match FORKS.load(Ordering::Relaxed) {
            0 => &self.first,
            forks => self.of_child(forks),
        }
    }

    /// A child makes its rolls when it first needs them, because a fork handler may not allocate.
    #[cold]
    fn of_child(&self, forks: u32) -> &Rolls {
        let found = self.forked.load(Ordering::Acquire);
        // SAFETY: null, or leaked below.
        let forebears = unsafe { found.as_ref() };
        if let Some(rolls) = forebears.filter(|rolls| rolls.forks == forks) {
            return rolls;
        }
        let new = Box::into_raw(Box::new(Rolls::new(forks, forebears)));
        let exchanged =
            self.forked
                .compare_exchange(found, new, Ordering::AcqRel, Ordering::Acquire);
        let ours = match exchanged {
            Ok(_) => new,
            Err(others) => {
                // SAFETY: from a box, and nobody else was told of it.
                drop(unsafe { Box::from_raw(new) });
                others
            }
        };
        // SAFETY: not null, leaked here or by another thread of this process, which makes none but its own.
        unsafe { &*ours }
    }

    /// Strikes off the newest finalizer of all; if there is none, makes finalizers inert (X2). Once other threads
    /// have made too many in the meantime, it admits no more of theirs.
    ///
    /// It waits for each roll: one that another thread holds for a moment may list what would be lost.
    pub(super) fn take_newest(&self, strangers: &mut Strangers) -> Taken {
        let own = self.rolls();
        // Locked in the order that all code follows when it locks several.
        let mut shard = 0;
        let rolls = [(); ROLLS].map(|()| {
            let roll = own.lock(shard);
            shard += 1;
            roll
        });
        let newest = rolls
            .iter()
            .filter_map(|roll| Some((roll.newest()?.number.get(), roll)))
            .max_by_key(|&(number, _)| number);
        let newest = newest.map(|(_, roll)| roll);
        let taken = match newest.and_then(|roll| roll.newest()) {
            Some(newest) if strangers.are_too_many(newest) => {
                strangers.found = 0;
                for roll in &rolls {
                    roll.close(strangers);
                }
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
