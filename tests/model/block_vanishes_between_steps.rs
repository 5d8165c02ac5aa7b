//! R2. A stands between making strong zero and closing; B revives, drops every handle it has and
//! closes. A still owns a weak unit: its close fails, and the block is there until it left.

use loom::thread;
use weakref::__private::Bug;
use weakref::Strong;

use crate::cells::{Value, drops};
use crate::explore::{EVERY_WAY, Ways};

fn race<const PAD: usize>() {
    let strong = Strong::new(Value::<PAD>::new());
    let weak = Strong::downgrade(&strong);
    let other = thread::spawn(move || {
        let Some(strong) = weak.upgrade() else { return };
        drop(weak);
        strong.read();
        let weak = Strong::downgrade(&strong);
        drop(strong);
        if let Some(strong) = weak.upgrade() {
            strong.read();
        }
    });
    drop(strong);
    other.join().unwrap();
    assert_eq!(drops(), 1);
}

const FINDS: &[(Bug, Ways)] = &[
    (Bug::NoHandOver, EVERY_WAY),
    (Bug::NoClose, EVERY_WAY),
    (Bug::RelaxedWeakRelease, EVERY_WAY),
];

scenario!(
    colocated,
    race::<0>,
    preemptions = Some(5),
    executions = [767, 1858, 849, 43_152],
    finds = FINDS
);

scenario!(
    separate,
    race::<17>,
    preemptions = Some(5),
    executions = [767, 1858, 849, 43_152],
    finds = FINDS
);
