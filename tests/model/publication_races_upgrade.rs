//! R9. A builds an object that gave weak references to B before it was published; B upgrades: it
//! gets none before, sees an initialised value after, and what it tried before does not count.

use loom::thread;
use weakref::__private::Bug;
use weakref::{Strong, WeakRef};

use crate::cells::{Small, drops};
use crate::explore::{EVERY_WAY, PLAIN};

fn race() {
    let mut other = None;
    let strong = Strong::<Small>::new_cyclic(|construction| {
        let weak = WeakRef::clone(construction);
        other = Some(thread::spawn(move || {
            for _ in 0..2 {
                if let Some(strong) = weak.upgrade() {
                    strong.read();
                }
            }
        }));
        Small::new()
    });
    strong.read();
    drop(strong);
    other.unwrap().join().unwrap();
    assert_eq!(drops(), 1);
}

scenario!(
    two_attempts,
    race,
    preemptions = Some(4),
    executions = [950, 4172, 1029, 47_738],
    finds = &[
        // With a look no upgrade adds to what is closed, and nothing strays.
        (Bug::PublishAdds, PLAIN),
        (Bug::RelaxedPublish, EVERY_WAY),
        (Bug::RelaxedUpgrade, EVERY_WAY),
    ]
);
