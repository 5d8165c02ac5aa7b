//! R16. A unlinks a node while B's death detaches the whole list: no node is touched after it was
//! freed, each is freed by one side, and what stands beside it in the list comes to its own end.

use loom::thread;
use weakref::__private::Bug;
use weakref::watch::Graveyard;
use weakref::{CallbackRef, Strong, WeakRef};

use crate::cells::{Capture, Small, calls, drops};
use crate::explore::EVERY_WAY;

fn register(strong: &Strong<Small>) -> CallbackRef<Small> {
    let mut capture = Capture::new();
    WeakRef::with_callback(strong, move |_| capture.call())
}

fn race(cancelled: usize) {
    let strong = Strong::new(Small::new());
    let mut graveyard = Graveyard::new();
    let entry = graveyard.watch(&strong, 7);
    let mut callbacks = vec![register(&strong), register(&strong), register(&strong)];
    let other = thread::spawn(move || drop(strong));
    drop(callbacks.remove(cancelled));
    other.join().unwrap();
    assert!(calls() == 2 || calls() == 3);
    assert_eq!(drops(), 4);
    assert_eq!(graveyard.dead(), 1);
    assert_eq!(graveyard.next_dead().map(|notice| notice.token), Some(7));
    drop((callbacks, entry, graveyard));
}

scenario!(
    oldest,
    || race(0),
    preemptions = Some(6),
    executions = [2186, 13_702, 6120, 141_625],
    finds = &[
        (Bug::NoLock, EVERY_WAY),
        (Bug::ClosesUnlocked, EVERY_WAY),
        (Bug::ClosesIntoLock, EVERY_WAY),
        (Bug::LateCancelUnlinks, EVERY_WAY)
    ]
);

scenario!(
    middle,
    || race(1),
    preemptions = Some(6),
    executions = [2186, 13_702, 6120, 141_625],
    finds = &[
        (Bug::NoLock, EVERY_WAY),
        (Bug::LateCancelUnlinks, EVERY_WAY)
    ]
);

scenario!(
    newest,
    || race(2),
    preemptions = Some(6),
    executions = [2186, 13_702, 6120, 141_625],
    finds = &[
        (Bug::NoLock, EVERY_WAY),
        (Bug::LateCancelUnlinks, EVERY_WAY)
    ]
);
