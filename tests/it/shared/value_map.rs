//! The map on one thread: what dies is buried at once, what is replaced is forgotten, and results are what they say.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use weakref::{Source, Strong, WeakRef};
use weakref_containers::shared::WeakValueMap;
use weakref_tests::counting::count;

use super::{Key, Map, On, OneHash, SameHash, Shared, Tally, content, counted, during, value};
use crate::support::hook::told;
use crate::support::kind::{Object, SyncSmall};
use crate::support::one_thread::OneThread;
use crate::support::{in_all_kinds, rounds, throw, thrown};

in_all_kinds!(
    dead_entries_are_freed_before_the_dropping_call_returns,
    allocator_sees_nothing_of_the_dead,
    object_of_several_keys,
    object_of_one_key_twice,
    buried_from_within_the_callback_of_another,
    buried_from_within_the_drop_of_another,
    buried_from_within_constructors_and_conditions,
    not_seen_while_it_dies,
    counts_right_while_dead_keys_are_dropped,
    results_of_changes,
    d33_late_death_of_the_replaced,
    iteration_while_members_die_and_come,
    iteration_by_keys_and_values,
    retain_extract_drain_clear,
    stored_keys_that_stay_and_go,
    key_that_panics_in_its_drop,
    entries_that_outlive_their_map,
    agrees_with_a_model,
);

fn map<K: Shared>() -> Map<K, SameHash> {
    K::map_with(SameHash::default())
}

fn dead_entries_are_freed_before_the_dropping_call_returns<K: Shared>() {
    let map = map::<K>();
    let (keys, values) = (Tally::default(), Tally::default());
    let held: Vec<_> = (0..20)
        .map(|id| {
            let value = counted(id, &values);
            map.insert(Key::new(id, &keys), &value);
            value
        })
        .collect();
    for (gone, value) in held.into_iter().enumerate() {
        assert_eq!(
            (keys.alive(), values.alive(), map.len()),
            (20 - gone, 20 - gone, 20 - gone)
        );
        drop(value);
        assert_eq!(keys.alive(), 19 - gone);
    }
    assert_eq!((keys.alive(), values.alive()), (0, 0));
    assert!(map.is_empty());
}

fn allocator_sees_nothing_of_the_dead<K: Shared>() {
    let map = map::<K>();
    let tally = Tally::default();
    let fill_and_bury = || {
        let held: Vec<_> = (0..50).map(value::<K>).collect();
        for value in &held {
            map.insert(Key::new(value.id, &tally), value);
        }
    };
    // The tables grow to their size.
    for _ in 0..20 {
        fill_and_bury();
    }
    for _ in 0..rounds(20, 2) {
        let ((), usage) = count(fill_and_bury);
        assert!(usage.allocations >= 50);
        assert_eq!((usage.held_blocks, usage.held_bytes), (0, 0));
    }
}

fn object_of_several_keys<K: Shared>() {
    let map = map::<K>();
    let keys = Tally::default();
    let shared = value::<K>(0);
    for id in 0..10 {
        map.insert(Key::new(id, &keys), &shared);
    }
    assert_eq!((map.len(), keys.alive()), (10, 10));
    drop(shared);
    assert_eq!((map.len(), keys.alive()), (0, 0));

    // The same with keys of one hash, whose notices are alike.
    let map = K::map_with(OneHash);
    let shared = value::<K>(0);
    for id in 0..10 {
        map.insert(Key::new(id, &keys), &shared);
    }
    drop(shared);
    assert_eq!((map.len(), keys.alive()), (0, 0));
}

fn object_of_one_key_twice<K: Shared>() {
    let map = map::<K>();
    let keys = Tally::default();
    let value = value::<K>(1);
    assert!(map.insert(Key::new(1, &keys), &value).is_none());
    for _ in 0..3 {
        let same = map.insert(Key::new(1, &keys), &value).unwrap();
        assert!(Strong::ptr_eq(&same, &value));
    }
    assert_eq!((keys.alive(), map.len()), (1, 1));
    drop(value);
    assert_eq!((keys.alive(), map.len()), (0, 0));
}

