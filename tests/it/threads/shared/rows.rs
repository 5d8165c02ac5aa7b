//! The rows D30 to D37 of `BEHAVIOURS.md`: weak dictionaries of many threads, with all threads on the map itself.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use weakref::Strong;
use weakref_containers::shared::WeakValueMap;

use crate::support::object::Object;
use crate::threads::with_undertaker;

const ROUNDS: u32 = if crate::support::FEW { 30 } else { 200_000 };

#[test]
fn d30_threaded_setdefault() {
    let map = WeakValueMap::new();
    with_undertaker(|bury| {
        for round in 0..ROUNDS {
            let object = map.get_or_insert_with(10, || Strong::new(Object(round)));
            assert!(object.0 <= round);
            assert!(Strong::ptr_eq(&map.get(&10).unwrap(), &object));
            bury(object);
        }
    });
    assert!(map.is_empty());
}

#[test]
fn d31_threaded_pop() {
    let map = WeakValueMap::new();
    with_undertaker(|bury| {
        for round in 0..ROUNDS {
            let object = Strong::new(Object(round));
            map.insert(10, &object);
            bury(object);
            if let Some(object) = map.remove(&10) {
                assert_eq!(object.0, round);
            }
            // That it has died may be seen before it is counted.
            assert!(map.get(&10).is_none());
        }
    });
    assert!(map.is_empty());
}

#[test]
fn d32_threaded_consistency() {
    let map = WeakValueMap::new();
    with_undertaker(|bury| {
        let mut old = Strong::new(Object(0));
        map.insert(10, &old);
        for round in 1..ROUNDS {
            let new = Strong::new(Object(round));
            bury(old);
            map.insert(10, &new);
            assert_eq!(map.len(), 1, "the new value is alive");
            assert!(Strong::ptr_eq(&map.get(&10).unwrap(), &new));
            old = new;
        }
    });
    assert!(map.is_empty());
}

#[test]
fn d34_to_d37_copies_while_values_die() {
    const COUNT: u32 = if crate::support::FEW { 40 } else { 70_000 };
    let objects: Vec<_> = (0..COUNT).map(|n| Strong::new(Object(n))).collect();
    let map = WeakValueMap::new();
    for (key, object) in (0..).zip(&objects) {
        map.insert(key, object);
    }
    assert_eq!(map.len(), COUNT as usize);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            drop(objects);
            done.store(true, Relaxed);
        });
        loop {
            let was_done = done.load(Relaxed);
            let copy: HashMap<u32, Strong<Object>> = map.iter().collect();
            assert!(copy.iter().all(|(key, value)| *key == value.0));
            let weak = WeakValueMap::new();
            for (key, value) in &copy {
                weak.insert(*key, value);
            }
            assert_eq!(weak.len(), copy.len());
            drop(copy);
            assert!(weak.is_empty());
            if was_done {
                break;
            }
        }
    });
    assert_eq!((map.len(), map.iter().count()), (0, 0));
}
