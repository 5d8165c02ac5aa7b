//! Threads that die inside one another's calls: who buries, when, and what nobody waits for.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, LazyLock, Mutex, PoisonError, mpsc};
use std::thread;

use weakref::{Source, Strong, WeakReferenceable};
use weakref_containers::shared::{WeakSet, WeakValueMap};

use crate::shared::{self, Key, On, OneHash, Tally, counted, during, value};
use crate::support::hook::reports;
use crate::support::kind::{Object, SyncSmall};
use crate::support::{rounds, throw};

mod keys;
mod rows;
mod strong_tier;

type Map = shared::Map<SyncSmall>;

/// Drops `first` and `second` on threads of their own, and calls `body` meanwhile; somewhat later, if it `yields`.
fn beside(first: impl Send, second: impl Send, yields: bool, body: impl FnOnce()) {
    let start = &Barrier::new(3);
    thread::scope(|scope| {
        scope.spawn(move || {
            start.wait();
            drop(first);
        });
        scope.spawn(move || {
            start.wait();
            drop(second);
        });
        start.wait();
        if yields {
            thread::yield_now();
        }
        body();
    });
}

fn map() -> Map {
    WeakValueMap::with_hasher(OneHash)
}

/// A death while another thread compares: the dying thread waits for nobody, and the other buries before it returns.
#[test]
fn buried_by_the_thread_that_is_inside() {
    let map = map();
    let keys = Tally::default();
    let (kept, dying) = (value::<SyncSmall>(1), value::<SyncSmall>(2));
    map.insert(Key::new(1, &keys), &kept);
    map.insert(Key::new(2, &keys), &dying);
    thread::scope(|scope| {
        let (inside, is_inside) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel();
        let (map, keys) = (&map, &keys);
        scope.spawn(move || {
            let waits = move || {
                inside.send(()).unwrap();
                may_go_on.recv().unwrap();
            };
            let asked = Key::of(3);
            let once = AtomicBool::new(true);
            let action = move || {
                if once.swap(false, SeqCst) {
                    waits();
                }
            };
            during(On::Eq, action, || assert!(map.get(&asked).is_none()));
            assert_eq!(keys.alive(), 1, "buried before the call returned");
        });
        is_inside.recv().unwrap();
        drop(dying);
        assert_eq!((keys.alive(), map.len()), (2, 1), "gone, though not buried");
        go_on.send(()).unwrap();
    });
    assert_eq!((keys.alive(), map.len()), (1, 1));
}

/// A writer waits for a comparison, and readers who come meanwhile wait behind it; a read from within the comparison
/// does not.
#[test]
fn reads_within_a_comparison_do_not_wait_for_a_writer() {
    static MAP: LazyLock<Map> = LazyLock::new(map);
    let (kept, new) = (value::<SyncSmall>(1), value::<SyncSmall>(2));
    MAP.insert(Key::of(1), &kept);
    thread::scope(|scope| {
        let (inside, is_inside) = mpsc::channel();
        scope.spawn(move || {
            let reads = move || {
                inside.send(()).unwrap();
                // The writer comes in the midst of it.
                for _ in 0..rounds(2000, 20) {
                    assert_eq!(MAP.get(&Key::of(1)).unwrap().id, 1);
                    thread::yield_now();
                }
            };
            during(On::Eq, reads, || assert!(MAP.get(&Key::of(1)).is_some()));
        });
        is_inside.recv().unwrap();
        MAP.insert(Key::of(2), &new);
    });
    assert_eq!(MAP.len(), 2);
}