fn buried_from_within_the_callback_of_another<K: Shared>() {
    let map = map::<K>();
    let keys = Tally::default();
    let (first, second) = (value::<K>(1), value::<K>(2));
    map.insert(Key::new(1, &keys), &first);
    map.insert(Key::new(2, &keys), &second);
    let carried = OneThread::new(Cell::new(Some(second)));
    let seen = keys.clone();
    let callback = K::on_death(&first, move |_| {
        drop(carried.get().take());
        assert_eq!(
            seen.alive(),
            1,
            "the second is out; the first's turn comes after this"
        );
    });
    drop(first);
    assert_eq!((keys.alive(), map.len()), (0, 0));
    drop(callback);
}

fn buried_from_within_the_drop_of_another<K: Shared>() {
    let map = Rc::new(map::<K>());
    let keys = Tally::default();
    let (first, second) = (value::<K>(1), value::<K>(2));
    map.insert(Key::new(1, &keys), &first);
    map.insert(Key::new(2, &keys), &second);
    let second = Cell::new(Some(second));
    let (seen, inner) = (keys.clone(), Rc::clone(&map));
    let action = move || {
        let second = second.take();
        let last = second.is_some();
        drop(second);
        assert_eq!(inner.len(), 0, "the first is dying");
        assert!(!last || seen.alive() == 1);
    };
    during(On::ValueDrop, action, || drop(first));
    assert_eq!((keys.alive(), map.len()), (0, 0));
}

fn buried_from_within_constructors_and_conditions<K: Shared>() {
    let map = map::<K>();
    let keys = Tally::default();
    let enter = |id| {
        let value = value::<K>(id);
        map.insert(Key::new(id, &keys), &value);
        value
    };
    let kept = enter(0);
    let dying = enter(1);
    let made = map.get_or_insert_with(Key::new(2, &keys), || {
        drop(dying);
        assert_eq!(
            keys.alive(),
            2,
            "of the kept one and of the one that is being made"
        );
        value(2)
    });
    let mut dying = Some(enter(1));
    let removed = map.remove_if(&Key::of(2), |_| {
        dying = None;
        assert_eq!(keys.alive(), 2);
        true
    });
    assert!(Strong::ptr_eq(&removed.unwrap(), &made));
    let mut dying = Some(enter(1));
    map.retain(|_, _| {
        dying = None;
        true
    });
    assert_eq!((keys.alive(), content(&map)), (1, vec![(0, 0)]));
    drop(kept);
    assert_eq!(keys.alive(), 0);
}

fn not_seen_while_it_dies<K: Shared>() {
    let map = Rc::new(map::<K>());
    let keys = Tally::default();
    let dying = value::<K>(1);
    let other = value::<K>(2);
    map.insert(Key::new(1, &keys), &dying);
    map.insert(Key::new(2, &keys), &other);
    let inner = Rc::clone(&map);
    let action = move || {
        let key = Key::of(1);
        assert!(inner.get(&key).is_none() && !inner.contains_key(&key));
        assert_eq!(
            (inner.len(), inner.iter().count(), inner.values().count()),
            (1, 1, 1)
        );
        assert!(inner.remove(&key).is_none());
        assert!(inner.replace_if(&key, &value(3), |_| true).is_none());
        // The dead do not stand in the way of the living.
        let new = value(4);
        assert!(inner.try_insert(Key::of(1), &new).is_ok());
        assert_eq!(content(&inner), [(1, 4), (2, 2)]);
        assert!(Strong::ptr_eq(&inner.remove(&key).unwrap(), &new));
    };
    during(On::ValueDrop, action, || drop(dying));
    assert_eq!((keys.alive(), content(&map)), (1, vec![(2, 2)]));
}

/// Entries of one object and one hash are taken out together, and their keys dropped one after the other.
fn counts_right_while_dead_keys_are_dropped<K: Shared>() {
    let map = Rc::new(K::map_with(OneHash));
    let (dying, other) = (value::<K>(1), value::<K>(2));
    for id in 0..5 {
        map.insert(Key::of(id), &dying);
    }
    map.insert(Key::of(5), &other);
    let inner = Rc::clone(&map);
    let action = move || assert_eq!((inner.len(), content(&inner)), (1, vec![(5, 2)]));
    let reports = told(|| during(On::KeyDrop, action, || drop(dying)));
    assert_eq!(reports, []);
}

