//! I8. A asks for a unique reference to an object with a finalizer: it gets one when no handle of
//! the finalizer is left through which another thread reads the value, and when every weak unit is
//! that of a finalizer.

use loom::thread;
use weakref::__private::{Bug, exit};
use weakref::{Strong, WeakRef, finalize_with, run_exit_finalizers};

use crate::cells::{Small, drops};
use crate::explore::{EVERY_WAY, STALE};

fn write_if_unique(strong: &mut Strong<Small>) -> bool {
    let value = Strong::get_mut(strong);
    value.is_some_and(|value| {
        value.write();
        true
    })
}

scenario!(
    peek_and_drop,
    || {
        let mut strong = Strong::new(Small::new());
        let finalizer = finalize_with(&strong, drop, ());
        let other = thread::spawn(move || {
            let peeked = finalizer.peek().expect("alive");
            drop(finalizer);
            peeked.read();
        });
        write_if_unique(&mut strong);
        other.join().unwrap();
        assert!(write_if_unique(&mut strong));
        drop(strong);
        assert_eq!(drops(), 1);
    },
    executions = [319, 833, 487, 7163],
    finds = &[(Bug::RelaxedHeld, STALE), (Bug::HeldNotCounted, EVERY_WAY)]
);

// The only handle is seen to be that, whether the finalizer is there, or consumed, or about to be.
scenario!(
    alone_beside_the_phase,
    || {
        exit::begin();
        let mut strong = Strong::new(Small::new());
        finalize_with(&strong, drop, ());
        let other = thread::spawn(run_exit_finalizers);
        assert!(write_if_unique(&mut strong));
        other.join().unwrap();
        assert!(write_if_unique(&mut strong));
        drop(strong);
        assert_eq!(drops(), 1);
    },
    // The word of the exit phase, which goes with the execution.
    leaks = 1,
    executions = [2399, 2399, 876, 63_094],
    finds = &[(Bug::UnitAfterUnlock, EVERY_WAY)]
);

scenario!(
    found_through_another_handle,
    || {
        let mut strong = Strong::new(Small::new());
        finalize_with(&strong, drop, ());
        let again = strong.clone();
        let other = thread::spawn(move || {
            let finalizer = Strong::finalizers(&again).remove(0);
            drop(again);
            if let Some(peeked) = finalizer.peek() {
                peeked.read();
            }
        });
        write_if_unique(&mut strong);
        drop(strong);
        other.join().unwrap();
        assert_eq!(drops(), 1);
    },
    preemptions = Some(3),
    executions = [3423, 15_150, 565, 77_761],
    finds = &[
        (Bug::RelaxedIsHeld, STALE),
        (Bug::HeldNotCounted, EVERY_WAY)
    ]
);

fn exit_beside_a_weak_reference() {
    let mut strong = Strong::new(Small::new());
    let weak = Strong::downgrade(&strong);
    exit::begin();
    finalize_with(&strong, drop, ());
    let exit = thread::spawn(run_exit_finalizers);
    let upgrader = thread::spawn(move || {
        if let Some(strong) = WeakRef::upgrade(&weak) {
            strong.read();
        }
    });
    write_if_unique(&mut strong);
    drop(strong);
    exit.join().unwrap();
    upgrader.join().unwrap();
    assert_eq!(drops(), 1);
}

scenario!(
    exit_and_upgrade,
    exit_beside_a_weak_reference,
    // The word of the exit phase, which goes with the execution.
    leaks = 1,
    preemptions = Some(2),
    executions = [8124, 152_689, 1258, 688_444],
    finds = &[(Bug::UnitBeforeUnlink, EVERY_WAY)]
);
