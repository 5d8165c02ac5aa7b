//! R26 and the end of the exit phase: a finalizer is claimed by the phase, a death, a call or
//! `detach` while nobody but these holds anything, and while finalizers become inert. Each action
//! that was enrolled before runs once, or is returned; what comes later neither runs nor leaks.
//!
//! Each scenario leaves cells behind, the word that says whether finalizers are inert and those of the rolls' locks:
//! they go with the execution.

use std::cell::Cell;

use loom::thread;
use weakref::__private::{Bug, attach, exit};
use weakref::{Finalizer, FinalizerKey, Strong, finalize, run_exit_finalizers};

use crate::cells::{Capture, Small, calls, drops};
use crate::explore::{EVERY_WAY, HINTED, PLAIN};

/// The word of the exit phase, which goes with the execution.
const WORD: usize = 1;

thread_local! {
    /// Whether the oldest finalizer ran.
    static OLDEST: Cell<bool> = const { Cell::new(false) };
}

fn make() -> (Strong<Small>, Finalizer<Small>) {
    exit::begin();
    let strong = Strong::new(Small::new());
    let finalizer = finalize(&strong, |_| oldest());
    (strong, finalizer)
}

fn oldest() -> impl FnOnce() + Send + use<> {
    OLDEST.set(false);
    let mut capture = Capture::new();
    move || {
        capture.call();
        OLDEST.set(true);
    }
}

fn register(strong: &Strong<Small>) -> Finalizer<Small> {
    finalize(strong, |_| {
        let mut capture = Capture::new();
        move || capture.call()
    })
}

/// One that is made not to run at exit, and is enrolled nowhere.
fn make_silent() -> (Strong<Small>, Finalizer<Small>) {
    const KEY: FinalizerKey<Small, ()> = FinalizerKey::new("silent");
    exit::begin();
    let strong = Strong::new_cyclic(|construction| {
        attach(construction, KEY, false, oldest());
        Small::new()
    });
    let finalizer = Finalizer::of(&strong, KEY).unwrap();
    (strong, finalizer)
}

/// Nobody has a handle of the finalizer, nor, but for the dying thread, of the object.
fn claim_death() {
    let (strong, finalizer) = make();
    drop(finalizer);
    let other = thread::spawn(move || drop(strong));
    run_exit_finalizers();
    other.join().unwrap();
    assert_eq!((calls(), drops()), (1, 2));
}

/// The only handle is the caller's, who lets go.
fn call_phase() {
    let (strong, finalizer) = make();
    let other = thread::spawn(move || finalizer.call());
    run_exit_finalizers();
    other.join().unwrap();
    assert_eq!(calls(), 1);
    drop(strong);
    assert_eq!((calls(), drops()), (1, 2));
}

fn detach_phase() {
    let (strong, finalizer) = make();
    let other = thread::spawn(move || finalizer.detach().is_some());
    run_exit_finalizers();
    assert_eq!(other.join().unwrap(), calls() == 0);
    drop(strong);
    assert_eq!(drops(), 2);
}

/// Told to run at exit meanwhile, by another thread with the only handle.
fn set_at_exit_phase() {
    let (strong, finalizer) = make();
    finalizer.set_at_exit(false);
    let other = thread::spawn(move || {
        finalizer.set_at_exit(true);
        finalizer.is_alive()
    });
    run_exit_finalizers();
    let was_alive = other.join().unwrap();
    // Alive afterwards, it was in time.
    assert!(calls() == 1 || !was_alive);
    drop(strong);
    assert_eq!(drops(), 2);
}

/// Told to run at exit for the first time, by the thread with the only handle, while its object dies; then
/// the phase looks at what is enrolled.
fn told_death() {
    let (strong, finalizer) = make_silent();
    let other = thread::spawn(move || finalizer.set_at_exit(true));
    drop(strong);
    other.join().unwrap();
    run_exit_finalizers();
    assert_eq!((calls(), drops()), (1, 2));
}

/// The same while the phase runs.
fn told_phase() {
    let (strong, finalizer) = make_silent();
    let other = thread::spawn(move || {
        finalizer.set_at_exit(true);
        finalizer.is_alive()
    });
    run_exit_finalizers();
    let was_alive = other.join().unwrap();
    assert!(calls() == 1 || !was_alive);
    drop(strong);
    assert_eq!(drops(), 2);
}

