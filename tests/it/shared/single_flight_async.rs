//! One construction per key, whoever asks: tasks, threads, or both. What holds for threads alone is in
//! [`single_flight`](super::single_flight).

mod allocator;
mod blocking;
mod cycles;
mod wakers;

use std::cell::Cell;
use std::collections::HashSet;
use std::future::ready;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, LazyLock, Mutex, mpsc};
use std::thread;

use weakref::{Object, Strong};
use weakref_containers::shared::{WeakKeyMap, WeakPairMap};

use super::single_flight::{Made, Map, linger, made, map};
use crate::support::task::{Gate, Task, block_on, join, yield_once};
use crate::support::{rounds, throw, thrown};

/// What [`Map::get_or_try_insert_with_async`] comes to.
type Outcome = Result<Strong<Made>, &'static str>;

/// Makes `id` once the gate is open.
async fn make_behind(gate: &Gate, id: u32) -> Strong<Made> {
    gate.passed().await;
    made(id)
}

/// Asks for key 1, which nobody makes.
async fn only_ask(map: &Map) -> Strong<Made> {
    map.get_or_insert_with_async(1, async || unreachable!())
        .await
}

#[test]
fn one_constructor_runs_for_all_tasks() {
    const TASKS: usize = 5;
    let (map, gate, runs) = (map(), Gate::new(), Cell::new(0));
    let ask = || {
        map.get_or_insert_with_async(1, async || {
            runs.set(runs.get() + 1);
            make_behind(&gate, 1).await
        })
    };
    let mut leader = Task::waiting(ask());
    let waiters = [(); TASKS].map(|()| Task::waiting(ask()));
    assert!(map.is_empty() && map.get(&1).is_none());
    gate.open();
    assert_eq!(leader.times_woken(), 1);
    let id = Strong::id(&leader.ends());
    assert!(
        waiters
            .iter()
            .all(|waiter| waiter.times_woken() == 1 && waiter.wakers() == 0)
    );
    // The leader has dropped its handle: what the flight keeps is the same object.
    let objects = waiters.map(|mut waiter| waiter.ends());
    assert!(objects.iter().all(|object| Strong::id(object) == id));
    assert_eq!((runs.get(), map.len()), (1, 1));
    drop(objects);
    assert!(map.is_empty());
}

