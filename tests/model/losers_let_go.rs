//! R27. Whoever loses a claim lets go at once: nobody but the racing parties holds anything, so that
//! what the loser gave up may have been the last. Two parties race in `exit_races`,
//! `finalizer_races`, `cancel_races_fire` and `graveyard_drop_races_end`; here are the rest, and three.

use loom::thread;
use weakref::__private::{Bug, exit};
use weakref::{Strong, WeakRef, finalize, run_exit_finalizers};

use crate::cells::{Capture, Small, calls, drops, watched};
use crate::explore::{EVERY_WAY, Hints, PLAIN, Ways};

/// The handle of a callback is given up, not cancelled, while the death runs it.
fn forget_fire() {
    let strong = Strong::new(Small::new());
    let mut capture = Capture::new();
    let callback = WeakRef::with_callback(&strong, move |_| capture.call());
    let other = thread::spawn(move || drop(strong));
    callback.forget();
    other.join().unwrap();
    assert_eq!((calls(), drops()), (1, 2));
}

/// Two threads run the phase, one after the other, and a third is the object's death.
fn phases_and_death() {
    exit::begin();
    let strong = Strong::new(Small::new());
    finalize(&strong, |_| {
        let mut capture = Capture::new();
        move || capture.call()
    });
    let dying = thread::spawn(move || drop(strong));
    let sweeping = thread::spawn(run_exit_finalizers);
    run_exit_finalizers();
    dying.join().unwrap();
    sweeping.join().unwrap();
    assert_eq!((calls(), drops()), (1, 2));
}

/// One thread cancels the callback of an object, another calls its finalizer, while it dies.
fn cancel_call_and_death() {
    let strong = Strong::new(Small::new());
    let mut capture = Capture::new();
    let callback = WeakRef::with_callback(&strong, move |_| capture.call());
    let finalizer = finalize(&strong, |_| {
        let mut capture = Capture::new();
        move || capture.call()
    });
    let cancelling = thread::spawn(move || drop(callback));
    let calling = thread::spawn(move || finalizer.call());
    drop(strong);
    cancelling.join().unwrap();
    calling.join().unwrap();
    assert!((1..=2).contains(&calls()));
    assert_eq!(drops(), 3);
}

/// A container is drained and goes, its entry goes, and the object dies, each on a thread of its own.
fn drain_withdrawal_and_death() {
    let (mut graveyard, strong, entry) = watched();
    let dying = thread::spawn(move || drop(strong));
    let removing = thread::spawn(move || drop(entry));
    let drained = graveyard.next_dead();
    assert!(drained.is_none_or(|notice| notice.token == 7));
    drop(graveyard);
    dying.join().unwrap();
    removing.join().unwrap();
    assert_eq!(drops(), 1);
}

/// A passive graveyard, and the block, stay behind when the death comes after its end.
const GRAVE_AND_BLOCK: usize = 8;
/// A load of one thread hides another's here.
const NOT_LOAD_FIRST: Ways = &[Hints::Plain, Hints::ReadModifyWrite, Hints::Shadowed];

scenario!(
    forget_races_fire,
    forget_fire,
    executions = [7, 16, 70, 244],
    finds = &[
        (Bug::NodeFreedTwice, EVERY_WAY),
        (Bug::RelaxedLeave, EVERY_WAY),
    ]
);
scenario!(
    two_phases_and_a_death,
    phases_and_death,
    preemptions = Some(2),
    executions = [809, 2345, 538, 5101],
    // The word of the exit phase, which goes with the execution.
    leaks = 1,
    finds = &[
        (Bug::ShareAfterUnlock, PLAIN),
        (Bug::AskedAfterClaim, EVERY_WAY),
    ]
);
scenario!(
    a_cancel_a_call_and_a_death,
    cancel_call_and_death,
    preemptions = Some(2),
    executions = [2348, 10_164, 828, 25_532],
    finds = &[
        (Bug::NoClaim, EVERY_WAY),
        (Bug::LateCancelUnlinks, EVERY_WAY),
        (Bug::NodeFreedTwice, EVERY_WAY),
    ]
);
scenario!(
    a_drain_a_withdrawal_and_a_death,
    drain_withdrawal_and_death,
    preemptions = Some(3),
    executions = [12_478, 2922, 2393, 48_246],
    leaks = GRAVE_AND_BLOCK,
    finds = &[
        (Bug::UnitNotMoved, NOT_LOAD_FIRST),
        (Bug::GraveNotCounted, EVERY_WAY),
    ]
);
