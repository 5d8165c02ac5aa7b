//! The strong tier: what was used last lives on, what others hold takes no place, what was removed is not kept.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use weakref::{Object as Interned, Strong};
use weakref_containers::shared::{Interner, StrongTier, WeakValueMap};

use super::{
    Hook, Key, Map, On, OneHash, Payload, SameHash, Shared, Tally, content, counted, during, value,
};
use crate::support::kind::{Object, SyncSmall};
use crate::support::task::block_on;
use crate::support::{in_all_kinds, leaves_nothing, rounds, throw, thrown};

mod user_code;

in_all_kinds!(
    most_recently_used_live_on,
    what_uses_a_value,
    what_does_not,
    held_when_their_turn_comes,
    held_take_no_place,
    as_much_again_aside_at_most,
    used_while_aside,
    held_ones_do_not_stop_the_search,
    removed_are_not_kept,
    removed_from_aside,
    under_several_keys,
    has_one_handle_of_an_object,
    keys_go_with_what_is_let_go,
    weighed,
    weighs_more_than_all,
    without_capacity,
    cleared,
    same_value_again,
    tasks_use_values,
    failed_constructions,
);

fn map<K: Shared>(capacity: usize) -> Map<K, SameHash> {
    K::tiered_with(StrongTier::entries(capacity), SameHash::default())
}

/// Inserts new values that nobody holds.
fn pass<K: Shared, S: std::hash::BuildHasher>(map: &Map<K, S>, ids: impl IntoIterator<Item = u32>) {
    for id in ids {
        map.insert(Key::of(id), &value(id));
    }
}

fn ids<K: Shared, S: std::hash::BuildHasher>(map: &Map<K, S>) -> Vec<u32> {
    content(map).into_iter().map(|(id, _)| id).collect()
}

fn most_recently_used_live_on<K: Shared>() {
    let map = map::<K>(3);
    pass(&map, 1..=2);
    assert_eq!(ids(&map), [1, 2]);
    pass(&map, 3..=5);
    assert_eq!(ids(&map), [3, 4, 5]);
    map.get(&Key::of(3)).unwrap();
    pass(&map, [6]);
    assert_eq!((ids(&map), map.strong_tier_len()), (vec![3, 5, 6], 3));
}

/// Whether a call makes the least recently used value live on.
fn marks<K: Shared>(call: impl FnOnce(&Map<K, SameHash>)) -> bool {
    let map = map::<K>(2);
    pass(&map, 1..=2);
    call(&map);
    pass(&map, [3]);
    let ids = ids(&map);
    assert!(ids == [1, 3] || ids == [2, 3], "{ids:?}");
    ids[0] == 1
}

fn what_uses_a_value<K: Shared>() {
    let one = || Key::of(1);
    assert!(marks::<K>(|map| drop(map.get(&one()))));
    assert!(marks::<K>(|map| {
        map.get_or_insert(one(), &value(9));
    }));
    assert!(marks::<K>(|map| {
        map.get_or_insert_with(one(), || unreachable!());
    }));
    assert!(marks::<K>(|map| {
        map.get_or_try_insert_with(one(), || Err(())).unwrap();
    }));
    assert!(marks::<K>(|map| {
        map.try_insert(one(), &value(9)).unwrap_err();
    }));
    assert!(marks::<K>(|map| {
        map.insert(one(), &value(9)).unwrap();
    }));
    assert!(marks::<K>(|map| {
        map.replace_if(&one(), &value(9), |_| true).unwrap();
    }));

    // Those that enter one.
    let map = map::<K>(4);
    map.try_insert(Key::of(1), &value(1)).unwrap();
    map.get_or_insert(Key::of(2), &value(2));
    map.get_or_insert_with(Key::of(3), || value(3));
    map.get_or_try_insert_with(Key::of(4), || Ok::<_, ()>(value(4)))
        .unwrap();
    assert_eq!(ids(&map), [1, 2, 3, 4]);
}

