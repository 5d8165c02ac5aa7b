//! The map with weak keys and weak values, by key and by identity of the key, on one thread: an entry goes with
//! whichever dies first.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use weakref::{Source, Strong, WeakRef, WeakReferenceable};
use weakref_containers::shared::{IdentityWeakPairMap, PairMap, WeakPairMap};
use weakref_tests::counting::count;

use super::member::{Keyed, Member, counted, member};
use super::{On, OneHash, Payload, SameHash, Tally, during, value};
use crate::support::hook::told;
use crate::support::kind::{Kind, Object};
use crate::support::{in_all_kinds, rounds, throw, thrown};

mod user_code;

in_all_kinds!(
    calls_on_live_dead_and_absent_entries,
    calls_by_identity,
    entries_are_freed_before_the_dropping_call_returns,
    allocator_sees_nothing_of_the_dead,
    results_of_changes,
    life_of_the_last_equal_key_decides,
    one_object_in_several_entries,
    both_sides_die_together,
    late_deaths_of_the_replaced,
    iteration_while_members_die_and_come,
    retain_extract_drain_clear,
    agrees_with_a_model,
);

type Value<K> = Strong<Object<K, Payload>>;
type Map<K, S = OneHash> = WeakPairMap<Member<K>, Object<K, Payload>, S>;
type IdentityMap<K> = IdentityWeakPairMap<Member<K>, Object<K, Payload>, SameHash>;

fn map<K: Keyed>() -> Map<K> {
    K::pair_map(OneHash)
}

fn identity<K: Keyed>() -> IdentityMap<K> {
    K::pair_map(SameHash::default())
}

fn counted_value<K: Kind>(id: u32, tally: &Tally) -> Value<K> {
    super::counted(id, tally)
}

/// What stands in a map: ids and marks of the keys, ids of the values.
fn content<K: Kind, S, M>(
    map: &PairMap<Member<K>, Object<K, Payload>, S, M>,
) -> Vec<(u32, u32, u32)> {
    let entry = |(key, value): (Strong<Member<K>>, Value<K>)| (key.id, key.mark, value.id);
    let mut content: Vec<_> = map.iter().map(entry).collect();
    content.sort_unstable();
    content
}

/// A map of entries that live, and what keeps them.
type Held<K> = Vec<(Strong<Member<K>>, Value<K>)>;

fn pairs<K: Keyed>(ids: impl IntoIterator<Item = u32>) -> Held<K> {
    ids.into_iter()
        .map(|id| (member(id, 0), value(id)))
        .collect()
}

fn fill<K: Keyed>(map: &Map<K>, held: &Held<K>) {
    for (key, value) in held {
        map.insert(key, value);
    }
}

/// Asserts what every call that takes a key by reference answers when there is none.
macro_rules! assert_absent {
    ($map:expr, $key:expr) => {
        let (map, key) = (&$map, $key);
        assert!(map.get(key).is_none() && !map.contains_key(key));
        assert!(map.remove(key).is_none());
        assert!(map.remove_if(key, |_| unreachable!()).is_none());
        let replaced = map.replace_if(key, &value(99), |_| unreachable!());
        assert!(replaced.is_none());
    };
}
use assert_absent;

fn calls_on_live_dead_and_absent_entries<K: Keyed>() {
    let map = map::<K>();
    assert_absent!(map, &1);
    let (live, of_live) = (member(1, 0), value(10));
    let (dying, of_dying) = (member(2, 0), value(20));
    let (widow, of_widow) = (member(3, 0), value(30));
    assert!(map.insert(&live, &of_live).is_none());
    assert!(map.insert(&dying, &of_dying).is_none());
    assert!(map.insert(&widow, &of_widow).is_none());
    assert_eq!((map.len(), map.is_empty()), (3, false));
    drop((dying, of_widow));
    assert_eq!(map.len(), 1);
    assert_absent!(map, &2);
    assert_absent!(map, &3);
    assert_absent!(map, &*widow);
    assert_absent!(map, &4);
    assert!(Strong::ptr_eq(&map.get(&1).unwrap(), &of_live));
    assert!(Strong::ptr_eq(&map.get(&*live).unwrap(), &of_live));
    assert!(map.contains_key(&1));
    assert!(map.replace_if(&1, &of_dying, |_| false).is_none());
    let old = map.replace_if(&1, &of_dying, |value| value.id == 10);
    assert!(Strong::ptr_eq(&old.unwrap(), &of_live));
    assert_eq!(content(&map), [(1, 0, 20)]);
    assert!(map.remove_if(&1, |_| false).is_none());
    let removed = map.remove_if(&1, |value| value.id == 20);
    assert!(Strong::ptr_eq(&removed.unwrap(), &of_dying));
    assert_absent!(map, &1);
    // What was widowed takes another.
    assert!(map.insert(&widow, &of_live).is_none());
    assert_eq!(map.remove(&3).unwrap().id, 10);
    assert!(map.is_empty());
}

