//! The map with weak keys, by value and by identity, on one thread: an entry goes with its key, its value too, and what
//! is replaced is out at once.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use weakref::{Source, Strong, WeakRef, WeakReferenceable};
use weakref_containers::shared::{IdentityWeakKeyMap, KeyMap, WeakKeyMap};
use weakref_tests::counting::count;

use super::member::{Keyed, Member, counted, member};
use super::{On, OneHash, Payload, SameHash, Tally, during};
use crate::support::hook::told;
use crate::support::kind::Kind;
use crate::support::{in_all_kinds, rounds, throw, thrown};

in_all_kinds!(
    calls_on_live_dead_and_absent_keys,
    calls_on_live_dead_and_absent_objects,
    entries_are_freed_before_the_dropping_call_returns,
    allocator_sees_nothing_of_the_dead,
    results_of_changes,
    life_of_the_last_equal_key_decides,
    equal_keys_by_identity_are_several,
    values_outlive_their_entries_by_their_handles,
    d33_late_death_of_the_replaced_key,
    iteration_while_keys_die_and_come,
    retain_extract_drain_clear,
    value_that_panics_in_its_drop,
    agrees_with_a_model,
);

pub(super) type Map<K, S = OneHash> = WeakKeyMap<Member<K>, Payload, S>;
type IdentityMap<K> = IdentityWeakKeyMap<Member<K>, Payload, SameHash>;

pub(super) fn map<K: Keyed>() -> Map<K> {
    K::key_map(OneHash)
}

fn identity<K: Keyed>() -> IdentityMap<K> {
    K::key_map(SameHash::default())
}

pub(super) fn payload(id: u32) -> Payload {
    Payload::new(id, &Tally::default())
}

/// What stands in a map: ids and marks of the keys, ids of the values.
pub(super) fn content<K: Kind, S, M>(
    map: &KeyMap<Member<K>, Payload, S, M>,
) -> Vec<(u32, u32, u32)> {
    let entry = |(key, value): (Strong<Member<K>>, Arc<Payload>)| (key.id, key.mark, value.id);
    let mut content: Vec<_> = map.iter().map(entry).collect();
    content.sort_unstable();
    content
}

/// Asserts what every call that takes a key by reference answers when there is none. In a macro, since what a key is
/// looked up by depends on the map.
macro_rules! assert_absent {
    ($map:expr, $key:expr) => {
        let (map, key) = (&$map, $key);
        assert!(map.get(key).is_none() && map.get_shared(key).is_none());
        assert!(map.with(key, |_| unreachable!()).is_none_or(|()| false));
        assert!(!map.contains_key(key));
        assert!(map.remove(key).is_none());
        assert!(map.remove_if(key, |_| unreachable!()).is_none());
        let replaced = map.replace_if(key, payload(99), |_| unreachable!());
        assert!(replaced.is_none());
        assert!(map.with_mut(key, |_| unreachable!()).is_none_or(|()| false));
        assert!(map.update(key, |_| unreachable!()).is_none());
    };
}

pub(super) use assert_absent;

fn calls_on_live_dead_and_absent_keys<K: Keyed>() {
    let map = map::<K>();
    assert_absent!(map, &1);
    let (live, dying) = (member(1, 0), member(2, 0));
    assert!(map.insert(&live, payload(10)).is_none());
    assert!(map.insert(&dying, payload(20)).is_none());
    assert_eq!((map.len(), map.is_empty()), (2, false));
    drop(dying);
    assert_absent!(map, &2);
    assert_absent!(map, &3);
    // By what the key lends, and as what it is.
    assert_eq!(map.get(&1).unwrap().id, 10);
    assert_eq!(map.get_shared(&*live).unwrap().id, 10);
    assert_eq!(map.with(&1, |value| value.id), Some(10));
    assert!(map.contains_key(&1) && map.contains_key(&*live));
    assert!(map.replace_if(&1, payload(11), |_| false).is_none());
    let old = map.replace_if(&1, payload(11), |value| value.id == 10);
    assert_eq!(old.unwrap().id, 10);
    assert_eq!(
        map.update(&1, |value| payload(value.id + 1)).unwrap().id,
        12
    );
    let change = |value: &mut Payload| std::mem::replace(&mut value.id, 13);
    assert_eq!(map.with_mut(&1, change), Some(12));
    assert_eq!(content(&map), [(1, 0, 13)]);
    assert!(map.remove_if(&1, |_| false).is_none());
    assert_eq!(map.remove_if(&1, |_| true).unwrap().id, 13);
    assert_absent!(map, &1);
    map.insert(&live, payload(14));
    assert_eq!(map.remove(&1).unwrap().id, 14);
    assert!(map.is_empty());
}