#[test]
fn one_constructor_runs_for_tasks_and_threads() {
    const THREADS: usize = 4;
    let map = map();
    for round in 0..u32::try_from(rounds(200, 2)).unwrap() {
        let runs = AtomicUsize::new(0);
        let (meet, all) = (Barrier::new(THREADS), Mutex::new(Vec::new()));
        let ask = async || {
            map.get_or_insert_with_async(round, async || {
                runs.fetch_add(1, SeqCst);
                thread::yield_now();
                made(round)
            })
            .await
        };
        let wait = || {
            map.get_or_insert_with(round, || {
                runs.fetch_add(1, SeqCst);
                thread::yield_now();
                made(round)
            })
        };
        thread::scope(|scope| {
            for index in 0..THREADS {
                let (meet, all, ask, wait) = (&meet, &all, &ask, &wait);
                scope.spawn(move || {
                    meet.wait();
                    let objects = if index % 2 == 0 {
                        block_on(join(ask(), ask()))
                    } else {
                        [wait(), wait()]
                    };
                    all.lock().unwrap().extend(objects);
                });
            }
        });
        let all = all.into_inner().unwrap();
        assert_eq!(all.iter().map(Strong::id).collect::<HashSet<_>>().len(), 1);
        assert_eq!((runs.load(SeqCst), map.len()), (1, 1));
        drop(all);
        assert!(map.is_empty());
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Failure {
    Error,
    Panic,
    Cancellation,
}

const FAILURES: [Failure; 3] = [Failure::Error, Failure::Panic, Failure::Cancellation];

impl Failure {
    /// Of the leader, once the gate is open.
    fn of(self, mut leader: Task<'_, Outcome>, gate: &Gate) {
        if self == Self::Cancellation {
            return drop(leader);
        }
        gate.open();
        match self {
            Self::Panic => assert_eq!(thrown(|| leader.poll()), "of a constructor"),
            _ => assert_eq!(leader.ends().unwrap_err(), "of a constructor"),
        }
    }

    async fn fail(self, gate: &Gate) -> Outcome {
        gate.passed().await;
        match self {
            Self::Panic => throw("of a constructor"),
            _ => Err("of a constructor"),
        }
    }
}

/// One waiter after the other leads, and only then the next one; the last has success.
#[test]
fn failure_promotes_the_next_task() {
    for failure in FAILURES {
        let (map, runs) = (map(), &Cell::new(0));
        let gates = [const { Gate::new() }; 3];
        let ask = |gate| {
            map.get_or_try_insert_with_async(1, move || async move {
                runs.set(runs.get() + 1);
                failure.fail(gate).await
            })
        };
        let [first, mut second, mut third] = gates.each_ref().map(|gate| Task::waiting(ask(gate)));
        let mut last = Task::waiting(map.get_or_insert_with_async(1, async || made(4)));
        assert_eq!(runs.get(), 1);
        failure.of(first, &gates[0]);
        assert!([&second, &third].iter().all(|task| task.times_woken() == 1));
        // Who comes first: not by the order of coming.
        third.waits();
        assert_eq!(runs.get(), 2);
        second.waits();
        failure.of(third, &gates[2]);
        assert_eq!((second.times_woken(), last.times_woken()), (2, 1));
        // The last one has not been polled since the first failure: it has missed nothing.
        second.waits();
        failure.of(second, &gates[1]);
        let object = last.ends();
        assert_eq!((runs.get(), object.0, map.len()), (3, 4, 1));
        drop(object);
        assert!(map.is_empty());
    }
}

#[test]
fn failure_of_a_task_promotes_a_thread() {
    for failure in FAILURES {
        let (map, gate) = (map(), Gate::new());
        let leader = Task::waiting(map.get_or_try_insert_with_async(1, || failure.fail(&gate)));
        thread::scope(|scope| {
            let waits = scope.spawn(|| map.get_or_insert_with(1, || made(2)));
            let inserts = scope.spawn(|| map.get_or_insert(1, &made(2)));
            linger();
            failure.of(leader, &gate);
            let object = waits.join().unwrap();
            let same = inserts.join().unwrap();
            assert_eq!(object.0, 2);
            assert!(Strong::ptr_eq(&object, &same));
        });
        assert!(map.is_empty());
    }
}

#[test]
fn failure_of_a_thread_promotes_a_task() {
    for by_panic in [false, true] {
        let map = map();
        let (started, is_started) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let map = &map;
            let leader = scope.spawn(move || {
                map.get_or_try_insert_with(1, || {
                    started.send(()).unwrap();
                    may_go_on.recv().unwrap();
                    if by_panic {
                        throw("of a constructor");
                    }
                    Err(())
                })
            });
            is_started.recv().unwrap();
            let mut waiter = Task::waiting(map.get_or_insert_with_async(1, async || made(2)));
            let mut other = Task::waiting(map.try_insert_async(1, &MADE));
            go_on.send(()).unwrap();
            assert_eq!(leader.join().is_err(), by_panic);
            assert_eq!((waiter.times_woken(), other.times_woken()), (1, 1));
            let object = waiter.ends();
            assert_eq!(object.0, 2);
            assert!(Strong::ptr_eq(&other.ends().unwrap_err(), &object));
        });
        assert!(map.is_empty());
    }
}

static MADE: LazyLock<Strong<Made>> = LazyLock::new(|| made(100));

#[test]
fn task_gets_what_a_thread_makes() {
    let map = map();
    for _ in 0..rounds(100, 2) {
        let (started, is_started) = mpsc::channel();
        let is_asking = Barrier::new(2);
        thread::scope(|scope| {
            let leader = scope.spawn(|| {
                map.get_or_insert_with(1, || {
                    started.send(()).unwrap();
                    is_asking.wait();
                    made(1)
                })
            });
            is_started.recv().unwrap();
            let mut first = Task::waiting(only_ask(&map));
            is_asking.wait();
            let object = block_on(only_ask(&map));
            assert!(Strong::ptr_eq(&leader.join().unwrap(), &object));
            assert!(Strong::ptr_eq(&first.ends(), &object));
        });
        assert!(map.is_empty());
    }
}