fn what_does_not<K: Shared>() {
    let one = || Key::of(1);
    assert!(!marks::<K>(|map| assert!(map.contains_key(&one()))));
    assert!(!marks::<K>(|map| assert_eq!(map.len(), 2)));
    assert!(!marks::<K>(|map| assert_eq!(map.iter().count(), 2)));
    assert!(!marks::<K>(|map| assert_eq!(map.keys().count(), 2)));
    assert!(!marks::<K>(|map| assert_eq!(map.values().count(), 2)));
    assert!(!marks::<K>(|map| {
        assert!(map.weak_values().all(|weak| weak.upgrade().is_some()));
    }));
    assert!(!marks::<K>(|map| map.retain(|_, _| true)));
    assert!(!marks::<K>(|map| {
        assert!(map.remove_if(&one(), |_| false).is_none());
    }));
    assert!(!marks::<K>(|map| {
        assert!(map.replace_if(&one(), &value(9), |_| false).is_none());
    }));
    assert!(!marks::<K>(|map| {
        assert!(map.remove(&Key::of(7)).is_none());
    }));
}

fn held_when_their_turn_comes<K: Shared>() {
    let map = map::<K>(2);
    let held = value(1);
    map.insert(Key::of(1), &held);
    pass(&map, 2..=9);
    assert_eq!((ids(&map), map.strong_tier_len()), (vec![1, 8, 9], 3));
    drop(held);
    assert_eq!(ids(&map), [1, 8, 9], "it is kept, now that it is not held");
    // The next that enters finds it released, just now.
    pass(&map, [10]);
    assert_eq!(ids(&map), [1, 10]);
    pass(&map, 11..=12);
    assert_eq!(ids(&map), [11, 12], "and then it is as all others");
}

fn held_take_no_place<K: Shared>() {
    let map = map::<K>(3);
    let held: Vec<_> = (1..=3).map(value).collect();
    for value in &held {
        map.insert(Key::of(value.id), value);
    }
    pass(&map, 4..=9);
    assert_eq!(ids(&map), [1, 2, 3, 7, 8, 9]);
    drop(held);
    assert_eq!(ids(&map), [1, 2, 3, 7, 8, 9]);
}

fn as_much_again_aside_at_most<K: Shared>() {
    let map = map::<K>(4);
    let held: Vec<_> = (0..100).map(value).collect();
    for value in &held {
        map.insert(Key::of(value.id), value);
        assert!(map.strong_tier_len() <= 8);
    }
    assert_eq!((map.len(), map.strong_tier_len()), (100, 8));
    drop(held);
    assert_eq!(map.len(), 8, "whatever is released at once");
    assert!((96..100).all(|id| map.contains_key(&Key::of(id))));
    pass(&map, 100..102);
    assert_eq!(
        map.len(),
        4,
        "those aside were taken back in the others' stead"
    );
    assert!((100..102).all(|id| map.contains_key(&Key::of(id))));
}

fn used_while_aside<K: Shared>() {
    let map = map::<K>(2);
    let held = value(1);
    map.insert(Key::of(1), &held);
    pass(&map, 2..=3);
    assert_eq!(map.strong_tier_len(), 3);
    // It takes a place then.
    assert!(map.get(&Key::of(1)).is_some());
    assert_eq!((ids(&map), map.strong_tier_len()), (vec![1, 3], 2));
    drop(held);
    pass(&map, [4]);
    assert_eq!(ids(&map), [1, 4]);
}

/// Many that stay held are looked at by turns, so that one that is released is found.
fn held_ones_do_not_stop_the_search<K: Shared>() {
    let map = map::<K>(5);
    let mut held: Vec<_> = (0..5).map(value).collect();
    for value in &held {
        map.insert(Key::of(value.id), value);
    }
    pass(&map, 10..20);
    assert_eq!(map.strong_tier_len(), 10);
    drop(held.remove(2));
    // All are looked at, two by two, until it is found, and it goes with its turn then.
    pass(&map, 20..30);
    assert_eq!(map.strong_tier_len(), 9);
    assert_eq!(ids(&map), [0, 1, 3, 4, 25, 26, 27, 28, 29]);
}

