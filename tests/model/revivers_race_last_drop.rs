//! R3. A drops the last strong handle while B and C upgrade and drop in opposite orders: several
//! threads stand between the steps at once, and one closes.

use loom::thread;
use weakref::__private::Bug;
use weakref::Strong;

use crate::cells::{Small, drops};
use crate::explore::EVERY_WAY;

fn race() {
    let strong = Strong::new(Small::new());
    let weak = Strong::downgrade(&strong);
    let again = weak.clone();
    let strong_first = thread::spawn(move || {
        if let Some(strong) = weak.upgrade() {
            strong.read();
        }
    });
    let weak_first = thread::spawn(move || {
        if let Some(strong) = again.upgrade() {
            drop(again);
            strong.read();
        }
    });
    drop(strong);
    strong_first.join().unwrap();
    weak_first.join().unwrap();
    assert_eq!(drops(), 1);
}

scenario!(
    opposite_orders,
    race,
    preemptions = Some(3),
    executions = [5649, 40_774, 2120, 706_493],
    finds = &[
        (Bug::NoHandOver, EVERY_WAY),
        (Bug::NoClose, EVERY_WAY),
        (Bug::RelaxedStrongRelease, EVERY_WAY),
        (Bug::RelaxedClose, EVERY_WAY),
        (Bug::RelaxedWeakRelease, EVERY_WAY),
    ]
);