fn results_of_changes<K: Shared>() {
    let map = map::<K>();
    let (a, b) = (value::<K>(1), value::<K>(2));
    let is = |found: Option<Strong<Object<K, _>>>, expected: &Strong<_>| {
        found.is_some_and(|found| Strong::ptr_eq(&found, expected))
    };
    assert!(map.insert(Key::of(1), &a).is_none());
    assert!(is(map.try_insert(Key::of(1), &b).err(), &a));
    assert!(Strong::ptr_eq(&map.get_or_insert(Key::of(1), &b), &a));
    assert!(Strong::ptr_eq(&map.get_or_insert(Key::of(2), &b), &b));
    let found = map.get_or_try_insert_with(Key::of(1), || Err("not asked"));
    assert!(is(found.ok(), &a));
    let failed = map.get_or_try_insert_with(Key::of(3), || Err("asked"));
    assert_eq!(failed.err(), Some("asked"));
    assert_eq!(map.len(), 2);
    assert!(map.remove_if(&Key::of(1), |value| value.id == 2).is_none());
    assert!(
        map.replace_if(&Key::of(1), &b, |value| value.id == 2)
            .is_none()
    );
    assert!(is(
        map.replace_if(&Key::of(1), &b, |value| value.id == 1),
        &a
    ));
    assert!(map.replace_if(&Key::of(9), &b, |_| true).is_none());
    assert_eq!(content(&map), [(1, 2), (2, 2)]);
    assert!(is(map.remove(&Key::of(1)), &b));
    assert!(map.remove(&Key::of(1)).is_none());
    drop(a);
    drop(b);
    assert!(map.is_empty());
}

fn d33_late_death_of_the_replaced<K: Shared>() {
    let map = map::<K>();
    let keys = Tally::default();
    let mut old = Vec::new();
    let mut new = value::<K>(0);
    map.insert(Key::new(10, &keys), &new);
    for id in 1..20 {
        old.push(std::mem::replace(&mut new, value(id)));
        match id % 3 {
            0 => drop(map.insert(Key::new(10, &keys), &new)),
            1 => drop(map.replace_if(&Key::of(10), &new, |_| true)),
            _ => {
                map.remove(&Key::of(10));
                map.get_or_insert(Key::new(10, &keys), &new);
            }
        }
    }
    for late in old {
        drop(late);
        assert!(Strong::ptr_eq(&map.get(&Key::of(10)).unwrap(), &new));
        assert_eq!((map.len(), keys.alive()), (1, 1));
    }
    drop(new);
    assert_eq!((map.len(), keys.alive()), (0, 0));
}

fn iteration_while_members_die_and_come<K: Shared>() {
    let map = map::<K>();
    let keys = Tally::default();
    let enter = |id| {
        let value = value::<K>(id);
        map.insert(Key::new(id, &keys), &value);
        (id, value)
    };
    let mut held: HashMap<_, _> = (0..40).map(enter).collect();
    let mut seen = Vec::new();
    for (key, value) in &map {
        assert_eq!(key.id, value.id);
        assert!(!seen.contains(&key.id), "twice");
        seen.push(key.id);
        if key.id < 40 {
            let partner = key.id ^ 1;
            if !seen.contains(&partner) {
                held.remove(&partner);
            }
            held.extend([enter(key.id + 100)]);
        }
    }
    let first = seen.iter().filter(|id| **id < 40).count();
    assert_eq!(first, 20, "one of each pair");
    assert_eq!(map.len(), 40);
    held.clear();
    assert_eq!((map.len(), keys.alive()), (0, 0));
}

