//! The exit phase: finalizers that nobody got to, newest first.
//!
//! Every live finalizer that is meant to run at exit, or once was, is enrolled: those of synchronised slots in
//! one of a few rolls, each behind a mutex and ordered by a global number, those of local slots in a roll of
//! their thread, ordered by a number of the thread's. One that was never meant to is enrolled nowhere. The exit
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
//! X1: an enrolled node is not freed. The state of a finalizer says whether somebody enrols it: that is set
//! before, in the state's one word, while it is live. So whoever consumes it learns of it with the claim,
//! and then strikes it off for good before it gives its share up; what was struck off for good is not listed
//! again. The enroler comes to the roll before that, and is struck off, or after it, and finds it gone.
//!
//! X2: no finalizer is lost when they become inert. The phase sets `inert` while it holds every roll
//! and has seen each of them empty, and nothing is enrolled, or enrolled again, after that. So each
//! finalizer that was enrolled and is meant to run at exit was claimed before, by the phase or by
//! somebody else, or is reported as left. Everybody else asks whether they are inert *before* the claim: who was told no
//! runs what it claims, even if they become inert meanwhile. Asked after it, the phase may have
//! passed the claimed one by, and its claimer would drop it.
//!
//! X3: Relaxed is enough for `inert`. Who is told yes before it claims a finalizer comes after
//! the phase's claim in the order of its state, or, where a death strikes it off instead (F5), after the phase's look
//! in the order of the roll's lock: what came before the phase's claim, or look, cannot read what was stored
//! after it. Who was told no is always right. Who comes after
//! [`run_exit_finalizers`] in the order of the program reads yes, since a load does not read what was
//! replaced before it.
//!
//! X4: a forked child looks at no roll of its forebears, which may be locked and half changed by threads that it does
//! not have. Its own rolls are others ([`Exit::rolls`](process::Exit::rolls)), and that of a local thread is emptied
//! ([`Roll::belong_to`]). What is listed says by which process's roll: what another's lists is struck off by a
//! note in itself alone, so that X1 holds for each process by itself.

mod fork;
mod phase;
mod platform;
mod process;
mod roll;
mod thread;

use core::sync::atomic::Ordering;

use crate::slot::Slot;
use crate::sync::{Bug, seeded};
use platform::register;
use process::{EXIT, INERT, SHARDS};
use roll::{LATE, Listing, Roll, UNNUMBERED};
use thread::{Local, Phase, is_guarded, with_local};

#[cfg(all(unix, test, not(any(loom, shuttle))))]
pub(crate) use fork::{count_fork, pretend_forks};
pub use phase::run_exit_finalizers;
pub(crate) use roll::{Duty, Enrolled};

/// What else runs at exit, after the phase. Reading it never waits: the exiting thread may be the only one left.
#[cfg(feature = "leak-trace")]
static AFTERWARDS: std::sync::OnceLock<fn()> = std::sync::OnceLock::new();

/// Makes the process call `then` when it exits, after the exit phase. There is one such function.
#[cfg(feature = "leak-trace")]
pub(crate) fn afterwards(then: fn()) {
    AFTERWARDS.get_or_init(|| then);
    register();
}

/// The number of forks before this process, for other process-wide state. A child's own fork is counted before it can
/// ask.
#[cfg(feature = "leak-trace")]
pub(crate) fn forks() -> u32 {
    register();
    // Relaxed: it never changes within a process.
    fork::FORKS.load(Ordering::Relaxed)
}

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

/// Records for good which finalizer it is, who made it and when, and chooses its roll. Must happen while only the
/// caller knows of the finalizer, since others read these fields without a lock.
pub(crate) fn assign<S: Slot>(enrolled: &Enrolled, finalizer: *const (), at_exit: bool) {
    enrolled.finalizer.set(finalizer);
    if !is_present() {
        return;
    }
    with_local(|local| {
        enrolled.generation.set(match local.phase.get() {
            Phase::None => 0,
            // A thread's phase does not sweep synchronised finalizers: they are treated like all others.
            Phase::Local if S::SHARED => 0,
            Phase::Local | Phase::Shared => local.generation.get(),
        });
        if S::SHARED {
            enrolled.shard.set(shard(local));
        }
    });
    if S::SHARED && !at_exit {
        enrolled.made.set(EXIT.number.next());
    }
}

