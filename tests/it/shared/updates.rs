//! `with`, `with_mut`, `update` and `compute` of the map with weak keys: atomic, whatever happens while they run.

use std::cell::Cell;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::thread;

use weakref::{Object, Strong};
use weakref_containers::shared::{IdentityWeakKeyMap, KeyMap, WeakKeyMap};

use super::{OneHash, SameHash};
use crate::support::{leaves_nothing, rounds, throw, thrown};

type Key = Object<u32>;
type Map<V = u32> = WeakKeyMap<Key, V, OneHash>;

fn map<V: Send + Sync + 'static>() -> Map<V> {
    WeakKeyMap::with_hasher(OneHash)
}

fn key(id: u32) -> Strong<Key> {
    Strong::new(Object(id))
}

fn as_it_is<T: Clone>(value: Option<&T>) -> Option<T> {
    value.cloned()
}

#[test]
fn compute_enters_replaces_keeps_away_and_removes() {
    leaves_nothing(|| {
        let map = map::<String>();
        let key = key(1);
        let append = |text: &'static str| {
            let append = |old: Option<&String>| Some(old.cloned().unwrap_or_default() + text);
            map.compute(&key, append).map(|value| (*value).clone())
        };
        assert_eq!(map.compute(&key, as_it_is), None);
        assert!(map.is_empty(), "of nothing, nothing");
        assert_eq!(append("a").as_deref(), Some("a"));
        assert_eq!(append("b").as_deref(), Some("ab"));
        let stood = map.get_shared(&1).unwrap();
        assert_eq!(map.compute(&key, |_| None), None);
        assert_eq!((map.is_empty(), &**stood), (true, "ab"));
        assert_eq!(append("c").as_deref(), Some("c"));
        drop(key);
        assert!(map.is_empty());
    });
}

#[test]
fn with_mut_changes_a_copy_and_returns_what_the_closure_does() {
    leaves_nothing(|| {
        let map = map::<Vec<u32>>();
        let key = key(1);
        map.insert(&key, vec![1]);
        let before = map.get_shared(&1).unwrap();
        let length = map.with_mut(&1, |value| {
            value.push(2);
            value.len()
        });
        assert_eq!((length, map.get(&1)), (Some(2), Some(vec![1, 2])));
        assert_eq!(*before, [1], "who has it keeps it as it was");
        assert_eq!(map.with(&1, |value| value.iter().sum()), Some(3));
        let after = map.update(&1, |value| value.repeat(2)).unwrap();
        assert_eq!(*after, [1, 2, 1, 2]);
        assert!(std::sync::Arc::ptr_eq(&after, &map.get_shared(&1).unwrap()));
    });
}

/// A value stands as it was, and the map is in order.
#[test]
fn closures_that_panic_change_nothing() {
    fn panics<R>() -> R {
        throw("of a closure")
    }
    let map = map();
    let (key, other) = (key(1), key(2));
    map.insert(&key, 1);
    let texts = [
        thrown(|| map.with(&1, |_| panics::<()>())),
        thrown(|| {
            map.with_mut(&1, |value| {
                *value = 9;
                panics::<()>();
            })
        }),
        thrown(|| map.update(&1, |_| panics())),
        thrown(|| map.compute(&key, |_| panics())),
        thrown(|| map.compute(&other, |_| panics())),
        thrown(|| map.remove_if(&1, |_| panics())),
        thrown(|| map.replace_if(&1, 9, |_| panics())),
        thrown(|| map.retain(|_, _| panics())),
        thrown(|| map.get_or_insert_with(&other, panics)),
    ];
    assert_eq!(texts, [const { "of a closure" }; 9]);
    assert_eq!((map.get(&1), map.get(&2), map.len()), (Some(1), None, 1));
    assert_eq!(map.compute(&other, |_| Some(2)).as_deref(), Some(&2));
    assert_eq!(map.update(&1, |value| value + 1).as_deref(), Some(&2));
    drop((key, other));
    assert!(map.is_empty());
}

