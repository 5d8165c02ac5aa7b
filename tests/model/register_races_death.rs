//! R14. A registers through its strong handle and drops it while B drops the other one: what was
//! registered comes to its end exactly once.

use loom::thread;
use weakref::__private::Bug;
use weakref::watch::Graveyard;
use weakref::{Strong, WeakRef};

use crate::cells::{Capture, Small, calls, drops};
use crate::explore::EVERY_WAY;

fn register(strong: &Strong<Small>) {
    let mut capture = Capture::new();
    WeakRef::with_callback(strong, move |weak| {
        assert!(weak.upgrade().is_none());
        capture.call();
    })
    .forget();
}

scenario!(
    one_registers,
    || {
        let strong = Strong::new(Small::new());
        let again = strong.clone();
        let other = thread::spawn(move || drop(again));
        register(&strong);
        drop(strong);
        other.join().unwrap();
        assert_eq!((calls(), drops()), (1, 2));
    },
    executions = [25, 25, 25, 25],
    finds = &[(Bug::RelaxedStrongRelease, EVERY_WAY)]
);

scenario!(
    both_register,
    || {
        let strong = Strong::new(Small::new());
        let again = strong.clone();
        let other = thread::spawn(move || register(&again));
        register(&strong);
        drop(strong);
        other.join().unwrap();
        assert_eq!((calls(), drops()), (2, 3));
    },
    preemptions = Some(3),
    executions = [91, 91, 60, 118],
    finds = &[
        (Bug::NoLock, EVERY_WAY),
        (Bug::RelaxedLock, EVERY_WAY),
        (Bug::RelaxedUnlock, EVERY_WAY),
    ]
);

scenario!(
    container_registers,
    || {
        let strong = Strong::new(Small::new());
        let again = strong.clone();
        let other = thread::spawn(move || drop(again));
        let mut graveyard = Graveyard::new();
        let entry = graveyard.watch(&strong, 7);
        drop(strong);
        if let Some(notice) = graveyard.next_dead() {
            assert_eq!((notice.token, notice.id), (7, entry.id()));
        }
        drop((entry, graveyard));
        other.join().unwrap();
        assert_eq!(drops(), 1);
    },
    preemptions = Some(3),
    executions = [844, 534, 386, 3749],
    finds = &[(Bug::PushOutsideLock, EVERY_WAY)]
);
