//! User code that uses the map it is called by: everything is allowed but to change it from within `Eq` and `Clone` of
//! a key, which says so.

use std::cell::{Cell, RefCell};
use std::panic;
use std::rc::Rc;
use std::sync::LazyLock;

use weakref::Strong;
use weakref_containers::shared::WeakValueMap;

use super::{Key, Map, Mark, On, OneHash, Shared, Tally, content, during, value};
use crate::support::child::{self, test_path};
use crate::support::hook::told;
use crate::support::kind::{LocalSmall, SyncSmall};
use crate::support::{in_all_kinds, rounds, throw, thrown};

in_all_kinds!(
    eq_may_read,
    eq_may_change_another_map,
    eq_may_kill,
    eq_may_panic,
    eq_may_lie,
    clone_may_read,
    clone_may_panic,
    hash_may_do_everything,
    drops_of_keys_may_do_everything,
    drops_of_values_may_do_everything,
    closures_may_do_everything,
);

const MESSAGE: &str = "a shared container was changed while it compared its keys";

type Value<K> = Strong<super::Object<K, super::Payload>>;

/// A map with two entries of one hash, and their values.
fn two<K: Shared>() -> (Rc<Map<K>>, Vec<Value<K>>) {
    let map = Rc::new(K::map_with(OneHash));
    let held: Vec<_> = [1, 2].map(value).into();
    for value in &held {
        map.insert(Key::of(value.id), value);
    }
    (map, held)
}

/// Uses a map in every way, and leaves it as it was.
fn use_everything<K: Shared>(map: &Map<K>) {
    let before = content(map);
    let (new, other) = (value(100), value(101));
    assert!(map.insert(Key::of(100), &new).is_none());
    assert!(map.try_insert(Key::of(100), &other).is_err());
    assert_eq!(map.get_or_insert(Key::of(101), &other).id, 101);
    assert_eq!(map.get_or_insert_with(Key::of(102), || value(102)).id, 102);
    assert!(
        map.get_or_try_insert_with(Key::of(103), || Err(()))
            .is_err()
    );
    assert_eq!(
        map.replace_if(&Key::of(100), &other, |_| true).unwrap().id,
        100
    );
    assert_eq!(map.len(), before.len() + 2);
    assert!(map.remove_if(&Key::of(101), |_| false).is_none());
    assert_eq!(map.extract_if(|key, _| key.id == 101).count(), 1);
    map.retain(|key, _| key.id < 100);
    assert_eq!(content(map), before);
    let drained = map.drain();
    assert_eq!((drained.len(), map.len()), (before.len(), 0));
    for (key, value) in drained {
        map.insert(key, &value);
    }
    map.remove(&Key::of(100));
    assert_eq!(content(map), before);
}

fn eq_may_read<K: Shared>() {
    let (map, held) = two::<K>();
    let inner = Rc::clone(&map);
    let calls = Rc::new(Cell::new(0));
    let counted = Rc::clone(&calls);
    let reads = move || {
        counted.set(counted.get() + 1);
        assert_eq!(content(&inner), [(1, 1), (2, 2)]);
        assert!(inner.contains_key(&Key::of(1)) && inner.get(&Key::of(3)).is_none());
        assert_eq!(
            (inner.len(), inner.is_empty(), inner.values().count()),
            (2, false, 2)
        );
        // What need not wait and changes nothing is reading, too.
        assert_eq!(
            inner.get_or_insert_with(Key::of(2), || unreachable!()).id,
            2
        );
        assert!(inner.remove(&Key::of(3)).is_none());
    };
    during(On::Eq, reads, || {
        assert_eq!(map.get(&Key::of(2)).unwrap().id, 2);
        assert!(map.insert(Key::of(2), &held[1]).is_some());
        assert!(map.replace_if(&Key::of(1), &held[0], |_| true).is_some());
        assert!(map.try_insert(Key::of(1), &held[1]).is_err());
    });
    assert!(calls.get() >= 4);
    assert_eq!(content(&map), [(1, 1), (2, 2)]);
}

fn clone_may_not_change<K: Shared>() {
    let (map, held) = two::<K>();
    let inner = Rc::clone(&map);
    let clear = move || inner.clear();
    let text = during(On::Clone, clear, || thrown(|| map.iter().count()));
    assert!(text.contains(MESSAGE), "{text}");
    use_everything(&map);
    drop(held);
    assert!(map.is_empty());
}

/// Not beside the others, which count memory: messages are kept by the test harness.
#[test]
fn eq_and_clone_may_not_change() {
    eq_may_not_change::<LocalSmall>();
    eq_may_not_change::<SyncSmall>();
    clone_may_not_change::<LocalSmall>();
    clone_may_not_change::<SyncSmall>();
}

