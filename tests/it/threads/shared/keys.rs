//! The maps with weak keys on several threads: deaths of either side, removals and insertions at one time.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Barrier, mpsc};
use std::thread;

use weakref::{Object, Strong};
use weakref_containers::shared::{IdentityWeakPairMap, WeakKeyMap, WeakPairMap};

use crate::shared::member::{Member, counted, member};
use crate::shared::{self, On, OneHash, Payload, SameHash, Tally, during, value};
use crate::support::kind::{self, SyncSmall};
use crate::support::rounds;

type Key = Strong<Member<SyncSmall>>;
type Value = Strong<kind::Object<SyncSmall, Payload>>;
type Keys<S = OneHash> = WeakKeyMap<Member<SyncSmall>, Payload, S>;
type Pairs<S = OneHash> = WeakPairMap<Member<SyncSmall>, kind::Object<SyncSmall, Payload>, S>;

fn payload(id: u32) -> Payload {
    Payload::new(id, &Tally::default())
}

fn key(id: u32) -> Key {
    member(id, 0)
}

fn of(value: u32, tally: &Tally) -> Value {
    shared::counted(value, tally)
}

/// A key that is being compared is kept alive by that: it dies on the thread that compared, with its entry, before that
/// call returns.
#[test]
fn dies_on_the_thread_that_compares_it() {
    let map = Keys::with_hasher(OneHash);
    let (keys, values) = (Tally::default(), Tally::default());
    let dying = counted::<SyncSmall>(1, 0, &keys);
    map.insert(&dying, Payload::new(1, &values));
    thread::scope(|scope| {
        let (inside, is_inside) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel();
        let (map, keys, values) = (&map, &keys, &values);
        scope.spawn(move || {
            let waits = move || {
                inside.send(()).unwrap();
                may_go_on.recv().unwrap();
            };
            let asked = key(2);
            during(On::Eq, waits, || assert!(map.get(&*asked).is_none()));
            assert_eq!((keys.alive(), values.alive(), map.len()), (0, 0, 0));
        });
        is_inside.recv().unwrap();
        drop(dying);
        assert_eq!((keys.alive(), values.alive(), map.len()), (1, 1, 1));
        // Nothing is locked while it compares.
        let other = key(3);
        assert!(map.insert(&other, payload(3)).is_none() && map.len() == 2);
        drop(other);
        go_on.send(()).unwrap();
    });
    assert!(map.is_empty());
}

/// Runs both at one time.
fn both<A: Send>(start: &Barrier, one: impl FnOnce() -> A + Send, other: impl FnOnce()) -> A {
    thread::scope(|scope| {
        let one = scope.spawn(|| {
            start.wait();
            one()
        });
        start.wait();
        other();
        one.join().unwrap()
    })
}

/// Key and value of one entry die on two threads: it is buried once, whole, and before the later of them returns.
#[test]
fn both_sides_die_at_one_time() {
    let map = Pairs::with_hasher(OneHash);
    let start = Barrier::new(2);
    let beside = (key(0), value(0));
    map.insert(&beside.0, &beside.1);
    for round in 1..u32::try_from(rounds(10_000, 30)).unwrap() {
        let (keys, values) = (Tally::default(), Tally::default());
        let entry = (counted::<SyncSmall>(round, 1, &keys), of(round, &values));
        map.insert(&entry.0, &entry.1);
        both(&start, || drop(entry.0), || drop(entry.1));
        assert_eq!((keys.alive(), values.alive(), map.len()), (0, 0, 1));
        assert!(map.get(&round).is_none());
    }
}

/// One side of many entries dies here, the other there, each in an order of its own.
#[test]
fn both_sides_of_many_die_at_one_time() {
    let map = Pairs::with_hasher(SameHash::default());
    let start = Barrier::new(2);
    let count = u32::try_from(rounds(200, 10)).unwrap();
    for _ in 0..rounds(100, 2) {
        let (keys, values) = (Tally::default(), Tally::default());
        let of_keys: Vec<_> = (0..count)
            .map(|id| counted::<SyncSmall>(id, 0, &keys))
            .collect();
        let mut of_values: Vec<_> = (0..count).map(|id| of(id, &values)).collect();
        for (key, value) in of_keys.iter().zip(&of_values) {
            map.insert(key, value);
        }
        assert_eq!(map.len(), count as usize);
        of_values.reverse();
        let die = |side: &Tally| assert!(side.alive() == 0);
        both(
            &start,
            || {
                drop(of_keys);
                die(&keys);
            },
            || {
                drop(of_values);
                die(&values);
            },
        );
        assert_eq!((map.len(), map.iter().count()), (0, 0));
    }
}

/// A value is dropped by the thread that ends its key, before that call returns.
#[test]
fn values_go_on_the_thread_of_the_death() {
    let map = Keys::with_hasher(SameHash::default());
    let all = Tally::default();
    thread::scope(|scope| {
        for first in 0..3 {
            let (map, all) = (&map, &all);
            scope.spawn(move || {
                let values = Tally::default();
                let count = u32::try_from(rounds(5_000, 20)).unwrap();
                for id in 0..count {
                    let key = counted::<SyncSmall>(3 * id + first, 0, all);
                    map.insert(&key, Payload::new(id, &values));
                    map.compute(&key, |value| Some(Payload::new(value.unwrap().id, &values)));
                    assert_eq!(values.alive(), 1);
                    let one_of_all = map.get_shared(&(3 * id + first));
                    assert_eq!(one_of_all.map(|value| value.id), Some(id));
                    drop(key);
                    // Others may be inside its shard, and have it still: not for long.
                    while values.alive() > 0 {
                        thread::yield_now();
                    }
                }
            });
        }
    });
    assert_eq!((map.len(), all.alive()), (0, 0));
}

