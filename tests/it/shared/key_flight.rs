//! One construction per key in the maps with weak keys, by value and by identity, whatever their values are.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;

use weakref::{Object, Strong};
use weakref_containers::shared::{KeyMap, PairMap};
use weakref_containers::{ByIdentity, ByValue, Keying, Lookup};

use super::OneHash;
use super::single_flight::{ITSELF, does_not_hang, linger};
use crate::support::child::test_path;
use crate::support::{rounds, throw, thrown};

type Referent = Object<u32>;
type Key = Strong<Referent>;

fn key(id: u32) -> Key {
    Strong::new(Object(id))
}

/// By value or by identity.
trait By: Keying<Referent> {
    fn look_up<R>(key: &Key, by: impl FnOnce(&Self::Lent) -> R) -> R;
    type Lent: ?Sized + Lookup<Referent, Self>;
}

impl By for ByValue {
    type Lent = Referent;

    fn look_up<R>(key: &Key, by: impl FnOnce(&Referent) -> R) -> R {
        by(key)
    }
}

impl By for ByIdentity {
    type Lent = Key;

    fn look_up<R>(key: &Key, by: impl FnOnce(&Key) -> R) -> R {
        by(key)
    }
}

/// A map whose values are numbers.
trait Flights: Sync + Sized {
    /// What keeps a value there, apart from its key.
    type Handle: Send + Sync + Clone;

    fn empty() -> Self;
    fn try_make<E>(
        &self,
        key: &Key,
        make: impl FnOnce() -> Result<u32, E>,
    ) -> Result<Self::Handle, E>;
    fn insert(&self, key: &Key, value: u32) -> Self::Handle;
    fn try_insert(&self, key: &Key, value: u32) -> Result<(), u32>;
    fn get(&self, key: &Key) -> Option<u32>;
    fn remove(&self, key: &Key) -> Option<u32>;
    fn remove_all(&self, way: usize);
    fn len(&self) -> usize;
    fn number(handle: &Self::Handle) -> u32;
    fn is_same(one: &Self::Handle, other: &Self::Handle) -> bool;

    fn make(&self, key: &Key, make: impl FnOnce() -> u32) -> Self::Handle {
        let made = self.try_make(key, || Ok::<_, std::convert::Infallible>(make()));
        made.unwrap_or_else(|never| match never {})
    }
}

impl<M: By> Flights for KeyMap<Referent, u32, OneHash, M> {
    type Handle = Arc<u32>;

    fn empty() -> Self {
        Self::with_hasher(OneHash)
    }

    fn try_make<E>(&self, key: &Key, make: impl FnOnce() -> Result<u32, E>) -> Result<Arc<u32>, E> {
        self.get_or_try_insert_with(key, make)
    }

    fn insert(&self, key: &Key, value: u32) -> Arc<u32> {
        self.insert(key, value);
        self.get_or_insert(key, u32::MAX)
    }

    fn try_insert(&self, key: &Key, value: u32) -> Result<(), u32> {
        self.try_insert(key, value).map_err(|there| *there)
    }

    fn get(&self, key: &Key) -> Option<u32> {
        M::look_up(key, |key| self.get(key))
    }

    fn remove(&self, key: &Key) -> Option<u32> {
        M::look_up(key, |key| self.remove(key)).map(|value| *value)
    }

    fn remove_all(&self, way: usize) {
        match way {
            0 => self.clear(),
            1 => drop(self.drain()),
            2 => self.retain(|_, _| false),
            _ => drop(self.extract_if(|_, _| true).count()),
        }
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn number(handle: &Arc<u32>) -> u32 {
        **handle
    }

    fn is_same(one: &Arc<u32>, other: &Arc<u32>) -> bool {
        Arc::ptr_eq(one, other)
    }
}

impl<M: By> Flights for PairMap<Referent, Referent, OneHash, M> {
    type Handle = Key;

    fn empty() -> Self {
        Self::with_hasher(OneHash)
    }