#[test]
fn try_insert_and_get_or_insert_wait() {
    for fails in [false, true] {
        let (map, gate, held) = (map(), Gate::new(), made(2));
        let mut leader = Task::waiting(map.get_or_try_insert_with_async(1, async || {
            gate.passed().await;
            if fails { Err(()) } else { Ok(made(1)) }
        }));
        let mut inserts = Task::waiting(map.try_insert_async(1, &held));
        let mut gets = Task::waiting(map.get_or_insert_async(1, &held));
        gate.open();
        let _made = leader.ends();
        let expected = if fails { 2 } else { 1 };
        assert_eq!(
            inserts.ends().map_err(|there| there.0),
            if fails { Ok(()) } else { Err(1) }
        );
        assert_eq!(gets.ends().0, expected);
        assert_eq!(map.get(&1).unwrap().0, expected);
    }
}

/// What was made is what those get who waited for it, whatever has become of its entry since.
#[test]
fn waiters_share_what_was_made() {
    let (map, gate) = (map(), Gate::new());
    let mut leader = Task::waiting(map.get_or_insert_with_async(1, || make_behind(&gate, 1)));
    let mut waiters = [(); 2].map(|()| Task::waiting(only_ask(&map)));
    gate.open();
    let object = leader.ends();
    assert!(Strong::ptr_eq(&map.remove(&1).unwrap(), &object));
    assert!(Strong::ptr_eq(&waiters[0].ends(), &object));
    map.insert(1, &MADE);
    assert!(Strong::ptr_eq(&waiters[1].ends(), &object));
}

/// The value of a flight goes with the last who may have it, and so does its entry.
#[test]
fn dropped_waiters_leave_nothing() {
    let (map, gate) = (map(), Gate::new());
    let mut leader = Task::waiting(map.get_or_insert_with_async(1, || make_behind(&gate, 1)));
    let waiters = [(); 2].map(|()| Task::waiting(only_ask(&map)));
    gate.open();
    let weak = Strong::downgrade(&leader.ends());
    let [first, second] = waiters;
    drop(first);
    assert!(weak.upgrade().is_some() && map.len() == 1);
    drop(second);
    assert!(weak.upgrade().is_none() && map.is_empty());
    // Not begun: nothing was done.
    drop(Task::new(map.get_or_insert_with_async(1, async || made(2))));
    assert!(map.is_empty());
}

#[test]
fn value_inserted_meanwhile_wins() {
    let (map, gate) = (map(), Gate::new());
    let mut leader = Task::waiting(map.get_or_insert_with_async(1, || make_behind(&gate, 1)));
    let mut waiter = Task::waiting(only_ask(&map));
    let inserted = made(7);
    assert!(map.insert(1, &inserted).is_none());
    assert_eq!((waiter.times_woken(), leader.times_woken()), (1, 0));
    assert!(Strong::ptr_eq(&waiter.ends(), &inserted));
    leader.waits();
    gate.open();
    assert!(Strong::ptr_eq(&leader.ends(), &inserted));
    // Also when its leader is cancelled, or fails.
    for failure in FAILURES {
        let gate = Gate::new();
        let leader = Task::waiting(map.get_or_try_insert_with_async(2, || failure.fail(&gate)));
        map.insert(2, &inserted);
        failure.of(leader, &gate);
        assert!(Strong::ptr_eq(&map.remove(&2).unwrap(), &inserted));
    }
}

#[test]
fn constructor_may_use_other_keys() {
    let map = map();
    let object = block_on(map.get_or_insert_with_async(1, async || {
        let two = map.get_or_insert_with_async(2, async || made(2)).await;
        let three = map.get_or_insert_with(3, || made(3));
        assert!(map.get(&1).is_none() && map.remove(&1).is_none());
        assert!(map.try_insert_async(4, &two).await.is_ok());
        assert_eq!(map.len(), 3);
        made(two.0 + three.0)
    }));
    assert_eq!((object.0, map.len()), (5, 1));
}