fn eq_may_not_change<K: Shared>() {
    type Change<K> = fn(&Map<K>);
    let changes: [Change<K>; 11] = [
        |map| drop(map.insert(Key::of(3), &value(3))),
        |map| drop(map.insert(Key::of(1), &value(3))),
        |map| drop(map.try_insert(Key::of(3), &value(3))),
        |map| drop(map.get_or_insert(Key::of(3), &value(3))),
        |map| drop(map.get_or_insert_with(Key::of(3), || unreachable!())),
        |map| drop(map.remove(&Key::of(1))),
        |map| drop(map.replace_if(&Key::of(1), &value(3), |_| true)),
        Map::clear,
        |map| drop(map.drain()),
        |map| map.retain(|_, _| false),
        |map| drop(map.extract_if(|_, _| true).next()),
    ];
    let (map, held) = two::<K>();
    for (index, change) in changes.into_iter().enumerate() {
        let inner = Rc::clone(&map);
        let texts = during(
            On::Eq,
            move || change(&inner),
            || {
                [
                    thrown(|| map.get(&Key::of(2))),
                    thrown(|| map.insert(Key::of(2), &held[1])),
                    thrown(|| map.remove(&Key::of(2))),
                ]
            },
        );
        assert!(
            texts.iter().all(|text| text.contains(MESSAGE)),
            "{index}: {texts:?}"
        );
        assert_eq!(content(&map), [(1, 1), (2, 2)], "{index}");
        use_everything(&map);
    }
    drop(held);
    assert!(map.is_empty());
}

fn eq_may_change_another_map<K: Shared>() {
    let (map, held) = two::<K>();
    let (other, others) = two::<K>();
    let inner = Rc::clone(&other);
    during(
        On::Eq,
        move || use_everything(&inner),
        || {
            assert!(map.get(&Key::of(2)).is_some());
            assert!(map.insert(Key::of(1), &held[0]).is_some());
        },
    );
    assert_eq!(content(&other), content(&map));
    drop(others);
    assert!(other.is_empty());
}

/// A death from within a comparison: buried before the call that compares returns.
fn eq_may_kill<K: Shared>() {
    let (map, held) = two::<K>();
    let keys = Tally::default();
    for call in 0..6 {
        let dying = value::<K>(3);
        map.insert(Key::new(3, &keys), &dying);
        let dying = Rc::new(Cell::new(Some(dying)));
        let inner = Rc::clone(&dying);
        let seen = keys.clone();
        let kill = move || {
            if inner.take().is_some() {
                assert_eq!(seen.alive(), 1, "somebody is inside: us");
            }
        };
        during(On::Eq, kill, || match call {
            0 => drop(map.get(&Key::of(2))),
            1 => assert!(map.contains_key(&Key::of(2))),
            2 => drop(map.insert(Key::of(2), &held[1])),
            3 => drop(map.try_insert(Key::of(2), &held[1])),
            4 => drop(map.remove_if(&Key::of(2), |_| false)),
            _ => drop(map.get_or_insert_with(Key::of(2), || unreachable!())),
        });
        assert!(dying.take().is_none(), "{call}: killed");
        assert_eq!(
            (keys.alive(), content(&map)),
            (0, vec![(1, 1), (2, 2)]),
            "{call}"
        );
    }
}

fn eq_may_panic<K: Shared>() {
    fn panics() {
        throw("eq of a key")
    }
    let (map, held) = two::<K>();
    let keys = Tally::default();
    let texts = during(On::Eq, panics, || {
        [
            thrown(|| map.get(&Key::of(1))),
            thrown(|| map.contains_key(&Key::of(1))),
            thrown(|| map.insert(Key::new(1, &keys), &held[0])),
            thrown(|| map.try_insert(Key::new(3, &keys), &held[0])),
            thrown(|| map.get_or_insert_with(Key::new(3, &keys), || unreachable!())),
            thrown(|| map.remove(&Key::of(1))),
            thrown(|| map.replace_if(&Key::of(1), &held[1], |_| true)),
            thrown(|| map.retain(|_, _| false)),
        ]
    });
    assert_eq!(texts, [const { "eq of a key" }; 8]);
    assert_eq!((keys.alive(), content(&map)), (0, vec![(1, 1), (2, 2)]));
    use_everything(&map);
    drop(held);
    assert!(map.is_empty());
}

