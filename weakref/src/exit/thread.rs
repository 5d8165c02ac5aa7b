//! What each thread has of its own: the roll of its local objects' finalizers, and where it stands.

use core::cell::Cell;
use core::sync::atomic::Ordering;

use super::fork::FORKS;
#[cfg(not(loom))]
use super::phase::run_local;
use super::roll::{LATE, Roll, Taken, UNNUMBERED};
use crate::sync::raise;
use crate::unraisable::{Source, report};

/// Which exit phase a thread is running.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    None,
    /// The thread's own, for local slots.
    Local,
    /// The process's.
    Shared,
}

pub(super) struct Local {
    roll: Roll,
    /// Finalizers of local slots are inert, on this thread.
    pub(super) inert: Cell<bool>,
    /// The process exits on this thread, and nobody has asked yet.
    pub(super) exits: Cell<bool>,
    pub(super) phase: Cell<Phase>,
    /// How many forks there were when the phase began: what a parent's thread held a child does not hold.
    phase_forks: Cell<u32>,
    /// The generation of finalizers that are registered now, during a phase.
    pub(super) generation: Cell<u32>,
    /// The thread's shard, plus one.
    pub(super) shard: Cell<u32>,
    /// The number for the next finalizer that is enrolled here.
    number: Cell<u64>,
}

impl Local {
    const fn new() -> Self {
        Self {
            roll: Roll::new(),
            inert: Cell::new(false),
            exits: Cell::new(false),
            phase: Cell::new(Phase::None),
            phase_forks: Cell::new(0),
            generation: Cell::new(0),
            shard: Cell::new(0),
            number: Cell::new(UNNUMBERED + 1),
        }
    }

    /// The roll of the thread's local objects, in this process.
    pub(super) fn roll(&self) -> &Roll {
        self.roll.belong_to(FORKS.load(Ordering::Relaxed));
        &self.roll
    }

    pub(super) fn begin(&self, phase: Phase) {
        self.phase.set(phase);
        self.phase_forks.set(FORKS.load(Ordering::Relaxed));
    }

    /// Whether the phase that the thread is, or was, in began in this process.
    #[cfg(not(any(
        miri,
        loom,
        shuttle,
        all(target_family = "wasm", not(target_os = "wasi"))
    )))]
    pub(super) fn is_phase_of_this_process(&self) -> bool {
        self.phase_forks.get() == FORKS.load(Ordering::Relaxed)
    }

    /// Takes a number of the thread's own.
    pub(super) fn take_number(&self) -> u64 {
        let mut next = self.number.get();
        let number = next;
        raise(&mut next);
        self.number.set(next);
        number
    }

    /// Runs what the phase took; false when that was nothing.
    pub(super) fn finish(&self, taken: &Taken) -> bool {
        match *taken {
            Taken::Nothing => return false,
            Taken::Passed => {}
            Taken::Left(type_name) => {
                // Finalizers that the hook registers are too late as well.
                self.generation.set(LATE);
                let text = "not run: too many exit finalizers in a row registered the next";
                report(Source::ExitFinalizer, type_name, Box::new(text));
            }
            Taken::Claimed(finalizer, duty, generation) => {
                self.generation.set(generation + 1);
                // SAFETY: 1, the share of the claim keeps it; it was claimed from a roll with its duty, and is run once.
                unsafe { (duty.run)(finalizer) };
            }
        }
        true
    }
}

#[cfg(not(loom))]
thread_local! {
    // Without a destructor: it can be used while the thread's other locals are destroyed.
    static LOCAL: Local = const { Local::new() };
    /// Runs the thread's exit phase.
    static GUARD: Guard = const { Guard };
}
#[cfg(loom)]
crate::sync::explorer::thread_local! {
    static LOCAL: Local = Local::new();
}

/// Calls `f` with the state of the calling thread.
#[inline(always)]
pub(super) fn with_local<R>(f: impl FnOnce(&Local) -> R) -> R {
    // Only the address is taken inside `with`: with all of `f` in it, `with` would not be inlined, and would find the
    // address by a call.
    #[cfg(not(loom))]
    {
        let local = LOCAL.with(core::ptr::from_ref);
        // SAFETY: the thread's own, without a destructor: there as long as the thread runs anything.
        f(unsafe { &*local })
    }
    #[cfg(loom)]
    LOCAL.with(f)
}

#[cfg(not(loom))]
struct Guard;

#[cfg(not(loom))]
impl Drop for Guard {
    fn drop(&mut self) {
        run_local();
    }
}

/// Whether the thread's phase is still to come. Something is being enrolled for it, so this also registers the guard.
pub(super) fn is_guarded() -> bool {
    #[cfg(not(loom))]
    return GUARD.try_with(|_| ()).is_ok();
    #[cfg(loom)]
    true
}
