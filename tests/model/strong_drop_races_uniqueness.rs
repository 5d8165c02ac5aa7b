//! R7. A sees itself alone after B dropped its strong handle: what B read comes before what A
//! writes.

use loom::thread;
use weakref::__private::Bug;
use weakref::Strong;

use crate::cells::{Small, drops};
use crate::explore::EVERY_WAY;

fn race() {
    let mut strong = Strong::new(Small::new());
    let again = strong.clone();
    let other = thread::spawn(move || again.read());
    if let Some(value) = Strong::get_mut(&mut strong) {
        value.write();
    }
    drop(strong);
    other.join().unwrap();
    assert_eq!(drops(), 1);
}

scenario!(
    get_mut,
    race,
    executions = [24, 7, 30, 68],
    finds = &[
        (Bug::RelaxedUnique, EVERY_WAY),
        (Bug::RelaxedStrongRelease, EVERY_WAY),
        (Bug::RelaxedLast, EVERY_WAY),
    ]
);
