//! R6. A asks whether its handle is unique and writes, while B upgrades, drops its weak reference
//! and reads through the strong one: never both.

use loom::thread;
use weakref::__private::Bug;
use weakref::{Strong, WeakRef};

use crate::cells::{Small, drops};
use crate::explore::{EVERY_WAY, Hints, ORDERED};

fn upgrade_and_read(weak: WeakRef<Small>) {
    if let Some(strong) = weak.upgrade() {
        drop(weak);
        strong.read();
    }
}

scenario!(
    get_mut,
    || {
        let mut strong = Strong::new(Small::new());
        let weak = Strong::downgrade(&strong);
        let other = thread::spawn(move || upgrade_and_read(weak));
        if let Some(value) = Strong::get_mut(&mut strong) {
            value.write();
        }
        strong.read();
        drop(strong);
        other.join().unwrap();
        assert_eq!(drops(), 1);
    },
    executions = [2078, 2235, 2507, 283_071],
    finds = &[
        (
            Bug::RelaxedUnique,
            &[Hints::Plain, Hints::ReadModifyWrite, Hints::Shadowed]
        ),
        (Bug::RelaxedStrongRelease, EVERY_WAY)
    ]
);

scenario!(
    try_unwrap,
    || {
        let strong = Strong::new(Small::new());
        let weak = Strong::downgrade(&strong);
        let other = thread::spawn(move || upgrade_and_read(weak));
        match Strong::try_unwrap(strong) {
            Ok(mut value) => {
                value.write();
                other.join().unwrap();
            }
            Err(strong) => {
                strong.read();
                other.join().unwrap();
            }
        }
        assert_eq!(drops(), 1);
    },
    executions = [138, 45, 110, 926],
    finds = &[
        (Bug::NoClose, EVERY_WAY),
        (Bug::RelaxedUnique, ORDERED),
        (Bug::RelaxedStrongRelease, EVERY_WAY)
    ]
);