fn calls_by_identity<K: Keyed>() {
    let map = identity::<K>();
    let [live, dying, other] = [0, 1, 2].map(|mark| member::<K>(1, mark));
    let (one, two) = (value(10), value(20));
    map.insert(&live, &one);
    map.insert(&dying, &two);
    assert_eq!(content(&map), [(1, 0, 10), (1, 1, 20)]);
    let (weak, id) = (Strong::downgrade(&dying), Strong::id(&dying));
    drop(dying);
    assert_absent!(map, &weak);
    assert_absent!(map, &id);
    assert_absent!(map, &other);
    assert_eq!(map.get(&Strong::downgrade(&live)).unwrap().id, 10);
    assert_eq!(map.insert(&live, &two).unwrap().id, 10);
    assert_eq!(map.get(&Strong::id(&live)).unwrap().id, 20);
    drop(two);
    assert_absent!(map, &live);
    assert!(map.is_empty());
}

/// Whichever side goes, before the call that drops it returns nothing is kept of either but what is held.
fn entries_are_freed_before_the_dropping_call_returns<K: Keyed>() {
    fn check<K: Keyed, S, M>(
        map: &PairMap<Member<K>, Object<K, Payload>, S, M>,
        insert: impl Fn(&Strong<Member<K>>, &Value<K>),
    ) {
        let (keys, values) = (Tally::default(), Tally::default());
        let count = u32::try_from(rounds(20, 6)).unwrap();
        let mut held: Vec<_> = (0..count)
            .map(|id| (counted::<K>(id, 0, &keys), counted_value::<K>(id, &values)))
            .collect();
        for (key, value) in &held {
            insert(key, value);
        }
        while let Some((key, value)) = held.pop() {
            let left = held.len();
            assert_eq!(map.len(), left + 1);
            let weak = (Strong::downgrade(&key), Strong::downgrade(&value));
            if left % 2 == 0 {
                drop(key);
                assert_eq!(
                    (map.len(), keys.alive(), values.alive()),
                    (left, left, left + 1)
                );
                // Its weak reference went with the entry.
                assert_eq!(Strong::weak_count(&value), 1);
            } else {
                drop(value);
                assert_eq!(
                    (map.len(), keys.alive(), values.alive()),
                    (left, left + 1, left)
                );
                assert_eq!(Strong::weak_count(&key), 1);
            }
            drop(weak);
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
    let map = K::pair_map::<_, weakref_containers::ByValue>(SameHash::default());
    let size = u32::try_from(rounds(50, 6)).unwrap();
    let fill_and_bury = |keys_first: bool| {
        let (keys, values): (Vec<_>, Vec<_>) = pairs::<K>(0..size).into_iter().unzip();
        for (key, value) in keys.iter().zip(&values) {
            map.insert(key, value);
            map.get_or_insert_with(key, || unreachable!());
        }
        if keys_first {
            drop(keys);
        } else {
            drop(values);
        }
        assert_eq!(map.len(), 0);
    };
    // The tables grow to their size.
    for round in 0..rounds(20, 4) {
        fill_and_bury(round % 2 == 0);
    }
    for round in 0..rounds(20, 1) {
        let ((), usage) = count(|| fill_and_bury(round % 2 == 0));
        assert!(usage.allocations >= 2 * u64::from(size));
        assert_eq!((usage.held_blocks, usage.held_bytes), (0, 0));
    }
}

fn results_of_changes<K: Keyed>() {
    let map = map::<K>();
    let is = |one: &Value<K>, other: &Value<K>| Strong::ptr_eq(one, other);
    let (key, other) = (member(1, 0), member(2, 0));
    let [a, b, c] = [1, 2, 3].map(value::<K>);
    assert!(map.insert(&key, &a).is_none());
    assert!(is(&map.insert(&key, &b).unwrap(), &a));
    assert!(is(&map.try_insert(&key, &a).unwrap_err(), &b));
    assert!(is(&map.get_or_insert(&key, &a), &b));
    assert!(is(&map.get_or_insert_with(&key, || unreachable!()), &b));
    let there = map.get_or_try_insert_with(&key, || Err("not asked"));
    assert!(is(&there.unwrap(), &b));
    let failed = map.get_or_try_insert_with(&other, || Err("asked"));
    assert_eq!(failed.unwrap_err(), "asked");
    assert_eq!(content(&map), [(1, 0, 2)]);
    assert!(map.try_insert(&other, &a).is_ok());
    drop(a);
    assert!(is(&map.get_or_insert(&other, &c), &c));
    map.remove(&2);
    let made = map.get_or_insert_with(&other, || value(4));
    assert!(is(&made, &map.get(&2).unwrap()));
    assert_eq!(content(&map), [(1, 0, 2), (2, 0, 4)]);
    assert_eq!(format!("{map:?}").matches("Payload").count(), 2);
    drop(made);
    assert_eq!(content(&map), [(1, 0, 2)], "nobody else has it");
    drop(key);
    assert!(map.is_empty());
}

fn life_of_the_last_equal_key_decides<K: Keyed>() {
    let map = map::<K>();
    let [first, second, third] = [1, 2, 3].map(|mark| member::<K>(1, mark));
    let (one, two) = (value(1), value(2));
    map.insert(&first, &one);
    map.insert(&second, &one);
    drop(first);
    assert_eq!(content(&map), [(1, 2, 1)]);
    map.try_insert(&third, &two).unwrap_err();
    map.get_or_insert(&third, &two);
    map.replace_if(&*third, &two, |_| true);
    assert_eq!(content(&map), [(1, 2, 2)]);
    drop(second);
    assert!(map.is_empty());
    // One whose value is dead makes place for an equal one.
    map.insert(&third, &one);
    drop(one);
    let fourth = member(1, 4);
    assert!(map.try_insert(&fourth, &two).is_ok());
    drop(third);
    assert_eq!(content(&map), [(1, 4, 2)]);
}

/// One value under several keys, of one hash and of several; and one object as key here and value there.
fn one_object_in_several_entries<K: Keyed>() {
    let (by_value, spread) = (
        map::<K>(),
        K::pair_map::<_, weakref_containers::ByValue>(SameHash::default()),
    );
    let keys: Vec<_> = (0..10).map(|id| member::<K>(id, 0)).collect();
    let shared = value::<K>(0);
    for key in &keys {
        by_value.insert(key, &shared);
        spread.insert(key, &shared);
    }
    assert_eq!((by_value.len(), spread.len()), (10, 10));
    drop(shared);
    assert_eq!((by_value.len(), spread.len()), (0, 0));
    assert!(keys.iter().all(|key| Strong::weak_count(key) == 0));
}

/// The drop of the one lets go of the other: both notices come of one call.
fn both_sides_die_together<K: Keyed>() {
    let map = Rc::new(map::<K>());
    for on in [On::ValueDrop, On::KeyDrop] {
        let held = pairs::<K>(0..5);
        fill(&map, &held);
        let (keys, values): (Vec<_>, Vec<_>) = held.into_iter().unzip();
        let (keys, values) = (Rc::new(Cell::new(keys)), Rc::new(Cell::new(values)));
        let (inner, others) = (Rc::clone(&map), (Rc::clone(&keys), Rc::clone(&values)));
        let action = move || {
            drop((others.0.take(), others.1.take()));
            assert_eq!((inner.len(), inner.iter().count()), (0, 0));
        };
        during(on, action, || {
            if on == On::KeyDrop {
                drop(keys.take());
            } else {
                drop(values.take());
            }
        });
        assert!(keys.take().is_empty() && values.take().is_empty());
        assert!(map.is_empty());
    }
}

fn late_deaths_of_the_replaced<K: Keyed>() {
    let map = map::<K>();
    let mut old = Vec::new();
    let (mut key, mut of_key) = (member::<K>(1, 0), value::<K>(0));
    map.insert(&key, &of_key);
    for step in 1..20 {
        if step % 2 == 0 {
            old.push((Some(std::mem::replace(&mut key, member(1, step))), None));
        }
        if step % 3 == 0 {
            old.push((None, Some(std::mem::replace(&mut of_key, value(step)))));
        }
        map.insert(&key, &of_key);
    }
    for late in old {
        drop(late);
        assert_eq!(content(&map), [(1, 18, 18)]);
        assert_eq!(map.len(), 1);
    }
    drop(of_key);
    assert!(map.is_empty());
}

fn iteration_while_members_die_and_come<K: Keyed>() {
    let map = K::pair_map::<_, weakref_containers::ByValue>(SameHash::default());
    let enter = |id| {
        let (key, value) = (member::<K>(id, 0), value::<K>(id));
        map.insert(&key, &value);
        (id, (Some(key), Some(value)))
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
                let pair = held.get_mut(&partner).unwrap();
                if partner % 4 < 2 {
                    pair.0 = None;
                } else {
                    pair.1 = None;
                }
            }
            held.extend([enter(key.id + 100)]);
        }
    }
    let first = seen.iter().filter(|id| **id < 40).count();
    assert_eq!(first, 20, "one of each pair");
    assert_eq!(
        (map.len(), map.keys().count(), map.values().count()),
        (40, 40, 40)
    );
    held.clear();
    assert_eq!((map.len(), map.iter().count()), (0, 0));
}

