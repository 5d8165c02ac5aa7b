//! The exit phase: finalizers that nobody got to, newest first.
//!
//! Every live finalizer is enrolled: those of synchronised slots in one of a few rolls, each behind
//! a mutex and ordered by a global number, those of local slots in a roll of their thread. The exit
//! phase takes the newest of all again and again, so that one made meanwhile runs next, and one
//! that was detached meanwhile, or told not to run at exit, does not. A mutex here guards moves of
//! pointers only, and is never taken while another lock of the crate is held.
//!
//! X1: an enrolled node is not freed: whoever consumes it strikes it off before it gives its share
//! up, and enrolling checks, under the roll's lock, that nobody has consumed it.

use core::cell::Cell;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::slot::Slot;
use crate::sync::Sequence;

/// A live finalizer's place in a roll.
#[derive(Debug)]
pub(crate) struct Enrolled {
    newer: Cell<*const Self>,
    older: Cell<*const Self>,
    number: Cell<u64>,
    /// How many forks there were: a child does not run what its parent enrolled.
    forks: Cell<u32>,
    shard: Cell<usize>,
    listed: Cell<bool>,
    finalizer: Cell<*const ()>,
    duty: &'static Duty,
}

/// What the exit phase asks of a finalizer, by its address. Neither may unwind.
#[derive(Debug)]
pub(crate) struct Duty {
    pub(crate) is_live: unsafe fn(*const ()) -> bool,
    /// Consumes it, with a share of the node, if it is live and meant to run at exit.
    pub(crate) claim: unsafe fn(*const ()) -> bool,
    /// Runs what was claimed, and gives the share up.
    pub(crate) run: unsafe fn(*const ()),
}

impl Enrolled {
    pub(crate) fn new(duty: &'static Duty) -> Self {
        Self {
            newer: Cell::new(core::ptr::null()),
            older: Cell::new(core::ptr::null()),
            number: Cell::new(0),
            forks: Cell::new(0),
            shard: Cell::new(0),
            listed: Cell::new(false),
            finalizer: Cell::new(core::ptr::null()),
            duty,
        }
    }
}

/// Live finalizers, newest first.
struct Roll(Cell<*const Enrolled>);

// SAFETY: only the shards are shared: they hold finalizers of synchronised slots, whose actions are
// `Send`, and are used under their mutex.
unsafe impl Send for Roll {}

impl Roll {
    const fn new() -> Self {
        Self(Cell::new(core::ptr::null()))
    }

    fn newest(&self) -> Option<&Enrolled> {
        // SAFETY: null, or enrolled (X1).
        unsafe { self.0.get().as_ref() }
    }

    fn push(&self, new: &Enrolled) {
        let older = self.0.replace(new);
        new.newer.set(core::ptr::null());
        new.older.set(older);
        new.listed.set(true);
        // SAFETY: null, or enrolled (X1).
        if let Some(older) = unsafe { older.as_ref() } {
            older.newer.set(new);
        }
    }

    fn strike(&self, old: &Enrolled) {
        if !old.listed.replace(false) {
            return;
        }
        let (newer, older) = (old.newer.get(), old.older.get());
        // SAFETY: null, or enrolled (X1).
        match unsafe { newer.as_ref() } {
            Some(newer) => newer.older.set(older),
            None => self.0.set(older),
        }
        // SAFETY: null, or enrolled (X1).
        if let Some(older) = unsafe { older.as_ref() } {
            older.newer.set(newer);
        }
    }

    /// Strikes the newest off, unless it was enrolled before the last fork.
    fn take_newest(&self) -> Taken {
        let Some(newest) = self.newest() else {
            return Taken::Nothing;
        };
        if newest.forks.get() != FORKS.load(Ordering::Relaxed) {
            return Taken::Nothing;
        }
        self.strike(newest);
        let finalizer = newest.finalizer.get();
        // SAFETY: enrolled until now, so valid (X1).
        if unsafe { (newest.duty.claim)(finalizer) } {
            Taken::Claimed(finalizer, newest.duty)
        } else {
            Taken::Passed
        }
    }
}

enum Taken {
    Nothing,
    /// Consumed by somebody else, or not meant to run at exit.
    Passed,
    Claimed(*const (), &'static Duty),
}

const SHARDS: usize = 8;

static ROLLS: [Mutex<Roll>; SHARDS] = [const { Mutex::new(Roll::new()) }; SHARDS];
static NUMBER: Sequence = Sequence::new(0);
static FORKS: AtomicU32 = AtomicU32::new(0);
/// The exit phase is over: finalizers of synchronised slots are inert.
static OVER: AtomicBool = AtomicBool::new(false);
/// Held by the thread that runs the exit phase.
static PHASE: Mutex<()> = Mutex::new(());

struct Local {
    roll: Roll,
    over: Cell<bool>,
    in_phase: Cell<bool>,
    /// The thread's shard, plus one.
    shard: Cell<usize>,
}

thread_local! {
    // Without a destructor: it can be used while the thread's other locals are destroyed.
    static LOCAL: Local = const {
        Local {
            roll: Roll::new(),
            over: Cell::new(false),
            in_phase: Cell::new(false),
            shard: Cell::new(0),
        }
    };
    /// Runs the thread's exit phase.
    static GUARD: Guard = const { Guard };
}

struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        run_local();
        LOCAL.with(|local| local.over.set(true));
    }
}