/// Of an entry that two take out or replace at once, each value comes out once.
#[test]
fn each_value_comes_out_once() {
    let map = Keys::with_hasher(OneHash);
    let start = Barrier::new(2);
    let (one, other) = (key(1), key(1));
    for round in 0..rounds(10_000, 30) {
        map.insert(&one, payload(1));
        let mut replaced = None;
        let removed = both(
            &start,
            || match round % 3 {
                0 => map.remove(&1).map(|value| value.id),
                1 => map.drain().pop().map(|(_, value)| value.id),
                _ => map
                    .extract_if(|_, _| true)
                    .next()
                    .map(|(_, value)| value.id),
            },
            || {
                replaced = map.insert(&other, payload(2)).map(|value| value.id);
            },
        );
        let left: Vec<_> = map.drain().iter().map(|(_, value)| value.id).collect();
        let mut all: Vec<_> = removed.into_iter().chain(replaced).chain(left).collect();
        all.sort_unstable();
        assert_eq!(all, [1, 2], "{round}");
    }
}

/// The map goes while keys and values die elsewhere.
#[test]
fn map_dropped_while_deaths_are_under_way() {
    for round in 0..rounds(2000, 15) {
        let (pairs, keyed) = (Pairs::with_hasher(OneHash), Keys::with_hasher(OneHash));
        let (keys, values) = (Tally::default(), Tally::default());
        let (first, second): (Vec<_>, Vec<_>) = (0..4)
            .map(|id| {
                let (key, value) = (counted::<SyncSmall>(id, 0, &keys), of(id, &values));
                pairs.insert(&key, &value);
                keyed.insert(&key, Payload::new(id, &values));
                (key, value)
            })
            .unzip();
        super::beside(first, second, round % 2 == 0, || drop((pairs, keyed)));
        assert_eq!((keys.alive(), values.alive()), (0, 0));
    }
}

/// Everything that empties a map, while others enter and die.
#[test]
fn emptied_while_others_enter() {
    let (map, pairs) = (Keys::with_hasher(OneHash), Pairs::with_hasher(OneHash));
    let values = Tally::default();
    let (done, taken) = (AtomicBool::new(false), AtomicUsize::new(0));
    let entered = rounds(10_000, 40);
    thread::scope(|scope| {
        let (map, pairs, values, done, taken) = (&map, &pairs, &values, &done, &taken);
        scope.spawn(move || {
            let mut held = Vec::new();
            for id in 0..u32::try_from(entered).unwrap() {
                let (key, value) = (key(id), value(id));
                assert!(map.insert(&key, Payload::new(id, values)).is_none());
                assert!(pairs.insert(&key, &value).is_none());
                held.push((Some(key), Some(value)));
                if held.len() > 20 {
                    let pair = &mut held[id as usize % 20];
                    (pair.0, pair.1) = (pair.0.take().filter(|_| id % 2 == 0), None);
                    held.swap_remove(id as usize % 7);
                }
            }
            done.store(true, SeqCst);
        });
        scope.spawn(move || {
            let mut seen = HashSet::new();
            while !done.load(SeqCst) {
                // Each entry is taken out by one of us, once.
                for (key, value) in map.extract_if(|key, _| key.id % 3 == 0) {
                    assert!(key.id == value.id && seen.insert(key.id));
                }
                pairs.retain(|key, value| {
                    assert_eq!(key.id, value.id);
                    key.id % 3 != 1
                });
            }
            taken.fetch_add(seen.len(), SeqCst);
        });
        let mut seen = HashSet::new();
        while !done.load(SeqCst) {
            for (key, value) in map.drain() {
                assert!(key.id == value.id && seen.insert(key.id));
            }
            assert!(pairs.drain().iter().all(|(key, value)| key.id == value.id));
        }
        taken.fetch_add(seen.len(), SeqCst);
    });
    assert!(taken.into_inner() <= entered);
    map.clear();
    assert_eq!((map.len(), pairs.len(), values.alive()), (0, 0, 0));
}

/// Copying while keys die, and while either side dies.
#[test]
fn d34_to_d37_copies_while_keys_die() {
    const COUNT: u32 = if crate::support::FEW { 20 } else { 70_000 };
    let objects = || {
        (0..COUNT)
            .map(|id| Strong::new(Object(id)))
            .collect::<Vec<_>>()
    };
    let (keys, values) = (objects(), objects());
    let (map, pairs) = (WeakKeyMap::new(), IdentityWeakPairMap::new());
    for (key, value) in keys.iter().zip(&values) {
        map.insert(key, key.0);
        pairs.insert(key, value);
    }
    let living = AtomicUsize::new(2);
    thread::scope(|scope| {
        for side in [keys, values] {
            let living = &living;
            scope.spawn(move || {
                drop(side);
                living.fetch_sub(1, SeqCst);
            });
        }
        loop {
            let was_done = living.load(SeqCst) == 0;
            let (copy, of_copy) = (WeakKeyMap::new(), IdentityWeakPairMap::new());
            let all: Vec<_> = map.iter().collect();
            for (key, value) in &all {
                assert_eq!(key.0, **value);
                assert!(copy.insert(key, **value).is_none());
            }
            assert_eq!(copy.len(), all.len());
            let both: Vec<_> = pairs.iter().collect();
            for (key, value) in &both {
                assert_eq!(key.0, value.0);
                assert!(of_copy.insert(key, value).is_none());
            }
            assert_eq!(of_copy.len(), both.len());
            drop((all, both));
            if was_done {
                assert!(copy.is_empty() && of_copy.is_empty());
                break;
            }
        }
    });
    assert_eq!((map.len(), pairs.len()), (0, 0));
}
