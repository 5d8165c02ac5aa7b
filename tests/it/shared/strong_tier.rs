//! The strong tier: what was used last lives on, what others hold takes no place, what was removed is not kept.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use weakref::{AssertFinalizerSafe, Object as Interned, Strong};
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
    has_one_handle_for_each_key,
    bounded_in_all_shards_together,
    heavy_ones_take_of_other_shards,
    removed_wherever_their_rows_have_moved,
    asked_for_by_a_comparison,
    asked_for_by_a_comparison_of_another,
    keys_go_with_what_is_let_go,
    what_others_know_of_dies_as_any_other,
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
        assert!(map.get_many([&one(), &Key::of(7)])[0].is_some());
    }));
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
    // It takes no place as long as it is held.
    assert!(map.get(&Key::of(1)).is_some());
    assert_eq!((ids(&map), map.strong_tier_len()), (vec![1, 2, 3], 3));
    drop(held);
    pass(&map, [4]);
    assert_eq!(ids(&map), [1, 4]);
    pass(&map, [5]);
    assert_eq!(ids(&map), [1, 5], "it was used while it was aside");
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
    assert_eq!(map.strong_tier_len(), 2);
    drop(map.remove(&Key::of(1)));
    assert_eq!((ids(&map), map.strong_tier_len()), (vec![2], 1));
    drop(map.remove(&Key::of(2)));
    assert_eq!((map.len(), map.strong_tier_len()), (0, 0));

    let map = self::map::<K>(2);
    let shared = value::<K>(1);
    map.insert(Key::of(1), &shared);
    map.insert(Key::of(2), &shared);
    drop(shared);
    map.remove(&Key::of(1));
    assert_eq!((ids(&map), map.strong_tier_len()), (vec![2], 1));
    pass(&map, 3..=4);
    assert_eq!(ids(&map), [3, 4], "the other handle has gone");
}

fn has_one_handle_for_each_key<K: Shared>() {
    let map = map::<K>(2);
    let held = value(1);
    for id in 1..5 {
        for _ in 0..3 {
            map.insert(Key::of(id), &held);
            map.get(&Key::of(id)).unwrap();
        }
        let kept = Strong::strong_count(&held) - 1;
        assert_eq!((kept, map.strong_tier_len()), (id as usize, id as usize));
    }
    map.insert(Key::of(5), &held);
    assert_eq!(Strong::strong_count(&held), 5, "two, and two aside");
    map.clear_strong_tier();
    assert_eq!(Strong::strong_count(&held), 1);
}

/// However many shards there are, and whatever the rest is.
fn bounded_in_all_shards_together<K: Shared>() {
    let capacities: &[usize] = if cfg!(miri) {
        &[33]
    } else {
        &[33, 64, 100, 331]
    };
    let last = if cfg!(miri) { 200 } else { 3000 };
    for &capacity in capacities {
        let map = map::<K>(capacity);
        let held: Vec<_> = (0..10).map(value).collect();
        for value in &held {
            map.insert(Key::of(value.id), value);
        }
        pass(&map, 10..last);
        let aside = map.strong_tier_len() - capacity;
        assert_eq!(map.len(), capacity + 10);
        assert!(aside <= 10, "{aside} of ten that are held");
    }
}

fn heavy_ones_take_of_other_shards<K: Shared>() {
    let policy = StrongTier::weight(512, |value: &Object<K, Payload>| value.id.into());
    let map: Map<K, SameHash> = K::tiered_with(policy, SameHash::default());
    let ones = |keys: std::ops::Range<u32>| {
        for key in keys {
            map.insert(Key::of(key), &value(1));
        }
    };
    ones(0..3000);
    assert_eq!(map.len(), 512);
    map.insert(Key::of(5000), &value(500));
    assert!(map.contains_key(&Key::of(5000)));
    assert!(map.len() <= 13);
    map.insert(Key::of(5001), &value(513));
    assert!(map.contains_key(&Key::of(5000)) && !map.contains_key(&Key::of(5001)));
    map.insert(Key::of(5002), &value(512));
    assert_eq!(ids(&map), [5002]);
    // Held by others it is aside, and then as much again is kept.
    let held = map.get(&Key::of(5002)).unwrap();
    map.insert(Key::of(5003), &value(512));
    assert_eq!(ids(&map), [5002, 5003]);
    drop(held);
    // All shards come by their shares again.
    ones(0..3000);
    assert_eq!((map.len(), map.strong_tier_len()), (512, 512));
}

