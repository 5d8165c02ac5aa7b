//! The rows D of `BEHAVIOURS.md`, on `WeakKeyMap`, `WeakPairMap` and their identity twins.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};

use weakref::{Strong, SyncSlot, WeakReferenceable, coerce};
use weakref_containers::{
    IdentityWeakKeyMap, IdentityWeakPairMap, WeakKeyMap, WeakPairMap, WeakValueMap,
};

use crate::support::object::{Object, objects};

type Map = WeakKeyMap<Object, u32>;

fn map_of(objects: &[Strong<Object>]) -> Map {
    objects.iter().zip(0..).collect()
}

fn sorted(items: impl IntoIterator<Item = u32>) -> Vec<u32> {
    let mut items: Vec<_> = items.into_iter().collect();
    items.sort_unstable();
    items
}

#[test]
fn d01_weak_keyed_len_with_all_dead_during_iteration() {
    let mut objects = objects(20);
    let map = map_of(&objects);
    let mut iter = map.iter();
    let first = iter.next().unwrap();
    objects.clear();
    assert_eq!(map.len(), 1, "what the iterator yielded is alive");
    assert!(iter.next().is_none());
    drop(first);
    assert_eq!((map.len(), map.is_empty()), (0, true));
}

#[test]
fn d03_weak_keyed_len_race() {
    let count = if crate::support::FEW { 5 } else { 20 };
    for killed_at in 0..count {
        for killed in 1..=count {
            let mut objects = objects(count);
            let map = map_of(&objects);
            let mut iter = map.iter();
            for _ in 0..killed_at {
                iter.next();
            }
            objects.truncate((count - killed) as usize);
            assert_eq!(map.len(), objects.len());
            assert!(iter.by_ref().count() <= objects.len());
            assert_eq!(map.len(), objects.len());
        }
    }
}

#[test]
fn d06_weak_keys() {
    let mut objects = objects(10);
    let mut map = map_of(&objects);
    for (n, object) in (0..).zip(&objects) {
        assert_eq!(Strong::weak_count(object), 1, "one reference per key");
        assert_eq!(map[&**object], n);
        assert_eq!(map.get(&Object(n)), Some(&n), "by value");
    }
    let copy = map.clone();
    assert_eq!(copy, map);
    drop(copy);
    assert_eq!(Strong::weak_count(&objects[0]), 1);

    objects.pop();
    assert_eq!((map.len(), map.iter().count()), (9, 9));
    assert!(!map.contains_key(&Object(9)));
    objects.clear();
    assert_eq!((map.len(), map.iter().count()), (0, 0));
    map.insert(&Strong::new(Object(2)), 2);
    assert!(!map.contains_key(&Object(2)), "nobody else owns it");
}

#[test]
fn d07_weak_keyed_iterators() {
    let objects = objects(10);
    let mut map = map_of(&objects);
    let all = sorted(0..10);
    assert_eq!(sorted(map.iter().map(|(key, _)| key.0)), all);
    assert!(map.iter().all(|(key, value)| key.0 == *value));
    assert_eq!(sorted(map.keys().map(|key| key.0)), all);
    assert_eq!(sorted(map.values().copied()), all);
    let weak = map.weak_keys().map(|weak| weak.upgrade().unwrap().0);
    assert_eq!(sorted(weak), all);
    for (key, value) in &mut map {
        *value += key.0;
    }
    map.values_mut().for_each(|value| *value /= 2);
    assert_eq!(sorted(map.clone().into_keys().map(|key| key.0)), all);
    assert_eq!(sorted(map.clone().into_values()), all);
    assert_eq!(sorted(map.into_iter().map(|(key, _)| key.0)), all);
}