/// More are made meanwhile than the phase runs of another thread's; then that tells one to run that
/// was there before.
fn told_after_the_close(make: fn() -> (Strong<Small>, Finalizer<Small>)) {
    let (strong, old) = make();
    old.set_at_exit(false);
    let again = strong.clone();
    let other = thread::spawn(move || {
        drop((register(&again), register(&again)));
        old.set_at_exit(true);
        old.is_alive()
    });
    run_exit_finalizers();
    let was_alive = other.join().unwrap();
    // Alive afterwards, it was in time.
    assert!(OLDEST.get() || !was_alive);
    drop(strong);
    assert_eq!(drops(), 4);
}

/// Made meanwhile, in another roll than the one of this thread.
fn registration_phase() {
    let (strong, finalizer) = make();
    drop(finalizer);
    let again = strong.clone();
    let other = thread::spawn(move || register(&again).is_alive());
    run_exit_finalizers();
    let was_alive = other.join().unwrap();
    assert!(calls() == 2 || (calls() == 1 && !was_alive));
    drop(strong);
    assert_eq!(drops(), 3);
}

/// A third thread lets go of the finalizer's handle and of the object's last one.
fn claim_call_and_death() {
    let (strong, finalizer) = make();
    let dying = thread::spawn(move || drop(strong));
    let calling = thread::spawn(move || finalizer.call());
    run_exit_finalizers();
    dying.join().unwrap();
    calling.join().unwrap();
    assert_eq!((calls(), drops()), (1, 2));
}

scenario!(
    claim_races_death,
    claim_death,
    preemptions = Some(4),
    leaks = WORD,
    executions = [5405, 33_673, 4835, 134_844],
    finds = &[
        // With hints the death looks under the roll's lock, as the phase does.
        (Bug::ShareAfterUnlock, PLAIN),
        (Bug::AskedAfterClaim, EVERY_WAY),
        (Bug::NoClaim, EVERY_WAY),
        (Bug::LookBeforeStrike, HINTED),
    ]
);
scenario!(
    call_races_phase,
    call_phase,
    leaks = WORD,
    executions = [3612, 11_929, 8493, 269_058],
    finds = &[(Bug::AskedAfterClaim, EVERY_WAY)]
);
scenario!(
    detach_races_phase,
    detach_phase,
    leaks = WORD,
    executions = [4176, 12_493, 9015, 272_034],
    finds = &[(Bug::NoClaim, EVERY_WAY)]
);
scenario!(
    set_at_exit_races_phase,
    set_at_exit_phase,
    preemptions = Some(6),
    leaks = WORD,
    executions = [5323, 10_225, 3171, 79_638],
    finds = &[(Bug::InertUnlocked, EVERY_WAY)]
);
scenario!(
    registration_races_phase,
    registration_phase,
    preemptions = Some(4),
    leaks = WORD,
    executions = [4099, 5347, 1693, 17_446],
    finds = &[(Bug::InertUnlocked, EVERY_WAY)]
);
scenario!(
    told_races_death,
    told_death,
    leaks = WORD,
    executions = [792, 1938, 2597, 61_412],
    finds = &[(Bug::AdmitsGone, EVERY_WAY), (Bug::EnrolsUntold, EVERY_WAY),]
);
scenario!(
    told_races_phase,
    told_phase,
    preemptions = Some(6),
    leaks = WORD,
    executions = [327, 783, 224, 6374],
    finds = &[(Bug::InertUnlocked, EVERY_WAY)]
);
scenario!(
    closing_races_set_at_exit,
    || told_after_the_close(make),
    preemptions = Some(3),
    leaks = WORD,
    executions = [1162, 1627, 766, 3105],
    finds = &[(Bug::ClosedToAll, EVERY_WAY)]
);
scenario!(
    closing_races_first_telling,
    || told_after_the_close(make_silent),
    preemptions = Some(3),
    leaks = WORD,
    executions = [453, 616, 270, 1187],
    finds = &[(Bug::ClosedToAll, EVERY_WAY)]
);
scenario!(
    claim_races_call_and_death,
    claim_call_and_death,
    preemptions = Some(2),
    leaks = WORD,
    executions = [2327, 11_215, 844, 24_585],
    finds = &[
        (Bug::ShareAfterUnlock, EVERY_WAY),
        (Bug::AskedAfterClaim, EVERY_WAY),
    ]
);
