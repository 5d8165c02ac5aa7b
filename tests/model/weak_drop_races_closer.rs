//! R8. A closes, drops the value and gives its weak unit back while B drops the last weak
//! reference: the block is freed once, after the value's drop.

use loom::thread;
use weakref::__private::Bug;
use weakref::Strong;

use crate::cells::{Value, drops};
use crate::explore::{EVERY_WAY, Ways};

fn race<const PAD: usize>() {
    let strong = Strong::new(Value::<PAD>::new());
    let weak = Strong::downgrade(&strong);
    let other = thread::spawn(move || {
        let _alive = weak.is_alive();
    });
    strong.read();
    drop(strong);
    other.join().unwrap();
    assert_eq!(drops(), 1);
}

const FINDS: &[(Bug, Ways)] = &[
    (Bug::RelaxedWeakRelease, EVERY_WAY),
    (Bug::RelaxedFree, EVERY_WAY),
    (Bug::RelaxedLast, EVERY_WAY),
];

scenario!(
    colocated,
    race::<0>,
    executions = [74, 229, 105, 1127],
    finds = FINDS
);

scenario!(
    separate,
    race::<17>,
    executions = [74, 229, 105, 1127],
    finds = FINDS
);