fn iteration_by_keys_and_values<K: Shared>() {
    let map = map::<K>();
    let held = [1, 2, 3].map(value::<K>);
    for value in &held {
        map.insert(Key::of(value.id + 10), value);
    }
    let mut ids: Vec<_> = map.keys().map(|key| key.id).collect();
    ids.extend(map.values().map(|value| value.id));
    ids.extend(
        map.weak_values()
            .map(|weak| weak.upgrade().unwrap().id + 20),
    );
    ids.sort_unstable();
    assert_eq!(ids, [1, 2, 3, 11, 12, 13, 21, 22, 23]);
    let mut iter = map.iter();
    assert_eq!(iter.by_ref().count(), 3);
    assert!(iter.next().is_none());
    assert_eq!(format!("{map:?}").matches("Payload").count(), 3);
}

fn retain_extract_drain_clear<K: Shared>() {
    let map = map::<K>();
    let keys = Tally::default();
    let held: Vec<_> = (0..10).map(value::<K>).collect();
    let fill = || {
        for value in &held {
            map.insert(Key::new(value.id, &keys), value);
        }
    };
    fill();
    map.retain(|key, value| {
        assert_eq!(key.id, value.id);
        key.id < 4
    });
    assert_eq!((map.len(), keys.alive()), (4, 4));
    fill();
    let mut extracted = map.extract_if(|key, _| key.id % 2 == 0);
    assert_eq!(map.len(), 10, "nothing before it is advanced");
    let (key, value) = extracted.next().unwrap();
    assert!(key.id == value.id && map.len() == 9);
    assert_eq!(extracted.count(), 4);
    drop((key, value));
    assert_eq!((map.len(), keys.alive()), (5, 5));
    // Replaced after the snapshot, by one that has the same key: it stays.
    fill();
    let other = super::value::<K>(100);
    map.retain(|key, _| {
        map.insert(Key::new(key.id, &keys), &other);
        false
    });
    assert_eq!(map.len(), 10);
    assert!(map.values().all(|value| value.id == 100));
    fill();
    let mut drained: Vec<_> = map
        .drain()
        .iter()
        .map(|(key, value)| (key.id, value.id))
        .collect();
    drained.sort_unstable();
    assert_eq!(drained, (0..10).map(|id| (id, id)).collect::<Vec<_>>());
    assert_eq!((map.len(), keys.alive()), (0, 0));
    fill();
    map.clear();
    assert_eq!((map.len(), keys.alive()), (0, 0));
    drop(held);
}

fn stored_keys_that_stay_and_go<K: Shared>() {
    let map = map::<K>();
    let value = value::<K>(1);
    let [first, second, third] = [(); 3].map(|()| Tally::default());
    let alive = || [&first, &second, &third].map(Tally::alive);
    map.insert(Key::new(1, &first), &value);
    map.insert(Key::new(1, &second), &value);
    assert_eq!(alive(), [0, 1, 0], "insert replaces the key");
    map.try_insert(Key::new(1, &third), &value).unwrap_err();
    map.get_or_insert_with(Key::new(1, &third), || unreachable!());
    map.replace_if(&Key::new(1, &third), &value, |_| true);
    assert_eq!(alive(), [0, 1, 0], "nothing else does");
    drop(value);
    assert_eq!(alive(), [0, 0, 0]);
}

fn panics() {
    throw("drop of a key")
}

fn key_that_panics_in_its_drop<K: Shared>() {
    let map = map::<K>();
    let keys = Tally::default();
    let one = value::<K>(1);
    let two = value::<K>(2);
    map.insert(Key::new(1, &keys), &one);
    // Of one that was replaced, or removed: out of the call, which is done.
    let text = during(On::KeyDrop, panics, || {
        thrown(|| map.insert(Key::new(1, &keys), &two))
    });
    assert_eq!(
        (text.as_str(), content(&map)),
        ("drop of a key", vec![(1, 2)])
    );
    let text = during(On::KeyDrop, panics, || thrown(|| map.clear()));
    assert_eq!(
        (text.as_str(), map.len(), keys.alive()),
        ("drop of a key", 0, 0)
    );
    // Of a dead one: to the hook.
    for id in 0..5 {
        map.insert(Key::new(id, &keys), &one);
    }
    let reports = told(|| during(On::KeyDrop, panics, || drop(one)));
    assert_eq!(
        reports,
        vec![(Source::Burial, "drop of a key".to_owned()); 5]
    );
    assert_eq!((map.len(), keys.alive()), (0, 0));
    map.insert(Key::of(1), &two);
    assert_eq!(content(&map), [(1, 2)]);
}

