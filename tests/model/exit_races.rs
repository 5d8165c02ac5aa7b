//! R26 and the end of the exit phase: a finalizer is claimed by the phase, a death, a call or
//! `detach` while nobody but these holds anything, and while finalizers become inert. Each action
//! that was enrolled before runs once, or is returned; what comes later neither runs nor leaks.
//!
//! Each scenario leaves one cell behind, the word that says whether finalizers are inert: it goes
//! with the execution.

use loom::thread;
use weakref::__private::{Bug, exit};
use weakref::{Finalizer, Strong, finalize, run_exit_finalizers};

use crate::cells::{Capture, Small, calls, drops};
use crate::explore::EVERY_WAY;

/// The word of the exit phase.
const WORD: usize = 1;

fn make() -> (Strong<Small>, Finalizer<Small>) {
    exit::begin();
    let strong = Strong::new(Small::new());
    let finalizer = register(&strong);
    (strong, finalizer)
}

fn register(strong: &Strong<Small>) -> Finalizer<Small> {
    finalize(strong, |_| {
        let mut capture = Capture::new();
        move || capture.call()
    })
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
    executions = [1187, 3981, 1606, 13_256],
    finds = &[
        (Bug::ShareAfterUnlock, EVERY_WAY),
        (Bug::AskedAfterClaim, EVERY_WAY),
        (Bug::NoClaim, EVERY_WAY),
    ]
);
scenario!(
    call_races_phase,
    call_phase,
    leaks = WORD,
    executions = [330, 330, 323, 618],
    finds = &[(Bug::AskedAfterClaim, EVERY_WAY)]
);
scenario!(
    detach_races_phase,
    detach_phase,
    leaks = WORD,
    executions = [330, 330, 323, 618],
    finds = &[(Bug::NoClaim, EVERY_WAY)]
);
scenario!(
    set_at_exit_races_phase,
    set_at_exit_phase,
    preemptions = Some(6),
    leaks = WORD,
    executions = [1207, 1207, 1144, 1880],
    finds = &[(Bug::InertUnlocked, EVERY_WAY)]
);
scenario!(
    registration_races_phase,
    registration_phase,
    preemptions = Some(3),
    leaks = WORD,
    executions = [503, 794, 479, 2182],
    finds = &[(Bug::InertUnlocked, EVERY_WAY)]
);
scenario!(
    claim_races_call_and_death,
    claim_call_and_death,
    preemptions = Some(2),
    leaks = WORD,
    executions = [685, 1759, 441, 3207],
    finds = &[
        (Bug::ShareAfterUnlock, EVERY_WAY),
        (Bug::AskedAfterClaim, EVERY_WAY),
    ]
);
