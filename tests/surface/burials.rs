//! When the entries of containers with one owner are buried: in any call that may change the container, whatever else
//! it does.

use std::rc::Rc;

use weakref::{Object, Strong};
use weakref_containers::{WeakKeyMap, WeakList, WeakPairMap, WeakValueBTreeMap, WeakValueMap};

type Value = Object<u8>;

/// Whether a call buries the entry whose value is dead.
fn is_buried_in_values(call: impl FnOnce(&mut WeakValueMap<Rc<u8>, Value>)) -> bool {
    let (key, value) = (Rc::new(0), Strong::new(Object(0)));
    let mut map = WeakValueMap::from([(Rc::clone(&key), &value)]);
    drop(value);
    assert_eq!(Rc::strong_count(&key), 2, "no call was made");
    call(&mut map);
    Rc::strong_count(&key) == 1
}

fn is_buried_in_keys(call: impl FnOnce(&mut WeakKeyMap<Value, Rc<u8>>)) -> bool {
    let (key, value) = (Strong::new(Object(0)), Rc::new(0));
    let mut map = WeakKeyMap::from([(&key, Rc::clone(&value))]);
    drop(key);
    assert_eq!(Rc::strong_count(&value), 2, "no call was made");
    call(&mut map);
    Rc::strong_count(&value) == 1
}

fn is_buried_in_pairs(call: impl FnOnce(&mut WeakPairMap<Value, Value>)) -> bool {
    let (key, value) = (Strong::new(Object(0)), Strong::new(Object(0)));
    let mut map = WeakPairMap::from([(&key, &value)]);
    drop(key);
    assert_eq!(Strong::weak_count(&value), 1, "no call was made");
    call(&mut map);
    Strong::weak_count(&value) == 0
}

fn is_buried_in_order(call: impl FnOnce(&mut WeakValueBTreeMap<Rc<u8>, Value>)) -> bool {
    let (key, value) = (Rc::new(0), Strong::new(Object(0)));
    let mut map = WeakValueBTreeMap::from([(Rc::clone(&key), &value)]);
    drop(value);
    assert_eq!(Rc::strong_count(&key), 2, "no call was made");
    call(&mut map);
    Rc::strong_count(&key) == 1
}

#[test]
fn of_weak_values_in_every_call_that_may_change_them() {
    assert!(is_buried_in_values(|map| map.reserve(1)));
    assert!(is_buried_in_values(|map| map.try_reserve(1).unwrap()));
    assert!(is_buried_in_values(|map| map.shrink_to(1)));
    assert!(is_buried_in_values(|map| map.retain(|_, _| true)));
    assert!(is_buried_in_values(|map| drop(map.extract_if(|_, _| true))));
    assert!(is_buried_in_values(|map| assert!(map.remove(&1).is_none())));
}

#[test]
fn of_weak_keys_in_every_call_that_may_change_them() {
    let other = Object(1);
    assert!(is_buried_in_keys(|map| map.reserve(1)));
    assert!(is_buried_in_keys(|map| map.try_reserve(1).unwrap()));
    assert!(is_buried_in_keys(|map| map.shrink_to(1)));
    assert!(is_buried_in_keys(|map| map.retain(|_, _| true)));
    assert!(is_buried_in_keys(|map| drop(map.extract_if(|_, _| true))));
    assert!(is_buried_in_keys(|map| assert!(
        map.iter_mut().next().is_none()
    )));
    assert!(is_buried_in_keys(|map| assert!(
        map.get_mut(&other).is_none()
    )));
    assert!(is_buried_in_keys(|map| assert!(
        map.remove(&other).is_none()
    )));
    assert!(is_buried_in_keys(|map| {
        assert_eq!(map.get_key_value_disjoint_mut([&other]), [None]);
    }));
}