#[test]
fn d09_keys_die_while_iterating() {
    fn check<T>(walk: impl Fn(&Map, &mut dyn FnMut()) -> Vec<T>) {
        let mut objects = objects(10);
        let map = map_of(&objects);
        let mut steps = 0;
        let seen = walk(&map, &mut || {
            steps += 1;
            if steps == 5 {
                objects.pop();
            }
        });
        assert!((9..=10).contains(&seen.len()), "{} seen", seen.len());
        drop(seen);
        assert_eq!(map.len(), 9);
    }
    check(|map, step| map.keys().inspect(|_| step()).collect());
    check(|map, step| map.values().copied().inspect(|_| step()).collect());
    check(|map, step| map.weak_keys().inspect(|_| step()).collect());
}

/// A map whose entry 7 is dead but not yet buried, beside its living ones.
fn with_pending() -> (Map, Vec<Strong<Object>>) {
    let mut objects = objects(10);
    let map = map_of(&objects);
    objects.remove(7);
    assert_eq!(map.len(), 9);
    (map, objects)
}

#[test]
fn d09_a_equal_fresh_key_does_not_find_the_dead_one() {
    let (map, _objects) = with_pending();
    assert!(!map.contains_key(&Object(7)) && map.get_key_value(&Object(7)).is_none());
}

#[test]
fn d09_b_c_dead_entry_is_neither_removed_nor_popped() {
    let (mut map, _objects) = with_pending();
    assert!(map.remove_entry(&Object(7)).is_none() && map.remove(&Object(7)).is_none());
    assert!((0..9).all(|_| map.pop().unwrap().1 != 7));
    assert!(map.pop().is_none());
}

#[test]
fn d09_d_equal_fresh_key_can_be_assigned() {
    let (mut map, _objects) = with_pending();
    let fresh = Strong::new(Object(7));
    assert_eq!(map.insert(&fresh, 70), None);
    assert_eq!((map.len(), map[&Object(7)]), (10, 70));
    map.purge();
    assert_eq!((map.len(), map[&Object(7)]), (10, 70));
}

#[test]
fn d09_e_f_update_from_a_copy_and_clear() {
    let (mut map, objects) = with_pending();
    let copy = map.clone();
    map.extend(&copy);
    assert_eq!((map.len(), map == copy), (9, true));
    map.clear();
    assert_eq!((map.len(), copy.len()), (0, 9));
    drop(objects);
    assert_eq!((map.len(), copy.len()), (0, 0));
}

#[test]
fn d09_len_matrix() {
    let (mut map, mut objects) = with_pending();
    assert!(map.remove(&Object(1)).is_some());
    assert_eq!(map.len(), 8);
    let fresh = Strong::new(Object(100));
    map.insert(&fresh, 100);
    assert_eq!(map.len(), 9);
    objects.pop();
    assert_eq!(map.len(), 8);
    map.pop().unwrap();
    assert_eq!(map.len(), 7);
    map.clear();
    assert_eq!(map.len(), 0);
}

#[test]
fn d11_d12_from_maps() {
    let strong: HashMap<_, _> = objects(3).into_iter().zip(0..).collect();
    let map: Map = strong.iter().collect();
    assert_eq!(map, strong);
    let other: Map = map.iter().collect();
    assert_eq!(other, map);
    let gone: Map = strong.into_iter().collect();
    assert!(gone.is_empty() && map.is_empty() && other.is_empty());
}

#[test]
fn d17_d19_popitem_and_setdefault() {
    let objects = objects(4);
    let mut map = Map::new();
    for object in &objects {
        assert_eq!(*map.get_or_insert(object, object.0), object.0);
        assert_eq!(*map.get_or_insert(object, 99), object.0);
    }
    for left in (0..4).rev() {
        let (key, value) = map.pop().unwrap();
        assert!(Strong::ptr_eq(&key, &objects[value as usize]));
        assert_eq!(map.len(), left);
    }
}

