//! One construction per key, whoever asks: threads that ask meanwhile wait for it, get its object, and are next if there
//! is none.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Barrier, LazyLock, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use weakref::{Strong, WeakReferenceable};
use weakref_containers::shared::WeakValueMap;

use super::OneHash;
use crate::support::child::{self, test_path};
use crate::support::{rounds, text_of, throw, thrown};

mod cycles;

#[derive(WeakReferenceable, Debug)]
pub(super) struct Made(pub(super) u32);

pub(super) type Map = WeakValueMap<u32, Made, OneHash>;

pub(super) const ITSELF: &str = "a constructor waits for itself";

pub(super) fn map() -> Map {
    WeakValueMap::with_hasher(OneHash)
}

pub(super) fn made(id: u32) -> Strong<Made> {
    Strong::new(Made(id))
}

/// Runs `body` in a child, which must not hang.
pub(super) fn does_not_hang(test: &str, body: impl FnOnce()) {
    if cfg!(miri) {
        // No children there; it sees a deadlock by itself.
        return body();
    }
    if let Some(outcome) = child::run(test, "the only one", body) {
        outcome.succeeded();
    }
}

/// Lets other threads come to where they wait. What is tested holds wherever they are.
pub(super) fn linger() {
    thread::sleep(Duration::from_millis(if cfg!(miri) { 1 } else { 20 }));
}

#[test]
fn one_constructor_runs_for_all() {
    const THREADS: usize = 4;
    let map = map();
    for round in 0..u32::try_from(rounds(300, 3)).unwrap() {
        let runs = AtomicUsize::new(0);
        let (meet, all) = (Barrier::new(THREADS), Mutex::new(Vec::new()));
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    meet.wait();
                    let object = map.get_or_insert_with(round, || {
                        runs.fetch_add(1, SeqCst);
                        thread::yield_now();
                        made(round)
                    });
                    all.lock().unwrap().push(object);
                });
            }
        });
        assert_eq!(runs.load(SeqCst), 1);
        let all = all.into_inner().unwrap();
        assert_eq!(all.iter().map(Strong::id).collect::<HashSet<_>>().len(), 1);
        assert_eq!(map.len(), 1);
        drop(all);
        assert!(map.is_empty());
    }
}

/// The leader drops its handle at once: whoever waited for it has the same object all the same.
#[test]
fn object_lives_until_the_last_waiter_has_it() {
    const WAITERS: usize = 3;
    for _ in 0..rounds(100, 2) {
        let map = map();
        let (started, is_started) = mpsc::channel();
        let is_asking = AtomicUsize::new(0);
        let runs = AtomicUsize::new(0);
        let construct = || {
            runs.fetch_add(1, SeqCst);
            made(1)
        };
        let ids = thread::scope(|scope| {
            let (map, is_asking, construct) = (&map, &is_asking, &construct);
            let leader = scope.spawn(move || {
                let object = map.get_or_insert_with(1, || {
                    started.send(()).unwrap();
                    while is_asking.load(SeqCst) < WAITERS {
                        thread::yield_now();
                    }
                    linger();
                    construct()
                });
                Strong::id(&object)
            });
            is_started.recv().unwrap();
            let waiters = [(); WAITERS].map(|()| {
                scope.spawn(move || {
                    is_asking.fetch_add(1, SeqCst);
                    map.get_or_insert_with(1, construct)
                })
            });
            let leader = leader.join().unwrap();
            let objects = waiters.map(|waiter| waiter.join().unwrap());
            assert_eq!(map.len(), 1);
            assert!(
                objects
                    .iter()
                    .all(|object| Strong::ptr_eq(object, &objects[0]))
            );
            (leader, Strong::id(&objects[0]))
        });
        if runs.load(SeqCst) == 1 {
            assert_eq!(ids.0, ids.1);
        }
        assert!(map.is_empty());
    }
}