fn removed_are_not_kept<K: Shared>() {
    let one = Key::of(1);
    let removed = |call: fn(&Map<K, SameHash>, &Key)| {
        let map = map::<K>(2);
        let values = Tally::default();
        map.insert(Key::of(1), &counted(1, &values));
        assert_eq!(values.alive(), 1);
        call(&map, &one);
        assert_eq!(values.alive(), 0);
    };
    removed(|map, one| assert_eq!(map.remove(one).unwrap().id, 1));
    removed(|map, one| assert!(map.remove_if(one, |_| true).is_some()));
    removed(|map, one| assert!(map.replace_if(one, &value(2), |_| true).is_some()));
    removed(|map, _| assert_eq!(map.insert(Key::of(1), &value(2)).unwrap().id, 1));
    removed(|map, _| assert_eq!(map.drain().len(), 1));
    removed(|map, _| map.clear());
    removed(|map, _| map.retain(|_, _| false));
    removed(|map, _| assert_eq!(map.extract_if(|_, _| true).count(), 1));
    removed(|map, _| map.clear_strong_tier());

    // They live as long as what the call returned.
    let map = map::<K>(2);
    pass(&map, [1]);
    let removed = map.remove(&one).unwrap();
    assert_eq!(Strong::strong_count(&removed), 1);
    assert_eq!(map.strong_tier_len(), 0);
}

fn removed_from_aside<K: Shared>() {
    let map = map::<K>(1);
    let held = value(1);
    map.insert(Key::of(1), &held);
    pass(&map, [2]);
    assert_eq!((Strong::strong_count(&held), map.strong_tier_len()), (2, 2));
    map.remove(&Key::of(1));
    assert_eq!((Strong::strong_count(&held), map.strong_tier_len()), (1, 1));
    // Its place aside is free again.
    let held = value(3);
    map.insert(Key::of(3), &held);
    pass(&map, [4]);
    drop(held);
    assert_eq!(ids(&map), [3, 4]);
}

fn under_several_keys<K: Shared>() {
    // Keys of one hash cannot be told apart, and need not.
    let map = K::tiered_with::<Key, _, _>(StrongTier::entries(2), OneHash);
    let shared = value::<K>(1);
    map.insert(Key::of(1), &shared);
    map.insert(Key::of(2), &shared);
    drop(shared);
    drop(map.remove(&Key::of(1)));
    assert_eq!((ids(&map), map.strong_tier_len()), (vec![2], 1));
    drop(map.remove(&Key::of(2)));
    assert_eq!((map.len(), map.strong_tier_len()), (0, 0));

    let map = self::map::<K>(2);
    let shared = value::<K>(1);
    map.insert(Key::of(1), &shared);
    map.insert(Key::of(2), &shared);
    map.remove(&Key::of(1));
    assert_eq!(map.strong_tier_len(), 0);
    assert!(map.get(&Key::of(2)).is_some());
    assert_eq!(map.strong_tier_len(), 1);
}

fn has_one_handle_of_an_object<K: Shared>() {
    let map = map::<K>(2);
    let held = value(1);
    for id in 1..5 {
        map.insert(Key::of(id), &held);
        map.get(&Key::of(id)).unwrap();
    }
    assert_eq!((Strong::strong_count(&held), map.strong_tier_len()), (2, 1));
}

fn keys_go_with_what_is_let_go<K: Shared>() {
    let map = map::<K>(2);
    let (keys, values) = (Tally::default(), Tally::default());
    for id in 0..10 {
        map.insert(Key::new(id, &keys), &counted(id, &values));
        let kept = (id as usize + 1).min(2);
        assert_eq!((keys.alive(), values.alive()), (kept, kept));
    }
    map.clear_strong_tier();
    assert_eq!((keys.alive(), values.alive(), map.len()), (0, 0, 0));
    map.insert(Key::new(1, &keys), &counted(1, &values));
    drop(map);
    assert_eq!((keys.alive(), values.alive()), (0, 0));
}