/// Says which finalizer it is, and chooses its roll, for good: while only the caller knows of it,
/// since anybody who does reads both without a lock.
pub(crate) fn assign<S: Slot>(enrolled: &Enrolled, finalizer: *const ()) {
    enrolled.finalizer.set(finalizer);
    if S::SHARED {
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
    if cfg!(any(loom, shuttle)) {
        // A model has no exit, and what a failed one leaves behind must not be enrolled.
        return;
    }
    register();
    if S::SHARED {
        let roll = lock(enrolled.shard.get());
        // Under the lock, so that each roll is ordered by number.
        enrolled.number.set(NUMBER.take(1));
        // SAFETY: (1).
        unsafe { admit(&roll, enrolled) };
    } else {
        LOCAL.with(|local| {
            // Without a guard the thread is ending: in its exit phase, or after it.
            if GUARD.try_with(|_| ()).is_ok() || local.in_phase.get() {
                // SAFETY: (1).
                unsafe { admit(&local.roll, enrolled) };
            }
        });
    }
}

/// As [`enrol`].
unsafe fn admit(roll: &Roll, enrolled: &Enrolled) {
    // SAFETY: the caller's.
    let is_live = unsafe { (enrolled.duty.is_live)(enrolled.finalizer.get()) };
    if is_live && !enrolled.listed.get() {
        enrolled.forks.set(FORKS.load(Ordering::Relaxed));
        roll.push(enrolled);
    }
}

/// Puts a finalizer back that the exit phase passed over.
///
/// # Safety
///
/// 1. As for [`enrol`], which was called before.
pub(crate) unsafe fn readmit<S: Slot>(enrolled: &Enrolled) {
    if S::SHARED {
        // SAFETY: (1).
        unsafe { admit(&lock(enrolled.shard.get()), enrolled) };
    } else {
        // SAFETY: (1).
        LOCAL.with(|local| unsafe { admit(&local.roll, enrolled) });
    }
}

/// Strikes a finalizer off, if it is enrolled.
pub(crate) fn strike<S: Slot>(enrolled: &Enrolled) {
    if S::SHARED {
        lock(enrolled.shard.get()).strike(enrolled);
    } else {
        LOCAL.with(|local| local.roll.strike(enrolled));
    }
}

/// Whether finalizers of this flavour are inert, on this thread.
pub(crate) fn is_over<S: Slot>() -> bool {
    if S::SHARED {
        OVER.load(Ordering::Relaxed)
    } else {
        LOCAL.with(|local| local.over.get())
    }
}

fn lock(shard: usize) -> MutexGuard<'static, Roll> {
    ROLLS[shard].lock().unwrap_or_else(PoisonError::into_inner)
}

/// The calling thread's shard.
fn shard() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    LOCAL.with(|local| {
        if local.shard.get() == 0 {
            local
                .shard
                .set(NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS + 1);
        }
        local.shard.get() - 1
    })
}

/// Runs the exit phase now: every live finalizer that is meant to run at exit, newest first, those
/// of this thread's local objects before all others. Afterwards finalizers are inert: neither
/// deaths nor calls run one, and `is_alive` is false for all, those made later included.
///
/// Without it the phase runs by itself when the process exits by returning from `main`, by
/// [`std::process::exit`] or after a panic of `main`; local finalizers run when their thread ends.
/// It does not run on [`std::process::abort`], nor, for what the parent made, in a forked child.
/// Finalizers made by one that runs now run next. If another thread is in the phase, waits for it;
/// called from inside an exit finalizer, does nothing.
///
/// A panic in a finalizer goes to the [unraisable hook](crate::set_unraisable_hook), and the rest
/// still run. Calling [`std::process::exit`] from inside an exit finalizer aborts.
///
/// # Examples
///
/// ```
/// use std::sync::mpsc::channel;
/// use weakref::{finalize_with, run_exit_finalizers, Strong, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// struct Server;
///
/// let (sender, stopped) = channel();
/// let server = Strong::new(Server);
/// finalize_with(&server, |sender| sender.send("stopped").unwrap(), sender);
/// run_exit_finalizers();
/// assert_eq!(stopped.recv(), Ok("stopped"));
/// drop(server); // its finalizer has run already
/// ```
///
/// # Complexity
///
/// O(live finalizers).
pub fn run_exit_finalizers() {
    if LOCAL.with(|local| local.in_phase.get()) {
        return;
    }
    run_local();
    LOCAL.with(|local| local.over.set(true));
    run_shared();
}

