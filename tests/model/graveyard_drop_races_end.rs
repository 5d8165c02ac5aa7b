//! A graveyard goes while entries of it are left, which no container does: a removal or a death on
//! another thread still finds its memory, or was over before it was freed. Whoever leaves last frees it;
//! a death after a passive graveyard has gone leaves it, and the block, behind.

use loom::thread;
use weakref::__private::Bug;

use crate::cells::{drops, watched};
use crate::explore::EVERY_WAY;

/// The cells of a graveyard and of an object's header.
const GRAVE: usize = 4;
const BLOCK: usize = 4;

scenario!(
    removal,
    || {
        let (graveyard, strong, entry) = watched();
        let other = thread::spawn(move || drop(entry));
        drop(graveyard);
        other.join().unwrap();
        drop(strong);
        assert_eq!(drops(), 1);
    },
    executions = [4, 4, 4, 4],
    finds = &[
        (Bug::RelaxedWithdrawal, EVERY_WAY),
        (Bug::RelaxedAbandon, EVERY_WAY),
        (Bug::RelaxedGraveEnd, EVERY_WAY),
        (Bug::GraveNotCounted, EVERY_WAY),
    ]
);

scenario!(
    death,
    || {
        let (graveyard, strong, entry) = watched();
        let other = thread::spawn(move || drop(strong));
        drop(graveyard);
        drop(entry);
        other.join().unwrap();
        assert_eq!(drops(), 1);
    },
    leaks = GRAVE + BLOCK,
    preemptions = Some(4),
    executions = [2033, 1193, 1194, 12_521],
    finds = &[(Bug::GraveNotCounted, EVERY_WAY)]
);
