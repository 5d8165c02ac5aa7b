//! The exit phase: finalizers that nobody got to, newest first.
//!
//! Every live finalizer is enrolled: those of synchronised slots in one of a few rolls, each behind
//! a mutex and ordered by a global number, those of local slots in a roll of their thread. The exit
//! phase takes the newest of all again and again, so that one made meanwhile runs next, and one
//! that was detached meanwhile, or told not to run at exit, does not. A mutex here guards moves of
//! pointers only, and is never taken while another lock of the crate is held, but for the other
//! rolls', in their order.
//!
//! Two things end at different times. The *phase* of a thread or of the process is over when it
//! found nothing more: nobody sweeps after it, and deaths and calls go on. Finalizers are *inert*
//! from the end of the process's phase on, and local ones of a thread from the end of its
//! [`run_exit_finalizers`]: then nothing runs one.
//!
//! X1: an enrolled node is not freed: whoever consumes it strikes it off before it gives its share
//! up, and enrolling checks, under the roll's lock, that nobody has consumed it.
//!
//! X2: no finalizer is lost when they become inert. The phase sets `inert` while it holds every roll
//! and has seen each of them empty, and nothing is enrolled, or enrolled again, after that. So each
//! finalizer that was enrolled and is meant to run at exit was claimed before, by the phase or by
//! somebody else, or is reported as left. Everybody else asks whether they are inert *before* the claim: who was told no
//! runs what it claims, even if they become inert meanwhile. Asked after it, the phase may have
//! passed the claimed one by, and its claimer would drop it.
//!
//! X3: Relaxed is enough for `inert`. Who is told yes before it locks a finalizer's state comes after
//! the phase's claim in the order of that lock, since a load that came before the phase's lock
//! cannot read what was stored after it. Who was told no is always right. Who comes after
//! [`run_exit_finalizers`] in the order of the program reads yes, since a load does not read what was
//! replaced before it.

mod phase;
mod platform;
mod process;
mod roll;
mod thread;

use core::sync::atomic::Ordering;

use crate::slot::Slot;
use platform::{FORKS, register};
use process::{CLOSING, EXIT, INERT, SHARDS};
use roll::{LATE, Roll, UNNUMBERED};
use thread::{LOCAL, Phase, is_guarded};

pub use phase::run_exit_finalizers;
#[cfg(all(unix, test, not(any(loom, shuttle))))]
pub(crate) use platform::{count_fork, pretend_forks};
pub(crate) use roll::{Duty, Enrolled};

/// Whether finalizers are enrolled at all. Most models are about other things, and the rolls would
/// cost them executions.
fn is_present() -> bool {
    #[cfg(loom)]
    return model::is_present();
    #[cfg(not(loom))]
    !cfg!(shuttle)
}

/// The exit phase in models.
#[cfg(loom)]
pub mod model {
    use core::sync::atomic::{AtomicBool, Ordering};

    static PRESENT: AtomicBool = AtomicBool::new(false);

    /// Makes finalizers be enrolled in the models of this process, of which each has rolls of its own.
    pub fn begin() {
        PRESENT.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_present() -> bool {
        PRESENT.load(Ordering::Relaxed)
    }
}

/// Says which finalizer it is, and chooses its roll, for good: while only the caller knows of it,
/// since anybody who does reads both without a lock.
pub(crate) fn assign<S: Slot>(enrolled: &Enrolled, finalizer: *const ()) {
    enrolled.finalizer.set(finalizer);
    if S::SHARED && is_present() {
        enrolled.shard.set(shard());
    }
}

/// Enrols a finalizer, if nobody has consumed it meanwhile.
///
/// # Safety
///
/// 1. It was assigned what the duty expects. The caller holds a share of its node during the call,
///    and the node is struck off before it is freed (X1).
pub(crate) unsafe fn enrol<S: Slot>(enrolled: &Enrolled) {
    if !is_present() {
        return;
    }
    register();
    let generation = LOCAL.with(|local| match local.phase.get() {
        Phase::None => 0,
        // The phase of a thread sweeps no synchronised ones: those are as all others.
        Phase::Local if S::SHARED => 0,
        Phase::Local | Phase::Shared => local.generation.get(),
    });
    with_roll::<S>(enrolled, |roll| {
        // Under the lock: other threads may have found the finalizer, and each roll is ordered by
        // number.
        enrolled.number.set(EXIT.number.take(1));
        enrolled.generation.set(generation);
        // SAFETY: (1).
        unsafe { admit::<S>(roll, enrolled) };
    });
}

/// Puts a finalizer back that the exit phase passed over.
///
/// # Safety
///
/// 1. As for [`enrol`], which was called before, or will be by a thread that is making it.
pub(crate) unsafe fn readmit<S: Slot>(enrolled: &Enrolled) {
    if !is_present() {
        return;
    }
    with_roll::<S>(enrolled, |roll| {
        if enrolled.number.get() != UNNUMBERED {
            // SAFETY: (1).
            unsafe { admit::<S>(roll, enrolled) };
        }
    });
}

/// Lists a finalizer that is live, unless nobody will sweep the roll any more.
///
/// # Safety
///
/// 1. As for [`enrol`]; `roll` is the finalizer's, and locked.
unsafe fn admit<S: Slot>(roll: &Roll, enrolled: &Enrolled) {
    // Under the roll's lock, so that nothing comes after the phase's last look (X2).
    let is_late = enrolled.generation.get() >= LATE;
    if enrolled.listed.get() || is_late || is_inert::<S>() || is_too_late::<S>(enrolled) {
        return;
    }
    // Without a guard the thread is ending: in a phase, or after its own.
    let is_swept =
        S::SHARED || is_guarded() || LOCAL.with(|local| local.phase.get() != Phase::None);
    // SAFETY: (1): of this duty, and not freed while the caller has its share.
    if is_swept && unsafe { (enrolled.duty.is_live)(enrolled.finalizer.get()) } {
        enrolled.forks.set(FORKS.load(Ordering::Relaxed));
        roll.insert(enrolled);
    }
}

/// Strikes a finalizer off, if it is enrolled.
pub(crate) fn strike<S: Slot>(enrolled: &Enrolled) {
    if is_present() {
        with_roll::<S>(enrolled, |roll| roll.strike(enrolled));
    }
}

/// Whether the phase lets this one in no more: of a thread outside of it, past the bound.
fn is_too_late<S: Slot>(enrolled: &Enrolled) -> bool {
    // Relaxed: written under the lock of every roll, and read under one.
    S::SHARED && enrolled.generation.get() == 0 && EXIT.state.load(Ordering::Relaxed) == CLOSING
}

/// Whether finalizers of this flavour are inert, on this thread: neither deaths nor calls run one.
/// To be asked before one is claimed (X2).
pub(crate) fn is_inert<S: Slot>() -> bool {
    if !is_present() {
        return false;
    }
    if S::SHARED {
        // Relaxed: X3.
        EXIT.state.load(Ordering::Relaxed) == INERT
    } else {
        LOCAL.with(|local| local.inert.get())
    }
}

fn with_roll<S: Slot>(enrolled: &Enrolled, f: impl FnOnce(&Roll)) {
    if S::SHARED {
        f(&EXIT.lock(enrolled.shard.get()));
    } else {
        LOCAL.with(|local| f(&local.roll));
    }
}

/// The calling thread's shard.
fn shard() -> usize {
    LOCAL.with(|local| {
        if local.shard.get() == 0 {
            let next = EXIT.shard.fetch_add(1, Ordering::Relaxed) as usize;
            local.shard.set(next % SHARDS + 1);
        }
        local.shard.get() - 1
    })
}