/// Asks again when the entry itself was changed meanwhile, and only then.
#[test]
fn closures_that_change_what_they_are_asked_about() {
    let map = map();
    let (key, others) = (key(1), [2, 3, 4].map(key));
    // Other keys, of the same hash: once is enough.
    map.insert(&key, 1);
    let runs = Cell::new(0);
    let change_others = || {
        runs.set(runs.get() + 1);
        for other in &others {
            map.compute(other, |value| Some(value.map_or(1, |value| value + 1)));
        }
        map.remove(&3);
    };
    map.update(&1, |value| {
        change_others();
        value + 1
    });
    map.with_mut(&1, |value| {
        change_others();
        *value += 1;
    });
    map.compute(&key, |value| {
        change_others();
        Some(value.unwrap() + 1)
    });
    assert!(
        map.replace_if(&1, 5, |_| {
            change_others();
            true
        })
        .is_some()
    );
    assert_eq!((runs.get(), map.get(&1)), (4, Some(5)));
    assert_eq!((map.get(&2), map.get(&3)), (Some(4), None));
    // Its own key, once: twice is needed.
    for change in 0..5 {
        map.insert(&key, 1);
        let mut seen = Vec::new();
        let result = map.compute(&key, |value| {
            seen.push(value.copied());
            if seen.len() == 1 {
                match change {
                    0 => drop(map.insert(&key, 2)),
                    1 => drop(map.remove(&1)),
                    2 => map.clear(),
                    3 => drop(map.update(&1, |value| value + 1)),
                    // Replaced by one that is equal: another all the same.
                    _ => drop(map.insert(&key, 1)),
                }
            }
            Some(value.map_or(10, |value| value + 10))
        });
        let second = [Some(2), None, None, Some(2), Some(1)][change];
        assert_eq!(seen, [Some(1), second], "{change}");
        let expected = second.unwrap_or(0) + 10;
        assert_eq!(result.as_deref(), Some(&expected));
        assert_eq!(map.get(&1), Some(expected));
    }
    // Absent at first.
    map.remove(&1);
    let mut seen = Vec::new();
    map.compute(&key, |value| {
        seen.push(value.copied());
        if seen.len() == 1 {
            map.insert(&key, 5);
        }
        Some(value.map_or(1, |value| value + 1))
    });
    assert_eq!((seen, map.get(&1)), (vec![None, Some(5)], Some(6)));
    // What `update` is asked about is gone: it has changed nothing.
    let mut runs = 0;
    let updated = map.update(&1, |value| {
        runs += 1;
        map.remove(&1);
        *value
    });
    assert_eq!((updated, runs, map.get(&1)), (None, 1, None));
    map.insert(&key, 1);
    let mut runs = 0;
    let updated = map.with_mut(&1, |value| {
        runs += 1;
        if runs == 1 {
            map.insert(&key, 7);
        }
        *value += 1;
        *value
    });
    assert_eq!((updated, runs, map.get(&1)), (Some(8), 2, Some(8)));
}

/// The key dies while the closure runs.
#[test]
fn closures_that_end_the_key() {
    let map = map();
    let stored = key(1);
    let (mut dying, equal) = (Some(stored), key(1));
    map.insert(dying.as_ref().unwrap(), 1);
    assert!(
        map.update(&1, |_| {
            dying = None;
            2
        })
        .is_none()
    );
    assert!(map.is_empty());
    // The key that is asked with is another one, and alive.
    dying = Some(key(1));
    map.insert(dying.as_ref().unwrap(), 1);
    let mut seen = Vec::new();
    map.compute(&equal, |value| {
        seen.push(value.copied());
        dying = None;
        Some(2)
    });
    assert_eq!((seen, map.get(&1)), (vec![Some(1), None], Some(2)));
    drop(equal);
    assert!(map.is_empty());
}

/// What is being made is nothing to `compute` yet; what it makes of nothing waits for that.
#[test]
fn compute_while_the_value_is_made() {
    let map = map();
    let key = key(1);
    let (is_asked, meet) = (AtomicBool::new(false), Barrier::new(2));
    thread::scope(|scope| {
        let leader = scope.spawn(|| {
            *map.get_or_insert_with(&key, || {
                meet.wait();
                while !is_asked.load(SeqCst) {
                    thread::yield_now();
                }
                5
            })
        });
        meet.wait();
        assert_eq!(map.compute(&key, as_it_is), None);
        let mut seen = Vec::new();
        let result = map.compute(&key, |value| {
            seen.push(value.copied());
            is_asked.store(true, SeqCst);
            Some(value.map_or(1, |value| value + 1))
        });
        assert_eq!((leader.join().unwrap(), result.as_deref()), (5, Some(&6)));
        assert_eq!(seen, [None, Some(5)]);
    });
    let text = thrown(|| {
        map.get_or_insert_with(&self::key(2), || {
            // Of an equal key, on the same thread: nobody would ever end it.
            *map.compute(&self::key(2), |_| Some(1)).unwrap()
        })
    });
    assert!(text.contains("a constructor waits for itself"), "{text}");
    assert_eq!(map.len(), 1);
}