/// Keys that panic in their drop when they are dead: whichever call happens to bury them, it leaves the map in order,
/// and nobody waits for ever for what it was to make.
#[test]
fn calls_that_bury_what_panics() {
    static SILENT: AtomicUsize = AtomicUsize::new(0);
    #[derive(PartialEq, Eq, Hash)]
    struct Bomb(usize);
    impl Drop for Bomb {
        fn drop(&mut self) {
            if self.0 > 0 && thread::panicking() {
                // Its own call never came to enter it.
                SILENT.fetch_add(1, SeqCst);
            } else if self.0 > 0 {
                throw("drop of a key");
            }
        }
    }

    let map: WeakValueMap<Bomb, Object<SyncSmall>, OneHash> = WeakValueMap::with_hasher(OneHash);
    let (next, running) = (AtomicUsize::new(1), AtomicUsize::new(2));
    let caught = AtomicUsize::new(0);
    let catch = |call: &dyn Fn()| {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(call)) {
            assert_eq!(payload.downcast_ref(), Some(&"drop of a key"));
            caught.fetch_add(1, SeqCst);
        }
    };
    let heard = thread::scope(|scope| {
        let (map, next, running, catch) = (&map, &next, &running, &catch);
        let noisy = || {
            for _ in 0..rounds(20_000, 40) {
                let value = Object::strong(());
                catch(&|| drop(map.insert(Bomb(next.fetch_add(1, SeqCst)), &value)));
                drop(value);
            }
            running.fetch_sub(1, SeqCst);
        };
        let quiet = || {
            while running.load(SeqCst) > 0 {
                catch(&|| assert!(map.get_or_try_insert_with(Bomb(0), || Err(())).is_err()));
                catch(&|| drop(map.get_or_insert_with(Bomb(0), || Object::strong(()))));
                catch(&|| drop(map.get(&Bomb(0))));
            }
        };
        let noisy = [(); 2].map(|()| scope.spawn(move || reports(noisy).1));
        let quiet = scope.spawn(move || reports(quiet).1);
        let mut heard = quiet.join().unwrap();
        heard.extend(noisy.into_iter().flat_map(|thread| thread.join().unwrap()));
        heard
    });
    assert!(
        heard
            .iter()
            .all(|report| report.what() == (Source::Burial, "drop of a key"))
    );
    let known = heard.len() + caught.into_inner() + SILENT.load(SeqCst);
    assert_eq!(known, next.into_inner() - 1);
    assert!(map.is_empty());
}

/// The map goes while its values die elsewhere.
#[test]
fn map_dropped_while_deaths_are_under_way() {
    for round in 0..rounds(2000, 15) {
        let map = map();
        let (keys, values) = (Tally::default(), Tally::default());
        let held: Vec<_> = (0..6)
            .map(|id| {
                let value = counted::<SyncSmall>(id, &values);
                map.insert(Key::new(id, &keys), &value);
                value
            })
            .collect();
        let mut halves = held.into_iter();
        let first: Vec<_> = halves.by_ref().take(3).collect();
        let second: Vec<_> = halves.collect();
        beside(first, second, round % 2 == 0, || drop(map));
        assert_eq!((keys.alive(), values.alive()), (0, 0));
    }
}

/// Snapshots, removals by them, and everything that empties, while others enter and die.
#[test]
fn emptied_while_others_enter() {
    let map = map();
    let keys = Tally::default();
    let (done, taken) = (AtomicBool::new(false), AtomicUsize::new(0));
    let entered = rounds(20_000, 60);
    thread::scope(|scope| {
        let (map, keys, done, taken) = (&map, &keys, &done, &taken);
        scope.spawn(move || {
            let mut held = Vec::new();
            for id in 0..u32::try_from(entered).unwrap() {
                let value = value::<SyncSmall>(id);
                assert!(map.insert(Key::new(id, keys), &value).is_none());
                held.push(value);
                if held.len() > 30 {
                    held.swap_remove(id as usize % 30);
                }
            }
            done.store(true, SeqCst);
        });
        scope.spawn(move || {
            let mut seen = std::collections::HashSet::new();
            while !done.load(SeqCst) {
                // Each entry is taken out by one of us, once.
                let some = map
                    .extract_if(|key, _| key.id % 3 == 0)
                    .map(|(key, _)| key.id);
                for id in some {
                    assert!(seen.insert(id));
                }
                map.retain(|key, value| {
                    assert_eq!(key.id, value.id);
                    key.id % 3 != 1
                });
            }
            taken.fetch_add(seen.len(), SeqCst);
        });
        let mut seen = std::collections::HashSet::new();
        while !done.load(SeqCst) {
            for (key, value) in map.drain() {
                assert!(key.id == value.id && seen.insert(key.id));
            }
            map.clear();
        }
        taken.fetch_add(seen.len(), SeqCst);
    });
    assert!(taken.into_inner() <= entered);
    map.clear();
    assert_eq!((map.len(), keys.alive()), (0, 0));
}