#[test]
fn of_weak_pairs_in_every_call_that_may_change_them() {
    let other = Object(1);
    assert!(is_buried_in_pairs(|map| map.reserve(1)));
    assert!(is_buried_in_pairs(|map| map.try_reserve(1).unwrap()));
    assert!(is_buried_in_pairs(|map| map.shrink_to(1)));
    assert!(is_buried_in_pairs(|map| map.retain(|_, _| true)));
    assert!(is_buried_in_pairs(|map| drop(map.extract_if(|_, _| true))));
    assert!(is_buried_in_pairs(|map| assert!(
        map.remove_entry(&other).is_none()
    )));
}

#[test]
fn of_ordered_values_in_every_call_that_may_change_them() {
    assert!(is_buried_in_order(|map| drop(map.entry(Rc::new(1)))));
    assert!(is_buried_in_order(|map| drop(map.remove_entry(&1))));
    assert!(is_buried_in_order(|map| drop(map.pop_first())));
    assert!(is_buried_in_order(|map| drop(map.pop_last())));
    assert!(is_buried_in_order(|map| map.retain(|_, _| true)));
    assert!(is_buried_in_order(|map| drop(map.extract_if(|_, _| true))));
}

/// A sweep looks at every entry, so it waits until it frees as much as it leaves.
#[test]
fn of_ordered_values_once_half_of_them_are_dead() {
    let keys: [Rc<u8>; 6] = [0, 1, 2, 3, 4, 5].map(Rc::new);
    let mut values: Vec<_> = (0..6).map(|n| Strong::new(Object(n))).collect();
    let mut map: WeakValueBTreeMap<Rc<u8>, Value> =
        keys.iter().cloned().zip(values.iter()).collect();
    let held = || keys.iter().filter(|key| Rc::strong_count(key) > 1).count();
    values.truncate(4);
    assert!(map.remove(&9).is_none());
    assert_eq!((held(), map.len()), (6, 4));
    values.truncate(3);
    assert!(map.remove(&9).is_none());
    assert_eq!((held(), map.len()), (3, 3));
}

#[test]
fn of_ordered_values_behind_what_is_popped() {
    let value = Strong::new(Object(0));
    let [low, high] = [0, 2].map(Rc::new);
    for is_first in [true, false] {
        let dead = Strong::new(Object(1));
        let mut map = WeakValueBTreeMap::new();
        let key = if is_first { &high } else { &low };
        map.insert(Rc::clone(key), &dead);
        map.insert(Rc::new(1), &value);
        drop(dead);
        let popped = if is_first {
            map.pop_first()
        } else {
            map.pop_last()
        };
        assert!(popped.is_some_and(|(key, found)| *key == 1 && found == value));
        assert_eq!(Rc::strong_count(key), 1);
    }
}

/// The room of very many goes with them, but not that of a few, nor all at once.
#[test]
fn the_room_of_most_of_a_large_table_is_given_back() {
    let capacity_after = |count: u32, left: usize| {
        let mut values: Vec<_> = (0..count).map(|_| Strong::new(Object(0))).collect();
        let mut map: WeakValueMap<u32, Value> = (0..count).zip(&values).collect();
        let before = map.capacity();
        values.truncate(left);
        assert!(map.remove(&count).is_none());
        assert_eq!(map.len(), left);
        (before, map.capacity())
    };
    let (before, after) = capacity_after(2000, 60);
    assert!((120..before / 4).contains(&after), "{after}");
    for (count, left) in [(2000, 200), (500, 1)] {
        let (before, after) = capacity_after(count, left);
        assert!(after > before / 2, "{after} of {before}");
    }
}

#[test]
fn of_a_list_before_it_grows_or_shrinks() {
    let mut list = WeakList::with_capacity(4);
    let values: Vec<_> = (0..list.capacity())
        .map(|_| Strong::new(Object(0)))
        .collect();
    for value in &values {
        list.push(value);
    }
    let full = list.capacity();
    drop(values);
    list.try_reserve(full).unwrap();
    assert_eq!(list.capacity(), full, "the dead have left their room");

    let value = Strong::new(Object(0));
    list.push(&value);
    drop(value);
    list.shrink_to(0);
    assert_eq!(list.capacity(), 0);
}
