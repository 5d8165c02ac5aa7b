//! Three threads change one list: who finds it locked waits, nobody waits for ever, and nobody
//! enters while another is inside.

use loom::thread;
use weakref::__private::Bug;
use weakref::watch::Graveyard;
use weakref::{Strong, WeakRef};

use crate::cells::{Capture, Small, calls, drops};
use crate::explore::EVERY_WAY;

fn register(strong: &Strong<Small>) {
    let mut capture = Capture::new();
    WeakRef::with_callback(strong, move |_| capture.call()).forget();
}

scenario!(
    three,
    || {
        let strong = Strong::new(Small::new());
        let others =
            [strong.clone(), strong.clone()].map(|strong| thread::spawn(move || register(&strong)));
        register(&strong);
        for other in others {
            other.join().unwrap();
        }
        drop(strong);
        assert_eq!((calls(), drops()), (3, 4));
    },
    preemptions = Some(3),
    executions = [8966, 8966, 2879, 11_586],
    finds = &[
        (Bug::NoWake, EVERY_WAY),
        (Bug::RelaxedUnlock, EVERY_WAY),
        (Bug::NoLock, EVERY_WAY),
    ]
);

scenario!(
    entries_and_callbacks,
    || {
        let strong = Strong::new(Small::new());
        let (watched, cancelled) = (strong.clone(), strong.clone());
        let container = thread::spawn(move || {
            let mut graveyard = Graveyard::new();
            let entry = graveyard.watch(&watched, 7);
            drop(entry);
            assert_eq!(graveyard.next_dead(), None);
        });
        let canceller = thread::spawn(move || {
            let mut capture = Capture::new();
            drop(WeakRef::with_callback(&cancelled, move |_| capture.call()));
        });
        register(&strong);
        drop(strong);
        container.join().unwrap();
        canceller.join().unwrap();
        assert_eq!((calls(), drops()), (1, 3));
    },
    preemptions = Some(2),
    executions = [4409, 4943, 703, 8197],
    finds = &[
        (Bug::NoWake, EVERY_WAY),
        (Bug::RelaxedUnlock, EVERY_WAY),
        (Bug::NoLock, EVERY_WAY),
        (Bug::RelaxedLockOfWaiter, EVERY_WAY),
    ]
);