fn entries_that_outlive_their_map<K: Shared>() {
    let keys = Tally::default();
    let value = value::<K>(1);
    let map = map::<K>();
    map.insert(Key::new(1, &keys), &value);
    let weak = map.weak_values().next().unwrap();
    let mut rest = map.drain().into_iter();
    map.insert(Key::new(2, &keys), &value);
    drop(map);
    assert_eq!(keys.alive(), 1);
    assert!(WeakRef::is_alive(&weak));
    let (key, same) = rest.next().unwrap();
    assert!(Strong::ptr_eq(&same, &value) && key.id == 1);
    drop((key, same, value));
    assert!(!weak.is_alive());
}

/// A script of random steps against a map that holds weak references and is looked through.
fn agrees_with_a_model<K: Shared>() {
    let map = map::<K>();
    let keys = Tally::default();
    let mut model: HashMap<u32, WeakRef<_>> = HashMap::new();
    let mut held = Vec::new();
    let mut random = 0x1234_5678_u64;
    for step in 0..u32::try_from(rounds(20_000, 60)).unwrap() {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let pick = u32::try_from(random >> 33).unwrap();
        let (id, other) = (pick % 12, pick / 12 % 7);
        match pick / 100 % 8 {
            0 | 1 => {
                let value = value::<K>(step);
                map.insert(Key::new(id, &keys), &value);
                model.insert(id, Strong::downgrade(&value));
                held.push(value);
            }
            2 => {
                let value = map.get_or_insert_with(Key::new(id, &keys), || value(step));
                let expected = model.get(&id).and_then(WeakRef::upgrade);
                assert!(expected.is_none_or(|expected| Strong::ptr_eq(&expected, &value)));
                model.insert(id, Strong::downgrade(&value));
                held.push(value);
            }
            3 => {
                let removed = map.remove(&Key::of(id)).map(|value| value.id);
                let expected = model.remove(&id).and_then(|weak| weak.upgrade());
                assert_eq!(removed, expected.map(|value| value.id));
            }
            4 => {
                // The same object under another key.
                if let Some(value) = held.get(other as usize) {
                    map.insert(Key::new(id, &keys), value);
                    model.insert(id, Strong::downgrade(value));
                }
            }
            _ if held.is_empty() => {}
            _ => drop(held.swap_remove(pick as usize % held.len())),
        }
        model.retain(|_, weak| weak.is_alive());
        assert_eq!((map.len(), keys.alive()), (model.len(), model.len()));
        let got = map.get(&Key::of(id)).map(|value| value.id);
        let expected = model.get(&id).and_then(WeakRef::upgrade);
        assert_eq!(got, expected.map(|value| value.id));
    }
    held.clear();
    assert_eq!((map.len(), keys.alive()), (0, 0));
}

/// A key that owns the map, whose last handle then goes with a dead entry.
#[test]
fn map_may_end_with_a_burial() {
    type Owner = WeakValueMap<Owning, Object<SyncSmall>>;
    #[derive(PartialEq, Eq, Hash)]
    struct Owning(u32, Option<Owned>);
    struct Owned(#[expect(dead_code, reason = "owns")] Arc<Owner>);
    impl PartialEq for Owned {
        fn eq(&self, _: &Self) -> bool {
            true
        }
    }
    impl Eq for Owned {}
    impl std::hash::Hash for Owned {
        fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
    }

    let map: Arc<Owner> = Arc::default();
    let weak = Arc::downgrade(&map);
    let (value, other) = (Object::strong(()), Object::strong(()));
    map.insert(Owning(1, Some(Owned(Arc::clone(&map)))), &value);
    map.insert(Owning(2, None), &other);
    drop(map);
    assert_eq!(weak.strong_count(), 1);
    drop(value);
    assert_eq!(weak.strong_count(), 0);
    drop(other);
}
