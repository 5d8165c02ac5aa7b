//! R24. A goes through a map while B drops what stands in it, or puts something else there. What is
//! alive stays, what is dead goes, and what came meanwhile is not taken for what was seen.

use loom::thread;
use std::sync::Arc;
use weakref::__private::Bug;
use weakref::Strong;

use crate::cells::{Small, drops};
use crate::explore::EVERY_WAY;
use crate::members::{Keys, Map};

scenario!(
    live_stay_and_dead_go,
    || {
        let (keys, map) = (Keys::default(), Map::default());
        let (dying, kept) = (Strong::new(Small::new()), Strong::new(Small::new()));
        map.insert(keys.key(1), &dying);
        map.insert(keys.key(9), &kept);
        let other = thread::spawn(move || drop(dying));
        if let Some(first) = map.values().next() {
            first.read();
            let found = map.values().filter(|value| Strong::ptr_eq(value, &first));
            assert_eq!(found.count(), 1, "it is alive");
        }
        other.join().unwrap();
        assert_eq!((keys.count(), drops()), (1, 1), "nothing lingers");
        assert!(Strong::ptr_eq(&map.get(&9).unwrap(), &kept));
    },
    preemptions = Some(3),
    executions = [4876, 10_496, 789, 37_164],
    finds = &[(Bug::RelaxedShard, EVERY_WAY)]
);

scenario!(
    retain_spares_what_came,
    || {
        let (keys, map) = (Keys::default(), Arc::new(Map::default()));
        let (first, second) = (Strong::new(Small::new()), Strong::new(Small::new()));
        map.insert(keys.key(1), &first);
        let other = {
            let (keys, map, second) = (keys.clone(), map.clone(), second.clone());
            thread::spawn(move || drop(map.insert(keys.key(1), &second)))
        };
        map.retain(|_, value| !Strong::ptr_eq(value, &first));
        other.join().unwrap();
        assert!(Strong::ptr_eq(&map.get(&1).unwrap(), &second));
        drop((first, second));
        assert_eq!((keys.count(), drops()), (0, 2));
    },
    preemptions = Some(1),
    executions = [224, 431, 14, 1199],
    finds = &[(Bug::AnyValue, EVERY_WAY), (Bug::AnyEdition, EVERY_WAY)]
);

scenario!(
    drain,
    || {
        let (keys, map) = (Keys::default(), Map::default());
        let (dying, kept) = (Strong::new(Small::new()), Strong::new(Small::new()));
        map.insert(keys.key(1), &dying);
        map.insert(keys.key(9), &kept);
        let other = thread::spawn(move || drop(dying));
        let drained = map.drain();
        assert!(drained.len() == 1 || drained.len() == 2);
        other.join().unwrap();
        assert!(map.is_empty());
        drop((drained, kept));
        assert_eq!((keys.count(), drops()), (0, 2));
    },
    preemptions = Some(3),
    executions = [8033, 167_960, 2717, 982_639],
    finds = &[
        (Bug::UnitNotMoved, EVERY_WAY),
        (Bug::RelaxedShard, EVERY_WAY)
    ]
);