/// What the calls return goes to another thread, as executors of several threads want it.
#[test]
fn futures_are_send() {
    fn run<F: Future<Output: Send> + Send + 'static>(future: F) -> F::Output {
        thread::spawn(|| block_on(future)).join().unwrap()
    }

    static VALUES: LazyLock<Map> = LazyLock::new(map);
    static KEYS: LazyLock<WeakKeyMap<Object<str>, u32>> = LazyLock::new(WeakKeyMap::new);
    static PAIRS: LazyLock<WeakPairMap<Object<str>, Made>> = LazyLock::new(WeakPairMap::new);
    static KEY: LazyLock<Strong<Object<str>>> = LazyLock::new(|| "key".into());

    let object = run(VALUES.get_or_insert_with_async(1, async || made(1)));
    let same = run(VALUES.get_or_try_insert_with_async(1, || ready(Err::<_, ()>(()))));
    let there = run(VALUES.get_or_insert_async(1, &MADE));
    assert!(run(VALUES.try_insert_async(1, &MADE)).is_err());
    assert!(
        [same.unwrap(), there]
            .iter()
            .all(|it| Strong::ptr_eq(it, &object))
    );

    let value = run(KEYS.get_or_insert_with_async(&KEY, async || 1));
    let same = run(KEYS.get_or_try_insert_with_async(&KEY, || ready(Err::<_, ()>(()))));
    let there = run(KEYS.get_or_insert_async(&KEY, 2));
    assert!(run(KEYS.try_insert_async(&KEY, 2)).is_err());
    assert!(
        [same.unwrap(), there]
            .iter()
            .all(|it| Arc::ptr_eq(it, &value))
    );

    let object = run(PAIRS.get_or_insert_with_async(&KEY, async || made(1)));
    let same = run(PAIRS.get_or_try_insert_with_async(&KEY, || ready(Err::<_, ()>(()))));
    let there = run(PAIRS.get_or_insert_async(&KEY, &MADE));
    assert!(run(PAIRS.try_insert_async(&KEY, &MADE)).is_err());
    assert!(
        [same.unwrap(), there]
            .iter()
            .all(|it| Strong::ptr_eq(it, &object))
    );
}

/// Tasks of several threads that ask, fail, and give up, for few keys: the maps agree on one object, and nothing is left.
#[test]
fn tasks_of_many_threads_that_come_and_go() {
    const THREADS: u32 = 3;
    let map = map();
    let (making, most) = ([const { AtomicUsize::new(0) }; 2], AtomicUsize::new(0));
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (map, making, most) = (&map, &making, &most);
            scope.spawn(move || {
                let mut held: Vec<Strong<Made>> = Vec::new();
                for round in 0..u32::try_from(rounds(2000, 12)).unwrap() {
                    let key = (round + thread) % 2;
                    let now = &making[key as usize];
                    let ask = || {
                        map.get_or_try_insert_with_async(key, move || async move {
                            let inside = Inside::of(now);
                            most.fetch_max(inside.0.load(SeqCst), SeqCst);
                            yield_once().await;
                            let fails = round % 5 == 0;
                            if fails {
                                Err("of a constructor")
                            } else {
                                Ok(made(key))
                            }
                        })
                    };
                    match round % 3 {
                        // Given up after the first turn.
                        0 => drop(Task::new(ask()).poll()),
                        1 => held.extend(block_on(ask()).ok()),
                        _ => {
                            let [first, second] = block_on(join(ask(), ask()));
                            if let (Ok(first), Ok(second)) = (&first, &second) {
                                assert!(Strong::ptr_eq(first, second));
                            }
                            held.extend(first.ok());
                        }
                    }
                    for object in &held {
                        let there = map.get(&object.0).expect("it is held");
                        assert!(Strong::ptr_eq(&there, object));
                    }
                    held.truncate(1);
                    if round % 7 == 0 {
                        held.clear();
                    }
                }
            });
        }
    });
    assert_eq!(most.into_inner(), 1, "one at a time for each key");
    assert!(map.is_empty());
}

/// Counts those who are inside at once.
struct Inside<'a>(&'a AtomicUsize);

impl<'a> Inside<'a> {
    fn of(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, SeqCst);
        Self(count)
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}