fn weighed<K: Shared>() {
    let policy = StrongTier::weight(10, |value: &Object<K, Payload>| value.id.into());
    let map: Map<K, SameHash> = K::tiered_with(policy, SameHash::default());
    pass(&map, [3, 4]);
    assert_eq!(ids(&map), [3, 4]);
    pass(&map, [5]);
    assert_eq!(ids(&map), [4, 5], "3 + 4 + 5 > 10");
    pass(&map, [1]);
    assert_eq!(ids(&map), [1, 4, 5]);
    pass(&map, [10]);
    assert_eq!(ids(&map), [10]);
    drop(map.remove(&Key::of(10)));
    pass(&map, [6, 2]);
    assert_eq!(ids(&map), [2, 6], "what was removed weighs nothing");
    // What weighs nothing counts as one.
    map.clear();
    for id in 100..120 {
        map.insert(Key::of(id), &value(0));
    }
    assert_eq!(ids(&map), (110..120).collect::<Vec<_>>());
}

fn weighs_more_than_all<K: Shared>() {
    let policy = StrongTier::weight(10, |value: &Object<K, Payload>| value.id.into());
    let map: Map<K, SameHash> = K::tiered_with(policy, SameHash::default());
    pass(&map, [3, 11, u32::MAX]);
    assert_eq!(ids(&map), [3], "it drove nobody out");

    let policy = StrongTier::weight(u64::MAX, |_| u64::MAX);
    let map: Map<K, SameHash> = K::tiered_with(policy, SameHash::default());
    let held = value(1);
    map.insert(Key::of(1), &held);
    pass(&map, 2..=4);
    assert_eq!(ids(&map), [1, 4]);
}

fn without_capacity<K: Shared>() {
    let map = map::<K>(0);
    pass(&map, [1]);
    assert_eq!((map.len(), map.strong_tier_len()), (0, 0));
    let held = value(1);
    map.insert(Key::of(1), &held);
    assert!(map.get(&Key::of(1)).is_some());
    assert_eq!(Strong::strong_count(&held), 1);
    map.clear_strong_tier();
    assert!(map.remove(&Key::of(1)).is_some());
}

fn cleared<K: Shared>() {
    let map = map::<K>(3);
    let held = value(1);
    map.insert(Key::of(1), &held);
    pass(&map, 2..=5);
    assert_eq!(map.strong_tier_len(), 4);
    map.clear_strong_tier();
    assert_eq!((ids(&map), map.strong_tier_len()), (vec![1], 0));
    assert_eq!(Strong::strong_count(&held), 1);
    // It works on, with all its places.
    pass(&map, 6..=9);
    assert_eq!(ids(&map), [1, 7, 8, 9]);
}

fn same_value_again<K: Shared>() {
    let map = map::<K>(2);
    pass(&map, [1, 2]);
    let held = map.get(&Key::of(2)).unwrap();
    map.get(&Key::of(1)).unwrap();
    // In its own place: it was replaced by itself, and stays.
    map.insert(Key::of(2), &held);
    drop(map.replace_if(&Key::of(2), &held, |_| true));
    drop(held);
    pass(&map, [3]);
    assert_eq!(ids(&map), [2, 3]);
}

fn failed_constructions<K: Shared>() {
    let map = map::<K>(2);
    let failed = map.get_or_try_insert_with(Key::of(1), || Err("no"));
    assert_eq!((failed.unwrap_err(), map.strong_tier_len()), ("no", 0));
    // What is inserted meanwhile wins, and is what is kept.
    let made = map.get_or_insert_with(Key::of(1), || {
        pass(&map, [1]);
        value(7)
    });
    assert_eq!((made.id, map.strong_tier_len()), (1, 1));
}

fn tasks_use_values<K: Shared>() {
    let map = map::<K>(3);
    block_on(async {
        map.try_insert_async(Key::of(1), &value(1)).await.unwrap();
        map.get_or_insert_async(Key::of(2), &value(2)).await;
        map.get_or_insert_with_async(Key::of(3), async || value(3))
            .await;
        assert_eq!(ids(&map), [1, 2, 3]);
        map.try_insert_async(Key::of(1), &value(9))
            .await
            .unwrap_err();
        pass(&map, [4]);
        assert_eq!(ids(&map), [1, 3, 4]);
        let hit = map.get_or_try_insert_with_async(Key::of(3), async || Err(()));
        hit.await.unwrap();
    });
    pass(&map, 5..=6);
    assert_eq!(ids(&map), [3, 5, 6]);
}

