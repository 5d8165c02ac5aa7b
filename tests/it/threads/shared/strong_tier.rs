//! Threads that use, put in and take out what is kept.

use std::sync::Barrier;
use std::thread;

use weakref::Strong;
use weakref_containers::shared::{StrongTier, WeakValueMap};

use crate::shared::{Key, Map, OneHash, Payload, Tally, counted, value};
use crate::support::kind::{Object, SyncSmall};
use crate::support::rounds;

/// Whoever is first: the tier has the value exactly if its row stands.
#[test]
fn insertion_races_removal() {
    let map: Map<SyncSmall> =
        WeakValueMap::with_strong_tier_and_hasher(StrongTier::entries(1), OneHash);
    let value = value::<SyncSmall>(1);
    let meet = Barrier::new(2);
    let rounds = rounds(5000, 30);
    // Counted, since who panics would leave the other waiting.
    let race = |call: &dyn Fn()| {
        let agree = || {
            meet.wait();
            call();
            meet.wait();
            let stands = map.len();
            (map.strong_tier_len(), Strong::strong_count(&value)) == (stands, 1 + stands)
        };
        (0..rounds).filter(|_| !agree()).count()
    };
    thread::scope(|scope| {
        let inserts = scope.spawn(|| race(&|| drop(map.insert(Key::of(1), &value))));
        let torn = race(&|| drop(map.remove(&Key::of(1))));
        assert_eq!((torn, inserts.join().unwrap()), (0, 0));
    });
}

/// When all have gone, what lives stands in the map, whoever did what to it.
#[test]
fn threads_leave_nothing_outside_the_map() {
    for capacity in [1, 6, 100] {
        on_threads(StrongTier::entries(capacity), 10, capacity);
    }
}

/// Also while tables grow and shards take of each other.
#[test]
fn threads_keep_within_the_weight() {
    let weigh = |value: &Object<SyncSmall, Payload>| match value.id % 32 {
        0 => 100,
        _ => 1,
    };
    on_threads(StrongTier::weight(256, weigh), 1000, 256);
}

fn on_threads(policy: StrongTier<Object<SyncSmall, Payload>>, keys: u32, capacity: usize) {
    let values = Tally::default();
    let map: WeakValueMap<u32, Object<SyncSmall, Payload>> = WeakValueMap::with_strong_tier(policy);
    let rounds = u32::try_from(rounds(10_000, 60)).unwrap();
    for _ in 0..2 {
        thread::scope(|scope| {
            for thread in 0..4 {
                let (map, values) = (&map, &values);
                scope.spawn(move || {
                    let mut random = 0x9e37_79b9 ^ thread;
                    let mut held = None;
                    for _ in 0..rounds {
                        random ^= random << 13;
                        random ^= random >> 17;
                        random ^= random << 5;
                        let key = random % keys;
                        let new = || counted(key, values);
                        match random / keys % 9 {
                            0 => drop(map.insert(key, &new())),
                            1 => drop(map.remove(&key)),
                            2 => held = map.get(&key),
                            3 => drop(map.replace_if(&key, &new(), |_| true)),
                            4 if random % 64 == 0 => map.clear(),
                            4 => map.retain(|id, _| id % 5 != 1),
                            5 => held = Some(map.get_or_insert_with(key, new)),
                            6 => {
                                if let Some(held) = &held {
                                    map.insert(held.id, held);
                                }
                            }
                            7 => held = None,
                            _ => {
                                if let Some(found) = map.get(&key) {
                                    assert_eq!(found.id, key);
                                }
                            }
                        }
                        assert!(map.strong_tier_len() <= 2 * capacity);
                    }
                });
            }
        });
        assert_eq!(values.alive(), map.len());
        assert_eq!(map.strong_tier_len(), map.len());
        let weights = map.values().map(|value| match capacity {
            256 if value.id % 32 == 0 => 100,
            _ => 1,
        });
        assert!(weights.sum::<usize>() <= 2 * capacity);
    }
    drop(map);
    assert_eq!(values.alive(), 0);
}
