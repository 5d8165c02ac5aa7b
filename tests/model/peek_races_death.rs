//! A peeks at the object of a finalizer while B's death, or a call, consumes it and the block goes:
//! A reads an intact value or gets none, and never asks a block that is gone.

use loom::thread;
use weakref::__private::Bug;
use weakref::{Strong, finalize_with};

use crate::cells::{Small, drops};
use crate::explore::EVERY_WAY;

scenario!(
    death,
    || {
        let strong = Strong::new(Small::new());
        let finalizer = finalize_with(&strong, drop, ());
        let other = thread::spawn(move || drop(strong));
        if let Some(strong) = finalizer.peek() {
            strong.read();
        }
        drop(finalizer);
        other.join().unwrap();
        assert_eq!(drops(), 1);
    },
    preemptions = Some(4),
    executions = [1006, 6382, 1057, 52_269],
    finds = &[
        (Bug::UnguardedPeek, EVERY_WAY),
        (Bug::RelaxedLock, EVERY_WAY),
        (Bug::RelaxedUnlock, EVERY_WAY),
    ]
);

scenario!(
    call_and_death,
    || {
        let strong = Strong::new(Small::new());
        let finalizer = finalize_with(&strong, drop, ());
        let again = finalizer.clone();
        let dying = thread::spawn(move || drop(strong));
        let calling = thread::spawn(move || again.call());
        if let Some(strong) = finalizer.peek() {
            strong.read();
        }
        drop(finalizer);
        dying.join().unwrap();
        calling.join().unwrap();
        assert_eq!(drops(), 1);
    },
    preemptions = Some(3),
    executions = [40_626, 398_621, 13_883, 1_844_384],
    finds = &[(Bug::UnguardedPeek, EVERY_WAY)]
);