/// Of an entry that two remove at once, one gets the value; and an insertion beside them gets it, or nobody's.
#[test]
fn each_value_comes_out_once() {
    let map = map();
    for round in 0..u32::try_from(rounds(20_000, 30)).unwrap() {
        let (old, new) = (value::<SyncSmall>(round), value::<SyncSmall>(round));
        map.insert(Key::of(1), &old);
        let start = Barrier::new(2);
        let (removed, replaced) = thread::scope(|scope| {
            let (map, start, new) = (&map, &start, &new);
            let remover = scope.spawn(move || {
                start.wait();
                map.remove(&Key::of(1)).map(|value| Strong::id(&value))
            });
            start.wait();
            let replaced = map.insert(Key::of(1), new).map(|value| Strong::id(&value));
            (remover.join().unwrap(), replaced)
        });
        let old = Some(Strong::id(&old));
        assert!(removed == old && replaced.is_none() || replaced == old && removed != old);
        map.clear();
    }
}

/// The same of a set.
#[test]
fn each_member_comes_out_once() {
    let set: WeakSet<weakref::Object<u32>, OneHash> = WeakSet::with_hasher(OneHash);
    for round in 0..rounds(20_000, 30) {
        let (old, new) = (
            Strong::new(weakref::Object(1)),
            Strong::new(weakref::Object(1)),
        );
        set.insert(&old);
        let start = Barrier::new(2);
        let (taken, replaced) = thread::scope(|scope| {
            let (set, start, new) = (&set, &start, &new);
            let taker = scope.spawn(move || {
                start.wait();
                set.take(&1).map(|member| Strong::id(&member))
            });
            start.wait();
            let replaced = set.replace(new).map(|member| Strong::id(&member));
            (taker.join().unwrap(), replaced)
        });
        let old = Some(Strong::id(&old));
        let once = taken == old && replaced.is_none() || replaced == old && taken != old;
        assert!(once, "{round}");
        set.clear();
    }
}

/// A handle that is lent to `get` for a moment may be the last: the entry goes with it, on the thread that looked.
#[test]
fn looked_at_while_it_dies() {
    #[derive(WeakReferenceable)]
    struct Seen(Arc<Mutex<usize>>);
    impl Drop for Seen {
        fn drop(&mut self) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        }
    }
    let drops = Arc::default();
    let keys = Tally::default();
    let map: WeakValueMap<Key, Seen, OneHash> = WeakValueMap::with_hasher(OneHash);
    let made = rounds(20_000, 40);
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel::<Strong<Seen>>(8);
        let done = Arc::new(AtomicBool::new(false));
        let looks = Arc::clone(&done);
        let map = &map;
        scope.spawn(move || {
            while !looks.load(SeqCst) {
                drop(map.get(&Key::of(1)));
                drop(map.values().collect::<Vec<_>>());
                map.remove_if(&Key::of(1), |_| false);
            }
        });
        scope.spawn(move || receiver.into_iter().for_each(drop));
        for _ in 0..made {
            let value = Strong::new(Seen(Arc::clone(&drops)));
            map.insert(Key::new(1, &keys), &value);
            sender.send(value).unwrap();
        }
        done.store(true, SeqCst);
    });
    assert_eq!(*drops.lock().unwrap(), made);
    assert_eq!((map.len(), keys.alive()), (0, 0));
}

/// A map in a static, of keys and values that were never seen by the thread that made it.
#[test]
fn map_in_a_static() {
    static MAP: LazyLock<WeakValueMap<String, Object<SyncSmall, u32>>> =
        LazyLock::new(WeakValueMap::new);
    let handles = [1, 2, 3].map(|id| {
        thread::spawn(move || {
            let made = MAP.get_or_insert_with(format!("{}", id % 2), || Object::strong(id));
            assert!(MAP.contains_key(&format!("{}", id % 2)));
            made
        })
    });
    let held = handles.map(|handle| handle.join().unwrap());
    assert_eq!(MAP.len(), 2);
    assert!(Strong::ptr_eq(&held[0], &held[2]));
    drop(held);
    assert!(MAP.is_empty());
}