/// Whoever is first: the tier has the value exactly if its row stands.
#[test]
fn insertion_races_removal() {
    let map: Map<SyncSmall> =
        WeakValueMap::with_strong_tier_and_hasher(StrongTier::entries(1), OneHash);
    let value = value::<SyncSmall>(1);
    let meet = Barrier::new(2);
    let rounds = rounds(5000, 30);
    // Counted, since who panics would leave the other waiting.
    let race = |call: &dyn Fn()| {
        let agree = || {
            meet.wait();
            call();
            meet.wait();
            let stands = map.len();
            (map.strong_tier_len(), Strong::strong_count(&value)) == (stands, 1 + stands)
        };
        (0..rounds).filter(|_| !agree()).count()
    };
    thread::scope(|scope| {
        let inserts = scope.spawn(|| race(&|| drop(map.insert(Key::of(1), &value))));
        let torn = race(&|| drop(map.remove(&Key::of(1))));
        assert_eq!((torn, inserts.join().unwrap()), (0, 0));
    });
}

/// When all have gone, what lives stands in the map, whoever did what to it.
#[test]
fn threads_leave_nothing_outside_the_map() {
    let values = Tally::default();
    let map: WeakValueMap<u32, Object<SyncSmall, Payload>> =
        WeakValueMap::with_strong_tier(StrongTier::entries(6));
    let rounds = u32::try_from(rounds(20_000, 100)).unwrap();
    for _ in 0..3 {
        thread::scope(|scope| {
            for thread in 0..4 {
                let (map, values) = (&map, &values);
                scope.spawn(move || {
                    let mut random = 0x9e37_79b9 ^ thread;
                    let mut held = None;
                    for _ in 0..rounds {
                        random ^= random << 13;
                        random ^= random >> 17;
                        random ^= random << 5;
                        let key = random % 10;
                        let new = || counted(key, values);
                        match random / 10 % 9 {
                            0 => drop(map.insert(key, &new())),
                            1 => drop(map.remove(&key)),
                            2 => held = map.get(&key),
                            3 => drop(map.replace_if(&key, &new(), |_| true)),
                            4 if random % 64 == 0 => map.clear(),
                            4 => map.retain(|id, _| id % 5 != 1),
                            5 => held = Some(map.get_or_insert_with(key, new)),
                            6 => {
                                if let Some(held) = &held {
                                    map.insert(held.id, held);
                                }
                            }
                            7 => held = None,
                            _ => drop(map.get(&key)),
                        }
                    }
                });
            }
        });
        assert_eq!(values.alive(), map.len());
        assert!(map.strong_tier_len() <= 12);
        assert_eq!(map.strong_tier_len(), map.len());
    }
    drop(map);
    assert_eq!(values.alive(), 0);
}

#[test]
fn interned_live_on() {
    leaves_nothing(|| {
        let names = Interner::<str>::with_strong_tier(StrongTier::entries(2));
        let rose = Strong::downgrade(&names.intern("rose"));
        names.intern("lily");
        assert_eq!(Strong::downgrade(&names.intern("rose")), rose);
        names.intern_with("iris", |iris| iris.into());
        assert!(names.get("lily").is_none());
        assert_eq!(Strong::downgrade(&names.get("rose").unwrap()), rose);
        names.intern("lily");
        assert_eq!((names.len(), names.strong_tier_len()), (2, 2));
        assert!(names.iter().all(|name| &**name != "iris"));
        names.clear_strong_tier();
        assert!(names.is_empty() && !rose.is_alive());
    });
    let policy = StrongTier::weight(8, |name: &Interned<str>| name.len() as u64);
    let names: Interner<str, SameHash> =
        Interner::with_strong_tier_and_hasher(policy, SameHash::default());
    for name in ["a rose", "lily", "iris"] {
        names.intern(name);
    }
    assert_eq!((names.len(), names.get("a rose")), (2, None));
    assert_eq!(format!("{policy:?}"), "StrongTier { capacity: 8, .. }");
}