fn retain_extract_drain_clear<K: Keyed>() {
    let map = map::<K>();
    let held = pairs::<K>(0..10);
    fill(&map, &held);
    map.retain(|key, value| {
        assert_eq!(key.id, value.id);
        key.id < 4
    });
    assert_eq!(map.len(), 4);
    fill(&map, &held);
    let mut extracted = map.extract_if(|key, _| key.id % 2 == 0);
    assert_eq!(map.len(), 10, "nothing before it is advanced");
    let (key, value) = extracted.next().unwrap();
    assert!(key.id == value.id && map.len() == 9);
    assert_eq!(extracted.count(), 4);
    // Replaced after the snapshot: it stays.
    fill(&map, &held);
    let other = super::value(100);
    map.retain(|key, _| {
        map.insert(key, &other);
        false
    });
    assert!(map.len() == 10 && map.values().all(|value| value.id == 100));
    assert_eq!(map.drain().len(), 10);
    assert!(map.is_empty());
    fill(&map, &held);
    map.clear();
    assert!(map.is_empty());
    let weak = held
        .iter()
        .map(|(key, value)| Strong::weak_count(key) + Strong::weak_count(value));
    assert_eq!(weak.sum::<usize>(), 0);
}

/// A script of random steps against a map of weak references that is looked through.
fn agrees_with_a_model<K: Keyed>() {
    type Weak<K> = (WeakRef<Member<K>>, WeakRef<Object<K, Payload>>);
    let map = map::<K>();
    let mut model: HashMap<u32, Weak<K>> = HashMap::new();
    let (mut keys, mut values): (Vec<Strong<Member<K>>>, Vec<Value<K>>) = Default::default();
    let mut random = 0x1234_5678_u64;
    for step in 0..u32::try_from(rounds(10_000, 30)).unwrap() {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let pick = u32::try_from(random >> 33).unwrap();
        let id = pick % 6;
        let (key, value) = (member(id, step), value(step));
        let weak = (Strong::downgrade(&key), Strong::downgrade(&value));
        match pick / 100 % 7 {
            0 | 1 => {
                let old = map
                    .insert(&key, &value)
                    .map(|value| Strong::downgrade(&value));
                assert_eq!(old, model.insert(id, weak).map(|(_, value)| value));
                keys.push(key);
                values.push(value);
            }
            2 => {
                let got = map.get_or_insert(&key, &value);
                assert_eq!(Strong::downgrade(&got), model.entry(id).or_insert(weak).1);
                keys.push(key);
                values.push(value);
            }
            3 => {
                let removed = map.remove(&id).map(|value| Strong::downgrade(&value));
                assert_eq!(removed, model.remove(&id).map(|(_, value)| value));
            }
            4 => {
                let old = map.replace_if(&id, &value, |_| true).is_some();
                assert_eq!(old, model.contains_key(&id));
                model.entry(id).and_modify(|pair| pair.1 = weak.1);
                values.push(value);
            }
            5 if !keys.is_empty() => drop(keys.swap_remove(pick as usize % keys.len())),
            _ if !values.is_empty() => drop(values.swap_remove(pick as usize % values.len())),
            _ => {}
        }
        model.retain(|_, (key, value)| key.is_alive() && value.is_alive());
        let mut expected: Vec<_> = model
            .iter()
            .map(|(id, (key, value))| {
                (
                    *id,
                    key.upgrade().unwrap().mark,
                    value.upgrade().unwrap().id,
                )
            })
            .collect();
        expected.sort_unstable();
        assert_eq!(
            (content(&map), map.len()),
            (expected, model.len()),
            "{step}"
        );
    }
    keys.clear();
    assert_eq!(map.len(), 0);
}

/// An object that is its own value, and a chain in which each value is the next key.
#[test]
fn keys_that_are_values() {
    #[derive(WeakReferenceable)]
    struct Node;

    let map: IdentityWeakPairMap<Node, Node> = IdentityWeakPairMap::new();
    let mut nodes: Vec<_> = (0..5).map(|_| Strong::new(Node)).collect();
    map.insert(&nodes[4], &nodes[4]);
    assert!(Strong::ptr_eq(&map.get(&nodes[4]).unwrap(), &nodes[4]));
    nodes.pop();
    assert!(map.is_empty());
    for pair in nodes.windows(2) {
        map.insert(&pair[0], &pair[1]);
    }
    assert_eq!(map.len(), 3);
    nodes.remove(1);
    assert_eq!(
        map.len(),
        1,
        "the entry it was key of, and the one it was value of"
    );
    assert!(Strong::ptr_eq(&map.get(&nodes[1]).unwrap(), &nodes[2]));
}
