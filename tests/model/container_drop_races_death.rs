//! R19. A container goes with all it holds while its members die elsewhere.

use loom::thread;
use weakref::__private::Bug;
use weakref::Strong;

use crate::cells::{Small, drops};
use crate::explore::EVERY_WAY;
use crate::members::{Keys, Map, Member, Pairs};

scenario!(
    values_die,
    || {
        let (keys, map) = (Keys::default(), Map::default());
        let value = Strong::new(Small::new());
        map.insert(keys.key(1), &value);
        let other = thread::spawn(move || drop(value));
        drop(map);
        other.join().unwrap();
        // Not before: a death that is about to wake a shard holds it.
        assert_eq!((keys.count(), drops()), (0, 1));
    },
    preemptions = Some(3),
    executions = [2810, 6714, 995, 58_128],
    finds = &[
        (Bug::UnitNotMoved, EVERY_WAY),
        (Bug::GraveNotCounted, EVERY_WAY)
    ]
);

scenario!(
    both_sides_die,
    || {
        let pairs = Pairs::default();
        let (key, value) = (Strong::new(Member::new(1)), Strong::new(Small::new()));
        pairs.insert(&key, &value);
        let other = thread::spawn(move || drop(value));
        let another = thread::spawn(move || drop(pairs));
        drop(key);
        other.join().unwrap();
        another.join().unwrap();
        assert_eq!(drops(), 2);
    },
    preemptions = Some(1),
    executions = [396, 4484, 39, 8468],
    finds = &[
        (Bug::UnitNotMoved, EVERY_WAY),
        (Bug::GraveNotCounted, EVERY_WAY)
    ]
);

scenario!(
    both_sides_die_of_one_that_stays,
    || {
        let pairs = Pairs::default();
        let (key, value) = (Strong::new(Member::new(1)), Strong::new(Small::new()));
        pairs.insert(&key, &value);
        let other = thread::spawn(move || drop(value));
        drop(key);
        other.join().unwrap();
        assert_eq!((drops(), pairs.len()), (2, 0));
    },
    preemptions = Some(2),
    executions = [2611, 8215, 630, 36_259],
    finds = &[(Bug::UnitNotMoved, EVERY_WAY)]
);
