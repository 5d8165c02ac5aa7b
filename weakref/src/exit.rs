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

use core::cell::Cell;
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

use crate::slot::Slot;
use crate::sync::{Bug, Sequence, seeded};
use crate::unraisable::{Source, report};

/// How often in a row finalizers that an exit finalizer registers are run.
const GENERATIONS: u32 = 32;

/// The generation of what is not enrolled any more: it would be left and reported again.
const LATE: u32 = GENERATIONS + 2;

/// Of what has not been enrolled yet.
const UNNUMBERED: u64 = 0;

/// A live finalizer's place in a roll. All but the shard and the address is guarded by the roll.
#[derive(Debug)]
pub(crate) struct Enrolled {
    newer: Cell<*const Self>,
    older: Cell<*const Self>,
    number: Cell<u64>,
    /// How many forks there were: a child does not run what its parent enrolled.
    forks: Cell<u32>,
    /// 0, or one more than that of the exit finalizer that registered it.
    generation: Cell<u32>,
    shard: Cell<usize>,
    listed: Cell<bool>,
    finalizer: Cell<*const ()>,
    duty: &'static Duty,
}

/// What the exit phase asks of a finalizer, by its address. None may unwind.
#[derive(Debug)]
pub(crate) struct Duty {
    /// # Safety
    ///
    /// 1. The finalizer is of the duty's slot, and not freed during the call.
    pub(crate) is_live: unsafe fn(*const ()) -> bool,
    /// Whether it is live and meant to run at exit.
    ///
    /// # Safety
    ///
    /// 1. As for `is_live`.
    pub(crate) is_due: unsafe fn(*const ()) -> bool,
    /// Consumes it, with a share of the node, if it is live and meant to run at exit.
    ///
    /// # Safety
    ///
    /// 1. As for `is_live`.
    pub(crate) claim: unsafe fn(*const ()) -> bool,
    /// Runs what was claimed, and gives the share up.
    ///
    /// # Safety
    ///
    /// 1. As for `is_live`; the caller has claimed it.
    pub(crate) run: unsafe fn(*const ()),
    /// The name of the referent's type.
    ///
    /// # Safety
    ///
    /// 1. As for `is_live`.
    pub(crate) type_name: unsafe fn(*const ()) -> &'static str,
}

impl Enrolled {
    pub(crate) fn new(duty: &'static Duty) -> Self {
        Self {
            newer: Cell::new(core::ptr::null()),
            older: Cell::new(core::ptr::null()),
            number: Cell::new(UNNUMBERED),
            forks: Cell::new(0),
            generation: Cell::new(0),
            shard: Cell::new(0),
            listed: Cell::new(false),
            finalizer: Cell::new(core::ptr::null()),
            duty,
        }
    }

