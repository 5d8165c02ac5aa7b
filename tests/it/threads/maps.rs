//! Weak maps behind a lock while other threads drop their values.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use weakref::Strong;
use weakref_containers::WeakValueMap;

use super::with_undertaker;
use crate::support::object::Object;

const ROUNDS: u32 = if crate::support::FEW { 30 } else { 20_000 };

#[test]
fn d30_threaded_setdefault() {
    with_undertaker(|bury| {
        let mut map = WeakValueMap::new();
        for round in 0..ROUNDS {
            let object = map.get_or_insert_with(10, || Strong::new(Object(round)));
            assert!(object.0 <= round);
            bury(object);
        }
    });
}

#[test]
fn d31_threaded_pop() {
    with_undertaker(|bury| {
        let mut map = WeakValueMap::new();
        for round in 0..ROUNDS {
            let object = Strong::new(Object(round));
            map.insert(10, &object);
            bury(object);
            if let Some(object) = map.remove(&10) {
                assert_eq!(object.0, round);
            }
            assert!(map.is_empty());
        }
    });
}

#[test]
fn d32_threaded_consistency() {
    with_undertaker(|bury| {
        let mut map = WeakValueMap::new();
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
}

#[test]
fn d34_to_d37_copies_while_values_die() {
    const COUNT: u32 = if crate::support::FEW { 40 } else { 20_000 };
    let objects: Vec<_> = (0..COUNT).map(|n| Strong::new(Object(n))).collect();
    let map: WeakValueMap<_, _> = (0..).zip(&objects).collect();
    let map = Mutex::new(map);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            drop(objects);
            done.store(true, Relaxed);
        });
        loop {
            let was_done = done.load(Relaxed);
            let map = map.lock().unwrap();
            let copy = map.clone();
            assert!(copy.len() <= COUNT as usize && map.len() <= COUNT as usize);
            assert!(copy.iter().all(|(key, value)| *key == value.0));
            if was_done {
                break;
            }
        }
    });
    let mut map = map.into_inner().unwrap();
    assert_eq!((map.len(), map.iter().count()), (0, 0));
    map.purge();
    assert_eq!(map.len(), 0);
}