fn removed_wherever_their_rows_have_moved<K: Shared>() {
    let (map, values) = (map::<K>(5000), Tally::default());
    let rounds = u32::try_from(rounds(2000, 200)).unwrap();
    for id in 0..rounds {
        map.insert(Key::of(id), &counted(id, &values));
        // Leaves places that are not free until the table is cleaned up.
        map.insert(Key::of(id + rounds), &counted(id, &values));
        if id % 3 > 0 {
            drop(map.remove(&Key::of(id + rounds)));
        }
        map.get(&Key::of(id / 2)).unwrap();
    }
    let all = map.len();
    assert_eq!((values.alive(), map.strong_tier_len()), (all, all));
    map.reserve(all * 4);
    map.shrink_to_fit();
    for (gone, id) in (0..rounds).enumerate() {
        assert_eq!(map.remove(&Key::of(id)).unwrap().id, id);
        assert_eq!(values.alive(), all - gone - 1);
    }
    assert_eq!(
        (values.alive(), map.strong_tier_len()),
        (map.len(), map.len())
    );
}

/// It may look at the map, and not change it.
fn asked_for_by_a_comparison<K: Shared>() {
    let map = Rc::new(K::tiered_with::<Key, _, _>(StrongTier::entries(2), OneHash));
    let held: Vec<_> = (1..=2).map(value).collect();
    for value in &held {
        map.insert(Key::of(value.id), value);
    }
    map.clear_strong_tier();
    let inner = Rc::clone(&map);
    let ask = move || assert_eq!(inner.get(&Key::of(2)).unwrap().id, 2);
    during(On::Eq, ask, || map.get(&Key::of(1)).unwrap());
    assert_eq!(
        map.strong_tier_len(),
        1,
        "the one that was asked for outside"
    );
}

/// It would wait for who reads the other map, and may wait for this one.
fn asked_for_by_a_comparison_of_another<K: Shared>() {
    let (map, other) = (map::<K>(2), Rc::new(map::<K>(2)));
    let held: Vec<_> = (1..=2).map(value).collect();
    map.insert(Key::of(1), &held[0]);
    other.insert(Key::of(2), &held[1]);
    other.clear_strong_tier();
    let inner = Rc::clone(&other);
    let ask = move || assert_eq!(inner.get(&Key::of(2)).unwrap().id, 2);
    during(On::Eq, ask, || map.get(&Key::of(1)).unwrap());
    assert_eq!(other.strong_tier_len(), 0);
    other.get(&Key::of(2)).unwrap();
    assert_eq!(other.strong_tier_len(), 1);
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

/// A victim that has weak references, a callback or a finalizer: they learn of its death, and its row goes.
fn what_others_know_of_dies_as_any_other<K: Shared>() {
    let map = map::<K>(1);
    let told = Arc::new(Mutex::new(Vec::new()));
    let note = |what: &'static str| {
        let told = Arc::clone(&told);
        move || told.lock().unwrap().push(what)
    };
    pass(&map, [1]);
    let weak = Strong::downgrade(&map.get(&Key::of(1)).unwrap());
    pass(&map, [2]);
    assert!(!weak.is_alive());
    assert_eq!(ids(&map), [2]);
    // Another entry of the same value, in another map.
    let other = K::tiered_with(StrongTier::entries(0), SameHash::default());
    other.insert(Key::of(2), &map.get(&Key::of(2)).unwrap());
    assert_eq!(other.len(), 1);
    pass(&map, [3]);
    assert_eq!((other.len(), ids(&map)), (0, vec![3]));

    let value = map.get(&Key::of(3)).unwrap();
    let called = note("callback");
    let callback = K::on_death(&value, move |dead| {
        assert!(!dead.is_alive());
        called();
    });
    let log = AssertFinalizerSafe(Arc::clone(&told));
    K::at_end(&value, |log| log.0.lock().unwrap().push("finalizer"), log);
    drop(value);
    pass(&map, [4]);
    assert_eq!(*told.lock().unwrap(), ["finalizer", "callback"]);
    assert_eq!(ids(&map), [4]);
    drop(callback);
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
        let [again, none] = names.get_many(["rose", "iris"]);
        assert!(again.is_some_and(|again| Strong::downgrade(&again) == rose) && none.is_none());
        names.reserve(100);
        names.shrink_to_fit();
        names.intern("moon");
        assert!(names.contains("rose") && !names.contains("lily"));
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
