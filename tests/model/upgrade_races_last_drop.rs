//! R1. A drops the only strong handle while B upgrades, reads and drops both handles: B reads an
//! intact value or gets none, and the value is dropped once.

use loom::thread;
use weakref::__private::Bug;
use weakref::Strong;

use crate::cells::{Value, drops};
use crate::explore::{EVERY_WAY, ORDERED, PLAIN, Ways};

fn race<const PAD: usize>(weak_first: bool) {
    let strong = Strong::new(Value::<PAD>::new());
    let weak = Strong::downgrade(&strong);
    let other = thread::spawn(move || {
        let Some(strong) = weak.upgrade() else { return };
        if weak_first {
            drop(weak);
        }
        strong.read();
    });
    drop(strong);
    other.join().unwrap();
    assert_eq!(drops(), 1);
}

/// With hints A closes in one step, unless it fails: no zero is left to revive, and when B's weak
/// reference is gone first, A closes nothing that B read through.
const FINDS: &[(Bug, Ways)] = &[
    (Bug::NoHandOver, PLAIN),
    (Bug::NoClose, EVERY_WAY),
    (Bug::RelaxedStrongRelease, EVERY_WAY),
    (Bug::RelaxedClose, PLAIN),
    (Bug::RelaxedWeakRelease, EVERY_WAY),
    (Bug::RelaxedFree, EVERY_WAY),
    (Bug::RelaxedLast, EVERY_WAY),
    (Bug::RelaxedUnique, ORDERED),
];

scenario!(
    weak_first,
    || race::<0>(true),
    executions = [580, 108, 76, 658],
    finds = FINDS
);

scenario!(
    strong_first,
    || race::<0>(false),
    executions = [749, 304, 209, 4720],
    finds = &[
        (Bug::NoHandOver, PLAIN),
        (Bug::NoClose, EVERY_WAY),
        (Bug::RelaxedStrongRelease, EVERY_WAY),
        (Bug::RelaxedClose, EVERY_WAY),
        (Bug::RelaxedWeakRelease, EVERY_WAY),
        (Bug::RelaxedFree, EVERY_WAY),
        (Bug::RelaxedLast, EVERY_WAY),
        (Bug::RelaxedUnique, ORDERED),
    ]
);

scenario!(
    separate,
    || race::<17>(true),
    executions = [580, 108, 76, 658],
    finds = FINDS
);
