//! R35. A ends the registration of what it alone has, without the list's lock, while B lets go of the handles that it
//! had: A finds them there, or B is done with the object.

use loom::thread;
use weakref::__private::Bug;
use weakref::watch::Graveyard;
use weakref::{Strong, WeakRef};

use crate::cells::{Capture, Small, calls, drops};
use crate::explore::{EVERY_WAY, Hints};

/// A has the object and its entry, and B what `others` takes of it.
fn race<B: FnOnce() + Send + 'static>(others: impl FnOnce(&Strong<Small>) -> B) {
    let mut strong = Strong::new(Small::new());
    let mut graveyard = Graveyard::new();
    let mut entry = graveyard.watch(&strong, 7);
    let other = thread::spawn(others(&strong));
    let is_unwatched = graveyard.unwatch(&mut entry, &mut strong);
    drop(strong);
    // What died with an entry left a notice.
    while let Some(notice) = graveyard.next_dead() {
        assert!(!is_unwatched);
        assert_eq!((notice.token, notice.id), (7, entry.id()));
    }
    assert!(!is_unwatched || !entry.is_alive());
    drop((entry, graveyard));
    other.join().unwrap();
}

scenario!(
    upgrade,
    || {
        race(|strong| {
            let weak = Strong::downgrade(strong);
            move || {
                if let Some(strong) = weak.upgrade() {
                    drop(weak);
                    strong.read();
                }
            }
        });
        assert_eq!(drops(), 1);
    },
    preemptions = Some(3),
    executions = [1445, 1448, 445, 31_691],
    finds = &[
        (Bug::UnwatchesShared, EVERY_WAY),
        (Bug::RelaxedUnique, &[Hints::Plain, Hints::Shadowed]),
    ]
);

scenario!(
    callback,
    || {
        race(|strong| {
            let again = strong.clone();
            move || {
                let mut capture = Capture::new();
                drop(WeakRef::with_callback(&again, move |_| capture.call()));
            }
        });
        assert!(calls() <= 1);
        assert_eq!(drops(), 2);
    },
    preemptions = Some(3),
    executions = [12_864, 11_714, 1781, 95_259],
    finds = &[
        (Bug::UnwatchesShared, EVERY_WAY),
        (Bug::RelaxedUnique, &[Hints::Plain, Hints::Shadowed]),
    ]
);

scenario!(
    another_entry,
    || {
        race(|strong| {
            let mut another = Graveyard::new();
            let second = another.watch(strong, 8);
            move || drop((second, another))
        });
        assert_eq!(drops(), 1);
    },
    preemptions = Some(3),
    executions = [10_355, 3097, 473, 15_303],
    finds = &[
        (Bug::UnwatchesShared, EVERY_WAY),
        (Bug::RelaxedUnique, &[Hints::Shadowed]),
    ]
);
