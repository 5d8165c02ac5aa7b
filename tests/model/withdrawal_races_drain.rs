//! One thread takes the notices of a graveyard out while another drops the entry of one of them:
//! the notice is reported, or withdrawn, never both; the unit is given back once.

use loom::thread;
use weakref::__private::Bug;
use weakref::Strong;
use weakref::watch::Graveyard;

use crate::cells::{OneEntry, Small, drops, watched, watched_by_a_node};
use crate::explore::{EVERY_WAY, Ways};

/// What a race for one entry finds.
const OF_ONE: &[(Bug, Ways)] = &[
    (Bug::UnitNotMoved, EVERY_WAY),
    (Bug::DrainLooks, EVERY_WAY),
    (Bug::WithdrawalLooks, EVERY_WAY),
    (Bug::TokenAfterDrain, EVERY_WAY),
    (Bug::ShapeBeforeExchange, EVERY_WAY),
    (Bug::CountedBeforeExchange, EVERY_WAY),
    (Bug::WithdrawnUnlocked, EVERY_WAY),
    (Bug::RelaxedDrain, EVERY_WAY),
    (Bug::RelaxedDrained, EVERY_WAY),
];

/// Nobody else holds anything: the object is dead, and the entry and the graveyard are what is left.
fn race((mut graveyard, strong, entry): OneEntry) {
    drop(strong);
    assert_eq!((graveyard.dead(), drops()), (1, 1));
    let other = thread::spawn(move || drop(entry));
    let drained = graveyard.next_dead();
    assert!(drained.is_none_or(|notice| notice.token == 7));
    assert_eq!(graveyard.dead(), 0);
    drop(graveyard);
    other.join().unwrap();
}

scenario!(
    of_one,
    || race(watched()),
    executions = [319, 369, 728, 12_111],
    finds = OF_ONE
);

scenario!(
    of_a_node,
    || race(watched_by_a_node()),
    executions = [319, 369, 728, 12_111],
    finds = OF_ONE
);

scenario!(
    dead_before,
    || {
        let mut graveyard = Graveyard::new();
        let strong = Strong::new(Small::new());
        let entries = [graveyard.watch(&strong, 0), graveyard.watch(&strong, 1)];
        drop(strong);
        assert_eq!(graveyard.dead(), 2);
        let other = thread::spawn(move || drop(entries));
        let drained = std::iter::from_fn(|| graveyard.next_dead()).count();
        assert!(drained <= 2);
        assert_eq!(graveyard.dead(), 0);
        drop(graveyard);
        other.join().unwrap();
        assert_eq!(drops(), 1);
    },
    preemptions = Some(4),
    executions = [3853, 4780, 1501, 86_851],
    finds = &[(Bug::UnitNotMoved, EVERY_WAY), (Bug::NoLock, EVERY_WAY)]
);

scenario!(
    dying_meanwhile,
    || {
        let (mut graveyard, strong, entry) = watched();
        let dying = thread::spawn(move || drop(strong));
        let removing = thread::spawn(move || drop(entry));
        let drained = graveyard.next_dead();
        assert!(drained.is_none_or(|notice| notice.token == 7));
        dying.join().unwrap();
        removing.join().unwrap();
        assert_eq!(graveyard.dead(), 0);
        assert_eq!(graveyard.next_dead(), None);
        drop(graveyard);
        assert_eq!(drops(), 1);
    },
    preemptions = Some(3),
    executions = [4363, 1653, 1260, 20_362],
    finds = &[
        (Bug::UnitNotMoved, EVERY_WAY),
        (Bug::NoLock, EVERY_WAY),
        (Bug::PushOutsideLock, EVERY_WAY),
    ]
);
