//! R1. A drops the only strong handle while B upgrades, reads and drops both handles: B reads an
//! intact value or gets none, and the value is dropped once.

use loom::thread;
use weakref::__private::Bug;
use weakref::Strong;

use crate::cells::{Value, drops};
use crate::explore::{EVERY_WAY, PLAIN, Ways};

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

/// A's load of the zero acquires what B did, if B came before it; its close must where B came between.
const FINDS: &[(Bug, Ways)] = &[
    (Bug::NoHandOver, EVERY_WAY),
    (Bug::NoClose, EVERY_WAY),
    (Bug::RelaxedStrongRelease, EVERY_WAY),
    (Bug::RelaxedClose, PLAIN),
    (Bug::RelaxedWeakRelease, EVERY_WAY),
    (Bug::RelaxedFree, EVERY_WAY),
    (Bug::RelaxedLast, EVERY_WAY),
];

scenario!(
    weak_first,
    || race::<0>(true),
    executions = [580, 2235, 1400, 154_735],
    finds = FINDS
);

scenario!(
    strong_first,
    || race::<0>(false),
    executions = [749, 2943, 1787, 200_677],
    finds = &[
        (Bug::NoHandOver, EVERY_WAY),
        (Bug::NoClose, EVERY_WAY),
        (Bug::RelaxedStrongRelease, EVERY_WAY),
        (Bug::RelaxedWeakRelease, EVERY_WAY),
        (Bug::RelaxedFree, EVERY_WAY),
        (Bug::RelaxedLast, EVERY_WAY),
    ]
);

scenario!(
    separate,
    || race::<17>(true),
    executions = [580, 2235, 1400, 154_735],
    finds = FINDS
);
