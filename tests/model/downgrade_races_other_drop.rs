//! R5. A downgrades, drops its strong handle and upgrades later, while B drops the other strong
//! handle: the test for "nobody else" must see A's weak unit.

use loom::thread;
use weakref::__private::Bug;
use weakref::Strong;

use crate::cells::{Small, drops};
use crate::explore::EVERY_WAY;

fn race() {
    let strong = Strong::new(Small::new());
    let again = strong.clone();
    let other = thread::spawn(move || again.read());
    let weak = Strong::downgrade(&strong);
    strong.read();
    drop(strong);
    if let Some(strong) = weak.upgrade() {
        strong.read();
    }
    drop(weak);
    other.join().unwrap();
    assert_eq!(drops(), 1);
}

scenario!(
    then_upgrades,
    race,
    preemptions = Some(4),
    executions = [179, 670, 260, 4677],
    finds = &[
        (Bug::NoClose, EVERY_WAY),
        (Bug::NoHandOver, EVERY_WAY),
        (Bug::RelaxedStrongRelease, EVERY_WAY),
        (Bug::RelaxedLast, EVERY_WAY),
        (Bug::RelaxedWeakRelease, EVERY_WAY),
    ]
);