const THREADS: u32 = 4;

/// Adds from several threads at once, each `rounds` times, and returns how many that are.
fn on_threads(rounds: usize, add: impl Fn(u32) + Sync) -> u32 {
    let rounds = u32::try_from(rounds).unwrap();
    let meet = Barrier::new(THREADS as usize);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (add, meet) = (&add, &meet);
            scope.spawn(move || {
                meet.wait();
                for round in 0..rounds {
                    add(thread + round);
                }
            });
        }
    });
    THREADS * rounds
}

#[test]
fn no_update_is_lost() {
    fn check<S: std::hash::BuildHasher + Sync, M: weakref_containers::Keying<Key> + Sync>(
        map: &KeyMap<Key, u32, S, M>,
        key: &Strong<Key>,
        query: &(impl ?Sized + weakref_containers::Lookup<Key, M> + Sync),
    ) {
        let add = |value: Option<&u32>| Some(value.map_or(1, |value| value + 1));
        let all = on_threads(rounds(5_000, 10), |round| match round % 3 {
            0 => drop(map.compute(key, add)),
            // There is none at first.
            1 => {
                if map.update(query, |value| value + 1).is_none() {
                    map.compute(key, add);
                }
            }
            _ => {
                if map.with_mut(query, |value| *value += 1).is_none() {
                    map.compute(key, add);
                }
            }
        });
        assert_eq!(map.get(query), Some(all));
    }
    let key = key(1);
    check(&map(), &key, &1);
    check(&WeakKeyMap::with_hasher(SameHash::default()), &key, &*key);
    check(&IdentityWeakKeyMap::new(), &key, &key);
}

/// Counts that are taken away in between, and given to whoever took them.
#[test]
fn no_update_is_lost_when_entries_go() {
    let map = map();
    let keys = [1, 2].map(key);
    let taken = AtomicU32::new(0);
    let all = on_threads(rounds(5_000, 12), |round| {
        let key = &keys[round as usize % 2];
        map.compute(key, |value| Some(value.map_or(1, |value| value + 1)));
        let gone = match round % 7 {
            0 => map.remove(&**key).map(|value| *value),
            1 => map
                .remove_if(&**key, |value| **value > 1)
                .map(|value| *value),
            2 => map.replace_if(&**key, 0, |_| true).map(|value| *value),
            3 => Some(map.drain().iter().map(|(_, value)| **value).sum()),
            4 => Some(map.extract_if(|_, _| true).map(|(_, value)| *value).sum()),
            5 => {
                let mut seen = 0;
                map.compute(key, |value| {
                    seen = value.copied().unwrap_or(0);
                    None
                });
                Some(seen)
            }
            _ => map.insert(key, 0).map(|value| *value),
        };
        taken.fetch_add(gone.unwrap_or(0), SeqCst);
    });
    let left: u32 = map.drain().iter().map(|(_, value)| **value).sum();
    assert_eq!(taken.into_inner() + left, all);
}

/// Each thread counts with keys of its own that are equal to the others': with the one that stands the count goes, and
/// another begins.
#[test]
fn updates_while_equal_keys_die() {
    let map = map::<u32>();
    let all = on_threads(rounds(5_000, 10), |_| {
        let key = key(1);
        let mut seen = None;
        let value = map.compute(&key, |value| {
            seen = value.copied();
            Some(value.map_or(1, |value| value + 1))
        });
        assert_eq!(value.as_deref(), Some(&seen.map_or(1, |value| value + 1)));
        drop(key);
    });
    assert!(all > 0 && map.is_empty());
    assert_eq!(map.get(&1), None);
}
