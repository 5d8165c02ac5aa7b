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
    executions = [44, 11, 9, 22],
    finds = &[
        (Bug::RelaxedUnique, EVERY_WAY),
        (Bug::RelaxedStrongRelease, EVERY_WAY),
        (Bug::RelaxedLast, EVERY_WAY),
    ]
);

/// As above, but with a weak reference beside, so that A closes what it takes out.
fn unwrap() {
    let strong = Strong::new(Small::new());
    let (same, weak) = (strong.clone(), Strong::downgrade(&strong));
    let other = thread::spawn(move || same.read());
    if let Ok(mut value) = Strong::try_unwrap(strong) {
        value.write();
    }
    other.join().unwrap();
    drop(weak);
    assert_eq!(drops(), 1);
}

scenario!(
    try_unwrap,
    unwrap,
    executions = [24, 24, 16, 62],
    finds = &[
        (Bug::RelaxedClose, EVERY_WAY),
        (Bug::RelaxedStrongRelease, EVERY_WAY)
    ]
);