/// Runs this thread's local finalizers.
fn run_local() {
    LOCAL.with(|local| {
        if local.in_phase.replace(true) {
            return;
        }
        loop {
            match local.roll.take_newest() {
                Taken::Nothing => break,
                Taken::Passed => {}
                // SAFETY: claimed.
                Taken::Claimed(finalizer, duty) => unsafe { (duty.run)(finalizer) },
            }
        }
        local.in_phase.set(false);
    });
}

/// Runs the finalizers of synchronised slots.
fn run_shared() {
    if LOCAL.with(|local| local.in_phase.get()) {
        return;
    }
    let forked = FORKS.load(Ordering::Relaxed) != 0;
    // After a fork a lock may be held by a thread that does not exist here.
    let phase = if forked {
        PHASE.try_lock().ok()
    } else {
        Some(PHASE.lock().unwrap_or_else(PoisonError::into_inner))
    };
    if phase.is_none() {
        return;
    }
    LOCAL.with(|local| local.in_phase.set(true));
    while let Some(shard) = newest_shard(forked) {
        let taken = lock(shard).take_newest();
        if let Taken::Claimed(finalizer, duty) = taken {
            // SAFETY: claimed.
            unsafe { (duty.run)(finalizer) };
        }
    }
    OVER.store(true, Ordering::Relaxed);
    LOCAL.with(|local| local.in_phase.set(false));
}

/// The shard with the newest finalizer that this process enrolled.
fn newest_shard(forked: bool) -> Option<usize> {
    let mut newest = None;
    for (shard, roll) in ROLLS.iter().enumerate() {
        let roll = if forked {
            roll.try_lock().ok()
        } else {
            Some(lock(shard))
        };
        let Some(roll) = roll else { continue };
        let Some(first) = roll.newest() else { continue };
        let number = first.number.get();
        let ours = first.forks.get() == FORKS.load(Ordering::Relaxed);
        if ours && newest.is_none_or(|(highest, _)| number > highest) {
            newest = Some((number, shard));
        }
    }
    newest.map(|(_, shard)| shard)
}

/// Counts a fork, in the child. A count that came around would make a child run what its forebears
/// enrolled.
#[cfg(all(unix, any(test, not(miri)), not(any(loom, shuttle))))]
pub(crate) fn count_fork() {
    if FORKS.fetch_add(1, Ordering::Relaxed) > u32::MAX / 2 {
        crate::sync::overflow();
    }
}

#[cfg(all(test, unix, not(any(loom, shuttle))))]
pub(crate) fn pretend_forks(forks: u32) {
    FORKS.store(forks, Ordering::Relaxed);
}

/// Makes the process run the exit phase when it exits, and count its forks.
#[cfg(not(any(
    miri,
    loom,
    shuttle,
    all(target_family = "wasm", not(target_os = "wasi"))
)))]
fn register() {
    static REGISTERED: std::sync::Once = std::sync::Once::new();
    static PROCESS: AtomicU32 = AtomicU32::new(0);

    extern "C" fn at_exit() {
        // A child that was made behind libc's back has another id, and counted no fork.
        let forked = FORKS.load(Ordering::Relaxed) != 0;
        if forked || PROCESS.load(Ordering::Relaxed) == process() {
            // Where the guard of the exiting thread has run, nothing is left; where a platform destroys no
            // thread locals of the main thread (musl, WASI), all is.
            run_local();
            LOCAL.with(|local| local.over.set(true));
            run_shared();
        }
    }

    #[cfg(unix)]
    extern "C" fn in_child() {
        // All that may be done here: stores, and to abort.
        count_fork();
    }

    unsafe extern "C" {
        fn atexit(function: extern "C" fn()) -> core::ffi::c_int;
        #[cfg(unix)]
        fn pthread_atfork(
            prepare: Option<extern "C" fn()>,
            parent: Option<extern "C" fn()>,
            child: Option<extern "C" fn()>,
        ) -> core::ffi::c_int;
    }

    /// The process's id, where there are any.
    fn process() -> u32 {
        if cfg!(target_family = "wasm") {
            0
        } else {
            std::process::id()
        }
    }

    REGISTERED.call_once(|| {
        PROCESS.store(process(), Ordering::Relaxed);
        // SAFETY: it takes a function that may be called when the process exits or, if this code is in a
        // library that is unloaded before, when it is: glibc, musl and Darwin tie the handler to the object
        // that registered it, and musl never unloads. So the code is there when it is called. Without
        // memory for it (the only error) finalizers do not run at exit.
        unsafe { atexit(at_exit) };
        // SAFETY: as above.
        #[cfg(unix)]
        unsafe {
            pthread_atfork(None, None, Some(in_child))
        };
    });
}

#[cfg(any(
    miri,
    loom,
    shuttle,
    all(target_family = "wasm", not(target_os = "wasi"))
))]
fn register() {}
