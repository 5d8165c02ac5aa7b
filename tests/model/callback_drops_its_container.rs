//! R18. B runs a callback that drops the last handles: a container with an entry of the dying
//! object, another callback of it, and weak references, while A drops a weak reference. The node
//! that runs stays, and the block until B left it.

use loom::thread;
use weakref::__private::Bug;
use weakref::watch::Graveyard;
use weakref::{Strong, WeakRef};

use crate::cells::{Capture, Small, calls, drops};
use crate::explore::EVERY_WAY;

scenario!(
    with_everything_in_it,
    || {
        let strong = Strong::new(Small::new());
        let weak = Strong::downgrade(&strong);
        let mut graveyard = Graveyard::new();
        let entries = (graveyard.watch(&strong, 1), graveyard.watch(&strong, 2));
        let mut capture = Capture::new();
        let older = WeakRef::with_callback(&strong, move |_| capture.call());
        let owned = (weak.clone(), older, entries, graveyard);
        let mut capture = Capture::new();
        let newest = WeakRef::with_callback(&strong, move |_| {
            drop(owned);
            capture.call();
        });
        let other = thread::spawn(move || drop(strong));
        drop(weak);
        newest.forget();
        other.join().unwrap();
        assert_eq!((calls(), drops()), (2, 3));
    },
    preemptions = Some(4),
    executions = [217, 13_482, 2004, 92_171],
    finds = &[
        (Bug::UnitNotMoved, EVERY_WAY),
        (Bug::NodeFreedTwice, EVERY_WAY),
        (Bug::LateCancelUnlinks, EVERY_WAY),
        (Bug::RelaxedWeakRelease, EVERY_WAY),
    ]
);
