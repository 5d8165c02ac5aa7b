//! R10. A and B call `into_inner` on the two last strong handles while C upgrades: exactly one of
//! them gets the value, or C's later drop ends it.

use loom::thread;
use weakref::__private::Bug;
use weakref::Strong;

use crate::cells::{Small, drops};
use crate::explore::EVERY_WAY;

fn into_inner(strong: Strong<Small>) -> bool {
    let value = Strong::into_inner(strong);
    value.is_some_and(|mut value| {
        value.write();
        true
    })
}

scenario!(
    two_and_an_upgrade,
    || {
        let strong = Strong::new(Small::new());
        let (again, weak) = (strong.clone(), Strong::downgrade(&strong));
        let second = thread::spawn(move || into_inner(again));
        let upgrader = thread::spawn(move || {
            weak.upgrade().is_some_and(|strong| {
                strong.read();
                true
            })
        });
        let taken = usize::from(into_inner(strong)) + usize::from(second.join().unwrap());
        let upgraded = upgrader.join().unwrap();
        assert!(taken == 1 || taken == 0 && upgraded);
        assert_eq!(drops(), 1);
    },
    preemptions = Some(3),
    executions = [424, 1342, 413, 6241],
    finds = &[
        (Bug::NoClose, EVERY_WAY),
        (Bug::RelaxedStrongRelease, EVERY_WAY),
        (Bug::NoHandOver, EVERY_WAY),
    ]
);

scenario!(
    two,
    || {
        let strong = Strong::new(Small::new());
        let again = strong.clone();
        let second = thread::spawn(move || into_inner(again));
        let taken = usize::from(into_inner(strong)) + usize::from(second.join().unwrap());
        assert_eq!((taken, drops()), (1, 1));
    },
    executions = [4, 4, 4, 4],
    finds = &[
        (Bug::RelaxedStrongRelease, EVERY_WAY),
        (Bug::RelaxedLast, EVERY_WAY)
    ]
);
