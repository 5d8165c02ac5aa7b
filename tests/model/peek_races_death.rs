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
    executions = [857, 7458, 1279, 68_074],
    finds = &[
        (Bug::UnguardedPeek, EVERY_WAY),
        (Bug::RelaxedClaim, EVERY_WAY),
        (Bug::RelaxedPeek, EVERY_WAY),
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
    preemptions = Some(2),
    executions = [5572, 70_824, 753, 243_387],
    finds = &[(Bug::UnguardedPeek, EVERY_WAY)]
);