/// Whatever keys answer, every entry is freed with its value.
fn eq_may_lie<K: Shared>() {
    #[derive(Debug)]
    struct Liar(u32, #[expect(dead_code, reason = "counts")] Mark);
    impl PartialEq for Liar {
        fn eq(&self, _: &Self) -> bool {
            RANDOM.with_borrow_mut(|random| {
                *random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                *random >> 62 == 0
            })
        }
    }
    impl Eq for Liar {}
    impl std::hash::Hash for Liar {
        fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
            (self.0 % 2).hash(state);
        }
    }
    thread_local! {
        static RANDOM: RefCell<u64> = const { RefCell::new(1) };
    }

    let map = K::map_with::<Liar, super::Payload, _>(OneHash);
    let keys = Tally::default();
    let mut held = Vec::new();
    for id in 0..u32::try_from(rounds(2000, 60)).unwrap() {
        let (key, value) = (Liar(id, keys.mark()), value::<K>(id));
        match id % 5 {
            0 | 1 => drop(map.insert(key, &value)),
            2 => held.push(map.get_or_insert_with(key, || value.clone())),
            3 => {
                map.replace_if(&key, &value, |_| true);
                drop(key);
            }
            _ => {
                map.remove(&key);
                drop(key);
            }
        }
        held.push(value);
        if id % 7 == 0 {
            held.swap_remove(id as usize % held.len());
        }
        assert_eq!(map.len(), keys.alive());
    }
    held.clear();
    assert_eq!((map.len(), keys.alive()), (0, 0));
}

fn clone_may_read<K: Shared>() {
    let (map, held) = two::<K>();
    let inner = Rc::clone(&map);
    let reads = move || {
        assert_eq!((inner.len(), inner.values().count()), (2, 2));
        assert!(inner.contains_key(&Key::of(1)));
    };
    assert_eq!(during(On::Clone, reads, || map.iter().count()), 2);
    // Clones are dropped unlocked, of what was being made as well.
    let inner = Rc::clone(&map);
    during(
        On::KeyDrop,
        move || use_everything(&inner),
        || {
            map.get_or_insert_with(Key::of(3), || {
                assert_eq!(map.iter().count(), 2);
                map.retain(|_, _| true);
                value(3)
            });
            assert_eq!(map.keys().count(), 2);
        },
    );
    drop(held);
    assert!(map.is_empty());
}

fn clone_may_panic<K: Shared>() {
    let (map, held) = two::<K>();
    let clones = Cell::new(0);
    let panics = move || {
        clones.set(clones.get() + 1);
        if clones.get() == 2 {
            throw("clone of a key");
        }
    };
    // The first clone is dropped, unlocked.
    let inner = Rc::clone(&map);
    let text = during(
        On::KeyDrop,
        move || use_everything(&inner),
        || during(On::Clone, panics, || thrown(|| map.iter().count())),
    );
    assert_eq!(text, "clone of a key");
    use_everything(&map);
    drop(held);
    assert!(map.is_empty());
}

fn hash_may_do_everything<K: Shared>() {
    fn panics() {
        throw("hash of a key")
    }
    let (map, held) = two::<K>();
    let inner = Rc::clone(&map);
    during(
        On::Hash,
        move || use_everything(&inner),
        || {
            assert!(map.get(&Key::of(1)).is_some() && map.contains_key(&Key::of(2)));
            assert!(map.insert(Key::of(1), &held[0]).is_some());
            assert!(map.try_insert(Key::of(3), &held[0]).is_ok());
            assert!(map.remove(&Key::of(3)).is_some());
            map.retain(|_, _| true);
        },
    );
    assert_eq!(content(&map), [(1, 1), (2, 2)]);
    let text = during(On::Hash, panics, || {
        thrown(|| map.insert(Key::of(3), &held[0]))
    });
    assert_eq!(text, "hash of a key");
    assert_eq!(content(&map), [(1, 1), (2, 2)]);
}

fn drops_of_keys_may_do_everything<K: Shared>() {
    let (map, held) = two::<K>();
    let inner = Rc::clone(&map);
    let uses = Rc::new(Cell::new(0));
    let counted = Rc::clone(&uses);
    let action = move || {
        counted.set(counted.get() + 1);
        use_everything(&inner);
    };
    let reports = told(|| {
        during(On::KeyDrop, action, || {
            // Of the replaced, the refused, the removed, the dead.
            map.insert(Key::of(1), &held[0]);
            map.try_insert(Key::of(1), &held[0]).unwrap_err();
            let dying = value(3);
            map.insert(Key::of(3), &dying);
            let before = uses.get();
            drop(dying);
            assert_eq!(uses.get(), before + 1, "the dead key was dropped");
            map.get_or_insert(Key::of(3), &held[0]);
            map.remove(&Key::of(3));
            map.retain(|key, _| key.id < 3);
        });
    });
    assert_eq!(reports, []);
    assert_eq!(content(&map), [(1, 1), (2, 2)]);
}