fn calls_on_live_dead_and_absent_objects<K: Keyed>() {
    let map = identity::<K>();
    let [live, dying, other] = [0, 1, 2].map(|mark| member::<K>(1, mark));
    assert_absent!(map, &live);
    map.insert(&live, payload(10));
    map.insert(&dying, payload(20));
    assert_eq!(content(&map), [(1, 0, 10), (1, 1, 20)]);
    let (weak, id) = (Strong::downgrade(&dying), Strong::id(&dying));
    drop(dying);
    assert_absent!(map, &weak);
    assert_absent!(map, &id);
    assert_absent!(map, &other);
    assert_eq!(map.get(&live).unwrap().id, 10);
    assert_eq!(map.get_shared(&Strong::downgrade(&live)).unwrap().id, 10);
    assert_eq!(map.with(&Strong::id(&live), |value| value.id), Some(10));
    assert_eq!(map.update(&live, |_| payload(11)).unwrap().id, 11);
    assert_eq!(map.remove(&Strong::id(&live)).unwrap().id, 11);
    assert!(map.is_empty());
}

fn entries_are_freed_before_the_dropping_call_returns<K: Keyed>() {
    fn check<K: Keyed, S, M>(
        map: &KeyMap<Member<K>, Payload, S, M>,
        insert: impl Fn(&Strong<Member<K>>, Payload),
    ) {
        let (keys, values) = (Tally::default(), Tally::default());
        let count = u32::try_from(rounds(20, 6)).unwrap();
        let mut held: Vec<_> = (0..count).map(|id| counted::<K>(id, 0, &keys)).collect();
        for key in &held {
            insert(key, Payload::new(key.id, &values));
        }
        while !held.is_empty() {
            let all = (keys.alive(), values.alive(), map.len());
            assert_eq!(all, (held.len(), held.len(), held.len()));
            held.pop();
            assert_eq!((keys.alive(), values.alive()), (held.len(), held.len()));
        }
        assert!(map.is_empty());
    }
    let (by_value, by_identity) = (map::<K>(), identity::<K>());
    check(&by_value, |key, value| drop(by_value.insert(key, value)));
    check(&by_identity, |key, value| {
        drop(by_identity.insert(key, value));
    });
}

fn allocator_sees_nothing_of_the_dead<K: Keyed>() {
    let map = K::key_map::<_, weakref_containers::ByValue>(SameHash::default());
    let tally = Tally::default();
    let size = u32::try_from(rounds(50, 6)).unwrap();
    let fill_and_bury = || {
        let held: Vec<_> = (0..size).map(|id| member::<K>(id, 0)).collect();
        for key in &held {
            map.insert(key, Payload::new(key.id, &tally));
            map.get_or_insert_with(key, || unreachable!());
            map.compute(key, |value| Some(Payload::new(value?.id, &tally)));
        }
        assert_eq!(tally.alive(), held.len());
    };
    // The tables grow to their size.
    for _ in 0..rounds(20, 4) {
        fill_and_bury();
    }
    for _ in 0..rounds(20, 1) {
        let ((), usage) = count(fill_and_bury);
        assert!(usage.allocations >= u64::from(size));
        assert_eq!((usage.held_blocks, usage.held_bytes), (0, 0));
    }
}

