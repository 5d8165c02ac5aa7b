//! R33. A uses what the strong tier keeps; B takes it out, lets the tier let go of it, or puts it in again.
//! What the tier has stands in the map, and the use is noted for nobody else.

use loom::thread;
use std::sync::Arc;
use weakref::__private::Bug;
use weakref::Strong;
use weakref_containers::shared::{StrongTier, WeakValueMap};

use crate::cells::{Small, drops};
use crate::explore::EVERY_WAY;
use crate::members::{Keys, Map};

fn tiered(capacity: usize) -> (Keys, Arc<Map>) {
    let policy = StrongTier::entries(capacity);
    let map = WeakValueMap::with_strong_tier_and_hasher(policy, Default::default());
    (Keys::default(), Arc::new(map))
}

fn uses(map: &Arc<Map>, number: u64) -> thread::JoinHandle<()> {
    let map = map.clone();
    thread::spawn(move || {
        if let Some(value) = map.get(&number) {
            value.read();
        }
    })
}

/// Nobody else holds anything: each value that lives is kept, and stands in the map.
fn account(keys: &Keys, map: &Map, values: usize) {
    let kept = map.strong_tier_len();
    assert_eq!(
        (map.len(), keys.count(), values - drops()),
        (kept, kept, kept)
    );
    map.clear_strong_tier();
    assert_eq!((map.len(), keys.count(), drops()), (0, 0, values));
}

scenario!(
    eviction,
    || {
        let (keys, map) = tiered(1);
        map.insert(keys.key(1), &Strong::new(Small::new()));
        let other = uses(&map, 1);
        map.insert(keys.key(2), &Strong::new(Small::new()));
        other.join().unwrap();
        account(&keys, &map, 2);
    },
    preemptions = Some(4),
    executions = [350, 350, 166, 1723],
    finds = &[(Bug::RelaxedShard, EVERY_WAY)]
);

// What the tier lets go is not its alone: it dies as any other value, or lives on and stands in the map.
scenario!(
    eviction_of_what_another_refers_to,
    || {
        let (keys, map) = tiered(1);
        let value = Strong::new(Small::new());
        map.insert(keys.key(1), &value);
        let weak = Strong::downgrade(&value);
        drop(value);
        let other = {
            let map = map.clone();
            thread::spawn(move || {
                if let Some(value) = weak.upgrade() {
                    value.read();
                    drop(weak);
                    assert!(map.contains_key(&1));
                }
            })
        };
        map.insert(keys.key(2), &Strong::new(Small::new()));
        other.join().unwrap();
        account(&keys, &map, 2);
    },
    preemptions = Some(2),
    executions = [494, 502, 134, 2181],
    finds = &[(Bug::UnwatchesShared, EVERY_WAY)]
);

scenario!(
    removal,
    || {
        let (keys, map) = tiered(2);
        map.insert(keys.key(1), &Strong::new(Small::new()));
        let other = uses(&map, 1);
        drop(map.remove(&1));
        // In the seat of the other.
        map.insert(keys.key(2), &Strong::new(Small::new()));
        other.join().unwrap();
        // In the bucket of the other, which is marked for nobody.
        drop(map.get_or_insert_with(keys.key(1), || Strong::new(Small::new())));
        assert!(map.contains_key(&1) && map.contains_key(&2));
        account(&keys, &map, 3);
    },
    preemptions = Some(2),
    executions = [153, 189, 86, 429],
    finds = &[(Bug::NotedLate, EVERY_WAY), (Bug::NotLetGo, EVERY_WAY)]
);

scenario!(
    entering,
    || {
        let (keys, map) = tiered(1);
        let value = Strong::new(Small::new());
        map.insert(keys.key(1), &value);
        map.clear_strong_tier();
        let other = uses(&map, 1);
        drop(map.remove(&1));
        other.join().unwrap();
        drop(value);
        account(&keys, &map, 1);
    },
    preemptions = Some(3),
    executions = [2841, 5434, 1003, 18_917],
    finds = &[(Bug::KeptUnseen, EVERY_WAY), (Bug::NotLetGo, EVERY_WAY)]
);