/// Of four that ask, three fail in turn: each failure lets one more try, and nobody else.
#[test]
fn failure_promotes_the_next() {
    const THREADS: usize = 4;
    for by_panic in [false, true] {
        let map = map();
        for _ in 0..rounds(50, 2) {
            let (runs, at_once) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let meet = Barrier::new(THREADS);
            let ask = || {
                map.get_or_try_insert_with(1, || {
                    assert_eq!(at_once.fetch_add(1, SeqCst), 0, "two at a time");
                    let run = runs.fetch_add(1, SeqCst);
                    thread::yield_now();
                    at_once.fetch_sub(1, SeqCst);
                    match run {
                        3 => Ok(made(1)),
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
            assert_eq!(map.len(), 1);
            drop(results);
            assert!(map.is_empty());
        }
    }
}

#[test]
fn what_is_being_made_is_not_seen() {
    let map = map();
    let other = made(2);
    map.insert(2, &other);
    let object = map.get_or_insert_with(1, || {
        assert_eq!((map.len(), map.is_empty()), (1, false));
        assert!(map.get(&1).is_none() && !map.contains_key(&1));
        assert!(map.iter().map(|(key, _)| key).eq([2]));
        assert!(map.keys().eq([2]) && map.values().count() == 1);
        assert!(map.weak_values().count() == 1);
        assert!(map.remove(&1).is_none());
        assert!(map.replace_if(&1, &other, |_| true).is_none());
        made(1)
    });
    assert_eq!((map.len(), object.0), (2, 1));
}

/// What is removed, cleared or drained meanwhile is what is there: the construction goes on, and lands.
#[test]
fn removals_leave_a_construction_alone() {
    let map = map();
    let changes: [fn(&Map); 4] = [
        |map| map.clear(),
        |map| drop(map.drain()),
        |map| map.retain(|_, _| false),
        |map| drop(map.remove(&1)),
    ];
    for change in changes {
        let object = thread::scope(|scope| {
            let (started, is_started) = mpsc::channel();
            let (go_on, may_go_on) = mpsc::channel();
            let map = &map;
            let leader = scope.spawn(move || {
                map.get_or_insert_with(1, || {
                    started.send(()).unwrap();
                    may_go_on.recv().unwrap();
                    made(1)
                })
            });
            is_started.recv().unwrap();
            let waiter = scope.spawn(|| map.get_or_insert_with(1, || made(2)));
            change(map);
            assert_eq!(map.len(), 0);
            go_on.send(()).unwrap();
            let (first, second) = (leader.join().unwrap(), waiter.join().unwrap());
            assert!(Strong::ptr_eq(&first, &second));
            first
        });
        assert!(Strong::ptr_eq(&map.get(&1).unwrap(), &object));
        drop(object);
        assert!(map.is_empty());
    }
}

/// A value that is inserted meanwhile wins: leader and waiters get it, and what was made is dropped.
#[test]
fn inserted_meanwhile_wins() {
    for dies in [false, true] {
        let map = map();
        let inserted = made(7);
        let weak = Strong::downgrade(&inserted);
        let (first, second) = thread::scope(|scope| {
            let (started, is_started) = mpsc::channel();
            let (go_on, may_go_on) = mpsc::channel();
            let map = &map;
            let leader = scope.spawn(move || {
                map.get_or_insert_with(1, || {
                    started.send(()).unwrap();
                    may_go_on.recv().unwrap();
                    made(1)
                })
            });
            is_started.recv().unwrap();
            let waiter = scope.spawn(|| map.get_or_insert_with(1, || made(2)));
            linger();
            assert!(map.insert(1, &inserted).is_none());
            assert!(Strong::ptr_eq(&map.get(&1).unwrap(), &inserted));
            // The flight of the leader keeps it alive for all.
            let _kept = (!dies).then_some(inserted);
            let second = waiter.join().unwrap();
            go_on.send(()).unwrap();
            (leader.join().unwrap(), second)
        });
        assert_eq!(
            (Strong::downgrade(&first), Strong::downgrade(&second)),
            (weak.clone(), weak)
        );
        assert_eq!(map.len(), 1);
        drop((first, second));
        assert!(map.is_empty());
    }
}

#[test]
fn constructor_may_insert_its_own_key() {
    let map = map();
    let mut kept = None;
    let object = map.get_or_insert_with(1, || {
        let inserted = made(7);
        map.insert(1, &inserted);
        assert_eq!(map.get_or_insert_with(1, || unreachable!()).0, 7);
        kept = Some(inserted);
        made(1)
    });
    assert_eq!((object.0, map.len()), (7, 1));
    // It fails after that: what was inserted stays.
    let failed = map.get_or_try_insert_with(2, || {
        map.insert(2, &object);
        Err(())
    });
    assert!(failed.is_err() && Strong::ptr_eq(&map.get(&2).unwrap(), &object));
    // It was removed again: the next one makes its own.
    let first = map.get_or_insert_with(3, || {
        map.insert(3, &object);
        map.remove(&3);
        let second = map.get_or_insert_with(3, || made(3));
        assert_eq!((second.0, map.len()), (3, 3));
        made(4)
    });
    assert_eq!((first.0, map.get(&3).is_none()), (7, true));
}

#[test]
fn try_insert_waits() {
    let map = map();
    for fails in [false, true] {
        thread::scope(|scope| {
            let (started, is_started) = mpsc::channel();
            let (go_on, may_go_on) = mpsc::channel();
            let map = &map;
            let leader = scope.spawn(move || {
                map.get_or_try_insert_with(1, || {
                    started.send(()).unwrap();
                    may_go_on.recv().unwrap();
                    if fails { Err(()) } else { Ok(made(1)) }
                })
            });
            is_started.recv().unwrap();
            let waiter = scope.spawn(|| {
                let value = made(2);
                let result = map.try_insert(1, &value);
                assert_eq!(result.is_ok(), fails);
                (value, result)
            });
            linger();
            go_on.send(()).unwrap();
            let _held = leader.join().unwrap();
            let both = waiter.join().unwrap();
            assert_eq!(map.get(&1).unwrap().0, if fails { 2 } else { 1 });
            drop(both);
        });
        assert!(map.is_empty());
    }
}

/// Who waits for a construction that was ended by an insertion does not wait any more: its leader may wait for that one.
#[test]
fn waiting_ends_with_an_insertion() {
    does_not_hang(test_path!(waiting_ends_with_an_insertion), || {
        for _ in 0..rounds(50, 2) {
            let map = map();
            let inserted = made(7);
            let (asks, is_asking) = mpsc::channel();
            let (started, is_started) = mpsc::channel();
            thread::scope(|scope| {
                let (map, inserted) = (&map, &inserted);
                let first = scope.spawn(move || {
                    map.get_or_insert_with(1, || {
                        started.send(()).unwrap();
                        is_asking.recv().unwrap();
                        linger();
                        map.insert(1, inserted);
                        let second = map.get_or_insert_with(2, || unreachable!());
                        made(second.0 + 10)
                    })
                });
                is_started.recv().unwrap();
                let second = map.get_or_insert_with(2, || {
                    asks.send(()).unwrap();
                    let first = map.get_or_insert_with(1, || unreachable!());
                    made(first.0 + 1)
                });
                assert_eq!((second.0, first.join().unwrap().0), (8, 7));
            });
        }
    });
}