    fn is_ours(&self) -> bool {
        self.forks.get() == FORKS.load(Ordering::Relaxed)
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

    /// The newest that this process enrolled.
    fn newest(&self) -> Option<&Enrolled> {
        // SAFETY: null, or enrolled (X1).
        let newest = unsafe { self.0.get().as_ref() };
        newest.filter(|newest| newest.is_ours())
    }

    /// Puts one in by its number: first, unless the phase had passed it by.
    fn insert(&self, new: &Enrolled) {
        let (mut newer, mut next) = (None::<&Enrolled>, self.0.get());
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
        new.listed.set(true);
        newer.map_or(&self.0, |newer| &newer.older).set(new);
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

    /// Strikes off what strangers have made.
    fn strike_those(&self, strangers: &Strangers) {
        let mut next = self.newest();
        while let Some(newest) = next.filter(|newest| newest.number.get() >= strangers.from) {
            // SAFETY: null, or enrolled (X1).
            next = unsafe { newest.older.get().as_ref() };
            if strangers.is_one(newest) {
                self.strike(newest);
            }
        }
    }

    /// Strikes the newest off.
    fn take_newest(&self) -> Taken {
        let Some(newest) = self.newest() else {
            return Taken::Nothing;
        };
        self.strike(newest);
        let (finalizer, duty) = (newest.finalizer.get(), newest.duty);
        let generation = newest.generation.get();
        if generation > GENERATIONS {
            // SAFETY: enrolled until now, and whoever consumes it asks for this roll before it gives
            // its share up (X1).
            if !unsafe { (duty.is_due)(finalizer) } {
                return Taken::Passed;
            }
            // Else whoever the report reaches, and tells it to run at exit again, could go on for ever.
            newest.generation.set(LATE);
            // SAFETY: as above.
            return Taken::Left(unsafe { (duty.type_name)(finalizer) });
        }
        // SAFETY: as above.
        if unsafe { (duty.claim)(finalizer) } {
            Taken::Claimed(finalizer, duty, generation)
        } else {
            Taken::Passed
        }
    }
}

enum Taken {
    Nothing,
    /// Consumed by somebody else, or not meant to run at exit.
    Passed,
    /// Of one generation too many.
    Left(&'static str),
    Claimed(*const (), &'static Duty, u32),
}

const SHARDS: usize = if cfg!(loom) { 2 } else { 8 };

/// On cache lines of its own: two, since processors fetch them in pairs. What one thread writes here does not
/// slow the others down.
#[repr(align(128))]
struct Apart<T>(T);

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
const CLOSING: usize = 1;
const INERT: usize = 2;

/// The finalizers that threads outside of the phase made since it began.
struct Strangers {
    /// The number of the first that counts.
    from: u64,
    /// How many were found.
    found: u32,
}

impl Strangers {
    fn is_one(&self, enrolled: &Enrolled) -> bool {
        enrolled.generation.get() == 0 && enrolled.number.get() >= self.from
    }

    /// Counts the newest of all, if it is one of them.
    fn are_too_many(&mut self, newest: &Enrolled) -> bool {
        self.found += u32::from(self.is_one(newest));
        self.found > STRANGERS
    }
}

/// What the threads of a process share.
struct Exit {
    rolls: [Apart<Mutex<Roll>>; SHARDS],
    /// Held by the thread that runs the exit phase.
    phase: Mutex<()>,
    /// How far the phase of synchronised slots is: OPEN, CLOSING, INERT (X2, X3).
    state: Apart<AtomicUsize>,
    /// For the next to be enrolled. Relaxed: taken under the lock of a roll, which orders each roll.
    number: Apart<Sequence>,
    /// For the next thread. Relaxed: it only spreads them.
    shard: AtomicU32,
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

    fn lock(&self, shard: usize) -> MutexGuard<'_, Roll> {
        self.rolls[shard]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Strikes the newest of all off, or makes finalizers inert if there is none (X2). When too many were
    /// made meanwhile by threads outside of the phase, it lets no more of theirs in.
    fn take_newest(&self, forked: bool, strangers: &mut Strangers) -> Taken {
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
static EXIT: Exit = Exit::new();
#[cfg(loom)]
crate::sync::explorer::lazy_static! {
    static ref EXIT: Exit = Exit::new();
}

static FORKS: AtomicU32 = AtomicU32::new(0);

/// Which exit phase a thread is running.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    None,
    /// Its own, of local slots.
    Local,
    /// The process's.
    Shared,
}

struct Local {
    roll: Roll,
    /// Finalizers of local slots are inert, on this thread.
    inert: Cell<bool>,
    phase: Cell<Phase>,
    /// Of what is registered now, during a phase.
    generation: Cell<u32>,
    /// The thread's shard, plus one.
    shard: Cell<usize>,
}

impl Local {
    const fn new() -> Self {
        Self {
            roll: Roll::new(),
            inert: Cell::new(false),
            phase: Cell::new(Phase::None),
            generation: Cell::new(0),
            shard: Cell::new(0),
        }
    }

    /// Runs what the phase took; false when that was nothing.
    fn finish(&self, taken: &Taken) -> bool {
        match *taken {
            Taken::Nothing => return false,
            Taken::Passed => {}
            Taken::Left(type_name) => {
                // So is what the hook registers.
                self.generation.set(LATE);
                let text = "not run: too many exit finalizers in a row registered the next";
                report(Source::ExitFinalizer, type_name, Box::new(text));
            }
            Taken::Claimed(finalizer, duty, generation) => {
                self.generation.set(generation + 1);
                // SAFETY: claimed from this duty's roll, and run once.
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

#[cfg(not(loom))]
struct Guard;

#[cfg(not(loom))]
impl Drop for Guard {
    fn drop(&mut self) {
        run_local();
    }
}

/// Whether the thread's phase is still to come, now that something is enrolled for it.
fn is_guarded() -> bool {
    #[cfg(not(loom))]
    return GUARD.try_with(|_| ()).is_ok();
    #[cfg(loom)]
    true
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

/// Runs the exit phase now: every live finalizer that is meant to run at exit, newest first, those
/// of this thread's local objects before all others. Afterwards finalizers are inert: neither
/// deaths nor calls run one, and `is_alive` is false for all, those made later included. (Local ones
/// are on this thread; those of other threads run when these end.)
///
/// Each finalizer that was made before the phase began runs once, or is returned by
/// [`Finalizer::detach`](crate::Finalizer::detach), whoever calls it, kills its object or tells it to
/// run at exit meanwhile. An action that another thread is running is not waited for.
///
/// Without it the phase runs by itself when the process exits by returning from `main`, by
/// [`std::process::exit`] or after a panic of `main`; what is left of the process then finds
/// finalizers inert. Local finalizers run when their thread ends. That ends their phase only: a
/// local object that dies still later, as in the destructor of a thread-local, still runs its own,
/// and only what outlives the thread never does.
///
/// The phase does not run on [`std::process::abort`], nor, for what the parent made, in a forked child.
/// On `wasm32-unknown-unknown`, which no exit is told of, this is the only way. In a library that is
/// unloaded, the phase of its own finalizers runs as it is unloaded.
///
/// If another thread is in the phase, waits for it; called from inside an exit finalizer, does nothing.
///
/// Finalizers made by one that runs now run next. So that one which makes itself anew does not hang
/// the exit, what they make runs for 32 generations; what is left then is reported to the
/// [unraisable hook](crate::set_unraisable_hook) by its type's name.
///
/// That counts what is made on the thread of the phase. Of what other threads make meanwhile 100 are run, so that
/// threads which make finalizers faster than these run do not hang the exit; after that nothing of
/// theirs is run at exit that was not there, nor what is told to run at exit only then.
///
/// A panic in a finalizer goes to that hook too, and the rest
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
    LOCAL.with(|local| {
        if local.phase.get() != Phase::None {
            return;
        }
        run_local();
        run_shared();
        local.inert.set(true);
    });
}

/// Runs this thread's local finalizers.
fn run_local() {
    LOCAL.with(|local| {
        if local.phase.get() != Phase::None {
            return;
        }
        local.phase.set(Phase::Local);
        while local.finish(&local.roll.take_newest()) {}
        local.phase.set(Phase::None);
    });
}

/// Runs the finalizers of synchronised slots, and the local ones that these make.
fn run_shared() {
    LOCAL.with(|local| {
        if local.phase.get() != Phase::None {
            return;
        }
        let forked = FORKS.load(Ordering::Relaxed) != 0;
        // After a fork a lock may be held by a thread that does not exist here.
        let phase = if forked {
            EXIT.phase.try_lock().ok()
        } else {
            Some(EXIT.phase.lock().unwrap_or_else(PoisonError::into_inner))
        };
        if phase.is_none() {
            return;
        }
        local.phase.set(Phase::Shared);
        let mut strangers = Strangers {
            from: EXIT.number.take(1),
            found: 0,
        };
        while local.finish(&local.roll.take_newest())
            || local.finish(&EXIT.take_newest(forked, &mut strangers))
        {}
        local.phase.set(Phase::None);
    });
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