fn results_of_changes<K: Keyed>() {
    let map = map::<K>();
    let (a, b) = (member(1, 0), member(2, 0));
    assert!(map.insert(&a, payload(1)).is_none());
    assert_eq!(map.insert(&a, payload(2)).unwrap().id, 1);
    assert_eq!(map.try_insert(&a, payload(3)).unwrap_err().id, 2);
    assert_eq!(map.get_or_insert(&a, payload(3)).id, 2);
    assert_eq!(map.get_or_insert_with(&a, || unreachable!()).id, 2);
    let there = map.get_or_try_insert_with(&a, || Err("not asked"));
    assert_eq!(there.unwrap().id, 2);
    let failed = map.get_or_try_insert_with(&b, || Err("asked"));
    assert_eq!(failed.unwrap_err(), "asked");
    assert_eq!(content(&map), [(1, 0, 2)]);
    assert!(map.try_insert(&b, payload(4)).is_ok());
    assert_eq!(map.remove(&2).unwrap().id, 4);
    assert_eq!(map.get_or_insert(&b, payload(5)).id, 5);
    map.remove(&2);
    let made = map.get_or_insert_with(&b, || payload(6));
    assert!(Arc::ptr_eq(&made, &map.get_shared(&2).unwrap()));
    assert_eq!(content(&map), [(1, 0, 2), (2, 0, 6)]);
    assert_eq!(format!("{map:?}").matches("Payload").count(), 2);
    drop((a, b));
    assert!(map.is_empty());
}

/// Of what puts a value under a key that is there, only `insert` puts the key there too.
fn life_of_the_last_equal_key_decides<K: Keyed>() {
    let map = map::<K>();
    let [first, second, other] = [1, 2, 3].map(|mark| member::<K>(1, mark));
    map.insert(&first, payload(1));
    map.insert(&second, payload(2));
    drop(first);
    assert_eq!(content(&map), [(1, 2, 2)], "the late death of the replaced");
    map.try_insert(&other, payload(3)).unwrap_err();
    map.get_or_insert(&other, payload(3));
    map.get_or_insert_with(&other, || unreachable!());
    map.replace_if(&*other, payload(3), |_| true);
    map.update(&*other, |_| payload(4));
    map.with_mut(&*other, |value| value.id += 1);
    map.compute(&other, |value| Some(payload(value.unwrap().id + 1)));
    assert_eq!(content(&map), [(1, 2, 6)]);
    drop(second);
    assert!(map.is_empty() && map.get(&1).is_none());
    // A key that is removed and dies is not missed.
    map.insert(&other, payload(7));
    map.remove(&1);
    let again = member(1, 4);
    map.insert(&again, payload(8));
    drop(other);
    assert_eq!(content(&map), [(1, 4, 8)]);
}

fn equal_keys_by_identity_are_several<K: Keyed>() {
    let map = identity::<K>();
    let held = [1, 2, 3].map(|mark| member::<K>(1, mark));
    for key in &held {
        assert!(map.insert(key, payload(key.mark)).is_none());
    }
    assert_eq!(map.insert(&held[0], payload(4)).unwrap().id, 1);
    assert_eq!(content(&map), [(1, 1, 4), (1, 2, 2), (1, 3, 3)]);
    let [first, second, third] = held;
    drop((second, third));
    assert_eq!(content(&map), [(1, 1, 4)]);
    map.compute(&first, |_| None);
    assert!(map.is_empty());
}

fn values_outlive_their_entries_by_their_handles<K: Keyed>() {
    let map = map::<K>();
    let values = Tally::default();
    let key = member(1, 0);
    map.insert(&key, Payload::new(1, &values));
    let shared = map.get_shared(&1).unwrap();
    let removed = map.remove(&1).unwrap();
    assert!(Arc::ptr_eq(&shared, &removed));
    map.insert(&key, Payload::new(2, &values));
    let second = map.get_shared(&1).unwrap();
    drop(key);
    assert_eq!((map.len(), values.alive(), second.id), (0, 2, 2));
    drop((shared, removed, second));
    assert_eq!(values.alive(), 0);
}

