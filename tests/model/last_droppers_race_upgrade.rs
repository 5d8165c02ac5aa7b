//! R4. A and B drop the two strong handles while C upgrades: what each read comes before the drop
//! of the value, whoever performs it.

use loom::thread;
use weakref::__private::Bug;
use weakref::Strong;

use crate::cells::{Small, drops};
use crate::explore::EVERY_WAY;

fn race() {
    let strong = Strong::new(Small::new());
    let (again, weak) = (strong.clone(), Strong::downgrade(&strong));
    let dropper = thread::spawn(move || again.read());
    let upgrader = thread::spawn(move || {
        if let Some(strong) = weak.upgrade() {
            strong.read();
        }
    });
    strong.read();
    drop(strong);
    dropper.join().unwrap();
    upgrader.join().unwrap();
    assert_eq!(drops(), 1);
}

scenario!(
    two_and_one,
    race,
    preemptions = Some(3),
    executions = [424, 1342, 413, 6241],
    finds = &[
        (Bug::RelaxedStrongRelease, EVERY_WAY),
        (Bug::NoHandOver, EVERY_WAY),
    ]
);
