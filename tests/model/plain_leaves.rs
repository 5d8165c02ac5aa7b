//! The death of a value that needs no drop gives its last unit back in the step that unlocks its list, while others
//! remove what was registered, and give their units back.

use loom::thread;
use weakref::__private::Bug;
use weakref::watch::Graveyard;
use weakref::{Strong, WeakRef};

use crate::cells::{Capture, Plain};
use crate::explore::EVERY_WAY;

fn entry<const PAD: usize>(keeps_weak: bool) {
    let strong = Strong::new(Plain::<PAD>::new());
    let mut graveyard = Graveyard::new();
    let entry = graveyard.watch(&strong, 7);
    let weak = keeps_weak.then(|| Strong::downgrade(&strong));
    let other = thread::spawn(move || drop((entry, weak)));
    drop(strong);
    while graveyard.next_dead().is_some() {}
    other.join().unwrap();
}

scenario!(
    of_one,
    || entry::<0>(false),
    preemptions = Some(4),
    executions = [2979, 6610, 2087, 52_958],
    finds = &[
        (Bug::RelaxedUnlock, EVERY_WAY),
        (Bug::RelaxedFree, EVERY_WAY),
        (Bug::RelaxedWeakRelease, EVERY_WAY),
        (Bug::NoLock, EVERY_WAY),
        (Bug::NoWake, EVERY_WAY),
        (Bug::ClosesUnlocked, EVERY_WAY),
        (Bug::ClosesIntoLock, EVERY_WAY),
        (Bug::UnitNotMoved, EVERY_WAY),
    ]
);

scenario!(
    of_a_separate_one,
    || entry::<16>(true),
    preemptions = Some(3),
    executions = [2992, 9028, 789, 43_635],
    finds = &[(Bug::NoLock, EVERY_WAY)]
);

scenario!(
    beside_a_cancel,
    || {
        let strong = Strong::new(Plain::<0>::new());
        let mut capture = Capture::new();
        let callback = WeakRef::with_callback(&strong, move |_| capture.call());
        let other = thread::spawn(move || drop(callback));
        drop(strong);
        other.join().unwrap();
    },
    preemptions = Some(5),
    executions = [1977, 7669, 2935, 50_127],
    finds = &[
        (Bug::RelaxedUnlock, EVERY_WAY),
        (Bug::RelaxedFree, EVERY_WAY),
        (Bug::NoLock, EVERY_WAY),
        (Bug::NoWake, EVERY_WAY),
    ]
);