fn d33_late_death_of_the_replaced_key<K: Keyed>() {
    let map = map::<K>();
    let values = Tally::default();
    let mut old = Vec::new();
    let mut new = member::<K>(1, 0);
    map.insert(&new, Payload::new(0, &values));
    for mark in 1..20 {
        old.push(std::mem::replace(&mut new, member(1, mark)));
        if mark % 2 == 0 {
            map.insert(&new, Payload::new(mark, &values));
        } else {
            map.remove(&1);
            map.get_or_insert(&new, Payload::new(mark, &values));
        }
    }
    for late in old {
        drop(late);
        assert_eq!((content(&map), values.alive()), (vec![(1, 19, 19)], 1));
    }
    drop(new);
    assert_eq!((map.len(), values.alive()), (0, 0));
}

fn iteration_while_keys_die_and_come<K: Keyed>() {
    let map = K::key_map::<_, weakref_containers::ByValue>(SameHash::default());
    let enter = |id| {
        let key = member::<K>(id, 0);
        map.insert(&key, payload(id));
        (id, key)
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
    assert_eq!((map.keys().count(), map.values().count()), (40, 40));
    let mut iter = map.iter();
    assert_eq!(iter.by_ref().count(), 40);
    assert!(iter.next().is_none());
    held.clear();
    assert_eq!(
        (map.len(), map.keys().count(), map.values().count()),
        (0, 0, 0)
    );
}

fn retain_extract_drain_clear<K: Keyed>() {
    let map = map::<K>();
    let values = Tally::default();
    let held: Vec<_> = (0..10).map(|id| member::<K>(id, 0)).collect();
    let fill = || {
        for key in &held {
            map.insert(key, Payload::new(key.id, &values));
        }
    };
    fill();
    map.retain(|key, value| {
        assert_eq!(key.id, value.id);
        key.id < 4
    });
    assert_eq!((map.len(), values.alive()), (4, 4));
    fill();
    let mut extracted = map.extract_if(|key, _| key.id % 2 == 0);
    assert_eq!(map.len(), 10, "nothing before it is advanced");
    let (key, value) = extracted.next().unwrap();
    assert!(key.id == value.id && map.len() == 9);
    assert_eq!(extracted.count(), 4);
    drop((key, value));
    assert_eq!((map.len(), values.alive()), (5, 5));
    // Replaced after the snapshot: it stays.
    fill();
    map.retain(|key, _| {
        map.insert(key, Payload::new(100, &values));
        false
    });
    assert!(map.len() == 10 && map.values().all(|value| value.id == 100));
    fill();
    let mut drained: Vec<_> = map
        .drain()
        .iter()
        .map(|(key, value)| (key.id, value.id))
        .collect();
    drained.sort_unstable();
    assert_eq!(drained, (0..10).map(|id| (id, id)).collect::<Vec<_>>());
    assert_eq!((map.len(), values.alive()), (0, 0));
    fill();
    map.clear();
    assert_eq!((map.len(), values.alive()), (0, 0));
    // What is being made stays, and comes.
    let made = map.get_or_insert_with(&held[1], || {
        fill();
        map.remove(&1);
        map.get_or_insert_with(&held[1], || {
            map.clear();
            assert!(map.drain().is_empty());
            map.retain(|_, _| false);
            payload(7)
        });
        payload(8)
    });
    assert_eq!((made.id, content(&map)), (1, vec![(1, 0, 7)]));
}

fn panics() {
    throw("drop of a value")
}

fn value_that_panics_in_its_drop<K: Keyed>() {
    let map = map::<K>();
    let values = Tally::default();
    let held: Vec<_> = (0..5).map(|id| member::<K>(id, 0)).collect();
    let fill = || {
        for key in &held {
            map.insert(key, Payload::new(key.id, &values));
        }
    };
    fill();
    // Of one that was replaced or removed: out of the call, which is done.
    let text = during(On::ValueDrop, panics, || {
        thrown(|| map.update(&0, |_| Payload::new(10, &values)))
    });
    assert_eq!(
        (&*text, map.get_shared(&0).unwrap().id),
        ("drop of a value", 10)
    );
    let text = during(On::ValueDrop, panics, || {
        thrown(|| map.compute(&held[0], |_| None))
    });
    assert_eq!((&*text, map.len()), ("drop of a value", 4));
    // One: a second panic, in the unwinding from the first, would abort.
    map.retain(|key, _| key.id == 1);
    let text = during(On::ValueDrop, panics, || thrown(|| map.clear()));
    assert_eq!(
        (&*text, map.len(), values.alive()),
        ("drop of a value", 0, 0)
    );
    // Of a dead key: to the hook.
    fill();
    let reports = told(|| during(On::ValueDrop, panics, || drop(held)));
    assert_eq!(
        reports,
        vec![(Source::Burial, "drop of a value".to_owned()); 5]
    );
    assert_eq!((map.len(), values.alive()), (0, 0));
}

/// A script of random steps against a map of weak references that is looked through.
fn agrees_with_a_model<K: Keyed>() {
    let map = map::<K>();
    let values = Tally::default();
    let mut model: HashMap<u32, (WeakRef<Member<K>>, u32)> = HashMap::new();
    let mut held: Vec<Strong<Member<K>>> = Vec::new();
    let mut random = 0x1234_5678_u64;
    for step in 0..u32::try_from(rounds(10_000, 30)).unwrap() {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let pick = u32::try_from(random >> 33).unwrap();
        let id = pick % 8;
        let new = || Payload::new(step, &values);
        let key = member(id, step);
        let weak = Strong::downgrade(&key);
        match pick / 100 % 8 {
            0 | 1 => {
                let old = map.insert(&key, new()).map(|value| value.id);
                let expected = model.insert(id, (weak, step)).map(|(_, value)| value);
                assert_eq!(old, expected);
                held.push(key);
            }
            2 => {
                let value = map.get_or_insert_with(&key, new).id;
                assert_eq!(value, model.entry(id).or_insert((weak, step)).1);
                held.push(key);
            }
            3 => {
                let removed = map.remove(&id).map(|value| value.id);
                assert_eq!(removed, model.remove(&id).map(|(_, value)| value));
            }
            4 => {
                let updated = map.update(&id, |_| new()).map(|value| value.id);
                let expected = model.get_mut(&id).map(|(_, value)| {
                    *value = step;
                    step
                });
                assert_eq!(updated, expected);
            }
            5 => {
                let computed = map.compute(&key, |value| value.is_none().then(new));
                if model.remove(&id).is_none() {
                    model.insert(id, (weak, step));
                }
                assert_eq!(computed.is_some(), model.contains_key(&id));
                held.push(key);
            }
            _ if held.is_empty() => {}
            _ => drop(held.swap_remove(pick as usize % held.len())),
        }
        model.retain(|_, (key, _)| key.is_alive());
        let mut expected: Vec<_> = model
            .iter()
            .map(|(id, (key, value))| (*id, key.upgrade().unwrap().mark, *value))
            .collect();
        expected.sort_unstable();
        assert_eq!(content(&map), expected, "{step}");
        assert_eq!(values.alive(), expected.len());
    }
    held.clear();
    assert_eq!((map.len(), values.alive()), (0, 0));
}

/// A map of local types holds what belongs to one thread.
#[test]
fn local_maps_take_any_value() {
    #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    #[weakref(local)]
    struct Local(u32);

    let map = WeakKeyMap::<Local, Rc<Cell<u32>>>::new();
    let (key, cell) = (Strong::new(Local(1)), Rc::new(Cell::new(1)));
    map.insert(&key, Rc::clone(&cell));
    map.with(&*key, |cell| cell.set(2));
    assert_eq!((cell.get(), Rc::strong_count(&cell)), (2, 2));
    drop(key);
    assert_eq!(Rc::strong_count(&cell), 1);
}

/// It keeps its entry until it is removed.
#[test]
fn value_that_owns_its_key() {
    #[derive(WeakReferenceable)]
    struct Own;

    let map: IdentityWeakKeyMap<Own, Option<Strong<Own>>> = IdentityWeakKeyMap::new();
    let key = Strong::new(Own);
    let weak = Strong::downgrade(&key);
    map.insert(&key, Some(key.clone()));
    drop(key);
    assert_eq!((map.len(), weak.is_alive()), (1, true));
    drop(map.remove(&weak));
    assert_eq!((map.len(), weak.is_alive()), (0, false));
}