#[test]
fn d22_d24_update_and_union() {
    let mut objects = objects(3);
    let (a, b, c) = (&objects[0], &objects[1], &objects[2]);
    let left = Map::from([(a, 1), (b, 2)]);
    let right = Map::from([(b, 20), (c, 30)]);
    let strong: HashMap<Strong<Object>, u32> = [(b.clone(), 20), (c.clone(), 30)].into();
    let expected = Map::from([(a, 1), (b, 20), (c, 30)]);
    let union = &left | &right;
    assert_eq!(union, expected);
    assert_eq!(&left | &strong, expected);
    assert_eq!(&strong | &left, Map::from([(a, 1), (b, 2), (c, 30)]));
    for mut joined in [left.clone(), left.clone()] {
        joined |= &right;
        assert_eq!(joined, expected);
    }
    let mut joined = left.clone();
    joined |= [(b, 20), (c, 30)];
    assert_eq!(joined, expected);
    drop(strong);
    objects.pop();
    assert_eq!(
        (union.len(), union.values().any(|value| *value == 30)),
        (2, false)
    );
}

#[test]
fn d23_d26_delete() {
    let objects = objects(2);
    let mut map = map_of(&objects);
    assert_eq!(map.remove(&Object(0)), Some(0));
    assert_eq!(map.remove(&Object(0)), None);
    assert_eq!((map.len(), map[&Object(1)]), (1, 1));
    let missing = catch_unwind(AssertUnwindSafe(|| map[&Object(0)]));
    assert!(missing.is_err());
}

#[test]
fn d27_cascading_deletes() {
    thread_local! {
        static VICTIMS: RefCell<Vec<Strong<Spiteful>>> = const { RefCell::new(Vec::new()) };
    }
    /// Kills another key whenever it is compared.
    #[derive(WeakReferenceable)]
    struct Spiteful(u32);
    impl PartialEq for Spiteful {
        fn eq(&self, other: &Self) -> bool {
            let victim = VICTIMS.with_borrow_mut(Vec::pop);
            drop(victim);
            self.0 == other.0
        }
    }
    impl Eq for Spiteful {}
    impl Hash for Spiteful {
        fn hash<H: Hasher>(&self, state: &mut H) {
            (self.0 % 2).hash(state);
        }
    }

    let mut map = WeakKeyMap::new();
    VICTIMS.with_borrow_mut(|victims| {
        victims.extend((0..10).map(|n| Strong::new(Spiteful(n))));
    });
    let survivors: Vec<_> = (10..20).map(|n| Strong::new(Spiteful(n))).collect();
    let victims = VICTIMS.take();
    for key in victims.iter().chain(&survivors) {
        map.insert(key, key.0);
    }
    assert_eq!(map.len(), 20);
    VICTIMS.set(victims);
    for key in &survivors {
        assert_eq!(map.remove(&**key), Some(key.0));
    }
    assert_eq!(map.len(), VICTIMS.with_borrow(Vec::len));
    VICTIMS.take();
    assert_eq!((map.len(), map.iter().count()), (0, 0));
}

#[test]
fn d29_debug() {
    let objects = objects(1);
    let map = map_of(&objects);
    assert_eq!(format!("{map:?}"), "{Object(0): 0}");
    drop(objects);
    assert_eq!(format!("{map:?}"), "{}");
}

// Decisions that differ from Python, and what it does not have.

#[test]
fn equal_keys_in_all_orders_of_death() {
    for how in 0..5 {
        for old_first in [false, true] {
            let (old, new) = (Strong::new(Object(1)), Strong::new(Object(1)));
            let mut map = Map::from([(&old, 1)]);
            match how {
                0 => drop(map.insert(&new, 2)),
                1 => drop(map.entry(&new).insert_entry(2)),
                2 => *map.entry(&new).or_insert(0) = 2,
                3 => *map.get_or_insert(&new, 0) = 2,
                _ => *map.try_insert(&new, 0).unwrap_err().entry.get_mut() = 2,
            }
            // A lookup keeps the stored key, the others replace it: the one that is stored decides.
            let (deciding, other) = if how >= 3 { (old, new) } else { (new, old) };
            assert_eq!(Strong::weak_count(&other), 0);
            if old_first {
                drop(other);
                assert_eq!((map.len(), map.get(&Object(1))), (1, Some(&2)));
                map.purge();
                assert_eq!(map.len(), 1);
                drop(deciding);
            } else {
                drop(deciding);
                assert_eq!((map.len(), map.get(&Object(1))), (0, None));
                drop(other);
            }
            assert_eq!((map.len(), map.iter().count()), (0, 0));
        }
    }
}

