//! R35. A ends the registration of what it alone has, without the list's lock, while B lets go of the handles that it
//! had: A finds them there, or B is done with the object.

use loom::thread;
use weakref::__private::Bug;
use weakref::watch::{Graveyard, Watched};
use weakref::{Strong, SyncSlot, WeakRef};

use crate::cells::{Capture, Small, calls, drops};
use crate::explore::{EVERY_WAY, Hints};

/// Ends the registration if it can, and lets the object go; what died with an entry left a notice.
fn lets_go(
    mut graveyard: Graveyard<SyncSlot>,
    mut entry: Watched<Small>,
    mut strong: Strong<Small>,
) {
    let is_unwatched = graveyard.unwatch(&mut entry, &mut strong);
    drop(strong);
    while let Some(notice) = graveyard.next_dead() {
        assert!(!is_unwatched);
        assert_eq!((notice.token, notice.id), (7, entry.id()));
    }
    assert!(!is_unwatched || !entry.is_alive());
    drop((entry, graveyard));
}

scenario!(
    upgrade,
    || {
        let strong = Strong::new(Small::new());
        let mut graveyard = Graveyard::new();
        let entry = graveyard.watch(&strong, 7);
        let weak = Strong::downgrade(&strong);
        let other = thread::spawn(move || {
            if let Some(strong) = weak.upgrade() {
                drop(weak);
                strong.read();
            }
        });
        lets_go(graveyard, entry, strong);
        other.join().unwrap();
        assert_eq!(drops(), 1);
    },
    preemptions = Some(3),
    executions = [1445, 1448, 445, 31_691],
    finds = &[
        (Bug::UnwatchesShared, EVERY_WAY),
        (Bug::RelaxedUnique, &[Hints::Plain, Hints::Shadowed]),
    ]
);

scenario!(
    callback,
    || {
        let strong = Strong::new(Small::new());
        let again = strong.clone();
        let other = thread::spawn(move || {
            let mut capture = Capture::new();
            let callback = WeakRef::with_callback(&again, move |_| capture.call());
            drop(callback);
            drop(again);
        });
        let mut graveyard = Graveyard::new();
        let entry = graveyard.watch(&strong, 7);
        lets_go(graveyard, entry, strong);
        other.join().unwrap();
        assert!(calls() <= 1);
        assert_eq!(drops(), 2);
    },
    preemptions = Some(3),
    executions = [12_864, 11_714, 1781, 95_259],
    finds = &[
        (Bug::UnwatchesShared, EVERY_WAY),
        (Bug::RelaxedUnique, &[Hints::Plain, Hints::Shadowed]),
    ]
);

scenario!(
    another_entry,
    || {
        let strong = Strong::new(Small::new());
        let mut graveyard = Graveyard::new();
        let entry = graveyard.watch(&strong, 7);
        let mut another = Graveyard::new();
        let second = another.watch(&strong, 8);
        let other = thread::spawn(move || {
            drop(second);
            drop(another);
        });
        lets_go(graveyard, entry, strong);
        other.join().unwrap();
        assert_eq!(drops(), 1);
    },
    preemptions = Some(3),
    executions = [10_355, 3097, 473, 15_303],
    finds = &[
        (Bug::UnwatchesShared, EVERY_WAY),
        (Bug::RelaxedUnique, &[Hints::Shadowed]),
    ]
);
