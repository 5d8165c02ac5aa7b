//! Forks. A child runs what it made, and nothing of its forebears; what these had locked it finds free.

use core::sync::atomic::AtomicBool;
use core::sync::atomic::AtomicU32;

/// How many forks there were between the first process and this one.
pub(super) static FORKS: AtomicU32 = AtomicU32::new(0);

/// Whether a thread that does not exist in this process may hold the lock of the phase.
pub(super) static PHASE_IS_LOST: AtomicBool = AtomicBool::new(false);

/// The rolls, a bit each, that such a thread may hold.
pub(super) static LOST_ROLLS: AtomicU32 = AtomicU32::new(0);

/// Counts a fork, in the child. A count that came around would make a child run what its forebears
/// enrolled.
#[cfg(all(unix, any(test, not(miri)), not(any(loom, shuttle))))]
pub(crate) fn count_fork() {
    use core::sync::atomic::Ordering::Relaxed;

    if FORKS.fetch_add(1, Relaxed) > u32::MAX / 2 {
        crate::sync::overflow();
    }
}

#[cfg(all(test, unix, not(any(loom, shuttle))))]
pub(crate) fn pretend_forks(forks: u32) {
    FORKS.store(forks, core::sync::atomic::Ordering::Relaxed);
}

#[cfg(all(unix, not(any(miri, loom, shuttle))))]
pub(super) use handlers::{in_child, in_parent, prepare};

/// What the process does around a fork: the thread that forks holds every roll meanwhile, so that in the child
/// none is locked by a thread that is not there, nor left half changed.
#[cfg(all(unix, not(any(miri, loom, shuttle))))]
mod handlers {
    use core::cell::RefCell;
    use core::mem::ManuallyDrop;
    use core::sync::atomic::Ordering::Relaxed;
    use std::sync::{MutexGuard, TryLockError};
    use std::time::Duration;

    use super::{LOST_ROLLS, PHASE_IS_LOST, count_fork};
    use crate::exit::process::{EXIT, ROLLS};
    use crate::exit::roll::Roll;
    use crate::exit::thread::{LOCAL, Phase};

    struct Held {
        /// None of a roll that did not become free.
        rolls: [Option<MutexGuard<'static, Roll>>; ROLLS],
        phase: Option<MutexGuard<'static, ()>>,
    }

    thread_local! {
        /// What this thread holds around a fork. Without a destructor: it can be used while the thread's
        /// other locals are destroyed.
        static HELD: RefCell<ManuallyDrop<Option<Held>>> =
            const { RefCell::new(ManuallyDrop::new(None)) };
    }

    /// How often a roll is tried, and after how many times with a millisecond between.
    const TRIES: u32 = 1100;
    const QUICK_TRIES: u32 = 100;

    /// Takes every roll, in their order. It does not wait for ever: if a signal handler forks, the thread may
    /// hold one itself, and the child is where it would be without.
    pub(in crate::exit) extern "C" fn prepare() {
        HELD.with(|held| {
            // Registered twice, it is called twice.
            if let Ok(mut held) = held.try_borrow_mut() {
                if held.is_none() {
                    **held = Some(Held {
                        rolls: EXIT.rolls().map(|roll| {
                            (0..TRIES).find_map(|at| match roll.try_lock() {
                                Ok(roll) => Some(roll),
                                Err(TryLockError::Poisoned(roll)) => Some(roll.into_inner()),
                                Err(TryLockError::WouldBlock) if at < QUICK_TRIES => {
                                    std::thread::yield_now();
                                    None
                                }
                                Err(TryLockError::WouldBlock) => {
                                    std::thread::sleep(Duration::from_millis(1));
                                    None
                                }
                            })
                        }),
                        phase: EXIT.phase.try_lock().ok(),
                    });
                }
            }
        });
    }

    pub(in crate::exit) extern "C" fn in_parent() {
        release();
    }

    /// All that may be done here: to store, to unlock what this thread locked, and to abort.
    pub(in crate::exit) extern "C" fn in_child() {
        count_fork();
        if let Some(held) = release() {
            // A thread that forks in the phase has it here too.
            let is_ours = LOCAL.with(|local| local.phase.get() == Phase::Shared);
            if held.phase.is_none() && !is_ours {
                PHASE_IS_LOST.store(true, Relaxed);
            }
            for (at, roll) in held.rolls.iter().enumerate() {
                if roll.is_none() {
                    LOST_ROLLS.fetch_or(1 << at, Relaxed);
                }
            }
        }
    }

    fn release() -> Option<Held> {
        HELD.with(|held| held.try_borrow_mut().ok()?.take())
    }
}