    fn try_make<E>(&self, key: &Key, make: impl FnOnce() -> Result<u32, E>) -> Result<Key, E> {
        self.get_or_try_insert_with(key, || make().map(self::key))
    }

    fn insert(&self, key: &Key, value: u32) -> Key {
        let value = self::key(value);
        self.insert(key, &value);
        value
    }

    fn try_insert(&self, key: &Key, value: u32) -> Result<(), u32> {
        self.try_insert(key, &self::key(value))
            .map_err(|there| there.0)
    }

    fn get(&self, key: &Key) -> Option<u32> {
        M::look_up(key, |key| self.get(key)).map(|value| value.0)
    }

    fn remove(&self, key: &Key) -> Option<u32> {
        M::look_up(key, |key| self.remove(key)).map(|value| value.0)
    }

    fn remove_all(&self, way: usize) {
        match way {
            0 => self.clear(),
            1 => drop(self.drain()),
            2 => self.retain(|_, _| false),
            _ => drop(self.extract_if(|_, _| true).count()),
        }
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn number(handle: &Key) -> u32 {
        handle.0
    }

    fn is_same(one: &Key, other: &Key) -> bool {
        Strong::ptr_eq(one, other)
    }
}

macro_rules! in_all_maps {
    ($($scenario:ident),* $(,)?) => {
        in_map!(keys_by_value, KeyMap<Referent, u32, OneHash, ByValue>, $($scenario),*);
        in_map!(keys_by_identity, KeyMap<Referent, u32, OneHash, ByIdentity>, $($scenario),*);
        in_map!(pairs_by_value, PairMap<Referent, Referent, OneHash, ByValue>, $($scenario),*);
        in_map!(pairs_by_identity, PairMap<Referent, Referent, OneHash, ByIdentity>, $($scenario),*);
    };
}

macro_rules! in_map {
    ($module:ident, $map:ty, $($scenario:ident),*) => {
        mod $module {
            use super::*;

            $(
                #[test]
                fn $scenario() {
                    does_not_hang(test_path!($scenario), super::$scenario::<$map>);
                }
            )*
        }
    };
}

in_all_maps!(
    one_constructor_runs_for_all,
    failure_promotes_the_next,
    what_is_being_made_is_not_seen,
    removals_leave_a_construction_alone,
    inserted_meanwhile_wins,
    try_insert_waits,
    own_key_from_within_itself,
    cycle_of_two_threads,
    key_that_dies_while_its_value_is_made,
    chains_of_keys_are_no_cycle,
);

const THREADS: usize = 4;

fn one_constructor_runs_for_all<F: Flights>() {
    let map = F::empty();
    for round in 0..u32::try_from(rounds(200, 2)).unwrap() {
        let key = key(round);
        let runs = AtomicUsize::new(0);
        let meet = Barrier::new(THREADS);
        let ask = || {
            meet.wait();
            map.make(&key, || {
                runs.fetch_add(1, SeqCst);
                thread::yield_now();
                round
            })
        };
        let all = thread::scope(|scope| {
            [(); THREADS]
                .map(|()| scope.spawn(ask))
                .map(|thread| thread.join().unwrap())
        });
        assert_eq!(runs.load(SeqCst), 1);
        assert!(all.iter().all(|value| F::is_same(value, &all[0])));
        assert_eq!((map.len(), map.get(&key)), (1, Some(round)));
        drop(key);
        assert_eq!(map.len(), 0);
    }
}

/// Of four that ask, three fail in turn: each failure lets one more try, and nobody else.
fn failure_promotes_the_next<F: Flights>() {
    for by_panic in [false, true] {
        let (map, key) = (F::empty(), key(1));
        for _ in 0..rounds(50, 2) {
            let (runs, at_once) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let meet = Barrier::new(THREADS);
            let ask = || {
                map.try_make(&key, || {
                    assert_eq!(at_once.fetch_add(1, SeqCst), 0, "two at a time");
                    let run = runs.fetch_add(1, SeqCst);
                    thread::yield_now();
                    at_once.fetch_sub(1, SeqCst);
                    match run {
                        3 => Ok(1),
                        _ if by_panic => throw("of a constructor"),
                        _ => Err(()),
                    }
                })
            };
            let results = thread::scope(|scope| {
                let threads = [(); THREADS].map(|()| {
                    scope.spawn(|| {
                        meet.wait();
                        catch_unwind(AssertUnwindSafe(ask)).unwrap_or(Err(()))
                    })
                });
                threads.map(|thread| thread.join().unwrap())
            });
            assert_eq!(runs.load(SeqCst), THREADS);
            assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
            assert_eq!(map.remove(&key), Some(1));
        }
    }
}

fn what_is_being_made_is_not_seen<F: Flights>() {
    let (map, key, other) = (F::empty(), key(1), key(2));
    let _two = map.insert(&other, 2);
    let one = map.make(&key, || {
        assert_eq!(
            (map.len(), map.get(&key), map.get(&other)),
            (1, None, Some(2))
        );
        assert_eq!(map.remove(&key), None);
        1
    });
    assert_eq!((map.len(), F::number(&one)), (2, 1));
}

/// A thread that makes 1 for `key`, while `meanwhile` runs, and a second that asks for the same; what they get.
fn while_made<F: Flights>(map: &F, key: &Key, meanwhile: impl FnOnce()) -> [F::Handle; 2] {
    thread::scope(|scope| {
        let (started, is_started) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel();
        let leader = scope.spawn(move || {
            map.make(key, || {
                started.send(()).unwrap();
                may_go_on.recv().unwrap();
                1
            })
        });
        is_started.recv().unwrap();
        let waiter = scope.spawn(|| map.make(key, || 2));
        linger();
        meanwhile();
        go_on.send(()).unwrap();
        [leader, waiter].map(|thread| thread.join().unwrap())
    })
}

fn removals_leave_a_construction_alone<F: Flights>() {
    for way in 0..4 {
        let (map, key) = (F::empty(), key(1));
        let [first, second] = while_made(&map, &key, || {
            map.remove_all(way);
            assert_eq!((map.remove(&key), map.len()), (None, 0));
        });
        assert!(F::is_same(&first, &second));
        assert_eq!((F::number(&first), map.get(&key)), (1, Some(1)));
    }
}

/// A value that is inserted meanwhile wins: leader and waiters get it.
fn inserted_meanwhile_wins<F: Flights>() {
    let (map, key, equal) = (F::empty(), key(1), key(1));
    let mut inserted = None;
    let [first, second] = while_made(&map, &key, || {
        inserted = Some(map.insert(&key, 7));
        assert_eq!(map.get(&key), Some(7));
    });
    let inserted = inserted.unwrap();
    assert!(F::is_same(&first, &inserted) && F::is_same(&second, &inserted));
    assert_eq!(map.len(), 1);
    // By the constructor itself, and failed after that: what was inserted stays.
    let third = self::key(3);
    let mut kept = None;
    let failed = map.try_make(&third, || {
        kept = Some(map.insert(&third, 8));
        Err(())
    });
    assert!(failed.is_err() && map.get(&third) == Some(8));
    // An equal key is the same one, or another.
    let by_value = map.get(&equal).is_some();
    let fourth = self::key(4);
    let mut kept = None;
    let made = map.make(&fourth, || {
        kept = Some(map.insert(&self::key(4), 9));
        1
    });
    assert_eq!(F::number(&made), if by_value { 9 } else { 1 });
    // The key that was inserted is the one that stands, and it is dead: not so the one that waits beside it.
    assert_eq!(map.get(&fourth), (!by_value).then_some(1));
    drop((key, equal, third, fourth));
    assert_eq!(map.len(), 0);
}

fn try_insert_waits<F: Flights>() {
    for fails in [false, true] {
        let (map, key) = (F::empty(), key(1));
        thread::scope(|scope| {
            let (started, is_started) = mpsc::channel();
            let (go_on, may_go_on) = mpsc::channel();
            let (map, key) = (&map, &key);
            let leader = scope.spawn(move || {
                map.try_make(key, || {
                    started.send(()).unwrap();
                    may_go_on.recv().unwrap();
                    if fails { Err(()) } else { Ok(1) }
                })
            });
            is_started.recv().unwrap();
            let waiter = scope.spawn(|| map.try_insert(key, 2));
            linger();
            go_on.send(()).unwrap();
            let made = leader.join().unwrap();
            assert_eq!(made.is_err(), fails);
            assert_eq!(waiter.join().unwrap(), if fails { Ok(()) } else { Err(1) });
        });
    }
}

fn own_key_from_within_itself<F: Flights>() {
    let (map, key, other) = (F::empty(), key(1), key(2));
    let asks: [fn(&F, &Key); 2] = [
        |map, key| drop(map.make(key, || 2)),
        |map, key| map.try_insert(key, 2).unwrap(),
    ];
    for ask in asks {
        let text = thrown(|| {
            map.make(&key, || {
                ask(&map, &key);
                1
            })
        });
        assert!(text.contains(ITSELF), "{text}");
        assert_eq!(map.len(), 0);
    }
    // Through another key, and caught: the outer one goes on.
    let made = map.make(&key, || {
        let inner = || F::number(&map.make(&key, || 3));
        let text = thrown(|| map.make(&other, inner));
        assert!(text.contains(ITSELF), "{text}");
        1
    });
    assert_eq!((F::number(&made), map.len()), (1, 1));
}

/// Each makes its own value out of the other's. Somebody is told, and then both can go on.
fn cycle_of_two_threads<F: Flights>() {
    for _ in 0..rounds(50, 2) {
        let (map, keys) = (F::empty(), [1, 2].map(key));
        let meet = Barrier::new(2);
        let run = |first: &Key, second: &Key| {
            let inner = || {
                meet.wait();
                F::number(&map.make(second, || 1)) + 1
            };
            catch_unwind(AssertUnwindSafe(|| drop(map.make(first, inner))))
                .map_err(|payload| *payload.downcast::<&'static str>().unwrap())
                .err()
        };
        let texts = thread::scope(|scope| {
            let one = scope.spawn(|| run(&keys[0], &keys[1]));
            let other = run(&keys[1], &keys[0]);
            [one.join().unwrap(), other]
        });
        let texts: Vec<_> = texts.into_iter().flatten().collect();
        assert!(!texts.is_empty() && texts.iter().all(|text| text.contains(ITSELF)));
        drop(keys);
        assert_eq!(map.len(), 0);
    }
}

/// The leader holds its key. When its constructor lets an equal one in and that dies, the construction has ended with
/// that one's value; nobody waits for ever, and the map is in order.
fn key_that_dies_while_its_value_is_made<F: Flights>() {
    for _ in 0..rounds(30, 2) {
        let map = F::empty();
        let next = AtomicUsize::new(0);
        let ask = || {
            let key = key(1);
            let made = map.make(&key, || {
                let number = next.fetch_add(1, SeqCst);
                if number.is_multiple_of(2) {
                    drop(map.insert(&self::key(1), 100));
                }
                u32::try_from(number).unwrap()
            });
            F::number(&made)
        };
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for _ in 0..5 {
                        assert!(ask() <= 100);
                    }
                });
            }
        });
        assert_eq!(map.len(), 0);
    }
}

/// Keys in one order need no cycle: nobody is told of one.
fn chains_of_keys_are_no_cycle<F: Flights>() {
    fn chain<F: Flights>(map: &F, keys: &[Key]) -> u32 {
        let Some((first, rest)) = keys.split_first() else {
            return 0;
        };
        F::number(&map.make(first, || chain(map, rest) + 1))
    }
    let map = F::empty();
    let keys: Vec<_> = (0..5).map(key).collect();
    thread::scope(|scope| {
        for first in 0..3 {
            let (map, keys) = (&map, &keys[first..]);
            scope.spawn(move || {
                for _ in 0..rounds(300, 2) {
                    assert_eq!(chain(map, keys) as usize, keys.len());
                    map.remove_all(0);
                }
            });
        }
    });
    drop(keys);
    assert_eq!(map.len(), 0);
}