#[test]
fn an_entry_guard_keeps_its_key_alive() {
    let object = Strong::new(Object(1));
    let weak = Strong::downgrade(&object);
    let mut map = Map::from([(&object, 1)]);
    let entry = map.entry(&object);
    drop(object);
    assert!(weak.is_alive());
    drop(entry);
    assert!(!weak.is_alive() && map.is_empty());
}

#[test]
fn identity_maps_ask_nothing_of_their_keys() {
    trait Listener: WeakReferenceable<Slot = SyncSlot> {}
    #[derive(WeakReferenceable)]
    struct Plain;
    impl Listener for Plain {}

    let plain: Vec<_> = (0..3).map(|_| Strong::new(Plain)).collect();
    let listeners: Vec<Strong<dyn Listener>> = plain
        .iter()
        .map(|plain| coerce!(plain.clone() => dyn Listener))
        .collect();
    let mut map: IdentityWeakKeyMap<dyn Listener, u32> = listeners.iter().zip(0..).collect();
    assert_eq!((map[&plain[1]], map[&listeners[2]]), (1, 2));
    let id = Strong::id(&plain[0]);
    assert_eq!(map.remove(&id), Some(0));
    assert!(!map.contains_key(&id));
    drop((plain, listeners));
    assert_eq!((map.len(), map.keys().count()), (0, 0));
}

#[test]
fn pair_maps_lose_an_entry_with_either_side() {
    let (keys, values) = (objects(4), objects(4));
    let mut map: WeakPairMap<_, _> = keys.iter().zip(&values).collect();
    let [mut keys, mut values] = [keys, values];
    assert_eq!(map.len(), 4);
    keys.remove(0);
    assert_eq!((map.len(), map.iter().count()), (3, 3));
    values.remove(3);
    assert_eq!((map.len(), map.iter().count()), (2, 2));
    values.remove(0);
    assert_eq!(
        (map.len(), map.iter().count()),
        (2, 2),
        "its key was dead already"
    );
    assert!(!map.contains_key(&Object(0)) && map.get(&Object(3)).is_none());
    map.purge();
    assert_eq!((map.len(), map.iter().size_hint().1), (2, Some(2)));
    let value = Strong::new(Object(30));
    assert!(map.insert(&keys[2], &value).is_none());
    assert!(Strong::ptr_eq(&map.get(&Object(3)).unwrap(), &value));
    drop((keys, values));
    assert_eq!(
        (map.len(), map.is_empty(), map.pop().is_none()),
        (0, true, true)
    );
}

#[test]
fn one_object_as_key_and_value_of_one_entry() {
    let object = Strong::new(Object(1));
    let mut map = IdentityWeakPairMap::new();
    map.insert(&object, &object);
    assert_eq!((map.len(), Strong::weak_count(&object)), (1, 2));
    drop(object);
    assert_eq!(map.len(), 0);
    map.purge();
    assert_eq!((map.len(), map.iter().size_hint().1), (0, Some(0)));
}

#[test]
fn one_value_under_many_keys_of_one_hash() {
    #[derive(PartialEq, Eq)]
    struct Same(u32);
    impl Hash for Same {
        fn hash<H: Hasher>(&self, _: &mut H) {}
    }
    let (one, other) = (Strong::new(Object(1)), Strong::new(Object(2)));
    let mut map = WeakValueMap::new();
    for n in 0..10 {
        map.insert(Same(n), if n % 2 == 0 { &one } else { &other });
    }
    drop(one);
    assert_eq!(map.len(), 5);
    map.purge();
    assert_eq!((map.len(), map.iter().size_hint().1), (5, Some(5)));
    drop(other);
    map.purge();
    assert_eq!((map.len(), map.iter().size_hint().1), (0, Some(0)));
}