/// Enrols a finalizer, or puts it back where the exit phase passed it by, unless it was consumed meanwhile.
///
/// # Safety
///
/// 1. It was assigned what the duty expects. The caller holds a share of its node during the call.
/// 2. Whoever consumes it knows that it is enrolled, and strikes it off before the node is freed (X1).
pub(crate) unsafe fn enrol<S: Slot>(enrolled: &Enrolled) {
    if !is_present() {
        return;
    }
    register();
    with_roll::<S>(enrolled, |roll| {
        // Under the lock: other threads may have found the finalizer, and each roll is ordered by
        // number.
        if enrolled.number.get() == UNNUMBERED {
            let number = number::<S>();
            enrolled.number.set(number);
            if enrolled.made.get() == UNNUMBERED {
                enrolled.made.set(number + 1);
            }
        }
        admit::<S>(roll, enrolled);
    });
}

/// Whether the process has begun to exit on this thread since this was asked last: no call that was under way goes on.
pub(crate) fn has_begun() -> bool {
    with_local(|local| local.exits.replace(false))
}

/// Lists a finalizer that nobody has consumed, unless nobody will sweep the roll any more. The roll is its
/// own, and locked.
fn admit<S: Slot>(roll: &Roll, enrolled: &Enrolled) {
    // Without a guard the thread is ending: it is in a phase, or past its own. Asked first: a guard may take memory, from an
    // allocator whose code consumes the finalizer.
    let is_swept =
        S::SHARED || is_guarded() || with_local(|local| local.phase.get() != Phase::None);
    let is_gone = enrolled.listing.get() == Listing::Gone && !seeded(Bug::AdmitsGone);
    // Under the roll's lock, so that nothing comes after the phase's last look (X2).
    let is_late = enrolled.generation.get() >= LATE || roll.is_closed_to(enrolled);
    if is_gone || enrolled.listing.get() == Listing::Listed || is_late || is_inert::<S>() {
        return;
    }
    if is_swept {
        roll.insert(enrolled);
    }
}

/// Strikes off a finalizer that was consumed, whether it is listed, was listed, or is about to be.
pub(crate) fn strike<S: Slot>(enrolled: &Enrolled) {
    if is_present() {
        with_roll::<S>(enrolled, |roll| roll.strike_for_good(enrolled));
    }
}

/// Whether finalizers of this flavour are inert, on this thread: neither deaths nor calls run one. Must be asked
/// before a finalizer is claimed (X2).
pub(crate) fn is_inert<S: Slot>() -> bool {
    if !is_present() {
        return false;
    }
    if S::SHARED {
        // Relaxed: X3.
        EXIT.state.load(Ordering::Relaxed) == INERT
    } else {
        with_local(|local| local.inert.get())
    }
}

fn with_roll<S: Slot>(enrolled: &Enrolled, f: impl FnOnce(&Roll)) {
    if S::SHARED {
        f(&EXIT.rolls().lock(enrolled.shard.get()));
    } else {
        with_local(|local| f(local.roll()));
    }
}

/// Takes the next number from the sequence that orders this flavour's rolls.
fn number<S: Slot>() -> u64 {
    if S::SHARED {
        EXIT.number.take(1)
    } else {
        with_local(Local::take_number)
    }
}

/// The shard of the calling thread.
fn shard(local: &Local) -> u32 {
    if local.shard.get() == 0 {
        let next = EXIT.shard.fetch_add(1, Ordering::Relaxed);
        local.shard.set(next % SHARDS + 1);
    }
    local.shard.get() - 1
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
