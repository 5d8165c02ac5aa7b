//! Weak maps behind a lock while other threads drop their values.

use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;

use weakref::Strong;
use weakref_containers::weak_value::Entry;
use weakref_containers::{WeakKeyMap, WeakValueMap};

use super::with_undertaker;
use crate::support::object::Object;
use crate::support::{FEW, rounds};

const ROUNDS: u32 = if FEW { 30 } else { 20_000 };

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
    const COUNT: u32 = if FEW { 40 } else { 20_000 };
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

/// Runs `body` with a way to have a handle dropped by a thread that does nothing else: about when the next call is at work.
fn with_killer(body: impl FnOnce(&dyn Fn(Strong<Object>))) {
    thread::scope(|scope| {
        let next = Arc::new(Mutex::new(None));
        let theirs = Arc::clone(&next);
        scope.spawn(move || {
            while Arc::strong_count(&theirs) > 1 {
                let object = theirs.lock().unwrap().take();
                drop(object);
                if FEW {
                    thread::yield_now();
                }
            }
        });
        body(&|object| {
            let late = next.lock().unwrap().replace(object);
            drop(late);
        });
    });
}

/// A key whose hash takes a while: long enough for a value to die.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Slow(usize);

impl Hash for Slow {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for _ in 0..32 {
            state.write_usize(self.0);
        }
    }
}

/// Each is acted on about when it dies, by each way that may find it dead, and comes out once.
#[test]
fn values_that_die_while_they_are_taken_out_come_out_or_are_evicted() {
    const COUNT: usize = rounds(40_000, 28);
    let mut map = WeakValueMap::new();
    map.track_evictions(true);
    let mut seen = vec![0; COUNT];
    with_killer(|kill| {
        let other = Strong::new(Object(0));
        for round in 0..COUNT {
            let object = Strong::new(Object(0));
            map.insert(Slow(round), &object);
            kill(object);
            let key = Slow(round);
            let found = match round % 7 {
                0 => map.remove(&key).map(|_| key),
                1 => map.remove_entry(&key).map(|(key, _)| key),
                2 => map.pop().map(|(key, _)| key),
                3 => {
                    let old = map.insert(key, &other);
                    map.remove(&key);
                    old.map(|_| key)
                }
                4 => match map.entry(key) {
                    Entry::Occupied(entry) => Some(entry.remove_entry().0),
                    Entry::Vacant(_) => None,
                },
                5 => {
                    map.retain(|key, _| {
                        seen[key.0] += 1;
                        false
                    });
                    None
                }
                _ => map.extract_if(|_, _| true).next().map(|(key, _)| key),
            };
            if let Some(key) = found {
                seen[key.0] += 1;
            }
        }
    });
    map.drain_evicted().for_each(|key| seen[key.0] += 1);
    assert!(map.is_empty());
    let wrong = seen.iter().filter(|&&times| times != 1).count();
    assert_eq!(wrong, 0, "of {COUNT}");
}

/// Its notice may not be there yet when a value is seen dead.
#[test]
fn values_that_were_seen_dead_are_evicted_by_whatever_comes_next() {
    const COUNT: usize = rounds(20_000, 16);
    let mut map = WeakValueMap::new();
    map.track_evictions(true);
    let mut seen = vec![0; COUNT];
    with_undertaker(|bury| {
        let other = Strong::new(Object(0));
        for round in 0..COUNT {
            let object = Strong::new(Object(0));
            map.insert(round, &object);
            bury(object);
            while map.contains_key(&round) {
                thread::yield_now();
            }
            match round % 8 {
                0 => map.clear(),
                1 => assert_eq!(map.drain().count(), 0),
                2 => map.retain(|_, _| unreachable!()),
                3 => assert!(map.remove(&round).is_none()),
                4 => assert!(map.insert(round, &other).is_none()),
                5 => assert!(matches!(map.entry(round), Entry::Vacant(_))),
                6 => assert!(map.pop().is_none()),
                _ => assert_eq!(map.extract_if(|_, _| true).count(), 0),
            }
            map.remove(&round);
            map.drain_evicted().for_each(|key| seen[key] += 1);
        }
    });
    map.drain_evicted().for_each(|key| seen[key] += 1);
    assert!(map.is_empty());
    let wrong = seen.iter().filter(|&&times| times != 1).count();
    assert_eq!(wrong, 0, "of {COUNT}");
}

#[test]
fn keys_that_die_while_they_are_taken_out_come_out_or_are_evicted() {
    const COUNT: usize = rounds(20_000, 16);
    let mut map = WeakKeyMap::new();
    map.track_evictions(true);
    let mut seen = vec![0; COUNT];
    with_killer(|kill| {
        for (round, number) in (0..COUNT).zip(0..) {
            let object = Strong::new(Object(number));
            map.insert(&object, round);
            kill(object);
            let key = Object(number);
            let found = match round % 4 {
                0 => map.remove(&key),
                1 => map.pop().map(|(_, number)| number),
                2 => {
                    map.retain(|_, number| {
                        seen[*number] += 1;
                        false
                    });
                    None
                }
                _ => map.extract_if(|_, _| true).next().map(|(_, number)| number),
            };
            if let Some(number) = found {
                seen[number] += 1;
            }
        }
    });
    map.drain_evicted().for_each(|number| seen[number] += 1);
    assert!(map.is_empty());
    let wrong = seen.iter().filter(|&&times| times != 1).count();
    assert_eq!(wrong, 0, "of {COUNT}");
}
