//! R25. A table grows, and what stands in it moves, while in B an entry dies, or one that was found is
//! about to be removed: neither is named by its place.

use loom::thread;
use std::sync::Arc;
use weakref::__private::Bug;
use weakref::Strong;

use crate::cells::{Small, drops};
use crate::explore::EVERY_WAY;
use crate::members::{Keys, Map};

/// A map without room for a fourth entry. Its hashes lie elsewhere in a larger table.
fn full() -> (Keys, Arc<Map>, [Strong<Small>; 3]) {
    let (keys, map) = (Keys::default(), Arc::new(Map::default()));
    let values = [(); 3].map(|()| Strong::new(Small::new()));
    for (number, value) in [5, 6, 13].into_iter().zip(&values) {
        map.insert(keys.key(number), value);
    }
    (keys, map, values)
}

scenario!(
    notice,
    || {
        let (keys, map, [dying, six, thirteen]) = full();
        let added = Strong::new(Small::new());
        let other = thread::spawn(move || drop(dying));
        map.insert(keys.key(7), &added);
        other.join().unwrap();
        assert_eq!((keys.count(), drops()), (3, 1));
        for (number, value) in [(6, six), (13, thirteen), (7, added)] {
            assert!(Strong::ptr_eq(&map.get(&number).unwrap(), &value));
        }
    },
    preemptions = Some(3),
    executions = [123, 114, 72, 484],
    finds = &[
        (Bug::PendingForgotten, EVERY_WAY),
        (Bug::RelaxedShard, EVERY_WAY)
    ]
);

scenario!(
    removal,
    || {
        let (keys, map, [five, six, thirteen]) = full();
        let added = Strong::new(Small::new());
        let other = {
            let map = map.clone();
            thread::spawn(move || map.remove(&6).unwrap())
        };
        map.insert(keys.key(7), &added);
        assert!(Strong::ptr_eq(&other.join().unwrap(), &six));
        assert_eq!(keys.count(), 3);
        for (number, value) in [(5, five), (13, thirteen), (7, added)] {
            assert!(Strong::ptr_eq(&map.get(&number).unwrap(), &value));
        }
    },
    preemptions = Some(3),
    executions = [207, 207, 81, 802],
    finds = &[(Bug::AnyEdition, EVERY_WAY)]
);
