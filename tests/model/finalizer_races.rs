//! R17. A finalizer is called, detached and run by the death on several threads: exactly one of
//! them consumes it, its action is dropped once, and its weak unit is given back once. And I8: a
//! test for uniqueness does not count a finalizer whose unit is on its way back.

use loom::thread;
use weakref::__private::{Bug, exit};
use weakref::{Finalizer, Strong, finalize, run_exit_finalizers};

use crate::cells::{Capture, Small, calls, drops};
use crate::explore::EVERY_WAY;

fn make() -> (Strong<Small>, Finalizer<Small>) {
    let strong = Strong::new(Small::new());
    let finalizer = finalize(&strong, |_| {
        let mut capture = Capture::new();
        move || capture.call()
    });
    (strong, finalizer)
}

/// One thread calls, the other drops the last handle.
fn call_death() {
    let (strong, finalizer) = make();
    let other = thread::spawn(move || drop(strong));
    finalizer.call();
    drop(finalizer);
    other.join().unwrap();
    assert_eq!((calls(), drops()), (1, 2));
}

fn call_call() {
    let (strong, finalizer) = make();
    let same = finalizer.clone();
    let other = thread::spawn(move || same.call().is_some());
    let called = finalizer.call().is_some();
    assert_ne!(other.join().unwrap(), called);
    assert_eq!(calls(), 1);
    assert_eq!(Strong::weak_count(&strong), 0);
    drop((strong, finalizer));
    assert_eq!(drops(), 2);
}

/// Detached, the action is not run by the death.
fn detach_death() {
    let (strong, finalizer) = make();
    let other = thread::spawn(move || drop(strong));
    let detached = finalizer.detach();
    let was_detached = detached.is_some();
    drop((detached, finalizer));
    other.join().unwrap();
    assert_eq!((calls(), drops()), (usize::from(!was_detached), 2));
}

fn call_detach_death() {
    let (strong, finalizer) = make();
    let (a, c) = (finalizer.clone(), finalizer);
    let calling = thread::spawn(move || a.call().is_some());
    let detaching = thread::spawn(move || c.detach().is_some());
    drop(strong);
    let (called, detached) = (calling.join().unwrap(), detaching.join().unwrap());
    assert!(!(called && detached));
    assert_eq!((calls(), drops()), (usize::from(!detached), 2));
}

/// A peek must not touch the block once the caller of the finalizer gave its unit back.
fn peek_call() {
    let (strong, finalizer) = make();
    let same = finalizer.clone();
    let other = thread::spawn(move || {
        if let Some(strong) = same.peek() {
            strong.read();
        }
    });
    finalizer.call();
    drop((strong, finalizer));
    other.join().unwrap();
    assert_eq!((calls(), drops()), (1, 2));
}

fn unique_call() {
    let (mut strong, finalizer) = make();
    let other = thread::spawn(move || {
        if let Some(strong) = finalizer.peek() {
            strong.read();
        }
        finalizer.call();
    });
    if let Some(value) = Strong::get_mut(&mut strong) {
        value.write();
    }
    other.join().unwrap();
    assert!(Strong::get_mut(&mut strong).is_some());
    drop(strong);
    assert_eq!((calls(), drops()), (1, 2));
}

/// The exit phase consumes a finalizer that no handle refers to. Were its unit given back while it
/// is linked, it would be counted for the weak reference that is there.
fn unique_exit() {
    exit::begin();
    let (mut strong, finalizer) = make();
    drop(finalizer);
    let weak = Strong::downgrade(&strong);
    let other = thread::spawn(run_exit_finalizers);
    assert!(Strong::get_mut(&mut strong).is_none());
    other.join().unwrap();
    drop(weak);
    assert!(Strong::get_mut(&mut strong).is_some());
}

scenario!(
    call_races_death,
    call_death,
    preemptions = Some(5),
    executions = [4168, 13_641, 4210, 75_530],
    finds = &[
        (Bug::NoClaim, EVERY_WAY),
        (Bug::LateCancelUnlinks, EVERY_WAY),
        (Bug::RelaxedLeave, EVERY_WAY),
        (Bug::RelaxedLastOfFinalizer, EVERY_WAY),
        (Bug::NodeFreedTwice, EVERY_WAY),
    ]
);
scenario!(
    call_races_call,
    call_call,
    executions = [150, 367, 280, 3524],
    finds = &[(Bug::NoClaim, EVERY_WAY)]
);
scenario!(
    detach_races_death,
    detach_death,
    preemptions = Some(4),
    executions = [1206, 5761, 971, 42_101],
    finds = &[(Bug::UnguardedPeek, EVERY_WAY)]
);
scenario!(
    call_races_detach_and_death,
    call_detach_death,
    preemptions = Some(3),
    executions = [34_858, 262_986, 13_848, 962_860],
    finds = &[(Bug::NoClaim, EVERY_WAY)]
);
scenario!(
    peek_races_call,
    peek_call,
    executions = [1903, 3487, 2428, 23_381],
    finds = &[(Bug::UnguardedPeek, EVERY_WAY), (Bug::NoWake, EVERY_WAY)]
);
scenario!(
    uniqueness_races_call,
    unique_call,
    executions = [7607, 2506, 3237, 196_753],
    finds = &[(Bug::HeldNotCounted, EVERY_WAY)]
);
scenario!(
    uniqueness_races_exit,
    unique_exit,
    // The word of the exit phase, which goes with the execution.
    leaks = 1,
    executions = [2399, 2399, 876, 63_094],
    finds = &[(Bug::UnitBeforeUnlink, EVERY_WAY)]
);