fn drops_of_values_may_do_everything<K: Shared>() {
    let (map, held) = two::<K>();
    let inner = Rc::clone(&map);
    during(
        On::ValueDrop,
        move || use_everything(&inner),
        || {
            let dying = value(3);
            map.insert(Key::of(3), &dying);
            drop(dying);
            map.get_or_insert_with(Key::of(3), || value(3));
            map.replace_if(&Key::of(1), &value(4), |_| true);
            map.insert(Key::of(1), &held[0]);
        },
    );
    assert_eq!(content(&map), [(1, 1), (2, 2)]);
}

fn closures_may_do_everything<K: Shared>() {
    let (map, held) = two::<K>();
    let made = map.get_or_insert_with(Key::of(3), || {
        // The one that is being made is not there yet.
        assert!(map.get(&Key::of(3)).is_none() && !map.contains_key(&Key::of(3)));
        assert!(map.remove(&Key::of(3)).is_none());
        use_everything(&map);
        map.get_or_insert_with(Key::of(4), || {
            use_everything(&map);
            value(4)
        });
        value(3)
    });
    assert_eq!(content(&map), [(1, 1), (2, 2), (3, 3)]);
    map.remove_if(&Key::of(3), |value| {
        assert!(Strong::ptr_eq(value, &made));
        use_everything(&map);
        true
    });
    map.replace_if(&Key::of(1), &held[0], |_| {
        use_everything(&map);
        true
    });
    map.retain(|_, _| {
        use_everything(&map);
        true
    });
    for _ in &*map {
        use_everything(&map);
    }
    assert_eq!(content(&map), [(1, 1), (2, 2)]);
    // Its condition is asked about what stands there, again when that has changed.
    let mut asked = Vec::new();
    map.remove_if(&Key::of(1), |value| {
        asked.push(value.id);
        if asked.len() == 1 {
            map.insert(Key::of(1), &held[1]);
        }
        true
    });
    assert_eq!((asked, content(&map)), (vec![1, 2], vec![(2, 2)]));
}

/// More of the stack than deaths inside deaths may use.
struct Deep(Rc<dyn Fn()>);

impl Drop for Deep {
    fn drop(&mut self) {
        #[inline(never)]
        #[expect(
            clippy::large_stack_arrays,
            reason = "so that the stack has no room left"
        )]
        fn deep(ask: &dyn Fn()) {
            let stack = [1_u8; 300 * 1024];
            std::hint::black_box(&stack);
            ask();
            std::hint::black_box(&stack);
        }
        deep(&*self.0);
    }
}

#[test]
#[cfg_attr(miri, ignore = "the stack is not measured there")]
fn a_queued_death_is_counted_at_once() {
    let map = Rc::new(WeakValueMap::<u32, weakref::Object<u32>>::new());
    let value = Cell::new(Some(Strong::new(weakref::Object(1))));
    let kept = value.take().expect("just made");
    map.insert(1, &kept);
    value.set(Some(kept));
    let asked = Rc::new(Cell::new(0));
    let ask = {
        let (map, asked) = (Rc::clone(&map), Rc::clone(&asked));
        move || {
            drop(value.take());
            assert!(map.get(&1).is_none());
            assert_eq!((map.len(), map.is_empty()), (0, true));
            asked.set(asked.get() + 1);
        }
    };
    drop(Strong::new(weakref::LocalObject(Deep(Rc::new(ask)))));
    assert_eq!((asked.get(), map.len()), (1, 0));
}

/// The hook runs where the panic is: nowhere within the lock.
#[test]
#[cfg_attr(miri, ignore = "starts a process")]
fn the_panic_hook_may_look_into_a_map_that_cannot_grow() {
    static SHARED: LazyLock<WeakValueMap<u32, weakref::Object<u32>>> =
        LazyLock::new(WeakValueMap::new);
    thread_local! {
        static LOCAL: WeakValueMap<u32, weakref::LocalObject<u32>> = WeakValueMap::new();
    }
    let test = test_path!(the_panic_hook_may_look_into_a_map_that_cannot_grow);
    let outcome = child::run(test, "", || {
        panic::set_hook(Box::new(|info| {
            let local = LOCAL.with(WeakValueMap::len);
            eprintln!("{info}: {} and {local}", SHARED.len());
        }));
        let reserves: [fn(); 2] = [
            || SHARED.reserve(usize::MAX),
            || LOCAL.with(|map| map.reserve(usize::MAX)),
        ];
        for reserve in reserves {
            assert!(
                panic::catch_unwind(reserve).is_err(),
                "there is no such room"
            );
        }
        assert!(SHARED.is_empty());
    });
    let Some(outcome) = outcome else { return };
    outcome.succeeded();
    let told = outcome.text();
    assert_eq!(
        told.matches("capacity overflow: 0 and 0").count(),
        2,
        "{told}"
    );
}
